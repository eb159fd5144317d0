//! Files of our own in the formats of others, whole and damaged.

use super::{ImportError, Imported, Left, evcc, gxp, sunspec, telegraf};
use crate::driver::Drivers;
use crate::profile::Property;

const MODEL: &str = include_str!("tests/sunspec.json");
const TEMPLATE: &str = include_str!("tests/evcc.yaml");
const SECTION: &str = include_str!("tests/telegraf.toml");
const REQUESTS: &str = include_str!("tests/requests.toml");

/// What every import promises: our reader accepts it, and reads of its file what it was, with the
/// comments and without them.
fn check(imported: &Imported) {
    let drivers = Drivers::standard();
    for text in [imported.to_xml(), imported.profile.to_xml()] {
        assert_eq!(drivers.read(&text).as_ref(), Ok(&imported.profile), "{text}");
    }
}

fn property<'i>(imported: &'i Imported, name: &str) -> &'i Property {
    let found = imported.profile.properties().find(|(_, property)| *property.name == name);
    found.unwrap_or_else(|| panic!("no property {name} in {}", imported.to_xml())).1
}

fn told(left: &[Left]) -> Vec<String> {
    left.iter().map(ToString::to_string).collect()
}

/// A file cut off anywhere, and with any octet changed, is imported in part or refused with a sentence.
fn damaged(text: &str, import: fn(&str) -> Result<Imported, ImportError>) {
    let ends = text.char_indices().map(|(at, _)| at).filter(|at| at % 7 == 0);
    for at in ends {
        let (head, tail) = text.split_at(at);
        let changed = format!("{head}{{{}", tail.get(1..).unwrap_or_default());
        for text in [head, tail, &changed] {
            match import(text) {
                Ok(imported) => check(&imported),
                Err(fault) => assert!(fault.what.len() > 10, "{fault}"),
            }
        }
    }
}

#[test]
fn a_sunspec_model_is_a_profile() {
    let imported = sunspec(MODEL).unwrap();
    check(&imported);
    assert_eq!(imported.profile.name, "SunSpec Heat pump (model 64110)");
    let power = property(&imported, "W");
    assert_eq!((power.address.as_str(), power.kind.as_str()), ("holding:{base}+2", "I16"));
    assert_eq!(power.scale_by.as_ref().map(|by| by.as_str()), Some("W_SF"));
    assert_eq!(power.unit.unwrap().to_string(), "W");
    assert_eq!(power.null.first().unwrap().to_string(), "0x8000");
    let energy = property(&imported, "Wh");
    assert_eq!((energy.counter, energy.address.as_str()), (Some(32), "holding:{base}+4"));
    assert_eq!(energy.scale.unwrap().to_string(), "10");
    let name = property(&imported, "Nam");
    assert_eq!(name.length.as_ref().map(|length| length.value), Some(16));
    let state = imported.profile.lookup_type(&property(&imported, "St").values.clone().unwrap());
    assert_eq!(format!("{:?}", state.unwrap().rows).matches("ui_value").count(), 2);
    let mode = property(&imported, "Mode");
    assert!(mode.access_mode.is_writable());
    // A group that stands twice, its factor outside of it, and one of which the device has the number.
    let circuit = property(&imported, "Tmp_{circuit}");
    assert_eq!(circuit.address.as_str(), "holding:{base}+20");
    assert_eq!(circuit.scale_by.as_ref().map(|by| by.as_str()), Some("Tmp_SF"));
    let stage = property(&imported, "Hz_{stage}");
    assert_eq!(stage.address.as_str(), "holding:{base}+24");
    let category = imported.profile.categories.last().unwrap().repeat.clone().unwrap();
    assert_eq!((category.count.as_str(), category.stride), ("{count_stage}", 1));
    assert_eq!(
        told(&imported.left),
        [
            "line 25, column 7: the unit furlong of Odd: there is no such unit here; the value stands without one",
            "line 27, column 7: Lost: its scale factor No_SF is no point of this group or one around it",
            "line 40, column 7: how many groups stage there are: the device tells it in the point N; here it is \
             the parameter count_stage, 1 unless given",
            "line 45, column 7: the group behind: it stands behind a group of which only the device knows how many \
             there are",
        ]
    );
}

#[test]
fn what_is_no_sunspec_model_is_told() {
    for (text, expected) in [
        ("[1]", "line 1, column 1: a SunSpec model is an object with an id and a group of points"),
        (
            "{\"id\": 70000, \"group\": {}}",
            "line 1, column 8: the id of a SunSpec model is a number from 0 to 65535",
        ),
        (
            "{\"id\": 1, \"group\": {}}",
            "line 1, column 1: there is no point in this model that a profile can hold",
        ),
    ] {
        assert_eq!(sunspec(text).unwrap_err().to_string(), expected, "{text}");
    }
    damaged(MODEL, sunspec);
}

