//! The binary as its user meets it: output, exit codes, and what it does when things go wrong.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod command;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use gurux_framing::Wire;
use gurux_mbus::wire::CompactFrame;
use serde_json::Value as Json;

use crate::command::{
    Ended, INVALID, OK, PARTIAL, REFUSED, Scratch, Simulated, UNREACHABLE, USAGE, command, ended,
    run, scratch,
};

const METER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/demo-three-phase.xml");
const WATER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/demo-water.xml");

// ---------------------------------------------------------------------------------------------
// Meters to ask

impl Simulated {
    /// The three-phase meter, standing still.
    #[track_caller]
    fn still(media: &str, more: &[&str]) -> Self {
        Self::start(&[&["--profile", METER, "--media", media, "--still"], more].concat())
    }

    fn tcp() -> Self {
        Self::still("tcp-listen:127.0.0.1:0", &[])
    }
}

/// A device that answers each request over Modbus TCP as it is told, and hangs up at `None`.
fn device(answer: impl Fn(usize, &[u8]) -> Option<Vec<u8>> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let media = format!("tcp:{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut header = [0; 7];
        for number in 0.. {
            if client.read_exact(&mut header).is_err() {
                return;
            }
            let mut pdu = vec![0; usize::from(header[5]) - 1];
            client.read_exact(&mut pdu).unwrap();
            let Some(reply) = answer(number, &pdu) else { return };
            if !reply.is_empty() {
                header[5] = u8::try_from(reply.len() + 1).unwrap();
                client.write_all(&[&header[..], &reply].concat()).unwrap();
            }
        }
    });
    media
}

/// The reply to a read, all zeros.
fn zeros(request: &[u8]) -> Vec<u8> {
    let count = usize::from(request[4]);
    let octets = if request[0] <= 2 { count.div_ceil(8) } else { 2 * count };
    let mut reply = vec![request[0], u8::try_from(octets).unwrap()];
    reply.resize(2 + octets, 0);
    reply
}

fn read(media: &str, more: &[&str]) -> Ended {
    run(&[&["read", "--profile", METER, "--media", media], more].concat())
}

// ---------------------------------------------------------------------------------------------
// Help and usage

#[test]
fn help_is_there_for_every_command_and_fits() {
    let commands = ["decode", "encode", "read", "write", "scan", "simulate", "profile", "demo"];
    let top = run(&["--help"]).must_exit(OK);
    for name in commands {
        assert!(top.out.contains(&format!("  {name}")), "{name} is not in {}", top.out);
        let help = run(&[name, "--help"]).must_exit(OK);
        assert!(help.out.contains("Usage: gurux-ami"), "{}", help.out);
        assert!(help.out.lines().all(|line| line.chars().count() <= 100), "{}", help.out);
    }
    assert!(top.out.contains("3 unreachable"));
    assert!(run(&["--version"]).must_exit(OK).out.starts_with("gurux-ami "));
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let here = ["--profile", METER, "--media", "tcp:127.0.0.1:1"];
    run(&[]).must_exit(USAGE);
    run(&["thunder"]).must_exit(USAGE);
    run(&["read", "--profile", METER]).must_exit(USAGE).must_say("--media");
    run(&["read", "--profile", METER, "--media", "tcp:10.0.0.5"])
        .must_exit(USAGE)
        .must_say("write tcp:HOST:PORT");
    run(&[&["read"][..], &here, &["voltge_l1"]].concat())
        .must_exit(USAGE)
        .must_say("the profile has no property voltge_l1; there are voltage_l1");
    run(&[&["read"][..], &here, &["--view", "x"]].concat()).must_exit(USAGE).must_say("customer");
    run(&[&["read"][..], &here, &["--set", "x=1"]].concat()).must_exit(USAGE).must_say("unit");
    run(&[&["read"][..], &here, &["--timeout", "5"]].concat()).must_exit(USAGE).must_say("400ms");
    run(&[&["read"][..], &here, &["reset_peak"]].concat()).must_exit(USAGE).must_say("to read");
    run(&[&["write"][..], &here, &["import=1"]].concat()).must_exit(USAGE).must_say("to write");
    run(&[&["write"][..], &here, &["relay=false"]].concat()).must_exit(USAGE).must_say("--confirm");
    run(&["scan", "--media", "tcp:127.0.0.1:1", "--range", "300"]).must_exit(USAGE);
    run(&["simulate", "--profile", METER, "--media", "replay:x"]).must_exit(USAGE);
}

#[test]
fn a_name_is_required_where_the_profile_says_so() {
    let profile = fs::read_to_string(WATER).unwrap().replace("Default=\"10\" Required", "Required");
    let file = Scratch::with("required.xml", &profile);
    run(&["read", "--profile", &file.0, "--media", "tcp:127.0.0.1:1"])
        .must_exit(USAGE)
        .must_say("--set unit=VALUE");
}

// ---------------------------------------------------------------------------------------------
// Bad input

#[test]
fn bad_hex_is_said_with_its_place() {
    run(&["decode", "01 0g"]).must_exit(INVALID).must_say("`g`");
    run(&["decode", "010"]).must_exit(INVALID);
    run(&["decode", "--protocol", "modbus", "FFFF"]).must_exit(INVALID);
}

#[test]
fn a_bad_profile_is_said_with_line_and_column() {
    let profile = fs::read_to_string(METER).unwrap().replace("Address=\"input:0\"", "Adress=\"x\"");
    let line = profile.lines().position(|line| line.contains("Adress")).unwrap() + 1;
    let file = Scratch::with("bad.xml", &profile);
    let place = format!("{}:{line}:", file.0);
    run(&["read", "--profile", &file.0, "--media", "tcp:127.0.0.1:1"])
        .must_exit(INVALID)
        .must_say(&place)
        .must_say("Property has no attribute Adress; it may have");
    let validated = run(&["profile", "validate", &file.0]).must_exit(INVALID);
    assert!(validated.out.contains(&place), "{}", validated.out);
    run(&["profile", "validate", &file.0, METER]).must_exit(PARTIAL);
    run(&["profile", "test", &file.0]).must_exit(INVALID);
    run(&["read", "--profile", "nowhere.xml", "--media", "tcp:127.0.0.1:1"])
        .must_exit(INVALID)
        .must_say("nowhere.xml: the profile cannot be read");
}

