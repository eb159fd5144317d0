//! Lines on which everything goes wrong: every request ends, and what is told is true.

use core::time::Duration;

use gurux_mbus::session::{
    Done, Ended, LinkConfig, Meter, MeterConfig, Reader, ReaderConfig, ReaderEvent, Search,
    SearchConfig, SearchEvent, Target,
};
use gurux_mbus::wire::{AField, Command, MeterAddress};
use gurux_media::bytes::BytesMut;
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Faults, Instant, Session};
use proptest::prelude::*;

use crate::bench::{Bench, Fake, serial, values};

fn meters() -> [Fake; 3] {
    [
        Fake::new(1, "12345678 KAM 1 4"),
        Fake::new(2, "1234567A KAM 1 7").telling(3),
        Fake::new(3, "8ABCDE01 ELS 2 2").telling(5),
    ]
}

fn faults() -> impl Strategy<Value = Faults> {
    let rate = |most: f64| prop_oneof![2 => Just(0.0), 1 => 0.0..most];
    let delay = prop_oneof![Just(0), 0..120_u64].prop_map(Duration::from_millis);
    (any::<u64>(), rate(0.3), rate(0.2), rate(0.2), rate(0.2), rate(0.5), rate(0.5), delay)
        .prop_map(|(seed, loss, duplicate, flip, cut, garbage, split, delay)| Faults {
            seed,
            loss,
            duplicate,
            flip,
            cut,
            garbage,
            split,
            delay,
        })
}

