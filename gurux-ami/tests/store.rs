//! What is polled stays: in the store, whatever becomes of the poller.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod command;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::command::{INVALID, OK, PARTIAL, Scratch, Simulated, USAGE, command, run, scratch};

const PROFILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../profiles/gurux");

/// A folder for a store, gone after the test.
struct Folder(String);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = scratch(name);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn store(&self) -> String {
        format!("{}/readings.db", self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn meter() -> Simulated {
    let profile = format!("{PROFILES}/demo-three-phase.xml");
    Simulated::start(&["--profile", &profile, "--media", "tcp-listen:127.0.0.1:0", "--still"])
}

fn site(store: &str, inner: &str, meter: &Simulated, poll: &str) -> Scratch {
    let text = format!(
        "<Site xmlns='urn:gurux-ami:site:1' Name='north' TimeZone='Europe/Helsinki'>{inner}\n\
         <Store File='{store}'/>\n\
         <Device Name='feeder' Profile='{PROFILES}/demo-three-phase.xml'>\
         <Media>{}</Media><Poll {poll}/></Device></Site>",
        meter.media()
    );
    Scratch::with("site.xml", &text)
}

#[test]
fn what_was_polled_is_reported_and_exported() {
    let (folder, meter) = (Folder::new("report"), meter());
    let store = folder.store();
    let site = site(&store, "", &meter, "Interval='250ms'");
    run(&["poll", &site.0, "--duration", "1500ms"]).must_exit(OK);

    let latest = run(&["report", "latest", &site.0, "--format", "ndjson"]).must_exit(OK).records();
    let import = latest.iter().find(|row| row["property"] == "import").unwrap();
    assert_eq!((&import["value"], &import["unit"]), (&"1234567890".into(), &"Wh".into()));
    assert_eq!((&import["device"], &import["quality"]), (&"feeder".into(), &"good".into()));

    let exported = run(&["export", &store, "--property", "import"]).must_exit(OK).out;
    let lines: Vec<_> = exported.lines().collect();
    assert_eq!(lines[0], "device,property,time,value,unit,quality,quantity,obis,received_at");
    assert!(lines.len() >= 5, "{exported}");
    for line in &lines[1..] {
        assert!(
            line.starts_with("feeder,import,20") && line.contains("Z,1234567890,Wh,good,"),
            "{line}"
        );
    }
    let series = run(&["report", "series", &store, "--property", "import"]).must_exit(OK).out;
    assert_eq!(series.lines().count() - 2, lines.len() - 1, "{series}");

    let arguments = ["report", "completeness", &site.0, "--format", "ndjson"];
    let complete = run(&arguments).must_exit(OK).records().remove(0);
    assert_eq!(complete["device"], "feeder");
    assert!(complete["due"].as_u64() > complete["read"].as_u64(), "a day was due: {complete}");
    assert!(complete["read"].as_u64().unwrap() >= 4, "{complete}");
    let quality =
        run(&["report", "quality", &site.0, "--format", "ndjson"]).must_exit(OK).records();
    assert_eq!(quality[0]["rounds"]["good"], complete["read"]);

    let used = run(&["report", "consumption", &site.0, "--bucket", "hour", "--format", "ndjson"]);
    let used = used.must_exit(OK).records();
    let now = used.iter().rfind(|line| line["property"] == "import").unwrap();
    assert_eq!((&now["amount"], &now["remarks"][1]), (&"0".into(), &"so far".into()));

    let page = format!("{}/north.html", folder.0);
    run(&["report", "page", &site.0, "--output", &page]).must_exit(OK);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<svg") && page.contains("1234567890"));
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn what_is_not_there_is_told() {
    let (folder, meter) = (Folder::new("absent"), meter());
    let store = folder.store();
    let site = site(&store, "", &meter, "Interval='1s'");
    run(&["report", "latest", &site.0]).must_exit(INVALID).must_say("there is no store yet");
    run(&["poll", &site.0, "--duration", "1200ms"]).must_exit(OK);
    run(&["report", "latest", &site.0, "--device", "feader"])
        .must_exit(USAGE)
        .must_say("the store has no device feader; did you mean feeder?");
    run(&["report", "series", &site.0, "--from", "2001-01-01", "--to", "2001-01-02"])
        .must_exit(PARTIAL)
        .must_say("there is nothing in this span");
    run(&["report", "series", &site.0, "--from", "yesterday"]).must_exit(USAGE);
    run(&["report", "latest", &store, "--zone", "Mars"]).must_exit(USAGE).must_say("time zone");
    run(&["report", "series", &site.0, "--from", "2026-02-01", "--to", "2026-01-01"])
        .must_exit(USAGE)
        .must_say("--from is behind --to");
    fs::write(&store, "no database at all, but a text that is long enough to be looked into")
        .unwrap();
    run(&["poll", &site.0, "--duration", "1s"]).must_exit(INVALID).must_say("no SQLite database");
}

/// A poller that is ended in the middle of what it does.
struct Victim {
    child: Child,
    address: SocketAddr,
}

impl Victim {
    fn start(site: &str, address: SocketAddr) -> Self {
        let mut command = command(&["poll", site, "--duration", "30s"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, address }
    }

    /// How many values it says are stored; `None` while it does not listen yet.
    fn stored(&self) -> Option<u64> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        let request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let line = answer.lines().find(|line| line.starts_with("gurux_stored_total "))?;
        line.rsplit_once(' ')?.1.parse().ok()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Nothing that was said to be stored is lost, nothing is there twice, and the database opens each time.
#[test]
fn a_kill_loses_nothing_that_was_stored() {
    let (folder, meter) = (Folder::new("kill"), meter());
    let store = folder.store();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let metrics = format!("<Metrics Address='{address}'/>");
    let site = site(&store, &metrics, &meter, "Property='import' Interval='100ms'");
    let (mut promised, mut seed) = (0, 7_u64);
    for run_number in 0..10 {
        let victim = Victim::start(&site.0, address);
        // Somewhere in gathering, writing, or between.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let until = Instant::now() + Duration::from_secs(10);
        while victim.stored().unwrap_or(0) == 0 && Instant::now() < until {
            sleep(Duration::from_millis(10));
        }
        sleep(Duration::from_millis(seed >> 56));
        let said = victim.stored().unwrap();
        drop(victim);
        assert!(said > 0, "run {run_number}");
        promised += said;
        let exported = run(&["export", &store]).must_exit(OK).out;
        let mut times: Vec<&str> =
            exported.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
        assert!(times.len() as u64 >= promised, "{} of {promised}", times.len());
        let count = times.len();
        times.sort_unstable();
        times.dedup();
        assert_eq!(times.len(), count);
    }
}
