//! [`Llc`]: the header of the logical link control sublayer.

/// What stands in front of a message in HDLC, once for all its segments (IEC 62056-46, LLC PDU).
///
/// | octets | field |
/// |---|---|
/// | E6 | destination LSAP |
/// | E6, E7 | source LSAP: of a command, of a response |
/// | 00 | quality |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Llc {
    /// From a client.
    Command,
    /// From a server.
    Response,
}

impl Llc {
    /// The three octets.
    #[must_use]
    pub const fn octets(self) -> [u8; 3] {
        match self {
            Self::Command => [0xE6, 0xE6, 0x00],
            Self::Response => [0xE6, 0xE7, 0x00],
        }
    }

    /// The header, if there is one, and what stands behind it.
    ///
    /// observed: blocks of a push behind the first have none (L+G E450), and neither has a segment
    /// behind the first.
    #[must_use]
    pub const fn strip(octets: &[u8]) -> (Option<Self>, &[u8]) {
        match octets {
            [0xE6, 0xE6, 0x00, apdu @ ..] => (Some(Self::Command), apdu),
            [0xE6, 0xE7, 0x00, apdu @ ..] => (Some(Self::Response), apdu),
            _ => (None, octets),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Llc;

    #[test]
    fn a_header_is_taken_off_only_where_it_is_one() {
        assert_eq!(Llc::strip(&[0xE6, 0xE6, 0x00, 0xC0]), (Some(Llc::Command), &[0xC0][..]));
        assert_eq!(Llc::strip(&[0xE6, 0xE7, 0x00]), (Some(Llc::Response), &[][..]));
        for other in [&[0xE6, 0xE7][..], &[0xE6, 0xE8, 0x00], &[0xE7, 0xE7, 0x00], &[]] {
            assert_eq!(Llc::strip(other), (None, other));
        }
        for llc in [Llc::Command, Llc::Response] {
            assert_eq!(Llc::strip(&llc.octets()), (Some(llc), &[][..]));
        }
    }
}
