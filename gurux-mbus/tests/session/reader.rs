//! The reader, over a line and by hand.

use gurux_mbus::session::{Done, Failure, ReaderConfig, Target};
use gurux_mbus::wire::{AField, ApplicationSubCode, BaudRate, Command, MeterAddress};
use gurux_media::pair::PairSettings;

use crate::bench::{Bench, Fake, serial, values};

fn one(meter: Fake) -> Bench {
    Bench::new(ReaderConfig::default(), &serial(), [meter])
}

#[test]
fn a_meter_is_read_by_its_primary_address() {
    let mut bench = one(Fake::new(5, "12345678 KAM 1 4"));
    let id = bench.reader().read(AField(5)).unwrap();
    let (frames, how) = bench.finish(id);
    assert_eq!(how, Ok(Done::Complete { telegrams: 1 }));
    assert_eq!(values(&frames), [5]);
    assert_eq!(frames[0].address(), Some(AField(5)));
}

#[test]
fn a_meter_is_read_by_its_secondary_address() {
    let address: MeterAddress = "1234567A KAM 1 4".parse().unwrap();
    let others = [Fake::new(5, "12345678 KAM 1 4"), Fake::new(5, "1234567A KAM 1 4").telling(2)];
    let mut bench = Bench::new(ReaderConfig::default(), &serial(), others);
    let id = bench.reader().read(address).unwrap();
    let (frames, how) = bench.finish(id);
    assert_eq!(how, Ok(Done::Complete { telegrams: 2 }));
    assert_eq!(values(&frames), [0, 1]);
    // One that is not there lets nobody answer.
    let missing: MeterAddress = "1234567B KAM 1 4".parse().unwrap();
    let id = bench.reader().read(missing).unwrap();
    assert_eq!(bench.finish(id).1, Err(Failure::NotSelected { attempts: 3 }));
}

#[test]
fn telegrams_come_each_once_and_again_from_the_first() {
    let mut bench = one(Fake::new(5, "12345678 KAM 1 4").telling(4));
    for _ in 0..3 {
        let id = bench.reader().read(AField(5)).unwrap();
        let (frames, how) = bench.finish(id);
        assert_eq!(how, Ok(Done::Complete { telegrams: 4 }));
        assert_eq!(values(&frames), [0, 1, 2, 3]);
    }
}

#[test]
fn a_meter_that_ignores_the_frame_count_bit_is_left_with_what_it_told() {
    for frozen_access in [true, false] {
        let mut meter = Fake::new(5, "12345678 KAM 1 4").telling(4);
        meter.ignores_fcb = true;
        meter.frozen_access = frozen_access;
        let mut bench = one(meter);
        let id = bench.reader().read(AField(5)).unwrap();
        let (frames, how) = bench.finish(id);
        let Ok(Done::Repeated { telegrams }) = how else { panic!("{how:?}") };
        assert_eq!(usize::from(telegrams), frames.len());
        // With another access number it may be a telegram of its own, once.
        assert_eq!(values(&frames), if frozen_access { vec![0] } else { vec![0, 0] });
    }
}

#[test]
fn nobody_is_told_after_all_attempts() {
    let mut bench = one(Fake::new(5, "12345678 KAM 1 4"));
    let id = bench.reader().read(AField(6)).unwrap();
    assert_eq!(bench.finish(id).1, Err(Failure::TimedOut { attempts: 3 }));
    // Six attempts, each 5 octets of 11 bits and 337.5 ms.
    let waited = bench.line.now().as_micros();
    assert!((2_160_000..2_300_000).contains(&waited), "{waited}");
}

#[test]
fn two_meters_on_one_address_are_a_collision() {
    let both = [Fake::new(9, "44440001 KAM 1 8"), Fake::new(9, "44440002 KAM 1 8")];
    let mut bench = Bench::new(ReaderConfig::default(), &serial(), both);
    let id = bench.reader().read(AField(9)).unwrap();
    assert_eq!(bench.finish(id).1, Err(Failure::Collision { attempts: 3 }));
}

