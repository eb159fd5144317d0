//! Captured frames: a request and its answer, in the wrapper, in HDLC or as bare messages.

use gurux_dlms::carrier::{Llc, Wrapper};
use gurux_dlms::wire::{
    ActionRequest, ActionResponse, ActionResult, ApduTag, DataAccessResult, ExceptionResponse,
    GetRequest, SetResponse,
};
use gurux_framing::Wire;
use gurux_framing::hdlc::{Hdlc, HdlcFrame};
use gurux_framing::{Piece, pieces};

use super::DlmsMeter;
use super::reply::{Results, refused};
use crate::driver::{Outcome, Refusal, Request};

/// Opens a request to this meter and the answer to it, both in clear and with logical names.
pub(super) fn open(
    meter: &DlmsMeter,
    sent: &[u8],
    received: &[u8],
) -> Result<(Request, Outcome), String> {
    let asked = message(sent).map_err(|error| format!("the request: {error}"))?;
    let said = message(received).map_err(|error| format!("the answer: {error}"))?;
    let request = Request { items: covered(meter, &asked), octets: asked, is_command: false };
    let tag = |octets: &[u8]| ApduTag::new(octets.first().copied().unwrap_or_default());
    let outcome = match (tag(&request.octets), tag(&said)) {
        (_, ApduTag::EXCEPTION_RESPONSE) => {
            let exception = ExceptionResponse::from_bytes(&said).map_err(|e| e.to_string())?;
            let code = exception.service_error;
            let name = format!("{}, {code}", exception.state_error);
            Outcome::Refused(Refusal { code: code.code().into(), name })
        }
        (ApduTag::GET_REQUEST, ApduTag::GET_RESPONSE) => {
            Results::read(&request.octets, &said)?;
            Outcome::Reply(said)
        }
        (ApduTag::SET_REQUEST, ApduTag::SET_RESPONSE) => {
            match SetResponse::from_bytes(&said).map_err(|error| error.to_string())? {
                SetResponse::Normal { result: DataAccessResult::SUCCESS, .. } => {
                    Outcome::Reply(said)
                }
                SetResponse::Normal { result, .. } => Outcome::Refused(refused(result)),
                _ => return Err("the answer is a part of one".to_owned()),
            }
        }
        (ApduTag::ACTION_REQUEST, ApduTag::ACTION_RESPONSE) => {
            ActionRequest::from_bytes(&request.octets).map_err(|error| error.to_string())?;
            match ActionResponse::from_bytes(&said).map_err(|error| error.to_string())? {
                ActionResponse::Normal { single_response, .. } => match single_response.result {
                    ActionResult::SUCCESS => Outcome::Reply(said),
                    code => {
                        let name = code.to_string();
                        Outcome::Refused(Refusal { code: code.code().into(), name })
                    }
                },
                _ => return Err("the answer is a part of one".to_owned()),
            }
        }
        (asked, said) => return Err(format!("a {said} is no answer to a {asked} in clear")),
    };
    Ok((request, outcome))
}

/// The message in a frame, in several of HDLC, or by itself.
fn message(octets: &[u8]) -> Result<Vec<u8>, String> {
    if octets.starts_with(&[0, 1]) {
        let wrapper = Wrapper::from_bytes(octets).map_err(|error| error.to_string())?;
        return Ok(wrapper.apdu().to_vec());
    }
    if !octets.starts_with(&[0x7E]) {
        return Ok(octets.to_vec());
    }
    let mut joined = Vec::new();
    for piece in pieces(Hdlc::new(), octets) {
        let Piece::Frame { frame, .. } = piece else {
            return Err("there are octets of no frame in it".to_owned());
        };
        let frame = HdlcFrame::from_bytes(frame).map_err(|error| error.to_string())?;
        joined.extend_from_slice(frame.information());
    }
    Ok(Llc::strip(&joined).1.to_vec())
}

/// The items all of whose attributes are asked for.
fn covered(meter: &DlmsMeter, asked: &[u8]) -> Vec<usize> {
    let attributes = match GetRequest::from_bytes(asked) {
        Ok(GetRequest::Normal { cosem_attribute_descriptor, .. }) => {
            vec![cosem_attribute_descriptor]
        }
        Ok(GetRequest::WithList { attribute_descriptor_list, .. }) => {
            let all = attribute_descriptor_list.iter();
            all.map(|item| item.cosem_attribute_descriptor).collect()
        }
        _ => Vec::new(),
    };
    let is_part = matches!(
        GetRequest::from_bytes(asked),
        Ok(GetRequest::Normal { access_selection: Some(_), .. })
    );
    let is_whole = |(_, point): &(usize, &super::Point)| {
        if is_part != point.address.entries.is_some() {
            return false;
        }
        let mut own = point.attributes();
        own.all(|attribute| attributes.contains(&attribute)) && point.attributes().next().is_some()
    };
    let points = meter.points.iter().enumerate();
    points.filter(is_whole).map(|(item, _)| item).collect()
}
