//! What happens in a run: thrown from the seed at once, so that a plan can be shortened and run again.

use std::iter::repeat_n;

use xundian_demo::chance::Chance;

/// One thing that happens, with the throws that it needs: taking another one out does not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Op {
    /// What.
    pub kind: OpKind,
    /// To which phone, taken modulo their number.
    pub phone: u64,
    /// Its own throws.
    pub seed: u64,
}

macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident = $weight:literal),+ $(,)?) => {
        /// The kinds, each with its share.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum OpKind { $($(#[$doc])* $name),+ }

        impl OpKind {
            /// All of them with their shares.
            pub const ALL: &'static [(Self, u64)] = &[$((Self::$name, $weight)),+];

            /// As it is counted and told.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }
        }
    };
}

ops! {
    /// A visit, most with an order.
    Visit = 300,
    /// Days without any signal: dozens or hundreds of visits.
    Backlog = 1,
    /// A confirmed order gets other quantities.
    Amend = 40,
    /// An order is taken back.
    Cancel = 20,
    /// A new outlet.
    OpenStore = 10,
    /// A note about a store.
    NoteStore = 12,
    /// Another contact of a store.
    ChangeContact = 5,
    /// The day is sealed.
    CloseDay = 20,
    /// Sync over a good line.
    SyncWell = 60,
    /// Sync over a bad line.
    SyncBadly = 260,
    /// Sync that somebody stops at some step.
    SyncStopped = 25,
    /// The day's orders go to the distributors on paper, or what went there is pasted again.
    Slip = 10,
    /// The phone's journal is brought to the office.
    Journal = 1,
    /// What the network kept arrives at last, out of order.
    LateArrival = 25,
    /// Minutes pass.
    Minutes = 100,
    /// The night passes: cut-offs and freezes.
    Night = 30,
    /// Holidays: weeks pass.
    Weeks = 2,
    /// The phone's clock is set.
    ClockJump = 12,
    /// The phone starts again.
    Reboot = 12,
    /// The app is killed between calls.
    KillPhone = 20,
    /// The phone dies inside a call: at a write or a flush, as a killed app or with its power.
    DieInCall = 40,
    /// The phone's disk is full for a while.
    FullDisk = 15,
    /// One write, read or flush of the phone fails.
    DiskError = 10,
    /// The server is killed between requests.
    KillServer = 20,
    /// A copy of the phone is put aside.
    CopyPhone = 10,
    /// The phone goes back to its copy.
    RestorePhone = 8,
    /// The copy goes on beside the phone.
    ClonePhone = 5,
    /// The app is deleted and enrolled again.
    Reinstall = 3,
    /// The file came back, the key did not.
    LoseKey = 4,
    /// The file is an old app's and gets upgraded.
    UpgradeApp = 6,
    /// A backup of the server, confirmed.
    Backup = 10,
    /// The server goes back to its backup.
    RestoreServer = 5,
    /// A store goes to another rep.
    MoveStore = 8,
    /// A store goes to another distributor.
    MoveDistributor = 4,
    /// A distributor does not deliver on a day to come, or does after all.
    DayOff = 4,
    /// A rep is away, another one stands in.
    Absence = 8,
    /// The phone's rep stands in for another one; only in a scene.
    StandIn = 0,
    /// Rows of the whole company change.
    ChangeRows = 8,
    /// The office takes a phone's rights away.
    Revoke = 2,
    /// A supervisor decides about facts that wait for a person.
    DecideHeld = 15,
    /// A supervisor approves a new store or rejects it.
    DecideStore = 4,
    /// A dispatcher opens a sheet, or takes it on.
    OpenSheet = 10,
    /// A record of a kind that the server does not know.
    NewerKind = 4,
    /// A record that is no JSON.
    Garbage = 4,
    /// A record with the id of another one and other bytes.
    SameIdOtherBytes = 4,
    /// A change of an order that the server has not got yet.
    BeforeItsParent = 6,
    /// A change of an order that is somebody else's.
    NotMine = 4,
    /// A photo is taken and kept; the next visit names it.
    TakePhoto = 40,
    /// Photos are sent over a good line.
    SendPhotos = 10,
    /// Photos are sent over a bad line; sometimes the app is killed meanwhile.
    SendPhotosBadly = 40,
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// From which it was thrown.
    pub seed: u64,
    /// Phones at the beginning.
    pub phones: usize,
    /// In order.
    pub ops: Vec<Op>,
}

