//! Reads a meter over TCP: `cargo run --example read_meter -- 127.0.0.1:4059`
//!
//! The wrapper, logical device 1, the public client; two registers and the clock.

use core::time::Duration;
use std::process::ExitCode;

use gurux_dlms::security::Software;
use gurux_dlms::session::link::Owned;
use gurux_dlms::session::{
    Authentication, Client, ClientCarrier, ClientConfig, ClientEvent, Guard, Seed, Stores,
    WrapperConfig, WrapperLink,
};
use gurux_dlms::value::Data;
use gurux_dlms::wire::AttributeDescriptor;
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

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_default();
    let (host, port) = address.rsplit_once(':').ok_or("where is the meter? HOST:PORT")?;
    let link = WrapperLink::new(WrapperConfig::default(), Owned::new(4096), Owned::new(4096));
    let mut client = Client::new(
        ClientConfig::default(),
        Authentication::Lowest,
        ClientCarrier::wrapper(link),
        Guard::open(Software),
        Seed::new([0; 32]), // nothing is drawn from it where there is no challenge
        Stores::owned(1024, 65_536),
    );
    let (mut driver, mut tcp) = (Driver::new(), Tcp::new(TcpSettings::new(host, port.parse()?)));
    tcp.open()?;
    for (class_id, obis) in [(3, "1.0.1.8.0.255"), (3, "1.0.2.8.0.255"), (8, "0.0.1.0.0.255")] {
        client.get(AttributeDescriptor {
            class_id,
            instance_id: obis.parse()?,
            attribute_id: 2,
        })?;
        let until = tcp.now() + Duration::from_secs(10);
        loop {
            match driver.drive(&mut client, &mut tcp, until)? {
                Driven::Event(ClientEvent::Value { .. }) => {
                    println!("{obis} {:?}", client.value().map(Data::from));
                }
                Driven::Event(ClientEvent::Done { .. }) => break,
                Driven::Event(ClientEvent::Failed { failure, .. }) => return Err(failure.into()),
                Driven::Event(_) => {}
                Driven::Deadline | Driven::Closed => return Err("no answer".into()),
            }
        }
    }
    Ok(())
}
