//! What a rep says about a store beside a visit: a note for whoever comes next, and that its contact has changed
//! (the sync contract, 3.2). Opening one is `store`.

use serde::{Deserialize, Serialize};

use crate::id::StoreId;

/// Characters of a note.
pub const NOTE_CHARS: usize = 200;
/// Characters of a name or telephone number of a contact.
pub const CONTACT_CHARS: usize = 60;

/// The fact `store_note` 门店备注: what the next one in this shop should know. The newest one stands; an empty one takes it
/// away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreNoted {
    /// Of which store.
    pub store: StoreId,
    /// At most [`NOTE_CHARS`] characters.
    pub text: String,
}

impl StoreNoted {
    /// Whether a phone's screen could have made it.
    pub fn is_bounded(&self) -> bool {
        self.text.chars().count() <= NOTE_CHARS
    }
}

/// The fact `store_contact_changed`: whom to ask for is another one. Names and number are private: they travel beside it
/// and can be deleted (1-field 1.10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreContactChanged {
    /// Of which store.
    pub store: StoreId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_counted_in_characters_and_not_in_bytes() {
        let store = StoreId(uuid::Uuid::nil());
        let note = |n: usize| StoreNoted { store, text: "𠮷".repeat(n) };
        assert!(note(NOTE_CHARS).is_bounded());
        assert!(!note(NOTE_CHARS + 1).is_bounded());
    }
}
