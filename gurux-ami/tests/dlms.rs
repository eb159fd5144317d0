//! DLMS/COSEM at the command: captures to readings and XML, XML to what goes on the wire.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod command;

use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use gurux_dlms::security::{Envelope, Key, Keyring, Provider, Software, SystemTitle};
use gurux_dlms::wire::{Apdu, DataRef, SecurityControl};
use gurux_framing::Wire;
use serde_json::Value as Json;

use crate::command::{Ended, INVALID, OK, PARTIAL, Scratch, USAGE, command, ended, run};

/// A push worked by hand: a clock, then name, value, scaler and unit, three times; then the number of
/// the meter.
const PUSH: &str = "0F 40 00 00 07 0C 07 E8 02 0B 07 10 00 00 FF FF C4 00 \
    02 04 \
    02 02 09 06 00 00 60 01 00 FF 0A 08 34 32 30 30 30 30 31 37 \
    02 03 09 06 01 00 01 08 00 FF 06 00 13 11 D6 02 02 0F 01 16 1E \
    02 03 09 06 01 00 20 07 00 FF 12 09 3C 02 02 0F FF 16 23 \
    02 03 09 06 01 00 1F 07 00 FF 10 FF FB 02 02 0F FE 16 21";
const EK: &str = "ek=000102030405060708090A0B0C0D0E0F";
const AK: &str = "ak=D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF";
const TITLE: &str = "title=4D4D4D0000000001";

/// With something on standard input.
#[track_caller]
fn fed(arguments: &[&str], input: &str) -> Ended {
    let begun_at = std::time::Instant::now();
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    ended(output, begun_at.elapsed())
}

/// The one record of a capture.
#[track_caller]
fn decoded(arguments: &[&str], code: i32) -> Json {
    let records = run(&[&["decode", "--format", "ndjson"], arguments].concat()).must_exit(code);
    records.records().remove(0)
}

/// This message in XML.
#[track_caller]
fn xml(hex: &str) -> String {
    run(&["decode", "--format", "xml", hex]).must_exit(OK).out
}

/// This message sent in this way.
#[track_caller]
fn sent(hex: &str, way: &[&str]) -> String {
    let sent = fed(&[&["encode", "-"], way].concat(), &xml(hex)).must_exit(OK);
    sent.out.trim().to_owned()
}

fn notes(record: &Json) -> String {
    record["notes"].to_string()
}

#[test]
fn a_push_becomes_readings_with_names_exact_values_units_and_times() {
    let frame = sent(PUSH, &["--protocol", "dlms-hdlc", "--from", "1/17", "--to", "16"]);
    let record = decoded(&[&frame], OK);
    assert_eq!(record["protocol"], "dlms");
    assert_eq!(record["layers"], serde_json::json!(["hdlc", "llc", "data-notification"]));
    assert_eq!(record["direction"], "response");
    let meter = &record["meter"];
    assert_eq!((&meter["id"], &meter["server"]), (&"42000017".into(), &"1/17".into()));
    let readings = record["readings"].as_array().unwrap();
    let said: Vec<String> = readings
        .iter()
        .map(|reading| {
            let part = |name: &str| reading[name].as_str().unwrap_or("-").to_owned();
            ["obis", "name", "value", "unit", "time", "quality"].map(part).join("|")
        })
        .collect();
    let time = "2024-02-11T16:00:00+01:00|good";
    assert_eq!(
        said,
        [
            format!("0-0:96.1.0*255|device ID 1|42000017|-|{time}"),
            format!("1-0:1.8.0*255|active energy import, total|12497500|Wh|{time}"),
            format!("1-0:32.7.0*255|voltage L1, instantaneous|236.4|V|{time}"),
            format!("1-0:31.7.0*255|current L1, instantaneous|-0.05|A|{time}"),
        ]
    );
    let csv = run(&["decode", "--format", "csv", &frame]).must_exit(OK).out;
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].ends_with(",quality,obis,name"), "{csv}");
    assert!(lines[3].contains(",236.4,V,2024-02-11T16:00:00+01:00,"), "{csv}");
    assert!(lines[3].ends_with("1-0:32.7.0*255,\"voltage L1, instantaneous\""), "{csv}");
    let table = run(&["decode", &frame]).must_exit(OK).out;
    assert!(table.contains("236.4 V"), "{table}");
}

