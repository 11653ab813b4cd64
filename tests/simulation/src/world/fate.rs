//! What happens to phones, to the server and to time.

use xundian_server::orders::{FreezeError, lost_sheets, make_again};
use xundian_server::sync::revoke;
use xundian_server::sync::service::here;

use xundian_domain::BusinessDate;
use xundian_domain::order_state::SheetNo;

use super::*;

impl World {
    pub(super) fn jump(&mut self, number: usize, chance: &mut Chance) {
        const YEAR: i64 = 365 * DAY;
        let span = [HOUR, DAY, YEAR];
        let span = span[usize::try_from(chance.below(3)).unwrap_or(0)];
        let ms = signed(chance.below(u64::try_from(2 * span).unwrap_or(1))) - span;
        self.phones[number].clock.jump(ms);
        if ms != 0 {
            self.excuses.clocks.insert(self.phones[number].rep);
            self.fault("clock set", format_args!("phone {number}, by {} minutes", ms / MINUTE));
        }
    }

    /// A call during which the disk does not do as it should; what the call says is worth nothing then, what calls
    /// before it have said is.
    pub(super) fn with_bad_disk(&mut self, op: Op, number: usize, chance: &mut Chance) -> Outcome<()> {
        let trouble = Trouble::of(op.kind, chance);
        if trouble == Trouble::Read {
            // An app that has just started has little in its memory.
            self.restart(number, false)?;
        }
        let machine = self.phones[number].machine.clone();
        let refusals = machine.refusals();
        trouble.plan(&machine, chance);
        let done = match chance.below(5) {
            0 | 1 => self.visit(number, chance),
            2 => self.sync(number, op.seed, false, None),
            3 => self.send_photos(number, op.seed, true),
            _ => self.sync(number, op.seed, true, None),
        };
        let has_worked = done.is_ok();
        if let Err(why) = &done {
            self.tell(format_args!("phone {number}: {why}"));
        }
        if machine.is_dead() {
            let power = chance.per_mille(500);
            self.fault(death_of_a_phone(power), Whose(number));
            return self.restart(number, power);
        }
        machine.relent();
        if machine.refusals() > refusals {
            self.fault(trouble.name(), Whose(number));
            return self.after_a_refusal(trouble, number, has_worked);
        }
        // It did not come to the write at which it was to die; it dies in peace. What failed then did not fail for the disk.
        done?;
        if trouble == Trouble::Death { self.restart(number, false) } else { Ok(()) }
    }

    /// Whoever believed a flush that failed shows when the power goes: what the call has said to be saved must be there.
    fn after_a_refusal(&mut self, trouble: Trouble, number: usize, has_worked: bool) -> Outcome<()> {
        if trouble != Trouble::Flush {
            return Ok(());
        }
        if has_worked {
            self.remember(number)?;
        }
        self.restart(number, true)
    }

    pub(super) fn reboot(&mut self, number: usize) -> Outcome<()> {
        self.phones[number].clock.reboot();
        self.fault("phone started again", Whose(number));
        self.restart(number, false)
    }

    pub(super) fn kill_phone(&mut self, number: usize, power: bool) -> Outcome<()> {
        self.fault("phone killed", format_args!("phone {number}, {}", way(power)));
        self.restart(number, power)
    }

    pub(super) fn kill_server(&mut self, power: bool) -> Outcome<()> {
        self.fault("server killed", way(power));
        self.line.borrow_mut().kill(power)
    }

    pub(super) fn restart(&mut self, number: usize, power: bool) -> Outcome<()> {
        self.phones[number].restart(power)?;
        self.look_at_saved(number)
    }

    pub(super) fn upgrade_app(&mut self, number: usize) -> Outcome<()> {
        if !self.phones[number].upgrade_from_the_first()? {
            return Ok(());
        }
        self.fault("app upgraded", Whose(number));
        self.doubt_paper(number, true)?;
        self.look_at_saved(number)
    }

    /// What calls have said to be saved is on a phone that has just come up.
    pub(super) fn look_at_saved(&mut self, number: usize) -> Outcome<()> {
        let (line, phone) = (self.line.borrow(), &mut self.phones[number]);
        self.violations.extend(check::saved_is_there(number, phone, &line.server)?);
        self.violations.extend(taps::open_visit_is_there(phone)?);
        Ok(())
    }

