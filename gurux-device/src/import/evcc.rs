//! Meter definitions of evcc: a template in YAML, whose part `render` is a template of Go, out of which
//! YAML with the sources of each measurement comes.
//!
//! A template serves several uses of one device (`grid`, `pv`, `battery`); it is expanded for each of them.
//! What is the same in all becomes one property, what differs one for each use, and each use a view.
//! Other conditions are decided as for a device of which nothing was set but what has a default.

use std::collections::BTreeMap;

use gurux_value::Decimal;

use super::draft::{Draft, clean, line};
use super::go_template::{self, Expanded};
use super::registers::{go_span, net, property, serial};
use super::tree::{Node, Value};
use super::{ImportError, Imported, yaml};
use crate::profile::{Category, Located, Note, NullMark, Place, Product, Property, Selector, View};

/// The meter definition in `text`, a template of evcc.
///
/// # Errors
/// With line and column: what is no YAML, no template with a part `render`, or too large.
pub fn evcc(text: &str) -> Result<Imported, ImportError> {
    let root = yaml::parse(text)?;
    let Some(render) = root.lookup("render").filter(|node| matches!(node.value, Value::Text(_)))
    else {
        let what = "a meter definition of evcc is a map with a text called render";
        return Err(ImportError::new(root.place, what));
    };
    let mut template =
        Template { draft: Draft::new("modbus", text), unit: 1, readings: Vec::new() };
    template.head(&root);
    let body = Body::new(text, render);
    let values = defaults(&root);
    let usages = usages(&root);
    for usage in &usages {
        let mut values: BTreeMap<&str, &str> =
            values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        values.insert("usage", usage);
        let expanded = go_template::expand(body.text, &values);
        template.told(&expanded, &body, &values);
        match yaml::parse(&expanded.text) {
            Ok(tree) => template.usage(usage, &body.placed(tree, &expanded)),
            Err(error) => {
                let what = format!("the use {usage} ({})", error.what);
                let why = "what its template gives is no YAML";
                template.draft.left(body.place(error.place, &expanded), what, why);
            }
        }
    }
    template.properties(&usages);
    let unit = template.unit;
    template.draft.modbus(unit);
    template.draft.finish("there is no Modbus register in this definition that a profile can hold")
}

/// Uses of one device.
const MAX_USAGES: usize = 16;

/// The parts of a definition that say nothing of the meter itself, and those read elsewhere.
#[rustfmt::skip]
const KNOWN: [&str; 14] = [
    "template", "covers", "group", "products", "capabilities", "requirements", "params", "render", "linked",
    "deprecated", "countries", "auth", "icon", "preset",
];

/// The text of `render`, and where it stands in the file.
struct Body<'n> {
    text: &'n str,
    /// The line of the file at which it begins.
    line: u32,
    /// How far it is set in.
    indent: u32,
}

impl<'n> Body<'n> {
    fn new(file: &str, render: &'n Node) -> Self {
        let text = render.text().unwrap_or_default();
        // The text of a block begins in the line behind its name.
        let named = usize::try_from(render.place.line).unwrap_or_default();
        let names =
            file.lines().take(named).enumerate().filter(|(_, line)| line.starts_with("render"));
        let line = names.last().map_or(named, |(row, _)| row.saturating_add(2));
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let mut below = file.lines().skip(line.saturating_sub(1));
        let whole = below.find(|line| !line.trim().is_empty()).unwrap_or_default();
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let indent = blanks(whole).saturating_sub(blanks(first));
        Self { text, line, indent: u32::try_from(indent).unwrap_or_default() }
    }

    /// Where in the file a place of the expanded text is.
    fn place(&self, place: Place, expanded: &Expanded) -> Place {
        let row = usize::try_from(place.line.saturating_sub(1)).unwrap_or_default();
        let row = expanded.lines.get(row).or(expanded.lines.last()).copied().unwrap_or_default();
        Place { column: place.column.saturating_add(self.indent), ..self.line(row) }
    }