#[test]
fn a_bad_value_is_said_before_anything_is_sent() {
    let meter = Simulated::tcp();
    let media = meter.media();
    let write =
        |value| run(&["write", "--profile", METER, "--media", &media, "tariff=night", value]);
    write("transformer_ratio=-1").must_exit(INVALID).must_say("transformer_ratio cannot be -1");
    write("location=much too long for twenty-four octets").must_exit(INVALID);
    let read = read(&media, &["tariff", "--format", "ndjson"]).must_exit(OK);
    assert_eq!(read.records()[0]["label"], "day");
}

#[test]
fn a_test_frame_that_fails_is_said() {
    let profile = fs::read_to_string(METER).unwrap();
    let wrong = "Property=\"export\" Value=\"43210\"";
    assert!(profile.contains(wrong));
    let profile = profile.replace(wrong, "Property=\"export\" Value=\"43211\"");
    let file = Scratch::with("test.xml", &profile);
    let tested = run(&["profile", "test", &file.0]).must_exit(PARTIAL);
    assert!(tested.out.contains("export: expected 43211, read 43210"), "{}", tested.out);
    run(&["profile", "test", METER, WATER]).must_exit(OK);
}

// ---------------------------------------------------------------------------------------------
// Devices that do not answer as they should

#[test]
fn a_refused_connection_is_one_sentence() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let media = format!("tcp:127.0.0.1:{port}");
    let ended = read(&media, &[]).must_exit(UNREACHABLE).must_say("connect");
    assert_eq!((ended.err.lines().count(), ended.out.as_str()), (1, ""));
    read("serial:/dev/no-such-port,9600", &[]).must_exit(UNREACHABLE);
    read("replay:/no/such/file", &[]).must_exit(INVALID);
    run(&["scan", "--media", &media]).must_exit(UNREACHABLE);
    run(&["simulate", "--profile", METER, "--media", &media]).must_exit(UNREACHABLE);
}

#[test]
fn a_device_that_never_answers_costs_a_bounded_time() {
    let media = device(|_, _| Some(Vec::new()));
    let more = ["--timeout", "100ms", "--resend", "1"];
    let ended = read(&media, &more).must_exit(UNREACHABLE).must_say("does not answer");
    assert!(ended.took < Duration::from_secs(3), "{:?}", ended.took);
    assert_eq!(ended.out, "");
    // A program gets every attempt.
    let media = device(|_, _| Some(Vec::new()));
    let more = ["--timeout", "50ms", "--resend", "0", "--format", "json"];
    let ended = read(&media, &more).must_exit(UNREACHABLE);
    let attempts: Vec<Json> = serde_json::from_str(&ended.out).unwrap();
    assert!(attempts.len() > 20);
    assert!(attempts.iter().all(|attempt| attempt["quality"] == "comm-failed"));
    let media = device(|_, _| Some(Vec::new()));
    let more = ["--range", "1-5", "--timeout", "50ms"];
    run(&[&["scan", "--media", &media][..], &more].concat()).must_exit(UNREACHABLE);
}

#[test]
fn a_device_that_hangs_up_at_once_is_unreachable() {
    read(&device(|_, _| None), &[]).must_exit(UNREACHABLE).must_say("closed");
}

#[test]
fn what_was_read_before_the_device_hung_up_is_shown() {
    let media = device(|number, request| (number < 2).then(|| zeros(request)));
    let ended = read(&media, &["--format", "ndjson"]).must_exit(PARTIAL);
    let records = ended.records();
    let good = records.iter().filter(|record| record["error"].is_null()).count();
    assert!(good > 0 && good < records.len(), "{good} of {}", records.len());
    let lost = records.iter().find(|record| !record["error"].is_null()).unwrap();
    assert!(lost["error"].as_str().unwrap().contains("closed"), "{lost}");
    assert_eq!(lost["value"], Json::Null);
}

#[test]
fn a_refusal_is_told_apart_from_silence() {
    let refuse = |_: usize, request: &[u8]| Some(vec![request[0] | 0x80, 2]);
    read(&device(refuse), &["import"]).must_exit(REFUSED).must_say("illegal data address");
    let media = device(refuse);
    run(&["write", "--profile", METER, "--media", &media, "display_page=1"])
        .must_exit(REFUSED)
        .must_say("refused");
    // One register of many is refused: the others are shown.
    let media = device(|_, request: &[u8]| {
        let is_refused = request[0] == 4 && request[2] == 12;
        Some(if is_refused { vec![0x84, 2] } else { zeros(request) })
    });
    let ended = read(&media, &["power", "import"]).must_exit(PARTIAL).must_say("1 of 2");
    assert!(ended.out.contains("the meter refused"), "{}", ended.out);
    assert!(ended.out.contains("import"), "{}", ended.out);
}

#[test]
fn nonsense_is_no_reading() {
    let media = device(|_, _| Some(vec![0x55; 40]));
    let more = ["import", "--timeout", "100ms", "--resend", "0", "-v"];
    let ended = read(&media, &more).must_exit(UNREACHABLE);
    assert!(ended.err.contains("skipped"), "{}", ended.err);
}

/// A device that never stops talking is not listened to for ever.
#[test]
fn an_endless_stream_of_octets_ends_in_a_time_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let media = format!("tcp:{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        while client.write_all(&[0x00, 0x01, 0x00, 0x00, 0x00, 0x04, 0x09, 0x03, 0x01]).is_ok() {
            thread::sleep(Duration::from_micros(200));
        }
    });
    let ended = read(&media, &["import", "--timeout", "150ms", "--resend", "1"]);
    assert!([UNREACHABLE, PARTIAL].contains(&ended.code), "{}", ended.err);
    assert!(ended.took < Duration::from_secs(5), "{:?}", ended.took);
}

