//! [`ReceivedFrame`]: a frame that a session hands out, with its octets.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use gurux_framing::{Wire, WireError};

use crate::wire::{
    AField, Body, CField, Identification, LinkFrame, MeterAddress, RecordItem, Records, Telegram,
};

/// A frame that came from a meter: octets whose check is proven, opened when asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedFrame {
    octets: Box<[u8]>,
    /// Of records with the high octet first: the same with the low octet first.
    turned: Box<[u8]>,
}

impl ReceivedFrame {
    pub(super) fn new(octets: Vec<u8>) -> Self {
        let body = Telegram::from_wired(&octets).map(|telegram| turned(telegram.body()));
        Self { turned: body.unwrap_or_default(), octets: octets.into_boxed_slice() }
    }

    /// The octets as they came, from 68 to 16.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The link layer.
    ///
    /// # Errors
    /// None in practice: what no deframer takes for a frame never becomes one of these.
    pub fn link(&self) -> Result<LinkFrame<'_>, WireError> {
        LinkFrame::from_bytes(&self.octets)
    }

    /// All layers.
    ///
    /// # Errors
    /// What is wrong in a layer above the link.
    pub fn telegram(&self) -> Result<Telegram<'_>, WireError> {
        Telegram::from_wired(&self.octets)
    }

    /// The control field, where the frame has one.
    #[must_use]
    pub fn control(&self) -> Option<CField> {
        match self.link() {
            Ok(LinkFrame::Long { control, .. } | LinkFrame::Short { control, .. }) => Some(control),
            _ => None,
        }
    }

    /// The link address, where the frame has one.
    #[must_use]
    pub fn address(&self) -> Option<AField> {
        match self.link() {
            Ok(LinkFrame::Long { address, .. } | LinkFrame::Short { address, .. }) => Some(address),
            _ => None,
        }
    }

    /// Does the meter say that more records follow in its next telegram (DIF 1F)?
    ///
    /// Not where the records are encrypted: then nobody can tell without the key.
    #[must_use]
    pub fn more_records_follow(&self) -> bool {
        self.records()
            .any(|item| matches!(item, RecordItem::Manufacturer { more_records_follow: true, .. }))
    }

    /// The records, where the telegram has some and they are not sealed; else none. Those with the
    /// high octet first are turned around.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        Records::new(match self.body() {
            Some(Body::Records(octets)) => octets,
            Some(Body::RecordsMsbFirst(_)) => &self.turned,
            _ => &[],
        })
    }

    /// The address of the meter, where a header says it.
    #[must_use]
    pub fn meter(&self) -> Option<MeterAddress> {
        self.telegram().ok()?.meter()
    }

    /// The identification number of the meter, where a header or a fixed data structure says it.
    #[must_use]
    pub fn identification(&self) -> Option<Identification> {
        if let Some(meter) = self.meter() {
            return Some(meter.identification);
        }
        let Some(Body::FixedData { octets, msb_first }) = self.body() else { return None };
        let number = *octets.first_chunk()?;
        Some(Identification(match msb_first {
            true => u32::from_be_bytes(number),
            false => u32::from_le_bytes(number),
        }))
    }

    fn body(&self) -> Option<Body<'_>> {
        self.telegram().ok().map(|telegram| telegram.body())
    }

    /// Are the user data the same, but for the access number?
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let parts = |frame: &Self| {
            let telegram = frame.telegram().ok()?;
            let tpl = telegram.tpl?;
            Some((tpl.ci(), tpl.address(), tpl.status(), tpl.config()))
        };
        let payload = |frame: &Self| frame.telegram().map(|telegram| telegram.payload.to_vec());
        parts(self).is_some() && parts(self) == parts(other) && payload(self) == payload(other)
    }

    /// The octets from the CI field on, where there are any.
    #[must_use]
    pub fn user_data(&self) -> &[u8] {
        match self.link() {
            Ok(LinkFrame::Long { user_data, .. }) => user_data,
            _ => &[],
        }
    }
}

/// The records of CI 76 with the low octet first; of all else nothing.
pub(super) fn turned(body: Body<'_>) -> Box<[u8]> {
    let mut turned: Vec<u8> = Vec::new();
    if let Body::RecordsMsbFirst(octets) = body {
        Records::turn(octets, &mut turned);
    }
    turned.into_boxed_slice()
}

/// The octets in hex.
impl fmt::Debug for ReceivedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceivedFrame(")?;
        for octet in &self.octets {
            write!(f, "{octet:02X}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    use gurux_framing::Wire;

    use super::ReceivedFrame;
    use crate::wire::{AField, CField, LinkFrame, RecordItem};

    #[test]
    fn the_high_octet_may_come_first() {
        let user_data = [
            0x76, 0x12, 0x34, 0x56, 0x78, 0x2C, 0x2D, 1, 7, 9, 0, 0, 0, // The header.
            0x0B, 0x13, 0x01, 0x23, 0x45,
        ];
        let frame =
            LinkFrame::Long { control: CField(0x08), address: AField(1), user_data: &user_data };
        let mut octets = vec![0; frame.wire_len()];
        frame.emit_to_slice(&mut octets).unwrap();
        let received = ReceivedFrame::new(octets);
        let readings: Vec<_> = received
            .records()
            .map(|item| match item {
                RecordItem::Record(record) => record.measurement().to_string(),
                other => std::format!("{other:?}"),
            })
            .collect();
        assert_eq!(readings, ["volume = 12.345 m³"]);
    }
}
