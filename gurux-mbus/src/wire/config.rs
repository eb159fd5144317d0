//! [`Config`]: what the transport layer says of security, and of when a meter listens.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError};

/// A security mode: which cipher, with which key.
///
/// 0 to 31. [`lookup_security_mode`](crate::table::lookup_security_mode) has their names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct SecurityMode(pub u8);

impl SecurityMode {
    /// In clear.
    pub const NONE: Self = Self(0);
    /// DES-CBC, initial vector zero. Withdrawn.
    pub const DES_CBC: Self = Self(2);
    /// DES-CBC, initial vector of address and date. Withdrawn.
    pub const DES_CBC_IV: Self = Self(3);
    /// AES-128-CBC, initial vector of address and access number.
    pub const AES_CBC_IV: Self = Self(5);
    /// AES-128-CBC with a derived key, initial vector zero; the AFL has the MAC.
    pub const AES_CBC: Self = Self(7);
    /// AES-128-CTR with a CMAC.
    pub const AES_CTR: Self = Self(8);
    /// AES-128-GCM.
    pub const AES_GCM: Self = Self(9);
    /// AES-128-CCM.
    pub const AES_CCM: Self = Self(10);
    /// Records of TLS.
    pub const TLS: Self = Self(13);
}

/// How much of what follows is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Encrypted {
    /// Nothing.
    Nothing,
    /// So many octets; what is behind them is clear.
    Octets(usize),
    /// Everything, but for a tag of so many octets at the end.
    AllBut(usize),
    /// The mode is the manufacturer's, or not known: nobody can tell.
    Unknown,
}

/// The configuration field of a transport header, with its extension.
///
/// | octets | field | where |
/// |---|---|---|
/// | 2 | configuration field, low octet first | |
/// | 1 | extension: key and key derivation | modes 7 and 13 |
/// | 2 | extension: key, key derivation, tag and content index, low octet first | modes 8 to 10 |
/// | 1 | key version | modes 7 to 10, if bit V says so |
/// | 4 | message counter, low octet first | modes 7 to 10, if bit Z says so |
///
/// The bits of the configuration field, the mode in bits 12 to 8:
///
/// | bits | modes 0 and 5 | mode 7 | modes 8 to 10 | mode 13 |
/// |---|---|---|---|---|
/// | 15, 14 | bidirectional, accessible | content | content | content |
/// | 13 | synchronous | Z, counter follows | Z, counter follows | 0 |
/// | 7-4 | encrypted blocks | encrypted blocks | encrypted octets | encrypted octets |
/// | 3, 2 | content | padding, content index | " | " |
/// | 1, 0 | repeated access, hop count | content index | " | " |
///
/// The bits of the extension:
///
/// | bits | mode 7 | modes 8 to 10 | mode 13 |
/// |---|---|---|---|
/// | 15-12 | | content index | |
/// | 9, 8 | | length of the tag | |
/// | 6 | V, key version follows | V, key version follows | |
/// | 5, 4 | key derivation | key derivation | |
/// | 3-0 | key | key | kind of TLS |
///
/// observed: modes 0, 5, 7 and 10 in telegrams; where content index and key version of modes 8 to 10
/// lie is taken over from mode 7; wmbusmeters reads the key version before the counter. The older DES
/// modes, 2 and 3, have the number of encrypted octets in the low octet.
///
/// Every value is valid; what a mode does not know is kept as it came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Config {
    word: u16,
    extension: u16,
    counter: u32,
    key_version: u8,
}

const Z_COUNTER: u16 = 0x2000;
const V_KEY_VERSION: u16 = 0x0040;
/// The number of encrypted octets that means all.
const ALL_OCTETS: u16 = 0xFF;
/// AES works on blocks of so many octets.
const BLOCK: usize = 16;

impl Config {
    /// In clear, and nothing else to say.
    pub const CLEAR: Self = Self::new(0);

    /// A configuration field, with an empty extension if its mode has one.
    #[must_use]
    pub const fn new(word: u16) -> Self {
        let config = Self { word, extension: 0, counter: 0, key_version: 0 };
        // A counter that is announced is there, and is zero.
        config.with_extension(0, if config.announces_counter() { Some(0) } else { None }, None)
    }

    /// Mode 5 over so many blocks of 16 octets, at most 15.
    #[must_use]
    pub const fn mode_5(blocks: u8) -> Self {
        Self::new(0x0500 | (blocks as u16 & 0x0F) << 4)
    }

    /// Mode 7 over so many blocks of 16 octets, at most 15, with a key (0 to 15) and a key
    /// derivation function (0 none, 1 function A).
    #[must_use]
    pub const fn mode_7(blocks: u8, key_id: u8, kdf: u8) -> Self {
        let extension = (kdf as u16 & 0x03) << 4 | key_id as u16 & 0x0F;
        Self::new(0x0700 | (blocks as u16 & 0x0F) << 4).with_extension(extension, None, None)
    }

