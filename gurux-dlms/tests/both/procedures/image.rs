//! Firmware: transferred, verified, activated; resumed, waited for, refused.

use core::time::Duration;

use gurux_dlms::session::meter::{Entry, Memory};
use gurux_dlms::session::procedure::{ImageOptions, ImageOutcome, ImageStatus, ImageTransfer};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_media::Faults;
use gurux_value::Obis;
use proptest::prelude::*;

use super::{Answer, Asked, Course, bad_line, run, run_odd};
use crate::PLAIN;
use crate::meter::meter_of;

const NAME: Obis = Obis::new([0, 0, 44, 0, 0, 255]);
const ACTIVATE: ImageOptions = ImageOptions {
    resumes: true,
    activates: true,
    every: Duration::from_secs(5),
    within: Duration::from_secs(60),
};

fn memory(is_enabled: bool) -> Memory {
    let mut memory = Memory::new();
    let entry = Entry::new(ClassId::IMAGE_TRANSFER, 0, NAME).writable(5);
    let entry = entry.with(2, &Data::DoubleLongUnsigned(200));
    memory.add(entry.with(5, &Data::Boolean(is_enabled)));
    memory
}

/// 4,950 octets: 24 blocks of 200 and one of 150.
fn image() -> Vec<u8> {
    (0..4_950_u32).map(|at| (at * 7 % 253) as u8).collect()
}

fn activated(sent: u32) -> ImageOutcome {
    ImageOutcome { status: ImageStatus::ACTIVATED, blocks: 25, sent }
}

#[test]
fn an_image_goes_over_is_verified_and_activated() {
    let image = image();
    for is_enabled in [false, true] {
        let mut numbers = Vec::new();
        let transfer = ImageTransfer::new(NAME, b"fw-2", &image, ACTIVATE);
        let (_, outcome, meter) = run(memory(is_enabled), transfer, |_, block| {
            assert_eq!(block.of, 25);
            numbers.push(block.number);
        });
        assert_eq!(outcome, Ok(activated(25)));
        assert_eq!(numbers, (0..25).collect::<Vec<_>>());
        assert_eq!(meter.model().image(NAME), Some(&image[..]));
    }
    // Verified alone: it does not run yet.
    let options = ImageOptions { activates: false, ..ACTIVATE };
    let (_, outcome, _) =
        run(memory(true), ImageTransfer::new(NAME, b"fw-2", &image, options), |_, _| {});
    assert_eq!(outcome.map(|outcome| outcome.status), Ok(ImageStatus::VERIFIED));
}

#[test]
fn a_transfer_that_was_cut_off_goes_on_where_it_stopped() {
    let image = image();
    // The meter refuses the eleventh block, once.
    let mut blocks = 0;
    let odd = |asked| {
        blocks += u8::from(asked == Asked::Call(2));
        if blocks == 11 { Answer::Refused(250) } else { Answer::Right }
    };
    let meter = crate::meter::meter_with(&PLAIN, super::Odd { memory: memory(true), odd });
    let transfer = || ImageTransfer::new(NAME, b"fw-2", &image, ACTIVATE);
    let (_, outcome, mut meter) =
        Course::new(&PLAIN, Faults::none()).run(meter, transfer(), |_, _| {});
    assert_eq!(
        outcome.map_err(|error| error.to_string()),
        Err("sending a block of the image: the meter refuses: other-reason".to_owned())
    );
    let memory = core::mem::take(&mut meter.model_mut().memory);
    let (_, outcome, meter) = run(memory, transfer(), |_, _| {});
    assert_eq!(outcome, Ok(activated(15)));
    assert_eq!(meter.model().image(NAME), Some(&image[..]));
}

#[test]
fn an_image_of_another_length_is_not_taken_for_the_one_that_was_begun() {
    let (short, long) = (vec![1; 1000], image());
    let options = ImageOptions { within: Duration::ZERO, ..ACTIVATE };
    let mut blocks = 0;
    let odd = |asked| {
        blocks += u8::from(asked == Asked::Call(2));
        if blocks == 3 { Answer::Refused(2) } else { Answer::Right }
    };
    let meter = crate::meter::meter_with(&PLAIN, super::Odd { memory: memory(true), odd });
    let transfer = ImageTransfer::new(NAME, b"fw-1", &short, options);
    let (_, outcome, mut meter) =
        Course::new(&PLAIN, Faults::none()).run(meter, transfer, |_, _| {});
    assert!(outcome.is_err());
    let memory = core::mem::take(&mut meter.model_mut().memory);
    let (_, outcome, _) =
        run(memory, ImageTransfer::new(NAME, b"fw-2", &long, ACTIVATE), |_, _| {});
    assert_eq!(outcome, Ok(activated(25)));
}

