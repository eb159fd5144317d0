//! Ports, links and modems; M-Bus.

use super::types::{
    ARRAY, DOUBLE_LONG_UNSIGNED, ENUM, INTEGER, LN, LONG_UNSIGNED, OCTET_STRING, STRUCTURE, Type,
    UNSIGNED, WINDOWS, field,
};
use super::{Attribute, Class, ClassId, LOGICAL_NAME, dynamic, first, fixed, method};

/// Two independent lists of the same attributes and methods.
const BOTH: &str = "hupe1980/dlms-cosem-rs src/cosem/classes.rs; bearxiong99/wireshark-dlms dlms.c";
/// Two models of the same classes.
const MODEL: &str =
    "gvtret/dlms lib/dlms-cosem/docs/01_cosem_api.md; Gurux/Gurux.DLMS.Python objects";
/// A model of the class.
const PORT: &str = "Gurux/Gurux.DLMS.Python objects/GXDLMSCommunicationPortProtection.py";

#[rustfmt::skip]
const AUTO_ANSWER: &[Attribute] = &[
    LOGICAL_NAME,
    fixed(2, "mode", ENUM),
    fixed(3, "listening_window", WINDOWS),
    dynamic(4, "status", ENUM),
    fixed(5, "number_of_calls", UNSIGNED),
    fixed(6, "number_of_rings", Type::Structure(&[field("nr_rings_in_window", UNSIGNED), field("nr_rings_out_of_window", UNSIGNED)])),
    fixed(7, "list_of_allowed_callers", ARRAY),
];

#[rustfmt::skip]
const AUTO_CONNECT: &[Attribute] = &[
    LOGICAL_NAME,
    fixed(2, "mode", ENUM),
    fixed(3, "repetitions", UNSIGNED),
    fixed(4, "repetition_delay", LONG_UNSIGNED),
    fixed(5, "calling_window", WINDOWS),
    fixed(6, "destination_list", Type::Array(&OCTET_STRING)),
];

#[rustfmt::skip]
const MBUS_CLIENT: &[Attribute] = &[
    LOGICAL_NAME,
    fixed(2, "mbus_port_reference", LN),
    fixed(3, "capture_definition", Type::Array(&Type::Structure(&[field("data_information_block", OCTET_STRING), field("value_information_block", OCTET_STRING)]))),
    fixed(4, "capture_period", DOUBLE_LONG_UNSIGNED),
    dynamic(5, "primary_address", UNSIGNED),
    dynamic(6, "identification_number", DOUBLE_LONG_UNSIGNED),
    dynamic(7, "manufacturer_id", LONG_UNSIGNED),
    dynamic(8, "version", UNSIGNED),
    dynamic(9, "device_type", UNSIGNED),
    dynamic(10, "access_number", UNSIGNED),
    dynamic(11, "status", UNSIGNED),
    dynamic(12, "alarm", UNSIGNED),
    dynamic(13, "configuration", LONG_UNSIGNED),
    dynamic(14, "encryption_key_status", ENUM),
];

