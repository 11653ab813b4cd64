//! Phones talk to the server, badly and well; and the peace after which everything must be right.

use super::*;
use crate::excuses::Known;

impl World {
    pub(super) fn enrol(&mut self, number: usize) -> Outcome<()> {
        let mut network = Network::new(&self.line, number, 0, false);
        self.enrol_over(number, &mut network)
    }

    fn enrol_over(&mut self, number: usize, network: &mut Network) -> Outcome<()> {
        let code = self.line.borrow().server.code(self.phones[number].rep)?;
        Ok(enrol(self.phones[number].core()?, network, &code)?)
    }

    /// One run of sync; a phone that must enrol again does so.
    pub(super) fn sync(&mut self, number: usize, seed: u64, is_bad: bool, stop: Option<u64>) -> Outcome<()> {
        let mut network = Network::new(&self.line, number, seed, is_bad);
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
        let is_in_step = outcome == SyncOutcome::InStep;
        let look = match is_in_step {
            true if !is_bad || seed.is_multiple_of(8) => Look::All,
            false if seed.is_multiple_of(4) => Look::All,
            _ => Look::News,
        };
        let line = self.line.borrow();
        let found = scopes::after_a_run(number, &mut self.phones[number], &line.server, is_in_step, look)?;
        self.violations.extend(found);
        Ok(())
    }

    /// A run that somebody stops at a step, three of ten on a good line: there its commits come one after the other.
    pub(super) fn sync_stopped(&mut self, number: usize, seed: u64, chance: &mut Chance) -> Outcome<()> {
        let stop = chance.below(16);
        self.sync(number, seed, chance.per_mille(700), Some(stop))
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
        let line = self.line.borrow();
        self.violations.extend(photos::all_arrived(&mut self.phones, &line.server)?);
        self.violations.extend(photos::nothing_half_is_left(&line.server)?);
        Ok(())
    }

    /// After the last fault: everything drains, and is looked at.
    pub(crate) fn peace(&mut self) -> Outcome<()> {
        self.tell(format_args!("peace"));
        self.line.borrow_mut().kept.clear();
        if self.line.borrow().server.epoch_number > 1 {
            // What waits for the office's files after a restore does so no longer.
            self.import()?;
        }
        for number in 0..self.phones.len() {
            self.drain(number)?;
            self.settle(number)?;
        }
        self.make_again()?;
        self.send_all_photos()?;
        self.hear_the_rest()?;
        self.look_at_what_is_durable()?;
        self.hear_the_way()?;
        let line = self.line.borrow();
        line.server.app()?.learn()?;
        self.violations.extend(self.paper.goes_out_once(&line.server)?);
        self.violations.extend(check::nothing_lost(&self.facts, &self.phones, &line.server)?);
        self.violations.extend(check::server_is_sound(&line.server)?);
        self.violations.extend(words::last_ones_are_heard(&self.phones, &line.server)?);
        self.violations.extend(self.reference.compare(&line.server)?);
        self.violations.extend(self.without_excuse(&line.server)?);
        self.violations.extend(check::sheets_stay(&mut self.printed, &line.server)?);
        drop(line);
        self.conclude()
    }

    /// Facts that a screen made, and of which nobody knows why they take no effect.
    pub(super) fn without_excuse(&self, server: &Server) -> Outcome<Vec<Violation>> {
        let routes = self.routes.iter().flat_map(|(rep, rows)| rows.iter().map(|row| (*rep, row.store)));
        let opened =
            self.phones.iter().flat_map(|phone| phone.opened.iter().map(|store| (phone.rep, *store)));
        let own = routes.chain(opened).collect();
        let known = Known { facts: &self.facts, reference: &self.reference, own: &own };
        self.excuses.suffice(&known, server)
    }

    /// Long after the last fault the cursors of every phone still say what it has, and it comes into step once more.
    fn hear_the_rest(&mut self) -> Outcome<()> {
        for number in 0..self.phones.len() {
            let line = self.line.borrow();
            self.violations.extend(scopes::cursors_hold(number, &self.phones[number], &line.server)?);
            drop(line);
            self.drain(number)?;
        }
        Ok(())
    }

