//! From a profile to points: settings, addresses and types, each fault at its place.

use gurux_dlms::security::{Key, SystemTitle};
use gurux_dlms::session::{Form as Protection, Referencing, Secret};
use gurux_dlms::wire::{AttributeDescriptor, Mechanism, SecurityControl};
use gurux_value::{Decimal, Unit};

use super::address::{self, Address, Member};
use super::form::{self, Form};
use super::identify;
use super::settings::{Interface, Settings};
use super::{DlmsMeter, Point, Scaling};
use crate::item::Item;
use crate::parameters::Parameters;
use crate::profile::{
    DeviceProfile, Fault, FaultKind, Faults, Located, NullMark, Property, Subject, integer, octets,
};

pub(super) fn compile(
    profile: &DeviceProfile,
    items: &[Item],
    parameters: &Parameters,
) -> Result<DlmsMeter, Faults> {
    let mut faults = Vec::new();
    let settings = Reader { profile, parameters, faults: &mut faults }.settings();
    let mut points = Vec::with_capacity(items.len());
    for item in items {
        match point(item) {
            Ok(point) => points.push(point),
            Err(fault) => faults.push(fault),
        }
    }
    for mark in profile.detections.iter().flat_map(|detect| &detect.matches) {
        if let Subject::Object(object) = &mark.subject
            && identify::object(object).is_none()
        {
            let text = object.as_str();
            faults.push(Fault::value(object.place, "Object", text, identify::OBJECTS));
        }
    }
    let meter = DlmsMeter {
        settings,
        points,
        alone: std::collections::BTreeSet::new(),
        communication: profile.communication.clone(),
        name: identify::stated_name(profile),
    };
    Faults::check(meter, faults)
}

/// Reads the protocol's own element.
struct Reader<'p> {
    profile: &'p DeviceProfile,
    parameters: &'p Parameters,
    faults: &'p mut Vec<Fault>,
}

