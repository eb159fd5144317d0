//! From a [`DeviceProfile`] to its file: what is read back is the same profile.
//!
//! Attributes stand in the order of the schema, and what says no more than the default is left out.

use std::fmt::Display;
use std::time::Duration;

use quick_xml::escape::escape;

use crate::profile::NAMESPACE;
use crate::profile::model::{
    AccessMode, Category, Communication, Detect, DeviceProfile, Expect, Match, MatchTest, Note,
    Parameter, ParameterType, Property, Role, Selector, Severity, Store, Subject, Test, ValueRows,
    ValueTable, View, WriteClass,
};
use crate::profile::scalar::{print_octets, print_span};

/// Columns after which the attributes of an element go on in a new line.
const WIDTH: usize = 110;

/// The file of `profile`.
pub(super) fn write(profile: &DeviceProfile) -> String {
    let mut out = Writer::default();
    out.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.profile(profile);
    out.text
}

/// One element's attributes, as they gather.
#[derive(Default)]
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn set(mut self, name: &str, value: impl Display) -> Self {
        self.0.push((name.to_owned(), value.to_string()));
        self
    }

    fn maybe(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    fn set_if(self, condition: bool, name: &str, value: impl Display) -> Self {
        if condition { self.set(name, value) } else { self }
    }

    fn span(self, name: &str, value: Option<Duration>) -> Self {
        self.maybe(name, value.map(print_span))
    }

    fn millis(self, name: &str, value: Option<Duration>) -> Self {
        self.maybe(name, value.map(|time| time.as_millis()))
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    /// An element with what `inside` writes; written short where that is nothing.
    fn element(&mut self, name: &str, attributes: Attributes, inside: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        let before = self.text.len();
        self.text.push_str(">\n");
        let empty = self.text.len();
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        if self.text.len() == empty {
            self.text.truncate(before);
            self.text.push_str("/>\n");
        } else {
            self.indent();
            self.text.push_str(&format!("</{name}>\n"));
        }
    }

    fn empty(&mut self, name: &str, attributes: Attributes) {
        self.element(name, attributes, |_| {});
    }

    /// An element with text.
    fn line(&mut self, name: &str, attributes: Attributes, text: &str) {
        if text.is_empty() {
            return self.empty(name, attributes);
        }
        self.open(name, attributes);
        self.text.push_str(&format!(">{}</{name}>\n", escape(text)));
    }

    fn open(&mut self, name: &str, attributes: Attributes) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        let margin = 2 * self.depth + 1 + name.len();
        let mut column = margin;
        for (name, value) in attributes.0 {
            let attribute = format!(" {name}=\"{}\"", escape(value));
            if column > margin && column + attribute.len() > WIDTH {
                self.text.push('\n');
                self.text.push_str(&" ".repeat(margin));
                column = margin;
            }
            column += attribute.len();
            self.text.push_str(&attribute);
        }
    }

    fn indent(&mut self) {
        self.text.push_str(&"  ".repeat(self.depth));
    }

    fn profile(&mut self, profile: &DeviceProfile) {
        let attributes = Attributes::default()
            .set("xmlns", NAMESPACE)
            .set("Guid", profile.guid)
            .set("Name", &profile.name)
            .set("Protocol", &profile.protocol)
            .set("Version", profile.version)
            .maybe("Manufacturer", profile.manufacturer.as_ref())
            .maybe("Model", profile.model.as_ref())
            .maybe("DeviceVersion", profile.device_version.as_ref())
            .maybe("Publisher", profile.publisher.as_ref())
            .maybe("Date", profile.date.as_ref())
            .maybe("Licence", profile.licence.as_ref())
            .maybe("Source", profile.source.as_ref());
        self.element("DeviceProfile", attributes, |out| {
            out.notes("Description", &profile.descriptions);
            for product in &profile.products {
                let attributes = Attributes::default()
                    .set("Model", &product.model)
                    .maybe("Manufacturer", product.manufacturer.as_ref())
                    .maybe("Version", product.version.as_ref());
                out.empty("Product", attributes);
            }
            out.notes("Caveat", &profile.caveats);
            out.notes("Requires", &profile.requirements);
            profile.parameters.iter().for_each(|parameter| out.parameter(parameter));
            for media in &profile.media {
                let attributes = Attributes::default().set("Type", &media.kind);
                out.element("AllowedMedia", attributes, |out| {
                    for (name, value) in &media.settings {
                        out.line(name, Attributes::default(), value);
                    }
                });
            }
            out.communication(&profile.communication);
            if !profile.settings.element.is_empty() {
                let all = profile.settings.attributes.iter();
                let attributes =
                    all.fold(Attributes::default(), |set, (name, value)| set.set(name, value));
                out.empty(&profile.settings.element, attributes);
            }
            profile.detections.iter().for_each(|detect| out.detect(detect));
            if !profile.types.is_empty() {
                out.element("Types", Attributes::default(), |out| {
                    profile.types.iter().for_each(|table| out.value_table(table));
                });
            }
            profile.categories.iter().for_each(|category| out.category(category));
            profile.views.iter().for_each(|view| out.view(view));
            profile.tests.iter().for_each(|test| out.test(test));
        });
    }

    fn notes(&mut self, name: &str, notes: &[Note]) {
        for note in notes {
            let attributes = Attributes::default()
                .maybe("Lang", note.lang.as_ref())
                .maybe("Link", note.link.as_ref());
            self.line(name, attributes, &note.text);
        }
    }

    fn parameter(&mut self, parameter: &Parameter) {
        let kind = match parameter.kind {
            ParameterType::String => "String",
            ParameterType::Int => "Int",
            ParameterType::Decimal => "Decimal",
            ParameterType::Bool => "Bool",
        };
        let attributes = Attributes::default()
            .set("Name", &parameter.name)
            .set("Type", kind)
            .maybe("Default", parameter.default.as_ref())
            .set_if(parameter.required, "Required", true)
            .set_if(parameter.secret, "Secret", true)
            .maybe("Unit", parameter.unit)
            .maybe("Pattern", parameter.pattern.as_ref())
            .set_if(parameter.advanced, "Advanced", true);
        self.element("Parameter", attributes, |out| {
            for choice in &parameter.choices {
                out.line("Choice", Attributes::default().set("Value", &choice.value), &choice.text);
            }
        });
    }

    fn communication(&mut self, communication: &Communication) {
        if *communication == Communication::default() {
            return;
        }
        let attributes = Attributes::default()
            .millis("WaitTime", communication.wait_time)
            .maybe("ResendCount", communication.resend_count)
            .maybe("Backoff", communication.backoff)
            .millis("TransactionDelay", communication.transaction_delay)
            .millis("ReplyDelay", communication.reply_delay)
            .millis("ConnectDelay", communication.connect_delay)
            .maybe("MaxRegisters", communication.max_registers)
            .maybe("MaxBits", communication.max_bits)
            .maybe("MaxGap", communication.max_gap)
            .set_if(communication.one_per_request, "OnePerRequest", true)
            .set_if(communication.close_after_read, "CloseAfterRead", true);
        self.element("Communication", attributes, |out| {
            for range in &communication.forbidden {
                let attributes =
                    Attributes::default().set("From", &range.from).set("To", &range.to);
                out.empty("Forbidden", attributes);
            }
        });
    }

    fn detect(&mut self, detect: &Detect) {
        self.element("Detect", Attributes::default(), |out| {
            detect.matches.iter().for_each(|mark| out.mark(mark));
        });
    }

    fn mark(&mut self, mark: &Match) {
        let subject = match &mark.subject {
            Subject::Property(name) => Attributes::default().set("Property", name),
            Subject::Object(name) => Attributes::default().set("Object", name),
            Subject::Model { id, base } => {
                Attributes::default().set("Model", id).maybe("Base", base.as_ref())
            }
        };
        let attributes = match &mark.test {
            Some(MatchTest::Equals(text)) => subject.set("Equals", text),
            Some(MatchTest::Pattern(text)) => subject.set("Pattern", text),
            None => subject,
        };
        self.empty("Match", attributes);
    }

    fn value_table(&mut self, table: &ValueTable) {
        let attributes =
            Attributes::default().set("Name", &table.name).maybe("Default", table.default.as_ref());
        let severity = |attributes: Attributes, severity: Severity| match severity {
            Severity::Info => attributes,
            Severity::Warning => attributes.set("Severity", "warning"),
            Severity::Alarm => attributes.set("Severity", "alarm"),
        };
        match &table.rows {
            ValueRows::Enum(items) => self.element("Enum", attributes, |out| {
                for item in items {
                    let attributes = Attributes::default()
                        .set("DeviceValue", &item.device_value)
                        .set("UIValue", &item.ui_value);
                    out.empty("Item", severity(attributes, item.severity));
                }
            }),
            ValueRows::Flags(flags) => self.element("Flags", attributes, |out| {
                for flag in flags {
                    let attributes = Attributes::default().set("Name", &flag.name);
                    let attributes = if flag.mask.is_power_of_two() {
                        attributes.set("Index", flag.mask.trailing_zeros())
                    } else {
                        attributes.set("Mask", format_args!("{:#X}", flag.mask.value))
                    };
                    out.empty("Bit", severity(attributes, flag.severity));
                }
            }),
        }
    }

    fn category(&mut self, category: &Category) {
        let repeat = category.repeat.as_ref();
        let attributes = Attributes::default()
            .set("Name", &category.name)
            .maybe("DisplayName", category.display_name.as_ref())
            .maybe("Repeat", repeat.map(|repeat| &repeat.index))
            .maybe("Count", repeat.map(|repeat| &repeat.count))
            .maybe("Stride", repeat.map(|repeat| repeat.stride));
        self.element("Category", attributes, |out| {
            out.notes("Description", &category.descriptions);
            category.properties.iter().for_each(|property| out.property(property));
        });
    }

    fn property(&mut self, property: &Property) {
        let access = match property.access_mode {
            AccessMode::Read => None,
            AccessMode::Write => Some("Write"),
            AccessMode::ReadWrite => Some("ReadWrite"),
            AccessMode::Denied => Some("Denied"),
        };
        let store = match property.store {
            Store::Always => None,
            Store::Change => Some("change"),
            Store::Deadband => Some("deadband"),
            Store::Never => Some("never"),
        };
        let class = match property.write_class {
            WriteClass::Normal => None,
            WriteClass::Confirm => Some("confirm"),
            WriteClass::Dangerous => Some("dangerous"),
        };
        let null: Vec<String> = property.null.iter().map(ToString::to_string).collect();
        let developer = property.access_level == Role::Developer;
        let attributes = Attributes::default()
            .set("Name", &property.name)
            .maybe("DisplayName", property.display_name.as_ref())
            .maybe("Quantity", property.quantity.as_ref())
            .maybe("Obis", property.obis)
            .maybe("Unit", property.unit)
            .set("Address", &property.address)
            .set_if(!property.kind.is_empty(), "Type", &property.kind)
            .maybe("ByteOrder", property.byte_order.as_ref())
            .maybe("Length", property.length.as_ref())
            .maybe("Bit", property.bit.as_ref())
            .maybe("Mask", property.mask.as_ref().map(|mask| format!("{:#X}", mask.value)))
            .maybe("Shift", property.shift.as_ref())
            .maybe("Scale", property.scale)
            .maybe("Offset", property.offset)
            .maybe("ScaleBy", property.scale_by.as_ref())
            .set_if(!null.is_empty(), "Null", null.join(" "))
            .maybe("Minimum", property.minimum)
            .maybe("Maximum", property.maximum)
            .maybe("Counter", property.counter)
            .maybe("Values", property.values.as_ref())
            .maybe("AccessMode", access)
            .set_if(developer, "AccessLevel", "developer")
            .maybe("DefaultValue", property.default_value.as_ref())
            .maybe("Group", property.group.as_ref())
            .span("Interval", property.interval)
            .span("ExpirationTime", property.expiration_time)
            .set_if(property.is_static, "Static", true)
            .maybe("Store", store)
            .maybe("Deadband", property.deadband)
            .maybe("WriteClass", class)
            .maybe("ReadBack", property.read_back);
        self.element("Property", attributes, |out| {
            out.notes("Description", &property.descriptions);
        });
    }

    fn view(&mut self, view: &View) {
        let role = match view.role {
            Role::User => "user",
            Role::Developer => "developer",
        };
        let attributes = Attributes::default()
            .set("Name", &view.name)
            .set("Role", role)
            .span("Interval", view.interval);
        self.element("View", attributes, |out| {
            view.include.iter().for_each(|selector| out.selector("Include", selector));
            view.exclude.iter().for_each(|selector| out.selector("Exclude", selector));
        });
    }

    fn selector(&mut self, element: &str, selector: &Selector) {
        let (attribute, name) = match selector {
            Selector::Property(name) => ("Property", name),
            Selector::Category(name) => ("Category", name),
            Selector::Group(name) => ("Group", name),
        };
        self.empty(element, Attributes::default().set(attribute, name));
    }

    fn test(&mut self, test: &Test) {
        self.element("Test", Attributes::default().set("Name", &test.name), |out| {
            for (name, value) in &test.parameters {
                out.empty("Set", Attributes::default().set("Parameter", name).set("Value", value));
            }
            for frame in &test.frames {
                let name = if frame.received { "Rx" } else { "Tx" };
                out.line(name, Attributes::default(), &print_octets(&frame.octets));
            }
            test.expectations.iter().for_each(|expect| out.expect(expect));
        });
    }

    fn expect(&mut self, expect: &Expect) {
        let attributes = Attributes::default()
            .set("Property", &expect.property)
            .maybe("Value", expect.value.as_ref())
            .maybe("Unit", expect.unit)
            .maybe("Quality", expect.quality);
        self.empty("Expect", attributes);
    }
}
