//! GENERAL-BLOCK-TRANSFER: any message in pieces.

use gurux_framing::{Reader, Shown, Sink, Visit, WireError};

use super::part::{Part, encode_by, sequence};
#[cfg(feature = "alloc")]
use crate::xml;

sequence! {
    /// General-Block-Transfer: a piece of a message, or word of which pieces were received.
    pub struct GeneralBlockTransfer<'a> = "general-block-transfer" tag GENERAL_BLOCK_TRANSFER {
        /// Is it the last, does more follow at once, and how many may come without an answer.
        block_control: BlockControl = "block-control",
        /// The number of this block, from 1.
        block_number: u16 = "block-number",
        /// The block that was received last without a gap.
        block_number_ack: u16 = "block-number-ack",
        /// A piece of the message; empty in a block that only acknowledges.
        block_data: &'a [u8] = "block-data",
    }
}

/// Block-Control.
///
/// | bits | field |
/// |---|---|
/// | 0 to 5 | window: how many blocks the sender takes without an answer |
/// | 6 | streaming: more blocks follow without an answer |
/// | 7 | last block |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BlockControl(pub u8);

impl BlockControl {
    const LAST: u8 = 0x80;
    const STREAMING: u8 = 0x40;

    /// A window of 0 to 63 blocks.
    #[must_use]
    pub const fn new(window: u8) -> Self {
        Self(window & 0x3F)
    }

    /// The same in the last block.
    #[must_use]
    pub const fn last(self) -> Self {
        Self(self.0 | Self::LAST)
    }

    /// The same in a block on which more follow at once.
    #[must_use]
    pub const fn streaming(self) -> Self {
        Self(self.0 | Self::STREAMING)
    }

    /// How many blocks the sender takes without an answer.
    #[must_use]
    pub const fn window(self) -> u8 {
        self.0 & 0x3F
    }

    /// Is it the last block?
    #[must_use]
    pub const fn is_last(self) -> bool {
        self.0 & Self::LAST != 0
    }

    /// Do more blocks follow at once?
    #[must_use]
    pub const fn is_streaming(self) -> bool {
        self.0 & Self::STREAMING != 0
    }
}

impl<'a> Part<'a> for BlockControl {
    const TYPE: &'static str = "Block-Control";

    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError> {
        let start = reader.offset();
        let [octet] = reader.array(what)?;
        reader.show(start, what, Shown::Unsigned(octet.into()));
        Ok(Self(octet))
    }

    fn put(&self, out: &mut impl Sink) {
        out.put_u8(self.0);
    }

    fn part_len(&self) -> usize {
        1
    }

    encode_by!(|element, out| out.push(xml::number(element)?));
}
