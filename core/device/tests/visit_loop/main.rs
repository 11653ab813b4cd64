//! The visit loop through the façade, on a real file with hand-made master data. "The app dies" = the phone is dropped
//! and opened again from its file, which is all that a dead app leaves behind.

#[cfg(test)]
mod changes;
#[cfg(test)]
#[path = "../common/mod.rs"]
mod common;
#[cfg(test)]
mod day;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod lights;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod photos;
#[cfg(test)]
mod slips;
#[cfg(test)]
mod streets;
#[cfg(test)]
mod visits;
