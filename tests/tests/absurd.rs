//! A phone that lies: every value of every kind of fact is replaced by absurd ones, one after the other, and pushed as a
//! phone that knows its key would. Nothing dies, every record gets its word, and only the liar's own facts are spoiled.

use serde_json::{Value, json};
use xundian_device::store::{NewFact, Store as File};
use xundian_domain::stamp::Stamp;
use xundian_domain::store::StoreOpened;
use xundian_domain::{BusinessDate, RecordId, Units};
use xundian_protocol::codec;
use xundian_protocol::push::{Kind, PushAnswer, PushRequest, Record, Verdict};
use xundian_protocol::tables::Contact;
use xundian_protocol::{PROTO, limits};
use xundian_server::orders::sheets_of_day;
use xundian_server::sheets::{SheetDocument, to_csv, to_pdf, to_receipt, to_xlsx};
use xundian_server::text::{Language, Texts};
use xundian_server::trust::verify;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

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
        let (at, date) = (self.phone.phone.stamp()?, self.phone.phone.date()?);
        let mut records = Vec::new();
        for body in bodies {
            records.push(self.record(kind, body, at, date));
        }
        let install: uuid::Uuid =
            File::open(&self.phone.file)?.setting("install")?.ok_or("no install")?.parse()?;
        let message = PushRequest {
            proto: PROTO,
            install_id: xundian_domain::InstallId(install),
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
        Record { dseq, id, kind, v: 1, captured, date, body, private: None, went: None }
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
