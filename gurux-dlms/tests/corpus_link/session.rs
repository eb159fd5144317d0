//! The recorded client before a meter that holds what was recorded: each of its frames is answered by a frame
//! of the same kind with the same numbers, each request by the same value, or by a refusal where the recorded
//! meter refused.
//!
//! Blocks may be shorter than the recorded ones, which are longer than their client said that it takes. Where
//! nobody knows the keys, the association is refused.

use std::collections::HashMap;

use gurux_dlms::carrier::Llc;
use gurux_dlms::security::{Software, SystemTitle};
use gurux_dlms::session::link::{MeterBuffers, MeterLink, MeterLinkConfig};
use gurux_dlms::session::meter::{Account, Entry, Memory, Meter, MeterCarrier, MeterConfig};
use gurux_dlms::session::{Authentication, Referencing, Secret};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_dlms::wire::{
    Aare, Aarq, Apdu, ApplicationContext, AssociationResult, AttributeDescriptor, DataRef,
    GetDataBlockResult, GetDataResult, GetRequest, GetResponse, InitiateRequest, InitiateResponse,
    Mechanism,
};
use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame, LinkParameters};
use gurux_media::Session;
use gurux_media::bytes::BytesMut;
use libtest_mimic::Failed;

use super::{NOW, Recorded};

/// A request, and what the recorded meter said.
type Turn = (Vec<u8>, Vec<u8>);

pub(super) fn meter(frames: &[Recorded]) -> Result<(), Failed> {
    let turns = turns(frames);
    let mut meter = meter_like(frames, &turns)?;
    let mut turns = turns.iter();
    let (mut answer, mut blocks, mut compared) = (Vec::new(), Vec::new(), 0);
    let mut expected = HashMap::new();
    for (place, recorded) in frames.iter().enumerate().filter(|(_, frame)| frame.is_from_client) {
        let numbers = expected.entry(recorded.source).or_insert((0, 0));
        match recorded.numbers() {
            // The recording leaves out how this connection came to its numbers.
            Some((send_seq, recv_seq)) if *numbers != (send_seq, recv_seq) => {
                assert_eq!(send_seq, recv_seq, "a gap that cannot be filled");
                prime(&mut meter, recorded, send_seq, &aarq_of(frames, recorded.source)?);
            }
            _ => {}
        }
        let out = say(&mut meter, recorded);
        let Some(expected) = frames.get(place + 1).filter(|frame| !frame.is_from_client) else {
            continue;
        };
        let ours = frame(&out).map_err(|error| format!("{error:?}: to {recorded:?}"))?;
        *numbers = match ours.numbers() {
            Some((send_seq, recv_seq)) => (recv_seq, (send_seq + 1) & 7),
            None => (0, 0),
        };
        let ends = (ours.source, ours.destination);
        if ends != (recorded.destination, recorded.source) {
            return Err(format!("{ours:?} answers {recorded:?}").into());
        }
        // Its kind, its numbers, and its final bit. A DISC is answered by UA, or by DM where nothing is to be
        // ended; what went before the recording is not known.
        let is_disc = recorded.control.command() == Command::Disc;
        let is_end = matches!(ours.control.command(), Command::Ua | Command::Dm);
        if ours.control != expected.control && !(is_disc && is_end) {
            return Err(format!("{ours:?} instead of {expected:?}").into());
        }
        if !matches!(ours.control.command(), Command::Information { .. }) {
            continue;
        }
        answer.extend(&ours.information);
        if !ours.is_segmented {
            let (request, theirs) = turns.next().ok_or("an answer too many")?;
            let apdu = Llc::strip(&answer).1;
            lawful(request, theirs, apdu, &mut blocks)
                .map_err(|error| format!("{apdu:02X?} to {request:02X?}: {error:?}"))?;
            compared += 1;
            answer.clear();
        }
    }
    println!("{compared} answered as recorded");
    let is_prefix = joined(frames).starts_with(&blocks);
    if compared < 2 || !is_prefix { Err("not what was recorded".into()) } else { Ok(()) }
}

fn say(meter: &mut Meter<Memory, Software>, frame: &Recorded) -> BytesMut {
    meter.handle_input(NOW, &frame.octets());
    let mut out = BytesMut::new();
    while meter.poll_transmit(NOW, &mut out).is_some() {}
    out
}

