//! Reads a meter over TCP on tokio: `cargo run --example read_meter_tokio -- 127.0.0.1:4059`
//!
//! The wrapper, logical device 1, the public client; two registers and the clock.

use core::time::Duration;
use std::error::Error;

use gurux_dlms::security::Software;
use gurux_dlms::session::link::Owned;
use gurux_dlms::session::{
    Authentication, Client, ClientCarrier, ClientConfig, ClientEvent, Guard, Seed, Stores,
    WrapperConfig, WrapperLink,
};
use gurux_dlms::value::Data;
use gurux_dlms::wire::AttributeDescriptor;
use gurux_media::drive::{AsyncDriver, AsyncStream, Driven};
use gurux_media::settings::TcpSettings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
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
    let stream = AsyncStream::connect(&TcpSettings::new(host, port.parse()?)).await?;
    let mut driver = AsyncDriver::new(stream);
    for (class_id, obis) in [(3, "1.0.1.8.0.255"), (3, "1.0.2.8.0.255"), (8, "0.0.1.0.0.255")] {
        let instance_id = obis.parse()?;
        client.get(AttributeDescriptor { class_id, instance_id, attribute_id: 2 })?;
        let until = driver.now() + Duration::from_secs(10);
        loop {
            match driver.drive(&mut client, until).await? {
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
