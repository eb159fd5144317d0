//! Reads everything that a profile knows of a meter, once.
//!
//!     cargo run -p gurux-device --example one_reading -- \
//!         profiles/gurux/demo-water.xml tcp:127.0.0.1:1502

use core::time::Duration;
use std::process::ExitCode;

use gurux_device::{Device, DeviceEvent, Drivers, LinkSettings, Parameters};
use gurux_media::{Driven, Driver, Media, open_media};

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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [profile, media] = &arguments[..] else { return Err("usage: PROFILE MEDIA".into()) };
    let drivers = Drivers::standard();
    let profile = drivers.read(&std::fs::read_to_string(profile)?)?;
    let parameters = Parameters::new(&profile, [])?;
    let meter = Device::new("meter", profile, parameters, &drivers)?;
    let everything = meter.readable();
    let mut session = meter.session(&LinkSettings::new("tcp"))?;
    session.read(&everything)?;

    let mut media = open_media(&media.parse()?)?;
    let until = media.now() + Duration::from_secs(30);
    let mut driver = Driver::new();
    while let Driven::Event(event) = driver.drive(&mut session, &mut *media, until)? {
        match event {
            DeviceEvent::Reading { reading, .. } => println!("{reading}"),
            DeviceEvent::Done { .. } => break,
            other => eprintln!("{other:?}"),
        }
    }
    Ok(())
}
