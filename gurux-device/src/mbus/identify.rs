//! What a meter says of itself in the header of its telegrams.

use super::address::HeaderField;
use super::records::Telegrams;
use crate::driver::{Identify, Outcome, Request};
use crate::profile::{Match, Subject};

/// Begins to look for a mark of a profile.
pub(super) fn identify(mark: &Match) -> Option<Box<dyn Identify>> {
    let Subject::Object(name) = &mark.subject else { return None };
    let field = HeaderField::lookup(name)?;
    Some(Box::new(HeaderProbe { field, is_asked: false, found: None }))
}

/// Reads a meter for one field of its header.
#[derive(Debug)]
struct HeaderProbe {
    field: HeaderField,
    is_asked: bool,
    found: Option<String>,
}

impl Identify for HeaderProbe {
    fn next(&mut self) -> Option<Request> {
        let is_first = !std::mem::replace(&mut self.is_asked, true);
        is_first.then(Request::default)
    }

    fn handle(&mut self, outcome: &Outcome) {
        let Outcome::Reply(reply) = outcome else { return };
        let value = Telegrams::read(reply).header(self.field).and_then(|raw| raw.value);
        self.found = value.map(|value| value.to_string());
    }

    fn found(&self) -> Option<String> {
        self.found.clone()
    }
}
