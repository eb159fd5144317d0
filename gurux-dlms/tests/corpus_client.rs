//! Recorded conversations, asked again: the client, answered with what the recorded meter said, asks
//! what the recorded client asked, and ends with the values that were recorded. The captures are read
//! from `$GURUX_CORPUS/dlms`, or from `../shared/corpus/dlms` beside the checkout.
//!
//! One octet may differ: the invoke-id of a request, which a client chooses (IEC 62056-5-3,
//! Invoke-Id-And-Priority). The recorded ones use the same number again and again.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]

use std::path::PathBuf;
use std::process::ExitCode;

use gurux_dlms::carrier::Llc;
use gurux_dlms::security::Software;
use gurux_dlms::session::link::Owned;
use gurux_dlms::session::{
    Authentication, CallId, Client, ClientCarrier, ClientConfig, ClientEvent, Guard, Quirks,
    Secret, Seed, Stores, WrapperConfig, WrapperLink,
};
use gurux_dlms::wire::{Aarq, GetRequest, GetResponse, InitiateRequest, Mechanism, Unread};
use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, HdlcFrame};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = std::env::var_os("GURUX_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
        PathBuf::from,
    );
    let folder = folder.join("dlms");
    let Ok(files) = std::fs::read_dir(&folder) else {
        let name = format!("no captures in {}", folder.display());
        let trial = Trial::test(name, || Ok(())).with_ignored_flag(true);
        return libtest_mimic::run(&arguments, vec![trial]).exit_code();
    };
    let mut trials = Vec::new();
    for file in files.flatten() {
        if file.path().extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let text = std::fs::read_to_string(file.path()).expect("a file that can be read");
        for line in text.lines().filter(|line| line.contains("hdlc-session")) {
            let entry: Value = serde_json::from_str(line).expect("JSON");
            if entry["layer"] == "hdlc-session" {
                let id = entry["id"].as_str().unwrap_or_default().to_owned();
                trials.push(Trial::test(id, move || replay(&messages(&entry))));
            }
        }
    }
    assert!(trials.len() >= 3, "{} is not the corpus", folder.display());
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Messages in order, joined from their segments: who sent it, and the APDU.
fn messages(entry: &Value) -> Vec<(bool, Vec<u8>)> {
    let mut messages = Vec::new();
    let mut joined: Vec<u8> = Vec::new();
    for recorded in entry["expect"]["asserts"]["frames"].as_array().expect("frames") {
        let text = recorded["hex"].as_str().unwrap_or_default();
        let octets: Vec<u8> = (0..text.len() / 2)
            .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex"))
            .collect();
        let frame = HdlcFrame::open_proven(&octets[1..octets.len() - 1]).expect("a frame");
        if !matches!(frame.control.command(), Command::Information { .. }) {
            continue;
        }
        joined.extend(frame.information());
        if !frame.is_segmented {
            let apdu = Llc::strip(&joined).1.to_vec();
            messages.push((recorded["dir"] == "tx", apdu));
            joined.clear();
        }
    }
    messages
}

type Reader = Client<Owned, Software>;

/// A client that proposes what this one did.
fn like(aarq: &Aarq<'_>) -> Option<Reader> {
    let initiate = InitiateRequest::from_bytes(aarq.user_information?).ok()?;
    let mechanism = aarq.mechanism_name.and_then(|name| name.mechanism());
    let authentication = match (mechanism, aarq.calling_authentication_value) {
        (Some(Mechanism::LOW), Some(value)) => Authentication::Low(Secret::new(value.octets)?),
        (None, _) => Authentication::Lowest,
        _ => return None,
    };
    let config = ClientConfig {
        conformance: Some(initiate.proposed_conformance.conformance),
        max_pdu: initiate.client_max_receive_pdu_size,
        quirks: Quirks { no_release: true, ..Quirks::default() },
        ..ClientConfig::default()
    };
    let link = WrapperLink::new(WrapperConfig::default(), Owned::new(4096), Owned::new(4096));
    let carrier = ClientCarrier::wrapper(link);
    let (seed, stores) = (Seed::new([0; 32]), Stores::owned(4096, 65_536));
    Some(Client::new(config, authentication, carrier, Guard::open(Software), seed, stores))
}

