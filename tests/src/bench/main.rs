//! `cargo xtask bench`: the figures of docs/guide/performance.md. Not a test: it judges nothing, it measures. `year FILE` writes
//! the file of a phone with a year of its rep instead, for the shells' own figures.

mod device;
mod ingest;
mod night;
mod sample;
mod sheets;
mod sync;
mod table;
mod wire;

use std::process::ExitCode;

use table::Table;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let [word, file] = wanted.as_slice()
        && word == "year"
    {
        return match device::a_year(std::path::Path::new(file)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("xundian-bench: {why}");
                ExitCode::FAILURE
            }
        };
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let mut table = Table::default();
    type Part = fn(&mut Table) -> xundian_tests::town::Outcome<()>;
    let parts: [(&str, Part); 8] = [
        ("device", device::measure),
        ("wire", wire::measure),
        ("sync", sync::measure),
        ("ingest", ingest::on_sqlite),
        ("ingest-pg", ingest::on_postgres),
        ("sheets", sheets::measure),
        ("night", night::on_sqlite),
        ("night-pg", night::on_postgres),
    ];
    for (name, part) in parts.into_iter().filter(|(name, _)| is_wanted(name)) {
        eprintln!("measuring {name} …");
        if let Err(why) = part(&mut table) {
            eprintln!("xundian-bench: {name}: {why}");
            return ExitCode::FAILURE;
        }
    }
    print!("{table}");
    ExitCode::SUCCESS
}
