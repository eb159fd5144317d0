//! Recorded conversations, played again: the client, told the meter's frames, sends the recorded
//! requests, and the meter, told the client's, sends the recorded answers, with their numbers and
//! octets. A whole meter answers the recorded client in the same way. The captures are read from `$GURUX_CORPUS/dlms`, or from `../shared/corpus/dlms` beside the
//! checkout.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]

#[cfg(feature = "crypto")]
#[path = "corpus_link/session.rs"]
mod session;

use std::path::PathBuf;
use std::process::ExitCode;

use gurux_dlms::session::link::{
    Answer, Buffers, ClientLink, ClientLinkConfig, LinkEvent, MeterBuffers, MeterLink,
    MeterLinkConfig, Owned, Snrm,
};
use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame, LinkParameters};
use gurux_media::Instant;
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
            if entry["layer"] != "hdlc-session" {
                continue;
            }
            let id = entry["id"].as_str().unwrap_or_default().to_owned();
            let frames = frames(&entry);
            let again = frames.clone();
            #[cfg(feature = "crypto")]
            let frames_of = frames.clone();
            trials.push(Trial::test(format!("{id} client"), move || client(&frames)));
            #[cfg(feature = "crypto")]
            {
                let whole = frames_of.clone();
                trials.push(Trial::test(format!("{id} session"), move || session::meter(&whole)));
            }
            trials.push(Trial::test(format!("{id} meter"), move || meter(&again)));
        }
    }
    assert!(trials.len() >= 6, "{} is not the corpus", folder.display());
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A frame of a conversation.
#[derive(Clone, Debug)]
struct Recorded {
    is_from_client: bool,
    is_segmented: bool,
    destination: HdlcAddress,
    source: HdlcAddress,
    control: Control,
    information: Vec<u8>,
}

impl Recorded {
    /// Between flags, with sums that are right: one of the recorded ones is not.
    fn octets(&self) -> Vec<u8> {
        let frame = HdlcFrame::new(self.destination, self.source, self.control)
            .with_segmentation(self.is_segmented)
            .with_information(&self.information)
            .expect("it was recorded");
        let mut out = vec![0; frame.wire_len() + 2];
        frame.write(&mut out).expect("there is room");
        out
    }

    fn numbers(&self) -> Option<(u8, u8)> {
        match self.control.command() {
            Command::Information { send_seq, recv_seq } => Some((send_seq, recv_seq)),
            _ => None,
        }
    }
}

fn frames(entry: &Value) -> Vec<Recorded> {
    let frames = entry["expect"]["asserts"]["frames"].as_array().expect("frames");
    let mut wrong = 0;
    let recorded = frames
        .iter()
        .map(|recorded| {
            let octets = hex(&recorded["hex"]);
            let bare = octets.get(1..octets.len() - 1).expect("flags");
            let frame = HdlcFrame::open_proven(bare).expect("a frame");
            let made = Recorded {
                is_from_client: recorded["dir"] == "tx",
                is_segmented: frame.is_segmented,
                destination: frame.destination,
                source: frame.source,
                control: frame.control,
                information: frame.information().to_vec(),
            };
            wrong += u32::from(made.octets() != octets);
            made
        })
        .collect();
    assert!(wrong <= 1, "{wrong} frames have wrong sums");
    recorded
}

const NOW: Instant = Instant::ZERO;

/// What both sides of the recordings can do.
const PARAMETERS: LinkParameters =
    LinkParameters { max_info_transmit: 239, max_info_receive: 239, ..LinkParameters::DEFAULT };

fn new_client(client: HdlcAddress, server: HdlcAddress) -> ClientLink<Owned> {
    let config = ClientLinkConfig {
        snrm: Snrm::Bare,
        parameters: PARAMETERS,
        ..ClientLinkConfig::default()
    };
    ClientLink::new(config, client, server, Buffers::owned(4096))
}

fn sent(link: &mut ClientLink<Owned>) -> Vec<u8> {
    let mut out = Vec::new();
    while link.transmit(NOW, &mut out).is_some() {}
    out
}

/// The recording leaves out how this connection came to its numbers: so many messages each way.
fn primed_client(recorded: &Recorded, messages: u8) -> ClientLink<Owned> {
    let (client, server) = (recorded.source, recorded.destination);
    let mut link = new_client(client, server);
    let answer = |control, information: &[u8]| {
        let control = Control::new(control, true);
        let (is_segmented, information) = (false, information.to_vec());
        let (destination, source) = (client, server);
        Recorded { is_from_client: false, is_segmented, destination, source, control, information }
            .octets()
    };
    link.connect();
    sent(&mut link);
    link.handle_input(NOW, &answer(Command::Ua, &[]));
    for send_seq in 0..messages {
        link.send(&[0], Answer::Expected).expect("idle");
        sent(&mut link);
        let recv_seq = send_seq + 1;
        link.handle_input(NOW, &answer(Command::Information { send_seq, recv_seq }, &[0]));
        while link.poll_event().is_some() {}
        link.release();
    }
    while link.poll_event().is_some() {}
    link
}