/// So many messages go each way before: a proposal, and requests for what is not there.
fn prime(meter: &mut Meter<Memory, Software>, recorded: &Recorded, messages: u8, aarq: &[u8]) {
    const NOTHING: [u8; 13] = [0xC0, 1, 0xC1, 0, 1, 9, 9, 9, 9, 9, 9, 2, 0];
    let mut tell = |control, apdu: &[u8]| {
        let information = [&[0xE6, 0xE6, 0][..], apdu].concat();
        let information = if apdu.is_empty() { Vec::new() } else { information };
        let control = Control::new(control, true);
        say(meter, &Recorded { control, information, is_segmented: false, ..recorded.clone() });
    };
    tell(Command::Snrm, &[]);
    for number in 0..if messages == 0 { 8 } else { messages } {
        let (send_seq, recv_seq) = (number & 7, number & 7);
        let apdu = if number == 0 { aarq } else { &NOTHING };
        tell(Command::Information { send_seq, recv_seq }, apdu);
    }
}

/// What this client proposed, or what another did, without a password.
fn aarq_of(frames: &[Recorded], client: HdlcAddress) -> Result<Vec<u8>, Failed> {
    let proposals = |frame: &&Recorded| {
        frame.is_from_client && Aarq::from_bytes(Llc::strip(&frame.information).1).is_ok()
    };
    let own = frames.iter().filter(proposals).find(|frame| frame.source == client);
    let any = own.or_else(|| frames.iter().find(proposals)).ok_or("no proposal")?;
    let octets = Llc::strip(&any.information).1;
    if own.is_some() {
        return Ok(octets.to_vec());
    }
    let information = Aarq::from_bytes(octets)?.user_information.unwrap_or_default();
    let aarq = Aarq::new(ApplicationContext::LOGICAL_NAME, information);
    let mut out = vec![0; aarq.wire_len()];
    aarq.emit_to_slice(&mut out)?;
    Ok(out)
}

/// One frame between flags, with sums that are right.
fn frame(octets: &[u8]) -> Result<Recorded, Failed> {
    let bare = octets.get(1..octets.len().saturating_sub(1)).unwrap_or_default();
    let frame = HdlcFrame::open_proven(bare)?;
    let made = Recorded {
        is_from_client: false,
        is_segmented: frame.is_segmented,
        destination: frame.destination,
        source: frame.source,
        control: frame.control,
        information: frame.information().to_vec(),
    };
    if made.octets() == octets { Ok(made) } else { Err(format!("{octets:02X?}").into()) }
}

/// The messages that both sides sent, joined from their segments.
fn turns(frames: &[Recorded]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut joined = Vec::new();
    for frame in frames {
        if frame.numbers().is_none() {
            continue;
        }
        joined.extend(&frame.information);
        if !frame.is_segmented {
            let apdu = Llc::strip(&joined).1.to_vec();
            joined.clear();
            match (frame.is_from_client, turns.last_mut()) {
                (true, _) => turns.push((apdu, Vec::new())),
                (false, Some(turn)) => turn.1 = apdu,
                (false, None) => {}
            }
        }
    }
    turns
}

/// All blocks that the recorded meter sent.
fn joined(frames: &[Recorded]) -> Vec<u8> {
    let turns = turns(frames);
    turns.iter().filter_map(|(_, answer)| block(answer)).flat_map(|(_, raw)| raw).collect()
}

/// The number of a block, and what is in it.
fn block(answer: &[u8]) -> Option<(u32, Vec<u8>)> {
    match GetResponse::<DataRef<'_>>::from_bytes(answer).ok()? {
        GetResponse::WithDatablock { result, .. } => match result.result {
            GetDataBlockResult::RawData(raw) => Some((result.block_number, raw.to_vec())),
            GetDataBlockResult::DataAccessResult(_) => None,
        },
        _ => None,
    }
}

