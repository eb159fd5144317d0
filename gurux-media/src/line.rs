//! [`LineSettings`]: how characters stand on a serial line, and how long one takes.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

/// The parity bit of a character.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Parity {
    /// No parity bit.
    #[default]
    None,
    /// The number of ones is odd.
    Odd,
    /// The number of ones is even.
    Even,
    /// Always one.
    Mark,
    /// Always zero.
    Space,
}

/// Who holds back whom on a serial line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum FlowControl {
    /// Nobody: the usual case on a meter line.
    #[default]
    None,
    /// XON and XOFF characters.
    Software,
    /// The RTS and CTS lines.
    Hardware,
}

/// How an RS-485 driver is turned round.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rs485 {
    /// RTS is low while sending instead of high.
    pub rts_low_on_send: bool,
    /// From turning the driver on to the first character.
    pub delay_before_send: Duration,
    /// From the end of the last character to turning the driver off.
    pub delay_after_send: Duration,
}

/// The settings of a serial line: speed, character and direction control.
///
/// Text form is the one that everybody writes on the meter: `9600 8N1`.
///
/// ```
/// use core::time::Duration;
/// use gurux_media::{LineSettings, Parity};
///
/// let line: LineSettings = "300 7E1".parse()?;
/// assert_eq!((line.baud, line.data_bits, line.parity), (300, 7, Parity::Even));
/// // A start bit, seven data bits, parity and a stop bit at 300 bit/s:
/// assert_eq!(line.octets_time(3), Duration::from_millis(100));
/// assert_eq!(line.to_string(), "300 7E1");
/// # Ok::<(), gurux_media::LineSettingsError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LineSettings {
    /// Bits a second.
    pub baud: u32,
    /// Data bits in a character: 5 to 8.
    pub data_bits: u8,
    /// The parity bit.
    pub parity: Parity,
    /// Stop bits: 1 or 2.
    pub stop_bits: u8,
    /// Flow control.
    pub flow: FlowControl,
    /// RS-485 direction control by RTS; `None` where the converter turns itself.
    pub rs485: Option<Rs485>,
}

impl LineSettings {
    /// `baud` bits a second, 8 data bits, no parity, one stop bit.
    #[must_use]
    pub const fn new(baud: u32) -> Self {
        Self {
            baud,
            data_bits: 8,
            parity: Parity::None,
            stop_bits: 1,
            flow: FlowControl::None,
            rs485: None,
        }
    }

    /// The same line with even parity: the default of MODBUS over Serial Line and of M-Bus.
    #[must_use]
    pub const fn even(mut self) -> Self {
        self.parity = Parity::Even;
        self
    }

    /// The same line at another speed.
    #[must_use]
    pub const fn with_baud(mut self, baud: u32) -> Self {
        self.baud = baud;
        self
    }

    /// Bits that one octet takes on the line, with start, parity and stop bits.
    #[must_use]
    pub const fn bits_per_octet(&self) -> u32 {
        let parity = if matches!(self.parity, Parity::None) { 0 } else { 1 };
        1 + self.data_bits as u32 + parity + self.stop_bits as u32
    }

    /// The time that `count` octets take on the line, rounded up to a microsecond.
    ///
    /// A speed of zero counts as one bit a second.
    #[must_use]
    pub const fn octets_time(&self, count: usize) -> Duration {
        let baud = if self.baud == 0 { 1 } else { self.baud } as u64;
        let bits = (count as u64).saturating_mul(self.bits_per_octet() as u64);
        Duration::from_micros(bits.saturating_mul(1_000_000).div_ceil(baud))
    }
}

/// 9600 bit/s, 8 data bits, no parity, one stop bit: what most meters are delivered with.
impl Default for LineSettings {
    fn default() -> Self {
        Self::new(9600)
    }
}

impl fmt::Display for LineSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parity = match self.parity {
            Parity::None => 'N',
            Parity::Odd => 'O',
            Parity::Even => 'E',
            Parity::Mark => 'M',
            Parity::Space => 'S',
        };
        write!(f, "{} {}{parity}{}", self.baud, self.data_bits, self.stop_bits)
    }
}

/// Why a text is no [`LineSettings`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line settings are a speed and a character, as in `9600 8N1` or `300,7E1`")]
pub struct LineSettingsError;

/// Reads `9600 8N1`, `9600,8N1` or `9600` alone (then 8N1).
impl FromStr for LineSettings {
    type Err = LineSettingsError;

    fn from_str(text: &str) -> Result<Self, LineSettingsError> {
        let text = text.trim();
        let (speed, character) = match text.split_once([',', ' ', '-']) {
            Some((speed, character)) => (speed, character.trim()),
            None => (text, "8N1"),
        };
        let baud = speed.parse().ok().filter(|&b| b > 0).ok_or(LineSettingsError)?;
        let [data, parity, stop] = character.as_bytes() else { return Err(LineSettingsError) };
        let parity = match parity.to_ascii_uppercase() {
            b'N' => Parity::None,
            b'O' => Parity::Odd,
            b'E' => Parity::Even,
            b'M' => Parity::Mark,
            b'S' => Parity::Space,
            _ => return Err(LineSettingsError),
        };
        let data_bits = match data {
            b'5'..=b'8' => data - b'0',
            _ => return Err(LineSettingsError),
        };
        let stop_bits = match stop {
            b'1' | b'2' => stop - b'0',
            _ => return Err(LineSettingsError),
        };
        Ok(Self { data_bits, parity, stop_bits, ..Self::new(baud) })
    }
}
