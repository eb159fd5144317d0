//! [`Model`]: what a user implements to be a device.

use crate::wire::{
    Bits, Custom, Encapsulated, ExceptionCode, FunctionCode, ObjectId, Registers, UnitId,
};

/// The data behind a [`Server`](super::Server).
///
/// Each method is one kind of access; what a device does not have stays as it is and answers
/// "illegal function". The server has already checked what the standard lets it check: the form
/// of the request, its quantities, and that no span runs past address 65535. What is left to the
/// model is whether the items exist and may be read or written: `Err` is the exception that the
/// client gets.
///
/// Addresses count from 0. `unit` is who was called; a device that is one unit ignores it. It is 0
/// for a broadcast to a server that was not told its units.
///
/// ```
/// use gurux_modbus::session::Model;
/// use gurux_modbus::wire::{ExceptionCode, UnitId};
///
/// /// A meter with two registers: volts and amperes.
/// struct Meter;
///
/// impl Model for Meter {
///     fn read_input_registers(
///         &mut self,
///         _: UnitId,
///         address: u16,
///         out: &mut [u16],
///     ) -> Result<(), ExceptionCode> {
///         for (at, register) in (address..).zip(out) {
///             *register = match at {
///                 0 => 230,
///                 1 => 16,
///                 _ => return Err(ExceptionCode::ILLEGAL_DATA_ADDRESS),
///             };
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Model {
    /// Does the device know this function? Asked before all else; what it does not know is
    /// answered by "illegal function", whatever the request says. All are known by default, and
    /// what is not implemented then refuses.
    fn supports(&mut self, unit: UnitId, function: FunctionCode) -> bool {
        let _ = (unit, function);
        true
    }

    /// Reads the coils from `address` on into `out` (01).
    ///
    /// # Errors
    /// Why not.
    fn read_coils(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [bool],
    ) -> Result<(), ExceptionCode> {
        let _ = (unit, address, out);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Reads the discrete inputs from `address` on into `out` (02).
    ///
    /// # Errors
    /// Why not.
    fn read_discrete_inputs(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [bool],
    ) -> Result<(), ExceptionCode> {
        let _ = (unit, address, out);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Reads the holding registers from `address` on into `out` (03, 16, 17).
    ///
    /// # Errors
    /// Why not.
    fn read_holding_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        let _ = (unit, address, out);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Reads the input registers from `address` on into `out` (04).
    ///
    /// # Errors
    /// Why not.
    fn read_input_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        let _ = (unit, address, out);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Switches the coils from `address` on (05, 0F): all of them or none.
    ///
    /// # Errors
    /// Why not.
    fn write_coils(
        &mut self,
        unit: UnitId,
        address: u16,
        values: Bits<'_>,
    ) -> Result<(), ExceptionCode> {
        let _ = (unit, address, values);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Writes the holding registers from `address` on (06, 10, 16, 17): all of them or none.
    ///
    /// # Errors
    /// Why not.
    fn write_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        values: Registers<'_>,
    ) -> Result<(), ExceptionCode> {
        let _ = (unit, address, values);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// The eight exception status outputs (07).
    ///
    /// # Errors
    /// Why not.
    fn exception_status(&mut self, unit: UnitId) -> Result<u8, ExceptionCode> {
        let _ = unit;
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// The diagnostic register (08/02).
    ///
    /// # Errors
    /// Why not.
    fn diagnostic_register(&mut self, unit: UnitId) -> Result<u16, ExceptionCode> {
        let _ = unit;
        Ok(0)
    }

    /// Clears the diagnostic register (08/0A); the server clears its counters itself.
    fn clear_diagnostic_register(&mut self, unit: UnitId) {
        let _ = unit;
    }

    /// Writes what the device says of itself into `out` and says how many octets that are (11):
    /// by the standard the server id, then FF for running or 00 for stopped, then what it likes.
    ///
    /// # Errors
    /// Why not.
    fn server_id(&mut self, unit: UnitId, out: &mut [u8]) -> Result<usize, ExceptionCode> {
        let _ = (unit, out);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Reads registers of a file, from a record on, into `out` (14). The server calls once for
    /// each group.
    ///
    /// # Errors
    /// Why not.
    fn read_file(
        &mut self,
        unit: UnitId,
        file: u16,
        record: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        let _ = (unit, file, record, out);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Writes registers of a file, from a record on (15). The server calls once for each group;
    /// those before a refused one are written.
    ///
    /// # Errors
    /// Why not.
    fn write_file(
        &mut self,
        unit: UnitId,
        file: u16,
        record: u16,
        values: Registers<'_>,
    ) -> Result<(), ExceptionCode> {
        let _ = (unit, file, record, values);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Copies the queue at `address` into `out`, the oldest first, and says how many registers it
    /// holds; more than the 31 that fit is refused by the server (18).
    ///
    /// # Errors
    /// Why not.
    fn read_fifo(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<usize, ExceptionCode> {
        let _ = (unit, address, out);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Writes an object of the device identification into `out` and says how many octets it has;
    /// `None` if there is no such object (2B/0E). A device that has none at all refuses the
    /// function. The server finds out by asking which level the device conforms to.
    fn identification(&mut self, unit: UnitId, id: ObjectId, out: &mut [u8]) -> Option<usize> {
        let _ = (unit, id, out);
        None
    }

    /// Carries out a request of another protocol (2B/0D and unknown MEI types); the answer goes
    /// into `out`, with its octets as result.
    ///
    /// # Errors
    /// Why not.
    fn encapsulated(
        &mut self,
        unit: UnitId,
        request: Encapsulated<'_>,
        out: &mut [u8],
    ) -> Result<usize, ExceptionCode> {
        let _ = (unit, request, out);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }

    /// Carries out a function that the standard does not know; the answer goes into `out`, with
    /// its octets as result.
    ///
    /// # Errors
    /// Why not.
    fn custom(
        &mut self,
        unit: UnitId,
        request: Custom<'_>,
        out: &mut [u8],
    ) -> Result<usize, ExceptionCode> {
        let _ = (unit, request, out);
        Err(ExceptionCode::ILLEGAL_FUNCTION)
    }
}
