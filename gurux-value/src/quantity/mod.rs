//! What is measured, as a dotted word: `energy.active.import.total`.
//!
//! The known words are in [`table`].

mod table;

use core::fmt;

pub use table::KnownQuantity;

use crate::obis::Obis;
use crate::text::Text;
use table::QUANTITIES;

/// The word for what is measured, from the general to the special: `energy.active.import.total`.
///
/// The vocabulary is open: a profile or a protocol may use any word, and one that is not known
/// works like all others. The known words, a constant each, have a unit that reports use for them
/// and, where there is one, an OBIS code. Their last part tells a phase (`l1`), a tariff (`t1`) or
/// the `total`.
///
/// ```
/// use gurux_value::{Obis, Quantity, Unit};
///
/// let import = Quantity::ENERGY_ACTIVE_IMPORT_TOTAL;
/// assert_eq!(import.as_str(), "energy.active.import.total");
/// assert_eq!(import.lookup().and_then(|known| known.unit), Some(Unit::WATT_HOUR));
/// assert_eq!(Quantity::from_obis(Obis::new([1, 0, 1, 8, 0, 255])), Some(import));
/// assert!(!Quantity::new("maker.own.word").is_known());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity<'a>(Text<'a>);

impl<'a> Quantity<'a> {
    /// The quantity of this word, known or not.
    #[must_use]
    pub const fn new(word: &'a str) -> Self {
        Self(Text::new(word))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is the word in the table?
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.lookup().is_some()
    }

    /// What the table has for this word.
    #[must_use]
    pub fn lookup(&self) -> Option<&'static KnownQuantity> {
        let place = QUANTITIES.binary_search_by(|known| known.word.cmp(self.as_str())).ok()?;
        QUANTITIES.get(place)
    }

    /// The same, free of the input.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn into_owned(self) -> Quantity<'static> {
        Quantity(self.0.into_owned())
    }
}

impl Quantity<'static> {
    /// The known quantity of this OBIS code, whatever its channel (B) and billing period (F).
    #[must_use]
    pub fn from_obis(obis: Obis) -> Option<Self> {
        let key = Some(obis.with_channel(0).with_period(Obis::PRESENT));
        let known = QUANTITIES.iter().find(|known| known.obis == key)?;
        Some(Self::new(known.word))
    }

    /// All known quantities, in the order of their words.
    pub fn known() -> impl Iterator<Item = &'static KnownQuantity> {
        QUANTITIES.iter()
    }
}

impl<'a> From<&'a str> for Quantity<'a> {
    fn from(word: &'a str) -> Self {
        Self::new(word)
    }
}

impl<'a> From<Text<'a>> for Quantity<'a> {
    fn from(word: Text<'a>) -> Self {
        Self(word)
    }
}

impl<'a> From<Quantity<'a>> for Text<'a> {
    fn from(quantity: Quantity<'a>) -> Self {
        quantity.0
    }
}

impl AsRef<str> for Quantity<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Quantity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Quantity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quantity({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use proptest::prelude::{any, prop_assert, proptest};

    use super::Quantity;
    use super::table::QUANTITIES;
    use crate::obis::Obis;
    use crate::unit::{Dimension, Unit};

    #[test]
    fn words_are_sorted_and_each_is_found() {
        assert!(QUANTITIES.is_sorted_by(|left, right| left.word < right.word));
        for known in &QUANTITIES {
            let found = Quantity::new(known.word).lookup().expect(known.word);
            assert_eq!(found.word, known.word);
            assert!(
                known.word.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '.' | '-')),
                "{}",
                known.word
            );
        }
    }

    #[test]
    fn no_obis_code_has_two_words_and_each_finds_its_own() {
        let mut seen = BTreeSet::new();
        for known in &QUANTITIES {
            let Some(obis) = known.obis else { continue };
            assert!(seen.insert(obis), "{obis}");
            assert_eq!((obis.b(), obis.f()), (0, 255), "{obis}");
            let other = obis.with_channel(3).with_period(7);
            assert_eq!(Quantity::from_obis(other), Some(Quantity::new(known.word)));
        }
    }

    #[test]
    fn units_suit_the_words() {
        for known in &QUANTITIES {
            let expected = match known.word.split('.').next() {
                Some("voltage") => Dimension::Voltage,
                Some("current") => Dimension::Current,
                Some("volume") => Dimension::Volume,
                Some("pressure") => Dimension::Pressure,
                Some("temperature") => Dimension::Temperature,
                Some("frequency") => Dimension::Frequency,
                Some("thd") => Dimension::Ratio,
                _ => continue,
            };
            assert_eq!(known.dimension(), Some(expected), "{}", known.word);
        }
    }

    /// Sample against the table of codes in the README of ioBroker.mhcclient and the DSMR P1 list.
    #[test]
    fn codes_agree_with_other_lists() {
        for (code, word) in [
            ("1-0:1.8.0*255", "energy.active.import.total"),
            ("1-0:2.8.1*255", "energy.active.export.t1"),
            ("1-0:21.7.0*255", "power.active.import.l1"),
            ("1-0:62.7.0*255", "power.active.export.l3"),
            ("1-0:52.7.0*255", "voltage.l2"),
            ("1-0:71.7.0*255", "current.l3"),
            ("6-0:1.0.0*255", "energy.heat.total"),
            ("6-0:9.0.0*255", "flow.volume.heat"),
            ("6-0:10.0.0*255", "temperature.flow"),
            ("8-1:1.0.0*255", "volume.water.cold"),
            ("0-0:96.1.0*255", "fabrication.number"),
            ("0-0:96.8.0*255", "time.operating"),
        ] {
            let obis: Obis = code.parse().unwrap();
            assert_eq!(Quantity::from_obis(obis), Some(Quantity::new(word)), "{code}");
        }
    }

    #[test]
    fn a_word_of_ones_own_is_kept() {
        let own = Quantity::new("maker.own");
        assert!(!own.is_known());
        #[cfg(feature = "alloc")]
        assert_eq!(own.clone().into_owned(), own);
        assert_eq!(Quantity::VOLTAGE_L1.lookup().unwrap().unit, Some(Unit::VOLT));
    }

    proptest! {
        #[test]
        fn the_whole_space_of_codes_answers(groups in any::<[u8; 6]>()) {
            let found = Quantity::from_obis(Obis::new(groups));
            prop_assert!(found.is_none_or(|quantity| quantity.is_known()));
        }
    }
}
