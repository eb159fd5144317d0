//! Listens to the pushes of many meters over TCP:
//!
//! ```sh
//! cargo run --example listen_to_pushes -- 4059 4D4D4D0000000001 000102...0F D0D1D2...DF
//! ```
//!
//! A port, and of one meter its system title, its encryption key and its authentication key.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use gurux_dlms::push::LAYOUTS;
use gurux_dlms::security::{Keyring, Policy, Provider, Software, SystemTitle};
use gurux_dlms::session::{Listener, ListenerConfig, ListenerEvent, MeterKeys};
use gurux_media::serve::{ServeSettings, serve_tcp};
use gurux_media::settings::TcpListenSettings;
use gurux_media::tcp::TcpServer;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, title, encryption, authentication] = arguments.as_slice() else {
        return Err("PORT TITLE ENCRYPTION_KEY AUTHENTICATION_KEY".into());
    };
    let title = SystemTitle(u64::from_str_radix(title, 16)?.to_be_bytes());
    let ring = Keyring::new(Software.cipher(&encryption.parse()?)?)
        .with_authentication(authentication.parse()?);
    let mut keys = MeterKeys::new();
    keys.insert(title, ring, Policy::Verified);
    // Each connection has a listener; the keys, and which counters were there, are those of all.
    let keys = Arc::new(Mutex::new(keys));
    let mut server = TcpServer::new(TcpListenSettings::new("0.0.0.0", port.parse()?));
    let make = |_| Some(Listener::new(ListenerConfig::default(), Arc::clone(&keys)));
    serve_tcp(&mut server, &ServeSettings::default(), &AtomicBool::new(false), make, tell)?;
    Ok(())
}

fn tell(meter: SocketAddr, event: ListenerEvent) {
    let ListenerEvent::Pushed(push) = event else {
        return eprintln!("{meter}: {event:?}");
    };
    for measurement in push.measurements(LAYOUTS).unwrap_or_default() {
        let text = |part: Option<String>| part.unwrap_or_default();
        let obis = text(measurement.obis.map(|obis| obis.to_string()));
        let value = text(measurement.value.map(|value| value.to_string()));
        let unit = text(measurement.unit.map(|unit| unit.to_string()));
        println!("{meter}: {obis} {value} {unit}");
    }
}
