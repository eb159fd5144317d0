//! [`FrameRule::wrap`]: a frame for a content.

use super::examine::Found;
use super::open::covers;
use super::{Boundary, FrameRule, Over, Place, Start, Then};
use crate::checksum::Checksum;
use crate::{WireError, WireErrorKind};

/// What ends a line.
const LINE_END: &[u8] = b"\r\n";

/// How long the parts of a frame in the making are.
struct Plan {
    before: usize,
    content: usize,
    total: usize,
    marker: Option<(usize, usize)>,
    fill: usize,
    sum: [u8; 4],
    sum_len: usize,
}

impl FrameRule {
    /// The exact number of octets that [`wrap`](Self::wrap) writes for this content.
    ///
    /// # Errors
    /// Those of `wrap`, but for the room and for what only the finished frame shows.
    pub fn wrapped_len(&self, content: &[u8]) -> Result<usize, WireError> {
        self.plan(content).map(|plan| plan.total)
    }

    /// Writes a frame around `content` to the front of `out` and says how many octets it took.
    ///
    /// `head` is what the rule leaves open before the content, in order
    /// ([`Opened::head`](super::Opened::head)): of Modbus TCP the transaction number, of DL/T 645
    /// the address and the control code. What was wrapped is read back by
    /// [`open`](Self::open).
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if the frame would be longer than the rule or `out` allows,
    /// [`WireErrorKind::Length`] if `head` is not as long as the rule's, and
    /// [`WireErrorKind::Expected`] if the content would end the frame too early (an end marker
    /// that the rule has no escape for).
    pub fn wrap(&self, head: &[u8], content: &[u8], out: &mut [u8]) -> Result<usize, WireError> {
        let plan = self.plan(content)?;
        let max = out.len();
        let frame = out.get_mut(..plan.total).ok_or(WireError::new(
            max,
            "output buffer",
            WireErrorKind::Limit { max },
        ))?;
        frame.fill(0);
        let found = Found { total: plan.total, marker: plan.marker };
        self.write_head(head, plan.before, frame)?;
        let sum = plan.sum.iter().take(plan.sum_len);
        let zeros = core::iter::repeat_n(&0, plan.fill);
        let mut at = plan.before;
        self.transform.encode(content.iter().chain(zeros).chain(sum).copied(), |octet| {
            if let Some(place) = frame.get_mut(at) {
                *place = octet;
            }
            at = at.wrapping_add(1);
        });
        self.write_tail(&plan, &found, frame)?;
        self.write_sum(&found, frame)?;
        // What stands there now must be what a deframer would find.
        match self.located(frame) {
            Ok((made, _)) if made == found => Ok(plan.total),
            Err(why) if !matches!(why.kind, WireErrorKind::Trailing { .. }) => Err(why),
            _ => {
                let kind = WireErrorKind::Expected("content without the end of a frame");
                Err(WireError::new(plan.before, "content", kind))
            }
        }
    }

    fn plan(&self, content: &[u8]) -> Result<Plan, WireError> {
        let unfit = |expected| WireError::new(0, self.name, WireErrorKind::Expected(expected));
        let (Place::Start(before), behind) = self.content else {
            return Err(unfit("content that begins at a place from the start"));
        };
        let fill = match &self.fill {
            Some(fill) => match content.len().checked_rem(fill.unit) {
                None | Some(0) => 0,
                Some(more) => fill.unit.wrapping_sub(more),
            },
            None => 0,
        };
        let (mut sum, mut sum_len) = ([0; 4], 0);
        if let Some(check) = &self.check
            && check.over == Over::Content
        {
            let value = check.sums.first().map_or(0, |sum: &Checksum| sum.of(content));
            let stored = check.written(value);
            sum_len = stored.len().min(4);
            for (to, from) in sum.iter_mut().zip(stored.as_slice()) {
                *to = *from;
            }
        }
        let mut coded = 0_usize;
        let extra = core::iter::repeat_n(&0, fill).chain(sum.iter().take(sum_len));
        self.transform.encode(content.iter().chain(extra).copied(), |_| {
            coded = coded.wrapping_add(1);
        });
        let (marker_len, then_len) = match &self.boundary {
            Boundary::Marker(end) => {
                let marker = end.markers.first().ok_or(unfit("an end marker"))?;
                let then_len = match end.then {
                    Then::Octets(count) => count,
                    Then::Line(_) => LINE_END.len().saturating_add(self.sum_behind_marker()),
                };
                (marker.len(), then_len)
            }
            _ => (0, 0),
        };
        let tail = match behind {
            Place::End(octets) => octets,
            _ => marker_len.saturating_add(then_len),
        };
        let total = before.saturating_add(coded).saturating_add(tail);
        if total > self.max_len {
            let kind = WireErrorKind::Limit { max: self.max_len };
            return Err(WireError::new(0, self.name, kind));
        }
        let marker = match &self.boundary {
            Boundary::Marker(_) => {
                let end = total.saturating_sub(then_len);
                Some((end.saturating_sub(marker_len), end))
            }
            _ => None,
        };
        Ok(Plan { before, content: coded, total, marker, fill, sum, sum_len })
    }

