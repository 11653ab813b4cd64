//! 日志: all facts of this phone as one file, and such a file of another phone of the same rep taken in. For a phone that
//! dies or a day without a server; the file itself is `xundian_protocol::journal`.

use xundian_domain::InstallId;
use xundian_domain::visit::Visit;
use xundian_protocol::journal::{
    Envelope, ImportKey, Journal, JournalError, JournalFact, Opener, RecoveryCode, Sealing,
};
use xundian_protocol::push::Kind;

use super::competitors::sighting_rows;
use super::visit::visited_row;
use super::{Phone, PhoneError};
use crate::device_key;
use crate::machine::fill;
use crate::store::{Fact, ImportReport, NewFact, OwnRow};

/// The file, to be kept outside the phone.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct JournalExport {
    /// The file.
    pub bytes: Vec<u8>,
    /// Opens it without the office; this file keeps it nowhere.
    pub recovery_code: String,
    /// Facts in it.
    pub facts: u32,
    /// Oldest facts that the server has and that did not fit.
    pub left_out: u32,
    /// Up to which record of this phone all that waits is in it: for [`Phone::journal_left`].
    pub upto: i64,
}

impl std::fmt::Debug for JournalExport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("JournalExport");
        shown.field("bytes", &self.bytes.len()).field("facts", &self.facts);
        shown.field("left_out", &self.left_out).finish_non_exhaustive()
    }
}

impl Phone {
    /// All facts that this phone still has, sent or not, as a file for the office and for the rep's next phone. What
    /// travels beside them (contacts, positions, codes) and photos are not in it. Until [`Phone::journal_left`] is called nothing
    /// counts as kept by it.
    ///
    /// # Errors
    /// Before enrolment, or a failing file.
    pub fn export_journal(&mut self) -> Result<JournalExport, PhoneError> {
        let setting = |name| self.store.setting(name)?.ok_or(PhoneError::NotEnrolled);
        let install = setting("install")?.parse().map_err(|_| PhoneError::NotEnrolled)?;
        let signer = device_key::read(&setting("device_key")?, self.machine.as_ref())?;
        // Read first: what is sealed meanwhile is not in it.
        let upto = self.store.newest_fact()?;
        let all = self.store.all_facts()?;
        let (facts, on_server) = split(all);
        let journal = Journal { install: InstallId(install), rep: self.rep()?, facts };
        let sealing = Sealing { made_at: self.now()?, signer: &signer, company: self.import_key()? };
        self.seal_journal(journal, on_server, upto, &sealing)
    }

    /// The file of an export was handed to somebody: what waited up to its newest record lies no longer on this phone alone, and
    /// another rep may take the phone over. (All that waits is in a file: what does not fit is what the server has.)
    ///
    /// # Errors
    /// A failing file.
    pub fn journal_left(&mut self, upto: i64) -> Result<(), PhoneError> {
        Ok(self.store.mark_journaled(upto)?)
    }

    /// Takes the facts of another phone of the same rep into this one's row, once each, with their ids and bytes; the
    /// next sync sends them. All of them are on the disk when this returns, or none.
    ///
    /// # Errors
    /// The file or its code, another rep's or another company's journal, or a failing file.
    pub fn import_journal(&mut self, bytes: &[u8], recovery_code: &str) -> Result<ImportReport, PhoneError> {
        let rep = self.rep()?;
        let envelope = Envelope::read(bytes)?;
        let ours = self.import_key()?.map(|key| key.fingerprint());
        if ours.is_some() && envelope.company.is_some() && ours != envelope.company {
            return Err(JournalError::OtherCompany.into());
        }
        let code: RecoveryCode = recovery_code.parse()?;
        let journal = Journal::open(&envelope, &Opener::Code(&code))?;
        if journal.rep != rep {
            return Err(PhoneError::OtherRep(journal.rep));
        }
        let facts: Vec<_> = journal.facts.into_iter().map(as_sealed).collect();
        let taken = self.store.take_over(&facts)?;
        self.forget_office();
        Ok(taken)
    }

    fn import_key(&self) -> Result<Option<ImportKey>, PhoneError> {
        Ok(self.store.setting("import_key")?.and_then(|text| ImportKey::read(&text)))
    }

    /// What does not fit is the oldest that the server has: the first `on_server` facts may go.
    fn seal_journal(
        &mut self,
        mut journal: Journal,
        mut on_server: usize,
        upto: i64,
        sealing: &Sealing<'_>,
    ) -> Result<JournalExport, PhoneError> {
        let all = journal.facts.len();
        loop {
            let machine = self.machine.as_mut();
            match journal.seal(sealing, &mut |bytes| fill(machine, bytes)) {
                Err(JournalError::TooLarge { .. }) if on_server > 0 => {
                    let dropped = on_server.div_ceil(4);
                    journal.facts.drain(..dropped);
                    on_server -= dropped;
                }
                sealed => {
                    let ((bytes, code), facts) = (sealed?, journal.facts.len());
                    let count = |facts: usize| u32::try_from(facts).unwrap_or(u32::MAX);
                    return Ok(JournalExport {
                        bytes,
                        recovery_code: code.to_string(),
                        facts: count(facts),
                        left_out: count(all - facts),
                        upto,
                    });
                }
            }
        }
    }
}

