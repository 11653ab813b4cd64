//! Values between the program and either engine: integers, texts, bytes, nothing.

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;
use xundian_domain::stamp::Millis;
use xundian_domain::{
    BusinessDate, DistributorNo, Fen, InstallId, OrderId, PromoNo, RecordId, RepNo, Sku, StoreId, VisitId,
};

use super::DbError;
use super::postgres::marked;

/// A parameter or a stored value. Ids are 16 bytes, times are milliseconds, dates are texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// BIGINT.
    Int(i64),
    /// TEXT.
    Text(String),
    /// BYTEA.
    Blob(Vec<u8>),
}

/// The type of a column, for bulk inserts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// BIGINT.
    Int,
    /// TEXT.
    Text,
    /// BYTEA.
    Blob,
}

macro_rules! into_value {
    ($($from:ty => |$of:ident| $value:expr),+ $(,)?) => {$(
        impl From<$from> for Value {
            fn from($of: $from) -> Self {
                $value
            }
        }
    )+};
}

into_value! {
    i64 => |n| Self::Int(n),
    u32 => |n| Self::Int(i64::from(n)),
    u64 => |n| Self::Int(i64::try_from(n).unwrap_or(i64::MAX)),
    bool => |yes| Self::Int(i64::from(yes)),
    Millis => |at| Self::Int(at.0),
    Fen => |amount| Self::Int(amount.0),
    String => |text| Self::Text(text),
    &str => |text| Self::Text(text.to_owned()),
    Vec<u8> => |bytes| Self::Blob(bytes),
    &[u8] => |bytes| Self::Blob(bytes.to_vec()),
    [u8; 32] => |bytes| Self::Blob(bytes.to_vec()),
    Uuid => |id| Self::Blob(id.as_bytes().to_vec()),
    StoreId => |id| id.0.into(),
    VisitId => |id| id.0.into(),
    OrderId => |id| id.0.into(),
    RecordId => |id| id.0.into(),
    InstallId => |id| id.0.into(),
    BusinessDate => |date| Self::Text(date.to_string()),
    RepNo => |no| Self::Text(no.to_string()),
    DistributorNo => |no| Self::Text(no.to_string()),
    Sku => |no| Self::Text(no.to_string()),
    PromoNo => |no| Self::Text(no.to_string()),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What can be read from a stored value.
pub trait FromValue: Sized {
    /// `None` if the value is of another type.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! from_value {
    ($($to:ty => $pattern:pat => $value:expr),+ $(,)?) => {$(
        impl FromValue for $to {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $pattern => $value,
                    _ => None,
                }
            }
        }
    )+};
}

from_value! {
    i64 => Value::Int(n) => Some(*n),
    u32 => Value::Int(n) => u32::try_from(*n).ok(),
    u64 => Value::Int(n) => u64::try_from(*n).ok(),
    bool => Value::Int(n) => Some(*n != 0),
    Millis => Value::Int(n) => Some(Millis(*n)),
    Fen => Value::Int(n) => Some(Fen(*n)),
    String => Value::Text(text) => Some(text.clone()),
    Vec<u8> => Value::Blob(bytes) => Some(bytes.clone()),
    [u8; 32] => Value::Blob(bytes) => bytes.as_slice().try_into().ok(),
    Uuid => Value::Blob(bytes) => Uuid::from_slice(bytes).ok(),
    StoreId => Value::Blob(bytes) => Uuid::from_slice(bytes).ok().map(StoreId),
    VisitId => Value::Blob(bytes) => Uuid::from_slice(bytes).ok().map(VisitId),
    OrderId => Value::Blob(bytes) => Uuid::from_slice(bytes).ok().map(OrderId),
    RecordId => Value::Blob(bytes) => Uuid::from_slice(bytes).ok().map(RecordId),
    InstallId => Value::Blob(bytes) => Uuid::from_slice(bytes).ok().map(InstallId),
    BusinessDate => Value::Text(text) => text.parse().ok(),
    RepNo => Value::Text(text) => text.parse().ok(),
    DistributorNo => Value::Text(text) => text.parse().ok(),
    PromoNo => Value::Text(text) => text.parse().ok(),
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub(super) Vec<Value>);

impl Row {
    /// A column, from 0.
    ///
    /// # Errors
    /// [`DbError::Column`].
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T, DbError> {
        let value = self.0.get(column).unwrap_or(&Value::Null);
        T::from_value(value).ok_or_else(|| DbError::Column { column, reason: format!("found {value:?}") })
    }

    /// A column that holds JSON.
    ///
    /// # Errors
    /// [`DbError::Column`].
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, DbError> {
        let unreadable = |reason: String| DbError::Column { column, reason };
        match self.0.get(column) {
            Some(Value::Text(text)) => serde_json::from_str(text).map_err(|why| unreadable(why.to_string())),
            other => Err(unreadable(format!("found {other:?}"))),
        }
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) => n.to_sql(ty, out),
            Self::Text(text) => match marked(text) {
                Some(marked) => marked.to_sql(ty, out),
                None => text.to_sql(ty, out),
            },
            Self::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
/// JSON for a column.
///
/// # Errors
/// [`DbError::Column`]; the types of the trade can all be written.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|why| DbError::Column { column: 0, reason: why.to_string() })
}
