//! Captures of real meters: what carries their messages, and what their pushes mean.
//!
//! Compared are every key of each HDLC frame, wrapper header and M-Bus segment, the octets of each
//! message that is joined from them, each A-XDR value, and the readings that the sources assert of
//! pushes. What is in the other messages is compared by `sealed.rs` and the tests of the crate. The
//! captures are read from `$GURUX_CORPUS/dlms`, or from `../shared/corpus/dlms` beside the checkout.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]

use std::path::PathBuf;
use std::process::ExitCode;

use gurux_dlms::carrier::{Assembly, Llc, MbusSegment, Piece, Wrapper};
use gurux_dlms::push::{LAYOUTS, Layout, PushValues};
use gurux_dlms::wire::{DataNotification, DataRef, GeneralBlockTransfer, Unread};
use gurux_framing::hdlc::{Command, Hdlc, HdlcAddress, HdlcFrame, LinkParameters};
use gurux_framing::rule::RuleDeframer;
use gurux_framing::rules::ft12;
use gurux_framing::{Piece as Found, Wire, pieces};
use gurux_value::{Measurement, Value};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Map, Value as Json, json};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = std::env::var_os("GURUX_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
        PathBuf::from,
    );
    let folder = folder.join("dlms");
    let Ok(files) = std::fs::read_dir(&folder) else {
        let name = format!("no captures in {}", folder.display());
        let trial = Trial::test(name, || Ok(())).with_ignored_flag(true);
        return libtest_mimic::run(&arguments, vec![trial]).exit_code();
    };
    let jsonl = |file: &std::fs::DirEntry| file.path().extension().is_some_and(|e| e == "jsonl");
    let trials = files
        .flatten()
        .filter(jsonl)
        .flat_map(|file| {
            let text = std::fs::read_to_string(file.path()).expect("a file that can be read");
            let lines = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
            lines.collect::<Vec<Json>>()
        })
        .filter(|entry| entry["layer"] != "crypto")
        .map(|entry| {
            let id = entry["id"].as_str().unwrap_or_default().to_owned();
            Trial::test(id, move || compare(&entry))
        })
        .collect::<Vec<_>>();
    assert!(trials.len() >= 200, "{} is not the corpus", folder.display());
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn compare(entry: &Json) -> Result<(), Failed> {
    let octets = hex(&entry["hex"]);
    let decode = &entry["expect"]["decode"];
    match entry["layer"].as_str() {
        Some("hdlc" | "hdlc-session") => hdlc(&octets, decode)?,
        Some("mbus") => mbus(&octets, decode)?,
        Some("wrapper") => {
            let read = Wrapper::from_bytes(&octets)?;
            let header = json!({
                "version": 1, "source": read.source, "destination": read.destination,
                "length": read.apdu().len(),
            });
            same("header", &decode["header"], &header)?;
            messages(&decode["apdus"], &[read.apdu().to_vec()])?;
        }
        Some("llc-apdu") => {
            let (llc, apdu) = Llc::strip(&octets);
            assert!(llc.is_some(), "there is an LLC");
            messages(&decode["apdus"], &[apdu.to_vec()])?;
        }
        Some("axdr") => data(&octets, &decode["data"])?,
        _ => {}
    }
    push(entry, &octets)
}

/// Each frame that the source finds proven is found, in its order, and no other.
fn hdlc(octets: &[u8], decode: &Json) -> Result<(), Failed> {
    let none = Vec::new();
    let frames = decode["frames"].as_array().unwrap_or(&none);
    let proven = |frame: &&Json| frame["fcs_ok"] == true && frame["hcs_ok"] != false;
    let found: Vec<Vec<u8>> = pieces(Hdlc::new(), octets)
        .filter_map(|piece| match piece {
            Found::Frame { frame, .. } => Some(frame.to_vec()),
            Found::Noise { .. } => None,
        })
        .collect();
    let opened: Vec<HdlcFrame<'_>> =
        found.iter().map(|frame| HdlcFrame::from_bytes(frame)).collect::<Result<_, _>>()?;
    let said: Vec<Json> = opened.iter().map(said_of).collect();
    let expected: Vec<Json> = frames.iter().filter(proven).cloned().collect();
    same("frames", &Json::from(expected), &Json::from(said))?;
    if !frames.iter().all(|frame| proven(&frame)) || decode["apdus"].is_null() {
        return Ok(());
    }
    let (mut room, mut blocks_room) = ([0; 4096], [0; 4096]);
    let mut segments = Assembly::new(&mut room);
    let mut blocks = Assembly::new(&mut blocks_room);
    let (mut found, mut refused) = (Vec::new(), false);
    for frame in &opened {
        if !matches!(frame.control.command(), Command::Ui | Command::Information { .. }) {
            continue;
        }
        let Some(message) = segments.push(Piece::from(frame))? else { continue };
        let apdu = Llc::strip(message).1;
        match GeneralBlockTransfer::from_bytes(apdu) {
            Ok(block) => match blocks.push(Piece::from(&block)) {
                Ok(message) => found.extend(message.map(<[u8]>::to_vec)),
                // A first block that was never heard leaves nothing to join.
                Err(_) => refused = true,
            },
            Err(_) if apdu.is_empty() => {}
            Err(_) => found.push(apdu.to_vec()),
        }
    }
    if refused { Ok(()) } else { messages(&decode["apdus"], &found) }
}