    /// Mode 10 over everything, with a key (0 to 15), a key derivation function (0 none, 1 function
    /// A), a message counter and a tag of 4, 8, 12 or 16 octets.
    #[must_use]
    pub const fn mode_10(key_id: u8, kdf: u8, counter: u32, tag_len: u8) -> Self {
        let tag = match tag_len {
            0..=4 => 0,
            5..=8 => 0x0100,
            9..=12 => 0x0200,
            _ => 0x0300,
        };
        let extension = tag | (kdf as u16 & 0x03) << 4 | key_id as u16 & 0x0F;
        Self::new(0x0A00 | ALL_OCTETS).with_extension(extension, Some(counter), None)
    }

    /// The same with this extension, message counter and key version, as far as the mode knows of
    /// them; the bits that announce counter and version are set to fit.
    #[must_use]
    pub const fn with_extension(
        mut self,
        extension: u16,
        counter: Option<u32>,
        key_version: Option<u8>,
    ) -> Self {
        let len = self.extension_len();
        self.extension = match len {
            0 => 0,
            1 => extension & 0xFF,
            _ => extension,
        };
        (self.counter, self.key_version) = (0, 0);
        if !self.has_optional_fields() {
            return self;
        }
        self.word &= !Z_COUNTER;
        self.extension &= !V_KEY_VERSION;
        if let Some(counter) = counter {
            self.word |= Z_COUNTER;
            self.counter = counter;
        }
        if let Some(key_version) = key_version {
            self.extension |= V_KEY_VERSION;
            self.key_version = key_version;
        }
        self
    }

    /// The configuration field as a number.
    #[must_use]
    pub const fn word(self) -> u16 {
        self.word
    }

    /// The extension as a number; 0 where the mode has none.
    #[must_use]
    pub const fn extension(self) -> u16 {
        self.extension
    }

    /// The security mode.
    #[must_use]
    pub const fn mode(self) -> SecurityMode {
        SecurityMode((self.word >> 8) as u8 & 0x1F)
    }

    /// Octets of the extension, without counter and key version.
    const fn extension_len(self) -> usize {
        match self.mode().0 {
            7 | 13 => 1,
            8..=10 => 2,
            _ => 0,
        }
    }

    /// May a counter and a key version follow?
    const fn has_optional_fields(self) -> bool {
        matches!(self.mode().0, 7..=10)
    }

    const fn announces_counter(self) -> bool {
        self.has_optional_fields() && self.word & Z_COUNTER != 0
    }

    const fn announces_key_version(self) -> bool {
        self.has_optional_fields() && self.extension & V_KEY_VERSION != 0
    }

    const fn has_access_bits(self) -> bool {
        matches!(self.mode().0, 0 | 5)
    }

    /// How much of what follows the header is encrypted.
    #[must_use]
    pub const fn encrypted(self) -> Encrypted {
        let low = self.word & 0xFF;
        match self.mode().0 {
            0 => Encrypted::Nothing,
            5 | 7 => Encrypted::Octets(BLOCK.wrapping_mul((low >> 4) as usize)),
            8..=10 | 13 if low == ALL_OCTETS => Encrypted::AllBut(self.tag_len()),
            2 | 3 | 8..=10 | 13 => Encrypted::Octets(low as usize),
            _ => Encrypted::Unknown,
        }
    }

    /// Blocks of 16 octets that are encrypted, in modes 5 and 7.
    #[must_use]
    pub const fn encrypted_blocks(self) -> Option<u8> {
        match self.mode().0 {
            5 | 7 => Some((self.word as u8) >> 4),
            _ => None,
        }
    }

    /// Octets of the tag behind what is encrypted: 4, 8, 12 or 16 in mode 10, 12 in mode 9; 0 where
    /// there is none or none is known.
    #[must_use]
    pub const fn tag_len(self) -> usize {
        match self.mode().0 {
            9 => 12,
            10 => 4_usize.wrapping_mul(((self.extension >> 8) & 0x03).wrapping_add(1) as usize),
            _ => 0,
        }
    }

    /// What is told: 0 the usual, 2 what seldom changes; 1 and 3 are reserved. In modes 0, 5, 7 to 10
    /// and 13.
    #[must_use]
    pub const fn content(self) -> Option<u8> {
        match self.mode().0 {
            0 | 5 => Some((self.word >> 2) as u8 & 0x03),
            7..=10 | 13 => Some((self.word >> 14) as u8),
            _ => None,
        }
    }

