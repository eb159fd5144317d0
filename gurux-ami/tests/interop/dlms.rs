//! DLMS: the meter of `shared/peers`, which is built on gurux-dlms for Python.

use libtest_mimic::Failed;

use super::{Done, FAULTS, Process, Test, Tools, finished, medium, ours, proxy, read, root, text};

/// What the meter holds, in the properties of `dlms_meter.xml`.
const READINGS: &[(&str, &str)] = &[
    ("import", "1249750"),
    ("export", "4.321"),
    ("large", "9007199254740993000"),
    ("power", "-1463"),
    ("voltage", "230.5"),
    ("current", "5.123"),
    ("factor", "-0.987"),
    ("frequency", "50.0625"),
    ("stated", "1249.750"),
    ("maximum", "7654"),
    ("last_demand", "1.350"),
    ("name", "SIM0000000000001"),
    ("clock", "2024-02-11T16:00:00Z"),
    ("relay", "true"),
    ("rows", "1000"),
    ("last_row", "1249750"),
    ("row_11", "1002500"),
    ("row_30", "1073"),
];

const KEYS: &[&str] =
    &["ek=000102030405060708090A0B0C0D0E0F", "ak=D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"];
const WIDE_KEYS: &[&str] = &[
    "ek=000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
    "ak=D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEF",
];

/// How the meter is started, and how it is read: its options, a bar, and then ours.
type Setup = (&'static str, &'static str);

/// Carriers, names, mechanisms.
#[rustfmt::skip]
const PLAIN: &[Setup] = &[
    ("ln none", "|"),                                   ("ln low", "|authentication=low"),
    ("ln md5", "|authentication=md5"),                  ("ln sha1", "|authentication=sha1"),
    ("ln gmac", "|authentication=gmac counter=1"),      ("ln sha256", "|authentication=sha256"),
    ("sn none", "--referencing sn|names=SN"),           ("sn low", "--referencing sn|names=SN authentication=low"),
    ("sn md5", "--referencing sn|names=SN authentication=md5"),
    ("sn sha1", "--referencing sn|names=SN authentication=sha1"),
    ("sn gmac", "--referencing sn|names=SN authentication=gmac counter=1"),
    ("sn sha256", "--referencing sn|names=SN authentication=sha256"),
    ("ln small pdu", "--max-pdu 128|"),                 ("sn small pdu", "--referencing sn --max-pdu 128|names=SN"),
];

/// Protections, of which each goes over one of the carriers.
#[rustfmt::skip]
const SEALED: &[Setup] = &[
    ("0 authenticated", "--suite 0|security=authentication"),
    ("0 encrypted", "--suite 0|security=encryption"),
    ("0 both", "--suite 0|security=authentication-encryption"),
    ("1 authenticated", "--suite 1|suite=1 security=authentication"),
    ("1 encrypted", "--suite 1|suite=1 security=encryption"),
    ("1 both", "--suite 1|suite=1 security=authentication-encryption"),
    ("2 authenticated", "--suite 2|suite=2 security=authentication"),
    ("2 encrypted", "--suite 2|suite=2 security=encryption"),
    ("2 both", "--suite 2|suite=2 security=authentication-encryption"),
    ("low and both", "--suite 0|authentication=low security=authentication-encryption"),
    ("general", "--suite 0|authentication=none form=general security=authentication-encryption"),
    ("small pdu", "--suite 0 --max-pdu 200|security=authentication-encryption"),
    ("sn both", "--suite 0 --referencing sn|names=SN security=authentication-encryption"),
    ("dedicated", "--suite 0|dedicated=true security=authentication-encryption"),
    ("general blocks", "--gbt --max-pdu 256|blocks=5 security=authentication-encryption"),
];

