//! What goes without a server: slips of orders to the distributors, journals to the office and to the next phone.

use std::collections::BTreeSet;

use xundian_domain::DistributorNo;
use xundian_protocol::slip::{SealedSlip, read};
use xundian_server::orders::{Desk, take_slip};
use xundian_server::sync::service::here;
use xundian_server::sync::{JournalImportError, import_journal};

use super::*;

/// Of a thousand journals that might be made.
const JOURNALS: u64 = 250;

/// A slip in a distributor's chat.
pub(super) struct Sent {
    distributor: DistributorNo,
    sealed: SealedSlip,
}

impl World {
    /// The orders of the phone's day go to the distributors who paste them; now and then they paste an old one again.
    pub(super) fn slip(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        if chance.per_mille(300) && !self.slips.is_empty() {
            let n = usize::try_from(chance.below(u64::try_from(self.slips.len())?))?;
            self.office("slip pasted again");
            return self.paste(n);
        }
        let phone = self.phones[number].core()?;
        let date = phone.date()?.minus_days(u32::try_from(chance.below(2))?);
        let slips = match phone.order_slips(date) {
            Ok(slips) => slips,
            Err(PhoneError::NoOrders | PhoneError::NotEnrolled) => return Ok(()),
            Err(why) => return Err(why.into()),
        };
        for slip in slips {
            let Some(distributor) = slip.distributor else { continue };
            for sealed in read(&slip.text) {
                let sealed = sealed?;
                self.slips.push(Sent { distributor, sealed });
                self.office("slip pasted");
                self.paste(self.slips.len() - 1)?;
            }
        }
        Ok(())
    }

    fn paste(&mut self, n: usize) -> Outcome<()> {
        let Sent { distributor, sealed } = &self.slips[n];
        let (sealed, slip) = (sealed.clone(), sealed.open()?);
        slip.orders.iter().for_each(|order| self.paper.doubt(order.order.id));
        let desk = Desk { distributor: *distributor, login: "desk".to_owned() };
        let line = self.line.borrow();
        let app = line.server.app()?;
        let (catalogue, here) = (app.catalogue(), here(app));
        let taken = app.db().write_now(move |tx| take_slip(tx, &catalogue, (&sealed, &slip), &desk, here))?;
        let ahead = line
            .server
            .read(|tx| tx.first("SELECT 1 FROM store_order WHERE fact IS NULL AND slip IS NOT NULL", &[]))?;
        drop(line);
        if taken.doubt.is_some() {
            self.office("slip in doubt");
        }
        if ahead.is_some() {
            self.office("slip went ahead of its facts");
        }
        self.tell(format_args!("{:?}, {:?}", taken.doubt, taken.fates));
        Ok(())
    }

    /// The office reads the phone's journal with the company's key. A restored server may not know the phone any more.
    pub(super) fn journal(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        // Its code costs as much as a hundred visits, on purpose: few are made.
        if !chance.per_mille(JOURNALS) {
            return Ok(());
        }
        let export = match self.phones[number].core()?.export_journal() {
            Ok(export) => export,
            Err(PhoneError::NotEnrolled) => return Ok(()),
            Err(why) => return Err(why.into()),
        };
        self.doubt_paper(number, true)?;
        let mut waited = self.phones[number].lying()?;
        waited.retain(|fact| fact.verdict.is_none());
        let told = match import_journal(self.line.borrow().server.app()?, &export.bytes, None) {
            Ok(report) => {
                let line = self.line.borrow();
                self.violations.extend(check::journal_is_here(number, &waited, &line.server)?);
                format!("{report:?}")
            }
            Err(why @ JournalImportError::UnknownInstall(_)) => why.to_string(),
            Err(why) => return Err(why.into()),
        };
        self.office("journal brought");
        self.tell(format_args!("journal of phone {number}: {told}"));
        Ok(())
    }

    /// A new app on an empty file; sometimes the old one's journal goes with the rep, and then nothing of it may lack.
    pub(super) fn reinstall(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        let journal = match chance.per_mille(JOURNALS / 2) {
            true => self.phones[number].core()?.export_journal().ok(),
            false => None,
        };
        let unsent = |phone: &SimPhone| -> Outcome<BTreeSet<RecordId>> {
            let lying = phone.lying()?.into_iter();
            Ok(lying.filter(|fact| fact.verdict.is_none()).map(|fact| fact.id).collect())
        };
        let waited = unsent(&self.phones[number])?;
        self.phones[number].replace_file(None)?;
        self.lose_photo_files(number)?;
        self.phones[number].orders.clear();
        self.enrol(number)?;
        self.sync(number, 0, false, None)?;
        let Some(export) = journal else { return Ok(()) };
        let phone = &mut self.phones[number];
        let report = phone.core()?.import_journal(&export.bytes, &export.recovery_code)?;
        for id in waited.difference(&unsent(phone)?) {
            let what = format!("{id} did not come into phone {number} with its journal");
            self.violations.push(Violation { invariant: "I1", what });
        }
        self.doubt_paper(number, false)?;
        self.office("journal taken into the next phone");
        self.tell(format_args!("phone {number}: {report:?}"));
        Ok(())
    }
}