    /// The place of a line of the template.
    fn line(&self, row: usize) -> Place {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        Place { line: self.line.saturating_add(row), column: self.indent.saturating_add(1) }
    }

    /// The tree with its places in the file.
    fn placed(&self, node: Node, expanded: &Expanded) -> Node {
        let place = self.place(node.place, expanded);
        let value = match node.value {
            Value::List(items) => {
                Value::List(items.into_iter().map(|item| self.placed(item, expanded)).collect())
            }
            Value::Map(entries) => {
                let placed = |(name, item)| (name, self.placed(item, expanded));
                Value::Map(entries.into_iter().map(placed).collect())
            }
            value => value,
        };
        Node { place, value }
    }
}

/// The parameters that have a default.
fn defaults(root: &Node) -> BTreeMap<String, String> {
    let stated = root.list("params").iter().filter_map(|parameter| {
        let default = parameter.lookup("default")?;
        let text = match &default.value {
            Value::Bool(value) => value.to_string(),
            _ => default.text()?.to_owned(),
        };
        Some((parameter.text_of("name")?.to_owned(), text))
    });
    stated.collect()
}

/// The uses of the device; one without a name where it states none.
fn usages(root: &Node) -> Vec<String> {
    let usage =
        root.list("params").iter().find(|parameter| parameter.text_of("name") == Some("usage"));
    let choices = usage.map(|usage| usage.list("choice")).unwrap_or_default();
    let mut names: Vec<String> =
        choices.iter().filter_map(Node::text).take(MAX_USAGES).map(str::to_owned).collect();
    names.dedup();
    if names.is_empty() { vec![String::new()] } else { names }
}

/// A property before it has its name.
struct Reading {
    /// What it is called: `current_l1`.
    name: String,
    usage: String,
    place: Place,
    property: Property,
}

struct Template {
    draft: Draft,
    unit: u8,
    readings: Vec<Reading>,
}

impl Template {
    fn head(&mut self, root: &Node) {
        let template = clean(root.text_of("template").unwrap_or("Imported from evcc"));
        let mut products = Vec::new();
        for product in root.list("products") {
            let brand = line(product.text_of("brand"));
            let description = product.lookup("description");
            let model = description.and_then(|texts| {
                ["generic", "en", "de"].iter().find_map(|language| line(texts.text_of(language)))
            });
            let model = model.or(brand.clone()).unwrap_or_else(|| template.clone());
            products.push(Product { model, manufacturer: brand, version: None });
        }
        let profile = &mut self.draft.profile;
        profile.name = template;
        profile.source = Some("A meter definition of evcc".to_owned());
        if let Some(first) = products.first() {
            profile.manufacturer = first.manufacturer.clone();
            profile.model = Some(first.model.clone());
            profile.name = clean(&format!(
                "{} {}",
                first.manufacturer.as_deref().unwrap_or_default(),
                first.model
            ));
        }
        profile.products = products;
        let texts =
            root.lookup("requirements").and_then(|requirements| requirements.lookup("description"));
        for (language, text) in texts.map(Node::entries).unwrap_or_default() {
            if let Some(text) = line(text.text()) {
                let lang =
                    language.chars().all(|c| c.is_ascii_lowercase()).then(|| language.clone());
                profile.requirements.push(Note {
                    text,
                    lang: lang.filter(|lang| lang.len() == 2),
                    link: None,
                });
            }
        }
        for (name, node) in root.entries() {
            if !KNOWN.contains(&name.as_str()) {
                self.draft.left(node.place, name, "nothing is known of this part");
            }
        }
        let modbus = root
            .list("params")
            .iter()
            .find(|parameter| parameter.text_of("name") == Some("modbus"));
        if let Some(modbus) = modbus {
            self.line(modbus);
        }
    }