    /// Which of several contents this is, 0 to 7 in mode 7, 0 to 15 in modes 8 to 10.
    #[must_use]
    pub const fn content_index(self) -> Option<u8> {
        match self.mode().0 {
            7 => Some(self.word as u8 & 0x07),
            8..=10 => Some((self.extension >> 12) as u8),
            _ => None,
        }
    }

    /// Does the meter listen at times (modes 0 and 5)?
    #[must_use]
    pub const fn bidirectional(self) -> bool {
        self.has_access_bits() && self.word & 0x8000 != 0
    }

    /// Does the meter listen now? With [`bidirectional`](Self::bidirectional): at any time; without:
    /// it does at other times. (Modes 0 and 5.)
    #[must_use]
    pub const fn accessible(self) -> bool {
        self.has_access_bits() && self.word & 0x4000 != 0
    }

    /// Was this sent at the time that the meter keeps to (modes 0 and 5)?
    #[must_use]
    pub const fn synchronous(self) -> bool {
        self.has_access_bits() && self.word & 0x2000 != 0
    }

    /// Did a repeater send this again (modes 0 and 5)?
    #[must_use]
    pub const fn hop_count(self) -> u8 {
        if self.has_access_bits() { self.word as u8 & 0x01 } else { 0 }
    }

    /// Is access by way of a repeater (modes 0 and 5)?
    #[must_use]
    pub const fn repeated_access(self) -> bool {
        self.has_access_bits() && self.word & 0x0002 != 0
    }

    /// Which of the meter's keys, 0 to 15, in modes 7 to 10.
    #[must_use]
    pub const fn key_id(self) -> Option<u8> {
        if self.has_optional_fields() { Some(self.extension as u8 & 0x0F) } else { None }
    }

    /// The key derivation function in modes 7 to 10: 0 none, 1 function A; 2 and 3 are reserved.
    #[must_use]
    pub const fn kdf(self) -> Option<u8> {
        if self.has_optional_fields() { Some((self.extension >> 4) as u8 & 0x03) } else { None }
    }

    /// The message counter, where the field carries one.
    #[must_use]
    pub const fn counter(self) -> Option<u32> {
        if self.announces_counter() { Some(self.counter) } else { None }
    }

    /// The version of the key, where the field carries one.
    #[must_use]
    pub const fn key_version(self) -> Option<u8> {
        if self.announces_key_version() { Some(self.key_version) } else { None }
    }

    /// The kind of TLS in mode 13.
    #[must_use]
    pub const fn protocol_type(self) -> Option<u8> {
        if self.mode().0 == 13 { Some(self.extension as u8 & 0x0F) } else { None }
    }

    #[inline]
    fn read_in<V: Visit>(
        reader: &mut Reader<'_, V>,
        order: fn([u8; 2]) -> u16,
    ) -> Result<Self, WireError> {
        let start = reader.offset();
        let config = Self { word: order(reader.array("configuration")?), ..Self::CLEAR };
        let name = crate::table::lookup_security_mode(config.mode());
        reader.show(start, "configuration", Shown::Code { code: config.word.into(), name });
        // Modes 0 and 5, which most telegrams have, end here.
        let (extension, key_version, counter) = match config.extension_len() {
            0 => (0, 0, 0),
            _ => reader.call(|reader| config.read_extension(reader))?,
        };
        Ok(Self { extension, key_version, counter, ..config })
    }

    /// Extension, key version and counter, as far as the configuration has them.
    #[cold]
    #[inline(never)]
    fn read_extension<V: Visit>(
        self,
        reader: &mut Reader<'_, V>,
    ) -> Result<(u16, u8, u32), WireError> {
        let extension = match self.extension_len() {
            1 => reader.u8("configuration extension")?.into(),
            _ => reader.u16_le("configuration extension")?,
        };
        let config = Self { extension, ..self };
        let key_version =
            if config.announces_key_version() { reader.u8("key version")? } else { 0 };
        let mut counter = 0;
        if config.announces_counter() {
            let start = reader.offset();
            counter = u32::from_le_bytes(reader.array("message counter")?);
            reader.show(start, "message counter", Shown::Unsigned(counter.into()));
        }
        Ok((extension, key_version, counter))
    }

    /// Reads the field with its high octet first, as behind CI field 76.
    pub(super) fn read_msb_first<V: Visit>(reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        Self::read_in(reader, u16::from_be_bytes)
    }

    /// Writes the field with its high octet first.
    pub(super) fn emit_msb_first(&self, out: &mut impl Sink) {
        out.put_u16(self.word);
        self.emit_behind_word(out);
    }

    fn emit_behind_word(&self, out: &mut impl Sink) {
        match self.extension_len() {
            0 => {}
            1 => out.put_u8(self.extension as u8),
            _ => out.put_u16_le(self.extension),
        }
        if let Some(key_version) = self.key_version() {
            out.put_u8(key_version);
        }
        if let Some(counter) = self.counter() {
            out.put_array(counter.to_le_bytes());
        }
    }
}

