//! DLMS/COSEM: the HDLC link under any octets, and over a line that loses, spoils and makes up.

use core::time::Duration;

use gurux_dlms::session::link::{
    Answer, Buffers, ClientLink, ClientLinkConfig, LinkEvent, MeterBuffers, MeterLink,
    MeterLinkConfig, Owned, Recovery,
};
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};
use gurux_media::Instant;

use crate::choices::Choices;

/// How far a client and a meter get with each other.
pub const PAIR_RUNGS: &[&str] =
    &["nothing", "one of them sends", "connected", "a message arrives", "it is answered"];

/// How far a meter gets that is told anything.
pub const METER_RUNGS: &[&str] = &["silence", "it answers", "connected", "a message"];

/// No conversation is longer, when nobody disturbs it.
const QUIET_STEPS: usize = 50_000;

fn parameters(choices: &mut Choices<'_>) -> LinkParameters {
    LinkParameters {
        max_info_transmit: u16::from(choices.octet()).max(1),
        max_info_receive: u16::from(choices.octet()).max(1),
        window_transmit: 1 + choices.below(7),
        window_receive: 1 + choices.below(7),
    }
}

fn addresses() -> (HdlcAddress, HdlcAddress) {
    let client = HdlcAddress::of_client(16).expect("7 bits");
    (client, HdlcAddress::of_server(1, 17).expect("7 bits each"))
}

/// A message is cut into this many frames at most: more of them reach nothing new, and take their time.
const MAX_FRAMES: usize = 32;

/// A client and a meter; octets are lost, spoilt and made up between them. What arrives is what was
/// sent, in order, and every order ends.
pub fn pair(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let (client, server) = addresses();
    let config = ClientLinkConfig {
        parameters: parameters(&mut choices),
        resends: choices.below(4),
        recovery: if choices.yes() { Recovery::Poll } else { Recovery::Resend },
        ..ClientLinkConfig::default()
    };
    let meter =
        MeterLinkConfig { parameters: parameters(&mut choices), ..MeterLinkConfig::default() };
    let lengths = [config.parameters, meter.parameters]
        .map(|side| side.max_info_transmit.min(side.max_info_receive));
    let longest = MAX_FRAMES * usize::from(lengths[0].min(lengths[1]));
    let mut client = ClientLink::new(config, client, server, Buffers::owned(600));
    let mut meter = MeterLink::<Owned, 2>::new(meter, MeterBuffers::owned(600));
    let now = Instant::from_millis(1);
    let mut talk = Talk { now, next: 0, longest, arrived: None, depth: 0 };
    client.connect();
    let mut quiet = 0;
    loop {
        let is_over = choices.is_empty();
        let sent = talk.sent(|now, out| client.transmit(now, out));
        let heard = disturb(&mut choices, sent);
        meter.handle_input(talk.now, &heard);
        talk.meter(&mut meter);
        let sent = talk.sent(|now, out| meter.transmit(now, out));
        let heard = disturb(&mut choices, sent);
        client.handle_input(talk.now, &heard);
        talk.client(&mut client, if is_over { 0 } else { choices.octet() });
        if !is_over {
            talk.now += Duration::from_millis(u64::from(choices.octet()) * 8);
            client.handle_timeout(talk.now);
            meter.handle_timeout(talk.now);
            continue;
        }
        if client.is_idle() {
            return talk.depth;
        }
        quiet += 1;
        assert!(quiet < QUIET_STEPS, "a link that nobody disturbs comes to rest: {client:?}");
        if let Some(at) = client.poll_timeout() {
            talk.now = talk.now.max(at);
            client.handle_timeout(talk.now);
        }
    }
}

/// What passes between the two.
struct Talk {
    now: Instant,
    /// The number of the next message.
    next: u8,
    /// Octets of the longest message.
    longest: usize,
    /// The number of the message that arrived last.
    arrived: Option<u8>,
    depth: usize,
}

impl Talk {
    fn sent(
        &mut self,
        mut transmit: impl FnMut(Instant, &mut Vec<u8>) -> Option<usize>,
    ) -> Vec<u8> {
        let mut out = Vec::new();
        while transmit(self.now, &mut out).is_some() {
            self.depth = self.depth.max(1);
            assert!(out.len() < 1 << 16, "a turn is bounded");
        }
        out
    }

    fn meter(&mut self, meter: &mut MeterLink<Owned, 2>) {
        while let Some(told) = meter.poll_event() {
            let (LinkEvent::Message { octets }, Some(peer)) = (told.event, told.peer) else {
                continue;
            };
            // It may be gone with its connection by now.
            let Some(message) = meter.message(peer) else { continue };
            assert_eq!(message.len(), octets);
            let number = message.first().copied().unwrap_or_default();
            assert!(message.iter().all(|octet| *octet == number), "a message is whole");
            assert!(self.arrived.is_none_or(|last| last < number), "each once, and in order");
            self.arrived = Some(number);
            self.depth = self.depth.max(3);
            let answer = vec![!number; octets.div_ceil(2)];
            meter.release(peer);
            meter.send(peer, &answer).expect("its client waits for this alone");
        }
    }

    fn client(&mut self, client: &mut ClientLink<Owned>, choice: u8) {
        while let Some(event) = client.poll_event() {
            match event {
                LinkEvent::Connected(_) => self.depth = self.depth.max(2),
                LinkEvent::Message { octets } => {
                    let message = client.message().expect("it waits");
                    assert_eq!(message.len(), octets);
                    let expected = !self.next.wrapping_sub(1);
                    assert!(message.iter().all(|octet| *octet == expected), "the right answer");
                    self.depth = 4;
                    client.release();
                }
                _ => {}
            }
        }
        if choice == 0 || self.next == u8::MAX {
            return;
        }
        if !client.is_connected() && client.is_idle() {
            client.connect();
        } else if client.is_idle() {
            let message = vec![self.next; self.longest.min(usize::from(choice) * 2)];
            if client.send(&message, Answer::Expected).is_ok() {
                self.next += 1;
            }
        }
    }
}

