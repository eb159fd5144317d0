//! Profiles of the original, as its device editor wrote them (`.gxp`): a tree of .NET objects in the XML of
//! data contracts, an element for each member, named after it.
//!
//! A property's address is in members of its protocol: function and register for Modbus, DIF and VIF in
//! base 64 for M-Bus, class, logical name and attribute for DLMS. What belongs to one installation (ports,
//! passwords, serial numbers) has no place in a profile and is told.

use std::time::Duration;

use super::draft::{Draft, clean, line, note, parameter};
use super::{ImportError, Imported};
use crate::profile::{
    AccessMode, AllowedMedia, Category, Flag, Guid, Item, Located, Parameter, Property, Role,
    Settings, Store, ValueRows, ValueTable, Version,
};
use crate::xml::{self, Element};

/// The profile in `text`, a device of the original's editor.
///
/// # Errors
/// With line and column: what is no XML, no device of DLMS, M-Bus or Modbus, or too large.
pub fn gxp(text: &str) -> Result<Imported, ImportError> {
    const ROOT: &str = "a profile of the original is one element, a device";
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let root = xml::parse(text, ROOT)
        .map_err(|fault| ImportError { place: fault.place, what: fault.kind.to_string() })?;
    let said = [
        Some(local(&root.name)),
        kind_of(&root),
        member(&root, "ProtocolName").map(|e| e.text.as_str()),
    ];
    let said =
        said.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase().replace('-', "");
    let known = PROTOCOLS.iter().find(|(word, _)| said.contains(word));
    let Some((word, protocol)) = known else {
        let what = "this is no device of DLMS, M-Bus or Modbus of the original's editor";
        return Err(ImportError::new(root.place, what));
    };
    let mut device = Device { draft: Draft::new(word, text), protocol: *protocol, interval: None };
    device.head(&root);
    match protocol {
        Protocol::Modbus => device.draft.modbus(byte(&root, "DeviceAddress").unwrap_or(1)),
        Protocol::MBus => device.mbus(&root),
        Protocol::Dlms => device.dlms(&root),
    }
    for category in below(&root, "Categories") {
        device.category(category);
    }
    for table in below(&root, "Tables") {
        device.table(table);
    }
    device.draft.finish("there is no property in this device that a profile can hold")
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Protocol {
    Modbus,
    MBus,
    Dlms,
}

static PROTOCOLS: [(&str, Protocol); 3] =
    [("modbus", Protocol::Modbus), ("mbus", Protocol::MBus), ("dlms", Protocol::Dlms)];

/// Members that say who or where one meter is, and secrets.
const INSTALLATION: [&str; 5] =
    ["Password", "SerialNumber", "Identification", "SNFormula", "DeviceID"];

struct Device {
    draft: Draft,
    protocol: Protocol,
    interval: Option<Duration>,
}

impl Device {
    fn head(&mut self, root: &Element) {
        let text = |name: &str| line(member(root, name).map(|element| element.text.as_str()));
        let millis = |name: &str| {
            let millis = number(root, name).filter(|millis| (1..=86_400_000).contains(millis));
            millis.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis)
        };
        let profile = &mut self.draft.profile;
        profile.name =
            text("Name").or(text("ProfileName")).unwrap_or_else(|| "Imported".to_owned());
        let guids =
            ["ProfileGuid", "Guid"].iter().filter_map(|name| text(name)?.parse::<Guid>().ok());
        if let Some(guid) = guids.into_iter().find(|guid| *guid != Guid::default()) {
            profile.guid = guid;
        }
        let version = number(root, "Version").and_then(|version| u32::try_from(version).ok());
        profile.version = Version { major: version.unwrap_or_default(), minor: 1, patch: 0 };
        profile.manufacturer = text("DeviceManufacturer").or(text("ManufacturerName"));
        profile.model = text("DeviceModel");
        profile.device_version = text("DeviceVersion");
        profile.publisher = text("Publisher");
        profile.source = Some("A profile of the original's device editor".to_owned());
        profile.descriptions = note(text("Description").as_deref()).into_iter().collect();
        let communication = &mut profile.communication;
        communication.wait_time = millis("WaitTime");
        communication.transaction_delay = millis("TransactionDelay");
        communication.resend_count =
            number(root, "ResendCount").and_then(|count| u8::try_from(count).ok());
        let seconds =
            number(root, "UpdateInterval").filter(|seconds| (1..=86_400).contains(seconds));
        self.interval = seconds.and_then(|s| u64::try_from(s).ok()).map(Duration::from_secs);
        for media in below(root, "AllowedMediaTypes") {
            self.media(media);
        }
        for name in INSTALLATION {
            if let Some(found) = member(root, name).filter(|found| !found.text.is_empty()) {
                let why = "it belongs to one meter, and a profile is a kind of meter";
                self.draft.left(found.place, name, why);
            }
        }
        let keepalive = member(root, "Keepalive");
        if let Some(keepalive) =
            keepalive.filter(|found| number(found, "Interval").is_some_and(|n| n > 0))
        {
            let why = "messages that only keep a connection alive are not carried out";
            self.draft.left(keepalive.place, "Keepalive", why);
        }
    }

    fn media(&mut self, media: &Element) {
        let name = member(media, "Name").map(|name| name.text.to_lowercase()).unwrap_or_default();
        let known = MEDIA.iter().find(|(kind, _)| *kind == name);
        let Some((kind, allowed)) = known else {
            let why = "there is no such medium here";
            self.draft.left(media.place, format!("the medium {name}"), why);
            return;
        };
        if self.draft.profile.media.iter().any(|other| other.kind == *kind) {
            return;
        }
        let mut found = AllowedMedia { kind: (*kind).to_owned(), settings: Vec::new() };
        if let Some(settings) = member(media, "DefaultMediaSettings").filter(|s| !s.text.is_empty())
        {
            let whole = format!("<Settings>{}</Settings>", settings.text);
            match xml::parse(&whole, "") {
                Ok(inner) => {
                    for setting in &inner.children {
                        let text = clean(&setting.text);
                        if allowed.contains(&setting.name.as_str()) && !text.is_empty() {
                            if !found.settings.iter().any(|(name, _)| *name == setting.name) {
                                found.settings.push((setting.name.clone(), text));
                            }
                        } else {
                            let what = format!("the setting {} of the medium {name}", setting.name);
                            let why = "it belongs to one installation, or nothing is known of it";
                            self.draft.left(settings.place, what, why);
                        }
                    }
                }
                Err(_) => {
                    let what = format!("the settings of the medium {name}");
                    self.draft.left(settings.place, what, "they are no XML");
                }
            }
        }
        self.draft.profile.media.push(found);
    }

    fn mbus(&mut self, root: &Element) {
        let address = number(root, "DeviceAddress").filter(|address| (0..=255).contains(address));
        self.draft.profile.parameters.push(parameter("address", &address.unwrap_or(1).to_string()));
        self.settings("MBus", &[("PrimaryAddress", "{address}")]);
    }

    fn dlms(&mut self, root: &Element) {
        let clients = number(root, "ClientID").filter(|client| (1..=127).contains(client));
        let logical = number(root, "LogicalAddress").filter(|device| (1..=16_383).contains(device));
        let physical =
            number(root, "PhysicalAddress").filter(|device| (1..=16_383).contains(device));
        let parameters = &mut self.draft.profile.parameters;
        parameters.push(parameter("client", &clients.unwrap_or(16).to_string()));
        parameters.push(parameter("device", &logical.unwrap_or(1).to_string()));
        let mut settings = vec![("Client", "{client}"), ("LogicalDevice", "{device}")];
        if let Some(physical) = physical {
            parameters.push(parameter("physical", &physical.to_string()));
            settings.push(("PhysicalDevice", "{physical}"));
        }
        let by_name = flag(root, "UseLogicalNameReferencing");
        settings.push(("Referencing", if by_name { "LN" } else { "SN" }));
        let said = member(root, "Authentication").map(|e| e.text.as_str()).unwrap_or("None");
        let place = member(root, "Authentication").map_or(root.place, |e| e.place);
        match AUTHENTICATIONS.iter().find(|(name, _)| *name == said) {
            Some((_, "none")) => {}
            Some((_, word)) => {
                settings.push(("Authentication", word));
                settings.push(("Password", "{password}"));
                parameters.push(Parameter {
                    name: "password".into(),
                    secret: true,
                    ..Parameter::default()
                });
            }
            None => {
                let why = "there is no such way here; the profile has none";
                self.draft.left(place, format!("the authentication {}", clean(said)), why);
            }
        }
        self.settings("Dlms", &settings);
    }

    fn settings(&mut self, element: &str, attributes: &[(&str, &str)]) {
        let attributes = attributes.iter();
        self.draft.profile.settings = Settings {
            element: element.to_owned(),
            attributes: attributes
                .map(|(name, value)| ((*name).to_owned(), (*value).into()))
                .collect(),
            ..Settings::default()
        };
    }

    fn category(&mut self, category: &Element) {
        let title = line(member(category, "Name").map(|name| name.text.as_str()));
        let name = self.draft.name(title.as_deref().unwrap_or("Category"), category.place);
        let mut properties = Vec::new();
        for element in below(category, "Properties") {
            let title = line(member(element, "Name").map(|name| name.text.as_str()));
            let title = title.unwrap_or_else(|| "property".to_owned());
            match self.property(element, &title) {
                Ok(property) => properties.push(property),
                Err(why) => self.draft.left(element.place, title, why),
            }
        }
        let text = member(category, "Description").map(|text| text.text.as_str());
        self.draft.profile.categories.push(Category {
            display_name: title.filter(|title| *title != *name),
            descriptions: note(text).into_iter().collect(),
            name,
            properties,
            ..Category::default()
        });
    }

    fn property(&mut self, element: &Element, title: &str) -> Result<Property, String> {
        let mut property = match self.protocol {
            Protocol::Modbus => self.modbus_property(element, title)?,
            Protocol::MBus => self.mbus_property(element, title)?,
            Protocol::Dlms => dlms_address(element)?,
        };
        property.name = self.draft.name(title, element.place);
        property.address.place = element.place;
        property.display_name = Some(title.to_owned()).filter(|title| *title != *property.name);
        let text = |name: &str| member(element, name).map(|found| found.text.as_str());
        property.descriptions = note(text("Description")).into_iter().collect();
        if let Some(unit) = member(element, "Unit") {
            property.unit = self.draft.unit(&unit.text, title, unit.place);
        }
        property.access_mode = self.access(element);
        property.interval = self.interval;
        match number(element, "ExpirationTime") {
            Some(-1) => property.is_static = true,
            Some(millis @ 1..=31_536_000_000) => {
                property.expiration_time = u64::try_from(millis).ok().map(Duration::from_millis);
            }
            _ => {}
        }
        if flag(element, "Nonstorable") {
            property.store = Store::Never;
        }
        property.minimum = text("Minimum").and_then(|text| text.parse().ok());
        property.maximum = text("Maximum").and_then(|text| text.parse().ok());
        property.default_value = line(text("DefaultValue")).map(Into::into);
        self.values(element, title, &mut property);
        Ok(property)
    }

    /// The original reads and writes one register for each property, whatever its type.
    fn modbus_property(&mut self, element: &Element, title: &str) -> Result<Property, String> {
        let function =
            member(element, "Function").map(|found| found.text.as_str()).unwrap_or_default();
        let table = match function {
            "CoilOutputs" | "1" => "coil",
            "DigitalInputs" | "2" => "discrete",
            "HoldingRegisters" | "3" => "holding",
            "AnalogueInputs" | "4" => "input",
            other => return Err(format!("there is no table for the function {}", clean(other))),
        };
        let address = number(element, "Address").and_then(|address| u16::try_from(address).ok());
        let address = address.ok_or("its address is no number from 0 to 65535")?;
        let value_type = member(element, "ValueType");
        let clr = value_type.map(|found| found.text.split(',').next().unwrap_or_default().trim());
        let clr = clr.unwrap_or_default();
        let kind = match (table, clr) {
            ("coil" | "discrete", _) => "Bool",
            (_, "System.Byte" | "System.UInt16" | "System.UInt32" | "System.UInt64") => "U16",
            _ => "I16",
        };
        let is_plain = matches!(clr, "System.UInt16" | "System.Int16") || kind == "Bool";
        if let Some(place) = value_type.map(|found| found.place).filter(|_| !is_plain) {
            let why = "the original reads one register whatever the type, and so does this profile; if the \
                       meter's value takes more, the type is to be mended";
            self.draft.left(place, format!("the type {} of {title}", clean(clr)), why);
        }
        Ok(Property {
            address: format!("{table}:{address}").into(),
            kind: kind.into(),
            ..Property::default()
        })
    }

    fn mbus_property(&mut self, element: &Element, title: &str) -> Result<Property, String> {
        let info =
            member(element, "InfoBytes").map(|found| found.text.as_str()).unwrap_or_default();
        let octets = base64(info).filter(|octets| octets.len() >= 2);
        let octets = octets.ok_or("its DIF and VIF are missing or no base 64")?;
        if let Some(mask) = member(element, "InfoMask")
            && base64(&mask.text).is_none_or(|mask| mask.iter().any(|octet| *octet != 0xFF))
        {
            let why =
                "here a record is found by all bits of its DIF and VIF, or by its meaning (vif=)";
            self.draft.left(mask.place, format!("the mask over DIF and VIF of {title}"), why);
        }
        let hex: String = octets.iter().map(|octet| format!("{octet:02X}")).collect();
        Ok(Property { address: format!("difvif={hex}").into(), ..Property::default() })
    }

    fn access(&self, element: &Element) -> AccessMode {
        let usual = if self.protocol == Protocol::MBus { "Read" } else { "ReadWrite" };
        let said = member(element, "AccessMode").map(|found| found.text.as_str()).unwrap_or(usual);
        let bits: u32 = said.parse().unwrap_or_default();
        let reads = said.contains("Read") || bits & 1 != 0;
        let writes = said.contains("Write") || bits & 2 != 0;
        match (reads, writes) {
            (true, true) => AccessMode::ReadWrite,
            (true, false) => AccessMode::Read,
            (false, true) => AccessMode::Write,
            (false, false) => AccessMode::Denied,
        }
    }

    /// Names for the values.
    fn values(&mut self, element: &Element, title: &str, property: &mut Property) {
        let is_flags = flag(element, "BitMask");
        let (mut items, mut flags) = (Vec::new(), Vec::new());
        for value in below(element, "Values") {
            let shown = line(member(value, "UIValue").map(|found| found.text.as_str()));
            let sent = number(value, "DeviceValue");
            let (Some(shown), Some(sent)) = (shown, sent) else {
                let why = "only whole numbers have names here";
                self.draft.left(value.place, format!("a value of {title}"), why);
                continue;
            };
            if is_flags {
                match u64::try_from(sent).ok().filter(|mask| *mask > 0) {
                    Some(mask) => flags.push(Flag {
                        name: super::draft::identifier(&shown).into(),
                        mask: mask.into(),
                        ..Flag::default()
                    }),
                    None => {
                        self.draft.left(value.place, format!("a bit of {title}"), "it is no bit")
                    }
                }
            } else {
                items.push(Item {
                    device_value: sent.into(),
                    ui_value: shown.into(),
                    ..Item::default()
                });
            }
        }
        if items.is_empty() && flags.is_empty() {
            return;
        }
        let name = self.draft.name(&format!("{}_values", *property.name), element.place);
        let rows = if is_flags { ValueRows::Flags(flags) } else { ValueRows::Enum(items) };
        property.values = Some(name.clone());
        self.draft.profile.types.push(ValueTable { name, default: None, rows });
    }

    fn table(&mut self, table: &Element) {
        let title = line(member(table, "Name").map(|name| name.text.as_str()));
        let title = title.unwrap_or_else(|| "table".to_owned());
        let logical_name = member(table, "LogicalName").map(|found| found.text.as_str());
        let property =
            logical_name.filter(|_| self.protocol == Protocol::Dlms).map(|name| Property {
                address: Located::new(format!("7:{name}:2"), table.place),
                access_level: Role::Developer,
                ..Property::default()
            });
        let Some(mut property) = property else {
            self.draft.left(table.place, title, "tables of this protocol are not carried out");
            return;
        };
        property.name = self.draft.name(&title, table.place);
        let why = "its rows come as one value; which column is what, the meter itself tells";
        self.draft.left(table.place, format!("the columns of {title}"), why);
        let categories = &mut self.draft.profile.categories;
        match categories.iter_mut().find(|category| *category.name == *"Tables") {
            Some(category) => category.properties.push(property),
            None => categories.push(Category {
                name: "Tables".into(),
                properties: vec![property],
                ..Category::default()
            }),
        }
    }
}