/// Facts as they stand in a file, and how many at their beginning are on the server.
fn split(facts: Vec<Fact>) -> (Vec<JournalFact>, usize) {
    let on_server = facts.iter().take_while(|fact| fact.verdict.is_some()).count();
    (facts.into_iter().map(as_exported).collect(), on_server)
}

fn as_exported(fact: Fact) -> JournalFact {
    let NewFact { id, kind, version, date, captured, body, private: _ } = fact.sealed;
    JournalFact { dseq: fact.dseq, id, kind: kind.into(), v: version, captured, date, body }
}

/// A fact as it was sealed, and what the phone itself knows from it.
fn as_sealed(fact: JournalFact) -> (NewFact, Vec<OwnRow>) {
    let JournalFact { id, kind, v, captured, date, body, .. } = fact;
    let visit = if kind == Kind::VisitClosed { serde_json::from_str::<Visit>(&body).ok() } else { None };
    let mut own: Vec<OwnRow> = visit.iter().map(visited_row).collect();
    own.extend(visit.iter().flat_map(|visit| sighting_rows(visit).unwrap_or_default()));
    (NewFact { id, kind: kind.into(), version: v, date, captured, body, private: None }, own)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use xundian_domain::stamp::{Millis, Stamp};
    use xundian_domain::{RecordId, RepNo};
    use xundian_protocol::digest::hex;
    use xundian_protocol::journal::{CONTENT_BYTES, ImportSecret};
    use xundian_protocol::limits::RECORD_BYTES;

    use super::*;
    use crate::machine::ThisMachine;
    use crate::store::{Adopted, Heard};

    const EPOCH: Uuid = Uuid::from_u128(1);

    fn heard(acked_dseq: u64) -> Heard {
        Heard { epoch: EPOCH, acked_dseq, durable_upto: 0, server_time: 5, at_boot: "x/0".into() }
    }

    fn company(seed: u8) -> ImportSecret {
        ImportSecret::from_bytes([seed; 32])
    }

    /// A phone, enrolled for a rep by a company that may have no key for journals.
    fn phone(install: u8, rep: &str, company: Option<&ImportSecret>) -> (tempfile::TempDir, Phone) {
        let dir = tempfile::tempdir().unwrap();
        let machine = Box::new(ThisMachine::new(None));
        let mut phone = Phone::open(&dir.path().join("phone.db"), machine).unwrap();
        let adopted = Adopted {
            before: String::new(),
            phone: String::new(),
            install: InstallId(Uuid::from_u128(install.into())),
            key: hex(&[install; 32]),
            token: "t".into(),
            rep: rep.into(),
            import_key: company.map(|secret| secret.public().to_string()),
        };
        phone.store.adopt(&adopted, &heard(0), false).unwrap();
        (dir, phone)
    }

    fn seal(phone: &mut Phone, n: u128, body: &str) {
        let fact = NewFact {
            id: RecordId(Uuid::from_u128(n)),
            kind: "order_cancelled".into(),
            version: 1,
            date: "2026-07-27".parse().unwrap(),
            captured: Stamp { wall: Millis(7), mono_ms: 3, boot: Uuid::nil(), server_offset_ms: Some(2) },
            body: body.into(),
            private: Some(r#"{"receiver":"王老板娘"}"#.into()),
        };
        phone.store.seal(&fact, &[]).unwrap();
    }

    fn acknowledge(phone: &mut Phone, upto: u128) {
        let verdicts: Vec<_> =
            (1..=upto).map(|n| (RecordId(Uuid::from_u128(n)), "\"applied\"".to_owned())).collect();
        phone.store.record_verdicts(&verdicts, &heard(upto.try_into().unwrap())).unwrap();
    }

    #[test]
    fn what_was_sealed_comes_into_the_next_phones_row_once_with_its_bytes() {
        let company = company(5);
        let (_dir, mut old) = phone(1, "ZY01", Some(&company));
        (1..=3).for_each(|n| seal(&mut old, n, "{ \"a\" : 1 }"));
        acknowledge(&mut old, 2);
        let export = old.export_journal().unwrap();
        assert_eq!((export.facts, export.left_out), (3, 0));
        let (_other, mut next) = phone(2, "ZY01", Some(&company));
        seal(&mut next, 9, "its own");
        let code = export.recovery_code.to_lowercase();
        let taken = next.import_journal(&export.bytes, &code).unwrap();
        assert_eq!(taken, ImportReport { taken: 3, known: 0, differing: 0 });
        let again = next.import_journal(&export.bytes, &code).unwrap();
        assert_eq!(again, ImportReport { taken: 0, known: 3, differing: 0 });
        let facts = next.store.facts_after(0, 9).unwrap();
        let row: Vec<_> = facts.iter().map(|fact| (fact.dseq, fact.sealed.id.0.as_u128())).collect();
        assert_eq!(row, [(1, 9), (2, 1), (3, 2), (4, 3)]);
        let (here, there) = (&facts[1], &old.store.facts_after(0, 1).unwrap()[0]);
        assert_eq!((here.hash, &here.sealed.body), (there.hash, &there.sealed.body));
        assert_eq!((here.sealed.captured, here.sealed.date), (there.sealed.captured, there.sealed.date));
        assert_eq!((&here.sealed.private, &here.verdict), (&None, &None), "nothing private, not sent");
    }

    #[test]
    fn only_the_reps_own_phone_and_company_take_a_journal() {
        let (_dir, mut old) = phone(1, "ZY01", Some(&company(5)));
        seal(&mut old, 1, "a");
        let export = old.export_journal().unwrap();
        let refused = |rep: &str, seed: u8, code: &str| {
            let (_dir, mut other) = phone(2, rep, Some(&company(seed)));
            let refused = other.import_journal(&export.bytes, code).unwrap_err();
            assert_eq!(other.store.last_dseq().unwrap(), 0);
            refused
        };
        let code = export.recovery_code.as_str();
        let rep: RepNo = "ZY01".parse().unwrap();
        assert!(matches!(refused("ZY02", 5, code), PhoneError::OtherRep(whose) if whose == rep));
        let journal = |error| match error {
            PhoneError::Journal(error) => error,
            other => panic!("{other}"),
        };
        assert_eq!(journal(refused("ZY01", 6, code)), JournalError::OtherCompany);
        assert_eq!(journal(refused("ZY01", 5, "0000-0000-0000")), JournalError::WrongCode);
        assert_eq!(journal(refused("ZY01", 5, "")), JournalError::WrongCode);
    }

    #[test]
    fn a_phone_without_the_companys_key_gives_a_file_that_its_code_opens() {
        let (_dir, mut old) = phone(1, "ZY01", None);
        seal(&mut old, 1, "a");
        let export = old.export_journal().unwrap();
        assert_eq!(Envelope::read(&export.bytes).unwrap().company, None);
        let (_other, mut next) = phone(2, "ZY01", Some(&company(5)));
        assert_eq!(next.import_journal(&export.bytes, &export.recovery_code).unwrap().taken, 1);
    }

    #[test]
    fn a_phone_that_was_never_enrolled_signs_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let machine = Box::new(ThisMachine::new(None));
        let mut phone = Phone::open(&dir.path().join("phone.db"), machine).unwrap();
        assert!(matches!(phone.export_journal(), Err(PhoneError::NotEnrolled)));
        assert!(matches!(phone.import_journal(b"", ""), Err(PhoneError::NotEnrolled)));
    }

    #[test]
    fn other_bytes_under_a_known_id_do_not_keep_the_rest_out() {
        let (_dir, mut old) = phone(1, "ZY01", None);
        (1..=2).for_each(|n| seal(&mut old, n, "a"));
        let export = old.export_journal().unwrap();
        let (_other, mut next) = phone(2, "ZY01", None);
        seal(&mut next, 1, "b");
        let taken = next.import_journal(&export.bytes, &export.recovery_code).unwrap();
        assert_eq!(taken, ImportReport { taken: 1, known: 0, differing: 1 });
        assert_eq!(next.store.facts_after(0, 9).unwrap()[0].sealed.body, "b", "the first stays");
    }

    #[test]
    fn what_does_not_fit_is_the_oldest_that_the_server_has() {
        let (_dir, mut old) = phone(1, "ZY01", None);
        let large = "x".repeat(RECORD_BYTES);
        let count = u128::try_from(CONTENT_BYTES / RECORD_BYTES).unwrap() + 4;
        (1..=count).for_each(|n| seal(&mut old, n, &large));
        assert!(matches!(
            old.export_journal(),
            Err(PhoneError::Journal(JournalError::TooLarge { limit: CONTENT_BYTES, .. }))
        ));
        acknowledge(&mut old, 8);
        let export = old.export_journal().unwrap();
        assert!(export.left_out >= 5 && export.left_out <= 8, "{export:?}");
        let (_other, mut next) = phone(2, "ZY01", None);
        next.import_journal(&export.bytes, &export.recovery_code).unwrap();
        let last = next.store.facts_after(next.store.last_dseq().unwrap() - 1, 1).unwrap();
        assert_eq!(last[0].sealed.id.0.as_u128(), count);
    }
}
