//! How long a PDU is, by its function code: MODBUS Application Protocol V1.1b3, section 6, as a
//! table.

use crate::Direction;

/// How long the PDU of one function is, in each direction.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LengthRule {
    /// The function code, 1 to 127.
    pub function: u8,
    /// The PDU of a request.
    pub request: Length,
    /// The PDU of a response that is no exception.
    pub response: Length,
}

/// Where the length of a PDU comes from. Octets are counted from the function code, which is
/// octet 0.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Length {
    /// Always so many octets.
    Fixed(usize),
    /// The octet at `at` says how many; `plus` of the PDU it does not count.
    Count8 {
        /// Where the count stands.
        at: usize,
        /// Octets of the PDU that are not counted.
        plus: usize,
    },
    /// The two octets at `at` say how many, the high one first.
    Count16 {
        /// Where the count stands.
        at: usize,
        /// Octets of the PDU that are not counted.
        plus: usize,
    },
    /// Nothing says it: silence ends the frame.
    UntilSilence,
    /// As this function says, given the octets of the PDU that are there.
    #[cfg_attr(feature = "serde", serde(skip))]
    By(fn(&[u8]) -> PduLen),
}

/// What can be said of a PDU of which some octets are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PduLen {
    /// It has so many octets.
    Known(usize),
    /// So many of its octets must be there before its length can be said.
    Need(usize),
    /// Only silence ends it.
    UntilSilence {
        /// How long it is nearly always: a frame of this length whose check sum fits is taken
        /// without waiting.
        mostly: Option<usize>,
    },
}

impl Length {
    fn of(&self, pdu: &[u8]) -> PduLen {
        let (count, need, plus) = match *self {
            Self::Fixed(len) => return PduLen::Known(len),
            Self::UntilSilence => return PduLen::UntilSilence { mostly: None },
            Self::By(rule) => return rule(pdu),
            Self::Count8 { at, plus } => {
                (pdu.get(at).map(|count| usize::from(*count)), at.saturating_add(1), plus)
            }
            Self::Count16 { at, plus } => {
                let count = pdu.get(at..).and_then(<[u8]>::first_chunk::<2>);
                let count = count.map(|count| usize::from(u16::from_be_bytes(*count)));
                (count, at.saturating_add(2), plus)
            }
        };
        match count {
            Some(count) => PduLen::Known(count.saturating_add(plus)),
            None => PduLen::Need(need),
        }
    }
}

const fn fixed(len: usize) -> Length {
    Length::Fixed(len)
}

const fn count8(at: usize, plus: usize) -> Length {
    Length::Count8 { at, plus }
}

const fn count16(at: usize, plus: usize) -> Length {
    Length::Count16 { at, plus }
}

const fn rule(function: u8, request: Length, response: Length) -> LengthRule {
    LengthRule { function, request, response }
}

/// MODBUS Application Protocol V1.1b3, section 6, by function code.
#[rustfmt::skip]
static PUBLIC: [LengthRule; 19] = [
    //   function  request                            response
    rule(0x01,     fixed(5),                          count8(1, 2)),
    rule(0x02,     fixed(5),                          count8(1, 2)),
    rule(0x03,     fixed(5),                          count8(1, 2)),
    rule(0x04,     fixed(5),                          count8(1, 2)),
    rule(0x05,     fixed(5),                          fixed(5)),
    rule(0x06,     fixed(5),                          fixed(5)),
    rule(0x07,     fixed(1),                          fixed(2)),
    rule(0x08,     Length::By(diagnostics),           Length::By(diagnostics)),
    rule(0x0B,     fixed(1),                          fixed(5)),
    rule(0x0C,     fixed(1),                          count8(1, 2)),
    rule(0x0F,     count8(5, 6),                      fixed(5)),
    rule(0x10,     count8(5, 6),                      fixed(5)),
    rule(0x11,     fixed(1),                          count8(1, 2)),
    rule(0x14,     count8(1, 2),                      count8(1, 2)),
    rule(0x15,     count8(1, 2),                      count8(1, 2)),
    rule(0x16,     fixed(7),                          fixed(7)),
    rule(0x17,     count8(9, 10),                     count8(1, 2)),
    rule(0x18,     fixed(3),                          count16(1, 3)),
    rule(0x2B,     Length::By(encapsulated_request),  Length::By(encapsulated_response)),
];

/// How long the PDU is whose first octets are `pdu`: `rules` are asked before the standard's.
///
/// A function that no rule knows ends by silence. So does what is no function at all (0, or 128
/// and above in a request): a server must see it to refuse it.
#[must_use]
pub fn pdu_len(rules: &[LengthRule], direction: Direction, pdu: &[u8]) -> PduLen {
    let Some(&function) = pdu.first() else { return PduLen::Need(1) };
    if function >= 0x80 && direction == Direction::Response {
        return PduLen::Known(2);
    }
    let public = || PUBLIC.binary_search_by_key(&function, |rule| rule.function).ok();
    let rule = match rules.iter().find(|rule| rule.function == function) {
        Some(rule) => Some(rule),
        None => public().and_then(|row| PUBLIC.get(row)),
    };
    match rule {
        Some(rule) if direction == Direction::Request => rule.request.of(pdu),
        Some(rule) => rule.response.of(pdu),
        None => PduLen::UntilSilence { mostly: None },
    }
}

