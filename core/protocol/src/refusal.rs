//! The server's "no" to a whole request. Single records get verdicts instead (`push`).

use serde::{Deserialize, Serialize};

/// Why a request is refused; each means another thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// 401: token or signature is unknown. Enrol again; facts stay.
    Token,
    /// 403: this phone was revoked.
    Revoked,
    /// 400: the message cannot be read.
    Unreadable,
    /// 409: a dseq is missing before the first record; push again from `acked_dseq` + 1.
    Gap,
    /// 409: this dseq belongs to another record: take a new install id.
    Fork,
    /// 409: the server was restored; push again from `acked_dseq` + 1.
    Epoch,
    /// 413: too many records or bytes; send smaller batches.
    Limit,
    /// 426, on pull only: the app is too old.
    Upgrade,
    /// 503: come back after `retry_after_s`.
    Busy,
    /// 404: there is no such thing for this phone.
    NotFound,
}

impl RefusalCode {
    /// The HTTP status that carries it.
    pub fn status(self) -> u16 {
        match self {
            Self::Token => 401,
            Self::Revoked => 403,
            Self::Unreadable => 400,
            Self::Gap | Self::Fork | Self::Epoch => 409,
            Self::Limit => 413,
            Self::Upgrade => 426,
            Self::Busy => 503,
            Self::NotFound => 404,
        }
    }
}

const REASON_CHARS: usize = 300;

/// The body of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// For logs, in English; people see a text chosen by the code.
    pub reason: String,
    /// Where the server stands, for `gap`, `fork` and `epoch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked_dseq: Option<u64>,
    /// The server's epoch, for `epoch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<uuid::Uuid>,
    /// Seconds, for `busy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

impl Refusal {
    /// A refusal with its reason only. A reason may repeat what was sent: it is cut to 300 characters.
    pub fn new(code: RefusalCode, reason: impl Into<String>) -> Self {
        let reason = reason.into().chars().take(REASON_CHARS).collect();
        Self { code, reason, acked_dseq: None, epoch: None, retry_after_s: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_short_refusals_can_be_read() {
        let refusal: Refusal = serde_json::from_str(r#"{"code":"gap","reason":"x","acked_dseq":7}"#).unwrap();
        assert_eq!((refusal.code.status(), refusal.acked_dseq), (409, Some(7)));
        assert_eq!(
            serde_json::to_string(&Refusal::new(RefusalCode::Token, "no")).unwrap(),
            r#"{"code":"token","reason":"no"}"#
        );
    }
}
