//! What is wrong with a site, collected.

use std::fmt::Display;

use gurux_device::profile::{Fault, FaultKind, MAX_FAULTS, Place};
use gurux_device::xml::Attribute;

use crate::profiles::ProfileFault;

/// The faults found so far, in the site file and in the profiles that it names.
pub(super) struct Faults {
    file: String,
    found: Vec<ProfileFault>,
}

impl Faults {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), found: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Something is wrong at this place of the site file.
    pub(super) fn at(&mut self, place: Place, sentence: impl Display) {
        let place = (place.line > 0).then_some((place.line, place.column));
        self.add(ProfileFault { file: self.file.clone(), place, sentence: sentence.to_string() });
    }

    pub(super) fn kind(&mut self, place: Place, kind: &FaultKind) {
        self.at(place, kind);
    }

    pub(super) fn fault(&mut self, fault: &Fault) {
        self.at(fault.place, &fault.kind);
    }

    /// An attribute says what it cannot.
    pub(super) fn value(&mut self, attribute: &Attribute, expected: impl Display) {
        let Attribute { name, value, place } = attribute;
        self.fault(&Fault::value(*place, name, value, expected.to_string()));
    }

    /// Something wrong in another file.
    pub(super) fn add(&mut self, fault: ProfileFault) {
        if self.found.len() < MAX_FAULTS && !self.found.contains(&fault) {
            self.found.push(fault);
        }
    }

    /// All of them, those of the site file in its order.
    pub(super) fn done(mut self) -> Vec<ProfileFault> {
        let file = std::mem::take(&mut self.file);
        self.found.sort_by_key(|fault| (fault.file != file, fault.place));
        self.found
    }
}