/// A frame in the words of the corpus.
fn said_of(frame: &HdlcFrame<'_>) -> Json {
    let address = |address: HdlcAddress| {
        let mut said = json!({ "bytes": address.len(), "upper": address.upper() });
        if let Some(lower) = address.lower() {
            said["lower"] = lower.into();
        }
        said
    };
    let command = frame.control.command();
    let mut control = Map::new();
    control.insert("pf".into(), u8::from(frame.control.poll()).into());
    let (name, ns, nr) = match command {
        Command::Information { send_seq, recv_seq } => ("I", Some(send_seq), Some(recv_seq)),
        Command::ReceiveReady(nr) => ("RR", None, Some(nr)),
        Command::ReceiveNotReady(nr) => ("RNR", None, Some(nr)),
        Command::Reject(nr) => ("REJ", None, Some(nr)),
        Command::Snrm => ("SNRM", None, None),
        Command::Disc => ("DISC", None, None),
        Command::Ua => ("UA", None, None),
        Command::Dm => ("DM", None, None),
        Command::Frmr => ("FRMR", None, None),
        Command::Ui => ("UI", None, None),
        _ => ("?", None, None),
    };
    control.insert("type".into(), name.into());
    control.extend(ns.map(|ns| ("ns".into(), ns.into())));
    control.extend(nr.map(|nr| ("nr".into(), nr.into())));
    let information = frame.information();
    let mut said = json!({
        "control": control, "dst": address(frame.destination), "src": address(frame.source),
        "fcs_ok": true, "seg": frame.is_segmented, "info_len": information.len(),
        "len": frame.wire_len(),
    });
    if !information.is_empty() {
        said["hcs_ok"] = true.into();
        match command {
            Command::Snrm | Command::Ua => {
                if let Ok(read) = LinkParameters::from_bytes(information) {
                    said["params"] = json!({
                        "max_info_tx": read.max_info_transmit, "max_info_rx": read.max_info_receive,
                        "window_tx": read.window_transmit, "window_rx": read.window_receive,
                    });
                }
            }
            Command::Frmr => said["info"] = text(information).into(),
            _ => {}
        }
    }
    said
}

fn mbus(octets: &[u8], decode: &Json) -> Result<(), Failed> {
    let mut room = [0; 4096];
    let mut assembly = Assembly::new(&mut room);
    let (mut frames, mut found, mut refused) = (Vec::new(), Vec::new(), false);
    for piece in pieces(RuleDeframer::new(ft12::MBUS), octets) {
        let Found::Frame { frame, .. } = piece else { continue };
        let content = ft12::content(frame)?;
        let Ok(segment) = MbusSegment::from_bytes(content) else { continue };
        let information = segment.number() | u8::from(segment.is_last) << 4;
        let mut said = json!({
            "a": text(&[segment.address]), "c": text(&[segment.control]), "checksum_ok": true,
            "ci": text(&[information]), "dtsap": segment.destination, "stsap": segment.source,
            "last": segment.is_last, "len": content.len(), "segment": segment.number(),
        });
        let quirk = &decode["frames"][frames.len()]["quirk"];
        if content.len() > 255 && !quirk.is_null() {
            said["quirk"] = quirk.clone();
        }
        frames.push(said);
        match assembly.push(Piece::from(&segment)) {
            Ok(message) => found.extend(message.map(<[u8]>::to_vec)),
            // A first segment that was never heard leaves nothing to join.
            Err(_) => refused = true,
        }
    }
    if decode["frames"].is_null() {
        // The source takes no frame whose L wrapped. Each that is found has a sum that fits; what is
        // joined of them must be as long as the message itself says.
        let fits = |message: &Vec<u8>| {
            matches!(&message[..], [0xDB, 8, rest @ ..] if rest.get(8) == Some(&0x81)
                && rest.get(9).is_some_and(|len| rest.len() == 10 + usize::from(*len)))
        };
        return if found.iter().all(fits) { Ok(()) } else { Err("no whole message".into()) };
    }
    same("frames", &decode["frames"], &Json::from(frames))?;
    if refused { Ok(()) } else { messages(&decode["apdus"], &found) }
}

