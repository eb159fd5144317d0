//! The tables, row by row against lists of codes that others made.
//!
//! The lists are `$GURUX_REFERENCE/mbus`, or lie beside the checkout; without them the tests are
//! reported as ignored.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::path::PathBuf;

use gurux_framing::Direction;
use gurux_mbus::table::{Content, HeaderKind, lookup_ci, lookup_device_type, lookup_security_mode};
use gurux_mbus::wire::{CiField, DeviceType, Manufacturer, SecurityMode};
use libtest_mimic::{Arguments, Failed, Trial};

/// A row of a list: its fields in order.
type Row = csv::StringRecord;

fn main() {
    let folder = std::env::var_os("GURUX_REFERENCE").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/reference")),
        PathBuf::from,
    );
    let folder = folder.join("mbus");
    let missing = !folder.is_dir();
    if missing {
        eprintln!("ignored: there are no lists of codes in {}", folder.display());
    }
    let trial = |name: &'static str, check: fn(&Row) -> Result<usize, String>| {
        let path = folder.join(name);
        let run = move || {
            let mut reader = csv::Reader::from_path(&path).map_err(|error| error.to_string())?;
            let mut compared = 0;
            let mut wrong = Vec::new();
            for row in reader.records() {
                match check(&row.map_err(|error| error.to_string())?) {
                    Ok(codes) => compared += codes,
                    Err(why) => wrong.push(why),
                }
            }
            match (compared, wrong.as_slice()) {
                (0, _) => Err(Failed::from("nothing was compared")),
                (_, []) => Ok(()),
                _ => Err(Failed::from(wrong.join("\n"))),
            }
        };
        Trial::test(name, run).with_ignored_flag(missing)
    };
    let trials = vec![
        trial("ci_fields.csv", ci_field),
        trial("device_types.csv", device_type),
        trial("security_modes.csv", security_mode),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn field(row: &Row, index: usize) -> &str {
    row.get(index).unwrap_or_default()
}

/// from, to, meaning, layer, header, direction.
fn ci_field(row: &Row) -> Result<usize, String> {
    let code = |index| u8::from_str_radix(field(row, index), 16).unwrap();
    let (meaning, layer, header, direction) =
        (field(row, 2), field(row, 3), field(row, 4), field(row, 5));
    for code in code(0)..=code(1) {
        let found = lookup_ci(CiField::new(code));
        let wrong = |what: &str| Err(format!("{code:02X} {meaning}: {what}: {found:?}"));
        let Some(found) = found else {
            if meaning == "reserved" {
                continue;
            }
            return wrong("is missing");
        };
        if meaning == "reserved" {
            return wrong("is reserved");
        }
        let own = match found.content {
            Content::Ell => "ELL",
            Content::Nwl => "NWL",
            Content::Afl => "AFL",
            Content::SetBaudRate => "LL",
            _ => "TPL or APL",
        };
        if own != layer && matches!(layer, "ELL" | "NWL" | "AFL" | "LL") {
            return wrong("is of another layer");
        }
        let kind = match header {
            "short" => HeaderKind::Short,
            "long" => HeaderKind::Long,
            header if header.starts_with("fixed: own 16-byte body; compact: long") => {
                HeaderKind::Long
            }
            _ => HeaderKind::None,
        };
        if found.header != kind {
            return wrong("has another header");
        }
        let way = match direction {
            "to meter" => Some(Direction::Request),
            "from meter" => Some(Direction::Response),
            _ => None,
        };
        if found.direction != way {
            return wrong("goes another way");
        }
        let manufacturer = meaning == "manufacturer specific";
        if manufacturer != (found.content == Content::Manufacturer) {
            return wrong("is the manufacturer's");
        }
        if let Some(rate) = meaning.strip_prefix("set baud rate ") {
            let set = gurux_mbus::wire::BaudRate::from_ci(CiField::new(code));
            if set.map(|set| set.bits_per_second().to_string()).as_deref() != Some(rate) {
                return wrong("is another speed");
            }
        }
    }
    Ok(usize::from(code(1) - code(0)) + 1)
}

/// code, name, notes.
fn device_type(row: &Row) -> Result<usize, String> {
    let (code, name, notes) = (field(row, 0), field(row, 1), field(row, 2));
    let device_type = DeviceType::new(u8::from_str_radix(code, 16).unwrap());
    let maker = match notes.split_once(" only:") {
        Some((letters, _)) => letters.trim_start_matches("manufacturer ").parse().unwrap(),
        None => Manufacturer(0),
    };
    let own = lookup_device_type(maker, device_type);
    let agrees = match own {
        // What was reserved has a name in newer texts, which the list gives in parentheses.
        Some(own) if name.starts_with("reserved") => name.contains(own),
        Some(own) => short(own) == short(name),
        None => name.starts_with("reserved"),
    };
    if agrees { Ok(1) } else { Err(format!("{code}: {own:?} is not {name}")) }
}

/// A name without what stands in parentheses, and in one spelling.
fn short(name: &str) -> String {
    let name = name.split(" (").next().unwrap_or_default();
    match name {
        "combined heat / cooling" => "combined heat and cooling".into(),
        "wildcard" => "any".into(),
        // The makers' own words.
        "heat meter" => "heat".into(),
        "bus / system component" => "bus or system component".into(),
        "dual register" => "dual register water".into(),
        name => name.to_lowercase(),
    }
}

/// mode, layer, algorithm.
fn security_mode(row: &Row) -> Result<usize, String> {
    let (mode, layer, algorithm) = (field(row, 0), field(row, 1), field(row, 2));
    let (Ok(mode), "TPL") = (mode.parse::<u8>(), layer) else { return Ok(0) };
    let own = lookup_security_mode(SecurityMode(mode));
    let words: &[&str] = match algorithm {
        "none" => &["no encryption"],
        "manufacturer specific" => &["manufacturer specific"],
        algorithm if algorithm.contains("reserved") || algorithm.contains("specific") => &[],
        algorithm if algorithm.contains("TLS") => &["TLS"],
        // The cipher, and what the initial vector is made of.
        algorithm => match algorithm.split_once(", ") {
            Some((cipher, _)) => &[cipher_word(cipher)],
            None => &[cipher_word(algorithm)],
        },
    };
    let agrees = match own {
        Some(own) => !words.is_empty() && words.iter().all(|word| own.contains(word)),
        None => words.is_empty(),
    };
    if agrees { Ok(1) } else { Err(format!("{mode}: {own:?} is not {algorithm}")) }
}

fn cipher_word(cipher: &str) -> &'static str {
    ["DES-CBC", "AES-128-CBC", "AES-128-CTR", "AES-128-GCM", "AES-128-CCM"]
        .into_iter()
        .find(|word| cipher.starts_with(word))
        .unwrap_or_else(|| panic!("what is {cipher}?"))
}