    /// Whatever a phone was told to be in a backup is in one.
    pub(super) fn look_at_what_is_durable(&mut self) -> Outcome<()> {
        for (number, phone) in self.phones.iter().enumerate() {
            let found = check::durable_is_backed_up(number, phone, &self.line.borrow().server)?;
            self.violations.extend(found);
        }
        Ok(())
    }

    /// The last line of a story that came to its end: what was looked at, and what was found.
    fn conclude(&self) -> Outcome<()> {
        let mut line = self.line.borrow_mut();
        let (orders, sheets): (u64, u64) = line.server.read(|tx| {
            let sql = "SELECT (SELECT count(*) FROM store_order), (SELECT count(*) FROM sheet)";
            tx.first(sql, &[])?.map_or(Ok((0, 0)), |row| Ok((row.get(0)?, row.get(1)?)))
        })?;
        let ended = scopes::ended(&line.server)?;
        ended.iter().for_each(|(what, n)| line.counts.ended(what, *n));
        let (records, phones, photos) = (self.facts.len(), self.phones.len(), photos::kept(&self.phones));
        let faults = line.counts.struck();
        let found = match self.violations.len() {
            0 => "nothing is lost, doubled or skipped (I0–I6)".to_owned(),
            n => format!("violations: {n}"),
        };
        line.tell(format_args!(
            "looked at after {faults} faults: {records} records of {phones} phones, {orders} orders, {sheets} sheets, \
             {photos} photos; {found}"
        ));
        Ok(())
    }

    /// Every run and every request since the last fault counts. A code is no fault of the way; what it costs is counted
    /// apart.
    pub(super) fn drain(&mut self, number: usize) -> Outcome<()> {
        // What fits into one push more is one exchange more.
        let most = EXCHANGES + u32::try_from(self.to_send(number)? / PUSH_RECORDS)?;
        let mut network = Network::new(&self.line, number, 0, false);
        let mut codes = 0;
        for _ in 0..ROUNDS {
            let outcome = match sync_once(self.phones[number].core()?, &mut network, |_| true) {
                Ok(report) => report.outcome,
                Err(SyncError::Phone(PhoneError::NotEnrolled)) => SyncOutcome::EnrolAgain,
                Err(why) => return Err(why.into()),
            };
            match outcome {
                SyncOutcome::InStep => {
                    self.count_exchanges(number, network.until_drained, most, codes);
                    return self.look_at(number);
                }
                SyncOutcome::EnrolAgain => {
                    let line = self.line.borrow();
                    self.violations.extend(check::has_no_rights(number, &self.phones[number], &line.server)?);
                    drop(line);
                    self.enrol_over(number, &mut network)?;
                    codes += 1;
                }
                other => {
                    self.tell(format_args!("phone {number}: {other:?}"));
                    break;
                }
            }
        }
        let what = format!("phone {number} does not come into step");
        self.violations.push(Violation { invariant: "I6", what });
        Ok(())
    }

    /// Records that may have to go up: all of them if the phone does not know this epoch, or is about to begin anew.
    fn to_send(&self, number: usize) -> Outcome<usize> {
        let phone = &self.phones[number];
        let is_all = phone.epoch != self.line.borrow().server.epoch_number
            || phone.setting("next_all")?.is_some_and(|all| !all.is_empty());
        Ok(phone.lying()?.iter().filter(|fact| is_all || fact.verdict.is_none()).count())
    }

    pub(super) fn count_exchanges(&mut self, number: usize, exchanges: u32, most: u32, codes: u32) {
        let mut line = self.line.borrow_mut();
        let counts = &mut line.counts;
        let longest = match codes {
            0 => &mut counts.most_exchanges,
            _ => &mut counts.most_exchanges_with_code,
        };
        *longest = exchanges.max(*longest);
        counts.codes += u64::from(codes);
        if exchanges > most + EXCHANGES_OF_A_CODE * codes {
            let what = format!("phone {number} needed {exchanges} exchanges to drain, and {codes} codes");
            self.violations.push(Violation { invariant: "I6", what });
        }
    }

    fn look_at(&mut self, number: usize) -> Outcome<()> {
        let line = self.line.borrow();
        let phone = &self.phones[number];
        self.violations.extend(scopes::scopes_equal(number, phone, &line.server)?);
        self.violations.extend(scopes::own_rows_gave_way(number, phone, &line.server)?);
        self.violations.extend(check::digests_equal(number, phone, &line.server)?);
        Ok(())
    }
}
