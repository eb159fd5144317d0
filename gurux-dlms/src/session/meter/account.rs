//! [`Account`]: who may associate, and how.

use crate::security::SystemTitle;
use crate::session::{Authentication, Referencing};
use crate::wire::{Conformance, SecurityControl};

/// Who may associate with a meter, and how. A client has one for each way in which it may.
#[derive(Debug)]
pub struct Account {
    /// The client's address; `None` for any.
    pub client: Option<u16>,
    /// How it names objects.
    pub referencing: Referencing,
    /// How it proves who it is.
    pub authentication: Authentication,
    /// How its messages must be protected at least. What is more is taken too, if there are keys.
    pub required: SecurityControl,
    /// The services that it may use.
    pub conformance: Conformance,
    /// The association stands by itself, without an AARQ and without an end.
    pub is_pre_established: bool,
}

impl Account {
    /// Any client, with all services, in clear.
    #[must_use]
    pub fn new(referencing: Referencing, authentication: Authentication) -> Self {
        Self {
            client: None,
            referencing,
            authentication,
            required: SecurityControl::new(0),
            conformance: referencing.services(),
            is_pre_established: false,
        }
    }

    /// Only this client.
    #[must_use]
    pub fn for_client(self, client: u16) -> Self {
        Self { client: Some(client), ..self }
    }

    /// Its messages must be protected so, at least.
    #[must_use]
    pub fn with_required(self, required: SecurityControl) -> Self {
        Self { required, ..self }
    }

    /// Only these services.
    #[must_use]
    pub fn with_conformance(self, conformance: Conformance) -> Self {
        Self { conformance, ..self }
    }

    /// The association stands by itself.
    #[must_use]
    pub fn pre_established(self) -> Self {
        Self { is_pre_established: true, ..self }
    }
}

/// How a [`Meter`](super::Meter) behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MeterConfig {
    /// The meter's system title.
    pub title: SystemTitle,
    /// The longest message that it takes and gives, in octets; 0 for no limit.
    pub max_pdu: u16,
    /// The longest value, in all its blocks.
    pub max_message: usize,
    /// The blocks that it takes in general block transfer without an answer, 1 to 63.
    pub window: u8,
    /// A client's counter must rise from one association to the next as well. A meter that forgets it
    /// can be told old messages again.
    pub remembers_counters: bool,
}

impl MeterConfig {
    /// With this title, and 64 KiB for a value.
    #[must_use]
    pub const fn new(title: SystemTitle) -> Self {
        let (max_pdu, max_message) = (u16::MAX, 64 * 1024);
        Self { title, max_pdu, max_message, window: 1, remembers_counters: true }
    }
}
