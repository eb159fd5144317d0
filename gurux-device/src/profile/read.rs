//! From the tree of elements to a [`DeviceProfile`], strictly: nothing is ignored, nothing guessed.
//!
//! The names of elements and attributes are held against the table in `schema.rs`; the values are
//! read here; what refers to what is checked in `check.rs`. All faults of a file are collected,
//! not only the first.

mod attribute;
mod element;

use crate::profile::fault::{Fault, FaultKind, Faults, allowed};
use crate::profile::model::DeviceProfile;
use crate::profile::schema::{self, Occurs};
use crate::profile::{MAX_FAULTS, Place, ProtocolRule, check};
use crate::xml::{self, Attribute, Element};

/// What the file of a profile is.
const ROOT: &str = "a profile is one DeviceProfile element with xmlns=\"urn:gurux-ami:profile:1\"";

/// Reads a profile; `rules` are the elements of the protocols that are known.
pub(super) fn read(text: &str, rules: &[ProtocolRule]) -> Result<DeviceProfile, Faults> {
    let root = xml::parse(text, ROOT)?;
    if root.name != "DeviceProfile" {
        return Err(Fault::new(root.place, FaultKind::Root { expected: ROOT }).into());
    }
    let mut reader = Reader { faults: Vec::new(), rules };
    reader.check_names(&root);
    let profile = reader.profile(&root);
    // What refers to what is looked at once every name could be read.
    if reader.faults.is_empty() {
        reader.faults = check::faults(&profile);
    }
    reader.faults.truncate(MAX_FAULTS);
    Faults::check(profile, reader.faults)
}

struct Reader<'r> {
    faults: Vec<Fault>,
    rules: &'r [ProtocolRule],
}

/// Names: what may stand where.
impl Reader<'_> {
    fn fault(&mut self, place: Place, kind: FaultKind) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault::new(place, kind));
        }
    }

    fn check_names(&mut self, element: &Element) {
        let Some(rule) = schema::lookup_element(&element.name) else { return };
        self.check_attributes(element, rule.required, rule.optional);
        if !rule.text && !element.text.is_empty() {
            self.fault(element.text_place, FaultKind::Text { element: element.name.clone() });
        }
        match element.name.as_str() {
            "DeviceProfile" => self.check_children(element, rule.children, true),
            "AllowedMedia" => self.check_media(element),
            _ => self.check_children(element, rule.children, false),
        }
    }

    fn check_children(
        &mut self,
        element: &Element,
        rules: &[(&'static str, Occurs)],
        is_root: bool,
    ) {
        for (i, child) in element.children.iter().enumerate() {
            // Enough is told, and the work stays in proportion to the file.
            if self.faults.len() >= MAX_FAULTS {
                return;
            }
            let occurs = rules.iter().find(|(name, _)| *name == child.name).map(|rule| rule.1);
            match occurs {
                Some(Occurs::Optional)
                    if element.children.iter().take(i).any(|other| other.name == child.name) =>
                {
                    let (element, parent) = (child.name.clone(), element.name.clone());
                    self.fault(child.place, FaultKind::Repeated { element, parent });
                }
                Some(_) => self.check_names(child),
                None if is_root && self.check_settings(element, i, child) => {}
                None => {
                    let own = self.rules.iter().filter(|_| is_root).map(|rule| rule.element);
                    self.unknown_element(
                        element,
                        child,
                        rules.iter().map(|rule| rule.0).chain(own),
                    );
                }
            }
        }
    }

    /// The protocol's own element; `false` if it is none.
    fn check_settings(&mut self, root: &Element, i: usize, child: &Element) -> bool {
        let Some(rule) = self.rules.iter().find(|rule| rule.element == child.name) else {
            return false;
        };
        let protocol = root.attributes.iter().find(|attribute| attribute.name == "Protocol");
        if protocol.is_some_and(|protocol| protocol.value != rule.protocol) {
            const OTHER: &str = "this element belongs to another protocol than the profile's";
            self.fault(child.place, FaultKind::Conflict(OTHER));
        }
        if root.children.iter().take(i).any(|other| other.name == child.name) {
            let (element, parent) = (child.name.clone(), root.name.clone());
            self.fault(child.place, FaultKind::Repeated { element, parent });
        }
        self.check_attributes(child, rule.required, rule.optional);
        for inner in &child.children {
            self.unknown_element(child, inner, [].into_iter());
        }
        if !child.text.is_empty() {
            self.fault(child.text_place, FaultKind::Text { element: child.name.clone() });
        }
        true
    }

    fn check_media(&mut self, element: &Element) {
        let kind = element.attributes.iter().find(|attribute| attribute.name == "Type");
        let Some(settings) = kind.and_then(|kind| schema::lookup_media(&kind.value)) else {
            return;
        };
        for (i, child) in element.children.iter().enumerate() {
            if !settings.contains(&child.name.as_str()) {
                self.unknown_element(element, child, settings.iter().copied());
            } else if element.children.iter().take(i).any(|other| other.name == child.name) {
                let (element, parent) = (child.name.clone(), element.name.clone());
                self.fault(child.place, FaultKind::Repeated { element, parent });
            }
            self.check_attributes(child, &[], &[]);
            for inner in &child.children {
                self.unknown_element(child, inner, [].into_iter());
            }
        }
    }

    fn unknown_element(
        &mut self,
        parent: &Element,
        child: &Element,
        names: impl Iterator<Item = &'static str>,
    ) {
        let kind = if schema::LATER.contains(&child.name.as_str()) {
            FaultKind::Unsupported { what: format!("the element {}", child.name) }
        } else {
            FaultKind::UnknownElement {
                element: child.name.clone(),
                parent: parent.name.clone(),
                allowed: allowed(&names.collect::<Vec<_>>()),
            }
        };
        self.fault(child.place, kind);
    }

    fn check_attributes(&mut self, element: &Element, required: &[&str], optional: &[&str]) {
        for Attribute { name, place, .. } in &element.attributes {
            let known = |names: &[&str]| names.contains(&name.as_str());
            if known(required) || known(optional) {
                continue;
            }
            let kind = if schema::LATER.contains(&name.as_str()) {
                FaultKind::Unsupported { what: format!("the attribute {name}") }
            } else {
                FaultKind::UnknownAttribute {
                    attribute: name.clone(),
                    element: element.name.clone(),
                    allowed: allowed(&[required, optional].concat()),
                }
            };
            self.fault(*place, kind);
        }
        for wanted in required {
            if !element.attributes.iter().any(|attribute| attribute.name == *wanted) {
                let (element_name, attribute) = (element.name.clone(), (*wanted).to_owned());
                let kind = FaultKind::MissingAttribute { element: element_name, attribute };
                self.fault(element.place, kind);
            }
        }
    }
}

fn find<'e>(element: &'e Element, name: &str) -> Option<&'e Attribute> {
    element.attributes.iter().find(|attribute| attribute.name == name)
}

fn children<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e Element> {
    element.children.iter().filter(move |child| child.name == name)
}
