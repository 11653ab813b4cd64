//! How often a request is tried again in one run, and how long is waited before. Facts and photos go by it alike.

/// First pause after a failure, milliseconds; it doubles. Each is longer by chance, and shorter than twice as long.
pub(super) const FIRST_PAUSE_MS: u64 = 500;

/// The tries of one run.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    most: u32,
    tries: u32,
    jitter: u64,
    asked_ms: u64,
}

impl Patience {
    /// So many tries of one request; `jitter` is any random number.
    pub(super) fn new(most: u32, jitter: u64) -> Self {
        Self { most, tries: 0, jitter, asked_ms: 0 }
    }

    /// It went well: the next request has all its tries.
    pub(super) fn restore(&mut self) {
        self.tries = 0;
    }

    /// It went badly; gives whether it may be tried again.
    pub(super) fn fail(&mut self) -> bool {
        self.tries += 1;
        self.tries < self.most
    }

    /// The server asks for a pause of so many milliseconds at least.
    pub(super) fn ask(&mut self, ms: u64) {
        self.asked_ms = ms;
    }

    /// What the server asked for with the last answer: it holds for whoever ends the run, too. 0 = nothing.
    pub(super) fn asked_ms(&self) -> u64 {
        self.asked_ms
    }

    /// The pause is over.
    pub(super) fn waited(&mut self) {
        self.asked_ms = 0;
    }

    /// The pause before the next try, milliseconds.
    pub(super) fn pause_ms(&self) -> u64 {
        let base = FIRST_PAUSE_MS << self.tries.saturating_sub(1).min(6);
        // Each try has its own share of the jitter, so that phones that failed together do not come back together.
        let jitter = (self.jitter >> (8 * (self.tries % 8))) % base;
        self.asked_ms.max(base) + jitter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pauses of a run in which nothing goes well.
    fn pauses(jitter: u64) -> Vec<u64> {
        let mut patience = Patience::new(5, jitter);
        std::iter::from_fn(|| patience.fail().then(|| patience.pause_ms())).collect()
    }

    #[test]
    fn phones_that_failed_together_do_not_come_back_together() {
        let (one, other) = (pauses(0x0123_4567_89ab_cdef), pauses(0xfedc_ba98_7654_3210));
        assert_eq!((one.len(), other.len()), (4, 4));
        for (n, (one, other)) in one.into_iter().zip(other).enumerate() {
            let base = FIRST_PAUSE_MS << n;
            let bounds = base..2 * base;
            assert!(bounds.contains(&one) && bounds.contains(&other), "{one} and {other} at try {n}");
            assert_ne!(one, other, "at try {n}");
        }
    }

    #[test]
    fn a_pause_that_was_asked_for_counts_once() {
        let mut patience = Patience::new(5, 0);
        assert!(patience.fail());
        patience.ask(20_000);
        assert_eq!(patience.pause_ms(), 20_000);
        patience.waited();
        assert_eq!(patience.pause_ms(), FIRST_PAUSE_MS);
    }
}
