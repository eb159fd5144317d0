//! How much memory a client takes.

use gurux_dlms::session::SignOn;
use gurux_dlms::session::link::{ClientLink, Owned};

use crate::desk::Reader;

/// What each store keeps when it is empty, so that the next short message takes none from the system.
const KEPT: usize = 256;

#[test]
fn an_idle_client_with_keys_takes_at_most_six_kilobytes() {
    let client = size_of::<Reader>() + size_of::<ClientLink<Owned>>() + size_of::<SignOn>();
    // An expanded key lies apart.
    let key = 640;
    // Line, received and sent of the link; request, clear, sealed and joined of the client.
    let stores = 7 * KEPT;
    assert!(client + key + stores <= 6 * 1024, "{client}, {key} and {stores} octets");
}
