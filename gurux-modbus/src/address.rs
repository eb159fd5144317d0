//! [`Table`] and [`Address`]: where a value lies in a device.

use core::fmt;
use core::str::FromStr;

use gurux_framing::nom;
use nom::branch::alt;
use nom::character::complete::{alpha1, char, digit1, hex_digit1};
use nom::combinator::{all_consuming, map_opt, verify};
use nom::number::complete::u8;
use nom::sequence::{preceded, separated_pair};
use nom::{IResult, Parser};

/// The four primary tables of the data model.
///
/// Source: MODBUS Application Protocol V1.1b3, 4.3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Table {
    /// One bit, read only.
    DiscreteInput,
    /// One bit, read and write.
    Coil,
    /// Sixteen bits, read only.
    InputRegister,
    /// Sixteen bits, read and write.
    HoldingRegister,
}

impl Table {
    /// The four tables, in the order of the standard.
    pub const ALL: [Self; 4] =
        [Self::DiscreteInput, Self::Coil, Self::InputRegister, Self::HoldingRegister];

    /// Is an entry a bit, not a register?
    #[must_use]
    pub const fn is_bits(self) -> bool {
        matches!(self, Self::DiscreteInput | Self::Coil)
    }

    /// Can a client write it?
    #[must_use]
    pub const fn is_writable(self) -> bool {
        matches!(self, Self::Coil | Self::HoldingRegister)
    }

    /// The word before the colon of an address: `holding`, `input`, `coil` or `discrete`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DiscreteInput => "discrete",
            Self::Coil => "coil",
            Self::InputRegister => "input",
            Self::HoldingRegister => "holding",
        }
    }

    /// The table that the first digit of a data model number names: 0 coils, 1 discrete inputs,
    /// 3 input registers, 4 holding registers.
    const fn of_digit(digit: u8) -> Option<Self> {
        match digit {
            b'0' => Some(Self::Coil),
            b'1' => Some(Self::DiscreteInput),
            b'3' => Some(Self::InputRegister),
            b'4' => Some(Self::HoldingRegister),
            _ => None,
        }
    }
}

/// One entry of one table.
///
/// `number` is what the protocol sends: it counts from nought. Documents often count from one and
/// put the table in front (`40001` is holding register 0); both can be read:
///
/// | text | meaning |
/// |------|---------|
/// | `holding:107` `hr:107` `h:0x6B` | holding register, number of the protocol |
/// | `input:107` `ir:107` `i:107` | input register |
/// | `coil:107` `co:107` `c:107` | coil |
/// | `discrete:107` `di:107` `d:107` | discrete input |
/// | `40108` `400108` `4x108` | holding register 107, number of the data model (five or six digits, or `4x`) |
/// | `30108` `10108` `00108` | input register 107, discrete input 107, coil 107 |
///
/// Printing gives the first form. Source of the numbers of the data model: MODBUS Application
/// Protocol V1.1b3, 4.4 (an entry numbered X is addressed as X - 1); the leading digit is the
/// habit of the trade.
///
/// ```
/// use gurux_modbus::{Address, Table};
///
/// let address: Address = "40108".parse()?;
/// assert_eq!(address, Address::new(Table::HoldingRegister, 107));
/// assert_eq!(address.to_string(), "holding:107");
/// # Ok::<(), gurux_modbus::AddressError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Address {
    /// Which table.
    pub table: Table,
    /// The entry, counted from nought.
    pub number: u16,
}

impl Address {
    /// The entry `number` (from nought) of a table.
    #[must_use]
    pub const fn new(table: Table, number: u16) -> Self {
        Self { table, number }
    }

    /// The number that documents of the data model print: with the table's digit in front and
    /// counted from one; six digits, as five end at 9999.
    #[must_use]
    pub const fn data_model_number(self) -> u32 {
        let first = match self.table {
            Table::Coil => 0u32,
            Table::DiscreteInput => 100_000,
            Table::InputRegister => 300_000,
            Table::HoldingRegister => 400_000,
        };
        first.wrapping_add(self.number as u32).wrapping_add(1)
    }
}

/// A text that is no address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "an address is a table and a number from 0 to 65535, such as holding:107 or h:0x6B, \
     or a number of the data model, such as 40108"
)]
pub struct AddressError;

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let address = all_consuming(alt((named, data_model))).parse(text.trim().as_bytes());
        address.map(|(_, address)| address).map_err(|_| AddressError)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.table.word(), self.number)
    }
}

