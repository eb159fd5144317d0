//! `gurux-ami`: read, write, decode, scan and simulate meters of any protocol.
#![forbid(unsafe_code)]

use std::process::ExitCode;

mod capture;
mod exit;

fn main() -> ExitCode {
    exit::Exit::Ok.into()
}
