//! The contact of a store: what the office's file says, until a rep says another one; then that, until the file changes.

use serde::{Deserialize, Serialize};
use xundian_domain::stamp::Millis;
use xundian_protocol::tables::Contact;

/// What a rep said, or since when nothing of it holds, in the server's own rows; phones pull the contact alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContactTold {
    /// Whom to ask for; `None` = the office said something else since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<Contact>,
    /// When: of two the later stands, in whatever order they come.
    pub(crate) at: Millis,
}

impl ContactTold {
    /// Name of its rows; it sorts behind `contact`, whose rows it replaces.
    pub(crate) const NAME: &str = "contact_told";
}
