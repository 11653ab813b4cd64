//! The product behind a SKU: how it is packed, ordered and kept. Its price is `price`.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::id::Sku;
use crate::quantity::{CaseSize, Pack};
use crate::time::BusinessDate;

coded_enum! {
    /// In what a store orders: full cases 箱, or the unit itself (提, 包).
    OrderUnit {
        /// 箱
        Case = "case",
        /// 提, 包: the smallest sellable unit
        Unit = "unit",
    }
}

coded_enum! {
    /// 季节性.
    Season {
        /// The same all year.
        Flat = "FLAT",
        /// More in summer.
        Summer = "SUMMER",
        /// More around holidays.
        Holiday = "HOLIDAY",
    }
}

/// One SKU as the office keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// 商品编码.
    pub sku: Sku,
    /// 品名; not unique.
    pub name: String,
    /// 品牌.
    pub brand: String,
    /// 品类.
    pub category: String,
    /// 系列.
    pub series: String,
    /// Grams or millilitres as printed.
    pub spec: String,
    /// Name of the smallest sellable unit, as the office writes it (袋, 瓶).
    pub unit: String,
    /// 箱规.
    pub case: CaseSize,
    /// 订货单位.
    pub order_unit: OrderUnit,
    /// 起订倍数, in order units.
    pub order_multiple: std::num::NonZeroU32,
    /// 保质期; `None` = no expiry checks.
    pub shelf_life_days: Option<u32>,
    /// 新品期, both days included.
    pub new_window: Option<(BusinessDate, BusinessDate)>,
    /// First day of sale.
    pub launch: BusinessDate,
    /// 季节性.
    pub season: Season,
    /// 系数 of the 1.5× rule, in hundredths.
    pub coefficient_hundredths: u32,
    /// Place in the fixed brand/package order of the count screen.
    pub position: u32,
}

impl Product {
    /// Units in one of what it is ordered by: a case by 箱, else 1.
    pub fn order_unit_units(&self) -> u32 {
        match self.order_unit {
            OrderUnit::Case => self.case.get(),
            OrderUnit::Unit => 1,
        }
    }

    /// The smallest step of an order: units per case × multiple by 箱, else the multiple (1-field 1.4).
    pub fn pack(&self) -> Pack {
        Pack::new(self.order_unit_units().saturating_mul(self.order_multiple.get())).unwrap_or(Pack::ONE)
    }

    /// 品名 with series and spec, each said once: the same taste comes as bag and as bucket, and nobody may load the
    /// wrong one.
    pub fn full_name(&self) -> String {
        let mut name = self.name.clone();
        for part in [&self.series, &self.spec] {
            if !name.contains(part.as_str()) {
                name = format!("{name} {part}");
            }
        }
        name
    }

    /// Whether it counts as a new product on this date.
    pub fn is_new_on(&self, date: BusinessDate) -> bool {
        self.new_window.is_some_and(|(from, to)| from <= date && date <= to)
    }
}
