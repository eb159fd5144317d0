//! Several clients over TCP, several meters on one line, and the gateway between them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use gurux_device::modbus::{Gateway, GatewayConfig, GatewayConnection, GatewayEvent, GatewayLine};
use gurux_device::profile::DeviceProfile;
use gurux_device::{
    Device, DeviceEvent, DeviceSession, Drivers, LinkSettings, Parameters, SimulatedLine,
    Simulation,
};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use gurux_modbus::session::ClientConfig;
use gurux_modbus::wire::UnitId;

fn device(unit: u8) -> Device {
    let text = include_str!("../../profiles/gurux/demo-three-phase.xml");
    let drivers = Drivers::standard();
    let profile: Arc<DeviceProfile> = drivers.read(text).unwrap().into();
    let given = [("unit".to_owned(), unit.to_string())];
    let parameters = Parameters::new(&profile, given).unwrap();
    Device::new(format!("unit-{unit}"), profile, parameters, &drivers).unwrap()
}

/// A gateway, its line, and the meters on it.
struct Plant {
    gateway: Gateway,
    line: GatewayLine,
    meters: SimulatedLine,
    now: Instant,
    /// Every octet that went onto the line.
    sent: Vec<u8>,
}

impl Plant {
    fn new(units: &[u8], change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let meters: Vec<Simulation> =
            units.iter().map(|unit| Simulation::new(&device(*unit), 1).unwrap()).collect();
        let meters = SimulatedLine::new(&meters, &LinkSettings::new("rtu")).unwrap();
        let mut config = GatewayConfig::default();
        config.line = ClientConfig { resends: 0, ..config.line };
        change(&mut config);
        let gateway = Gateway::new(config);
        let mut line = gateway.line();
        let now = Instant::from_millis(1);
        line.handle_open(now);
        Self { gateway, line, meters, now, sent: Vec::new() }
    }

    /// Lets 5 ms pass on the line.
    fn turn(&mut self) {
        self.now += Duration::from_millis(5);
        self.line.handle_timeout(self.now);
        self.meters.handle_timeout(self.now);
        let mut out = BytesMut::new();
        while self.line.poll_transmit(self.now, &mut out).is_some() {
            self.sent.extend_from_slice(&out);
            self.meters.handle_input(self.now, &out.split());
        }
        while self.meters.poll_transmit(self.now, &mut out).is_some() {
            self.line.handle_input(self.now, &out.split());
        }
        while self.meters.poll_event().is_some() {}
    }

    /// The answers to a client within a second.
    fn answers(&mut self, client: &mut GatewayConnection) -> Vec<Vec<u8>> {
        let mut answers = Vec::new();
        for _ in 0..400 {
            let mut out = BytesMut::new();
            while client.poll_transmit(self.now, &mut out).is_some() {
                answers.push(out.split().to_vec());
            }
            self.turn();
        }
        answers
    }
}

/// A read of the meter's type, register 12.
fn ask(transaction: u8, unit: u8) -> Vec<u8> {
    vec![0, transaction, 0, 0, 0, 6, unit, 3, 0, 12, 0, 1]
}

fn refusal(transaction: u8, unit: u8, function: u8, code: u8) -> Vec<u8> {
    vec![0, transaction, 0, 0, 0, 3, unit, function | 0x80, code]
}

#[test]
fn clients_read_their_meters_over_one_line() {
    let mut plant = Plant::new(&[3, 4, 5], |_| {});
    let settings = LinkSettings::new("tcp").with_window(4).with_wait_time(Duration::from_secs(5));
    let mut clients: Vec<(DeviceSession, GatewayConnection)> = [3, 4, 5, 4]
        .iter()
        .map(|unit| {
            let mut session = device(*unit).session(&settings).unwrap();
            let items = session.device().readable();
            session.read(&items).unwrap();
            session.handle_open(plant.now);
            (session, plant.gateway.connection().unwrap())
        })
        .collect();
    let mut done = Vec::new();
    for _ in 0..2_000 {
        for (session, connection) in &mut clients {
            let mut out = BytesMut::new();
            while session.poll_transmit(plant.now, &mut out).is_some() {
                connection.handle_input(plant.now, &out.split());
            }
            while connection.poll_transmit(plant.now, &mut out).is_some() {
                let frame = out.split();
                // Nothing of the line leaks: the frame ends where its header says.
                assert_eq!(usize::from(u16::from_be_bytes([frame[4], frame[5]])) + 6, frame.len());
                session.handle_input(plant.now, &frame);
            }
            session.handle_timeout(plant.now);
            while let Some(event) = session.poll_event() {
                if let DeviceEvent::Done { good, failed, .. } = event {
                    done.push((good, failed));
                }
            }
        }
        plant.turn();
    }
    let all = device(3).readable().len();
    assert_eq!(done, [(all, 0); 4]);
    let counters = plant.gateway.counters();
    assert_eq!((counters.connections, counters.requests), (4, counters.replies));
}

#[test]
fn a_meter_that_is_away_is_answered_for() {
    let mut plant = Plant::new(&[3], |_| {});
    let mut client = plant.gateway.connection().unwrap();
    client.handle_input(plant.now, &[ask(1, 9), ask(2, 3)].concat());
    assert_eq!(
        plant.answers(&mut client),
        [refusal(1, 9, 3, 0x0B), vec![0, 2, 0, 0, 0, 5, 3, 3, 2, 0, 3]]
    );
    assert_eq!(plant.gateway.counters().target_failed, 1);
    assert_eq!(plant.line.poll_event(), Some(GatewayEvent::TargetFailed { unit: UnitId::new(9) }));
}

