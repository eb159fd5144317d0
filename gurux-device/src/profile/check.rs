//! What refers to what: names that must be unique, names that must be there, and things that do
//! not go together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use gurux_value::Decimal;

use crate::profile::fault::{Fault, FaultKind};
use crate::profile::model::{
    DeviceProfile, MatchTest, Parameter, ParameterType, Property, Selector, Store, Subject,
    ValueRows, View,
};
use crate::profile::scalar::{fits, integer, is_name, number};
use crate::profile::{Located, MAX_FAULTS, MAX_NAME, MAX_TESTS, Place};

/// All faults of `profile` that can be seen without knowing its protocol.
pub(super) fn faults(profile: &DeviceProfile) -> Vec<Fault> {
    let mut check = Check { profile, names: Names::of(profile), faults: Vec::new() };
    check.unique();
    profile.parameters.iter().for_each(|parameter| check.parameter(parameter));
    check.placeholders();
    check.types();
    for (_, property) in profile.properties() {
        if check.is_full() {
            return check.faults;
        }
        check.property(property);
    }
    check.repeats();
    check.detections();
    profile.views.iter().for_each(|view| check.view(view));
    check.tests();
    if let Some(test) = profile.tests.get(MAX_TESTS) {
        check.fault(test.name.place, FaultKind::Limit { what: "tests", max: MAX_TESTS });
    }
    check.faults
}

/// What can be referred to.
struct Names<'p> {
    parameters: BTreeSet<&'p str>,
    types: BTreeSet<&'p str>,
    categories: BTreeSet<&'p str>,
    groups: BTreeSet<&'p str>,
    properties: BTreeMap<&'p str, &'p Property>,
    /// Before and after the number, for each property of a repeated category.
    repeated: HashSet<(&'p str, &'p str)>,
}

impl<'p> Names<'p> {
    fn of(profile: &'p DeviceProfile) -> Self {
        let repeated = profile.properties().filter_map(|(category, property)| {
            let index = format!("{{{}}}", category.repeat.as_ref()?.index.value);
            property.name.split_once(&index)
        });
        Self {
            parameters: profile.parameters.iter().map(|p| p.name.as_str()).collect(),
            types: profile.types.iter().map(|table| table.name.as_str()).collect(),
            categories: profile.categories.iter().map(|c| c.name.as_str()).collect(),
            groups: profile.properties().filter_map(|(_, p)| p.group.as_deref()).collect(),
            properties: profile.properties().map(|(_, p)| (p.name.as_str(), p)).collect(),
            repeated: repeated.collect(),
        }
    }

    /// Is there a property of this name, or may one come of a repeated category?
    fn has_property(&self, name: &str) -> bool {
        if self.properties.contains_key(name) {
            return true;
        }
        // Every run of digits in the name may be the number; a long text is no name.
        let places = 0..if self.repeated.is_empty() { 0 } else { name.len().min(MAX_NAME) };
        places.into_iter().any(|start| {
            let Some((before, rest)) = name.split_at_checked(start) else { return false };
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            (1..=digits).any(|len| {
                let (middle, after) = rest.split_at_checked(len).unwrap_or_default();
                number::<u16>(middle).is_some() && self.repeated.contains(&(before, after))
            })
        })
    }
}

/// How many names are looked through for one that is close to a wrong one.
const MAX_HINTS: usize = 1_000;

/// How many characters may differ in a name that is close to a wrong one.
const MAX_DISTANCE: usize = 2;

/// What a name is.
const NAME: &str = "letters, digits, _, - and ., a letter first, at most 64";

struct Check<'p> {
    profile: &'p DeviceProfile,
    names: Names<'p>,
    faults: Vec<Fault>,
}

impl<'p> Check<'p> {
    fn fault(&mut self, place: Place, kind: FaultKind) {
        self.faults.push(Fault::new(place, kind));
    }

    /// Are there so many faults that no more are told?
    fn is_full(&self) -> bool {
        self.faults.len() >= MAX_FAULTS
    }

    fn wrong(&mut self, attribute: &str, value: &Located<String>, expected: &str) {
        self.faults.push(Fault::value(value.place, attribute, &value.value, expected));
    }

