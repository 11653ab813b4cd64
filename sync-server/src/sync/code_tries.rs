//! Wrong enrolment codes, counted by where they come from and over all: a code cannot be guessed, and whoever guesses
//! makes himself wait. Whether a code is right is `device`'s.

use std::collections::HashMap;
use std::net::IpAddr;

use xundian_domain::stamp::Millis;

/// Wrong codes that one address may send in a minute.
const TRIES: u32 = 5;
/// Wrong codes that are taken in a minute from all addresses: 40 bits cannot be guessed at this pace. Also the most
/// addresses that are remembered.
const ALL_TRIES: u32 = 60;
/// Bits of an IPv6 address that do not tell one customer of a network from another.
const HOST_BITS: u32 = 64;

/// The count of a minute.
#[derive(Debug, Default)]
pub struct CodeTries {
    minute: i64,
    wrong: u32,
    /// Those who were wrong. `None` = no address is known.
    by: HashMap<Option<IpAddr>, u32>,
}

impl CodeTries {
    /// Whether this address may try a code now; `false` = come back in a minute.
    pub fn may_try(&mut self, from: Option<IpAddr>, now: Millis) -> bool {
        let minute = now.0.div_euclid(60_000);
        if self.minute != minute {
            *self = Self { minute, ..Self::default() };
        }
        self.wrong < ALL_TRIES && self.by.get(&source(from)).is_none_or(|wrong| *wrong < TRIES)
    }

    /// A code was wrong.
    pub fn was_wrong(&mut self, from: Option<IpAddr>) {
        self.wrong = self.wrong.saturating_add(1);
        // Tries that were on their way when the bound was reached.
        if self.wrong <= ALL_TRIES {
            *self.by.entry(source(from)).or_default() += 1;
        }
    }
}

/// Who counts as one: an IPv4 address, an IPv6 network.
fn source(from: Option<IpAddr>) -> Option<IpAddr> {
    match from?.to_canonical() {
        IpAddr::V6(address) => Some(IpAddr::V6((address.to_bits() >> HOST_BITS << HOST_BITS).into())),
        address @ IpAddr::V4(_) => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_785_000_000_000);

    fn at(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn wrong(tries: &mut CodeTries, from: &str, times: u32) {
        for _ in 0..times {
            assert!(tries.may_try(at(from), NOW));
            tries.was_wrong(at(from));
        }
    }

    #[test]
    fn an_address_tries_five_codes_a_minute() {
        let mut tries = CodeTries::default();
        wrong(&mut tries, "192.0.2.1", 5);
        assert!(!tries.may_try(at("192.0.2.1"), NOW) && !tries.may_try(at("192.0.2.1"), Millis(NOW.0 + 1)));
        assert!(tries.may_try(at("192.0.2.1"), Millis(NOW.0 + 60_000)));
    }

    #[test]
    fn who_guesses_makes_nobody_else_wait() {
        let mut tries = CodeTries::default();
        wrong(&mut tries, "192.0.2.1", 5);
        assert!(tries.may_try(at("192.0.2.2"), NOW) && tries.may_try(None, NOW));
    }

    #[test]
    fn another_spelling_or_host_of_the_same_network_is_the_same_source() {
        let mut tries = CodeTries::default();
        wrong(&mut tries, "192.0.2.1", 5);
        assert!(!tries.may_try(at("::ffff:192.0.2.1"), NOW));
        wrong(&mut tries, "2001:db8:0:1::1", 5);
        assert!(!tries.may_try(at("2001:db8:0:1:ffff::2"), NOW));
        assert!(tries.may_try(at("2001:db8:0:2::1"), NOW));
    }

    #[test]
    fn all_addresses_together_are_bounded_and_so_is_what_is_remembered() {
        let mut tries = CodeTries::default();
        for n in 0..200 {
            tries.was_wrong(at(&format!("192.0.2.{n}")));
        }
        assert!(!tries.may_try(at("198.51.100.1"), Millis(0)));
        assert_eq!(tries.by.len(), 60);
        assert!(tries.may_try(at("198.51.100.1"), NOW), "a minute later");
    }
}
