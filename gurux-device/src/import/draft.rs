//! A profile as it is put together: names that are names, and in the end only what our own reader
//! accepts.

use std::collections::{BTreeMap, HashSet};

use gurux_value::Unit;

use super::{ImportError, Imported, Left, MAX_LEFT};
use crate::driver::Drivers;
use crate::error::Error;
use crate::profile::{
    DeviceProfile, Faults, Guid, Located, MAX_NAME, Note, Parameter, ParameterType, Place,
    Selector, Settings, Version,
};
use crate::xml::{self, Element};

/// How often what our reader refuses is taken out before the file is given up.
const MAX_ROUNDS: usize = 16;
/// Characters of a text for people.
const MAX_TEXT: usize = 1_000;

/// A profile in the making, and what could not be carried over into it.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) profile: DeviceProfile,
    left: Vec<Left>,
    /// What could not be told for want of room.
    more: usize,
    names: HashSet<String>,
    /// Where each property and each type stands in the source.
    places: BTreeMap<String, Place>,
}

impl Draft {
    /// A profile for `protocol`; `source` is the text it comes of, which decides its identity, so that
    /// the same file always gives the same profile.
    pub(super) fn new(protocol: &str, source: &str) -> Self {
        let mut draft = Self::default();
        draft.profile.protocol = protocol.into();
        draft.profile.guid = guid(source);
        draft.profile.version = Version { major: 0, minor: 1, patch: 0 };
        draft
    }

    /// Something could not be carried over.
    pub(super) fn left(&mut self, place: Place, what: impl Into<String>, why: impl Into<String>) {
        if self.left.len() >= MAX_LEFT {
            self.more = self.more.saturating_add(1);
            return;
        }
        let what = line(Some(&what.into())).unwrap_or_else(|| "what has no name".to_owned());
        self.left.push(Left { place, what, why: clean(&why.into()) });
    }

    /// Was this told already?
    pub(super) fn has_left(&self, place: Place, what: &str) -> bool {
        self.left.iter().any(|left| left.place == place && left.what == what)
    }

    /// A name that no other thing of this profile bears, as close to `text` as a name can be; `text`
    /// stands at `place` of the source.
    pub(super) fn name(&mut self, text: &str, place: Place) -> Located<String> {
        let name = self.unique(&identifier(text));
        self.places.insert(name.clone(), place);
        Located::new(name, place)
    }

    /// A name with the number of a repeated category behind it.
    pub(super) fn indexed_name(
        &mut self,
        text: &str,
        index: &str,
        place: Place,
    ) -> Located<String> {
        let suffix = format!("_{{{index}}}");
        let bare = self.unique(&shorten(&identifier(text), MAX_NAME / 2));
        let name = format!("{bare}{suffix}");
        self.places.insert(name.clone(), place);
        Located::new(name, place)
    }

    fn unique(&mut self, name: &str) -> String {
        let numbered = (2_u32..).map(|n| format!("{}_{n}", shorten(name, MAX_NAME - 8)));
        let mut all = std::iter::once(name.to_owned()).chain(numbered);
        // There are more numbers than names in a file.
        let free = all.find(|name| !self.names.contains(name)).unwrap_or_default();
        self.names.insert(free.clone());
        free
    }

