//! Image transfer: new firmware, block by block.

use alloc::vec;
use alloc::vec::Vec;

use gurux_framing::{Sink, Wire};
use gurux_value::Obis;

use super::Memory;
use super::entry::State;
use crate::wire::{ActionResult, BitString, DataRef, DataType, length};

/// The most that an image takes.
const MAX_IMAGE: u32 = 16 * 1024 * 1024;

/// What of an image is there.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    block_size: u32,
    identification: Vec<u8>,
    octets: Vec<u8>,
    /// Which blocks came.
    blocks: Vec<bool>,
    /// image_transfer_status: 0 not initiated, 1 initiated, 3 verified, 4 verification failed,
    /// 6 activated, 7 activation failed.
    status: u8,
}

impl Image {
    pub(super) fn set_block_size(&mut self, size: u32) {
        *self = Self { block_size: size, ..Self::default() };
    }

    pub(super) fn put(&self, attribute: i8, out: &mut impl Sink) {
        match attribute {
            3 => {
                let bits = self.blocks.chunks(8).map(|bits| {
                    let whole = bits.iter().fold(0_u8, |octet, bit| octet << 1 | u8::from(*bit));
                    whole << 8_usize.saturating_sub(bits.len()).min(7)
                });
                let octets: Vec<u8> = bits.collect();
                let bits = BitString::new(self.blocks.len(), &octets);
                bits.map_or(DataRef::NullData, DataRef::BitString).emit(out);
            }
            4 => {
                let first = self.blocks.iter().position(|is_there| !is_there);
                let first = first.unwrap_or(self.blocks.len());
                DataRef::DoubleLongUnsigned(u32::try_from(first).unwrap_or(u32::MAX)).emit(out);
            }
            6 => DataRef::Enum(self.status).emit(out),
            _ => {
                out.put_u8(DataType::ARRAY.code());
                length::emit((self.status >= 3).into(), out);
                if self.status >= 3 {
                    out.put_array([DataType::STRUCTURE.code(), 3]);
                    let size = u32::try_from(self.octets.len()).unwrap_or(u32::MAX);
                    DataRef::DoubleLongUnsigned(size).emit(out);
                    DataRef::OctetString(&self.identification).emit(out);
                    DataRef::OctetString(&[]).emit(out);
                }
            }
        }
    }

    fn initiate(&mut self, parameter: DataRef<'_>) -> ActionResult {
        let DataRef::Structure(fields) = parameter else { return ActionResult::TYPE_UNMATCHED };
        let mut fields = fields.iter();
        let (Some(DataRef::OctetString(name)), Some(DataRef::DoubleLongUnsigned(size)), None) =
            (fields.next(), fields.next(), fields.next())
        else {
            return ActionResult::TYPE_UNMATCHED;
        };
        if size > MAX_IMAGE || size == 0 || self.block_size == 0 {
            return ActionResult::OTHER_REASON;
        }
        let blocks = usize::try_from(size.div_ceil(self.block_size)).unwrap_or_default();
        *self = Self {
            block_size: self.block_size,
            identification: name.to_vec(),
            octets: vec![0; usize::try_from(size).unwrap_or_default()],
            blocks: vec![false; blocks],
            status: 1,
        };
        ActionResult::SUCCESS
    }

    fn take(&mut self, parameter: DataRef<'_>) -> ActionResult {
        let DataRef::Structure(fields) = parameter else { return ActionResult::TYPE_UNMATCHED };
        let mut fields = fields.iter();
        let (Some(DataRef::DoubleLongUnsigned(number)), Some(DataRef::OctetString(piece)), None) =
            (fields.next(), fields.next(), fields.next())
        else {
            return ActionResult::TYPE_UNMATCHED;
        };
        if self.status != 1 {
            return ActionResult::TEMPORARY_FAILURE;
        }
        let size = usize::try_from(self.block_size).unwrap_or(usize::MAX).max(1);
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let room = self.octets.chunks_mut(size).nth(number);
        match (room, self.blocks.get_mut(number)) {
            (Some(room), Some(is_there)) if room.len() == piece.len() => {
                room.copy_from_slice(piece);
                *is_there = true;
                ActionResult::SUCCESS
            }
            _ => ActionResult::OTHER_REASON,
        }
    }
}

impl Memory {
    /// The image that was transferred, whole; `None` while blocks are missing.
    #[must_use]
    pub fn image(&self, logical_name: Obis) -> Option<&[u8]> {
        match &self.entry(logical_name)?.state {
            State::Image(image) if image.status != 0 && image.blocks.iter().all(|there| *there) => {
                Some(&image.octets)
            }
            _ => None,
        }
    }

    pub(super) fn act_image(
        &mut self,
        logical_name: Obis,
        method: i8,
        parameter: Option<DataRef<'_>>,
    ) -> ActionResult {
        let Some(entry) = self.entry_mut(logical_name) else {
            return ActionResult::OBJECT_UNDEFINED;
        };
        let is_enabled = entry.integer(5) == Some(1);
        let State::Image(image) = &mut entry.state else { return ActionResult::OTHER_REASON };
        if !is_enabled {
            return ActionResult::READ_WRITE_DENIED;
        }
        let is_whole = !image.blocks.is_empty() && image.blocks.iter().all(|there| *there);
        match (method, parameter) {
            (1, Some(parameter)) => image.initiate(parameter),
            (2, Some(parameter)) => image.take(parameter),
            (3, _) if matches!(image.status, 1 | 3 | 4) && is_whole => {
                image.status = 3;
                ActionResult::SUCCESS
            }
            // Blocks are missing: they may still come, so that this is no failure for good.
            (3, _) if image.status == 1 => ActionResult::TEMPORARY_FAILURE,
            (4, _) if matches!(image.status, 1 | 3) && is_whole => {
                image.status = 6;
                ActionResult::SUCCESS
            }
            (1 | 2, None) => ActionResult::TYPE_UNMATCHED,
            _ => ActionResult::OTHER_REASON,
        }
    }
}
