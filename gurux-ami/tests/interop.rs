//! The binary against software that others wrote: pymodbus, mbpoll, pyMeterBus, and the devices of
//! `shared/peers` where that folder lies beside the checkout.
//!
//! Each peer is a process of its own on loopback or a pseudo-terminal. What is missing on this
//! machine (the virtual environment of `tests/interop/venv.sh`, socat, mbpoll) costs only the
//! tests that need it; they report themselves ignored and say so.

#[path = "interop/dlms.rs"]
mod dlms;
#[path = "interop/mbus.rs"]
mod mbus;
#[path = "interop/poll.rs"]
mod poll;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value as Json;

/// What every reading of `modbus_device.xml` gives: property, value, unit.
const READINGS: &[(&str, &str, &str)] = &[
    ("voltage_l1", "230", "V"),
    ("voltage_l2", "231", "V"),
    ("voltage_l3", "229", "V"),
    ("power", "-123.4", "W"),
    ("import", "16909060", "Wh"),
    ("balance", "-123456789", "Wh"),
    ("frequency", "50.0625", "Hz"),
    ("large", "9007199254740993", ""),
    ("name", "METER-0001 TEST!", ""),
    ("relay", "true", ""),
    ("door", "false", ""),
    ("limit", "0.7", "A"),
    ("ratio", "458759", ""),
];

/// What the device of `shared/peers` holds, in the properties of `word-orders.xml`.
const PEER_READINGS: &[(&str, &str)] = &[
    ("i16", "-1234"),
    ("u32_abcd", "16909060"),
    ("u32_cdab", "16909060"),
    ("u32_badc", "16909060"),
    ("u32_dcba", "16909060"),
    ("i32_abcd", "-123456789"),
    ("i32_cdab", "-123456789"),
    ("i32_badc", "-123456789"),
    ("i32_dcba", "-123456789"),
    ("u64", "72623859790382856"),
    ("unit_number", "1"),
    ("f32_abcd", "123.456"),
    ("f32_cdab", "123.456"),
    ("f32_badc", "123.456"),
    ("f32_dcba", "123.456"),
    ("f64", "3.141592653589793"),
    ("text", "METER-0001 TEST"),
    ("text_exchanged", "METER-0001 TEST"),
    ("coil_3", "true"),
    ("coil_4", "false"),
    ("input_3", "true"),
];

/// The framings over TCP and UDP: the peers' word for each, and ours.
const NET: &[(&str, &str, &str)] = &[
    ("tcp", "tcp", "tcp"),
    ("udp", "udp", "tcp"),
    ("rtu-tcp", "tcp", "rtu"),
    ("ascii-tcp", "tcp", "ascii"),
];

const FAULTS: &[(&str, &[&str])] = &[
    ("octet_by_octet", &["--split", "1", "--jitter", "0.002", "--seed", "3"]),
    ("drop", &["--side", "response", "--skip", "2", "--drop", "0.2", "--seed", "5"]),
    ("corrupt", &["--side", "response", "--skip", "2", "--corrupt", "0.2", "--seed", "7"]),
    ("duplicate", &["--side", "response", "--duplicate", "0.4", "--seed", "9"]),
    ("noise", &["--side", "response", "--noise", "0.3", "--seed", "11"]),
    ("late", &["--side", "response", "--stall", "0.2", "--stall-time", "0.6", "--seed", "13"]),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let tools = Arc::new(Tools::find());
    let mut trials = Vec::new();
    let mut add = |name: String, needs: &[&str], test: Test, how: &[&'static str]| {
        let missing = tools.lacks(needs);
        let name = missing.as_ref().map_or(name.clone(), |what| format!("{name} (no {what})"));
        let (tools, how) = (Arc::clone(&tools), how.to_vec());
        let trial = Trial::test(name, move || test(&tools, &how));
        trials.push(trial.with_ignored_flag(missing.is_some()));
    };
    for &(mode, kind, transport) in NET {
        add(
            format!("we_read_and_write_pymodbus::{mode}"),
            &["python"],
            read_and_write,
            &[mode, kind, transport],
        );
    }
    for (mode, transport) in [("rtu-tcp", "rtu"), ("ascii-tcp", "ascii")] {
        let name = format!("we_read_and_write_pymodbus::{transport}_on_a_pty");
        add(name, &["python", "socat"], read_and_write, &[mode, "serial", transport]);
    }
    for (mode, transport) in
        [("tcp", "tcp"), ("udp", "tcp"), ("rtu-tcp", "rtu"), ("rtu", "rtu"), ("ascii", "ascii")]
    {
        add(
            format!("pymodbus_reads_and_writes_us::{mode}"),
            &["python"],
            pymodbus_asks_us,
            &[mode, transport],
        );
    }
    add(
        "the_same_reading_over_every_medium_is_the_same".into(),
        &["python", "socat"],
        same_over_every_medium,
        &[],
    );
    add("mbpoll_reads_us::tcp".into(), &["mbpoll"], mbpoll_tcp, &[]);
    add("mbpoll_reads_us::rtu_on_a_pty".into(), &["mbpoll"], mbpoll_rtu, &[]);
    for mode in ["tcp", "udp", "rtu-tcp", "ascii-tcp"] {
        add(format!("we_read_the_peer::{mode}"), &["python", "peers"], read_peer, &[mode]);
    }
    for mode in ["rtu", "ascii"] {
        add(format!("we_read_the_peer::{mode}"), &["python", "peers", "socat"], read_peer, &[mode]);
    }
    for mode in ["tcp", "rtu-tcp"] {
        for &(fault, flags) in FAULTS {
            // TCP carries no check sum of Modbus's own: nothing can tell a flipped bit of a value.
            if (mode, fault) == ("tcp", "corrupt") {
                continue;
            }
            let name = format!("we_read_the_peer_through_faults::{mode}::{fault}");
            add(name, &["python", "peers"], read_through_faults, &[&[mode], flags].concat());
        }
    }
    mbus::add_trials(&mut add);
    dlms::add_trials(&mut add);
    poll::add_trials(&mut add);
    add("a_connection_cut_in_the_middle_is_said".into(), &["python", "peers"], cut_connection, &[]);
    libtest_mimic::run(&arguments, trials).exit_code()
}