fn dlms_address(element: &Element) -> Result<Property, String> {
    let kind = member(element, "ObjectType").map(|found| found.text.as_str()).unwrap_or_default();
    let class = CLASSES.iter().find(|(name, _)| *name == kind).map(|(_, class)| *class);
    let class = class.or(kind.parse().ok());
    let class = class.ok_or_else(|| format!("there is no class {} here", clean(kind)))?;
    let name = member(element, "LogicalName").map(|found| found.text.as_str()).unwrap_or_default();
    let name: gurux_value::Obis = name
        .parse()
        .map_err(|_| "its logical name is none, and a short name alone finds no object here")?;
    let attribute =
        number(element, "AttributeOrdinal").filter(|attribute| (1..=127).contains(attribute));
    let attribute = attribute.ok_or("its attribute is missing or no number from 1 to 127")?;
    Ok(Property { address: format!("{class}:{name}:{attribute}").into(), ..Property::default() })
}

/// The name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// What an element says of which type it is.
fn kind_of(element: &Element) -> Option<&str> {
    let kind = element.attributes.iter().find(|attribute| attribute.name.ends_with(":type"))?;
    Some(local(&kind.value))
}

/// The member called `name`, where it is not null.
fn member<'e>(element: &'e Element, name: &str) -> Option<&'e Element> {
    let is_null =
        |e: &Element| e.attributes.iter().any(|a| a.name.ends_with(":nil") && a.value == "true");
    element.children.iter().find(|child| local(&child.name) == name && !is_null(child))
}