impl Reader<'_> {
    /// The value of an attribute; `None` where it, or the parameter that it stands for, has none.
    fn read(&mut self, name: &str) -> Option<Located<String>> {
        let text = self.profile.settings.lookup(name)?;
        let parameter = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        if parameter.is_some_and(|parameter| self.parameters.lookup(parameter).is_none()) {
            return None;
        }
        match self.parameters.fill(name, text) {
            Ok(text) => Some(text).filter(|text| !text.is_empty()),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// The value of a secret, which a parameter hands in.
    fn secret(&mut self, name: &str) -> Option<Located<String>> {
        let text = self.profile.settings.lookup(name)?;
        let parameter = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let mut known = self.profile.parameters.iter();
        if !known.any(|known| known.secret && Some(known.name.as_str()) == parameter) {
            // What stands there is not told: it may be the secret.
            const SECRET: &str = "the name of a secret parameter between { and }";
            self.faults.push(Fault::value(text.place, name, "...", SECRET));
            return None;
        }
        self.read(name)
    }

    /// The value of an attribute, as `parse` understands it.
    fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.read(name)?;
        let value = parse(&text);
        if value.is_none() {
            self.faults.push(Fault::value(text.place, name, text.as_str(), expected));
        }
        value
    }

    fn number<T: TryFrom<i128>>(&mut self, name: &str, from: i128, to: i128) -> Option<T> {
        let expected = format!("a number from {from} to {to}");
        self.parsed(name, &expected, |text| {
            let number = integer(text).filter(|number| (from..=to).contains(number))?;
            T::try_from(number).ok()
        })
    }

    fn flag(&mut self, name: &str) -> bool {
        let flag = self.parsed(name, "true or false", |text| text.parse().ok());
        flag.unwrap_or_default()
    }

    /// One of these words.
    fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let expected = format!("one of {}", known.join(", "));
        self.parsed(name, &expected, |text| {
            let is_meant = |(word, _): &&(&str, T)| word.eq_ignore_ascii_case(text);
            words.iter().find(is_meant).map(|(_, value)| *value)
        })
    }

    fn key(&mut self, name: &str) -> Option<Key> {
        let text = self.secret(name)?;
        let key = octets(&text).ok().and_then(|octets| Key::from_octets(&octets).ok());
        if key.is_none() {
            let expected = "32 hex digits, or 64 in suite 2";
            self.faults.push(Fault::value(text.place, name, "...", expected));
        }
        key
    }

    fn title(&mut self, name: &str) -> Option<SystemTitle> {
        self.parsed(name, "16 hex digits", |text| {
            octets(text).ok().and_then(|octets| SystemTitle::new(&octets))
        })
    }

    fn settings(&mut self) -> Settings {
        let usual = Settings::default();
        let mut settings = Settings {
            client: self.number("Client", 1, 127).unwrap_or(usual.client),
            logical_device: self.number("LogicalDevice", 0, 16383).unwrap_or(usual.logical_device),
            physical_device: self.number("PhysicalDevice", 0, 16383),
            is_wide: self.word("AddressLength", &[("1", false), ("2", false), ("4", true)])
                == Some(true),
            interface: self.word(
                "Interface",
                &[
                    ("wrapper", Interface::Wrapper),
                    ("udp", Interface::Udp),
                    ("hdlc", Interface::Hdlc),
                    ("mode-e", Interface::ModeE),
                ],
            ),
            uses_dedicated_key: self.flag("DedicatedKey"),
            is_pre_established: self.flag("PreEstablished"),
            client_title: self.title("ClientTitle"),
            meter_title: self.title("MeterTitle"),
            encryption_key: self.key("EncryptionKey"),
            authentication_key: self.key("AuthenticationKey"),
            counter: self.number("InvocationCounter", 0, u32::MAX.into()),
            max_pdu: self.number("MaxPdu", 0, u16::MAX.into()).unwrap_or(usual.max_pdu),
            block_window: self.number("BlockWindow", 1, 63),
            user_id: self.number("UserId", 0, 255),
            max_baud: self.number("MaxBaud", 300, 115_200),
            ..usual
        };
        let names = [("LN", Referencing::LogicalNames), ("SN", Referencing::ShortNames)];
        settings.referencing = self.word("Referencing", &names).unwrap_or_default();
        settings.form = self
            .word(
                "Form",
                &[
                    ("service", Protection::Service),
                    ("general", Protection::General),
                    ("general-ciphering", Protection::GeneralCiphering),
                ],
            )
            .unwrap_or_default();
        settings.mechanism = self.word("Authentication", MECHANISMS).unwrap_or(Mechanism::LOWEST);
        self.put_password(&mut settings);
        self.put_security(&mut settings);
        self.put_link(&mut settings);
        self.put_quirks(&mut settings);
        settings
    }

    fn put_password(&mut self, settings: &mut Settings) {
        let Some(text) = self.secret("Password") else { return };
        // Printable characters, or octets as 0x and hex digits.
        let octets = match text.strip_prefix("0x") {
            Some(digits) => octets(digits).ok(),
            None => Some(text.as_bytes().to_vec()),
        };
        settings.password = octets.and_then(|octets| Secret::new(&octets));
        if settings.password.is_none() {
            const PASSWORD: &str = "up to 64 characters, or 0x and up to 128 hex digits";
            self.faults.push(Fault::value(text.place, "Password", "...", PASSWORD));
        }
    }

    fn put_security(&mut self, settings: &mut Settings) {
        let words = &[
            ("none", 0),
            ("authentication", 0x10),
            ("encryption", 0x20),
            ("authentication-encryption", 0x30),
        ];
        let security: u8 = self.word("Security", words).unwrap_or_default();
        let suite: u8 = self.number("Suite", 0, 2).unwrap_or_default();
        settings.control = SecurityControl::new(security | suite);
        settings.counter_from = self.parsed("CounterObject", "an OBIS code", |text| {
            let instance_id = text.parse().ok()?;
            Some(AttributeDescriptor { class_id: 1, instance_id, attribute_id: 2 })
        });
        settings.quirks.counter_step =
            self.number("CounterStep", 0, u32::MAX.into()).unwrap_or_default();
        let key_len = if suite == 2 { 32 } else { 16 };
        for (name, key) in [
            ("EncryptionKey", &settings.encryption_key),
            ("AuthenticationKey", &settings.authentication_key),
        ] {
            if key.as_ref().is_some_and(|key| key.octets().len() != key_len)
                && let Some(text) = self.profile.settings.lookup(name)
            {
                let expected = format!("a key of {key_len} octets, for suite {suite}");
                self.faults.push(Fault::value(text.place, name, "...", expected));
            }
        }
    }

    fn put_link(&mut self, settings: &mut Settings) {
        let parameters = &mut settings.parameters;
        if let Some(length) = self.number("MaxInfo", 32, 2030) {
            parameters.max_info_transmit = length;
            parameters.max_info_receive = length;
        }
        if let Some(window) = self.number("Window", 1, 7) {
            parameters.window_transmit = window;
            parameters.window_receive = window;
        }
        if let Some(text) = self.read("SignOnAddress") {
            if text.is_ascii() && text.len() <= settings.sign_on_address.len() {
                settings.sign_on_address.iter_mut().zip(text.bytes()).for_each(|(to, from)| {
                    *to = from;
                });
            } else {
                let text_told = text.as_str();
                let expected = "up to 32 characters";
                self.faults.push(Fault::value(text.place, "SignOnAddress", text_told, expected));
            }
        }
    }

    fn put_quirks(&mut self, settings: &mut Settings) {
        let Some(text) = self.read("Quirks") else { return };
        let quirks = &mut settings.quirks;
        for word in text.split_whitespace() {
            match word {
                "no-release" => quirks.no_release = true,
                "bare-release" => quirks.bare_release = true,
                "short-conformance" => quirks.short_conformance = true,
                "protocol-version" => quirks.protocol_version = true,
                "any-invoke-id" => quirks.any_invoke_id = true,
                "no-meter-proof" => quirks.no_meter_proof = true,
                "bare-snrm" => settings.has_bare_snrm = true,
                "keeps-numbers" => settings.keeps_numbers = true,
                _ => {
                    const QUIRKS: &str = "no-release, bare-release, short-conformance, \
                        protocol-version, any-invoke-id, no-meter-proof, bare-snrm or keeps-numbers";
                    self.faults.push(Fault::value(text.place, "Quirks", word, QUIRKS));
                }
            }
        }
    }
}

