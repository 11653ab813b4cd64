//! One changed line of a visit, as the screens save it: which step it belongs to and what replaces what.
//! Putting lines together at check-out is `assemble`.

use serde::{Deserialize, Serialize};
use xundian_domain::id::ReasonCode;
use xundian_domain::order::{PaymentForm, PickUp, Promise};
use xundian_domain::suggestion::decision::Fallback;
use xundian_domain::suggestion::opening::Gap;
use xundian_domain::suggestion::{Inputs, PolicyKind};
use xundian_domain::visit::PhotoRef;
use xundian_domain::visit::Step;
use xundian_domain::visit::competitor::CompetitorFact;
use xundian_domain::visit::display::CheckMade;
use xundian_domain::visit::stock_count::{CountRow, DeliverySeen, Facings, Inflow, Outflow};
use xundian_domain::{Sku, Units};

/// A suggestion as it was shown: it stays as it was, whatever is learnt later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Advised {
    /// What.
    pub sku: Sku,
    /// Everything the suggestion used.
    pub inputs: Inputs,
    /// In whole packs; `None` = there was no number.
    pub suggested: Option<Units>,
    /// Whose number it is; drafts of before knew the rule alone.
    #[serde(default = "PolicyKind::of_old_documents")]
    pub policy: PolicyKind,
    /// Why it is not the chosen policy's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// What the other policy would have suggested, in whole packs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Units>,
    /// The number opens a shelf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Gap>,
}

/// 收货人: who takes the delivery. Travels beside the visit's fact (1-field 1.10).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Receiver {
    /// Whom the driver asks for.
    pub name: String,
    /// Their telephone.
    pub phone: String,
}

/// A line of the open visit. Saving a line with the key of an earlier one replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// 1: one counted SKU.
    Count(CountRow),
    /// 1: the count of a SKU was questioned, and the rep says that it stands.
    Stands {
        /// What.
        sku: Sku,
        /// The count that was questioned; another one is asked about again.
        units: Units,
    },
    /// 1: the answer to "did it come?".
    DeliverySeen(DeliverySeen),
    /// 1: came in elsewhere.
    Inflow(Inflow),
    /// 1: left as a return.
    Outflow(Outflow),
    /// 1: to be taken back.
    PickUp(PickUp),
    /// 1: facings of a category.
    Facings(Facings),
    /// 2: all suggestions that were shown.
    Advised(Vec<Advised>),
    /// 2: what the owner wants of a SKU, with the reason if it differs from the suggestion.
    Intention {
        /// What.
        sku: Sku,
        /// How many.
        units: Units,
        /// Why not as suggested.
        reason: Option<ReasonCode>,
    },
    /// 3: a check of the standard.
    Check(CheckMade),
    /// 3: a SKU stands on the shelf.
    OnShelf(Sku),
    /// 3: POP pieces placed.
    PopPlaced(u32),
    /// 3: a photo before the work.
    PhotoBefore(PhotoRef),
    /// 3: a photo after it.
    PhotoAfter(PhotoRef),
    /// 4: something a competitor does.
    Competitor(CompetitorFact),
    /// 5: what was agreed for a SKU, where it is not the intention.
    Confirmed {
        /// What.
        sku: Sku,
        /// How many.
        units: Units,
    },
    /// 5: when it comes.
    Promise(Promise),
    /// 5: how it is paid.
    Payment(PaymentForm),
    /// 5: who takes it, if not the store's contact.
    Receiver(Receiver),
    /// 5: no order today.
    NoOrder(ReasonCode),
    /// The step is finished as it stands; an empty one says "looked, nothing there".
    Finished(Step),
    /// The step is left out.
    Skip {
        /// Which.
        step: Step,
        /// Why.
        reason: ReasonCode,
    },
}

