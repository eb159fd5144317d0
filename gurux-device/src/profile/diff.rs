//! What differs between two profiles, by meaning.
//!
//! Both are written in the one form that the writer has, in which defaults are left out and numbers have
//! one spelling, and compared element by element: what bears a name is found by it, wherever it stands.
//! So what the format gains is compared too. Addresses, types and sets are compared by what they mean:
//! `h:0x48` is `holding:72`, and `U16` is `u16`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::profile::DeviceProfile;
use crate::xml::{self, Attribute, Element};

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// What differs: `Property import`, `Enum State, Item 3`, `Communication`.
    pub item: String,
    /// Which attribute of it, `Address`; `None` where the whole item is there on one side only, or its
    /// text differs.
    pub attribute: Option<String>,
    /// What the first profile says; `None` where it says nothing.
    pub before: Option<String>,
    /// What the second profile says; `None` where it says nothing.
    pub after: Option<String>,
}

/// `Property import: Scale: 0.1 became 0.01`
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.item)?;
        if let Some(attribute) = &self.attribute {
            write!(f, "{attribute}: ")?;
        }
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{before} became {after}"),
            (None, Some(after)) if after.is_empty() => f.write_str("added"),
            (Some(before), None) if before.is_empty() => f.write_str("removed"),
            (None, Some(after)) => write!(f, "added: {after}"),
            (Some(before), None) => write!(f, "removed: {before}"),
            (None, None) => f.write_str("the same"),
        }
    }
}

impl DeviceProfile {
    /// What differs in `other`: attributes that changed, in the order of this profile, and what was added
    /// or removed.
    ///
    /// ```
    /// use gurux_device::Drivers;
    ///
    /// let text = |address, scale| format!(
    ///     r#"<DeviceProfile xmlns="urn:gurux-ami:profile:1" Guid="1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    ///                       Name="Meter" Protocol="modbus" Version="1.0.0">
    ///          <Category Name="Energy"><Property Name="import" Address="{address}" Type="U32" Scale="{scale}"/></Category>
    ///        </DeviceProfile>"#
    /// );
    /// let drivers = Drivers::standard();
    /// let before = drivers.read(&text("input:0x48", "0.1"))?;
    /// assert_eq!(before.diff(&drivers.read(&text("i:72", "0.1"))?), []);
    /// let differences = before.diff(&drivers.read(&text("input:74", "0.01"))?);
    /// let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    /// assert_eq!(
    ///     told,
    ///     ["Property import: Address: input:0x48 became input:74", "Property import: Scale: 0.1 became 0.01"]
    /// );
    /// # Ok::<(), gurux_device::Error>(())
    /// ```
    #[must_use]
    pub fn diff(&self, other: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        let sides = [Side::of(self), Side::of(other)];
        match (tree(self), tree(other)) {
            (Some(before), Some(after)) => {
                Compare { sides, found: &mut found }.elements("", &before, &after);
            }
            // A profile built by a program may hold what no file can; it is the same as itself alone.
            _ if self == other => {}
            _ => found.push(Difference {
                item: "DeviceProfile".to_owned(),
                attribute: None,
                before: Some(self.name.clone()),
                after: Some(other.name.clone()),
            }),
        }
        found
    }
}

fn tree(profile: &DeviceProfile) -> Option<Element> {
    xml::parse(&profile.to_xml(), "").ok()
}

/// What decides how the addresses of a profile are read.
#[derive(Clone, Copy)]
struct Side<'p> {
    protocol: &'p str,
    /// Do the numbers of its registers count from one?
    #[cfg_attr(
        not(feature = "modbus"),
        expect(dead_code, reason = "only Modbus counts registers")
    )]
    one_based: bool,
}

impl<'p> Side<'p> {
    fn of(profile: &'p DeviceProfile) -> Self {
        let zero_based = profile.settings.lookup("ZeroBased");
        let one_based = zero_based.is_some_and(|text| text.as_str() == "false");
        Self { protocol: &profile.protocol, one_based }
    }
}

struct Compare<'c> {
    sides: [Side<'c>; 2],
    found: &'c mut Vec<Difference>,
}