/// Where a disk fails in a crash matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskFault {
    /// The app or server is killed at its n-th write.
    KillAtWrite(u64),
    /// The power goes at the n-th write.
    PowerAtWrite(u64),
    /// The power goes before the n-th flush.
    PowerBeforeSync(u64),
    /// The power goes after the n-th flush, before anybody hears of it.
    PowerAfterSync(u64),
    /// The disk is full from the n-th write on, until the call has failed.
    FullAtWrite(u64),
    /// The files may grow by so many bytes, until a call has failed.
    FullAtBytes(u64),
    /// The n-th read fails once. It is counted from the start of the app or server on, whose file has to be opened.
    ErrorAtRead(u64),
    /// The n-th write fails once.
    ErrorAtWrite(u64),
    /// The n-th flush fails once, and when its call is over the power goes.
    ErrorAtSync(u64),
}

/// Which machine of a crash matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first phone.
    Phone,
    /// The server.
    Server,
}

/// A day of one phone and its night, with everything that a phone and its server write day by day: the crash matrix breaks it at
/// every point.
pub fn a_day() -> Plan {
    use OpKind::{Amend, Cancel, CloseDay, Night, OpenStore, SyncWell, Visit};
    one_phone(&[
        Visit, SyncWell, Visit, Visit, Amend, OpenStore, SyncWell, Visit, Cancel, CloseDay, SyncWell, Night,
        SyncWell,
    ])
}

/// A backup, and what phones hear of it. Page by page it reads and writes as much as the rest of a day: it has a day of its own.
pub fn a_backup() -> Plan {
    use OpKind::{Backup, SyncWell, Visit};
    one_phone(&[Visit, SyncWell, Backup, SyncWell])
}

/// A day of photos and moves: one is taken, named and sent, the phone stands in for a colleague until midnight, and a copy of it goes
/// on in its place, so that it takes another install.
pub fn a_moving_day() -> Plan {
    use OpKind::{Absence, ClonePhone, Night, SendPhotos, SyncWell, TakePhoto, Visit};
    // By their throws: a small picture, an absence of one day, a copy that has the photos.
    let ops = [
        (TakePhoto, 0, 17),
        (Visit, 0, 1),
        (SendPhotos, 0, 2),
        (Absence, 0, 2),
        (SyncWell, 0, 4),
        (ClonePhone, 0, 0),
        (Visit, 1, 6),
        (SyncWell, 1, 7),
        (Visit, 0, 8),
        (SyncWell, 0, 9),
        (Night, 0, 10),
        (SyncWell, 0, 11),
    ];
    Plan { seed: 4, phones: 1, ops: ops.map(|(kind, phone, seed)| Op { kind, phone, seed }).to_vec() }
}

/// A day whose orders come as a slip, before their facts and once more after them.
pub fn a_slip_day() -> Plan {
    use OpKind::{Slip, SyncWell, Visit};
    one_phone(&[Visit, Slip, Visit, SyncWell, Slip])
}

/// A day whose facts come as a journal before they come over the network.
pub fn a_journal_day() -> Plan {
    use OpKind::{Journal, OpenStore, SyncWell, Visit};
    // By its throw: a journal that is made.
    let ops = [(Visit, 1), (Visit, 2), (OpenStore, 3), (Journal, 1), (SyncWell, 5)];
    Plan { seed: 4, phones: 1, ops: ops.map(|(kind, seed)| Op { kind, phone: 0, seed }).to_vec() }
}

fn one_phone(kinds: &[OpKind]) -> Plan {
    let op = |(n, kind): (u64, &OpKind)| Op { kind: *kind, phone: 0, seed: n };
    Plan { seed: 4, phones: 1, ops: (0..).zip(kinds).map(op).collect() }
}

