//! OBIS codes: what a meter's value is, in six numbers (IEC 62056-6-1, EN 13757-1).

use core::fmt;
use core::str::FromStr;

use crate::error::ParseError;
use crate::line::Line;

/// A code of six groups.
///
/// | group | says | example `1-0:1.8.0*255` |
/// |-------|------|--------------------------|
/// | A | medium: 0 abstract, 1 electricity, 4 heat cost, 5 cooling, 6 heat, 7 gas, 8 cold, 9 hot water | 1 |
/// | B | channel, 0 where there is but one | 0 |
/// | C | quantity: 1 is active power, import | 1 |
/// | D | how it was processed: 8 is the integral since ever | 8 |
/// | E | tariff, 0 for the total; or a phase, a harmonic | 0 |
/// | F | billing period, 255 for the present value | 255 |
///
/// It prints in its canonical form `A-B:C.D.E*F`, and reads that, six numbers with points
/// (`1.0.1.8.0.255`), twelve hex digits, and the reduced forms of displays and of IEC 62056-21.
///
/// ```
/// use gurux_value::Obis;
///
/// let import: Obis = "1.8.0".parse()?;
/// assert_eq!(import, Obis::new([1, 0, 1, 8, 0, 255]));
/// assert_eq!(import.to_string(), "1-0:1.8.0*255");
/// assert_eq!("F.F".parse::<Obis>()?.to_string(), "0-0:97.97.0*255");
/// # Ok::<(), gurux_value::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Obis([u8; 6]);

impl Obis {
    /// Group F of the present value, as against that of a billing period.
    pub const PRESENT: u8 = 255;

    /// The code of groups A to F, as DLMS sends them (logical name).
    #[must_use]
    pub const fn new(groups: [u8; 6]) -> Self {
        Self(groups)
    }

    /// The groups A to F.
    #[must_use]
    pub const fn groups(self) -> [u8; 6] {
        self.0
    }

    /// Group A: the medium.
    #[must_use]
    pub const fn a(self) -> u8 {
        let [a, ..] = self.0;
        a
    }

    /// Group B: the channel.
    #[must_use]
    pub const fn b(self) -> u8 {
        let [_, b, ..] = self.0;
        b
    }

    /// Group C: the quantity.
    #[must_use]
    pub const fn c(self) -> u8 {
        let [_, _, c, ..] = self.0;
        c
    }

    /// Group D: how it was processed.
    #[must_use]
    pub const fn d(self) -> u8 {
        let [.., d, _, _] = self.0;
        d
    }

    /// Group E: the tariff, for energies.
    #[must_use]
    pub const fn e(self) -> u8 {
        let [.., e, _] = self.0;
        e
    }

    /// Group F: the billing period, or [`Obis::PRESENT`].
    #[must_use]
    pub const fn f(self) -> u8 {
        let [.., f] = self.0;
        f
    }

    /// The same code with another channel.
    #[must_use]
    pub const fn with_channel(self, b: u8) -> Self {
        let [a, _, c, d, e, f] = self.0;
        Self([a, b, c, d, e, f])
    }

    /// The same code with another tariff.
    #[must_use]
    pub const fn with_tariff(self, e: u8) -> Self {
        let [a, b, c, d, _, f] = self.0;
        Self([a, b, c, d, e, f])
    }

    /// The same code for another billing period.
    #[must_use]
    pub const fn with_period(self, f: u8) -> Self {
        let [a, b, c, d, e, _] = self.0;
        Self([a, b, c, d, e, f])
    }
}

impl From<[u8; 6]> for Obis {
    fn from(groups: [u8; 6]) -> Self {
        Self(groups)
    }
}

impl From<Obis> for [u8; 6] {
    fn from(obis: Obis) -> Self {
        obis.0
    }
}

impl fmt::Display for Obis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line::<24>::new();
        for (group, end) in self.0.iter().zip(["-", ":", ".", ".", "*", ""]) {
            line.push_padded(u32::from(*group), 1);
            line.push_str(end);
        }
        f.pad(line.as_str())
    }
}

impl fmt::Debug for Obis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Obis({self})")
    }
}