/// A meter with the objects, the passwords and the limits of the recorded one.
fn meter_like(frames: &[Recorded], turns: &[Turn]) -> Result<Meter<Memory, Software>, Failed> {
    let mut memory = Memory::new();
    let mut accounts = vec![Account::new(Referencing::LogicalNames, Authentication::Lowest)];
    let mut max_pdu = 0;
    let mut add = |place: AttributeDescriptor, value: Data| {
        // An association is the meter's own.
        if place.class_id != ClassId::ASSOCIATION_LN.code() {
            let class_id = ClassId::new(place.class_id);
            let version = u8::from(class_id == ClassId::PROFILE_GENERIC);
            let entry = Entry::new(class_id, version, place.instance_id);
            memory.add(entry.with(place.attribute_id, &value));
        }
    };
    for (request, answer) in turns {
        if let Ok(aarq) = Aarq::from_bytes(request) {
            let password = aarq.calling_authentication_value.filter(|_| {
                aarq.mechanism_name.and_then(|name| name.mechanism()) == Some(Mechanism::LOW)
            });
            if let Some(secret) = password.and_then(|value| Secret::new(value.octets)) {
                let way = Authentication::Low(secret);
                accounts.push(Account::new(Referencing::LogicalNames, way));
            }
            let asked = aarq.user_information.map(InitiateRequest::from_bytes);
            if let Some(Ok(asked)) = asked {
                max_pdu = asked.client_max_receive_pdu_size;
            }
        }
        let Ok(request) = GetRequest::from_bytes(request) else { continue };
        match (request, GetResponse::<DataRef<'_>>::from_bytes(answer)) {
            (
                GetRequest::Normal { cosem_attribute_descriptor: place, .. },
                Ok(GetResponse::Normal { result: GetDataResult::Data(value), .. }),
            ) => add(place, value.into()),
            (
                GetRequest::Normal { cosem_attribute_descriptor: place, .. },
                Ok(GetResponse::WithDatablock { .. }),
            ) => add(place, DataRef::from_bytes(&joined(frames))?.into()),
            (
                GetRequest::WithList { attribute_descriptor_list: list, .. },
                Ok(GetResponse::WithList { result, .. }),
            ) => {
                for (item, result) in list.iter().zip(result.iter()) {
                    if let GetDataResult::Data(value) = result {
                        add(item.cosem_attribute_descriptor, value.into());
                    }
                }
            }
            _ => {}
        }
    }
    let is_agreed =
        |frame: &&Recorded| frame.control.command() == Command::Ua && !frame.information.is_empty();
    let said = frames.iter().find(is_agreed);
    let parameters = LinkParameters::from_bytes(&said.ok_or("no UA")?.information)?;
    // A block that keeps to the client's limit has two segments too, as its longer one had.
    let max_info_transmit = parameters.max_info_transmit.min(120);
    let parameters = LinkParameters { max_info_transmit, ..parameters };
    let server = frames.first().ok_or("an empty recording")?.destination;
    let config = MeterLinkConfig {
        physical_device: server.lower().unwrap_or_default(),
        parameters,
        ..MeterLinkConfig::default()
    };
    let carrier = MeterCarrier::hdlc(MeterLink::new(config, MeterBuffers::owned(4096)));
    let config = MeterConfig { max_pdu, ..MeterConfig::new(SystemTitle(*b"MEL\0\0\0\0\x01")) };
    Ok(Meter::new(config, accounts, Software, memory, carrier, |octets| octets.fill(0x55)))
}

fn initiate(aare: &[u8]) -> Result<InitiateResponse, Failed> {
    let information = Aare::from_bytes(aare)?.user_information.ok_or("nothing is agreed")?;
    Ok(InitiateResponse::from_bytes(information)?)
}

/// Is our answer one that this client can take, and says it the same as the recorded one?
fn lawful(request: &[u8], theirs: &[u8], ours: &[u8], blocks: &mut Vec<u8>) -> Result<(), Failed> {
    let must = |is_so: bool, what: &str| if is_so { Ok(()) } else { Err(Failed::from(what)) };
    if let Ok(aarq) = Aarq::from_bytes(request) {
        let aare = Aare::from_bytes(ours)?;
        let Ok(asked) = InitiateRequest::from_bytes(aarq.user_information.unwrap_or_default())
        else {
            return must(aare.result == AssociationResult::REJECTED_PERMANENT, "no key opens it");
        };
        must(aare.result == Aare::from_bytes(theirs)?.result, "another result")?;
        let agreed = initiate(ours)?;
        let (proposed, granted) = (
            asked.proposed_conformance.conformance.bits(),
            agreed.negotiated_conformance.conformance.bits(),
        );
        must(granted & !proposed == 0, "more than was proposed")?;
        return must(agreed.vaa_name == 7, "logical names have 0007");
    }
    if GetRequest::from_bytes(request).is_err() {
        let answer: Apdu<'_, DataRef<'_>> = Apdu::from_bytes(ours)?;
        return must(matches!(answer, Apdu::ExceptionResponse(_)), "there is no association");
    }
    must(ours[2] == request[2], "another invoke-id")?;
    let answer = GetResponse::<DataRef<'_>>::from_bytes(ours)?;
    let expected = GetResponse::<DataRef<'_>>::from_bytes(theirs)?;
    match (answer, expected) {
        (GetResponse::WithDatablock { .. }, GetResponse::WithDatablock { result, .. }) => {
            let (number, raw) = block(ours).ok_or("a block without data")?;
            blocks.extend(raw);
            must(number == result.block_number, "another block")
        }
        (
            GetResponse::Normal { result: GetDataResult::DataAccessResult(_), .. },
            GetResponse::Normal { result: GetDataResult::DataAccessResult(_), .. },
        ) => Ok(()),
        _ => must(ours == theirs, "another value"),
    }
}