fn line() -> impl Strategy<Value = PairSettings> {
    (faults(), any::<bool>(), any::<bool>()).prop_map(|(faults, echo, is_serial)| PairSettings {
        faults,
        echo,
        ..if is_serial { serial() } else { PairSettings::default() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_true_or_a_stated_failure(
        settings in line(),
        reads in prop::collection::vec((0..4_usize, any::<bool>()), 1..6),
        resends in 0..4_u8,
    ) {
        let link = LinkConfig { resends, ..LinkConfig::default() };
        let config = ReaderConfig { link, ..ReaderConfig::default() };
        let mut bench = Bench::new(config, &settings, meters());
        for (place, is_primary) in reads {
            let meters = meters();
            let target: Target = match meters.get(place) {
                Some(meter) if is_primary => AField(meter.primary).into(),
                Some(meter) => meter.address.into(),
                None => AField(77).into(),
            };
            let id = bench.reader().read(target).unwrap();
            let (frames, how) = bench.finish(id);
            let Some(meter) = meters.get(place) else {
                // Nobody is there; with luck, noise looks like E5.
                prop_assert!(frames.is_empty());
                continue;
            };
            if bench.notices.drain(..).any(|told| matches!(told, ReaderEvent::NotReset { .. })) {
                // It may have gone on where it was.
                continue;
            }
            prop_assert!(frames.iter().all(|frame| frame.meter() == Some(meter.address)));
            if settings.faults.duplicate > 0.0 && !settings.faults.delay.is_zero() {
                // One bit numbers the requests: a copy that comes two requests later passes for a
                // new one, and the meter goes on to a telegram that nobody asked for.
                continue;
            }
            let truth: Vec<u8> = meter.telegrams.iter().map(|records| records[2]).collect();
            prop_assert!(truth.starts_with(&values(&frames)), "{frames:?}");
            if let Ok(Done::Complete { telegrams }) = how {
                prop_assert_eq!(usize::from(telegrams), frames.len());
                prop_assert_eq!(frames.len(), truth.len());
            }
        }
    }

    #[test]
    fn a_search_ends_and_tells_of_real_meters_once(settings in line(), resends in 0..3_u8) {
        let link = LinkConfig { resends, ..LinkConfig::default() };
        let config = SearchConfig {
            link,
            primary: Some((AField(0), AField(5))),
            time_budget: Some(Duration::from_secs(7_200)),
            ..SearchConfig::default()
        };
        let meter = Meter::new(MeterConfig::default(), meters());
        let is_clean = settings.faults == Faults { seed: settings.faults.seed, ..Faults::none() };
        let mut line = Conductor::new(Search::new(config), meter, pair(&settings));
        let ended = loop {
            match line.run(Instant::from_millis(10_000_000)).unwrap() {
                Conducted::A(SearchEvent::Ended(ended)) => break ended,
                Conducted::A(_) | Conducted::B(_) => {}
                stuck => panic!("{stuck:?}"),
            }
        };
        let real = meters();
        let found = &line.a.state().found;
        for (place, meter) in found.iter().enumerate() {
            let known = |address: MeterAddress| real.iter().any(|real| real.address == address);
            prop_assert!(meter.address.is_none_or(known), "{meter:?}");
            prop_assert!(found[..place].iter().all(|other| other.target != meter.target));
        }
        if is_clean {
            prop_assert_eq!((ended, found.len()), (Ended::Complete, 6));
        }
    }

    #[test]
    fn any_order_of_calls_is_legal_and_every_request_ends(
        calls in prop::collection::vec(call(), 0..60),
    ) {
        let mut reader = Reader::new(ReaderConfig::default());
        let mut now = Instant::ZERO;
        let mut out = BytesMut::new();
        let (mut asked, mut ended) = (0_usize, 0_usize);
        let mut count = |event: Option<ReaderEvent>| {
            let is_end =
                matches!(event, Some(ReaderEvent::Done { .. } | ReaderEvent::Failed { .. }));
            ended += usize::from(is_end);
            event.is_some()
        };
        for call in calls {
            match call {
                Call::Read(target) => asked += usize::from(reader.read(target).is_ok()),
                Call::Tell(target) => {
                    let command = Command::ApplicationReset { sub_code: None };
                    asked += usize::from(reader.command(target, &command).is_ok());
                }
                Call::Input(octets) => reader.handle_input(now, &octets),
                Call::Wait(micros) => now += Duration::from_micros(micros),
                Call::Timeout => reader.handle_timeout(now),
                Call::Transmit => {
                    reader.poll_transmit(now, &mut out);
                }
                Call::Event => {
                    count(reader.poll_event());
                }
                Call::Open => reader.handle_open(now),
                Call::Close => reader.handle_close(now),
            }
        }
        // Left alone on an open line, it comes to an end with everything.
        reader.handle_open(now);
        for _ in 0..20_000 {
            while count(reader.poll_event()) {}
            while reader.poll_transmit(now, &mut out).is_some() {}
            match reader.poll_timeout() {
                Some(at) => now = now.max(at),
                None if reader.pending_count() == 0 => break,
                None => {}
            }
            reader.handle_timeout(now);
        }
        while count(reader.poll_event()) {}
        prop_assert_eq!((reader.pending_count(), ended), (0, asked));
    }
}

#[derive(Clone, Debug)]
enum Call {
    Read(Target),
    Tell(Target),
    Input(Vec<u8>),
    Wait(u64),
    Timeout,
    Transmit,
    Event,
    Open,
    Close,
}

fn call() -> impl Strategy<Value = Call> {
    let target = prop_oneof![
        any::<u8>().prop_map(|address| Target::Primary(AField(address))),
        Just(Target::from("12345678 KAM 1 4".parse::<MeterAddress>().unwrap())),
    ];
    let octets = prop_oneof![
        3 => Just(vec![0xE5]),
        1 => Just(vec![0xA2]),
        2 => Just(vec![0x68, 6, 6, 0x68, 8, 5, 0x78, 0x01, 0x13, 0x2A, 0xC3, 0x16]),
        2 => Just(vec![0x68, 5, 5, 0x68, 8, 5, 0x78, 0x2F, 0x1F, 0xD3, 0x16]),
        2 => prop::collection::vec(any::<u8>(), 0..300),
    ];
    prop_oneof![
        2 => target.clone().prop_map(Call::Read),
        1 => target.prop_map(Call::Tell),
        4 => octets.prop_map(Call::Input),
        3 => (0..2_000_000_u64).prop_map(Call::Wait),
        3 => Just(Call::Timeout),
        4 => Just(Call::Transmit),
        2 => Just(Call::Event),
        1 => Just(Call::Open),
        1 => Just(Call::Close),
    ]
}