/// Letters that stand for a number of group C or D in reduced codes (IEC 62056-61, reduced ID).
#[rustfmt::skip]
const LETTERS: [(u8, u8); 4] = [
    (b'C', 96), // general service
    (b'F', 97), // error
    (b'L', 98), // list
    (b'P', 99), // profile
];

/// C of abstract objects in reduced codes: they belong to medium 0.
const ABSTRACT: core::ops::RangeInclusive<u8> = 96..=99;

impl FromStr for Obis {
    type Err = ParseError;

    /// Reads `[[A-]B:]C.D[.E][*F]`, `A.B.C.D.E.F` and twelve hex digits.
    ///
    /// What a reduced code leaves out: A is 0 for C, F, L, P (96 to 99) and 1 (electricity)
    /// otherwise, B is 0, E is 0, F is 255. `&` in place of `*` marks a value that was reset by
    /// hand (IEC 62056-21); the code is the same.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some(groups) = hex_groups(text.as_bytes()) {
            return Ok(Self(groups));
        }
        let mut reader = Reader { text, rest: text.as_bytes() };
        let first = reader.group()?;
        let (a, b, c) = match reader.separator() {
            Some(b'-') => {
                let b = reader.group()?;
                reader.expect(b':', "`:` after the channel")?;
                (Some(first), Some(b), reader.group()?)
            }
            Some(b':') => (None, Some(first), reader.group()?),
            Some(b'.') => return reader.dotted(first),
            _ => return Err(reader.fault("`.`, `-` or `:`")),
        };
        reader.expect(b'.', "`.` before group D")?;
        let d = reader.group()?;
        reader.tail(a, b, c, d)
    }
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t [u8],
}

impl Reader<'_> {
    fn fault(&self, expected: &'static str) -> ParseError {
        let offset = self.text.len().saturating_sub(self.rest.len());
        ParseError { what: "obis code", expected, offset }
    }

    fn separator(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn expect(&mut self, separator: u8, expected: &'static str) -> Result<(), ParseError> {
        match self.rest.split_first() {
            Some((found, rest)) if *found == separator => {
                self.rest = rest;
                Ok(())
            }
            _ => Err(self.fault(expected)),
        }
    }

    /// A number up to 255, or a letter that stands for one.
    fn group(&mut self) -> Result<u8, ParseError> {
        if let Some((first, rest)) = self.rest.split_first()
            && let Some((_, group)) = LETTERS.iter().find(|(letter, _)| letter == first)
        {
            self.rest = rest;
            return Ok(*group);
        }
        let mut group = None;
        while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
            let next = group.unwrap_or(0u8).checked_mul(10).and_then(|g| g.checked_add(digit & 15));
            group = Some(next.ok_or_else(|| self.fault("a number up to 255"))?);
            self.rest = rest;
        }
        group.ok_or_else(|| self.fault("a number up to 255"))
    }

    /// `C.D`, `C.D.E` or all six, when the first number was followed by a point.
    fn dotted(&mut self, first: u8) -> Result<Obis, ParseError> {
        let second = self.group()?;
        if self.rest.first() != Some(&b'.') {
            return self.tail(None, None, first, second);
        }
        let before_third = self.rest;
        self.expect(b'.', "`.`")?;
        let third = self.group()?;
        if self.rest.first() != Some(&b'.') {
            self.rest = before_third;
            return self.tail(None, None, first, second);
        }
        self.expect(b'.', "`.`")?;
        let fourth = self.group()?;
        self.expect(b'.', "`.` and group E: two, three or six groups")?;
        let fifth = self.group()?;
        self.expect(b'.', "`.` and group F: two, three or six groups")?;
        let sixth = self.group()?;
        self.end(Obis([first, second, third, fourth, fifth, sixth]))
    }

    /// `[.E][*F]` and the end. A second point may also stand before F, as in `1-0:1.8.0.255`.
    fn tail(&mut self, a: Option<u8>, b: Option<u8>, c: u8, d: u8) -> Result<Obis, ParseError> {
        let (mut e, mut f) = (0, Obis::PRESENT);
        if self.rest.first() == Some(&b'.') {
            self.separator();
            e = self.group()?;
        }
        if let Some(b'*' | b'&' | b'.') = self.rest.first() {
            self.separator();
            f = self.group()?;
        }
        let a = a.unwrap_or(if ABSTRACT.contains(&c) { 0 } else { 1 });
        self.end(Obis([a, b.unwrap_or(0), c, d, e, f]))
    }

    fn end(&self, obis: Obis) -> Result<Obis, ParseError> {
        if self.rest.is_empty() { Ok(obis) } else { Err(self.fault("the end")) }
    }
}

