//! `gurux-ami encode`: messages as JSON to the octets that go on the wire.

use std::io::{Read, Write};

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value as Json, json};

use super::Common;
use crate::capture::to_hex;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output, Record};
use crate::{decode, encode};

/// Messages as JSON, in the form that decode writes, to the octets that go on the wire
///
/// The input is one object, a list of them, or one in each line. A message of Modbus needs
/// `direction`, `meter` with `unit`, and `message`, one of M-Bus `message` alone; `layers` or
/// --protocol names the framing.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  echo '{\"direction\":\"request\",\"meter\":{\"unit\":1},\
    \"message\":{\"function\":3,\"address\":107,\"count\":3}}' | gurux-ami encode -")]
pub(super) struct Encode {
    /// The protocol and framing, instead of what the message says
    #[arg(long, value_parser = PossibleValuesParser::new(decode::names()))]
    protocol: Option<String>,
    /// The name of a file, or - for standard input
    #[arg(value_name = "FILE|-")]
    file: String,
}

const COLUMNS: &[&str] = &["message", "octets", "error"];

impl Encode {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let text = self.read()?;
        let mut output = Output::stdout(common.format, COLUMNS);
        let (mut good, mut bad) = (0_usize, 0_usize);
        let messages = serde_json::Deserializer::from_str(&text).into_iter::<Json>();
        for message in messages {
            let message = message.map_err(|error| {
                Failure::invalid(format!("{}: this is not JSON: {error}", self.file))
            })?;
            let list = match message {
                Json::Array(list) => list,
                one => vec![one],
            };
            for message in list {
                let index = good + bad + 1;
                let encoded = encode::encode(&message, self.protocol.as_deref());
                match &encoded {
                    Ok(_) => good += 1,
                    Err(_) => bad += 1,
                }
                write_one(common.format, &mut output, index, encoded)?;
            }
        }
        output.finish()?;
        match (good, bad) {
            (0, 0) => Err(Failure::invalid(format!("{}: there is no message in it", self.file))),
            (_, 0) => Ok(Exit::Ok),
            (0, _) => Ok(Exit::Invalid),
            _ => Ok(Exit::Partial),
        }
    }

    fn read(&self) -> Result<String, Failure> {
        let text = if self.file == "-" {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| text)
        } else {
            std::fs::read_to_string(&self.file)
        };
        text.map_err(|error| Failure::invalid(format!("{} cannot be read: {error}", self.file)))
    }
}

/// People and pipes get plain hex, a line a message, which `decode` takes back; what is wrong
/// goes to standard error, so that the hex stays hex.
fn write_one<W: Write>(
    format: Format,
    output: &mut Output<W>,
    index: usize,
    encoded: Result<Vec<u8>, String>,
) -> Result<(), Failure> {
    if format == Format::Table {
        match encoded {
            Ok(octets) => writeln!(std::io::stdout().lock(), "{}", to_hex(&octets))?,
            Err(sentence) => eprintln!("gurux-ami: message {index}: {sentence}"),
        }
        return Ok(());
    }
    let (octets, error) = match encoded {
        Ok(octets) => (Some(to_hex(&octets)), None),
        Err(sentence) => (None, Some(sentence)),
    };
    output.record(Record {
        json: json!({ "message": index, "octets": octets, "error": error }),
        cells: vec![index.to_string(), octets.unwrap_or_default(), error.unwrap_or_default()],
    })
}