impl Compare<'_> {
    fn elements(&mut self, way: &str, before: &Element, after: &Element) {
        let item = if way.is_empty() { before.name.as_str() } else { way };
        self.attributes(item, before, after);
        if before.text != after.text {
            let text =
                |element: &Element| Some(element.text.clone()).filter(|text| !text.is_empty());
            self.tell(item, None, text(before), text(after));
        }
        let inside =
            if before.name == "DeviceProfile" || before.name == "Types" { "" } else { item };
        let (first, second) = (keyed(before), keyed(after));
        for (key, before) in &first.order {
            match second.by_key.get(key.as_str()) {
                Some(after) => self.elements(&joined(inside, key), before, after),
                None => self.whole(inside, key, before, false),
            }
        }
        for (key, after) in &second.order {
            if !first.by_key.contains_key(key.as_str()) {
                self.whole(inside, key, after, true);
            }
        }
    }

    /// An element that is on one side only. What it holds is told where it is a group of others.
    fn whole(&mut self, inside: &str, key: &str, element: &Element, added: bool) {
        let item = joined(inside, key);
        // The types together have no name; each of them has.
        if element.name != "Types" {
            let mut said: Vec<String> = Vec::new();
            for attribute in &element.attributes {
                if !key.contains(attribute.value.as_str()) {
                    said.push(format!("{}={}", attribute.name, attribute.value));
                }
            }
            said.extend(Some(element.text.clone()).filter(|text| !text.is_empty()));
            let said = Some(said.join(" "));
            let (before, after) = if added { (None, said) } else { (said, None) };
            self.tell(&item, None, before, after);
        }
        if matches!(element.name.as_str(), "Types" | "Category") {
            for (key, child) in keyed(element).order {
                self.whole("", &key, child, added);
            }
        }
    }

    fn attributes(&mut self, item: &str, before: &Element, after: &Element) {
        let [left, right] = self.sides;
        let (first, second) = (meanings(before, left), meanings(after, right));
        let names = before.attributes.iter().chain(&after.attributes).map(|a| a.name.as_str());
        let mut seen = BTreeSet::new();
        for name in names.filter(|name| seen.insert(*name)) {
            let (one, other) = (first.get(name), second.get(name));
            if one == other {
                continue;
            }
            // Told as it is written, unless both are written alike and mean something else.
            let written =
                |element: &Element| element.attribute(name).map(|found| found.value.clone());
            let (mut left, mut right) = (written(before), written(after));
            if left == right {
                (left, right) = (one.cloned(), other.cloned());
            }
            self.tell(item, Some(name.to_owned()), left, right);
        }
    }

    fn tell(
        &mut self,
        item: &str,
        attribute: Option<String>,
        before: Option<String>,
        after: Option<String>,
    ) {
        self.found.push(Difference { item: item.to_owned(), attribute, before, after });
    }
}

fn meanings<'e>(element: &'e Element, side: Side<'_>) -> BTreeMap<&'e str, String> {
    let said = element.attributes.iter();
    said.map(|attribute| (attribute.name.as_str(), meaning(attribute, side))).collect()
}

fn joined(inside: &str, key: &str) -> String {
    // A property is known by its name wherever it stands.
    if inside.is_empty() || inside.starts_with("Category ") {
        key.to_owned()
    } else {
        format!("{inside}, {key}")
    }
}

/// The elements inside another one, each with what it is known by.
struct Keyed<'e> {
    order: Vec<(String, &'e Element)>,
    by_key: BTreeMap<String, &'e Element>,
}

fn keyed(element: &Element) -> Keyed<'_> {
    let mut by_key: BTreeMap<String, &Element> = BTreeMap::new();
    let mut order = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for child in &element.children {
        let key = match own_key(child) {
            Some(key) => format!("{} {key}", child.name),
            None => child.name.clone(),
        };
        // What has no name of its own is known by its number.
        let count = counts.entry(key.clone()).or_default();
        *count += 1;
        let key = if *count == 1 { key } else { format!("{key} {count}") };
        by_key.insert(key.clone(), child);
        order.push((key, child));
    }
    Keyed { order, by_key }
}

