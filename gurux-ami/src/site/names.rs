//! Which elements and attributes may stand where.

use gurux_device::profile::FaultKind;
use gurux_device::xml::Element;

use super::faults::Faults;

/// One kind of element.
struct Rule {
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// The elements inside, and whether there may be several of them.
    children: &'static [(&'static str, bool)],
    has_text: bool,
}

/// What makes up a schedule.
const SCHEDULE: [&str; 8] =
    ["Interval", "Offset", "Jitter", "At", "Weekdays", "Days", "Months", "Missed"];

const RULES: [Rule; 9] = [
    Rule {
        name: "Site",
        required: &["Name"],
        optional: &["xmlns", "TimeZone", "State"],
        children: &[
            ("Metrics", false),
            ("Store", false),
            ("Schedule", true),
            ("Line", true),
            ("Device", true),
        ],
        has_text: false,
    },
    Rule { name: "Store", required: &["File"], optional: &[], children: &[], has_text: false },
    Rule { name: "Metrics", required: &["Address"], optional: &[], children: &[], has_text: false },
    Rule {
        name: "Schedule",
        required: &["Name"],
        optional: &SCHEDULE,
        children: &[],
        has_text: false,
    },
    Rule {
        name: "Line",
        required: &["Name"],
        optional: &["Pause", "Ageing", "Patience", "FirstRest", "LongestRest", "SilentShare"],
        children: &[("Media", true), ("Device", true)],
        has_text: false,
    },
    Rule { name: "Media", required: &[], optional: &[], children: &[], has_text: true },
    Rule {
        name: "Device",
        required: &["Name", "Profile"],
        optional: &["Transport", "Serial", "WaitTime", "ResendCount"],
        children: &[("Media", true), ("Set", true), ("Poll", true)],
        has_text: false,
    },
    Rule {
        name: "Set",
        required: &["Parameter"],
        optional: &["Value", "Env", "File"],
        children: &[],
        has_text: false,
    },
    Rule {
        name: "Poll",
        required: &[],
        optional: &[
            "Name", "View", "Category", "Group", "Property", "Keep", "Schedule", "Interval",
            "Offset", "Jitter", "At", "Weekdays", "Days", "Months", "Missed",
        ],
        children: &[],
        has_text: false,
    },
];

/// Complains about all that has no place where it stands, and about what is missing.
pub(super) fn check(element: &Element, faults: &mut Faults) {
    let Some(rule) = RULES.iter().find(|rule| rule.name == element.name) else { return };
    for attribute in &element.attributes {
        let name = attribute.name.as_str();
        if !rule.required.contains(&name) && !rule.optional.contains(&name) {
            let known: Vec<&str> = rule.required.iter().chain(rule.optional).copied().collect();
            let (element, allowed) = (element.name.clone(), allowed(&known));
            let attribute_name = name.to_owned();
            let kind = FaultKind::UnknownAttribute { attribute: attribute_name, element, allowed };
            faults.kind(attribute.place, &kind);
        }
    }
    for name in rule.required {
        if element.attribute(name).is_none() {
            let (element_name, attribute) = (element.name.clone(), (*name).to_owned());
            let kind = FaultKind::MissingAttribute { element: element_name, attribute };
            faults.kind(element.place, &kind);
        }
    }
    if !rule.has_text && !element.text.is_empty() {
        faults.kind(element.text_place, &FaultKind::Text { element: element.name.clone() });
    }
    for (i, child) in element.children.iter().enumerate() {
        match rule.children.iter().find(|(name, _)| *name == child.name) {
            None => {
                let known: Vec<&str> = rule.children.iter().map(|(name, _)| *name).collect();
                let (name, parent) = (child.name.clone(), element.name.clone());
                let kind =
                    FaultKind::UnknownElement { element: name, parent, allowed: allowed(&known) };
                faults.kind(child.place, &kind);
            }
            Some((name, false))
                if element.children.iter().take(i).any(|other| other.name == *name) =>
            {
                let (name, parent) = (child.name.clone(), element.name.clone());
                faults.kind(child.place, &FaultKind::Repeated { element: name, parent });
            }
            Some(_) => check(child, faults),
        }
    }
}

/// `it may have A, B and C`.
fn allowed(names: &[&str]) -> String {
    match names {
        [] => "it has none".to_owned(),
        [one] => format!("it may have {one}"),
        [head @ .., last] => format!("it may have {} and {last}", head.join(", ")),
    }
}