/// Adds the trials of this file.
pub(super) fn add_trials(add: &mut impl FnMut(String, &[&str], Test, &[&'static str])) {
    let peer = &["python", "peers"];
    for carrier in ["wrapper", "hdlc"] {
        for &(name, how) in PLAIN {
            let name = format!("we_read_the_dlms_peer::{carrier}::{name}");
            add(name, peer, read_and_write, &[carrier, how]);
        }
    }
    for (number, &(name, how)) in SEALED.iter().enumerate() {
        let carrier = if number % 2 == 0 { "wrapper" } else { "hdlc" };
        let name = format!("we_read_the_dlms_peer::{carrier}::suite {name}");
        add(name, peer, read_sealed, &[carrier, how]);
    }
    add(
        "we_read_the_dlms_peer::hdlc::window 3".into(),
        peer,
        read_and_write,
        &["hdlc", "--max-info 512 --window 3|window=3"],
    );
    for carrier in ["hdlc", "mode-e"] {
        let name = format!("we_read_the_dlms_peer::{carrier}_on_a_pty");
        add(name, &["python", "peers", "socat"], read_on_a_pty, &[carrier]);
    }
    for &(how, faults) in SPOILT {
        for &(fault, flags) in FAULTS.iter().filter(|(fault, _)| faults.contains(fault)) {
            let name = format!("we_read_the_dlms_peer_through_faults::{how}::{fault}");
            add(name, peer, read_through_faults, &[&[how], flags].concat());
        }
    }
    add("a_dlms_connection_cut_in_the_middle_is_said".into(), peer, cut_connection, &[]);
    add("a_dlms_counter_is_read_first".into(), peer, read_counter_first, &[]);
    for &(name, how) in WRONG {
        add(format!("a_dlms_meter_refuses::{name}"), peer, wrong, &[how]);
    }
    add("a_dlms_attribute_that_is_refused_is_said".into(), peer, refused_attribute, &[]);
    add("a_dlms_meter_that_is_not_there_is_said".into(), peer, nobody, &[]);
}

fn profile() -> String {
    root().join("tests/interop/dlms_meter.xml").display().to_string()
}

/// The options of the meter, and what is set in our profile.
fn split(how: &str) -> (Vec<&str>, Vec<&str>) {
    let (theirs, ours) = how.split_once('|').unwrap_or((how, ""));
    let set = ours.split_whitespace().flat_map(|set| ["--set", set]);
    (theirs.split_whitespace().collect(), set.collect())
}

pub(super) fn meter(tools: &Tools, carrier: &str, flags: &[&str]) -> Result<Process, Failed> {
    let framing = if carrier == "wrapper" { "wrapper" } else { "hdlc" };
    let mut command = tools.python(tools.peers.join("dlms_meter.py"));
    Process::listening(command.args(["--framing", framing]).args(flags))
}

fn port(place: &str) -> &str {
    place.rsplit_once(':').map_or(place, |(_, port)| port)
}

/// Every value is the meter's; what is written is read back, and a method is called.
fn read_and_write(tools: &Tools, how: &[&'static str]) -> Done {
    let &[carrier, how] = how else { return Err("a carrier and how".into()) };
    let (theirs, set) = split(how);
    let mut more = with_secret(&set);
    more.extend(KEYS.iter().flat_map(|key| ["--set", key]));
    let meter = meter(tools, carrier, &theirs)?;
    converse(&medium("tcp", port(&meter.place)), carrier, &more)
}

/// The password of the meter, or its secret.
fn with_secret<'s>(set: &[&'s str]) -> Vec<&'s str> {
    let is_low = set.contains(&"authentication=low");
    let secret = if is_low { "password=12345678" } else { "password=hls-secret-00001" };
    set.iter().copied().chain(["--set", secret]).collect()
}

fn converse(media: &str, carrier: &str, more: &[&str]) -> Done {
    let names: Vec<&str> = READINGS.iter().map(|(name, _)| *name).collect();
    let run = read(&profile(), media, carrier, &[more, &names].concat())?.must_exit(0)?;
    run.must_hold(READINGS)?;
    let time = run.readings.iter().find(|reading| reading["property"] == "maximum");
    let time = time.map(|reading| reading["time"].to_string()).unwrap_or_default();
    if !time.contains("2024-01-10T00:15:00") {
        return Err(format!("the time of the maximum is {time}").into());
    }
    let mut write = ours("write", &profile(), media, carrier);
    let output = finished(write.args(more).args(["scratch=C0FFEE", "relay=false"]))?;
    if !output.status.success() {
        return Err(format!("write: {}{}", text(&output.stdout), text(&output.stderr)).into());
    }
    let again = [more, &["scratch", "relay"]].concat();
    let run = read(&profile(), media, carrier, &again)?.must_exit(0)?;
    run.must_hold(&[("scratch", "C0FFEE"), ("relay", "false")])
}