/// By what an element is known among its like.
fn own_key(element: &Element) -> Option<&str> {
    let names: &[&str] = match element.name.as_str() {
        "Item" => &["DeviceValue"],
        "Product" => &["Manufacturer", "Model"],
        "AllowedMedia" => &["Type"],
        "Choice" => &["Value"],
        "Include" | "Exclude" => &["Property", "Category", "Group"],
        "Match" => &["Property", "Object", "Model"],
        "Expect" => &["Property"],
        "Set" => &["Parameter"],
        "Forbidden" => &["From"],
        "Description" | "Caveat" | "Requires" => &["Lang"],
        _ => &["Name"],
    };
    // The last of them says most.
    names.iter().rev().find_map(|name| element.attribute(name)).map(|found| found.value.as_str())
}

/// An attribute in the one spelling that means it.
fn meaning(attribute: &Attribute, side: Side<'_>) -> String {
    let text = attribute.value.trim();
    match attribute.name.as_str() {
        "Address" | "From" | "To" => address(text, side),
        "Type" | "ByteOrder" => text.to_uppercase(),
        "Null" => {
            let marks: BTreeSet<&str> = text.split_whitespace().collect();
            marks.into_iter().collect::<Vec<_>>().join(" ")
        }
        "Scale" | "Offset" | "Minimum" | "Maximum" | "Deadband" => {
            let number = text.parse::<gurux_value::Decimal>();
            number.map_or_else(|_| text.to_owned(), |number| number.normalized().to_string())
        }
        _ => text.to_owned(),
    }
}

/// An address in one spelling; as it stands where that is not sure.
fn address(text: &str, side: Side<'_>) -> String {
    let mut terms = text.split(['+', ';']).map(str::trim);
    let first = terms.next().unwrap_or_default();
    let others: Vec<&str> = terms.collect();
    if text.contains('{') {
        return text.to_owned();
    }
    match side.protocol {
        #[cfg(feature = "modbus")]
        "modbus" => {
            let Ok(start) = first.parse::<gurux_modbus::Address>() else { return text.to_owned() };
            // Numbers of the data model (40001) were brought to nought already.
            let shift = i128::from(side.one_based && first.contains(':'));
            let sum = others.iter().try_fold(i128::from(start.number) - shift, |sum, term| {
                sum.checked_add(crate::profile::integer(term)?)
            });
            sum.map_or_else(|| text.to_owned(), |number| format!("{}:{number}", start.table.word()))
        }
        "dlms" => {
            let object = first.split_once(':').and_then(|(class, object)| {
                let (name, attribute) = match object.rsplit_once(':') {
                    Some((name, member)) if !member.contains(['.', '*']) => (name, member),
                    _ => (object, "2"),
                };
                let name: gurux_value::Obis = name.trim().parse().ok()?;
                Some(format!("{}:{name}:{}", class.trim(), attribute.trim()))
            });
            let object = object.unwrap_or_else(|| first.to_owned());
            sorted(&object, &others, &[])
        }
        "mbus" => {
            sorted(first, &others, &["storage=0", "tariff=0", "subunit=0", "func=inst", "index=1"])
        }
        _ => text.to_owned(),
    }
}

/// What stands behind an address, in one order and without what says no more than the default.
fn sorted(first: &str, others: &[&str], defaults: &[&str]) -> String {
    let mut others: Vec<&str> =
        others.iter().copied().filter(|other| !defaults.contains(other)).collect();
    others.sort_unstable();
    [&[first][..], &others].concat().join(";")
}

#[cfg(test)]
#[cfg(all(feature = "dlms", feature = "mbus", feature = "modbus"))]
mod tests {
    use crate::Drivers;

    const FULL: &str = include_str!("full.xml");

    fn told(before: &str, after: &str) -> Vec<String> {
        let drivers = Drivers::standard();
        let [before, after] = [before, after].map(|text| drivers.read(text).unwrap());
        let back = after.diff(&before);
        let there = before.diff(&after);
        assert_eq!(back.len(), there.len(), "the way back finds something else");
        for (one, other) in there.iter().filter(|one| one.attribute.is_some()).zip(&back) {
            assert!(one.before != one.after && other.before != other.after);
        }
        there.iter().map(ToString::to_string).collect()
    }

