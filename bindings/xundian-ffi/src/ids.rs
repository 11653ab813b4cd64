//! Ids cross as the trade's room says.

use uuid::Uuid;

uniffi::use_remote_type!(xundian_domain::Uuid);
