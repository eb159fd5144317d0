//! [`RtlWmbus`]: the lines of rtl_wmbus.

use super::lines::{Form, Lines, MAX_LINE_LEN, are_octets, octets, opened};
use super::{Found, Receiver, Reception, Rssi, Time, tested};
use crate::line_code::LinkMode;
use crate::wireless::FrameFormat;
use crate::{Deframe, Step, WireError, WireErrorKind};

/// The lines of the program rtl_wmbus.
///
/// `T1;1;1;2024-02-11 16:00:00.000;97;148;12345678;0x1E44…`: mode, CRCs good, 3-of-6 good, time,
/// strength of the packet, strength now, identification, telegram without CRCs.
///
/// A line whose CRCs were not good is handed on too; [`Reception::crc_ok`] says so. The strengths are
/// numbers without a unit.
///
/// Source: README of xaelsouth/rtl-wmbus.
#[derive(Clone, Copy, Default, Debug)]
pub struct RtlWmbus {
    lines: Lines,
}

impl RtlWmbus {
    /// A deframer for such lines.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Lines::NEW }
    }
}

/// The fields of a line.
struct Fields<'l> {
    mode: LinkMode,
    crc_ok: bool,
    code_ok: bool,
    time: &'l [u8],
    rssi: &'l [u8],
    digits: &'l [u8],
    digits_at: usize,
}

fn fields(line: &[u8]) -> Option<Fields<'_>> {
    let mut fields = line.split(|octet| *octet == b';');
    let mode = LinkMode::from_name(fields.next()?)?;
    let mut flag = || match fields.next()? {
        b"0" => Some(false),
        b"1" => Some(true),
        _ => None,
    };
    let (crc_ok, code_ok) = (flag()?, flag()?);
    let (time, rssi) = (fields.next()?, fields.next()?);
    let (_, _) = (fields.next()?, fields.next()?);
    let digits = fields.next()?.strip_prefix(b"0x")?;
    // What newer versions may add behind is of no concern.
    let behind: usize = fields.map(|field| field.len().saturating_add(1)).sum();
    let digits_at = line.len().saturating_sub(behind).saturating_sub(digits.len());
    Some(Fields { mode, crc_ok, code_ok, time, rssi, digits, digits_at })
}

impl Form for RtlWmbus {
    const NAME: &'static str = "rtl_wmbus line";

    fn may_begin(octet: u8) -> bool {
        LinkMode::from_name(&[octet]).is_some()
    }

    fn fits(line: &[u8]) -> Result<(), WireError> {
        let expected = WireErrorKind::Expected("mode;crc;code;time;rssi;rssi;identification;0x...");
        let fields = fields(line).ok_or(WireError::new(0, Self::NAME, expected))?;
        are_octets(fields.digits, fields.digits_at)
    }
}

impl Deframe for RtlWmbus {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.lines.step::<Self>(buf, false)
    }
    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.lines.step::<Self>(buf, true)
    }
    fn reset(&mut self) {
        self.lines.reset();
    }
    fn max_len(&self) -> usize {
        MAX_LINE_LEN
    }
}

impl Receiver for RtlWmbus {
    fn open<'a>(&self, frame: &'a [u8], room: &'a mut [u8]) -> Result<Reception<'a>, WireError> {
        let line = opened::<Self>(frame)?;
        let expected = WireErrorKind::Expected("the fields of a line");
        let fields = fields(line).ok_or(WireError::new(0, Self::NAME, expected))?;
        let octets = octets(fields.digits, room);
        if fields.mode == LinkMode::C {
            count_no_sums(octets);
        }
        let Found { octets, format, crc_ok, .. } = tested(octets);
        let rssi = core::str::from_utf8(fields.rssi).ok().and_then(|text| text.parse().ok());
        Ok(Reception {
            octets,
            format,
            crc_ok: Some(fields.crc_ok && fields.code_ok && crc_ok != Some(false)),
            mode: Some(fields.mode),
            rssi: rssi.map(|raw| Rssi { raw, dbm: None }),
            time: core::str::from_utf8(fields.time).ok().map(Time::Text),
        })
    }
}

/// Versions of before 2020 left in L the CRCs of format B that they took off (README of
/// xaelsouth/rtl-wmbus, "Bugfixing"). In a line it is known how many octets there are, so the count
/// can be put right.
fn count_no_sums(octets: &mut [u8]) {
    let len = octets.len();
    let too_short = FrameFormat::NoCrc.check(octets).is_err();
    if let [length, ..] = octets
        && too_short
        && FrameFormat::B.telegram_len(*length) == Some(len)
    {
        *length = len.wrapping_sub(1) as u8;
    }
}