    /// The unit that `text` means; one that is unknown is told.
    pub(super) fn unit(&mut self, text: &str, what: &str, place: Place) -> Option<Unit> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return None;
        }
        let known = UNITS.iter().find(|(name, _)| *name == trimmed).map_or(trimmed, |row| row.1);
        if known.is_empty() {
            return None;
        }
        let unit = known.parse().ok();
        if unit.is_none() {
            let why = "there is no such unit here; the value stands without one";
            self.left(place, format!("the unit {trimmed} of {what}"), why);
        }
        unit
    }

    /// The number of the unit on its line, as a parameter, and the protocol's element with it.
    pub(super) fn modbus(&mut self, unit: u8) {
        self.profile.parameters.push(parameter("unit", &unit.to_string()));
        self.profile.settings = Settings {
            element: "Modbus".to_owned(),
            attributes: vec![("UnitId".to_owned(), "{unit}".into())],
            ..Settings::default()
        };
    }

    /// The finished profile: what our own reader refuses is taken out, and told.
    pub(super) fn finish(mut self, nothing: &str) -> Result<Imported, ImportError> {
        let drivers = Drivers::standard();
        for _ in 0..MAX_ROUNDS {
            self.profile.categories.retain(|category| !category.properties.is_empty());
            if self.profile.properties().next().is_none() {
                let reason = self.left.first().map(ToString::to_string);
                let reason = reason.map(|left| format!(" (first, {left})")).unwrap_or_default();
                return Err(ImportError::new(Place::START, format!("{nothing}{reason}")));
            }
            let text = self.profile.to_xml();
            match drivers.read(&text) {
                Ok(profile) => return Ok(self.told(profile)),
                Err(Error::Profile(faults)) => self.take_out(&text, &faults)?,
                Err(error) => return Err(ImportError::new(Place::START, error.to_string())),
            }
        }
        let what = "too much of this file is refused by the reader of profiles";
        Err(ImportError::new(Place::START, what))
    }

    fn told(mut self, profile: DeviceProfile) -> Imported {
        self.left.sort_by_key(|left| left.place);
        if self.more > 0 {
            let (what, why) = (format!("{} more", self.more), "there is no room to tell of them");
            self.left.push(Left { place: Place::NONE, what, why: why.to_owned() });
        }
        Imported { profile, left: self.left }
    }

    /// Takes out the properties and types that hold the faults.
    fn take_out(&mut self, text: &str, faults: &Faults) -> Result<(), ImportError> {
        let refused = |why: String| {
            ImportError::new(Place::START, format!("the reader of profiles refuses it: {why}"))
        };
        let root = xml::parse(text, "").map_err(|fault| refused(fault.to_string()))?;
        let mut owners = Vec::new();
        gather(&root, &None, &mut owners);
        for fault in faults.iter() {
            let before = owners.partition_point(|(place, _)| *place <= fault.place);
            let owner = before.checked_sub(1).and_then(|at| owners.get(at));
            let Some((_, Some(owner))) = owner else { return Err(refused(fault.to_string())) };
            self.remove(owner, &fault.kind.to_string());
        }
        Ok(())
    }

    fn remove(&mut self, owner: &Owner, why: &str) {
        let place = self.places.get(owner.name()).copied().unwrap_or_default();
        match owner {
            Owner::Property(name) => {
                let mut removed = false;
                for category in &mut self.profile.categories {
                    let before = category.properties.len();
                    category.properties.retain(|property| *property.name != *name);
                    removed |= category.properties.len() < before;
                }
                for view in &mut self.profile.views {
                    let other = |selector: &Selector| !matches!(selector, Selector::Property(other) if **other == *name);
                    view.include.retain(other);
                    view.exclude.retain(other);
                }
                if removed {
                    self.left(place, name, why);
                }
            }
            Owner::Type(name) => {
                let before = self.profile.types.len();
                self.profile.types.retain(|table| *table.name != *name);
                for property in self.profile.categories.iter_mut().flat_map(|c| &mut c.properties) {
                    if property.values.as_ref().is_some_and(|values| **values == *name) {
                        property.values = None;
                    }
                }
                if self.profile.types.len() < before {
                    self.left(place, format!("the names of the values of {name}"), why);
                }
            }
        }
    }
}

/// What can be taken out of a profile.
#[derive(Clone)]
enum Owner {
    Property(String),
    Type(String),
}

impl Owner {
    fn name(&self) -> &str {
        match self {
            Self::Property(name) | Self::Type(name) => name,
        }
    }
}

/// Each element's place, in the order of the file, and what it belongs to.
fn gather(element: &Element, owner: &Option<Owner>, owners: &mut Vec<(Place, Option<Owner>)>) {
    let name = || element.attribute("Name").map(|name| name.value.clone()).unwrap_or_default();
    let owner = match element.name.as_str() {
        "Property" => Some(Owner::Property(name())),
        "Enum" | "Flags" => Some(Owner::Type(name())),
        _ => owner.clone(),
    };
    owners.push((element.place, owner.clone()));
    for child in &element.children {
        gather(child, &owner, owners);
    }
}

/// An integer that each installed meter decides.
pub(super) fn parameter(name: &str, default: &str) -> Parameter {
    Parameter {
        name: name.into(),
        kind: ParameterType::Int,
        default: Some(default.into()),
        ..Parameter::default()
    }
}

/// A text for people, if there is one.
pub(super) fn note(text: Option<&str>) -> Option<Note> {
    let text = clean(text?);
    (!text.is_empty()).then(|| Note { text, ..Note::default() })
}

