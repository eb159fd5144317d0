//! Messages on the wire: borrowed, without an allocator, in both directions.
//!
//! A PDU is a function code and what belongs to it: [`Request`] and [`Response`] are the choice of
//! all, and each variant's type shows its octets. What stands around a PDU is an ADU, one module a
//! transport: [`rtu`], [`ascii`], [`tcp`].
//!
//! | function | request | response |
//! |---|---|---|
//! | 01, 02 | [`BitSpan`] | byte count, [`Bits`] |
//! | 03, 04 | [`RegisterSpan`] | byte count, [`Registers`] |
//! | 05 | [`WriteCoil`] | [`WriteCoil`] |
//! | 06 | [`WriteRegister`] | [`WriteRegister`] |
//! | 07 | nothing | one octet |
//! | 08 | [`Diagnostics`] | [`Diagnostics`] |
//! | 0B | nothing | [`EventCounter`] |
//! | 0C | nothing | [`EventLog`] |
//! | 0F | [`WriteCoils`] | [`Written`] |
//! | 10 | [`WriteRegisters`] | [`Written`] |
//! | 11 | nothing | [`ServerId`] |
//! | 14 | [`Groups`] of [`FileReference`] | [`Groups`] of [`FileData`] |
//! | 15 | [`Groups`] of [`FileRecord`] | [`Groups`] of [`FileRecord`] |
//! | 16 | [`MaskWrite`] | [`MaskWrite`] |
//! | 17 | [`ReadWriteRegisters`] | byte count, [`Registers`] |
//! | 18 | two octets | [`FifoQueue`] |
//! | 2B/0E | [`ReadDeviceIdentification`] | [`DeviceIdentification`] |
//! | 2B/other | [`Encapsulated`] | [`Encapsulated`] |
//! | other | [`Custom`] | [`Custom`] |
//! | 128 and more | | [`Exception`] |

pub mod ascii;
mod bits;
mod code;
mod diagnostics;
mod encapsulated;
mod file;
mod pdu;
mod registers;
mod request;
mod response;
pub mod rtu;
mod span;
pub mod tcp;
mod write;

pub use bits::{Bits, BitsIter};
pub use code::{
    Conformity, ExceptionCode, FunctionCode, MeiType, ObjectId, ReadDeviceIdCode, SubFunction,
    UnitId,
};
pub use diagnostics::{CommEvent, CommEventKind, Diagnostics, EventCounter, EventLog};
pub use encapsulated::{
    Custom, DeviceIdentification, Encapsulated, Object, Objects, ObjectsIter,
    ReadDeviceIdentification,
};
pub use file::{FifoQueue, FileData, FileRecord, FileReference, Groups, GroupsIter};
pub use registers::{Registers, RegistersIter};
pub use request::{Request, exception_for};
pub use response::{Exception, Response, ServerId};
pub use span::{BitSpan, RegisterSpan, Span};
pub use write::{
    MaskWrite, ReadWriteRegisters, WriteCoil, WriteCoils, WriteRegister, WriteRegisters, Written,
};

/// The longest PDU (V1.1b3, section 4.1: an RTU frame of 256 octets less address and CRC).
pub const MAX_PDU_LEN: usize = 253;

/// The most registers in a message.
const MAX_REGISTERS: usize = 125;

/// The most bits in a message.
const MAX_BITS: usize = 2000;
