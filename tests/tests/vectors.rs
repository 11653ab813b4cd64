//! Golden files of the wire, read by every program that speaks it. A change here is a change of the contract: write it
//! with `XUNDIAN_WRITE_VECTORS=1 cargo test -p xundian-tests --test vectors` and say why in the commit.

use std::path::PathBuf;

use ed25519_dalek::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use xundian_domain::delivery::DeliveryResult;
use xundian_domain::order::{GiftLine, Order, OrderAmended, OrderCancelled, OrderLine, PaymentForm, Promise};
use xundian_domain::order_state::{OrderState, Outcome};
use xundian_domain::promotion::{PromoUse, Used};
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::visit::stock_count::{CountRow, Entry, PlaceCount, StockCount};
use xundian_domain::visit::{
    Competitor, Display, DistanceBand, FailedReason, OrderConfirmation, StepOutcome, Steps, SuggestedOrder,
    Visit, VisitEnd, Whereabouts,
};
use xundian_domain::{CaseSize, Fen, InstallId, OrderId, RecordId, Sku, StoreId, Units, VisitId};
use xundian_protocol::hello::{HelloAnswer, HelloRequest};
use xundian_protocol::journal::{Envelope, ImportSecret, Journal, JournalFact, Opener, Sealing};
use xundian_protocol::push::{
    Answered, Flag, HeldCode, Kind, OrderEffect, Private, PushAnswer, PushRequest, Record, Standing, Verdict,
    Went,
};
use xundian_protocol::slip::{Goods, Names, Place, Slip, SlipOrder, read};
use xundian_protocol::tables::OrderStanding;
use xundian_protocol::{PROTO, Refusal, RefusalCode};

type Done = Result<(), Box<dyn std::error::Error>>;

/// The value is exactly the file, and the file is exactly the value.
fn golden<T: Serialize + DeserializeOwned>(name: &str, value: &T) -> Done {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors")).join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(value)? + "\n";
    if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() {
        std::fs::write(&file, &text)?;
    }
    let known = std::fs::read_to_string(&file)?;
    assert_eq!(known, text, "{name}.json is not what is sent");
    let read: T = serde_json::from_str(&known)?;
    assert_eq!(serde_json::to_string_pretty(&read)? + "\n", known, "{name}.json does not survive reading");
    Ok(())
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x019f_0000_0000_7000_8000_0000_0000_0000 + n)
}

fn stamp(mono_ms: i64) -> Stamp {
    Stamp { wall: Millis(1_785_114_000_000), mono_ms, boot: id(90), server_offset_ms: Some(-412) }
}

fn standing() -> Standing {
    Standing {
        epoch: id(91),
        acked_dseq: 7,
        durable_upto: 0,
        server_time: 1_785_150_000_000,
        push_records: 500,
    }
}

fn order() -> Result<Order, Box<dyn std::error::Error>> {
    let case = CaseSize::new(24).ok_or("no case")?;
    Ok(Order {
        id: OrderId(id(3)),
        store: StoreId::from_number("QD010001".parse()?),
        lines: vec![OrderLine {
            sku: "21010019".parse()?,
            intended: Units(48),
            confirmed: Units(24),
            case,
            case_price: Fen(4600),
            amount: Fen(4600),
            discounted: vec![],
        }],
        gifts: vec![GiftLine { sku: "22070012".parse()?, units: Units(6), promo: "P2601".parse()? }],
        pick_ups: vec![],
        cuts: Fen(300),
        promos: vec![PromoUse {
            promo: "P2605".parse()?,
            used: Used { times: 1, qty_thousandths: 0 },
            cut: Fen(300),
        }],
        promise: Promise { day: "2026-07-28".parse()?, window: Some("09:00-10:00".parse()?) },
        payment: PaymentForm::WeChat,
    })
}

