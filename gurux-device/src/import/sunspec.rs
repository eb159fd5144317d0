//! Models of the SunSpec Alliance, in its JSON: one model a file, as a group of points, which may hold
//! groups itself.
//!
//! Points lie one behind the other, so that the sum of the sizes before it is a point's offset from the
//! beginning of the model, whose address each device has for itself (parameter `base`, found by walking
//! the chain of models). A point is scaled by another one, its scale factor. Where a value is not
//! implemented, a mark stands that its type decides.

use super::draft::{Draft, clean, line, note, parameter};
use super::tree::{Node, Value};
use super::{ImportError, Imported, json};
use crate::profile::{
    AccessMode, AllowedMedia, Category, Detect, Flag, Item, Located, MAX_PROPERTIES, Match,
    NullMark, Property, Repeat, Role, Subject, ValueRows, ValueTable,
};

/// The model in `text`, a file in the JSON of the SunSpec Alliance.
///
/// # Errors
/// With line and column: what is no JSON, no model, or too large.
pub fn sunspec(text: &str) -> Result<Imported, ImportError> {
    let root = json::parse(text)?;
    let wrong = |place, what: &str| Err(ImportError::new(place, what));
    let Some(group) = root.lookup("group").filter(|group| matches!(group.value, Value::Map(_)))
    else {
        return wrong(root.place, "a SunSpec model is an object with an id and a group of points");
    };
    let Some(id) = root.integer_of("id").and_then(|id| u16::try_from(id).ok()) else {
        let place = root.lookup("id").unwrap_or(&root).place;
        return wrong(place, "the id of a SunSpec model is a number from 0 to 65535");
    };
    let mut draft = Draft::new("modbus", text);
    let title = line(group.text_of("label").or(group.text_of("name"))).unwrap_or_default();
    let profile = &mut draft.profile;
    profile.name = clean(&format!("SunSpec {title} (model {id})"));
    profile.descriptions.extend(note(group.text_of("desc")));
    profile.source = Some(format!("Model {id} of the SunSpec Alliance, in JSON"));
    profile.media = ["net", "serial"]
        .map(|kind| AllowedMedia { kind: kind.to_owned(), ..AllowedMedia::default() })
        .into();
    draft.modbus(1);
    // The chain begins at one of three addresses; of these most devices have this one, and the common
    // model, 66 registers long, stands in front of all others.
    let base = if id == 1 { "40002" } else { "40070" };
    let mut base = parameter("base", base);
    base.advanced = true;
    draft.profile.parameters.push(base);
    let subject = Subject::Model { id: id.into(), base: Some("base".into()) };
    draft.profile.detections = vec![Detect { matches: vec![Match { subject, test: None }] }];
    let mut model = Model { draft, factors: Vec::new(), offset: Some(0), written: 0 };
    model.group(group, None, &mut Vec::new());
    model.draft.finish("there is no point in this model that a profile can hold")
}

/// How many groups of one kind are written out one by one.
const MAX_COPIES: u16 = 64;

struct Model {
    draft: Draft,
    /// The scale factors that can be seen, by their names in the source, the innermost last.
    factors: Vec<(String, String)>,
    /// Where the next point lies; unknown behind a group of which only the device knows how many there
    /// are.
    offset: Option<u32>,
    /// Points and groups that were written out.
    written: usize,
}

/// What stands for the number of a repeated group.
type Index<'i> = Option<&'i str>;

impl Model {
    /// One group: its points, then the groups in it. `above` are the names of the groups around it.
    fn group(&mut self, group: &Node, index: Index<'_>, above: &mut Vec<String>) {
        let name = group.text_of("name").unwrap_or("group");
        let seen = self.factors.len();
        self.written += 1 + group.list("points").len();
        let title = if above.is_empty() { name.to_owned() } else { above.join(".") };
        let category = self.draft.name(&title, group.place);
        let points = group.list("points");
        // Factors first: points refer to those that stand behind them.
        let is_factor = |point: &&Node| point.text_of("type") == Some("sunssf");
        let names: Vec<_> =
            points.iter().map(|point| self.point_name(point, index, above)).collect();
        for (point, name) in points.iter().zip(&names).filter(|(point, _)| is_factor(point)) {
            if let Some(bare) = point.text_of("name") {
                self.factors.push((bare.to_owned(), name.value.clone()));
            }
        }
        let mut properties = Vec::new();
        for (point, name) in points.iter().zip(names) {
            properties.extend(self.point(point, name, index));
        }
        self.draft.profile.categories.push(Category {
            name: category,
            display_name: line(group.text_of("label")),
            descriptions: note(group.text_of("desc")).into_iter().collect(),
            properties,
            ..Category::default()
        });
        for inner in group.list("groups") {
            self.inner(inner, index, above);
        }
        self.factors.truncate(seen);
    }

