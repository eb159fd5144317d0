//! Sections of Telegraf's configuration for its Modbus input, in TOML, in all three of its styles:
//! fields in lists a register type, in requests, and in metrics.
//!
//! Of a section, what is true of a kind of meter becomes the profile. What is true of one installation has
//! no place in it and is passed over: the address in `controller`, names of series, tags, intervals, logs.

use super::draft::{Draft, clean, identifier};
use super::registers::{go_span, net, order, property, registers, serial, table};
use super::tree::Node;
use super::{ImportError, Imported, toml};
use crate::profile::{Category, Located, Place, Property};

/// The first `[[inputs.modbus]]` section in `text`, a configuration of Telegraf.
///
/// A profile is one meter: where requests go to several, it is the first of them, and the others are told.
///
/// # Errors
/// With line and column: what is no TOML, has no such section, or is too large.
pub fn telegraf(text: &str) -> Result<Imported, ImportError> {
    let root = toml::parse(text)?;
    let modbus = root.lookup("inputs").and_then(|inputs| inputs.lookup("modbus"));
    let sections = match modbus {
        Some(node) if !node.items().is_empty() => node.items(),
        Some(node) if !node.entries().is_empty() => std::slice::from_ref(node),
        _ => &[],
    };
    let Some((section, others)) = sections.split_first() else {
        let what = "there is no section [[inputs.modbus]] in this file";
        return Err(ImportError::new(Place::START, what));
    };
    let mut draft = Draft::new("modbus", text);
    for other in others {
        let name = other.text_of("name").unwrap_or("without a name");
        let why = "a profile is one meter; the first section of the file was taken";
        draft.left(other.place, format!("the section {name}"), why);
    }
    let mut section = Section { draft, node: section, unit: None };
    section.head();
    section.fields();
    section.draft.modbus(section.unit.unwrap_or(1));
    section.draft.finish("there is no field in this section that a profile can hold")
}

/// What is true of one installation only.
#[rustfmt::skip]
const INSTALLATION: [&str; 18] = [
    "alias", "collection_jitter", "collection_offset", "debug_connection", "exclude_register_type_tag",
    "fieldinclude", "fieldexclude", "fieldpass", "fielddrop", "interval", "log_level", "name_override",
    "name_prefix", "name_suffix", "precision", "startup_error_behavior", "tags", "transmission_mode",
];

/// What is read elsewhere.
#[rustfmt::skip]
const READ: [&str; 18] = [
    "name", "slave_id", "timeout", "controller", "baud_rate", "data_bits", "parity", "stop_bits",
    "configuration_type", "discrete_inputs", "coils", "holding_registers", "input_registers", "request",
    "metric", "workarounds", "busy_retries", "busy_retries_wait",
];

struct Section<'n> {
    draft: Draft,
    node: &'n Node,
    /// The meter that is taken: the first that is named.
    unit: Option<u8>,
}

/// Where the string of half a register each lies: `lower`, `upper` or both halves.
type Half<'n> = Option<&'n str>;

impl<'n> Section<'n> {
    fn head(&mut self) {
        let node = self.node;
        let name = clean(node.text_of("name").unwrap_or_default());
        let profile = &mut self.draft.profile;
        profile.name = if name.is_empty() { "Imported from Telegraf".to_owned() } else { name };
        profile.source = Some("A section [[inputs.modbus]] of Telegraf's configuration".to_owned());
        if let Some(unit) = node.lookup("slave_id") {
            self.take_unit(unit);
        }
        self.span("timeout");
        let word = |key: &str| node.text_of(key).unwrap_or_default();
        let line = serial(
            node.integer_of("baud_rate"),
            node.integer_of("data_bits"),
            word("parity").chars().next(),
            node.integer_of("stop_bits"),
        );
        let is_serial = !line.settings.is_empty() || word("controller").starts_with("file:");
        let is_net = word("controller").starts_with("tcp:") || !is_serial;
        let media = &mut self.draft.profile.media;
        media.extend(is_net.then(|| net(None)));
        media.extend(is_serial.then_some(line));
        for key in ["busy_retries", "busy_retries_wait"] {
            if let Some(value) = node.lookup(key) {
                let why = "how a meter that says it is busy is treated is no part of a profile";
                self.draft.left(value.place, key, why);
            }
        }
        self.workarounds();
        for (key, value) in node.entries() {
            if !READ.contains(&key.as_str()) && !INSTALLATION.contains(&key.as_str()) {
                self.draft.left(value.place, key, "nothing is known of this setting");
            }
        }
    }

