//! Decodes one captured frame: `cargo run -p gurux-mbus --example decode_a_capture -- HEX`.
//!
//! Wired or by radio, with block check sums or without: what it is, is found out.

use std::error::Error;
use std::process::ExitCode;

use gurux_framing::wireless::{self, MAX_TELEGRAM_LEN};
use gurux_mbus::wire::{Body, RecordItem, Records, Telegram};

/// A heat meter's answer on a wire, if nothing else is asked for.
const EXAMPLE: &str = "681B1B6808057278563412770450 0E042A000000 0406891301 000B3B210300 AB16";

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_else(|| EXAMPLE.to_owned());
    match decode(&argument) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn decode(hex: &str) -> Result<(), Box<dyn Error>> {
    let octets = octets(hex)?;

    // A long frame of a line begins with 68, twice; a telegram of 68h octets does so once.
    let is_wired = matches!(octets[..], [0x68, _, _, 0x68, ..] | [0x10 | 0xE5 | 0xA2, ..]);
    let mut room = [0; MAX_TELEGRAM_LEN];
    let telegram = if is_wired {
        Telegram::from_wired(&octets)?
    } else {
        let (format, telegram) = wireless::strip(&octets, &mut room)?;
        println!("format {}", format.name());
        Telegram::from_wireless(telegram)?
    };
    if let Some(meter) = telegram.meter() {
        println!("meter {meter}");
    }
    match telegram.body() {
        Body::Records(payload) => print(payload),
        other => println!("{other:?}"),
    }
    Ok(())
}

fn print(payload: &[u8]) {
    for item in Records::new(payload) {
        match item {
            RecordItem::Record(record) => println!("{}", record.measurement()),
            RecordItem::Filler { .. } | RecordItem::GlobalReadout => {}
            RecordItem::Manufacturer { octets, more_records_follow } => {
                println!("the maker's own: {octets:02X?}");
                if more_records_follow {
                    println!("more in the next telegram");
                }
            }
            RecordItem::Bad { octets, why } => println!("not read, {why}: {octets:02X?}"),
        }
    }
}

fn octets(hex: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks(2).map(|pair| Ok(u8::from_str_radix(str::from_utf8(pair)?, 16)?));
    pairs.collect()
}

#[test]
fn the_example_is_a_good_frame() {
    decode(EXAMPLE).unwrap();
    assert!(decode("681B").is_err());
}
