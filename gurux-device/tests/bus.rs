//! Many meters on one line: dead ones cost the others little, what is urgent goes first, and each meter
//! has the line as it needs it.
#![cfg(all(feature = "mbus", feature = "modbus"))]
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gurux_device::profile::DeviceProfile;
use gurux_device::{
    Bus, BusConfig, BusEvent, Device, DeviceEvent, Drivers, Error, LinkSettings, MemberId,
    MeterEvent, Parameters, Priority, SimulatedLine, Simulation, Ticket,
};
use gurux_media::bytes::BytesMut;
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Faults, Instant, LineSettings, Session, Transmit};

fn profile(text: &str) -> Arc<DeviceProfile> {
    Drivers::standard().read(text).expect("a profile").into()
}

/// A meter of Modbus RTU, or one of M-Bus, with this address.
fn device(is_mbus: bool, address: u8) -> (Device, LinkSettings) {
    let (text, parameter, transport) = if is_mbus {
        (include_str!("../../profiles/gurux/demo-heat.xml"), "address", "wired")
    } else {
        (include_str!("../../profiles/eastron/sdm120.xml"), "unit", "rtu")
    };
    let profile = profile(text);
    let parameters = Parameters::new(&profile, [(parameter.to_owned(), address.to_string())]);
    let parameters = parameters.expect("its parameter");
    let name = format!("meter-{address}");
    let device = Device::new(name, profile, parameters, &Drivers::standard()).expect("it fits");
    let settings = LinkSettings::new(transport).with_line(line());
    (device, settings)
}

fn line() -> LineSettings {
    "9600 8E1".parse().expect("a line")
}

/// The meters of a line, each protocol by itself: all hear all.
struct Meters(Vec<SimulatedLine>);

impl Session for Meters {
    type Event = MeterEvent;

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.0.iter_mut().for_each(|line| line.handle_input(now, octets));
    }
    fn handle_timeout(&mut self, now: Instant) {
        self.0.iter_mut().for_each(|line| line.handle_timeout(now));
    }
    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.0.iter_mut().find_map(|line| line.poll_transmit(now, out))
    }
    fn poll_timeout(&self) -> Option<Instant> {
        self.0.iter().filter_map(Session::poll_timeout).min()
    }
    fn poll_event(&mut self) -> Option<MeterEvent> {
        self.0.iter_mut().find_map(Session::poll_event)
    }
}

/// What came of polling these meters, `is_dead` or not, as often as the line allows, for so long.
struct Polled {
    readings: usize,
    /// Of each meter.
    turns: BTreeMap<usize, usize>,
    away: Vec<usize>,
    skipped: u64,
    stray: u64,
}

fn polled(config: BusConfig, is_dead: &[bool], faults: Faults, span: Duration) -> Polled {
    let mut bus = Bus::new(config);
    let mut lines = [Vec::new(), Vec::new()];
    for (address, is_dead) in (1..).zip(is_dead) {
        let is_mbus = address % 2 == 0;
        let (device, settings) = device(is_mbus, address);
        if !is_dead {
            let simulation = Simulation::new(&device, address.into()).expect("a meter");
            lines[usize::from(is_mbus)].push(simulation);
        }
        bus.add(device.session(&settings).expect("a session"), Some(line()));
    }
    let transports = ["rtu", "wired"].map(|name| LinkSettings::new(name).with_line(line()));
    let meters = lines.iter().zip(&transports).filter(|(meters, _)| !meters.is_empty());
    let meters =
        meters.map(|(meters, settings)| SimulatedLine::new(meters, settings).expect("a line"));
    let meters = Meters(meters.collect());

    let settings = PairSettings { line: Some(line()), faults, ..PairSettings::default() };
    let mut run = Conductor::new(bus, meters, pair(&settings));
    let end = Instant::ZERO + span;
    // Each meter is ordered again when it had its turn, one that was skipped when it may be asked again.
    let members: Vec<MemberId> = run.a.members().collect();
    let mut due: BTreeMap<(Instant, usize), MemberId> =
        members.iter().map(|member| ((Instant::ZERO, member.place()), *member)).collect();
    let mut told =
        Polled { readings: 0, turns: BTreeMap::new(), away: Vec::new(), skipped: 0, stray: 0 };
    loop {
        while let Some(entry) = due.first_entry()
            && entry.key().0 <= run.now()
        {
            let member = entry.remove();
            let items = run.a.session(member).expect("a meter").device().readable();
            run.a.read(member, Priority::Scheduled, &items).expect("readable");
        }
        let until = due.first_key_value().map_or(end, |((at, _), _)| (*at).min(end));
        match run.run(until).expect("the line has no faults of its own") {
            Conducted::A(BusEvent::Device { member, event, .. }) => match event {
                DeviceEvent::Reading { reading, .. } => {
                    assert!(reading.device.ends_with(&format!("-{}", member.place() + 1)));
                    told.readings += 1;
                }
                DeviceEvent::Done { .. } => {
                    *told.turns.entry(member.place()).or_default() += 1;
                    due.insert((run.now(), member.place()), member);
                }
                _ => {}
            },
            Conducted::A(BusEvent::Skipped { member, until, .. }) => {
                due.insert((until, member.place()), member);
            }
            Conducted::A(BusEvent::Away { member, .. }) => told.away.push(member.place()),
            Conducted::A(_) | Conducted::B(_) => {}
            Conducted::Deadline if run.now() >= end => break,
            Conducted::Deadline => {}
            Conducted::Quiet => panic!("a poller is never done"),
        }
    }
    told.skipped = run.a.counters().skipped;
    told.stray = run.a.counters().stray_octets;
    told
}

