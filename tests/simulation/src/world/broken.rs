//! The crash matrix: a day during which the disk of one side fails once. What died comes back, what was refused is said,
//! and whatever it was, all that must hold is looked at.

use super::*;

impl DiskFault {
    fn plan(self, machine: &Machine) {
        match self {
            Self::KillAtWrite(n) | Self::PowerAtWrite(n) => machine.die_at_write(n),
            Self::PowerBeforeSync(n) => machine.die_at_sync(n, When::Before),
            Self::PowerAfterSync(n) => machine.die_at_sync(n, When::After),
            Self::FullAtWrite(n) => machine.disk_full_after(Some(n - 1)),
            Self::FullAtBytes(room) => machine.disk_full_at_bytes(Some(room)),
            Self::ErrorAtRead(n) => machine.io_error_at_read(n),
            Self::ErrorAtWrite(n) => machine.io_error_at_write(n),
            Self::ErrorAtSync(n) => machine.io_error_at_sync(n),
        }
    }

    /// What it counts, so far, and at how many more of it comes.
    fn counted(self, machine: &Machine) -> (u64, u64) {
        match self {
            Self::ErrorAtRead(n) => (machine.reads(), n),
            Self::FullAtBytes(_) => (machine.refusals(), 1),
            Self::PowerBeforeSync(n) | Self::PowerAfterSync(n) | Self::ErrorAtSync(n) => (machine.syncs(), n),
            Self::KillAtWrite(n) | Self::PowerAtWrite(n) | Self::FullAtWrite(n) | Self::ErrorAtWrite(n) => {
                (machine.writes(), n)
            }
        }
    }
}

/// Runs a plan while the disk of one side fails once; gives whether it came to that.
///
/// # Errors
/// The simulation itself cannot go on, or a call fails although its disk is well.
pub fn run_broken(plan: &Plan, side: Side, fault: DiskFault) -> Outcome<(Ran, bool)> {
    let folder = somewhere()?;
    let mut world = World::start(plan, folder.path())?;
    let machine = world.machine(side);
    let power = !matches!(fault, DiskFault::KillAtWrite(_));
    // A server that dies inside a request goes as one that dies elsewhere.
    world.line.borrow_mut().power = Some(power);
    // Who was just started has nothing in memory, and opening a file is reading, too.
    let is_read = matches!(fault, DiskFault::ErrorAtRead(_));
    if is_read {
        world.go_down(side)?;
    }
    let (before, n) = fault.counted(&machine);
    fault.plan(&machine);
    if is_read {
        world.come_up(side)?;
    }
    let is_reached = || fault.counted(&machine).0 - before >= n;
    for op in &plan.ops {
        let was_reached = is_reached();
        world.happen_or_break(*op, &machine, power)?;
        if is_reached() && !was_reached {
            machine.relent();
            if matches!(fault, DiskFault::ErrorAtSync(_)) {
                world.lose_power(side)?;
            }
        }
    }
    let broken = is_reached();
    machine.relent();
    world.peace()?;
    Ok((world.ran(), broken))
}

/// Runs a plan on disks that do as they should; gives the quotas that refuse one write of a side each, in bytes: all that there are,
/// for a write that needs no more room than one before it cannot be the first that is refused.
///
/// # Errors
/// The simulation itself cannot go on.
pub fn quotas(plan: &Plan, side: Side) -> Outcome<Vec<u64>> {
    let folder = somewhere()?;
    let mut world = World::start(plan, folder.path())?;
    let machine = world.machine(side);
    machine.disk_full_at_bytes(Some(u64::MAX));
    for op in &plan.ops {
        world.happen(*op)?;
    }
    Ok(machine.peaks().into_iter().map(|needed| needed - 1).collect())
}

impl World {
    /// The machine of a side.
    pub(crate) fn machine(&self, side: Side) -> Machine {
        match side {
            Side::Phone => self.phones[0].machine.clone(),
            Side::Server => self.line.borrow().server.machine.clone(),
        }
    }

    fn go_down(&mut self, side: Side) -> Outcome<()> {
        match side {
            Side::Phone => self.phones[0].go_down(false),
            Side::Server => self.line.borrow_mut().server.go_down(false),
        }
    }

    fn up(&mut self, side: Side) -> Outcome<()> {
        match side {
            Side::Phone => self.phones[0].up(),
            Side::Server => self.line.borrow_mut().server.up(),
        }
    }

    /// A file that cannot be opened is said to be so, and opened at the next start.
    fn come_up(&mut self, side: Side) -> Outcome<()> {
        if let Err(why) = self.up(side) {
            if !is_of_the_disk(why.as_ref()) {
                return Err(why);
            }
            self.tell(format_args!("{why}"));
            self.line.borrow_mut().counts.refused_calls += 1;
            self.up(side)?;
        }
        self.look_at_saved(0)
    }

    /// An operation that may find its disk broken; whoever is dead then comes back.
    fn happen_or_break(&mut self, op: Op, machine: &Machine, power: bool) -> Outcome<()> {
        let failures = self.line.borrow().trace.len();
        let done = self.happen(op);
        let died = machine.is_dead();
        if self.line.borrow().server.machine.is_dead() {
            self.fault(death_of_the_server(power), "in the day's work");
            self.line.borrow_mut().kill(power)?;
        }
        if self.phones[0].machine.is_dead() {
            self.fault(fate::death_of_a_phone(power), Whose(0));
            self.restart(0, power)?;
        }
        match done {
            Ok(()) => Ok(()),
            Err(why) if died || is_of_the_disk(why.as_ref()) => {
                self.tell(format_args!("{why}"));
                machine.relent();
                // What a call that failed has left is looked at before anything else happens.
                self.line.borrow_mut().counts.refused_calls += 1;
                self.look_at_saved(0)
            }
            Err(why) => Err(format!("{why} (after {failures} lines)").into()),
        }
    }

    /// Whether somebody believed a flush that failed: what was said to be saved, and what was acknowledged, must be there
    /// without it.
    fn lose_power(&mut self, side: Side) -> Outcome<()> {
        match side {
            Side::Phone => self.restart(0, true),
            Side::Server => self.line.borrow_mut().kill(true),
        }
    }
}

/// Whether an error says that the disk failed, in the words that people see.
fn is_of_the_disk(why: &(dyn std::error::Error + 'static)) -> bool {
    let text = why.to_string();
    ["storage is full", "database failed", "full", "disk I/O error", "no answer"]
        .iter()
        .any(|word| text.contains(word))
}