/// Phones of a run at least.
pub const FEWEST_PHONES: u64 = 3;
/// Operations of a run at least.
const FEWEST_OPS: u64 = 300;
/// Faults that strike in a run at least.
pub const FEWEST_FAULTS: u64 = 5;

impl OpKind {
    /// Whether it is a fault whatever the state of things; others come to it by chance.
    fn strikes_surely(self) -> bool {
        matches!(self, Self::Reboot | Self::KillPhone | Self::KillServer | Self::Reinstall | Self::LoseKey)
    }
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::new(seed, &[1]);
        // One seed of fifty has a whole city on the phone, up to all of its reps.
        let phones = match chance.below(50) {
            0 => 8 + chance.below(13),
            _ => FEWEST_PHONES + chance.below(3),
        };
        let total: u64 = OpKind::ALL.iter().map(|(_, share)| share).sum();
        let count = FEWEST_OPS + chance.below(60);
        let ops = (0..count).map(|_| Op {
            kind: kind(chance.below(total)),
            phone: chance.next(),
            seed: chance.next(),
        });
        let ops = with_scene(ops.collect(), &mut chance);
        let ops = with_faults(ops, &mut chance);
        Self { seed, phones: usize::try_from(phones).unwrap_or(3), ops }
    }
}

/// The phone that came last, a copy if one was just made: modulo every number of phones up to 20 it is the last of them.
const NEWEST: u64 = 232_792_560 - 1;

/// A phone and its copy hear of a restore in runs that stop at the same step; then the copy fills the places that the phone's
/// own facts had before.
const RESTORED: [(OpKind, u64); 10] = [
    (OpKind::Backup, 0),
    (OpKind::ClonePhone, 0),
    (OpKind::Visit, 0),
    (OpKind::SyncWell, 0),
    (OpKind::RestoreServer, 0),
    (OpKind::SyncStopped, NEWEST),
    (OpKind::SyncStopped, 0),
    (OpKind::Visit, NEWEST),
    (OpKind::SyncWell, NEWEST),
    (OpKind::SyncWell, 0),
];

/// A phone goes on, its copy goes another way and further, and what that has to say comes as a journal.
const PARTED: [(OpKind, u64); 7] = [
    (OpKind::ClonePhone, 0),
    (OpKind::Visit, 0),
    (OpKind::SyncWell, 0),
    (OpKind::Visit, NEWEST),
    (OpKind::Visit, NEWEST),
    (OpKind::Visit, NEWEST),
    (OpKind::Journal, NEWEST),
];

/// A rep stands in, visits a store of the other one's more often than phones keep, and sends it when the territory is not the phone's
/// any more. Weeks later, when some of that has ended, it is again (docs/adr/0018).
pub(crate) const AWAY: [(OpKind, usize); 8] = [
    (OpKind::StandIn, 1),
    (OpKind::SyncWell, 1),
    (OpKind::Visit, 15),
    // He is away for three days at most.
    (OpKind::Night, 3),
    (OpKind::SyncWell, 1),
    (OpKind::Weeks, 3),
    (OpKind::StandIn, 1),
    (OpKind::SyncWell, 1),
];

/// What a visit ordered was due days ago, the owner says that it came, and his store is visited so often that no visit asks for it any
/// more: weeks later the delivery ends (docs/adr/0018).
pub(crate) const SETTLED: [(OpKind, usize); 7] = [
    (OpKind::Visit, 1),
    (OpKind::SyncWell, 1),
    (OpKind::Night, 3),
    (OpKind::Visit, 14),
    (OpKind::SyncWell, 1),
    (OpKind::Weeks, 3),
    (OpKind::SyncWell, 1),
];

/// Each so many times in a row, by the first phone.
pub(crate) fn of_the_first(scene: &[(OpKind, usize)]) -> Vec<(OpKind, u64)> {
    scene.iter().flat_map(|(kind, times)| repeat_n((*kind, 0), *times)).collect()
}

