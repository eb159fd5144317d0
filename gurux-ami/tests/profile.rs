//! `gurux-ami profile import`: what other programs know of meters, as profiles.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod command;

use std::fs;

use command::{INVALID, OK, PARTIAL, Scratch, Simulated, UNREACHABLE, USAGE, run, scratch};

const MODEL: &str = r#"{ "id": 64001, "group": { "name": "heater", "points": [
  { "name": "ID", "type": "uint16", "size": 1, "value": 64001 },
  { "name": "L", "type": "uint16", "size": 1 },
  { "name": "W", "type": "int16", "size": 1, "sf": -1, "units": "W" }
] } }"#;

#[test]
fn a_sunspec_model_is_imported_and_good() {
    let model = Scratch::with("model.json", MODEL);
    let out = Scratch(scratch("out.xml"));
    let import = |more: &[&str]| {
        run(&[&["profile", "import", "--from", "sunspec", &model.0], more].concat())
    };
    let printed = import(&[]).must_exit(OK).out;
    import(&["-o", &out.0]).must_exit(OK);
    assert_eq!(fs::read_to_string(&out.0).unwrap(), printed);
    run(&["profile", "validate", &out.0]).must_exit(OK);
    import(&["--format", "json"]).must_exit(USAGE).must_say("-o");
}

#[test]
fn what_is_not_carried_over_is_said_with_its_place() {
    let text = MODEL.replace("\"units\": \"W\"", "\"units\": \"parsec\"");
    let model = Scratch::with("odd.json", &text);
    let out = Scratch(scratch("odd.xml"));
    let import = ["profile", "import", "--from", "sunspec", &model.0];
    let sentence = format!("{}:4:65: the unit parsec of W: there is no such unit", model.0);
    let printed = run(&import).must_exit(PARTIAL).must_say(&sentence);
    assert!(printed.out.contains("line 4, column 65: the unit parsec of W"), "{}", printed.out);
    let more = ["-o", &out.0, "--format", "ndjson"];
    let listed = run(&[&import[..], &more].concat()).must_exit(PARTIAL).records();
    assert_eq!(
        (&listed[0]["line"], &listed[0]["what"]),
        (&4.into(), &"the unit parsec of W".into())
    );
    run(&["profile", "validate", &out.0]).must_exit(OK);
    let broken = Scratch::with("broken.json", "{ \"id\": }");
    run(&["profile", "import", "--from", "sunspec", &broken.0])
        .must_exit(INVALID)
        .must_say(&format!("{}:1:9: this is not well-formed JSON", broken.0));
}

#[test]
fn a_section_of_telegraf_is_imported_and_good() {
    let text = "[[inputs.modbus]]\n  controller = \"tcp://192.0.2.1:502\"\n  input_registers = [\n    \
                { name = \"power\", byte_order = \"ABCD\", data_type = \"FLOAT32-IEEE\", scale = 1.0, address = [0, 1] },\n  ]\n";
    let section = Scratch::with("telegraf.conf", text);
    let out = Scratch(scratch("section.xml"));
    run(&["profile", "import", "--from", "telegraf", &section.0, "-o", &out.0]).must_exit(OK);
    let shown = run(&["profile", "show", &out.0, "--format", "ndjson"]).must_exit(OK).records();
    assert_eq!((&shown[0]["address"], &shown[0]["type"]), (&"input:0".into(), &"F32".into()));
}

#[test]
fn profiles_are_compared_by_meaning() {
    const METER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/demo-water.xml");
    let text = fs::read_to_string(METER).unwrap();
    run(&["profile", "diff", METER, METER]).must_exit(OK);
    let same = Scratch::with("same.xml", &text.replace("holding:20", "h:0x14"));
    assert_eq!(run(&["profile", "diff", METER, &same.0]).must_exit(OK).out, "");
    let other = Scratch::with("other.xml", &text.replace("holding:20", "holding:21"));
    let told =
        run(&["profile", "diff", METER, &other.0, "--format", "ndjson"]).must_exit(1).records();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["item"], &told[0]["attribute"]),
        (&"Property serial".into(), &"Address".into())
    );
    assert_eq!(
        (&told[0]["before"], &told[0]["after"]),
        (&"holding:20".into(), &"holding:21".into())
    );
    let table = run(&["profile", "diff", METER, &other.0]).must_exit(1).out;
    assert!(table.contains("Property serial") && table.contains("holding:21"), "{table}");
    run(&["profile", "diff", METER, "nowhere.xml"]).must_exit(INVALID);
}