    /// Names within one kind are unique, and are names.
    fn unique(&mut self) {
        let profile = self.profile;
        let properties = profile.properties().map(|(_, property)| &property.name);
        self.unique_names("parameter", profile.parameters.iter().map(|p| &p.name));
        self.unique_names("type", profile.types.iter().map(|table| &table.name));
        self.unique_names("category", profile.categories.iter().map(|c| &c.name));
        self.unique_names("property", properties);
        self.unique_names("view", profile.views.iter().map(|view| &view.name));
        self.unique_names("test", profile.tests.iter().map(|test| &test.name));
        for (category, property) in profile.properties() {
            let bare = match &category.repeat {
                Some(repeat) => property.name.replacen(&format!("{{{}}}", repeat.index), "1", 1),
                None => property.name.value.clone(),
            };
            if !is_name(&bare) {
                self.wrong("Name", &property.name, NAME);
            }
        }
        for parameter in &profile.parameters {
            if !is_name(&parameter.name) {
                self.wrong("Name", &parameter.name, NAME);
            }
        }
    }

    fn unique_names(
        &mut self,
        what: &'static str,
        names: impl Iterator<Item = &'p Located<String>>,
    ) {
        let mut seen: HashMap<&str, Place> = HashMap::new();
        for name in names {
            if let Some(first) = seen.get(name.as_str()).copied() {
                let kind = FaultKind::Duplicate { what, name: name.value.clone(), first };
                self.fault(name.place, kind);
            } else {
                seen.insert(name, name.place);
            }
        }
    }

    fn parameter(&mut self, parameter: &'p Parameter) {
        if parameter.secret && (parameter.default.is_some() || !parameter.choices.is_empty()) {
            const SECRET: &str =
                "a secret has neither Default nor Choice: a profile is no place for it";
            self.fault(parameter.name.place, FaultKind::Conflict(SECRET));
            return;
        }
        if let Some(default) = &parameter.default
            && let Err(expected) = accepts(parameter, default)
        {
            self.wrong("Default", default, &expected);
        }
        for choice in &parameter.choices {
            if !fits_type(parameter.kind, &choice.value) {
                self.wrong("Value", &choice.value, type_text(parameter.kind));
            }
        }
    }

    /// `{name}` stands for a parameter that is there.
    fn placeholders(&mut self) {
        let profile = self.profile;
        for (attribute, value) in &profile.settings.attributes {
            self.placeholder(attribute, value, None);
        }
        for forbidden in &profile.communication.forbidden {
            self.placeholder("From", &forbidden.from, None);
            self.placeholder("To", &forbidden.to, None);
        }
        for category in &profile.categories {
            let index = category.repeat.as_ref().map(|repeat| repeat.index.as_str());
            if let Some(repeat) = &category.repeat {
                self.placeholder("Count", &repeat.count, None);
            }
            for property in &category.properties {
                self.placeholder("Address", &property.address, index);
            }
        }
    }

    fn placeholder(&mut self, attribute: &str, value: &Located<String>, index: Option<&str>) {
        for name in placeholders(value) {
            if self.is_full() {
                return;
            }
            match name {
                Ok(name) if index == Some(name) || self.names.parameters.contains(name) => {}
                Ok(name) => {
                    let known = self.names.parameters.iter().copied();
                    let kind = dangling(attribute, "parameter", name, known);
                    self.fault(value.place, kind);
                }
                Err(()) => {
                    self.wrong(attribute, value, "the name of a parameter between { and }");
                }
            }
        }
    }

    fn types(&mut self) {
        for table in &self.profile.types {
            match &table.rows {
                ValueRows::Enum(items) => {
                    let mut seen: HashMap<i128, Place> = HashMap::new();
                    for item in items {
                        let value = &item.device_value;
                        if let Some(first) = seen.insert(value.value, value.place) {
                            let name = value.to_string();
                            let kind = FaultKind::Duplicate { what: "value", name, first };
                            self.fault(value.place, kind);
                        }
                    }
                    self.unique_names("value", items.iter().map(|item| &item.ui_value));
                }
                ValueRows::Flags(flags) => {
                    self.unique_names("flag", flags.iter().map(|flag| &flag.name));
                    for flag in flags.iter().filter(|flag| !is_name(&flag.name)) {
                        self.wrong("Name", &flag.name, NAME);
                    }
                }
            }
        }
    }

