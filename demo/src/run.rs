//! The run: two weeks, day by day.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use xundian_device::phone::LastOrder;
use xundian_domain::id::ReasonCode;
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_domain::{BusinessDate, TimeOfDay};
use xundian_server::app::{App, random};
use xundian_server::db::DbError;
use xundian_server::orders::FreezeError;
use xundian_server::sync::new_code;
use xundian_server::web;

use crate::city::{self, City, CityError, Login};
use crate::clock::SimClock;
use crate::dispatchers::{Dispatchers, PageError};
use crate::drivers::Deliveries;
use crate::phones::{Rep, RepError, Street};
use crate::report::{self, Report};
use crate::shelf::Shelves;

/// What to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// First day, a Monday.
    pub start: BusinessDate,
    /// How many weeks.
    pub weeks: u32,
    /// How many reps, the first of the list.
    pub reps: usize,
    /// Of all chance.
    pub seed: u64,
    /// The data set.
    pub data: PathBuf,
    /// Where everything is written; must be new or empty.
    pub folder: PathBuf,
    /// Where the phones' files are; may be a RAM disk.
    pub phones: PathBuf,
    /// Where the server listens.
    pub listen: String,
    /// No bars.
    pub quiet: bool,
}

/// What can end a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Before the first day.
    #[error(transparent)]
    City(#[from] CityError),
    /// A phone.
    #[error(transparent)]
    Rep(#[from] RepError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A freeze.
    #[error(transparent)]
    Freeze(#[from] FreezeError),
    /// A page.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The disk or the network.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Sheets that cannot be written.
    #[error("{0}")]
    Sheets(String),
}

/// A finished run; the server is still up.
#[derive(Debug)]
pub struct Ran {
    /// The server.
    pub app: App,
    /// Its clock.
    pub clock: SimClock,
    /// Its address.
    pub address: String,
    /// Log-ins.
    pub logins: Vec<Login>,
    /// The table.
    pub report: Report,
    /// Keeps the server's threads.
    pub runtime: tokio::runtime::Runtime,
}

fn time(text: &str) -> TimeOfDay {
    text.parse().unwrap_or(TimeOfDay::MIDNIGHT)
}

/// Builds the city and runs it.
///
/// # Errors
/// See [`RunError`].
pub fn run(plan: &Plan) -> Result<Ran, RunError> {
    let mut watch = Watch::start();
    std::fs::create_dir_all(&plan.folder)?;
    std::fs::create_dir_all(&plan.phones)?;
    let clock = SimClock::at(ZoneOffset::CHINA.moment(plan.start, time("06:00")));
    let City { app, demand, shelves, reps, logins } =
        city::build(&plan.data, &plan.folder, plan.start, plan.seed, &clock)?;
    watch.lap("import");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind(&plan.listen))?;
    let address = format!("http://{}", listener.local_addr()?);
    runtime.spawn(web::serve(app.clone(), listener, std::future::pending()));
    let mut phones = Vec::new();
    for (seed, rep) in (1u64..).zip(reps.into_iter().take(plan.reps)) {
        let (bytes, now) = (random()?, app.now());
        let code = app.db().write_now(move |tx| new_code(tx, rep, bytes, now))?;
        phones.push(Rep::enrol(rep, &plan.phones, clock.phone(plan.seed ^ seed), &address, &code)?);
    }
    watch.lap("enrol");
    let mut fortnight = Fortnight {
        office: Dispatchers::log_in(&app, &address, &logins)?,
        logins: &logins,
        plan,
        app: &app,
        clock: &clock,
        shelves: Mutex::new(shelves),
        bar: bar(plan, &app),
    };
    let mut deliveries = Deliveries::default();
    for ahead in 0..=last_working_day(plan, &app) {
        let date = plan.start.plus_days(ahead);
        deliveries = fortnight.day(date, ahead, &mut phones, deliveries, &mut watch)?;
        let mut shelves = fortnight.shelves.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        shelves.sell(&demand, date);
    }
    fortnight.bar.finish_and_clear();
    report::write_sheets(&app, plan, &mut watch)?;
    let report = report::make(&app, plan, &phones, &watch)?;
    Ok(Ran { app, clock, address, logins, report, runtime })
}

/// The run ends on the evening of the last day with visits, so that its sheets are tonight's.
fn last_working_day(plan: &Plan, app: &App) -> u32 {
    let catalogue = app.catalogue();
    let works = |ahead: &u32| {
        let date = plan.start.plus_days(*ahead);
        catalogue.people.keys().any(|rep| !catalogue.planned(*rep, date).is_empty())
    };
    (0..plan.weeks * 7).rev().find(works).unwrap_or(0)
}

fn bar(plan: &Plan, app: &App) -> ProgressBar {
    if plan.quiet {
        return ProgressBar::hidden();
    }
    let catalogue = app.catalogue();
    let reps: Vec<_> = catalogue.people.keys().copied().collect();
    let visits = |date| -> usize { reps.iter().map(|rep| catalogue.planned(*rep, date).len()).sum() };
    let total: usize = (0..plan.weeks * 7).map(|ahead| visits(plan.start.plus_days(ahead))).sum();
    let style = ProgressStyle::with_template("{msg:10} {bar:40} {pos}/{len} visits  {elapsed_precise}");
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(0));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

struct Fortnight<'a> {
    office: Dispatchers,
    logins: &'a [Login],
    plan: &'a Plan,
    app: &'a App,
    clock: &'a SimClock,
    shelves: Mutex<Shelves>,
    bar: ProgressBar,
}

