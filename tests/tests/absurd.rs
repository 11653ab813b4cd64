//! A phone that lies: every value of every kind of fact, and of every message around them, is replaced by absurd ones, one
//! after the other, and sent as a phone that knows its key would. Nothing dies, every record and every message gets its word,
//! and only the liar's own facts are spoiled.

use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use xundian_device::store::{NewFact, Store as File};
use xundian_domain::stamp::Stamp;
use xundian_domain::store::StoreOpened;
use xundian_domain::{BusinessDate, InstallId, RecordId, Units};
use xundian_protocol::blobs::HaveRequest;
use xundian_protocol::day::DayRequest;
use xundian_protocol::hello::{Grant, HelloRequest, PhoneRoot};
use xundian_protocol::push::{HeldCode, Kind, Private, PushAnswer, PushRequest, Record, Verdict, Went};
use xundian_protocol::tables::Contact;
use xundian_protocol::{PROTO, Refusal, codec, limits, sign};
use xundian_server::app::App;
use xundian_server::db::DbError;
use xundian_server::orders::sheets_of_day;
use xundian_server::sheets::{SheetDocument, to_csv, to_pdf, to_receipt, to_xlsx};
use xundian_server::sync::service::{Answered, Asked, answer};
use xundian_server::text::{Language, Texts};
use xundian_server::trust::verify;
use xundian_tests::desk::sound;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

/// What no honest phone writes.
fn absurd() -> Vec<Value> {
    vec![
        json!(i64::MAX),
        json!(u64::MAX),
        json!(u32::MAX),
        json!(-1),
        json!(0),
        json!(1e308),
        json!(0.5),
        json!(""),
        json!("𠮷😀\u{0}\u{202e}"),
        json!("=1+cmd|'/c calc'!A0"),
        json!("9".repeat(20_000)),
        json!("9999-12-31"),
        json!("-262143-01-01"),
        json!("../../etc/passwd"),
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!([[[[[[[[[]]]]]]]]]),
    ]
}

/// The places of all values, inner ones too.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, inner)| places(inner, &format!("{at}/{name}"), into));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, inner)| places(inner, &format!("{at}/{n}"), into));
        }
        _ => {}
    }
}

/// Every absurdity in every place, and every place left out; ids that must be fresh are.
fn lies(honest: &str) -> Outcome<Vec<String>> {
    let honest: Value = serde_json::from_str(honest)?;
    let mut found = Vec::new();
    places(&honest, "", &mut found);
    let mut lies = Vec::new();
    for place in &found {
        for value in absurd() {
            let mut lie = honest.clone();
            *lie.pointer_mut(place).ok_or("no such place")? = value;
            lies.push(fresh(&lie, &honest));
        }
    }
    Ok(lies)
}

/// Another visit, another order: what is known already would only be a conflict.
fn fresh(lie: &Value, honest: &Value) -> String {
    let mut text = lie.to_string();
    let confirmation = "/steps/order_confirmation/done";
    for place in ["/id", &format!("{confirmation}/id"), &format!("{confirmation}/order/id")] {
        if let Some(id) = honest.pointer(place).and_then(Value::as_str) {
            text = text.replace(id, &uuid::Uuid::now_v7().to_string());
        }
    }
    text
}

/// Pushes bodies as this phone's facts, behind what it has pushed; gives the words about them.
struct Liar {
    phone: TownPhone,
    next: u64,
}

impl Liar {
    fn push(&mut self, kind: &str, bodies: Vec<String>) -> Outcome<Vec<Verdict>> {
        let facts = bodies.into_iter().map(|body| (kind.to_owned(), body)).collect();
        self.push_facts(facts)
    }

    fn push_facts(&mut self, facts: Vec<(String, String)>) -> Outcome<Vec<Verdict>> {
        let (at, date) = (self.phone.phone.stamp()?, self.phone.phone.date()?);
        let records = facts.into_iter().map(|(kind, body)| self.record(&kind, body, at, date)).collect();
        self.push_records(records, at)
    }

