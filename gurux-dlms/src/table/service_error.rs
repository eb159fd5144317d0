//! The errors of a ConfirmedServiceError, by kind.

use crate::wire::ServiceErrorKind;

/// Kind, code and name, in the order of the standard's ASN.1 (ServiceError).
#[rustfmt::skip]
static ERRORS: &[(ServiceErrorKind, u8, &str)] = &[
    (ServiceErrorKind::APPLICATION_REFERENCE, 0, "other"),
    (ServiceErrorKind::APPLICATION_REFERENCE, 1, "time-elapsed"),
    (ServiceErrorKind::APPLICATION_REFERENCE, 2, "application-unreachable"),
    (ServiceErrorKind::APPLICATION_REFERENCE, 3, "application-reference-invalid"),
    (ServiceErrorKind::APPLICATION_REFERENCE, 4, "application-context-unsupported"),
    (ServiceErrorKind::APPLICATION_REFERENCE, 5, "provider-communication-error"),
    (ServiceErrorKind::APPLICATION_REFERENCE, 6, "deciphering-error"),
    (ServiceErrorKind::HARDWARE_RESOURCE,     0, "other"),
    (ServiceErrorKind::HARDWARE_RESOURCE,     1, "memory-unavailable"),
    (ServiceErrorKind::HARDWARE_RESOURCE,     2, "processor-resource-unavailable"),
    (ServiceErrorKind::HARDWARE_RESOURCE,     3, "mass-storage-unavailable"),
    (ServiceErrorKind::HARDWARE_RESOURCE,     4, "other-resource-unavailable"),
    (ServiceErrorKind::VDE_STATE_ERROR,       0, "other"),
    (ServiceErrorKind::VDE_STATE_ERROR,       1, "no-dlms-context"),
    (ServiceErrorKind::VDE_STATE_ERROR,       2, "loading-data-set"),
    (ServiceErrorKind::VDE_STATE_ERROR,       3, "status-nochange"),
    (ServiceErrorKind::VDE_STATE_ERROR,       4, "status-inoperable"),
    (ServiceErrorKind::SERVICE,               0, "other"),
    (ServiceErrorKind::SERVICE,               1, "pdu-size"),
    (ServiceErrorKind::SERVICE,               2, "service-unsupported"),
    (ServiceErrorKind::DEFINITION,            0, "other"),
    (ServiceErrorKind::DEFINITION,            1, "object-undefined"),
    (ServiceErrorKind::DEFINITION,            2, "object-class-inconsistent"),
    (ServiceErrorKind::DEFINITION,            3, "object-attribute-inconsistent"),
    (ServiceErrorKind::ACCESS,                0, "other"),
    (ServiceErrorKind::ACCESS,                1, "scope-of-access-violated"),
    (ServiceErrorKind::ACCESS,                2, "object-access-violated"),
    (ServiceErrorKind::ACCESS,                3, "hardware-fault"),
    (ServiceErrorKind::ACCESS,                4, "object-unavailable"),
    (ServiceErrorKind::INITIATE,              0, "other"),
    (ServiceErrorKind::INITIATE,              1, "dlms-version-too-low"),
    (ServiceErrorKind::INITIATE,              2, "incompatible-conformance"),
    (ServiceErrorKind::INITIATE,              3, "pdu-size-too-short"),
    (ServiceErrorKind::INITIATE,              4, "refused-by-the-VDE-Handler"),
    (ServiceErrorKind::LOAD_DATA_SET,         0, "other"),
    (ServiceErrorKind::LOAD_DATA_SET,         1, "primitive-out-of-sequence"),
    (ServiceErrorKind::LOAD_DATA_SET,         2, "not-loadable"),
    (ServiceErrorKind::LOAD_DATA_SET,         3, "dataset-size-too-large"),
    (ServiceErrorKind::LOAD_DATA_SET,         4, "not-awaited-segment"),
    (ServiceErrorKind::LOAD_DATA_SET,         5, "interpretation-failure"),
    (ServiceErrorKind::LOAD_DATA_SET,         6, "storage-failure"),
    (ServiceErrorKind::LOAD_DATA_SET,         7, "data-set-not-ready"),
    (ServiceErrorKind::TASK,                  0, "other"),
    (ServiceErrorKind::TASK,                  1, "no-remote-control"),
    (ServiceErrorKind::TASK,                  2, "ti-stopped"),
    (ServiceErrorKind::TASK,                  3, "ti-running"),
    (ServiceErrorKind::TASK,                  4, "ti-unusable"),
    (ServiceErrorKind::OTHER,                 0, "other"),
];

/// The standard's name of an error of this kind, if it has one.
#[must_use]
pub fn lookup_service_error(kind: ServiceErrorKind, code: u8) -> Option<&'static str> {
    let place =
        ERRORS.binary_search_by_key(&(kind, code), |(kind, code, _)| (*kind, *code)).ok()?;
    ERRORS.get(place).map(|(_, _, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::{ERRORS, lookup_service_error};
    use crate::wire::ServiceErrorKind;

    #[test]
    fn the_table_is_sorted_and_each_row_is_found() {
        assert!(ERRORS.is_sorted_by_key(|(kind, code, _)| (*kind, *code)));
        for (kind, code, name) in ERRORS {
            assert_eq!(lookup_service_error(*kind, *code), Some(*name));
        }
        for kind in 0..=255 {
            for code in 0..=255 {
                let _ = lookup_service_error(ServiceErrorKind::new(kind), code);
            }
        }
        assert_eq!(lookup_service_error(ServiceErrorKind::INITIATE, 5), None);
    }
}
