//! The contact of a store: what the office's file says, until a rep says another one; then that, until the file changes.

use serde::{Deserialize, Serialize};
use xundian_domain::stamp::Millis;
use xundian_protocol::tables::Contact;

/// What a rep said, in the server's own rows; phones pull the contact alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContactTold {
    /// Whom to ask for.
    #[serde(flatten)]
    pub(crate) contact: Contact,
    /// When: of two the later stands, in whatever order they come.
    pub(crate) at: Millis,
}

impl ContactTold {
    /// Name of its rows; it sorts behind `contact`, whose rows it replaces.
    pub(crate) const NAME: &str = "contact_told";
}
