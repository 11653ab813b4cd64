//! What the judges share: a server with the city's master data on either database, and phones that talk to it over
//! real HTTP. Public doors only.

pub mod desk;
pub mod postgres;
pub mod town;