    fn push_records(&mut self, records: Vec<Record>, at: Stamp) -> Outcome<Vec<Verdict>> {
        let install: uuid::Uuid =
            File::open(&self.phone.file)?.setting("install")?.ok_or("no install")?.parse()?;
        let message = PushRequest {
            proto: PROTO,
            install_id: InstallId(install),
            epoch_seen: None,
            now: at,
            last_dseq: self.next - 1,
            records,
        };
        let answer = self.phone.ask("/v1/push", codec::encode(&message, limits::PUSH_BYTES)?)?;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let answer: PushAnswer = codec::decode(&answer.body, limits::PULL_BYTES)?;
        assert_eq!(answer.verdicts.len(), message.records.len(), "each gets its word");
        Ok(answer.verdicts.into_iter().map(|answered| answered.verdict).collect())
    }

    fn record(&mut self, kind: &str, body: String, captured: Stamp, date: BusinessDate) -> Record {
        let dseq = self.next;
        self.next += 1;
        let (id, kind) = (RecordId(uuid::Uuid::now_v7()), Kind::from(kind.to_owned()));
        Record {
            dseq,
            id,
            kind,
            v: 1,
            captured,
            date,
            body,
            private: None,
            went: None,
            refused: None,
            held: None,
        }
    }
}

/// An honest fact of every kind, as the phone seals it.
fn honest_facts(town: &Town) -> Outcome<Vec<NewFact>> {
    let mut phone = town.phone("ZY03")?;
    let store = phone.route()?[0];
    let order = phone.visit(store, &[("21010019", 5, 24), ("22070012", 8, 75)])?.ok_or("no order")?;
    phone.phone.amend_order(order.id, &[("21010019".parse()?, Units(48))])?;
    phone.phone.cancel_order(order.id, "owner".parse()?)?;
    let known = town.app.catalogue().stores[&store].clone();
    let opened = StoreOpened { name: "新店".into(), ..town.new_store(known.id)? };
    phone.phone.open_store(opened, known.distributor, known.price_list, None, None)?;
    phone.phone.note_store(store, "周三走后门")?;
    phone.phone.change_contact(store, Contact::default())?;
    phone.phone.close_day()?;
    Ok(File::open(&phone.file)?.waiting(100)?.into_iter().map(|fact| fact.sealed).collect())
}

/// Everything that is made of what came: the sheets of the next days in all their forms.
fn sheets_can_be_made(town: &Town) -> Outcome<()> {
    let (catalogue, now) = (town.app.catalogue(), town.app.now());
    let texts = Texts::of(Language::Chinese);
    for distributor in catalogue.distributors.keys() {
        for day in 1..5 {
            let day = MONDAY.parse::<BusinessDate>()?.plus_days(day);
            for sheet in town.app.db().read_now(|tx| sheets_of_day(tx, *distributor, day))? {
                let document =
                    town.app.db().read_now(|tx| SheetDocument::make(tx, &catalogue, &sheet, None, now))?;
                to_pdf(&document, town.app.fonts()?, &texts)?;
                to_xlsx(&document, &texts)?;
                to_csv(&document, &texts);
                to_receipt(&document, &texts);
            }
        }
    }
    Ok(())
}

#[test]
fn no_value_of_any_fact_kills_the_server_or_spoils_what_is_others() {
    let judged = Town::new().and_then(|town| judge(&town));
    assert!(judged.is_ok(), "{judged:?}");
}

fn judge(town: &Town) -> Outcome<()> {
    let mut honest = town.phone("ZY01")?;
    let store = honest.route()?[0];
    let order = honest.visit(store, &[("21010019", 5, 24)])?.ok_or("no order")?;
    let facts = honest_facts(town)?;
    town.at(MONDAY, "18:00")?;
    honest.sync()?;
    let kept = "SELECT count(*) FROM store_order WHERE rep = 'ZY01' AND version = 1 AND waiting = 1";
    assert_eq!(town.count(kept)?, 1);
    let (mut lied, mut taken) = (0, 0);
    for fact in &facts {
        for batch in lies(&fact.body)?.chunks(400) {
            // A day's limit is for one phone.
            let mut liar = Liar { phone: town.phone("ZY02")?, next: 1 };
            let small: Vec<String> = batch.iter().filter(|lie| lie.len() < 400_000).cloned().collect();
            for part in small.chunks(40) {
                let verdicts = liar.push(&fact.kind, part.to_vec())?;
                lied += verdicts.len();
                taken += verdicts.iter().filter(|word| matches!(word, Verdict::Applied { .. })).count();
            }
        }
    }
    assert!(lied > 2_000 && taken > 0, "{lied} lies, {taken} taken");
    assert_eq!(town.app.db().read_now(verify)?, []);
    // The evening comes for all, the honest order on its sheet.
    town.at("2026-07-28", "21:00")?;
    town.app.tick()?;
    sheets_can_be_made(town)?;
    let mine = format!("SELECT count(*) FROM sheet WHERE day = '2026-07-28' AND body LIKE '%{}%'", order.id);
    assert_eq!(town.count(&mine)?, 1, "the honest order is on its sheet");
    assert_eq!(town.app.db().read_now(verify)?, []);
    // Others go on pulling and pushing.
    honest.sync()?;
    assert!(!honest.phone.today()?.stops.is_empty());
    let mut neighbour = town.phone("ZY02")?;
    assert!(!neighbour.phone.today()?.stops.is_empty(), "even the liar's next phone works");
    Ok(())
}

