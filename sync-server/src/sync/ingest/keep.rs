//! What a batch leaves in the tables: facts with their bytes, private parts, places, what waits, quarantine, the watermark.
//! What a fact does is `effects`.

use xundian_domain::StoreId;
use xundian_domain::stamp::Millis;
use xundian_domain::store_word::CONTACT_CHARS;
use xundian_protocol::push::{Private, Verdict};

use super::{Batch, Judged, PushError, Pushed, text};
use crate::db::{Bulk, DbError, Kind, Tx};
use crate::sync::private::{CAME, forgotten_stores, has_contact, in_time, marks, without_contact};
use crate::sync::record::Parsed;

/// Of a visit: at check-in and at check-out.
const FIXES: usize = 2;

const FACTS: Bulk = Bulk {
    table: "fact",
    columns: &[
        ("id", Kind::Blob),
        ("install", Kind::Blob),
        ("rep", Kind::Text),
        ("kind", Kind::Text),
        ("version", Kind::Int),
        ("date", Kind::Text),
        ("store", Kind::Blob),
        ("captured", Kind::Int),
        ("received", Kind::Int),
        ("body", Kind::Text),
        ("hash", Kind::Blob),
        ("verdict", Kind::Text),
        ("effective", Kind::Text),
        ("unverified", Kind::Int),
    ],
    tail: "",
};
const PUSHED: Bulk = Bulk {
    table: "pushed",
    columns: &[
        ("install", Kind::Blob),
        ("dseq", Kind::Int),
        ("id", Kind::Blob),
        ("hash", Kind::Blob),
        ("date", Kind::Text),
        ("closing", Kind::Int),
    ],
    tail: "",
};
const PARKED: Bulk = Bulk {
    table: "parked",
    columns: &[("fact", Kind::Blob), ("missing", Kind::Blob)],
    tail: "ON CONFLICT (fact) DO UPDATE SET missing = excluded.missing",
};
const HELD: Bulk = Bulk {
    table: "held",
    columns: &[("fact", Kind::Blob), ("code", Kind::Text)],
    tail: "ON CONFLICT (fact) DO NOTHING",
};

/// As a phone's screens could have made it: sheets and pages show these texts, and a number that is none cannot be read again.
fn bounded(private: &Private) -> Private {
    let short = |text: &Option<String>| {
        text.as_ref().map(|text| text.chars().take(CONTACT_CHARS).collect::<String>())
    };
    let is_place = |(lng, lat, accuracy): &&(f64, f64, f32)| {
        (-180.0..=180.0).contains(lng) && (-90.0..=90.0).contains(lat) && accuracy.is_finite()
    };
    Private {
        owner: short(&private.owner),
        receiver: short(&private.receiver),
        phone: short(&private.phone),
        owner_code: private.owner_code,
        fixes: private.fixes.iter().filter(is_place).take(FIXES).copied().collect(),
    }
}

impl Batch<'_> {
    /// A new fact, with the word that was said about it.
    pub(super) fn keep(
        &mut self,
        tx: &mut Tx<'_>,
        parsed: Parsed,
        judged: &Judged,
        verdict: &Verdict,
    ) -> Result<(), DbError> {
        let store = parsed.content.store();
        self.count_new(&parsed.record.body);
        match verdict {
            Verdict::Parked { missing } => self.parked.push(vec![parsed.record.id.into(), (*missing).into()]),
            Verdict::Held { code } => self.held.push(vec![parsed.record.id.into(), code.as_str().into()]),
            _ => {}
        }
        self.keep_private(tx, &parsed, judged)?;
        let Parsed { record, hash, .. } = parsed;
        self.facts.push(vec![
            record.id.into(),
            self.device.install.into(),
            self.device.rep.into(),
            record.kind.as_str().into(),
            record.v.into(),
            record.date.into(),
            store.into(),
            judged.captured.at.into(),
            self.now.into(),
            record.body.into(),
            hash.into(),
            text(verdict)?.into(),
            judged.date.into(),
            judged.captured.unverified.into(),
        ]);
        Ok(())
    }

    /// What travels beside a fact counts for the day like its bytes. What may not be kept any longer is not; its row is, so that
    /// nothing is brought back.
    pub(super) fn keep_private(
        &mut self,
        tx: &mut Tx<'_>,
        parsed: &Parsed,
        judged: &Judged,
    ) -> Result<(), DbError> {
        let Some(private) = &parsed.record.private else { return Ok(()) };
        let (store, today) = (parsed.content.store(), self.catalogue.zone().date(self.now));
        let mut private = in_time(bounded(private), judged.date, today);
        if has_contact(&private) && self.is_forgotten(tx, store, judged.captured.at)? {
            private = without_contact(private);
        }
        let [since, of] = marks(&private, judged.date, store);
        let private = text(&private)?;
        self.count_bytes(&private);
        self.private.push(vec![parsed.record.id.into(), private.into(), since, of]);
        Ok(())
    }

    /// Whether the people of a store asked to be forgotten since then.
    fn is_forgotten(
        &mut self,
        tx: &mut Tx<'_>,
        store: Option<StoreId>,
        since: Millis,
    ) -> Result<bool, DbError> {
        let Some(store) = store else { return Ok(false) };
        if self.forgotten.is_none() {
            self.forgotten = Some(forgotten_stores(tx)?);
        }
        let asked = self.forgotten.as_ref().and_then(|forgotten| forgotten.get(&store));
        Ok(asked.is_some_and(|asked| *asked >= since))
    }

    /// Keeps bytes that take no effect; says whether they are new here.
    pub(super) fn quarantine(&self, tx: &mut Tx<'_>, parsed: &Parsed, reason: &str) -> Result<bool, DbError> {
        let rows = tx.execute(
            "INSERT INTO quarantine (id, install, hash, reason, received, body) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id, hash) DO NOTHING",
            &[
                parsed.record.id.into(),
                self.device.install.into(),
                parsed.hash.into(),
                reason.into(),
                self.now.into(),
                parsed.record.body.as_str().into(),
            ],
        )?;
        Ok(rows > 0)
    }

    /// Writes everything: effects, facts with their places, what waits, and the watermark, in this order.
    pub(super) fn write(
        mut self,
        tx: &mut Tx<'_>,
        last_dseq: u64,
        heard: Millis,
    ) -> Result<Pushed, PushError> {
        self.write_effects(tx)?;
        tx.insert_many(&FACTS, std::mem::take(&mut self.facts))?;
        tx.insert_many(&CAME, std::mem::take(&mut self.private))?;
        tx.insert_many(&PUSHED, std::mem::take(&mut self.pushed))?;
        tx.insert_many(&PARKED, std::mem::take(&mut self.parked))?;
        tx.insert_many(&HELD, std::mem::take(&mut self.held))?;
        tx.execute(
            "UPDATE install SET acked_dseq = $2, last_dseq = $3, last_captured = $5,
             last_contact = CASE WHEN last_contact > $4 THEN last_contact ELSE $4 END WHERE id = $1",
            &[
                self.device.install.into(),
                self.acked.into(),
                last_dseq.into(),
                heard.into(),
                self.previous.into(),
            ],
        )?;
        Ok(Pushed {
            verdicts: self.verdicts,
            acked_dseq: self.acked,
            durable_upto: self.install.durable_upto,
            conflicts: self.conflicts,
            has_new_master: self.has_new_master,
            came: self.came,
        })
    }
}