static MECHANISMS: &[(&str, Mechanism)] = &[
    ("none", Mechanism::LOWEST),
    ("low", Mechanism::LOW),
    ("high", Mechanism::HIGH),
    ("md5", Mechanism::HIGH_MD5),
    ("sha1", Mechanism::HIGH_SHA1),
    ("gmac", Mechanism::HIGH_GMAC),
    ("sha256", Mechanism::HIGH_SHA256),
];

fn point(item: &Item) -> Result<Point, Fault> {
    let property = &item.property;
    let place = property.address.place;
    let text = property.address.as_str();
    let wrong = |expected: &str| Fault::value(place, "Address", text, expected);
    let address = Address::parse(text).ok_or_else(|| wrong(address::GRAMMAR))?;
    if item.shift != 0 {
        const NO_STRIDE: &str = "objects of a repeated category are told apart by {index} in their \
            address, not by Stride";
        return Err(Fault::new(place, FaultKind::Conflict(NO_STRIDE)));
    }
    let kind = &property.kind;
    let stated = Form::lookup(kind);
    if stated.is_none() && !kind.is_empty() {
        return Err(Fault::value(kind.place, "Type", kind.as_str(), form::WORDS));
    }
    let access = property.access_mode;
    let is_method = matches!(address.member, Member::Method(_));
    if is_method && access.is_readable() {
        return Err(wrong(
            "an attribute, as the property is read; AccessMode=\"Write\" calls a method",
        ));
    }
    if access.is_writable() {
        if address.switch.is_none() && stated.is_none() {
            return Err(Fault::value(kind.place, "Type", kind.as_str(), form::WORDS));
        }
        if !address.element.is_empty() {
            return Err(wrong("a whole attribute, as the property is written"));
        }
        let is_scaled = address.scaler_unit().is_some()
            && stated.is_none_or(Form::is_number)
            && property.scale.is_none();
        if is_scaled && address.scaler.is_none() {
            return Err(wrong("scaler= behind it, as the property is written"));
        }
    }
    let form = stated.or_else(|| Form::of_class(&address)).unwrap_or_else(|| guessed(property));
    let scaling = match (address.scaler, address.scaler_unit()) {
        (Some(scaler), _) => Scaling::Given(scaler),
        (None, Some(attribute)) if form.is_number() && property.scale.is_none() => {
            Scaling::Object(attribute)
        }
        _ => Scaling::None,
    };
    let marks = property.null.iter().filter_map(|mark| match mark {
        NullMark::Integer(mark) => Some(*mark),
        NullMark::NaN | NullMark::Empty => None,
    });
    let (scaler, unit) = simulated(property, form, scaling);
    Ok(Point {
        read_as: stated.or_else(|| Form::of_class(&address)),
        form,
        scaling,
        unit: property.unit,
        marks: marks.collect(),
        length: property.length.as_ref().map_or(0, |length| length.value),
        is_writable: access.is_writable(),
        counts: property.counter.is_some(),
        scaler,
        wire_unit: unit,
        address,
    })
}

