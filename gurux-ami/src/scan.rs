//! Who is on a line: the protocols that `scan` knows.

pub(crate) mod dlms;
pub(crate) mod mbus;
pub(crate) mod modbus;

/// The names that `--protocol` takes: a protocol, or one of its transports.
pub(crate) static PROTOCOLS: &[&str] = &[
    "dlms",
    "mbus",
    "mbus-wired",
    "mbus-wireless",
    "wmbus",
    "modbus",
    "modbus-rtu",
    "modbus-ascii",
    "modbus-tcp",
];
