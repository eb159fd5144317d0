//! Whatever receiver it is: found by what comes.

use super::{Amb8465, Cul, HexLines, Im871a, ROOM_LEN, Receiver, Reception, RtlWmbus};
use crate::wireless::{self, FrameFormat, Wireless};
use crate::{Deframe, Step, WireError, WireErrorKind};

/// Any of the receivers' forms: the one of which the first whole telegram comes is kept.
///
/// ```
/// use gurux_framing::receiver::{Detecting, Receiver};
/// use gurux_framing::{Deframe, Step};
///
/// let mut receiver = Detecting::new();
/// let Step::Frame { frame, .. } = receiver.deframe(b"0e44ae0c7856341201077813436521\n") else { panic!() };
/// assert_eq!(receiver.open(frame, &mut [0; 292])?.octets[..2], [0x0E, 0x44]);
/// assert_eq!(receiver.name(), Some("hex lines"));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Detecting {
    found: Option<Form>,
}

/// The form that was found.
#[derive(Clone, Debug)]
enum Form {
    RtlWmbus(RtlWmbus),
    Im871a(Im871a),
    Amb8465(Amb8465),
    Cul(Cul),
    HexLines(HexLines),
    Wireless(Wireless),
}

macro_rules! each {
    ($form:expr, $receiver:ident => $do:expr) => {
        match $form {
            Form::RtlWmbus($receiver) => $do,
            Form::Im871a($receiver) => $do,
            Form::Amb8465($receiver) => $do,
            Form::Cul($receiver) => $do,
            Form::HexLines($receiver) => $do,
            Form::Wireless($receiver) => $do,
        }
    };
}

impl Form {
    /// All forms, those that say the most around a telegram first.
    fn all() -> [Self; 6] {
        [
            Self::RtlWmbus(RtlWmbus::new()),
            Self::Im871a(Im871a::new()),
            Self::Amb8465(Amb8465::new()),
            Self::Cul(Cul::new()),
            Self::HexLines(HexLines::new()),
            Self::Wireless(Wireless::detecting()),
        ]
    }

    /// Where the first telegram of this form begins, nothing more coming if `closing`.
    fn first(&mut self, buf: &[u8], closing: bool) -> Option<usize> {
        let mut at = 0_usize;
        loop {
            let rest = buf.get(at..).filter(|rest| !rest.is_empty())?;
            let step = if closing {
                each!(self, receiver => receiver.finish(rest))
            } else {
                each!(self, receiver => receiver.deframe(rest))
            };
            let (frame, used) = match step {
                Step::NeedMore { .. } => return None,
                Step::Frame { frame, used } => (Some(frame), used),
                Step::Skip { used, .. } => (None, used),
            };
            if frame.is_some_and(|frame| self.is_telegram(frame)) {
                return Some(at);
            }
            at = at.checked_add(used.max(1))?;
        }
    }

    /// Is there a telegram in what was cut?
    fn is_telegram(&self, frame: &[u8]) -> bool {
        // Without anything around it, text is no telegram: digits and letters fit as length and
        // control field by chance.
        let is_text = frame.iter().all(|octet| (0x09..0x7F).contains(octet));
        if is_text && matches!(self, Self::Wireless(_)) {
            return false;
        }
        let mut room = [0; ROOM_LEN];
        match each!(self, receiver => receiver.open(frame, &mut room)) {
            Ok(reception) => is_telegram(&reception),
            Err(_) => false,
        }
    }
}

/// Check sums that fit; or, without any, a length that fits and a control field that a meter sends.
fn is_telegram(reception: &Reception<'_>) -> bool {
    let [length, control, ..] = reception.octets else { return false };
    // EN 13757-4: send without reply, installation, access without reply, access demand; and the
    // answers of a meter: acknowledgement, data.
    let is_meter = matches!(control, 0x44 | 0x46 | 0x47 | 0x48 | 0x00 | 0x08 | 0x18 | 0x28 | 0x38);
    match reception.format {
        FrameFormat::NoCrc => {
            is_meter
                && *length >= wireless::MIN_LENGTH
                && reception.octets.len() == usize::from(*length).saturating_add(1)
        }
        _ => reception.crc_ok != Some(false),
    }
}

