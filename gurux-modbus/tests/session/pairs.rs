//! Client and server over a line in memory that loses, doubles, delays and damages what passes:
//! each request ends, with the right answer or a stated failure.

use core::time::Duration;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Faults, Instant, LineSettings};
use gurux_modbus::session::{
    Client, ClientConfig, ClientEvent, Framing, Model, RequestId, Server, ServerConfig,
};
use gurux_modbus::wire::{Bits, ExceptionCode, Registers, UnitId};
use proptest::prelude::{Just, ProptestConfig, Strategy};
use proptest::prelude::{any, prop_oneof, proptest};

use crate::desk::unit;

/// A device whose registers say whose they are and when they were read: unit, address, and a
/// number that grows with each read. So a reply that belongs to another request is seen.
struct Witness {
    reads: Rc<Cell<u16>>,
    /// What was written last, by unit and address.
    written: BTreeMap<(UnitId, u16), u16>,
}

/// Registers of one read.
const SHAPE: u16 = 4;

impl Model for Witness {
    fn read_holding_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        if address >= 1_000 {
            return Err(ExceptionCode::ILLEGAL_DATA_ADDRESS);
        }
        self.reads.set(self.reads.get() + 1);
        let stamp = [unit.code().into(), address, self.reads.get(), !address];
        for (register, value) in out.iter_mut().zip(stamp.into_iter().cycle()) {
            *register = value;
        }
        Ok(())
    }

    fn read_input_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        self.read_holding_registers(unit, address, out)
    }

    fn read_coils(&mut self, _: UnitId, at: u16, out: &mut [bool]) -> Result<(), ExceptionCode> {
        for (at, coil) in (at..).zip(out) {
            *coil = at % 3 == 0;
        }
        Ok(())
    }

    fn write_coils(&mut self, _: UnitId, _: u16, _: Bits<'_>) -> Result<(), ExceptionCode> {
        Ok(())
    }

    fn write_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        values: Registers<'_>,
    ) -> Result<(), ExceptionCode> {
        self.written.extend((address..).zip(values.iter()).map(|(at, value)| ((unit, at), value)));
        Ok(())
    }
}

/// What was asked, and how many reads the device had served when it was.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Read { unit: UnitId, address: u16, count: u16, served: u16 },
    Coils { address: u16, count: u16 },
    Write,
}

/// How it ended.
#[derive(Default, Debug, PartialEq, Eq)]
struct Tally {
    replied: usize,
    refused: usize,
    failed: usize,
}

/// Runs `count` requests, several at a time, and checks each reply against what was asked.
fn run(config: ClientConfig, settings: &PairSettings, count: usize) -> Tally {
    let framing = config.framing;
    let reads = Rc::new(Cell::new(0));
    let model = Witness { reads: Rc::clone(&reads), written: BTreeMap::new() };
    let server = ServerConfig { line: settings.line, ..ServerConfig::new(framing) };
    let client = Client::new(ClientConfig { line: settings.line, ..config });
    let mut line = Conductor::new(client, Server::new(server, model), pair(settings));
    let mut asked: BTreeMap<RequestId, Asked> = BTreeMap::new();
    let mut tally = Tally::default();
    let mut next = settings.faults.seed;
    let mut sent = 0;
    loop {
        while asked.len() < 5 && sent < count {
            // A row of numbers that differs with the seed (Knuth's multiplier).
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let pick = (next >> 33) as u16;
            let (unit, address) = (unit(1 + (pick % 3) as u8), pick % 1_010);
            let served = reads.get();
            let count = if pick.is_multiple_of(4) { SHAPE * 5 } else { SHAPE };
            let (id, what) = match pick % 11 {
                0 => (line.a.read_coils(unit, address, 20), Asked::Coils { address, count: 20 }),
                1 => (line.a.write_single_register(unit, address, pick), Asked::Write),
                2 => (
                    line.a.read_input_registers(unit, address, count),
                    Asked::Read { unit, address, count, served },
                ),
                _ => (
                    line.a.read_holding_registers(unit, address, count),
                    Asked::Read { unit, address, count, served },
                ),
            };
            asked.insert(id.expect("room in the queue"), what);
            sent += 1;
        }
        if asked.is_empty() {
            return tally;
        }
        let until = Instant::from_millis(1_000 * 3_600 * 24);
        let mut over = |id| asked.remove(&id).expect("a request ends once");
        match line.run(until).expect("the line stands") {
            Conducted::A(ClientEvent::Reply(reply)) => {
                tally.replied += 1;
                match over(reply.id) {
                    Asked::Read { unit, address, count, served } => {
                        let found: Vec<_> = reply.registers().expect("registers").iter().collect();
                        assert_eq!(found.len(), usize::from(count));
                        let whose = (found[0], found[1], found[3]);
                        let expected = (u16::from(unit.code()), address, !address);
                        assert_eq!(whose, expected, "somebody else's reply, {settings:?}");
                        assert!(found[2] > served, "read before it was asked for, {settings:?}");
                    }
                    Asked::Coils { address, count } => {
                        let found = reply.bits().expect("coils").first(count.into());
                        assert!(
                            found.iter().eq((address..).take(count.into()).map(|at| at % 3 == 0))
                        );
                    }
                    Asked::Write => {}
                }
            }
            Conducted::A(ClientEvent::Refused { id, code, .. }) => {
                over(id);
                assert_eq!(code, ExceptionCode::ILLEGAL_DATA_ADDRESS, "{settings:?}");
                tally.refused += 1;
            }
            Conducted::A(ClientEvent::Failed { id, .. }) => {
                over(id);
                tally.failed += 1;
            }
            Conducted::A(_) | Conducted::B(_) => {}
            Conducted::Deadline | Conducted::Quiet => panic!("stuck: {asked:?}, {settings:?}"),
        }
    }
}

