//! Meters push to the command, over TCP, UDP and a line.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod command;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value as Json;

use crate::command::{OK, PARTIAL, Scratch, USAGE, command, run};

const KEY: &str = "000102030405060708090A0B0C0D0E0F";
const AUTHENTICATION_KEY: &str = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF";
const TITLES: [&str; 2] = ["4D4D4D0000000001", "4D4D4D0000000002"];

/// An OBIS code, a value, scaler and unit.
const PUSH: &str =
    "0F 00 00 00 07 00 02 01 02 03 09 06 01 00 01 08 00 FF 06 00 00 04 D2 02 02 0F 00 16 1E";

/// A push of the meter with this title, under this counter, in this carrier.
fn push(title: &str, counter: u32, carrier: &str) -> Vec<u8> {
    let xml = run(&["decode", "--format", "xml", PUSH]).must_exit(OK).out;
    let file = Scratch::with("push.xml", &xml);
    let keys = format!("ek={KEY},ak={AUTHENTICATION_KEY},title={title}");
    let counter = counter.to_string();
    let mut arguments = vec!["encode", "--seal", "both", "--counter", &counter, "--key", &keys];
    arguments.extend(["--protocol", carrier, "--from", "1", "--to", "16", &file.0]);
    hex(run(&arguments).must_exit(OK).out.trim())
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

/// `gurux-ami listen` at work.
struct Listening {
    child: Child,
    out: BufReader<ChildStdout>,
    place: String,
}

impl Listening {
    #[track_caller]
    fn start(arguments: &[&str]) -> Self {
        let arguments = [&["listen", "--duration", "20s"], arguments].concat();
        let mut child = command(&arguments).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let place = match serde_json::from_str::<Json>(&line) {
            Ok(json) => json["listening"].as_str().unwrap().to_owned(),
            Err(_) => line
                .trim()
                .strip_prefix("listening on ")
                .unwrap_or_else(|| panic!("{line}"))
                .to_owned(),
        };
        Self { child, out, place }
    }

    /// The rest of what it says, when it has ended with this code.
    #[track_caller]
    fn ended(mut self, code: i32) -> String {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(code), "{rest}{err}");
        rest
    }
}

fn records(out: &str) -> Vec<Json> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn pushes_of_many_meters_become_readings() {
    let keys = format!("{}={KEY},{}={KEY},ak={AUTHENTICATION_KEY}", TITLES[0], TITLES[1]);
    let more =
        ["--media", "tcp-listen:127.0.0.1:0", "--format", "ndjson", "--count", "3", "--key", &keys];
    let listening = Listening::start(&more);
    // Two meters at once, each in pieces; one has HDLC in its connection.
    let mut first = TcpStream::connect(&listening.place).unwrap();
    let mut second = TcpStream::connect(&listening.place).unwrap();
    let (a, b) = (push(TITLES[0], 5, "dlms-wrapper"), push(TITLES[1], 5, "dlms-hdlc"));
    first.write_all(&a[..20]).unwrap();
    second.write_all(&b[..30]).unwrap();
    first.write_all(&a[20..]).unwrap();
    second.write_all(&b[30..]).unwrap();
    // The same once more on a connection of its own, a stranger's, and a newer one.
    let mut third = TcpStream::connect(&listening.place).unwrap();
    let mut found = records(&{
        let mut lines = String::new();
        let mut listening = listening;
        for _ in 0..2 {
            listening.out.read_line(&mut lines).unwrap();
        }
        third.write_all(&a).unwrap();
        third.write_all(&push("4D4D4D0000000009", 1, "dlms-wrapper")).unwrap();
        third.write_all(&push(TITLES[0], 6, "dlms-wrapper")).unwrap();
        lines + &listening.ended(PARTIAL)
    });
    assert_eq!(found.len(), 5);
    let tail = found.split_off(2);
    found.sort_by_key(|record| record["meter"].to_string());
    for (record, title) in found.iter().zip(TITLES) {
        assert_eq!(record["meter"], title);
        assert_eq!((&record["verified"], &record["counter"]), (&true.into(), &5.into()));
        let reading = &record["readings"][0];
        let said = ["obis", "value", "unit"].map(|name| reading[name].as_str().unwrap_or("-"));
        assert_eq!(said, ["1-0:1.8.0*255", "1234", "Wh"]);
    }
    let what = |at: usize| tail[at]["what"].as_str().unwrap().to_owned();
    assert!(
        what(0).starts_with("refused: the invocation counter was there already"),
        "{}",
        what(0)
    );
    assert!(what(1).contains("no keys of the meter 4D4D4D0000000009 (--key 4D4D4D"), "{}", what(1));
    assert_eq!(tail[2]["counter"], 6);
}

#[test]
fn datagrams_and_tables() {
    let keys = format!("ek={KEY}");
    let listening =
        Listening::start(&["--media", "udp-listen:127.0.0.1:0", "--count", "2", "--key", &keys]);
    let meter = UdpSocket::bind("127.0.0.1:0").unwrap();
    meter.connect(&listening.place).unwrap();
    meter.send(&push(TITLES[0], 1, "dlms-wrapper")).unwrap();
    meter.send(&hex("0001000100100005C401C10001")).unwrap();
    // In clear, and it wants to be confirmed.
    let clear = PUSH.replace(' ', "").replacen("0F00", "0F40", 1);
    let clear = hex(&clear);
    let header = [0, 1, 0, 1, 0, 16, 0, clear.len() as u8];
    meter.send(&[&header[..], &clear].concat()).unwrap();
    let mut answer = [0; 64];
    let count = meter.recv(&mut answer).unwrap();
    assert_eq!(answer[..count], hex("000100100001000610400000 0700".replace(' ', "").as_str()));
    let table = listening.ended(PARTIAL);
    assert!(table.contains("push, decrypted unverified, meter 4D4D4D0000000001"), "{table}");
    assert!(table.contains("  1-0:1.8.0*255 active energy import, total: 1234 Wh"), "{table}");
    assert!(table.contains("refused: get-response is no push"), "{table}");
    assert!(table.contains("push in clear, confirmed"), "{table}");
}

#[test]
fn what_cannot_be_listened_to_is_said() {
    run(&["listen", "--media", "tcp-listen:127.0.0.1:0", "--key", "nonsense=00"])
        .must_exit(USAGE)
        .must_say("is the name of no key");
    run(&["listen", "--media", "serial:/dev/nowhere,9600"]).must_say("/dev/nowhere");
    let none = run(&["listen", "--media", "tcp-listen:127.0.0.1:0", "--duration", "50ms"]);
    none.must_exit(OK);
}
