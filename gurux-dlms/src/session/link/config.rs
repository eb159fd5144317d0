//! How a link behaves: times, counts, and what some meters need.

use core::time::Duration;

use gurux_framing::hdlc::LinkParameters;
use gurux_media::LineSettings;

/// How a [`ClientLink`](super::ClientLink) behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ClientLinkConfig {
    /// What this side can do: the longest information field and the window, each way.
    pub parameters: LinkParameters,
    /// The line, where octets take their time; `None` where they do not (a network).
    pub line: Option<LineSettings>,
    /// The wait for an answer, from the last octet that was sent.
    pub response_timeout: Duration,
    /// After such a silence the beginning of a frame is dropped. Meters use 25 ms unless told
    /// otherwise (class 23, inter_octet_time_out); converters and networks make pauses of their own.
    pub octet_timeout: Duration,
    /// An answer that comes in drops is waited for no longer than this.
    pub reply_limit: Duration,
    /// How often a frame is sent again before the link is given up.
    pub resends: u8,
    /// What is sent again when no answer came.
    pub recovery: Recovery,
    /// The pause before a meter that had nothing to say, or was not ready, is asked again.
    pub poll_interval: Duration,
    /// How long a meter may say that it is there before its answer comes.
    pub answer_timeout: Duration,
    /// After such a silence an idle link sends RR, so that the meter does not close it (its inactivity
    /// time-out is 120 s unless told otherwise, class 23). `None`: it stays silent.
    pub keep_alive: Option<Duration>,
    /// How often in a row the link is set up again by itself, after the meter rejected a frame (FRMR)
    /// or said that it is not connected (DM). What was under way is lost all the same.
    pub reconnects: u8,
    /// How SNRM tells the parameters.
    pub snrm: Snrm,
    /// Sequence numbers go on where they were when the link is set up again: for meters that do not
    /// set theirs to zero with SNRM.
    pub keeps_numbers: bool,
}

impl Default for ClientLinkConfig {
    fn default() -> Self {
        Self {
            parameters: LinkParameters::DEFAULT,
            line: None,
            response_timeout: Duration::from_millis(1_500),
            octet_timeout: Duration::from_millis(300),
            reply_limit: Duration::from_secs(60),
            resends: 3,
            recovery: Recovery::Resend,
            poll_interval: Duration::from_millis(100),
            answer_timeout: Duration::from_secs(60),
            keep_alive: None,
            reconnects: 1,
            snrm: Snrm::Complete,
            keeps_numbers: false,
        }
    }
}

/// What is sent again when no answer came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Recovery {
    /// The frames themselves. A meter knows by their numbers that they came before.
    #[default]
    Resend,
    /// RR first: the meter says what came, and only what did not goes again. One question more, but
    /// right also with a meter that does not look at numbers.
    Poll,
}

/// How SNRM tells the parameters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Snrm {
    /// With all parameters.
    #[default]
    Complete,
    /// Without an information field if all have their default, or else with all.
    WhereNeeded,
    /// Never with an information field: for meters that answer to no other SNRM. What the meter says
    /// in UA holds, as far as this side can do it.
    Bare,
}

/// How a [`MeterLink`](super::MeterLink) behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct MeterLinkConfig {
    /// What this side can do: the longest information field and the window, each way.
    pub parameters: LinkParameters,
    /// The logical devices that answer: bit n stands for the upper address n. Device 1 (management
    /// logical device) alone, if nothing else is said.
    pub logical_devices: u128,
    /// The physical device, the lower address, where an address has one.
    pub physical_device: u16,
    /// The pause before an answer.
    pub response_delay: Duration,
    /// After such a silence the beginning of a frame is dropped. 25 ms in class 23
    /// (inter_octet_time_out) unless told otherwise; a network makes pauses of its own.
    pub octet_timeout: Duration,
    /// A link on which no frame came for so long is closed; `None`: never. 120 s in class 23
    /// (inactivity_time_out) unless told otherwise.
    pub inactivity_timeout: Option<Duration>,
    /// UA without an information field, to a client that speaks of no parameters in SNRM and where
    /// all have their default.
    pub bare_ua: bool,
    /// DISC on a link that stands is answered by DM, not by UA. Where there is no link, DM is the answer
    /// in any case (observed: a MEL meter).
    pub dm_for_disc: bool,
}

impl Default for MeterLinkConfig {
    fn default() -> Self {
        Self {
            parameters: LinkParameters::DEFAULT,
            logical_devices: 1 << 1,
            physical_device: 17,
            response_delay: Duration::ZERO,
            octet_timeout: Duration::from_millis(300),
            inactivity_timeout: Some(Duration::from_secs(120)),
            bare_ua: false,
            dm_for_disc: false,
        }
    }
}
