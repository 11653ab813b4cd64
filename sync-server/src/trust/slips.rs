//! Orders by slips, computed again from the slips as they were kept: bytes, signature, and what was decided about them.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::{InstallId, OrderId};
use xundian_protocol::slip::{SealedSlip, Slip};

use super::verify::{Problems, Told, problem};
use crate::db::{DbError, Row, Tx};
use crate::orders::{BySlip, OrderRow};
use crate::sync::enrolled;

type Hash = [u8; 32];

/// A kept slip that can be read, and whether its phone signed it.
struct Kept {
    slip: Slip,
    is_signed: bool,
}

/// The versions of orders that only slips tell.
pub(super) fn told(tx: &mut Tx<'_>, problems: &mut Problems) -> Result<HashMap<OrderId, Told>, DbError> {
    let kept = kept(tx, problems)?;
    let mut told = HashMap::new();
    for found in tx.query("SELECT id FROM store_order WHERE slip IS NOT NULL", &[])? {
        let Some(row) = OrderRow::load(tx, found.get(0)?)? else { continue };
        let (id, Some(by)) = (row.order.id, row.slip) else { continue };
        let slip = kept.get(&by.hash);
        let noted = noted(tx, id, by.hash)?;
        if !follows(&row, &noted) || noted.contains("placed") && !slip.is_some_and(|slip| slip.is_signed) {
            problems.push(problem("an order of a slip stands as its proof or its dispatcher says", id));
        }
        if by.version == 0 {
            continue;
        }
        match slip.and_then(|kept| version_of(&kept.slip, id, by)) {
            Some(version) => drop(told.insert(id, version)),
            None => problems.push(problem("an order of a slip is in the slip that was kept", id)),
        }
    }
    Ok(told)
}

fn kept(tx: &mut Tx<'_>, problems: &mut Problems) -> Result<HashMap<Hash, Kept>, DbError> {
    let mut kept = HashMap::new();
    for row in tx.query("SELECT hash, body, install FROM slip", &[])? {
        let hash: Hash = row.get(0)?;
        match read(tx, &row)? {
            Some(slip) => drop(kept.insert(hash, slip)),
            None => problems
                .push(problem("a slip has the bytes that were read", xundian_protocol::digest::hex(&hash))),
        }
    }
    Ok(kept)
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Option<Kept>, DbError> {
    let (hash, bytes, install): (Hash, Vec<u8>, InstallId) = (row.get(0)?, row.get(1)?, row.get(2)?);
    if Hash::from(Sha256::digest(&bytes)) != hash {
        return Ok(None);
    }
    let Ok(sealed) = SealedSlip::from_bytes(bytes) else { return Ok(None) };
    let Ok(slip) = sealed.open() else { return Ok(None) };
    let device = enrolled(tx, install)?.filter(|_| sealed.install() == install);
    let is_signed = device.is_some_and(|device| device.rep == slip.rep && sealed.is_signed_by(&device.key));
    Ok(Some(Kept { slip, is_signed }))
}

fn noted(tx: &mut Tx<'_>, order: OrderId, slip: Hash) -> Result<BTreeSet<String>, DbError> {
    let sql = "SELECT what FROM slip_order WHERE order_id = $1 AND slip = $2";
    tx.query(sql, &[order.into(), slip.into()])?.iter().map(|row| row.get(0)).collect()
}

/// Whether the order stands where proof and decisions put it, until its fact does.
fn follows(row: &OrderRow, noted: &BTreeSet<String>) -> bool {
    let is_let_in = noted.contains("placed") || noted.contains("accepted");
    match row.state {
        _ if row.fact.is_some() => !noted.is_empty(),
        OrderState::Held => noted.contains("held") && !is_let_in && !noted.contains("refused"),
        OrderState::Cancelled { cause: CancelCause::Held } => noted.contains("refused") && !is_let_in,
        _ => is_let_in,
    }
}

/// The order in the slip; the version of an unproven one is not the slip's to say.
fn version_of(slip: &Slip, id: OrderId, by: BySlip) -> Option<Told> {
    let told = slip.orders.iter().find(|told| told.order.id == id)?;
    Some(Told::new(told.order.clone(), by.version, None))
}
