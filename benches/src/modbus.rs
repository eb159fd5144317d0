//! Our contender for the Modbus workloads.

use crate::contender::Contender;

/// Ours, for the workloads of [`names`](crate::names).
pub fn contender(_workload: &str) -> Option<Contender> {
    None
}