    /// The settings of the line.
    fn line(&mut self, modbus: &Node) {
        if let Some(unit) = modbus.integer_of("id").and_then(|unit| u8::try_from(unit).ok()) {
            self.unit = unit;
        }
        let comset: Vec<char> = modbus.text_of("comset").unwrap_or_default().chars().collect();
        let digit = |at: usize| comset.get(at).and_then(|c| c.to_digit(10)).map(i128::from);
        let kinds: Vec<&str> = modbus.list("choice").iter().filter_map(Node::text).collect();
        let media = &mut self.draft.profile.media;
        if kinds.contains(&"tcpip") || kinds.contains(&"udp") {
            media.push(net(modbus.integer_of("port")));
        }
        if kinds.contains(&"rs485") || kinds.is_empty() {
            let parity = comset.get(1).copied();
            media.push(serial(modbus.integer_of("baudrate"), digit(0), parity, digit(2)));
        }
        let communication = &mut self.draft.profile.communication;
        let span = |key: &str| modbus.text_of(key).and_then(go_span);
        communication.transaction_delay = span("delay");
        communication.connect_delay = span("connectdelay");
        communication.wait_time = span("timeout");
    }

    /// What the expansion could not do, and what it decided.
    fn told(&mut self, expanded: &Expanded, body: &Body<'_>, values: &BTreeMap<&str, &str>) {
        for (row, what) in &expanded.unknown {
            let why = "this part of the language of templates is not carried out; it was left out";
            self.left_once(body.line(*row), clean(&format!("{{{{ {what} }}}}")), why.to_owned());
        }
        for (row, name) in expanded.decided.iter().filter(|(_, name)| name != "usage") {
            let value = values.get(name.as_str()).copied().unwrap_or_default();
            let value = if value.is_empty() {
                "without a value".to_owned()
            } else {
                format!("set to {value}")
            };
            let why = format!("a profile has no conditions; it was decided as for {name} {value}");
            self.left_once(body.line(*row), format!("what depends on {name}"), why);
        }
    }

    /// Several uses meet the same line.
    fn left_once(&mut self, place: Place, what: String, why: String) {
        if !self.draft.has_left(place, &what) {
            self.draft.left(place, what, why);
        }
    }

    /// What there is for one use.
    fn usage(&mut self, usage: &str, root: &Node) {
        for (key, node) in root.entries() {
            match key.as_str() {
                "type" => {}
                "power" | "energy" | "import" | "export" | "returnenergy" | "soc" => {
                    self.source(key, key, usage, node);
                }
                "currents" | "voltages" | "powers" => {
                    let word = key.trim_end_matches('s');
                    for (phase, node) in (1..=3).zip(node.items()) {
                        self.source(&format!("{word}_l{phase}"), word, usage, node);
                    }
                }
                _ => {
                    let has_register =
                        node.lookup("source").is_some_and(|s| s.text() == Some("modbus"));
                    if has_register {
                        self.source(key, key, usage, node);
                    } else if node.lookup("source").is_some() {
                        let why = "it is no measurement but control or a constant, for which profiles have no place";
                        self.left_once(node.place, key.clone(), why.to_owned());
                    } else {
                        let why = "it is a setting of evcc, no value of the meter";
                        self.left_once(node.place, key.clone(), why.to_owned());
                    }
                }
            }
        }
    }

