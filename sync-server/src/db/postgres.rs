//! PostgreSQL's side of the layer: a blocking connection over tokio-postgres, because a transaction of this server is
//! one straight piece of code on one thread.

use std::collections::HashMap;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::{Bulk, DbError, Kind, Row, Value};

/// Only one server process may write into a database; the number is this program's own.
const WRITER_LOCK: i64 = 0x7875_6e64;
/// How long a machine may take to answer a new connection, or to acknowledge what was sent, unless the address says
/// otherwise. One that went without a word would hold the writer for a quarter of an hour.
const UNHEARD: Duration = Duration::from_secs(10);
/// Only one process writes at a time: the server, or a command beside it. Held from the beginning of a transaction to its end,
/// as SQLite's own lock is.
const TURN_LOCK: i64 = 0x7875_7475;
/// A machine that goes without a word leaves its session behind, and with it the locks: the database asks for it itself.
const ASK_FOR_US: &str =
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
                          SET tcp_user_timeout = 25000";
/// Turns of the runtime after which everything that has come was read: one for the socket, one for the connection's task,
/// and as many again.
const TURNS: usize = 4;
/// Stands for what TEXT cannot hold: `MARK 0` is NUL, `MARK 1` the mark itself. A noncharacter, which no honest text has.
const MARK: char = '\u{FDD0}';

/// The runtime of one connection. It may end on a thread that must not wait, as a value of an async task does.
struct Driver(Option<Runtime>);

impl Driver {
    fn start() -> std::io::Result<Self> {
        Ok(Self(Some(tokio::runtime::Builder::new_current_thread().enable_all().build()?)))
    }

    /// Runs to its end; everything that was spawned runs meanwhile.
    fn block_on<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DbError> {
        let runtime = self.0.as_ref().ok_or(DbError::Stopped)?;
        Ok(runtime.block_on(work)?)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// One connection with its prepared statements.
pub struct Connection {
    client: Client,
    runtime: Driver,
    statements: HashMap<String, Statement>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("statements", &self.statements.len()).finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn open(url: &str, is_the_server: bool) -> Result<Self, DbError> {
        let runtime = Driver::start()?;
        let config = patient(url.parse()?);
        let client = runtime.block_on(async {
            let (client, connection) = config.connect(NoTls).await?;
            // It runs whenever the runtime does: during every call on this connection.
            tokio::spawn(connection);
            Ok(client)
        })?;
        let mut open = Self { client, runtime, statements: HashMap::new() };
        open.batch(ASK_FOR_US)?;
        if is_the_server {
            let taken =
                open.query("SELECT CAST(pg_try_advisory_lock($1) AS INT)", &[Value::Int(WRITER_LOCK)])?;
            if taken.first().is_none_or(|row| row.get::<i64>(0).unwrap_or(0) == 0) {
                return Err(DbError::InUse);
            }
        }
        Ok(open)
    }

    /// Whether the database has not ended it.
    pub(super) fn is_open(&self) -> bool {
        // What the other end said last is heard only while the runtime turns.
        let heard = self.runtime.block_on(async {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            Ok(())
        });
        heard.is_ok() && !self.client.is_closed()
    }

    pub(super) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DbError> {
        let statement = self.prepare(sql)?;
        self.runtime.block_on(self.client.execute(&statement, &by_reference(values)))
    }

    pub(super) fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        let statement = self.prepare(sql)?;
        let rows = self.runtime.block_on(self.client.query(&statement, &by_reference(values)))?;
        rows.iter().map(read).collect()
    }

    pub(super) fn query_each(&mut self, sql: &str, ids: &[Value]) -> Result<Vec<Row>, DbError> {
        // One look into the index per id. `= ANY($1)` reads the whole table for as long as the statement is known, if the
        // table was small when it was prepared.
        let statement = self.prepare(&format!(
            "SELECT found.* FROM UNNEST($1::BYTEA[]) wanted (id) CROSS JOIN LATERAL ({sql} = wanted.id OFFSET 0) found"
        ))?;
        let bytes = |id: &Value| if let Value::Blob(bytes) = id { Some(bytes.clone()) } else { None };
        let ids: Vec<Vec<u8>> = ids.iter().filter_map(bytes).collect();
        let rows = self.runtime.block_on(self.client.query(&statement, &[&ids]))?;
        rows.iter().map(read).collect()
    }

    pub(super) fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.runtime.block_on(self.client.batch_execute(sql))
    }

