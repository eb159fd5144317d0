//! One method for each function that needs no more than a line.

use alloc::boxed::Box;

use super::{Client, RequestId, SendOptions};
use crate::Error;
use crate::session::Identification;
use crate::wire::{
    Bits, Diagnostics, MaskWrite, ObjectId, ReadDeviceIdCode, ReadDeviceIdentification,
    ReadWriteRegisters, Registers, Request, Span, UnitId, WriteCoil, WriteCoils, WriteRegister,
    WriteRegisters,
};

/// Each is [`send`](Client::send) with the request that it is named for. Addresses count from 0.
impl Client {
    /// Reads 1 to 2000 coils (01).
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Quantity`].
    pub fn read_coils(
        &mut self,
        unit: UnitId,
        address: u16,
        count: u16,
    ) -> Result<RequestId, Error> {
        self.send(unit, &Request::ReadCoils(Span::new(address, count)?))
    }

    /// Reads 1 to 2000 discrete inputs (02).
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Quantity`].
    pub fn read_discrete_inputs(
        &mut self,
        unit: UnitId,
        address: u16,
        count: u16,
    ) -> Result<RequestId, Error> {
        self.send(unit, &Request::ReadDiscreteInputs(Span::new(address, count)?))
    }

    /// Reads 1 to 125 holding registers (03).
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Quantity`].
    pub fn read_holding_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        count: u16,
    ) -> Result<RequestId, Error> {
        self.send(unit, &Request::ReadHoldingRegisters(Span::new(address, count)?))
    }

    /// Reads 1 to 125 input registers (04).
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Quantity`].
    pub fn read_input_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        count: u16,
    ) -> Result<RequestId, Error> {
        self.send(unit, &Request::ReadInputRegisters(Span::new(address, count)?))
    }

    /// Switches a coil (05).
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn write_single_coil(
        &mut self,
        unit: UnitId,
        address: u16,
        value: bool,
    ) -> Result<RequestId, Error> {
        self.send(unit, &Request::WriteSingleCoil(WriteCoil { address, value }))
    }

    /// Writes a holding register (06).
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn write_single_register(
        &mut self,
        unit: UnitId,
        address: u16,
        value: u16,
    ) -> Result<RequestId, Error> {
        self.send(unit, &Request::WriteSingleRegister(WriteRegister { address, value }))
    }

    /// Reads the eight exception status outputs (07).
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn read_exception_status(&mut self, unit: UnitId) -> Result<RequestId, Error> {
        self.send(unit, &Request::ReadExceptionStatus)
    }

    /// Tests the line or reads a counter (08).
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn diagnostics(
        &mut self,
        unit: UnitId,
        diagnostics: Diagnostics<'_>,
    ) -> Result<RequestId, Error> {
        self.send(unit, &Request::Diagnostics(diagnostics))
    }

    /// Reads the status and the event count (0B).
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn get_comm_event_counter(&mut self, unit: UnitId) -> Result<RequestId, Error> {
        self.send(unit, &Request::GetCommEventCounter)
    }

    /// Reads the event log (0C).
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn get_comm_event_log(&mut self, unit: UnitId) -> Result<RequestId, Error> {
        self.send(unit, &Request::GetCommEventLog)
    }

    /// Switches 1 to 1968 coils (0F).
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Quantity`].
    pub fn write_multiple_coils(
        &mut self,
        unit: UnitId,
        address: u16,
        values: &[bool],
    ) -> Result<RequestId, Error> {
        self.send(unit, &Request::WriteMultipleCoils(WriteCoils::new(address, Bits::new(values)?)?))
    }

    /// Writes 1 to 123 holding registers (10).
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Quantity`].
    pub fn write_multiple_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        values: &[u16],
    ) -> Result<RequestId, Error> {
        self.send(
            unit,
            &Request::WriteMultipleRegisters(WriteRegisters::new(
                address,
                Registers::new(values)?,
            )?),
        )
    }

    /// Reads what the server says of itself (11).
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn report_server_id(&mut self, unit: UnitId) -> Result<RequestId, Error> {
        self.send(unit, &Request::ReportServerId)
    }

    /// Changes bits of a holding register (16): the bits of `and_mask` stay, the others come from
    /// `or_mask`.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn mask_write_register(
        &mut self,
        unit: UnitId,
        address: u16,
        and_mask: u16,
        or_mask: u16,
    ) -> Result<RequestId, Error> {
        self.send(unit, &Request::MaskWriteRegister(MaskWrite { address, and_mask, or_mask }))
    }

    /// Writes 1 to 121 registers from `write_address` on, then reads 1 to 125 (17).
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Quantity`].
    pub fn read_write_multiple_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        count: u16,
        write_address: u16,
        values: &[u16],
    ) -> Result<RequestId, Error> {
        self.send(
            unit,
            &Request::ReadWriteMultipleRegisters(ReadWriteRegisters::new(
                Span::new(address, count)?,
                write_address,
                Registers::new(values)?,
            )?),
        )
    }

    /// Reads a queue of up to 31 registers, and leaves it as it is (18).
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn read_fifo_queue(&mut self, unit: UnitId, address: u16) -> Result<RequestId, Error> {
        self.send(unit, &Request::ReadFifoQueue { address })
    }

    /// Reads one part of what a device says of itself (2B/0E): from `object` on, or only that one.
    /// Whether more follows, the response says.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Code`] for an unknown `code`.
    pub fn read_device_identification(
        &mut self,
        unit: UnitId,
        code: ReadDeviceIdCode,
        object: ObjectId,
    ) -> Result<RequestId, Error> {
        let request = ReadDeviceIdentification::new(code, object)?;
        self.send(unit, &Request::ReadDeviceIdentification(request))
    }

    /// Reads all that a device says of itself at a level (2B/0E): asks again as long as more
    /// follows, and tells the whole as [`ClientEvent::Identified`](super::ClientEvent::Identified).
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`Error::Code`] for an unknown `code`.
    pub fn identify(&mut self, unit: UnitId, code: ReadDeviceIdCode) -> Result<RequestId, Error> {
        let request = ReadDeviceIdentification::new(code, ObjectId::VENDOR_NAME)?;
        let request = Request::ReadDeviceIdentification(request);
        let parts = Some(Box::new(Identification::default()));
        self.core.enqueue(unit, &request, SendOptions::default(), parts)
    }
}
