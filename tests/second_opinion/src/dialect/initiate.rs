//! Associations.

use gurux_dlms::wire::{
    Aare, Aarq, ApduTag, ConfirmedServiceError, Conformance, InitiateRequest, InitiateResponse,
    ObjectIdentifier, Party, ResultSourceDiagnostic,
};
use gurux_framing::Wire;

use super::{Dialect, Done, Refused, camel, digits};

const QUALITY: Refused = "a quality of service is taken for a length";
const FIELDS: Refused = "fields that nobody uses";

impl Dialect {
    pub(super) fn initiate_request(&mut self, m: &InitiateRequest<'_>) -> Done {
        self.unless_writing("an initiate of its own is not written")?;
        if m.proposed_quality_of_service.is_some() {
            return Err(QUALITY);
        }
        if !m.response_allowed.0 {
            return Err("that no response is allowed is dropped");
        }
        self.group("InitiateRequest", |xml| {
            if let Some(key) = m.dedicated_key {
                xml.value("DedicatedKey", digits(key));
            }
            let version = m.proposed_dlms_version_number;
            xml.value("ProposedDlmsVersionNumber", format_args!("{version:02X}"));
            xml.conformance("ProposedConformance", m.proposed_conformance.conformance)?;
            let size = m.client_max_receive_pdu_size;
            xml.value("ProposedMaxPduSize", format_args!("{size:04X}"));
            Ok(())
        })
    }

    pub(super) fn initiate_response(&mut self, m: &InitiateResponse) -> Done {
        self.unless_writing("an initiate of its own is not written")?;
        if m.negotiated_quality_of_service.is_some() {
            return Err(QUALITY);
        }
        let version = m.negotiated_dlms_version_number;
        if version != 6 {
            return Err("another version than 6 is refused");
        }
        self.group("InitiateResponse", |xml| {
            xml.value("NegotiatedDlmsVersionNumber", format_args!("{version:02X}"));
            xml.conformance("NegotiatedConformance", m.negotiated_conformance.conformance)?;
            let size = m.server_max_receive_pdu_size;
            xml.value("NegotiatedMaxPduSize", format_args!("{size:04X}"));
            xml.value("VaaName", format_args!("{:04X}", m.vaa_name));
            Ok(())
        })
    }

    fn conformance(&mut self, name: &str, bits: Conformance) -> Done {
        self.group(name, |xml| {
            for name in bits.names() {
                xml.text += &format!("<ConformanceBit Name=\"{}\" />", camel(Some(name)));
            }
            Ok(())
        })
    }

    pub(super) fn aarq(&mut self, m: &Aarq<'_>) -> Done {
        self.unless_writing("an AARQ is not written from XML")?;
        let title = Party { ap_title: m.calling.ap_title, ..Party::default() };
        if m.protocol_version.is_some()
            || m.called != Party::default()
            || m.calling != title
            || m.implementation_information.is_some()
        {
            return Err(FIELDS);
        }
        let information = m.user_information.ok_or(FIELDS)?;
        self.group("AssociationRequest", |xml| {
            xml.context(m.application_context_name);
            if let Some(title) = title.ap_title {
                xml.value("CallingAPTitle", digits(title));
            }
            if m.sender_acse_requirements.is_some() {
                xml.value("SenderACSERequirements", 1);
            }
            xml.mechanism(m.mechanism_name);
            if let Some(value) = m.calling_authentication_value {
                xml.value("CallingAuthentication", digits(value.octets));
            }
            xml.initiate_request(&InitiateRequest::from_bytes(information).expect("it was made"))
        })
    }

    pub(super) fn aare(&mut self, m: &Aare<'_>) -> Done {
        self.unless_writing("an AARE is not written")?;
        let title = Party { ap_title: m.responding.ap_title, ..Party::default() };
        if m.protocol_version.is_some()
            || m.responding != title
            || m.implementation_information.is_some()
        {
            return Err(FIELDS);
        }
        let information = m.user_information.ok_or(FIELDS)?;
        let ResultSourceDiagnostic::User(diagnostic) = m.result_source_diagnostic else {
            return Err("a provider's diagnostic is told as a user's");
        };
        let context =
            m.application_context_name.application_context().map(|context| context.code());
        let context = context.ok_or(FIELDS)?;
        self.group("AssociationResponse", |xml| {
            xml.context(m.application_context_name);
            xml.value("AssociationResult", format_args!("{:02X}", m.result.code()));
            xml.group("ResultSourceDiagnostic", |xml| {
                xml.value("ACSEServiceUser", format_args!("{:02X}", diagnostic.code()));
                Ok(())
            })?;
            if let Some(title) = title.ap_title {
                xml.value("RespondingAPTitle", digits(title));
            }
            if m.responder_acse_requirements.is_some() {
                xml.value("ResponderACSERequirement", 1);
            }
            xml.mechanism(m.mechanism_name);
            if let Some(value) = m.responding_authentication_value {
                xml.value("RespondingAuthentication", digits(value.octets));
            }
            match information.first().copied().map(ApduTag::new) {
                Some(ApduTag::CONFIRMED_SERVICE_ERROR) => xml.service_error(
                    &ConfirmedServiceError::from_bytes(information).expect("it was made"),
                ),
                _ => {
                    let initiate = InitiateResponse::from_bytes(information).expect("it was made");
                    let is_short = matches!(context, 2 | 4);
                    if (initiate.vaa_name == 0xFA00) != is_short {
                        return Err("names of the other kind end the XML");
                    }
                    xml.initiate_response(&initiate)
                }
            }
        })
    }

    fn context(&mut self, name: ObjectIdentifier<'_>) {
        let code = name.application_context().map_or(0, |context| context.code());
        let names = ["", "LN", "SN", "LN_WITH_CIPHERING", "SN_WITH_CIPHERING"];
        self.value("ApplicationContextName", names[usize::from(code)]);
    }

    fn mechanism(&mut self, name: Option<ObjectIdentifier<'_>>) {
        let Some(mechanism) = name.and_then(|name| name.mechanism()) else { return };
        let names =
            ["None", "Low", "High", "HighMd5", "HighSha1", "HighGmac", "HighSha256", "HighEcdsa"];
        self.value("MechanismName", names[usize::from(mechanism.code())]);
    }
}
