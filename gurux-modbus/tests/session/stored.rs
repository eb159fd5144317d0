//! What a session is given and what it gives, stored and read again.

use core::time::Duration;

use gurux_framing::rtu::{Length, LengthRule};
use gurux_framing::transaction::BackOff;
use gurux_media::{Instant, LineSettings};
use gurux_modbus::session::{
    ClientConfig, ClientCounters, ExceptionRules, Framing, Heard, Leniency, ListenerConfig,
    OnException, OtherUnits, Pdu, Reply, Resend, SendOptions, ServerConfig,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::desk::{Desk, rtu, unit};

/// Stores a value, reads it and stores it again: nothing is lost on the way.
fn stored<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    read
}

#[test]
fn configurations_come_back_as_they_were() {
    let line = Some(LineSettings::new(9_600).even());
    let rules = vec![LengthRule {
        function: 0x41,
        request: Length::Fixed(3),
        response: Length::Count8 { at: 2, plus: 3 },
    }];
    let client = ClientConfig {
        line,
        back_off: BackOff::Factor { factor: 3, cap: Duration::from_secs(20) },
        resend: Resend::Reads,
        gap: Some(Duration::from_micros(4_011)),
        unit_gaps: vec![(unit(7), Duration::from_millis(70))],
        exceptions: ExceptionRules {
            acknowledge: OnException::Wait,
            busy: OnException::Again { after: Duration::from_millis(5) },
            ..ExceptionRules::default()
        },
        leniency: Leniency { any_unit: true, local_echo: true, ..Leniency::default() },
        rules: rules.clone(),
        ..ClientConfig::new(Framing::RtuOverTcp)
    };
    let read = stored(&client);
    assert_eq!(format!("{read:?}"), format!("{client:?}"));

    let server = ServerConfig {
        line,
        units: vec![unit(1), unit(2)],
        other_units: OtherUnits::GatewayTargetFailed,
        rules: rules.clone(),
        ..ServerConfig::new(Framing::Ascii)
    };
    assert_eq!(format!("{:?}", stored(&server)), format!("{server:?}"));

    let listener = ListenerConfig { rules, ..ListenerConfig::new(Framing::Rtu) };
    assert_eq!(format!("{:?}", stored(&listener)), format!("{listener:?}"));

    let options = SendOptions { resends: Some(3), ..SendOptions::default() };
    assert_eq!(stored(&options), options);
    assert!(serde_json::from_str::<ClientConfig>(r#"{"windows":2}"#).is_err());
}

#[test]
fn replies_and_what_was_heard_come_back_as_they_were() {
    let mut desk = Desk::client(Framing::Rtu);
    desk.session.read_holding_registers(unit(1), 0x10, 1).unwrap();
    desk.sent().unwrap();
    desk.input(&rtu(1, &[3, 2, 0x12, 0x34]));
    let reply: Reply = desk.reply();
    assert_eq!(stored(&reply), reply);
    let counters: ClientCounters = desk.session.counters();
    assert_eq!(stored(&counters), counters);

    let heard = Heard {
        at: Instant::from_millis(7),
        unit: unit(1),
        transaction: 0,
        pdu: Pdu::new(&[3, 0, 0x10, 0, 1]).unwrap(),
    };
    assert_eq!(stored(&heard), heard);
    assert!(serde_json::to_string(&heard).unwrap().contains(r#""pdu":"0300100001""#));
}
