//! A meter that pushes its energy over TCP each minute, confirmed by who listens:
//!
//! ```sh
//! cargo run --example push_readings -- 127.0.0.1:4059
//! ```
//!
//! In another window `gurux-ami listen --media tcp-listen:127.0.0.1:4059` tells what comes.

use core::time::Duration;
use std::error::Error;
use std::process::ExitCode;

use gurux_dlms::security::Software;
use gurux_dlms::session::meter::{Entry, Memory};
use gurux_dlms::session::{Guard, PushCarrier, Pusher, PusherConfig, PusherEvent};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_media::Media;
use gurux_media::drive::{Driven, Driver};
use gurux_media::settings::TcpSettings;
use gurux_media::tcp::Tcp;
use gurux_value::Obis;

const ENERGY: Obis = Obis::new([1, 0, 1, 8, 0, 255]);
const SETUP: Obis = Obis::new([0, 0, 25, 9, 0, 255]);

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
    let address = std::env::args().nth(1).unwrap_or_default();
    let (host, port) = address.rsplit_once(':').ok_or("who listens? HOST:PORT")?;
    let carrier = PushCarrier::Wrapper { source: 1, destination: 16 };
    let mut pusher = Pusher::new(PusherConfig::default(), carrier, Guard::open(Software));
    let (mut driver, mut tcp) = (Driver::new(), Tcp::new(TcpSettings::new(host, port.parse()?)));
    tcp.open()?;
    let mut memory = memory();
    for energy in 1_249_750.. {
        memory.write(ENERGY, 2, &Data::DoubleLongUnsigned(energy));
        let push = memory.push(SETUP).ok_or("there is no push setup")?;
        pusher.push(tcp.now(), &push)?;
        let next = tcp.now() + Duration::from_secs(60);
        loop {
            match driver.drive(&mut pusher, &mut tcp, next)? {
                Driven::Event(PusherEvent::Failed { why, .. }) => return Err(why.into()),
                Driven::Event(event) => println!("{event:?}"),
                Driven::Closed => return Err("the connection ended".into()),
                Driven::Deadline => break,
            }
        }
    }
    Ok(())
}

/// A register, and a push setup that sends its name, its value, and its scaler and unit, three times if need be.
fn memory() -> Memory {
    let column = |attribute| {
        let name = Data::OctetString(ENERGY.groups().to_vec());
        Data::structure([
            Data::LongUnsigned(3),
            name,
            Data::Integer(attribute),
            Data::LongUnsigned(0),
        ])
    };
    let watt_hours = Data::structure([Data::Integer(0), Data::Enum(30)]);
    let seconds = Data::LongUnsigned;
    let mut memory = Memory::new();
    memory.add(Entry::new(ClassId::REGISTER, 0, ENERGY).with(3, &watt_hours));
    memory.add(
        Entry::new(ClassId::PUSH_SETUP, 2, SETUP)
            .with(2, &Data::array([column(1), column(2), column(3)]))
            .with(6, &Data::Unsigned(2))
            .with(7, &Data::structure([seconds(10), seconds(200), seconds(60)]))
            .with(11, &Data::Enum(2)),
    );
    memory
}
