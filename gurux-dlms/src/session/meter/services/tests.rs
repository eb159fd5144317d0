//! Requests and answers, octet by octet. The octets are worked out by hand from the encoding of each
//! service.

use std::vec;
use std::vec::Vec;

use proptest::strategy::Strategy;

use super::*;
use crate::session::meter::{Access, Entry, Memory};
use crate::table::class::ClassId;
use crate::value::Data;
use crate::wire::{Mechanism, SecurityControl};

const ENERGY: [u8; 6] = [1, 0, 1, 8, 0, 255];
const SCRATCH: [u8; 6] = [0, 0, 96, 60, 0, 255];

struct Bench {
    memory: Memory,
    services: Services,
    terms: Terms,
    protection: SecurityControl,
}

impl Bench {
    fn new(referencing: Referencing, max_send: Option<usize>) -> Self {
        let mut memory = Memory::new();
        memory.add(
            Entry::new(ClassId::REGISTER, 0, ENERGY.into())
                .with(2, &Data::DoubleLongUnsigned(1_249_750))
                .with(3, &Data::structure(vec![Data::Integer(0), Data::Enum(30)]))
                .at(0x1000),
        );
        memory.add(
            Entry::new(ClassId::DATA, 0, SCRATCH.into())
                .with(2, &Data::OctetString((0..40).collect()))
                .writable(2)
                .at(0x1100),
        );
        let secret = Access::READ.authenticated();
        memory.add(
            Entry::new(ClassId::DATA, 0, [0, 0, 96, 61, 0, 255].into())
                .with(2, &Data::Unsigned(7))
                .with_access(2, secret),
        );
        memory.add(
            Entry::new(ClassId::DISCONNECT_CONTROL, 0, [0, 0, 96, 3, 10, 255].into())
                .with(2, &Data::Boolean(true))
                .with(3, &Data::Enum(1))
                .with(4, &Data::Enum(4))
                .at(0x1200),
        );
        let terms = Terms { referencing, conformance: referencing.services(), max_send };
        let protection = SecurityControl::new(0);
        Self { memory, services: Services::new(4096), terms, protection }
    }

    fn without(mut self, services: Conformance) -> Self {
        let bits = self.terms.conformance.bits() & !services.bits();
        self.terms.conformance = Conformance::from_bits(bits);
        self
    }

    fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        let who = Who { client: 1, mechanism: Mechanism::LOWEST, protection: self.protection };
        let mut out = Owned::new(4096);
        let is_answered =
            self.services.answer(&mut self.memory, &who, &self.terms, request, &mut out);
        assert_eq!(is_answered, !out.octets().is_empty());
        out.octets().to_vec()
    }
}

fn ln(max_send: Option<usize>) -> Bench {
    Bench::new(Referencing::LogicalNames, max_send)
}

fn sn(max_send: Option<usize>) -> Bench {
    Bench::new(Referencing::ShortNames, max_send)
}

/// An attribute, or a method, as it stands in a request.
fn at(class_id: u8, name: [u8; 6], index: u8) -> Vec<u8> {
    [&[0, class_id][..], &name, &[index]].concat()
}

#[test]
fn a_value_is_answered_under_the_number_of_its_request() {
    let request = [&[0xC0, 1, 0x42][..], &at(3, ENERGY, 2), &[0]].concat();
    assert_eq!(ln(None).ask(&request), [0xC4, 1, 0x42, 0, 6, 0, 0x13, 0x11, 0xD6]);
}

#[test]
fn what_is_not_there_is_refused_for_what_is_wrong_with_it() {
    for (class_id, name, attribute, code) in [
        (3, [9, 9, 9, 9, 9, 9], 2, 4), // object-undefined
        (1, ENERGY, 2, 9),             // object-class-inconsistent
        (3, ENERGY, 4, 4),
        (1, [0, 0, 96, 61, 0, 255], 2, 13), // scope-of-access-violated: in clear
    ] {
        let request = [&[0xC0, 1, 0xC1][..], &at(class_id, name, attribute), &[0]].concat();
        assert_eq!(ln(None).ask(&request), [0xC4, 1, 0xC1, 1, code], "{name:?}");
    }
    let request = [&[0xC0, 1, 0xC1][..], &at(1, [0, 0, 96, 61, 0, 255], 2), &[0]].concat();
    let mut bench = ln(None);
    bench.protection = SecurityControl::AUTHENTICATED;
    assert_eq!(bench.ask(&request), [0xC4, 1, 0xC1, 0, 17, 7]);
}

