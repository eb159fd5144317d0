//! [`PushCarrier`]: in what pushes travel.

use alloc::vec;
use alloc::vec::Vec;

use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame, MAX_LEN};

use crate::carrier::{Cut, Llc, MbusSegment, Wrapper};
use crate::wire::{BlockControl, GeneralBlockTransfer};

/// In what the messages of a [`Pusher`](super::Pusher) travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PushCarrier {
    /// The wrapper of TCP and UDP.
    Wrapper {
        /// The wPort of the meter's logical device.
        source: u16,
        /// The wPort of the client.
        destination: u16,
    },
    /// HDLC: unnumbered information in segments, which nobody acknowledges.
    Hdlc {
        /// The meter.
        source: HdlcAddress,
        /// The client.
        destination: HdlcAddress,
        /// Octets of information in a frame, 1 to 2030.
        max_info: u16,
    },
    /// Wired M-Bus, in segments.
    Mbus {
        /// STSAP.
        source: u8,
        /// DTSAP.
        destination: u8,
    },
}

/// Octets of a message in a long frame of M-Bus: 255, of which its head has five.
const MBUS_LEN: usize = 250;

impl PushCarrier {
    /// The same to another client; that stays where it was if the carrier has no such address.
    fn to(self, client: u8) -> Self {
        match self {
            Self::Wrapper { source, .. } => Self::Wrapper { source, destination: client.into() },
            Self::Hdlc { source, destination, max_info } => {
                let destination = HdlcAddress::of_client(client).unwrap_or(destination);
                Self::Hdlc { source, destination, max_info }
            }
            Self::Mbus { source, .. } => Self::Mbus { source, destination: client },
        }
    }

    /// The frames of a message, in general blocks if it has more than `max_pdu` octets; `None` if it is too long
    /// for them.
    pub(super) fn frames(
        self,
        message: &[u8],
        client: Option<u8>,
        max_pdu: u16,
    ) -> Option<Vec<Vec<u8>>> {
        let carrier = client.map_or(self, |client| self.to(client));
        let max = usize::from(max_pdu);
        if message.len() <= max {
            return carrier.framed(message);
        }
        let mut frames = Vec::new();
        // Tag, control, two numbers and the length of the piece.
        for piece in Cut::new(message, max.saturating_sub(9), 1) {
            let control = BlockControl::new(0);
            let block = GeneralBlockTransfer {
                block_control: if piece.is_last { control.last() } else { control.streaming() },
                block_number: u16::try_from(piece.number).ok()?,
                block_number_ack: 0,
                block_data: piece.octets,
            };
            let mut apdu = Vec::with_capacity(block.wire_len());
            block.emit(&mut apdu);
            frames.extend(carrier.framed(&apdu)?);
        }
        Some(frames)
    }

    fn framed(self, apdu: &[u8]) -> Option<Vec<Vec<u8>>> {
        match self {
            Self::Wrapper { source, destination } => {
                let wrapped = Wrapper::new(source, destination, apdu).ok()?;
                let mut octets = Vec::with_capacity(wrapped.wire_len());
                wrapped.emit(&mut octets);
                Some(vec![octets])
            }
            Self::Hdlc { source, destination, max_info } => {
                let message = [&Llc::Response.octets()[..], apdu].concat();
                let pieces = Cut::new(&message, max_info.clamp(1, 2030).into(), 0);
                let frame = |(octets, is_last): (&[u8], bool)| {
                    let control = Control::new(Command::Ui, false);
                    let frame = HdlcFrame::new(destination, source, control)
                        .with_information(octets)
                        .ok()?
                        .with_segmentation(!is_last);
                    let mut room = [0; MAX_LEN + 2];
                    let len = frame.write(&mut room).ok()?;
                    room.get(..len).map(<[u8]>::to_vec)
                };
                pieces.map(|piece| frame((piece.octets, piece.is_last))).collect()
            }
            Self::Mbus { source, destination } => {
                let frame = |piece| {
                    let segment = MbusSegment::new(source, destination, piece);
                    let mut content = Vec::with_capacity(segment.wire_len());
                    segment.emit(&mut content);
                    let len = u8::try_from(content.len()).ok()?;
                    let sum = content.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
                    Some([&[0x68, len, len, 0x68], &content[..], &[sum, 0x16]].concat())
                };
                Cut::new(apdu, MBUS_LEN, 0).map(frame).collect()
            }
        }
    }
}
