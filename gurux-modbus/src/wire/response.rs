//! [`Response`]: what a server answers.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

use super::encapsulated::read_mei_type;
use super::pdu::{check_pdu_len, read_function, read_last};
use super::span::{byte_count_error, read_byte_count};
use super::{
    Bits, Custom, DeviceIdentification, Diagnostics, Encapsulated, EventCounter, EventLog,
    ExceptionCode, FifoQueue, FileData, FileRecord, FunctionCode, Groups, MAX_REGISTERS, MaskWrite,
    MeiType, ReadDeviceIdCode, Registers, Request, WriteCoil, WriteRegister, Written,
};

/// The PDU of a response: a function code and what was asked for (V1.1b3, section 6).
///
/// | octets | field |
/// |---|---|
/// | 1 | function code of the request, the top bit set in an exception |
/// | n | as the variant's type says |
///
/// A response is judged by its structure only; whether it is the answer to a request is asked by
/// [`answers`](Self::answers).
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_modbus::wire::Response;
///
/// let response = Response::from_bytes(&[0x03, 0x06, 0x02, 0x2B, 0x00, 0x00, 0x00, 0x64])?;
/// let Response::ReadHoldingRegisters(registers) = response else { panic!() };
/// assert!(registers.iter().eq([555, 0, 100]));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Response<'a> {
    /// Coils (01): whole octets of them, at least one.
    ReadCoils(Bits<'a>),
    /// Discrete inputs (02): whole octets of them, at least one.
    ReadDiscreteInputs(Bits<'a>),
    /// Holding registers (03), at least one.
    ReadHoldingRegisters(Registers<'a>),
    /// Input registers (04), at least one.
    ReadInputRegisters(Registers<'a>),
    /// A coil was switched (05).
    WriteSingleCoil(WriteCoil),
    /// A holding register was written (06).
    WriteSingleRegister(WriteRegister),
    /// The eight exception status outputs (07), one a bit.
    ReadExceptionStatus {
        /// The outputs.
        status: u8,
    },
    /// A test or a counter of the line (08).
    Diagnostics(Diagnostics<'a>),
    /// The status and the event count (0B).
    GetCommEventCounter(EventCounter),
    /// The event log (0C).
    GetCommEventLog(EventLog<'a>),
    /// Coils were switched (0F).
    WriteMultipleCoils(Written),
    /// Holding registers were written (10).
    WriteMultipleRegisters(Written),
    /// What the server says of itself (11).
    ReportServerId(ServerId<'a>),
    /// Records of files (14).
    ReadFileRecord(Groups<'a, FileData<'a>>),
    /// Records of files were written (15).
    WriteFileRecord(Groups<'a, FileRecord<'a>>),
    /// Bits of a holding register were changed (16).
    MaskWriteRegister(MaskWrite),
    /// Registers, after others were written (17), at least one.
    ReadWriteMultipleRegisters(Registers<'a>),
    /// A queue of registers (18).
    ReadFifoQueue(FifoQueue<'a>),
    /// What the device says of itself (2B/0E).
    ReadDeviceIdentification(DeviceIdentification<'a>),
    /// Another protocol (2B/0D and unknown MEI types).
    Encapsulated(Encapsulated<'a>),
    /// A function of the user's, or one that the standard does not know.
    Custom(Custom<'a>),
    /// The server refuses.
    Exception(Exception),
}

/// A refusal by the server (V1.1b3, section 7).
///
/// | octets | field |
/// |---|---|
/// | 1 | function code of the request, plus 128 |
/// | 1 | exception code |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Exception {
    function: FunctionCode,
    code: ExceptionCode,
}

const EXCEPTION: u8 = 0x80;

impl Exception {
    /// Refuses `function`, whose top bit does not count.
    #[must_use]
    #[inline]
    pub const fn new(function: FunctionCode, code: ExceptionCode) -> Self {
        Self { function: FunctionCode::new(function.code() & !EXCEPTION), code }
    }

    /// The function refused, without the top bit.
    #[must_use]
    pub const fn function(&self) -> FunctionCode {
        self.function
    }

    /// Why.
    #[must_use]
    pub const fn code(&self) -> ExceptionCode {
        self.code
    }
}

/// What a server says of itself (11): its id, whether it runs (`FF` or `00`), and more, in a form
/// that each maker chooses.
///
/// | octets | field |
/// |---|---|
/// | 1 | byte count |
/// | n | data |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerId<'a> {
    data: &'a [u8],
}

impl<'a> ServerId<'a> {
    /// The most octets of data.
    pub const MAX_LEN: usize = super::MAX_PDU_LEN - 2;

    /// The id, the run indicator and whatever the maker adds.
    ///
    /// # Errors
    /// [`Error::Quantity`](crate::Error::Quantity) for more than 251 octets.
    pub const fn new(data: &'a [u8]) -> Result<Self, crate::Error> {
        match crate::error::check_quantity("octets of data", data.len(), 0, Self::MAX_LEN) {
            Ok(()) => Ok(Self { data }),
            Err(error) => Err(error),
        }
    }

    /// The octets as they stand on the wire.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }
}

impl<'a> Wire<'a> for ServerId<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        read_byte_count(reader)?;
        Ok(Self { data: reader.remaining_octets("data") })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.data.len() as u8);
        out.put(self.data);
    }

    fn wire_len(&self) -> usize {
        self.data.len().wrapping_add(1)
    }
}

/// Reads bits behind their byte count.
#[inline]
fn read_bits<'a, V: Visit>(reader: &mut Reader<'a, V>) -> Result<Bits<'a>, WireError> {
    let octets = read_byte_count(reader)?;
    if octets == 0 {
        return Err(byte_count_error(reader, WireErrorKind::Expected("one octet or more")));
    }
    Bits::read(reader, octets, octets.wrapping_mul(8))
}

/// Reads registers behind their byte count.
#[inline]
fn read_registers<'a, V: Visit>(reader: &mut Reader<'a, V>) -> Result<Registers<'a>, WireError> {
    const MAX_OCTETS: usize = 2 * MAX_REGISTERS;
    let octets = read_byte_count(reader)?;
    if octets == 0 || !octets.is_multiple_of(2) {
        return Err(byte_count_error(reader, WireErrorKind::Expected("pairs of octets")));
    }
    if octets > MAX_OCTETS {
        return Err(byte_count_error(reader, WireErrorKind::Limit { max: MAX_OCTETS }));
    }
    Registers::read(reader, octets)
}

impl Response<'_> {
    /// The function code of the request, also in an exception.
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
            Self::ReadExceptionStatus { .. } => FunctionCode::READ_EXCEPTION_STATUS,
            Self::Diagnostics(_) => FunctionCode::DIAGNOSTICS,
            Self::GetCommEventCounter(_) => FunctionCode::GET_COMM_EVENT_COUNTER,
            Self::GetCommEventLog(_) => FunctionCode::GET_COMM_EVENT_LOG,
            Self::WriteMultipleCoils(_) => FunctionCode::WRITE_MULTIPLE_COILS,
            Self::WriteMultipleRegisters(_) => FunctionCode::WRITE_MULTIPLE_REGISTERS,
            Self::ReportServerId(_) => FunctionCode::REPORT_SERVER_ID,
            Self::ReadFileRecord(_) => FunctionCode::READ_FILE_RECORD,
            Self::WriteFileRecord(_) => FunctionCode::WRITE_FILE_RECORD,
            Self::MaskWriteRegister(_) => FunctionCode::MASK_WRITE_REGISTER,
            Self::ReadWriteMultipleRegisters(_) => FunctionCode::READ_WRITE_MULTIPLE_REGISTERS,
            Self::ReadFifoQueue(_) => FunctionCode::READ_FIFO_QUEUE,
            Self::ReadDeviceIdentification(_) | Self::Encapsulated(_) => {
                FunctionCode::ENCAPSULATED_INTERFACE_TRANSPORT
            }
            Self::Custom(custom) => custom.function(),
            Self::Exception(exception) => exception.function,
        }
    }

    /// Can this be the answer to `request`: the same function, as many items as were asked for,
    /// and the same octets where a server repeats the request?
    ///
    /// An exception to the same function always is. A line has no transaction numbers, so this is
    /// all that tells a late answer from the right one.
    ///
    /// ```
    /// use gurux_framing::Wire;
    /// use gurux_modbus::wire::{Request, Response, Span};
    ///
    /// let one = Response::from_bytes(&[0x03, 0x02, 0x00, 0x01])?;
    /// assert!(one.answers(&Request::ReadHoldingRegisters(Span::new(7, 1)?)));
    /// assert!(!one.answers(&Request::ReadHoldingRegisters(Span::new(7, 2)?)));
    /// assert!(!one.answers(&Request::ReadInputRegisters(Span::new(7, 1)?)));
    /// # Ok::<(), gurux_modbus::Error>(())
    /// ```
    #[must_use]
    pub fn answers(&self, request: &Request<'_>) -> bool {
        match (self, request) {
            (Self::Exception(exception), _) => exception.function == request.function(),
            (Self::ReadCoils(bits), Request::ReadCoils(span))
            | (Self::ReadDiscreteInputs(bits), Request::ReadDiscreteInputs(span)) => {
                bits.octets_len() == usize::from(span.count()).div_ceil(8)
            }
            (Self::ReadHoldingRegisters(registers), Request::ReadHoldingRegisters(span))
            | (Self::ReadInputRegisters(registers), Request::ReadInputRegisters(span)) => {
                registers.len() == usize::from(span.count())
            }
            (Self::WriteSingleCoil(done), Request::WriteSingleCoil(asked)) => done == asked,
            (Self::WriteSingleRegister(done), Request::WriteSingleRegister(asked)) => done == asked,
            (Self::Diagnostics(done), Request::Diagnostics(asked)) => {
                done.sub_function() == asked.sub_function()
                    && (!asked.is_echoed() || done.data() == asked.data())
            }
            (Self::WriteMultipleCoils(done), Request::WriteMultipleCoils(asked)) => {
                (done.address, done.count) == (asked.address(), asked.count())
            }
            (Self::WriteMultipleRegisters(done), Request::WriteMultipleRegisters(asked)) => {
                (done.address, done.count) == (asked.address(), asked.count())
            }
            (Self::ReadFileRecord(found), Request::ReadFileRecord(asked)) => {
                let found = found.iter().map(|group| group.registers.len());
                found.eq(asked.iter().map(|group| usize::from(group.length)))
            }
            (Self::WriteFileRecord(done), Request::WriteFileRecord(asked)) => done == asked,
            (Self::MaskWriteRegister(done), Request::MaskWriteRegister(asked)) => done == asked,
            (
                Self::ReadWriteMultipleRegisters(registers),
                Request::ReadWriteMultipleRegisters(asked),
            ) => registers.len() == usize::from(asked.read_span().count()),
            (Self::ReadDeviceIdentification(found), Request::ReadDeviceIdentification(asked)) => {
                // A stream may begin at another object than the one asked for; one that was asked
                // for by name is that one.
                let id = found.objects().iter().next().map(|object| object.id());
                found.read_code() == asked.read_code()
                    && (asked.read_code() != ReadDeviceIdCode::SPECIFIC
                        || id == Some(asked.object_id()))
            }
            (Self::Encapsulated(found), Request::Encapsulated(asked)) => {
                found.mei_type() == asked.mei_type()
            }
            (Self::Custom(found), Request::Custom(asked)) => found.function() == asked.function(),
            (Self::ReadExceptionStatus { .. }, Request::ReadExceptionStatus)
            | (Self::GetCommEventCounter(_), Request::GetCommEventCounter)
            | (Self::GetCommEventLog(_), Request::GetCommEventLog)
            | (Self::ReportServerId(_), Request::ReportServerId)
            | (Self::ReadFifoQueue(_), Request::ReadFifoQueue { .. }) => true,
            _ => false,
        }
    }
}

