//! `gurux-ami`: read, write, decode, scan and simulate meters of any protocol.
#![forbid(unsafe_code)]

use std::process::ExitCode;

mod capture;
mod cli;
mod connection;
mod counters;
mod decode;
mod encode;
mod exit;
mod interrupt;
mod meter;
mod output;
mod poll;
mod profiles;
mod progress;
mod random;
mod readings;
mod report;
mod scan;
mod schedule;
mod simulator;
mod site;
mod span;
mod store;
mod tally;

fn main() -> ExitCode {
    cli::run().into()
}