/// Twelve hex digits, as logs show a logical name.
fn hex_groups(text: &[u8]) -> Option<[u8; 6]> {
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let pairs: &[[u8; 2]; 6] = pairs.try_into().ok()?;
    let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut groups = [0; 6];
    for (group, [high, low]) in groups.iter_mut().zip(pairs) {
        *group = digit(*high)? << 4 | digit(*low)?;
    }
    Some(groups)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::Obis;

    #[track_caller]
    fn reads(text: &str, groups: [u8; 6]) {
        assert_eq!(text.parse(), Ok(Obis::new(groups)), "{text}");
    }

    #[test]
    fn full_forms_are_read() {
        reads("1-0:1.8.0*255", [1, 0, 1, 8, 0, 255]);
        reads("1.0.1.8.0.255", [1, 0, 1, 8, 0, 255]);
        reads("1-0:1.8.0.255", [1, 0, 1, 8, 0, 255]);
        reads("0100010800FF", [1, 0, 1, 8, 0, 255]);
        reads("7-20:3.0.0", [7, 20, 3, 0, 0, 255]);
        reads("0-1:24.2.1", [0, 1, 24, 2, 1, 255]);
        reads("1-1:1.8.0*1", [1, 1, 1, 8, 0, 1]);
    }

    #[test]
    fn reduced_forms_are_read() {
        reads("1.8.0", [1, 0, 1, 8, 0, 255]);
        reads("1-0:1.8.0", [1, 0, 1, 8, 0, 255]);
        reads("1:1.8.0", [1, 1, 1, 8, 0, 255]);
        reads("C.1.0", [0, 0, 96, 1, 0, 255]);
        reads("F.F", [0, 0, 97, 97, 0, 255]);
        reads("0.0.0", [1, 0, 0, 0, 0, 255]);
        reads("L.1", [0, 0, 98, 1, 0, 255]);
        reads("1.6.1*23", [1, 0, 1, 6, 1, 23]);
        reads("1.6.1&23", [1, 0, 1, 6, 1, 23]);
        reads("1.6*2", [1, 0, 1, 6, 0, 2]);
    }

    #[test]
    fn other_texts_are_refused_with_their_place() {
        for (text, offset) in [
            ("", 0),
            ("1", 1),
            ("1-0:1.8.256", 10),
            ("1-0.1.8.0", 3),
            ("1.8.0 ", 5),
            ("1.2.3.4", 7),
            ("1.2.3.4.5", 9),
            ("1.2.3.4.5.6.7", 11),
            ("x.8.0", 0),
            ("1..0", 2),
            ("C", 1),
        ] {
            let fault = text.parse::<Obis>().unwrap_err();
            assert_eq!(fault.offset, offset, "{text}: {fault}");
        }
    }

    #[test]
    fn groups_are_named() {
        let obis = Obis::new([1, 2, 3, 4, 5, 6]);
        assert_eq!([obis.a(), obis.b(), obis.c(), obis.d(), obis.e(), obis.f()], obis.groups());
        let other = obis.with_channel(7).with_tariff(8).with_period(9);
        assert_eq!(other.groups(), [1, 7, 3, 4, 8, 9]);
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(groups in any::<[u8; 6]>()) {
            let obis = Obis::new(groups);
            prop_assert_eq!(obis.to_string().parse(), Ok(obis));
        }

        #[test]
        fn no_text_panics(text in "[-0-9.:*&CFLPx]{0,14}") {
            let _ = text.parse::<Obis>();
        }
    }
}