    /// Takes the number of a meter, if it is the first, and says whether it is that of the profile.
    fn take_unit(&mut self, node: &Node) -> bool {
        let Some(unit) = node.integer().and_then(|unit| u8::try_from(unit).ok()) else {
            self.draft.left(node.place, "slave_id", "it is no number from 0 to 255");
            return false;
        };
        *self.unit.get_or_insert(unit) == unit
    }

    /// A span of time of the section.
    fn span(&mut self, key: &str) {
        let Some(value) = self.node.lookup(key) else { return };
        let text = value.text().unwrap_or_default();
        // A bare number is seconds.
        let time = go_span(text).or_else(|| go_span(&format!("{text}s")));
        match time {
            Some(time) => self.draft.profile.communication.wait_time = Some(time),
            None => self.draft.left(
                value.place,
                key,
                "it is no span of time of at most a day, like 500ms",
            ),
        }
    }

    fn workarounds(&mut self) {
        let Some(workarounds) = self.node.lookup("workarounds") else { return };
        for (key, value) in workarounds.entries() {
            let communication = &mut self.draft.profile.communication;
            let time = value.text().and_then(go_span);
            match key.as_str() {
                "pause_after_connect" if time.is_some() => communication.connect_delay = time,
                "pause_between_requests" if time.is_some() => {
                    communication.transaction_delay = time
                }
                "close_connection_after_gather" => communication.close_after_read = value.is_true(),
                "one_request_per_field" => communication.one_per_request = value.is_true(),
                // Said of each text below.
                "string_register_location" => {}
                _ => {
                    let why = "there is nothing like it in a profile, or its value cannot be read";
                    self.draft.left(value.place, format!("the workaround {key}"), why);
                }
            }
        }
    }