#[test]
fn every_carrier_is_told_by_itself() {
    for (way, layers) in [
        (&["--protocol", "dlms-hdlc"][..], "hdlc llc get-request"),
        (&["--protocol", "dlms-wrapper", "--from", "16", "--to", "1"], "wrapper get-request"),
        (&["--protocol", "dlms-mbus"], "ft12 get-request"),
        (&[], "get-request"),
    ] {
        let get = "C001C100030100010800FF0200";
        let octets = sent(get, way);
        let record = decoded(&[&octets], OK);
        let found: Vec<&str> =
            record["layers"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
        assert_eq!((found.join(" "), &record["protocol"]), (layers.to_owned(), &"dlms".into()));
        assert!(record["summary"].as_str().unwrap().contains("active energy import"), "{record}");
        // The way back to the same octets.
        let message = run(&["decode", "--format", "xml", &octets]).must_exit(OK).out;
        let again = fed(&[&["encode", "-"], way].concat(), &message).must_exit(OK).out;
        assert_eq!(again.trim(), octets);
    }
    let gateway = decoded(&["E6 05 02 00 11 C001C100030100010800FF0200"], OK);
    assert_eq!(gateway["layers"], serde_json::json!(["gateway", "get-request"]));
    assert_eq!(
        (&gateway["meter"]["network"], &gateway["meter"]["device"]),
        (&5.into(), &"0011".into())
    );
    let radio =
        decoded(&["1B 44 2D2C 78563412 01 02 7D 01 00 0000 C001C100030100010800FF0200"], OK);
    assert_eq!(radio["layers"], serde_json::json!(["mbus", "get-request"]), "{radio}");
    assert_eq!(radio["meter"]["id"], "12345678", "{radio}");
    let value = decoded(&["--protocol", "axdr", "02 02 12 09 3C 11 07"], OK);
    assert_eq!(value["message"]["structure"], serde_json::json!([2364, 7]));
    // By itself it is nothing: any octets may begin so.
    run(&["decode", "02 02 12 09 3C 11 07"]).must_exit(INVALID);
    let sign_on = fed(&["decode", "--input", "raw", "-"], "/?!\r\n/XXX5\\2METER01\r\n\u{6}252\r\n");
    assert_eq!(sign_on.must_exit(OK).out.matches("mode-e").count(), 3);
}

#[test]
fn a_p1_telegram_inside_of_a_ciphered_message_is_read() {
    let lines = "/EST5\\253\r\n\r\n0-0:1.0.0(230817152425S)\r\n1-0:1.8.0(007112944*Wh)\r\n!";
    let sum = gurux_framing::checksum::arc(lines.as_bytes());
    let seal = |text: &str| {
        let key = |first: u8| Key::from_octets(&(first..first + 16).collect::<Vec<_>>()).unwrap();
        let keys = Keyring::new(Software.cipher(&key(0)).unwrap()).with_authentication(key(0xD0));
        let title = SystemTitle(*b"SAG\x05\0\0\0\x01");
        let (envelope, control) = (Envelope::GeneralGlo(&title.0), SecurityControl::new(0x30));
        let mut room = vec![0; 256];
        let len = gurux_dlms::security::seal(
            envelope,
            control,
            7,
            title,
            &keys,
            text.as_bytes(),
            &mut room,
        );
        room[..len.unwrap()].iter().map(|octet| format!("{octet:02X}")).collect::<String>()
    };
    let sealed = seal(&format!("{lines}{sum:04X}\r\n"));
    let alone = decoded(&["--key", EK, &sealed], OK);
    assert!(notes(&alone).contains("check sum of the telegram inside proves the key"), "{alone}");
    assert_eq!(alone["layers"], serde_json::json!(["general-glo-ciphering", "p1"]));
    assert_eq!(alone["readings"][1]["obis"], "1-0:1.8.0*255");
    assert_eq!(alone["readings"][1]["value"], "7112944");
    assert_eq!(alone["readings"][1]["unit"], "Wh");
    assert_eq!(alone["readings"][1]["time"], "2023-08-17T15:24:25");
    let both = decoded(&["--key", &format!("{EK},{AK}"), &sealed], OK);
    assert!(notes(&both).contains("the tag proves it"), "{both}");
    assert_eq!(both["readings"], alone["readings"]);
    // Without the sum nothing but the tag proves the key.
    let bare = seal(&format!("{lines}\r\n"));
    let bare = decoded(&["--key", &format!("{EK},{AK}"), &bare], OK);
    assert!(notes(&bare).contains("no check sum"), "{bare}");
    assert_eq!(bare["readings"], alone["readings"]);
}

#[test]
fn what_is_ciphered_says_what_proves_it() {
    let keys = format!("{EK},{AK},{TITLE}");
    let way = ["--seal", "both", "--counter", "7", "--key", &keys];
    let sealed = sent(PUSH, &[&way[..], &["--protocol", "dlms-wrapper"]].concat());
    let both = decoded(&["--key", &format!("{EK},{AK}"), &sealed], OK);
    assert!(notes(&both).contains("the tag proves it"), "{both}");
    assert_eq!(both["readings"].as_array().map(Vec::len), Some(4));
    assert_eq!(both["meter"]["system_title"], "4D4D4D0000000001");
    assert_eq!(both["meter"]["manufacturer"], "MMM");
    let layers = serde_json::json!(["wrapper", "general-glo-ciphering", "data-notification"]);
    assert_eq!(both["layers"], layers);

    let alone = decoded(&["--key", EK, &sealed], OK);
    assert!(notes(&alone).contains("decrypted unverified"), "{alone}");
    assert!(notes(&alone).contains("the authentication key is not given"), "{alone}");
    assert_eq!(alone["readings"], both["readings"]);

    let closed = decoded(&[&sealed], OK);
    assert!(notes(&closed).contains("--key ek=..."), "{closed}");
    assert_eq!(closed["readings"], serde_json::json!([]));

    let other = "ek=FF0102030405060708090A0B0C0D0E0F";
    let wrong = decoded(&["--key", other, &sealed], INVALID);
    assert!(notes(&wrong).contains("no key that is given fits"), "{wrong}");
    assert!(wrong["error"]["what"].as_str().unwrap().contains("none of the given keys"), "{wrong}");
    let other = "ak=FFD1D2D3D4D5D6D7D8D9DADBDCDDDEDF";
    let wrong = decoded(&["--key", &format!("{EK},{other}"), &sealed], INVALID);
    assert!(notes(&wrong).contains("the key fits, but the tag does not"), "{wrong}");
    let neither = "ek=FF0102030405060708090A0B0C0D0E0F,ak=FFD1D2D3D4D5D6D7D8D9DADBDCDDDEDF";
    let wrong = decoded(&["--key", neither, &sealed], INVALID);
    assert!(notes(&wrong).contains("the tag does not fit: a key is of another"), "{wrong}");

    // A key of another meter is not tried, and one of this meter goes first.
    let (ek, ak) = (EK.replace("ek=", ""), AK.replace("ak=", ""));
    let own = format!("4D4D4D0000000001={ek},4D4D4D0000000001/ak={ak}");
    let found = decoded(&["--key", &format!("{own},ek={}", "FF".repeat(16)), &sealed], OK);
    assert!(notes(&found).contains("the tag proves it"), "{found}");
    let foreign = decoded(&["--key", &format!("4D4D4D0000000002={ek}"), &sealed], OK);
    assert!(notes(&foreign).contains("is not given"), "{foreign}");
    let file = Scratch::with("keys.txt", &format!("# of the house\n{EK}\n\n{AK} # both\n"));
    let found = decoded(&["--keys", &file.0, &sealed], OK);
    assert!(notes(&found).contains("the tag proves it"), "{found}");
    let file = Scratch::with("keys.txt", "# of the house\nek=00\n");
    run(&["decode", "--keys", &file.0, &sealed])
        .must_exit(INVALID)
        .must_say(&format!("{}:2: a key has 16 octets", file.0));
    // With the keys the XML is that of what was inside.
    let inside = run(&["decode", "--format", "xml", "--key", &keys, &sealed]).must_exit(OK).out;
    let again = fed(&[&["encode", "-", "--protocol", "dlms-wrapper"], &way[..]].concat(), &inside);
    assert_eq!(again.must_exit(OK).out.trim(), sealed);
}

#[test]
fn a_dedicated_key_is_taken_from_the_association_or_the_command_line() {
    let dedicated = "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF";
    // Logical names with ciphering, the client's title, an InitiateRequest with the key.
    let aarq = format!(
        "60 3A A1 09 06 07 60 85 74 05 08 01 03 A6 0A 04 08 4D4D4D0000000001 \
         BE 21 04 1F 01 01 10 {dedicated} 00 00 06 5F 1F 04 00 00 10 10 04 B0"
    );
    let get = "C001C100030100010800FF0200";
    let keys = format!("ded={dedicated},{AK},{TITLE}");
    let way = ["--protocol", "dlms-hdlc", "--form", "ded", "--seal", "both", "--counter", "1"];
    let sealed = sent(get, &[&way[..], &["--key", &keys]].concat());
    let stream = sent(&aarq, &["--protocol", "dlms-hdlc"]) + &sealed;
    let both = run(&["decode", "--format", "ndjson", "--key", AK, &stream]).must_exit(OK).records();
    assert!(both[0]["summary"].as_str().unwrap().contains("ciphered"), "{}", both[0]);
    let layers = serde_json::json!(["hdlc", "llc", "ded-get-request", "get-request"]);
    assert_eq!(both[1]["layers"], layers, "{}", both[1]);
    assert!(notes(&both[1]).contains("the tag proves it"), "{}", both[1]);
    let alone = decoded(&["--key", &format!("{keys},client=4D4D4D0000000001"), &sealed], OK);
    assert!(notes(&alone).contains("the tag proves it"), "{alone}");
    let unknown = decoded(&["--key", &format!("ded={dedicated}"), &sealed], OK);
    assert!(notes(&unknown).contains("system title is not known"), "{unknown}");
}

#[test]
fn segments_are_joined_over_frames_and_each_frame_is_shown() {
    for protocol in ["dlms-hdlc", "dlms-mbus"] {
        let frames = sent(PUSH, &["--protocol", protocol, "--max-info", "40"]);
        let records = run(&["decode", "--format", "ndjson", &frames]).must_exit(OK).records();
        assert_eq!(records.len(), 3, "{protocol}: {frames}");
        let (last, first) = records.split_last().unwrap();
        assert!(first.iter().all(|one| one["message"]["octets"].is_string()), "{first:?}");
        assert_eq!(last["readings"].as_array().map(Vec::len), Some(4), "{last}");
        assert!(notes(last).contains("joined from 3 segments"), "{last}");
        // Without the first nothing can be said of the message.
        let len = records[0]["length"].as_u64().unwrap() as usize * 2;
        let rest = run(&["decode", "--format", "ndjson", &frames[len..]]).records();
        assert!(rest.iter().all(|one| one["readings"] == serde_json::json!([])), "{rest:?}");
        assert!(rest.iter().any(|one| notes(one).contains("missing")), "{rest:?}");
        let without_first = run(&["decode", &frames[len..]]);
        without_first.must_exit(PARTIAL);
        // A log has a frame in each line: they are joined like those of one stream.
        let ends: Vec<usize> = records
            .iter()
            .map(|one| (one["offset"].as_u64().unwrap() + one["length"].as_u64().unwrap()) as usize)
            .collect();
        let octets: Vec<&str> = frames.split_whitespace().collect();
        let hex = octets.concat();
        let lines: Vec<&str> = [(0, ends[0]), (ends[0], ends[1]), (ends[1], ends[2])]
            .map(|(a, b)| &hex[2 * a..2 * b])
            .into();
        let log = lines.join("\n");
        let told = fed(&["decode", "--format", "ndjson", "-"], &log).must_exit(OK).records();
        assert_eq!(told.len(), 3);
        assert_eq!(told[2]["readings"], last["readings"]);
        // And what goes on behind the end is told.
        fed(&["decode", "-"], &lines[..2].join("\n"))
            .must_exit(PARTIAL)
            .must_say("the last segments from");
    }
}

#[test]
fn blocks_of_several_lines_are_one_message() {
    let blocks =
        [("00", "0001", &PUSH[..60]), ("00", "0002", &PUSH[60..120]), ("80", "0003", &PUSH[120..])];
    let lines = blocks.map(|(control, number, octets)| {
        let len = octets.split_whitespace().count();
        format!("E0 {control} {number} 0000 {len:02X} {octets}")
    });
    let told =
        fed(&["decode", "--format", "ndjson", "-"], &lines.join("\n")).must_exit(OK).records();
    assert_eq!(told[2]["readings"].as_array().map(Vec::len), Some(4), "{told:?}");
    fed(&["decode", "-"], &lines[..2].join("\n")).must_exit(PARTIAL).must_say("the last blocks");
    run(&["decode", &lines[2]]).must_exit(PARTIAL);
}

#[test]
fn a_question_of_one_line_is_answered_by_the_next_and_by_no_later_one() {
    let (get, value) = ("C001C200030100010800FF0200", "C401C20006000004D2");
    let obis = |lines: &[&str]| {
        let told = fed(&["decode", "--format", "ndjson", "-"], &lines.join("\n")).must_exit(OK);
        told.records().last().unwrap()["readings"][0]["obis"].clone()
    };
    assert_eq!(obis(&[get, value]), "1-0:1.8.0*255");
    assert_eq!(obis(&[get, "C401C10006000004D2", value]), Json::Null);
}

#[test]
fn an_answer_is_told_by_its_question_and_scaled_by_what_was_read_before() {
    let conversation = [
        "C001C100030100010800FF0300",
        "C401C10002020F03161E",
        "C001C200030100010800FF0200",
        "C401C20006000004D2",
        "C001C300030100020800FF0200",
        "C401C30104",
    ];
    let frames: String =
        conversation.iter().map(|message| sent(message, &["--protocol", "dlms-wrapper"])).collect();
    let records = run(&["decode", "--format", "ndjson", &frames]).must_exit(OK).records();
    let answer = &records[3];
    let reading = &answer["readings"][0];
    assert_eq!((&reading["obis"], &reading["value"]), (&"1-0:1.8.0*255".into(), &"1234000".into()));
    assert!(answer["summary"].as_str().unwrap().starts_with("register 1-0:1.8.0*255"), "{answer}");
    assert!(notes(&records[5]).contains("object-undefined"), "{}", records[5]);
    // Without the question there is a value, and nobody says of what.
    let alone = decoded(&["C401C20006000004D2"], OK);
    assert_eq!(
        (&alone["readings"][0]["value"], &alone["readings"][0]["obis"]),
        (&"1234".into(), &Json::Null)
    );
}

#[test]
fn an_explanation_shows_each_layer_in_words_that_fit() {
    let keys = format!("{EK},{AK},{TITLE}");
    let way = ["--protocol", "dlms-hdlc", "--seal", "both", "--counter", "7", "--key", &keys];
    let sealed = sent(PUSH, &way);
    let told = run(&["decode", "--annotate", "--key", &keys, &sealed]).must_exit(OK).out;
    for words in [
        "HDLC frame",
        "LLC",
        "general-glo-ciphering",
        "invocation-counter: 7",
        "security-control: suite 0, a",
        "opened message, octets 0..",
        "236.4 V",
        "long-unsigned: 2364",
        "octet-string: 1-0:32.7.0*255",
    ] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    // Octets that nobody tells of would stand as a question mark.
    assert!(!told.contains('?'), "{told}");
}

#[test]
fn what_is_wrong_is_said_in_its_own_terms() {
    let frame = sent(PUSH, &["--protocol", "dlms-hdlc"]);
    let mut spoilt = frame.clone().into_bytes();
    let at = spoilt.len() - 20;
    spoilt[at] = if spoilt[at] == b'0' { b'1' } else { b'0' };
    let spoilt = String::from_utf8(spoilt).unwrap();
    let told = decoded(&[&spoilt], INVALID);
    assert_eq!((&told["protocol"], &told["error"]["field"]), (&"noise".into(), &"FCS".into()));
    let cut = decoded(&[&frame[..60]], INVALID);
    assert_eq!(cut["error"]["kind"], "truncated", "{cut}");
    let cut = decoded(&["C401C1000206"], INVALID);
    assert_eq!(cut["error"]["field"], "count", "{cut}");
    // Between two good frames a spoilt one is noise, and the good ones are read.
    let records = run(&["decode", "--format", "ndjson", &format!("{frame}{spoilt}{frame}")]);
    let records = records.must_exit(PARTIAL).records();
    let kinds: Vec<&str> = records.iter().filter_map(|one| one["protocol"].as_str()).collect();
    assert_eq!(kinds, ["dlms", "noise", "dlms"]);
    run(&["read", "--format", "xml", "--profile", "x", "--media", "tcp:127.0.0.1:1"])
        .must_exit(USAGE)
        .must_say("decode alone");
    let foreign = run(&["decode", "--format", "xml", "010300000001840A"]).must_exit(INVALID);
    assert!(foreign.out.starts_with("<!-- "), "{}", foreign.out);
}

#[test]
fn encode_says_what_is_missing() {
    let get = xml("C001C100030100010800FF0200");
    let encode = |more: &[&str]| fed(&[&["encode", "-"], more].concat(), &get);
    encode(&["--seal", "both"]).must_exit(USAGE).must_say("--counter");
    encode(&["--seal", "both", "--counter", "1", "--key", EK])
        .must_exit(INVALID)
        .must_say("--key title=...");
    encode(&["--seal", "both", "--counter", "1", "--key", &format!("{EK},{TITLE}")])
        .must_exit(INVALID)
        .must_say("--key ak=...");
    encode(&["--protocol", "modbus"]).must_exit(USAGE).must_say("XML is of DLMS");
    encode(&["--protocol", "dlms-hdlc", "--to", "1/2/3"]).must_exit(INVALID).must_say("1/17");
    encode(&["--control", "thunder"]).must_exit(USAGE).must_say("I 0/0 P");
    fed(&["encode", "-"], "<get-request>").must_exit(INVALID).must_say("octet 13 of the XML");
    let two = format!("{get}<get-request><thunder/></get-request>");
    let ended = fed(&["encode", "-"], &two).must_exit(PARTIAL).must_say("message 2");
    assert_eq!(ended.out, "c001c100030100010800ff0200\n");
}

/// Forms that the types keep and the standard does not have.
const DEVIATIONS: &[&str] = &["form: Tagged", "form: Short", "length_counts_a_tag: true"];

/// The messages of the captures, which are read from `$GURUX_CORPUS/dlms`, or from
/// `../shared/corpus/dlms` beside the checkout.
fn messages() -> Vec<String> {
    fn collect(value: &Json, messages: &mut Vec<String>) {
        match value {
            Json::Object(fields) => {
                if fields.get("error").is_none() && fields.contains_key("decode") {
                    messages.extend(fields["hex"].as_str().map(str::to_owned));
                }
                let plain = fields.get("plaintext_hex").and_then(Json::as_str);
                messages.extend(plain.map(str::to_owned));
                fields.values().for_each(|value| collect(value, messages));
            }
            Json::Array(values) => values.iter().for_each(|value| collect(value, messages)),
            _ => {}
        }
    }
    let folder = std::env::var_os("GURUX_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
        PathBuf::from,
    );
    let Ok(files) = std::fs::read_dir(folder.join("dlms")) else { return Vec::new() };
    let mut messages = Vec::new();
    for file in files.flatten().filter(|file| file.path().extension().is_some_and(|e| e == "jsonl"))
    {
        for line in std::fs::read_to_string(file.path()).unwrap().lines() {
            let entry: Json = serde_json::from_str(line).unwrap();
            collect(&entry["expect"]["decode"], &mut messages);
        }
    }
    messages.sort();
    messages.dedup();
    messages
}

#[test]
fn captured_messages_go_to_xml_and_back_through_the_command() {
    let is_canonical = |hex: &String| {
        let octets: Vec<u8> = (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let apdu = Apdu::<DataRef<'_>>::from_bytes(&octets).unwrap();
        let mut standard = vec![0; apdu.wire_len()];
        apdu.emit_to_slice(&mut standard).unwrap();
        standard == octets && !DEVIATIONS.iter().any(|form| format!("{apdu:?}").contains(form))
    };
    let messages: Vec<String> = messages().into_iter().filter(is_canonical).collect();
    if messages.is_empty() {
        println!("no captures: nothing is compared");
        return;
    }
    assert!(messages.len() >= 120, "{}", messages.len());
    let lines = messages.join("\n");
    let xml = fed(&["decode", "--protocol", "dlms-apdu", "--format", "xml", "-"], &lines);
    let xml = xml.must_exit(OK).out;
    let again = fed(&["encode", "-"], &xml).must_exit(OK).out;
    for (message, again) in messages.iter().zip(again.lines()) {
        assert_eq!(again, message.to_lowercase());
    }
    assert_eq!(again.lines().count(), messages.len());
}

#[test]
fn lists_of_a_file_name_what_a_push_does_not() {
    let push = "0F 00000001 00 02 02 06 000004D2 12 0939";
    let record = decoded(&[push], OK);
    assert_eq!(record["readings"][0]["obis"], Json::Null);
    let list = r#"[{"name": "the workshop", "count": 2,
        "places": [{"at": 0, "type": "double-long-unsigned"}],
        "objects": ["1-0:1.7.0", "1-0:32.7.0"],
        "scales": [{"c": [1], "d": 7, "exponent": -3, "unit": "kW"},
                   {"c": [32], "d": 7, "exponent": -1, "unit": "V"}]}]"#;
    let file = Scratch::with("lists.json", list);
    let of = |file: &str, push: &str, code| decoded(&[push, "--layouts", file], code);
    let record = of(&file.0, push, OK);
    let said = |at: usize| {
        let part = |name: &str| record["readings"][at][name].as_str().unwrap_or("-");
        format!("{} {} {}", part("obis"), part("value"), part("unit"))
    };
    assert_eq!([said(0), said(1)], ["1-0:1.7.0*255 1.234 kW", "1-0:32.7.0*255 236.1 V"]);
    assert!(notes(&record).contains("as in a list of the workshop"), "{record}");
    // Other values, and the lists that are known are there as before.
    let record = of(&file.0, "0F 00000001 00 02 02 12 04D2 12 0939", OK);
    assert_eq!(record["readings"][0]["obis"], Json::Null);
    let record = of(&file.0, "0F 00000001 00 02 01 06 000008E5", OK);
    assert!(notes(&record).contains("Kaifa"), "{record}");
    for (wrong, sentence) in [
        ("[{}]", "missing field `name`"),
        (r#"[{"name": "a"}]"#, "a: nothing tells this list from others"),
        (r#"[{"name": "a", "list_id": "0x0"}]"#, "a: list_id: "),
        (
            r#"[{"name": "a", "places": [{"at": 0, "type": "long"}, {"at": 1, "type": "word"}]}]"#,
            "`word` is the name of no type: null-data",
        ),
        (r#"[{"name": "a", "count": 1, "objects": ["1-0"]}]"#, "line 1 column"),
    ] {
        let file = Scratch::with("wrong.json", wrong);
        run(&["decode", push, "--layouts", &file.0]).must_exit(INVALID).must_say(sentence);
    }
}

#[test]
fn the_answers_of_a_packet_capture_are_those_to_its_questions() {
    // A register's scaler and unit, then its value, over TCP; each way in packets of its own.
    let packet = |is_answer: bool, sequence: u32, message: &str| {
        let apdu: Vec<u8> = (0..message.len() / 2)
            .map(|at| u8::from_str_radix(&message[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let [from, to] = if is_answer { [4059_u16, 50_000] } else { [50_000, 4059] };
        let wrapped = [&[0, 1, 0, 16, 0, 1, 0, apdu.len() as u8], &apdu[..]].concat();
        let tcp = [
            &from.to_be_bytes()[..],
            &to.to_be_bytes(),
            &sequence.to_be_bytes(),
            &[0, 0, 0, 0, 0x50, 0x18, 4, 0, 0, 0, 0, 0],
            &wrapped,
        ]
        .concat();
        let address = |is_meter: bool| [127, 0, 0, if is_meter { 2 } else { 1 }];
        let len = (20 + tcp.len() as u16).to_be_bytes();
        let ip = [
            &[0x45, 0][..],
            &len,
            &[0, 0, 0, 0, 64, 6, 0, 0],
            &address(is_answer),
            &address(!is_answer),
        ];
        [&ip.concat()[..], &tcp].concat()
    };
    let attribute = |number: &str| format!("C001C100030100010800FF{number}00");
    let packets = [
        packet(false, 100, &attribute("03")),
        packet(true, 500, "C401C10002020F03161E"),
        packet(false, 121, &attribute("02")),
        packet(true, 518, "C401C1000600000400"),
    ];
    let mut file =
        vec![0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 101, 0, 0, 0];
    for packet in packets {
        let len = (packet.len() as u32).to_le_bytes();
        file.extend([&[0; 8][..], &len, &len, &packet].concat());
    }
    let path = Scratch(command::scratch("conversation.pcap"));
    std::fs::write(&path.0, file).unwrap();
    let records = run(&["decode", "--format", "ndjson", &path.0]).must_exit(OK).records();
    assert_eq!(records.len(), 4);
    let reading = &records[3]["readings"][0];
    let said = ["obis", "value", "unit"].map(|name| reading[name].as_str().unwrap_or("-"));
    assert_eq!(said, ["1-0:1.8.0*255", "1024000", "Wh"]);
    assert_eq!((&records[3]["packet"], &records[3]["direction"]), (&4.into(), &"response".into()));
    let table = run(&["decode", &path.0]).must_exit(OK).out;
    assert!(table.contains("packet 4, "), "{table}");
}
