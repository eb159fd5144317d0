//! Whatever a meter answers and a line does: every order ends, once, and nothing that was not sent is told.

use gurux_dlms::security::Software;
use gurux_dlms::session::{
    Authentication, ClientConfig, Failure, Guard, Referencing, WrapperConfig,
};
use gurux_dlms::wire::DataRef;
use proptest::prelude::*;

use crate::desk::{ALL, Desk, aare, register};

/// What a meter does with a request.
#[derive(Clone, Debug)]
enum Does {
    Answers,
    Says(Vec<u8>),
    Nothing,
    Twice,
    /// The right answer with an octet changed.
    Spoils(usize, u8),
    /// The right answer without its end.
    Cuts(usize),
}

fn does() -> impl Strategy<Value = Does> {
    let tag = prop::sample::select(vec![
        0x08_u8, 0x0C, 0x0D, 0x0E, 0x0F, 0x28, 0x61, 0x63, 0xC2, 0xC4, 0xC5, 0xC7, 0xCC, 0xD8,
        0xDA, 0xDB, 0xDD, 0xE0,
    ]);
    let says = (tag, prop::collection::vec(any::<u8>(), 0..40)).prop_map(|(tag, mut octets)| {
        octets.insert(0, tag);
        Does::Says(octets)
    });
    prop_oneof![
        6 => Just(Does::Answers),
        3 => says,
        1 => Just(Does::Nothing),
        1 => Just(Does::Twice),
        1 => (0..40_usize, 1..=255_u8).prop_map(|(place, bits)| Does::Spoils(place, bits)),
        1 => (1..40_usize).prop_map(Does::Cuts),
    ]
}

/// What a meter of this test answers when nothing is wrong: 60 octets, in blocks of 20 for reading.
fn right(message: &[u8]) -> Vec<u8> {
    let block = |number: u8, invoke: u8| {
        let head = [0xC4, 2, invoke, u8::from(number == 4), 0, 0, 0, number, 0];
        let value = [&[9, 60][..], &[0x5A; 60]].concat();
        let piece = value.chunks(20).nth(usize::from(number) - 1).unwrap_or_default();
        [&head[..], &[piece.len() as u8], piece].concat()
    };
    match message {
        [0x60, ..] => aare(ALL, 64),
        [0xC0, 1, invoke, ..] => block(1, *invoke),
        [0xC0, 2, invoke, _, _, _, number] => block(number.wrapping_add(1).clamp(1, 4), *invoke),
        [0xC1, 1, invoke, ..] => vec![0xC5, 1, *invoke, 0],
        [0xC3, 1, invoke, ..] => vec![0xC7, 1, *invoke, 0, 0],
        [0x62, ..] => vec![0x63, 0],
        // A general block of a request: it is taken, and the last one refused.
        [0xE0, control, _, number, ..] if control & 0x80 == 0 => vec![0xE0, 1, 0, 1, 0, *number, 0],
        _ => vec![0xD8, 1, 3],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_order_ends_once(
        script in prop::collection::vec(does(), 0..30),
        orders in prop::collection::vec(0..6_u8, 1..6),
        is_datagram in any::<bool>(),
        is_short in any::<bool>(),
    ) {
        let mut script = script.into_iter();
        let mut is_honest = true;
        let meter = |message: &[u8]| {
            let answer = right(message);
            match script.next().unwrap_or(Does::Answers) {
                Does::Answers => vec![answer],
                Does::Nothing => vec![],
                Does::Twice => vec![answer.clone(), answer],
                Does::Says(octets) => {
                    is_honest = false;
                    vec![octets]
                }
                Does::Spoils(place, bits) => {
                    is_honest = false;
                    let mut answer = answer;
                    let place = place % answer.len();
                    answer[place] ^= bits;
                    vec![answer]
                }
                Does::Cuts(len) => {
                    is_honest = false;
                    vec![answer[..len.min(answer.len())].to_vec()]
                }
            }
        };
        let config = ClientConfig {
            referencing: if is_short { Referencing::ShortNames } else { Referencing::LogicalNames },
            ..ClientConfig::default()
        };
        let wrapper = WrapperConfig { is_datagram, ..WrapperConfig::default() };
        let (open, lowest) = (Guard::open(Software), Authentication::Lowest);
        let mut desk = Desk::with(config, wrapper, lowest, open, meter);
        let mut ends = Vec::new();
        for order in orders {
            let call = match order {
                0 => desk.client.get(register()),
                1 => desk.client.read_rows(register(), None),
                2 => desk.client.set(register(), DataRef::Unsigned(1)),
                3 => desk.client.get_list(&[register().into(), register().into()]),
                4 => desk.client.set(register(), DataRef::OctetString(&[1; 200])),
                _ => desk.client.release(),
            };
            // `run` fails where there is no end, or one of another order.
            let (told, end) = desk.run(call.expect("idle"));
            prop_assert!(desk.client.is_idle());
            ends.push((order, told, end));
        }
        drop(desk);
        for (order, told, end) in ends {
            if is_honest && !is_short && order == 0 && end == Ok(()) {
                let value = [&[9, 60][..], &[0x5A; 60]].concat();
                prop_assert_eq!(told.values, vec![Ok(value)]);
            }
            if is_honest && !is_short && order == 0 {
                let is_known = matches!(end, Ok(()) | Err(Failure::TimedOut | Failure::Lost(_)));
                prop_assert!(is_known, "{end:?}");
            }
        }
    }
}

/// A meter that sends its first block again and again keeps nobody waiting for ever.
#[test]
fn a_block_that_comes_for_ever_ends_the_order() {
    let meter = |message: &[u8]| match message {
        [0xC0, 2, invoke, ..] => vec![right(&[0xC0, 1, *invoke]); 3],
        message => vec![right(message)],
    };
    let guard = Guard::open(Software);
    let (config, wrapper) = (ClientConfig::default(), WrapperConfig::default());
    let mut desk = Desk::with(config, wrapper, Authentication::Lowest, guard, meter);
    let call = desk.client.get(register()).expect("idle");
    let (told, end) = desk.run(call);
    assert!(told.values.is_empty());
    assert!(matches!(end, Err(Failure::Block { .. } | Failure::TimedOut)), "{end:?}");
}
