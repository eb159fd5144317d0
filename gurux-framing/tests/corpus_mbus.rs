//! True frames of wired and wireless M-Bus: cut, proven, stripped and made again.
//!
//! Only what frames are is compared here; what is in them is the business of another crate. A frame that
//! the corpus knows to be odd must be refused, at the right octet, or cut where its length says.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]

use std::path::{Path, PathBuf};

use gurux_framing::rule::RuleDeframer;
use gurux_framing::rules::ft12;
use gurux_framing::wireless::{
    FrameFormat, MAX_LEN, MAX_TELEGRAM_LEN, Salvaged, Wireless, detect, strip,
};
use gurux_framing::{Deframe, Step, WireErrorKind};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value as Json;

const FILES: [&str; 6] = [
    "jmbus.jsonl",
    "libmbus.jsonl",
    "m-bus-parser.jsonl",
    "other.jsonl",
    "pymeterbus.jsonl",
    "wmbusmeters.jsonl",
];

fn main() {
    let corpus = std::env::var_os("GURUX_CORPUS")
        .map_or_else(|| PathBuf::from("../../shared/corpus"), PathBuf::from)
        .join("mbus");
    let mut trials = Vec::new();
    for file in FILES {
        let path = corpus.join(file);
        let missing = !path.is_file();
        if missing {
            println!("{file}: ignored: there is no {}", path.display());
        }
        let trial = Trial::test(file, move || compare(file, &path));
        trials.push(trial.with_ignored_flag(missing));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn compare(file: &str, path: &Path) -> Result<(), Failed> {
    let (mut agree, mut disagree) = (0, 0);
    for line in std::fs::read_to_string(path)?.lines().filter(|line| !line.is_empty()) {
        let entry: Json = serde_json::from_str(line)?;
        let octets = hex(entry["hex"].as_str().ok_or("an entry has no hex")?)?;
        let oddity = entry["expect"]["envelope"].as_str();
        let result = match entry["kind"].as_str() {
            Some("wired") => wired(&octets, oddity),
            Some("wireless-a") => with_crcs(FrameFormat::A, &octets),
            Some("wireless-b") => with_crcs(FrameFormat::B, &octets),
            Some("wireless-nocrc") => without_crcs(&octets, oddity),
            kind => Err(format!("kind {kind:?}")),
        };
        match result {
            Ok(()) => agree += 1,
            Err(why) => {
                println!("{}: {why}", entry["id"]);
                disagree += 1;
            }
        }
    }
    println!("mbus/{file}: agree {agree}, disagree {disagree}, listed 0, driver 0");
    if disagree == 0 && agree > 0 { Ok(()) } else { Err(format!("{disagree} disagree").into()) }
}

/// A frame that is one and whole, or one that is refused for what the corpus says is odd.
fn wired(octets: &[u8], oddity: Option<&str>) -> Result<(), String> {
    let mut deframer = RuleDeframer::new(ft12::MBUS);
    match (deframer.finish(octets), oddity) {
        (Step::Frame { frame, .. }, None) if frame == octets => {
            let content = ft12::content(frame).map_err(|why| why.to_string())?;
            let rule = &deframer.rules()[deframer.rule_index()];
            let mut again = vec![0; octets.len()];
            let len = rule.wrap(&[], content, &mut again).map_err(|why| why.to_string())?;
            same(&again[..len], octets)
        }
        (Step::Skip { why, .. }, Some(oddity)) => {
            let expected = match (oddity, why.kind) {
                ("checksum", WireErrorKind::Checksum { .. }) => octets.len() - 2,
                ("stop byte", WireErrorKind::Fixed { expected: 0x16, .. }) => octets.len() - 1,
                ("start", WireErrorKind::Expected(_)) => 0,
                _ => return Err(format!("{oddity}: refused for {why}")),
            };
            if why.offset == expected { Ok(()) } else { Err(format!("{oddity}: refused at {why}")) }
        }
        (step, oddity) => Err(format!("{oddity:?}: {step:?}")),
    }
}

/// A frame whose check sums are all good, told by them.
fn with_crcs(format: FrameFormat, octets: &[u8]) -> Result<(), String> {
    if detect(octets) != Some(format) {
        return Err(format!("told to be {:?}", detect(octets)));
    }
    let mut room = [0; MAX_TELEGRAM_LEN];
    let (found, telegram) = strip(octets, &mut room).map_err(|why| why.to_string())?;
    let mut again = [0; MAX_LEN];
    let len = found.wrap(telegram, &mut again).map_err(|why| why.to_string())?;
    same(&again[..len], octets)?;
    let step = Wireless::detecting().finish(octets);
    if step == (Step::Frame { frame: octets, used: octets.len() }) {
        return Ok(());
    }
    Err(format!("cut as {step:?}"))
}

/// A telegram that a receiver took the check sums off: in its length, with what follows it, or cut short.
fn without_crcs(octets: &[u8], oddity: Option<&str>) -> Result<(), String> {
    let counted = octets.first().map_or(0, |length| usize::from(*length) + 1);
    if counted > octets.len() {
        let why = FrameFormat::NoCrc.check(octets).map_err(|why| (why.offset, why.kind));
        let truncated = WireErrorKind::Truncated { needed: counted, available: octets.len() };
        let refused = detect(octets).is_none() && why == Err((0, truncated));
        return if refused && oddity.is_some() { Ok(()) } else { Err(format!("{why:?}")) };
    }
    // The length of format A, its first check sum, and no more: a frame that was cut, with its sender.
    if let (Some(FrameFormat::A), Some(_)) = (detect(octets), oddity) {
        let mut room = [0; MAX_TELEGRAM_LEN];
        return match FrameFormat::A.salvage(octets, &mut room) {
            Ok(Salvaged { telegram, fault: Some(_) }) => same(telegram, &octets[..telegram.len()]),
            salvaged => Err(format!("{salvaged:?}")),
        };
    }
    if detect(octets) != Some(FrameFormat::NoCrc) || (counted < octets.len()) != oddity.is_some() {
        return Err(format!("told to be {:?}, {oddity:?}", detect(octets)));
    }
    let mut room = [0; MAX_TELEGRAM_LEN];
    let (_, telegram) = strip(octets, &mut room).map_err(|why| why.to_string())?;
    same(telegram, &octets[..counted])?;
    // With check sums it comes back.
    for format in [FrameFormat::A, FrameFormat::B] {
        let (mut frame, mut room) = ([0; MAX_LEN], [0; MAX_TELEGRAM_LEN]);
        let Ok(len) = format.wrap(telegram, &mut frame) else { continue };
        let found = strip(&frame[..len], &mut room).map_err(|why| why.to_string())?;
        if found != (format, telegram) {
            return Err(format!("in format {format:?} it comes back as {:?}", found.0));
        }
    }
    Ok(())
}

fn same(found: &[u8], expected: &[u8]) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("made {found:02X?}")) }
}

fn hex(text: &str) -> Result<Vec<u8>, Failed> {
    let digits = |at| text.get(at..at + 2).ok_or("hexadecimal digits come in pairs");
    (0..text.len()).step_by(2).map(|at| Ok(u8::from_str_radix(digits(at)?, 16)?)).collect()
}
