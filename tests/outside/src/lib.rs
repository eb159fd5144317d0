//! Another maker's meters, outside the repository: a frame of their own, and with `std` a driver.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
pub mod driver;

use gurux_framing::{Deframe, Step, WireError, WireErrorKind};

/// STX, count of octets, the octets, their sum modulo 256.
#[derive(Clone, Copy, Default, Debug)]
pub struct Counted;

/// Writes a frame around `content` to the front of `out`: its length, or `None` if there is no room.
pub fn wrap(content: &[u8], out: &mut [u8]) -> Option<usize> {
    let len = content.len() + 3;
    let (frame, _) = out.split_at_mut_checked(len)?;
    let (head, rest) = frame.split_first_chunk_mut::<2>()?;
    *head = [STX, u8::try_from(content.len()).ok()?];
    let (sum, body) = rest.split_last_mut()?;
    body.copy_from_slice(content);
    *sum = content.iter().fold(0, |sum, octet| sum.wrapping_add(*octet));
    Some(len)
}

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
