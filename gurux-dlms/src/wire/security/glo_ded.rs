//! [`GloDed`]: one service, ciphered under the global or a dedicated key.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

use super::ciphered::HEADER_LEN;
use super::{Ciphered, TAG_LEN, with_length};
use crate::wire::ApduTag;
use crate::wire::axdr::length;

impl ApduTag {
    /// Where the tags of ciphered services stand, and how far behind those of the services: dedicated
    /// or not, the first and the last, the distance. Below 80 are the services of DLMS, above those of
    /// COSEM.
    const CIPHERED: [(bool, u8, u8, u8); 4] = [
        (false, 0x21, 0x38, 0x20),
        (true, 0x41, 0x58, 0x40),
        (false, 0xC8, 0xCF, 0x08),
        (true, 0xD0, 0xD7, 0x10),
    ];

    /// The tag of the service under the dedicated or the global key. `None` if the service has no
    /// ciphered form of its own: then a general one carries it.
    ///
    /// ```
    /// use gurux_dlms::wire::ApduTag;
    ///
    /// assert_eq!(ApduTag::GET_REQUEST.ciphered(false), Some(ApduTag::GLO_GET_REQUEST));
    /// assert_eq!(ApduTag::GET_REQUEST.ciphered(true), Some(ApduTag::DED_GET_REQUEST));
    /// assert_eq!(ApduTag::ACCESS_REQUEST.ciphered(false), None);
    /// assert_eq!(ApduTag::GLO_GET_REQUEST.service(), Some(ApduTag::GET_REQUEST));
    /// ```
    #[must_use]
    pub fn ciphered(self, dedicated: bool) -> Option<Self> {
        Self::CIPHERED
            .iter()
            .filter(|&&(dedicates, ..)| dedicates == dedicated)
            .filter_map(|&(.., shift)| self.code().checked_add(shift).map(Self::new))
            .find(|tag| tag.service() == Some(self))
    }

    /// The service that is ciphered, if this is the tag of a [`GloDed`].
    #[must_use]
    pub fn service(self) -> Option<Self> {
        let (.., shift) = self.name().and(self.row())?;
        self.code().checked_sub(shift).map(Self::new)
    }

    /// Is it the tag of a service that is ciphered under the dedicated key?
    #[must_use]
    pub fn is_dedicated(self) -> bool {
        self.name().and(self.row()).is_some_and(|(dedicated, ..)| dedicated)
    }

    fn row(self) -> Option<(bool, u8, u8, u8)> {
        let holds =
            |&(_, first, last, _): &(bool, u8, u8, u8)| (first..=last).contains(&self.code());
        Self::CIPHERED.into_iter().find(holds)
    }
}

/// One ciphered service.
///
/// | octets | field |
/// |---|---|
/// | 1 | the tag, which says the service and the key |
/// | 1 to 5 | length |
/// | n | the security header, the text and its tag |
///
/// Neither side's system title is in it: both are known from the association.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GloDed<'a> {
    /// Which service, under which key.
    pub tag: ApduTag,
    /// What is protected.
    pub body: Ciphered<'a>,
    /// observed: clients that only encrypt, but count a tag in the length (gocosem). The text is
    /// whole, and so is the message but for its length.
    length_counts_a_tag: bool,
}

impl<'a> GloDed<'a> {
    /// A ciphered service; `tag` is that of one, as [`ApduTag::ciphered`] gives it.
    #[must_use]
    pub const fn new(tag: ApduTag, body: Ciphered<'a>) -> Self {
        Self { tag, body, length_counts_a_tag: false }
    }

    /// Does the length count a tag that is not there?
    #[must_use]
    pub const fn length_counts_a_tag(&self) -> bool {
        self.length_counts_a_tag
    }

    fn declared(&self) -> usize {
        let excess = if self.length_counts_a_tag { TAG_LEN } else { 0 };
        self.body.wire_len().saturating_add(excess)
    }

    /// Writes what stands before a body of so many octets.
    pub(crate) fn put_head(&self, body_len: usize, out: &mut impl Sink) {
        out.put_u8(self.tag.code());
        length::emit(body_len, out);
    }
}

impl<'a> Wire<'a> for GloDed<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [code] = reader.array("ciphered service")?;
        let tag = ApduTag::new(code);
        if tag.service().is_none() {
            let kind = WireErrorKind::Code(code.into());
            return Err(WireError::new(start, "ciphered service", kind));
        }
        reader.show(start, "ciphered-service", tag.shown());
        let declared = length::read(reader, "length")?;
        let there = reader.rest().len();
        let encrypted_only = reader.rest().first().is_some_and(|&octet| {
            let control = super::SecurityControl::new(octet);
            control.is_encrypted() && !control.is_authenticated()
        });
        let length_counts_a_tag =
            encrypted_only && there >= HEADER_LEN && declared.checked_sub(TAG_LEN) == Some(there);
        let len = if length_counts_a_tag { there } else { declared };
        let body = reader.within(len, "ciphered service", Ciphered::read)?;
        Ok(Self { tag, body, length_counts_a_tag })
    }

    fn emit(&self, out: &mut impl Sink) {
        self.put_head(self.declared(), out);
        self.body.emit(out);
    }

    fn wire_len(&self) -> usize {
        let excess = if self.length_counts_a_tag { TAG_LEN } else { 0 };
        with_length(self.declared()).saturating_sub(excess).saturating_add(1)
    }
}
