//! [`Command`]: what is said to a meter on a wire.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

use super::{AField, CiField, Selection};

/// The user data of a frame to a meter, from the CI field on, without a transport header.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_mbus::wire::{AField, CField, Command, LinkFrame};
///
/// // The meter that is alone on the line, or selected, gets address 5.
/// let mut user_data = [0; 4];
/// let len = Command::SetPrimaryAddress(AField(5)).emit_to_slice(&mut user_data)?;
/// assert_eq!(user_data, [0x51, 0x01, 0x7A, 0x05]);
/// let frame = LinkFrame::Long {
///     control: CField::SND_UD,
///     address: AField::TEST,
///     user_data: &user_data[..len],
/// };
/// assert_eq!(frame.wire_len(), 12);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Command<'a> {
    /// Starts over with the first telegram of an application, or of all (CI 50).
    ApplicationReset {
        /// Which: see [`ApplicationSubCode`]; everything, without.
        sub_code: Option<ApplicationSubCode>,
    },
    /// Selects meters by their secondary address (CI 52).
    Select(Selection),
    /// Asks which application is selected (CI 54; in the text of 1997: freeze the values).
    RequestSelectedApplication,
    /// Freezes the values (CI 5C).
    Synchronise,
    /// Sets the speed, in bits a second, from the next frame on (CI B8 to BF).
    SetBaudRate(BaudRate),
    /// Gives the meter its number on the line: a record of CI 51. Sent to address 254 or 255 it gives
    /// the same number to every meter of the line; a meter among others is selected first.
    SetPrimaryAddress(AField),
    /// Asks for every record there is: the global readout request of CI 51.
    ReadEverything,
    /// Writes records, or asks for records (CI 51). A record whose data field is 8 (selection for
    /// readout) has a head and no data: `08 13` asks for the volume, `08 7E` for all values.
    Records(&'a [u8]),
}

/// The head of the record that gives a meter its number.
const SET_ADDRESS: [u8; 2] = [0x01, 0x7A];
/// The global readout request, in place of a record.
const READ_EVERYTHING: u8 = 0x7F;

impl<'a> Wire<'a> for Command<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let ci = CiField::read_octet(reader)?;
        match ci {
            CiField::APPLICATION_RESET_OR_SELECT => {
                let sub_code = match reader.is_empty() {
                    true => None,
                    false => Some(ApplicationSubCode(reader.u8("sub-code")?)),
                };
                Ok(Self::ApplicationReset { sub_code })
            }
            CiField::SELECTION => Ok(Self::Select(reader.read()?)),
            CiField::REQUEST_SELECTED_APPLICATION => Ok(Self::RequestSelectedApplication),
            CiField::SYNCHRONISE => Ok(Self::Synchronise),
            CiField::COMMAND => match *reader.rest() {
                [READ_EVERYTHING] => {
                    reader.structure_u8("global readout request")?;
                    Ok(Self::ReadEverything)
                }
                [dif, vif, address] if [dif, vif] == SET_ADDRESS => {
                    reader.structure_u16("record head")?;
                    reader.u8("primary address")?;
                    Ok(Self::SetPrimaryAddress(AField(address)))
                }
                _ => Ok(Self::Records(reader.remaining_octets("records"))),
            },
            _ => match BaudRate::from_ci(ci) {
                Some(rate) => Ok(Self::SetBaudRate(rate)),
                None => {
                    let kind = WireErrorKind::Code(ci.code().into());
                    Err(WireError::new(start, "control information", kind))
                }
            },
        }
    }

    fn emit(&self, out: &mut impl Sink) {
        match *self {
            Self::ApplicationReset { sub_code } => {
                out.put_u8(CiField::APPLICATION_RESET_OR_SELECT.code());
                if let Some(sub_code) = sub_code {
                    out.put_u8(sub_code.0);
                }
            }
            Self::Select(selection) => {
                out.put_u8(CiField::SELECTION.code());
                selection.emit(out);
            }
            Self::RequestSelectedApplication => {
                out.put_u8(CiField::REQUEST_SELECTED_APPLICATION.code());
            }
            Self::Synchronise => out.put_u8(CiField::SYNCHRONISE.code()),
            Self::SetBaudRate(rate) => out.put_u8(rate.ci().code()),
            Self::SetPrimaryAddress(address) => {
                let [dif, vif] = SET_ADDRESS;
                out.put_array([CiField::COMMAND.code(), dif, vif, address.0]);
            }
            Self::ReadEverything => out.put_array([CiField::COMMAND.code(), READ_EVERYTHING]),
            Self::Records(records) => {
                out.put_u8(CiField::COMMAND.code());
                out.put(records);
            }
        }
    }

    fn wire_len(&self) -> usize {
        match self {
            Self::ApplicationReset { sub_code } => usize::from(sub_code.is_some()).wrapping_add(1),
            Self::Select(selection) => selection.wire_len().wrapping_add(1),
            Self::RequestSelectedApplication | Self::Synchronise | Self::SetBaudRate(_) => 1,
            Self::SetPrimaryAddress(_) => 4,
            Self::ReadEverything => 2,
            Self::Records(records) => records.len().wrapping_add(1),
        }
    }
}