    fn half(&self) -> Half<'n> {
        self.node.lookup("workarounds")?.text_of("string_register_location")
    }

    fn fields(&mut self) {
        let node = self.node;
        let style = node.text_of("configuration_type").unwrap_or("register");
        match style {
            "register" => {
                for (key, word) in [
                    ("discrete_inputs", "discrete"),
                    ("coils", "coil"),
                    ("holding_registers", "holding"),
                    ("input_registers", "input"),
                ] {
                    for field in node.list(key) {
                        self.register_field(field, word);
                    }
                }
            }
            "request" => {
                for request in node.list("request") {
                    self.request(request);
                }
            }
            "metric" => {
                for metric in node.list("metric") {
                    self.metric(metric);
                }
            }
            other => {
                let place = node.lookup("configuration_type").map_or(node.place, |node| node.place);
                self.draft.left(
                    place,
                    format!("the style {other}"),
                    "it is none of register, request and metric",
                );
            }
        }
        for (key, its_style) in [
            ("holding_registers", "register"),
            ("input_registers", "register"),
            ("coils", "register"),
            ("discrete_inputs", "register"),
            ("request", "request"),
            ("metric", "metric"),
        ] {
            if its_style != style
                && let Some(other) = node.lookup(key)
            {
                let why =
                    format!("configuration_type says {style}, so Telegraf passes over it too");
                self.draft.left(other.place, key, why);
            }
        }
    }

    /// Is this of the meter that is taken? Says so, if not.
    fn is_ours(&mut self, node: &Node, what: &str) -> bool {
        let Some(unit) = node.lookup("slave_id") else { return true };
        if self.take_unit(unit) {
            return true;
        }
        let (unit, ours) = (unit.text().unwrap_or_default(), self.unit.unwrap_or_default());
        let why = format!("it is of the meter {unit}, and a profile is one meter: here {ours}");
        self.draft.left(node.place, what, why);
        false
    }

    fn request(&mut self, request: &Node) {
        if !self.is_ours(request, "a request") {
            return;
        }
        if request.text_of("optimization") == Some("max_insert")
            && let Some(fill) = request.integer_of("optimization_max_register_fill")
        {
            self.draft.profile.communication.max_gap = u16::try_from(fill).ok();
        }
        let word = request.text_of("register").unwrap_or("holding");
        for field in request.list("fields").iter().filter(|field| !is_omitted(field)) {
            self.field(field, word, request);
        }
    }

    fn metric(&mut self, metric: &Node) {
        if !self.is_ours(metric, "a metric") {
            return;
        }
        for field in metric.list("fields") {
            let word = field.text_of("register").unwrap_or("holding");
            self.field(field, word, metric);
        }
    }

    /// A field of the styles `request` and `metric`.
    fn field(&mut self, field: &Node, word: &str, around: &Node) {
        let name = field.text_of("name").unwrap_or("field").to_owned();
        let address = field.integer_of("address").and_then(|address| u16::try_from(address).ok());
        let order_word = around.text_of("byte_order").unwrap_or("ABCD");
        let kind = field.text_of("type").unwrap_or_default().to_ascii_uppercase();
        let measurement = field.text_of("measurement").or(around.text_of("measurement"));
        let kind = match kind.as_str() {
            "FLOAT16" => "F16",
            "FLOAT32" => "F32",
            "FLOAT64" => "F64",
            other => integer_kind(other),
        };
        let length = field.integer_of("length").and_then(|length| u16::try_from(length).ok());
        let spec =
            Spec { name: &name, word, address, kind, order: order_word, length, measurement };
        self.add(field, &spec);
    }

    /// A field of the style `register`, which states all its addresses.
    fn register_field(&mut self, field: &Node, word: &str) {
        let name = field.text_of("name").unwrap_or("field").to_owned();
        let numbers: Option<Vec<u16>> = field
            .list("address")
            .iter()
            .map(|address| address.integer().and_then(|address| u16::try_from(address).ok()))
            .collect();
        let numbers = numbers.unwrap_or_default();
        let follow =
            numbers.iter().zip(numbers.iter().skip(1)).all(|(a, b)| a.checked_add(1) == Some(*b));
        let first = numbers.first().copied().filter(|_| follow);
        let count = u16::try_from(numbers.len()).unwrap_or(u16::MAX);
        let kind = field.text_of("data_type").unwrap_or_default().to_ascii_uppercase();
        let kind = match (kind.as_str(), count) {
            ("FLOAT16-IEEE", _) => "F16",
            ("FLOAT32-IEEE", _) => "F32",
            ("FLOAT64-IEEE", _) => "F64",
            ("FIXED", 1) => "I16",
            ("FIXED", 2) => "I32",
            ("FIXED", 4) => "I64",
            // FLOAT32 is an old word for the same, and no floating-point number.
            ("UFIXED" | "FLOAT32", 1) => "U16",
            ("UFIXED" | "FLOAT32", 2) => "U32",
            ("UFIXED" | "FLOAT32", 4) => "U64",
            (other, _) => integer_kind(other),
        };
        if let Some(registers) = registers(kind)
            && registers != count
            && table(word).is_some_and(|t| t == "holding" || t == "input")
        {
            let why =
                format!("its type takes {registers} registers, and it states {count} addresses");
            self.draft.left(field.place, name, why);
            return;
        }
        let order_word = field.text_of("byte_order").unwrap_or("ABCD");
        let measurement = field.text_of("measurement");
        let spec = Spec {
            name: &name,
            word,
            address: first,
            kind,
            order: order_word,
            length: Some(count),
            measurement,
        };
        self.add(field, &spec);
    }

    fn add(&mut self, field: &Node, spec: &Spec<'_>) {
        match self.made(field, spec) {
            Ok(property) => {
                if let Some(category) = self.category(spec) {
                    category.push(property);
                }
            }
            Err(why) => self.draft.left(field.place, spec.name, why),
        }
    }

    fn made(&mut self, field: &Node, spec: &Spec<'_>) -> Result<Property, String> {
        let table = table(spec.word).ok_or_else(|| {
            format!("the register type {} is none of holding, input, coil and discrete", spec.word)
        })?;
        let address = spec.address.ok_or(
            "its address is no number from 0 to 65535, or its addresses do not follow each other",
        )?;
        if matches!(table, "coil" | "discrete") {
            let name = self.draft.name(spec.name, field.place);
            return Ok(property(name, table, address, "Bool"));
        }
        let kind = match (spec.kind, self.half()) {
            ("", _) => return Err("there is no such type here".to_owned()),
            ("String", Some("lower")) => "String-low",
            ("String", Some("upper")) => "String-high",
            (kind, _) => kind,
        };
        let name = self.draft.name(spec.name, field.place);
        let mut property = property(name, table, address, kind);
        if kind.starts_with("String") {
            let registers =
                spec.length.filter(|length| *length > 0).ok_or("its length is missing")?;
            let each = if kind == "String" { 2 } else { 1 };
            property.length = Some(registers.saturating_mul(each).into());
        }
        if kind == "Bool" {
            property.kind.value = "U16".to_owned();
            let bit = field.integer_of("bit").unwrap_or_default();
            let bit = u8::try_from(bit)
                .ok()
                .filter(|bit| *bit < 16)
                .ok_or("its bit is none of 0 to 15")?;
            property.bit = Some(bit.into());
        }
        let len = registers(&property.kind).unwrap_or(1);
        let odd = || format!("the order of octets {} is none that is known", spec.order);
        property.byte_order = order(spec.order, len)
            .ok_or_else(odd)?
            .map(|order| Located::new(order.value, field.place));
        // Half a register has no order, and is told by its type.
        if matches!(kind, "U8-high" | "U8-low" | "I8-high" | "I8-low") {
            property.byte_order = None;
        }
        if let Some(scale) = field.lookup("scale") {
            let scale = scale.decimal().ok_or("its scale is no decimal number")?;
            property.scale = Some(scale).filter(|scale| *scale != gurux_value::Decimal::ONE);
        }
        Ok(property)
    }

    /// The properties of the category in which a field stands: its measurement, or its table.
    fn category(&mut self, spec: &Spec<'_>) -> Option<&mut Vec<Property>> {
        let name = identifier(spec.measurement.unwrap_or(spec.word));
        let categories = &mut self.draft.profile.categories;
        let found = categories.iter().position(|category| *category.name == *name);
        let at = found.unwrap_or(categories.len());
        if found.is_none() {
            categories.push(Category { name: name.into(), ..Category::default() });
        }
        categories.get_mut(at).map(|category| &mut category.properties)
    }
}

/// What a field says, in whatever style.
struct Spec<'s> {
    name: &'s str,
    word: &'s str,
    address: Option<u16>,
    kind: &'static str,
    order: &'s str,
    length: Option<u16>,
    measurement: Option<&'s str>,
}

fn is_omitted(field: &Node) -> bool {
    field.lookup("omit").is_some_and(Node::is_true)
}

/// A type that all styles call the same; empty where there is none.
fn integer_kind(word: &str) -> &'static str {
    match word {
        "INT8L" => "I8-low",
        "INT8H" => "I8-high",
        "UINT8L" => "U8-low",
        "UINT8H" => "U8-high",
        "INT16" => "I16",
        "UINT16" => "U16",
        "INT32" => "I32",
        "UINT32" => "U32",
        "INT64" => "I64",
        "UINT64" => "U64",
        "STRING" => "String",
        "BIT" => "Bool",
        _ => "",
    }
}