/// What stands in the collection called `name`.
fn below<'e>(element: &'e Element, name: &str) -> &'e [Element] {
    member(element, name).map_or(&[], |found| &found.children)
}

fn number(element: &Element, name: &str) -> Option<i128> {
    crate::profile::integer(member(element, name)?.text.trim())
}

fn byte(element: &Element, name: &str) -> Option<u8> {
    number(element, name).and_then(|number| u8::try_from(number).ok())
}

fn flag(element: &Element, name: &str) -> bool {
    member(element, name).is_some_and(|found| matches!(found.text.as_str(), "true" | "1"))
}

/// The octets that a text in base 64 stands for.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    let digits = text.trim().trim_end_matches('=');
    for c in digits.bytes().filter(|c| !c.is_ascii_whitespace()) {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            octets.push((held >> bits) as u8);
        }
    }
    (octets.len() <= 64).then_some(octets)
}

/// What may be suggested of each medium; the rest is one installation's.
#[rustfmt::skip]
static MEDIA: [(&str, &[&str]); 3] = [
    ("net",      &["Protocol", "Port"]),
    ("serial",   &["Bps", "ByteSize", "Parity", "StopBits", "Handshake"]),
    ("terminal", &["Bps", "ByteSize", "Parity", "StopBits", "Handshake", "Init",
                   "ConnectionWaitTime", "CommandWaitTime", "HangsUpDelay"]),
];

static AUTHENTICATIONS: [(&str, &str); 7] = [
    ("None", "none"),
    ("0", "none"),
    ("Low", "low"),
    ("1", "low"),
    ("High", "high"),
    ("HighMD5", "md5"),
    ("HighSHA1", "sha1"),
];

#[rustfmt::skip]
static CLASSES: [(&str, u16); 22] = [
    ("Data", 1), ("Register", 3), ("ExtendedRegister", 4), ("DemandRegister", 5),
    ("RegisterActivation", 6), ("ProfileGeneric", 7), ("Clock", 8), ("ScriptTable", 9), ("Schedule", 10),
    ("SpecialDaysTable", 11), ("AssociationShortName", 12), ("AssociationLogicalName", 15),
    ("SapAssignment", 17), ("ImageTransfer", 18), ("ActivityCalendar", 20), ("RegisterMonitor", 21),
    ("ActionSchedule", 22), ("IecHdlcSetup", 23), ("AutoConnect", 29), ("DisconnectControl", 70),
    ("Limiter", 71), ("MBusClient", 72),
];