/// The octets of each message, but of those that begin with a block or segment that is no first one.
fn messages(expected: &Json, found: &[Vec<u8>]) -> Result<(), Failed> {
    let none = Vec::new();
    let expected = expected.as_array().unwrap_or(&none);
    let expected: Vec<&Json> = expected.iter().map(|apdu| &apdu["hex"]).collect();
    let found: Vec<String> = found.iter().map(|apdu| text(apdu)).collect();
    same("apdus", &json!(expected), &json!(found))
}

/// Value after value, in the words of the corpus.
fn data(octets: &[u8], expected: &Json) -> Result<(), Failed> {
    let (mut rest, mut found) = (octets, Vec::new());
    while !rest.is_empty() {
        let (behind, value) = DataRef::parse(rest).map_err(|_| "a value of A-XDR")?;
        found.push(typed(value));
        rest = behind;
    }
    same("data", expected, &Json::from(found))
}

fn typed(value: DataRef<'_>) -> Json {
    let name = value.data_type().name().unwrap_or("?");
    let said = match value {
        DataRef::NullData | DataRef::DontCare => Json::Null,
        DataRef::OctetString(octets) => text(octets).into(),
        DataRef::VisibleString(octets) | DataRef::Utf8String(octets) => std::str::from_utf8(octets)
            .map_or_else(|_| format!("hex:{}", text(octets)), str::to_owned)
            .into(),
        DataRef::DateTime(time) => text(&time.octets()).into(),
        DataRef::Date(date) => text(&date.octets()).into(),
        DataRef::Time(time) => text(&time.octets()).into(),
        DataRef::Boolean(yes) => yes.into(),
        DataRef::Enum(number) => number.into(),
        other => match (other.elements(), other.as_integer()) {
            (Some(elements), _) => elements.iter().map(typed).collect(),
            (None, Some(number)) => i64::try_from(number).map_or(Json::Null, Json::from),
            (None, None) => Json::Null,
        },
    };
    json!({ name: said })
}

/// The readings that a source asserts of a push.
fn push(entry: &Json, octets: &[u8]) -> Result<(), Failed> {
    let asserts = &entry["expect"]["asserts"];
    let apdu = &entry["expect"]["decode"]["apdus"][0];
    let apdu = ["plaintext_hex", "hex"].iter().find_map(|key| apdu[*key].as_str());
    let apdu = apdu.map(|apdu| hex(&apdu.into()));
    let body = match &apdu {
        Some(apdu) => match DataNotification::<Unread<'_>>::from_bytes(apdu) {
            Ok(push) => push.notification_body.0,
            Err(_) => return Ok(()),
        },
        None if entry["layer"] == "axdr" => octets,
        None => return Ok(()),
    };
    // This source applies no list of any maker.
    let plain = readings(body, &[])?;
    for (name, expected) in asserts["values"].as_object().into_iter().flatten() {
        number(name, expected, &plain, &[name])?;
    }
    for (name, expected) in asserts["strings"].as_object().into_iter().flatten() {
        let expected = expected.as_str().unwrap_or_default().replace(' ', "T");
        let holds = |one: &Measurement<'_>| {
            let own = one.obis.is_none_or(|obis| dotted(obis) == *name);
            own && one.value.as_ref().is_some_and(|value| {
                // What is no text, a logical name for instance, is nothing to this source.
                let is_octets = matches!(value, Value::Octets(_));
                let said = if is_octets { String::new() } else { value.to_string() };
                said == expected
                    || matches!(value, Value::DateTime(_)) && said.starts_with(&expected)
            })
        };
        if !plain.iter().any(holds) {
            return Err(format!("{name}: expected {expected}, found {plain:?}").into());
        }
    }
    let known = readings(body, LAYOUTS)?;
    for (key, expected) in asserts.as_object().into_iter().flatten() {
        let Some(name) = key.strip_prefix("decoded['").and_then(|key| key.strip_suffix("']"))
        else {
            continue;
        };
        let Some((_, groups)) = NAMES.iter().find(|(known, _)| *known == name) else { continue };
        number(name, expected, &known, groups)?;
    }
    let reader = &asserts["decoded_by_source"];
    if reader["decoded"] == true && reader["list_type"] != 0 && reader["active_import_W"] != 0 {
        number("active_import_W", &reader["active_import_W"], &known, &["1.7.0"])?;
        let export = reader["active_export_W"].as_f64().unwrap_or_default();
        rounded("active_export_W", export, &known, "2.7.0")?;
        for (phase, code) in ["31.7.0", "51.7.0", "71.7.0"].iter().enumerate() {
            let expected = reader["current"][phase].as_f64().unwrap_or_default();
            rounded("current", expected, &known, code)?;
            let code = ["32.7.0", "52.7.0", "72.7.0"][phase];
            let expected = reader["voltage"][phase].as_f64().unwrap_or_default();
            rounded("voltage", expected, &known, code)?;
        }
    }
    Ok(())
}

