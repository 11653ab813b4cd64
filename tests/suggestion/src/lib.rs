//! Replays real daily sales under each suggestion policy and compares them at equal stock. The policies are the domain's
//! own; nothing here decides a quantity. `split.json` holds what was fixed before the first tuning run.

pub mod chance;
pub mod compare;
pub mod plan;
pub mod plot;
pub mod replay;
pub mod report;
pub mod sales;
pub mod speed;
pub mod teacher;
pub mod totals;

/// What can go wrong: a file.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Not there, or cannot be written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// A table that cannot be read.
    #[error("{0} is no table of sales: {1}")]
    Table(String, csv::Error),
    /// A row without sense.
    #[error("line {0}: {1}")]
    Row(u64, String),
    /// JSON.
    #[error("the json cannot be used: {0}")]
    Json(#[from] serde_json::Error),
    /// Nothing to judge.
    #[error("{0}")]
    Empty(&'static str),
}

/// What most functions return.
pub type Outcome<T> = Result<T, Trouble>;
