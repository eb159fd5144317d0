//! What a meter says instead of data.

use core::fmt;

use gurux_framing::wire_code;

wire_code! {
    /// Why a meter does not do what was asked.
    ///
    /// Codes without a name are reserved, or the manufacturer's.
    pub struct ApplicationErrorCode(u8) {
        /// Unspecified; also if the telegram holds no code.
        UNSPECIFIED = 0x00 => "unspecified error",
        /// The meter does not know the CI field.
        UNIMPLEMENTED_CI = 0x01 => "unimplemented CI field",
        /// The telegram was too long and is cut.
        BUFFER_TOO_LONG = 0x02 => "buffer too long",
        /// The telegram held too many records.
        TOO_MANY_RECORDS = 0x03 => "too many records",
        /// A record ended early.
        PREMATURE_END_OF_RECORD = 0x04 => "premature end of record",
        /// A record had more than ten DIFEs.
        TOO_MANY_DIFES = 0x05 => "more than 10 DIFEs",
        /// A record had more than ten VIFEs.
        TOO_MANY_VIFES = 0x06 => "more than 10 VIFEs",
        /// The application has no time for the readout.
        APPLICATION_BUSY = 0x08 => "application too busy",
        /// The meter was read too often in its span of time.
        TOO_MANY_READOUTS = 0x09 => "too many readouts",
        /// Access is denied.
        ACCESS_DENIED = 0x10 => "access denied",
    }
}

/// The body of an application error (CI 70, 6E, 6F): a code, and what else the meter says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ApplicationError<'a>(pub &'a [u8]);

impl<'a> ApplicationError<'a> {
    /// The code, if the meter gave one.
    #[must_use]
    pub fn code(&self) -> Option<ApplicationErrorCode> {
        self.0.first().map(|code| ApplicationErrorCode::new(*code))
    }

    /// What is behind the code.
    #[must_use]
    pub fn details(&self) -> &'a [u8] {
        self.0.get(1..).unwrap_or_default()
    }
}

impl fmt::Display for ApplicationError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code().unwrap_or(ApplicationErrorCode::UNSPECIFIED).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_missing_code_is_unspecified() {
        assert_eq!(ApplicationError(&[]).code(), None);
        assert_eq!(ApplicationError(&[]).to_string(), "unspecified error");
        let busy = ApplicationError(&[8, 1, 2]);
        assert_eq!(busy.code(), Some(ApplicationErrorCode::APPLICATION_BUSY));
        assert_eq!(busy.details(), [1, 2]);
        assert_eq!(ApplicationError(&[0x7F]).to_string(), "0x7F");
    }
}