/// Of both protocols.
const DEAD: [usize; 5] = [2, 9, 14, 21, 27];

/// 30 meters of two protocols on a line of 9600 bit/s, five of which are dead: those that live lose less
/// than a tenth of what they have without the dead; where each has its turn and no more is known, most.
#[test]
fn the_dead_cost_the_living_little() {
    let span = Duration::from_secs(1200);
    let dead: Vec<bool> = (0..30).map(|place| DEAD.contains(&place)).collect();
    let alone = vec![false; 30 - DEAD.len()];
    let naive = BusConfig { patience: u8::MAX, silent_share: 100, ..BusConfig::default() };

    let without = polled(BusConfig::default(), &alone, Faults::none(), span);
    let with = polled(BusConfig::default(), &dead, Faults::none(), span);
    let round_robin = polled(naive, &dead, Faults::none(), span);
    for (what, told) in [("none", &without), ("bus", &with), ("in turn", &round_robin)] {
        println!(
            "{what}: {:.1} readings a minute",
            told.readings as f64 / span.as_secs_f64() * 60.0
        );
    }
    assert!(
        with.readings * 10 >= without.readings * 9,
        "{} of {}",
        with.readings,
        without.readings
    );
    assert!(round_robin.readings * 10 < without.readings * 7, "{}", round_robin.readings);
    assert!(with.skipped > 0 && without.skipped == 0);
    // The same for each that lives, and none but the dead is away.
    let living = |told: &Polled| {
        let turns =
            told.turns.iter().filter(|(place, _)| !dead.get(**place).copied().unwrap_or(true));
        let turns: Vec<usize> = turns.map(|(_, turns)| *turns).collect();
        (turns.iter().min().copied(), turns.iter().max().copied())
    };
    let (least, most) = living(&with);
    assert!(most.expect("some") - least.expect("some") <= 1);
    assert!(with.away.iter().all(|place| dead.get(*place) == Some(&true)), "{:?}", with.away);
}

#[test]
fn a_meter_that_comes_back_is_read_again() {
    let (device_, settings) = device(false, 1);
    let mut meter =
        Simulation::new(&device_, 1).expect("a meter").session(&settings).expect("a session");
    let mut bus = Bus::new(BusConfig::default());
    let member = bus.add(device_.session(&settings).expect("a session"), None);
    let mut now = Instant::ZERO;
    bus.handle_open(now);
    let (mut is_there, mut told) = (false, Vec::new());
    for _ in 0..100_000 {
        if bus.is_idle() {
            bus.read(member, Priority::Scheduled, &[0]).expect("readable");
        }
        let mut out = BytesMut::new();
        while bus.poll_transmit(now, &mut out).is_some() {}
        if is_there {
            meter.handle_input(now, &out);
            out.clear();
            while meter.poll_transmit(now, &mut out).is_some() {}
            bus.handle_input(now, &out);
        }
        while let Some(event) = bus.poll_event() {
            match event {
                BusEvent::Away { until, .. } => told.push(("away", until.since(now).as_secs())),
                BusEvent::Back { member: of } => {
                    assert_eq!(of, member);
                    told.push(("back", now.as_micros() / 1_000_000));
                    assert_eq!(
                        told.iter().map(|(what, _)| *what).collect::<Vec<_>>(),
                        ["away", "away", "back"]
                    );
                    return;
                }
                BusEvent::Skipped { until, .. } => now = now.max(until),
                _ => {}
            }
        }
        is_there |= told.len() >= 2;
        now = bus.poll_timeout().unwrap_or(now).max(now);
        bus.handle_timeout(now);
    }
    panic!("{told:?}");
}

#[test]
fn what_a_person_asks_is_asked_of_an_away_meter_too() {
    let dead = |config| {
        let (device, settings) = device(false, 1);
        let settings = settings.with_wait_time(Duration::from_millis(100));
        let mut bus = Bus::new(config);
        let member = bus.add(device.session(&settings).expect("a session"), None);
        bus.handle_open(Instant::ZERO);
        (bus, member)
    };
    let (mut bus, member) = dead(BusConfig::default());
    let mut now = Instant::ZERO;
    let mut ended = |bus: &mut Bus, ticket: Ticket| {
        loop {
            let mut out = BytesMut::new();
            while bus.poll_transmit(now, &mut out).is_some() {}
            while let Some(event) = bus.poll_event() {
                match event {
                    BusEvent::Skipped { ticket: of, .. } if of == ticket => return "skipped",
                    BusEvent::Device { ticket: of, event: DeviceEvent::Done { .. }, .. }
                        if of == ticket =>
                    {
                        return "asked";
                    }
                    _ => {}
                }
            }
            now = bus.poll_timeout().expect("it goes on");
            bus.handle_timeout(now);
        }
    };
    let mut ask = |priority| {
        let ticket = bus.read(member, priority, &[0]).expect("readable");
        ended(&mut bus, ticket)
    };
    assert_eq!(ask(Priority::Scheduled), "asked");
    assert_eq!(ask(Priority::Scheduled), "skipped", "silence has had its share");
    assert_eq!(ask(Priority::OnDemand), "asked");
    assert_eq!(ask(Priority::CatchUp), "skipped", "it is away");
    for priority in [Priority::OnDemand, Priority::Command, Priority::Alarm] {
        assert_eq!(ask(priority), "asked");
    }
}

