//! What happens to one request on a bad line.

use xundian_demo::chance::Chance;
use xundian_vfs::{Machine, When};

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    Fair,
    RequestLost,
    RequestCut,
    RequestCutSilently,
    RequestDelayed,
    KilledBefore,
    DiesAtWrite,
    DiesAtFlush,
    DiskFull,
    ReadFails,
    WriteFails,
    FlushFails,
    AnswerLost,
    AnswerCut,
    AnswerCutSilently,
    PowerAfter,
    Doubled,
    DoubledLater,
}

impl Weather {
    const BAD: [Self; 17] = [
        Self::RequestLost,
        Self::RequestCut,
        Self::RequestCutSilently,
        Self::RequestDelayed,
        Self::KilledBefore,
        Self::DiesAtWrite,
        Self::DiesAtFlush,
        Self::DiskFull,
        Self::ReadFails,
        Self::WriteFails,
        Self::FlushFails,
        Self::AnswerLost,
        Self::AnswerCut,
        Self::AnswerCutSilently,
        Self::PowerAfter,
        Self::Doubled,
        Self::DoubledLater,
    ];
    /// Throws of a request on a bad line: more than half of them go well.
    const THROWS: u64 = 39;

    pub(crate) fn of(chance: &mut Chance) -> Self {
        let throw = usize::try_from(chance.below(Self::THROWS)).unwrap_or(usize::MAX);
        Self::BAD.get(throw).copied().unwrap_or(Self::Fair)
    }

    /// Plans what the server's disk does meanwhile; whether it comes to that shows later.
    pub(crate) fn plan(self, machine: &Machine, chance: &mut Chance) {
        match self {
            Self::DiesAtWrite => machine.die_at_write(1 + chance.below(40)),
            Self::DiesAtFlush => machine.die_at_sync(1 + chance.below(3), When::Before),
            Self::DiskFull => machine.disk_full_after(Some(chance.below(40))),
            Self::ReadFails => machine.io_error_at_read(1 + chance.below(10)),
            Self::WriteFails => machine.io_error_at_write(1 + chance.below(40)),
            Self::FlushFails => machine.io_error_at_sync(1 + chance.below(2)),
            _ => {}
        }
    }

    /// What it is called that a disk refused something.
    pub(crate) fn refusal(self) -> Option<&'static str> {
        match self {
            Self::DiskFull => Some("server's disk full"),
            Self::ReadFails => Some("server's read failed"),
            Self::WriteFails => Some("server's write failed"),
            Self::FlushFails => Some("server's flush failed"),
            _ => None,
        }
    }
}
