//! `POST /v1/hello`: enrolment with a code, and where the server stands after errors (the contract, 3.1).

use serde::{Deserialize, Serialize};
use xundian_domain::stamp::Millis;
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
    /// 8 base32 characters, single use; empty when an install renews itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The install that this one replaces; its key signs the request. For a phone that was cloned or brought back from a
    /// copy: its row of facts has forked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew: Option<InstallId>,
    /// What was granted to that install, for a server that was restored to a copy from before; beside its token it is
    /// proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Grant>,
}

/// What a server has granted to an install.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its key, as in [`HelloRequest::public_key`].
    pub public_key: String,
    /// Whose phone it is.
    pub rep: RepNo,
    /// Which phone it is.
    #[serde(flatten)]
    pub phone: PhoneRoot,
    /// The installs that it stands for, newest first: each renewed into the one before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<InstallId>,
}

/// Which phone an install is: renewals have one root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneRoot {
    /// The install that a code has enrolled.
    pub root: InstallId,
    /// When that was, by the server's clock.
    pub since: Millis,
}

/// The enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    /// Opaque, bound to this phone.
    pub token: String,
    /// Whose phone this is.
    pub rep: RepNo,
    /// The company's key for journals ([`crate::journal::ImportKey`]), base64; `None` from a server before there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_key: Option<String>,
    /// Which phone this is; `None` from a server before there were roots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneRoot>,
    /// The install is there already, and another one has replaced it: a copy of this phone asked for the same and has moved on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// Where the server stands.
    #[serde(flatten)]
    pub standing: Standing,
}

/// `GET /v1/hello` of an enrolled phone: where the server stands.
pub type HelloAgain = Standing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewal_has_no_code_and_an_old_hello_no_renewal() {
        let text = r#"{"proto":1,"install_id":"00000000-0000-0000-0000-000000000001","public_key":"k","code":"ABCDEFGH"}"#;
        let hello: HelloRequest = serde_json::from_str(text).unwrap();
        assert_eq!((hello.code.as_str(), hello.renew), ("ABCDEFGH", None));
        assert_eq!(serde_json::to_string(&hello).unwrap(), text);
        let renewal = HelloRequest { code: String::new(), renew: Some(hello.install_id), ..hello };
        assert!(!serde_json::to_string(&renewal).unwrap().contains("code"));
        let phone = PhoneRoot { root: hello.install_id, since: Millis(7) };
        let was = Grant { public_key: "k".into(), rep: "ZY01".parse().unwrap(), phone, before: Vec::new() };
        let text = serde_json::to_string(&HelloRequest { was: Some(was), ..renewal }).unwrap();
        let root = r#""root":"00000000-0000-0000-0000-000000000001","since":7"#;
        assert!(text.ends_with(&format!(r#""was":{{"public_key":"k","rep":"ZY01",{root}}}}}"#)), "{text}");
    }

    #[test]
    fn an_answer_of_an_older_server_has_no_key_for_journals() {
        let text = r#"{"token":"t","rep":"ZY01","epoch":"00000000-0000-0000-0000-000000000001","acked_dseq":7,"durable_upto":0,"server_time":5,"push_records":500}"#;
        let answer: HelloAnswer = serde_json::from_str(text).unwrap();
        assert_eq!((answer.import_key.as_deref(), answer.standing.acked_dseq), (None, 7));
        assert_eq!(serde_json::to_string(&answer).unwrap(), text);
    }
}
