//! 订单条: the orders of a day when there is no server (the contract, 3.7). One phone's orders, signed by it, as a text that
//! a distributor reads in WeChat and pastes back, or as QR pages. Orders only: receivers, telephones and owner's codes
//! stay on the phone. What a server makes of it is the server's.
//!
//! The bytes: 1 (the form), 16 of the install id, 64 of the Ed25519 signature, then zstd of the JSON [`Slip`]. Pages and
//! text block carry exactly these bytes; [`SealedSlip::hash`] names them.

mod base32;
mod pages;
mod text;

use std::collections::BTreeSet;

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::order::Order;
use xundian_domain::{BusinessDate, InstallId, OrderId, RepNo};

use crate::codec::{self, CodecError};

pub use pages::SLIPS;
pub use text::{Goods, Names, Place};

/// Bytes of a text that is read, with everything that stands around slips.
pub const SLIP_TEXT_BYTES: usize = 256 << 10;
/// Bytes of the JSON of one slip. Unpacking it takes a window of the same size, and what it says may be five times as large
/// as its JSON (an order line of 16 bytes has 80): reading a text takes 8 MiB beside it at most, `tests/slip_memory.rs`.
pub const SLIP_BYTES: usize = 512 << 10;
/// Orders of one slip; a rep has 30 to 40 stores a day.
pub const SLIP_ORDERS: usize = 300;
/// An order is not changed more often in a day; a higher version is nonsense.
const VERSION_MAX: u32 = 1_000;

const FORM: u8 = 1;
const INSTALL_AT: usize = 1;
const SIGNATURE_AT: usize = 17;
const PACKED_AT: usize = 81;

/// The orders of one phone and business date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// Business date of the confirmations.
    pub date: BusinessDate,
    /// Who confirmed them.
    pub rep: RepNo,
    /// Without those that were cancelled.
    pub orders: Vec<SlipOrder>,
}

/// One order as the newest fact of its rep tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipOrder {
    /// 1 = the visit's, then one more with every amendment.
    pub version: u32,
    /// The order.
    pub order: Order,
}

/// Why a text, or a part of it, is no slip.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlipError {
    /// More than [`SLIP_TEXT_BYTES`].
    #[error("text is longer than {SLIP_TEXT_BYTES} bytes: paste fewer messages at once")]
    TooLong,
    /// More than [`SLIPS`].
    #[error("more than {SLIPS} slips in one text: paste fewer messages at once")]
    TooMany,
    /// Nothing that begins like a page.
    #[error("no slip in this text: copy the whole message with the lines that begin with XD1")]
    Nothing,
    /// A page that is not as it was written, and no whole one with it.
    #[error("page {page} of {of} is damaged: copy it again")]
    Damaged {
        /// From 1.
        page: usize,
        /// How many there are.
        of: usize,
    },
    /// Pages that are not there, or only damaged.
    #[error("pages {pages:?} of {of} are missing: copy them too")]
    Missing {
        /// From 1, ascending.
        pages: Vec<usize>,
        /// How many there are.
        of: usize,
    },
    /// Every page is whole, and together they are nothing.
    #[error("the pages do not fit together: copy the whole message again")]
    Unfit,
    /// Of a form that this program does not know.
    #[error("made by a newer app: use a newer server")]
    Newer,
    /// More than [`SLIP_BYTES`] or [`SLIP_ORDERS`].
    #[error("larger than a day of orders: send it in parts")]
    TooLarge,
    /// Not what a phone packs.
    #[error("cannot be read: {0}")]
    Content(String),
}

impl SlipError {
    /// The stable code; people see a text chosen by it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::TooMany => "too_many",
            Self::Nothing => "nothing",
            Self::Damaged { .. } => "damaged",
            Self::Missing { .. } => "missing",
            Self::Unfit => "unfit",
            Self::Newer => "newer",
            Self::TooLarge => "too_large",
            Self::Content(_) => "content",
        }
    }
}

impl From<CodecError> for SlipError {
    fn from(why: CodecError) -> Self {
        match why {
            CodecError::TooLarge { .. } => Self::TooLarge,
            other => Self::Content(other.to_string()),
        }
    }
}