    pub(super) fn clone_phone(&mut self, number: usize, chance: &mut Chance) -> Outcome<()> {
        if self.phones.len() >= MOST_PHONES {
            return Ok(());
        }
        let copy = self.folder.join("clone.db");
        self.phones[number].copy_file(&copy)?;
        let (next, rep) = (self.phones.len(), self.phones[number].rep);
        let mut clone = SimPhone::open(&self.folder, &self.clock, self.seed, next, rep)?;
        clone.replace_file(Some(&copy))?;
        clone.orders = self.phones[number].orders.clone();
        clone.opened = self.phones[number].opened.clone();
        photos::clone_files(&self.phones[number], &mut clone)?;
        self.phones.push(clone);
        self.doubt_paper(next, false)?;
        if chance.per_mille(500) {
            self.lose_photo_files(next)?;
        }
        self.fault("phone cloned", format_args!("phone {next} is a copy of phone {number}"));
        Ok(())
    }

    pub(super) fn late_arrival(&mut self, chance: &mut Chance) -> Outcome<()> {
        let mut line = self.line.borrow_mut();
        let now = line.clock.now();
        line.kept.retain(|kept| kept.may_come(now));
        if line.kept.is_empty() {
            return Ok(());
        }
        let n = usize::try_from(chance.below(u64::try_from(line.kept.len())?))?;
        let kept = line.kept.swap_remove(n);
        let status = line.server.answer(&kept.asked)?.status;
        if kept.is_double {
            line.fault("request doubled later", format_args!("{}: {status}", kept.errand()));
        } else {
            line.tell(format_args!("{} arrives at last: {status}", kept.errand()));
        }
        Ok(())
    }

    pub(super) fn lose_photo_files(&mut self, number: usize) -> Outcome<()> {
        let is_loss = photos::lose_files(&mut self.phones[number], &self.line.borrow().server)?;
        if is_loss {
            self.fault("photo files lost", Whose(number));
        }
        Ok(())
    }

    pub(super) fn back_up(&mut self) -> Outcome<()> {
        self.look_at_what_is_durable()?;
        self.line.borrow_mut().server.back_up()
    }

    pub(super) fn restore_server(&mut self) -> Outcome<()> {
        self.look_at_what_is_durable()?;
        let before = check::sheets(&self.line.borrow().server)?;
        let told = self.told()?;
        let is_restored = self.line.borrow_mut().server.restore()?;
        if is_restored {
            self.fault("server restored", "from its last backup");
            if self.line.borrow().server.app()?.tend_photos()?.found > 0 {
                self.fault("photo unknown to the restored server", "it lies on its shelf");
            }
            self.violations.extend(check::backups_are_here(&self.line.borrow().server)?);
            // Sheets that were made after the backup are gone with it; their paper is not.
            self.printed.clear();
            let line = self.line.borrow();
            check::sheets_stay(&mut self.printed, &line.server)?;
            self.paper.lose(before, &check::sheets(&line.server)?, &told);
            drop(line);
            // As the guide says: the office's newest files come first. Where they say nothing about who delivers when, they may as well
            // come late, and what was captured waits for them.
            if self.edits.keys().any(|(table, key)| table == "store" || key.starts_with("distributor/")) {
                self.import()?;
            }
        }
        Ok(())
    }

    /// Orders with the delivery day that every phone which has them was told in this epoch, or the one that it knows; without
    /// one if they differ.
    fn told(&self) -> Outcome<BTreeMap<OrderId, Option<BusinessDate>>> {
        let mut told = BTreeMap::new();
        for phone in &self.phones {
            for (id, day) in phone.told(false)? {
                let Some(order) = self.reference.order_of(id) else { continue };
                let known = told.entry(order).or_insert(day);
                *known = known.filter(|known| Some(*known) == day);
            }
        }
        Ok(told)
    }

