//! What the server says to whoever runs it, line by line: where the lines go is decided where the server is put together
//! ([`crate::app::App::start_with`]).

use std::fmt::Display;

/// Where the lines go. It is copied to wherever something may have to be said.
#[derive(Debug, Clone, Copy)]
pub struct Log(fn(&str));

impl Log {
    /// To the error output, behind the name of the program.
    pub const STDERR: Self = Self(to_stderr);
    /// To nobody.
    pub const SILENT: Self = Self(to_nobody);

    /// Through a door of one's own; a line comes without its end.
    pub const fn to(door: fn(&str)) -> Self {
        Self(door)
    }

    /// Says a line.
    pub fn say(self, line: impl Display) {
        (self.0)(&line.to_string());
    }
}

fn to_stderr(line: &str) {
    eprintln!("xundian-server: {line}");
}

fn to_nobody(_: &str) {}