fn visit() -> Result<Visit, Box<dyn std::error::Error>> {
    let row = CountRow {
        sku: "21010019".parse()?,
        entry: Entry::Stepped,
        shelf: PlaceCount::Counted(Units(5)),
        backroom: PlaceCount::NotCounted,
        cooler: PlaceCount::NotCounted,
        expiry: Some("2026-09-01".parse()?),
    };
    let steps = Steps {
        stock_count: StepOutcome::Done(StockCount { rows: vec![row], ..StockCount::default() }),
        suggested_order: StepOutcome::Done(SuggestedOrder { lines: vec![] }),
        display: StepOutcome::Done(Display::default()),
        competitor: StepOutcome::Done(Competitor { facts: vec![] }),
        order_confirmation: StepOutcome::Done(OrderConfirmation::Order(Box::new(order()?))),
    };
    Ok(Visit {
        id: VisitId(id(1)),
        store: StoreId::from_number("QD010001".parse()?),
        planned: true,
        date: "2026-07-27".parse()?,
        check_in: stamp(1_000),
        check_out: stamp(181_000),
        whereabouts: Whereabouts { band: DistanceBand::Near, mock: false },
        end: VisitEnd::Worked { steps: Box::new(steps) },
    })
}

#[test]
fn facts_are_as_they_were() -> Done {
    golden("visit_closed", &visit()?)?;
    let photo = None;
    let failed = Visit { end: VisitEnd::Failed { reason: FailedReason::Closed, photo }, ..visit()? };
    golden("visit_failed", &failed)?;
    golden("order_amended", &OrderAmended { base_version: 1, order: order()? })?;
    let reason = "owner_changed_mind".parse()?;
    golden("order_cancelled", &OrderCancelled { base_version: 1, order: OrderId(id(3)), reason })?;
    golden("delivery_result", &DeliveryResult::in_full(RecordId(id(5)), &order()?, Millis(1_785_200_000_000)))
}

#[test]
fn a_slip_is_read_as_it_was_written_once() -> Done {
    let order = |version, n| -> Result<SlipOrder, Box<dyn std::error::Error>> {
        Ok(SlipOrder { version, order: Order { id: OrderId(id(n)), ..order()? } })
    };
    let orders = vec![order(1, 3)?, order(2, 4)?];
    let slip = Slip { date: "2026-07-27".parse()?, rep: "ZY01".parse()?, orders };
    golden("slip", &slip)?;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/slip-block.txt");
    let key = SigningKey::from_bytes(&[7; 32]);
    if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() {
        std::fs::write(file, slip.seal(InstallId(id(9)), &key)?.text(&slip, &Codes)?)?;
    }
    // Compressors may write other bytes one day: what was sent once is read for ever.
    let sealed = read(&std::fs::read_to_string(file)?).remove(0)?;
    assert!(sealed.is_signed_by(&key.verifying_key()));
    assert_eq!((sealed.install(), sealed.open()?), (InstallId(id(9)), slip));
    Ok(())
}

/// Codes for names.
struct Codes;

impl Names for Codes {
    fn store(&self, _: StoreId) -> Place {
        Place { name: "寿张路小卖部".to_owned(), number: "QD010001".parse().ok(), ..Place::default() }
    }

    fn goods(&self, sku: Sku) -> Goods {
        Goods { name: sku.to_string(), unit: "瓶".to_owned(), case: CaseSize::ONE }
    }
}

#[test]
fn messages_are_as_they_were() -> Done {
    let record = Record {
        dseq: 7,
        id: RecordId(id(2)),
        kind: Kind::VisitClosed,
        v: 1,
        captured: stamp(181_000),
        date: "2026-07-27".parse()?,
        body: "{\"sealed\":\"bytes\"}".to_owned(),
        private: Some(Private {
            owner: None,
            receiver: Some("王老板娘".to_owned()),
            phone: None,
            owner_code: Some("0042".parse()?),
            fixes: vec![(120.3051, 36.0635, 12.0)],
        }),
        went: None,
        refused: None,
        held: None,
    };
    let install_id = InstallId(id(9));
    golden(
        "push_request",
        &PushRequest {
            proto: PROTO,
            install_id,
            epoch_seen: Some(id(91)),
            now: stamp(200_000),
            last_dseq: 7,
            records: vec![record],
        },
    )?;
    let public_key = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=".to_owned();
    golden(
        "hello_request",
        &HelloRequest {
            proto: PROTO,
            install_id,
            public_key,
            code: "UDXR2TMB".to_owned(),
            renew: None,
            was: None,
        },
    )?;
    golden(
        "hello_answer",
        &HelloAnswer {
            token: "opaque".to_owned(),
            rep: "ZY01".parse()?,
            phone: None,
            closed: false,
            import_key: Some("h0sWbT3dyTE3UFKrfIIDcyWTLqUGDgIYVuyCKHHfLFk=".to_owned()),
            standing: standing(),
        },
    )?;
    let refusal = Refusal { acked_dseq: Some(7), ..Refusal::new(RefusalCode::Gap, "the server has 7") };
    golden("refusal", &refusal)
}

