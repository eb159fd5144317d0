//! [`Reply`]: the telegrams of one answer, as the octets that a dialect decodes.

use gurux_mbus::wire::{Body, Telegram};

use crate::driver::Refusal;

/// Telegrams from the CI field on, in the clear, each behind its length in two octets.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Reply {
    pub(super) octets: Vec<u8>,
}

impl Reply {
    /// Adds a telegram.
    pub(super) fn push(&mut self, user_data: &[u8]) {
        // No link carries more.
        let len = u16::try_from(user_data.len()).unwrap_or(u16::MAX);
        self.octets.extend_from_slice(&len.to_le_bytes());
        self.octets.extend(user_data.iter().take(usize::from(len)));
    }
}

/// The telegrams in a reply.
pub(super) fn telegrams(mut octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, rest) = octets.split_first_chunk()?;
        let (telegram, rest) = rest.split_at_checked(u16::from_le_bytes(*len).into())?;
        octets = rest;
        Some(telegram)
    })
}

/// The meter's "no", if the telegram is one: an application error.
pub(super) fn refusal(user_data: &[u8]) -> Option<Refusal> {
    match Telegram::from_user_data(user_data).ok()?.body() {
        Body::ApplicationError(error) => {
            let code = error.code();
            let name = code.map_or_else(|| "application error".to_owned(), |code| code.to_string());
            Some(Refusal { code: code.map_or(0, |code| code.code().into()), name })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut reply = Reply::default();
        reply.push(&[0x78, 1, 2]);
        reply.push(&[]);
        reply.push(&[0x78]);
        let found: Vec<&[u8]> = telegrams(&reply.octets).collect();
        assert_eq!(found, [&[0x78, 1, 2][..], &[], &[0x78]]);
        assert_eq!(telegrams(&[5, 0, 1]).count(), 0);
    }
}