#[rustfmt::skip]
pub(super) const CLASSES: &[Class] = &[
    Class { id: ClassId::IEC_LOCAL_PORT_SETUP, version: 1, source: MODEL, attributes: &[
        LOGICAL_NAME,
        fixed(2, "default_mode", ENUM),
        fixed(3, "default_baud", ENUM),
        fixed(4, "proposed_baud", ENUM),
        fixed(5, "response_time", ENUM),
        fixed(6, "device_address", OCTET_STRING),
        fixed(7, "password_1", OCTET_STRING),
        fixed(8, "password_2", OCTET_STRING),
        fixed(9, "password_5", OCTET_STRING),
    ], methods: &[] },
    Class { id: ClassId::IEC_HDLC_SETUP, version: 1, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "comm_speed", ENUM),
        fixed(3, "window_size_transmit", UNSIGNED),
        fixed(4, "window_size_receive", UNSIGNED),
        fixed(5, "max_info_field_length_transmit", LONG_UNSIGNED),
        fixed(6, "max_info_field_length_receive", LONG_UNSIGNED),
        fixed(7, "inter_octet_time_out", LONG_UNSIGNED),
        fixed(8, "inactivity_time_out", LONG_UNSIGNED),
        dynamic(9, "device_address", LONG_UNSIGNED),
    ], methods: &[] },
    Class { id: ClassId::IEC_TWISTED_PAIR_SETUP, version: 0, source: MODEL, attributes: &[
        LOGICAL_NAME,
        fixed(2, "secondary_address", OCTET_STRING),
        fixed(3, "primary_address_list", Type::Array(&OCTET_STRING)),
        fixed(4, "tabi_list", Type::Array(&INTEGER)),
        dynamic(5, "fatal_error", ENUM),
    ], methods: &[] },
    Class { id: ClassId::MBUS_SLAVE_PORT_SETUP, version: 0, source: MODEL, attributes: &[
        LOGICAL_NAME,
        fixed(2, "default_baud", ENUM),
        fixed(3, "avail_baud", ENUM),
        fixed(4, "addr_state", ENUM),
        fixed(5, "bus_address", UNSIGNED),
    ], methods: &[] },
    Class { id: ClassId::MODEM_CONFIGURATION, version: 1, source: MODEL, attributes: &[
        LOGICAL_NAME,
        fixed(2, "comm_speed", ENUM),
        fixed(3, "initialization_string", Type::Array(&STRUCTURE)),
        fixed(4, "modem_profile", Type::Array(&OCTET_STRING)),
    ], methods: &[] },
    Class { id: ClassId::AUTO_ANSWER, version: 0, source: MODEL,
        attributes: first(6, AUTO_ANSWER), methods: &[] },
    Class { id: ClassId::AUTO_ANSWER, version: 2, source: MODEL,
        attributes: AUTO_ANSWER, methods: &[] },
    Class { id: ClassId::AUTO_CONNECT, version: 0, source: MODEL,
        attributes: AUTO_CONNECT, methods: &[] },
    Class { id: ClassId::AUTO_CONNECT, version: 1, source: MODEL,
        attributes: AUTO_CONNECT, methods: &[] },
    Class { id: ClassId::AUTO_CONNECT, version: 2, source: MODEL,
        attributes: AUTO_CONNECT, methods: &[method(1, "connect")] },
    Class { id: ClassId::MBUS_CLIENT, version: 0, source: MODEL,
        attributes: first(12, MBUS_CLIENT), methods: &[
            method(1, "slave_install"),
            method(2, "slave_deinstall"),
            method(3, "capture"),
            method(4, "reset_alarm"),
            method(5, "synchronize_clock"),
            method(6, "data_send"),
            method(7, "set_encryption_key"),
            method(8, "transfer_key"),
        ] },
    Class { id: ClassId::MBUS_CLIENT, version: 1, source: MODEL,
        attributes: MBUS_CLIENT, methods: &[
            method(1, "slave_install"),
            method(2, "slave_deinstall"),
            method(3, "capture"),
            method(4, "reset_alarm"),
            method(5, "synchronize_clock"),
            method(6, "data_send"),
            method(7, "set_encryption_key"),
            method(8, "transfer_key"),
        ] },
    Class { id: ClassId::MBUS_MASTER_PORT_SETUP, version: 0, source: MODEL, attributes: &[
        LOGICAL_NAME,
        fixed(2, "comm_speed", ENUM),
    ], methods: &[] },
    Class { id: ClassId::COMMUNICATION_PORT_PROTECTION, version: 0, source: PORT, attributes: &[
        LOGICAL_NAME,
        fixed(2, "protection_mode", ENUM),
        fixed(3, "allowed_failed_attempts", LONG_UNSIGNED),
        fixed(4, "initial_lockout_time", DOUBLE_LONG_UNSIGNED),
        fixed(5, "steepness_factor", UNSIGNED),
        fixed(6, "max_lockout_time", DOUBLE_LONG_UNSIGNED),
        fixed(7, "port_reference", LN),
        dynamic(8, "protection_status", ENUM),
        dynamic(9, "failed_attempts", DOUBLE_LONG_UNSIGNED),
        dynamic(10, "cumulative_failed_attempts", DOUBLE_LONG_UNSIGNED),
    ], methods: &[method(1, "reset")] },
];