#[test]
fn a_list_is_answered_item_by_item() {
    let attributes = [at(3, ENERGY, 2), vec![0], at(3, ENERGY, 9), vec![0]].concat();
    let request = [&[0xC0, 3, 0xC1, 2][..], &attributes].concat();
    let answer = [0xC4, 3, 0xC1, 2, 0, 6, 0, 0x13, 0x11, 0xD6, 1, 4];
    assert_eq!(ln(None).ask(&request), answer);
    let none = ln(None).without(Conformance::MULTIPLE_REFERENCES).ask(&request);
    assert_eq!(none, [0xD8, 1, 2]);
}

#[test]
fn a_long_value_goes_in_blocks_that_can_be_asked_for_again() {
    // 34 octets for a message leave 20 for a piece, of a value of 42.
    let mut bench = ln(Some(34));
    let request = [&[0xC0, 1, 0xC1][..], &at(1, SCRATCH, 2), &[0]].concat();
    let first = bench.ask(&request);
    assert_eq!(first[..10], [0xC4, 2, 0xC1, 0, 0, 0, 0, 1, 0, 20]);
    assert_eq!(first[10..14], [9, 40, 0, 1]);
    let next = |number| [0xC0, 2, 0xC1, 0, 0, 0, number];
    let second = bench.ask(&next(1));
    assert_eq!(second[..10], [0xC4, 2, 0xC1, 0, 0, 0, 0, 2, 0, 20]);
    assert_eq!(bench.ask(&next(1)), second, "the answer was lost");
    let last = bench.ask(&next(2));
    assert_eq!(last, [0xC4, 2, 0xC1, 1, 0, 0, 0, 3, 0, 2, 38, 39]);
    // All is sent: no-long-get-in-progress; then a wrong number: data-block-number-invalid.
    assert_eq!(bench.ask(&next(3)), [0xC4, 2, 0xC1, 1, 0, 0, 0, 3, 1, 16]);
    bench.ask(&request);
    assert_eq!(bench.ask(&next(7)), [0xC4, 2, 0xC1, 1, 0, 0, 0, 7, 1, 19]);
    assert_eq!(bench.ask(&next(1)), [0xC4, 2, 0xC1, 1, 0, 0, 0, 1, 1, 16]);
}

#[test]
fn without_blocks_a_long_value_is_refused_or_left_to_general_blocks() {
    let blocks = Conformance::BLOCK_TRANSFER_WITH_GET_OR_READ;
    let request = [&[0xC0, 1, 0xC1][..], &at(1, SCRATCH, 2), &[0]].concat();
    assert_eq!(ln(Some(34)).without(blocks).ask(&request).len(), 46);
    let neither = blocks | Conformance::GENERAL_BLOCK_TRANSFER;
    assert_eq!(ln(Some(34)).without(neither).ask(&request), [0xC4, 1, 0xC1, 1, 250]);
}

#[test]
fn a_value_is_written_if_its_type_is_right() {
    let mut bench = ln(None);
    let set = |value: &[u8]| [&[0xC1, 1, 0xC1][..], &at(1, SCRATCH, 2), &[0], value].concat();
    assert_eq!(bench.ask(&set(&[9, 1, 7])), [0xC5, 1, 0xC1, 0]);
    assert_eq!(bench.memory.stored(SCRATCH.into(), 2), Some(&[9, 1, 7][..]));
    assert_eq!(bench.ask(&set(&[17, 7])), [0xC5, 1, 0xC1, 12]); // type-unmatched
    let denied = [&[0xC1, 1, 0xC1][..], &at(3, ENERGY, 2), &[0, 6, 0, 0, 0, 0]].concat();
    assert_eq!(bench.ask(&denied), [0xC5, 1, 0xC1, 3]); // read-write-denied
    // Unconfirmed: it is done, and nothing is said.
    let mut unconfirmed = set(&[9, 1, 8]);
    unconfirmed[2] = 0x81;
    assert!(bench.ask(&unconfirmed).is_empty());
    assert_eq!(bench.memory.stored(SCRATCH.into(), 2), Some(&[9, 1, 8][..]));
}