    fn modbus(inside: &str) -> String {
        format!(
            r#"<DeviceProfile xmlns="urn:gurux-ami:profile:1" Guid="1b4e28ba-2fa1-11d2-883f-0016d3cca427" Name="M"
                 Protocol="modbus" Version="1.0.0">{inside}</DeviceProfile>"#
        )
    }

    #[test]
    fn a_profile_is_the_same_as_itself() {
        for file in [FULL, include_str!("../../../gurux-ami/profiles/demo-heat.xml")] {
            assert_eq!(told(file, file), [""; 0]);
        }
    }

    #[test]
    fn spelling_and_order_are_no_difference() {
        let one = r#"<Category Name="A"><Property Name="a" Address="h:0x10+2" Type="u16" Scale="0.10" Null="1 2"/>
            <Property Name="b" Address="40001" Type="U16" AccessMode="Read"/></Category>"#;
        let other = r#"<Category Name="A"><Property Name="b" Address="holding:0" Type="U16"/>
            <Property Name="a" Address="holding:18" Type="U16" Scale="0.1" Null="2 1"/></Category>"#;
        assert_eq!(told(&modbus(one), &modbus(other)), [""; 0]);
        let moved =
            format!("<Modbus ZeroBased=\"false\"/>{}", other.replace("holding:0", "holding:1"));
        let found = told(&modbus(other), &modbus(&moved));
        assert_eq!(
            found,
            ["Property a: Address: holding:18 became holding:17", "Modbus: added: ZeroBased=false",]
        );
    }

    #[test]
    fn what_changed_was_added_or_removed_is_told() {
        let one = r#"<Types><Enum Name="E"><Item DeviceValue="1" UIValue="on"/></Enum></Types>
            <Category Name="A"><Property Name="a" Unit="Wh" Address="input:1" Type="U32"/>
            <Property Name="gone" Address="input:9" Type="U16" Values="E"/></Category><View Name="v" Role="user"/>"#;
        let other = r#"<Types><Enum Name="E"><Item DeviceValue="1" UIValue="off"/><Item DeviceValue="2" UIValue="x"/></Enum>
            </Types><Category Name="A"><Property Name="a" Unit="kWh" Address="input:1" Type="I32"><Description>new</Description>
            </Property></Category><Category Name="B"><Property Name="c" Address="coil:1" Type="Bool"/></Category>"#;
        assert_eq!(
            told(&modbus(one), &modbus(other)),
            [
                "Enum E, Item 1: UIValue: on became off",
                "Enum E, Item 2: added: UIValue=x",
                "Property a: Unit: Wh became kWh",
                "Property a: Type: U32 became I32",
                "Property a, Description: added: new",
                "Property gone: removed: Address=input:9 Type=U16 Values=E",
                "View v: removed: Role=user",
                "Category B: added",
                "Property c: added: Address=coil:1 Type=Bool",
            ]
        );
    }

    #[test]
    fn addresses_of_other_protocols_are_compared_by_meaning() {
        let heat = include_str!("../../../gurux-ami/profiles/demo-heat.xml");
        let other = heat.replace("\"vif=energy\"", "\"vif=energy; tariff=0;storage=0\"");
        assert_ne!(heat, other);
        assert_eq!(told(heat, &other), [""; 0]);
        let meter = include_str!("../../../gurux-ami/profiles/demo-electricity-dlms.xml");
        let other = meter.replace("3:1-0:2.8.0*255:2", "3:1.0.2.8.0.255");
        assert_ne!(meter, other);
        assert_eq!(told(meter, &other), [""; 0]);
        let other = meter.replace("3:1-0:2.8.0*255:2", "3:1.0.2.8.1.255");
        let found = told(meter, &other);
        assert_eq!(found, ["Property export: Address: 3:1-0:2.8.0*255:2 became 3:1.0.2.8.1.255"]);
    }
}
