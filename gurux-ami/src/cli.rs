//! The command line: what can be asked for. One file a command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::exit::{Exit, Failure};
use crate::output::Format;

mod decode;
mod demo;
mod encode;
mod export;
mod health;
mod listen;
mod poll;
mod profile;
mod read;
mod report;
mod scan;
mod simulate;
mod write;

/// Reads any meter, whatever it speaks.
#[derive(Parser, Debug)]
#[command(name = "gurux-ami", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 ok, 1 usage, 2 partial, 3 unreachable, 4 refused by the meter, \
                        5 invalid input."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Where the help shows what every command understands.
const EVERYWHERE: &str = "Options of every command";

/// What every command understands.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Common {
    /// How the result is written: a table for people, the others for programs
    #[arg(long, value_enum, default_value_t, global = true, help_heading = EVERYWHERE)]
    pub(crate) format: Format,
    /// Say more of what happens, on standard error; said twice, every octet
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = EVERYWHERE)]
    pub(crate) verbose: u8,
    /// Record every octet that passes, in the text format of recordings
    #[arg(long, value_name = "FILE", global = true, help_heading = EVERYWHERE)]
    pub(crate) trace: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    Demo(demo::Demo),
    Decode(decode::Decode),
    Encode(encode::Encode),
    Read(read::Read),
    Write(write::Write),
    Scan(scan::Scan),
    Listen(listen::Listen),
    Simulate(simulate::Simulate),
    Poll(poll::Poll),
    Health(health::Health),
    Report(report::Report),
    Export(export::Export),
    Profile(profile::Profile),
}

/// Runs the command line and says how it ended.
pub(crate) fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; all else is a usage error, which is 1 and not
            // clap's 2.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok };
        }
    };
    let result = match &cli.command {
        command if cli.common.format == Format::Xml && !matches!(command, Command::Decode(_)) => {
            Err(Failure::usage("--format xml is of decode alone"))
        }
        Command::Demo(demo) => demo.run(&cli.common),
        Command::Decode(decode) => decode.run(&cli.common),
        Command::Encode(encode) => encode.run(&cli.common),
        Command::Read(read) => read.run(&cli.common),
        Command::Write(write) => write.run(&cli.common),
        Command::Scan(scan) => scan.run(&cli.common),
        Command::Listen(listen) => listen.run(&cli.common),
        Command::Simulate(simulate) => simulate.run(&cli.common),
        Command::Poll(poll) => poll.run(&cli.common),
        Command::Health(health) => health.run(&cli.common),
        Command::Report(report) => report.run(&cli.common),
        Command::Export(export) => export.run(&cli.common),
        Command::Profile(profile) => profile.run(&cli.common),
    };
    match result {
        Ok(exit) => exit,
        Err(Failure { exit, sentence }) => {
            if !sentence.is_empty() {
                eprintln!("gurux-ami: {sentence}");
            }
            exit
        }
    }
}
