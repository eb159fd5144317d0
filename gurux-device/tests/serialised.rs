//! What is kept or sent is serialised, and read back as it was.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use gurux_device::modbus::GatewayConfig;
use gurux_device::{Device, Drivers, LinkSettings, Parameters, ReadFailure, Reading, Refusal};
use gurux_media::Instant;

fn readings() -> Vec<Reading> {
    let drivers = Drivers::standard();
    let text = include_str!("../../profiles/gurux/demo-water.xml");
    let profile = drivers.read(text).unwrap();
    let frames = &profile.tests.first().unwrap().frames;
    let [sent, received] = frames.as_slice() else { return Vec::new() };
    let (sent, received) = (sent.octets.value.clone(), received.octets.value.clone());
    let parameters = Parameters::new(&profile, []).unwrap();
    let device = Device::new("w", profile, parameters, &drivers).unwrap();
    device.listen(&sent, &received, Instant::from_millis(7)).unwrap()
}

#[test]
fn a_reading_is_read_back_as_it_was() {
    let readings = readings();
    assert_eq!(readings.len(), 7);
    for reading in readings {
        let json = serde_json::to_string(&reading).unwrap();
        assert_eq!(serde_json::from_str::<Reading>(&json).unwrap(), reading, "{json}");
    }
}

#[test]
fn a_reading_names_its_series_its_source_and_its_severity() {
    let readings = readings();
    let faults = readings.iter().find(|reading| reading.property == "faults").unwrap();
    let json = serde_json::to_value(faults).unwrap();
    assert_eq!((&json["device"], &json["source"]), (&"w".into(), &"captured".into()));
    assert_eq!(
        (&json["severity"], &json["measurement"]["label"]),
        (&"alarm".into(), &"LEAK,BATTERY_LOW".into())
    );
}

#[test]
fn settings_and_failures_are_read_back_as_they_were() {
    let settings = LinkSettings::new("rtu")
        .with_line("9600 8E1".parse().unwrap())
        .with_wait_time(Duration::from_millis(300))
        .with_resend_count(1);
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<LinkSettings>(&json).unwrap(), settings);
    assert!(serde_json::from_str::<LinkSettings>("{\"speed\":1}").is_err());
    let refusal = Refusal { code: 2, name: "illegal data address".to_owned() };
    let why = ReadFailure::Refused(refusal);
    let json = serde_json::to_string(&why).unwrap();
    assert_eq!(serde_json::from_str::<ReadFailure>(&json).unwrap(), why);
    let config = GatewayConfig::default();
    let json = serde_json::to_string(&config).unwrap();
    let back: GatewayConfig = serde_json::from_str(&json).unwrap();
    assert_eq!(back.max_waiting, config.max_waiting);
}
