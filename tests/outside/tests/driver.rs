//! The driver of this crate, registered beside the suite's own: a profile is read, a meter simulated
//! and read.
#![cfg(feature = "std")]

use gurux_device::{Device, DeviceEvent, Drivers, LinkSettings, Parameters, Simulation};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use gurux_value::Value;
use outside::driver::CountedDriver;

const PROFILE: &str = r#"<DeviceProfile xmlns="urn:gurux-ami:profile:1"
    Guid="9e2c5a51-07c1-4c4f-8a1d-6b9d1f9a1c55" Name="Counter" Protocol="counted" Version="1.0.0">
  <Counted/>
  <Category Name="Values">
    <Property Name="energy" Address="7" Type="U16" Unit="kWh" Scale="0.1"/>
    <Property Name="voltage" Address="8" Type="U16" Unit="V"/>
  </Category>
</DeviceProfile>"#;

#[test]
fn a_driver_from_outside_is_used_like_our_own() {
    let mut drivers = Drivers::standard();
    drivers.register(CountedDriver);
    let profile = drivers.read(PROFILE).unwrap();
    let device = || Device::new("meter", profile.clone(), Parameters::default(), &drivers).unwrap();

    let settings = LinkSettings::new("direct");
    let simulation = Simulation::new(&device(), 1).unwrap();
    // What is set, a simulated meter keeps; everything else it lets drift.
    for (item, raw) in [12_345_i64, 230].into_iter().enumerate() {
        simulation.set(item, Some(&Value::Decimal(raw.into()))).unwrap();
    }
    let mut meter = simulation.session(&settings).unwrap();
    let device = device();
    let items = device.readable();
    let mut reader = device.session(&settings).unwrap();
    reader.read(&items).unwrap();

    let (now, mut line, mut readings) = (Instant::from_millis(1), BytesMut::new(), Vec::new());
    while !reader.is_idle() {
        while reader.poll_transmit(now, &mut line).is_some() {}
        meter.handle_input(now, &line.split());
        while meter.poll_transmit(now, &mut line).is_some() {}
        reader.handle_input(now, &line.split());
        while let Some(event) = reader.poll_event() {
            if let DeviceEvent::Reading { reading, .. } = event {
                readings.push(reading.measurement.value.map(|value| value.to_string()));
            }
        }
    }
    let expected = ["1234.5", "230"].map(|value| Some(value.to_owned()));
    assert_eq!(readings, expected);
}
