//! 情报合并: what was seen in several stores of an area becomes one line, "seen in 12 stores since Monday". The server merges
//! the visits of the last weeks; a phone lays over it what it saw itself.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::competitor::{CompetitorFact, FactKey, FactKind};
use crate::id::StoreId;
use crate::time::BusinessDate;

/// Days that a sighting counts, the one of the question included.
pub const WINDOW_DAYS: u32 = 28;
/// Facts of one area: nobody scrolls further.
pub const FACTS_MAX: usize = 100;

/// The first date whose sightings count today.
pub fn window_start(today: BusinessDate) -> BusinessDate {
    today.minus_days(WINDOW_DAYS - 1)
}

/// One thing as an area has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenFact {
    /// 品牌
    pub brand: String,
    /// 品名
    pub item: String,
    /// Kind.
    pub kind: FactKind,
    /// What exactly.
    pub value: String,
    /// Since when it holds, by the newest sighting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// Until when, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<BusinessDate>,
    /// Stores of the area in which it was seen, each once.
    pub stores: u32,
    /// When it was seen first within the window.
    pub since: BusinessDate,
    /// When it was seen last.
    pub last: BusinessDate,
}

impl SeenFact {
    /// What makes it this fact.
    pub fn fact_key(&self) -> FactKey<'_> {
        FactKey { brand: &self.brand, item: &self.item, kind: self.kind, value: &self.value }
    }

    fn words(&self) -> Words {
        words(self.fact_key())
    }

    /// Those of most stores come first, then the newest.
    fn rank(&self) -> (Reverse<u32>, Reverse<BusinessDate>, FactKey<'_>) {
        (Reverse(self.stores), Reverse(self.last), self.fact_key())
    }

    /// Adds sightings, of which those in the stores that are `counted` are in it already.
    fn join(&mut self, seen: &Seen, counted: impl Fn(StoreId) -> bool) {
        let more = seen.stores.iter().filter(|store| !counted(**store)).count();
        self.stores = self.stores.saturating_add(number(more));
        self.since = self.since.min(seen.since);
        if seen.newest.on > self.last {
            let Told { on, from, to, .. } = seen.newest;
            (self.last, self.from, self.to) = (on, from, to);
        }
    }
}

/// [`FactKey`], kept.
type Words = (String, String, FactKind, String);

fn words(of: FactKey<'_>) -> Words {
    (of.brand.to_owned(), of.item.to_owned(), of.kind, of.value.to_owned())
}

/// One sighting. Of a fact the newest tells until when it holds; of one day the order is any, but always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    on: BusinessDate,
    store: StoreId,
    from: Option<BusinessDate>,
    to: Option<BusinessDate>,
}

/// All sightings of one fact.
#[derive(Debug)]
struct Seen {
    stores: BTreeSet<StoreId>,
    since: BusinessDate,
    newest: Told,
}

impl Seen {
    fn fact(&self, (brand, item, kind, value): Words) -> SeenFact {
        let Told { on: last, from, to, .. } = self.newest;
        let (stores, since) = (number(self.stores.len()), self.since);
        SeenFact { brand, item, kind, value, from, to, stores, since, last }
    }
}

/// The sightings of an area, in whatever order they come and however often: what is kept grows with facts and stores, not
/// with visits.
#[derive(Debug)]
pub struct Sightings {
    today: BusinessDate,
    facts: BTreeMap<Words, Seen>,
}

impl Sightings {
    /// None yet.
    pub fn new(today: BusinessDate) -> Self {
        Self { today, facts: BTreeMap::new() }
    }

    /// A fact that was seen in a store; one from before the window is left out.
    pub fn add(&mut self, fact: &CompetitorFact, store: StoreId, on: BusinessDate) {
        if on < window_start(self.today) {
            return;
        }
        let told = Told { on, store, from: fact.from, to: fact.to };
        let first = || Seen { stores: BTreeSet::new(), since: on, newest: told };
        let seen = self.facts.entry(words(fact.key())).or_insert_with(first);
        seen.stores.insert(store);
        seen.since = seen.since.min(on);
        seen.newest = seen.newest.max(told);
    }

    /// The facts that stand, each with the stores in which it was seen.
    pub fn merged(self) -> Vec<(SeenFact, BTreeSet<StoreId>)> {
        let facts = self.facts.into_iter().map(|(words, seen)| (seen.fact(words), seen.stores));
        standing(facts.collect(), self.today)
    }

    /// The same laid over what was merged before, perhaps days ago. `is_counted` says in which stores that had a fact
    /// already.
    pub fn onto(
        self,
        merged: Vec<SeenFact>,
        is_counted: impl Fn(FactKey<'_>, StoreId) -> bool,
    ) -> Vec<SeenFact> {
        let fresh = merged.into_iter().filter(|fact| fact.last >= window_start(self.today));
        let mut facts: BTreeMap<Words, SeenFact> = fresh.map(|fact| (fact.words(), fact)).collect();
        for (words, seen) in self.facts {
            let (brand, item, kind, value) = &words;
            let key = FactKey { brand, item, kind: *kind, value };
            match facts.get_mut(&words) {
                Some(fact) => fact.join(&seen, |store| is_counted(key, store)),
                None => drop(facts.insert(words.clone(), seen.fact(words))),
            }
        }
        let facts = facts.into_values().map(|fact| (fact, BTreeSet::new())).collect();
        standing(facts, self.today).into_iter().map(|(fact, _)| fact).collect()
    }
}

/// What has ended goes, and what is beyond the bound.
fn standing(
    mut facts: Vec<(SeenFact, BTreeSet<StoreId>)>,
    today: BusinessDate,
) -> Vec<(SeenFact, BTreeSet<StoreId>)> {
    facts.retain(|(fact, _)| fact.to.is_none_or(|to| to >= today));
    facts.sort_by(|(one, _), (other, _)| one.rank().cmp(&other.rank()));
    facts.truncate(FACTS_MAX);
    facts
}

fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    /// Item, store, day, and the day on which it ends.
    type Sighting = (u8, u8, u32, Option<u32>);

