//! A fixed set of seeds, and that a seed repeats itself. Many more by hand: `cargo xtask sim --seeds 20000`.

use std::collections::BTreeMap;

use xundian_simulation::{FEWEST_FAULTS, Plan, Ran, Report, run, run_and_look};

/// Enough that every fault of the network and of the machines happens; what is rarer is in the long runs.
const SEEDS: std::ops::Range<u64> = 1..25;

/// The faults of a story by their names: `[2026-07-27 08:12] ! request lost: phone 3, push of 812 bytes`.
fn told(ran: &Ran) -> BTreeMap<String, u64> {
    let mut told = BTreeMap::new();
    for line in &ran.trace {
        if let Some((name, _)) = line.split_once("] ! ").and_then(|(_, fault)| fault.split_once(": ")) {
            *told.entry(name.to_owned()).or_default() += 1;
        }
    }
    told
}

#[test]
fn nothing_is_lost_doubled_or_skipped() {
    let parts: Vec<Report> = std::thread::scope(|scope| {
        let half = |odd: u64| {
            scope.spawn(move || {
                let mut report = Report::default();
                for seed in SEEDS.filter(|seed| seed % 2 == odd) {
                    let plan = Plan::of(seed);
                    let ran = run(&plan).unwrap();
                    assert!(ran.violations.is_empty(), "seed {seed}: {:?}", ran.violations);
                    assert_eq!(told(&ran), ran.counts.faults, "seed {seed}: {}", ran.trace.join("\n"));
                    let struck = ran.counts.struck();
                    assert!(struck >= FEWEST_FAULTS, "seed {seed}: {struck} faults");
                    report.take(seed, plan.ops.len(), &ran.counts, &ran.violations);
                }
                report
            })
        };
        [half(0), half(1)].map(|part| part.join().unwrap()).into()
    });
    let mut report = Report::default();
    parts.iter().for_each(|part| report.join(part));
    assert_eq!(report.seeds, 24);
    assert!(report.steps >= 24 * 300 && !report.has_a_quiet_run() && !report.has_a_lonely_run());
    let both: Vec<_> =
        report.counts.faults.keys().filter(|name| report.counts.office.contains_key(*name)).collect();
    assert!(both.is_empty(), "faults and the office's work: {both:?}");
    let rare = [
        "journal brought",
        "slip in doubt",
        "phone revoked",
        "held revoked_device",
        "parked",
        "held capture_time",
        "held fact released",
        "held fact refused",
        "rejected refused",
        "store approved",
        "store rejected",
        "applied already_delivered",
        "slip in doubt",
        "flag DayDiffers",
        "flag PriceStale",
        "flag PromoCap",
        "flag OutsideTerritory",
        "ledger ended",
        "fact_state ended",
        "403 Revoked",
        "409 Gap",
    ];
    let unseen: Vec<_> = report.never_seen().into_iter().filter(|name| !rare.contains(name)).collect();
    assert!(unseen.is_empty(), "never seen: {unseen:?}");
}

#[test]
fn a_seed_repeats_itself_to_the_byte() {
    let [(one, here), (two, there)] = [77, 77].map(|seed| run_and_look(&Plan::of(seed)).unwrap());
    assert_eq!(one.trace.join("\n"), two.trace.join("\n"));
    assert_eq!(serde_json::to_string(&one.counts).unwrap(), serde_json::to_string(&two.counts).unwrap());
    let differing: Vec<_> = here.iter().filter(|(name, hash)| there.get(*name) != Some(*hash)).collect();
    assert!(differing.is_empty() && here.len() == there.len(), "{differing:?}\n{there:?}");
    // The looks saw the server, every phone, and photos that came.
    let is_seen = |start: &str| here.keys().any(|name| name.starts_with(start));
    let phones = one.counts.most_phones.unwrap();
    assert!(is_seen("server/server.db fact") && is_seen("server/photos/"));
    assert!((0..phones).all(|number| is_seen(&format!("phone-{number}/phone.db fact"))), "{here:?}");
}