/// Every sub-function but one has two octets of data, and "return query data", which has as many as
/// the client likes, mostly has two as well.
fn diagnostics(_: &[u8]) -> PduLen {
    PduLen::UntilSilence { mostly: Some(5) }
}

const READ_DEVICE_IDENTIFICATION: u8 = 0x0E;

fn encapsulated_request(pdu: &[u8]) -> PduLen {
    match pdu {
        [_, READ_DEVICE_IDENTIFICATION, ..] => PduLen::Known(4),
        [_, _, ..] => PduLen::UntilSilence { mostly: None },
        _ => PduLen::Need(2),
    }
}

/// Walks the objects: each is an id, a length and as many octets.
fn encapsulated_response(pdu: &[u8]) -> PduLen {
    let count = match pdu {
        [_, READ_DEVICE_IDENTIFICATION, _, _, _, _, count, ..] => *count,
        [_, READ_DEVICE_IDENTIFICATION, ..] => return PduLen::Need(7),
        [_, _, ..] => return PduLen::UntilSilence { mostly: None },
        _ => return PduLen::Need(2),
    };
    let mut end = 7_usize;
    for _ in 0..count {
        let needed = end.saturating_add(2);
        let Some(&len) = pdu.get(end.saturating_add(1)) else { return PduLen::Need(needed) };
        end = needed.saturating_add(len.into());
    }
    PduLen::Known(end)
}

/// How long the frame of the answer to this request is, where the request says so.
pub(super) fn answer_len(request: &[u8]) -> Option<usize> {
    let [_, function, _, _, high, low, ..] = request else { return None };
    let count = usize::from(u16::from_be_bytes([*high, *low]));
    let octets = match function {
        0x01 | 0x02 => count.div_ceil(8),
        0x03 | 0x04 | 0x17 => count.saturating_mul(2),
        _ => return None,
    };
    Some(octets.saturating_add(5))
}

/// Is the answer to this function never the request itself?
pub(super) const fn is_never_repeated(function: u8) -> bool {
    matches!(function, 0x01..=0x04 | 0x07 | 0x0B | 0x0C | 0x11 | 0x14 | 0x17 | 0x18 | 0x2B)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted() {
        assert!(PUBLIC.is_sorted_by(|a, b| a.function < b.function));
    }

    #[test]
    fn every_function_has_an_answer() {
        for function in 0..=u8::MAX {
            for direction in [Direction::Request, Direction::Response] {
                for len in 0..20 {
                    let mut pdu = [0xFF; 20];
                    pdu[0] = function;
                    if let PduLen::Need(more) = pdu_len(&[], direction, &pdu[..len]) {
                        assert!(more > len, "function {function}: {more} of {len}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_count_of_a_fifo_has_two_octets() {
        let len = |pdu: &[u8]| pdu_len(&[], Direction::Response, pdu);
        assert_eq!(len(&[0x18, 0x00]), PduLen::Need(3));
        assert_eq!(len(&[0x18, 0x00, 0x06]), PduLen::Known(9));
    }

    #[test]
    fn objects_are_walked() {
        let len = |pdu: &[u8]| pdu_len(&[], Direction::Response, pdu);
        let pdu = b"\x2B\x0E\x01\x01\x00\x00\x02\x00\x02AB\x01\x01C";
        assert_eq!(len(&pdu[..6]), PduLen::Need(7));
        assert_eq!(len(&pdu[..8]), PduLen::Need(9));
        assert_eq!(len(&pdu[..9]), PduLen::Need(13));
        assert_eq!(len(&pdu[..13]), PduLen::Known(14));
    }

    #[test]
    fn a_users_rule_goes_first() {
        let rules = [rule(0x41, Length::Fixed(3), Length::Count8 { at: 2, plus: 3 })];
        assert_eq!(pdu_len(&rules, Direction::Request, &[0x41]), PduLen::Known(3));
        assert_eq!(pdu_len(&rules, Direction::Response, &[0x41, 0, 9]), PduLen::Known(12));
        let odd = [rule(0x03, Length::Fixed(5), Length::Fixed(9))];
        assert_eq!(pdu_len(&odd, Direction::Response, &[0x03]), PduLen::Known(9));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_rule_is_stored_and_read_again() {
        let text =
            r#"{"function":65,"request":{"count8":{"at":1,"plus":2}},"response":"until-silence"}"#;
        let rule: LengthRule = serde_json::from_str(text).unwrap();
        assert_eq!(pdu_len(&[rule], Direction::Request, &[0x41, 9]), PduLen::Known(11));
        assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        // A function lives in the program only.
        let by = LengthRule { request: Length::By(diagnostics), ..rule };
        assert!(serde_json::to_string(&by).is_err());
    }
}
