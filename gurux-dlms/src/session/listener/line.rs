//! [`Line`]: what one source sends, cut into frames of whichever carrier it uses.

use alloc::vec::Vec;

use gurux_framing::hdlc::Hdlc;
use gurux_framing::rule::{FrameRule, RuleDeframer};
use gurux_framing::rules::{ft12, p1, wrapper};
use gurux_framing::{Deframe, Step, WireError, WireErrorKind};

/// In what messages travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) enum Carrier {
    Hdlc,
    Wrapper,
    Mbus,
    /// The text of a P1 port.
    Text,
}

impl Carrier {
    /// By the octet that a frame begins with.
    const fn of(first: u8) -> Option<Self> {
        match first {
            0x7E => Some(Self::Hdlc),
            0x00 => Some(Self::Wrapper),
            0x68 => Some(Self::Mbus),
            b'/' => Some(Self::Text),
            _ => None,
        }
    }
}

/// What stands in a stream.
pub(in crate::session) enum Found {
    Frame(Carrier, Vec<u8>),
    /// So many octets that belong to no frame, and what is wrong with the first.
    Noise(usize, WireError),
}

type Rules = RuleDeframer<&'static [FrameRule]>;

/// Long frames alone: single octets and short ones carry no message.
static MBUS: &[FrameRule] = &[ft12::VARIABLE, ft12::WRAPPED];

#[derive(Clone)]
pub(in crate::session) struct Line {
    buffer: Vec<u8>,
    /// So many octets of the buffer are done with.
    at: usize,
    /// What the frame before was, or the one that has begun.
    carrier: Option<Carrier>,
    hdlc: Hdlc,
    wrapper: Rules,
    mbus: Rules,
    text: Rules,
}

impl Line {
    pub(in crate::session) fn new() -> Self {
        Self {
            buffer: Vec::new(),
            at: 0,
            carrier: None,
            hdlc: Hdlc::new(),
            wrapper: RuleDeframer::new(wrapper::RULES),
            mbus: RuleDeframer::new(MBUS),
            text: RuleDeframer::new(p1::RULES),
        }
    }

    pub(in crate::session) fn push(&mut self, octets: &[u8]) {
        self.buffer.extend_from_slice(octets);
    }

    /// What is not done with.
    fn waiting(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Octets of a frame that is not whole.
    pub(in crate::session) fn pending(&self) -> usize {
        // The flag between two frames of HDLC is none of the next.
        if self.waiting() == [0x7E] { 0 } else { self.waiting().len() }
    }

    /// The next that stands in it; with `is_end`, nothing more will come.
    pub(in crate::session) fn take(&mut self, is_end: bool) -> Option<Found> {
        let mut noise: Option<(usize, WireError)> = None;
        while let Some(&first) = self.waiting().first() {
            let Some(carrier) = self.carrier.or(Carrier::of(first)) else {
                let why = WireErrorKind::Expected("the beginning of a frame");
                let is_noise = |octet: &&u8| Carrier::of(**octet).is_none();
                let used = self.waiting().iter().take_while(is_noise).count();
                self.skip(used, WireError::new(0, "frame", why), &mut noise);
                continue;
            };
            let waiting = self.buffer.get(self.at..).unwrap_or_default();
            let deframer: &mut dyn Deframe = match carrier {
                Carrier::Hdlc => &mut self.hdlc,
                Carrier::Wrapper => &mut self.wrapper,
                Carrier::Mbus => &mut self.mbus,
                Carrier::Text => &mut self.text,
            };
            let step = if is_end { deframer.finish(waiting) } else { deframer.deframe(waiting) };
            match step {
                Step::NeedMore { .. } => {
                    self.carrier = Some(carrier);
                    break;
                }
                Step::Frame { .. } if noise.is_some() => {
                    // It is told next, when it is looked at again.
                    self.reset();
                    self.carrier = Some(carrier);
                    break;
                }
                Step::Frame { frame, used } => {
                    let frame = frame.to_vec();
                    self.carrier = Some(carrier);
                    self.drop_front(used);
                    return Some(Found::Frame(carrier, frame));
                }
                Step::Skip { used, why } => {
                    // It is none of the carrier of the frame before; it may be the beginning of another's,
                    // and so may any octet of what is skipped.
                    if Carrier::of(first).is_none_or(|begun| begun == carrier) {
                        let is_noise = |octet: &&u8| Carrier::of(**octet).is_none();
                        let noise_len = waiting.iter().skip(1).take_while(is_noise).count();
                        self.skip(used.min(noise_len.saturating_add(1)), why, &mut noise);
                    }
                    self.carrier = None;
                    self.reset();
                }
            }
        }
        noise.map(|(octets, why)| Found::Noise(octets, why))
    }

    /// Forgets what is waiting.
    pub(in crate::session) fn clear(&mut self) {
        self.buffer.clear();
        self.at = 0;
        self.carrier = None;
        self.reset();
    }

    fn skip(&mut self, used: usize, why: WireError, noise: &mut Option<(usize, WireError)>) {
        let (octets, _) = noise.get_or_insert((0, why));
        *octets = octets.saturating_add(used.max(1));
        self.drop_front(used.max(1));
    }

    fn drop_front(&mut self, used: usize) {
        self.at = self.at.saturating_add(used).min(self.buffer.len());
        // Seldom enough that moving the rest costs little.
        if self.at.saturating_mul(2) >= self.buffer.len() {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
    }

    fn reset(&mut self) {
        self.hdlc.reset();
        self.wrapper.reset();
        self.mbus.reset();
        self.text.reset();
    }
}