    /// Begins a writing transaction when it is this process's turn.
    pub(super) fn begin(&mut self) -> Result<(), DbError> {
        self.batch(&format!("BEGIN; SELECT pg_advisory_xact_lock({TURN_LOCK})"))
    }

    pub(super) fn insert_many(&mut self, bulk: &Bulk, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
        let names: Vec<_> = bulk.columns.iter().map(|(name, _)| *name).collect();
        let arrays: Vec<_> =
            (1..).zip(bulk.columns).map(|(n, (_, kind))| format!("${n}::{}[]", type_name(*kind))).collect();
        let sql = format!(
            "INSERT INTO {} ({}) SELECT * FROM UNNEST({}) {}",
            bulk.table,
            names.join(", "),
            arrays.join(", "),
            bulk.tail
        );
        let mut columns: Vec<Column> = bulk.columns.iter().map(|(_, kind)| Column::of(*kind)).collect();
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        let statement = self.prepare(&sql)?;
        let values: Vec<&(dyn ToSql + Sync)> = columns.iter().map(Column::as_sql).collect();
        self.runtime.block_on(self.client.execute(&statement, &values))?;
        Ok(())
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, DbError> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.runtime.block_on(self.client.prepare(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Waits for nobody for ever.
fn patient(mut config: Config) -> Config {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(UNHEARD);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNHEARD);
    }
    config
}

/// A text as TEXT can hold it, if it cannot be held as it is. A phone may put a NUL into what it seals, and it is kept
/// like every other byte.
pub(super) fn marked(text: &str) -> Option<String> {
    if !text.contains('\0') && !text.contains(MARK) {
        return None;
    }
    Some(text.replace(MARK, "\u{FDD0}1").replace('\0', "\u{FDD0}0"))
}

/// The text that [`marked`] was made of.
fn unmarked(text: String) -> String {
    if !text.contains(MARK) {
        return text;
    }
    text.replace("\u{FDD0}0", "\0").replace("\u{FDD0}1", "\u{FDD0}")
}

fn by_reference(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn read(row: &tokio_postgres::Row) -> Result<Row, DbError> {
    let mut values = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let value = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(index)?.map(Value::Int),
            Type::INT4 => row.try_get::<_, Option<i32>>(index)?.map(|n| Value::Int(i64::from(n))),
            Type::TEXT | Type::VARCHAR | Type::NAME => {
                row.try_get::<_, Option<String>>(index)?.map(|text| Value::Text(unmarked(text)))
            }
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index)?.map(Value::Blob),
            ref other => return Err(DbError::Column { column: index, reason: format!("has type {other}") }),
        };
        values.push(value.unwrap_or(Value::Null));
    }
    Ok(Row(values))
}

/// One column of many rows.
enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Blob(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Int => Self::Int(Vec::new()),
            Kind::Text => Self::Text(Vec::new()),
            Kind::Blob => Self::Blob(Vec::new()),
        }
    }

    /// A value of another type becomes NULL, which the column's NOT NULL then refuses.
    fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Int(column), Value::Int(n)) => column.push(Some(n)),
            (Self::Text(column), Value::Text(text)) => column.push(Some(marked(&text).unwrap_or(text))),
            (Self::Blob(column), Value::Blob(bytes)) => column.push(Some(bytes)),
            (Self::Int(column), _) => column.push(None),
            (Self::Text(column), _) => column.push(None),
            (Self::Blob(column), _) => column.push(None),
        }
    }

    fn as_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Int(column) => column,
            Self::Text(column) => column,
            Self::Blob(column) => column,
        }
    }
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "BIGINT",
        Kind::Text => "TEXT",
        Kind::Blob => "BYTEA",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_can_be_held_is_held_as_it_is() {
        for text in ["", "{}", "点库存 \u{1} 😀"] {
            assert_eq!((marked(text), unmarked(text.to_owned()).as_str()), (None, text));
        }
    }

    proptest::proptest! {
        #[test]
        fn what_cannot_be_held_comes_back(
            letters in proptest::collection::vec(proptest::sample::select(vec!['\0', MARK, '0', '1', '店']), 0..12),
        ) {
            let text: String = letters.into_iter().collect();
            let held = marked(&text).unwrap_or_else(|| text.clone());
            proptest::prop_assert!(!held.contains('\0'));
            proptest::prop_assert_eq!(unmarked(held), text);
        }
    }
}
