//! Configurations and owned values as text, and back.

use core::fmt::Debug;
use core::time::Duration;

use gurux_framing::rtu::{Length, LengthRule};
use gurux_framing::transaction::BackOff;
use gurux_modbus::session::{
    ClientConfig, ClientEvent, ExceptionRules, Framing, Identification, Leniency, ListenerConfig,
    Memory, OnException, OtherUnits, Resend, ServerConfig,
};
use gurux_modbus::wire::{ObjectId, ReadDeviceIdCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::desk::{Desk, mbap, unit};

/// Writes and reads back; what has no equality is compared as it prints.
fn round_trip<T: Serialize + DeserializeOwned + Debug>(value: &T) -> String {
    let text = serde_json::to_string(value).unwrap();
    let back: T = serde_json::from_str(&text).unwrap();
    assert_eq!(format!("{back:?}"), format!("{value:?}"), "{text}");
    text
}

fn rules() -> Vec<LengthRule> {
    vec![LengthRule {
        function: 0x41,
        request: Length::Fixed(3),
        response: Length::Count8 { at: 1, plus: 2 },
    }]
}

#[test]
fn configurations_read_back() {
    round_trip(&ClientConfig::default());
    round_trip(&ClientConfig {
        line: "2400 7E1".parse().ok(),
        gap: Some(Duration::from_micros(1_234)),
        unit_gaps: vec![(unit(3), Duration::from_millis(80))],
        back_off: BackOff::Factor { factor: 2, cap: Duration::from_secs(9) },
        resend: Resend::Reads,
        exceptions: ExceptionRules { acknowledge: OnException::Wait, ..ExceptionRules::default() },
        leniency: Leniency { any_unit: true, local_echo: true, ..Leniency::default() },
        rules: rules(),
        ..ClientConfig::new(Framing::RtuOverTcp)
    });
    round_trip(&ServerConfig::default());
    round_trip(&ServerConfig {
        units: vec![unit(1), unit(247)],
        other_units: OtherUnits::GatewayTargetFailed,
        octet_timeout: Some(Duration::from_millis(7)),
        rules: rules(),
        ..ServerConfig::new(Framing::Ascii)
    });
    round_trip(&ListenerConfig { rules: rules(), ..ListenerConfig::new(Framing::Udp) });
}

#[test]
fn what_is_left_out_is_the_default_and_what_is_unknown_is_refused() {
    let config: ClientConfig =
        serde_json::from_str(r#"{"framing":"rtu","resends":5,"leniency":{"any_unit":true}}"#)
            .unwrap();
    assert_eq!((config.framing, config.resends, config.queue), (Framing::Rtu, 5, 64));
    assert!(config.leniency.any_unit && !config.leniency.local_echo);
    assert!(serde_json::from_str::<ClientConfig>(r#"{"resend_count":5}"#).is_err());
    assert!(serde_json::from_str::<ServerConfig>(r#"{"framing":"RTU"}"#).is_err());
}

#[test]
fn a_device_and_what_it_says_of_itself_read_back() {
    let memory = Memory {
        coils: [(0, true), (7, false)].into(),
        holding_registers: [(100, 0x1234)].into(),
        read_only_registers: [100].into(),
        server_id: Some(vec![1, 0xFF]),
        files: [(4, [(0, 1)].into())].into(),
        queues: [(9, vec![1, 2])].into(),
        identification: [(ObjectId::VENDOR_NAME, b"Maker".to_vec())].into(),
        ..Memory::default()
    };
    let text = round_trip(&memory);
    assert_eq!(serde_json::from_str::<Memory>(&text).unwrap(), memory);

    let mut desk = Desk::client(Framing::Tcp);
    desk.session.identify(unit(1), ReadDeviceIdCode::BASIC).unwrap();
    desk.sent().unwrap();
    desk.input(&mbap(1, 1, &[0x2B, 0x0E, 1, 1, 0, 0, 1, 0, 1, b'A']));
    let Some(ClientEvent::Identified { identification, .. }) = desk.event() else { panic!() };
    let text = round_trip(&identification);
    assert_eq!(serde_json::from_str::<Identification>(&text).unwrap(), identification);
    round_trip(&desk.session.counters());
}
