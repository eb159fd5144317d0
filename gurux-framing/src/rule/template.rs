//! [`Template`]: the framing of an original GXClient.

use super::{
    Boundary, Check, EndMarker, Few, FrameRule, Octets, Over, Place, Start, SumForm, Then,
};
use crate::checksum::{ByteOrder, ChecksumSettings};

/// The framing of an original `GXClient`: start marker, end marker, check sum, least size.
///
/// [`Template::rule`] makes a rule of it. The rule does what the original meant and not what it
/// did: with an end marker, each of its places is tried until the check sum fits; without one, a
/// packet ends where the line falls silent, and no length is guessed.
///
/// ```
/// use gurux_framing::checksum::{ByteOrder, ChecksumKind, ChecksumSettings};
/// use gurux_framing::rule::{Octets, Template};
///
/// // DL/T 645 as the original's add-in had it: 68 … sum 16.
/// let template = Template {
///     bop: Octets::of([0x68]),
///     eop: Octets::of([0x16]),
///     checksum: ChecksumSettings {
///         position: -2,
///         count: -2,
///         ..ChecksumSettings::new(ChecksumKind::Sum8)
///     },
///     ..Template::default()
/// };
/// let rule = template.rule();
/// let mut packet = [0; 8];
/// let len = rule.wrap(&[], &[1, 2, 3], &mut packet)?;
/// assert_eq!(packet[..len], [0x68, 1, 2, 3, 0x6E, 0x16]);
/// assert_eq!(rule.open(&packet[..len], &mut [])?.content, [1, 2, 3]);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Template {
    /// The beginning of a packet; empty for none.
    pub bop: Octets,
    /// The end of a packet; empty for none.
    pub eop: Octets,
    /// The shortest packet, in octets.
    pub minimum_size: usize,
    /// The longest packet, in octets. The original had no such limit.
    pub maximum_size: usize,
    /// The order of numbers.
    pub byte_order: ByteOrder,
    /// The check sum.
    pub checksum: ChecksumSettings,
}

impl Default for Template {
    fn default() -> Self {
        Self {
            bop: Octets::EMPTY,
            eop: Octets::EMPTY,
            minimum_size: 0,
            maximum_size: 4096,
            byte_order: ByteOrder::Little,
            checksum: ChecksumSettings::default(),
        }
    }
}

impl Template {
    /// The same as a rule.
    ///
    /// A check sum at a negative position stands behind everything (-1) or just before the end
    /// marker (less), which is how the original read packets.
    #[must_use]
    pub fn rule(&self) -> FrameRule {
        let settings = &self.checksum;
        let sum = settings.checksum();
        let sum_len = sum.map_or(0, |sum| sum.wire_len());
        let place = match usize::try_from(settings.position) {
            Ok(at) => SumPlace::Start { at, sum_len },
            Err(_) if settings.position == -1 => SumPlace::End { behind: 0, sum_len },
            Err(_) => SumPlace::End { behind: self.eop.len(), sum_len },
        };
        let content = match (sum, place) {
            (Some(_), SumPlace::Start { at, .. }) => (
                Place::Start(self.bop.len().max(at.saturating_add(sum_len))),
                Place::End(self.eop.len()),
            ),
            _ => (Place::Start(self.bop.len()), Place::End(self.eop.len().saturating_add(sum_len))),
        };
        FrameRule {
            name: "packet",
            start: match self.bop.is_empty() {
                true => Start::Any,
                false => Start::Markers(Few::of([self.bop])),
            },
            boundary: match self.eop.is_empty() {
                true => Boundary::Silence,
                false => Boundary::Marker(EndMarker {
                    markers: Few::of([self.eop]),
                    then: Then::Octets(if settings.position == -1 { sum_len } else { 0 }),
                    in_content: true,
                }),
            },
            content,
            check: sum.map(|sum| Check {
                sums: Few::of([sum]),
                over: place.over(settings),
                form: SumForm::Binary(settings.order(self.byte_order)),
                required: true,
            }),
            min_len: self.minimum_size.max(1),
            max_len: self.maximum_size,
            ..FrameRule::ANYTHING
        }
    }
}

/// Where the sum stands; places in a packet without its sum move accordingly in one that has it.
#[derive(Clone, Copy)]
enum SumPlace {
    /// Before octet `at` of the packet.
    Start { at: usize, sum_len: usize },
    /// Before the last `behind` octets.
    End { behind: usize, sum_len: usize },
}