fn serial(framing: Framing) -> Option<LineSettings> {
    framing.is_line().then(|| LineSettings::new(19_200).even())
}

#[test]
fn a_clean_line_brings_every_reply() {
    for &framing in Framing::ALL {
        let settings = PairSettings {
            line: serial(framing),
            latency: Duration::from_millis(3),
            datagram: framing == Framing::Udp,
            ..PairSettings::default()
        };
        let tally = run(ClientConfig::new(framing), &settings, 300);
        assert_eq!((tally.failed, tally.replied + tally.refused), (0, 300), "{framing}");
        assert!(tally.replied > 250 && tally.refused > 0, "{framing}: {tally:?}");
    }
}

#[test]
fn an_echoing_line_brings_every_reply() {
    let settings =
        PairSettings { line: serial(Framing::Rtu), echo: true, ..PairSettings::default() };
    let mut config = ClientConfig::new(Framing::Rtu);
    config.leniency.local_echo = true;
    let reads = Rc::new(Cell::new(0));
    let model = Witness { reads, written: BTreeMap::new() };
    let server = ServerConfig { local_echo: true, ..ServerConfig::new(Framing::Rtu) };
    let mut line = Conductor::new(Client::new(config), Server::new(server, model), pair(&settings));
    for address in 0..50 {
        line.a.write_single_register(unit(1), address, !address).unwrap();
    }
    let mut replies = 0;
    while let Ok(told @ (Conducted::A(_) | Conducted::B(_))) = line.run(Instant::FAR_FUTURE) {
        match told {
            Conducted::A(ClientEvent::Reply(_)) => replies += 1,
            Conducted::A(other) => panic!("{other:?}"),
            _ => {}
        }
    }
    assert_eq!((replies, line.b.model().written.len()), (50, 50));
}

#[test]
fn a_day_of_time_outs_passes_in_a_moment() {
    // Nobody hears: each request is sent six times, each wait longer than the one before.
    let config = ClientConfig {
        response_timeout: Duration::from_secs(60),
        resends: 5,
        back_off: gurux_framing::transaction::BackOff::Linear,
        ..ClientConfig::new(Framing::Tcp)
    };
    let faults = Faults { loss: 1.0, ..Faults::none() };
    let settings = PairSettings { faults, ..PairSettings::default() };
    let tally = run(config, &settings, 200);
    assert_eq!(tally, Tally { failed: 200, ..Tally::default() });
}

/// Waits that fit the delays: a reply that comes at all comes within the stated time.
fn config(framing: Framing) -> ClientConfig {
    ClientConfig {
        response_timeout: Duration::from_millis(300),
        late_reply: Duration::from_secs(2),
        octet_timeout: Duration::from_millis(50),
        resends: 1,
        ..ClientConfig::new(framing)
    }
}

fn rate() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0..0.4]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// With numbered requests nothing that is lost, doubled, late or in pieces is ever taken for
    /// something else.
    #[test]
    fn numbered_requests_end_with_the_right_answer_or_none(
        seed in any::<u64>(),
        [loss, duplicate, garbage, split] in [rate(), rate(), rate(), rate()],
        delay in 0..400_u64,
        window in 1..16_u8,
        is_udp in any::<bool>(),
    ) {
        let framing = if is_udp { Framing::Udp } else { Framing::Tcp };
        // A datagram comes whole or not at all.
        let split = if is_udp { 0.0 } else { split };
        let delay = Duration::from_millis(delay);
        let faults = Faults { seed, loss, duplicate, garbage, split, delay, ..Faults::none() };
        let settings = PairSettings { datagram: is_udp, faults, ..PairSettings::default() };
        let tally = run(ClientConfig { window, ..config(framing) }, &settings, 60);
        assert_eq!(tally.replied + tally.refused + tally.failed, 60);
    }

    /// On a line the check sum shows what is damaged, and late replies are waited out.
    #[test]
    fn a_line_ends_with_the_right_answer_or_none(
        seed in any::<u64>(),
        [loss, flip, cut, garbage, split] in [rate(), rate(), rate(), rate(), rate()],
        delay in 0..400_u64,
        framing in prop_oneof![
            Just(Framing::Rtu),
            Just(Framing::Ascii),
            Just(Framing::RtuOverTcp),
            Just(Framing::AsciiOverTcp),
        ],
    ) {
        let delay = Duration::from_millis(delay);
        // One cut in 256 leaves a good LRC.
        let is_ascii = matches!(framing, Framing::Ascii | Framing::AsciiOverTcp);
        let cut = if is_ascii { 0.0 } else { cut };
        let faults = Faults { seed, loss, flip, cut, garbage, split, delay, ..Faults::none() };
        let settings =
            PairSettings { line: serial(framing), faults, ..PairSettings::default() };
        let tally = run(config(framing), &settings, 60);
        assert_eq!(tally.replied + tally.refused + tally.failed, 60);
    }
}
