//! From the tree of elements to a [`DeviceProfile`], strictly: nothing is ignored, nothing guessed.
//!
//! The names of elements and attributes are held against the table in `schema.rs`; the values are
//! read here; what refers to what is checked in `check.rs`. All faults of a file are collected,
//! not only the first.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use gurux_value::{Decimal, Quality};

use crate::profile::dom::{self, Attribute, Element};
use crate::profile::fault::{Fault, FaultKind, Faults, allowed};
use crate::profile::model::{
    AccessMode, AllowedMedia, Category, Choice, Communication, Detect, DeviceProfile, Expect, Flag,
    Forbidden, Frame, Item, Match, MatchTest, Note, Parameter, ParameterType, Product, Property,
    Repeat, Role, Selector, Settings, Severity, Store, Subject, Test, ValueRows, ValueTable, View,
    WriteClass,
};
use crate::profile::scalar::{integer, number, octets, span};
use crate::profile::schema::{self, Occurs};
use crate::profile::{Located, MAX_FAULTS, NAMESPACE, NullMark, Place, ProtocolRule, check};

/// Reads a profile; `rules` are the elements of the protocols that are known.
pub(super) fn read(text: &str, rules: &[ProtocolRule]) -> Result<DeviceProfile, Faults> {
    let root = dom::parse(text)?;
    if root.name != "DeviceProfile" {
        return Err(Fault::new(root.place, FaultKind::Root).into());
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

/// Values: what an attribute can say.
impl Reader<'_> {
    fn wrong(&mut self, attribute: &Attribute, expected: impl Display) {
        let (name, value) = (attribute.name.clone(), attribute.value.clone());
        self.fault(
            attribute.place,
            FaultKind::Value { attribute: name, value, expected: expected.to_string() },
        );
    }

    /// The attribute as `read` understands it, or a fault with what `read` expects.
    fn read<T, E: Display>(
        &mut self,
        element: &Element,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Located<T>> {
        let attribute = find(element, name)?;
        match read(&attribute.value) {
            Ok(value) => Some(Located::new(value, attribute.place)),
            Err(expected) => {
                self.wrong(attribute, expected);
                None
            }
        }
    }

    fn parsed<T: FromStr<Err = &'static str>>(
        &mut self,
        element: &Element,
        name: &str,
    ) -> Option<T> {
        self.read(element, name, str::parse).map(|located| located.value)
    }

    /// An attribute that must not be empty.
    fn located(&mut self, element: &Element, name: &str) -> Option<Located<String>> {
        self.read(element, name, |text| match text.trim() {
            "" => Err("at least one character"),
            _ => Ok(text.to_owned()),
        })
    }

    fn text(&mut self, element: &Element, name: &str) -> Option<String> {
        self.located(element, name).map(|located| located.value)
    }

    /// A whole number of type `T`, decimal or in hex.
    fn whole<T: TryFrom<i128>>(
        &mut self,
        element: &Element,
        name: &str,
        expected: &'static str,
    ) -> Option<Located<T>> {
        self.read(element, name, |text| {
            integer(text).and_then(|value| T::try_from(value).ok()).ok_or(expected)
        })
    }

    fn millis(&mut self, element: &Element, name: &str) -> Option<Duration> {
        let read = |text: &str| {
            let millis = number::<u64>(text).filter(|millis| *millis <= 86_400_000);
            millis.ok_or("milliseconds, at most 86400000")
        };
        self.read(element, name, read).map(|millis| Duration::from_millis(millis.value))
    }

    fn span(&mut self, element: &Element, name: &str) -> Option<Duration> {
        self.read(element, name, span).map(|located| located.value)
    }

    fn flag(&mut self, element: &Element, name: &str) -> Option<bool> {
        self.one_of(element, name, &[("true", true), ("false", false)])
    }

    fn decimal(&mut self, element: &Element, name: &str) -> Option<Decimal> {
        let read = |text: &str| text.parse::<Decimal>().map_err(|_| "a decimal number, like 0.1");
        self.read(element, name, read).map(|located| located.value)
    }

    fn unit(&mut self, element: &Element) -> Option<gurux_value::Unit> {
        let read = |text: &str| text.parse().map_err(|_| "the symbol of a unit, like kWh");
        self.read(element, "Unit", read).map(|located| located.value)
    }

    /// One of a few words.
    fn one_of<T: Copy>(&mut self, element: &Element, name: &str, words: &[(&str, T)]) -> Option<T> {
        let attribute = find(element, name)?;
        let found = words.iter().find(|(word, _)| *word == attribute.value);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(attribute, format_args!("one of {}", words.join(", ")));
        }
        found.map(|(_, value)| *value)
    }
}