impl Line {
    /// The step it is shown in.
    pub fn step(&self) -> Step {
        match self {
            Self::Count(_)
            | Self::Stands { .. }
            | Self::DeliverySeen(_)
            | Self::Inflow(_)
            | Self::Outflow(_)
            | Self::PickUp(_)
            | Self::Facings(_) => Step::StockCount,
            Self::Advised(_) | Self::Intention { .. } => Step::SuggestedOrder,
            Self::Check(_)
            | Self::OnShelf(_)
            | Self::PopPlaced(_)
            | Self::PhotoBefore(_)
            | Self::PhotoAfter(_) => Step::Display,
            Self::Competitor(_) => Step::Competitor,
            Self::Confirmed { .. }
            | Self::Promise(_)
            | Self::Payment(_)
            | Self::Receiver(_)
            | Self::NoOrder(_) => Step::OrderConfirmation,
            Self::Finished(step) | Self::Skip { step, .. } => *step,
        }
    }

    /// What it replaces within its step: two lines of one key cannot stand side by side. Finishing and skipping a
    /// step exclude each other, so they share a key.
    pub fn key(&self) -> String {
        match self {
            Self::Count(row) => format!("count/{}", row.sku),
            Self::Stands { sku, .. } => format!("stands/{sku}"),
            Self::DeliverySeen(seen) => format!("seen/{}", seen.order),
            Self::Inflow(inflow) => format!("in/{}/{}", inflow.sku, inflow.source),
            Self::Outflow(outflow) => format!("out/{}", outflow.sku),
            Self::PickUp(pick_up) => format!("pick_up/{}", pick_up.sku),
            Self::Facings(facings) => format!("facings/{}", facings.category),
            Self::Advised(_) => "advised".to_owned(),
            Self::Intention { sku, .. } => format!("intention/{sku}"),
            Self::Check(check) => format!("check/{:05}", check.no),
            Self::OnShelf(sku) => format!("shelf/{sku}"),
            Self::PopPlaced(_) => "pop".to_owned(),
            Self::PhotoBefore(photo) => format!("before/{}", photo.sha256),
            Self::PhotoAfter(photo) => format!("after/{}", photo.sha256),
            Self::Competitor(fact) => {
                format!("fact/{}/{}/{}/{}", fact.brand, fact.item, fact.kind, fact.value)
            }
            Self::Confirmed { sku, .. } => format!("confirmed/{sku}"),
            Self::Promise(_) => "promise".to_owned(),
            Self::Payment(_) => "payment".to_owned(),
            Self::Receiver(_) => "receiver".to_owned(),
            Self::NoOrder(_) => "no_order".to_owned(),
            Self::Finished(_) | Self::Skip { .. } => "end".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use xundian_domain::visit::stock_count::{Entry, PlaceCount};

    use super::*;

    fn sku() -> Sku {
        "21010019".parse().unwrap()
    }

    #[test]
    fn a_line_survives_its_draft() {
        let count = CountRow {
            sku: sku(),
            entry: Entry::Stepped,
            shelf: PlaceCount::Counted(Units(8)),
            backroom: PlaceCount::NotCounted,
            cooler: PlaceCount::NotCounted,
            expiry: None,
        };
        let lines = [
            Line::Count(count),
            Line::Intention { sku: sku(), units: Units(36), reason: None },
            Line::PopPlaced(2),
            Line::NoOrder("stock_enough".parse().unwrap()),
            Line::Skip { step: Step::Display, reason: "no_time".parse().unwrap() },
        ];
        for line in lines {
            let json = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<Line>(&json).unwrap(), line);
        }
    }

    #[test]
    fn a_second_thought_replaces_the_first() {
        let want = |units| Line::Intention { sku: sku(), units: Units(units), reason: None };
        assert_eq!(want(12).key(), want(24).key());
        let skip = Line::Skip { step: Step::Display, reason: "no_time".parse().unwrap() };
        assert_eq!(skip.key(), Line::Finished(Step::Display).key());
        assert_eq!(skip.step(), Step::Display);
    }

    #[test]
    fn different_things_stand_side_by_side() {
        let other = "21010026".parse().unwrap();
        assert_ne!(Line::OnShelf(sku()).key(), Line::OnShelf(other).key());
        let confirmed = Line::Confirmed { sku: sku(), units: Units(24) };
        assert_ne!(confirmed.key(), Line::Intention { sku: sku(), units: Units(24), reason: None }.key());
    }
}