#[test]
fn nobody_behind_a_datagram_is_silence() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let media = format!("udp:{}", socket.local_addr().unwrap());
    let more = ["import", "--timeout", "50ms", "--resend", "2"];
    read(&media, &more).must_exit(UNREACHABLE).must_say("does not answer");
    drop(socket);
    read(&media, &more).must_exit(UNREACHABLE);
}

#[test]
fn a_write_is_believed_only_when_it_is_read_back() {
    // It says yes to everything, and holds zeros.
    let media = device(|_, request: &[u8]| {
        Some(if request[0] <= 4 {
            zeros(request)
        } else {
            request[..request.len().min(5)].to_vec()
        })
    });
    let write = |media: &str, more: &[&str]| {
        let base = ["write", "--profile", METER, "--media", media, "--confirm"];
        run(&[&base[..], more].concat())
    };
    let ended = write(&media, &["current_limit=12"]).must_exit(PARTIAL).must_say("read back");
    assert!(ended.out.contains("not what was written"), "{}", ended.out);
    // It refuses one of two.
    let media = device(|_, request: &[u8]| {
        let is_refused = request[0] == 5;
        Some(match request[0] {
            _ if is_refused => vec![0x85, 4],
            0x10 => request[..5].to_vec(),
            6 => request.to_vec(),
            _ => vec![3, 2, 0, 120],
        })
    });
    let ended = write(&media, &["relay=false", "current_limit=12"]).must_exit(PARTIAL);
    assert!(ended.out.contains("the meter refused"), "{}", ended.out);
    assert!(ended.out.contains("verified"), "{}", ended.out);
    // It hangs up after the first: what comes after is not sent, and said so.
    let media = device(|number, _| (number == 0).then(|| vec![0x85, 4]));
    let ended = write(&media, &["relay=false", "current_limit=12", "location=x"]);
    assert_eq!(ended.out.matches("closed").count(), 2, "{}", ended.out);
}

#[test]
fn a_reader_that_goes_away_ends_the_run_in_silence() {
    let arguments = ["profile", "show", METER, "--format", "ndjson"];
    let mut child = command(&arguments).spawn().unwrap();
    drop(child.stdout.take());
    let ended = ended(child.wait_with_output().unwrap(), Duration::ZERO);
    assert_eq!((ended.code, ended.err.as_str()), (OK, ""));
}

// ---------------------------------------------------------------------------------------------
// Reading and writing

/// Whatever carries it, and however it is framed, a reading is the same.
#[test]
fn the_same_reading_over_every_medium_gives_the_same_output() {
    let tcp = Simulated::tcp();
    let expected = read(&tcp.media(), &["--format", "csv"]).must_exit(OK).out;
    assert_eq!(expected.lines().count(), 36, "{expected}");
    let framed = ["--transport", "rtu"];
    let udp = Simulated::still("udp-listen:127.0.0.1:0", &[]);
    let rtu = Simulated::still("tcp-listen:127.0.0.1:0", &framed);
    let ascii = Simulated::still("tcp-listen:127.0.0.1:0", &["--transport", "ascii"]);
    let mut ways = vec![
        (format!("udp:{}", udp.place), vec![]),
        (rtu.media(), framed.to_vec()),
        (ascii.media(), vec!["--transport", "ascii"]),
    ];
    #[cfg(unix)]
    let line = Simulated::still(&format!("pty:{},19200,8N1", scratch("line")), &[]);
    #[cfg(unix)]
    let slow =
        Simulated::still(&format!("pty:{},9600,7E1", scratch("slow")), &["--transport", "ascii"]);
    #[cfg(unix)]
    ways.extend([
        (format!("serial:{},19200,8N1", line.place), vec![]),
        (format!("serial:{},9600,7E1", slow.place), vec!["--transport", "ascii"]),
    ]);
    for (media, how) in ways {
        let ended = read(&media, &[&["--format", "csv"], &how[..]].concat()).must_exit(OK);
        assert_eq!(ended.out, expected, "over {media}");
    }
}

#[test]
fn a_trace_is_a_recording_that_gives_the_reading_again() {
    let meter = Simulated::tcp();
    let file = Scratch(scratch("trace.txt"));
    let more = ["--format", "ndjson", "--trace", &file.0];
    let live = read(&meter.media(), &more).must_exit(OK).out;
    let trace = fs::read_to_string(&file.0).unwrap();
    assert!(trace.starts_with("gurux-conversation 1\n"), "{trace}");
    let replay = format!("replay:{}", file.0);
    assert_eq!(read(&replay, &["--format", "ndjson"]).must_exit(OK).out, live);
    // Another question than the recorded one is not answered.
    let ended = read(&replay, &["relay"]);
    assert_ne!(ended.code, OK, "{}", ended.out);
    read(&format!("replay:{METER}"), &[]).must_exit(INVALID).must_say("gurux-conversation 1");
}

#[cfg(unix)]
#[test]
fn a_line_is_replayed_as_a_line() {
    let meter = Simulated::still(&format!("pty:{},19200,8N1", scratch("line")), &[]);
    let file = Scratch(scratch("trace.txt"));
    let media = format!("serial:{},19200,8N1", meter.place);
    let live = read(&media, &["power", "serial", "--trace", &file.0]).must_exit(OK).out;
    let again = read(&format!("replay:{}", file.0), &["power", "serial"]).must_exit(OK).out;
    assert_eq!(again, live);
}

