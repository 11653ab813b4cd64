//! Phones talk to the server, badly and well; and the peace after which everything must be right.

use super::*;

impl World {
    pub(super) fn enrol(&mut self, number: usize) -> Outcome<()> {
        let code = self.line.borrow().server.code(self.phones[number].rep)?;
        let mut network = Network::new(&self.line, 0, false);
        enrol(self.phones[number].core()?, &mut network, &code)?;
        Ok(())
    }

    /// One run of sync; a phone that must enrol again does so.
    pub(super) fn sync(&mut self, number: usize, seed: u64, is_bad: bool, stop: Option<u64>) -> Outcome<()> {
        let mut network = Network::new(&self.line, seed, is_bad);
        let mut steps = 0;
        let go_on = |_: &_| {
            steps += 1;
            stop.is_none_or(|stop| steps <= stop)
        };
        let report = sync_once(self.phones[number].core()?, &mut network, go_on);
        let outcome = match report {
            Ok(report) => report.outcome,
            Err(SyncError::Phone(PhoneError::NotEnrolled)) => SyncOutcome::EnrolAgain,
            Err(why) => return Err(why.into()),
        };
        self.line.borrow_mut().counts.end(&format!("{outcome:?}").replace(" { ms: 0 }", ""));
        self.tell(format_args!("phone {number}: {outcome:?} after {} exchanges", network.exchanges));
        if outcome == SyncOutcome::EnrolAgain {
            let line = self.line.borrow();
            self.violations.extend(check::has_no_rights(number, &self.phones[number], &line.server)?);
            drop(line);
            self.enrol(number)?;
        }
        self.note_epoch(number)?;
        if outcome == SyncOutcome::InStep && (!is_bad || seed.is_multiple_of(8)) {
            let line = self.line.borrow();
            self.violations.extend(check::scopes_equal(number, &self.phones[number], &line.server)?);
        }
        Ok(())
    }

    /// Which of the server's epochs the phone knows by now: acknowledgements of earlier ones count no more.
    pub(super) fn note_epoch(&mut self, number: usize) -> Outcome<()> {
        let line = self.line.borrow();
        let known = self.phones[number].setting("epoch")?;
        if known == Some(line.server.app()?.epoch().to_string()) {
            self.phones[number].epoch = line.server.epoch_number;
        }
        Ok(())
    }

    /// One run of sending photos; on a bad line the app or the power sometimes goes meanwhile.
    pub(super) fn send_photos(&mut self, number: usize, seed: u64, is_bad: bool) -> Outcome<()> {
        let mut chance = Chance::new(seed, &[8]);
        let stop = (is_bad && chance.per_mille(300)).then(|| chance.below(12));
        let outcome = photos::send(&self.line, &mut self.phones[number], seed, is_bad, stop)?;
        self.tell(format_args!("phone {number}: photos {outcome:?}"));
        if stop.is_some() && !self.phones[number].machine.is_dead() {
            self.restart(number, chance.per_mille(500))?;
        }
        if outcome == SyncOutcome::EnrolAgain {
            self.enrol(number)?;
        }
        Ok(())
    }

    /// After the last fault: every photo goes up. A file that is gone is believed to be gone after an hour only, and a
    /// phone's clock may have been set to just that hour.
    pub(super) fn send_all_photos(&mut self) -> Outcome<()> {
        for _ in 0..ROUNDS {
            self.pass(5 * HOUR)?;
            for number in 0..self.phones.len() {
                let outcome = photos::send(&self.line, &mut self.phones[number], 0, false, None)?;
                if outcome == SyncOutcome::EnrolAgain {
                    self.enrol(number)?;
                }
            }
        }
        let torn = std::mem::take(&mut self.line.borrow_mut().server.torn);
        torn.into_iter().for_each(|fault| self.fault(fault));
        let line = self.line.borrow();
        self.violations.extend(photos::all_arrived(&mut self.phones, &line.server)?);
        self.violations.extend(photos::nothing_half_is_left(&line.server)?);
        Ok(())
    }

    /// After the last fault: everything drains, and is looked at.
    pub(crate) fn peace(&mut self) -> Outcome<()> {
        self.tell(format_args!("peace"));
        self.line.borrow_mut().kept.clear();
        for number in 0..self.phones.len() {
            self.drain(number)?;
            self.remember(number)?;
        }
        self.make_again()?;
        self.send_all_photos()?;
        let line = self.line.borrow();
        self.violations.extend(self.paper.goes_out_once(&line.server)?);
        self.violations.extend(check::nothing_lost(&self.facts, &self.phones, &line.server)?);
        self.violations.extend(check::server_is_sound(&line.server)?);
        self.violations.extend(self.reference.compare(&line.server)?);
        self.violations.extend(check::sheets_stay(&mut self.printed, &line.server)?);
        Ok(())
    }

    pub(super) fn drain(&mut self, number: usize) -> Outcome<()> {
        // What fits into one push more is one exchange more.
        let waiting = self.phones[number].lying()?.iter().filter(|fact| fact.verdict.is_none()).count();
        let most = EXCHANGES + u32::try_from(waiting / PUSH_RECORDS)?;
        for _ in 0..ROUNDS {
            let mut network = Network::new(&self.line, 0, false);
            let report = sync_once(self.phones[number].core()?, &mut network, |_| true);
            match report {
                Ok(report) if report.outcome == SyncOutcome::InStep => {
                    self.look_at(number, network.until_drained, most)?;
                    return Ok(());
                }
                Ok(report) if report.outcome != SyncOutcome::EnrolAgain => {
                    self.tell(format_args!("phone {number}: {:?}", report.outcome));
                    break;
                }
                Ok(_) | Err(SyncError::Phone(PhoneError::NotEnrolled)) => self.enrol(number)?,
                Err(why) => return Err(why.into()),
            }
        }
        let what = format!("phone {number} does not come into step");
        self.violations.push(Violation { invariant: "I6", what });
        Ok(())
    }

    pub(super) fn look_at(&mut self, number: usize, until_drained: u32, most: u32) -> Outcome<()> {
        let mut line = self.line.borrow_mut();
        line.counts.most_exchanges = line.counts.most_exchanges.max(until_drained);
        if until_drained > most {
            let what = format!("phone {number} needed {until_drained} exchanges to drain");
            self.violations.push(Violation { invariant: "I6", what });
        }
        let phone = &self.phones[number];
        self.violations.extend(check::scopes_equal(number, phone, &line.server)?);
        self.violations.extend(check::digests_equal(number, phone, &line.server)?);
        Ok(())
    }
}