/// Drives the order: what it asks is held against the recording, which answers.
fn run(
    client: &mut Reader,
    call: CallId,
    rest: &mut &[(bool, Vec<u8>)],
) -> Result<Vec<Vec<u8>>, Failed> {
    let (now, mut values) = (Instant::ZERO, Vec::new());
    loop {
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Value { .. } => {
                    // A refusal is its code.
                    values.push(match client.value_octets() {
                        Ok(value) => value.to_vec(),
                        Err(code) => vec![code.code()],
                    });
                }
                ClientEvent::Done { .. } => return Ok(values),
                ClientEvent::Failed { call: of, failure } => {
                    assert_eq!(of, call);
                    return Err(failure.into());
                }
                _ => {}
            }
        }
        let mut out = BytesMut::new();
        client.poll_transmit(now, &mut out).ok_or("nothing is asked, and nothing told")?;
        let [(true, recorded), (false, answer), behind @ ..] = *rest else {
            return Err("the recording asks no more".into());
        };
        let mut ours = out[8..].to_vec();
        let invoke = ours[2];
        let mut answer = answer.clone();
        if recorded[0] >= 0xC0 {
            ours[2] = recorded[2];
            answer[2] = invoke;
        }
        if ours != *recorded {
            return Err(format!("asks {ours:02X?} instead of {recorded:02X?}").into());
        }
        *rest = behind;
        let len = (answer.len() as u16).to_be_bytes();
        client.handle_input(now, &[&[0, 1, 0, 1, 0, 16][..], &len, &answer].concat());
    }
}

fn replay(messages: &[(bool, Vec<u8>)]) -> Result<(), Failed> {
    let mut rest = messages;
    let mut client: Option<Reader> = None;
    let (mut asked, mut ciphered) = (0, 0);
    while let Some((true, request)) = rest.first() {
        if request[0] == 0x60 {
            client = like(&Aarq::from_bytes(request)?);
            if let Some(client) = &mut client {
                let call = client.associate()?;
                run(client, call, &mut rest)?;
                asked += 1;
                continue;
            }
        }
        let recorded = rest;
        let (Some(client), Ok(request)) = (&mut client, GetRequest::from_bytes(request)) else {
            // Protected, and nobody knows the keys.
            ciphered += 1;
            rest = rest.get(2..).unwrap_or_default();
            continue;
        };
        let call = match request {
            GetRequest::Normal { cosem_attribute_descriptor, access_selection: None, .. } => {
                client.get(cosem_attribute_descriptor)?
            }
            GetRequest::WithList { attribute_descriptor_list, .. } => {
                let items: Vec<_> = attribute_descriptor_list.iter().collect();
                client.get_list(&items)?
            }
            other => return Err(format!("{other:?} out of turn").into()),
        };
        let before = rest.len();
        let values = run(client, call, &mut rest)?;
        asked += 1;
        // What the recorded answers hold, put together by other means.
        let answers = recorded.iter().take(before - rest.len()).filter(|(sent, _)| !sent);
        let mut joined: Vec<u8> = Vec::new();
        for (_, answer) in answers {
            match GetResponse::<Unread<'_>>::from_bytes(answer)? {
                GetResponse::WithDatablock { .. } => {
                    let header =
                        if answer[9] < 0x80 { 10 } else { 10 + usize::from(answer[9] & 0x7F) };
                    joined.extend(&answer[header..]);
                }
                GetResponse::Normal { .. } => joined.extend(&answer[4..]),
                GetResponse::WithList { .. } => {
                    joined.extend(answer[4..].iter());
                }
            }
        }
        let told: Vec<u8> = if values.len() == 1 {
            values.concat()
        } else {
            values.iter().flat_map(|value| [&[0], &value[..]].concat()).collect()
        };
        if told != joined {
            return Err(format!("{told:02X?} instead of {joined:02X?}").into());
        }
    }
    assert!(asked > 0 && rest.is_empty(), "{} messages are left", rest.len());
    println!("{asked} asked as recorded, {ciphered} protected");
    Ok(())
}