/// `holding:107`, `h:0x6B`
fn named(text: &[u8]) -> IResult<&[u8], Address> {
    separated_pair(table, char(':'), alt((hexadecimal, decimal)))
        .map(|(table, number)| Address::new(table, number))
        .parse(text)
}

fn table(text: &[u8]) -> IResult<&[u8], Table> {
    map_opt(alpha1, |word: &[u8]| {
        let row = WORDS.iter().find(|(_, words)| {
            words.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word))
        })?;
        Some(row.0)
    })
    .parse(text)
}

#[rustfmt::skip]
static WORDS: [(Table, [&str; 3]); 4] = [
    (Table::HoldingRegister, ["holding",  "hr", "h"]),
    (Table::InputRegister,   ["input",    "ir", "i"]),
    (Table::Coil,            ["coil",     "co", "c"]),
    (Table::DiscreteInput,   ["discrete", "di", "d"]),
];

fn hexadecimal(text: &[u8]) -> IResult<&[u8], u16> {
    let digits = preceded((char('0'), x), hex_digit1);
    map_opt(digits, |digits| integer(digits, 16)?.try_into().ok()).parse(text)
}

fn x(text: &[u8]) -> IResult<&[u8], char> {
    alt((char('x'), char('X'))).parse(text)
}

fn decimal(text: &[u8]) -> IResult<&[u8], u16> {
    map_opt(digit1, |digits| integer(digits, 10)?.try_into().ok()).parse(text)
}

/// `40108`, `400108`, `4x108`
fn data_model(text: &[u8]) -> IResult<&[u8], Address> {
    let table = map_opt(u8, Table::of_digit);
    // Shorter or longer numbers are somebody's slip, not a data model number.
    let plain = verify(digit1, |digits: &[u8]| matches!(digits.len(), 4 | 5));
    let entry = alt((preceded(x, digit1), plain));
    let number = map_opt(entry, |digits| integer(digits, 10)?.checked_sub(1)?.try_into().ok());
    (table, number).map(|(table, number)| Address::new(table, number)).parse(text)
}

fn integer(digits: &[u8], radix: u32) -> Option<u32> {
    u32::from_str_radix(core::str::from_utf8(digits).ok()?, radix).ok()
}

serde_as_text!(Address, "address of a register or bit, such as holding:107");

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::{Address, Table};

    #[test]
    fn both_ways_of_counting_are_read() {
        let holding = |number| Ok(Address::new(Table::HoldingRegister, number));
        for text in ["holding:107", "HR:107", "h:0x6B", "h:0X6b", " 40108 ", "400108", "4x108"] {
            assert_eq!(text.parse(), holding(107), "{text}");
        }
        assert_eq!("40001".parse(), holding(0));
        assert_eq!("465536".parse(), holding(0xFFFF));
        assert_eq!("holding:65535".parse(), holding(0xFFFF));
        let other = [
            ("input:3", Table::InputRegister),
            ("30004", Table::InputRegister),
            ("i:3", Table::InputRegister),
            ("coil:3", Table::Coil),
            ("00004", Table::Coil),
            ("0x4", Table::Coil),
            ("co:3", Table::Coil),
            ("discrete:3", Table::DiscreteInput),
            ("10004", Table::DiscreteInput),
            ("d:3", Table::DiscreteInput),
        ];
        for (text, table) in other {
            assert_eq!(text.parse(), Ok(Address::new(table, 3)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "107",
            "h",
            "h:",
            ":107",
            "h:65536",
            "h:0x10000",
            "h:-1",
            "h:0x",
            "h:1:2",
            "hold:1",
            "40000",
            "400000",
            "465537",
            "20001",
            "50001",
            "4010",
            "4000108",
            "4x0",
            "4x65537",
            "h:99999999999999999999",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_printed_reads_back() {
        for table in Table::ALL {
            for number in [0, 1, 9998, 9999, 0xFFFF] {
                let address = Address::new(table, number);
                assert_eq!(address.to_string().parse(), Ok(address));
                let of_model = address.data_model_number();
                assert_eq!(std::format!("{of_model:06}").parse(), Ok(address));
            }
        }
    }
    #[cfg(feature = "serde")]
    #[test]
    fn serde_reads_and_writes_the_text() {
        let address: Address = serde_json::from_str(r#""40108""#).unwrap();
        assert_eq!(serde_json::to_string(&address).unwrap(), r#""holding:107""#);
        assert!(serde_json::from_str::<Address>("107").is_err());
    }
}
