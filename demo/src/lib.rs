//! The demo: two weeks of a city. Reps, owners and drivers are simulated from a seed; the phone core, the server, the
//! wire and the files are the real ones. It uses public doors only.

mod canvas;
pub mod chance;
pub mod city;
pub mod clock;
pub mod dispatchers;
pub mod drivers;
pub mod office;
pub mod owner;
pub mod phones;
pub mod report;
pub mod run;
mod scene;
pub mod shelf;
