//! Listens to a receiver of radio telegrams, and prints what meters say.
//!
//! ```text
//! cargo run -p gurux-mbus --example listen -- 12345678=000102030405060708090A0B0C0D0E0F < /dev/ttyUSB0
//! rtl_wmbus | cargo run -p gurux-mbus --example listen
//! ```
//!
//! Whatever receiver it is (rtl_wmbus, CUL, iM871A, AMB8465, lines of hexadecimal digits) is found
//! out. Keys are named by the meter's number; `*=KEY` is tried for every meter.

use std::error::Error;
use std::io::Read;
use std::process::ExitCode;
use std::time::Instant as Clock;

use gurux_framing::receiver::{Detecting, ROOM_LEN, Receiver as _};
use gurux_framing::{Deframe, Step};
use gurux_mbus::security::{Key, Software};
use gurux_mbus::session::{Compact, KeyStore, Receiver, ReceiverConfig, ReceiverEvent};
use gurux_mbus::wire::{MeterAddress, Selection};
use gurux_media::{Instant, Session};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut keys = KeyStore::new();
    for argument in std::env::args().skip(1) {
        let (meter, key) = argument.split_once('=').ok_or("METER=KEY, please")?;
        let key: Key = key.parse()?;
        let pattern = match meter {
            "*" => Selection::ANY,
            number => Selection::exactly(MeterAddress {
                identification: number.parse()?,
                ..Selection::ANY.address
            }),
        };
        keys.insert(pattern, Software::new(&key));
    }
    let mut receiver = Receiver::new(ReceiverConfig::default(), keys);

    let start = Clock::now();
    let (mut buffer, mut chunk) = (Vec::new(), [0; 1024]);
    let mut deframer = Detecting::new();
    let mut input = std::io::stdin().lock();
    loop {
        let read = input.read(&mut chunk)?;
        buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let now = Instant::from_micros(u64::try_from(start.elapsed().as_micros())?);
        loop {
            let step = if read == 0 { deframer.finish(&buffer) } else { deframer.deframe(&buffer) };
            let used = match step {
                Step::NeedMore { .. } => break,
                Step::Skip { used, .. } => used,
                Step::Frame { frame, used } => {
                    let mut room = [0; ROOM_LEN];
                    // What the receiver itself found spoilt is no telegram.
                    if let Ok(reception) = deframer.open(frame, &mut room)
                        && reception.crc_ok != Some(false)
                    {
                        receiver.handle_input(now, reception.octets);
                    }
                    used
                }
            };
            buffer.drain(..used);
        }
        while let Some(event) = receiver.poll_event() {
            print(&event);
        }
        if read == 0 {
            return Ok(());
        }
    }
}

fn print(event: &ReceiverEvent) {
    let ReceiverEvent::Telegram(telegram) = event else { return println!("{event:?}") };
    let verdict = telegram.verdict().name();
    match telegram.meter() {
        Some(meter) => println!("{meter}: {verdict}"),
        None => println!("somebody: {verdict}"),
    }
    for measurement in telegram.measurements() {
        println!("    {measurement}");
    }
    if let Compact::UnknownFormat(signature) = telegram.compact() {
        println!("    a compact frame; its format {signature} was not heard yet");
    }
}
