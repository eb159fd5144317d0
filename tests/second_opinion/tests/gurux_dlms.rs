//! gurux-dlms, the Python package of Gurux, in processes of its own.

use std::collections::BTreeMap;
use std::process::Command;

use gurux_dlms::wire::DataType;
use gurux_framing::Wire;
use gurux_second_opinion::dialect::{Refused, Task, dialect};
use gurux_second_opinion::pipe::{Pipe, hex, octets};
use gurux_second_opinion::sealed::{Form, Sealed};
use gurux_second_opinion::{Gen, Message, SERVICES, Tally, Way, cases, octets_of};

fn package() -> Pipe {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let python = std::env::var("GURUX_INTEROP_PYTHON")
        .unwrap_or(format!("{root}/target/interop/venv/bin/python"));
    let script = format!("{root}/tests/interop/dlms_codec.py");
    Pipe::start(Command::new(python).arg(script))
}

#[test]
fn it_reads_what_we_write() {
    put_to_it(Task::Read, Way::OursToTheirs);
}

#[test]
fn it_writes_what_we_read() {
    put_to_it(Task::Write, Way::TheirsToOurs);
}

/// A tenth of what is done in process.
fn count() -> usize {
    (cases() / 10).max(1)
}

fn put_to_it(task: Task, way: Way) {
    let (mut tally, mut pipe) = (Tally::default(), package());
    let mut refused: BTreeMap<Refused, usize> = BTreeMap::new();
    for (seed, (service, make)) in SERVICES.iter().enumerate() {
        let mut choices = Gen::new(700 + seed as u64);
        let (mut put, mut drawn) = (0, 0);
        while put < count() && drawn < 20_000 + 200 * put {
            drawn += 1;
            let message = make(&mut choices);
            let xml = match dialect(&message, task) {
                Ok(xml) => xml,
                Err(why) => {
                    *refused.entry(why).or_default() += 1;
                    continue;
                }
            };
            put += 1;
            tally.case(service);
            let ours = octets_of(&message);
            let result = match task {
                Task::Read => {
                    let read = pipe.ask(&format!("read {}", hex(&ours)));
                    let what = || format!("{}\n    {read}\n    {xml}", hex(&ours));
                    if read == xml { Ok(()) } else { Err(what()) }
                }
                Task::Write => {
                    let written = pipe.ask(&format!("write {xml}"));
                    octets(&written).and_then(|theirs| {
                        let theirs: &'static [u8] = theirs.leak();
                        let read = Message::from_bytes(theirs).map_err(|e| e.to_string());
                        let is_same = theirs == ours && read.as_ref() == Ok(&message);
                        let what = || format!("{}\n    {}\n    {xml}", hex(theirs), hex(&ours));
                        if is_same { Ok(()) } else { Err(what()) }
                    })
                }
            };
            tally.way(service, way, result, None);
        }
    }
    for (why, count) in refused {
        println!("{count:7} not put to it: {why}");
    }
    tally.finish(&format!("gurux-dlms, {task:?}"), &[]);
}

/// The types that it brings back. Of bit-strings it fills the last octet up, of times it drops the
/// hundredths, of dates the weekday, and in date-times the two months that stand for the begin and the end of
/// daylight saving change places.
const KEPT: &[DataType] = &[
    DataType::NULL_DATA,
    DataType::BOOLEAN,
    DataType::DOUBLE_LONG,
    DataType::DOUBLE_LONG_UNSIGNED,
    DataType::OCTET_STRING,
    DataType::VISIBLE_STRING,
    DataType::UTF8_STRING,
    DataType::BCD,
    DataType::INTEGER,
    DataType::LONG,
    DataType::UNSIGNED,
    DataType::LONG_UNSIGNED,
    DataType::LONG64,
    DataType::LONG64_UNSIGNED,
    DataType::ENUM,
    DataType::FLOAT32,
    DataType::FLOAT64,
];

/// Simple values as it reads and writes them again. Within others it forgets their types.
#[test]
fn each_value_comes_back() {
    let (mut tally, mut pipe) = (Tally::default(), package());
    let mut choices = Gen::new(800);
    for _ in 0..count() {
        let data_type = choices.pick(KEPT);
        let value = choices.data_of(data_type, 0);
        tally.case(value.data_type().name().unwrap());
        let ours = octets_of(&value);
        let answer = pipe.ask(&format!("data {}", hex(&ours)));
        let result = octets(&answer).and_then(|theirs| {
            if theirs == ours {
                Ok(())
            } else {
                Err(format!("{}\n    {}", hex(&theirs), hex(&ours)))
            }
        });
        tally.way(value.data_type().name().unwrap(), Way::TheirsToOurs, result, None);
    }
    tally.finish("gurux-dlms, values", &[]);
}

/// general-glo-ciphering. It does not check tags, so only what it seals says anything of them.
#[test]
fn each_protection_is_the_same_for_both() {
    let (mut tally, mut pipe) = (Tally::default(), package());
    for (suite, service) in
        [(0, "general-glo-, suite 0"), (1, "general-glo-, suite 1"), (2, "general-glo-, suite 2")]
    {
        let mut choices = Gen::new(900 + u64::from(suite));
        for _ in 0..count() {
            let mut case = Sealed::new(&mut choices, Form::General, suite);
            case.is_dedicated = false;
            tally.case(service);
            let ours = case.seal();
            let [title, key, authentication] =
                [&case.sender.0, case.keys[0], case.keys[2]].map(hex);
            let opened = pipe.ask(&format!("open {title} {key} {authentication} {}", hex(&ours)));
            let opened = octets(&opened)
                .and_then(|text| if text == case.text { Ok(()) } else { Err(hex(&text)) });
            tally.way(service, Way::OursToTheirs, opened, None);
            let control = hex(&[case.control.octet()]);
            let counter = hex(&case.counter.to_be_bytes());
            let text = hex(&case.text);
            let sealed = format!("seal {control} {counter} {title} {key} {authentication} {text}");
            let sealed = octets(&pipe.ask(&sealed)).and_then(|theirs| {
                if theirs != ours {
                    return Err(format!("{}\n    {}", hex(&theirs), hex(&ours)));
                }
                case.open(&theirs)
            });
            tally.way(service, Way::TheirsToOurs, sealed, None);
        }
    }
    tally.finish("gurux-dlms", &[]);
}
