//! The clock, tariffs by the calendar, scripts, and what acts upon values.

use super::types::{
    ACTION_ITEM, ACTION_SET, ANY, BIT_STRING, BOOLEAN, DATE, DATE_TIME, DOUBLE_LONG_UNSIGNED, ENUM,
    INTEGER, LN, LONG, LONG_UNSIGNED, OCTET_STRING, TIME, Type, UNSIGNED, VALUE_DEFINITION, field,
};
use super::{Attribute, Class, ClassId, LOGICAL_NAME, Method, dynamic, fixed, method};

/// Two independent lists of the same attributes and methods.
const BOTH: &str = "hupe1980/dlms-cosem-rs src/cosem/classes.rs; bearxiong99/wireshark-dlms dlms.c";
const MATRIX: &str =
    "gvtret/dlms lib/dlms-cosem/docs/01_cosem_api.md; Gurux/Gurux.DLMS.Net Objects";

const SCRIPTS: Type = Type::Array(&Type::Structure(&[
    field("script_identifier", LONG_UNSIGNED),
    field(
        "actions",
        Type::Array(&Type::Structure(&[
            field("service_id", ENUM),
            field("class_id", LONG_UNSIGNED),
            field("logical_name", LN),
            field("index", INTEGER),
            field("parameter", ANY),
        ])),
    ),
]));

const SCHEDULE_ENTRIES: Type = Type::Array(&Type::Structure(&[
    field("index", LONG_UNSIGNED),
    field("enable", BOOLEAN),
    field("script_logical_name", LN),
    field("script_selector", LONG_UNSIGNED),
    field("switch_time", TIME),
    field("validity_window", LONG_UNSIGNED),
    field("exec_weekdays", BIT_STRING),
    field("exec_specdays", BIT_STRING),
    field("begin_date", DATE),
    field("end_date", DATE),
]));

const SPECIAL_DAYS: Type = Type::Array(&Type::Structure(&[
    field("index", LONG_UNSIGNED),
    field("specialday_date", DATE),
    field("day_id", UNSIGNED),
]));

const SEASONS: Type = Type::Array(&Type::Structure(&[
    field("season_profile_name", OCTET_STRING),
    field("season_start", DATE_TIME),
    field("week_name", OCTET_STRING),
]));

const WEEKS: Type = Type::Array(&Type::Structure(&[
    field("week_profile_name", OCTET_STRING),
    field("monday", UNSIGNED),
    field("tuesday", UNSIGNED),
    field("wednesday", UNSIGNED),
    field("thursday", UNSIGNED),
    field("friday", UNSIGNED),
    field("saturday", UNSIGNED),
    field("sunday", UNSIGNED),
]));

const DAYS: Type = Type::Array(&Type::Structure(&[
    field("day_id", UNSIGNED),
    field(
        "day_schedule",
        Type::Array(&Type::Structure(&[
            field("start_time", TIME),
            field("script_logical_name", LN),
            field("script_selector", LONG_UNSIGNED),
        ])),
    ),
]));

const EXECUTION_TIMES: Type =
    Type::Array(&Type::Structure(&[field("time", TIME), field("date", DATE)]));

const EMERGENCY_PROFILE: Type = Type::Structure(&[
    field("emergency_profile_id", LONG_UNSIGNED),
    field("emergency_activation_time", DATE_TIME),
    field("emergency_duration", DOUBLE_LONG_UNSIGNED),
]);