/// A draft from a simulated meter; it must be good, and read that meter.
#[track_caller]
fn drafted(protocol: &str, profile: &str, more: &[&str]) -> String {
    let profile = format!("{}/{profile}", env!("CARGO_MANIFEST_DIR"));
    let place = ["--profile", &profile, "--media", "tcp-listen:127.0.0.1:0", "--still"];
    let meter = Simulated::start(&place);
    let out = Scratch(scratch("draft.xml"));
    let media = meter.media();
    let ask = ["profile", "new", "--protocol", protocol, "--media", &media, "-o", &out.0];
    run(&[&ask[..], more].concat()).must_exit(OK);
    run(&["profile", "validate", &out.0]).must_exit(OK);
    fs::read_to_string(&out.0).unwrap()
}

#[test]
fn a_draft_of_a_dlms_meter_has_its_objects_and_units() {
    let draft = drafted("dlms", "profiles/demo-electricity-dlms.xml", &[]);
    for expected in [
        "Obis=\"1-0:1.8.0*255\"",
        "Unit=\"Wh\" Address=\"3:1-0:1.8.0*255:2\"",
        "It said 12345678 Wh.",
        "Address=\"7:1-0:99.1.0*255:2\" AccessLevel=\"developer\"",
        "<Match Object=\"logical-device-name\" Pattern=\"GUR*\"/>",
        "A draft, from what one meter said of itself.",
    ] {
        assert!(draft.contains(expected), "{expected} is not in {draft}");
    }
}

#[test]
fn a_draft_of_an_mbus_meter_has_its_records_and_proves_them() {
    let draft = drafted("mbus", "profiles/demo-heat.xml", &[]);
    for expected in [
        "Name=\"M-Bus meter GUR heat\"",
        "Address=\"vif=energy\"",
        "Address=\"vif=energy;storage=1\"",
        "<Expect Property=\"temperature_flow\" Value=\"65.0\" Unit=\"°C\"/>",
    ] {
        assert!(draft.contains(expected), "{expected} is not in {draft}");
    }
    let file = Scratch::with("heat.xml", &draft);
    run(&["profile", "test", &file.0]).must_exit(OK);
    let telegram =
        "68 15 15 68 08 01 72 01 00 00 10 B2 1E 01 04 2A 00 00 00 0C 06 78 56 00 00 6B 16";
    let capture = |telegram| run(&["profile", "new", "--protocol", "mbus", "--capture", telegram]);
    let printed = capture(telegram).must_exit(OK).out;
    assert!(
        printed.contains("<Expect Property=\"energy\" Value=\"5678000\" Unit=\"Wh\"/>"),
        "{printed}"
    );
    capture("10 5B 01 5C 16").must_exit(INVALID).must_say("no telegram with records");
    run(&["profile", "new", "--protocol", "modbus", "--capture", telegram]).must_exit(USAGE);
}

#[test]
fn a_draft_of_a_modbus_device_has_what_it_says_of_itself() {
    let draft = drafted("modbus", "profiles/demo-three-phase.xml", &[]);
    assert!(
        draft.contains("Manufacturer=\"Gurux\"")
            && draft.contains("<Match Object=\"0\" Equals=\"Gurux\"/>")
    );
    assert!(draft.contains("It has no models of SunSpec"), "{draft}");
    let draft = drafted("modbus", "../profiles/gurux/sunspec-meter.xml", &[]);
    for expected in [
        "<Parameter Name=\"common\" Type=\"Int\" Default=\"40002\" Advanced=\"true\"/>",
        "<Match Model=\"203\" Base=\"model_203\"/>",
        "Address=\"holding:{common}+18\"",
        "profile import - -from sunspec model_203.json",
    ] {
        assert!(draft.contains(expected), "{expected} is not in {draft}");
    }
}

#[test]
fn who_is_not_there_gives_no_draft() {
    let media = ["--media", "tcp:127.0.0.1:1"];
    for protocol in ["dlms", "mbus", "modbus"] {
        run(&[&["profile", "new", "--protocol", protocol], &media[..]].concat())
            .must_exit(UNREACHABLE);
        run(&["profile", "new", "--protocol", protocol]).must_exit(USAGE).must_say("--media");
    }
}
