//! The workloads by name, as they stand in `gates.tsv` and in the tables.

/// RTU response with one register to its registers, checksum and all lengths proven.
pub const RTU_1: &str = "modbus_rtu_1";
/// The same with 125 registers.
pub const RTU_125: &str = "modbus_rtu_125";
/// Modbus TCP response with one register to its registers, header and all lengths proven.
pub const TCP_1: &str = "modbus_tcp_1";
/// The same with 125 registers.
pub const TCP_125: &str = "modbus_tcp_125";
/// RTU request for 125 registers, emitted.
pub const RTU_REQUEST: &str = "modbus_rtu_request";
/// Modbus TCP request for 125 registers, emitted.
pub const TCP_REQUEST: &str = "modbus_tcp_request";
/// RTU response with 125 registers, emitted.
pub const RTU_RESPONSE: &str = "modbus_rtu_response_125";
/// Modbus TCP response with 125 registers, emitted.
pub const TCP_RESPONSE: &str = "modbus_tcp_response_125";
/// A client's whole call without I/O: request out, response of 125 registers in and delivered.
pub const TCP_CALL: &str = "modbus_tcp_call_125";
/// An RTU line of 1 KiB of noise, taken apart by a listener to both directions.
pub const RESYNC_1K: &str = "modbus_rtu_resync_1k";
/// The same with 64 KiB: 64 times the work, not more.
pub const RESYNC_64K: &str = "modbus_rtu_resync_64k";
/// M-Bus response with one record: frame checked, header, and each record with value, unit, exponent,
/// function and storage.
pub const MBUS_SMALL: &str = "mbus_small";
/// The same with ten records of as many kinds.
pub const MBUS_TYPICAL: &str = "mbus_typical";
/// The same with 38 records, the longest frame.
pub const MBUS_FULL: &str = "mbus_full";
/// A radio telegram of seven records in three blocks of AES-128-CBC, opened with a key that was set up
/// before, and the same work on its records.
pub const WMBUS_MODE5: &str = "wmbus_mode5";
/// That telegram as a frame of format A: its check sums proven and taken off.
pub const WMBUS_FORMAT_A: &str = "wmbus_format_a";
/// The frame of ten records as one line of JSON.
pub const MBUS_JSON_TYPICAL: &str = "mbus_json_typical";
/// The frame of 38 records as one line of JSON.
pub const MBUS_JSON_FULL: &str = "mbus_json_full";
/// An HDLC frame with 128 octets of information: both sums proven, addresses, control, information.
pub const HDLC_128: &str = "hdlc_128";
/// The same with 2000 octets.
pub const HDLC_2000: &str = "hdlc_2000";
/// A push of about 1 KB under general-glo-ciphering, opened with a key that was set up before: tag
/// proven, text decrypted.
pub const DLMS_GLO_1K: &str = "dlms_glo_1k";
/// The same without a tag.
pub const DLMS_GLO_ENC_ONLY_1K: &str = "dlms_glo_enc_only_1k";

/// An answer to GET with one register.
pub const DLMS_GET_REGISTER: &str = "dlms_get_register";
/// An answer to GET with a load profile of 1000 rows of clock, status and two energies, in one pass:
/// the sum of all numbers and of the lengths of the octet-strings.
pub const DLMS_PROFILE_EVENTS: &str = "dlms_profile_1000x4_events";
/// The same, proven first and then row by row in place.
pub const DLMS_PROFILE_ROWS: &str = "dlms_profile_1000x4_rows";
/// The same, as rows that own what is in them.
pub const DLMS_PROFILE_OWNED: &str = "dlms_profile_1000x4_owned";
/// A data-notification with 100 such rows, in one pass.
pub const DLMS_NOTIFY_EVENTS: &str = "dlms_notify_100x4_events";
/// A register is read over an association that stands: the order, its message, the meter's answer, the
/// value.
pub const DLMS_CLIENT_REGISTER: &str = "dlms_client_register";
/// The same with all authenticated and encrypted.
pub const DLMS_CLIENT_REGISTER_SEALED: &str = "dlms_client_register_sealed";

/// All of them, in the order of the tables.
pub const ALL: [&str; 29] = [
    RTU_1,
    RTU_125,
    TCP_1,
    TCP_125,
    RTU_REQUEST,
    TCP_REQUEST,
    RTU_RESPONSE,
    TCP_RESPONSE,
    TCP_CALL,
    RESYNC_1K,
    RESYNC_64K,
    MBUS_SMALL,
    MBUS_TYPICAL,
    MBUS_FULL,
    WMBUS_MODE5,
    WMBUS_FORMAT_A,
    MBUS_JSON_TYPICAL,
    MBUS_JSON_FULL,
    HDLC_128,
    HDLC_2000,
    DLMS_GLO_1K,
    DLMS_GLO_ENC_ONLY_1K,
    DLMS_GET_REGISTER,
    DLMS_PROFILE_EVENTS,
    DLMS_PROFILE_ROWS,
    DLMS_PROFILE_OWNED,
    DLMS_NOTIFY_EVENTS,
    DLMS_CLIENT_REGISTER,
    DLMS_CLIENT_REGISTER_SEALED,
];