#[test]
fn a_raw_nul_costs_its_own_record_and_no_other_one() {
    sound(|town| {
        let mut liar = Liar { phone: town.phone("ZY02")?, next: 1 };
        let store = liar.phone.route()?[0];
        let note = |text: &str| ("store_note".to_owned(), json!({"store": store, "text": text}).to_string());
        let with_nul = |kind: &str, body: &str| (kind.to_owned(), body.to_owned());
        let facts = vec![
            note("before"),
            with_nul("visit_closed", "{\"id\":\"\0\"}"),
            with_nul("store\0dreamt", "{}"),
            with_nul("store_dreamt", "\0\u{fdd0}0"),
            note("behind"),
        ];
        let words = liar.push_facts(facts)?;
        let applied = Verdict::Applied { order: None, flags: Vec::new() };
        assert_eq!((&words[0], &words[4]), (&applied, &applied));
        let undecodable = Verdict::Rejected { code: "undecodable".parse()?, current: None };
        assert_eq!(words[1], undecodable);
        let held = Verdict::Held { code: HeldCode::UnknownKind };
        assert!(words[2..4].iter().all(|word| *word == held || *word == undecodable), "{words:?}");
        // Its bytes are kept as they were sealed.
        let in_place = "SELECT f.kind, f.body FROM fact f JOIN pushed p ON p.id = f.id ORDER BY p.dseq";
        let rows = town.app.db().read_now(|tx| tx.query(in_place, &[]))?;
        let kept = rows.iter().map(|row| Ok::<_, DbError>((row.get(0)?, row.get(1)?)));
        let kept: Vec<(String, String)> = kept.collect::<Result<_, _>>()?;
        assert_eq!(
            kept[1..4],
            [
                with_nul("visit_closed", "{\"id\":\"\0\"}"),
                with_nul("store\0dreamt", "{}"),
                with_nul("store_dreamt", "\0\u{fdd0}0"),
            ]
        );
        assert!(town.count("SELECT count(*) FROM quarantine WHERE reason = 'undecodable'")? > 0);
        Ok(())
    });
}

/// What no message of an honest phone says in the place of a value.
fn extreme(instead_of: &Value) -> Vec<Value> {
    let stamp = |n: i64| json!([n, n, uuid::Uuid::nil(), n]);
    let mut values = absurd();
    values.extend([
        json!(i64::MIN),
        json!("\u{0}"),
        json!("0000-01-01"),
        json!(uuid::Uuid::nil()),
        stamp(i64::MIN),
        stamp(i64::MAX),
        json!([i64::MIN, 0, uuid::Uuid::nil(), null]),
        json!([i64::MIN, 0, uuid::Uuid::nil(), i64::MIN]),
        json!([i64::MAX, 0, uuid::Uuid::nil(), i64::MAX]),
        json!({"waiting": {"day": "9999-12-31"}}),
        json!({"waiting": {"day": "0000-01-01", "late": true}}),
        json!({"difference": {"sheet": "D01-99991231.4294967295"}}),
        json!("already_delivered"),
        json!("cancelled"),
        json!([[1e308, -1e308, 1e308]]),
    ]);
    values.extend(["visit_closed", "order_cancelled", "store_opened", "day_closed"].map(|kind| json!(kind)));
    if instead_of.is_string() {
        values.push(json!("x".repeat(500_000)));
    }
    values
}

/// Every extreme value in every place, with the place.
fn extremes(honest: &Value) -> Outcome<Vec<(String, Value)>> {
    let mut found = Vec::new();
    places(honest, "", &mut found);
    let mut all = Vec::new();
    for place in found {
        let instead_of = honest.pointer(&place).ok_or("no such place")?;
        all.extend(extreme(instead_of).into_iter().map(|value| (place.clone(), value)));
    }
    Ok(all)
}

