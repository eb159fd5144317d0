//! Associations, keys, protection, and firmware.

use super::types::{
    ARRAY, BIT_STRING, BOOLEAN, DOUBLE_LONG_UNSIGNED, ENUM, INTEGER, LN, LONG, LONG_UNSIGNED, NULL,
    OCTET_STRING, STRUCTURE, Type, UNSIGNED, VISIBLE_STRING, field,
};
use super::{Attribute, Class, ClassId, LOGICAL_NAME, Method, dynamic, first, fixed, method};

/// Two independent lists of the same attributes and methods.
const BOTH: &str = "hupe1980/dlms-cosem-rs src/cosem/classes.rs; bearxiong99/wireshark-dlms dlms.c";
const RUST: &str =
    "hupe1980/dlms-cosem-rs src/cosem/classes.rs; gvtret/dlms lib/dlms-cosem/docs/01_cosem_api.md";
const SN: &str = "gvtret/dlms lib/dlms-cosem/docs/01_cosem_api.md; OSGP AssociationSnMethod.java";

/// Which elements of an attribute can be selected.
const SELECTORS: Type = Type::Choice(&[NULL, Type::Array(&INTEGER)]);

const ACCESS_RIGHTS: Type = Type::Structure(&[
    field(
        "attribute_access",
        Type::Array(&Type::Structure(&[
            field("attribute_id", INTEGER),
            field("access_mode", ENUM),
            field("access_selectors", SELECTORS),
        ])),
    ),
    field(
        "method_access",
        Type::Array(&Type::Structure(&[
            field("method_id", INTEGER),
            // A boolean in version 0.
            field("access_mode", Type::Choice(&[ENUM, BOOLEAN])),
        ])),
    ),
]);

const OBJECT_LIST: Type = Type::Array(&Type::Structure(&[
    field("class_id", LONG_UNSIGNED),
    field("version", UNSIGNED),
    field("logical_name", LN),
    field("access_rights", ACCESS_RIGHTS),
]));

const OBJECT_LIST_SN: Type = Type::Array(&Type::Structure(&[
    field("base_name", LONG),
    field("class_id", LONG_UNSIGNED),
    field("version", UNSIGNED),
    field("logical_name", LN),
]));

/// An object identifier in octets, or its arcs one by one.
const NAME: Type = Type::Choice(&[OCTET_STRING, STRUCTURE]);

const USER: Type = Type::Structure(&[field("id", UNSIGNED), field("name", VISIBLE_STRING)]);

const ASSOCIATION_LN: &[Attribute] = &[
    LOGICAL_NAME,
    fixed(2, "object_list", OBJECT_LIST),
    fixed(
        3,
        "associated_partners_id",
        Type::Structure(&[field("client_sap", INTEGER), field("server_sap", LONG_UNSIGNED)]),
    ),
    fixed(4, "application_context_name", NAME),
    fixed(
        5,
        "xdlms_context_info",
        Type::Structure(&[
            field("conformance", BIT_STRING),
            field("max_receive_pdu_size", LONG_UNSIGNED),
            field("max_send_pdu_size", LONG_UNSIGNED),
            field("dlms_version_number", UNSIGNED),
            field("quality_of_service", INTEGER),
            field("cyphering_info", OCTET_STRING),
        ]),
    ),
    fixed(6, "authentication_mechanism_name", NAME),
    fixed(7, "secret", OCTET_STRING),
    dynamic(8, "association_status", ENUM),
    fixed(9, "security_setup_reference", LN),
    fixed(10, "user_list", Type::Array(&USER)),
    dynamic(11, "current_user", USER),
];

const ASSOCIATION_LN_METHODS: &[Method] = &[
    method(1, "reply_to_hls_authentication"),
    method(2, "change_hls_secret"),
    method(3, "add_object"),
    method(4, "remove_object"),
    method(5, "add_user"),
    method(6, "remove_user"),
];

const ASSOCIATION_SN: &[Attribute] = &[
    LOGICAL_NAME,
    fixed(2, "object_list", OBJECT_LIST_SN),
    fixed(
        3,
        "access_rights_list",
        Type::Array(&Type::Structure(&[
            field("base_name", LONG),
            field("attribute_access", ARRAY),
            field("method_access", ARRAY),
        ])),
    ),
    fixed(4, "security_setup_reference", LN),
    fixed(5, "user_list", Type::Array(&USER)),
    dynamic(6, "current_user", USER),
];

/// Before the users came; secrets by the level of authentication.
const EARLY_SN_METHODS: &[Method] = &[
    method(3, "read_by_logicalname"),
    method(4, "get_attributes_and_methods"),
    method(5, "change_lls_secret"),
    method(6, "change_hls_secret"),
    method(8, "reply_to_hls_authentication"),
];

const SN_METHODS: &[Method] = &[
    method(3, "read_by_logicalname"),
    method(5, "change_secret"),
    method(8, "reply_to_hls_authentication"),
    method(9, "add_user"),
    method(10, "remove_user"),
];

