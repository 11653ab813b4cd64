//! What the office does: routes, absences, rows that change. Everything goes the way of a real import.

use xundian_domain::DistributorNo;
use xundian_domain::calendar::{DayException, WorkingDays};
use xundian_domain::store::Store as Shop;
use xundian_protocol::tables::{Calendar, Prices, Table};

use super::*;

/// Rows of the office as they were changed since the beginning; `None` = taken out.
pub(super) type Edits = BTreeMap<(String, String), Option<String>>;

/// Who deliver.
const DISTRIBUTORS: [&str; 3] = ["D01", "D02", "D03"];
/// From which a price goes.
const PRICE_LISTS: [&str; 3] = ["PL-TR", "PL-CV", "PL-MT"];

impl World {
    /// A store goes to another rep.
    pub(super) fn move_store(&mut self, chance: &mut Chance) -> Outcome<()> {
        let Some((from, to)) = self.two_reps(chance) else { return Ok(()) };
        let rows = self.routes.get_mut(&from).ok_or("a rep without a route")?;
        if rows.len() < 2 {
            return Ok(());
        }
        let n = usize::try_from(chance.below(u64::try_from(rows.len())?))?;
        let mut row = rows.remove(n);
        (row.rep, row.valid_from) = (to, ZoneOffset::CHINA.date(self.clock.now()));
        self.excuses.moved.insert(row.store);
        self.tell(format_args!("store {} goes from {from} to {to}", row.store));
        self.routes.entry(to).or_default().push(row);
        self.office("store moved");
        self.import()
    }

    /// A store goes to another distributor, and what waits for it goes along. Not while drivers may have orders on paper that a restore
    /// has lost: the new one would deliver them again (sync-limits.md).
    pub(super) fn move_distributor(&mut self, chance: &mut Chance) -> Outcome<()> {
        if !self.paper.is_empty() {
            return Ok(());
        }
        let stores: Vec<StoreId> = self.routes.values().flatten().map(|row| row.store).collect();
        let Some(store) = pick(&stores, chance) else { return Ok(()) };
        let key = (Shop::NAME.to_owned(), store.to_string());
        let Some(text) = self.row(&key)? else { return Ok(()) };
        let mut shop: Shop = serde_json::from_str(&text)?;
        let others = DISTRIBUTORS.map(str::parse).into_iter().collect::<Result<Vec<DistributorNo>, _>>()?;
        let Some(other) = pick(&others, chance).filter(|other| *other != shop.distributor) else {
            return Ok(());
        };
        self.tell(format_args!("store {store} goes from {} to {other}", shop.distributor));
        shop.distributor = other;
        self.edits.insert(key, Some(serde_json::to_string(&shop)?));
        self.office("store given to another distributor");
        self.import()
    }

    /// A distributor does not deliver on a day to come, of which no sheet can be printed yet (sync-limits.md), or on one that was taken
    /// from him he does.
    pub(super) fn day_off(&mut self, chance: &mut Chance) -> Outcome<()> {
        let Some(whose) = pick(&DISTRIBUTORS, chance) else { return Ok(()) };
        let key = (Calendar::NAME.to_owned(), format!("distributor/{whose}"));
        let mut days = self.calendar(&key)?;
        let day = ZoneOffset::CHINA.date(self.clock.now()).plus_days(5 + u32::try_from(chance.below(4))?);
        if days.exceptions.remove(&day).is_none() {
            days.exceptions.insert(day, DayException { works: false, as_weekday: None, substitute: None });
        }
        self.edits.insert(key, Some(serde_json::to_string(&Calendar(days))?));
        self.tell(format_args!("{whose} on {day}: another calendar"));
        self.office("distributor's day changed");
        self.import()
    }

    /// A rep is away for some days and another one stands in: the whole territory comes to that one's phone, and goes.
    pub(super) fn absence(&mut self, chance: &mut Chance) -> Outcome<()> {
        let Some((away, standing_in)) = self.two_reps(chance) else { return Ok(()) };
        self.send_away(away, standing_in, chance)
    }