    /// This phone has another file now, or its journal went elsewhere: where it was not told the day, nothing is sure.
    pub(super) fn doubt_paper(&mut self, number: usize, all: bool) -> Outcome<()> {
        for (id, day) in self.phones[number].told(true)? {
            let order = self.reference.order_of(id);
            if let Some(order) = order.filter(|order| all || !self.paper.is_told(*order, day)) {
                self.paper.doubt(order);
            }
        }
        Ok(())
    }

    pub(super) fn revoke(&mut self, number: usize) -> Outcome<()> {
        let (rep, now) = (self.phones[number].rep, self.clock.now());
        self.line.borrow().server.app()?.db().write_now(move |tx| revoke(tx, rep, now))?;
        self.excuses.revoked.insert(rep);
        self.office("phone revoked");
        Ok(())
    }

    pub(super) fn pass(&mut self, ms: i64) -> Outcome<()> {
        self.clock.pass(ms);
        let mut line = self.line.borrow_mut();
        let frozen = line.server.app()?.tick()?;
        frozen.iter().for_each(|sheet| line.tell(format_args!("sheet {sheet} is frozen")));
        line.server.app()?.tend_photos()?;
        self.violations.extend(check::sheets_stay(&mut self.printed, &line.server)?);
        Ok(())
    }

    /// Dispatchers make the sheets again that a restore has lost: when every phone has sent again what stood on them.
    pub(super) fn make_again(&mut self) -> Outcome<()> {
        let line = self.line.borrow();
        let app = line.server.app()?;
        let (catalogue, here) = (app.catalogue(), here(app));
        let made = app.db().write_now(move |tx| {
            let mut made = 0;
            for distributor in catalogue.distributors.keys() {
                for day in lost_sheets(tx, &catalogue, *distributor)? {
                    let no = SheetNo { distributor: *distributor, day, difference: 0 };
                    make_again(tx, &catalogue, no, here)?;
                    made += 1;
                }
            }
            Ok::<_, FreezeError>(made)
        })?;
        drop(line);
        (0..made).for_each(|_| self.office("lost sheet made again"));
        Ok(())
    }

    /// Until after the last cut-off, and until the next morning.
    pub(super) fn night(&mut self) -> Outcome<()> {
        let since_midnight = (self.clock.now().0 + 8 * HOUR).rem_euclid(DAY);
        let evening = 21 * HOUR;
        if since_midnight < evening {
            self.pass(evening - since_midnight)?;
        }
        let since_midnight = (self.clock.now().0 + 8 * HOUR).rem_euclid(DAY);
        self.pass(DAY - since_midnight + 8 * HOUR)?;
        self.line.borrow().server.app()?.learn()?;
        Ok(())
    }
}

/// What the phone's disk does during one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Death,
    Full,
    Read,
    Write,
    Flush,
}

impl Trouble {
    fn of(kind: OpKind, chance: &mut Chance) -> Self {
        match kind {
            OpKind::DieInCall => Self::Death,
            OpKind::FullDisk => Self::Full,
            _ => pick(&[Self::Read, Self::Write, Self::Flush], chance).unwrap_or(Self::Write),
        }
    }

    /// Whether it comes to that shows later.
    fn plan(self, machine: &Machine, chance: &mut Chance) {
        match self {
            Self::Death if chance.per_mille(700) => machine.die_at_write(1 + chance.below(30)),
            Self::Death => machine.die_at_sync(1 + chance.below(6), When::Before),
            Self::Full => machine.disk_full_after(Some(chance.below(20))),
            Self::Read => machine.io_error_at_read(1 + chance.below(8)),
            Self::Write => machine.io_error_at_write(1 + chance.below(20)),
            Self::Flush => machine.io_error_at_sync(1 + chance.below(4)),
        }
    }

    /// How it is counted that the disk refused something.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "phone's disk full",
            Self::Read => "phone's read failed",
            Self::Flush => "phone's flush failed",
            Self::Write | Self::Death => "phone's write failed",
        }
    }
}

/// How a machine went.
fn way(power: bool) -> &'static str {
    if power { "without power" } else { "as a process" }
}

/// How a death of a phone inside a call is counted.
pub(super) fn death_of_a_phone(power: bool) -> &'static str {
    if power { "phone lost its power" } else { "phone killed while writing" }
}
