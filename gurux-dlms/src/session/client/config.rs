//! How a client behaves, and what some meters need.

use gurux_value::Obis;

use crate::session::Referencing;
use crate::wire::{AttributeDescriptor, Conformance};

/// How a [`Client`](super::Client) behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientConfig {
    /// How objects are named.
    pub referencing: Referencing,
    /// The services that are proposed; `None`: all that the client can make use of with these names.
    pub conformance: Option<Conformance>,
    /// The longest message that the client takes, in octets: not more than its stores hold. 0 is no limit.
    pub max_pdu: u16,
    /// For whom the client acts, where the meter keeps users apart.
    pub user_id: Option<u8>,
    /// Each association has a key of its own, drawn from the seed and handed over in the initiate.
    pub uses_dedicated_key: bool,
    /// The association is there without being asked for: nothing is proposed, and what is said here
    /// holds.
    pub is_pre_established: bool,
    /// The counter of the client's messages is read first, through another client.
    pub counter_from: Option<CounterFrom>,
    /// How many blocks of GENERAL-BLOCK-TRANSFER may come without an answer, 1 to 63.
    pub block_window: u8,
    /// How often a question is asked again over UDP, where nothing else sees to it: reading only, since
    /// what was written or done may have been so although no answer came.
    pub resends: u8,
    /// Requests have high priority.
    pub has_high_priority: bool,
    /// What some meters need.
    pub quirks: Quirks,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            referencing: Referencing::LogicalNames,
            conformance: None,
            max_pdu: 1024,
            user_id: None,
            uses_dedicated_key: false,
            is_pre_established: false,
            counter_from: None,
            block_window: 1,
            resends: 2,
            has_high_priority: true,
            quirks: Quirks::default(),
        }
    }
}

impl ClientConfig {
    /// What is proposed.
    #[must_use]
    pub fn proposed(&self) -> Conformance {
        self.conformance.unwrap_or_else(|| self.referencing.services())
    }
}

/// Where a meter says which counter it saw last from this client, to whoever asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CounterFrom {
    /// The client through which it is read: 16, the public one.
    pub client: u8,
    /// The attribute that holds it.
    pub attribute: AttributeDescriptor,
}

impl Default for CounterFrom {
    /// The public client, and 0-0:43.1.0, as IDIS and the Green Book's examples have it.
    fn default() -> Self {
        let instance_id = Obis::new([0, 0, 43, 1, 0, 255]);
        Self {
            client: 16,
            attribute: AttributeDescriptor { class_id: 1, instance_id, attribute_id: 2 },
        }
    }
}

/// What some meters need that the standard does not have. All off unless told otherwise; what can be
/// told from a meter's octets (an AARE without user-information, a conformance with the tag 5F alone, a
/// largest PDU of 0, DM in answer to DISC) is understood without being named here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Quirks {
    /// No RLRQ at the end: the link is closed at once (Pietro Fiorentini gas meters).
    pub no_release: bool,
    /// RLRQ and nothing in it, 62 00 (older meters, which refuse the reason).
    pub bare_release: bool,
    /// The conformance of the initiate has the tag 5F alone (older meters with short names).
    pub short_conformance: bool,
    /// AARQ says its protocol version, 80 02 07 80 (older meters with short names).
    pub protocol_version: bool,
    /// The counter that was read is raised by so much more (Landis+Gyr and IS 15959 meters want a step).
    pub counter_step: u32,
    /// Answers are taken whatever their invoke-id says (meters that always write the same).
    pub any_invoke_id: bool,
    /// The meter's answer to the client's challenge may be missing; a wrong one is refused all the same.
    pub no_meter_proof: bool,
}
