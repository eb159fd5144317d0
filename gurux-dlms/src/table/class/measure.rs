//! Values, registers and profiles.

use super::types::{
    ACTION_SET, ANY, ARRAY, CAPTURE_OBJECT, CAPTURE_OBJECTS, DATE_TIME, DOUBLE_LONG_UNSIGNED, ENUM,
    INTEGER, LN, LONG_UNSIGNED, OCTET_STRING, SCALER_UNIT, STRUCTURE, Type, UNSIGNED,
    VALUE_DEFINITION, field,
};
use super::{Class, ClassId, LOGICAL_NAME, Method, dynamic, fixed, method};

/// Two independent lists of the same attributes and methods.
const BOTH: &str = "hupe1980/dlms-cosem-rs src/cosem/classes.rs; bearxiong99/wireshark-dlms dlms.c";
const RUST: &str =
    "hupe1980/dlms-cosem-rs src/cosem/classes.rs; gvtret/dlms lib/dlms-cosem/docs/01_cosem_api.md";
/// The list of the Blue Book, transcribed.
const BLUE_BOOK: &str = "public transcription of DLMS UA 1000-1 part 2 ed. 16, KB-L3-IC files";
const MATRIX: &str =
    "gvtret/dlms lib/dlms-cosem/docs/01_cosem_api.md; Gurux/Gurux.DLMS.Net Objects";

const RESET_CAPTURE: &[Method] = &[method(1, "reset"), method(2, "capture")];

const CHANGED_PARAMETER: Type = Type::Structure(&[
    field("class_id", LONG_UNSIGNED),
    field("logical_name", LN),
    field("attribute_index", INTEGER),
    field("attribute_value", ANY),
]);

const BUFFER: Type = Type::Array(&ANY);

