//! Step 4, 收集竞品资讯: what competitors do. Facts of several stores are merged by `competitor_merge`.

use serde::{Deserialize, Serialize};

use super::PhotoRef;
use crate::coded::coded_enum;
use crate::time::BusinessDate;

coded_enum! {
    /// 情报类型.
    FactKind {
        /// 新品
        NewProduct = "new_product",
        /// 价格
        Price = "price",
        /// 促销
        Promotion = "promotion",
        /// 陈列
        Display = "display",
        /// 政策
        Policy = "policy",
    }
}

/// One thing seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct CompetitorFact {
    /// 品牌
    pub brand: String,
    /// 品名
    pub item: String,
    /// Kind.
    pub kind: FactKind,
    /// What exactly, in the words of the pick list or the rep's.
    pub value: String,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<BusinessDate>,
    /// Proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<PhotoRef>,
}

/// What makes two sightings the same fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey<'a> {
    /// 品牌
    pub brand: &'a str,
    /// 品名
    pub item: &'a str,
    /// Kind.
    pub kind: FactKind,
    /// What exactly.
    pub value: &'a str,
}

impl CompetitorFact {
    /// "Seen in 12 stores since Monday" counts stores per key.
    pub fn key(&self) -> FactKey<'_> {
        FactKey { brand: &self.brand, item: &self.item, kind: self.kind, value: &self.value }
    }
}

/// The record of step 4; an empty list means that the rep looked and saw nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Competitor {
    /// Seen in this store.
    pub facts: Vec<CompetitorFact>,
}
