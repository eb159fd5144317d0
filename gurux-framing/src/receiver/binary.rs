//! Messages of octets: where they begin and end, and a telegram in them.

use crate::wireless::MIN_LENGTH;
use crate::{Step, WireError, WireErrorKind};

/// What the octets at the front of a buffer are.
pub(super) enum Front<M> {
    /// A message of so many octets.
    Message(M, usize),
    /// So many octets must be there to say so.
    More(usize),
    /// None.
    No(WireError),
}

impl<M> Front<M> {
    /// No message begins like this.
    pub(super) const fn code(at: usize, what: &'static str, octet: u8) -> Self {
        Self::No(WireError::new(at, what, WireErrorKind::Code(octet as u32)))
    }

    /// A step of the deframer, whose messages begin with `start`.
    pub(super) fn step(self, buf: &[u8], start: u8) -> Step<'_> {
        match self {
            Self::Message(_, used) => Step::Frame { frame: buf.get(..used).unwrap_or(buf), used },
            Self::More(at_least) => Step::NeedMore { at_least },
            Self::No(why) => {
                let next = buf.iter().skip(1).position(|octet| *octet == start);
                let used = next.map_or(buf.len(), |at| at.saturating_add(1));
                Step::Skip { used, why }
            }
        }
    }

    /// The message of a whole frame.
    pub(super) fn whole(self, what: &'static str, available: usize) -> Result<M, WireError> {
        match self {
            Self::Message(message, len) if len == available => Ok(message),
            Self::Message(_, len) => {
                let octets = available.saturating_sub(len);
                Err(WireError::new(len, what, WireErrorKind::Trailing { octets }))
            }
            Self::More(needed) => {
                Err(WireError::new(0, what, WireErrorKind::Truncated { needed, available }))
            }
            Self::No(why) => Err(why),
        }
    }
}

/// A telegram whose L octet the receiver took off, with an L before it.
///
/// # Errors
/// [`WireErrorKind::Length`] if L cannot say how long it is, [`WireErrorKind::Limit`] if it does not fit
/// in `room`.
pub(super) fn with_length<'r>(behind: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], WireError> {
    let max = room.len();
    let available = behind.len();
    let length = match u8::try_from(available) {
        Ok(length) if length >= MIN_LENGTH => length,
        _ => {
            let kind = WireErrorKind::Length { declared: MIN_LENGTH.into(), available };
            return Err(WireError::new(0, "telegram", kind));
        }
    };
    let limit = WireError::new(0, "output buffer", WireErrorKind::Limit { max });
    let telegram = room.get_mut(..available.saturating_add(1)).ok_or(limit)?;
    if let Some((first, rest)) = telegram.split_first_mut() {
        *first = length;
        for (to, from) in rest.iter_mut().zip(behind) {
            *to = *from;
        }
    }
    Ok(telegram)
}
