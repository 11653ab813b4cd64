//! Who and what: identifiers as types, so that a store is never passed where an order is meant.
//! Making new ids (UUIDv7) is left to the rooms that own a clock and a random source.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The longest number that people give to a store, SKU, rep…, in bytes; a `Code` stays a plain 24-byte value.
pub const CODE_MAX_BYTES: usize = 23;

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing was given.
    #[error("code is empty")]
    Empty,
    /// More than [`CODE_MAX_BYTES`].
    #[error("code is longer than {CODE_MAX_BYTES} characters")]
    TooLong,
    /// Something else than visible ASCII.
    #[error("code may hold only letters, digits and ASCII signs")]
    BadCharacter,
}

/// A short human-given code, kept inline: copying and comparing it costs no allocation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Code {
    // Bytes first: derived order is then the order of the texts (unused bytes are 0).
    bytes: [u8; CODE_MAX_BYTES],
    len: u8,
}

impl Code {
    fn parse(text: &str) -> Result<Self, CodeError> {
        let len = match text.len() {
            0 => return Err(CodeError::Empty),
            n if n > CODE_MAX_BYTES => return Err(CodeError::TooLong),
            n => n,
        };
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(CodeError::BadCharacter);
        }
        let mut bytes = [0; CODE_MAX_BYTES];
        bytes[..len].copy_from_slice(text.as_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "at most CODE_MAX_BYTES")]
        Ok(Self { bytes, len: len as u8 })
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Code);

        impl $name {
            /// The code as it is printed.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = CodeError;
            fn from_str(text: &str) -> Result<Self, CodeError> {
                Code::parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

code! {
    /// 商品编码, the stock keeping unit: the key of everything that is counted, ordered and delivered.
    Sku
}
code! {
    /// 门店编号, the number the office gives to a store at approval.
    StoreNo
}
code! {
    /// 人员编号: reps, supervisors and account managers share one series.
    RepNo
}
code! {
    /// 经销商编号.
    DistributorNo
}
code! {
    /// 价格表编号.
    PriceListNo
}
code! {
    /// 必卖清单编号.
    MustSellListNo
}
code! {
    /// 陈列标准编号.
    DisplayStandardNo
}
code! {
    /// 促销编号; it breaks ties between promotions of one priority.
    PromoNo
}
code! {
    /// 街道代码: decides which distributor serves a store.
    StreetCode
}
code! {
    /// The code of a reason (原因) from the company's list; the text for people comes from that list.
    ReasonCode
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

uuid_id! {
    /// One store for life; a UUIDv7 of the phone that proposed it, or derived from its number at import.
    StoreId
}
uuid_id! {
    /// One visit (UUIDv7 of the phone).
    VisitId
}
uuid_id! {
    /// One order, through all its versions; not the id of its visit.
    OrderId
}
uuid_id! {
    /// One fact that a phone sends; a hint of its time, never more.
    RecordId
}
uuid_id! {
    /// One enrolment of one phone.
    InstallId
}

/// The name space of store ids that come from numbers; never change it, or a second import doubles every store.
const STORE_NUMBERS: Uuid = Uuid::from_u128(0x5b0e_3a52_7a0c_4d5b_9a42_0f6a_7c1d_e8b1);

impl StoreId {
    /// The id of a store that the office knows by number only: the same number gives the same id at every import.
    pub fn from_number(number: StoreNo) -> Self {
        Self(Uuid::new_v5(&STORE_NUMBERS, number.as_str().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_keep_their_text_and_sort_like_it() {
        let mut codes: Vec<Sku> = ["22070012", "21", "21010019"].map(|c| c.parse().unwrap()).into();
        codes.sort();
        assert_eq!(codes.iter().map(Sku::as_str).collect::<Vec<_>>(), ["21", "21010019", "22070012"]);
    }

    #[test]
    fn bad_codes_say_what_is_wrong() {
        assert_eq!("".parse::<Sku>(), Err(CodeError::Empty));
        assert_eq!("a b".parse::<Sku>(), Err(CodeError::BadCharacter));
        assert_eq!("x".repeat(24).parse::<Sku>(), Err(CodeError::TooLong));
    }

    #[test]
    fn serde_uses_the_same_door() {
        assert_eq!(serde_json::to_string(&"D01".parse::<DistributorNo>().unwrap()).unwrap(), "\"D01\"");
        assert!(serde_json::from_str::<DistributorNo>("\"D 01\"").is_err());
    }

    #[test]
    fn a_store_number_always_gives_the_same_id() {
        let no: StoreNo = "QD010001".parse().unwrap();
        assert_eq!(StoreId::from_number(no), StoreId::from_number(no));
        assert_ne!(StoreId::from_number(no), StoreId::from_number("QD010002".parse().unwrap()));
    }
}
