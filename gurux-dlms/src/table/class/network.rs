//! Networks, mail, and what is sent unasked.

use super::types::{
    ANY, ARRAY, BOOLEAN, DATE_TIME, DOUBLE_LONG_UNSIGNED, ENUM, INTEGER, LN, LONG_UNSIGNED,
    OCTET_STRING, STRUCTURE, Type, UNSIGNED, VISIBLE_STRING, WINDOWS, field,
};
use super::{Attribute, Class, ClassId, LOGICAL_NAME, dynamic, first, fixed, method};

/// Two models of the class.
const PUSH: &str =
    "hupe1980/dlms-cosem-rs src/cosem/classes.rs; Gurux/Gurux.DLMS.Net GXDLMSPushSetup.cs";
/// Two models of the same classes.
const MODEL: &str =
    "gvtret/dlms lib/dlms-cosem/docs/01_cosem_api.md; Gurux/Gurux.DLMS.Python objects";
/// A model of the class.
const LTE: &str = "Gurux/Gurux.DLMS.Python objects/GXDLMSLteMonitoring.py";
/// The lists of the Blue Book, transcribed.
const BLUE_BOOK: &str = "public transcription of DLMS UA 1000-1 part 2 ed. 16, KB-L3-IC files";
/// Two models of the class.
const GSM: &str =
    "Gurux/Gurux.DLMS.Net GXDLMSGSMDiagnostic.cs; gvtret/dlms lib/dlms-cosem/docs/01_cosem_api.md";

#[rustfmt::skip]
const PUSH_SETUP_EARLY: &[Attribute] = &[
    LOGICAL_NAME,
    fixed(2, "push_object_list", ARRAY),
    fixed(3, "send_destination_and_method", Type::Structure(&[field("transport_service", ENUM), field("destination", OCTET_STRING), field("message", ENUM)])),
    fixed(4, "communication_window", WINDOWS),
    fixed(5, "randomisation_start_interval", LONG_UNSIGNED),
    fixed(6, "number_of_retries", UNSIGNED),
    fixed(7, "repetition_delay", LONG_UNSIGNED),
    fixed(8, "port_reference", LN),
    fixed(9, "push_client_sap", INTEGER),
    fixed(10, "push_protection_parameters", ARRAY),
];

#[rustfmt::skip]
const PUSH_SETUP: &[Attribute] = &[
    LOGICAL_NAME,
    fixed(2, "push_object_list", ARRAY),
    fixed(3, "send_destination_and_method", Type::Structure(&[field("transport_service", ENUM), field("destination", OCTET_STRING), field("message", ENUM)])),
    fixed(4, "communication_window", WINDOWS),
    fixed(5, "randomisation_start_interval", LONG_UNSIGNED),
    fixed(6, "number_of_retries", UNSIGNED),
    fixed(7, "repetition_delay", Type::Structure(&[field("repetition_delay_min", LONG_UNSIGNED), field("repetition_delay_exponent", LONG_UNSIGNED), field("repetition_delay_max", LONG_UNSIGNED)])),
    fixed(8, "port_reference", LN),
    fixed(9, "push_client_sap", INTEGER),
    fixed(10, "push_protection_parameters", ARRAY),
    fixed(11, "push_operation_method", ENUM),
    fixed(12, "confirmation_parameters", STRUCTURE),
    dynamic(13, "last_confirmation_date_time", DATE_TIME),
];

#[rustfmt::skip]
const GSM_DIAGNOSTIC: &[Attribute] = &[
    LOGICAL_NAME,
    dynamic(2, "operator", Type::Choice(&[VISIBLE_STRING, OCTET_STRING])),
    dynamic(3, "status", ENUM),
    dynamic(4, "cs_attachment", ENUM),
    dynamic(5, "ps_status", ENUM),
    dynamic(6, "cell_info", STRUCTURE),
    dynamic(7, "adjacent_cells", Type::Array(&STRUCTURE)),
    dynamic(8, "capture_time", DATE_TIME),
];

#[rustfmt::skip]
const LTE_MONITORING: &[Attribute] = &[
    LOGICAL_NAME,
    dynamic(2, "lte_network_parameters", STRUCTURE),
    dynamic(3, "lte_quality_of_service", Type::Structure(&[field("signal_quality", INTEGER), field("signal_level", INTEGER), field("signal_to_noise_ratio", INTEGER), field("coverage_enhancement", ENUM)])),
];

