//! The command polls a site over real sockets.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod command;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::command::{
    Ended, INVALID, OK, PARTIAL, Scratch, Simulated, UNREACHABLE, command, ended, run,
};

const PROFILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../profiles/gurux");

fn meter() -> Simulated {
    let profile = format!("{PROFILES}/demo-three-phase.xml");
    Simulated::start(&["--profile", &profile, "--media", "tcp-listen:127.0.0.1:0", "--still"])
}

fn site(devices: &str) -> String {
    format!("<Site xmlns='urn:gurux-ami:site:1' Name='test'>\n{devices}</Site>")
}

fn device(name: &str, media: &str, poll: &str) -> String {
    format!(
        "<Device Name='{name}' Profile='{PROFILES}/demo-three-phase.xml'>\
         <Media>{media}</Media><Poll {poll}/></Device>\n"
    )
}

/// `gurux-ami poll` at work.
struct Polling {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Polling {
    fn start(arguments: &[&str]) -> Self {
        let mut child =
            command(&[&["poll", "--duration", "25s"], arguments].concat()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// The next reading.
    #[track_caller]
    fn next(&mut self) -> Json {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"))
    }

    /// The next reading of a device.
    #[track_caller]
    fn next_of(&mut self, device: &str) -> Json {
        (0..200)
            .map(|_| self.next())
            .find(|reading| reading["device"] == device)
            .unwrap_or_else(|| panic!("nothing of {device}"))
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    #[track_caller]
    fn end(mut self) -> Ended {
        let mut rest = Vec::new();
        self.out.read_to_end(&mut rest).unwrap();
        let mut output = self.child.wait_with_output().unwrap();
        output.stdout = rest;
        ended(output, Duration::ZERO)
    }
}

#[test]
fn what_is_read_comes_as_it_is_read_and_a_stop_is_in_order() {
    let meter = meter();
    let file = Scratch::with(
        "site.xml",
        &site(&device("feeder", &meter.media(), "Property='import' Interval='200ms'")),
    );
    let mut polling = Polling::start(&[&file.0]);
    let (first, second) = (polling.next(), polling.next());
    for reading in [&first, &second] {
        assert_eq!(reading["device"], "feeder");
        assert_eq!(reading["property"], "import");
        assert_eq!(reading["value"], "1234567890");
        assert_eq!(reading["unit"], "Wh");
        assert_eq!(reading["poll"], "import");
    }
    let time =
        |reading: &Json, of: &str| reading[of].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(time(&first, "tick") < time(&second, "tick"), "{first} {second}");
    assert!(time(&first, "tick") <= time(&first, "received_at"), "{first}");
    polling.signal("-TERM");
    polling.end().must_exit(OK).must_say("stopping");
}

#[test]
fn a_site_that_is_read_again_keeps_the_lines_that_stayed_the_same() {
    let (one, two) = (meter(), meter());
    let old = device("one", &one.media(), "Property='import' Interval='200ms'");
    let file = Scratch::with("site.xml", &site(&old));
    let mut polling = Polling::start(&[&file.0]);
    polling.next();
    // A file that is wrong changes nothing.
    fs::write(&file.0, site("<Device/>")).unwrap();
    polling.signal("-HUP");
    polling.next_of("one");
    let new = device("two", &two.media(), "Property='import' Interval='200ms'");
    fs::write(&file.0, site(&(old + &new))).unwrap();
    polling.signal("-HUP");
    polling.next_of("two");
    polling.next_of("one");
    // And one is taken away.
    fs::write(&file.0, site(&new)).unwrap();
    polling.signal("-HUP");
    (0..200).find(|_| polling.next()["device"] == "two").unwrap();
    polling.signal("-INT");
    let ended = polling.end().must_exit(OK);
    assert!(ended.err.contains("2:1: Device needs the attribute Name"), "{}", ended.err);
    assert!(ended.err.contains("all goes on as before"), "{}", ended.err);
    assert!(ended.err.contains("stopped=0 started=1"), "{}", ended.err);
    assert!(ended.err.contains("stopped=1 started=0"), "{}", ended.err);
    // Its connection was opened once, and never dropped meanwhile.
    let opened = format!("open line=\"one\" medium={}", one.media());
    assert_eq!(ended.err.matches(&opened).count(), 1, "{}", ended.err);
}

#[test]
fn a_meter_that_is_away_does_not_stop_the_others_and_is_told_once() {
    let meter = meter();
    let devices = device("gone", "tcp:127.0.0.1:1", "Interval='200ms'")
        + &device("here", &meter.media(), "Property='import' Interval='200ms'");
    let file = Scratch::with("site.xml", &site(&devices));
    let mut polling = Polling::start(&[&file.0]);
    (0..8).for_each(|_| assert_eq!(polling.next()["device"], "here"));
    polling.signal("-TERM");
    let ended = polling.end().must_exit(OK).must_say("Connection refused");
    let told = ended.err.lines().filter(|line| line.contains("device=gone")).count();
    assert_eq!(told, 1, "{}", ended.err);
}

#[test]
fn a_second_way_is_taken_where_the_first_leads_nowhere() {
    let meter = meter();
    let media = format!("tcp:127.0.0.1:1</Media><Media>{}", meter.media());
    let file = Scratch::with(
        "site.xml",
        &site(&device("a", &media, "Property='import' Interval='200ms'")),
    );
    let mut polling = Polling::start(&[&file.0]);
    assert_eq!(polling.next()["value"], "1234567890");
    polling.signal("-TERM");
    polling.end().must_exit(OK);
}

#[test]
fn a_reader_that_is_gone_ends_the_poller() {
    let meter = meter();
    let file = Scratch::with("site.xml", &site(&device("a", &meter.media(), "Interval='100ms'")));
    let mut polling = Polling::start(&[&file.0]);
    polling.next();
    let Polling { child, out } = polling;
    drop(out);
    let ended = ended(child.wait_with_output().unwrap(), Duration::ZERO);
    ended.must_exit(PARTIAL).must_say("could not be kept: Broken pipe");
}

#[test]
fn a_check_shows_what_would_be_read_and_where_a_site_is_wrong() {
    let devices = device("a", "tcp:127.0.0.1:1", "Interval='15m'")
        + &device("b", "tcp:127.0.0.1:2", "Property='import power' At='02:00' Name='night'");
    let file = Scratch::with("site.xml", &site(&devices));
    let shown = run(&["poll", "--check", "--format", "ndjson", &file.0]).must_exit(OK).records();
    assert_eq!((&shown[0]["poll"], &shown[1]["poll"]), (&"all".into(), &"night".into()));
    assert_eq!(shown[1]["properties"], 2);
    assert!(shown[1]["first"].as_str().unwrap().ends_with("T02:00:00Z"));
    fs::write(&file.0, site(&devices).replace("Interval='15m'", "Intervall='15m'")).unwrap();
    let ended = run(&["poll", "--check", &file.0]).must_exit(INVALID);
    assert!(ended.err.contains("site.xml:2:"), "{}", ended.err);
    assert!(ended.err.contains("Poll has no attribute Intervall"), "{}", ended.err);
}

#[test]
fn numbers_and_health_are_told_over_http() {
    let meter = meter();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text =
        format!("<Metrics Address='{port}'/>{}", device("a", &meter.media(), "Interval='100ms'"));
    let file = Scratch::with("site.xml", &site(&text));
    let mut polling = Polling::start(&[&file.0]);
    polling.next();
    let get = |path: &str| {
        use std::io::Write as _;
        let mut stream = std::net::TcpStream::connect(port).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let numbers = get("/metrics");
    assert!(numbers.starts_with("HTTP/1.1 200"), "{numbers}");
    assert!(numbers.contains("gurux_line_open{line=\"a\"} 1"), "{numbers}");
    assert!(numbers.contains("outcome=\"good\""), "{numbers}");
    let health = get("/health");
    assert!(health.contains("{\"status\":\"ok\""), "{health}");
    assert!(get("/").starts_with("HTTP/1.1 404"));
    let told = run(&["health", &file.0, "--format", "ndjson"]).must_exit(OK).records();
    assert_eq!((&told[0]["what"], &told[0]["how"]), (&"status".into(), &"ok".into()));
    run(&["health", &port.to_string()]).must_exit(OK);
    polling.signal("-TERM");
    polling.end().must_exit(OK);
    run(&["health", &file.0]).must_exit(UNREACHABLE).must_say("refused");
}
