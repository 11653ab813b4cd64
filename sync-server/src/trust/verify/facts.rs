//! The facts, each with the verdict that holds now.

use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, RecordId, RepNo, StoreId};
use xundian_protocol::push::{Flag, Verdict, Went};

use crate::db::{DbError, Row, Tx};

/// One fact with the verdict that holds now.
pub(super) struct Fact {
    pub(super) id: RecordId,
    pub(super) rep: RepNo,
    pub(super) kind: String,
    pub(super) version: u32,
    pub(super) store: Option<StoreId>,
    pub(super) body: String,
    pub(super) captured: Millis,
    /// Effective business date; `None` = it came to an older server, which kept none.
    pub(super) date: Option<BusinessDate>,
    pub(super) verdict: Verdict,
    /// Since when it holds, if it is not the first.
    pub(super) later: Option<Millis>,
    /// When it took effect, to the millisecond: what two phones sent in one has no order here.
    pub(super) since: Millis,
}

impl Fact {
    /// The doubts that the phone was told of.
    pub(super) fn flags(&self) -> &[Flag] {
        if let Verdict::Applied { flags, .. } = &self.verdict { flags } else { &[] }
    }
}

/// Facts in the order of their receipt.
pub(super) struct Facts(pub(super) Vec<Fact>);

impl Facts {
    pub(super) fn load(tx: &mut Tx<'_>) -> Result<Self, DbError> {
        let rows = tx.query(
            "SELECT f.id, f.rep, f.kind, f.version, f.store, f.body, f.captured, f.effective, coalesce(v.verdict, f.verdict), v.at,
                    coalesce(v.at, f.received)
             FROM fact f LEFT JOIN fact_verdict v ON v.fact = f.id
             ORDER BY coalesce(v.at, f.received),
             (SELECT min(dseq) FROM pushed p WHERE p.install = f.install AND p.id = f.id), f.id",
            &[],
        )?;
        let read = |row: &Row| {
            Ok(Fact {
                id: row.get(0)?,
                rep: row.get(1)?,
                kind: row.get(2)?,
                version: row.get(3)?,
                store: row.get(4)?,
                body: row.get(5)?,
                captured: row.get(6)?,
                date: row.get(7)?,
                verdict: row.json(8)?,
                later: row.get(9)?,
                since: row.get(10)?,
            })
        };
        Ok(Self(rows.iter().map(read).collect::<Result<_, DbError>>()?))
    }

    pub(super) fn applied<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a Fact, Option<Went>)> {
        self.0.iter().filter(move |fact| fact.kind == kind).filter_map(|fact| match &fact.verdict {
            Verdict::Applied { order, .. } => Some((fact, order.map(|effect| effect.went))),
            _ => None,
        })
    }
}
