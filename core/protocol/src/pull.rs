//! `GET /v1/pull?proto=&last_dseq=&pages=&cursor=`: master data, the store ledger and order states on their way down (the
//! contract, 3.4). `last_dseq` is the highest place of the phone's row, as every request says it; `pages` how many it can
//! take at once, left out when that is [`crate::limits::PULL_PAGES`].
//!
//! Every scope has a cursor of its own, so that a snapshot is the same bytes for every phone; a phone sends those of all
//! scopes that it holds, joined by [`CURSOR_JOINT`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::push::Standing;

/// Between the cursors of two scopes.
pub const CURSOR_JOINT: char = '~';

/// Changes of one scope that the phone commits together with their cursor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page {
    /// Which scope.
    pub scope: String,
    /// A snapshot begins: what is here of the scope is old, and goes when the snapshot has ended without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// The scope has nothing behind this page: a snapshot ends here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end: bool,
    /// The scope is no longer this phone's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
    /// Per table: key and value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub put: BTreeMap<String, Vec<(String, Box<RawValue>)>>,
    /// Per table: keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub delete: BTreeMap<String, Vec<String>>,
    /// Opaque: where to go on in this scope after this page.
    pub cursor: String,
}

/// Several pages; ask again while there is more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullAnswer {
    /// Where the server stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// In order.
    pub pages: Vec<Page>,
    /// There is more than one answer holds.
    pub more: bool,
}
