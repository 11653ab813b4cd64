//! The sync server: turns confirmed orders into delivery sheets.
//! The rules are in `xundian-domain`; this room stores, serves and prints.

pub mod app;
pub mod command;
pub mod competitor;
pub mod db;
mod ends;
pub mod import;
pub mod learning;
pub mod log;
pub mod master;
pub mod orders;
pub mod photos;
pub mod print;
mod setting;
pub mod sheets;
pub mod sync;
pub mod text;
pub mod trust;
pub mod web;