fn with(honest: &Value, place: &str, value: Value) -> Outcome<Value> {
    let mut lie = honest.clone();
    *lie.pointer_mut(place).ok_or("no such place")? = value;
    Ok(lie)
}

/// A phone's own line to the service: signed, whatever it says.
struct Line<'a> {
    app: &'a App,
    phone: TownPhone,
    identity: (InstallId, String, SigningKey),
    at: Stamp,
    date: BusinessDate,
    /// Its next place.
    next: u64,
}

impl<'a> Line<'a> {
    fn of(town: &Town, app: &'a App, rep: &str) -> Outcome<Self> {
        let mut phone = town.phone(rep)?;
        let (identity, at, date) = (phone.identity()?, phone.phone.stamp()?, phone.phone.date()?);
        Ok(Self { app, phone, identity, at, date, next: 1 })
    }

    fn ask(&self, path: &str, message: &Value) -> Outcome<Answered> {
        let (install, token, key) = &self.identity;
        // Longer than any door is wide.
        let body = codec::encode(message, 4 << 20)?;
        let signature = sign::Request { method: "POST", path, install: *install, body: &body }.sign(key);
        let asked = Asked {
            method: "POST".to_owned(),
            path: path.to_owned(),
            install: Some(*install),
            token: Some(token.clone()),
            signature: Some(signature),
            body,
            from: None,
        };
        Ok(answer(self.app, &asked))
    }

    /// One fact in its envelope, in the next place.
    fn envelope(&self, kind: &str, body: String) -> Outcome<Value> {
        let text = || Some("王".to_owned());
        let fixes = vec![(120.38, 36.06, 12.0)];
        let private = Private { owner: text(), receiver: text(), phone: text(), owner_code: None, fixes };
        let record = Record {
            dseq: self.next,
            id: RecordId(uuid::Uuid::now_v7()),
            kind: Kind::from(kind.to_owned()),
            v: 1,
            captured: self.at,
            date: self.date,
            body,
            private: Some(private),
            went: Some(Went::Waiting { day: self.date.plus_days(1), late: false }),
            refused: Some("stale_base".parse()?),
            held: Some(HeldCode::CaptureTime),
        };
        let message = PushRequest {
            proto: PROTO,
            install_id: self.identity.0,
            epoch_seen: Some(self.app.epoch()),
            now: self.at,
            last_dseq: self.next,
            records: vec![record],
        };
        Ok(serde_json::to_value(message)?)
    }

    /// Pushes it; says whether the server took it. Every record of it has its word then.
    fn push(&mut self, message: &Value) -> Outcome<bool> {
        let answered = self.ask("/v1/push", message)?;
        if !is_taken(&answered)? {
            return Ok(false);
        }
        let told: PushAnswer = codec::decode(&answered.body, limits::PULL_BYTES)?;
        let records = message.pointer("/records").and_then(Value::as_array).map_or(0, Vec::len);
        assert_eq!(told.verdicts.len(), records, "each gets its word");
        self.next = told.standing.acked_dseq + 1;
        Ok(true)
    }

    /// Pushes facts in envelopes with one lie each, in the places that count, and an honest one behind them; gives how many
    /// lies were taken.
    fn lie(
        &mut self,
        kind: &str,
        fact: impl Fn() -> String,
        counts: impl Fn(&str) -> bool,
    ) -> Outcome<usize> {
        let mut taken = 0;
        for (place, value) in extremes(&self.envelope(kind, fact())?)? {
            if !counts(&place) {
                continue;
            }
            let text = value.to_string();
            // What was taken has its place: each is built anew.
            let lie = with(&self.envelope(kind, fact())?, &place, value)?;
            let pushed = self.push(&lie).map_err(|why| format!("{place} = {text:.60}: {why}"))?;
            taken += usize::from(pushed);
        }
        let honest = self.envelope(kind, fact())?;
        assert!(self.push(&honest)?, "the honest one behind them");
        Ok(taken)
    }
}