/// How a simulated meter codes what the profile says nothing of.
fn guessed(property: &Property) -> Form {
    let Some(text) = property.default_value.as_ref().filter(|_| property.values.is_none()) else {
        return Form::U32;
    };
    match text.parse::<Decimal>() {
        Ok(number) if number.is_negative() => Form::I32,
        Ok(_) => Form::U32,
        Err(_) if matches!(text.as_str(), "true" | "false") => Form::Bool,
        Err(_) if text.parse::<gurux_value::DateTime>().is_ok() => Form::DateTime,
        Err(_) => Form::Text,
    }
}

/// The scaler and the unit with which a simulated meter tells a value: fine enough for the value that it
/// begins with.
fn simulated(property: &Property, form: Form, scaling: Scaling) -> (i8, Option<Unit>) {
    let unit = property.unit;
    let wire = unit.and_then(wire_unit);
    let scaler = match scaling {
        Scaling::None => return (0, wire),
        Scaling::Given(scaler) => {
            // A power of ten in the property's unit is another in the unit of the wire.
            let one = Decimal::new(1, scaler.into());
            let converted = unit.zip(wire).and_then(|(from, to)| from.convert(one, to).ok());
            let converted = converted.unwrap_or(one).normalized();
            if converted.mantissa() == 1 { converted.exponent() } else { scaler.into() }
        }
        Scaling::Object(_) if !form.is_integer() => 0,
        Scaling::Object(_) => {
            let text = property.default_value.as_ref();
            let number = text.and_then(|text| text.parse::<Decimal>().ok());
            let in_wire = number.and_then(|number| match unit.zip(wire) {
                Some((from, to)) => from.convert(number, to).ok(),
                None => Some(number),
            });
            in_wire.map_or(0, |number| number.exponent().min(0))
        }
    };
    (i8::try_from(scaler).unwrap_or_default(), wire)
}

/// The unit of the standard's table for values in this one.
fn wire_unit(unit: Unit) -> Option<Unit> {
    let has_code = |unit: &Unit| unit.dlms_code().is_some();
    Some(unit).filter(has_code).or_else(|| Some(unit.without_prefix()).filter(has_code)).or_else(
        || {
            let all = (1..=254).filter_map(Unit::from_dlms);
            let mut alike = all.filter(|known| known.dimension() == unit.dimension());
            alike.find(|known| unit.convert(Decimal::ONE, *known).is_ok())
        },
    )
}