#[rustfmt::skip]
pub(super) const CLASSES: &[Class] = &[
    Class { id: ClassId::CLOCK, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "time", DATE_TIME),
        fixed(3, "time_zone", LONG),
        dynamic(4, "status", UNSIGNED),
        fixed(5, "daylight_savings_begin", DATE_TIME),
        fixed(6, "daylight_savings_end", DATE_TIME),
        fixed(7, "daylight_savings_deviation", INTEGER),
        fixed(8, "daylight_savings_enabled", BOOLEAN),
        fixed(9, "clock_base", ENUM),
    ], methods: &[
        method(1, "adjust_to_quarter"),
        method(2, "adjust_to_measuring_period"),
        method(3, "adjust_to_minute"),
        method(4, "adjust_to_preset_time"),
        method(5, "preset_adjusting_time"),
        method(6, "shift_time"),
    ] },
    Class { id: ClassId::SCRIPT_TABLE, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "scripts", SCRIPTS),
    ], methods: &[method(1, "execute")] },
    Class { id: ClassId::SCHEDULE, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "entries", SCHEDULE_ENTRIES),
    ], methods: &[method(1, "enable_disable"), method(2, "insert"), method(3, "delete")] },
    Class { id: ClassId::SPECIAL_DAYS_TABLE, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "entries", SPECIAL_DAYS),
    ], methods: &[method(1, "insert"), method(2, "delete")] },
    Class { id: ClassId::ACTIVITY_CALENDAR, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "calendar_name_active", OCTET_STRING),
        fixed(3, "season_profile_active", SEASONS),
        fixed(4, "week_profile_table_active", WEEKS),
        fixed(5, "day_profile_table_active", DAYS),
        fixed(6, "calendar_name_passive", OCTET_STRING),
        fixed(7, "season_profile_passive", SEASONS),
        fixed(8, "week_profile_table_passive", WEEKS),
        fixed(9, "day_profile_table_passive", DAYS),
        fixed(10, "activate_passive_calendar_time", DATE_TIME),
    ], methods: &[method(1, "activate_passive_calendar")] },
    Class { id: ClassId::REGISTER_MONITOR, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "thresholds", Type::Array(&ANY)),
        fixed(3, "monitored_value", VALUE_DEFINITION),
        fixed(4, "actions", Type::Array(&ACTION_SET)),
    ], methods: &[] },
    Class { id: ClassId::SINGLE_ACTION_SCHEDULE, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "executed_script", ACTION_ITEM),
        fixed(3, "type", ENUM),
        fixed(4, "execution_time", EXECUTION_TIMES),
    ], methods: &[] },
    Class { id: ClassId::ARBITRATOR, version: 0, source: MATRIX, attributes: &[
        LOGICAL_NAME,
        fixed(2, "actions", Type::Array(&ACTION_ITEM)),
        fixed(3, "permissions_table", Type::Array(&BIT_STRING)),
        fixed(4, "weightings_table", Type::Array(&Type::Array(&LONG_UNSIGNED))),
        dynamic(5, "most_recent_requests_table", Type::Array(&BIT_STRING)),
        dynamic(6, "last_outcome", UNSIGNED),
    ], methods: &[method(1, "request_action"), method(2, "reset")] },
    Class { id: ClassId::DISCONNECT_CONTROL, version: 0, source: BOTH, attributes: DISCONNECT_CONTROL.0,
        methods: DISCONNECT_CONTROL.1 },
    Class { id: ClassId::DISCONNECT_CONTROL, version: 1, source: BOTH, attributes: DISCONNECT_CONTROL.0,
        methods: DISCONNECT_CONTROL.1 },
    Class { id: ClassId::DISCONNECT_CONTROL, version: 2, source: BOTH, attributes: DISCONNECT_CONTROL.0,
        methods: DISCONNECT_CONTROL.1 },
    Class { id: ClassId::LIMITER, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "monitored_value", VALUE_DEFINITION),
        dynamic(3, "threshold_active", ANY),
        fixed(4, "threshold_normal", ANY),
        fixed(5, "threshold_emergency", ANY),
        fixed(6, "min_over_threshold_duration", DOUBLE_LONG_UNSIGNED),
        fixed(7, "min_under_threshold_duration", DOUBLE_LONG_UNSIGNED),
        fixed(8, "emergency_profile", EMERGENCY_PROFILE),
        fixed(9, "emergency_profile_group_id_list", Type::Array(&LONG_UNSIGNED)),
        dynamic(10, "emergency_profile_active", BOOLEAN),
        fixed(11, "actions", Type::Structure(&[
            field("action_over_threshold", ACTION_ITEM),
            field("action_under_threshold", ACTION_ITEM),
        ])),
    ], methods: &[] },
];

/// The versions differ in what the states and modes mean, not in the list.
const DISCONNECT_CONTROL: (&[Attribute], &[Method]) = (
    &[
        LOGICAL_NAME,
        dynamic(2, "output_state", BOOLEAN),
        dynamic(3, "control_state", ENUM),
        fixed(4, "control_mode", ENUM),
    ],
    &[method(1, "remote_disconnect"), method(2, "remote_reconnect")],
);
