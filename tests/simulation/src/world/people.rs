//! What a person decides: a supervisor about what waits for one and about new stores, a dispatcher who looks at a sheet.

use xundian_domain::order_state::SheetNo;
use xundian_domain::store::StoreStatus;
use xundian_server::db::{DbError, Row};
use xundian_server::orders::{DecisionError, accept, decide_store, open};
use xundian_server::sync::service::here;
use xundian_server::sync::{HeldError, HeldWord, decide_held, held_facts};

use super::*;

impl World {
    /// Of all that waits about half is decided, for the one half of it or the other.
    pub(super) fn decide_held(&mut self, chance: &mut Chance) -> Outcome<()> {
        let held = self.line.borrow().server.read(held_facts)?;
        for fact in held.into_iter().filter(|_| chance.per_mille(500)).collect::<Vec<_>>() {
            let release = chance.per_mille(500);
            let word = HeldWord { release, login: "sv01".to_owned() };
            let decided = {
                let line = self.line.borrow();
                let app = line.server.app()?;
                let (catalogue, here) = (app.catalogue(), here(app));
                app.db().write_now(move |tx| decide_held(tx, &catalogue, here, fact.id, &word).map(drop))
            };
            match decided {
                // Of a kind that this server does not know, or it went with another one that was decided before it.
                Err(HeldError::NotYet | HeldError::Decided) => continue,
                Err(why) => return Err(why.into()),
                Ok(()) => {}
            }
            if !release {
                self.excuses.refused.insert(fact.id);
            }
            if let Some(order) = self.reference.order_of(fact.id).filter(|_| release) {
                self.paper.release(order);
            }
            self.tell(format_args!("{} is {}", fact.id, if release { "released" } else { "refused" }));
            self.office(if release { "held fact released" } else { "held fact refused" });
            self.line.borrow().server.app()?.reload()?;
        }
        Ok(())
    }

    /// The first store that waits for it.
    pub(super) fn decide_store(&mut self, chance: &mut Chance) -> Outcome<()> {
        let (approve, number) = (chance.per_mille(500), format!("QD9{:05}", chance.below(100_000)).parse()?);
        let decided = {
            let line = self.line.borrow();
            let (app, now) = (line.server.app()?, self.clock.now());
            let catalogue = app.catalogue();
            let proposed = catalogue.stores.values().filter(|store| store.status == StoreStatus::Proposed);
            let Some(store) = proposed.map(|store| store.id).min() else { return Ok(()) };
            let number = approve.then_some(number);
            match app.db().write_now(move |tx| decide_store(tx, &catalogue, store, number, now).map(drop)) {
                Err(DecisionError::NumberTaken(_)) => return Ok(()),
                decided => decided?,
            }
            app.reload()?;
            store
        };
        self.tell(format_args!("store {decided} is {}", if approve { "approved" } else { "rejected" }));
        self.office(if approve { "store approved" } else { "store rejected" });
        Ok(())
    }

    /// One of the newest ones.
    pub(super) fn open_sheet(&mut self, chance: &mut Chance) -> Outcome<()> {
        let sheets = self.line.borrow().server.read(|tx| {
            let sql = "SELECT distributor, day, difference FROM sheet ORDER BY frozen DESC LIMIT 12";
            let no = |row: &Row| {
                Ok(SheetNo { distributor: row.get(0)?, day: row.get(1)?, difference: row.get(2)? })
            };
            tx.query(sql, &[])?.iter().map(no).collect::<Result<Vec<_>, DbError>>()
        })?;
        let Some(no) = pick(&sheets, chance) else { return Ok(()) };
        let accepts = chance.per_mille(400);
        {
            let line = self.line.borrow();
            let (app, now) = (line.server.app()?, self.clock.now());
            let catalogue = app.catalogue();
            app.db().write_now(move |tx| match accepts {
                true => accept(tx, &catalogue, no, "d01", now).map(drop),
                false => open(tx, &catalogue, no, now),
            })?;
        }
        self.tell(format_args!("sheet {no} is {}", if accepts { "accepted" } else { "opened" }));
        self.office(if accepts { "sheet accepted" } else { "sheet opened" });
        Ok(())
    }
}