    /// One source of a measurement: a register, or sums of some.
    fn source(&mut self, name: &str, measured: &str, usage: &str, node: &Node) {
        let kind = node.text_of("source").unwrap_or_default().to_owned();
        match kind.as_str() {
            "modbus" if node.lookup("register").is_some() => {
                match register(node, measured, usage) {
                    Ok(property) => {
                        let (name, usage) = (name.to_owned(), usage.to_owned());
                        self.readings.push(Reading { name, usage, place: node.place, property });
                    }
                    Err(why) => self.left_once(node.place, name.to_owned(), why),
                }
            }
            "modbus" => {
                let why = "it names a value by a word of another program, not a register";
                self.left_once(node.place, name.to_owned(), why.to_owned());
            }
            "sunspec" => {
                let why =
                    "it is a point of a SunSpec model, whose profile has it: import that model";
                self.left_once(node.place, name.to_owned(), why.to_owned());
            }
            "calc" => {
                let why = "what is reckoned from several values is not carried over; the values themselves are";
                self.left_once(node.place, name.to_owned(), why.to_owned());
                let parts = ["add", "mul", "div"].iter().flat_map(|word| node.list(word));
                let one = ["sign", "abs"].iter().filter_map(|word| node.lookup(word));
                for (number, part) in (1_u32..).zip(parts.chain(one)) {
                    // A part measures something of its own; only its unit is that of the sum.
                    let measured = match measured {
                        "energy" | "import" | "export" | "returnenergy" => "part_energy",
                        "power" => "part_power",
                        other => other,
                    };
                    self.source(&format!("{name}_part_{number}"), measured, usage, part);
                }
            }
            _ => {
                let why = format!("its source is {kind}, and profiles hold registers");
                self.left_once(node.place, name.to_owned(), why);
            }
        }
    }

    /// Gives the properties their names, and each use its view.
    fn properties(&mut self, usages: &[String]) {
        let readings = std::mem::take(&mut self.readings);
        let mut groups: BTreeMap<String, Vec<(Property, Vec<String>, Place)>> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        for reading in readings {
            let group = groups.entry(reading.name.clone()).or_insert_with(|| {
                order.push(reading.name.clone());
                Vec::new()
            });
            match group.iter_mut().find(|(property, ..)| {
                let quantity = reading.property.quantity.clone();
                Property { quantity, ..property.clone() } == reading.property
            }) {
                // One register is one value: what the first use says it measures, it measures.
                Some((_, usages, _)) => usages.push(reading.usage),
                None => group.push((reading.property, vec![reading.usage], reading.place)),
            }
        }
        let mut properties = Vec::new();
        let mut shown: Vec<Vec<Selector>> = vec![Vec::new(); usages.len()];
        for name in order {
            let Some(group) = groups.remove(&name) else { continue };
            let is_alone = group.len() == 1;
            for (mut property, its_usages, place) in group {
                let usage = its_usages.first().map(String::as_str).unwrap_or_default();
                let name = if is_alone || usage.is_empty() {
                    name.clone()
                } else {
                    format!("{name}_{usage}")
                };
                property.name = self.draft.name(&name, place);
                property.address.place = place;
                for (usage, shown) in usages.iter().zip(&mut shown) {
                    if its_usages.contains(usage) {
                        shown.push(Selector::Property(property.name.clone()));
                    }
                }
                properties.push(property);
            }
        }
        self.draft.profile.categories =
            vec![Category { name: "Registers".into(), properties, ..Category::default() }];
        if usages.len() > 1 {
            for (usage, include) in usages.iter().zip(shown).filter(|(_, shown)| !shown.is_empty())
            {
                let name = self.draft.name(usage, Place::NONE);
                self.draft.profile.views.push(View { name, include, ..View::default() });
            }
        }
    }
}

