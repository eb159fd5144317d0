//! What carries a message between meter and reader: headers around it, and pieces of it.
//!
//! | type | is |
//! |------|----|
//! | [`Llc`] | the three octets in front of a message in HDLC |
//! | [`Wrapper`] | the eight octets in front of a message in TCP and UDP, and the message |
//! | [`Gateway`] | the prefix by which a gateway finds the meter behind it |
//! | [`MbusSegment`] | a piece of a message in a long frame of wired M-Bus |
//! | [`MbusTransport`] | a whole message behind the long or short header of M-Bus |
//! | [`Assembly`] | pieces joined to a message, in the caller's room |
//! | [`Cut`] | a message cut into [`Piece`]s |
//!
//! Not here: S-FSK, PRIME, SMS and CoAP, of which there is no capture to hold a reader against.
//!
//! Pieces are the segments of HDLC and of wired M-Bus, and the blocks of GENERAL-BLOCK-TRANSFER and
//! of GET: [`Piece`] is made from any of them.
//!
//! ```
//! use gurux_dlms::carrier::{Assembly, Cut, Llc, Piece};
//! use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame};
//! use gurux_framing::WireError;
//!
//! // A push in two segments, as an unnumbered one is sent.
//! let (meter, client) = (HdlcAddress::of_client(1).expect("7 bits"), HdlcAddress::of_client(16).expect("7 bits"));
//! let message = [&Llc::Response.octets()[..], &[0x0F, 0x00, 0, 0, 7, 0x00, 0x06, 0, 0, 2, 0xDD]].concat();
//! let mut room = [0; 64];
//! let mut assembly = Assembly::new(&mut room);
//! let mut whole = None;
//! for piece in Cut::new(&message, 8, 0) {
//!     let frame = HdlcFrame::new(client, meter, Control::new(Command::Ui, false))
//!         .with_information(piece.octets)?
//!         .with_segmentation(!piece.is_last);
//!     whole = assembly.push(Piece::from(&frame))?.map(<[u8]>::to_vec);
//! }
//! let whole = whole.expect("the last was the last");
//! let (llc, apdu) = Llc::strip(&whole);
//! assert_eq!((llc, apdu[0]), (Some(Llc::Response), 0x0F));
//! # Ok::<(), WireError>(())
//! ```

mod assembly;
mod gateway;
mod llc;
mod mbus;
mod mbus_transport;
mod wrapper;

pub use assembly::{Assembly, Cut, Piece};
pub use gateway::Gateway;
pub use llc::Llc;
pub use mbus::MbusSegment;
pub use mbus_transport::MbusTransport;
pub use wrapper::Wrapper;
