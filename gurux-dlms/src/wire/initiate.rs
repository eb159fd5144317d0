//! Initiate: what two applications agree on beside the association itself.

use gurux_framing::{Reader, Shown, Sink, Visit, WireError};

use super::ConformanceBlock;
use super::part::{Part, encode_by, sequence};
#[cfg(feature = "alloc")]
use crate::xml;

sequence! {
    /// InitiateRequest: what a client proposes. It travels in the user-information of an AARQ.
    ///
    /// ```
    /// use gurux_dlms::wire::{Conformance, InitiateRequest};
    /// use gurux_framing::{Wire, WireError};
    ///
    /// let octets = [0x01, 0, 0, 0, 6, 0x5F, 0x1F, 4, 0, 0x00, 0x00, 0x19, 0x00, 0x2A];
    /// let initiate = InitiateRequest::from_bytes(&octets)?;
    /// assert!(initiate.proposed_conformance.conformance.contains(Conformance::GET));
    /// assert_eq!(initiate.client_max_receive_pdu_size, 42);
    /// # Ok::<(), WireError>(())
    /// ```
    pub struct InitiateRequest<'a> = "initiateRequest" tag INITIATE_REQUEST {
        /// A key for this association alone.
        dedicated_key: Option<&'a [u8]> = "dedicated-key",
        /// May the server answer? It may, if nothing is said.
        response_allowed: DefaultTrue = "response-allowed",
        /// Not in use.
        proposed_quality_of_service: Option<i8> = "proposed-quality-of-service",
        /// 6.
        proposed_dlms_version_number: u8 = "proposed-dlms-version-number",
        /// The services.
        proposed_conformance: ConformanceBlock = "proposed-conformance",
        /// The longest message that the client takes, in octets. observed: 0 from some, as "no
        /// limit".
        client_max_receive_pdu_size: u16 = "client-max-receive-pdu-size",
    }
}

sequence! {
    /// InitiateResponse: what a server grants. It travels in the user-information of an AARE.
    pub struct InitiateResponse = "initiateResponse" tag INITIATE_RESPONSE {
        /// Not in use.
        negotiated_quality_of_service: Option<i8> = "negotiated-quality-of-service",
        /// 6.
        negotiated_dlms_version_number: u8 = "negotiated-dlms-version-number",
        /// The services.
        negotiated_conformance: ConformanceBlock = "negotiated-conformance",
        /// The longest message that the server takes, in octets.
        server_max_receive_pdu_size: u16 = "server-max-receive-pdu-size",
        /// 0007 with logical names; with short names the base name of the association, FA00.
        vaa_name: u16 = "vaa-name",
    }
}

/// The one version of DLMS in use.
pub const DLMS_VERSION: u8 = 6;

/// A BOOLEAN that is true where nothing is written: 00 for true, 01 and the value for false.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DefaultTrue(pub bool);

impl<'a> Part<'a> for DefaultTrue {
    const TYPE: &'static str = "BOOLEAN";

    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError> {
        let start = reader.offset();
        let [flag] = reader.array(what)?;
        let value = if flag == 0 {
            true
        } else {
            let [octet] = reader.array(what)?;
            octet != 0
        };
        reader.show(start, what, Shown::Flag(value));
        Ok(Self(value))
    }

    fn put(&self, out: &mut impl Sink) {
        out.put(if self.0 { &[0] } else { &[1, 0] });
    }

    fn part_len(&self) -> usize {
        if self.0 { 1 } else { 2 }
    }

    encode_by!(|element, out| Self(xml::flag(element)?).put(out));
}