    /// A group inside another one: once, several times, or as often as the device says.
    fn inner(&mut self, group: &Node, index: Index<'_>, above: &mut Vec<String>) {
        let name = group.text_of("name").unwrap_or("group").to_owned();
        // Groups written out inside each other could be more than any memory holds.
        if self.written > MAX_PROPERTIES {
            let why = format!("a profile has at most {MAX_PROPERTIES} properties");
            self.draft.left(group.place, format!("the group {name}"), why);
            self.offset = None;
            return;
        }
        let Some(start) = self.offset else {
            let why = "it stands behind a group of which only the device knows how many there are";
            self.draft.left(group.place, format!("the group {name}"), why);
            return;
        };
        let count = group.lookup("count");
        let fixed = match count {
            None => Some(1),
            Some(count) => count.integer().and_then(|count| u16::try_from(count).ok()),
        };
        match fixed {
            // Inside a repeated group there is no second number: they are written out.
            Some(count @ 1..=MAX_COPIES) if count == 1 || index.is_some() || !is_flat(group) => {
                for number in 1..=count {
                    if self.written > MAX_PROPERTIES {
                        break;
                    }
                    let bare = if count == 1 { name.clone() } else { format!("{name}{number}") };
                    above.push(bare);
                    self.group(group, index, above);
                    above.pop();
                }
            }
            _ if index.is_some() => {
                let why =
                    "how many there are is told by the device, and a profile repeats one level";
                self.draft.left(group.place, format!("the group {name}"), why);
                self.offset = None;
            }
            _ if !is_flat(group) => {
                let why =
                    "how many there are is told by the device, and so is how long one of them is";
                self.draft.left(group.place, format!("the group {name}"), why);
                self.offset = None;
            }
            _ => self.repeated(group, &name, fixed.filter(|count| *count > 0), start, above),
        }
    }

    /// A group that stands several times, one like the other.
    fn repeated(
        &mut self,
        group: &Node,
        name: &str,
        fixed: Option<u16>,
        start: u32,
        above: &mut Vec<String>,
    ) {
        let index = super::draft::identifier(name).to_lowercase();
        let before = self.draft.profile.categories.len();
        above.push(name.to_owned());
        self.group(group, Some(&index), above);
        above.pop();
        let stride = self.offset.map_or(0, |offset| offset.saturating_sub(start));
        let count = match fixed {
            Some(count) => {
                let len = stride.saturating_mul(count.into());
                self.offset = start.checked_add(len);
                count.to_string()
            }
            None => {
                let told = group.text_of("count").filter(|_| fixed.is_none()).unwrap_or("0");
                let parameter_name = self.draft.name(&format!("count_{index}"), group.place);
                self.draft.profile.parameters.push(parameter(&parameter_name, "1"));
                let from = match told {
                    "0" => "by the length of the model".to_owned(),
                    point => format!("in the point {point}"),
                };
                let why = format!(
                    "the device tells it {from}; here it is the parameter {parameter_name}, 1 unless given"
                );
                self.draft.left(group.place, format!("how many groups {name} there are"), why);
                self.offset = None;
                format!("{{{parameter_name}}}")
            }
        };
        for category in self.draft.profile.categories.iter_mut().skip(before) {
            category.repeat =
                Some(Repeat { index: index.as_str().into(), count: count.as_str().into(), stride });
        }
    }

    fn point_name(&mut self, point: &Node, index: Index<'_>, above: &[String]) -> Located<String> {
        let bare = point.text_of("name").unwrap_or("point");
        match index {
            Some(index) => {
                // What lies deeper than the repeated group bears the names of the groups on its way.
                let way = above.iter().skip(1).map(String::as_str).chain([bare]);
                let text = way.collect::<Vec<_>>().join("_");
                self.draft.indexed_name(&text, index, point.place)
            }
            None => {
                let way = above.iter().map(String::as_str).chain([bare]);
                let text = way.collect::<Vec<_>>().join("_");
                self.draft.name(&text, point.place)
            }
        }
    }

