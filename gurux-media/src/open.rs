//! [`open_media`]: from settings to an open medium, with the kind chosen at run time.

use std::boxed::Box;

use crate::{Media, MediaError, MediaSettings};

/// Makes the medium of `settings` without opening it.
///
/// ```
/// # #[cfg(feature = "tcp")] {
/// use gurux_media::{MediaState, new_media};
///
/// let media = new_media(&"tcp:10.0.0.5:502".parse()?)?;
/// assert_eq!((media.name(), media.state()), ("10.0.0.5:502", MediaState::Closed));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MediaError::Unsupported`] where the program was built without the adapter; for a replay,
/// what is wrong with its file.
pub fn new_media(settings: &MediaSettings) -> Result<Box<dyn Media + Send>, MediaError> {
    match settings {
        #[cfg(feature = "tcp")]
        MediaSettings::Tcp(settings) => Ok(Box::new(crate::tcp::Tcp::new(settings.clone()))),
        #[cfg(feature = "tcp")]
        MediaSettings::TcpListen(settings) => {
            Ok(Box::new(crate::tcp::TcpServer::new(settings.clone())))
        }
        #[cfg(feature = "udp")]
        MediaSettings::Udp(settings) => Ok(Box::new(crate::udp::Udp::new(settings.clone()))),
        #[cfg(feature = "udp")]
        MediaSettings::UdpListen(settings) => {
            Ok(Box::new(crate::udp::UdpServer::new(settings.clone())))
        }
        #[cfg(feature = "serial")]
        MediaSettings::Serial(settings) => {
            Ok(Box::new(crate::serial::Serial::new(settings.clone())))
        }
        #[cfg(all(unix, feature = "pty"))]
        MediaSettings::Pty(settings) => Ok(Box::new(crate::pty::Pty::new(settings.clone()))),
        #[cfg(feature = "replay")]
        MediaSettings::Replay(settings) => {
            Ok(Box::new(crate::replay::Replay::from_file(&settings.file)?))
        }
        #[allow(unreachable_patterns, reason = "reached where an adapter is left out")]
        _ => Err(MediaError::Unsupported("be made: this program was built without its adapter")),
    }
}

/// Makes the medium of `settings` and opens it. A listening one waits for its caller.
///
/// # Errors
/// As [`new_media`] and [`Media::open`].
pub fn open_media(settings: &MediaSettings) -> Result<Box<dyn Media + Send>, MediaError> {
    let mut media = new_media(settings)?;
    media.open()?;
    Ok(media)
}