/// What is left of octets that passed.
fn disturb(choices: &mut Choices<'_>, mut octets: Vec<u8>) -> Vec<u8> {
    if choices.is_empty() || octets.is_empty() {
        return octets;
    }
    match choices.below(8) {
        0 => octets.clear(),
        1 => {
            let at = usize::from(choices.octet()) % octets.len();
            if let Some(octet) = octets.get_mut(at) {
                *octet ^= 1 << choices.below(8);
            }
        }
        2 => octets.extend_from_within(..),
        3 => {
            let count = usize::from(choices.below(6));
            octets.splice(..0, choices.octets(count).iter().copied());
        }
        _ => {}
    }
    octets
}

/// A meter that is told anything.
pub fn meter(octets: &[u8]) -> usize {
    let mut link = MeterLink::<Owned, 2>::new(MeterLinkConfig::default(), MeterBuffers::owned(300));
    let mut choices = Choices::new(octets);
    let (mut now, mut depth) = (Instant::from_millis(1), 0);
    while !choices.is_empty() {
        let count = usize::from(choices.octet());
        link.handle_input(now, choices.octets(count));
        now += Duration::from_millis(choices.octet().into());
        link.handle_timeout(now);
        while let Some(told) = link.poll_event() {
            match (told.event, told.peer) {
                (LinkEvent::Connected(_), _) => depth = depth.max(2),
                (LinkEvent::Message { .. }, Some(peer)) => {
                    depth = 3;
                    link.release(peer);
                }
                _ => {}
            }
        }
        let mut out = Vec::new();
        while link.transmit(now, &mut out).is_some() {
            depth = depth.max(1);
            assert!(out.len() < 4096, "an answer is bounded");
        }
    }
    depth
}

/// A client that is told anything: it comes to an end all the same.
pub fn client(octets: &[u8]) -> usize {
    let (client, server) = addresses();
    let mut link =
        ClientLink::new(ClientLinkConfig::default(), client, server, Buffers::owned(300));
    let mut choices = Choices::new(octets);
    let (mut now, mut depth) = (Instant::from_millis(1), 0);
    link.connect();
    let mut out = Vec::new();
    let mut steps = 0;
    loop {
        while link.transmit(now, &mut out).is_some() {
            depth = depth.max(1);
            out.clear();
        }
        let count = usize::from(choices.octet());
        link.handle_input(now, choices.octets(count));
        now += Duration::from_millis(u64::from(choices.octet()) * 8);
        link.handle_timeout(now);
        while let Some(event) = link.poll_event() {
            match event {
                LinkEvent::Connected(_) => {
                    depth = depth.max(2);
                    let _ = link.send(&[1; 200], Answer::Expected);
                }
                LinkEvent::Message { .. } => {
                    depth = if depth == 3 { 4 } else { 3 };
                    link.release();
                    let _ = link.send(&[2; 3], Answer::Expected);
                }
                _ => {}
            }
        }
        if choices.is_empty() {
            match link.poll_timeout() {
                Some(at) => now = now.max(at),
                None if link.is_idle() => return depth,
                None => {}
            }
            link.handle_timeout(now);
            steps += 1;
            assert!(steps < QUIET_STEPS, "it comes to rest: {link:?}");
        }
    }
}

/// Conversations that go well, and some that do not.
pub fn seeds() -> Vec<Vec<u8>> {
    let head = [40, 40, 3, 3, 2, 0, 40, 40, 3, 3];
    let well = head.into_iter().chain([7, 7, 50, 3].into_iter().cycle().take(200));
    let badly = head.into_iter().chain((0..200).map(|step| (step * 37 % 251) as u8));
    vec![well.collect(), badly.collect(), vec![1; 90], vec![0, 3, 0, 1, 40, 3, 0, 1, 40, 3, 0]]
}

/// SNRM, information and DISC of one client, each after its length, with a time behind it.
pub fn meter_seeds() -> Vec<Vec<u8>> {
    let (client, server) = addresses();
    said(server, client, &[(0x93, &[]), (0x10, &[1, 2, 3]), (0x31, &[]), (0x53, &[])])
}

/// UA, an acknowledgement and answers of a meter.
pub fn client_seeds() -> Vec<Vec<u8>> {
    let (client, server) = addresses();
    let told: [(u8, &[u8]); 5] =
        [(0x73, &[]), (0x31, &[]), (0x51, &[]), (0x50, &[1, 2, 3]), (0x72, &[4])];
    said(client, server, &told)
}

/// Frames, each after its length and before a time; all together, and one by one.
fn said(to: HdlcAddress, from: HdlcAddress, frames: &[(u8, &[u8])]) -> Vec<Vec<u8>> {
    use gurux_framing::hdlc::{Control, HdlcFrame};
    let frames: Vec<Vec<u8>> = frames
        .iter()
        .filter_map(|(control, information)| {
            let frame = HdlcFrame::new(to, from, Control::from_octet(*control));
            let frame = frame.with_information(information).ok()?;
            let mut out = vec![0; 32];
            let len = frame.write(&mut out).ok()?;
            out.truncate(len);
            Some([&[len as u8][..], &out, &[20]].concat())
        })
        .collect();
    [vec![frames.concat()], frames].concat()
}