#[rustfmt::skip]
pub(super) const CLASSES: &[Class] = &[
    Class { id: ClassId::DATA, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "value", ANY),
    ], methods: &[] },
    Class { id: ClassId::REGISTER, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "value", ANY),
        fixed(3, "scaler_unit", SCALER_UNIT),
    ], methods: &[method(1, "reset")] },
    Class { id: ClassId::EXTENDED_REGISTER, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "value", ANY),
        fixed(3, "scaler_unit", SCALER_UNIT),
        dynamic(4, "status", ANY),
        dynamic(5, "capture_time", DATE_TIME),
    ], methods: &[method(1, "reset")] },
    Class { id: ClassId::DEMAND_REGISTER, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "current_average_value", ANY),
        dynamic(3, "last_average_value", ANY),
        fixed(4, "scaler_unit", SCALER_UNIT),
        dynamic(5, "status", ANY),
        dynamic(6, "capture_time", DATE_TIME),
        dynamic(7, "start_time_current", DATE_TIME),
        fixed(8, "period", DOUBLE_LONG_UNSIGNED),
        fixed(9, "number_of_periods", LONG_UNSIGNED),
    ], methods: &[method(1, "reset"), method(2, "next_period")] },
    Class { id: ClassId::REGISTER_ACTIVATION, version: 0, source: RUST, attributes: &[
        LOGICAL_NAME,
        fixed(2, "register_assignment", Type::Array(&Type::Structure(&[
            field("class_id", LONG_UNSIGNED),
            field("logical_name", LN),
        ]))),
        fixed(3, "mask_list", Type::Array(&Type::Structure(&[
            field("mask_name", OCTET_STRING),
            field("index_list", Type::Array(&UNSIGNED)),
        ]))),
        dynamic(4, "active_mask", OCTET_STRING),
    ], methods: &[method(1, "add_register"), method(2, "add_mask"), method(3, "delete_mask")] },
    Class { id: ClassId::PROFILE_GENERIC, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "buffer", BUFFER),
        // Older meters leave the index of the data out.
        fixed(3, "capture_objects", Type::Array(&Type::Choice(&[CAPTURE_OBJECT, VALUE_DEFINITION]))),
        fixed(4, "capture_period", DOUBLE_LONG_UNSIGNED),
        fixed(5, "sort_method", ENUM),
        fixed(6, "sort_object", Type::Choice(&[CAPTURE_OBJECT, VALUE_DEFINITION])),
        dynamic(7, "entries_in_use", DOUBLE_LONG_UNSIGNED),
        fixed(8, "profile_entries", DOUBLE_LONG_UNSIGNED),
    ], methods: &[
        method(1, "reset"),
        method(2, "capture"),
        method(3, "get_buffer_by_range"),
        method(4, "get_buffer_by_index"),
    ] },
    Class { id: ClassId::PROFILE_GENERIC, version: 1, source: BOTH, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "buffer", BUFFER),
        fixed(3, "capture_objects", CAPTURE_OBJECTS),
        fixed(4, "capture_period", DOUBLE_LONG_UNSIGNED),
        fixed(5, "sort_method", ENUM),
        fixed(6, "sort_object", CAPTURE_OBJECT),
        dynamic(7, "entries_in_use", DOUBLE_LONG_UNSIGNED),
        fixed(8, "profile_entries", DOUBLE_LONG_UNSIGNED),
    ], methods: RESET_CAPTURE },
    Class { id: ClassId::UTILITY_TABLES, version: 0, source: MATRIX, attributes: &[
        LOGICAL_NAME,
        fixed(2, "table_id", LONG_UNSIGNED),
        dynamic(3, "length", DOUBLE_LONG_UNSIGNED),
        dynamic(4, "buffer", OCTET_STRING),
    ], methods: &[] },
    Class { id: ClassId::REGISTER_TABLE, version: 0, source: MATRIX, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "table_cell_values", Type::Array(&ANY)),
        fixed(3, "table_cell_definition", Type::Structure(&[
            field("class_id", LONG_UNSIGNED),
            field("logical_name", LN),
            field("group_e_values", Type::Array(&UNSIGNED)),
            field("attribute_index", INTEGER),
        ])),
        fixed(4, "scaler_unit", SCALER_UNIT),
    ], methods: RESET_CAPTURE },
    Class { id: ClassId::COMPACT_DATA, version: 0, source: RUST, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "buffer", OCTET_STRING),
        fixed(3, "capture_objects", CAPTURE_OBJECTS),
        fixed(4, "template_id", UNSIGNED),
        fixed(5, "template_description", OCTET_STRING),
        fixed(6, "capture_method", ENUM),
    ], methods: RESET_CAPTURE },
    Class { id: ClassId::COMPACT_DATA, version: 1, source: RUST, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "buffer", OCTET_STRING),
        fixed(3, "capture_objects", ARRAY),
        fixed(4, "template_id", UNSIGNED),
        fixed(5, "template_description", OCTET_STRING),
        fixed(6, "capture_method", ENUM),
    ], methods: RESET_CAPTURE },
    Class { id: ClassId::STATUS_MAPPING, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "status_word", ANY),
        fixed(3, "mapping_table", Type::Structure(&[
            field("ref_table_id", UNSIGNED),
            field("ref_table_mapping", Type::Choice(&[LONG_UNSIGNED, Type::Array(&LONG_UNSIGNED)])),
        ])),
    ], methods: &[] },
    Class { id: ClassId::PARAMETER_MONITOR, version: 0, source: MATRIX, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "changed_parameter", CHANGED_PARAMETER),
        dynamic(3, "capture_time", DATE_TIME),
        fixed(4, "parameter_list", Type::Array(&VALUE_DEFINITION)),
    ], methods: &[method(1, "add_parameter"), method(2, "delete_parameter")] },
    Class { id: ClassId::PARAMETER_MONITOR, version: 1, source: MATRIX, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "changed_parameter", CHANGED_PARAMETER),
        dynamic(3, "capture_time", DATE_TIME),
        fixed(4, "parameter_list", Type::Array(&VALUE_DEFINITION)),
        fixed(5, "parameter_list_name", OCTET_STRING),
        fixed(6, "hash_algorithm_id", ENUM),
        dynamic(7, "parameter_value_digest", OCTET_STRING),
        dynamic(8, "parameter_values", STRUCTURE),
    ], methods: &[method(1, "add_parameter"), method(2, "delete_parameter")] },
    Class { id: ClassId::SENSOR_MANAGER, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "serial_number", OCTET_STRING),
        dynamic(3, "metrological_identification", OCTET_STRING),
        dynamic(4, "output_type", ENUM),
        dynamic(5, "adjustment_method", OCTET_STRING),
        dynamic(6, "sealing_method", ENUM),
        dynamic(7, "raw_value", ANY),
        dynamic(8, "scaler_unit", SCALER_UNIT),
        dynamic(9, "status", ANY),
        dynamic(10, "capture_time", DATE_TIME),
        dynamic(11, "raw_value_thresholds", Type::Array(&ANY)),
        dynamic(12, "raw_value_actions", Type::Array(&ACTION_SET)),
        dynamic(13, "processed_value", VALUE_DEFINITION),
        dynamic(14, "processed_value_thresholds", Type::Array(&ANY)),
        dynamic(15, "processed_value_actions", Type::Array(&ACTION_SET)),
    ], methods: &[method(1, "reset")] },
];
