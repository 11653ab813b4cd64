//! Orders on their way: from ingest to the sheet, its differences, and what the driver reports. All of it runs inside
//! a transaction of the writer; the rules are `xundian-domain`'s.

mod book;
mod catch_up;
mod freeze;
mod lost;
mod opening;
mod promo_use;
mod replan;
mod result;
mod result_desk;
mod row;
mod settle;
mod sheet;
mod slip;
mod slip_desk;
mod store_decision;
mod why_missed;

pub use book::OrderBook;
pub(crate) use catch_up::{Author, Before, before};
pub(crate) use freeze::MAKE_UP_DAYS;
pub use freeze::{FreezeError, due_freezes, freeze, give_up_unreported};
pub use lost::{LostPaper, lost_sheets, make_again};
pub use opening::{accept, open};
pub(crate) use opening::{all_opened, on_sheet};
pub(crate) use promo_use::{is_over_cap, used_by_key, uses_count};
pub use replan::replan_waiting;
pub use result::{Cause, ResultRefused, Taken, record_result, try_code};
pub(crate) use result::{is_endless, is_known, is_rebooked};
pub use result_desk::{KeptResult, KeptWord, decide_kept, kept_results};
pub use row::{BySlip, OrderRow};
pub use settle::amount_due;
pub use sheet::{Sheet, SheetBody, give_to_van, load_sheet, sheets_of_day, van_plan};
pub use slip::{Desk, Doubt, Fate, SlipTaken, take_slip};
pub use slip_desk::{HeldSlip, decide_slip, held_slips};
pub use store_decision::{DecisionError, decide_store};
pub(crate) use why_missed::{begin_why_missed, is_why_missed_told, tell_why_missed};
