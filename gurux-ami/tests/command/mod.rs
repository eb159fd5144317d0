//! Runs of the binary: what they leave behind, and how they end.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

// How a run ends.
pub(crate) const OK: i32 = 0;
pub(crate) const USAGE: i32 = 1;
pub(crate) const PARTIAL: i32 = 2;
pub(crate) const UNREACHABLE: i32 = 3;
pub(crate) const REFUSED: i32 = 4;
pub(crate) const INVALID: i32 = 5;

/// What a run left behind.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl Ended {
    #[track_caller]
    pub(crate) fn must_exit(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nout: {}\nerr: {}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn must_say(self, sentence: &str) -> Self {
        assert!(self.err.contains(sentence), "{sentence:?} is not in {:?}", self.err);
        self
    }

    pub(crate) fn records(&self) -> Vec<Json> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gurux-ami"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to the end, which must come within half a minute, and without a panic.
#[track_caller]
pub(crate) fn run(arguments: &[&str]) -> Ended {
    let begun_at = Instant::now();
    let mut child = command(arguments).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        if begun_at.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("{arguments:?} did not end");
        }
        thread::sleep(Duration::from_millis(2));
    }
    let took = begun_at.elapsed();
    ended(child.wait_with_output().unwrap(), took)
}

#[track_caller]
pub(crate) fn ended(output: Output, took: Duration) -> Ended {
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(!err.contains("panicked") && !err.contains("backtrace"), "{err}");
    Ended { code: output.status.code().unwrap(), out, err, took }
}

/// A path that nobody else uses.
pub(crate) fn scratch(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("gurux-cli-{}-{number}-{name}", std::process::id());
    std::env::temp_dir().join(name).display().to_string()
}

/// A file that goes with its name.
pub(crate) struct Scratch(pub(crate) String);

impl Scratch {
    pub(crate) fn with(name: &str, text: &str) -> Self {
        let file = Self(scratch(name));
        fs::write(&file.0, text).unwrap();
        file
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}

/// `gurux-ami simulate` at work.
pub(crate) struct Simulated {
    pub(crate) child: Child,
    pub(crate) place: String,
}

impl Simulated {
    #[track_caller]
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let arguments = [&["simulate"], arguments].concat();
        let mut child = command(&arguments).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let place = line.trim().strip_prefix("listening on ");
        let place = place.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, place }
    }

    pub(crate) fn media(&self) -> String {
        format!("tcp:{}", self.place)
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