/// What hardly ever comes in a row by chance happens in a row somewhere in six of eight runs, with the same throws, so that two
/// runs of sync over the same line stop at the same step.
fn with_scene(mut ops: Vec<Op>, chance: &mut Chance) -> Vec<Op> {
    let scene = match chance.below(8) {
        0..3 => RESTORED.to_vec(),
        3 => PARTED.to_vec(),
        4 => of_the_first(&AWAY),
        5 => of_the_first(&SETTLED),
        _ => Vec::new(),
    };
    let places = u64::try_from(ops.len()).unwrap_or(0) + 1;
    let place = usize::try_from(chance.below(places)).unwrap_or(0);
    let seed = chance.next();
    let happens = scene.iter().map(|(kind, phone)| Op { kind: *kind, phone: *phone, seed });
    drop(ops.splice(place..place, happens));
    ops
}

/// A run without faults shows nothing: where too few strike surely, the server is killed here and there.
fn with_faults(mut ops: Vec<Op>, chance: &mut Chance) -> Vec<Op> {
    let surely = ops.iter().filter(|op| op.kind.strikes_surely()).count();
    for _ in u64::try_from(surely).unwrap_or(0)..FEWEST_FAULTS {
        let places = u64::try_from(ops.len()).unwrap_or(0) + 1;
        let place = usize::try_from(chance.below(places)).unwrap_or(0);
        ops.insert(place, Op { kind: OpKind::KillServer, phone: chance.next(), seed: chance.next() });
    }
    ops
}

fn kind(mut throw: u64) -> OpKind {
    for (kind, share) in OpKind::ALL {
        if throw < *share {
            return *kind;
        }
        throw -= share;
    }
    OpKind::Visit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_one_plan_and_every_plan_is_long_enough() {
        assert_eq!(Plan::of(7), Plan::of(7));
        assert_ne!(Plan::of(7).ops, Plan::of(8).ops);
        for seed in 0..50 {
            let plan = Plan::of(seed);
            assert!(plan.ops.len() >= 300 && plan.phones >= 3);
            assert!(plan.ops.iter().filter(|op| op.kind.strikes_surely()).count() >= 5, "seed {seed}");
        }
    }

    #[test]
    fn one_seed_of_fifty_begins_with_a_city_and_six_of_eight_have_a_scene() {
        let plans: Vec<Plan> = (0..2_000).map(Plan::of).collect();
        let cities = plans.iter().filter(|plan| plan.phones >= 8).count();
        assert!((20..70).contains(&cities), "{cities}");
        assert!(plans.iter().all(|plan| (3..=20).contains(&plan.phones)));
        assert!(plans.iter().any(|plan| plan.phones > 16));
        let has = |plan: &Plan, scene: &[(OpKind, u64)]| {
            let is_there = |ops: &[Op]| ops.iter().map(|op| (op.kind, op.phone)).eq(scene.iter().copied());
            plan.ops.windows(scene.len()).any(is_there)
        };
        let with = |scene: &[(OpKind, u64)]| plans.iter().filter(|plan| has(plan, scene)).count();
        let (restored, parted, away) = (with(&RESTORED), with(&PARTED), with(&of_the_first(&AWAY)));
        assert!(restored > 500 && parted > 150 && away > 150, "{restored} {parted} {away}");
        let settled = with(&of_the_first(&SETTLED));
        assert!(settled > 150, "{settled}");
        assert!((1..=20).all(|phones| NEWEST % phones == phones - 1));
    }

    #[test]
    fn a_plan_that_would_go_well_gets_its_faults() {
        let quiet = vec![Op { kind: OpKind::Visit, phone: 0, seed: 0 }; 300];
        let ops = with_faults(quiet.clone(), &mut Chance::new(7, &[1]));
        assert_eq!(ops.iter().filter(|op| op.kind == OpKind::KillServer).count(), 5);
        assert_eq!(ops.iter().filter(|op| op.kind == OpKind::Visit).count(), 300);
        assert_eq!(ops, with_faults(quiet, &mut Chance::new(7, &[1])));
        assert_eq!(with_faults(ops.clone(), &mut Chance::new(7, &[1])), ops);
    }
}
