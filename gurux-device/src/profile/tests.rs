//! The reader, from both sides: what it takes and gives back, and how it complains.

use std::collections::BTreeMap;

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use quick_xml::events::Event;

use super::schema::{ELEMENTS, LATER};
use super::{DeviceProfile, MAX_ATTRIBUTES, MAX_FAULTS, MAX_LEN, NAMESPACE, ProtocolRule};

const RULES: [ProtocolRule; 1] = [ProtocolRule {
    protocol: "modbus",
    element: "Modbus",
    required: &[],
    optional: &["UnitId", "ByteOrder", "ZeroBased"],
}];

/// Everything that a profile can say, once.
const FULL: &str = include_str!("full.xml");

fn read(text: &str) -> Result<DeviceProfile, String> {
    DeviceProfile::from_xml(text, &RULES).map_err(|faults| faults.to_string())
}

/// A small profile with `inside` in it, which begins in line 2.
fn with(inside: &str) -> String {
    format!(
        "<DeviceProfile xmlns=\"{NAMESPACE}\" Guid=\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\" \
         Name=\"n\" Protocol=\"modbus\" Version=\"1.0.0\">\n{inside}</DeviceProfile>"
    )
}

/// A property with `attributes`, in the fourth line of its file.
fn property(attributes: &str) -> String {
    with(&format!(
        "<Category Name=\"C\">\n<Property Name=\"a\" Address=\"holding:0\" Type=\"U16\"/>\n\
         <Property Name=\"b\" Address=\"holding:1\" Type=\"U16\" {attributes}/>\n</Category>"
    ))
}

#[test]
fn a_full_profile_is_written_as_it_was_read() {
    let profile = read(FULL).unwrap();
    let written = profile.to_xml();
    assert_eq!(read(&written).unwrap(), profile);
    assert_eq!(written, read(&written).unwrap().to_xml());
}

#[test]
fn the_full_profile_uses_all_of_the_schema() {
    let written = read(FULL).unwrap().to_xml();
    for rule in ELEMENTS {
        assert!(written.contains(&format!("<{}", rule.name)), "{} is not used", rule.name);
        for attribute in rule.attributes() {
            let used = names(&written).get(rule.name).is_some_and(|used| used.contains(attribute));
            assert!(used, "{} of {} is not used", attribute, rule.name);
        }
    }
}

