//! What visits told of competitors, read page by page. Visits count that took effect: what is held, refused or in quarantine has no
//! row among them, and of two copies of one visit the first does.

use xundian_domain::visit::Visit;
use xundian_domain::visit::competitor::CompetitorFact;
use xundian_domain::{BusinessDate, StoreId, VisitId};

use crate::db::{DbError, Row, Tx};

/// Visits that are read at a time: memory, not speed.
const VISITS_OF_A_PAGE: u32 = 200;

/// The facts of one visit.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) rep: String,
    pub(crate) store: StoreId,
    /// Effective business date.
    pub(crate) date: BusinessDate,
    pub(crate) facts: Vec<CompetitorFact>,
    /// Why it tells nothing, if it cannot be read.
    pub(crate) unread: Option<DbError>,
}

/// Behind which visit a page begins.
#[derive(Debug)]
pub(crate) struct Place {
    date: BusinessDate,
    rep: String,
    visit: VisitId,
}

impl Place {
    /// Before the first visit of a date.
    pub(crate) fn before(date: BusinessDate) -> Self {
        Self { date, rep: String::new(), visit: VisitId(uuid::Uuid::nil()) }
    }
}

/// The next page, and the place behind it; `None` = there are no more visits.
///
/// # Errors
/// A failing database.
pub(crate) fn told_behind(tx: &mut Tx<'_>, place: &mut Place) -> Result<Option<Vec<Told>>, DbError> {
    let rows = tx.query(
        "SELECT v.date, v.rep, v.id, v.store, f.body FROM visit v JOIN fact f ON f.id = v.fact
         WHERE v.date >= $1 AND (v.date > $1 OR v.rep > $2 OR (v.rep = $2 AND v.id > $3)) AND v.result <> 'failed'
         ORDER BY v.date, v.rep, v.id LIMIT $4",
        &[place.date.into(), place.rep.as_str().into(), place.visit.into(), VISITS_OF_A_PAGE.into()],
    )?;
    let Some(last) = rows.last() else { return Ok(None) };
    *place = Place { date: last.get(0)?, rep: last.get(1)?, visit: last.get(2)? };
    rows.iter().map(read).collect::<Result<_, _>>().map(Some)
}

/// A visit that cannot be read tells nothing, and keeps nobody else's from being told.
fn read(row: &Row) -> Result<Told, DbError> {
    let (facts, unread) = match row.json::<Visit>(4) {
        Ok(visit) => (visit.competitor_facts().to_vec(), None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Ok(Told { date: row.get(0)?, rep: row.get(1)?, store: row.get(3)?, facts, unread })
}
