//! `device`: codes for reps' phones, and what takes their rights away.

use std::path::PathBuf;

use clap::Subcommand;
use qrcode::QrCode;
use qrcode::render::{svg, unicode};
use xundian_domain::RepNo;
use xundian_protocol::digest::{hex, unhex};
use xundian_protocol::invitation::Invitation;
use xundian_protocol::journal::ImportSecret;

use super::CommandError;
use crate::app::{Clock, SystemClock, random};
use crate::db::Db;
use crate::setting;
use crate::sync::{new_code, revoke};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make an enrolment code for a rep's phone; it holds for a day and for one phone
    Enroll {
        /// Rep number, e.g. ZY01
        rep: String,
        /// The address that phones reach, e.g. https://xd.example.com: prints the code as a QR with it, which the app reads
        #[arg(long)]
        server: Option<String>,
        /// Writes the QR into this SVG file instead of the terminal
        #[arg(long, requires = "server")]
        qr: Option<PathBuf>,
    },
    /// Take a phone's rights away, e.g. when it was lost
    Revoke {
        /// Rep number: all phones of this rep
        rep: String,
    },
}

pub(super) fn run(db: &Db, verb: Verb) -> Result<(), CommandError> {
    match verb {
        Verb::Enroll { rep, server, qr } => enroll(db, rep_no(&rep)?, server, qr),
        Verb::Revoke { rep } => {
            let (rep, now) = (rep_no(&rep)?, SystemClock.now());
            println!("{} phones revoked", db.write_now(move |tx| revoke(tx, rep, now))?);
            Ok(())
        }
    }
}

fn rep_no(rep: &str) -> Result<RepNo, CommandError> {
    rep.parse().map_err(|_| CommandError::Said(format!("`{rep}` is no rep number")))
}

fn enroll(db: &Db, rep: RepNo, server: Option<String>, picture: Option<PathBuf>) -> Result<(), CommandError> {
    let known = db
        .read_now(|tx| tx.first("SELECT key FROM master WHERE tbl = 'person' AND key = $1", &[rep.into()]))?;
    if known.is_none() {
        return Err(CommandError::Said(format!("there is no rep {rep}: import the people first")));
    }
    // Before a code is made, so that none is made in vain.
    let company =
        server.map(|server| Ok::<_, CommandError>((address(server)?, import_key(db)?))).transpose()?;
    let (bytes, now) = (random()?, SystemClock.now());
    let code = db.write_now(move |tx| new_code(tx, rep, bytes, now))?;
    if let Some((server, key)) = company {
        let invitation = Invitation { server, code: code.clone(), key };
        let drawn = QrCode::new(invitation.to_string())
            .map_err(|_| CommandError::Said("the address is too long for a QR".to_owned()))?;
        match picture {
            Some(file) => std::fs::write(file, drawn.render::<svg::Color<'_>>().build())?,
            None => println!("{}", drawn.render::<unicode::Dense1x2>().build()),
        }
    }
    println!("{code}");
    Ok(())
}

/// What a phone would not take is refused before it is printed.
fn address(server: String) -> Result<String, CommandError> {
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let is_safe = server.starts_with("https://") || here.iter().any(|here| server.starts_with(here));
    if !is_safe || server.contains(char::is_whitespace) {
        return Err(CommandError::Said(format!("`{server}` is no address like https://xd.example.com")));
    }
    Ok(server)
}

/// The fingerprint of the company's key, which is made when it is first asked for.
fn import_key(db: &Db) -> Result<[u8; 32], CommandError> {
    let fresh: [u8; 32] = random()?;
    let secret = db.write_now(move |tx| setting::made_once(tx, "import_secret", hex(&fresh)))?;
    let secret = unhex(&secret).map(ImportSecret::from_bytes);
    let secret = secret.ok_or_else(|| CommandError::Said("the import key cannot be read".to_owned()))?;
    Ok(secret.public().fingerprint())
}