/// The property of a source that is a register; its name comes later.
fn register(node: &Node, measured: &str, usage: &str) -> Result<Property, String> {
    let register = node.lookup("register").ok_or("it has no register")?;
    let address = register.integer_of("address").and_then(|address| u16::try_from(address).ok());
    let address = address.ok_or("its address is no number from 0 to 65535")?;
    let word = register.text_of("type").unwrap_or_default().to_lowercase();
    let table = match word.as_str() {
        "holding" | "input" | "coil" => word.as_str(),
        "" => return Err("its type of register is missing".to_owned()),
        _ => {
            return Err(format!(
                "it is written ({word}) or of a type that is unknown, and this is a value to read"
            ));
        }
    };
    let decode = register
        .text_of("decode")
        .or(register.text_of("encoding"))
        .unwrap_or_default()
        .to_lowercase();
    let row = DECODES.iter().find(|row| row.0 == decode);
    let Some((_, kind, order, null)) = row else {
        return Err(format!("there is no way of decoding {decode} here"));
    };
    let kind = if table == "coil" { "Bool" } else { kind };
    let mut property = property(Located::default(), table, address, kind);
    property.byte_order = order.map(Into::into);
    property.null.extend(null.iter().map(|mark| NullMark::Integer(*mark)));
    if let Some(mask) = register.lookup("bitmask") {
        let mask =
            mask.integer().and_then(|mask| u64::try_from(mask).ok()).filter(|mask| *mask > 0);
        let mask = mask.ok_or("its mask of bits is no number above 0")?;
        property.mask = Some(mask.into());
    }
    if let Some(scale) = node.lookup("scale") {
        let scale = scale.decimal().ok_or("its scale is no decimal number")?;
        property.scale = Some(scale).filter(|scale| *scale != Decimal::ONE);
    }
    // Only what a grid meter says is sure to be the active energy and power of a supply.
    let is_grid = matches!(usage, "" | "grid" | "charge" | "aux");
    let row = MEASURED.iter().find(|row| row.0 == measured);
    if let Some((_, unit, quantity)) = row {
        property.unit = unit.parse().ok();
        let is_phase = matches!(measured, "current" | "voltage");
        property.quantity =
            Some(*quantity).filter(|word| is_grid && !is_phase && !word.is_empty()).map(Into::into);
    }
    Ok(property)
}

/// What evcc measures: its word, the unit it counts in, and the quantity here.
#[rustfmt::skip]
static MEASURED: [(&str, &str, &str); 10] = [
    ("part_energy",  "kWh", ""),
    ("part_power",   "W",   ""),
    ("power",        "W",   "power.active.net.total"),
    ("energy",       "kWh", "energy.active.import.total"),
    ("import",       "kWh", "energy.active.import.total"),
    ("export",       "kWh", "energy.active.export.total"),
    ("returnenergy", "kWh", "energy.active.export.total"),
    ("soc",          "%",   ""),
    ("current",      "A",   ""),
    ("voltage",      "V",   ""),
];

/// A way of decoding: its word, the type, the order of octets, and what stands where there is no value.
type Decode = (&'static str, &'static str, Option<&'static str>, &'static [i128]);

#[rustfmt::skip]
static DECODES: [Decode; 20] = [
    ("bool8",     "Bool", None,         &[]),
    ("bool16",    "U16",  None,         &[]),
    ("int16",     "I16",  None,         &[]),
    ("int16nan",  "I16",  None,         &[0x8000, 0x7FFF]),
    ("uint16",    "U16",  None,         &[]),
    ("uint16nan", "U16",  None,         &[0xFFFF]),
    ("int32",     "I32",  None,         &[]),
    ("int32nan",  "I32",  None,         &[0x8000_0000, 0x7FFF_FFFF]),
    ("int32s",    "I32",  Some("CDAB"), &[]),
    ("uint32",    "U32",  None,         &[]),
    ("uint32s",   "U32",  Some("CDAB"), &[]),
    ("uint32nan", "U32",  None,         &[0xFFFF_FFFF]),
    ("float32",   "F32",  None,         &[]),
    ("ieee754",   "F32",  None,         &[]),
    ("float32s",  "F32",  Some("CDAB"), &[]),
    ("ieee754s",  "F32",  Some("CDAB"), &[]),
    ("int64",     "I64",  None,         &[]),
    ("uint64",    "U64",  None,         &[]),
    ("uint64nan", "U64",  None,         &[0xFFFF_FFFF_FFFF_FFFF]),
    ("float64",   "F64",  None,         &[]),
];
