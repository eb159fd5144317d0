//! Is a water meter behind a level converter on the network, for `read_meter` or any other reader.
//!
//! ```text
//! cargo run -p gurux-mbus --example be_a_meter -- 127.0.0.1:10001
//! ```

use std::error::Error;
use std::net::TcpListener;
use std::process::ExitCode;

use gurux_mbus::session::{Meter, MeterConfig, MeterModel};
use gurux_mbus::wire::{AField, MeterAddress};
use gurux_media::drive::{Driven, Driver};
use gurux_media::tcp::Tcp;
use gurux_media::{Instant, Media};

/// A water meter that has a volume, and a flow.
#[derive(Clone, Debug)]
struct Water {
    address: MeterAddress,
    primary_address: AField,
    litres: u32,
}

impl MeterModel for Water {
    fn address(&self) -> MeterAddress {
        self.address
    }

    fn primary_address(&self) -> AField {
        self.primary_address
    }

    fn set_primary_address(&mut self, address: AField) -> bool {
        self.primary_address = address;
        true
    }

    fn records(&mut self, _now: Instant, _telegram: u16, out: &mut Vec<u8>) -> bool {
        self.litres += 1;
        out.extend([0x04, 0x13]); // 32 bit, volume in litres
        out.extend(self.litres.to_le_bytes());
        out.extend([0x02, 0x3B, 90, 0]); // 16 bit, volume flow in litres an hour
        false
    }
}

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
    let endpoint = std::env::args().nth(1).unwrap_or("127.0.0.1:10001".into());
    let listener = TcpListener::bind(endpoint)?;
    println!("listening on {}", listener.local_addr()?);
    let address = "12345678 KAM 27 7".parse()?;
    let water = Water { address, primary_address: AField(5), litres: 12_345 };
    let config = MeterConfig { gateway: true, ..MeterConfig::default() };
    let mut meter = Meter::new(config, [water]);
    loop {
        let mut line = Tcp::attach(listener.accept()?.0)?;
        let mut driver = Driver::new();
        loop {
            match driver.drive(&mut meter, &mut line, Instant::FAR_FUTURE) {
                Ok(Driven::Event(event)) => println!("{event:?}"),
                Ok(Driven::Deadline) => {}
                Ok(Driven::Closed) => break,
                Err(error) => {
                    println!("{error}");
                    break;
                }
            }
        }
        line.close();
    }
}