impl Detecting {
    /// Nothing is known of the receiver yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { found: None }
    }

    /// The form that was found, in words.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Some(match self.found.as_ref()? {
            Form::RtlWmbus(_) => "rtl_wmbus",
            Form::Im871a(_) => "iM871A",
            Form::Amb8465(_) => "AMB8465",
            Form::Cul(_) => "CUL",
            Form::HexLines(_) => "hex lines",
            Form::Wireless(_) => "transparent",
        })
    }

    fn step<'b>(&mut self, buf: &'b [u8], closing: bool) -> Step<'b> {
        let known = self.found.is_some();
        if !known {
            let mut first: Option<(usize, Form)> = None;
            for mut form in Form::all() {
                if let Some(at) = form.first(buf, closing)
                    && first.as_ref().is_none_or(|(known, _)| at < *known)
                {
                    first = Some((at, form));
                }
            }
            if let Some((at, mut form)) = first {
                each!(&mut form, receiver => receiver.reset());
                self.found = Some(form);
                if at > 0 {
                    let why = WireError::new(0, "reception", EXPECTED);
                    return Step::Skip { used: at, why };
                }
            }
        }
        let full = self.max_len();
        let why = WireError::new(0, "reception", EXPECTED);
        match &mut self.found {
            Some(form) if closing => each!(form, receiver => receiver.finish(buf)),
            Some(form) => each!(form, receiver => receiver.deframe(buf)),
            // Nowhere in it does a telegram begin.
            None if closing && !buf.is_empty() => Step::Skip { used: buf.len(), why },
            // Only in the second half can one begin that is not whole. By halves, so that the work
            // stays linear.
            None if !closing && buf.len() >= full => {
                Step::Skip { used: full.div_euclid(2).clamp(1, buf.len().max(1)), why }
            }
            None => Step::NeedMore { at_least: buf.len().saturating_add(1) },
        }
    }
}

const EXPECTED: WireErrorKind = WireErrorKind::Expected("a telegram in the form of a receiver");

impl Deframe for Detecting {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.step(buf, false)
    }

    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.step(buf, true)
    }

    /// The form stays known.
    fn reset(&mut self) {
        if let Some(form) = &mut self.found {
            each!(form, receiver => receiver.reset());
        }
    }

    fn max_len(&self) -> usize {
        let len = |form: &Form| each!(form, receiver => receiver.max_len());
        match &self.found {
            Some(form) => len(form),
            None => Form::all().iter().map(len).max().unwrap_or_default().saturating_mul(2),
        }
    }
}

impl Receiver for Detecting {
    fn open<'a>(&self, frame: &'a [u8], room: &'a mut [u8]) -> Result<Reception<'a>, WireError> {
        match &self.found {
            Some(form) => each!(form, receiver => receiver.open(frame, room)),
            None => Err(WireError::new(0, "reception", EXPECTED)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::{Piece, pieces};

    const TELEGRAM: &str = "0e44ae0c7856341201077813436521";

    /// What was found, and in how many telegrams.
    fn found(capture: &[u8]) -> (Option<&'static str>, usize) {
        let mut all = pieces(Detecting::new(), capture);
        let count = all.by_ref().filter(|piece| matches!(piece, Piece::Frame { .. })).count();
        (all.deframer().name(), count)
    }

    #[test]
    fn each_form_is_known_by_its_first_telegram() {
        let line = std::format!("T1;1;1;2024-02-11 16:00:00.000;97;148;12345678;0x{TELEGRAM}\n");
        assert_eq!(found(line.repeat(3).as_bytes()), (Some("rtl_wmbus"), 3));
        let line = std::format!("{TELEGRAM}\n");
        assert_eq!(found(line.repeat(3).as_bytes()), (Some("hex lines"), 3));
        assert_eq!(found(TELEGRAM.as_bytes()), (Some("hex lines"), 1));
        let octets: Vec<u8> = (0..TELEGRAM.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&TELEGRAM[at..at + 2], 16).unwrap())
            .collect();
        let mut imst = Vec::from([0xA5, 0x02, 0x03, 0x0E]);
        imst.extend_from_slice(&octets[1..]);
        assert_eq!(found(&imst.repeat(2)), (Some("iM871A"), 2));
    }

    #[test]
    fn a_long_line_is_not_taken_for_octets() {
        // "8D" could be a length and a control field.
        let line = b"b29442D4D0300009001379E0C72214365872D4D0202020000002F2F04901C0300E1F505\
                     042BD204000002FD480109B0F530EC";
        assert_eq!(found(line), (Some("CUL"), 1));
    }

    #[test]
    fn noise_before_the_first_telegram_costs_nothing_else() {
        let line = std::format!("# rtl_wmbus started\nT1;1;1;x;97;148;12345678;0x{TELEGRAM}\n");
        let (name, count) = found(line.repeat(2).as_bytes());
        assert!(name.is_some() && count >= 1, "{name:?} {count}");
    }

    #[test]
    fn octets_of_no_receiver_are_noise() {
        assert_eq!(found(&[0x11; 3000]), (None, 0));
    }

    #[test]
    fn octets_of_no_receiver_are_given_up_in_a_few_steps() {
        let noise = [0x55; 20_000];
        assert_eq!(pieces(Detecting::new(), &noise).count(), 1);
        let mut deframer = Detecting::new();
        let (mut begin, mut end, mut steps) = (0, 0, 0);
        while end < noise.len() {
            steps += 1;
            match deframer.deframe(&noise[begin..end]) {
                Step::NeedMore { .. } => end = noise.len().min(end + 500),
                Step::Skip { used, .. } => begin += used,
                Step::Frame { .. } => panic!("there is none"),
            }
            end = end.max(begin);
        }
        assert!(steps < 100, "{steps} steps");
    }
}