#[rustfmt::skip]
pub(super) const CLASSES: &[Class] = &[
    Class { id: ClassId::PUSH_SETUP, version: 0, source: PUSH,
        attributes: first(7, PUSH_SETUP_EARLY), methods: &[method(1, "push")] },
    Class { id: ClassId::PUSH_SETUP, version: 1, source: PUSH,
        attributes: PUSH_SETUP_EARLY, methods: &[method(1, "push")] },
    Class { id: ClassId::PUSH_SETUP, version: 2, source: PUSH,
        attributes: PUSH_SETUP, methods: &[method(1, "push"), method(2, "reset")] },
    Class { id: ClassId::PUSH_SETUP, version: 3, source: PUSH,
        attributes: PUSH_SETUP, methods: &[method(1, "push"), method(2, "reset")] },
    Class { id: ClassId::TCP_UDP_SETUP, version: 0, source: PUSH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "tcp_udp_port", LONG_UNSIGNED),
        fixed(3, "ip_reference", LN),
        fixed(4, "mss", LONG_UNSIGNED),
        fixed(5, "nb_of_sim_conn", UNSIGNED),
        fixed(6, "inactivity_time_out", LONG_UNSIGNED),
    ], methods: &[] },
    Class { id: ClassId::IPV4_SETUP, version: 0, source: MODEL, attributes: &[
        LOGICAL_NAME,
        fixed(2, "dl_reference", LN),
        fixed(3, "ip_address", DOUBLE_LONG_UNSIGNED),
        fixed(4, "multicast_ip_address", Type::Array(&DOUBLE_LONG_UNSIGNED)),
        fixed(5, "ip_options", Type::Array(&Type::Structure(&[field("ip_option_type", UNSIGNED), field("ip_option_length", UNSIGNED), field("ip_option_data", OCTET_STRING)]))),
        fixed(6, "subnet_mask", DOUBLE_LONG_UNSIGNED),
        fixed(7, "gateway_ip_address", DOUBLE_LONG_UNSIGNED),
        fixed(8, "use_dhcp_flag", BOOLEAN),
        fixed(9, "primary_dns_address", DOUBLE_LONG_UNSIGNED),
        fixed(10, "secondary_dns_address", DOUBLE_LONG_UNSIGNED),
    ], methods: &[
        method(1, "add_mc_ip_address"),
        method(2, "delete_mc_ip_address"),
        method(3, "get_nbof_mc_ip_addresses"),
    ] },
    Class { id: ClassId::MAC_ADDRESS_SETUP, version: 0, source: MODEL, attributes: &[
        LOGICAL_NAME,
        fixed(2, "mac_address", OCTET_STRING),
    ], methods: &[] },
    Class { id: ClassId::PPP_SETUP, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "phy_reference", LN),
        fixed(3, "lcp_options", ARRAY),
        fixed(4, "ipcp_options", ARRAY),
        fixed(5, "ppp_authentication", ANY),
    ], methods: &[] },
    Class { id: ClassId::GPRS_MODEM_SETUP, version: 0, source: MODEL, attributes: &[
        LOGICAL_NAME,
        fixed(2, "apn", OCTET_STRING),
        fixed(3, "pin_code", LONG_UNSIGNED),
        fixed(4, "quality_of_service", STRUCTURE),
    ], methods: &[] },
    Class { id: ClassId::SMTP_SETUP, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "server_port", LONG_UNSIGNED),
        fixed(3, "user_name", OCTET_STRING),
        fixed(4, "login_password", OCTET_STRING),
        fixed(5, "server_address", OCTET_STRING),
        fixed(6, "sender_address", OCTET_STRING),
    ], methods: &[] },
    Class { id: ClassId::GSM_DIAGNOSTIC, version: 0, source: GSM,
        attributes: GSM_DIAGNOSTIC, methods: &[] },
    Class { id: ClassId::GSM_DIAGNOSTIC, version: 1, source: GSM,
        attributes: GSM_DIAGNOSTIC, methods: &[] },
    Class { id: ClassId::GSM_DIAGNOSTIC, version: 2, source: GSM,
        attributes: GSM_DIAGNOSTIC, methods: &[] },
    Class { id: ClassId::IPV6_SETUP, version: 0, source: BLUE_BOOK, attributes: &[
        LOGICAL_NAME,
        fixed(2, "dl_reference", LN),
        fixed(3, "address_config_mode", ENUM),
        fixed(4, "unicast_ipv6_addresses", Type::Array(&OCTET_STRING)),
        fixed(5, "multicast_ipv6_addresses", Type::Array(&OCTET_STRING)),
        fixed(6, "gateway_ipv6_addresses", Type::Array(&OCTET_STRING)),
        fixed(7, "primary_dns_address", OCTET_STRING),
        fixed(8, "secondary_dns_address", OCTET_STRING),
        fixed(9, "traffic_class", UNSIGNED),
        fixed(10, "neighbor_discovery_setup", ARRAY),
    ], methods: &[
        method(1, "add_ipv6_address"),
        method(2, "remove_ipv6_address"),
    ] },
    Class { id: ClassId::LTE_MONITORING, version: 0, source: LTE,
        attributes: first(2, LTE_MONITORING), methods: &[] },
    Class { id: ClassId::LTE_MONITORING, version: 1, source: LTE,
        attributes: LTE_MONITORING, methods: &[] },
];
