//! Chance from a seed: the same seed gives the same two weeks. Each question gets a stream of its own, so that one
//! more throw in one shop does not change all others.

/// A stream of throws (SplitMix64, Steele et al. 2014).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// A stream for a question, e.g. a day and a store.
    pub fn new(seed: u64, question: &[u64]) -> Self {
        let mut chance = Self(seed);
        for part in question {
            chance.0 = chance.next() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        chance
    }

    /// 64 bits.
    #[expect(clippy::should_implement_trait, reason = "a stream of throws is no iterator to anybody here")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0…n−1; 0 for n = 0.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next().checked_rem(n).unwrap_or(0)
    }

    /// True in so many of 1,000 throws.
    pub fn per_mille(&mut self, n: u64) -> bool {
        self.below(1000) < n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_throws_and_questions_differ() {
        let throws = |seed, question: &[u64]| {
            let mut chance = Chance::new(seed, question);
            [chance.next(), chance.next(), chance.next()]
        };
        assert_eq!(throws(1, &[2, 3]), throws(1, &[2, 3]));
        assert_ne!(throws(1, &[2, 3]), throws(1, &[3, 2]));
        assert_ne!(throws(1, &[2, 3]), throws(2, &[2, 3]));
    }

    #[test]
    fn one_in_four_is_about_one_in_four() {
        let mut chance = Chance::new(7, &[]);
        let hits = (0..10_000).filter(|_| chance.per_mille(250)).count();
        assert!((2_300..2_700).contains(&hits), "{hits}");
    }
}
