//! `POST /v1/day`: a day whose digests differ is listed record by record, and what the server lacks is sent again (the
//! contract, 3.3).

use serde::{Deserialize, Serialize};
use xundian_domain::{BusinessDate, RecordId};

use crate::push::Standing;

/// The facts of one business date that the phone has under this install, without `day_closed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRequest {
    /// Sealed date.
    pub date: BusinessDate,
    /// Record and SHA-256 of its body in hexadecimal.
    pub facts: Vec<(RecordId, String)>,
}

/// What is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayAnswer {
    /// Where the server stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// Records that the server has not received from this install with these bytes: they get new places in its row.
    pub missing: Vec<RecordId>,
}
