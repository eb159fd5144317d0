//! Another maker's meters, outside the repository: a frame of their own.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

use gurux_framing::{Deframe, Step, WireError, WireErrorKind};

/// STX, count of octets, the octets, their sum modulo 256.
#[derive(Clone, Copy, Default, Debug)]
pub struct Counted;

/// What every frame begins with.
pub const STX: u8 = 0x02;

impl Deframe for Counted {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        let skip = |what, kind| Step::Skip { used: 1, why: WireError::new(0, what, kind) };
        match buf {
            [] => Step::NeedMore { at_least: 3 },
            [STX] => Step::NeedMore { at_least: 3 },
            [STX, count, ..] => {
                let len = 3 + usize::from(*count);
                let Some(frame) = buf.get(..len) else { return Step::NeedMore { at_least: len } };
                let (sum, covered) = frame.split_last().unwrap_or((&0, &[]));
                let expected =
                    covered.iter().skip(2).fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
                if expected == *sum {
                    Step::Frame { frame, used: len }
                } else {
                    let (expected, found) = (u32::from(expected), u32::from(*sum));
                    skip("sum", WireErrorKind::Checksum { expected, found })
                }
            }
            [..] => skip("start", WireErrorKind::Expected("STX")),
        }
    }

    fn reset(&mut self) {}

    fn max_len(&self) -> usize {
        3 + 255
    }
}
