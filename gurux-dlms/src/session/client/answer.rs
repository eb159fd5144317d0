//! What a message says, as places in it: so that values stay where they lie.

use core::ops::Range;

use gurux_framing::{Reader, Wire, WireError, WireErrorKind};

use crate::wire::{
    AccessRequestSpecification, ActionResponse, ApduTag, ConfirmedServiceError, DataAccessResult,
    DataRef, ExceptionResponse, GeneralBlockTransfer, GetDataBlockResult, GetResponse, List,
    ReadResponse, ReadResult, SetResponse, Unread, WriteResponse, WriteResult, length,
};

/// What items an answer has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ItemKind {
    /// Get-Data-Result, or ReadResult.
    Result,
    /// The value alone.
    Bare,
    /// Data-Access-Result.
    Code,
    /// WriteResult.
    Write,
    /// Action-Response-With-Optional-Data.
    Action,
    /// Values of an ACCESS-response, whose codes come behind all of them.
    Access,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Heard {
    /// Items from an octet on, a count before them where they are a list, and so many octets behind them.
    Items {
        invoke: Option<u8>,
        kind: ItemKind,
        at: usize,
        is_list: bool,
        behind: usize,
    },
    /// A block of an answer, in octets of the message, or why there is none.
    Block {
        invoke: Option<u8>,
        is_last: bool,
        number: u32,
        piece: Result<Range<usize>, DataAccessResult>,
    },
    /// A block of the request was received.
    Taken {
        invoke: Option<u8>,
        number: u32,
    },
    Access {
        id: u32,
        at: usize,
    },
    Exception(ExceptionResponse),
    ServiceError(ConfirmedServiceError),
    Other(ApduTag),
}

/// The octets of `part`, which ends so many octets before the end of `whole`.
fn range(whole: &[u8], part: &[u8], behind: usize) -> Range<usize> {
    let end = whole.len().saturating_sub(behind);
    end.saturating_sub(part.len())..end
}

