//! [`Request`]: what a client asks.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

use super::encapsulated::read_mei_type;
use super::file::read_requested;
use super::pdu::{check_pdu_len, read_function, read_last};
use super::{
    BitSpan, Custom, Diagnostics, Encapsulated, ExceptionCode, FileRecord, FileReference,
    FunctionCode, Groups, MaskWrite, MeiType, ReadDeviceIdentification, ReadWriteRegisters,
    RegisterSpan, WriteCoil, WriteCoils, WriteRegister, WriteRegisters,
};

/// The PDU of a request: a function code and what it asks for (V1.1b3, section 6).
///
/// | octets | field |
/// |---|---|
/// | 1 | function code, 1 to 127 |
/// | n | as the variant's type says |
///
/// A request is read strictly: quantities, byte counts and the two values of a coil are those that
/// the standard allows. [`exception_for`] says what a server answers to one that is wrong.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_modbus::wire::{Request, Span};
///
/// let request = Request::from_bytes(&[0x03, 0x00, 0x6B, 0x00, 0x03])?;
/// assert_eq!(request, Request::ReadHoldingRegisters(Span::new(0x6B, 3)?));
/// # Ok::<(), gurux_modbus::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Request<'a> {
    /// Reads coils (01).
    ReadCoils(BitSpan),
    /// Reads discrete inputs (02).
    ReadDiscreteInputs(BitSpan),
    /// Reads holding registers (03).
    ReadHoldingRegisters(RegisterSpan),
    /// Reads input registers (04).
    ReadInputRegisters(RegisterSpan),
    /// Switches a coil (05).
    WriteSingleCoil(WriteCoil),
    /// Writes a holding register (06).
    WriteSingleRegister(WriteRegister),
    /// Reads the eight exception status outputs (07).
    ReadExceptionStatus,
    /// Tests the line or reads a counter (08).
    Diagnostics(Diagnostics<'a>),
    /// Reads the status and the event count (0B).
    GetCommEventCounter,
    /// Reads the event log (0C).
    GetCommEventLog,
    /// Switches coils (0F).
    WriteMultipleCoils(WriteCoils<'a>),
    /// Writes holding registers (10).
    WriteMultipleRegisters(WriteRegisters<'a>),
    /// Reads what the server says of itself (11).
    ReportServerId,
    /// Reads records of files (14).
    ReadFileRecord(Groups<'a, FileReference>),
    /// Writes records of files (15).
    WriteFileRecord(Groups<'a, FileRecord<'a>>),
    /// Changes bits of a holding register (16).
    MaskWriteRegister(MaskWrite),
    /// Writes registers, then reads registers (17).
    ReadWriteMultipleRegisters(ReadWriteRegisters<'a>),
    /// Reads a queue of registers, by its address (18).
    ReadFifoQueue {
        /// The FIFO pointer address.
        address: u16,
    },
    /// Reads what the device says of itself (2B/0E).
    ReadDeviceIdentification(ReadDeviceIdentification),
    /// Another protocol (2B/0D and unknown MEI types).
    Encapsulated(Encapsulated<'a>),
    /// A function of the user's, or one that the standard does not know.
    Custom(Custom<'a>),
}

impl Request<'_> {
    /// The function code.
    #[must_use]
    #[inline]
    pub const fn function(&self) -> FunctionCode {
        match self {
            Self::ReadCoils(_) => FunctionCode::READ_COILS,
            Self::ReadDiscreteInputs(_) => FunctionCode::READ_DISCRETE_INPUTS,
            Self::ReadHoldingRegisters(_) => FunctionCode::READ_HOLDING_REGISTERS,
            Self::ReadInputRegisters(_) => FunctionCode::READ_INPUT_REGISTERS,
            Self::WriteSingleCoil(_) => FunctionCode::WRITE_SINGLE_COIL,
            Self::WriteSingleRegister(_) => FunctionCode::WRITE_SINGLE_REGISTER,
            Self::ReadExceptionStatus => FunctionCode::READ_EXCEPTION_STATUS,
            Self::Diagnostics(_) => FunctionCode::DIAGNOSTICS,
            Self::GetCommEventCounter => FunctionCode::GET_COMM_EVENT_COUNTER,
            Self::GetCommEventLog => FunctionCode::GET_COMM_EVENT_LOG,
            Self::WriteMultipleCoils(_) => FunctionCode::WRITE_MULTIPLE_COILS,
            Self::WriteMultipleRegisters(_) => FunctionCode::WRITE_MULTIPLE_REGISTERS,
            Self::ReportServerId => FunctionCode::REPORT_SERVER_ID,
            Self::ReadFileRecord(_) => FunctionCode::READ_FILE_RECORD,
            Self::WriteFileRecord(_) => FunctionCode::WRITE_FILE_RECORD,
            Self::MaskWriteRegister(_) => FunctionCode::MASK_WRITE_REGISTER,
            Self::ReadWriteMultipleRegisters(_) => FunctionCode::READ_WRITE_MULTIPLE_REGISTERS,
            Self::ReadFifoQueue { .. } => FunctionCode::READ_FIFO_QUEUE,
            Self::ReadDeviceIdentification(_) | Self::Encapsulated(_) => {
                FunctionCode::ENCAPSULATED_INTERFACE_TRANSPORT
            }
            Self::Custom(custom) => custom.function(),
        }
    }

    /// How many octets the PDU of the answer has, if it is no exception; `None` where the request
    /// does not say it.
    ///
    /// ```
    /// use gurux_modbus::wire::{Request, Span};
    ///
    /// // Function code, byte count, and 13 coils in two octets.
    /// assert_eq!(Request::ReadCoils(Span::new(10, 13)?).answer_len(), Some(4));
    /// # Ok::<(), gurux_modbus::Error>(())
    /// ```
    #[must_use]
    pub fn answer_len(&self) -> Option<usize> {
        let body = match self {
            Self::ReadCoils(span) | Self::ReadDiscreteInputs(span) => {
                usize::from(span.count()).div_ceil(8).wrapping_add(1)
            }
            Self::ReadHoldingRegisters(span) | Self::ReadInputRegisters(span) => {
                usize::from(span.count()).wrapping_mul(2).wrapping_add(1)
            }
            Self::ReadWriteMultipleRegisters(write) => {
                usize::from(write.read_span().count()).wrapping_mul(2).wrapping_add(1)
            }
            Self::ReadExceptionStatus => 1,
            Self::GetCommEventCounter
            | Self::WriteMultipleCoils(_)
            | Self::WriteMultipleRegisters(_) => 4,
            Self::WriteSingleCoil(_)
            | Self::WriteSingleRegister(_)
            | Self::Diagnostics(_)
            | Self::WriteFileRecord(_)
            | Self::MaskWriteRegister(_) => return Some(self.wire_len()),
            Self::ReadFileRecord(groups) => groups.iter().fold(1, |sum: usize, group| {
                sum.saturating_add(usize::from(group.length).wrapping_mul(2).wrapping_add(2))
            }),
            Self::GetCommEventLog
            | Self::ReportServerId
            | Self::ReadFifoQueue { .. }
            | Self::ReadDeviceIdentification(_)
            | Self::Encapsulated(_)
            | Self::Custom(_) => return None,
        };
        Some(body.wrapping_add(1))
    }
}

impl<'a> Wire<'a> for Request<'a> {
    #[inline(always)]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let function = read_function(reader, 0)?;
        let pdu = match function {
            FunctionCode::READ_COILS => Self::ReadCoils(read_last(reader, 4)?),
            FunctionCode::READ_DISCRETE_INPUTS => Self::ReadDiscreteInputs(read_last(reader, 4)?),
            FunctionCode::READ_HOLDING_REGISTERS => {
                Self::ReadHoldingRegisters(read_last(reader, 4)?)
            }
            FunctionCode::READ_INPUT_REGISTERS => Self::ReadInputRegisters(read_last(reader, 4)?),
            FunctionCode::WRITE_SINGLE_COIL => Self::WriteSingleCoil(read_last(reader, 4)?),
            FunctionCode::WRITE_SINGLE_REGISTER => Self::WriteSingleRegister(reader.read()?),
            FunctionCode::READ_EXCEPTION_STATUS => Self::ReadExceptionStatus,
            FunctionCode::DIAGNOSTICS => Self::Diagnostics(reader.read()?),
            FunctionCode::GET_COMM_EVENT_COUNTER => Self::GetCommEventCounter,
            FunctionCode::GET_COMM_EVENT_LOG => Self::GetCommEventLog,
            FunctionCode::WRITE_MULTIPLE_COILS => Self::WriteMultipleCoils(reader.read()?),
            FunctionCode::WRITE_MULTIPLE_REGISTERS => Self::WriteMultipleRegisters(reader.read()?),
            FunctionCode::REPORT_SERVER_ID => Self::ReportServerId,
            FunctionCode::READ_FILE_RECORD => {
                Self::ReadFileRecord(read_requested(reader, 0x07, 0xF5, 7)?)
            }
            FunctionCode::WRITE_FILE_RECORD => {
                Self::WriteFileRecord(read_requested(reader, 0x09, 0xFB, 1)?)
            }
            FunctionCode::MASK_WRITE_REGISTER => Self::MaskWriteRegister(reader.read()?),
            FunctionCode::READ_WRITE_MULTIPLE_REGISTERS => {
                Self::ReadWriteMultipleRegisters(reader.read()?)
            }
            FunctionCode::READ_FIFO_QUEUE => {
                Self::ReadFifoQueue { address: reader.u16("address")? }
            }
            FunctionCode::ENCAPSULATED_INTERFACE_TRANSPORT => match read_mei_type(reader)? {
                MeiType::READ_DEVICE_IDENTIFICATION => {
                    Self::ReadDeviceIdentification(read_last(reader, 2)?)
                }
                mei_type => Self::Encapsulated(Encapsulated::read_data(reader, mei_type)),
            },
            other if other.code() == 0 || other.code() >= 0x80 => {
                let kind = WireErrorKind::Code(other.code().into());
                return Err(WireError::new(start, "function", kind));
            }
            other => Self::Custom(Custom::read_data(reader, other)),
        };
        check_pdu_len(reader, start)?;
        Ok(pdu)
    }

    #[inline(always)]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.function().code());
        match self {
            Self::ReadCoils(span) | Self::ReadDiscreteInputs(span) => span.emit(out),
            Self::ReadHoldingRegisters(span) | Self::ReadInputRegisters(span) => span.emit(out),
            Self::WriteSingleCoil(write) => write.emit(out),
            Self::WriteSingleRegister(write) => write.emit(out),
            Self::ReadExceptionStatus
            | Self::GetCommEventCounter
            | Self::GetCommEventLog
            | Self::ReportServerId => {}
            Self::Diagnostics(diagnostics) => diagnostics.emit(out),
            Self::WriteMultipleCoils(write) => write.emit(out),
            Self::WriteMultipleRegisters(write) => write.emit(out),
            Self::ReadFileRecord(groups) => groups.emit(out),
            Self::WriteFileRecord(groups) => groups.emit(out),
            Self::MaskWriteRegister(write) => write.emit(out),
            Self::ReadWriteMultipleRegisters(write) => write.emit(out),
            Self::ReadFifoQueue { address } => out.put_u16(*address),
            Self::ReadDeviceIdentification(read) => {
                out.put_u8(MeiType::READ_DEVICE_IDENTIFICATION.code());
                read.emit(out);
            }
            Self::Encapsulated(encapsulated) => encapsulated.emit(out),
            Self::Custom(custom) => out.put(custom.data()),
        }
    }

    #[inline(always)]
    fn wire_len(&self) -> usize {
        let body = match self {
            Self::ReadCoils(span) | Self::ReadDiscreteInputs(span) => span.wire_len(),
            Self::ReadHoldingRegisters(span) | Self::ReadInputRegisters(span) => span.wire_len(),
            Self::WriteSingleCoil(write) => write.wire_len(),
            Self::WriteSingleRegister(write) => write.wire_len(),
            Self::ReadExceptionStatus
            | Self::GetCommEventCounter
            | Self::GetCommEventLog
            | Self::ReportServerId => 0,
            Self::Diagnostics(diagnostics) => diagnostics.wire_len(),
            Self::WriteMultipleCoils(write) => write.wire_len(),
            Self::WriteMultipleRegisters(write) => write.wire_len(),
            Self::ReadFileRecord(groups) => groups.wire_len(),
            Self::WriteFileRecord(groups) => groups.wire_len(),
            Self::MaskWriteRegister(write) => write.wire_len(),
            Self::ReadWriteMultipleRegisters(write) => write.wire_len(),
            Self::ReadFifoQueue { .. } => 2,
            Self::ReadDeviceIdentification(read) => read.wire_len().wrapping_add(1),
            Self::Encapsulated(encapsulated) => encapsulated.wire_len(),
            Self::Custom(custom) => custom.data().len(),
        };
        body.wrapping_add(1)
    }
}

/// What a server answers to a request that [`Request::from_bytes`] refuses with `error`: a code
/// that is no function is an [`ILLEGAL_FUNCTION`](ExceptionCode::ILLEGAL_FUNCTION), all else an
/// [`ILLEGAL_DATA_VALUE`](ExceptionCode::ILLEGAL_DATA_VALUE): the request itself is wrong.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_modbus::wire::{ExceptionCode, Request, exception_for};
///
/// // 126 registers are one too many.
/// let error = Request::from_bytes(&[0x03, 0x00, 0x00, 0x00, 0x7E]).unwrap_err();
/// assert_eq!(exception_for(&error), ExceptionCode::ILLEGAL_DATA_VALUE);
/// ```
#[must_use]
pub fn exception_for(error: &WireError) -> ExceptionCode {
    match error.kind {
        WireErrorKind::Code(_) if error.what == "function" => ExceptionCode::ILLEGAL_FUNCTION,
        _ => ExceptionCode::ILLEGAL_DATA_VALUE,
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::Wire;

    use super::{ExceptionCode, Request, exception_for};

    #[test]
    fn what_is_wrong_with_a_request_names_the_exception() {
        let exception = |octets: &[u8]| exception_for(&Request::from_bytes(octets).unwrap_err());
        // A response is no request.
        assert_eq!(exception(&[0x83, 2]), ExceptionCode::ILLEGAL_FUNCTION);
        assert_eq!(exception(&[0x05, 0, 1, 0xFF, 1]), ExceptionCode::ILLEGAL_DATA_VALUE);
        let record = [0x14, 7, 5, 0, 4, 0, 1, 0, 2];
        assert_eq!(exception(&record), ExceptionCode::ILLEGAL_DATA_VALUE);
        assert_eq!(exception(&[0x14, 6, 6, 0, 4, 0, 1, 0]), ExceptionCode::ILLEGAL_DATA_VALUE);
    }
}