    fn point(&mut self, point: &Node, name: Located<String>, index: Index<'_>) -> Option<Property> {
        let kind = point.text_of("type").unwrap_or_default();
        let row = TYPES.iter().find(|row| row.name == kind);
        let size = match (point.integer_of("size"), row) {
            (Some(size), _) => u16::try_from(size).ok().filter(|size| *size > 0),
            (None, Some(row)) if row.size > 0 => Some(row.size),
            (None, _) => None,
        };
        let Some(size) = size else {
            let why =
                "its size in registers is missing or none, so nothing behind it can be placed";
            self.draft.left(point.place, name.value, why);
            self.offset = None;
            return None;
        };
        let Some(offset) = self.offset else {
            let why = "what stands before it has no known length";
            self.draft.left(point.place, name.value, why);
            return None;
        };
        self.offset = offset.checked_add(size.into());
        if kind == "pad" {
            return None;
        }
        let Some(row) = row else {
            self.draft.left(point.place, name.value, format!("there is no type {kind} here"));
            return None;
        };
        if row.size > 0 && row.size != size {
            let why = format!("a {kind} has {} registers, and here it says {size}", row.size);
            self.draft.left(point.place, name.value, why);
            return None;
        }
        let is_sized = matches!(row.kind, "String" | "Octets");
        let mut property = Property {
            display_name: line(point.text_of("label")),
            address: Located::new(format!("holding:{{base}}+{offset}"), point.place),
            kind: row.kind.into(),
            length: is_sized.then(|| size.saturating_mul(2).into()),
            null: row.null.iter().copied().collect(),
            counter: row.counter,
            is_static: point.text_of("static") == Some("S"),
            descriptions: note(point.text_of("desc")).into_iter().collect(),
            ..Property::default()
        };
        if point.text_of("access").is_some_and(|access| access.contains('W')) {
            property.access_mode = AccessMode::ReadWrite;
        }
        if kind == "sunssf" || offset < 2 && index.is_none() {
            property.access_level = Role::Developer;
        }
        if kind != "sunssf"
            && let Some(value) = point.integer_of("value")
        {
            property.default_value = Some(Located::new(value.to_string(), point.place));
        }
        if let Some(units) = point.lookup("units") {
            let text = units.text().unwrap_or_default();
            property.unit = self.draft.unit(text, &name, units.place);
        }
        self.scale(point, &mut property, &name)?;
        self.symbols(point, kind, &mut property, &name);
        property.name = name;
        Some(property)
    }

    /// Sets the scale; `None` where it cannot be told, as the value would be wrong by powers of ten.
    fn scale(&mut self, point: &Node, property: &mut Property, name: &str) -> Option<()> {
        let Some(factor) = point.lookup("sf") else { return Some(()) };
        if let Some(power) = factor.integer() {
            let power = i16::try_from(power).ok().filter(|power| (-20..=20).contains(power));
            match power {
                Some(0) => {}
                Some(power) => property.scale = Some(gurux_value::Decimal::new(1, power)),
                None => {
                    self.draft.left(factor.place, name, "its scale factor is out of reason");
                    return None;
                }
            }
            return Some(());
        }
        let text = factor.text().unwrap_or_default();
        let found = self.factors.iter().rev().find(|(bare, _)| bare == text);
        match found {
            Some((_, by)) => {
                property.scale_by = Some(Located::new(by.clone(), factor.place));
                Some(())
            }
            None => {
                let why =
                    format!("its scale factor {text} is no point of this group or one around it");
                self.draft.left(factor.place, name, why);
                None
            }
        }
    }

