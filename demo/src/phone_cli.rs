//! `phone-cli`: a real phone core for the shell. Enrol at a server, record visits from a file, sync, look.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde::Deserialize;
use uuid::Uuid;
use xundian_device::machine::{Machine, ThisMachine};
use xundian_device::phone::Phone;
use xundian_device::sync::{HttpTransport, enrol, sync_once};
use xundian_device::visit_loop::Line;
use xundian_domain::stamp::Millis;
use xundian_domain::visit::FailedReason;
use xundian_domain::{StoreId, StoreNo};

/// A phone for the shell. Every command opens the phone's file, does one thing and prints JSON.
#[derive(Debug, Parser)]
#[command(name = "phone-cli", version)]
struct Arguments {
    /// The phone's file; made if it is not there
    #[arg(long, default_value = "phone.db")]
    file: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Enrol with a code of `xundian-server device enroll` and pull for the first time
    Enrol {
        /// Address of the server
        server: String,
        /// The code
        code: String,
    },
    /// Push and pull once
    Sync {
        /// Address of the server
        server: String,
    },
    /// Record visits from a JSON file: `[{"store": "QD010001", "lines": [{"count": ["21010019", "t", 5, 0, null, null]},
    /// {"intention": {"sku": "21010019", "units": 24, "reason": null}}]}, {"store": "QD010002", "failed": "closed"}]`
    Record {
        /// The file
        visits: PathBuf,
    },
    /// Today's route
    Today,
    /// The card of a store
    Card {
        /// Store number
        store: String,
    },
    /// What the server said about every record
    Outbox,
    /// Seal the day
    CloseDay,
    /// Write all facts of this phone into a file, for its next phone or the office; the code is shown once
    ExportJournal {
        /// The file; must not exist
        to: PathBuf,
    },
    /// Take in the journal of the rep's other phone; the next sync sends it
    ImportJournal {
        /// The file
        from: PathBuf,
        /// The recovery code that was shown with it
        code: String,
    },
}

/// One visit of the file.
#[derive(Debug, Deserialize)]
struct Recorded {
    store: StoreNo,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    failed: Option<FailedReason>,
}

/// Linux tells when the machine was started: two commands of one boot share their monotonic clock.
struct Shell(ThisMachine);

impl Machine for Shell {
    fn wall(&self) -> Millis {
        self.0.wall()
    }

    fn mono_ms(&self) -> i64 {
        let uptime = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
        let seconds = uptime.split(' ').next().and_then(|text| text.replace('.', "").parse::<i64>().ok());
        seconds.map_or(self.0.mono_ms(), |hundredths| hundredths * 10)
    }

    fn boot(&self) -> Uuid {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        boot.trim().parse().unwrap_or(self.0.boot())
    }

    fn random(&mut self) -> u128 {
        self.0.random()
    }
}

type Failed = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("phone-cli: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<String, Failed> {
    let mut phone = Phone::open(&arguments.file, Box::new(Shell(ThisMachine::new(None))))?;
    match arguments.verb {
        Verb::Enrol { server, code } => {
            let mut network = HttpTransport::new(&server)?;
            enrol(&mut phone, &mut network, &code)?;
            sync(&mut phone, &mut network)
        }
        Verb::Sync { server } => sync(&mut phone, &mut HttpTransport::new(&server)?),
        Verb::Record { visits } => record(&mut phone, &visits),
        Verb::Today => json(&phone.today()?),
        Verb::Card { store } => json(&phone.store_card(StoreId::from_number(store.parse()?))?),
        Verb::Outbox => json(&phone.outbox()?),
        Verb::CloseDay => json(&phone.close_day()?),
        Verb::ExportJournal { to } => export_journal(&mut phone, &to),
        Verb::ImportJournal { from, code } => {
            let report = phone.import_journal(&std::fs::read(from)?, &code)?;
            let (taken, known, differing) = (report.taken, report.known, report.differing);
            json(&serde_json::json!({ "taken": taken, "known": known, "differing": differing }))
        }
    }
}

fn export_journal(phone: &mut Phone, to: &Path) -> Result<String, Failed> {
    let export = phone.export_journal()?;
    let mut file = std::fs::File::create_new(to)?;
    file.write_all(&export.bytes)?;
    file.sync_all()?;
    phone.journal_left(export.upto)?;
    let (facts, left_out) = (export.facts, export.left_out);
    json(&serde_json::json!({ "facts": facts, "left_out": left_out, "recovery_code": export.recovery_code }))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Failed> {
    Ok(serde_json::to_string_pretty(value)?)
}

fn sync(phone: &mut Phone, network: &mut HttpTransport) -> Result<String, Failed> {
    let report = sync_once(phone, network, |_| true)?;
    json(&serde_json::json!({
        "outcome": format!("{:?}", report.outcome),
        "records_up": report.progress.records_up,
        "rows_down": report.progress.rows_down,
        "bytes_up": report.progress.bytes_up,
        "bytes_down": report.progress.bytes_down,
        "requests": report.progress.requests,
    }))
}

fn record(phone: &mut Phone, file: &Path) -> Result<String, Failed> {
    let visits: Vec<Recorded> = serde_json::from_slice(&std::fs::read(file)?)?;
    let mut done = Vec::new();
    for visit in visits {
        phone.begin_visit(StoreId::from_number(visit.store))?;
        for line in &visit.lines {
            phone.save_line(line)?;
        }
        let checked_out = match visit.failed {
            Some(reason) => phone.fail_visit(reason, None)?,
            None => {
                phone.suggestions()?;
                phone.check_out()?
            }
        };
        done.push(serde_json::json!({
            "store": visit.store,
            "result": checked_out.result,
            "order": checked_out.order.map(|(order, code)| serde_json::json!({
                "id": order.id, "total": order.total(), "promise": order.promise, "code": code.to_string(),
            })),
        }));
    }
    json(&done)
}