impl<'a> Wire<'a> for Config {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Self::read_in(reader, u16::from_le_bytes)
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u16_le(self.word);
        self.emit_behind_word(out);
    }

    fn wire_len(&self) -> usize {
        let counter = if self.announces_counter() { 4 } else { 0 };
        let key_version = usize::from(self.announces_key_version());
        self.extension_len().wrapping_add(counter).wrapping_add(key_version).wrapping_add(2)
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::wire_laws;

    use super::*;

    #[test]
    fn every_word_survives() {
        for word in 0..=u16::MAX {
            let config = Config::new(word);
            let mut out = [0; 16];
            let len = config.emit_to_slice(&mut out).unwrap();
            assert_eq!(Config::from_bytes(&out[..len]), Ok(config), "{word:04X}");
            assert_eq!(config.word(), word);
        }
    }

    #[test]
    fn mode_5_says_blocks_and_when_the_meter_listens() {
        let config = Config::from_bytes(&[0x2F, 0xE5]).unwrap();
        assert_eq!(config.mode(), SecurityMode::AES_CBC_IV);
        assert_eq!(config.encrypted(), Encrypted::Octets(32));
        assert_eq!(config.encrypted_blocks(), Some(2));
        assert_eq!((config.content(), config.hop_count()), (Some(3), 1));
        assert!(config.repeated_access() && config.synchronous());
        assert!(config.bidirectional() && config.accessible());
        assert_eq!(Config::mode_5(2).word(), 0x0520);
        wire_laws!(Config, Config::mode_5(15), self_delimiting);
    }

    #[test]
    fn mode_7_names_the_key() {
        let config = Config::from_bytes(&[0x23, 0x47, 0x12]).unwrap();
        assert_eq!(config.encrypted(), Encrypted::Octets(32));
        assert_eq!((config.key_id(), config.kdf()), (Some(2), Some(1)));
        assert_eq!((config.content(), config.content_index()), (Some(1), Some(3)));
        assert_eq!((config.counter(), config.key_version()), (None, None));
        assert!(!config.bidirectional());
        assert_eq!(Config::mode_7(2, 2, 1).extension(), 0x12);
        wire_laws!(Config, config, self_delimiting);
        let full = config.with_extension(0x12, Some(7), Some(9));
        wire_laws!(Config, full, self_delimiting);
        assert_eq!(full.wire_len(), 8);
        assert_eq!((full.counter(), full.key_version()), (Some(7), Some(9)));
        let mut out = [0; 8];
        full.emit_to_slice(&mut out).unwrap();
        assert_eq!(out, [0x23, 0x67, 0x52, 9, 7, 0, 0, 0]);
    }

    #[test]
    fn mode_10_has_a_counter_and_a_tag() {
        let octets = [0xFF, 0x2A, 0x10, 0x01, 0x78, 0x56, 0x34, 0x12];
        let config = Config::from_bytes(&octets).unwrap();
        assert_eq!(config, Config::mode_10(0, 1, 0x1234_5678, 8));
        assert_eq!(config.mode(), SecurityMode::AES_CCM);
        assert_eq!(config.counter(), Some(0x1234_5678));
        assert_eq!(config.encrypted(), Encrypted::AllBut(8));
        for (tag_len, expected) in [(4, 4), (8, 8), (12, 12), (16, 16)] {
            assert_eq!(Config::mode_10(0, 1, 0, tag_len).tag_len(), expected);
        }
        wire_laws!(Config, config, self_delimiting);
    }

    #[test]
    fn other_modes_say_what_they_can() {
        assert_eq!(Config::CLEAR.encrypted(), Encrypted::Nothing);
        assert_eq!(Config::new(0x0210).encrypted(), Encrypted::Octets(16));
        assert_eq!(Config::new(0x0D20).encrypted(), Encrypted::Octets(32));
        assert_eq!(Config::new(0x0DFF).encrypted(), Encrypted::AllBut(0));
        assert_eq!(Config::new(0x1810).encrypted(), Encrypted::Unknown);
        let tls = Config::new(0x0D20).with_extension(0x1F5, Some(1), Some(1));
        assert_eq!((tls.protocol_type(), tls.wire_len()), (Some(5), 3));
        assert_eq!((tls.counter(), tls.key_id()), (None, None));
    }

    #[test]
    fn high_octets_first_concerns_the_word() {
        let mut out = std::vec::Vec::new();
        Config::mode_7(1, 2, 1).emit_msb_first(&mut out);
        assert_eq!(out, [0x07, 0x10, 0x12]);
        let back = Config::read_msb_first(&mut Reader::new(&out));
        assert_eq!(back, Ok(Config::mode_7(1, 2, 1)));
    }
}