#[test]
fn a_refusal_of_the_meter_is_the_clients() {
    let mut plant = Plant::new(&[3], |_| {});
    let mut client = plant.gateway.connection().unwrap();
    client.handle_input(plant.now, &[0, 1, 0, 0, 0, 6, 3, 3, 0x20, 0, 0, 1]);
    assert_eq!(plant.answers(&mut client), [refusal(1, 3, 3, 2)]);
}

#[test]
fn units_are_mapped_and_others_have_no_path() {
    let map = [(UnitId::new(100), UnitId::new(3))];
    let mut plant = Plant::new(&[3], |config| config.units = map.into());
    let mut client = plant.gateway.connection().unwrap();
    client.handle_input(plant.now, &[ask(1, 100), ask(2, 3), ask(3, 0)].concat());
    let answers = plant.answers(&mut client);
    assert_eq!(answers.len(), 3);
    assert!(answers.contains(&vec![0, 1, 0, 0, 0, 5, 100, 3, 2, 0, 3]));
    assert!(answers.contains(&refusal(2, 3, 3, 0x0A)) && answers.contains(&refusal(3, 0, 3, 0x0A)));
    assert_eq!(plant.sent[0], 3);
}

#[test]
fn a_broadcast_goes_to_all_and_is_not_answered() {
    let mut plant = Plant::new(&[3, 4], |config| config.broadcast = true);
    let mut client = plant.gateway.connection().unwrap();
    // Switches the relay off, then reads it from both.
    client.handle_input(plant.now, &[0, 1, 0, 0, 0, 6, 0, 5, 0, 0, 0, 0]);
    for (transaction, unit) in [(2, 3), (3, 4)] {
        client.handle_input(plant.now, &[0, transaction, 0, 0, 0, 6, unit, 1, 0, 0, 0, 1]);
    }
    assert_eq!(
        plant.answers(&mut client),
        [vec![0, 2, 0, 0, 0, 4, 3, 1, 1, 0], vec![0, 3, 0, 0, 0, 4, 4, 1, 1, 0]]
    );
}

#[test]
fn a_closed_line_is_told_at_once_and_works_again_when_it_opens() {
    let mut plant = Plant::new(&[3], |_| {});
    let mut client = plant.gateway.connection().unwrap();
    client.handle_input(plant.now, &[ask(1, 3), ask(2, 3)].concat());
    let mut out = BytesMut::new();
    assert!(plant.line.poll_transmit(plant.now, &mut out).is_some());
    plant.line.handle_close(plant.now);
    client.handle_input(plant.now, &ask(3, 3));
    let mut answers = plant.answers(&mut client);
    answers.sort();
    assert_eq!(answers, [1, 2, 3].map(|transaction| refusal(transaction, 3, 3, 0x0A)));
    plant.line.handle_open(plant.now);
    client.handle_input(plant.now, &ask(4, 3));
    assert_eq!(plant.answers(&mut client), [[0, 4, 0, 0, 0, 5, 3, 3, 2, 0, 3]]);
}

#[test]
fn one_client_cannot_take_the_line_from_the_others() {
    let mut plant = Plant::new(&[3], |_| {});
    let mut greedy = plant.gateway.connection().unwrap();
    let mut modest = plant.gateway.connection().unwrap();
    let flood: Vec<u8> = (0..200).flat_map(|transaction| ask(transaction, 3)).collect();
    greedy.handle_input(plant.now, &flood);
    modest.handle_input(plant.now, &ask(1, 3));
    assert_eq!(plant.answers(&mut modest), [[0, 1, 0, 0, 0, 5, 3, 3, 2, 0, 3]]);
    // Sixteen were asked, as many refused, and the rest lost, since it took no answer.
    let answers = plant.answers(&mut greedy);
    let counters = plant.gateway.counters();
    assert_eq!((answers.len(), counters.path_unavailable, counters.overruns), (32, 16, 168));
}

#[test]
fn nothing_is_asked_for_a_client_that_is_gone() {
    let mut plant = Plant::new(&[3], |config| config.max_connections = 1);
    let mut gone = plant.gateway.connection().unwrap();
    assert!(plant.gateway.connection().is_none());
    gone.handle_input(plant.now, &[ask(1, 3), ask(2, 3)].concat());
    drop(gone);
    plant.turn();
    assert!(plant.sent.is_empty());
    let mut next = plant.gateway.connection().expect("its place is free again");
    next.handle_input(plant.now, &ask(1, 3));
    assert_eq!(plant.answers(&mut next).len(), 1);
}

#[test]
fn what_is_no_request_never_reaches_the_line() {
    let mut plant = Plant::new(&[3], |_| {});
    let mut client = plant.gateway.connection().unwrap();
    // Too many registers; then noise, a leaked CRC, a good request octet by octet.
    client.handle_input(plant.now, &[0, 1, 0, 0, 0, 6, 3, 3, 0, 0, 0, 126]);
    for octet in [&[0xDE, 0xAD, 0x76, 0x87][..], &ask(2, 3)].concat() {
        client.handle_input(plant.now, &[octet]);
    }
    let answers = plant.answers(&mut client);
    assert_eq!(answers, [refusal(1, 3, 3, 3), vec![0, 2, 0, 0, 0, 5, 3, 3, 2, 0, 3]]);
    let counters = plant.gateway.counters();
    assert_eq!((counters.malformed, counters.noise_octets, plant.sent.len()), (1, 4, 8));
}
