//! [`KeyStore`]: keys, and whose they are.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use crate::wire::{Identification, MeterAddress, Selection, Telegram};

/// Keys, and which meters they are of.
///
/// A key belongs to a pattern: a whole address, an identification number with wildcards for the rest,
/// a manufacturer, or all meters. [`lookup`](Self::lookup) finds a telegram's keys by any of its
/// addresses, as a meter behind a radio module has two: those of a whole identification number first,
/// the rest in the order in which they came.
///
/// `C` is what opens telegrams: [`Software`](crate::security::Software), expanded once and kept here,
/// or a handle into a module that keeps keys.
///
/// ```
/// use gurux_mbus::session::KeyStore;
/// use gurux_mbus::wire::Selection;
///
/// let mut keys = KeyStore::new();
/// keys.insert(Selection::exactly("12345678 KAM 27 4".parse()?), "of that meter");
/// keys.insert(Selection::ANY, "of all");
/// let meter = "12345678 KAM 27 4".parse()?;
/// assert!(keys.lookup_address(&meter).eq([&"of that meter", &"of all"]));
/// let other = "12345679 KAM 27 4".parse()?;
/// assert!(keys.lookup_address(&other).eq([&"of all"]));
/// # Ok::<(), gurux_mbus::wire::AddressError>(())
/// ```
#[derive(Clone)]
pub struct KeyStore<C> {
    by_identification: BTreeMap<Identification, Vec<Entry<C>>>,
    patterns: Vec<Entry<C>>,
}

#[derive(Clone)]
struct Entry<C> {
    pattern: Selection,
    key: C,
}

impl<C> KeyStore<C> {
    /// No keys.
    #[must_use]
    pub const fn new() -> Self {
        Self { by_identification: BTreeMap::new(), patterns: Vec::new() }
    }

    /// Adds a key for all meters that the pattern selects. Several keys may have one pattern.
    ///
    /// A digit F stands for any digit, FFFF for any manufacturer, FF for any version and any device
    /// type. Fabrication numbers are not looked at.
    pub fn insert(&mut self, pattern: Selection, key: C) {
        let number = pattern.address.identification;
        let entry = Entry { pattern, key };
        if is_whole(number) {
            self.by_identification.entry(number).or_default().push(entry);
        } else {
            self.patterns.push(entry);
        }
    }

    /// Takes out all keys of exactly this pattern, and says how many there were.
    pub fn remove(&mut self, pattern: &Selection) -> usize {
        let before = self.len();
        let stays = |entry: &Entry<C>| entry.pattern != *pattern;
        self.patterns.retain(stays);
        let number = pattern.address.identification;
        if let Some(entries) = self.by_identification.get_mut(&number) {
            entries.retain(stays);
            if entries.is_empty() {
                self.by_identification.remove(&number);
            }
        }
        before.saturating_sub(self.len())
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_identification
            .values()
            .map(Vec::len)
            .fold(self.patterns.len(), usize::saturating_add)
    }

    /// Is there no key?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty() && self.by_identification.is_empty()
    }

    /// The keys that may open a telegram, the likeliest first.
    pub fn lookup(&self, telegram: &Telegram<'_>) -> impl Iterator<Item = &C> {
        // Three addresses at the most: transport layer, extended link layer, link layer.
        let mut found = [None; 3];
        for (slot, address) in found.iter_mut().zip(telegram.addresses()) {
            *slot = Some(address);
        }
        self.lookup_all(found)
    }

    /// The keys of a meter, the likeliest first.
    pub fn lookup_address(&self, meter: &MeterAddress) -> impl Iterator<Item = &C> {
        self.lookup_all([Some(*meter), None, None])
    }

    /// Has this meter a key of its own, by its whole identification number?
    #[must_use]
    pub fn has_own_key(&self, meter: &MeterAddress) -> bool {
        let entries = self.by_identification.get(&meter.identification);
        entries.is_some_and(|entries| entries.iter().any(|entry| entry.pattern.matches(meter)))
    }

    fn lookup_all(&self, addresses: [Option<MeterAddress>; 3]) -> impl Iterator<Item = &C> {
        let own = addresses.into_iter().enumerate().filter_map(move |(place, address)| {
            // The same address twice would try its keys twice.
            let earlier = addresses.get(..place).unwrap_or_default();
            if earlier.contains(&address) { None } else { address }
        });
        let own = own.flat_map(|address| {
            let entries = self.by_identification.get(&address.identification);
            entries.into_iter().flatten().filter(move |entry| entry.pattern.matches(&address))
        });
        let rest = self.patterns.iter().filter(move |entry| {
            addresses.iter().flatten().any(|address| entry.pattern.matches(address))
        });
        own.chain(rest).map(|entry| &entry.key)
    }
}

