//! What a meter says of itself: its logical device name, or any attribute.

use gurux_dlms::wire::AttributeDescriptor;

use super::address::Address;
use super::form::Form;
use super::read;
use super::reply::Results;
use crate::driver::{Identify, Outcome, Request};
use crate::profile::{DeviceProfile, Match, MatchTest, Subject};

/// What the name of an object can be.
pub(super) const OBJECTS: &str =
    "logical-device-name, or the address of an attribute: 1:0-0:96.1.0*255:2";

const LOGICAL_DEVICE_NAME: &str = "1:0-0:42.0.0*255:2";

/// The attribute that a mark names.
pub(super) fn object(name: &str) -> Option<AttributeDescriptor> {
    let address = if name == "logical-device-name" { LOGICAL_DEVICE_NAME } else { name };
    Address::parse(address)?.attribute()
}

/// The logical device name of a simulated meter: as the profile recognises it, else one of ours.
pub(super) fn stated_name(profile: &DeviceProfile) -> String {
    let marks = profile.detections.iter().flat_map(|detect| &detect.matches);
    let mut names = marks.filter_map(|mark| match (&mark.subject, &mark.test) {
        (Subject::Object(object), Some(MatchTest::Equals(text)))
            if object.as_str() == "logical-device-name" =>
        {
            Some(text.clone())
        }
        _ => None,
    });
    names.next().unwrap_or_else(|| "GUR0000000000001".to_owned())
}

/// Begins to look for a mark of a profile.
pub(super) fn identify(mark: &Match) -> Option<Box<dyn Identify>> {
    let Subject::Object(name) = &mark.subject else { return None };
    Some(Box::new(Probe {
        request: read(Vec::new(), &[object(name)?]),
        is_asked: false,
        found: None,
    }))
}

/// Reads one attribute.
#[derive(Debug)]
struct Probe {
    request: Request,
    is_asked: bool,
    found: Option<String>,
}

impl Identify for Probe {
    fn next(&mut self) -> Option<Request> {
        let is_first = !std::mem::replace(&mut self.is_asked, true);
        is_first.then(|| self.request.clone())
    }

    fn handle(&mut self, outcome: &Outcome) {
        let Outcome::Reply(reply) = outcome else { return };
        let Ok(results) = Results::read(&self.request.octets, reply) else { return };
        let value = results.first().and_then(|data| Form::value(Some(Form::Text), data));
        self.found = value.map(|value| value.to_string());
    }

    fn found(&self) -> Option<String> {
        self.found.clone()
    }
}
