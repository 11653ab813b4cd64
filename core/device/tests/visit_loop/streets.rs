//! A store that nobody knew, and the street that it is in.

use serde_json::json;
use uuid::Uuid;
use xundian_device::phone::PhoneError;
use xundian_device::store::{Change, Store};
use xundian_domain::StoreId;
use xundian_domain::store::{Channel, StoreOpened};

use super::kit::{Kit, NOODLES, north_of_the_first, put, shop};

fn brand_new() -> StoreOpened {
    StoreOpened {
        id: StoreId(Uuid::nil()),
        name: "brand new".into(),
        channel: Channel::Kiosk,
        street: "370202004".parse().unwrap(),
        address: "Road 9".into(),
        receiving_hours: "".parse().unwrap(),
    }
}

/// A store in a street.
fn shop_in(n: u128, street: &str) -> Change {
    let Change::Put { table, mut row } = shop(n, "shop") else { panic!("no store") };
    row.value = row.value.replace("\"street\":null", &format!("\"street\":\"{street}\""));
    Change::Put { table, row }
}

/// Two stores in one street, and one in each of two others.
fn streets(kit: &Kit) {
    let streets = ["370202004", "370202001", "370202001", "370202009"];
    let rows: Vec<_> = (1..).zip(streets).map(|(n, street)| shop_in(n, street)).collect();
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
}

/// The office names two of them, and says that another distributor delivers in the one with two stores.
fn areas(kit: &Kit) {
    let area = |code: &str, street: &str, distributor: &str| {
        let area = json!({"code": code, "street": street, "district": "South", "distributor": distributor});
        put("area", code.into(), &area)
    };
    let rows = [area("370202001", "Hill", "D02"), area("370202004", "Shore", "D01")];
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "e").unwrap();
}

#[test]
fn a_new_store_is_found_visited_and_sold_to_at_once() {
    let mut kit = Kit::new();
    let opened = brand_new();
    let (distributor, list) = ("D01".parse().unwrap(), "PL".parse().unwrap());
    let id = kit.phone.open_store(opened, distributor, list, Some("owner".into()), None).unwrap();
    assert_eq!(kit.phone.search_stores("BRAND").unwrap()[0].store, id);
    kit.phone.begin_visit(id).unwrap();
    kit.want(NOODLES, 24);
    assert!(kit.phone.check_out().unwrap().order.is_some());
    assert!(!kit.sealed()[0].1.contains("owner"), "the owner's name travels beside the fact");
    let rows = kit.phone.outbox().unwrap().rows;
    let named: Vec<_> = rows.iter().map(|row| row.store_name.as_deref()).collect();
    assert_eq!(named, [Some("brand new"); 2], "nobody else knows it yet");
    assert_eq!(kit.phone.day_report().unwrap().summary.new_stores, 1);
}

#[test]
fn a_street_is_picked_by_name_the_most_used_first_and_the_nearest_where_the_phone_knows_its_place() {
    let mut kit = Kit::new();
    assert!(kit.phone.streets().unwrap().is_empty(), "no store of this phone says its street");
    streets(&kit);
    let told = |kit: &Kit| -> Vec<_> {
        let streets = kit.phone.streets().unwrap().into_iter();
        streets.map(|of| (of.code.to_string(), of.name, of.district, of.stores, of.distance_m)).collect()
    };
    let of = |code: &str, name: &str, district: &str, stores: u32, metres: Option<u32>| {
        (code.to_owned(), name.to_owned(), district.to_owned(), stores, metres)
    };
    let unnamed = |code: &str, stores| of(code, code, "", stores, None);
    let no_names = [unnamed("370202001", 2), unnamed("370202004", 1), unnamed("370202009", 1)];
    assert_eq!(told(&kit), no_names, "before there were areas");
    areas(&kit);
    let hill = of("370202001", "Hill", "South", 2, None);
    let named = [hill.clone(), of("370202004", "Shore", "South", 1, None)];
    assert_eq!(told(&kit), named, "the third would be refused");
    let fix = north_of_the_first(&kit, 30.0);
    kit.phone.stand_at(Some(fix));
    assert_eq!(told(&kit), [of("370202004", "Shore", "South", 1, Some(30)), hill]);
}

#[test]
fn the_street_of_a_new_store_says_who_delivers_and_one_of_no_area_is_refused() {
    let mut kit = Kit::new();
    streets(&kit);
    let open = |kit: &mut Kit, street: &str| {
        let opened = StoreOpened { street: street.parse().unwrap(), ..brand_new() };
        let id = kit.phone.open_store_nearby(opened, None, None)?;
        Ok::<_, PhoneError>(kit.phone.store_card(id)?.shop.distributor.to_string())
    };
    assert_eq!(open(&mut kit, "370202008").unwrap(), "D01", "before there were areas nobody knew");
    areas(&kit);
    assert_eq!(open(&mut kit, "370202001").unwrap(), "D02");
    assert_eq!(open(&mut kit, "370202004").unwrap(), "D01");
    let refused = open(&mut kit, "370202009");
    assert!(
        matches!(refused, Err(PhoneError::UnknownStreet(of)) if of.as_str() == "370202009"),
        "{refused:?}"
    );
    assert_eq!(kit.sealed().len(), 3, "nothing of it stays");
}
