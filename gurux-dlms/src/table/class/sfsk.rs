//! Power line: S-FSK, and the link layers of ISO/IEC 8802-2.

use super::types::{
    ARRAY, BOOLEAN, DOUBLE_LONG_UNSIGNED, ENUM, LONG_UNSIGNED, OCTET_STRING, STRUCTURE, Type,
    UNSIGNED, field,
};
use super::{Class, ClassId, LOGICAL_NAME, dynamic, fixed, method};

/// The lists of the Blue Book, transcribed.
const BLUE_BOOK: &str = "public transcription of DLMS UA 1000-1 part 2 ed. 16, KB-L3-IC files";

#[rustfmt::skip]
pub(super) const CLASSES: &[Class] = &[
    Class { id: ClassId::SFSK_PHY_MAC_SETUP, version: 1, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "initiator_electrical_phase", ENUM),
        dynamic(3, "delta_electrical_phase", ENUM),
        fixed(4, "max_receiving_gain", UNSIGNED),
        fixed(5, "max_transmitting_gain", UNSIGNED),
        fixed(6, "search_initiator_threshold", UNSIGNED),
        fixed(7, "frequencies", Type::Structure(&[field("mark_frequency", DOUBLE_LONG_UNSIGNED), field("space_frequency", DOUBLE_LONG_UNSIGNED)])),
        dynamic(8, "mac_address", LONG_UNSIGNED),
        fixed(9, "mac_group_addresses", Type::Array(&LONG_UNSIGNED)),
        fixed(10, "repeater", ENUM),
        dynamic(11, "repeater_status", BOOLEAN),
        dynamic(12, "min_delta_credit", UNSIGNED),
        dynamic(13, "initiator_mac_address", LONG_UNSIGNED),
        dynamic(14, "synchronization_locked", BOOLEAN),
        fixed(15, "transmission_speed", ENUM),
    ], methods: &[] },
    Class { id: ClassId::SFSK_ACTIVE_INITIATOR, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "active_initiator", Type::Structure(&[field("system_title", OCTET_STRING), field("mac_address", LONG_UNSIGNED), field("l_sap_selector", UNSIGNED)])),
    ], methods: &[method(1, "reset_new_not_synchronized")] },
    Class { id: ClassId::SFSK_MAC_SYNCHRONIZATION_TIMEOUTS, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "search_initiator_timeout", LONG_UNSIGNED),
        fixed(3, "synchronization_confirmation_timeout", LONG_UNSIGNED),
        fixed(4, "time_out_not_addressed", LONG_UNSIGNED),
        fixed(5, "time_out_frame_not_ok", LONG_UNSIGNED),
    ], methods: &[] },
    Class { id: ClassId::SFSK_MAC_COUNTERS, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "synchronization_register", ARRAY),
        dynamic(3, "desynchronization_listing", STRUCTURE),
        dynamic(4, "broadcast_frames_counter", ARRAY),
        dynamic(5, "repetitions_counter", DOUBLE_LONG_UNSIGNED),
        dynamic(6, "transmissions_counter", DOUBLE_LONG_UNSIGNED),
        dynamic(7, "crc_ok_frames_counter", DOUBLE_LONG_UNSIGNED),
        dynamic(8, "crc_nok_frames_counter", DOUBLE_LONG_UNSIGNED),
    ], methods: &[method(1, "reset")] },
    Class { id: ClassId::SFSK_REPORTING_SYSTEM_LIST, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "reporting_system_list", Type::Array(&OCTET_STRING)),
    ], methods: &[] },
    Class { id: ClassId::LLC_TYPE_1_SETUP, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "max_octets_ui_pdu", LONG_UNSIGNED),
    ], methods: &[] },
    Class { id: ClassId::LLC_TYPE_3_SETUP, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "max_octets_acn_pdu_n3", LONG_UNSIGNED),
        fixed(3, "max_number_transmissions_n4", UNSIGNED),
        fixed(4, "acknowledgement_time_t1", LONG_UNSIGNED),
        fixed(5, "receive_lifetime_var_t2", LONG_UNSIGNED),
        fixed(6, "transmit_lifetime_var_t3", LONG_UNSIGNED),
    ], methods: &[] },
    Class { id: ClassId::LLC_TYPE_2_SETUP, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "transmit_window_size_k", UNSIGNED),
        fixed(3, "receive_window_size_rw", UNSIGNED),
        fixed(4, "max_octets_i_pdu_n1", LONG_UNSIGNED),
        fixed(5, "max_number_transmissions_n2", UNSIGNED),
        fixed(6, "acknowledgement_timer", LONG_UNSIGNED),
        fixed(7, "p_bit_timer", LONG_UNSIGNED),
        fixed(8, "reject_timer", LONG_UNSIGNED),
        fixed(9, "busy_state_timer", LONG_UNSIGNED),
    ], methods: &[] },
];
