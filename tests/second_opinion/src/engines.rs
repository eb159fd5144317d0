//! The engines of dlms-cosem-rs and ours in one process: [`meter`] is their server as a session on our
//! simulated line, [`client`] their client in front of our meter.

pub mod client;
pub mod meter;
mod ours;

use std::fmt;

use gurux_dlms::wire::SecurityControl;

pub use self::client::TheirClient;
pub use self::meter::TheirMeter;
pub use self::ours::{Reader, our_client, our_meter};

/// Objects that both meters have: the short name, the class, the logical name.
pub const REGISTER: Named = Named(0x1000, 3, [1, 0, 1, 8, 0, 255]);
/// A value that many messages carry.
pub const LONG: Named = Named(0x1100, 1, [0, 0, 96, 52, 0, 255]);
/// What may be written.
pub const SCRATCH: Named = Named(0x1200, 1, [0, 0, 96, 60, 0, 255]);
/// What has methods.
pub const SWITCH: Named = Named(0x1300, 70, [0, 0, 96, 3, 10, 255]);
/// What neither of them has.
pub const NOTHING: Named = Named(0x7000, 1, [9, 9, 9, 9, 9, 255]);

/// The register's value.
pub const ENERGY: u32 = 1_249_750;
/// The password and its like.
pub const PASSWORD: &[u8] = b"12345678";

/// An object's names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named(pub u16, pub u16, pub [u8; 6]);

/// The value of [`LONG`].
#[must_use]
pub fn long() -> Vec<u8> {
    (0..2000_u16).map(|at| (at % 251) as u8).collect()
}

/// How messages travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// The wrapper over a stream.
    Wrapper,
    /// HDLC.
    Hdlc,
}

/// How the client proves who it is: what both engines have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mechanism {
    /// Not at all.
    Lowest,
    /// By a password.
    Low,
    /// By GMAC over challenges.
    Gmac,
}

/// How the two are set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setup {
    /// How messages travel.
    pub carrier: Carrier,
    /// Objects have short names.
    pub is_short: bool,
    /// How the client proves who it is.
    pub mechanism: Mechanism,
    /// 0, 0x10, 0x20 or 0x30.
    pub security: u8,
    /// The client brings a key for this association alone.
    pub is_dedicated: bool,
    /// What is wrong with the client.
    pub wrong: Option<Wrong>,
}

/// What is wrong with a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// Its password.
    Password,
    /// The key that encrypts.
    Key,
    /// The key that authenticates.
    AuthenticationKey,
    /// It begins again with a counter that it has used.
    Counter,
}

impl Setup {
    /// All that both engines have.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for carrier in [Carrier::Wrapper, Carrier::Hdlc] {
            for is_short in [false, true] {
                for mechanism in [Mechanism::Lowest, Mechanism::Low, Mechanism::Gmac] {
                    for security in [0, 0x10, 0x20, 0x30] {
                        for is_dedicated in [false, true] {
                            let wrong = None;
                            // Their client proves itself by ACTION only, which short names do not have.
                            let has_proof = !is_short || mechanism != Mechanism::Gmac;
                            if has_proof && (security != 0 || !is_dedicated) {
                                all.push(Self {
                                    carrier,
                                    is_short,
                                    mechanism,
                                    security,
                                    is_dedicated,
                                    wrong,
                                });
                            }
                        }
                    }
                }
            }
        }
        all
    }

    /// Clients with whom something is wrong.
    #[must_use]
    pub fn wrong() -> Vec<Self> {
        let plain = Self {
            carrier: Carrier::Wrapper,
            is_short: false,
            mechanism: Mechanism::Low,
            security: 0,
            is_dedicated: false,
            wrong: Some(Wrong::Password),
        };
        let sealed = Self { mechanism: Mechanism::Gmac, security: 0x30, ..plain };
        let wrong = |wrong| Self { wrong: Some(wrong), ..sealed };
        let mut all = vec![
            plain,
            wrong(Wrong::Key),
            wrong(Wrong::AuthenticationKey),
            wrong(Wrong::Counter),
            Self { security: 0, ..wrong(Wrong::AuthenticationKey) },
        ];
        let over_hdlc: Vec<_> =
            all.iter().map(|setup| Self { carrier: Carrier::Hdlc, ..*setup }).collect();
        all.extend(over_hdlc);
        all
    }

    /// The key that encrypts, and the one that authenticates: the meter's.
    #[must_use]
    pub fn keys(&self) -> [[u8; 16]; 2] {
        [0x00_u8, 0xD0].map(|first| core::array::from_fn(|at| first + at as u8))
    }

    /// The same at the client, where one may be wrong.
    #[must_use]
    pub fn client_keys(&self) -> [[u8; 16]; 2] {
        let [mut key, mut authentication_key] = self.keys();
        match self.wrong {
            Some(Wrong::Key) => key[0] ^= 1,
            Some(Wrong::AuthenticationKey) => authentication_key[0] ^= 1,
            _ => {}
        }
        [key, authentication_key]
    }

    /// The client's password.
    #[must_use]
    pub fn password(&self) -> &'static [u8] {
        if self.wrong == Some(Wrong::Password) { b"87654321" } else { PASSWORD }
    }

    pub(crate) fn control(&self) -> SecurityControl {
        SecurityControl::new(self.security)
    }
}

/// `hdlc/ln/gmac/encrypted+authenticated/dedicated`
impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carrier = if self.carrier == Carrier::Hdlc { "hdlc" } else { "wrapper" };
        let names = if self.is_short { "sn" } else { "ln" };
        let mechanism = match self.mechanism {
            Mechanism::Lowest => "lowest",
            Mechanism::Low => "low",
            Mechanism::Gmac => "gmac",
        };
        let security = match self.security {
            0 => "clear",
            0x10 => "authenticated",
            0x20 => "encrypted",
            _ => "both",
        };
        write!(f, "{carrier}/{names}/{mechanism}/{security}")?;
        if self.is_dedicated {
            f.write_str("/dedicated")?;
        }
        match self.wrong {
            Some(wrong) => write!(f, "/wrong-{}", format!("{wrong:?}").to_lowercase()),
            None => Ok(()),
        }
    }
}
