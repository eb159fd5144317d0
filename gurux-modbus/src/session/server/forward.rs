//! A [`Model`] behind something: a reference, a lock, a number of the unit.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use core::ops::DerefMut;

use super::Model;
use crate::wire::{
    Bits, Custom, Encapsulated, ExceptionCode, FunctionCode, ObjectId, Registers, UnitId,
};

/// Forwards each method to the model that `$find` finds, or answers that there is none.
macro_rules! forward {
    ($(#[$meta:meta])* impl [$($generics:tt)*] for $Type:ty: $self:ident, $unit:ident => $find:expr) => {
        $(#[$meta])*
        impl<$($generics)*> Model for $Type {
            fn supports(&mut $self, $unit: UnitId, function: FunctionCode) -> bool {
                with($find, |model| model.supports($unit, function)).unwrap_or(true)
            }
            fn read_coils(&mut $self, $unit: UnitId, address: u16, out: &mut [bool]) -> Result<(), ExceptionCode> {
                with($find, |model| model.read_coils($unit, address, out)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn read_discrete_inputs(&mut $self, $unit: UnitId, address: u16, out: &mut [bool]) -> Result<(), ExceptionCode> {
                with($find, |model| model.read_discrete_inputs($unit, address, out)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn read_holding_registers(&mut $self, $unit: UnitId, address: u16, out: &mut [u16]) -> Result<(), ExceptionCode> {
                with($find, |model| model.read_holding_registers($unit, address, out)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn read_input_registers(&mut $self, $unit: UnitId, address: u16, out: &mut [u16]) -> Result<(), ExceptionCode> {
                with($find, |model| model.read_input_registers($unit, address, out)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn write_coils(&mut $self, $unit: UnitId, address: u16, values: Bits<'_>) -> Result<(), ExceptionCode> {
                with($find, |model| model.write_coils($unit, address, values)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn write_registers(&mut $self, $unit: UnitId, address: u16, values: Registers<'_>) -> Result<(), ExceptionCode> {
                with($find, |model| model.write_registers($unit, address, values)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn exception_status(&mut $self, $unit: UnitId) -> Result<u8, ExceptionCode> {
                with($find, |model| model.exception_status($unit)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn diagnostic_register(&mut $self, $unit: UnitId) -> Result<u16, ExceptionCode> {
                with($find, |model| model.diagnostic_register($unit)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn clear_diagnostic_register(&mut $self, $unit: UnitId) {
                with($find, |model| model.clear_diagnostic_register($unit)).unwrap_or(())
            }
            fn server_id(&mut $self, $unit: UnitId, out: &mut [u8]) -> Result<usize, ExceptionCode> {
                with($find, |model| model.server_id($unit, out)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn read_file(&mut $self, $unit: UnitId, file: u16, record: u16, out: &mut [u16]) -> Result<(), ExceptionCode> {
                with($find, |model| model.read_file($unit, file, record, out)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn write_file(&mut $self, $unit: UnitId, file: u16, record: u16, values: Registers<'_>) -> Result<(), ExceptionCode> {
                with($find, |model| model.write_file($unit, file, record, values)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn read_fifo(&mut $self, $unit: UnitId, address: u16, out: &mut [u16]) -> Result<usize, ExceptionCode> {
                with($find, |model| model.read_fifo($unit, address, out)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn identification(&mut $self, $unit: UnitId, id: ObjectId, out: &mut [u8]) -> Option<usize> {
                with($find, |model| model.identification($unit, id, out)).flatten()
            }
            fn encapsulated(&mut $self, $unit: UnitId, request: Encapsulated<'_>, out: &mut [u8]) -> Result<usize, ExceptionCode> {
                with($find, |model| model.encapsulated($unit, request, out)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
            fn custom(&mut $self, $unit: UnitId, request: Custom<'_>, out: &mut [u8]) -> Result<usize, ExceptionCode> {
                with($find, |model| model.custom($unit, request, out)).unwrap_or(Err(ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND))
            }
        }
    };
}

forward! {
    /// A model that somebody else keeps.
    impl [M: Model + ?Sized] for &mut M: self, unit => Some(&mut **self)
}

forward! {
    /// A model of any kind.
    impl [M: Model + ?Sized] for Box<M>: self, unit => Some(&mut **self)
}

forward! {
    /// Several units behind one server; one that is not there is answered for as by a gateway.
    impl [M: Model] for BTreeMap<UnitId, M>: self, unit => self.get_mut(&unit)
}

forward! {
    /// A model that several servers share, one for each connection.
    #[cfg(feature = "std")]
    impl [M: Model + ?Sized] for std::sync::Arc<std::sync::Mutex<M>>: self, unit =>
        // A panic elsewhere leaves the registers as they are.
        Some(self.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Asks the model, if one was found.
fn with<D: DerefMut<Target: Model>, R>(
    found: Option<D>,
    ask: impl FnOnce(&mut D::Target) -> R,
) -> Option<R> {
    found.map(|mut model| ask(&mut model))
}