/// Which application of a meter: the octet behind an application reset.
///
/// The upper half is the application, the lower half the first telegram of it that is wanted, if the
/// meter has several.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct ApplicationSubCode(pub u8);

impl ApplicationSubCode {
    /// Everything.
    pub const ALL: Self = Self(0x00);
    /// What the user reads.
    pub const USER_DATA: Self = Self(0x10);
    /// What simple billing takes.
    pub const SIMPLE_BILLING: Self = Self(0x20);
    /// What enhanced billing takes.
    pub const ENHANCED_BILLING: Self = Self(0x30);
    /// What billing by tariffs takes.
    pub const MULTI_TARIFF_BILLING: Self = Self(0x40);
    /// The values of now.
    pub const INSTANTANEOUS_VALUES: Self = Self(0x50);
    /// The values for the management of load.
    pub const LOAD_MANAGEMENT: Self = Self(0x60);
    /// For installation and start.
    pub const INSTALLATION: Self = Self(0x80);
    /// For tests.
    pub const TESTING: Self = Self(0x90);
    /// For calibration.
    pub const CALIBRATION: Self = Self(0xA0);
    /// For manufacturing.
    pub const MANUFACTURING: Self = Self(0xB0);
    /// For development.
    pub const DEVELOPMENT: Self = Self(0xC0);
    /// For the self-test.
    pub const SELF_TEST: Self = Self(0xD0);

    /// The application, 0 to 15.
    #[must_use]
    pub const fn application(self) -> u8 {
        self.0 >> 4
    }

    /// The first telegram that is wanted, 0 to 15.
    #[must_use]
    pub const fn telegram(self) -> u8 {
        self.0 & 0x0F
    }
}

/// The speed of a wired line: 300 bits a second, doubled up to seven times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BaudRate(u8);

impl BaudRate {
    /// 300 bits a second, which every meter knows.
    pub const B300: Self = Self(0);
    /// 600 bits a second.
    pub const B600: Self = Self(1);
    /// 1200 bits a second.
    pub const B1200: Self = Self(2);
    /// 2400 bits a second, the most usual.
    pub const B2400: Self = Self(3);
    /// 4800 bits a second.
    pub const B4800: Self = Self(4);
    /// 9600 bits a second.
    pub const B9600: Self = Self(5);
    /// 19200 bits a second.
    pub const B19200: Self = Self(6);
    /// 38400 bits a second.
    pub const B38400: Self = Self(7);

    /// All eight, the slowest first.
    pub const ALL: [Self; 8] = [
        Self::B300,
        Self::B600,
        Self::B1200,
        Self::B2400,
        Self::B4800,
        Self::B9600,
        Self::B19200,
        Self::B38400,
    ];

