//! `xundian-server`: the one binary. It reads its arguments and calls the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    xundian_server::command::main()
}