    fn property(&mut self, property: &'p Property) {
        let place = property.name.place;
        if let Some(values) = &property.values {
            if !self.names.types.contains(values.as_str()) {
                let known = self.names.types.iter().copied();
                self.fault(values.place, dangling("Values", "type", values, known));
            }
            if property.scale.is_some() || property.offset.is_some() || property.scale_by.is_some()
            {
                const NAMED: &str = "a property with Values is not scaled";
                self.fault(place, FaultKind::Conflict(NAMED));
            }
        }
        if let Some(scale_by) = &property.scale_by {
            if !self.names.has_property(scale_by) {
                let known = self.names.properties.keys().copied();
                self.fault(scale_by.place, dangling("ScaleBy", "property", scale_by, known));
            } else if let Some(by) = self.names.properties.get(scale_by.as_str())
                && (by.scale_by.is_some() || !by.access_mode.is_readable())
            {
                const PLAIN: &str =
                    "ScaleBy names a readable property that is not itself scaled by one";
                self.fault(scale_by.place, FaultKind::Conflict(PLAIN));
            }
        }
        if let Some(bit) = &property.bit
            && (property.mask.is_some() || property.shift.is_some())
        {
            self.fault(bit.place, FaultKind::Conflict("Bit stands alone, without Mask and Shift"));
        }
        if property.mask.as_ref().is_some_and(|mask| mask.value == 0) {
            self.fault(place, FaultKind::Conflict("a Mask of 0 leaves no bits"));
        }
        if property.scale == Some(Decimal::ZERO) {
            self.fault(place, FaultKind::Conflict("a Scale of 0 leaves no value"));
        }
        if let (Some(minimum), Some(maximum)) = (property.minimum, property.maximum)
            && minimum > maximum
        {
            self.fault(place, FaultKind::Conflict("Minimum is above Maximum"));
        }
        if (property.store == Store::Deadband) != property.deadband.is_some() {
            const BOTH: &str = "Deadband and Store=\"deadband\" go together";
            self.fault(place, FaultKind::Conflict(BOTH));
        }
        if property.read_back == Some(true)
            && !(property.access_mode.is_readable() && property.access_mode.is_writable())
        {
            const BACK: &str = "ReadBack needs AccessMode=\"ReadWrite\"";
            self.fault(place, FaultKind::Conflict(BACK));
        }
    }

    fn repeats(&mut self) {
        for category in &self.profile.categories {
            let Some(repeat) = &category.repeat else { continue };
            let index = format!("{{{}}}", repeat.index);
            if !is_name(&repeat.index) || self.names.parameters.contains(repeat.index.as_str()) {
                self.wrong("Repeat", &repeat.index, "a word that is no parameter's name");
            }
            if !repeat.count.contains('{') && number::<u16>(&repeat.count).is_none() {
                self.wrong("Count", &repeat.count, "a number, or {name} of a parameter");
            }
            for property in &category.properties {
                if property.name.matches(&index).count() != 1 {
                    let expected = format!("a name with {index} in it, in a repeated category");
                    self.wrong("Name", &property.name, &expected);
                }
                if property.obis.is_some() {
                    const OBIS: &str =
                        "in a repeated category one OBIS code would name several values";
                    self.fault(property.name.place, FaultKind::Conflict(OBIS));
                }
            }
        }
    }

    fn property_name(&mut self, name: &Located<String>) {
        if !self.is_full() && !self.names.has_property(name) {
            let known = self.names.properties.keys().copied();
            self.fault(name.place, dangling("Property", "property", name, known));
        }
    }

    fn detections(&mut self) {
        let marks = self.profile.detections.iter().flat_map(|detect| &detect.matches);
        for mark in marks {
            match &mark.subject {
                Subject::Property(name) => {
                    self.property_name(name);
                    if mark.test.is_none() {
                        const TEST: &str = "Match of a Property needs Equals or Pattern";
                        self.fault(name.place, FaultKind::Conflict(TEST));
                    }
                }
                Subject::Object(_) => {}
                Subject::Model { id, base } => {
                    if let Some(MatchTest::Equals(_) | MatchTest::Pattern(_)) = &mark.test {
                        const THERE: &str = "a Model is there or not: no Equals, no Pattern";
                        self.fault(id.place, FaultKind::Conflict(THERE));
                    }
                    if let Some(base) = base
                        && !self.names.parameters.contains(base.as_str())
                    {
                        let known = self.names.parameters.iter().copied();
                        self.fault(base.place, dangling("Base", "parameter", base, known));
                    }
                }
            }
        }
    }

