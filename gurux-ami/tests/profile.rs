//! `gurux-ami profile import`: what other programs know of meters, as profiles.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod command;

use std::fs;

use command::{INVALID, OK, PARTIAL, Scratch, USAGE, run, scratch};

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
