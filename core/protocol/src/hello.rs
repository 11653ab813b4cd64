//! `POST /v1/hello`: enrolment with a code, and where the server stands after errors (the contract, 3.1).

use serde::{Deserialize, Serialize};
use xundian_domain::{InstallId, RepNo};

use crate::push::Standing;

/// A phone introduces itself with the code that the office gave to its rep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloRequest {
    /// Version of the messages.
    pub proto: u32,
    /// Made on the phone.
    pub install_id: InstallId,
    /// Ed25519, 32 bytes in base64: every later request is signed with its key.
    pub public_key: String,
    /// 8 base32 characters, single use.
    pub code: String,
}

/// The enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    /// Opaque, bound to this phone.
    pub token: String,
    /// Whose phone this is.
    pub rep: RepNo,
    /// Where the server stands.
    #[serde(flatten)]
    pub standing: Standing,
}

/// `GET /v1/hello` of an enrolled phone: where the server stands.
pub type HelloAgain = Standing;