#[test]
fn a_meter_that_is_busy_is_waited_for_but_not_for_ever() {
    let image = image();
    let transfer = || ImageTransfer::new(NAME, b"fw-2", &image, ACTIVATE);
    // Each method says "temporary-failure" some times; verification and activation are under way meanwhile.
    let (mut taken, mut verifying, mut activating) = (0, 0, 0);
    let busy = |asked| match asked {
        Asked::Call(2) => {
            taken += 1;
            if taken % 3 == 1 { Answer::Refused(2) } else { Answer::Right }
        }
        Asked::Read(6) if verifying == 0 && activating == 0 => Answer::Right,
        Asked::Call(3) => {
            verifying = 3;
            Answer::Right
        }
        Asked::Call(4) => {
            activating = 3;
            Answer::Right
        }
        Asked::Read(6) if verifying > 0 => {
            verifying -= 1;
            Answer::Tells(&[22, 2])
        }
        Asked::Read(6) => {
            activating -= 1;
            Answer::Tells(&[22, 5])
        }
        _ => Answer::Right,
    };
    assert_eq!(run_odd(memory(true), busy, transfer()), Ok(activated(25)));
    for (stuck, sentence) in [
        (Asked::Call(2), "sending a block of the image: the meter is still not ready after 60 s"),
        (Asked::Read(6), "reading how far the image is: the meter is still not ready after 60 s"),
        (Asked::Call(3), "verifying the image: the meter is still not ready after 60 s"),
        (Asked::Call(4), "activating the image: the meter is still not ready after 60 s"),
    ] {
        let odd = |asked| if asked == stuck { Answer::Refused(2) } else { Answer::Right };
        assert_eq!(run_odd(memory(true), odd, transfer()), Err(sentence.to_owned()));
    }
}

#[test]
fn each_refusal_says_what_is_wrong() {
    let image = image();
    let transfer = || ImageTransfer::new(NAME, b"fw-2", &image, ACTIVATE);
    let tells = |wanted: i8, octets: &'static [u8]| {
        let odd = move |asked| {
            if asked == Asked::Read(wanted) { Answer::Tells(octets) } else { Answer::Right }
        };
        run_odd(memory(true), odd, transfer()).expect_err("it cannot be done")
    };
    let mut fixed = memory(false);
    fixed.add(Entry::new(ClassId::IMAGE_TRANSFER, 0, NAME));
    assert_eq!(
        run_odd(fixed, |_| Answer::Right, transfer()),
        Err("enabling the image transfer: the meter refuses: read-write-denied".to_owned())
    );
    assert_eq!(
        tells(2, &[6, 0, 0, 0, 0]),
        "reading the block size of images: the meter's value is not a block size"
    );
    assert_eq!(
        tells(4, &[6, 0, 0, 0, 7]),
        "reading which block of the image is missing: block 7 of the image was taken and is still missing"
    );
    assert_eq!(
        tells(6, &[22, 4]),
        "verifying the image: the status of the image is: verification failed"
    );
    assert_eq!(
        tells(7, &[1, 1, 2, 3, 6, 0, 0, 0, 9, 9, 1, b'x', 9, 0]),
        "verifying the image: the image that the meter has verified is another one"
    );
    let odd = |asked| if asked == Asked::Call(3) { Answer::Refused(250) } else { Answer::Right };
    assert_eq!(
        run_odd(memory(true), odd, transfer()),
        Err("verifying the image: the meter refuses: other-reason".to_owned())
    );
}

#[test]
fn blocks_that_did_not_stay_are_sent_once_more() {
    let image = image();
    // The meter says "done" of two blocks and does not keep them.
    let mut blocks = 0;
    let odd = |asked| {
        blocks += u8::from(asked == Asked::Call(2));
        if asked == Asked::Call(2) && matches!(blocks, 5 | 20) {
            Answer::Idle
        } else {
            Answer::Right
        }
    };
    let transfer = ImageTransfer::new(NAME, b"fw-2", &image, ACTIVATE);
    assert_eq!(run_odd(memory(true), odd, transfer), Ok(activated(27)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn over_a_bad_line_the_image_is_whole_after_so_many_connections((setup, faults) in bad_line()) {
        let image = image();
        let mut meter = meter_of(&setup, memory(false));
        for connection in 0..200 {
            let faults = Faults { seed: faults.seed.wrapping_add(connection), ..faults.clone() };
            let transfer = ImageTransfer::new(NAME, b"fw-2", &image, ImageOptions { activates: false, ..ACTIVATE });
            let (_, outcome, after) = Course::new(&setup, faults).run(meter, transfer, |_, _| {});
            meter = after;
            if let Ok(outcome) = outcome {
                prop_assert_eq!(outcome.status, ImageStatus::VERIFIED);
                prop_assert_eq!(meter.model().image(NAME), Some(&image[..]));
                return Ok(());
            }
        }
        prop_assert!(false, "not after 200 connections");
    }
}
