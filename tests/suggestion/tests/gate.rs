//! The gate: on a fixed sample of the demo's demand base stock must serve more than the rule with the same stock, and its
//! service level must mean what it says. The full run is `cargo xtask evaluate complete-journey`.

#[cfg(test)]
mod judges {
    use std::collections::HashMap;
    use std::fmt::Write as _;
    use std::io::Read as _;

    use xundian_domain::BusinessDate;
    use xundian_domain::suggestion::Coefficient;
    use xundian_domain::suggestion::base_stock::ServiceLevel;
    use xundian_domain::suggestion::prior::Shrinkage;
    use xundian_suggestion::chance::hash;
    use xundian_suggestion::plan::Plan;
    use xundian_suggestion::replay::{Conditions, Dial, replay};
    use xundian_suggestion::report::{Sweep, comparison, sales_report, sweep};
    use xundian_suggestion::sales::World;

    const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/data/qingdao");
    const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    /// One store in so many is in the sample.
    const ONE_OF: u64 = 40;

    /// The demo's demand of the sample as a sales file.
    fn sample() -> World {
        let series: HashMap<String, String> = csv::Reader::from_path(format!("{DATA}/skus.csv"))
            .unwrap()
            .deserialize::<HashMap<String, String>>()
            .map(|row| row.unwrap())
            .map(|row| (row["sku"].clone(), row["series"].clone()))
            .collect();
        let file = std::fs::File::open(format!("{DATA}/demand_daily.csv.gz")).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        let first: BusinessDate = "2026-06-01".parse().unwrap();
        let mut csv = String::from("store,sku,category,date,units\n");
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            if hash(cells[0]) % ONE_OF != 7 {
                continue;
            }
            for (day, digit) in (0u32..).zip(cells[2].chars()) {
                let (units, date) = (DIGITS.find(digit).unwrap(), first.plus_days(day));
                if units > 0 || day == 0 || day == 181 {
                    writeln!(csv, "{},{},{},{date},{units}", cells[0], cells[1], series[cells[1]]).unwrap();
                }
            }
        }
        World::read(csv.as_bytes(), "sample", |_| true).unwrap()
    }

    /// Half of the dials, to be quick without optimisation.
    fn plan() -> Plan {
        let mut plan = Plan::fixed().unwrap();
        plan.dials.rule_hundredths = vec![150, 200];
        plan.dials.base_stock_per_mille = vec![500, 700, 800, 900, 950, 980, 990, 999];
        plan
    }

    fn swept(world: &World, realistic: bool) -> Sweep {
        sweep(world, &plan(), realistic, Shrinkage::TUNED)
    }

    #[test]
    fn at_the_stock_of_the_rule_base_stock_serves_more() {
        let world = sample();
        assert_eq!((world.days, world.stores.len()), (182, 43));
        let plain = swept(&world, false);
        let main = comparison(&plain, |done| &done.main).unwrap();
        assert!(main.base_stock.gain_pp_low95 > 1.0, "{main:?}");
        assert!(main.base_stock.stock_at_rule_fill < main.rule.stock, "{main:?}");
        let cold = comparison(&plain, |done| &done.cold).unwrap();
        assert!(cold.base_stock.gain_pp > -0.5, "{cold:?}");
        for (p, done) in plain.base_stock.iter().filter(|(p, _)| *p >= 0.9) {
            let all = done.main.all();
            let dry = all.dry_share();
            assert!((dry - (1.0 - p)).abs() <= 0.02, "p {p}: {dry}");
        }
    }

    #[test]
    fn with_missed_visits_packs_and_miscounts_it_still_does() {
        let realistic = comparison(&swept(&sample(), true), |done| &done.main).unwrap();
        assert!(realistic.base_stock.gain_pp_low95 > 1.3, "{realistic:?}");
    }

    /// Twelve stores selling three SKUs, on which a fair on every fourth week triples what is sold.
    fn fairs() -> (String, String) {
        let (mut sales, mut events) = (
            String::from("store,sku,category,date,units\n"),
            String::from("event,date,store,sku,category\n"),
        );
        let first: BusinessDate = "2026-01-05".parse().unwrap();
        for day in 0..364u32 {
            let (date, fair) = (first.plus_days(day), day / 7 % 4 == 3);
            if fair {
                writeln!(events, "fair,{date},,,").unwrap();
            }
            for (store, sku) in (0..36u64).map(|n| (n / 3, n % 3)) {
                let chance = hash(&format!("{day}/{store}/{sku}"));
                let basket = if chance.is_multiple_of(4) { 1 + chance / 4 % 4 } else { 0 };
                let units = basket * if fair { 3 } else { 1 };
                writeln!(sales, "S{store},sku{sku},tea,{date},{units}").unwrap();
            }
        }
        (sales, events)
    }

    #[test]
    fn where_events_move_sales_a_calendar_of_them_serves_more_still() {
        let (sales, events) = fairs();
        let mut world = World::read(sales.as_bytes(), "sales", |_| true).unwrap();
        let blind =
            comparison(&swept(&world, false), |done| &done.main).unwrap().base_stock.fill_at_rule_stock;
        world.read_events(events.as_bytes(), "events").unwrap();
        let seeing =
            comparison(&swept(&world, false), |done| &done.main).unwrap().base_stock.fill_at_rule_stock;
        assert!(1.0 - seeing < 0.7 * (1.0 - blind), "lost {} of {}", 1.0 - seeing, 1.0 - blind);
    }

    #[test]
    fn nothing_is_sold_that_was_not_there_and_a_run_can_be_repeated() {
        let (sales, _) = fairs();
        let world = World::read(sales.as_bytes(), "sales", |_| true).unwrap();
        let plan = plan();
        let conditions = Conditions { plan: &plan, realistic: true, shrinkage: Shrinkage::TUNED };
        for dial in [Dial::Rule(Coefficient(150)), Dial::BaseStock(ServiceLevel::USUAL)] {
            let done = replay(&world, dial, conditions);
            let all = done.main.all();
            assert!(all.sold < all.wanted && all.sold > 0.5 * all.wanted, "{all:?}");
            assert_eq!(done, replay(&world, dial, conditions));
        }
    }

    #[test]
    fn the_report_on_own_sales_has_both_policies_and_both_coefficients() {
        let (sales, _) = fairs();
        let world = World::read(sales.as_bytes(), "sales", |_| true).unwrap();
        let report = serde_json::to_value(sales_report(&swept(&world, false))).unwrap();
        let policies = report["policies"].as_array().unwrap();
        let names: Vec<_> = policies.iter().map(|policy| policy["policy"].as_str().unwrap()).collect();
        assert_eq!(names, ["one_and_a_half", "base_stock"]);
        for policy in policies {
            for coefficient in ["1.5", "2.0"] {
                let fill = policy["at_rule_stock"][coefficient]["fill_rate"].as_f64().unwrap();
                assert!((0.5..=1.0).contains(&fill), "{policy}");
            }
        }
        let rule = &policies[0];
        assert_eq!(rule["at_rule_stock"]["2.0"]["fill_rate"], rule["points"][1]["fill_rate"]);
    }
}
