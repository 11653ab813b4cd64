//! `/v1/blobs`: photos travel apart from the facts that name them (the contract, 3.5). First `have`, then `PUT
//! /v1/blobs/{sha}?offset=&total=` piece by piece; where all bytes are there and nobody said so, an empty piece at the end.

use serde::{Deserialize, Serialize};

use crate::push::Standing;

/// Header with the number of bytes of a photo that the server has.
pub const OFFSET_HEADER: &str = "x-xundian-offset";

/// Which photos does the server lack?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaveRequest {
    /// SHA-256 in hexadecimal.
    pub sha256: Vec<String>,
}

/// Those that this install has not sent completely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaveAnswer {
    /// SHA-256 in hexadecimal.
    pub missing: Vec<String>,
    /// Bytes of each missing one that are here already: it goes on from there.
    #[serde(default)]
    pub offsets: Vec<u64>,
    /// Where the server stands; `None` from one before it said so. The answers to pieces have no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_an_older_server_says_nothing_of_where_it_stands() {
        let answer: HaveAnswer = serde_json::from_str(r#"{"missing":["ab"]}"#).unwrap();
        assert_eq!((answer.offsets.len(), answer.standing), (0, None));
    }
}
