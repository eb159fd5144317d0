//! Reads the load profile of a meter over TCP, with names, scalers and units as the meter tells them:
//! `cargo run --example read_profile -- 127.0.0.1:4059 1-0:99.1.0*255 1 24`
//!
//! The wrapper, logical device 1, the public client; the rows from the first number to the last, 0 for all.

use core::time::Duration;

use gurux_dlms::security::Software;
use gurux_dlms::session::link::Owned;
use gurux_dlms::session::procedure::{LoadProfile, ProcedureEvent, RowSelection, Running};
use gurux_dlms::session::{
    Authentication, Client, ClientCarrier, ClientConfig, Guard, Seed, Stores, WrapperConfig,
    WrapperLink,
};
use gurux_media::Media;
use gurux_media::drive::{Driven, Driver};
use gurux_media::settings::TcpSettings;
use gurux_media::tcp::Tcp;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_default();
    let (host, port) = address.rsplit_once(':').ok_or("where is the meter? HOST:PORT")?;
    let name = arguments.next().unwrap_or_else(|| "1-0:99.1.0*255".to_owned()).parse()?;
    let mut number =
        |usual: u32| arguments.next().map_or(Ok(usual), |text| text.parse().map_err(|_| text));
    let (from, to) = (number(1)?, number(0)?);

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
    let profile = LoadProfile::new(name, RowSelection::Entries { from, to });
    let now = tcp.now();
    let mut running = Running::new(&mut client, profile, now);
    loop {
        let until = tcp.now() + Duration::from_secs(10);
        match driver.drive(&mut running, &mut tcp, until)? {
            Driven::Event(ProcedureEvent::Told(_)) => {
                let cells =
                    running.procedure().cells().map(|cell| match (cell.value(), cell.unit()) {
                        (Some(value), Some(unit)) => format!("{value} {unit}"),
                        (Some(value), None) => value.to_string(),
                        (None, _) => String::new(),
                    });
                println!("{}", cells.collect::<Vec<_>>().join("\t"));
            }
            Driven::Event(ProcedureEvent::Done(rows)) => {
                println!("{rows} rows");
                return Ok(());
            }
            Driven::Event(ProcedureEvent::Failed(error)) => return Err(error.into()),
            Driven::Event(ProcedureEvent::Client(_)) => {}
            Driven::Deadline | Driven::Closed => return Err("no answer".into()),
        }
    }
}
