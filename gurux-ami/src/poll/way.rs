//! [`Way`]: an open medium of any kind, without blocking.

use std::task::{Context, Poll};
use std::time::Duration;

use gurux_media::drive::{AsyncDatagram, AsyncMedia, AsyncStream};
use gurux_media::serial::AsyncSerial;
use gurux_media::serve::listen_async;
use gurux_media::settings::TcpListenSettings;
use gurux_media::{LineSettings, MediaError, MediaSettings};
use tokio::io::ReadBuf;
use tokio::net::{TcpListener, TcpStream};

/// A medium whose kind is known at run time only.
pub(super) enum Way {
    Stream(AsyncStream<TcpStream>),
    Datagrams(AsyncDatagram),
    Serial(Box<AsyncSerial>),
}

/// Where meters call in, kept open between their calls.
#[derive(Default)]
pub(super) struct Door(Option<(TcpListenSettings, TcpListener)>);

impl Way {
    /// Opens the medium of `settings`; a listening one waits for its caller.
    pub(super) async fn open(
        settings: &MediaSettings,
        door: &mut Door,
    ) -> Result<Self, MediaError> {
        match settings {
            MediaSettings::Tcp(settings) => Ok(Self::Stream(AsyncStream::connect(settings).await?)),
            MediaSettings::Udp(settings) => {
                Ok(Self::Datagrams(AsyncDatagram::connect(settings).await?))
            }
            MediaSettings::Serial(settings) => {
                Ok(Self::Serial(Box::new(AsyncSerial::open(settings.clone())?)))
            }
            MediaSettings::TcpListen(settings) => door.answer(settings).await,
            _ => Err(MediaError::Unsupported("be polled over")),
        }
    }
}

impl Door {
    async fn answer(&mut self, settings: &TcpListenSettings) -> Result<Way, MediaError> {
        if self.0.as_ref().is_none_or(|(open, _)| open != settings) {
            self.0 = Some((settings.clone(), listen_async(settings).await?));
        }
        let name = format!("{}:{}", settings.address, settings.port);
        let Some((_, listener)) = &self.0 else { return Err(MediaError::NotOpen) };
        let accepted = listener.accept().await;
        let (stream, caller) = accepted.map_err(|error| MediaError::Io {
            name: name.clone(),
            what: "accept",
            source: error,
        })?;
        // Without, a request waits for the answer to the one before.
        let _ = stream.set_nodelay(settings.nodelay);
        Ok(Way::Stream(AsyncStream::new(stream, caller.to_string())))
    }
}

impl AsyncMedia for Way {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), MediaError>> {
        match self {
            Self::Stream(media) => media.poll_receive(cx, buf),
            Self::Datagrams(media) => media.poll_receive(cx, buf),
            Self::Serial(media) => media.poll_receive(cx, buf),
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, MediaError>> {
        match self {
            Self::Stream(media) => media.poll_send(cx, octets),
            Self::Datagrams(media) => media.poll_send(cx, octets),
            Self::Serial(media) => media.poll_send(cx, octets),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), MediaError>> {
        match self {
            Self::Stream(media) => media.poll_flush(cx),
            Self::Datagrams(media) => media.poll_flush(cx),
            Self::Serial(media) => media.poll_flush(cx),
        }
    }

    fn line_time(&self, count: usize) -> Duration {
        match self {
            Self::Serial(media) => media.line_time(count),
            _ => Duration::ZERO,
        }
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        match self {
            Self::Serial(media) => media.reconfigure(line),
            // A converter has its own settings.
            _ => Err(MediaError::Unsupported("switch the line")),
        }
    }

    fn is_datagram(&self) -> bool {
        matches!(self, Self::Datagrams(_))
    }
}
