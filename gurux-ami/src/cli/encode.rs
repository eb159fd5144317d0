//! `gurux-ami encode`: messages as JSON to the octets that go on the wire.

use std::io::{Read, Write};

use clap::Args;
use clap::builder::PossibleValuesParser;
use gurux_dlms::wire::SecurityControl;
use gurux_dlms::xml::from_xml_all;
use serde_json::{Value as Json, json};

use super::Common;
use crate::capture::to_hex;
use crate::encode::dlms;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output, Record};
use crate::{decode, encode};

/// Messages as JSON or XML, in the form that decode writes, to the octets that go on the wire
///
/// JSON is one object, a list of them, or one in each line. `layers`, `protocol` or --protocol says what it
/// is. A message of Modbus needs `direction`, `meter` with `unit`, and `message`; one of M-Bus `message`,
/// whose `records` are built from `readings` where it has none.
///
/// XML is that of DLMS/COSEM (decode --format xml), one message behind the other. --protocol frames them
/// (dlms-hdlc, dlms-wrapper, dlms-mbus), --seal ciphers them.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Encode {
    /// The protocol and framing, instead of what the message says
    #[arg(long, value_parser = PossibleValuesParser::new(decode::names()))]
    protocol: Option<String>,
    /// Who sends: an address of HDLC (16, or 1/17 for a server), a wPort, a service access point of
    /// M-Bus
    #[arg(long, value_name = "ADDRESS", help_heading = DLMS)]
    from: Option<String>,
    /// Who is to receive it
    #[arg(long, value_name = "ADDRESS", help_heading = DLMS)]
    to: Option<String>,
    /// The control field of HDLC: UI, "I 0/0 P", or its octet as two digits
    #[arg(long, value_parser = dlms::control, help_heading = DLMS)]
    control: Option<u8>,
    /// Cut messages into segments of so many octets
    #[arg(long, value_name = "OCTETS", value_parser = clap::value_parser!(u16).range(1..=2030),
          help_heading = DLMS)]
    max_info: Option<u16>,
    /// Protect messages; needs --key and --counter
    #[arg(long, value_enum, requires = "counter", help_heading = DLMS)]
    seal: Option<Protection>,
    /// The form of what is protected; the service's own if it has one, else general-glo
    #[arg(long, value_enum, requires = "seal", help_heading = DLMS)]
    form: Option<dlms::Form>,
    /// The security suite
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=2), default_value_t = 0,
          help_heading = DLMS)]
    suite: u8,
    /// The invocation counter of the first message; those behind it count on. One key must never see
    /// the same counter twice
    #[arg(long, value_name = "NUMBER", help_heading = DLMS)]
    counter: Option<u32>,
    /// A key by name: ek (encryption), ak (authentication), ded (dedicated), and title, the sender's
    /// system title
    #[arg(long, value_name = "NAME=HEX", value_delimiter = ',', value_parser = super::decode::key,
          help_heading = DLMS)]
    key: Vec<decode::Key>,
    /// The name of a file, or - for standard input
    #[arg(value_name = "FILE|-")]
    file: String,
}

const DLMS: &str = "Options of DLMS/COSEM";

const EXAMPLES: &str = "Examples:
  echo '{\"direction\":\"request\",\"meter\":{\"unit\":1},\"message\":{\"function\":3,\"address\":107,\"count\":3}}' \\
    | gurux-ami encode -
  gurux-ami encode get.xml --protocol dlms-hdlc --from 16 --to 1/17 --control \"I 0/0 P\"
  gurux-ami encode get.xml --seal both --counter 7 \\
    --key ek=000102...0F,ak=D0D1D2...DF,title=4D4D4D0000000001";

/// How messages are protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Protection {
    /// A tag proves them; they stay in clear.
    Authenticate,
    /// They are encrypted, and nothing proves them.
    Encrypt,
    /// Both.
    Both,
}

const COLUMNS: &[&str] = &["message", "octets", "error"];

impl Encode {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let text = self.read()?;
        if text.trim_start().starts_with('<') {
            return self.xml(&text, common);
        }
        if self.from.is_some() || self.to.is_some() || self.seal.is_some() {
            let sentence = "--from, --to and --seal are for messages of DLMS, in XML";
            return Err(Failure::usage(sentence));
        }
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
        self.end(good, bad)
    }

    /// Messages of DLMS.
    fn xml(&self, text: &str, common: &Common) -> Result<Exit, Failure> {
        let protocol = self.protocol.as_deref().unwrap_or("dlms");
        let framing = match protocol.strip_prefix("dlms") {
            Some(framing) => framing.trim_start_matches('-').to_owned(),
            None => {
                let sentence = format!("XML is of DLMS, and --protocol says {protocol}");
                return Err(Failure::usage(sentence));
            }
        };
        let messages = from_xml_all(text)
            .map_err(|error| Failure::invalid(format!("{}: {error}", self.file)))?;
        let mut output = Output::stdout(common.format, COLUMNS);
        let (mut good, mut bad) = (0_usize, 0_usize);
        for message in messages {
            let passed = u32::try_from(good).unwrap_or(u32::MAX);
            let encoded = message
                .map_err(|error| error.to_string())
                .and_then(|apdu| dlms::encode(&apdu, &self.way(&framing, passed)?));
            match &encoded {
                Ok(_) => good += 1,
                Err(_) => bad += 1,
            }
            write_one(common.format, &mut output, good + bad, encoded)?;
        }
        output.finish()?;
        self.end(good, bad)
    }

    /// How a message is sent, `passed` others having been sent before.
    fn way(&self, framing: &str, passed: u32) -> Result<dlms::Way<'_>, String> {
        let seal = match (self.seal, self.counter) {
            (Some(protection), Some(counter)) => {
                let control = match protection {
                    Protection::Authenticate => SecurityControl::AUTHENTICATED,
                    Protection::Encrypt => SecurityControl::ENCRYPTED,
                    Protection::Both => SecurityControl::AUTHENTICATED_ENCRYPTED,
                };
                let counter = counter.checked_add(passed);
                Some(dlms::Seal {
                    control: control.with_suite(self.suite),
                    form: self.form,
                    counter: counter.ok_or("the invocation counter has come to its end")?,
                    keys: &self.key,
                })
            }
            _ => None,
        };
        Ok(dlms::Way {
            framing: framing.to_owned(),
            from: self.from.clone(),
            to: self.to.clone(),
            control: self.control,
            max_info: self.max_info.map(usize::from),
            seal,
        })
    }

    fn end(&self, good: usize, bad: usize) -> Result<Exit, Failure> {
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