#[test]
fn groups_inside_each_other_do_not_fill_the_memory() {
    let mut text =
        r#"{"name":"g","count":64,"points":[{"name":"a","type":"int16","size":1}]}"#.to_owned();
    for _ in 0..10 {
        text = format!(r#"{{"name":"g","count":64,"groups":[{text}]}}"#);
    }
    let fault = sunspec(&format!(r#"{{"id":9,"group":{text}}}"#)).map(|imported| check(&imported));
    assert!(fault.is_ok() || fault.unwrap_err().what.len() > 10);
}

/// Address, type, order of octets, and scale.
fn told_of(property: &Property) -> (&str, &str, Option<&str>, Option<String>) {
    let order = property.byte_order.as_ref().map(|order| order.as_str());
    let scale = property.scale.map(|scale| scale.to_string());
    (&property.address, &property.kind, order, scale)
}

#[test]
fn a_section_of_telegraf_is_a_profile() {
    let imported = telegraf(SECTION).unwrap();
    check(&imported);
    assert_eq!(imported.profile.name, "Cellar meter");
    for (name, expected) in [
        ("relay", ("coil:3", "Bool", None, None)),
        ("pf", ("holding:8", "I16", None, Some("0.01"))),
        ("energy", ("holding:5", "U32", Some("CDAB"), Some("0.001"))),
        ("total", ("holding:20", "U64", Some("HGFEDCBA"), None)),
        ("type", ("holding:50", "String", None, None)),
        ("power", ("input:0", "F32", None, None)),
        ("level", ("input:9", "U8-high", None, None)),
    ] {
        let (address, kind, order, scale) = told_of(property(&imported, name));
        assert_eq!((address, kind, order, scale.as_deref()), expected, "{name}");
    }
    assert_eq!(property(&imported, "alarm").bit.as_ref().map(|bit| bit.value), Some(3));
    let text = imported.to_xml();
    for expected in [
        "<Parameter Name=\"unit\" Type=\"Int\" Default=\"7\"/>",
        "<Parity>2</Parity>",
        "WaitTime=\"1500\" ConnectDelay=\"200\" OnePerRequest=\"true\"",
        "<Category Name=\"live\">",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert_eq!(
        told(&imported.left),
        [
            "line 11, column 12: colour: nothing is known of this setting",
            "line 19, column 5: gap: its address is no number from 0 to 65535, or its addresses do not follow each other",
            "line 20, column 5: odd: the order of octets ACBD is none that is known",
            "line 30, column 35: the workaround read_coils_starting_at_zero: there is nothing like it in a profile, or \
             its value cannot be read",
            "line 32, column 1: the section Other: a profile is one meter; the first section of the file was taken",
        ]
    );
}

#[test]
fn requests_of_telegraf_are_a_profile() {
    let imported = telegraf(REQUESTS).unwrap();
    check(&imported);
    let (address, kind, order, scale) = told_of(property(&imported, "voltage"));
    assert_eq!(
        (address, kind, order, scale.as_deref()),
        ("input:0", "I16", Some("BA"), Some("0.1"))
    );
    assert_eq!(told_of(property(&imported, "energy")), ("input:16", "F64", Some("BADCFEHG"), None));
    assert_eq!(imported.profile.properties().count(), 2);
    assert_eq!(
        told(&imported.left),
        ["line 14, column 3: a request: it is of the meter 5, and a profile is one meter: here 4"]
    );
    let nameless = REQUESTS.replace("[[inputs.modbus]]", "[[inputs.modbus]]\n  \"\" = 1");
    let nameless = told(&telegraf(&nameless).unwrap().left);
    assert_eq!(nameless[0], "line 2, column 8: what has no name: nothing is known of this setting");
    let metrics = REQUESTS.replace("request", "metric").replace("register = \"input\"", "");
    let imported = telegraf(&metrics).unwrap();
    check(&imported);
    assert_eq!(property(&imported, "voltage").address.as_str(), "holding:0");
}

#[test]
fn what_is_no_section_of_telegraf_is_told() {
    let fault = telegraf("[inputs]\n").unwrap_err().to_string();
    assert_eq!(fault, "line 1, column 1: there is no section [[inputs.modbus]] in this file");
    let fault = telegraf("[[inputs.modbus]]\n").unwrap_err().to_string();
    assert_eq!(
        fault,
        "line 1, column 1: there is no field in this section that a profile can hold"
    );
    damaged(SECTION, telegraf);
    damaged(REQUESTS, telegraf);
}

#[test]
fn a_definition_of_evcc_is_a_profile() {
    let imported = evcc(TEMPLATE).unwrap();
    check(&imported);
    assert_eq!(imported.profile.name, "Gurux Cellar 3");
    assert_eq!(imported.profile.products.len(), 2);
    for (name, expected) in [
        ("power_grid", ("holding:36", "I32", Some("CDAB"), None)),
        ("power_pv", ("holding:36", "I32", Some("CDAB"), Some("-1"))),
        ("current_l1", ("holding:1", "U16", None, None)),
        ("export_part_1", ("holding:70", "F32", None, None)),
    ] {
        let (address, kind, order, scale) = told_of(property(&imported, name));
        assert_eq!((address, kind, order, scale.as_deref()), expected, "{name}");
    }
    let energy =
        imported.profile.properties().find(|(_, property)| property.name.starts_with("energy"));
    let energy = energy.unwrap().1;
    assert_eq!((energy.null.len(), energy.unit.unwrap().to_string()), (1, "kWh".to_owned()));
    let text = imported.to_xml();
    for expected in [
        "<Parameter Name=\"unit\" Type=\"Int\" Default=\"9\"/>",
        "<Port>1502</Port>",
        "<Parity>2</Parity>",
        "TransactionDelay=\"30\"",
        "<View Name=\"pv\" Role=\"user\">",
        "<Requires Lang=\"en\">The meter must be awake.</Requires>",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert_eq!(
        told(&imported.left),
        [
            "line 10, column 9: colour: nothing is known of this part",
            "line 46, column 5: current_l2: there is no way of decoding uint17 here",
            "line 48, column 3: what depends on turbo: a profile has no conditions; it was decided as for turbo set to no",
            "line 53, column 5: export: what is reckoned from several values is not carried over; the values themselves are",
            "line 57, column 7: export_part_2: it is a point of a SunSpec model, whose profile has it: import that model",
            "line 60, column 5: batterymode: it is no measurement but control or a constant, for which profiles have no place",
            "line 61, column 13: capacity: it is a setting of evcc, no value of the meter",
        ]
    );
}

#[test]
fn what_is_no_definition_of_evcc_is_told() {
    let fault = evcc("render: [1]\n").unwrap_err().to_string();
    assert_eq!(
        fault,
        "line 1, column 1: a meter definition of evcc is a map with a text called render"
    );
    let fault = evcc("render: |\n  type: custom\n").unwrap_err().to_string();
    assert_eq!(
        fault,
        "line 1, column 1: there is no Modbus register in this definition that a profile can hold"
    );
    damaged(TEMPLATE, evcc);
}

#[test]
fn a_modbus_device_of_the_original_is_a_profile() {
    let text = include_str!("tests/modbus.gxp");
    let imported = gxp(text).unwrap();
    check(&imported);
    let profile = &imported.profile;
    assert_eq!(profile.guid.to_string(), "1b4e28ba-2fa1-11d2-883f-0016d3cca427");
    assert_eq!((profile.name.as_str(), profile.version.major), ("Boiler", 3));
    let flow = property(&imported, "Flow_temperature");
    assert_eq!((flow.address.as_str(), flow.kind.as_str()), ("input:12", "I16"));
    assert_eq!(flow.unit.unwrap().to_string(), "°C");
    let mode = property(&imported, "Mode");
    assert_eq!((mode.address.as_str(), mode.kind.as_str()), ("holding:7", "U16"));
    assert!(mode.access_mode.is_writable() && mode.values.is_some());
    let text_of = imported.to_xml();
    for expected in [
        "<Bps>9600</Bps>",
        "WaitTime=\"800\" ResendCount=\"2\"",
        "Default=\"5\"",
        "UIValue=\"Off\"",
    ] {
        assert!(text_of.contains(expected), "{expected} is not in {text_of}");
    }
    assert!(!text_of.contains("secret") && !text_of.contains("COM3"), "{text_of}");
    let told = told(&imported.left);
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(
        told[0].starts_with("line 13, column 7: the setting Port of the medium serial: "),
        "{}",
        told[0]
    );
    assert!(
        told[1].starts_with("line 18, column 3: Password: it belongs to one meter"),
        "{}",
        told[1]
    );
    assert!(
        told[2].contains("the type System.UInt32 of Mode: the original reads one register"),
        "{}",
        told[2]
    );
    assert_eq!(
        told[3],
        "line 42, column 9: Far: there is no table for the function ExtendedRegisters"
    );
    damaged(text, gxp);
}

#[test]
fn mbus_and_dlms_devices_of_the_original_are_profiles() {
    let imported = gxp(include_str!("tests/mbus.gxp")).unwrap();
    check(&imported);
    assert_eq!(property(&imported, "Energy").address.as_str(), "difvif=0C06");
    assert_eq!(
        told(&imported.left),
        ["line 5, column 5: None: its DIF and VIF are missing or no base 64"]
    );
    let text = include_str!("tests/dlms.gxp");
    let imported = gxp(text).unwrap();
    check(&imported);
    assert_eq!(property(&imported, "Import").address.as_str(), "3:1-0:1.8.0*255:2");
    assert_eq!(property(&imported, "Load_curve").address.as_str(), "7:1.0.99.1.0.255:2");
    let written = imported.to_xml();
    for expected in [
        "Client=\"{client}\"",
        "PhysicalDevice=\"{physical}\"",
        "Authentication=\"low\"",
        "Default=\"32\"",
    ] {
        assert!(written.contains(expected), "{expected} is not in {written}");
    }
    assert_eq!(
        told(&imported.left),
        [
            "line 14, column 5: Odd: there is no class Oracle here",
            "line 18, column 13: the columns of Load curve: its rows come as one value; which column is what, the \
             meter itself tells",
        ]
    );
    damaged(text, gxp);
    let fault = gxp("<GXDLT645Device/>").unwrap_err().to_string();
    assert_eq!(
        fault,
        "line 1, column 1: this is no device of DLMS, M-Bus or Modbus of the original's editor"
    );
}
