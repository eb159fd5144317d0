//! Names of the security modes.

use crate::wire::SecurityMode;

/// The names of the security modes, by their numbers. Without a name: reserved, or for specific
/// usage.
#[rustfmt::skip]
static NAMES: [Option<&str>; 32] = {
    let mut names = [None; 32];
    names[0]  = Some("no encryption");
    names[1]  = Some("manufacturer specific");
    names[2]  = Some("DES-CBC, initial vector zero");
    names[3]  = Some("DES-CBC, initial vector of address and date");
    names[5]  = Some("AES-128-CBC, initial vector of address and access number");
    names[7]  = Some("AES-128-CBC, initial vector zero, derived key");
    names[8]  = Some("AES-128-CTR with CMAC");
    names[9]  = Some("AES-128-GCM");
    names[10] = Some("AES-128-CCM");
    names[13] = Some("TLS");
    names
};

/// The name of a security mode; `None` where it is reserved or of specific usage.
#[must_use]
pub fn lookup_security_mode(mode: SecurityMode) -> Option<&'static str> {
    NAMES.get(usize::from(mode.0)).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_answered() {
        let named =
            (0..=u8::MAX).filter(|mode| lookup_security_mode(SecurityMode(*mode)).is_some());
        assert!(named.eq([0, 1, 2, 3, 5, 7, 8, 9, 10, 13]));
    }
}