impl<'a> Response<'a> {
    /// Reads what stands behind any function code but 03 and 04.
    #[inline(never)]
    fn read_other<V: Visit>(
        reader: &mut Reader<'a, V>,
        function: FunctionCode,
    ) -> Result<Self, WireError> {
        let start = reader.offset().wrapping_sub(1);
        let pdu = match function {
            FunctionCode::READ_COILS => Self::ReadCoils(read_bits(reader)?),
            FunctionCode::READ_DISCRETE_INPUTS => Self::ReadDiscreteInputs(read_bits(reader)?),
            FunctionCode::WRITE_SINGLE_COIL => Self::WriteSingleCoil(read_last(reader, 4)?),
            FunctionCode::WRITE_SINGLE_REGISTER => Self::WriteSingleRegister(reader.read()?),
            FunctionCode::READ_EXCEPTION_STATUS => {
                Self::ReadExceptionStatus { status: reader.u8("status")? }
            }
            FunctionCode::DIAGNOSTICS => Self::Diagnostics(reader.read()?),
            FunctionCode::GET_COMM_EVENT_COUNTER => Self::GetCommEventCounter(reader.read()?),
            FunctionCode::GET_COMM_EVENT_LOG => Self::GetCommEventLog(reader.read()?),
            FunctionCode::WRITE_MULTIPLE_COILS => Self::WriteMultipleCoils(reader.read()?),
            FunctionCode::WRITE_MULTIPLE_REGISTERS => Self::WriteMultipleRegisters(reader.read()?),
            FunctionCode::REPORT_SERVER_ID => Self::ReportServerId(reader.read()?),
            FunctionCode::READ_FILE_RECORD => Self::ReadFileRecord(reader.read()?),
            FunctionCode::WRITE_FILE_RECORD => Self::WriteFileRecord(reader.read()?),
            FunctionCode::MASK_WRITE_REGISTER => Self::MaskWriteRegister(reader.read()?),
            FunctionCode::READ_WRITE_MULTIPLE_REGISTERS => {
                Self::ReadWriteMultipleRegisters(read_registers(reader)?)
            }
            FunctionCode::READ_FIFO_QUEUE => Self::ReadFifoQueue(reader.read()?),
            FunctionCode::ENCAPSULATED_INTERFACE_TRANSPORT => match read_mei_type(reader)? {
                MeiType::READ_DEVICE_IDENTIFICATION => {
                    Self::ReadDeviceIdentification(reader.read()?)
                }
                mei_type => Self::Encapsulated(Encapsulated::read_data(reader, mei_type)),
            },
            other if other.code() >= EXCEPTION => {
                let start = reader.offset();
                let [code] = reader.array("exception")?;
                let code = ExceptionCode::new(code);
                reader.show(start, "exception", code.shown());
                Self::Exception(Exception::new(other, code))
            }
            other if other.code() == 0 => {
                return Err(WireError::new(start, "function", WireErrorKind::Code(0)));
            }
            other => Self::Custom(Custom::read_data(reader, other)),
        };
        check_pdu_len(reader, start)?;
        Ok(pdu)
    }
}