#[test]
fn verdicts_are_as_they_were() -> Done {
    let sheet: xundian_domain::order_state::SheetNo = "D01-20260728.1".parse()?;
    let effect = |went| Some(OrderEffect { order: OrderId(id(3)), went, instead_of: None });
    let verdicts = [
        Verdict::Applied { order: None, flags: vec![] },
        Verdict::Applied {
            order: effect(Went::Waiting { day: "2026-07-28".parse()?, late: false }),
            flags: vec![Flag::PriceStale, Flag::PromoCap],
        },
        Verdict::Applied { order: effect(Went::Difference { sheet }), flags: vec![] },
        Verdict::Applied { order: effect(Went::AlreadyDelivered), flags: vec![] },
        Verdict::Parked { missing: id(4) },
        Verdict::Held { code: HeldCode::CaptureTime },
        Verdict::ConflictPayload,
        Verdict::Rejected { code: "stale_base".parse()?, current: Some(2) },
    ];
    let verdicts =
        verdicts.into_iter().map(|verdict| Answered { id: RecordId(id(2)), verdict, replayed: false });
    golden("push_answer", &PushAnswer { standing: standing(), verdicts: verdicts.collect() })?;
    let store = StoreId::from_number("QD010001".parse()?);
    let ended = OrderState::Ended { outcome: Outcome::Short, sheet };
    golden("order_state", &OrderStanding { store, version: 2, state: ended, opened: false })
}

/// Made once and never again: a file that a phone wrote years ago must open.
fn kept_journal() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/journal-1.xdj");
    if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() && !std::fs::exists(file)? {
        let signer = SigningKey::from_bytes(&[7; 32]);
        let company = Some(ImportSecret::from_bytes([5; 32]).public());
        let sealing = Sealing { made_at: Millis(1_785_150_000_000), signer: &signer, company };
        let mut next = 0u8;
        let (bytes, code) = journal()?.seal(&sealing, &mut |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(29);
            }
        })?;
        assert_eq!(code.to_string(), JOURNAL_CODE);
        std::fs::write(file, bytes)?;
    }
    Ok(std::fs::read(file)?)
}

const JOURNAL_CODE: &str = "GDA7-41YV-RNJF";

fn journal() -> Result<Journal, Box<dyn std::error::Error>> {
    let fact = |dseq, n, kind: &str, body: &str| -> Result<_, Box<dyn std::error::Error>> {
        Ok(JournalFact {
            dseq,
            id: RecordId(id(n)),
            kind: kind.to_owned().into(),
            v: 1,
            captured: stamp(181_000),
            date: "2026-07-27".parse()?,
            body: body.to_owned(),
        })
    };
    let facts = vec![
        fact(0, 6, "store_opened", "{}")?,
        fact(7, 2, "visit_closed", "{ \"点库存\" : [1] }")?,
        fact(8, 7, "store_dreamt", "bytes that no program knows\n")?,
    ];
    Ok(Journal { install: InstallId(id(9)), rep: "ZY01".parse()?, facts })
}

#[test]
fn a_journal_of_every_version_can_be_read() -> Done {
    let file = kept_journal()?;
    let envelope = Envelope::read(&file)?;
    assert_eq!((envelope.install, envelope.made_at), (InstallId(id(9)), Millis(1_785_150_000_000)));
    let (secret, code) = (ImportSecret::from_bytes([5; 32]), JOURNAL_CODE.parse()?);
    assert_eq!(Journal::open(&envelope, &Opener::Company(&secret))?, journal()?);
    assert_eq!(Journal::open(&envelope, &Opener::Code(&code))?, journal()?);
    Ok(())
}