const SECURITY_SETUP: &[Attribute] = &[
    LOGICAL_NAME,
    // The sources differ in which of the two it is in version 1.
    fixed(2, "security_policy", Type::Choice(&[ENUM, UNSIGNED])),
    fixed(3, "security_suite", ENUM),
    dynamic(4, "client_system_title", OCTET_STRING),
    fixed(5, "server_system_title", OCTET_STRING),
    dynamic(
        6,
        "certificates",
        Type::Array(&Type::Structure(&[
            field("certificate_entity", ENUM),
            field("certificate_type", ENUM),
            field("serial_number", OCTET_STRING),
            field("issuer", OCTET_STRING),
            field("subject", OCTET_STRING),
            field("subject_alt_name", OCTET_STRING),
        ])),
    ),
];

#[rustfmt::skip]
pub(super) const CLASSES: &[Class] = &[
    Class { id: ClassId::ASSOCIATION_SN, version: 0, source: SN,
        attributes: first(2, ASSOCIATION_SN), methods: EARLY_SN_METHODS },
    Class { id: ClassId::ASSOCIATION_SN, version: 1, source: SN,
        attributes: first(2, ASSOCIATION_SN), methods: EARLY_SN_METHODS },
    Class { id: ClassId::ASSOCIATION_SN, version: 2, source: SN,
        attributes: first(4, ASSOCIATION_SN), methods: EARLY_SN_METHODS },
    Class { id: ClassId::ASSOCIATION_SN, version: 3, source: SN,
        attributes: ASSOCIATION_SN, methods: SN_METHODS },
    Class { id: ClassId::ASSOCIATION_SN, version: 4, source: SN,
        attributes: ASSOCIATION_SN, methods: SN_METHODS },
    Class { id: ClassId::ASSOCIATION_LN, version: 0, source: BOTH,
        attributes: first(8, ASSOCIATION_LN), methods: first(4, ASSOCIATION_LN_METHODS) },
    Class { id: ClassId::ASSOCIATION_LN, version: 1, source: BOTH,
        attributes: first(9, ASSOCIATION_LN), methods: first(4, ASSOCIATION_LN_METHODS) },
    Class { id: ClassId::ASSOCIATION_LN, version: 2, source: BOTH,
        attributes: ASSOCIATION_LN, methods: ASSOCIATION_LN_METHODS },
    Class { id: ClassId::ASSOCIATION_LN, version: 3, source: BOTH,
        attributes: ASSOCIATION_LN, methods: ASSOCIATION_LN_METHODS },
    Class { id: ClassId::SAP_ASSIGNMENT, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "sap_assignment_list", Type::Array(&Type::Structure(&[
            field("sap", LONG_UNSIGNED),
            field("logical_device_name", OCTET_STRING),
        ]))),
    ], methods: &[method(1, "connect_logical_device")] },
    Class { id: ClassId::IMAGE_TRANSFER, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        fixed(2, "image_block_size", DOUBLE_LONG_UNSIGNED),
        dynamic(3, "image_transferred_blocks_status", BIT_STRING),
        dynamic(4, "image_first_not_transferred_block_number", DOUBLE_LONG_UNSIGNED),
        fixed(5, "image_transfer_enabled", BOOLEAN),
        dynamic(6, "image_transfer_status", ENUM),
        dynamic(7, "image_to_activate_info", Type::Array(&Type::Structure(&[
            field("image_to_activate_size", DOUBLE_LONG_UNSIGNED),
            field("image_to_activate_identification", OCTET_STRING),
            field("image_to_activate_signature", OCTET_STRING),
        ]))),
    ], methods: &[
        method(1, "image_transfer_initiate"),
        method(2, "image_block_transfer"),
        method(3, "image_verify"),
        method(4, "image_activate"),
    ] },
    Class { id: ClassId::DATA_PROTECTION, version: 0, source: BOTH, attributes: &[
        LOGICAL_NAME,
        dynamic(2, "protection_buffer", OCTET_STRING),
        fixed(3, "protection_object_list", ARRAY),
        fixed(4, "protection_parameters_get", ARRAY),
        fixed(5, "protection_parameters_set", ARRAY),
        fixed(6, "required_protection", Type::Any),
    ], methods: &[
        method(1, "get_protected_attributes"),
        method(2, "set_protected_attributes"),
        method(3, "invoke_protected_method"),
    ] },
    Class { id: ClassId::SECURITY_SETUP, version: 0, source: RUST,
        attributes: first(5, SECURITY_SETUP), methods: &[
        method(1, "security_activate"),
        method(2, "global_key_transfer"),
    ] },
    Class { id: ClassId::SECURITY_SETUP, version: 1, source: RUST,
        attributes: SECURITY_SETUP, methods: &[
        method(1, "security_activate"),
        method(2, "key_transfer"),
        method(3, "key_agreement"),
        method(4, "generate_key_pair"),
        method(5, "generate_certificate_request"),
        method(6, "import_certificate"),
        method(7, "export_certificate"),
        method(8, "remove_certificate"),
    ] },
    Class { id: ClassId::ATTESTATION, version: 0, source: "hupe1980/dlms-cosem-rs src/cosem/classes.rs",
        attributes: &[
        LOGICAL_NAME,
        fixed(2, "attestation_token", OCTET_STRING),
        fixed(3, "qualification_declaration", OCTET_STRING),
    ], methods: &[method(1, "generate_attestation_token")] },
];