impl Slip {
    /// Packs and signs with the device key of the install.
    ///
    /// # Errors
    /// What no reader would take: [`SlipError::TooLarge`], [`SlipError::Content`].
    pub fn seal(&self, install: InstallId, key: &SigningKey) -> Result<SealedSlip, SlipError> {
        self.check()?;
        let packed = codec::encode(self, SLIP_BYTES)?;
        let signature = key.sign(&message(install, &packed)).to_bytes();
        let bytes = [&[FORM][..], install.0.as_bytes(), &signature, &packed].concat();
        Ok(SealedSlip { bytes })
    }

    /// What holds for every slip of a phone.
    fn check(&self) -> Result<(), SlipError> {
        if self.orders.len() > SLIP_ORDERS {
            return Err(SlipError::TooLarge);
        }
        let mut known: BTreeSet<OrderId> = BTreeSet::new();
        for SlipOrder { version, order } in &self.orders {
            if !known.insert(order.id) {
                return Err(SlipError::Content(format!("order {} stands twice", order.id)));
            }
            if !(1..=VERSION_MAX).contains(version) || !order.is_countable() {
                return Err(SlipError::Content(format!("order {} has numbers beyond any order", order.id)));
            }
        }
        Ok(())
    }
}

/// What is signed: not a request, so that neither stands for the other.
fn message(install: InstallId, packed: &[u8]) -> Vec<u8> {
    let mut message = format!("xundian-slip-1\n{install}\n").into_bytes();
    message.extend_from_slice(&Sha256::digest(packed));
    message
}

/// A slip as it travels: bytes that nobody has believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSlip {
    bytes: Vec<u8>,
}

impl SealedSlip {
    /// Takes bytes with a head that can be read; what they pack is looked at by [`SealedSlip::open`].
    ///
    /// # Errors
    /// [`SlipError::Newer`], or [`SlipError::Content`] if they are too short.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SlipError> {
        match bytes.first() {
            Some(&FORM) if bytes.len() > PACKED_AT => Ok(Self { bytes }),
            Some(&FORM) | None => Err(SlipError::Content("it ends before its orders".to_owned())),
            Some(_) => Err(SlipError::Newer),
        }
    }

    /// Exactly as signed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes: the name of this slip.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }

    /// Whose phone it says to be from.
    pub fn install(&self) -> InstallId {
        let id = self.bytes.get(INSTALL_AT..SIGNATURE_AT).and_then(|id| Uuid::from_slice(id).ok());
        InstallId(id.unwrap_or_default())
    }

    /// Whether the owner of the key made it, as it is.
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        let signature = self.bytes.get(SIGNATURE_AT..PACKED_AT).map(Signature::from_slice);
        let Some(Ok(signature)) = signature else { return false };
        key.verify(&message(self.install(), self.packed()), &signature).is_ok()
    }

    fn packed(&self) -> &[u8] {
        self.bytes.get(PACKED_AT..).unwrap_or_default()
    }

    /// The orders; never more than [`SLIP_BYTES`] are unpacked.
    ///
    /// # Errors
    /// [`SlipError::TooLarge`] or [`SlipError::Content`].
    pub fn open(&self) -> Result<Slip, SlipError> {
        let slip: Slip = codec::decode(self.packed(), SLIP_BYTES)?;
        slip.check()?;
        Ok(slip)
    }

    /// The QR pages, in order; each is one text of at most 888 signs (see [`read`] for how they are found again).
    ///
    /// # Errors
    /// [`SlipError::TooLarge`].
    pub fn pages(&self) -> Result<Vec<String>, SlipError> {
        pages::write(&self.bytes)
    }

    /// The block for a chat: what `slip` says in words for people, then the pages in short lines.
    ///
    /// # Errors
    /// [`SlipError::TooLarge`].
    pub fn text(&self, slip: &Slip, names: &dyn Names) -> Result<String, SlipError> {
        Ok(text::block(slip, names, &self.pages()?))
    }
}

/// Every slip in a text, each by itself: blocks from a chat, QR pages in any order and more than once, with other words
/// between them. Blanks, line ends, quotation marks and full-width letters do no harm. Never an empty list.
pub fn read(text: &str) -> Vec<Result<SealedSlip, SlipError>> {
    pages::read(text)
}

#[cfg(test)]
mod tests;
