//! [`Suite`]: which primitives go together.

use super::{Curve, Hash};
use crate::wire::SecurityControl;

/// A security suite of the standard.
///
/// | suite | ciphering | signature | agreement | hash | key wrap |
/// |---|---|---|---|---|---|
/// | 0 | AES-GCM-128 | | | | AES-128 |
/// | 1 | AES-GCM-128 | ECDSA P-256 | ECDH P-256 | SHA-256 | AES-128 |
/// | 2 | AES-GCM-256 | ECDSA P-384 | ECDH P-384 | SHA-384 | AES-256 |
///
/// Tags have twelve octets in each. Compression by V.44, which the suites 1 and 2 allow, is not done
/// here: the text that comes out is then a compressed one, and the security control says so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Suite {
    /// AES-GCM-128 alone.
    Suite0,
    /// With the curve P-256.
    Suite1,
    /// With the curve P-384 and AES-GCM-256.
    Suite2,
}

impl Suite {
    /// The suite that a security control names, if it is one of the standard.
    #[must_use]
    pub const fn of(control: SecurityControl) -> Option<Self> {
        match control.suite() {
            0 => Some(Self::Suite0),
            1 => Some(Self::Suite1),
            2 => Some(Self::Suite2),
            _ => None,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Suite0 => 0,
            Self::Suite1 => 1,
            Self::Suite2 => 2,
        }
    }

    /// Octets of a key.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Suite0 | Self::Suite1 => 16,
            Self::Suite2 => 32,
        }
    }

    /// Its curve; suite 0 has none.
    #[must_use]
    pub const fn curve(self) -> Option<Curve> {
        match self {
            Self::Suite0 => None,
            Self::Suite1 => Some(Curve::P256),
            Self::Suite2 => Some(Curve::P384),
        }
    }

    /// The hash of its curve; suite 0 has none.
    #[must_use]
    pub const fn hash(self) -> Option<Hash> {
        match self.curve() {
            None => None,
            Some(curve) => Some(curve.hash()),
        }
    }

    /// What British smart meters have for the algorithm of suite 1, 2.16.756.6.8.3.0, where the standard has
    /// 2.16.756.5.8.3.0.
    pub const BRITISH_ALGORITHM_ID: [u8; 7] = [0x60, 0x85, 0x74, 0x06, 0x08, 0x03, 0x00];

    /// The object identifier of AES-GCM in it, 2.16.756.5.8.3.0 or .1, which derived keys are bound to.
    #[must_use]
    pub const fn algorithm_id(self) -> [u8; 7] {
        let last = match self {
            Self::Suite0 | Self::Suite1 => 0,
            Self::Suite2 => 1,
        };
        [0x60, 0x85, 0x74, 0x05, 0x08, 0x03, last]
    }
}