/// A text in one line, without control characters, not too long; empty where nothing is left.
pub(super) fn clean(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    // The last two are no characters of XML.
    let odd = |c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    let text: String = words.join(" ").chars().filter(|c| !odd(*c)).collect();
    match text.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// A text in one line, if anything is left of it.
pub(super) fn line(text: Option<&str>) -> Option<String> {
    Some(clean(text?)).filter(|text| !text.is_empty())
}

/// A name of a property that is as close to `text` as a name can be: all that no name has is replaced
/// by `_`, and no more than 64 characters are kept.
///
/// ```
/// assert_eq!(gurux_device::import::identifier("Flow temperature (°C)"), "Flow_temperature_C");
/// ```
#[must_use]
pub fn identifier(text: &str) -> String {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut name = String::new();
    for c in text.trim().chars().take(MAX_NAME) {
        match c {
            c if is_kept(c) => name.push(c),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let name = if starts { name.to_owned() } else { format!("p_{name}") };
    shorten(&name, MAX_NAME)
}

fn shorten(name: &str, len: usize) -> String {
    name.chars().take(len).collect()
}

/// A GUID that the text decides: the hash FNV-1a of 128 bits, marked as a GUID of one's own making
/// (RFC 9562, version 8). The same text always gives the same identity.
#[must_use]
pub fn guid(text: &str) -> Guid {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mix = |hash: u128, octet: u8| (hash ^ u128::from(octet)).wrapping_mul(PRIME);
    let hash = text.bytes().fold(BASIS, mix);
    Guid(hash & !(0xF << 76) & !(0x3 << 62) | 0x8 << 76 | 0x2 << 62)
}

/// The file of `profile` with comments: the lines of `head` before its root, `notes` (name of a property
/// and text) each before the property of that name. Reading it gives the profile; comments are the file's.
#[must_use]
pub fn commented(profile: &DeviceProfile, head: &[String], notes: &[(String, String)]) -> String {
    let text = profile.to_xml();
    let mut out = String::with_capacity(text.len());
    for (i, row) in text.lines().enumerate() {
        if i == 1 {
            comment(&mut out, "", head);
        }
        let element = row.trim_start();
        if let Some(name) =
            element.strip_prefix("<Property Name=\"").and_then(|rest| rest.split('"').next())
        {
            let indent = row.get(..row.len() - element.len()).unwrap_or_default();
            for (_, note) in notes.iter().filter(|(property, _)| property == name) {
                comment(&mut out, indent, std::slice::from_ref(note));
            }
        }
        out.push_str(row);
        out.push('\n');
    }
    out
}

/// A comment; two hyphens would end it, so none stand together.
fn comment(out: &mut String, indent: &str, lines: &[String]) {
    for (i, line) in lines.iter().enumerate() {
        let mut line = clean(line);
        while line.contains("--") {
            line = line.replace("--", "- -");
        }
        let begin = if i == 0 { "<!-- " } else { "     " };
        let end = if i + 1 == lines.len() { " -->" } else { "" };
        out.push_str(&format!("{indent}{begin}{line}{end}\n"));
    }
}

/// Units as other files write them, and how they are written here; nothing where a number has none.
#[rustfmt::skip]
static UNITS: [(&str, &str); 22] = [
    ("C",        "°C"),
    ("degC",     "°C"),
    ("Degrees",  "°"),
    ("deg",      "°"),
    ("Pct",      "%"),
    ("pct",      "%"),
    ("percent",  "%"),
    ("Percent",  "%"),
    ("Secs",     "s"),
    ("Sec",      "s"),
    ("secs",     "s"),
    ("Ohms",     "Ω"),
    ("ohms",     "Ω"),
    ("Ohm",      "Ω"),
    ("VAr",      "var"),
    ("VAR",      "var"),
    ("VArh",     "varh"),
    ("kVAr",     "kvar"),
    ("kVArh",    "kvarh"),
    ("HPa",      "hPa"),
    ("mps",      "m/s"),
    ("cos()",    ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_any_text() {
        for (text, expected) in [
            ("PhV A", "PhV_A"),
            ("1st", "p_1st"),
            ("Größe (m³)", "Gr_e_m"),
            ("", "p_"),
            ("   ", "p_"),
        ] {
            assert_eq!(identifier(text), expected, "{text}");
        }
        let mut draft = Draft::default();
        let names = ["W", "W", "W_2", "W"].map(|text| draft.name(text, Place::NONE).value);
        assert_eq!(names, ["W", "W_2", "W_2_2", "W_3"]);
        assert_eq!(identifier(&"é1".repeat(100)).len(), MAX_NAME);
    }

    #[test]
    fn guids_are_decided_by_the_text_and_well_formed() {
        assert_ne!(guid("a"), guid("b"));
        let text = guid("a").to_string();
        assert_eq!(text.as_bytes()[14], b'8', "{text}");
        assert!(matches!(text.as_bytes()[19], b'8'..=b'b'), "{text}");
    }

    #[test]
    fn every_unit_of_the_list_is_one_here() {
        for (name, unit) in UNITS {
            assert!(unit.is_empty() || unit.parse::<Unit>().is_ok(), "{name}");
        }
    }

    #[test]
    fn no_text_ends_a_comment() {
        let mut out = String::new();
        comment(&mut out, "  ", &["a --> b -----".to_owned(), "c\u{7}-".to_owned()]);
        assert_eq!(out.matches("--").count(), 2, "{out}");
        assert_eq!(out.lines().count(), 2);
    }
}