#[test]
fn a_reading_has_the_promised_shape() {
    let meter = Simulated::tcp();
    let more = ["import_t1", "temperature_external", "alarms", "--format", "ndjson"];
    let records = read(&meter.media(), &more).must_exit(OK).records();
    let properties: Vec<_> = records.iter().map(|record| &record["property"]).collect();
    assert_eq!(properties, ["import_t1", "temperature_external", "alarms"]);
    let import = &records[0];
    for (key, value) in [
        ("device", "demo-three-phase"),
        ("quantity", "energy.active.import.t1"),
        ("obis", "1-0:1.8.1*255"),
        ("value", "12345.67"),
        ("unit", "kWh"),
        ("function", "instantaneous"),
        ("quality", "good"),
        ("raw", "01234567"),
    ] {
        assert_eq!(import[key], value, "{key}");
    }
    for key in ["time", "error"] {
        assert!(import.as_object().unwrap()[key].is_null(), "{key}");
    }
    assert_eq!(
        (&import["storage"], &import["tariff"], &import["subunit"]),
        (&0.into(), &0.into(), &0.into())
    );
    assert_eq!((&records[1]["value"], &records[1]["quality"]), (&Json::Null, &"missing".into()));
}

#[test]
fn what_is_written_is_read_back_and_seen_by_others() {
    let meter = Simulated::tcp();
    let media = meter.media();
    let write = |more: &[&str]| {
        let base = ["write", "--profile", METER, "--media", &media];
        run(&[&base[..], more].concat())
    };
    let dry =
        write(&["tariff=peak", "relay=false", "--dry-run", "--format", "ndjson"]).must_exit(OK);
    assert!(dry.records().iter().all(|record| record["sent"] == false));
    let done = write(&[
        "tariff=night",
        "location=Roof",
        "current_limit=32.5",
        "--confirm",
        "--format",
        "ndjson",
    ]);
    for record in done.must_exit(OK).records() {
        assert_eq!(
            (&record["verified"], &record["error"]),
            (&true.into(), &Json::Null),
            "{record}"
        );
    }
    let seen = read(&media, &["tariff", "relay", "location", "current_limit", "--format", "csv"]);
    let seen = seen.must_exit(OK).out;
    let lines: Vec<_> = seen.lines().skip(1).collect();
    assert_eq!(
        lines,
        ["tariff,night,,", "relay,true,,", "location,Roof,,", "current_limit,32.5,A,"]
    );
}

#[test]
fn a_meter_that_calls_is_read() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (listen, call) = (format!("tcp-listen:127.0.0.1:{port}"), format!("tcp:127.0.0.1:{port}"));
    let arguments = ["read", "--profile", METER, "--media", &listen, "serial"];
    let reader = command(&arguments).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(10);
    while run(&["simulate", "--profile", METER, "--media", &call]).code == UNREACHABLE {
        assert!(Instant::now() < patience);
        thread::sleep(Duration::from_millis(20));
    }
    let ended = ended(reader.wait_with_output().unwrap(), Duration::ZERO).must_exit(OK);
    assert!(ended.out.contains("DEMO-00001"), "{}", ended.out);
}

// ---------------------------------------------------------------------------------------------
// Scanning and simulating

#[test]
fn a_scan_finds_who_is_there_and_what_they_are() {
    let meter =
        Simulated::still("tcp-listen:127.0.0.1:0", &["--transport", "rtu", "--set", "unit=7"]);
    let media = meter.media();
    let scan = |more: &[&str]| {
        let base = ["scan", "--media", &media, "--protocol", "modbus-rtu", "--timeout", "60ms"];
        run(&[&base[..], more].concat())
    };
    let found =
        scan(&["--range", "5-9", "--profile", WATER, "--profile", METER, "--format", "ndjson"]);
    let found = found.must_exit(OK).records();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["unit"], 7);
    assert_eq!(found[0]["identification"]["product_code"], "DEMO-3P");
    assert_eq!(found[0]["profile"], "Demonstration meter, three-phase");
    let nobody = scan(&["--range", "20-22"]).must_exit(UNREACHABLE).must_say("nobody answers");
    assert_eq!(nobody.out, "");
    // In a pipe there is no progress bar.
    assert_eq!(nobody.err.lines().count(), 1, "{}", nobody.err);
}

#[cfg(unix)]
#[test]
fn an_interrupted_scan_shows_whom_it_found() {
    let meter = Simulated::still("tcp-listen:127.0.0.1:0", &["--transport", "rtu"]);
    let media = meter.media();
    let arguments = ["scan", "--media", &media, "--transport", "rtu", "--timeout", "200ms"];
    let child = command(&arguments).spawn().unwrap();
    thread::sleep(Duration::from_millis(1500));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ended = ended(child.wait_with_output().unwrap(), Duration::ZERO).must_exit(PARTIAL);
    assert!(ended.out.contains("DEMO-3P"), "{}", ended.out);
}

#[test]
fn many_clients_are_served_at_once() {
    let meter = Simulated::tcp();
    let media = meter.media();
    // One that says nothing holds nobody up.
    let _silent = TcpStream::connect(&meter.place).unwrap();
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let media = media.clone();
            thread::spawn(move || read(&media, &["--format", "csv"]).must_exit(OK).out)
        })
        .collect();
    let outs: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    assert!(outs.iter().all(|out| *out == outs[0]));
}

#[test]
fn values_move_with_time_and_the_same_way_for_a_seed() {
    let start = || {
        let more = ["--profile", METER, "--media", "tcp-listen:127.0.0.1:0", "--seed", "5"];
        Simulated::start(&more)
    };
    let energy = |meter: &Simulated| {
        let records = read(&meter.media(), &["export", "power", "--format", "ndjson"]).records();
        (records[0]["value"].clone(), records[1]["value"].clone())
    };
    let (a, b) = (start(), start());
    let first = energy(&a);
    assert_eq!(first, energy(&b));
    thread::sleep(Duration::from_millis(2100));
    assert_ne!(first.0, energy(&a).0);
}

