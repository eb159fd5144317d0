//! Other people's libraries, and code written by hand for one case only, on the workloads of
//! [`gurux_benches`]: the same octets in, the same result out, the same checks done on the way.
//!
//! One file a library; each answers [`Contender`]s for the workloads that its API can do.

mod bare_cipher;
mod dlms_cosem_rs;
mod floor;
mod m_bus_parser;
mod modbus_core;
mod rmodbus;
mod rustmod;
mod rusty;
mod tokio_modbus;

use gurux_benches::{OURS, Workload};

/// The workloads with everybody who does them; ours first, the hand-written floor second.
pub fn workloads() -> Vec<Workload> {
    let others = [
        floor::contender,
        bare_cipher::contender,
        modbus_core::contender,
        rmodbus::contender,
        rustmod::contender,
        rusty::contender,
        tokio_modbus::contender,
        m_bus_parser::contender,
        dlms_cosem_rs::contender,
    ];
    Workload::all(&[&OURS[..], &others].concat())
}
