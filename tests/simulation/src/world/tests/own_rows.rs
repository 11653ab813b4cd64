//! Own rows give way to what the server tells and ends; a backup has what lies in its copy.

use super::*;
use crate::plan::{AWAY, SETTLED, of_the_first};

const OWN: &str = "scope = 'own'";
const TOLD: &str = "scope <> 'own'";

/// The phone's visits in ledgers by their keys.
fn ledger(world: &World, whose: &str) -> Vec<String> {
    let db = world.phones[0].look().unwrap();
    let sql = format!("SELECT key FROM master_row WHERE tbl = 'ledger' AND {whose} ORDER BY key");
    let mut statement = db.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn change_phone(world: &World, sql: &str) {
    rusqlite::Connection::open(&world.phones[0].file).unwrap().execute_batch(sql).unwrap();
}

/// A scene, each time with the same throws.
fn play(world: &mut World, scene: &[(OpKind, u64)], seed: u64) {
    for (kind, phone) in scene {
        world.happen(Op { kind: *kind, phone: *phone, seed }).unwrap();
    }
}

/// Own rows that should not be there, as somebody sees them who was `equal`.
fn too_many(world: &mut World, equal: &Equal) -> usize {
    world.phones[0].equal = equal.clone();
    let line = world.line.borrow();
    scopes::own_rows_gave_way(0, &world.phones[0], &line.server).unwrap().len()
}

#[test]
fn who_comes_back_to_a_territory_has_no_own_row_of_what_ended_meanwhile() {
    let (_folder, mut world) = town();
    // By its throws: 29 days at a time.
    let scene = of_the_first(&AWAY);
    let (away, back) = scene.split_at(scene.len() - 2);
    play(&mut world, away, 3);
    let (own, before) = (ledger(&world, OWN), world.phones[0].equal.clone());
    assert_eq!(own.len(), 15, "no scope of the phone has them");
    play(&mut world, back, 3);
    let told = ledger(&world, TOLD);
    let ended: Vec<&String> = own.iter().filter(|key| !told.contains(key)).collect();
    assert_eq!((ended.len(), ledger(&world, OWN).len()), (2, 0));
    assert!(world.violations.is_empty(), "{:?}", world.violations);
    let ended = format!("'ledger', '{}', 'own', '{{}}'", ended[0]);
    change_phone(&world, &format!("INSERT INTO master_row (tbl, key, scope, value) VALUES ({ended})"));
    assert_eq!(too_many(&mut world, &before), 1, "the snapshot had to end it");
    assert_eq!(too_many(&mut world, &Equal::default()), 0, "nobody knows what that file was told");
    let ended = scopes::ended(&world.line.borrow().server).unwrap();
    assert!(ended.contains(&("ledger ended".to_owned(), 2)), "{ended:?}");
}

#[test]
fn a_delivery_ends_when_the_owner_said_that_it_came() {
    // By some throws nothing is ordered, or nobody asks.
    let has_ended = (0..10).any(|seed| {
        let (_folder, mut world) = town();
        play(&mut world, &of_the_first(&SETTLED), seed);
        assert!(world.violations.is_empty(), "seed {seed}: {:?}", world.violations);
        let ended = scopes::ended(&world.line.borrow().server).unwrap();
        ended.iter().any(|(what, _)| what == "delivery ended")
    });
    assert!(has_ended);
}

#[test]
fn an_own_row_gives_way_to_the_servers_row_and_to_its_end() {
    let (_folder, mut world) = town();
    visit(&mut world, 1);
    assert_eq!(ledger(&world, OWN).len(), 1);
    world.sync(0, 1, false, None).unwrap();
    let equal = world.phones[0].equal.clone();
    assert_eq!((ledger(&world, OWN).len(), ledger(&world, TOLD).len()), (0, 1));
    let again = "INSERT INTO master_row (tbl, key, scope, value, made_by)
                 SELECT tbl, key, 'own', value, (SELECT id FROM fact) FROM master_row WHERE tbl = 'ledger'";
    change_phone(&world, again);
    assert_eq!(too_many(&mut world, &equal), 1, "the server's is there");
    change_phone(&world, "DELETE FROM master_row WHERE tbl = 'ledger' AND scope <> 'own'");
    assert_eq!(too_many(&mut world, &equal), 0, "nothing was heard since");
    let end = "UPDATE scope_row SET value = NULL, version = version + 1000 WHERE tbl = 'ledger'";
    world.line.borrow().server.app().unwrap().db().write_now(move |tx| tx.execute(end, &[])).unwrap();
    assert_eq!(too_many(&mut world, &equal), 1, "it has ended");
    change_phone(&world, "UPDATE fact SET verdict = NULL");
    assert_eq!(too_many(&mut world, &equal), 0, "its fact waits");
}

#[test]
fn a_backup_has_what_lies_in_its_copy() {
    let (_folder, mut world) = town();
    let send = |world: &mut World, n: u64| {
        visit(world, n);
        world.sync(0, n, false, None).unwrap();
        world.settle(0).unwrap();
    };
    send(&mut world, 1);
    let (copy, marks) = world.line.borrow_mut().server.copy().unwrap();
    send(&mut world, 2);
    world.line.borrow_mut().server.keep(copy, marks).unwrap();
    let line = world.line.borrow();
    assert_eq!((line.server.records().unwrap().len(), line.server.backed_up.len()), (2, 1));
}

#[test]
fn what_a_phone_was_told_to_be_in_a_backup_is_looked_at_before_the_next_one() {
    let (_folder, mut world) = town();
    visit(&mut world, 1);
    world.sync(0, 1, false, None).unwrap();
    change_phone(&world, "UPDATE setting SET value = '9' WHERE name = 'durable_upto'");
    world.back_up().unwrap();
    let seen: Vec<&str> = world.violations.iter().map(|violation| violation.invariant).collect();
    assert_eq!(seen, ["I0"]);
}