pub(super) fn read(apdu: &[u8]) -> Result<Heard, WireError> {
    let Some(tag) = apdu.first() else {
        let kind = WireErrorKind::Truncated { needed: 1, available: 0 };
        return Err(WireError::new(0, "tag", kind));
    };
    // Choice and invoke-id stand behind the tag.
    let list_at = 3;
    Ok(match ApduTag::new(*tag) {
        ApduTag::GET_RESPONSE => match GetResponse::<Unread<'_>>::from_bytes(apdu)? {
            GetResponse::Normal { invoke_id_and_priority: id, .. } => Heard::Items {
                invoke: Some(id.number()),
                kind: ItemKind::Result,
                at: list_at,
                is_list: false,
                behind: 0,
            },
            GetResponse::WithList { invoke_id_and_priority: id, .. } => Heard::Items {
                invoke: Some(id.number()),
                kind: ItemKind::Result,
                at: list_at,
                is_list: true,
                behind: 0,
            },
            GetResponse::WithDatablock { invoke_id_and_priority: id, result } => Heard::Block {
                invoke: Some(id.number()),
                is_last: result.last_block,
                number: result.block_number,
                piece: match result.result {
                    GetDataBlockResult::RawData(raw) => Ok(range(apdu, raw, 0)),
                    GetDataBlockResult::DataAccessResult(code) => Err(code),
                },
            },
        },
        ApduTag::SET_RESPONSE => match SetResponse::from_bytes(apdu)? {
            SetResponse::Normal { invoke_id_and_priority: id, .. } => Heard::Items {
                invoke: Some(id.number()),
                kind: ItemKind::Code,
                at: list_at,
                is_list: false,
                behind: 0,
            },
            // The number of the block stands behind the codes.
            SetResponse::LastDatablock { invoke_id_and_priority: id, .. } => Heard::Items {
                invoke: Some(id.number()),
                kind: ItemKind::Code,
                at: list_at,
                is_list: false,
                behind: 4,
            },
            SetResponse::Datablock { invoke_id_and_priority: id, block_number } => {
                Heard::Taken { invoke: Some(id.number()), number: block_number }
            }
            SetResponse::WithList { invoke_id_and_priority: id, .. } => Heard::Items {
                invoke: Some(id.number()),
                kind: ItemKind::Code,
                at: list_at,
                is_list: true,
                behind: 0,
            },
            SetResponse::LastDatablockWithList { invoke_id_and_priority: id, .. } => Heard::Items {
                invoke: Some(id.number()),
                kind: ItemKind::Code,
                at: list_at,
                is_list: true,
                behind: 4,
            },
        },
        ApduTag::ACTION_RESPONSE => match ActionResponse::from_bytes(apdu)? {
            ActionResponse::Normal { invoke_id_and_priority: id, .. } => Heard::Items {
                invoke: Some(id.number()),
                kind: ItemKind::Action,
                at: list_at,
                is_list: false,
                behind: 0,
            },
            ActionResponse::WithList { invoke_id_and_priority: id, .. } => Heard::Items {
                invoke: Some(id.number()),
                kind: ItemKind::Action,
                at: list_at,
                is_list: true,
                behind: 0,
            },
            ActionResponse::WithPblock { invoke_id_and_priority: id, pblock } => Heard::Block {
                invoke: Some(id.number()),
                is_last: pblock.last_block,
                number: pblock.block_number,
                piece: Ok(range(apdu, pblock.raw_data, 0)),
            },
            ActionResponse::NextPblock { invoke_id_and_priority: id, block_number } => {
                Heard::Taken { invoke: Some(id.number()), number: block_number }
            }
        },
        ApduTag::READ_RESPONSE => {
            let results = ReadResponse::from_bytes(apdu)?.results;
            match results.iter().next() {
                Some(ReadResult::DataBlock { last_block, block_number, raw_data })
                    if results.len() == 1 =>
                {
                    Heard::Block {
                        invoke: None,
                        is_last: last_block,
                        number: block_number.into(),
                        piece: Ok(range(apdu, raw_data, 0)),
                    }
                }
                _ => Heard::Items {
                    invoke: None,
                    kind: ItemKind::Result,
                    at: 1,
                    is_list: true,
                    behind: 0,
                },
            }
        }
        ApduTag::WRITE_RESPONSE => {
            let results = WriteResponse::from_bytes(apdu)?.results;
            match results.iter().next() {
                Some(WriteResult::BlockNumber(number)) if results.len() == 1 => {
                    Heard::Taken { invoke: None, number: number.into() }
                }
                _ => Heard::Items {
                    invoke: None,
                    kind: ItemKind::Write,
                    at: 1,
                    is_list: true,
                    behind: 0,
                },
            }
        }
        ApduTag::ACCESS_RESPONSE => {
            let mut reader = Reader::new(apdu);
            reader.u8("tag")?;
            let id = reader.u32("long-invoke-id-and-priority")?;
            let len = length::read(&mut reader, "date-time")?;
            reader.slice(len, "date-time")?;
            // The specifications of the request are not asked for; if they come, they are passed over.
            if reader.u8("access-request-specification")? != 0 {
                reader.read::<List<'_, AccessRequestSpecification<'_>>>()?;
            }
            Heard::Access { id: id & 0x00FF_FFFF, at: reader.offset() }
        }
        ApduTag::EXCEPTION_RESPONSE => Heard::Exception(ExceptionResponse::from_bytes(apdu)?),
        ApduTag::CONFIRMED_SERVICE_ERROR => {
            Heard::ServiceError(ConfirmedServiceError::from_bytes(apdu)?)
        }
        other => Heard::Other(other),
    })
}

/// A block of GENERAL-BLOCK-TRANSFER: what it says, and where its piece lies.
pub(super) fn general_block(
    apdu: &[u8],
) -> Result<(GeneralBlockTransfer<'_>, Range<usize>), WireError> {
    let block = GeneralBlockTransfer::from_bytes(apdu)?;
    Ok((block, range(apdu, block.block_data, 0)))
}

/// How many octets the value at the front of these takes; an error with `Truncated` where it goes on
/// behind them.
pub(super) fn data_len(octets: &[u8]) -> Result<usize, WireError> {
    let mut reader = Reader::new(octets);
    reader.read::<DataRef<'_>>()?;
    Ok(reader.offset())
}

/// Is the whole of this one value?
pub(super) fn is_one_value(octets: &[u8]) -> bool {
    DataRef::from_bytes(octets).is_ok()
}