/// The names of one reader, and the groups C, D and E that they are of.
const NAMES: [(&str, &[&str]); 14] = [
    ("active_power_import", &["1.7.0"]),
    ("active_power_export", &["2.7.0"]),
    ("reactive_power_import", &["3.7.0"]),
    ("reactive_power_export", &["4.7.0"]),
    ("active_power_import_total", &["1.8.0"]),
    ("active_power_export_total", &["2.8.0"]),
    ("reactive_power_import_total", &["3.8.0"]),
    ("reactive_power_export_total", &["4.8.0"]),
    ("current_l1", &["31.7.0"]),
    ("current_l2", &["51.7.0"]),
    ("current_l3", &["71.7.0"]),
    ("voltage_l1", &["32.7.0"]),
    ("voltage_l2", &["52.7.0"]),
    ("voltage_l3", &["72.7.0"]),
];

fn readings<'a>(body: &'a [u8], layouts: &[Layout<'_>]) -> Result<Vec<Measurement<'a>>, Failed> {
    // A body that is no value, and in no form that is known, says nothing.
    let Ok(values) = PushValues::from_octets(body, layouts) else { return Ok(Vec::new()) };
    Ok(values.map(|value| value.measurement()).collect())
}

/// The value whose OBIS code ends so, and whether somebody says what it counts.
fn found(known: &[Measurement<'_>], code: &str) -> Option<(f64, bool)> {
    let own = |one: &&Measurement<'_>| {
        one.obis.is_some_and(|obis| {
            let name = dotted(obis);
            name == code || name.ends_with(&format!(".{code}.255"))
        })
    };
    let one = known.iter().find(own)?;
    let value = one.value.as_ref()?.as_decimal()?;
    Some((value.to_string().parse().ok()?, one.unit.is_some()))
}

fn number<S: AsRef<str>>(
    name: &str,
    expected: &Json,
    known: &[Measurement<'_>],
    codes: &[S],
) -> Result<(), Failed> {
    let expected = expected.as_f64().ok_or("a number")?;
    let found = codes.iter().find_map(|code| found(known, code.as_ref()));
    let agrees = found.is_some_and(|(found, _)| (found - expected).abs() < 1e-9);
    if agrees {
        Ok(())
    } else {
        Err(format!("{name}: expected {expected}, found {found:?}").into())
    }
}

/// A reader that rounds to hundredths, and says nought where there is nothing. Where nobody states
/// the scale it guesses, and only the digits are compared.
fn rounded(name: &str, expected: f64, known: &[Measurement<'_>], code: &str) -> Result<(), Failed> {
    let (found, is_scaled) = found(known, code).unwrap_or((0.0, true));
    let guesses = if is_scaled { &[1.0][..] } else { &[1.0, 10.0, 100.0] };
    let agrees = guesses.iter().any(|by| (found / by - expected).abs() < 0.006);
    if agrees {
        Ok(())
    } else {
        Err(format!("{name} {code}: expected {expected}, found {found}").into())
    }
}

fn dotted(obis: gurux_value::Obis) -> String {
    obis.groups().map(|group| group.to_string()).join(".")
}

fn same(what: &str, expected: &Json, found: &Json) -> Result<(), Failed> {
    if expected == found {
        Ok(())
    } else {
        Err(format!("{what}: expected {expected}, found {found}").into())
    }
}

fn text(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn hex(value: &Json) -> Vec<u8> {
    let digits = value.as_str().unwrap_or_default();
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex");
    (0..digits.len() / 2).map(|at| pair(at * 2)).collect()
}