    fn view(&mut self, view: &'p View) {
        for selector in view.include.iter().chain(&view.exclude) {
            if self.is_full() {
                return;
            }
            match selector {
                Selector::Property(name) => self.property_name(name),
                Selector::Category(name) if !self.names.categories.contains(name.as_str()) => {
                    let known = self.names.categories.iter().copied();
                    self.fault(name.place, dangling("Category", "category", name, known));
                }
                Selector::Group(name) if !self.names.groups.contains(name.as_str()) => {
                    let known = self.names.groups.iter().copied();
                    self.fault(name.place, dangling("Group", "group", name, known));
                }
                Selector::Category(_) | Selector::Group(_) => {}
            }
        }
        for selector in &view.include {
            let Selector::Property(name) = selector else { continue };
            let level = self.names.properties.get(name.as_str()).map(|found| found.access_level);
            if level.is_some_and(|level| level > view.role) {
                const ABOVE: &str = "the view includes a property that its role may not see";
                self.fault(name.place, FaultKind::Conflict(ABOVE));
            }
        }
    }

    fn tests(&mut self) {
        for test in &self.profile.tests {
            if self.is_full() {
                return;
            }
            for (name, _) in &test.parameters {
                if !self.names.parameters.contains(name.as_str()) {
                    let known = self.names.parameters.iter().copied();
                    self.fault(name.place, dangling("Parameter", "parameter", name, known));
                }
            }
            for expect in &test.expectations {
                self.property_name(&expect.property);
            }
            if test.frames.is_empty() || test.expectations.is_empty() {
                const BOTH: &str = "a Test has frames (Tx, Rx) and something to Expect";
                self.fault(test.name.place, FaultKind::Conflict(BOTH));
            }
        }
    }
}

/// The names between braces; `Err` for a brace without its other.
fn placeholders(text: &str) -> Vec<Result<&str, ()>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        match after.split_once('}') {
            Some((name, after)) if is_name(name) && !before.contains('}') => {
                found.push(Ok(name));
                rest = after;
            }
            _ => {
                found.push(Err(()));
                return found;
            }
        }
    }
    if rest.contains('}') {
        found.push(Err(()));
    }
    found
}

/// Can the value of `parameter` be `value`? Says what it can be, if not.
pub(crate) fn accepts(parameter: &Parameter, value: &str) -> Result<(), String> {
    if !fits_type(parameter.kind, value) {
        return Err(type_text(parameter.kind).to_owned());
    }
    let choices = &parameter.choices;
    if !choices.is_empty() && !choices.iter().any(|choice| choice.value.value == value) {
        let choices: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
        return Err(format!("one of {}", choices.join(", ")));
    }
    match &parameter.pattern {
        Some(pattern) if !fits(pattern, value) => Err(format!("a text that fits {pattern}")),
        _ => Ok(()),
    }
}

fn fits_type(kind: ParameterType, value: &str) -> bool {
    match kind {
        ParameterType::String => true,
        ParameterType::Int => integer(value).is_some(),
        ParameterType::Decimal => value.parse::<Decimal>().is_ok(),
        ParameterType::Bool => matches!(value, "true" | "false"),
    }
}

fn type_text(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::String => "a text",
        ParameterType::Int => "an integer",
        ParameterType::Decimal => "a decimal number",
        ParameterType::Bool => "true or false",
    }
}

fn dangling<'n>(
    attribute: &str,
    what: &'static str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> FaultKind {
    // Of equally close names the first by alphabet, so that the complaint is always the same.
    let close = known.take(MAX_HINTS).map(|known| (distance(name, known), known)).min();
    let hint = match close {
        Some((distance, close)) if distance <= MAX_DISTANCE => format!("; there is {close}"),
        _ => String::new(),
    };
    FaultKind::Dangling { attribute: attribute.to_owned(), what, name: name.to_owned(), hint }
}

/// How many characters must be added, taken away or changed to come from one name to the other.
fn distance(a: &str, b: &str) -> usize {
    // Names are short; a long text is not close to one.
    if a.len().max(b.len()) > MAX_NAME || a.len().abs_diff(b.len()) > 2 * MAX_DISTANCE {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let next = row.iter().skip(1).zip(&b).map(|(above, to)| {
            let change = diagonal + usize::from(from != *to);
            diagonal = *above;
            left = change.min(above + 1).min(left + 1);
            left
        });
        let next: Vec<usize> = std::iter::once(i + 1).chain(next).collect();
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, placeholders};

    #[test]
    fn distances_between_names() {
        for (a, b, expected) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("import", "imprt", 1),
            ("abc", "abd", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn names_between_braces() {
        assert_eq!(placeholders("h:{base}+{o}"), [Ok("base"), Ok("o")]);
        assert_eq!(placeholders("12"), []);
        for wrong in ["{", "}", "{}", "a}b{c", "{a b}", "{a}}"] {
            assert!(placeholders(wrong).contains(&Err(())), "{wrong}");
        }
    }
}
