//! A push setup: written, read back, triggered.

use gurux_dlms::session::meter::{Entry, Memory, MemoryEvent};
use gurux_dlms::session::procedure::{Column, PushSettings, PushSetup};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::wire::CosemDateTime;
use gurux_value::Obis;
use proptest::prelude::*;

use super::{Answer, Asked, Course, bad_line, run, run_odd};
use crate::meter::meter_of;

const NAME: Obis = Obis::new([0, 0, 25, 9, 0, 255]);

fn memory() -> Memory {
    let mut memory = Memory::new();
    let entry = Entry::new(ClassId::PUSH_SETUP, 0, NAME);
    memory.add((2..=6).fold(entry, Entry::writable));
    memory
}

fn settings() -> PushSettings {
    let column = |class: ClassId, name| Column::new(class.code(), Obis::new(name), 2, 0);
    let hour = |hour| {
        CosemDateTime::from_octets([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, hour, 0, 0, 0, 0x80, 0, 0])
    };
    PushSettings {
        objects: vec![
            column(ClassId::DATA, [0, 0, 42, 0, 0, 255]),
            column(ClassId::REGISTER, [1, 0, 1, 8, 0, 255]),
        ],
        transport: 0,
        destination: b"192.0.2.1:4059".to_vec(),
        message: 0,
        windows: vec![(hour(1), hour(4))],
        random_start: 300,
        retries: 3,
    }
}

#[test]
fn it_is_written_read_back_and_triggered() {
    let (_, written, meter) =
        run(memory(), PushSetup::write(NAME, settings()), |_, never| match never {});
    assert_eq!(written, Ok(settings()));
    let mut course = Course::new(&crate::PLAIN, gurux_media::Faults::none());
    let (_, read, meter) = course.run(meter, PushSetup::read(NAME), |_, never| match never {});
    assert_eq!(read, Ok(settings()));
    let mut course = Course::new(&crate::PLAIN, gurux_media::Faults::none());
    let (_, read, mut meter) =
        course.run(meter, PushSetup::trigger(NAME), |_, never| match never {});
    assert_eq!(read, Ok(settings()));
    let called = core::iter::from_fn(|| meter.model_mut().poll_event());
    let push = MemoryEvent::Called { logical_name: NAME, method: 1 };
    assert_eq!(called.filter(|event| *event == push).count(), 1);
}

#[test]
fn each_refusal_says_what_is_wrong() {
    let write = || PushSetup::write(NAME, settings());
    let mut fixed = memory();
    fixed.add(Entry::new(ClassId::PUSH_SETUP, 0, NAME).writable(2));
    assert_eq!(
        run_odd(fixed, |_| Answer::Right, write()),
        Err("writing where to push to: the meter refuses: read-write-denied".to_owned())
    );
    let tells = |attribute: i8, octets: &'static [u8]| {
        let odd = move |asked| {
            if asked == Asked::Read(attribute) { Answer::Tells(octets) } else { Answer::Right }
        };
        run_odd(memory(), odd, write())
    };
    assert_eq!(
        tells(6, &[0x11, 4]),
        Err("reading the push setup: the meter took what was written, and has something else"
            .to_owned())
    );
    for (attribute, form) in [
        (2, "a list of objects to push"),
        (3, "a destination and a method"),
        (4, "a list of windows"),
        (5, "seconds, a long-unsigned"),
        (6, "a number of retries"),
    ] {
        let sentence = format!("reading the push setup: the meter's value is not {form}");
        assert_eq!(tells(attribute, &[3, 1]), Err(sentence));
    }
    let odd = |asked| if asked == Asked::Call(1) { Answer::Refused(2) } else { Answer::Right };
    assert_eq!(
        run_odd(memory(), odd, PushSetup::trigger(NAME)),
        Err("triggering the push: the meter refuses: temporary-failure".to_owned())
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn over_a_bad_line_what_is_told_is_what_the_meter_has((setup, faults) in bad_line()) {
        let write = PushSetup::write(NAME, settings());
        let (_, outcome, meter) =
            Course::new(&setup, faults).run(meter_of(&setup, memory()), write, |_, never| match never {});
        if let Ok(found) = outcome {
            prop_assert_eq!(found, settings());
            prop_assert_eq!(meter.model().stored(NAME, 6), Some(&[0x11, 3][..]));
        }
    }
}
