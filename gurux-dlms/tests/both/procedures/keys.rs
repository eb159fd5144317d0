//! Keys: wrapped, transferred, and in use from then on.

use core::time::Duration;

use gurux_dlms::security::{Key, Provider, Software};
use gurux_dlms::session::meter::{Entry, Memory, Model};
use gurux_dlms::session::procedure::{KeyChange, ProcedureError};
use gurux_dlms::session::{ClientEvent, Failure};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::wire::{AttributeDescriptor, KeyId};
use gurux_media::Faults;
use gurux_media::pair::{Conducted, Conductor, pair};
use gurux_value::Obis;
use proptest::prelude::*;

use super::{Course, Served, bad_line};
use crate::PLAIN;
use crate::meter::meter_of;
use crate::side::{Carrier, Setup};

const NAME: Obis = Obis::new([0, 0, 43, 0, 0, 255]);
const EK: KeyId = KeyId::GLOBAL_UNICAST_ENCRYPTION;
const AK: KeyId = KeyId::AUTHENTICATION;

fn key(setup: &Setup, octet: u8) -> Key {
    let len = if setup.suite == 2 { 32 } else { 16 };
    Key::from_octets(&vec![octet; len]).expect("its length fits")
}

/// A meter whose master key is made of these octets.
fn meter(setup: &Setup, master: u8) -> Served {
    let mut memory = Memory::new();
    memory.add(Entry::new(ClassId::SECURITY_SETUP, 1, NAME));
    memory.insert_key(KeyId::MASTER, key(setup, master));
    meter_of(setup, memory)
}

fn change(setup: &Setup, ids: &[KeyId]) -> KeyChange {
    let master = Software.cipher(&key(setup, 0x4B)).expect("a key");
    let keys = ids.iter().map(|id| (*id, key(setup, 0xE0 | id.code()))).collect();
    KeyChange::new(NAME, &master, keys).expect("they are wrapped")
}

/// The client, as it is after a procedure, reads the name of the security setup.
fn reads(mut course: Course, meter: Served) -> Result<(), Failure> {
    let class_id = ClassId::SECURITY_SETUP.code();
    let attribute = AttributeDescriptor { class_id, instance_id: NAME, attribute_id: 1 };
    course.client.get(attribute).expect("idle");
    let mut line = Conductor::new(course.client, meter, pair(&course.settings));
    loop {
        match line.run(line.now() + Duration::from_secs(600)).expect("a good line") {
            Conducted::A(ClientEvent::Done { .. }) => return Ok(()),
            Conducted::A(ClientEvent::Failed { failure, .. }) => return Err(failure),
            Conducted::A(_) | Conducted::B(_) => {}
            Conducted::Deadline | Conducted::Quiet => panic!("the order has no end"),
        }
    }
}

fn secure(carrier: Carrier, suite: u8) -> Setup {
    Setup { carrier, suite, mechanism: 5, security: 0x30, ..PLAIN }
}

#[test]
fn new_keys_are_taken_and_used() {
    for carrier in [Carrier::Hdlc, Carrier::Tcp, Carrier::Udp] {
        for suite in 0..3 {
            for ids in [&[EK][..], &[AK], &[EK, AK]] {
                let setup = secure(carrier, suite);
                let mut course = Course::new(&setup, Faults::none());
                let procedure = change(&setup, ids);
                let (_, outcome, meter) =
                    course.run(meter(&setup, 0x4B), procedure, |_, never| match never {});
                assert_eq!(outcome, Ok(()), "{setup:?}");
                for id in ids {
                    assert_eq!(meter.model().key(*id), Some(&key(&setup, 0xE0 | id.code())));
                }
                // A client with the old keys is not let in any more.
                let old = Course::new(&setup, Faults::none());
                assert!(reads(old, meter).is_err(), "{setup:?}, {ids:?}");
            }
        }
    }
}

#[test]
fn a_key_that_is_wrapped_with_another_master_key_changes_nothing() {
    let setup = secure(Carrier::Tcp, 0);
    let mut course = Course::new(&setup, Faults::none());
    let procedure = change(&setup, &[EK, AK]);
    let (_, outcome, meter) = course.run(meter(&setup, 0x4C), procedure, |_, never| match never {});
    let sentence = |error: ProcedureError| error.to_string();
    assert_eq!(
        outcome.map_err(sentence),
        Err("transferring the keys: the meter refuses: other-reason".to_owned())
    );
    assert_eq!(meter.model().key(EK), Some(&setup.key(0)));
    assert_eq!(meter.model().key(AK), Some(&setup.key(0xD0)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn over_a_bad_line_done_is_done((setup, faults) in bad_line()) {
        let setup = Setup { mechanism: 5, security: 0x30, ..setup };
        let procedure = change(&setup, &[EK, AK]);
        let mut course = Course::new(&setup, faults);
        let (_, outcome, meter) = course.run(meter(&setup, 0x4B), procedure, |_, never| match never {});
        if outcome.is_ok() {
            prop_assert_eq!(meter.model().key(EK), Some(&key(&setup, 0xE0)));
            prop_assert_eq!(meter.model().key(AK), Some(&key(&setup, 0xE2)));
        }
    }
}