    /// The speed of so many bits a second, if it is one of the eight.
    #[must_use]
    pub fn from_bits_per_second(bits: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|rate| rate.bits_per_second() == bits)
    }

    /// Bits a second.
    #[must_use]
    pub const fn bits_per_second(self) -> u32 {
        300 << (self.0 & 0x07)
    }

    /// The speed that a CI field (B8 to BF) sets.
    #[must_use]
    pub const fn from_ci(ci: CiField) -> Option<Self> {
        match ci.code() {
            code @ 0xB8..=0xBF => Some(Self(code & 0x07)),
            _ => None,
        }
    }

    /// The CI field that sets it.
    #[must_use]
    pub const fn ci(self) -> CiField {
        CiField::new(0xB8 | self.0)
    }
}

/// What sets a meter's clock: the body behind CI 6C and 6D.
///
/// The first octet says what is to be done, the rest is the time, or the span of time by which the
/// clock is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ClockSync<'a> {
    relative: bool,
    octets: &'a [u8],
}

impl<'a> ClockSync<'a> {
    /// A clock synchronisation, absolute (CI 6C) or relative (CI 6D), from these octets.
    #[must_use]
    pub const fn new(relative: bool, octets: &'a [u8]) -> Self {
        Self { relative, octets }
    }

    /// Is the clock to be moved by a span (CI 6D), not set to a time (CI 6C)?
    #[must_use]
    pub const fn is_relative(&self) -> bool {
        self.relative
    }

    /// The octet that says what is to be done.
    #[must_use]
    pub fn control(&self) -> Option<u8> {
        self.octets.first().copied()
    }

    /// The time or span, and whatever fills the telegram behind it: a time of type I has six octets.
    #[must_use]
    pub fn time(&self) -> &'a [u8] {
        self.octets.get(1..).unwrap_or_default()
    }

    /// All of the body.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::wire_laws;

    use super::*;
    use crate::wire::MeterAddress;

    #[test]
    fn every_command_is_read_back() {
        let meter = MeterAddress::from_octets([1, 2, 3, 4, 5, 6, 7, 8]);
        for command in [
            Command::ApplicationReset { sub_code: None },
            Command::ApplicationReset { sub_code: Some(ApplicationSubCode(0x53)) },
            Command::Select(Selection::exactly(meter)),
            Command::RequestSelectedApplication,
            Command::Synchronise,
            Command::SetBaudRate(BaudRate::B9600),
            Command::SetPrimaryAddress(AField(250)),
            Command::ReadEverything,
            Command::Records(&[]),
            Command::Records(&[0x08, 0x13]),
        ] {
            wire_laws!(Command<'_>, command);
        }
    }

    #[test]
    fn a_ci_field_that_is_no_command_is_refused() {
        let error = Command::from_bytes(&[0x72]).unwrap_err();
        assert_eq!((error.offset, error.kind), (0, WireErrorKind::Code(0x72)));
    }

    #[test]
    fn eight_speeds_have_eight_ci_fields() {
        let speeds = [300, 600, 1200, 2400, 4800, 9600, 19200, 38400];
        assert!(BaudRate::ALL.iter().map(|rate| rate.bits_per_second()).eq(speeds));
        for rate in BaudRate::ALL {
            assert_eq!(BaudRate::from_ci(rate.ci()), Some(rate));
            assert_eq!(BaudRate::from_bits_per_second(rate.bits_per_second()), Some(rate));
        }
        assert_eq!(BaudRate::B2400.ci(), CiField::SET_BAUD_RATE_2400);
        assert_eq!(BaudRate::from_bits_per_second(1000), None);
        assert_eq!(BaudRate::from_ci(CiField::ELL_I), None);
    }

    #[test]
    fn a_sub_code_has_two_halves() {
        let sub_code = ApplicationSubCode(0x53);
        assert_eq!((sub_code.application(), sub_code.telegram()), (5, 3));
    }
}
