//! [`GloDed`]: one service, ciphered under the global or a dedicated key.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

use super::ciphered::HEADER_LEN;
use super::{Ciphered, TAG_LEN, with_length};
use crate::wire::axdr::length;

gurux_framing::wire_code! {
    /// Which service is ciphered, and under which key: the tag of a [`GloDed`].
    pub struct CipheredTag(u8) {
        /// An InitiateRequest.
        GLO_INITIATE_REQUEST = 0x21 => "glo-initiate-request",
        /// A ReadRequest.
        GLO_READ_REQUEST = 0x25 => "glo-read-request",
        /// A WriteRequest.
        GLO_WRITE_REQUEST = 0x26 => "glo-write-request",
        /// An InitiateResponse.
        GLO_INITIATE_RESPONSE = 0x28 => "glo-initiate-response",
        /// A ReadResponse.
        GLO_READ_RESPONSE = 0x2C => "glo-read-response",
        /// A WriteResponse.
        GLO_WRITE_RESPONSE = 0x2D => "glo-write-response",
        /// A ConfirmedServiceError.
        GLO_CONFIRMED_SERVICE_ERROR = 0x2E => "glo-confirmed-service-error",
        /// An UnconfirmedWriteRequest.
        GLO_UNCONFIRMED_WRITE_REQUEST = 0x36 => "glo-unconfirmed-write-request",
        /// An InformationReportRequest.
        GLO_INFORMATION_REPORT_REQUEST = 0x38 => "glo-information-report-request",
        /// An InitiateRequest, dedicated.
        DED_INITIATE_REQUEST = 0x41 => "ded-initiate-request",
        /// A ReadRequest, dedicated.
        DED_READ_REQUEST = 0x45 => "ded-read-request",
        /// A WriteRequest, dedicated.
        DED_WRITE_REQUEST = 0x46 => "ded-write-request",
        /// An InitiateResponse, dedicated.
        DED_INITIATE_RESPONSE = 0x48 => "ded-initiate-response",
        /// A ReadResponse, dedicated.
        DED_READ_RESPONSE = 0x4C => "ded-read-response",
        /// A WriteResponse, dedicated.
        DED_WRITE_RESPONSE = 0x4D => "ded-write-response",
        /// A ConfirmedServiceError, dedicated.
        DED_CONFIRMED_SERVICE_ERROR = 0x4E => "ded-confirmed-service-error",
        /// An UnconfirmedWriteRequest, dedicated.
        DED_UNCONFIRMED_WRITE_REQUEST = 0x56 => "ded-unconfirmed-write-request",
        /// An InformationReportRequest, dedicated.
        DED_INFORMATION_REPORT_REQUEST = 0x58 => "ded-information-report-request",
        /// A GetRequest.
        GLO_GET_REQUEST = 0xC8 => "glo-get-request",
        /// A SetRequest.
        GLO_SET_REQUEST = 0xC9 => "glo-set-request",
        /// An EventNotificationRequest.
        GLO_EVENT_NOTIFICATION_REQUEST = 0xCA => "glo-event-notification-request",
        /// An ActionRequest.
        GLO_ACTION_REQUEST = 0xCB => "glo-action-request",
        /// A GetResponse.
        GLO_GET_RESPONSE = 0xCC => "glo-get-response",
        /// A SetResponse.
        GLO_SET_RESPONSE = 0xCD => "glo-set-response",
        /// An ActionResponse.
        GLO_ACTION_RESPONSE = 0xCF => "glo-action-response",
        /// A GetRequest, dedicated.
        DED_GET_REQUEST = 0xD0 => "ded-get-request",
        /// A SetRequest, dedicated.
        DED_SET_REQUEST = 0xD1 => "ded-set-request",
        /// An EventNotificationRequest, dedicated.
        DED_EVENT_NOTIFICATION_REQUEST = 0xD2 => "ded-event-notification-request",
        /// An ActionRequest, dedicated.
        DED_ACTION_REQUEST = 0xD3 => "ded-action-request",
        /// A GetResponse, dedicated.
        DED_GET_RESPONSE = 0xD4 => "ded-get-response",
        /// A SetResponse, dedicated.
        DED_SET_RESPONSE = 0xD5 => "ded-set-response",
        /// An ActionResponse, dedicated.
        DED_ACTION_RESPONSE = 0xD7 => "ded-action-response",
    }
}

impl CipheredTag {
    /// How far the tag of a ciphered service lies behind that of the service: below 80, where the
    /// services of DLMS are, and above, where those of COSEM are.
    const SHIFTS: [(bool, u8, u8); 4] =
        [(false, 0x21, 0x20), (true, 0x41, 0x40), (false, 0xC8, 8), (true, 0xD0, 0x10)];

    /// The tag of the service with this plain tag under the dedicated or the global key. `None` if the
    /// service has no ciphered form of its own: then a general one carries it.
    ///
    /// ```
    /// use gurux_dlms::wire::CipheredTag;
    ///
    /// // A GetRequest, C0, and an ACCESS request.
    /// assert_eq!(CipheredTag::of_service(0xC0, false), Some(CipheredTag::GLO_GET_REQUEST));
    /// assert_eq!(CipheredTag::of_service(0xC0, true), Some(CipheredTag::DED_GET_REQUEST));
    /// assert_eq!(CipheredTag::of_service(0xD9, false), None);
    /// assert_eq!(CipheredTag::GLO_GET_REQUEST.service(), Some(0xC0));
    /// ```
    #[must_use]
    pub fn of_service(plain: u8, dedicated: bool) -> Option<Self> {
        Self::SHIFTS
            .iter()
            .filter(|&&(dedicates, _, _)| dedicates == dedicated)
            .filter_map(|&(_, _, shift)| plain.checked_add(shift).map(Self::new))
            .find(|tag| tag.service() == Some(plain))
    }

    /// The plain tag of the service, if this is the tag of a ciphered one.
    #[must_use]
    pub fn service(self) -> Option<u8> {
        let (_, _, shift) = self.name().and(self.shift())?;
        self.code().checked_sub(shift)
    }

    /// Is the key the dedicated one?
    #[must_use]
    pub fn is_dedicated(self) -> bool {
        self.shift().is_some_and(|(dedicated, _, _)| dedicated)
    }

    fn shift(self) -> Option<(bool, u8, u8)> {
        Self::SHIFTS.into_iter().rev().find(|&(_, first, _)| first <= self.code())
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
    pub tag: CipheredTag,
    /// What is protected.
    pub body: Ciphered<'a>,
    /// observed: clients that only encrypt, but count a tag in the length (gocosem). The text is
    /// whole, and so is the message but for its length.
    length_counts_a_tag: bool,
}

impl<'a> GloDed<'a> {
    /// A ciphered service.
    #[must_use]
    pub const fn new(tag: CipheredTag, body: Ciphered<'a>) -> Self {
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
        let tag = CipheredTag::new(code);
        if tag.name().is_none() {
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