/// The same with protected messages: a mechanism of its own, if none is said, and counters that go on.
fn read_sealed(tools: &Tools, how: &[&'static str]) -> Done {
    let &[carrier, how] = how else { return Err("a carrier and how".into()) };
    let (mut theirs, set) = split(how);
    theirs.push("--require-ciphering");
    let mut more = with_secret(&set);
    if !set.iter().any(|set| set.starts_with("authentication=")) {
        more.extend(["--set", "authentication=gmac"]);
    }
    let keys = if set.contains(&"suite=2") { WIDE_KEYS } else { KEYS };
    more.extend(keys.iter().chain(&["client=1", "counter=1"]).flat_map(|set| ["--set", set]));
    let meter = meter(tools, carrier, &theirs)?;
    converse(&medium("tcp", port(&meter.place)), carrier, &more)
}

/// What is done to whom. In clear, the wrapper has nothing that tells a flipped bit of a value, and TCP
/// brings each octet once.
const SPOILT: &[(&str, &[&str])] = &[
    ("hdlc", &["octet_by_octet", "drop", "corrupt", "duplicate", "noise", "late"]),
    ("hdlc sealed", &["drop", "corrupt", "duplicate", "noise"]),
    ("hdlc sn", &["drop", "corrupt", "duplicate", "noise"]),
    ("wrapper", &["octet_by_octet", "drop", "late"]),
    ("wrapper sealed", &["drop", "corrupt"]),
];

/// Whatever the line does: a value is right, or its failure is said, and there is an end.
fn read_through_faults(tools: &Tools, how: &[&'static str]) -> Done {
    let Some((how, flags)) = how.split_first() else { return Err("how, flags".into()) };
    let (carrier, how) = how.split_once(' ').unwrap_or((how, ""));
    let (theirs, set): (&[&str], &[&str]) = match how {
        "sealed" => (
            &["--suite", "0", "--no-replay-check"],
            &["client=1", "counter=1", "authentication=gmac", "security=authentication-encryption"],
        ),
        "sn" => (&["--referencing", "sn"], &["names=SN"]),
        _ => (&[], &[]),
    };
    let meter = meter(tools, carrier, theirs)?;
    let proxy = proxy(tools, port(&meter.place), flags)?;
    let media = medium("tcp", port(&proxy.place));
    let mut more: Vec<&str> = set.iter().chain(KEYS).flat_map(|set| ["--set", set]).collect();
    more.extend(["--timeout", "400ms"]);
    more.extend(READINGS.iter().map(|(name, _)| *name));
    let run = read(&profile(), &media, carrier, &more)?;
    let mut right = 0;
    for (property, value) in READINGS {
        match run.value(property) {
            Some(found) if found == *value => right += 1,
            Some(found) => return Err(format!("{property} is {found}, not {value}").into()),
            None => {}
        }
    }
    let said = text(&run.output.stderr);
    if said.contains("panicked") || (right < READINGS.len() && said.is_empty()) {
        return Err(format!("{right} are read, and it says: {said}").into());
    }
    match right {
        // HDLC mends what one frame lost.
        0 if carrier == "hdlc" => Err(format!("nothing was read: {said}").into()),
        0 => matches!(run.output.status.code(), Some(2..=4)).then_some(()).ok_or(said.into()),
        all if all == READINGS.len() => run.must_exit(0).map(drop),
        _ => run.must_exit(2).map(drop),
    }
}

fn cut_connection(tools: &Tools, _: &[&'static str]) -> Done {
    for carrier in ["hdlc", "wrapper"] {
        let meter = meter(tools, carrier, &[])?;
        let proxy = proxy(tools, port(&meter.place), &["--cut-after", "4"])?;
        let media = medium("tcp", port(&proxy.place));
        let names: Vec<&str> = READINGS.iter().map(|(name, _)| *name).collect();
        let run =
            read(&profile(), &media, carrier, &[&["--timeout", "400ms"], &names[..]].concat())?;
        let said = text(&run.output.stderr);
        match run.output.status.code() {
            Some(2 | 3) if !said.contains("panicked") => {}
            code => return Err(format!("{carrier}: exit {code:?}: {said}").into()),
        }
    }
    Ok(())
}

/// A line of HDLC, and an optical head whose speed changes.
fn read_on_a_pty(tools: &Tools, how: &[&'static str]) -> Done {
    let &[carrier] = how else { return Err("a carrier".into()) };
    let meter = meter(tools, carrier, &[])?;
    let bridge = Process::bridge(port(&meter.place))?;
    let line = if carrier == "mode-e" { "9600,7E1" } else { "9600,8N1" };
    let media = format!("serial:{},{line}", bridge.place);
    let names: Vec<&str> = READINGS.iter().map(|(name, _)| *name).collect();
    read(&profile(), &media, carrier, &names)?.must_exit(0)?.must_hold(READINGS)
}

/// Where no counter is stated, it is read through the public client first.
fn read_counter_first(tools: &Tools, _: &[&'static str]) -> Done {
    let meter = meter(tools, "hdlc", &["--suite", "0"])?;
    let set = ["client=1", "authentication=gmac", "security=authentication-encryption"];
    let more: Vec<&str> =
        set.iter().chain(KEYS).flat_map(|set| ["--set", set]).chain(["import"]).collect();
    let media = medium("tcp", port(&meter.place));
    let run = read(&profile(), &media, "hdlc", &more)?.must_exit(0)?;
    run.must_hold(&[("import", "1249750")])
}

/// What is wrong, and what is said of it.
#[rustfmt::skip]
const WRONG: &[(&str, &str)] = &[
    ("a wrong password", "|authentication=low password=12345670|the password or the key is wrong"),
    ("a wrong secret of md5", "|authentication=md5 password=hls-secret-00002|the proof of the secret"),
    ("a wrong secret of sha1", "|authentication=sha1 password=hls-secret-00002|the proof of the secret"),
    ("a wrong secret of sha256", "|authentication=sha256 password=hls-secret-00002|the proof of the secret"),
    ("a wrong key", "--require-ciphering|client=1 authentication=gmac security=authentication-encryption \
        counter=1 ek=100102030405060708090A0B0C0D0E0F ak=D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF|refused"),
];

/// A secret or a key that is not the meter's: one sentence, and the exit code of a refusal.
fn wrong(tools: &Tools, how: &[&'static str]) -> Done {
    let &[how] = how else { return Err("how".into()) };
    let (how, sentence) = how.rsplit_once('|').ok_or("a sentence")?;
    let (theirs, mut set) = split(how);
    if !how.contains("ek=") {
        set.extend(KEYS.iter().flat_map(|key| ["--set", key]));
    }
    let meter = meter(tools, "wrapper", &theirs)?;
    let media = medium("tcp", port(&meter.place));
    set.extend(["import", "name"]);
    let run = read(&profile(), &media, "wrapper", &set)?.must_exit(4)?;
    let said = text(&run.output.stderr);
    if said.contains(sentence) && said.lines().count() == 1 {
        return Ok(());
    }
    Err(format!("it says {said}").into())
}

fn refused_attribute(tools: &Tools, _: &[&'static str]) -> Done {
    let meter = meter(tools, "wrapper", &["--fail", "1.0.1.8.0.255:2:2"])?;
    let media = medium("tcp", port(&meter.place));
    let run = read(&profile(), &media, "wrapper", &["import"])?.must_exit(4)?;
    let said = text(&run.output.stderr);
    if !said.contains("the meter refused: temporary-failure (2)") {
        return Err(format!("it says {said}").into());
    }
    // One that is refused costs only itself.
    let run = read(&profile(), &media, "wrapper", &["import", "power", "nothing"])?.must_exit(2)?;
    run.must_hold(&[("power", "-1463")])
}

fn nobody(tools: &Tools, _: &[&'static str]) -> Done {
    // A meter of HDLC takes no wrapper for a frame.
    let meter = meter(tools, "hdlc", &[])?;
    let media = medium("tcp", port(&meter.place));
    read(&profile(), &media, "wrapper", &["--timeout", "300ms", "name"])?.must_exit(3).map(drop)
}