#[test]
fn a_line_with_faults_is_read_with_patience() {
    let more = [
        "--transport",
        "rtu",
        "--fault",
        "loss=15%,split=30%,garbage=10%,delay=20ms",
        "--seed",
        "3",
    ];
    let meter = Simulated::still("tcp-listen:127.0.0.1:0", &more);
    let more = ["--transport", "rtu", "--timeout", "1s", "--resend", "20", "-v"];
    let ended = read(&meter.media(), &more).must_exit(OK);
    assert!(ended.err.contains("asked again"), "{}", ended.err);
}

#[test]
fn a_simulation_ends_when_it_is_told_to() {
    let begun_at = Instant::now();
    let media = ["--profile", METER, "--media", "tcp-listen:127.0.0.1:0"];
    run(&[&["simulate"][..], &media, &["--duration", "300ms"]].concat()).must_exit(OK);
    assert!(begun_at.elapsed() >= Duration::from_millis(300));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_simulation_and_leaves_nothing_behind() {
    for signal in ["-INT", "-TERM"] {
        let link = scratch("meter");
        let mut meter = Simulated::still(&format!("pty:{link},9600,8N1"), &[]);
        assert_eq!(meter.place, link);
        assert!(PathBuf::from(&link).exists());
        let id = meter.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert_eq!(meter.child.wait().unwrap().code(), Some(OK));
        assert!(fs::symlink_metadata(&link).is_err(), "the link is left");
    }
}

#[test]
fn the_demonstration_is_over_within_ten_seconds_and_complete() {
    let demo = run(&["demo"]).must_exit(OK);
    assert!(demo.took < Duration::from_secs(10), "{:?}", demo.took);
    for text in ["Modbus TCP over tcp:", "Modbus RTU over serial:", "m³", "kWh", "cold water"] {
        assert!(demo.out.contains(text), "{text} is not in {}", demo.out);
    }
    assert!(!demo.out.contains(" - "), "{}", demo.out);
    let left = fs::read_dir(std::env::temp_dir()).unwrap().flatten().filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with("gurux-ami-demo-")
    });
    // Another demonstration may be running beside this one.
    assert!(left.count() <= 1);
}

// ---------------------------------------------------------------------------------------------
// Formats

#[test]
fn every_format_of_every_command_is_well_formed() {
    let meter = Simulated::tcp();
    let media = meter.media();
    let commands: Vec<Vec<&str>> = vec![
        vec!["read", "--profile", METER, "--media", &media],
        vec!["write", "--profile", METER, "--media", &media, "tariff=day", "display_page=2"],
        vec!["scan", "--media", &media, "--range", "1", "--profile", METER],
        vec!["profile", "validate", METER, WATER],
        vec!["profile", "show", METER, "--view", "live"],
        vec!["profile", "test", METER, WATER],
        vec!["decode", "010300000001840A"],
        vec!["demo"],
    ];
    for command in commands {
        let with = |format| run(&[&command[..], &["--format", format]].concat()).must_exit(OK).out;
        let json: Vec<Json> = serde_json::from_str(&with("json")).unwrap();
        assert!(json.iter().all(Json::is_object) && !json.is_empty(), "{command:?}");
        let lines = with("ndjson");
        assert_eq!(lines.lines().count(), json.len(), "{command:?}");
        assert!(lines.lines().all(|line| serde_json::from_str::<Json>(line).is_ok()));
        let csv = with("csv");
        let mut rows = csv::Reader::from_reader(csv.as_bytes());
        // A row of another length is an error of the reader.
        assert_eq!(rows.records().map(Result::unwrap).count(), json.len(), "{command:?}");
        // Those two print lines for people, as compilers do.
        if !["validate", "test"].contains(command.get(1).unwrap_or(&"")) {
            let table = with("table");
            let widest = table.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= 80, "{command:?}: {widest}\n{table}");
        }
    }
}

// ---------------------------------------------------------------------------------------------
// M-Bus

/// A heat meter's answer: energy, volume, temperatures, power.
const HEAT: &str = concat!(
    "6837376808007278563412",
    "2d2c0c042a000000",
    "0c0645230100",
    "0c1467452301",
    "0a5a5106",
    "0a5e1703",
    "0b2d230100",
    "04 6d 1e 2e 76 3b",
    "44 06 10 27 00 00",
);

/// With L and the sum set right.
fn mbus_frame(hex: &str) -> String {
    let digits: String = hex.split_whitespace().collect();
    let octets: Vec<u8> = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect();
    let content = &octets[4..];
    let len = u8::try_from(content.len()).unwrap();
    let sum = content.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
    let whole = [&[0x68, len, len, 0x68], content, &[sum, 0x16]].concat();
    whole.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[test]
fn an_answer_on_a_wire_is_decoded_to_readings_and_encoded_back() {
    let frame = mbus_frame(HEAT);
    let decoded = run(&["decode", "--format", "ndjson", &frame]).must_exit(OK);
    let telegram = &decoded.records()[0];
    assert_eq!(telegram["protocol"], "mbus");
    assert_eq!(telegram["layers"], serde_json::json!(["ft12", "tpl-long"]));
    assert_eq!(telegram["meter"]["id"], "12345678");
    assert_eq!(telegram["meter"]["manufacturer"], "KAM");
    assert_eq!(telegram["meter"]["medium"], "heat");
    let reading = &telegram["readings"][0];
    assert_eq!(reading["quantity"], "energy");
    assert_eq!((&reading["value"], &reading["unit"]), (&"12345000".into(), &"Wh".into()));
    assert_eq!(reading["raw"], "0C0645230100");
    assert_eq!(reading["time"], "2027-11-22T14:30");
    let last = telegram["readings"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["storage"], &last["time"]), (&1.into(), &Json::Null));
    // The same object, whichever format it is in.
    let json = run(&["decode", "--format", "json", &frame]).must_exit(OK);
    assert_eq!(serde_json::from_str::<Vec<Json>>(&json.out).unwrap()[0], *telegram);
    let csv = run(&["decode", "--format", "csv", &frame]).must_exit(OK);
    assert_eq!(csv.out.lines().count(), 8);
    assert!(csv.out.contains(",energy,12345000,Wh,"), "{}", csv.out);
    let table = run(&["decode", &frame]).must_exit(OK);
    assert!(table.out.contains("temperature.flow 65.1 °C"), "{}", table.out);

    let file = Scratch::with("mbus.json", &decoded.out);
    let encoded = run(&["encode", &file.0]).must_exit(OK);
    assert_eq!(encoded.out.trim(), frame);
}