/// Each element's attributes, joined, as they occur in `xml`.
fn names(xml: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut reader = quick_xml::Reader::from_str(xml);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                let all = found.entry(tag.name().into_inner().to_owned()).or_default();
                for attribute in tag.attributes() {
                    all.push_str(attribute.unwrap().key.into_inner());
                    all.push(' ');
                }
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

/// `profile.xsd` names the elements and attributes that the reader knows, with the same ones
/// required.
#[cfg(all(feature = "dlms", feature = "mbus", feature = "modbus"))]
#[test]
fn the_schema_file_agrees_with_the_reader() {
    use super::XSD;
    use super::schema::MEDIA;

    #[derive(Default, PartialEq, Eq, Debug)]
    struct Shape {
        required: Vec<String>,
        optional: Vec<String>,
        children: Vec<String>,
    }
    let mut schema: BTreeMap<String, Shape> = BTreeMap::new();
    let mut reader = quick_xml::Reader::from_str(XSD);
    let mut current = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                let attribute = |name: &str| {
                    let found = tag.try_get_attribute(name).unwrap();
                    found.map(|found| found.value.into_owned()).unwrap_or_default()
                };
                match tag.name().into_inner() {
                    "xs:complexType" => {
                        current = attribute("name");
                        schema.insert(current.clone(), Shape::default());
                    }
                    "xs:element" if !current.is_empty() => {
                        schema.get_mut(&current).unwrap().children.push(attribute("name"));
                    }
                    "xs:attribute" => {
                        let shape = schema.get_mut(&current).unwrap();
                        let required = attribute("use") == "required";
                        let list = if required { &mut shape.required } else { &mut shape.optional };
                        list.push(attribute("name"));
                    }
                    _ => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let rules = crate::Drivers::standard().rules();
    let mut table: BTreeMap<String, Shape> = ELEMENTS
        .iter()
        .map(|rule| {
            let mut children: Vec<String> =
                rule.children.iter().map(|child| child.0.to_owned()).collect();
            let mut required: Vec<String> = owned(rule.required);
            match rule.name {
                "DeviceProfile" => {
                    required.retain(|name| name != "xmlns");
                    children.extend(rules.iter().map(|rule| rule.element.to_owned()));
                }
                "AllowedMedia" => {
                    for setting in MEDIA.iter().flat_map(|media| media.1) {
                        if !children.iter().any(|known| known == setting) {
                            children.push((*setting).to_owned());
                        }
                    }
                }
                _ => {}
            }
            let optional = owned(rule.optional);
            (rule.name.to_owned(), Shape { required, optional, children })
        })
        .collect();
    for rule in &rules {
        let shape = Shape { optional: owned(rule.optional), ..Shape::default() };
        table.insert(rule.element.to_owned(), shape);
    }
    for shape in schema.values_mut().chain(table.values_mut()) {
        shape.required.sort();
        shape.optional.sort();
        shape.children.sort();
    }
    assert_eq!(schema, table);
}

#[test]
fn an_unknown_attribute_is_told_with_its_place_and_what_would_be_right() {
    let fault = read(&property("Adress=\"1\"")).unwrap_err();
    assert!(
        fault.starts_with(
            "line 4, column 51: Property has no attribute Adress; it may have Name, Address, Type, "
        ),
        "{fault}"
    );
}

#[test]
fn an_unknown_element_is_told_with_its_place_and_what_would_be_right() {
    let fault = read(&with("  <Kategory Name=\"x\"/>")).unwrap_err();
    assert!(
        fault.starts_with(
            "line 2, column 3: DeviceProfile has no element Kategory; it may have Description, "
        ),
        "{fault}"
    );
    let fault = read(&with("<Modbus><Unit/></Modbus>")).unwrap_err();
    assert_eq!(fault, "line 2, column 9: Modbus has no element Unit; it has none");
}

#[test]
fn columns_count_characters() {
    let fault = read(&with("<Product Model=\"äöü\" Modell=\"x\"/>")).unwrap_err();
    assert!(fault.starts_with("line 2, column 22: "), "{fault}");
}

#[test]
fn each_wrong_value_is_told_with_what_would_be_right() {
    for (attribute, expected) in [
        ("Unit=\"kilo\"", "Unit=\"kilo\": expected the symbol of a unit, like kWh"),
        ("Obis=\"x\"", "Obis=\"x\": expected an OBIS code, like 1-0:1.8.0*255"),
        ("Scale=\"1,5\"", "Scale=\"1,5\": expected a decimal number, like 0.1"),
        ("Bit=\"64\"", "Bit=\"64\": expected the number of a bit, 0 to 63"),
        ("Mask=\"FF\"", "Mask=\"FF\": expected the bits of the value, like 0x00FF"),
        ("Length=\"-1\"", "Length=\"-1\": expected a number of octets"),
        (
            "Null=\"0xFFFF none\"",
            "Null=\"0xFFFF none\": expected integers (0xFFFF, -32768), NaN or empty, with blanks between",
        ),
        ("AccessMode=\"rw\"", "AccessMode=\"rw\": expected one of Read, Write, ReadWrite, Denied"),
        ("Interval=\"15\"", "Interval=\"15\": expected a number and ms, s, m, h or d, like 15m"),
        ("Static=\"yes\"", "Static=\"yes\": expected one of true, false"),
        ("Counter=\"65\"", "Counter=\"65\": expected a number of bits, 1 to 64"),
        ("Group=\" \"", "Group=\" \": expected at least one character"),
        (
            "When=\"x\"",
            "the attribute When is not carried out by this version, so a profile that needs it is refused",
        ),
    ] {
        let fault = read(&property(attribute)).unwrap_err();
        assert_eq!(fault, format!("line 4, column 51: {expected}"));
    }
}

#[test]
fn each_dangling_name_is_told_with_a_name_close_to_it() {
    for (inside, expected) in [
        ("Values=\"Nothing\"", "Values=\"Nothing\": there is no such type"),
        ("ScaleBy=\"A\"", "ScaleBy=\"A\": there is no such property; there is a"),
    ] {
        let fault = read(&property(inside)).unwrap_err();
        assert_eq!(fault, format!("line 4, column 51: {expected}"));
    }
    for (inside, expected) in [
        ("<Modbus UnitId=\"{unit}\"/>", "UnitId=\"unit\": there is no such parameter"),
        (
            "<Modbus UnitId=\"{unit\"/>",
            "UnitId=\"{unit\": expected the name of a parameter between { and }",
        ),
        (
            "<View Name=\"v\" Role=\"user\"><Include Group=\"g\"/></View>",
            "Group=\"g\": there is no such group",
        ),
        (
            "<Detect><Match Property=\"p\" Equals=\"1\"/></Detect>",
            "Property=\"p\": there is no such property",
        ),
        (
            "<Test Name=\"t\"><Set Parameter=\"u\" Value=\"1\"/><Tx>01</Tx><Expect Property=\"p\"/></Test>",
            "Parameter=\"u\": there is no such parameter",
        ),
    ] {
        let faults = read(&with(inside)).unwrap_err();
        assert!(faults.lines().any(|line| line.ends_with(expected)), "{faults}");
    }
}

#[test]
fn a_name_given_twice_is_told_with_both_places() {
    let twice = property("").replace("Name=\"b\"", "Name=\"a\"");
    assert_eq!(
        read(&twice).unwrap_err(),
        "line 4, column 11: the property a was already defined at line 3, column 11"
    );
    assert!(read(&with("<Communication/><Communication/>")).unwrap_err().contains("a second time"));
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (attributes, expected) in [
        ("Bit=\"1\" Mask=\"1\"", "Bit stands alone"),
        ("Mask=\"0\"", "leaves no bits"),
        ("Scale=\"0\"", "leaves no value"),
        ("Minimum=\"2\" Maximum=\"1\"", "Minimum is above Maximum"),
        ("Store=\"deadband\"", "go together"),
        ("ReadBack=\"true\"", "needs AccessMode"),
    ] {
        let fault = read(&property(attributes)).unwrap_err();
        assert!(fault.starts_with("line 4, column ") && fault.contains(expected), "{fault}");
    }
    for (inside, expected) in [
        (
            "<Parameter Name=\"key\" Type=\"String\" Secret=\"true\" Default=\"s\"/>",
            "a secret has neither",
        ),
        ("<Parameter Name=\"n\" Type=\"Int\" Default=\"x\"/>", "expected an integer"),
        (
            "<Parameter Name=\"n\" Type=\"Int\" Default=\"3\"><Choice Value=\"1\"/></Parameter>",
            "expected one of 1",
        ),
        ("<Detect><Match/></Detect>", "one of Property, Object and Model"),
        (
            "<Types><Flags Name=\"F\"><Bit Name=\"b\"/></Flags></Types>",
            "an Index from 0 to 63 or a Mask",
        ),
        (
            "<Types><Enum Name=\"E\"><Item DeviceValue=\"1\" UIValue=\"a\"/><Item DeviceValue=\"0x1\" UIValue=\"b\"/></Enum></Types>",
            "the value 1 was already",
        ),
        ("<Category Name=\"c\" Repeat=\"i\"/>", "go together"),
        ("<Test Name=\"t\"/>", "has frames"),
        ("<Test Name=\"t\"><Tx>0</Tx></Test>", "pairs of hex digits"),
        ("<Computed/>", "the element Computed is not carried out"),
        ("text", "holds elements only"),
        (
            "<AllowedMedia Type=\"serial\"><Port>COM1</Port></AllowedMedia>",
            "has no element Port; it may have Bps",
        ),
        ("<AllowedMedia Type=\"usb\"/>", "expected one of net, serial, terminal"),
    ] {
        let faults = read(&with(inside)).unwrap_err();
        assert!(faults.starts_with("line 2, column ") && faults.contains(expected), "{faults}");
    }
}

#[test]
fn all_faults_of_a_file_are_told_in_its_order() {
    let inside = "<Product/>\n<Category Name=\"\"/>\n<View Name=\"v\" Role=\"boss\" X=\"1\"/>\n";
    let faults = read(&with(inside)).unwrap_err();
    let places: Vec<&str> = faults.lines().map(|line| line.split(':').next().unwrap()).collect();
    let expected =
        ["line 2, column 1", "line 3, column 11", "line 4, column 16", "line 4, column 28"];
    assert_eq!(places, expected, "{faults}");
}

#[test]
fn what_is_no_profile_is_refused_at_its_place() {
    for (text, expected) in [
        ("", "line 1, column 1: a profile is one DeviceProfile element"),
        ("<a/>", "line 1, column 1: a profile is one DeviceProfile element"),
        ("<DeviceProfile>", "this is not well-formed XML"),
        ("<DeviceProfile></Other>", "this is not well-formed XML"),
        ("<!DOCTYPE x [<!ENTITY a \"b\">]><DeviceProfile/>", "no document type declaration"),
        ("\n\n  <a", "line 3, column 3: this is not well-formed XML"),
        ("<DeviceProfile A=\"&b;\"/>", "line 1, column 16: this is not well-formed XML"),
        ("<DeviceProfile A=\"&#1;\"/>", "control characters"),
        ("<DeviceProfile A=\"1\" A=\"2\"/>", "this is not well-formed XML"),
        ("<DeviceProfile xmlns=\"urn:other\"/>", "expected urn:gurux-ami:profile:1"),
        ("<DeviceProfile Protocol=\"profibus\"/>", "expected a protocol with a driver: modbus"),
    ] {
        let faults = read(text).unwrap_err();
        assert!(faults.contains(expected), "{text}: {faults}");
    }
    let two = format!("{}<DeviceProfile/>", with(""));
    assert!(read(&two).unwrap_err().contains("one DeviceProfile element"));
}

#[test]
fn sizes_are_bounded() {
    let deep = format!("<DeviceProfile>{}", "<a>".repeat(100_000));
    assert!(read(&deep).unwrap_err().contains("inside each other: at most 8"));
    let wide: String = (0..MAX_ATTRIBUTES + 1).map(|i| format!(" a{i}=\"\"")).collect();
    assert!(read(&format!("<DeviceProfile{wide}/>")).unwrap_err().contains("at most 64"));
    let many = with(&"<Product/>".repeat(60_000));
    assert!(read(&many).unwrap_err().contains("elements in a file: at most 50000"));
    assert!(read(&" ".repeat(MAX_LEN + 1)).unwrap_err().contains("octets in a file"));
    // References that lead nowhere, beside many names, take no time to speak of.
    let names: String = (0..20_000)
        .map(|n| format!("<Property Name=\"p{{i}}_{n}\" Address=\"h:{n}\" Type=\"U16\"/>"))
        .collect();
    let views = "<Include Property=\"p1_x\"/>".repeat(20_000);
    let dangling = with(&format!(
        "<Category Name=\"c\" Repeat=\"i\" Count=\"1\" Stride=\"1\">{names}</Category>\
         <View Name=\"v\" Role=\"user\">{views}</View>"
    ));
    assert_eq!(read(&dangling).unwrap_err().lines().count(), MAX_FAULTS);
    let tests: String = (0..1_001)
        .map(|n| format!("<Test Name=\"t{n}\"><Tx>01</Tx><Expect Property=\"a\"/></Test>"))
        .collect();
    let tests = property("").replace("</Category>", &format!("</Category>{tests}"));
    assert!(read(&tests).unwrap_err().contains("tests: at most 1000"));
    let faulty = with(&"<Product/>".repeat(2 * MAX_FAULTS));
    assert_eq!(read(&faulty).unwrap_err().lines().count(), MAX_FAULTS);
}

#[test]
fn running_text_is_folded_and_entities_are_read() {
    let text = with("<Description Lang=\"en\">\n a &amp; b\n   &lt;c&gt; &#228;</Description>");
    let profile = read(&text).unwrap();
    assert_eq!(profile.descriptions[0].text, "a & b <c> ä");
    assert_eq!(read(&profile.to_xml()).unwrap(), profile);
}

#[test]
fn media_settings_come_as_the_fragment_that_media_read() {
    let text =
        with("<AllowedMedia Type=\"serial\"><Bps>9600</Bps><Parity>2</Parity></AllowedMedia>");
    let fragment = read(&text).unwrap().media[0].to_fragment();
    assert_eq!(fragment, "<Bps>9600</Bps><Parity>2</Parity>");
}

#[test]
fn later_parts_are_not_in_the_schema() {
    for name in LATER {
        assert!(ELEMENTS.iter().all(|rule| rule.name != *name));
        assert!(ELEMENTS.iter().all(|rule| rule.attributes().all(|attribute| attribute != *name)));
    }
}

proptest! {
    /// A profile with one octet changed, taken away or doubled never panics the reader, and what
    /// it takes it gives back.
    #[test]
    fn a_damaged_profile_is_read_or_refused(at in 0..FULL.len(), octet in any::<u8>(), how in 0..3) {
        let mut octets = FULL.as_bytes().to_vec();
        match how {
            0 => octets[at] = octet,
            1 => { octets.remove(at); }
            _ => octets.insert(at, octet),
        }
        let Some(profile) = std::str::from_utf8(&octets).ok().and_then(|text| read(text).ok()) else {
            return Ok(());
        };
        prop_assert_eq!(read(&profile.to_xml()), Ok(profile));
    }

    #[test]
    fn text_survives_in_attributes(text in "\\PC{1,40}") {
        let mut profile = read(&with("")).unwrap();
        let blank = text.trim().is_empty();
        profile.name = text;
        let back = read(&profile.to_xml());
        prop_assert_eq!(back.is_err(), blank);
        prop_assert!(blank || back.unwrap() == profile);
    }
}
