//! Prepayment, and the switching of functions.

use super::types::{
    ARRAY, BIT_STRING, DATE_TIME, DOUBLE_LONG, DOUBLE_LONG_UNSIGNED, ENUM, LN, LONG_UNSIGNED,
    OCTET_STRING, STRUCTURE, Type, UNSIGNED, VISIBLE_STRING, field,
};
use super::{Class, ClassId, LOGICAL_NAME, dynamic, fixed, method};

/// The lists of the Blue Book, transcribed.
const BLUE_BOOK: &str = "public transcription of DLMS UA 1000-1 part 2 ed. 16, KB-L3-IC files";

#[rustfmt::skip]
pub(super) const CLASSES: &[Class] = &[
    Class { id: ClassId::ACCOUNT, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "account_mode_and_status", Type::Structure(&[field("payment_mode", ENUM), field("account_status", ENUM)])),
        dynamic(3, "current_credit_in_use", UNSIGNED),
        dynamic(4, "current_credit_status", BIT_STRING),
        dynamic(5, "available_credit", DOUBLE_LONG),
        dynamic(6, "amount_to_clear", DOUBLE_LONG),
        fixed(7, "clearance_threshold", DOUBLE_LONG),
        dynamic(8, "aggregated_debt", DOUBLE_LONG),
        fixed(9, "credit_reference_list", Type::Array(&LN)),
        fixed(10, "charge_reference_list", Type::Array(&LN)),
        fixed(11, "credit_charge_configuration", ARRAY),
        fixed(12, "token_gateway_configuration", ARRAY),
        fixed(13, "account_activation_time", DATE_TIME),
        fixed(14, "account_closure_time", DATE_TIME),
        fixed(15, "currency", STRUCTURE),
        dynamic(16, "low_credit_threshold", DOUBLE_LONG),
        dynamic(17, "next_credit_available_threshold", DOUBLE_LONG),
        fixed(18, "max_provision", LONG_UNSIGNED),
        fixed(19, "max_provision_period", DOUBLE_LONG),
    ], methods: &[
        method(1, "activate_account"),
        method(2, "close_account"),
        method(3, "reset_account"),
    ] },
    Class { id: ClassId::CREDIT, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "current_credit_amount", DOUBLE_LONG),
        fixed(3, "credit_type", ENUM),
        fixed(4, "priority", UNSIGNED),
        fixed(5, "warning_threshold", DOUBLE_LONG),
        fixed(6, "limit", DOUBLE_LONG),
        fixed(7, "credit_configuration", BIT_STRING),
        dynamic(8, "credit_status", ENUM),
        fixed(9, "preset_credit_amount", DOUBLE_LONG),
        fixed(10, "credit_available_threshold", DOUBLE_LONG),
        fixed(11, "period", DATE_TIME),
    ], methods: &[
        method(1, "update_amount"),
        method(2, "set_amount_to_value"),
        method(3, "invoke_credit"),
    ] },
    Class { id: ClassId::CHARGE, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "total_amount_paid", DOUBLE_LONG),
        fixed(3, "charge_type", ENUM),
        fixed(4, "priority", UNSIGNED),
        fixed(5, "unit_charge_active", STRUCTURE),
        fixed(6, "unit_charge_passive", STRUCTURE),
        fixed(7, "unit_charge_activation_time", DATE_TIME),
        fixed(8, "period", DOUBLE_LONG_UNSIGNED),
        fixed(9, "charge_configuration", BIT_STRING),
        dynamic(10, "last_collection_time", DATE_TIME),
        dynamic(11, "last_collection_amount", DOUBLE_LONG),
        dynamic(12, "total_amount_remaining", DOUBLE_LONG),
        fixed(13, "proportion", LONG_UNSIGNED),
    ], methods: &[
        method(1, "update_unit_charge"),
        method(2, "activate_passive_unit_charge"),
        method(3, "collect"),
        method(4, "update_total_amount_remaining"),
        method(5, "set_total_amount_remaining"),
    ] },
    Class { id: ClassId::TOKEN_GATEWAY, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "token", OCTET_STRING),
        dynamic(3, "token_time", DATE_TIME),
        dynamic(4, "token_description", ARRAY),
        dynamic(5, "token_delivery_method", ENUM),
        dynamic(6, "token_status", STRUCTURE),
    ], methods: &[method(1, "enter")] },
    Class { id: ClassId::IEC_62055_41_ATTRIBUTES, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "meter_pan", STRUCTURE),
        fixed(3, "commodity", VISIBLE_STRING),
        fixed(4, "token_carrier_types", ARRAY),
        fixed(5, "encryption_algorithm", UNSIGNED),
        dynamic(6, "supply_group_code", DOUBLE_LONG_UNSIGNED),
        dynamic(7, "tariff_index", UNSIGNED),
        dynamic(8, "key_revision_number", UNSIGNED),
        dynamic(9, "key_type", UNSIGNED),
        dynamic(10, "key_expiry_number", UNSIGNED),
        fixed(11, "no_of_kct_supported", UNSIGNED),
        fixed(12, "sts_certificate_no", VISIBLE_STRING),
    ], methods: &[] },
    Class { id: ClassId::FUNCTION_CONTROL, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "activation_status", ARRAY),
        fixed(3, "function_list", ARRAY),
    ], methods: &[
        method(1, "set_function_status"),
        method(2, "add_function"),
        method(3, "remove_function"),
    ] },
    Class { id: ClassId::ARRAY_MANAGER, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "array_object_list", ARRAY),
    ], methods: &[
        method(1, "retrieve_number_of_entries"),
        method(2, "retrieve_entries"),
        method(3, "insert_entry"),
        method(4, "update_entry"),
        method(5, "remove_entries"),
    ] },
];