#[test]
fn every_octet_of_a_telegram_is_explained() {
    let frame = mbus_frame(HEAT);
    let told = run(&["decode", "--annotate", &frame]).must_exit(OK).out;
    for word in ["control", "identification", "manufacturer", "vif", "data", "stop"] {
        assert!(told.contains(word), "{word} is not in {told}");
    }
    let told = run(&["decode", "--annotate", "--format", "ndjson", &frame]).must_exit(OK);
    let annotation = told.records()[0]["annotation"].clone();
    let mut covered = vec![false; frame.len() / 2];
    cover(&annotation, &mut covered);
    assert!(covered.iter().all(|octet| *octet), "{annotation}");
}

/// Marks the octets that the leaves of an annotation speak of.
fn cover(nodes: &Json, covered: &mut [bool]) {
    for node in nodes.as_array().unwrap() {
        match node.get("fields") {
            Some(fields) => cover(fields, covered),
            None => {
                let number = |name: &str| usize::try_from(node[name].as_u64().unwrap()).unwrap();
                let (start, len) = (number("offset"), number("length"));
                covered[start..start + len].fill(true);
            }
        }
    }
}

/// A water meter's telegram without check sums, and the same in format A.
const RADIO: &str = "1e442d2c7856341201077a010000002f2f0c13452301000b3b210300046d1e2e763b";

fn radio() -> String {
    let len = RADIO.len() / 2 - 1;
    format!("{len:02x}{}", &RADIO[2..])
}

#[test]
fn radio_telegrams_are_decoded_with_check_sums_without_and_from_receivers() {
    let plain = radio();
    let decode = |capture: &str| {
        let decoded = run(&["decode", "--format", "ndjson", capture]).must_exit(OK);
        decoded.records().remove(0)
    };
    let telegram = decode(&plain);
    assert_eq!(telegram["layers"], serde_json::json!(["wireless", "tpl-short"]));
    assert_eq!(telegram["meter"]["medium"], "water");
    assert_eq!(telegram["readings"][0]["value"], "12.345");
    for layer in ["wireless-a", "wireless-b"] {
        let mut framed = telegram.clone();
        framed["layers"][0] = layer.into();
        let file = Scratch::with("radio.json", &framed.to_string());
        let octets = run(&["encode", &file.0]).must_exit(OK).out;
        let again = decode(octets.trim());
        assert_eq!(again["layers"][0], layer);
        assert_eq!(again["readings"], telegram["readings"]);
    }
    let line = format!("T1;1;1;2024-02-11 16:00:00.000;97;148;12345678;0x{plain}");
    let received = decode(&line);
    assert_eq!(received["readings"], telegram["readings"]);
    assert!(received["notes"].to_string().contains("rtl_wmbus"), "{received}");
    let file = Scratch::with("received.txt", &format!("# log\n{line}\n{plain}\n"));
    let both = run(&["decode", "--format", "ndjson", &file.0]).must_exit(OK).records();
    assert_eq!((both.len(), &both[0]["line"], &both[1]["line"]), (2, &2.into(), &3.into()));
}

#[test]
fn what_is_cut_short_is_told_in_its_own_terms() {
    let told = |capture: &str| {
        let told = run(&["decode", "--format", "ndjson", capture]).must_exit(INVALID);
        told.records()[0]["error"]["what"].as_str().unwrap().to_owned()
    };
    let plain = radio();
    let said = plain.len() / 2 - 1;
    assert_eq!(
        told(&plain[..40]),
        format!("octet 0, L field: length says {said}, 19 octets are left")
    );
    let frame = mbus_frame(HEAT);
    assert!(told(&frame[..20]).starts_with("octet 0, frame of variable length: "));
    assert!(told("107B").starts_with("octet 0, frame of fixed length: 5 octets needed"));
}

#[test]
fn a_spoilt_end_keeps_the_good_readings() {
    // The last record has a DIF and no more.
    let frame = mbus_frame(&format!("{HEAT} 04"));
    let told = run(&["decode", "--format", "ndjson", &frame]).must_exit(PARTIAL).records();
    assert_eq!(told[0]["readings"].as_array().unwrap().len(), 7);
    assert_eq!(told[0]["error"]["field"], "vif");
}

#[test]
fn a_reading_whose_check_sum_was_wrong_is_doubtful() {
    let line =
        |crc: u8| format!("T1;{crc};1;2024-02-11 16:00:00.000;97;148;12345678;0x{}", radio());
    let told = run(&["decode", "--format", "ndjson", &line(0)]).must_exit(PARTIAL).records();
    assert_eq!(told[0]["readings"][0]["quality"], "doubtful");
    let told = run(&["decode", "--format", "ndjson", &line(1)]).must_exit(OK).records();
    assert_eq!(told[0]["readings"][0]["quality"], "good");
}

#[test]
fn an_explanation_has_words_and_fits_a_terminal() {
    let told = run(&["decode", "--annotate", &mbus_frame(HEAT)]).must_exit(OK).out;
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    for words in [
        "dif: 8 digit BCD\n",
        "vif: energy, 10^3 Wh\n",
        "data: 12345000 Wh\n",
        "data: 2027-11-22T14:30\n",
        "dif: 32 bit integer, storage 1\n",
    ] {
        assert!(told.contains(words), "{words:?} is not in {told}");
    }
    let noise = run(&["decode", "--annotate", &"FF".repeat(100)]).must_exit(INVALID).out;
    assert!(noise.lines().all(|line| line.chars().count() <= 80), "{noise}");
}

