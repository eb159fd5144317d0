//! DLMS meters at the command: read, written, looked for and played, over every carrier.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod command;

use crate::command::{OK, PARTIAL, REFUSED, Simulated, UNREACHABLE, USAGE, run, scratch};

const METER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/demo-electricity-dlms.xml");

/// How a meter is set up that wants a password.
const GUARDED: [&str; 6] =
    ["--set", "client=1", "--set", "authentication=low", "--set", "password=12345678"];

fn still(media: &str, more: &[&str]) -> Simulated {
    Simulated::start(&[&["--profile", METER, "--media", media, "--still"], more].concat())
}

fn read(media: &str, more: &[&str]) -> command::Ended {
    let base = ["read", "--profile", METER, "--media", media, "--format", "csv"];
    run(&[&base[..], more].concat())
}

#[test]
fn the_same_is_read_over_every_carrier() {
    let carriers: &[(&str, &[&str])] = &[
        ("tcp", &[]),
        ("udp", &[]),
        ("tcp", &["--transport", "hdlc"]),
        ("pty", &["--transport", "hdlc"]),
        ("pty", &["--transport", "mode-e"]),
    ];
    for (kind, transport) in carriers {
        let (meter, media) = if *kind == "pty" {
            let line = if transport.contains(&"mode-e") { "9600,7E1" } else { "9600,8N1" };
            let link = scratch("line");
            let meter = still(&format!("pty:{link},{line}"), transport);
            (meter, format!("serial:{link},{line}"))
        } else {
            let meter = still(&format!("{kind}-listen:127.0.0.1:0"), transport);
            let media = format!("{kind}:{}", meter.place);
            (meter, media)
        };
        // Twice: the first conversation is ended in order, so that the second can begin.
        for _ in 0..2 {
            let ended = read(&media, &[transport, &["import", "voltage_l1", "name"][..]].concat());
            let ended = ended.must_exit(OK);
            for value in ["12345.678", "230.5", "GURDEMO000000001"] {
                assert!(ended.out.contains(value), "{kind} {transport:?}: {}", ended.out);
            }
        }
        drop(meter);
    }
}

#[test]
fn what_is_written_is_verified() {
    let meter = still("tcp-listen:127.0.0.1:0", &[]);
    let media = meter.media();
    let base = ["write", "--profile", METER, "--media", &media];
    let write = |what: &[&str]| run(&[&base[..], what].concat());
    write(&["relay=false"]).must_exit(USAGE).must_say("say --confirm");
    let ended = write(&["location=attic", "relay=false", "--confirm"]).must_exit(OK);
    assert_eq!(ended.out.matches("verified").count(), 2, "{}", ended.out);
    let ended = read(&media, &["location", "relay"]).must_exit(OK);
    assert!(ended.out.contains("attic") && ended.out.contains("false"), "{}", ended.out);
}

#[test]
fn a_wrong_password_is_a_sentence_and_a_refusal() {
    let meter = still("tcp-listen:127.0.0.1:0", &GUARDED);
    let media = meter.media();
    read(&media, &[&GUARDED[..], &["name"]].concat()).must_exit(OK);
    let mut wrong = GUARDED;
    wrong[5] = "password=12345670";
    let ended = read(&media, &[&wrong[..], &["name", "import"]].concat()).must_exit(REFUSED);
    let ended = ended.must_say("the password or the key is wrong (13)");
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    // Nothing of the password is told.
    assert!(!ended.err.contains("1234567"), "{}", ended.err);
    read(&media, &["--set", "client=1", "--set", "authentication=low", "name"])
        .must_exit(PARTIAL)
        .must_say("1 of 1 properties could not be read");
}

#[test]
fn a_meter_is_found_with_its_objects() {
    let meter = still("tcp-listen:127.0.0.1:0", &[]);
    let media = meter.media();
    let base = ["scan", "--protocol", "dlms", "--media", &media, "--format", "ndjson"];
    let scan = |more: &[&str]| run(&[&base[..], more].concat());
    let found = scan(&["--profile", METER]).must_exit(OK).records();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["name"], &found[0]["device"]), (&"GURDEMO000000001".into(), &1.into()));
    assert_eq!(found[0]["profile"], "Demonstration meter, DLMS");
    assert_eq!(found[0]["devices"][0]["device"], 1);
    let objects = found[0]["objects"].as_array().unwrap();
    let register = objects.iter().find(|object| object["obis"] == "1-0:1.8.0*255").unwrap();
    assert_eq!((&register["class"], &register["class_name"]), (&3.into(), &"register".into()));
    scan(&["--range", "2-3", "--timeout", "100ms"])
        .must_exit(UNREACHABLE)
        .must_say("2 addresses were asked");

    let guarded = still("tcp-listen:127.0.0.1:0", &GUARDED);
    let media = guarded.media();
    let found = run(&["scan", "--protocol", "dlms", "--media", &media, "--format", "ndjson"]);
    // The public client sees only what is for all.
    let found = found.must_exit(OK).records();
    let seen = found[0]["objects"].as_array().unwrap();
    assert!(seen.len() < objects.len(), "{seen:?}");
}

#[test]
fn no_run_sends_under_a_counter_that_another_has_used() {
    let sealed = [
        "--set",
        "client=1",
        "--set",
        "authentication=gmac",
        "--set",
        "ek=000102030405060708090A0B0C0D0E0F",
        "--set",
        "ak=D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF",
        "--set",
        "security=authentication-encryption",
        "--set",
        "counter=100",
    ];
    let meter = still("tcp-listen:127.0.0.1:0", &sealed);
    let folder = scratch("state");
    let ask = |more: &[&str]| {
        read(&meter.media(), &[&sealed[..], &["import", "--state", &folder], more].concat())
    };
    let kept = || {
        let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        (text.lines().map(|line| line[..10].parse::<u32>().unwrap()).max().unwrap(), file, text)
    };
    ask(&[]).must_exit(OK);
    let (first, file, text) = kept();
    // It began where it was told to; what is kept tells nothing of the key.
    assert!((101..=200).contains(&first), "{first}");
    assert!(!(text + &file.display().to_string()).contains("000102"), "{}", file.display());
    ask(&[]).must_exit(OK);
    assert!(kept().0 > first);
    // While another program sends under the key, nothing is sent.
    let other = std::fs::File::open(&file).unwrap();
    other.lock().unwrap();
    let ended = ask(&[]).must_exit(PARTIAL);
    assert!(ended.out.contains("another program is sending under this key"), "{}", ended.out);
    drop(other);
    std::fs::write(&file, "spoilt").unwrap();
    let ended = ask(&[]).must_exit(PARTIAL);
    assert!(ended.out.contains("this is no kept counter any more"), "{}", ended.out);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "spoilt");
    std::fs::remove_dir_all(&folder).unwrap();
}
