//! The engines of dlms-cosem-rs and ours talk to each other, both ways. Each setup is a case of its own.

use std::time::Duration;

use gurux_dlms::session::{Access, CallId, ClientEvent, Failure};
use gurux_dlms::wire::{AttributeDescriptor, DataAccessResult, DataRef, MethodDescriptor};
use gurux_framing::Wire;
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_second_opinion::engines::{
    ENERGY, LONG, Mechanism, NOTHING, Named, REGISTER, Reader, SCRATCH, SWITCH, Setup, TheirClient,
    TheirMeter, Wrong, long, our_client,
};
use gurux_value::Obis;
use libtest_mimic::{Arguments, Trial};

fn main() {
    let mut trials = Vec::new();
    for setup in Setup::all() {
        trials.push(Trial::test(format!("our client, their meter/{setup}"), move || {
            our_client_reads(&setup);
            Ok(())
        }));
        trials.push(Trial::test(format!("their client, our meter/{setup}"), move || {
            their_client_reads(&setup);
            Ok(())
        }));
    }
    for setup in Setup::wrong() {
        trials.push(Trial::test(format!("our client, their meter/{setup}"), move || {
            our_client_is_refused(&setup);
            Ok(())
        }));
        trials.push(Trial::test(format!("their client, our meter/{setup}"), move || {
            their_client_is_refused(&setup);
            Ok(())
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn octets(value: &DataRef<'_>) -> Vec<u8> {
    let mut octets = vec![0; value.wire_len()];
    value.emit_to_slice(&mut octets).expect("its length");
    octets
}

/// What is written in blocks.
fn much() -> Vec<u8> {
    long().into_iter().rev().collect()
}

// ---------------------------------------------------------------------------------------------
// Their client, our meter.

fn their_client_reads(setup: &Setup) {
    let mut client = TheirClient::new(setup);
    if setup.mechanism == Mechanism::Low {
        // An AARE that accepts a password has no mechanism-name; they want one. See the README.
        let why = client.associate().expect_err("a fault of theirs is mended");
        assert!(why.contains("AuthenticationRequired"), "{why}");
        return;
    }
    client.associate().expect("it is what both have");
    let energy = octets(&DataRef::DoubleLongUnsigned(ENERGY));
    assert_eq!(client.get(REGISTER), Ok(energy.clone()));
    assert_eq!(client.get(LONG), Ok(octets(&DataRef::OctetString(&long()))));
    let list = client.get_list(&[REGISTER, NOTHING, SCRATCH]).expect("a list");
    assert_eq!(list[0], Ok(energy));
    assert!(list[1].is_err(), "{list:?}");
    assert_eq!(list[2], Ok(octets(&DataRef::OctetString(b"scratch"))));
    client.set(SCRATCH, b"written").expect("it may be written");
    assert_eq!(client.get(SCRATCH), Ok(octets(&DataRef::OctetString(b"written"))));
    client.set(REGISTER, b"no").expect_err("it may not be written");
    client.get(NOTHING).expect_err("there is none");
    if !setup.is_short {
        client.set(SCRATCH, &much()).expect("it may be written");
        assert_eq!(client.get(SCRATCH), Ok(octets(&DataRef::OctetString(&much()))));
        client.act(SWITCH, 1).expect("it has the method");
        assert_eq!(client.get(SWITCH), Ok(octets(&DataRef::Boolean(false))));
        // Their long-invoke-id says that no answer is wanted, and what it asks for is done without one. See
        // the README.
        let why =
            client.access(REGISTER, SCRATCH, b"again").expect_err("a fault of theirs is mended");
        assert!(why.starts_with("[]"), "{why}");
        assert_eq!(client.get(SCRATCH), Ok(octets(&DataRef::OctetString(b"again"))));
    }
    client.release().expect("it ends");
}

fn their_client_is_refused(setup: &Setup) {
    let mut client = TheirClient::new(setup);
    let why = client.associate().expect_err("something is wrong");
    let expected: &[&str] = match setup.wrong {
        Some(Wrong::Password) => &["AuthenticationFailure"],
        Some(Wrong::Counter) => &["InvocationCounter"],
        _ => &["Rejected", "Exception"],
    };
    assert!(expected.iter().any(|word| why.contains(word)), "{why}");
}

// ---------------------------------------------------------------------------------------------
// Our client, their meter.

type Line = Conductor<Reader, TheirMeter>;
type Values = Vec<Result<Vec<u8>, DataAccessResult>>;

fn line(setup: &Setup) -> Line {
    Conductor::new(our_client(setup), TheirMeter::new(setup), pair(&PairSettings::default()))
}

fn end(line: &mut Line, call: CallId) -> (Values, Result<(), Failure>) {
    let mut values = Vec::new();
    let until = line.now() + Duration::from_secs(60);
    loop {
        match line.run(until).expect("the line has no faults") {
            Conducted::A(ClientEvent::Value { .. }) => {
                values.push(line.a.value_octets().map(<[u8]>::to_vec));
            }
            Conducted::A(ClientEvent::Done { call: of }) if of == call => return (values, Ok(())),
            Conducted::A(ClientEvent::Failed { call: of, failure }) if of == call => {
                return (values, Err(failure));
            }
            Conducted::A(_) | Conducted::B(()) => {}
            other => panic!("the order has no end: {other:?}; {:?}", line.b.faults()),
        }
    }
}

fn attribute(Named(_, class_id, name): Named) -> AttributeDescriptor {
    AttributeDescriptor { class_id, instance_id: Obis::new(name), attribute_id: 2 }
}

/// The one value that an order has.
fn get(line: &mut Line, named: Named) -> Result<Vec<u8>, DataAccessResult> {
    let call = line.a.get(attribute(named)).expect("idle");
    let (mut values, ended) = end(line, call);
    assert_eq!(ended, Ok(()), "{named:?}: {:?}", line.b.faults());
    values.remove(0)
}

fn set(line: &mut Line, named: Named, octets: &[u8]) -> Values {
    let call = line.a.set(attribute(named), DataRef::OctetString(octets)).expect("idle");
    let (values, ended) = end(line, call);
    assert_eq!(ended, Ok(()), "{named:?}: {:?}", line.b.faults());
    values
}

fn our_client_reads(setup: &Setup) {
    let mut line = line(setup);
    let energy = octets(&DataRef::DoubleLongUnsigned(ENERGY));
    assert_eq!(get(&mut line, REGISTER), Ok(energy.clone()));
    assert_eq!(get(&mut line, LONG), Ok(octets(&DataRef::OctetString(&long()))));
    let items = [REGISTER, SCRATCH].map(|named| attribute(named).into());
    let call = line.a.get_list(&items).expect("idle");
    let (values, ended) = end(&mut line, call);
    assert_eq!(ended, Ok(()));
    assert_eq!(values, [Ok(energy.clone()), Ok(octets(&DataRef::OctetString(b"scratch")))]);
    assert!(set(&mut line, SCRATCH, b"written")[0].is_ok());
    assert_eq!(get(&mut line, SCRATCH), Ok(octets(&DataRef::OctetString(b"written"))));
    assert_eq!(set(&mut line, REGISTER, b"no")[0], Err(DataAccessResult::READ_WRITE_DENIED));
    line.a.name_object(NOTHING.0, NOTHING.1, Obis::new(NOTHING.2));
    get(&mut line, NOTHING).expect_err("there is none");
    let Named(_, class_id, name) = SWITCH;
    let method = MethodDescriptor { class_id, instance_id: Obis::new(name), method_id: 1 };
    let call = line.a.act(method, Some(DataRef::Integer(0))).expect("idle");
    assert_eq!(end(&mut line, call).1, Ok(()));
    assert_eq!(get(&mut line, SWITCH), Ok(octets(&DataRef::Boolean(false))));
    if !setup.is_short {
        assert!(set(&mut line, SCRATCH, &much())[0].is_ok());
        assert_eq!(get(&mut line, SCRATCH), Ok(octets(&DataRef::OctetString(&much()))));
        let items = [
            Access::Get(attribute(REGISTER)),
            Access::Set(attribute(SCRATCH), DataRef::OctetString(b"again")),
            Access::Get(attribute(SCRATCH)),
        ];
        let call = line.a.access(&items).expect("idle");
        let (values, ended) = end(&mut line, call);
        assert_eq!(ended, Ok(()));
        assert_eq!(values[0], Ok(energy));
        assert_eq!(values[2], Ok(octets(&DataRef::OctetString(b"again"))));
    }
    let call = line.a.release().expect("idle");
    assert_eq!(end(&mut line, call).1, Ok(()));
    assert_eq!(line.b.faults(), &[] as &[String], "what we send is no fault to them");
}

fn our_client_is_refused(setup: &Setup) {
    let mut line = line(setup);
    let call = line.a.associate().expect("idle");
    let (_, ended) = end(&mut line, call);
    if setup.wrong == Some(Wrong::Counter) {
        // Their refusal names the counter that is due, and our client goes on from there.
        assert_eq!(ended, Ok(()));
        assert_eq!(get(&mut line, REGISTER), Ok(octets(&DataRef::DoubleLongUnsigned(ENERGY))));
        return;
    }
    let failure = ended.expect_err("something is wrong");
    let is_right = match (setup.wrong, setup.mechanism) {
        (Some(Wrong::Password), _) => matches!(failure, Failure::Refused(_)),
        (_, Mechanism::Gmac) if setup.security == 0 => matches!(failure, Failure::WrongSecret(_)),
        _ => matches!(failure, Failure::Refused(_)),
    };
    assert!(is_right, "{failure:?}: {failure}; {:?}", line.b.faults());
}