type Done = Result<(), Failed>;
type Test = fn(&Tools, &[&'static str]) -> Done;

// ---------------------------------------------------------------------------------------------
// What is on this machine

struct Tools {
    python: PathBuf,
    peers: PathBuf,
}

impl Tools {
    fn find() -> Self {
        let named = |variable: &str, usual: &str| {
            std::env::var_os(variable).map_or_else(|| root().join(usual), PathBuf::from)
        };
        Self {
            python: named("GURUX_INTEROP_PYTHON", "target/interop/venv/bin/python"),
            peers: named("GURUX_PEERS", "../shared/peers"),
        }
    }

    /// The first of these tools that is not there.
    fn lacks(&self, tools: &[&str]) -> Option<String> {
        let is_there = |tool: &str| match tool {
            "python" => self.python.exists(),
            "peers" => self.peers.join("modbus_device.py").exists(),
            program => on_path(program),
        };
        let say = |tool: &str| match tool {
            "python" => "virtual environment: tests/interop/venv.sh makes it".to_owned(),
            "peers" => "../shared/peers".to_owned(),
            program => format!("{program}: apt-get install {program}"),
        };
        tools.iter().find(|tool| !is_there(tool)).map(|tool| say(tool))
    }

    fn python(&self, script: PathBuf) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(script);
        command
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn device_profile() -> String {
    root().join("tests/interop/modbus_device.xml").display().to_string()
}

fn peer_profile() -> String {
    root().join("profiles/gurux/word-orders.xml").display().to_string()
}

// ---------------------------------------------------------------------------------------------
// Processes

/// A process that is ended with the test.
struct Process {
    child: Child,
    /// What it said behind `listening on `.
    place: String,
}

impl Process {
    /// Starts a program and waits until it says where it listens.
    fn listening(command: &mut Command) -> Result<Self, Failed> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let out = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(out).lines();
        while let Some(Ok(line)) = lines.next() {
            if let Some((_, place)) = line.split_once("listening on ") {
                let place = place.trim().to_owned();
                // Keep reading, so that the program never stands still on a full pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, place });
            }
        }
        let mut said = String::new();
        if let Some(mut err) = child.stderr.take() {
            err.read_to_string(&mut said)?;
        }
        Err(format!("{command:?} ended before it listened: {said}").into())
    }

    /// A pseudo-terminal, joined to a TCP port by socat.
    fn bridge(port: &str) -> Result<Self, Failed> {
        let link = scratch("pty");
        let mut socat = Command::new("socat");
        socat.args([format!("pty,raw,echo=0,link={link}"), format!("tcp:127.0.0.1:{port}")]);
        let process = Self { child: socat.spawn()?, place: link };
        let patience = Instant::now() + Duration::from_secs(5);
        while !Path::new(&process.place).exists() {
            if Instant::now() > patience {
                return Err("socat did not make the pseudo-terminal".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A path that no other test uses.
fn scratch(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("gurux-{name}-{}-{number}", std::process::id());
    std::env::temp_dir().join(name).display().to_string()
}

fn ours(verb: &str, profile: &str, media: &str, transport: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gurux-ami"));
    command.args([verb, "--profile", profile, "--media", media, "--transport", transport]);
    command
}

/// Runs a command that must end by itself.
fn finished(command: &mut Command) -> Result<Output, Failed> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let patience = Instant::now() + Duration::from_secs(60);
    while child.try_wait()?.is_none() {
        if Instant::now() > patience {
            let _ = child.kill();
            return Err(format!("{command:?} did not end within a minute").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(child.wait_with_output()?)
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// The medium of ours that reaches what a peer said it listens on.
fn medium(kind: &str, place: &str) -> String {
    match kind {
        "serial" => format!("serial:{place},19200,8N1"),
        kind => format!("{kind}:127.0.0.1:{place}"),
    }
}

// ---------------------------------------------------------------------------------------------
// We ask others

struct Run {
    output: Output,
    readings: Vec<Json>,
}

fn read(profile: &str, media: &str, transport: &str, more: &[&str]) -> Result<Run, Failed> {
    let mut command = ours("read", profile, media, transport);
    let output = finished(command.args(["--format", "ndjson"]).args(more))?;
    let out = text(&output.stdout);
    let readings = out.lines().map(serde_json::from_str).collect::<Result<Vec<Json>, _>>();
    Ok(Run { readings: readings.map_err(|error| format!("{error} in {out}"))?, output })
}

impl Run {
    fn value(&self, property: &str) -> Option<&str> {
        let found = self.readings.iter().find(|reading| reading["property"] == property)?;
        found["value"].as_str()
    }

    fn must_exit(self, code: i32) -> Result<Self, Failed> {
        let Output { status, stdout, stderr } = &self.output;
        if status.code() == Some(code) {
            return Ok(self);
        }
        Err(format!("{status} instead of {code}\n{}\n{}", text(stdout), text(stderr)).into())
    }

    fn must_hold(&self, expected: &[(&str, &str)]) -> Done {
        for (property, value) in expected {
            let found = self.value(property);
            if found != Some(value) {
                return Err(format!("{property} is {found:?} instead of {value}").into());
            }
        }
        Ok(())
    }
}

fn pymodbus_server(tools: &Tools, mode: &str) -> Result<Process, Failed> {
    let script = root().join("tests/interop/modbus_server.py");
    Process::listening(tools.python(script).arg(mode))
}

/// Our client reads every property of a pymodbus device, writes, and is refused where it should
/// be.
fn read_and_write(tools: &Tools, how: &[&'static str]) -> Done {
    let &[mode, kind, transport] = how else { return Err("mode, medium, transport".into()) };
    let server = pymodbus_server(tools, mode)?;
    let bridge = if kind == "serial" { Some(Process::bridge(&server.place)?) } else { None };
    let media = medium(kind, &bridge.as_ref().unwrap_or(&server).place);
    let profile = device_profile();

    let run = read(&profile, &media, transport, &["--view", "all"])?.must_exit(0)?;
    let told: Vec<_> = run
        .readings
        .iter()
        .map(|reading| {
            ["property", "value", "unit"].map(|key| reading[key].as_str().unwrap_or_default())
        })
        .collect();
    let expected: Vec<_> =
        READINGS.iter().map(|(name, value, unit)| [*name, *value, *unit]).collect();
    if told != expected {
        return Err(format!("read {told:?}\ninstead of {expected:?}").into());
    }
    // A register that is not there: the others are read, and it is said.
    let run = read(&profile, &media, transport, &["hole", "voltage_l1"])?.must_exit(2)?;
    run.must_hold(&[("voltage_l1", "230")])?;
    read(&profile, &media, transport, &["hole"])?.must_exit(4)?;

    let mut write = ours("write", &profile, &media, transport);
    let output = finished(write.args(["limit=12.5", "ratio=123456", "relay=false"]))?;
    if !output.status.success() {
        return Err(format!("write: {}{}", text(&output.stdout), text(&output.stderr)).into());
    }
    let run = read(&profile, &media, transport, &["limit", "ratio", "relay"])?.must_exit(0)?;
    run.must_hold(&[("limit", "12.5"), ("ratio", "123456"), ("relay", "false")])
}

/// The output is the same whatever the octets travelled over.
fn same_over_every_medium(tools: &Tools, _: &[&'static str]) -> Done {
    let mut seen: Option<(String, String)> = None;
    for &(mode, kind, transport) in NET {
        let server = pymodbus_server(tools, mode)?;
        let bridge = if matches!(mode, "rtu-tcp" | "ascii-tcp") {
            Some(Process::bridge(&server.place)?)
        } else {
            None
        };
        let mut media = vec![medium(kind, &server.place)];
        media.extend(bridge.as_ref().map(|bridge| medium("serial", &bridge.place)));
        for media in media {
            let mut command = ours("read", &device_profile(), &media, transport);
            let output = finished(command.args(["--format", "csv", "--view", "all"]))?;
            let told = without_column(&text(&output.stdout), "received_at");
            if !output.status.success() || told.lines().count() != READINGS.len() + 1 {
                return Err(format!("{media}: {told}{}", text(&output.stderr)).into());
            }
            match &seen {
                Some((first, same)) if *same != told => {
                    return Err(format!("{first} gives\n{same}\n{media} gives\n{told}").into());
                }
                Some(_) => {}
                None => seen = Some((media, told)),
            }
        }
    }
    Ok(())
}

/// The time of receipt is the one thing in which two readings may differ.
fn without_column(csv: &str, name: &str) -> String {
    let column = csv.lines().next().and_then(|head| head.split(',').position(|cell| cell == name));
    csv.lines()
        .map(|line| {
            let cells = line.split(',').enumerate().filter(|(at, _)| Some(*at) != column);
            cells.map(|(_, cell)| cell).collect::<Vec<_>>().join(",") + "\n"
        })
        .collect()
}

// ---------------------------------------------------------------------------------------------
// Others ask us

fn simulate(media: &str, transport: &str) -> Result<Process, Failed> {
    let mut command = ours("simulate", &device_profile(), media, transport);
    let mut process = Process::listening(command.arg("--still"))?;
    // Of `127.0.0.1:1502` the peers want the port.
    if let Some((_, port)) = process.place.rsplit_once(':') {
        process.place = port.to_owned();
    }
    Ok(process)
}

fn pymodbus_asks_us(tools: &Tools, how: &[&'static str]) -> Done {
    let &[mode, transport] = how else { return Err("mode, transport".into()) };
    let media = match mode {
        "udp" => "udp-listen:127.0.0.1:0".to_owned(),
        "tcp" | "rtu-tcp" => "tcp-listen:127.0.0.1:0".to_owned(),
        _ => format!("pty:{},19200,8N1", scratch("meter")),
    };
    let meter = simulate(&media, transport)?;
    let asked = [
        ("holding:0:3", r#"{"registers": [230, 231, 229]}"#),
        ("input:10:1", r#"{"registers": [64302]}"#),
        ("input:20:4", r#"{"registers": [258, 772, 63652, 13035]}"#),
        ("coils:0:1", r#"{"bits": [1]}"#),
        ("discrete:1:1", r#"{"bits": [0]}"#),
        ("write:100:125", r#"{"registers": []}"#),
        ("holding:100:1", r#"{"registers": [125]}"#),
        ("coil:0:0", r#"{"registers": []}"#),
        ("coils:0:1", r#"{"bits": [0]}"#),
        ("mask:100:65280:7", r#"{"registers": []}"#),
        ("holding:100:1", r#"{"registers": [7]}"#),
        ("readwrite:0:2:100:9", r#"{"registers": [230, 231]}"#),
        ("holding:5001:1", r#"{"exception": 2}"#),
        ("identify:1", r#"{"objects": {"0": "pymodbus", "1": "PM", "2": "1.0.0"}}"#),
    ];
    let mut command = tools.python(root().join("tests/interop/modbus_client.py"));
    command.args([mode, &meter.place, "17"]).args(asked.map(|(question, _)| question));
    let output = finished(&mut command)?;
    let answers = text(&output.stdout);
    let mut answers = answers.lines();
    for (question, expected) in asked {
        let found = answers.next().unwrap_or("nothing");
        if found != expected {
            let err = text(&output.stderr);
            return Err(format!("{question}: {found} instead of {expected}\n{err}").into());
        }
    }
    Ok(())
}

fn mbpoll(arguments: &[&str], place: &str) -> Done {
    let ask = |more: &[&str]| -> Result<String, Failed> {
        let mut command = Command::new("mbpoll");
        command.args(arguments).args(["-a", "17", "-1", "-q"]).args(more).arg(place);
        Ok(text(&finished(&mut command)?.stdout))
    };
    // mbpoll counts from 1.
    let voltages = ask(&["-r", "1", "-c", "3", "-t", "4"])?;
    for (number, value) in [("[1]", "230"), ("[2]", "231"), ("[3]", "229")] {
        let line = voltages.lines().find(|line| line.contains(number)).unwrap_or_default();
        if !line.ends_with(value) {
            return Err(format!("{number} is not {value}: {voltages}").into());
        }
    }
    let energy = ask(&["-r", "21", "-c", "1", "-t", "3:int", "-B"])?;
    if !energy.contains("16909060") {
        return Err(format!("the energy is not 16909060: {energy}").into());
    }
    Ok(())
}

fn mbpoll_tcp(_: &Tools, _: &[&'static str]) -> Done {
    let meter = simulate("tcp-listen:127.0.0.1:0", "tcp")?;
    mbpoll(&["-m", "tcp", "-p", &meter.place], "127.0.0.1")
}

fn mbpoll_rtu(_: &Tools, _: &[&'static str]) -> Done {
    let meter = simulate(&format!("pty:{},19200,8N1", scratch("meter")), "rtu")?;
    mbpoll(&["-m", "rtu", "-b", "19200", "-P", "none"], &meter.place)
}

// ---------------------------------------------------------------------------------------------
// The peers beside the checkout

fn peer(tools: &Tools, mode: &str) -> Result<Process, Failed> {
    let mut command = tools.python(tools.peers.join("modbus_device.py"));
    command.args(["--mode", mode]);
    if matches!(mode, "rtu" | "ascii") {
        command.args(["--pty", &scratch("peer")]);
    }
    Process::listening(&mut command)
}

/// Our medium and transport for a mode of theirs.
fn counterpart(mode: &str) -> (&'static str, &'static str) {
    match mode {
        "udp" => ("udp", "tcp"),
        "rtu-tcp" => ("tcp", "rtu"),
        "ascii-tcp" => ("tcp", "ascii"),
        "rtu" => ("serial", "rtu"),
        "ascii" => ("serial", "ascii"),
        _ => ("tcp", "tcp"),
    }
}

fn read_peer(tools: &Tools, how: &[&'static str]) -> Done {
    let &[mode] = how else { return Err("mode".into()) };
    let device = peer(tools, mode)?;
    let (kind, transport) = counterpart(mode);
    let media = medium(kind, &device.place);
    let run = read(&peer_profile(), &media, transport, &["--view", "fixed"])?.must_exit(0)?;
    run.must_hold(PEER_READINGS)?;
    let last = ["--set", "unit=247", "unit_number", "i16"];
    let run = read(&peer_profile(), &media, transport, &last)?.must_exit(0)?;
    run.must_hold(&[("unit_number", "247"), ("i16", "-1234")])
}

fn proxy(tools: &Tools, port: &str, flags: &[&str]) -> Result<Process, Failed> {
    let mut command = tools.python(tools.peers.join("fault_proxy.py"));
    command.args(["--to", &format!("127.0.0.1:{port}")]);
    let mut process = Process::listening(command.args(flags))?;
    if let Some((_, port)) = process.place.rsplit_once(':') {
        process.place = port.to_owned();
    }
    Ok(process)
}

/// Whatever the line does: a reading is right, or its failure is said.
fn read_through_faults(tools: &Tools, how: &[&'static str]) -> Done {
    let Some((mode, flags)) = how.split_first() else { return Err("mode, flags".into()) };
    let device = peer(tools, mode)?;
    let proxy = proxy(tools, &device.place, flags)?;
    let (kind, transport) = counterpart(mode);
    let media = medium(kind, &proxy.place);
    let more = ["--view", "fixed", "--timeout", "400ms", "--resend", "6"];
    let run = read(&peer_profile(), &media, transport, &more)?;
    let mut right = 0;
    for (property, value) in PEER_READINGS {
        match run.value(property) {
            Some(found) if found == *value => right += 1,
            Some(found) => return Err(format!("{property} is {found}, not {value}").into()),
            None => {}
        }
    }
    match right {
        0 => Err(format!("nothing was read: {}", text(&run.output.stderr)).into()),
        all if all == PEER_READINGS.len() => run.must_exit(0).map(drop),
        _ => run.must_exit(2).map(drop),
    }
}

fn cut_connection(tools: &Tools, _: &[&'static str]) -> Done {
    let device = peer(tools, "tcp")?;
    let proxy = proxy(tools, &device.place, &["--cut-after", "3"])?;
    let media = medium("tcp", &proxy.place);
    let run = read(&peer_profile(), &media, "tcp", &["--view", "fixed", "--timeout", "400ms"])?;
    let said = text(&run.output.stderr) + &text(&run.output.stdout);
    match run.output.status.code() {
        Some(2 | 3) if !said.contains("panicked") => Ok(()),
        code => Err(format!("exit {code:?}: {said}").into()),
    }
}