impl<C> Default for KeyStore<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// How many keys there are, and nothing of them.
impl<C> fmt::Debug for KeyStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyStore({} keys)", self.len())
    }
}

/// Has the number no wildcard?
fn is_whole(number: Identification) -> bool {
    (0..32).step_by(4).all(|shift| (number.0 >> shift) & 0xF != 0xF)
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    fn meter(text: &str) -> MeterAddress {
        text.parse().unwrap()
    }

    fn pattern(octets: [u8; 8]) -> Selection {
        Selection::exactly(MeterAddress::from_octets(octets))
    }

    #[test]
    fn a_number_alone_is_enough() {
        let mut keys = KeyStore::new();
        keys.insert(pattern([0x78, 0x56, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0xFF]), 1);
        keys.insert(pattern([0xFF, 0xFF, 0xFF, 0xFF, 0x2D, 0x2C, 0xFF, 0xFF]), 2);
        keys.insert(pattern([0x7F, 0x56, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0xFF]), 3);
        assert!(keys.lookup_address(&meter("12345678 KAM 1 4")).eq(&[1, 2, 3]));
        assert!(keys.lookup_address(&meter("12345678 ELS 1 4")).eq(&[1, 3]));
        assert!(keys.lookup_address(&meter("12345679 KAM 1 4")).eq(&[2, 3]));
        assert!(keys.has_own_key(&meter("12345678 ELS 1 4")));
        assert!(!keys.has_own_key(&meter("12345679 KAM 1 4")));
    }

    #[test]
    fn any_address_of_a_telegram_finds_keys() {
        let octets = |sender: &str| {
            let head = [0x16, 0x44];
            let transport =
                [0x72, 0x78, 0x56, 0x34, 0x12, 0x93, 0x15, 0x33, 0x07, 0x2A, 0x00, 0x00, 0x00];
            [&head[..], &meter(sender).link_octets(), &transport].concat()
        };
        let by_module = octets("11223344 KAM 1 55");
        let by_itself = octets("12345678 ELS 51 7");
        let mut keys = KeyStore::new();
        keys.insert(Selection::exactly(meter("11223344 KAM 1 55")), "module");
        keys.insert(Selection::exactly(meter("12345678 ELS 51 7")), "meter");
        let found = |octets| {
            let telegram = Telegram::from_wireless(octets).unwrap();
            keys.lookup(&telegram).copied().collect::<Vec<_>>()
        };
        assert_eq!(found(&by_module), ["meter", "module"]);
        assert_eq!(found(&by_itself), ["meter"]);
    }

    #[test]
    fn keys_are_taken_out_and_never_shown() {
        let mut keys = KeyStore::new();
        let whole = Selection::exactly(meter("12345678 KAM 1 4"));
        keys.insert(whole, "secret");
        keys.insert(whole, "second");
        keys.insert(Selection::ANY, "third");
        assert_eq!(format!("{keys:?}"), "KeyStore(3 keys)");
        assert_eq!((keys.remove(&whole), keys.len()), (2, 1));
        assert_eq!((keys.remove(&Selection::ANY), keys.is_empty()), (1, true));
        assert_eq!(keys.remove(&whole), 0);
    }
}
