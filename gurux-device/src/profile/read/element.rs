//! Elements, in the order of the file.

use gurux_value::Quality;

use super::{Reader, children, find};
use crate::profile::fault::{Fault, FaultKind};
use crate::profile::model::{
    AccessMode, AllowedMedia, Category, Choice, Communication, Detect, DeviceProfile, Expect, Flag,
    Forbidden, Frame, Item, Match, MatchTest, Note, Parameter, ParameterType, Product, Property,
    Repeat, Role, Selector, Settings, Severity, Store, Subject, Test, ValueRows, ValueTable, View,
    WriteClass,
};
use crate::profile::scalar::{integer, number, octets};
use crate::profile::{Located, NAMESPACE, NullMark, schema};
use crate::xml::Element;

impl Reader<'_> {
    pub(super) fn profile(&mut self, root: &Element) -> DeviceProfile {
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
            // Where there is none, what is said of it is said of the element.
            kind: self
                .located(element, "Type")
                .unwrap_or_else(|| Located::new(String::new(), element.place)),
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
