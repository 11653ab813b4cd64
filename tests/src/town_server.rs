//! The town for judges that are not Rust: a real server with the city in it, its clock on Monday morning. It says its address
//! on the first line, answers what it is asked line by line, and ends with its input.

use std::io::{BufRead, Write};

use xundian_tests::town::{Outcome, Town};

fn main() -> Outcome<()> {
    let town = Town::new()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", town.address)?;
    out.flush()?;
    for line in std::io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&town, line?.trim()))?;
        out.flush()?;
    }
    Ok(())
}

/// `code REP` = an enrolment code, `invitation REP` = the office's QR with one, `revoke REP` = all phones of the rep lose
/// their rights, `now` = its clock in ms, `tick` = the same, and it goes on from there, `facts` and `orders` = how many are
/// there.
fn answer(town: &Town, asked: &str) -> String {
    let said = match asked.split_once(' ') {
        Some(("code", rep)) => town.code(rep),
        Some(("invitation", rep)) => town.invitation(rep).map(|invitation| invitation.to_string()),
        Some(("revoke", rep)) => town.revoke(rep).map(|()| "revoked".to_owned()),
        None if asked == "now" => Ok(town.app.now().0.to_string()),
        None if asked == "tick" => {
            town.clock.tick_on();
            Ok(town.app.now().0.to_string())
        }
        None if asked == "facts" => town.count("SELECT count(*) FROM fact").map(|n| n.to_string()),
        None if asked == "orders" => town.count("SELECT count(*) FROM store_order").map(|n| n.to_string()),
        _ => Err(format!("`{asked}` is no question").into()),
    };
    said.unwrap_or_else(|why| format!("error: {why}"))
}
