//! The client and the meter, over a line of the simulator: first a good one, then one that loses, repeats,
//! delays, cuts and spoils what passes. Each order comes to its end, with the right value or a stated
//! failure, and no counter is used for two messages.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

mod meter;
mod procedures;
mod side;

use core::time::Duration;

use gurux_dlms::session::{Failure, Form};
use gurux_media::Faults;
use proptest::prelude::*;

use side::{Carrier, Desk, Order, Setup};

const PLAIN: Setup = Setup {
    carrier: Carrier::Tcp,
    is_short: false,
    mechanism: 0,
    security: 0,
    suite: 0,
    form: Form::Service,
    is_dedicated: false,
    max_pdu: 1024,
    max_info: 128,
    window: 1,
    has_gbt: false,
};

const CARRIERS: [Carrier; 4] = [Carrier::Hdlc, Carrier::ModeE, Carrier::Tcp, Carrier::Udp];
const FORMS: [Form; 3] = [Form::Service, Form::General, Form::GeneralCiphering];

/// All orders, one after the other, over a line without faults.
fn all_is_right(setup: Setup) {
    let mut desk = Desk::new(&setup, &setup.carrier.line(Faults::none()));
    for order in Order::ALL {
        let found = desk.run(order);
        // ACCESS has no blocks of its own.
        let has_room = setup.max_pdu > 64 || setup.has_gbt;
        if order == Order::Access && !has_room && matches!(found, Err(Failure::TooLong { .. })) {
            continue;
        }
        assert_eq!(found, Ok(()), "{setup:?}: {order:?}");
    }
}

#[test]
fn every_mechanism() {
    for carrier in CARRIERS {
        for mechanism in 0..=7 {
            for is_short in [false, true] {
                all_is_right(Setup { carrier, mechanism, is_short, ..PLAIN });
            }
        }
    }
}

#[test]
fn every_protection() {
    for carrier in CARRIERS {
        for is_short in [false, true] {
            for suite in [0, 1, 2] {
                for security in [0x10, 0x20, 0x30] {
                    for form in FORMS {
                        let base = Setup { carrier, is_short, suite, security, form, ..PLAIN };
                        all_is_right(Setup { mechanism: 5, ..base });
                        all_is_right(Setup { is_dedicated: !is_short, ..base });
                    }
                }
            }
        }
    }
}

#[test]
fn every_length() {
    for carrier in CARRIERS {
        for is_short in [false, true] {
            for max_pdu in [64, 128, 200, 1024, 0xFFFF] {
                for security in [0, 0x30] {
                    let base = Setup { carrier, is_short, max_pdu, security, ..PLAIN };
                    all_is_right(base);
                    if carrier.is_hdlc() {
                        all_is_right(Setup { max_info: 32, window: 3, ..base });
                        all_is_right(Setup { max_info: 2030, window: 7, ..base });
                    }
                    if !is_short {
                        all_is_right(Setup { has_gbt: true, window: 5, ..base });
                    }
                }
            }
        }
    }
}

fn setup() -> impl Strategy<Value = Setup> {
    let who = (0..CARRIERS.len(), any::<bool>(), 0..8_u8);
    let how = (
        prop::sample::select(vec![0_u8, 0x10, 0x20, 0x30]),
        0..3_u8,
        prop::sample::select(FORMS.to_vec()),
        any::<bool>(),
    );
    let size = (
        prop::sample::select(vec![64_u16, 128, 1024]),
        prop::sample::select(vec![32_u16, 128, 512]),
        1..=7_u8,
        any::<bool>(),
    );
    (who, how, size).prop_map(
        |((carrier, is_short, mechanism), (security, suite, form, dedicated), size)| {
            let (max_pdu, max_info, window, has_gbt) = size;
            Setup {
                carrier: CARRIERS[carrier],
                is_short,
                mechanism,
                security,
                suite,
                form,
                is_dedicated: dedicated && security != 0 && !is_short,
                max_pdu,
                max_info,
                window,
                has_gbt: has_gbt && !is_short,
            }
        },
    )
}

fn faults() -> impl Strategy<Value = Faults> {
    let share = || 0.0..0.1_f64;
    (any::<u64>(), share(), share(), share(), share(), share(), 0..3_000_u64).prop_map(
        |(seed, loss, duplicate, flip, garbage, split, delay)| Faults {
            seed,
            loss,
            duplicate,
            flip,
            garbage,
            split,
            delay: Duration::from_millis(delay),
            ..Faults::none()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_bad_line(
        setup in setup(),
        faults in faults(),
        orders in prop::collection::vec(prop::sample::select(Order::ALL.to_vec()), 1..8),
    ) {
        // Without a check sequence or a tag nothing tells a spoilt octet from a good one, and TCP hands over
        // each octet once.
        let flip = if setup.security & 0x10 != 0 { faults.flip } else { 0.0 };
        let faults = match setup.carrier {
            Carrier::Hdlc | Carrier::ModeE => faults,
            Carrier::Udp => Faults { flip, garbage: 0.0, split: 0.0, ..faults },
            Carrier::Tcp => Faults { flip, garbage: 0.0, duplicate: 0.0, ..faults },
        };
        // Where datagrams overtake each other, an answer to short names, which has no number, is not told from
        // a late one, nor, but by a tag, a general block from one of the message before.
        let is_ordered = setup.carrier != Carrier::Udp;
        let setup = Setup {
            is_short: setup.is_short && is_ordered,
            has_gbt: setup.has_gbt && (is_ordered || setup.security & 0x10 != 0),
            ..setup
        };
        let mut desk = Desk::new(&setup, &setup.carrier.line(faults));
        for order in orders {
            // It fails where there is no end, or a wrong value.
            let _ = desk.run(order);
        }
    }
}