#[test]
fn a_value_is_written_in_blocks() {
    let mut bench = ln(None);
    let first = |piece: &[u8]| {
        let head = [&[0xC1, 2, 0xC1][..], &at(1, SCRATCH, 2), &[0]].concat();
        [&head[..], &[0, 0, 0, 0, 1, u8::try_from(piece.len()).unwrap()], piece].concat()
    };
    let next = |last, number, piece: &[u8]| {
        let len = u8::try_from(piece.len()).unwrap();
        [&[0xC1, 3, 0xC1, last, 0, 0, 0, number, len][..], piece].concat()
    };
    assert_eq!(bench.ask(&first(&[9, 3, 1])), [0xC5, 2, 0xC1, 0, 0, 0, 1]);
    assert_eq!(bench.ask(&next(0, 2, &[2])), [0xC5, 2, 0xC1, 0, 0, 0, 2]);
    assert_eq!(bench.ask(&next(0, 2, &[2])), [0xC5, 2, 0xC1, 0, 0, 0, 2], "sent again");
    assert_eq!(bench.ask(&next(1, 3, &[3])), [0xC5, 3, 0xC1, 0, 0, 0, 0, 3]);
    assert_eq!(bench.memory.stored(SCRATCH.into(), 2), Some(&[9, 3, 1, 2, 3][..]));
    // Over: no-long-set-in-progress. A gap: data-block-number-invalid. Too much: long-set-aborted.
    assert_eq!(bench.ask(&next(1, 4, &[3])), [0xC5, 3, 0xC1, 18, 0, 0, 0, 4]);
    bench.ask(&first(&[9, 3, 1]));
    assert_eq!(bench.ask(&next(1, 3, &[3])), [0xC5, 3, 0xC1, 19, 0, 0, 0, 3]);
    bench.services = Services::new(16);
    bench.ask(&first(&[9, 3, 1]));
    assert_eq!(bench.ask(&next(0, 2, &[0; 8])), [0xC5, 3, 0xC1, 17, 0, 0, 0, 2]);
}

#[test]
fn a_list_is_written_at_once_or_in_blocks() {
    let mut bench = ln(None);
    let attributes = [vec![2], at(1, SCRATCH, 2), vec![0], at(3, ENERGY, 2), vec![0]].concat();
    let values = [2, 9, 1, 5, 6, 0, 0, 0, 0];
    let at_once = [&[0xC1, 4, 0xC1][..], &attributes, &values].concat();
    assert_eq!(bench.ask(&at_once), [0xC5, 5, 0xC1, 2, 0, 3]);
    let first = [&[0xC1, 5, 0xC1][..], &attributes, &[0, 0, 0, 0, 1, 4], &values[..4]].concat();
    assert_eq!(bench.ask(&first), [0xC5, 2, 0xC1, 0, 0, 0, 1]);
    let last = [&[0xC1, 3, 0xC1, 1, 0, 0, 0, 2, 5][..], &values[4..]].concat();
    assert_eq!(bench.ask(&last), [0xC5, 4, 0xC1, 2, 0, 3, 0, 0, 0, 2]);
}

const SWITCH: [u8; 6] = [0, 0, 96, 3, 10, 255];

#[test]
fn a_method_is_called_at_once_in_a_list_and_in_blocks() {
    let mut bench = ln(None);
    let once = [&[0xC3, 1, 0xC1][..], &at(70, SWITCH, 1), &[1, 15, 0]].concat();
    assert_eq!(bench.ask(&once), [0xC7, 1, 0xC1, 0, 0]);
    assert_eq!(bench.memory.stored(SWITCH.into(), 2), Some(&[3, 0][..]));
    let methods = [vec![2], at(70, SWITCH, 2), at(70, SWITCH, 3)].concat();
    let list = [&[0xC3, 3, 0xC1][..], &methods, &[2, 15, 0, 0]].concat();
    assert_eq!(bench.ask(&list), [0xC7, 3, 0xC1, 2, 0, 0, 4, 0]);
    assert_eq!(bench.memory.stored(SWITCH.into(), 2), Some(&[3, 1][..]));
    let first = [&[0xC3, 4, 0xC1][..], &at(70, SWITCH, 1), &[0, 0, 0, 0, 1, 1, 15]].concat();
    assert_eq!(bench.ask(&first), [0xC7, 4, 0xC1, 0, 0, 0, 1]);
    assert_eq!(bench.ask(&[0xC3, 6, 0xC1, 1, 0, 0, 0, 2, 1, 0]), [0xC7, 1, 0xC1, 0, 0]);
    assert_eq!(bench.memory.stored(SWITCH.into(), 2), Some(&[3, 0][..]));
    let first = [&[0xC3, 5, 0xC1][..], &methods, &[0, 0, 0, 0, 1, 1, 2]].concat();
    assert_eq!(bench.ask(&first), [0xC7, 4, 0xC1, 0, 0, 0, 1]);
    let last = [0xC3, 6, 0xC1, 1, 0, 0, 0, 2, 3, 15, 0, 0];
    assert_eq!(bench.ask(&last), [0xC7, 3, 0xC1, 2, 0, 0, 4, 0]);
    assert_eq!(bench.ask(&last), [0xC7, 1, 0xC1, 16, 0]); // no-long-action-in-progress
    assert_eq!(bench.ask(&[0xC3, 2, 0xC1, 0, 0, 0, 1]), [0xC7, 1, 0xC1, 16, 0]);
}

