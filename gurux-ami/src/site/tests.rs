//! Sites that are right, and what is said of those that are not.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use gurux_media::MediaSettings;
use jiff::Timestamp;

use super::Site;
use crate::connection::Transport;
use crate::schedule::{Missed, Rule};

/// Where the profiles of this repository are.
fn profiles() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../profiles")
}

fn parse(inner: &str) -> Result<Site, String> {
    let text = format!(
        "<Site xmlns=\"urn:gurux-ami:site:1\" Name=\"north\" TimeZone=\"Europe/Helsinki\">\n{inner}\n</Site>"
    );
    Site::parse(&text, "site.xml", &profiles())
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// A device, with what it is read for.
fn device(attributes: &str, inner: &str) -> String {
    format!(
        "<Device Name=\"feeder\" Profile=\"gurux/demo-three-phase.xml\" {attributes}>{inner}</Device>"
    )
}

const EACH_MINUTE: &str = "<Poll Interval=\"1m\"/>";

#[test]
fn a_whole_site_is_read() {
    let site = parse(
        r#"<Metrics Address="127.0.0.1:9100"/>
        <Schedule Name="quarter" Interval="15m" Offset="10s" Jitter="20s" Missed="Once"/>
        <Schedule Name="night" At="02:00 03:30" Weekdays="mon-fri" Months="11-2"/>
        <Line Name="cellar" Pause="50ms" SilentShare="10">
          <Media>serial:/dev/ttyUSB0,9600,8N1</Media>
          <Media>tcp:10.0.0.9:4001</Media>
          <Device Name="feeder" Profile="gurux/demo-three-phase.xml" Transport="rtu" WaitTime="800ms">
            <Set Parameter="unit" Value="3"/>
            <Poll Schedule="quarter"/>
            <Poll Property="voltage_l1 voltage_l2" Interval="5s" Keep="1m"/>
          </Device>
          <Device Name="water" Profile="gurux/demo-water.xml" Serial="2400,8E1" Transport="rtu">
            <Poll Schedule="night"/>
          </Device>
        </Line>
        <Device Name="roof" Profile="gurux/demo-three-phase.xml">
          <Media>tcp:10.0.0.7:502</Media><Poll Interval="10s"/>
        </Device>"#,
    )
    .unwrap();
    assert_eq!((site.name.as_str(), site.lines.len(), site.meters()), ("north", 2, 3));
    assert_eq!(site.metrics, Some("127.0.0.1:9100".parse().unwrap()));
    let cellar = &site.lines[0];
    assert_eq!((cellar.ways.len(), cellar.bus.silent_share), (2, 10));
    assert_eq!(cellar.bus.pause, Duration::from_millis(50));
    let [feeder, water] = cellar.meters.as_slice() else { panic!() };
    assert_eq!(feeder.parameters.lookup("unit"), Some("3"));
    assert_eq!(feeder.transport, Some(Transport::Rtu));
    assert_eq!(feeder.wait_time, Some(Duration::from_millis(800)));
    let [all, some] = feeder.polls.as_slice() else { panic!() };
    assert_eq!((all.name.as_str(), all.schedule.missed), ("all", Missed::Once));
    assert!(all.items.len() > some.items.len());
    assert_eq!((some.items.len(), some.keep), (2, Some(Duration::from_secs(60))));
    // The meter with settings of its own has them on the line only.
    let line_over = |way: &MediaSettings| water.line_over(way).map(|line| line.baud);
    assert_eq!((line_over(&cellar.ways[0]), line_over(&cellar.ways[1])), (Some(2400), None));
    assert_eq!(feeder.transport_over(&cellar.ways[0]), "rtu");
    assert_eq!(feeder.transport_over(&cellar.ways[1]), "rtu-over-tcp");
    // Half past midnight UTC is half past two in winter.
    let tick = water.polls[0].schedule.rule.next_after("2026-11-23T00:10:00Z".parse().unwrap());
    assert_eq!(tick, Some("2026-11-23T01:30:00Z".parse::<Timestamp>().unwrap()));
    assert_eq!((site.lines[1].name.as_str(), site.lines[1].meters.len()), ("roof", 1));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_what_would_be_right() {
    let line = |device: &str| format!("<Line Name=\"l\"><Media>tcp:h:1</Media>\n{device}</Line>");
    let cases: &[(String, &str)] = &[
        (
            "<Lines/>".into(),
            "site.xml:2:1: Site has no element Lines; it may have Metrics, Store, Schedule, Line and Device",
        ),
        (String::new(), "nothing to poll"),
        (line(""), "site.xml:2:1: Line needs the element Device"),
        (line(&device("", "")), "site.xml:3:1: Device needs the element Poll"),
        (
            line(&device("Adress='3'", EACH_MINUTE)),
            "site.xml:3:60: Device has no attribute Adress; it may have Name, Profile, Transport",
        ),
        (
            line(&device("Transport='mbap'", EACH_MINUTE)),
            "Transport=\"mbap\": expected rtu, ascii, tcp, wired",
        ),
        (line(&device("Transport='hdlc'", EACH_MINUTE)), "Device feeder: "),
        (
            line("<Device Name='a' Profile='none.xml'><Poll/></Device>"),
            "none.xml: the profile cannot be read",
        ),
        (
            line(&device("", "<Poll Interval='fast'/>")),
            "Interval=\"fast\": expected a span from 100ms on",
        ),
        (line(&device("", "<Poll Interval='10ms'/>")), "expected a span from 100ms on"),
        (
            line(&device("", "<Poll Interval='1m' At='02:00'/>")),
            "two kinds of schedule: one of them",
        ),
        (line(&device("", "<Poll At='26:00'/>")), "At=\"26:00\": expected times of day"),
        (
            line(&device("", "<Poll At='02:00' Weekdays='monday'/>")),
            "expected days of the week like mon-fri",
        ),
        (line(&device("", "<Poll At='02:00' Days='0'/>")), "expected days from 1 to 31 or last"),
        (line(&device("", "<Poll At='02:00' Months='13'/>")), "expected months from 1 to 12"),
        (line(&device("", "<Poll Interval='1m' Weekdays='mon'/>")), "Weekdays goes with At"),
        (line(&device("", "<Poll Interval='1m' Jitter='2m'/>")), "no more than the Interval"),
        (line(&device("", "<Poll Interval='1m' Missed='Twice'/>")), "expected Skip, Once or All"),
        (
            line(&device("", "<Poll Schedule='nightly'/>")),
            "there is no such schedule; the site has none",
        ),
        (line(&device("", "<Poll Property='voltage_l9' Interval='1m'/>")), "; there are "),
        (line(&device("", "<Poll Group='none' Interval='1m'/>")), "a name that the profile gives"),
        (line(&device("", "<Poll View='none' Interval='1m'/>")), "none"),
        (
            line(&device("", "<Poll Group='a' View='b' Interval='1m'/>")),
            "View and Group: one of them",
        ),
        (
            line(&device("", "<Poll Interval='1m'/><Poll Interval='2m'/>")),
            "there is a Poll all already",
        ),
        (line(&device("", "<Set Parameter='unit' Value='999'/><Poll Interval='1m'/>")), "unit"),
        (
            line(&device("", "<Set Parameter='unit'/><Poll Interval='1m'/>")),
            "Set has one of Value, Env (a variable) and File",
        ),
        (
            line(&device(
                "",
                "<Set Parameter='unit' Env='GURUX_NO_SUCH_VARIABLE'/><Poll Interval='1m'/>",
            )),
            "expected a variable of the environment that is set",
        ),
        (
            line(&device("", "<Set Parameter='unit' File='no-such-file'/><Poll Interval='1m'/>")),
            "expected a file that can be read",
        ),
        (
            line(&format!("{0}{0}", device("", EACH_MINUTE))),
            "the device feeder was already defined at line 3, column 9",
        ),
        (
            line(&device("", &format!("<Media>tcp:a:1</Media>{EACH_MINUTE}"))),
            "reached over the media of its Line",
        ),
        (device("", EACH_MINUTE), "Device needs the element Media"),
        ("<Line Name='l'><Media>tcp:h</Media></Line>".into(), "site.xml:2:23: "),
        (
            "<Line Name='l'><Media>pty:/tmp/x</Media></Line>".into(),
            "goes over tcp, tcp-listen, udp or serial",
        ),
        ("<Line Name='l' SilentShare='101'/>".into(), "hundredths from 0 to 100"),
        ("<Line Name='l' Patience='0'/>".into(), "a number from 1 to 255"),
        ("<Schedule Name='s'/>".into(), "it needs Interval=\"15m\" or At=\"02:00\""),
        ("<Metrics Address='9100'/>".into(), "an address and a port"),
        (
            "<Metrics Address='[::1]:1'/><Metrics Address='[::1]:2'/>".into(),
            "Metrics stands here a second time",
        ),
        ("text".into(), "Site holds elements only, no text"),
    ];
    for (inner, expected) in cases {
        let told = parse(inner).unwrap_err();
        assert!(told.contains(expected), "{inner}\n-> {told}\n   {expected}");
        assert!(told.lines().all(|line| line.starts_with("site.xml:")), "{told}");
    }
}

#[test]
fn one_port_has_one_owner_and_one_framing() {
    let two = |second: &str| {
        let first = "<Device Name='a' Profile='gurux/demo-three-phase.xml'><Media>tcp:10.0.0.5:502</Media><Poll Interval='1m'/></Device>";
        parse(&format!(
            "{first}\n<Line Name='b'><Media>{second}</Media>{}</Line>",
            device("", EACH_MINUTE)
        ))
    };
    let told = two("tcp:10.0.0.5:502").unwrap_err();
    assert!(
        told.starts_with("site.xml:3:23: tcp:10.0.0.5:502 belongs to a at line 2, column 62"),
        "{told}"
    );
    assert!(told.ends_with("put these devices into one Line"), "{told}");
    assert!(two("tcp:10.0.0.5:503").is_ok());
    // The header of Modbus TCP and bare RTU in one connection: the other side knows one of them.
    let other = "<Device Name='b' Profile='gurux/demo-three-phase.xml' Transport='rtu'><Poll Interval='1m'/></Device>";
    let told = parse(&format!(
        "<Line Name='l'><Media>tcp:h:1</Media>{}\n{other}</Line>",
        device("", EACH_MINUTE)
    ))
    .unwrap_err();
    assert!(told.contains("site.xml:3:55: ") && told.contains("feeder"), "{told}");
}

#[test]
fn secrets_are_named_and_never_written() {
    let folder = std::env::temp_dir().join(format!("gurux-site-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let profile = fs::read_to_string(profiles().join("gurux/demo-electricity-dlms.xml")).unwrap();
    assert!(profile.contains("Secret=\"true\""), "the profile has a secret parameter");
    let secret =
        profile.split("<Parameter ").find(|part| part.contains("Secret=\"true\"")).unwrap();
    let name = secret.split("Name=\"").nth(1).unwrap().split('"').next().unwrap();
    let with = |set: &str| {
        parse(&format!(
            "<Device Name='m' Profile='gurux/demo-electricity-dlms.xml'><Media>tcp:h:1</Media>\
             <Set Parameter='{name}' {set}/><Poll Interval='1m'/></Device>"
        ))
    };
    let told = with("Value='00112233445566778899AABBCCDDEEFF'").unwrap_err();
    assert!(told.contains("this parameter is secret"), "{told}");
    assert!(!told.contains("001122"), "{told}");
    let key = folder.join("key");
    fs::write(&key, "00112233445566778899AABBCCDDEEFF\n").unwrap();
    let site = with(&format!("File='{}'", key.display()));
    let shown = format!("{site:?}");
    assert!(!shown.contains("00112233445566778899AABBCCDDEEFF"), "{shown}");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_poll_that_says_no_time_takes_the_profiles() {
    let told =
        parse(&format!("<Line Name='l'><Media>tcp:h:1</Media>{}</Line>", device("", "<Poll/>")));
    match told {
        Ok(site) => {
            let polls = &site.lines[0].meters[0].polls;
            assert!(polls.iter().all(|poll| matches!(poll.schedule.rule, Rule::Interval { .. })));
        }
        Err(told) => assert!(told.contains("the profile says no Interval for"), "{told}"),
    }
}

#[test]
fn a_fault_in_a_profile_has_the_place_in_the_profile() {
    let folder = std::env::temp_dir().join(format!("gurux-site-profile-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let profile = folder.join("bad.xml");
    let text = fs::read_to_string(profiles().join("gurux/demo-water.xml")).unwrap();
    fs::write(&profile, text.replacen("<Category ", "<Category Nmae=\"x\" ", 1)).unwrap();
    let device = format!(
        "<Device Name='m' Profile='{}'><Media>tcp:h:1</Media><Poll Interval='1m'/></Device>",
        profile.display()
    );
    let twice = format!("{device}{}", device.replace("'m'", "'n'").replace("h:1", "h:2"));
    let told = parse(&twice).unwrap_err();
    assert!(told.contains("bad.xml:") && told.contains("Category has no attribute Nmae"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    fs::remove_dir_all(&folder).unwrap();
}
