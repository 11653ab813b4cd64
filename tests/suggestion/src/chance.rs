//! Chance that every policy meets alike: a throw depends on the seed and the question, never on what was thrown before.

/// A number for a text (FNV-1a 64).
pub fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// 64 bits for a question (SplitMix64 over its parts).
pub fn throw(seed: u64, question: &[u64]) -> u64 {
    question.iter().fold(mix(seed), |state, part| mix(state ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// True in so many of 1,000 questions.
pub fn per_mille(seed: u64, question: &[u64], n: u64) -> bool {
    throw(seed, question) % 1000 < n
}

fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_question_has_one_answer_and_150_of_1000_are_about_that() {
        assert_eq!(throw(1, &[2, 3]), throw(1, &[2, 3]));
        assert_ne!(throw(1, &[2, 3]), throw(1, &[3, 2]));
        let hits = (0..10_000).filter(|n| per_mille(7, &[*n], 150)).count();
        assert!((1_350..1_650).contains(&hits), "{hits}");
    }
}