#[test]
fn frames_without_records_are_named() {
    let named = |capture: &str, words: &str| {
        let told = run(&["decode", capture]).must_exit(OK).out;
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(words), "{words:?} is not in {told}");
    };
    let frame = |content: &str| mbus_frame(&format!("68 00 00 68 {content}"));
    named("E5", "response acknowledgement");
    named("1040014116", "request SND_NKE to address 1");
    named("107A017B16", "request REQ_UD1 to address 1");
    named("107B017C16", "request REQ_UD2 to address 1");
    named(&frame("08 01 70 08"), "application too busy");
    named(&frame("08 01 71 04"), "alarm, state 0x04");
    named(&frame("53 01 B8"), "300 baud");
    named(&frame("08 01 A0 DE AD"), "known to the manufacturer alone: DE AD");

    let own = frame("08 01 78 0F BE EF");
    named(&own, "BE EF");
    let told = run(&["decode", "--format", "ndjson", &own]).must_exit(OK).records();
    assert_eq!(told[0]["message"]["manufacturer_data"], "BEEF");

    let fixed = frame("08 01 73 78563412 0A 00 E9 7E 01000000 35010000");
    let told = run(&["decode", "--format", "ndjson", &fixed]).must_exit(OK).records();
    assert_eq!(told[0]["meter"]["medium"], "water");
    assert_eq!(told[0]["message"]["access_number"], 10);
    assert_eq!(told[0]["message"]["status"], 0);
}

#[test]
fn nothing_is_said_to_be_nothing() {
    for format in ["table", "ndjson"] {
        let ended = run(&["decode", "--format", format, "-"]).must_exit(INVALID);
        assert_eq!(ended.out, "");
        ended.must_say("nothing to decode");
    }
}

#[cfg(not(feature = "des"))]
#[test]
fn what_is_left_out_of_a_build_is_named() {
    // Mode 2, eight octets.
    let des = mbus_frame("68 00 00 68 08 01 7A 01 00 08 02 0102030405060708");
    let told = run(&["decode", "--format", "ndjson", &des]).must_exit(OK).records();
    assert!(told[0]["notes"][0].as_str().unwrap().contains("cargo feature `des`"), "{told:?}");
    let key = "ek=0011223344556677";
    run(&["decode", "--key", key, &des]).must_exit(INVALID);
}

/// Neither noise of Modbus nor, where length and control field are tag and length of a service, DLMS.
#[test]
fn a_key_that_fits_no_radio_telegram_makes_nothing_else_of_it() {
    let key = "ek=00112233445566778899AABBCCDDEEFF";
    let short = format!("1E442D2C7856341201077A01001005{}", "5A".repeat(16));
    let like_a_service = format!("4544304C7856341201077A01003005{}", "5A".repeat(55));
    for telegram in [short, like_a_service] {
        let told = run(&["decode", "--format", "ndjson", "--key", key, &telegram]);
        let told = told.must_exit(INVALID).records();
        assert_eq!((told.len(), &told[0]["protocol"]), (1, &"mbus".into()), "{told:?}");
        let why =
            "octet 15, encrypted payload: none of the given keys opens it; its sender's is needed";
        assert_eq!(told[0]["error"]["what"], why);
    }
}

/// Two octets more than the length says: what stands before them is told.
#[test]
fn records_before_a_wrong_end_of_a_radio_telegram_are_read() {
    let told = run(&[
        "decode",
        "--format",
        "ndjson",
        "16442D2C7856341201077A010000000C13785634120C137856",
    ]);
    let told = told.must_exit(PARTIAL).records();
    assert_eq!(told[0]["readings"][0]["value"], "12345.678", "{told:?}");
}

#[test]
fn formats_of_compact_frames_are_kept_in_a_file() {
    let full = mbus_frame("68 00 00 68 08 01 78 04 13 31 D4 00 00 02 5A D9 00");
    let path = scratch("formats.json");
    let decode =
        |capture: &str| run(&["decode", "--format", "ndjson", "--formats", &path, capture]);
    decode(&full).must_exit(OK);
    let saved = fs::read_to_string(&path).unwrap();
    assert!(saved.contains("\"0413025A\""), "{saved}");

    let records = [0x04, 0x13, 0x31, 0xD4, 0x00, 0x00, 0x02, 0x5A, 0xD9, 0x00];
    let compact = CompactFrame::of_full(&records, &[0x31, 0xD4, 0x00, 0x00, 0xD9, 0x00]);
    let mut octets = vec![0x79];
    compact.emit(&mut octets);
    let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let compact = mbus_frame(&format!("68 00 00 68 08 01 {hex}"));
    let expanded = decode(&compact).must_exit(OK).records();
    assert_eq!(expanded[0]["readings"][0]["value"], "54.321");
    let closed = run(&["decode", "--format", "ndjson", &compact]).records();
    assert!(closed[0]["notes"][0].as_str().unwrap().contains("is not known"), "{closed:?}");
    // What is no such file is said, and kept as it is.
    fs::write(&path, "{}").unwrap();
    decode(&full).must_exit(INVALID).must_say("holds no formats");
    assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
    fs::remove_file(&path).unwrap();
}

#[test]
fn the_protocol_is_found_by_itself_both_ways() {
    for (capture, protocol) in [
        ("0103006B00037417", "modbus"),
        ("000100000006010300000001", "modbus"),
        ("105B015C16", "mbus"),
        ("E5", "mbus"),
        ("6803036853FE50A116", "mbus"),
    ] {
        let decoded = run(&["decode", "--format", "ndjson", capture]).must_exit(OK);
        assert_eq!(decoded.records()[0]["protocol"], protocol, "{capture}");
    }
    // E5 somewhere in noise is no telegram.
    let noise = run(&["decode", "--format", "ndjson", "1122E53344"]).must_exit(INVALID);
    assert_eq!(noise.records()[0]["protocol"], "noise");
    run(&["decode", "--protocol", "modbus", "105B015C16"]).must_exit(INVALID);
    run(&["decode", "--protocol", "wmbus", &radio()]).must_exit(OK);
}