/// Whether a message was taken; else it was refused in words that tell its phone what to do, and not because something
/// broke.
fn is_taken(answered: &Answered) -> Outcome<bool> {
    if answered.status == 200 {
        return Ok(true);
    }
    let refusal: Refusal = codec::decode(&answered.body, limits::SMALL_BYTES)?;
    match answered.status {
        400..500 if refusal.code.status() == answered.status => Ok(false),
        status => Err(format!("{status}: {refusal:?}").into()),
    }
}

/// Where the times and days of a push stand, and what it says about paper.
fn is_time(place: &str) -> bool {
    let times = ["/now", "/records/0/captured", "/records/0/date", "/records/0/went"];
    times.iter().any(|time| place.starts_with(time))
}

/// The visit of another rep, to be pushed again and again under other ids.
fn visit_of_another(town: &Town) -> Outcome<Value> {
    let visit = honest_facts(town)?.into_iter().find(|fact| fact.kind == "visit_closed");
    Ok(serde_json::from_str(&visit.ok_or("no visit")?.body)?)
}

#[test]
fn no_value_of_the_envelope_of_a_push_stops_a_row_or_the_server() {
    on_both(|town| {
        let visit = visit_of_another(town)?;
        let mut line = Line::of(town, &town.app, "ZY02")?;
        let store = line.phone.route()?[0];
        let note = || json!({"store": store, "text": "后门"}).to_string();
        let taken = line.lie("store_note", note, |place| !is_time(place))?;
        assert!(taken > 50, "{taken}");
        let mut line = Line::of(town, &town.app, "ZY02")?;
        let taken = line.lie("visit_closed", || fresh(&visit, &visit), is_time)?;
        assert!(taken > 30, "{taken}");
        assert_eq!(town.app.db().read_now(verify)?, []);
        town.at("2026-07-28", "21:00")?;
        town.app.tick()?;
        sheets_can_be_made(town)?;
        assert_eq!(town.app.db().read_now(verify)?, []);
        Ok(())
    });
}

#[test]
fn no_time_of_a_push_stops_a_row_or_the_server_after_a_restore() {
    on_both(|town| {
        let visit = visit_of_another(town)?;
        town.restored()?;
        let app = town.started_again()?;
        let mut line = Line::of(town, &app, "ZY02")?;
        let taken = line.lie("visit_closed", || fresh(&visit, &visit), is_time)?;
        assert!(taken > 30, "{taken}");
        app.tick()?;
        Ok(())
    });
}

#[test]
fn what_travels_beside_a_visit_does_not_spoil_the_sheet_of_others() {
    on_both(|town| {
        let visit = visit_of_another(town)?;
        let mut line = Line::of(town, &town.app, "ZY02")?;
        let honest = line.envelope("visit_closed", fresh(&visit, &visit))?;
        // More than the number of a place can hold.
        let lie = with(&honest, "/records/0/private/fixes", json!([[1e308, -1e308, 1e308]]))?;
        line.push(&lie)?;
        town.at("2026-07-28", "21:00")?;
        town.app.tick()?;
        sheets_can_be_made(town)
    });
}

#[test]
fn no_value_of_the_other_messages_is_more_than_refused() {
    on_both(|town| {
        let line = Line::of(town, &town.app, "ZY02")?;
        let install = line.identity.0;
        let key = sign::public_key(&line.identity.2);
        let phone = PhoneRoot { root: install, since: town.app.now() };
        let was = Grant { public_key: key.clone(), rep: "ZY02".parse()?, phone, before: vec![install] };
        let hello = HelloRequest {
            proto: PROTO,
            install_id: InstallId(uuid::Uuid::now_v7()),
            public_key: key,
            code: "AAAAAAAA".to_owned(),
            renew: Some(install),
            was: Some(was),
        };
        let facts = vec![(RecordId(uuid::Uuid::now_v7()), "00".repeat(32))];
        let day = DayRequest { date: MONDAY.parse()?, facts };
        let have = HaveRequest { sha256: vec!["ab".repeat(32)] };
        let messages = [
            ("/v1/day", serde_json::to_value(day)?),
            ("/v1/blobs/have", serde_json::to_value(have)?),
            ("/v1/hello", serde_json::to_value(hello)?),
        ];
        for (door, honest) in messages {
            for (place, value) in extremes(&honest)? {
                let lie = with(&honest, &place, value)?;
                is_taken(&line.ask(door, &lie)?).map_err(|why| format!("{door}{place}: {why}"))?;
            }
            assert!(is_taken(&line.ask(door, &honest)?)?, "{door}");
        }
        Ok(())
    });
}
