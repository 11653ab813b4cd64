//! What a phone shows of a fact is the last word that the server said of it.

use std::collections::BTreeMap;

use xundian_domain::RecordId;
use xundian_protocol::push::Verdict;

use crate::Outcome;
use crate::check::violation;
use crate::phone::SimPhone;
use crate::report::Violation;
use crate::server::Server;

/// A later word is told for 30 days, by nights: who does not pull for longer keeps the first one (docs/guide/sync-limits.md).
const TOLD_MS: i64 = 29 * 86_400_000;

/// I3 of words: the first one comes with the answer, a later one with a pull, and a restore or a new install brings both again.
pub(crate) fn last_ones_are_heard(phones: &[SimPhone], server: &Server) -> Outcome<Vec<Violation>> {
    let mut said: BTreeMap<(RecordId, [u8; 32]), String> = BTreeMap::new();
    let sql = "SELECT f.id, f.hash, coalesce(v.verdict, f.verdict), v.at
               FROM fact f LEFT JOIN fact_verdict v ON v.fact = f.id";
    let told_since = server.now().0 - TOLD_MS;
    for row in server.read(|tx| tx.query(sql, &[]))? {
        if row.get::<Option<i64>>(3)?.is_none_or(|at| at > told_since) {
            said.insert((row.get(0)?, row.get(1)?), row.get(2)?);
        }
    }
    let mut violations = Vec::new();
    for (number, phone) in phones.iter().enumerate() {
        for fact in phone.lying()? {
            // What lies in quarantine has no later word.
            let (Some(said), Some(heard)) = (said.get(&(fact.id, fact.hash)), &fact.verdict) else {
                continue;
            };
            let (said, heard): (Verdict, Verdict) =
                (serde_json::from_str(said)?, serde_json::from_str(heard)?);
            if said != heard {
                let what = format_args!("phone {number} heard {heard:?} of {}, and it is {said:?}", fact.id);
                violations.push(violation("I3", what));
            }
        }
    }
    Ok(violations)
}