#[test]
fn the_line_is_set_for_each_meter_and_strays_are_dropped() {
    let lines: [LineSettings; 2] =
        ["9600 8N1".parse().expect("a line"), "2400 8E1".parse().expect("a line")];
    let mut bus = Bus::new(BusConfig::default());
    let mut members = Vec::new();
    for (line, is_mbus) in lines.into_iter().zip([false, true]) {
        let (device, settings) = device(is_mbus, 1);
        let settings = settings
            .with_line(line)
            .with_wait_time(Duration::from_millis(100))
            .with_resend_count(0);
        members.push(bus.add(device.session(&settings).expect("a session"), Some(line)));
    }
    let mut now = Instant::ZERO;
    bus.handle_open(now);
    bus.handle_input(now, &[1, 2, 3]);
    assert_eq!(bus.counters().stray_octets, 3);
    for member in [0, 0, 1, 0] {
        bus.read(members[member], Priority::OnDemand, &[0]).expect("readable");
    }
    let mut set = Vec::new();
    while !bus.is_idle() {
        let mut out = BytesMut::new();
        while let Some(transmit) = bus.poll_transmit(now, &mut out) {
            match transmit.then_line {
                Some(line) => {
                    assert_eq!(transmit.octets, 0);
                    set.push(line);
                }
                None => assert_eq!(set.last(), Some(&lines[usize::from(out[0] == 0x10)])),
            }
            out.clear();
        }
        while bus.poll_event().is_some() {}
        now = bus.poll_timeout().unwrap_or(now);
        bus.handle_timeout(now);
    }
    assert_eq!(set, [lines[0], lines[1], lines[0]]);
    assert_eq!(bus.counters().turns, 4);
}

#[test]
fn orders_outlive_the_medium_and_bad_ones_are_told_at_once() {
    let (device, settings) = device(false, 1);
    let mut bus = Bus::new(BusConfig::default());
    let member = bus.add(device.session(&settings).expect("a session"), None);
    let mut other = Bus::new(BusConfig::default());
    let elsewhere = {
        let (device, settings) = self::device(false, 2);
        other.add(device.session(&settings).expect("a session"), None);
        let (device, settings) = self::device(false, 3);
        other.add(device.session(&settings).expect("a session"), None)
    };
    assert!(matches!(bus.read(elsewhere, Priority::Alarm, &[0]), Err(Error::UnknownMember(1))));
    let voltage = gurux_value::Value::Bool(true);
    assert!(bus.write(member, Priority::Command, 0, voltage).is_err(), "it cannot be written");

    let (first, second, third) = {
        let mut read = || bus.read(member, Priority::Scheduled, &[0]).expect("readable");
        (read(), read(), read())
    };
    assert!(bus.cancel(third) && !bus.cancel(third));
    let mut out = BytesMut::new();
    assert!(bus.poll_transmit(Instant::ZERO, &mut out).is_none(), "nothing is open");
    bus.handle_open(Instant::ZERO);
    assert!(bus.poll_transmit(Instant::ZERO, &mut out).is_some());
    bus.handle_close(Instant::ZERO);
    let tickets: Vec<(Ticket, bool)> = std::iter::from_fn(|| bus.poll_event())
        .filter_map(|event| match event {
            BusEvent::Device { ticket, event, .. } => {
                Some((ticket, matches!(event, DeviceEvent::Done { good: 0, failed: 1, .. })))
            }
            _ => None,
        })
        .collect();
    assert_eq!(tickets, [(first, false), (first, true)]);
    assert_eq!(bus.waiting(), 1);
    assert!(!bus.cancel(first) && bus.cancel(second));
    assert!(bus.is_idle());
}

/// On a line that loses and spoils a tenth of what passes every order ends, and nobody is given up for good.
#[test]
fn a_bad_line_is_shared_too() {
    let faults = Faults { seed: 7, loss: 0.1, flip: 0.1, garbage: 0.1, ..Faults::none() };
    let told = polled(BusConfig::default(), &[false; 6], faults, Duration::from_secs(1200));
    assert_eq!(told.turns.len(), 6);
    let (least, most) = (told.turns.values().min(), told.turns.values().max());
    assert!(
        least.expect("some") * 10 > most.expect("some") * 8,
        "{:?}, {}",
        told.turns,
        told.stray
    );
    assert!(told.readings > 500);
}