    const TODAY: u32 = 35;
    /// The window has 28 days.
    const FIRST: u32 = 8;

    fn day(n: u32) -> BusinessDate {
        "2026-06-01".parse::<BusinessDate>().unwrap().plus_days(n)
    }

    fn store(n: u8) -> StoreId {
        StoreId(Uuid::from_u128(n.into()))
    }

    fn fact(item: u8, to: Option<u32>) -> CompetitorFact {
        CompetitorFact {
            brand: "统一".to_owned(),
            item: item.to_string(),
            kind: FactKind::Price,
            value: "3.0".to_owned(),
            from: None,
            to: to.map(day),
            photo: None,
        }
    }

    fn sightings(of: &[Sighting]) -> Sightings {
        let mut sightings = Sightings::new(day(TODAY));
        for (item, shop, on, to) in of {
            sightings.add(&fact(*item, *to), store(*shop), day(*on));
        }
        sightings
    }

    fn none(_: FactKey<'_>, _: StoreId) -> bool {
        false
    }

    fn some() -> impl Strategy<Value = Vec<Sighting>> {
        prop::collection::vec((0u8..3, 0u8..6, 0..=TODAY, prop::option::of(TODAY - 5..TODAY + 5)), 0..40)
    }

    proptest! {
        #[test]
        fn a_fact_says_what_its_sightings_of_the_window_say(seen in some()) {
            let merged = sightings(&seen).merged();
            for item in 0..3 {
                let of: Vec<_> = seen.iter().filter(|one| one.0 == item && one.2 >= FIRST).collect();
                let stores: BTreeSet<_> = of.iter().map(|one| store(one.1)).collect();
                let newest = of.iter().map(|one| (one.2, one.1, one.3)).max();
                let stands = newest.filter(|(.., to)| to.is_none_or(|to| to >= TODAY));
                let expected = stands.map(|(last, _, to)| {
                    let since = of.iter().map(|one| one.2).min().unwrap_or(last);
                    (number(stores.len()), day(since), day(last), to.map(day), stores.clone())
                });
                let found = merged.iter().find(|(fact, _)| fact.item == item.to_string());
                let found = found.map(|(fact, stores)| {
                    (fact.stores, fact.since, fact.last, fact.to, stores.clone())
                });
                prop_assert_eq!(found, expected);
            }
        }

        #[test]
        fn neither_order_nor_repetition_matters(
            (seen, again) in some().prop_flat_map(|seen| {
                let twice = [seen.clone(), seen.clone()].concat();
                (Just(seen), Just(twice).prop_shuffle())
            })
        ) {
            prop_assert_eq!(sightings(&seen).merged(), sightings(&again).merged());
        }

        /// The ends are left out: what has ended is told to no phone.
        #[test]
        fn a_phone_that_adds_what_it_saw_says_what_would_have_been_merged(
            told in some(), own in some(), known in 0usize..40
        ) {
            let endless = |of: &[Sighting]| -> Vec<Sighting> { of.iter().map(|s| (s.0, s.1, s.2, None)).collect() };
            let (told, mut own) = (endless(&told), endless(&own));
            let all = sightings(&[told.clone(), own.clone()].concat()).merged();
            // What it saw itself is among what was told.
            own.extend(told.iter().take(known));
            let before = sightings(&told).merged();
            let counted: BTreeSet<_> = before
                .iter()
                .flat_map(|(fact, stores)| stores.iter().map(|store| (fact.item.clone(), *store)))
                .collect();
            let before = before.into_iter().map(|(fact, _)| fact).collect();
            let around = sightings(&own)
                .onto(before, |fact, store| counted.contains(&(fact.item.to_owned(), store)));
            let all: Vec<_> = all.into_iter().map(|(fact, _)| fact).collect();
            prop_assert_eq!(around, all);
        }
    }

    #[test]
    fn of_too_many_facts_those_of_most_stores_stay_and_then_the_newest() {
        let mut seen: Vec<Sighting> = (0..=100).map(|item| (item, 1, 20, None)).collect();
        seen.extend([(100, 2, 10, None), (99, 1, 21, None)]);
        let merged = sightings(&seen).merged();
        assert_eq!(merged.len(), FACTS_MAX);
        let items: Vec<&str> = merged.iter().take(3).map(|(fact, _)| fact.item.as_str()).collect();
        assert_eq!(items, ["100", "99", "0"]);
        assert!(!merged.iter().any(|(fact, _)| fact.item == "98"), "the last by its words");
    }

    #[test]
    fn what_a_phone_saw_moves_the_end_and_what_it_was_told_long_ago_is_gone() {
        let told = |on| sightings(&[(1, 1, on, Some(TODAY + 1))]).merged().into_iter().map(|(fact, _)| fact);
        let own = |to| sightings(&[(1, 2, TODAY, to)]);
        let longer = own(Some(TODAY + 9)).onto(told(20).collect(), none);
        assert_eq!((longer[0].to, longer[0].stores), (Some(day(TODAY + 9)), 2));
        assert_eq!(own(Some(TODAY - 1)).onto(told(20).collect(), none), [], "it was over when she was there");
        let mut stale: Vec<SeenFact> = told(20).collect();
        stale[0].last = day(FIRST - 1);
        assert_eq!(sightings(&[]).onto(stale, none), []);
    }
}
