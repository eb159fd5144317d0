//! M-Bus: pyMeterBus, and the segment and the radio receiver of `shared/peers`.

use std::process::{Command, Output};

use libtest_mimic::Failed;
use serde_json::Value as Json;

use super::{Done, FAULTS, Process, Test, Tools, finished, medium, ours, proxy, read, root, text};

/// Adds the trials of this file.
pub(super) fn add_trials(add: &mut impl FnMut(String, &[&str], Test, &[&'static str])) {
    add("pymeterbus_reads_us".into(), &["python"], pymeterbus_asks_us, &[]);
    for (name, set) in [("primary", "address=1"), ("secondary", "id=12345678")] {
        let name = format!("we_read_the_mbus_peer::{name}");
        add(name, &["python", "peers"], read_mbus_peer, &[set]);
    }
    for &(fault, flags) in FAULTS {
        let name = format!("we_read_the_mbus_peer_through_faults::{fault}");
        add(name, &["python", "peers"], read_mbus_through_faults, flags);
    }
    for (name, set) in [("primary", "address=3"), ("secondary", "id=87654321")] {
        let name = format!("an_answer_of_several_telegrams_is_read::{name}");
        add(name, &["python", "peers"], read_several_telegrams, &[set]);
    }
    for (name, flags) in std::iter::once(("directly", &[][..])).chain(SEARCH_FAULTS.iter().copied())
    {
        let name = format!("meters_that_answer_together_are_found::{name}");
        add(name, &["python", "peers"], search_mbus_peer, flags);
    }
    for &(format, flags) in RECEIVERS {
        let name = format!("telegrams_in_the_air_are_read::{format}");
        add(name, &["python", "peers"], hear_emitter, flags);
    }
    add(
        "telegrams_with_wrong_check_sums_are_none".into(),
        &["python", "peers"],
        hear_nothing,
        &["--format", "rtlbad"],
    );
}

/// What the water meter of `mbus_slave.py` holds, in the properties of `mbus_water.xml`.
pub(super) const WATER: &[(&str, &str)] =
    &[("volume", "12.345"), ("flow", "0.321"), ("january", "11.111")];

pub(super) fn water_profile() -> String {
    root().join("tests/interop/mbus_water.xml").display().to_string()
}

/// pyMeterBus resets our simulated meter, asks it, and reads what its profile says.
fn pymeterbus_asks_us(tools: &Tools, _: &[&'static str]) -> Done {
    let mut command = ours("simulate", &water_profile(), "tcp-listen:127.0.0.1:0", "wired");
    let process = Process::listening(command.arg("--still"))?;
    let port = process.place.rsplit_once(':').ok_or("no port")?.1.to_owned();
    let mut client = tools.python(root().join("tests/interop/mbus_client.py"));
    let output = finished(client.args([&port, "1"]))?;
    let out = text(&output.stdout);
    let lines = out.lines().map(serde_json::from_str).collect::<Result<Vec<Json>, _>>()?;
    let told: Vec<_> = lines
        .iter()
        .filter_map(|line| Some((line["storage_number"].as_i64()?, line["value"].as_f64()?)))
        .collect();
    let expected = [(0, 12.345), (0, 0.321), (1, 11.111)];
    let agrees = told.len() == expected.len()
        && told
            .iter()
            .zip(expected)
            .all(|(told, expected)| told.0 == expected.0 && (told.1 - expected.1).abs() < 1e-9);
    if agrees {
        return Ok(());
    }
    Err(format!("pyMeterBus read {out}\n{}", text(&output.stderr)).into())
}

pub(super) fn mbus_peer(tools: &Tools) -> Result<Process, Failed> {
    Process::listening(&mut tools.python(tools.peers.join("mbus_slave.py")))
}

/// Our reader reads one of several meters of a line by each of its addresses.
fn read_mbus_peer(tools: &Tools, how: &[&'static str]) -> Done {
    let line = mbus_peer(tools)?;
    let media = medium("tcp", &line.place);
    let more: Vec<_> = how.iter().flat_map(|set| ["--set", set]).collect();
    read(&water_profile(), &media, "wired", &more)?.must_exit(0)?.must_hold(WATER)
}

/// The same through a line that spoils octets: what is read is right, and what is not is said.
fn read_mbus_through_faults(tools: &Tools, flags: &[&'static str]) -> Done {
    let line = mbus_peer(tools)?;
    let proxy = proxy(tools, &line.place, flags)?;
    let media = medium("tcp", &proxy.place);
    let run = read(&water_profile(), &media, "wired", &["--resend", "6"])?;
    match run.output.status.code() {
        Some(0) => run.must_hold(WATER),
        Some(2 | 3) if run.readings.iter().all(|reading| reading["value"].is_null()) => Ok(()),
        _ => run.must_exit(0).map(drop),
    }
}

/// What the electricity meter of `mbus_slave.py` holds, in the properties of
/// `mbus_electricity.xml`: the first three in its first telegram, the last two in its third.
const ELECTRICITY: &[(&str, &str)] = &[
    ("energy", "1234567890120"),
    ("power", "1463.5"),
    ("number", "0987654321"),
    ("voltage_l1", "230.5"),
    ("voltage_l3", "229.8"),
    ("exported", "770"),
    ("total", "1234567890120"),
];

/// Records in three telegrams, of a meter by its primary or secondary address, directly and in
/// single octets.
fn read_several_telegrams(tools: &Tools, how: &[&'static str]) -> Done {
    let profile = root().join("tests/interop/mbus_electricity.xml").display().to_string();
    let more: Vec<_> = how.iter().flat_map(|set| ["--set", set]).collect();
    let line = mbus_peer(tools)?;
    let proxy = proxy(tools, &line.place, &["--split", "1", "--jitter", "0.002", "--seed", "3"])?;
    for place in [&line.place, &proxy.place] {
        let run = read(&profile, &medium("tcp", place), "wired", &more)?.must_exit(0)?;
        run.must_hold(ELECTRICITY)?;
    }
    Ok(())
}

/// What a search comes through unharmed: nothing is lost or spoilt beyond what asking again mends.
const SEARCH_FAULTS: &[(&str, &[&str])] = &[
    ("in_single_octets", &["--split", "1", "--jitter", "0.002", "--seed", "3"]),
    ("duplicate", &["--side", "response", "--duplicate", "0.4", "--seed", "9"]),
    ("noise", &["--side", "response", "--noise", "0.3", "--seed", "11"]),
];

/// Meters that answer at once are told apart by secondary addresses that differ in one digit, on one
/// primary address or on two; and where a primary address is shared, it is said.
fn search_mbus_peer(tools: &Tools, flags: &[&'static str]) -> Done {
    let line = mbus_peer(tools)?;
    let proxy = match flags {
        [] => None,
        flags => Some(proxy(tools, &line.place, flags)?),
    };
    let media = medium("tcp", &proxy.as_ref().unwrap_or(&line).place);
    let search = |more: &[&str]| -> Result<Search, Failed> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gurux-ami"));
        command.args(["scan", "--protocol", "mbus", "--media", &media, "--format", "ndjson"]);
        command.args(["--timeout", "200ms", "--resend", "2", "--budget", "50s"]);
        let output = finished(command.args(more))?;
        let out = text(&output.stdout);
        let found = out.lines().map(|line| {
            let found: Json = serde_json::from_str(line).map_err(|error| error.to_string())?;
            let address = found.get("address").unwrap_or(&Json::Null);
            Ok(format!("{address} {}", meter_id(&found)))
        });
        Ok(Search {
            code: output.status.code(),
            found: found.collect::<Result<_, String>>()?,
            said: text(&output.stderr),
        })
    };
    let expected: [(&[&str], &[&str]); 3] = [
        (&["--secondary", "1234567F"], &["1 12345678", "2 12345679"]),
        (&["--secondary", "4444000F"], &["9 44440001", "9 44440002"]),
        (&["--range", "0-6"], &IN_ORDER),
    ];
    for (more, expected) in expected {
        let Search { code, found, said } = search(more)?;
        if code != Some(0) || found != expected {
            return Err(format!("{more:?}: exit {code:?}, found {found:?}: {said}").into());
        }
    }
    let Search { code, found, said } = search(&["--range", "8-10"])?;
    if code == Some(3) && found.is_empty() && said.contains("have the primary address 9") {
        return Ok(());
    }
    Err(format!("two meters on one address: exit {code:?}, found {found:?}: {said}").into())
}

/// The meters that have a primary address of their own; the one of the fixed structure says no more
/// than its number.
const IN_ORDER: [&str; 6] =
    ["0 99000001", "1 12345678", "2 12345679", "3 87654321", "5 -", "6 12340000"];

/// Who was found, where it says it.
fn meter_id(found: &Json) -> &str {
    found.pointer("/meter/id").and_then(Json::as_str).unwrap_or("-")
}

struct Search {
    code: Option<i32>,
    found: Vec<String>,
    said: String,
}

/// Each format of `wmbus_emitter.py`, and what makes it send it.
const RECEIVERS: &[(&str, &[&str])] = &[
    ("rtlwmbus", &["--format", "rtlwmbus"]),
    ("rtlwmbus_s1", &["--format", "rtlwmbus", "--mode", "S1"]),
    ("cul_format_a", &["--format", "cul"]),
    ("cul_format_b", &["--format", "cul", "--mode", "C1"]),
    ("im871a", &["--format", "im871a"]),
    ("im871a_stamped", &["--format", "im871a", "--stamps"]),
    ("amb8465", &["--format", "amb8465"]),
    ("amber", &["--format", "amber"]),
    ("raw", &["--format", "raw"]),
    ("hex", &["--format", "hex"]),
];

/// What the meters of `wmbus_emitter.py` send, in the properties of `mbus_radio.xml`.
const IN_THE_AIR: &[(&str, &[(&str, &str)])] = &[
    ("12345678", &[("volume", "12.345"), ("flow", "0.321")]),
    ("12345679", &[("heat", "54321"), ("heat_power", "1463"), ("temperature", "71")]),
    ("87654321", &[("energy", "100000000"), ("power", "1234"), ("voltage", "230.5")]),
];

fn emitter(tools: &Tools, flags: &[&str]) -> Result<Process, Failed> {
    let mut command = tools.python(tools.peers.join("wmbus_emitter.py"));
    Process::listening(command.args(["--repeat", "0", "--period", "0.02"]).args(flags))
}

fn listen(media: &str) -> Result<Output, Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gurux-ami"));
    command.args(["scan", "--protocol", "wmbus", "--media", media]);
    finished(command.args(["--format", "ndjson", "--budget", "2s"]))
}

/// A receiver's telegrams, whole and in single octets: each meter is heard once, and read.
fn hear_emitter(tools: &Tools, flags: &[&'static str]) -> Done {
    let profile = root().join("tests/interop/mbus_radio.xml").display().to_string();
    let emitter = emitter(tools, flags)?;
    let proxy = proxy(tools, &emitter.place, &["--split", "1", "--seed", "3"])?;
    for place in [&emitter.place, &proxy.place] {
        let media = medium("tcp", place);
        let out = text(&listen(&media)?.stdout);
        let heard = out.lines().map(serde_json::from_str).collect::<Result<Vec<Json>, _>>()?;
        let mut heard: Vec<_> = heard.iter().map(meter_id).collect();
        heard.sort_unstable();
        if heard != ["12345678", "12345679", "87654321"] {
            return Err(format!("heard {heard:?}").into());
        }
        for (id, expected) in IN_THE_AIR {
            let id = format!("id={id}");
            let properties = expected.iter().map(|(property, _)| *property);
            let more: Vec<_> =
                ["--timeout", "10s", "--set", &id].into_iter().chain(properties).collect();
            let run = read(&profile, &media, "wireless", &more)?.must_exit(0)?;
            run.must_hold(expected)?;
        }
    }
    Ok(())
}

/// What the receiver itself says is spoilt is not believed.
fn hear_nothing(tools: &Tools, flags: &[&'static str]) -> Done {
    let emitter = emitter(tools, flags)?;
    let output = listen(&medium("tcp", &emitter.place))?;
    match output.status.code() {
        Some(3) if output.stdout.is_empty() => Ok(()),
        code => Err(format!("exit {code:?}: {}", text(&output.stdout)).into()),
    }
}