/// Elements, in the order of the file.
impl Reader<'_> {
    fn profile(&mut self, root: &Element) -> DeviceProfile {
        self.read(root, "xmlns", |text| (text == NAMESPACE).then_some(()).ok_or(NAMESPACE));
        let protocol = self.protocol(root);
        let rule = self.rules.iter().find(|rule| protocol.value == rule.protocol);
        let element = rule.map_or("", |rule| rule.element);
        let types = children(root, "Types").flat_map(|types| &types.children);
        DeviceProfile {
            guid: self.parsed(root, "Guid").unwrap_or_default(),
            name: self.text(root, "Name").unwrap_or_default(),
            version: self.parsed(root, "Version").unwrap_or_default(),
            manufacturer: self.text(root, "Manufacturer"),
            model: self.text(root, "Model"),
            device_version: self.text(root, "DeviceVersion"),
            publisher: self.text(root, "Publisher"),
            date: self.date(root),
            licence: self.text(root, "Licence"),
            source: self.text(root, "Source"),
            descriptions: self.notes(root, "Description"),
            products: children(root, "Product").map(|child| self.product(child)).collect(),
            caveats: self.notes(root, "Caveat"),
            requirements: self.notes(root, "Requires"),
            parameters: children(root, "Parameter").map(|child| self.parameter(child)).collect(),
            media: children(root, "AllowedMedia").map(|child| self.media(child)).collect(),
            communication: children(root, "Communication")
                .next()
                .map(|child| self.communication(child))
                .unwrap_or_default(),
            settings: children(root, element).next().map(settings).unwrap_or_default(),
            detections: children(root, "Detect").map(|child| self.detect(child)).collect(),
            types: types.map(|child| self.value_table(child)).collect(),
            categories: children(root, "Category").map(|child| self.category(child)).collect(),
            views: children(root, "View").map(|child| self.view(child)).collect(),
            tests: children(root, "Test").map(|child| self.test(child)).collect(),
            protocol,
        }
    }

    fn protocol(&mut self, root: &Element) -> Located<String> {
        let Some(attribute) = find(root, "Protocol") else { return Located::default() };
        if !self.rules.iter().any(|rule| rule.protocol == attribute.value) {
            let known: Vec<&str> = self.rules.iter().map(|rule| rule.protocol).collect();
            self.wrong(attribute, format_args!("a protocol with a driver: {}", known.join(", ")));
        }
        Located::new(attribute.value.clone(), attribute.place)
    }

    fn date(&mut self, root: &Element) -> Option<String> {
        let read = |text: &str| {
            let parts: Vec<&str> = text.split('-').collect();
            let lengths = parts.iter().map(|part| part.len());
            let [_, month, day] = parts.as_slice() else { return Err("a date, like 2026-11-22") };
            let within = |text: &str, max: u8| number(text).is_some_and(|n: u8| n >= 1 && n <= max);
            let digits = parts.iter().all(|part| number::<u16>(part).is_some());
            let good = lengths.eq([4, 2, 2]) && digits && within(month, 12) && within(day, 31);
            good.then(|| text.to_owned()).ok_or("a date, like 2026-11-22")
        };
        self.read(root, "Date", read).map(|located| located.value)
    }

    fn notes(&mut self, parent: &Element, name: &str) -> Vec<Note> {
        let note = |child: &Element| Note {
            text: child.text.clone(),
            lang: self.text(child, "Lang"),
            link: self.text(child, "Link"),
        };
        children(parent, name).map(note).collect()
    }

    fn product(&mut self, element: &Element) -> Product {
        Product {
            model: self.text(element, "Model").unwrap_or_default(),
            manufacturer: self.text(element, "Manufacturer"),
            version: self.text(element, "Version"),
        }
    }

    fn parameter(&mut self, element: &Element) -> Parameter {
        let kinds = [
            ("String", ParameterType::String),
            ("Int", ParameterType::Int),
            ("Decimal", ParameterType::Decimal),
            ("Bool", ParameterType::Bool),
        ];
        let choice = |child: &Element| Choice {
            value: find(child, "Value")
                .map(|value| Located::new(value.value.clone(), value.place))
                .unwrap_or_default(),
            text: child.text.clone(),
        };
        Parameter {
            name: self.located(element, "Name").unwrap_or_default(),
            kind: self.one_of(element, "Type", &kinds).unwrap_or_default(),
            default: self.read(element, "Default", |text| Ok::<_, &str>(text.to_owned())),
            required: self.flag(element, "Required").unwrap_or_default(),
            secret: self.flag(element, "Secret").unwrap_or_default(),
            unit: self.unit(element),
            pattern: self.text(element, "Pattern"),
            advanced: self.flag(element, "Advanced").unwrap_or_default(),
            choices: children(element, "Choice").map(choice).collect(),
        }
    }

    fn media(&mut self, element: &Element) -> AllowedMedia {
        let kinds = schema::MEDIA.iter().map(|(kind, _)| (*kind, *kind)).collect::<Vec<_>>();
        let kind = self.one_of(element, "Type", &kinds).unwrap_or_default().to_owned();
        let setting = |child: &Element| (child.name.clone(), child.text.clone());
        AllowedMedia { kind, settings: element.children.iter().map(setting).collect() }
    }

    fn communication(&mut self, element: &Element) -> Communication {
        let forbidden = children(element, "Forbidden")
            .map(|child| Forbidden {
                from: self.located(child, "From").unwrap_or_default(),
                to: self.located(child, "To").unwrap_or_default(),
            })
            .collect();
        let limit = |text: &str| {
            let limit = number::<u16>(text).filter(|limit| *limit > 0);
            limit.ok_or("a number from 1 to 65535")
        };
        let backoff = |text: &str| {
            let factor = number::<u8>(text).filter(|factor| (1..=10).contains(factor));
            factor.ok_or("a whole number from 1 to 10")
        };
        Communication {
            wait_time: self.millis(element, "WaitTime"),
            resend_count: self
                .whole(element, "ResendCount", "a number from 0 to 255")
                .map(|located| located.value),
            backoff: self.read(element, "Backoff", backoff).map(|located| located.value),
            transaction_delay: self.millis(element, "TransactionDelay"),
            reply_delay: self.millis(element, "ReplyDelay"),
            connect_delay: self.millis(element, "ConnectDelay"),
            max_registers: self.read(element, "MaxRegisters", limit).map(|limit| limit.value),
            max_bits: self.read(element, "MaxBits", limit).map(|limit| limit.value),
            max_gap: self
                .whole(element, "MaxGap", "a number from 0 to 65535")
                .map(|located| located.value),
            one_per_request: self.flag(element, "OnePerRequest").unwrap_or_default(),
            close_after_read: self.flag(element, "CloseAfterRead").unwrap_or_default(),
            forbidden,
        }
    }

    fn detect(&mut self, element: &Element) -> Detect {
        Detect {
            matches: children(element, "Match").filter_map(|child| self.mark(child)).collect(),
        }
    }

    fn mark(&mut self, element: &Element) -> Option<Match> {
        let (equals, pattern) = (self.text(element, "Equals"), self.text(element, "Pattern"));
        let test = match (equals, pattern) {
            (Some(_), Some(_)) => {
                self.fault(
                    element.place,
                    FaultKind::Conflict("Match has Equals or Pattern, not both"),
                );
                None
            }
            (equals, pattern) => equals.map(MatchTest::Equals).or(pattern.map(MatchTest::Pattern)),
        };
        let property = self.located(element, "Property").map(Subject::Property);
        let object = self.located(element, "Object").map(Subject::Object);
        let model = self.whole(element, "Model", "the number of a model");
        let base = self.located(element, "Base");
        if base.is_some() && model.is_none() {
            self.fault(element.place, FaultKind::Conflict("Base needs Model beside it"));
        }
        let model = model.map(|id| Subject::Model { id, base });
        let mut subjects = [property, object, model].into_iter().flatten();
        match (subjects.next(), subjects.next()) {
            (Some(subject), None) => Some(Match { subject, test }),
            _ => {
                const ONE: &str = "Match looks at one of Property, Object and Model";
                self.fault(element.place, FaultKind::Conflict(ONE));
                None
            }
        }
    }

    fn value_table(&mut self, element: &Element) -> ValueTable {
        let rows = match element.name.as_str() {
            "Enum" => {
                ValueRows::Enum(children(element, "Item").map(|child| self.item(child)).collect())
            }
            _ => ValueRows::Flags(
                children(element, "Bit").filter_map(|child| self.bit(child)).collect(),
            ),
        };
        let name = self.located(element, "Name").unwrap_or_default();
        ValueTable { name, default: self.text(element, "Default"), rows }
    }

    fn severity(&mut self, element: &Element) -> Severity {
        let words =
            [("info", Severity::Info), ("warning", Severity::Warning), ("alarm", Severity::Alarm)];
        self.one_of(element, "Severity", &words).unwrap_or_default()
    }

    fn item(&mut self, element: &Element) -> Item {
        let value = self.read(element, "DeviceValue", |text| integer(text).ok_or("an integer"));
        Item {
            device_value: value.unwrap_or_default(),
            ui_value: self.located(element, "UIValue").unwrap_or_default(),
            severity: self.severity(element),
        }
    }

    fn bit(&mut self, element: &Element) -> Option<Flag> {
        let index = self.whole::<u8>(element, "Index", "the number of a bit, 0 to 63");
        let mask = self.whole::<u64>(element, "Mask", "the bits, like 0x0C");
        let mask = match (index, mask) {
            (Some(Located { value: index @ 0..64, place }), None) => {
                Located::new(1 << index, place)
            }
            (None, Some(mask)) if mask.value != 0 => mask,
            _ => {
                const ONE: &str = "Bit has an Index from 0 to 63 or a Mask that is not 0";
                self.fault(element.place, FaultKind::Conflict(ONE));
                return None;
            }
        };
        let name = self.located(element, "Name").unwrap_or_default();
        Some(Flag { name, mask, severity: self.severity(element) })
    }

    fn category(&mut self, element: &Element) -> Category {
        Category {
            name: self.located(element, "Name").unwrap_or_default(),
            display_name: self.text(element, "DisplayName"),
            repeat: self.repeat(element),
            descriptions: self.notes(element, "Description"),
            properties: children(element, "Property").map(|child| self.property(child)).collect(),
        }
    }

    fn repeat(&mut self, element: &Element) -> Option<Repeat> {
        let index = self.located(element, "Repeat");
        let count = self.located(element, "Count");
        let stride = self.whole(element, "Stride", "a number of addresses");
        match (index, count, stride) {
            (None, None, None) => None,
            (Some(index), Some(count), Some(stride)) => {
                Some(Repeat { index, count, stride: stride.value })
            }
            _ => {
                const ALL: &str = "Repeat, Count and Stride go together";
                self.fault(element.place, FaultKind::Conflict(ALL));
                None
            }
        }
    }

    fn property(&mut self, element: &Element) -> Property {
        let access = [
            ("Read", AccessMode::Read),
            ("Write", AccessMode::Write),
            ("ReadWrite", AccessMode::ReadWrite),
            ("Denied", AccessMode::Denied),
        ];
        let store = [
            ("always", Store::Always),
            ("change", Store::Change),
            ("deadband", Store::Deadband),
            ("never", Store::Never),
        ];
        let class = [
            ("normal", WriteClass::Normal),
            ("confirm", WriteClass::Confirm),
            ("dangerous", WriteClass::Dangerous),
        ];
        let obis = |text: &str| text.parse().map_err(|_| "an OBIS code, like 1-0:1.8.0*255");
        let counter = |text: &str| {
            let bits = number::<u8>(text).filter(|bits| (1..=64).contains(bits));
            bits.ok_or("a number of bits, 1 to 64")
        };
        let bit = |text: &str| {
            let bit = number::<u8>(text).filter(|bit| *bit < 64);
            bit.ok_or("the number of a bit, 0 to 63")
        };
        let null = |text: &str| {
            text.split_whitespace().map(str::parse).collect::<Result<Vec<NullMark>, _>>()
        };
        Property {
            name: self.located(element, "Name").unwrap_or_default(),
            display_name: self.text(element, "DisplayName"),
            quantity: self.located(element, "Quantity"),
            obis: self.read(element, "Obis", obis).map(|located| located.value),
            unit: self.unit(element),
            address: self.located(element, "Address").unwrap_or_default(),
            kind: self.located(element, "Type").unwrap_or_default(),
            byte_order: self.located(element, "ByteOrder"),
            length: self.whole(element, "Length", "a number of octets"),
            bit: self.read(element, "Bit", bit),
            mask: self.whole(element, "Mask", "the bits of the value, like 0x00FF"),
            shift: self.read(element, "Shift", bit),
            scale: self.decimal(element, "Scale"),
            offset: self.decimal(element, "Offset"),
            scale_by: self.located(element, "ScaleBy"),
            null: self.read(element, "Null", null).map(|n| n.value).unwrap_or_default(),
            minimum: self.decimal(element, "Minimum"),
            maximum: self.decimal(element, "Maximum"),
            counter: self.read(element, "Counter", counter).map(|located| located.value),
            values: self.located(element, "Values"),
            access_mode: self.one_of(element, "AccessMode", &access).unwrap_or_default(),
            access_level: self.role(element, "AccessLevel"),
            default_value: self.located(element, "DefaultValue"),
            group: self.text(element, "Group"),
            interval: self.span(element, "Interval"),
            expiration_time: self.span(element, "ExpirationTime"),
            is_static: self.flag(element, "Static").unwrap_or_default(),
            store: self.one_of(element, "Store", &store).unwrap_or_default(),
            deadband: self.decimal(element, "Deadband"),
            write_class: self.one_of(element, "WriteClass", &class).unwrap_or_default(),
            read_back: self.flag(element, "ReadBack"),
            descriptions: self.notes(element, "Description"),
        }
    }

    fn role(&mut self, element: &Element, name: &str) -> Role {
        let words = [("user", Role::User), ("developer", Role::Developer)];
        self.one_of(element, name, &words).unwrap_or_default()
    }

    fn view(&mut self, element: &Element) -> View {
        let mut selectors = |name| {
            let found = children(element, name).filter_map(|child| self.selector(child));
            found.collect::<Vec<_>>()
        };
        let (include, exclude) = (selectors("Include"), selectors("Exclude"));
        View {
            name: self.located(element, "Name").unwrap_or_default(),
            role: self.role(element, "Role"),
            interval: self.span(element, "Interval"),
            include,
            exclude,
        }
    }

    fn selector(&mut self, element: &Element) -> Option<Selector> {
        let property = self.located(element, "Property").map(Selector::Property);
        let category = self.located(element, "Category").map(Selector::Category);
        let group = self.located(element, "Group").map(Selector::Group);
        let mut named = [property, category, group].into_iter().flatten();
        match (named.next(), named.next()) {
            (Some(selector), None) => Some(selector),
            _ => {
                const ONE: &str = "Include and Exclude name one Property, Category or Group";
                self.fault(element.place, FaultKind::Conflict(ONE));
                None
            }
        }
    }

    fn test(&mut self, element: &Element) -> Test {
        let frames = element.children.iter().filter(|child| matches!(&*child.name, "Tx" | "Rx"));
        Test {
            name: self.located(element, "Name").unwrap_or_default(),
            parameters: children(element, "Set")
                .map(|child| {
                    let name = self.located(child, "Parameter").unwrap_or_default();
                    (name, self.text(child, "Value").unwrap_or_default())
                })
                .collect(),
            frames: frames.filter_map(|child| self.frame(child)).collect(),
            expectations: children(element, "Expect").map(|child| self.expect(child)).collect(),
        }
    }

    fn frame(&mut self, element: &Element) -> Option<Frame> {
        match octets(&element.text) {
            Ok(octets) => {
                let octets = Located::new(octets, element.text_place);
                Some(Frame { received: element.name == "Rx", octets })
            }
            Err(expected) => {
                let (name, text) = (element.name.as_str(), element.text.as_str());
                self.faults.push(Fault::value(element.text_place, name, text, expected));
                None
            }
        }
    }

    fn expect(&mut self, element: &Element) -> Expect {
        let quality = |text: &str| {
            text.parse::<Quality>().map_err(|_| "good, or names of qualities with commas between")
        };
        Expect {
            property: self.located(element, "Property").unwrap_or_default(),
            value: self.text(element, "Value"),
            unit: self.unit(element),
            quality: self.read(element, "Quality", quality).map(|located| located.value),
        }
    }
}

fn settings(element: &Element) -> Settings {
    let attributes = element.attributes.iter().map(|attribute| {
        (attribute.name.clone(), Located::new(attribute.value.clone(), attribute.place))
    });
    Settings {
        element: element.name.clone(),
        place: Located::new((), element.place),
        attributes: attributes.collect(),
    }
}
