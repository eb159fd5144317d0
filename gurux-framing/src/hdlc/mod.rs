//! HDLC of IEC 62056-46: the frames of DLMS/COSEM on serial lines, optical heads and sockets.
//!
//! A frame stands between flags (7E) and begins with a length; its octets are not escaped, so a
//! 7E inside is ordinary. [`Hdlc`] therefore ends a frame by its length and proves it by its sums,
//! never by looking for the next flag. One flag may close a frame and open the next.
//!
//! | type | is |
//! |---|---|
//! | [`Hdlc`] | cuts frames out of a stream |
//! | [`HdlcFrame`] | a frame, opened: addresses, control, information |
//! | [`HdlcAddress`] | one, two or four octets; the two sides may differ |
//! | [`Control`], [`Command`] | every command and response of the standard |
//! | [`LinkParameters`] | what SNRM and UA agree on |
//! | [`Frmr`] | why a frame was rejected |
//!
//! Source: IEC 62056-46 (as known from public texts), and captures of real meters, named where they
//! differ.

mod address;
mod control;
mod deframer;
mod frame;
mod parameters;
mod reject;
#[cfg(test)]
mod tests;

pub use address::HdlcAddress;
pub use control::{Command, Control};
pub use deframer::Hdlc;
pub use frame::HdlcFrame;
pub use parameters::LinkParameters;
pub use reject::Frmr;

/// The longest frame, from the frame format to the FCS: what 11 bits can say.
pub const MAX_LEN: usize = 0x7FF;

/// The shortest frame: format, two addresses of one octet, control, FCS.
pub const MIN_LEN: usize = 7;

/// Flags that may stand in a row before a frame or behind it.
const MAX_FLAGS: usize = 64;