    /// Octets that the sum takes between an end marker and the end of its line.
    fn sum_behind_marker(&self) -> usize {
        match &self.check {
            Some(check) => match check.over {
                Over::Frame { at: Place::BehindMarker, .. } => check.wire_len(),
                _ => 0,
            },
            None => 0,
        }
    }

    fn write_head(&self, head: &[u8], before: usize, frame: &mut [u8]) -> Result<(), WireError> {
        if let Start::Markers(markers) = &self.start
            && let Some(marker) = markers.first()
        {
            write(frame, 0, marker.as_slice());
        }
        for literal in self.literals.iter() {
            if let Place::Start(at) = literal.at {
                write(frame, at, literal.octets.as_slice());
            }
        }
        let known = self.parts_before(frame);
        let mut open = (0..before).filter(|&at| !covers(&known, at));
        let mut given = head.iter();
        for &octet in given.by_ref() {
            let Some(at) = open.next() else { return Err(head_len(head.len(), head.len())) };
            write(frame, at, &[octet]);
        }
        match open.count() {
            0 => Ok(()),
            missing => Err(head_len(head.len().saturating_add(missing), head.len())),
        }
    }

    fn write_tail(&self, plan: &Plan, found: &Found, frame: &mut [u8]) -> Result<(), WireError> {
        match &self.boundary {
            Boundary::Marker(end) => {
                if let (Some(marker), Some((at, _))) = (end.markers.first(), plan.marker) {
                    write(frame, at, marker.as_slice());
                }
                if let Then::Line(_) = end.then {
                    write(frame, plan.total.saturating_sub(LINE_END.len()), LINE_END);
                }
            }
            Boundary::Length(length) => {
                let declared =
                    i64::try_from(plan.total).unwrap_or(i64::MAX).saturating_sub(length.add.into());
                let field = u32::try_from(declared)
                    .ok()
                    .map(|declared| declared.wrapping_shl(length.shift.into()))
                    .filter(|field| field & length.mask == *field)
                    .filter(|field| i64::from(field.wrapping_shr(length.shift.into())) == declared)
                    .ok_or(WireError::new(
                        length.at,
                        "length",
                        WireErrorKind::Limit { max: plan.content },
                    ))?;
                let field = length.order.octets(field | length.bits & !length.mask, length.width);
                write(frame, length.at, field.as_slice());
                if let Some(at) = length.copy_at {
                    write(frame, at, field.as_slice());
                }
            }
            _ => {}
        }
        for literal in self.literals.iter() {
            write(frame, found.place(literal.at)?, literal.octets.as_slice());
        }
        if let Some(fill) = &self.fill {
            // The filling is shorter than its unit, and the octet that counts it bounds the unit.
            write(frame, found.place(fill.count_at)?, &[u8::try_from(plan.fill).unwrap_or(0)]);
        }
        Ok(())
    }

    fn write_sum(&self, found: &Found, frame: &mut [u8]) -> Result<(), WireError> {
        let Some(check) = &self.check else { return Ok(()) };
        let Over::Frame { from, to, at } = check.over else { return Ok(()) };
        let at = found.place(at)?;
        let covered = found.place(from)?..found.place(to)?;
        let value = check.value(frame, covered, at..at.saturating_add(check.wire_len()));
        write(frame, at, check.written(value).as_slice());
        Ok(())
    }
}

fn head_len(declared: usize, available: usize) -> WireError {
    WireError::new(0, "head", WireErrorKind::Length { declared, available })
}

fn write(frame: &mut [u8], at: usize, octets: &[u8]) {
    for (to, from) in frame.get_mut(at..).unwrap_or_default().iter_mut().zip(octets) {
        *to = *from;
    }
}
