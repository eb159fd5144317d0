//! Reads a meter behind a level converter on the network, and prints what it tells.
//!
//! ```text
//! cargo run -p gurux-mbus --example read_meter -- 192.168.1.20:10001 5
//! cargo run -p gurux-mbus --example read_meter -- 192.168.1.20:10001 "12345678 KAM 27 4"
//! cargo run -p gurux-mbus --example read_meter -- 192.168.1.20:10001 search
//! ```
//!
//! `be_a_meter` is something to try it on. A serial port is the same program with
//! `gurux_media::Serial` for `Tcp`, and without `LinkConfig::gateway`.

use core::time::Duration;
use std::error::Error;
use std::process::ExitCode;

use gurux_mbus::session::{
    Ended, LinkConfig, Reader, ReaderConfig, ReaderEvent, Search, SearchConfig, SearchEvent, Target,
};
use gurux_mbus::wire::{AField, RecordItem, Selection};
use gurux_media::Media;
use gurux_media::drive::{Driven, Driver};
use gurux_media::settings::TcpSettings;
use gurux_media::tcp::Tcp;

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
    let mut arguments = std::env::args().skip(1);
    let (Some(endpoint), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("read_meter HOST:PORT ADDRESS".into());
    };
    let (host, port) = endpoint.rsplit_once(':').ok_or("HOST:PORT, please")?;
    let mut line = Tcp::new(TcpSettings::new(host, port.parse()?));
    line.open()?;
    if address == "search" {
        return search(&mut line);
    }
    let target: Target = match address.parse() {
        Ok(number) => AField(number).into(),
        Err(_) => Target::Secondary(address.parse::<Selection>()?),
    };
    read(&mut line, target)
}

fn read(line: &mut Tcp, target: Target) -> Result<(), Box<dyn Error>> {
    let mut reader =
        Reader::new(ReaderConfig { link: LinkConfig::gateway(), ..ReaderConfig::default() });
    reader.read(target)?;
    let mut driver = Driver::new();
    loop {
        match driver.drive(&mut reader, line, line_timeout(line))? {
            Driven::Event(ReaderEvent::Telegram { frame, number, .. }) => {
                match frame.meter() {
                    Some(meter) => println!("telegram {number} of {meter}"),
                    None => println!("telegram {number}"),
                }
                for item in frame.records() {
                    match item {
                        RecordItem::Record(record) => println!("  {}", record.measurement()),
                        RecordItem::Bad { octets, why } => println!("  {octets:02X?}: {why}"),
                        _ => {}
                    }
                }
            }
            Driven::Event(ReaderEvent::Done { .. }) => return Ok(()),
            Driven::Event(ReaderEvent::Failed { reason, .. }) => return Err(reason.into()),
            Driven::Event(ReaderEvent::NotReset { .. }) => eprintln!("no answer to SND_NKE"),
            Driven::Event(ReaderEvent::Skipped { frame }) => {
                eprintln!("a frame that answers nothing: {:02X?}", frame.octets());
            }
            Driven::Event(ReaderEvent::Noise { octets, why }) => {
                eprintln!("{octets} octets are no frame: {why}");
            }
            Driven::Deadline | Driven::Closed => return Err("the line is closed".into()),
        }
    }
}

fn search(line: &mut Tcp) -> Result<(), Box<dyn Error>> {
    let link = LinkConfig { resends: 1, ..LinkConfig::gateway() };
    let mut search = Search::new(SearchConfig { link, ..SearchConfig::secondary() });
    let mut driver = Driver::new();
    loop {
        match driver.drive(&mut search, line, line_timeout(line))? {
            Driven::Event(SearchEvent::Found { meter, .. }) => println!("{}", meter.target),
            Driven::Event(SearchEvent::Progress(progress)) => {
                eprint!("\r{} tried, {} found", progress.probes, progress.found);
            }
            Driven::Event(SearchEvent::Ended(ended)) => {
                eprintln!();
                return match ended {
                    Ended::Complete => Ok(()),
                    Ended::Uncertain => {
                        Err("the line loses answers: a meter may be missing".into())
                    }
                    Ended::OutOfTime => Err("the time is up".into()),
                };
            }
            Driven::Event(SearchEvent::Shared { address }) => {
                eprintln!("\nseveral meters have primary address {address}");
            }
            Driven::Event(SearchEvent::Indistinguishable { selection }) => {
                eprintln!("\nseveral meters answer to {selection}, and nothing tells them apart");
            }
            Driven::Event(SearchEvent::Silent { target, .. }) => {
                eprintln!("\nsomebody acknowledged at {target}, and said no more");
            }
            Driven::Event(SearchEvent::Noise { target }) => eprintln!("\nnoise at {target}"),
            Driven::Deadline | Driven::Closed => return Err("the line is closed".into()),
        }
    }
}

/// Long enough for anything: sessions end by themselves.
fn line_timeout(line: &Tcp) -> gurux_media::Instant {
    line.now() + Duration::from_secs(24 * 3_600)
}