impl Fortnight<'_> {
    fn day(
        &mut self,
        date: BusinessDate,
        ahead: u32,
        phones: &mut [Rep],
        yesterday: Deliveries,
        watch: &mut Watch,
    ) -> Result<Deliveries, RunError> {
        self.bar.set_message(date.to_string());
        self.clock.set(date, time("04:01"));
        self.app.tick()?;
        while self.app.learn()?.stores > 0 {}
        watch.lap("learning");
        let deliveries = Deliveries::plan(self.app, date, self.plan.seed, yesterday)?;
        let works = self.walk(date, ahead, phones, &deliveries)?;
        watch.lap("visits");
        deliveries.arrive_all(&self.shelves);
        self.clock.set(date, time("18:00"));
        self.office.new_day(self.logins)?;
        deliveries.report(&mut self.office, date)?;
        watch.lap("results");
        if works {
            self.evening(date, ahead, phones)?;
        }
        watch.lap("sync");
        for cutoff in ["20:01", "20:31"] {
            self.clock.set(date, time(cutoff));
            self.app.tick()?;
            if works && cutoff == "20:01" && ahead == 2 {
                // One phone finds its network only after the cut-off.
                self.sync_some(date, "20:10", &mut phones[..1])?;
            }
        }
        if works && ahead == 3 {
            self.cancel_one(date, phones)?;
        }
        for ahead in 1..=3 {
            self.office.accept(date.plus_days(ahead))?;
        }
        watch.lap("freeze");
        Ok(deliveries)
    }

    /// All reps walk at the same time, each in a thread, as they do.
    fn walk(
        &self,
        date: BusinessDate,
        ahead: u32,
        phones: &mut [Rep],
        deliveries: &Deliveries,
    ) -> Result<bool, RunError> {
        let catalogue = self.app.catalogue();
        let works = phones.iter().any(|rep| !catalogue.planned(rep.no, date).is_empty());
        if !works {
            return Ok(false);
        }
        let street = Street { shelves: &self.shelves, deliveries, seed: self.plan.seed };
        let start = ZoneOffset::CHINA.moment(date, time("08:20"));
        let progress = || self.bar.inc(1);
        let done: Vec<Result<(), RepError>> = std::thread::scope(|scope| {
            let walking: Vec<_> = phones
                .iter_mut()
                .enumerate()
                .map(|(index, rep)| {
                    let killed = (ahead == 1 && index == 1).then_some(4);
                    let (street, progress) = (&street, &progress);
                    scope.spawn(move || rep.walk(street, date, start, killed, progress))
                })
                .collect();
            walking.into_iter().filter_map(|walk| walk.join().ok()).collect()
        });
        done.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(true)
    }

    /// Everybody syncs but the one who is late; some lose the answer on the way.
    fn evening(&self, date: BusinessDate, ahead: u32, phones: &mut [Rep]) -> Result<(), RunError> {
        let late = usize::from(ahead == 2);
        for (index, rep) in phones.iter_mut().enumerate() {
            rep.network.lose_answer = (index + ahead as usize).is_multiple_of(5).then_some(1);
        }
        self.sync_some(date, "18:30", &mut phones[late..])
    }

    fn sync_some(&self, date: BusinessDate, at: &str, phones: &mut [Rep]) -> Result<(), RunError> {
        self.clock.set(date, time(at));
        let now: Millis = ZoneOffset::CHINA.moment(date, time(at));
        let done: Vec<Result<(), RepError>> = std::thread::scope(|scope| {
            let syncing: Vec<_> =
                phones.iter_mut().map(|rep| scope.spawn(move || rep.evening(now))).collect();
            syncing.into_iter().filter_map(|sync| sync.join().ok()).collect()
        });
        done.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(())
    }

    /// An owner calls at nine in the evening: his order, which is on a frozen sheet, is cancelled.
    fn cancel_one(&self, date: BusinessDate, phones: &mut [Rep]) -> Result<(), RunError> {
        self.clock.set(date, time("21:00"));
        let Some(rep) = phones.first_mut() else { return Ok(()) };
        let Ok(reason) = "owner_changed_mind".parse::<ReasonCode>() else { return Ok(()) };
        let failed = |why| RepError::Phone { rep: rep.no, why };
        let today = rep.phone.today().map_err(failed)?;
        for stop in &today.stops {
            let card = rep.phone.store_card(stop.store).map_err(failed)?;
            if let Some(LastOrder { order, state, .. }) = card.last_order
                && state.is_open()
            {
                rep.phone.cancel_order(order, reason).map_err(failed)?;
                break;
            }
        }
        rep.sync()?;
        Ok(())
    }
}

/// Where the time went.
#[derive(Debug)]
pub struct Watch {
    last: Instant,
    /// Seconds by phase, in the order of their first lap.
    pub phases: Vec<(&'static str, f64)>,
}

impl Watch {
    fn start() -> Self {
        Self { last: now(), phases: Vec::new() }
    }

    /// Books the time since the last lap.
    pub fn lap(&mut self, phase: &'static str) {
        let passed = self.last.elapsed().as_secs_f64();
        self.last = now();
        match self.phases.iter_mut().find(|(name, _)| *name == phase) {
            Some((_, seconds)) => *seconds += passed,
            None => self.phases.push((phase, passed)),
        }
    }
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "the run says how long it took")]
    Instant::now()
}