    /// The same, and it is the phone's rep who stands in.
    pub(super) fn stand_in(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        let rep = self.phones[number].rep;
        let reps = self.phones.iter().map(|phone| phone.rep);
        let others: Vec<RepNo> = reps.filter(|other| *other != rep).collect();
        let without_phone = || self.routes.keys().find(|other| **other != rep).copied();
        let Some(away) = pick(&others, chance).or_else(without_phone) else { return Ok(()) };
        self.send_away(away, rep, chance)
    }

    fn send_away(&mut self, away: RepNo, standing_in: RepNo, chance: &mut Chance) -> Outcome<()> {
        let key = (Calendar::NAME.to_owned(), format!("rep/{away}"));
        let mut days = self.calendar(&key)?;
        let today = ZoneOffset::CHINA.date(self.clock.now());
        for n in 0..=u32::try_from(chance.below(3))? {
            let exception = DayException { works: false, as_weekday: None, substitute: Some(standing_in) };
            days.exceptions.insert(today.plus_days(n), exception);
        }
        self.edits.insert(key, Some(serde_json::to_string(&Calendar(days))?));
        self.tell(format_args!("{standing_in} stands in for {away}"));
        self.office("rep absent");
        self.import()
    }

    /// Rows of the whole company change, come and go.
    pub(super) fn change_rows(&mut self, chance: &mut Chance) -> Outcome<()> {
        for _ in 0..=chance.below(4) {
            let key = ("filler".to_owned(), format!("{:04}", chance.below(2 * u64::try_from(FILLER)?)));
            let value = (!chance.per_mille(300)).then(|| chance.next().to_string());
            self.edits.insert(key, value);
        }
        // The throw for it comes last: it leaves the others as they were.
        self.change_prices(chance)?;
        self.office("office changed rows");
        self.import()
    }

    /// A price goes from its list, or the one that went is back. What phones sell until they hear of it is on no list.
    fn change_prices(&mut self, chance: &mut Chance) -> Outcome<()> {
        let gone = self.edits.keys().find(|(table, _)| table == Prices::NAME).cloned();
        if let Some(gone) = gone {
            self.edits.remove(&gone);
            return Ok(());
        }
        let list = pick(&PRICE_LISTS, chance).ok_or("no price lists")?;
        let key = Prices::key((list.parse()?, TEA.parse()?));
        self.edits.insert((Prices::NAME.to_owned(), key), None);
        self.office("price withdrawn");
        Ok(())
    }

    /// Where all phones are one rep's, the first of the others has none and gives.
    fn two_reps(&self, chance: &mut Chance) -> Option<(RepNo, RepNo)> {
        let reps: Vec<RepNo> = self.phones.iter().map(|phone| phone.rep).collect();
        let (one, other) = (pick(&reps, chance)?, pick(&reps, chance)?);
        if reps.iter().all(|rep| *rep == other) {
            return self.routes.keys().find(|rep| **rep != other).map(|rep| (*rep, other));
        }
        (one != other).then_some((one, other))
    }

    /// As the office has it now.
    fn row(&self, key: &(String, String)) -> Outcome<Option<String>> {
        Ok(match self.edits.get(key).cloned().flatten() {
            Some(text) => Some(text),
            None => template()?.row(key),
        })
    }

    fn calendar(&self, key: &(String, String)) -> Outcome<WorkingDays> {
        let text = self.row(key)?;
        Ok(text
            .map(|text| serde_json::from_str::<Calendar>(&text))
            .transpose()?
            .map_or_else(WorkingDays::default, |calendar| calendar.0))
    }

    pub(super) fn import(&self) -> Outcome<()> {
        let mut city = template()?.with_routes(&self.routes)?;
        for (key, value) in &self.edits {
            match value {
                Some(value) => drop(city.rows.insert(key.clone(), value.clone())),
                None => drop(city.rows.remove(key)),
            }
        }
        let line = self.line.borrow();
        let (app, now) = (line.server.app()?, self.clock.now());
        app.db().write_now(move |tx| import_city(tx, &city, now))?;
        app.tick()?;
        Ok(())
    }
}