impl<'a> Wire<'a> for Response<'a> {
    #[inline(always)]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Ok(match read_function(reader, EXCEPTION)? {
            // What nearly all responses are has a short way.
            FunctionCode::READ_HOLDING_REGISTERS => {
                Self::ReadHoldingRegisters(read_registers(reader)?)
            }
            FunctionCode::READ_INPUT_REGISTERS => Self::ReadInputRegisters(read_registers(reader)?),
            other => reader.call(|reader| Self::read_other(reader, other))?,
        })
    }

    #[inline(always)]
    fn emit(&self, out: &mut impl Sink) {
        if let Self::Exception(Exception { function, code }) = self {
            out.put_array([function.code() | EXCEPTION, code.code()]);
            return;
        }
        out.put_u8(self.function().code());
        match self {
            Self::ReadCoils(bits) | Self::ReadDiscreteInputs(bits) => {
                out.put_u8(bits.octets_len() as u8);
                bits.emit(out);
            }
            Self::ReadHoldingRegisters(registers)
            | Self::ReadInputRegisters(registers)
            | Self::ReadWriteMultipleRegisters(registers) => {
                out.put_u8(registers.octets_len() as u8);
                registers.emit(out);
            }
            Self::WriteSingleCoil(write) => write.emit(out),
            Self::WriteSingleRegister(write) => write.emit(out),
            Self::ReadExceptionStatus { status } => out.put_u8(*status),
            Self::Diagnostics(diagnostics) => diagnostics.emit(out),
            Self::GetCommEventCounter(counter) => counter.emit(out),
            Self::GetCommEventLog(log) => log.emit(out),
            Self::WriteMultipleCoils(written) | Self::WriteMultipleRegisters(written) => {
                written.emit(out);
            }
            Self::ReportServerId(id) => id.emit(out),
            Self::ReadFileRecord(groups) => groups.emit(out),
            Self::WriteFileRecord(groups) => groups.emit(out),
            Self::MaskWriteRegister(write) => write.emit(out),
            Self::ReadFifoQueue(queue) => queue.emit(out),
            Self::ReadDeviceIdentification(identification) => {
                out.put_u8(MeiType::READ_DEVICE_IDENTIFICATION.code());
                identification.emit(out);
            }
            Self::Encapsulated(encapsulated) => encapsulated.emit(out),
            Self::Custom(custom) => out.put(custom.data()),
            Self::Exception(_) => {}
        }
    }

    #[inline(always)]
    fn wire_len(&self) -> usize {
        let body = match self {
            Self::ReadCoils(bits) | Self::ReadDiscreteInputs(bits) => {
                bits.octets_len().wrapping_add(1)
            }
            Self::ReadHoldingRegisters(registers)
            | Self::ReadInputRegisters(registers)
            | Self::ReadWriteMultipleRegisters(registers) => registers.octets_len().wrapping_add(1),
            Self::WriteSingleCoil(write) => write.wire_len(),
            Self::WriteSingleRegister(write) => write.wire_len(),
            Self::ReadExceptionStatus { .. } => 1,
            Self::Diagnostics(diagnostics) => diagnostics.wire_len(),
            Self::GetCommEventCounter(counter) => counter.wire_len(),
            Self::GetCommEventLog(log) => log.wire_len(),
            Self::WriteMultipleCoils(written) | Self::WriteMultipleRegisters(written) => {
                written.wire_len()
            }
            Self::ReportServerId(id) => id.wire_len(),
            Self::ReadFileRecord(groups) => groups.wire_len(),
            Self::WriteFileRecord(groups) => groups.wire_len(),
            Self::MaskWriteRegister(write) => write.wire_len(),
            Self::ReadFifoQueue(queue) => queue.wire_len(),
            Self::ReadDeviceIdentification(identification) => {
                identification.wire_len().wrapping_add(1)
            }
            Self::Encapsulated(encapsulated) => encapsulated.wire_len(),
            Self::Custom(custom) => custom.data().len(),
            Self::Exception(_) => 1,
        };
        body.wrapping_add(1)
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::Wire;

    use super::{Request, Response};

    #[test]
    fn another_object_does_not_answer_for_the_one_asked_for() {
        let product = Response::from_bytes(&[0x2B, 0x0E, 4, 0x81, 0, 0, 1, 1, 1, b'x']).unwrap();
        let asked = |id| [0x2B, 0x0E, 4, id];
        assert!(product.answers(&Request::from_bytes(&asked(1)).unwrap()));
        assert!(!product.answers(&Request::from_bytes(&asked(2)).unwrap()));
    }
}