impl SumPlace {
    /// What the sum goes over, and where it stands.
    fn over(self, settings: &ChecksumSettings) -> Over {
        let start = usize::try_from(settings.start).unwrap_or(usize::MAX);
        let to = match usize::try_from(settings.count) {
            Ok(count) => self.behind(start.saturating_add(count)),
            Err(_) => {
                let octets = usize::try_from(settings.count.unsigned_abs()).unwrap_or(usize::MAX);
                self.before_end(octets.saturating_sub(1))
            }
        };
        let at = match self {
            Self::Start { at, .. } => Place::Start(at),
            Self::End { behind, sum_len } => Place::End(behind.saturating_add(sum_len)),
        };
        Over::Frame { from: self.behind(start), to, at }
    }

    fn behind(self, octets: usize) -> Place {
        match self {
            Self::Start { at, sum_len } if octets > at => {
                Place::Start(octets.saturating_add(sum_len))
            }
            _ => Place::Start(octets),
        }
    }

    fn before_end(self, octets: usize) -> Place {
        match self {
            Self::End { behind, sum_len } if octets > behind => {
                Place::End(octets.saturating_add(sum_len))
            }
            _ => Place::End(octets),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::checksum::ChecksumKind;
    use crate::rule::RuleDeframer;
    use crate::{Piece, pieces};

    const PACKET: &[u8] = b"\x02some data\x03";

    fn template(checksum: ChecksumSettings) -> Template {
        Template {
            bop: Octets::of([2]),
            eop: Octets::of([3]),
            byte_order: ByteOrder::Big,
            checksum,
            ..Template::default()
        }
    }

    /// Where the template and the settings describe one packet, they agree on its octets.
    #[test]
    fn the_rule_and_the_settings_put_the_same_sum_in_the_same_place() {
        for kind in ChecksumKind::ALL {
            for (position, start, count) in [
                (-1, 0, -1),
                (-1, 1, -1),
                (-1, 1, -2),
                (-2, 1, -1),
                (-2, 0, -2),
                (-2, 2, 4),
                (1, 1, -2),
                (1, 0, 5),
                (1, 0, 2),
                (1, 2, 3),
            ] {
                let settings =
                    ChecksumSettings { position, start, count, ..ChecksumSettings::new(kind) };
                let mut expected = [0; 32];
                let len = settings.insert(PACKET, ByteOrder::Big, &mut expected).unwrap();
                let rule = template(settings).rule();
                let mut packet = [0; 32];
                assert_eq!(rule.wrap(&[], b"some data", &mut packet), Ok(len), "{settings:?}");
                assert_eq!(packet[..len], expected[..len], "{settings:?}");
                assert_eq!(rule.open(&packet[..len], &mut []).unwrap().content, b"some data");
            }
        }
    }

    #[test]
    fn an_end_marker_in_the_data_or_in_the_sum_is_passed_over() {
        let rule = template(ChecksumSettings::new(ChecksumKind::Sum16)).rule();
        let mut stream = Vec::from([9, 9]);
        for data in [&[1, 3, 3, 7, 2, 3][..], &[0xFE], &[3]] {
            let mut packet = [0; 32];
            let len = rule.wrap(&[], data, &mut packet).unwrap();
            stream.extend_from_slice(&packet[..len]);
        }
        let found: Vec<_> = pieces(RuleDeframer::new([rule]), &stream)
            .filter_map(|piece| match piece {
                Piece::Frame { frame, .. } => Some(rule.open(frame, &mut []).unwrap().content),
                Piece::Noise { .. } => None,
            })
            .collect();
        assert_eq!(found, [&[1, 3, 3, 7, 2, 3][..], &[0xFE], &[3]]);
    }

    #[test]
    fn without_an_end_marker_silence_ends_the_packet() {
        let checksum = ChecksumSettings::new(ChecksumKind::Ibm16);
        let rule = Template { eop: Octets::EMPTY, ..template(checksum) }.rule();
        let mut packet = [0; 32];
        let len = rule.wrap(&[], &[0, 0, 0], &mut packet).unwrap();
        let found: Vec<_> = pieces(RuleDeframer::new([rule]), &packet[..len]).collect();
        assert_eq!(found, [Piece::Frame { offset: 0, frame: &packet[..len] }]);
    }
}