    /// Names for the values.
    fn symbols(&mut self, point: &Node, kind: &str, property: &mut Property, name: &str) {
        let symbols = point.list("symbols");
        if symbols.is_empty() {
            return;
        }
        let table =
            self.draft.name(&format!("{}_values", name.replace(['{', '}'], "")), point.place);
        let mut seen = std::collections::HashSet::new();
        let mut items = Vec::new();
        let mut flags = Vec::new();
        let is_flags = kind.starts_with("bitfield");
        for symbol in symbols {
            let text = line(symbol.text_of("name")).unwrap_or_default();
            let value = symbol.integer_of("value");
            let Some(value) = value.filter(|_| !text.is_empty()) else {
                self.draft.left(
                    symbol.place,
                    format!("a symbol of {name}"),
                    "it lacks its name or its value",
                );
                continue;
            };
            if !seen.insert(text.clone()) || !seen.insert(value.to_string()) {
                let what = format!("the symbol {text} of {name}");
                self.draft.left(symbol.place, what, "its name or its value is there already");
                continue;
            }
            if !is_flags {
                items.push(Item {
                    device_value: value.into(),
                    ui_value: text.into(),
                    ..Item::default()
                });
            } else if let Some(mask) =
                u32::try_from(value).ok().and_then(|bit| 1_u64.checked_shl(bit))
            {
                let name = super::draft::identifier(&text).into();
                flags.push(Flag { name, mask: mask.into(), ..Flag::default() });
            } else {
                let what = format!("the symbol {text} of {name}");
                self.draft.left(symbol.place, what, "there is no such bit");
            }
        }
        if items.is_empty() && flags.is_empty() {
            return;
        }
        let rows = if is_flags { ValueRows::Flags(flags) } else { ValueRows::Enum(items) };
        property.values = Some(table.clone());
        self.draft.profile.types.push(ValueTable { name: table, default: None, rows });
    }
}

/// Is each group in it there a fixed number of times, so that its length is known?
fn is_flat(group: &Node) -> bool {
    group.list("groups").iter().all(|inner| {
        let count = inner.lookup("count").map_or(Some(1), Node::integer);
        count.is_some_and(|count| (1..=i128::from(MAX_COPIES)).contains(&count)) && is_flat(inner)
    })
}

/// A type of a point: how it is called here, its registers (0 where the point says), and the mark that
/// stands where there is no value.
struct TypeRow {
    name: &'static str,
    kind: &'static str,
    size: u16,
    null: Option<NullMark>,
    counter: Option<u8>,
}

const fn row(
    name: &'static str,
    kind: &'static str,
    size: u16,
    null: Option<NullMark>,
    counter: Option<u8>,
) -> TypeRow {
    TypeRow { name, kind, size, null, counter }
}

const fn mark(value: i128) -> Option<NullMark> {
    Some(NullMark::Integer(value))
}

#[rustfmt::skip]
static TYPES: [TypeRow; 24] = [
    row("int16",      "I16",    1, mark(0x8000),                None),
    row("int32",      "I32",    2, mark(0x8000_0000),           None),
    row("int64",      "I64",    4, mark(0x8000_0000_0000_0000), None),
    row("uint16",     "U16",    1, mark(0xFFFF),                None),
    row("uint32",     "U32",    2, mark(0xFFFF_FFFF),           None),
    row("uint64",     "U64",    4, mark(0xFFFF_FFFF_FFFF_FFFF), None),
    row("count",      "U16",    1, None,                        None),
    row("raw16",      "U16",    1, None,                        None),
    row("pad",        "U16",    0, None,                        None),
    // A sum that is not kept stands at nought.
    row("acc16",      "U16",    1, mark(0),                     Some(16)),
    row("acc32",      "U32",    2, mark(0),                     Some(32)),
    row("acc64",      "U64",    4, mark(0),                     Some(64)),
    row("bitfield16", "U16",    1, mark(0xFFFF),                None),
    row("bitfield32", "U32",    2, mark(0xFFFF_FFFF),           None),
    row("bitfield64", "U64",    4, mark(0xFFFF_FFFF_FFFF_FFFF), None),
    row("enum16",     "U16",    1, mark(0xFFFF),                None),
    row("enum32",     "U32",    2, mark(0xFFFF_FFFF),           None),
    row("float32",    "F32",    2, Some(NullMark::NaN),         None),
    row("float64",    "F64",    4, Some(NullMark::NaN),         None),
    row("sunssf",     "I16",    1, mark(0x8000),                None),
    row("string",     "String", 0, Some(NullMark::Empty),       None),
    row("ipaddr",     "Octets", 2, None,                        None),
    row("ipv6addr",   "Octets", 8, None,                        None),
    row("eui48",      "Octets", 4, None,                        None),
];