fn client(frames: &[Recorded]) -> Result<(), Failed> {
    let first = frames.first().ok_or("an empty recording")?;
    let mut link = new_client(first.source, first.destination);
    let mut numbers = (0, 0);
    for recorded in frames {
        if !recorded.is_from_client {
            link.handle_input(NOW, &recorded.octets());
            while let Some(event) = link.poll_event() {
                if let LinkEvent::Message { octets } = event {
                    let message = link.message().ok_or("no message")?;
                    let is_response = message.starts_with(&[0xE6, 0xE7, 0x00]);
                    if message.len() != octets || !is_response {
                        return Err(format!("not a message: {message:02X?}").into());
                    }
                    link.release();
                    numbers = ((numbers.0 + 1) & 7, numbers.1);
                }
            }
            numbers.1 = recorded.numbers().map_or(numbers.1, |(send_seq, _)| (send_seq + 1) & 7);
            continue;
        }
        let is_other = (link_of(&link), link.is_connected())
            != ((recorded.source, recorded.destination), true);
        match recorded.control.command() {
            Command::Snrm => {
                link = new_client(recorded.source, recorded.destination);
                link.connect();
                numbers = (0, 0);
            }
            Command::Disc => {
                if is_other {
                    link = new_client(recorded.source, recorded.destination);
                }
                link.disconnect();
            }
            Command::Information { send_seq, recv_seq } => {
                if is_other || numbers != (send_seq, recv_seq) {
                    assert_eq!(send_seq, recv_seq, "a gap that cannot be filled");
                    link = primed_client(recorded, send_seq);
                    numbers = (send_seq, recv_seq);
                }
                link.send(&recorded.information, Answer::Expected)?;
            }
            _ => {}
        }
        same("request", &sent(&mut link), &recorded.octets())?;
    }
    Ok(())
}

fn link_of(link: &ClientLink<Owned>) -> (HdlcAddress, HdlcAddress) {
    (link.client(), link.server())
}

fn meter(frames: &[Recorded]) -> Result<(), Failed> {
    let mut link: Option<MeterLink<Owned, 2>> = None;
    let mut compared = 0;
    let mut expected = (0, 0);
    for (place, recorded) in frames.iter().enumerate().filter(|(_, frame)| frame.is_from_client) {
        let server = recorded.destination;
        let config = MeterLinkConfig {
            logical_devices: u128::MAX,
            physical_device: server.lower().unwrap_or_default(),
            parameters: PARAMETERS,
            ..MeterLinkConfig::default()
        };
        let fresh = || MeterLink::new(config, MeterBuffers::owned(4096));
        let known = link.get_or_insert_with(fresh);
        if recorded.control.command() == Command::Snrm {
            expected = (0, 0);
        }
        if let Some((send_seq, recv_seq)) = recorded.numbers()
            && (send_seq, recv_seq) != expected
        {
            *known = fresh();
            prime_meter(known, recorded, send_seq);
            expected = (send_seq, recv_seq);
        }
        known.handle_input(NOW, &recorded.octets());
        while let Some(told) = known.poll_event() {
            let (LinkEvent::Message { .. }, Some(peer)) = (told.event, told.peer) else { continue };
            same("message", known.message(peer).unwrap_or_default(), &recorded.information)?;
            known.release(peer);
            // All segments of the answer that was recorded.
            let behind = frames.get(place + 1..).unwrap_or_default();
            let segments = behind.iter().filter(|frame| !frame.is_from_client);
            let last = segments.clone().position(|frame| !frame.is_segmented).unwrap_or(0);
            let answer: Vec<u8> =
                segments.take(last + 1).flat_map(|frame| frame.information.clone()).collect();
            known.send(peer, &answer)?;
        }
        let mut out = Vec::new();
        while known.transmit(NOW, &mut out).is_some() {}
        let Some(answer) = frames.get(place + 1).filter(|frame| !frame.is_from_client) else {
            continue;
        };
        if let Some((send_seq, recv_seq)) = answer.numbers() {
            same("answer", &out, &answer.octets())?;
            compared += 1;
            expected = (recv_seq, (send_seq + 1) & 7);
        }
    }
    if compared == 0 { Err("no answer was compared".into()) } else { Ok(()) }
}

/// So many messages went each way before.
fn prime_meter(link: &mut MeterLink<Owned, 2>, recorded: &Recorded, messages: u8) {
    let mut tell = |control, information: &[u8]| {
        let control = Control::new(control, true);
        let frame = Recorded { control, information: information.to_vec(), ..recorded.clone() };
        link.handle_input(NOW, &frame.octets());
        while let Some(told) = link.poll_event() {
            if let (LinkEvent::Message { .. }, Some(peer)) = (told.event, told.peer) {
                link.release(peer);
                link.send(peer, &[0]).expect("idle");
            }
        }
        while link.transmit(NOW, &mut Vec::new()).is_some() {}
    };
    tell(Command::Snrm, &[]);
    for send_seq in 0..messages {
        tell(Command::Information { send_seq, recv_seq: send_seq }, &[0]);
    }
}

fn same(what: &str, ours: &[u8], theirs: &[u8]) -> Result<(), Failed> {
    if ours == theirs {
        return Ok(());
    }
    Err(format!("{what}: {ours:02X?} is not {theirs:02X?}").into())
}

fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap_or_default();
    (0..text.len() / 2)
        .filter_map(|place| u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok())
        .collect()
}