#[test]
fn access_does_each_item_and_stops_where_the_client_wants_it() {
    let mut bench = ln(None);
    let items = [
        vec![4, 1],
        at(3, ENERGY, 2),
        vec![2],
        at(3, ENERGY, 2),
        vec![3],
        at(70, SWITCH, 1),
        vec![1],
        at(3, ENERGY, 3),
    ]
    .concat();
    let data = [4, 0, 17, 1, 15, 0, 0];
    let request = |id: u8| [&[0xD9, id, 0, 0, 5, 0][..], &items, &data].concat();
    let head = [0xDA, 0x40, 0, 0, 5, 0, 0];
    let energy = [6, 0, 0x13, 0x11, 0xD6];
    let unit = [2, 2, 15, 0, 22, 30];
    let all = [&head[..], &[4], &energy, &[0, 0], &unit, &[4, 1, 0, 2, 3, 3, 0, 1, 0]].concat();
    assert_eq!(bench.ask(&request(0x40)), all);
    let broken = [&[0xDA, 0x60, 0, 0, 5, 0, 0, 4][..], &energy, &[0, 0, 0]].concat();
    let broken = [&broken[..], &[4, 1, 0, 2, 3, 3, 250, 1, 250]].concat();
    assert_eq!(bench.ask(&request(0x60)), broken);
    assert!(bench.ask(&request(0)).is_empty());
    // Self-descriptive: what was asked for comes back.
    let told = bench.ask(&request(0x50));
    assert_eq!(told[5..7], [0, 1]);
    assert_eq!(told[7..7 + items.len()], items);
    // Nothing but general blocks can carry it in parts: pdu-too-long.
    let mut bench = ln(Some(10)).without(Conformance::GENERAL_BLOCK_TRANSFER);
    assert_eq!(bench.ask(&request(0x40)), [0xD8, 1, 4]);
}

#[test]
fn short_names_are_read_and_written_and_call_methods() {
    let mut bench = sn(None);
    assert_eq!(bench.ask(&[5, 1, 2, 0x10, 8]), [0x0C, 1, 0, 6, 0, 0x13, 0x11, 0xD6]);
    let both = [5, 2, 2, 0x10, 16, 2, 0x55, 0];
    assert_eq!(bench.ask(&both), [0x0C, 2, 0, 2, 2, 15, 0, 22, 30, 1, 4]);
    assert_eq!(bench.ask(&[6, 1, 2, 0x11, 8, 1, 9, 1, 7]), [0x0D, 1, 0]);
    assert_eq!(bench.memory.stored(SCRATCH.into(), 2), Some(&[9, 1, 7][..]));
    assert_eq!(bench.ask(&[6, 1, 2, 0x10, 8, 1, 9, 1, 7]), [0x0D, 1, 1, 3]);
    assert!(bench.ask(&[0x16, 1, 2, 0x11, 8, 1, 9, 1, 8]).is_empty());
    assert_eq!(bench.memory.stored(SCRATCH.into(), 2), Some(&[9, 1, 8][..]));
    // remote_disconnect lies at 20 of its object: written with its parameter, or read with it.
    assert_eq!(bench.ask(&[6, 1, 2, 0x12, 0x20, 1, 15, 0]), [0x0D, 1, 0]);
    assert_eq!(bench.memory.stored(SWITCH.into(), 2), Some(&[3, 0][..]));
    assert_eq!(bench.ask(&[5, 1, 4, 0x12, 0x28, 0, 15, 0]), [0x0C, 1, 0, 0]);
    assert_eq!(bench.memory.stored(SWITCH.into(), 2), Some(&[3, 1][..]));
}