#[test]
fn a_spoilt_frame_is_said_with_its_octet() {
    let mut frame = mbus_frame(HEAT);
    frame.replace_range(20..22, "ff");
    let spoilt = run(&["decode", "--format", "ndjson", &frame]).must_exit(INVALID);
    let error = &spoilt.records()[0]["error"];
    assert!(error["what"].as_str().unwrap().contains("sum"), "{error}");
}

const HEAT_METER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/demo-heat.xml");
const RADIO_METER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/demo-water-radio.xml");

#[test]
fn a_meter_on_an_mbus_is_read_written_and_found() {
    let meter = Simulated::start(&[
        "--profile",
        HEAT_METER,
        "--media",
        "tcp-listen:127.0.0.1:0",
        "--still",
        "--set",
        "address=7",
        "--set",
        "id=1000000A",
    ]);
    let media = meter.media();
    let here = ["--profile", HEAT_METER, "--media", &media];
    let by =
        |set: &str, more: &[&str]| run(&[&["read"], &here[..], &["--set", set], more].concat());
    for set in ["address=7", "id=1000000A", "address=254", "id=1000000A GUR 1 4"] {
        let read = by(set, &["energy", "temperature_flow", "serial"]).must_exit(OK);
        for text in ["5678", "65.0", "1000000A"] {
            assert!(read.out.contains(text), "{set}: {text} is not in {}", read.out);
        }
    }
    by("id=99999999", &["--timeout", "50ms", "--resend", "0"]).must_exit(UNREACHABLE);
    let write = ["--set", "address=7", "location=attic"];
    let written = run(&[&["write"], &here[..], &write].concat()).must_exit(OK);
    assert!(written.out.contains("verified"), "{}", written.out);

    let scan = |more: &[&str]| {
        let begin = ["scan", "--protocol", "mbus", "--media", &media, "--timeout", "250ms"];
        run(&[&begin[..], &["--resend", "0", "--format", "ndjson"], more].concat())
    };
    let found = scan(&["--range", "5-8", "--profile", HEAT_METER]).must_exit(OK).records();
    assert_eq!((found.len(), &found[0]["address"]), (1, &7.into()));
    assert_eq!(found[0]["meter"]["medium"], "heat");
    assert_eq!(found[0]["profile"], "Demonstration meter, heat");
    let found = scan(&["--secondary", "100000FF"]).must_exit(OK).records();
    assert_eq!((found.len(), &found[0]["meter"]["id"]), (1, &"1000000A".into()));
    scan(&["--range", "1-2"]).must_exit(UNREACHABLE);
    scan(&["--range", "1,3"]).must_exit(USAGE);
}

#[test]
fn a_search_is_taken_up_again_where_it_was_left() {
    let meter = Simulated::start(&[
        "--profile",
        HEAT_METER,
        "--media",
        "tcp-listen:127.0.0.1:0",
        "--still",
        "--set",
        "address=3",
    ]);
    let (media, state) = (meter.media(), Scratch(scratch("state.json")));
    let scan = |more: &[&str]| {
        let begin = ["scan", "--protocol", "mbus", "--media", &media, "--timeout", "200ms"];
        let keep = ["--resend", "0", "--range", "1-9", "--state", &state.0, "--format", "ndjson"];
        run(&[&begin[..], &keep, more].concat())
    };
    let first = scan(&["--budget", "900ms"]);
    assert!(fs::exists(&state.0).unwrap(), "{}{}", first.out, first.err);
    let second = scan(&[]).must_exit(OK);
    assert!(!fs::exists(&state.0).unwrap());
    assert_eq!(second.records()[0]["address"], 3, "{}", second.out);
    assert_eq!(second.out.lines().count(), 1);
}

#[test]
fn a_meter_that_is_encrypted_is_heard_with_its_key_alone() {
    let key = "key=000102030405060708090A0B0C0D0E0F";
    let meter = Simulated::start(&[
        "--profile",
        RADIO_METER,
        "--media",
        "tcp-listen:127.0.0.1:0",
        "--still",
        "--transport",
        "wireless",
        "--set",
        key,
    ]);
    let media = meter.media();
    let read = |more: &[&str]| {
        let begin = ["read", "--profile", RADIO_METER, "--media", &media];
        run(&[&begin[..], &["--transport", "wireless", "--timeout", "3s"], more].concat())
    };
    let readings = read(&["--set", key]).must_exit(OK);
    assert!(readings.out.contains("42.195"), "{}", readings.out);
    read(&[]).must_exit(UNREACHABLE);
    let heard =
        run(&["scan", "--protocol", "wmbus", "--media", &media, "--budget", "1s"]).must_exit(OK);
    assert!(heard.out.contains("20000001") && heard.out.contains("mode 5"), "{}", heard.out);

    // The same telegram as a line of hex.
    let mut line = String::new();
    BufReader::new(TcpStream::connect(&meter.place).unwrap()).read_line(&mut line).unwrap();
    let decode = |more: &[&str]| {
        run(&[&["decode", "--format", "ndjson", line.trim()], more].concat())
            .must_exit(OK)
            .records()
    };
    let closed = &decode(&[])[0];
    assert_eq!(closed["readings"], serde_json::json!([]));
    assert!(closed["notes"].to_string().contains("mode 5"), "{closed}");
    for name in ["ek", "20000001"] {
        let key = key.replace("key=", &format!("{name}="));
        let opened = decode(&["--key", &key, "--annotate"]).remove(0);
        assert_eq!(opened["readings"][0]["value"], "42.195", "{opened}");
        let file = Scratch::with("sealed.json", &opened.to_string());
        let encoded = run(&["encode", &file.0]).must_exit(OK);
        assert_eq!(encoded.out.trim(), line.trim());
    }
    let other = key.replace("key=", "11111111=");
    assert_eq!(decode(&["--key", &other])[0]["readings"], serde_json::json!([]));
}