#[test]
fn our_own_octets_that_come_back_are_no_answer() {
    let settings = PairSettings { echo: true, ..serial() };
    let meters = [Fake::new(5, "12345678 KAM 1 4").telling(3)];
    let mut bench = Bench::new(ReaderConfig::default(), &settings, meters);
    let id = bench.reader().read(AField(5)).unwrap();
    let (frames, how) = bench.finish(id);
    assert_eq!((values(&frames), how), (vec![0, 1, 2], Ok(Done::Complete { telegrams: 3 })));
    assert_eq!(bench.reader().echo_count(), 4);
    // Whom nobody answers, the echo alone is no garbage.
    let id = bench.reader().read(AField(6)).unwrap();
    assert_eq!(bench.finish(id).1, Err(Failure::TimedOut { attempts: 3 }));
    assert!(bench.notices.is_empty());
}

#[test]
fn a_meter_is_told_and_asked_for_alarms() {
    let mut meter = Fake::new(5, "12345678 KAM 1 4");
    meter.alarm = Some(4);
    let mut bench = one(meter);
    let id = bench.reader().read_alarm(AField(5)).unwrap();
    let (frames, how) = bench.finish(id);
    assert_eq!(how, Ok(Done::Complete { telegrams: 1 }));
    assert_eq!(frames[0].user_data(), [0x71, 4]);
    assert!(frames[0].control().unwrap().acd());

    bench.line.b.models_mut().next().unwrap().alarm = None;
    let id = bench.reader().read_alarm(AField(5)).unwrap();
    assert_eq!(bench.finish(id), (vec![], Ok(Done::Acknowledged)));

    let id = bench
        .reader()
        .command(
            AField(5),
            &Command::ApplicationReset { sub_code: Some(ApplicationSubCode::USER_DATA) },
        )
        .unwrap();
    assert_eq!(bench.finish(id).1, Ok(Done::Acknowledged));
    let id =
        bench.reader().command(AField(5), &Command::Records(&[0x01, 0xFD, 0x1A, 0x40])).unwrap();
    assert_eq!(bench.finish(id).1, Ok(Done::Acknowledged));
    let id =
        bench.reader().command(AField(5), &Command::Records(&[0x01, 0xFD, 0x1A, 0x40])).unwrap();
    assert_eq!(bench.finish(id).1, Ok(Done::Acknowledged));
    let output = vec![0x51, 0x01, 0xFD, 0x1A, 0x40];
    assert_eq!(bench.meter(0).told, [vec![0x50, 0x10], output.clone(), output]);
}

#[test]
fn a_meter_moves_to_another_primary_address() {
    let mut bench = one(Fake::new(0, "12345678 KAM 1 4"));
    let id = bench.reader().command(AField(0), &Command::SetPrimaryAddress(AField(77))).unwrap();
    assert_eq!(bench.finish(id).1, Ok(Done::Acknowledged));
    let id = bench.reader().read(AField(77)).unwrap();
    assert_eq!(bench.finish(id).1, Ok(Done::Complete { telegrams: 1 }));
    let id = bench.reader().read(AField(0)).unwrap();
    assert_eq!(bench.finish(id).1, Err(Failure::TimedOut { attempts: 3 }));
    assert!(bench.reader().command(AField(0), &Command::SetPrimaryAddress(AField(251))).is_err());
    // Nor one for all meters at once.
    let for_all = bench.reader().command(AField::BROADCAST, &Command::SetPrimaryAddress(AField(5)));
    assert_eq!(for_all, Err(gurux_mbus::Error::OneAddressForAll));
}

#[test]
fn a_line_is_switched_after_the_acknowledgement_at_the_old_speed() {
    for target in
        [Target::Primary(AField(5)), "12345678 KAM 1 4".parse::<MeterAddress>().unwrap().into()]
    {
        let mut bench = one(Fake::new(5, "12345678 KAM 1 4"));
        let id = bench.reader().command(target, &Command::SetBaudRate(BaudRate::B9600)).unwrap();
        assert_eq!(bench.finish(id).1, Ok(Done::Acknowledged));
        assert_eq!((bench.reader().line().baud, bench.line.b.line().baud), (9600, 9600));
        let id = bench.reader().read(target).unwrap();
        assert_eq!(bench.finish(id).1, Ok(Done::Complete { telegrams: 1 }));
        assert!(bench.notices.is_empty(), "{:?}", bench.notices);
        let (near, far) = bench.line.ends();
        assert_eq!((near.line().unwrap().baud, far.line().unwrap().baud), (9600, 9600));
    }
}