#[test]
fn short_names_have_blocks_both_ways() {
    let mut bench = sn(Some(34));
    let first = bench.ask(&[5, 1, 2, 0x11, 8]);
    assert_eq!(first[..8], [0x0C, 1, 2, 0, 0, 1, 20, 9]);
    let second = bench.ask(&[5, 1, 5, 0, 1]);
    assert_eq!(second[..7], [0x0C, 1, 2, 0, 0, 2, 20]);
    assert_eq!(bench.ask(&[5, 1, 5, 0, 2]), [0x0C, 1, 2, 1, 0, 3, 2, 38, 39]);
    assert_eq!(bench.ask(&[5, 1, 5, 0, 3]), [0x0C, 1, 1, 16]);
    // A read-request in blocks, and a write-request.
    assert_eq!(bench.ask(&[5, 1, 6, 0, 0, 1, 2, 1, 2]), [0x0C, 1, 3, 0, 1]);
    let answer = bench.ask(&[5, 1, 6, 1, 0, 2, 2, 0x10, 8]);
    assert_eq!(answer, [0x0C, 1, 0, 6, 0, 0x13, 0x11, 0xD6]);
    assert_eq!(bench.ask(&[6, 1, 7, 0, 0, 1, 1, 9, 4, 1, 2, 0x11, 8]), [0x0D, 1, 2, 0, 1]);
    assert_eq!(bench.ask(&[6, 1, 7, 1, 0, 2, 1, 9, 4, 1, 9, 1, 3]), [0x0D, 1, 0]);
    assert_eq!(bench.memory.stored(SCRATCH.into(), 2), Some(&[9, 1, 3][..]));
    assert_eq!(bench.ask(&[6, 1, 7, 1, 0, 2, 1, 9, 1, 1]), [0x0D, 1, 1, 18]);
}

#[test]
fn what_was_not_agreed_on_is_refused_in_the_words_of_its_names() {
    let request = [&[0xC0, 1, 0xC1][..], &at(3, ENERGY, 2), &[0]].concat();
    assert_eq!(sn(None).ask(&request), [0xD8, 1, 2]);
    assert_eq!(ln(None).ask(&[5, 1, 2, 0x10, 8]), [0x0E, 5, 3, 2]);
    assert_eq!(ln(None).ask(&[6, 1, 2, 0x10, 8, 1, 0]), [0x0E, 6, 3, 2]);
    assert!(ln(None).ask(&[0x16, 1, 2, 0x10, 8, 1, 0]).is_empty());
    assert_eq!(ln(None).ask(&request[..9]), [0xD8, 1, 3]);
    assert_eq!(ln(None).ask(&[0xEE]), [0xD8, 1, 3]);
    assert_eq!(ln(None).ask(&[]), [0xD8, 1, 3]);
    assert_eq!(ln(None).ask(&[0xC4, 1, 0xC1, 0, 0]), [0xD8, 2, 2]);
}

proptest::proptest! {
    /// Whatever comes: an answer that can be read and fits, or none; never more memory than was given.
    #[test]
    fn any_request_has_an_answer_that_can_be_read(
        requests in proptest::collection::vec(
            proptest::prop_oneof![
                proptest::collection::vec(proptest::num::u8::ANY, 0..40),
                (0_u8..4, 0_u8..7, proptest::collection::vec(0_u8..12, 0..40)).prop_map(
                    |(tag, choice, tail)| [vec![0xC0 + tag, choice, 0xC1], tail].concat()
                ),
                (5_u8..7, proptest::collection::vec(0_u8..18, 0..20))
                    .prop_map(|(tag, tail)| [vec![tag, 1], tail].concat()),
            ],
            0..20,
        ),
        has_short_names: bool,
    ) {
        let mut bench = if has_short_names { sn(Some(34)) } else { ln(Some(34)) };
        for request in requests {
            let answer = bench.ask(&request);
            if !answer.is_empty() {
                let apdu: Result<Apdu<'_>, _> = Apdu::from_bytes(&answer);
                proptest::prop_assert!(apdu.is_ok(), "{request:02X?} {answer:02X?}");
            }
        }
    }
}
