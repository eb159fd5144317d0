//! `gurux-ami`: read, write, decode, scan and simulate meters of any protocol.
#![forbid(unsafe_code)]

use std::process::ExitCode;

mod capture;
mod cli;
mod decode;
mod encode;
mod exit;
mod output;

fn main() -> ExitCode {
    cli::run().into()
}
