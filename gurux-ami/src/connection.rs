//! The way to a meter: a medium, what is told of it, and the transport that goes with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use gurux_device::{LinkSettings, Seed};
use gurux_media::replay::{Conversation, Recording, Step};
use gurux_media::{LineSettings, Media, MediaError, MediaSettings, TraceLevel, Traced, new_media};

use crate::cli::Common;
use crate::counters::CounterFolder;
use crate::exit::{Exit, Failure};
use crate::span::span;

/// A medium whose kind is known at run time only.
pub(crate) type AnyMedia = Box<dyn Media + Send>;

/// Over what, and framed how.
#[derive(Args, Clone, Debug)]
pub(crate) struct MediaArgs {
    /// The medium: tcp:HOST:PORT, udp:HOST:PORT, tcp-listen:ADDR:PORT, udp-listen:ADDR:PORT,
    /// serial:PATH,SPEED,8N1, pty:LINK, replay:FILE
    #[arg(long, value_name = "MEDIA")]
    pub(crate) media: MediaSettings,
    /// How messages are framed, if not in the usual way: tcp over a network and rtu on a line for
    /// Modbus, wired for M-Bus, as the profile says or wrapper over a network and hdlc on a line for
    /// DLMS
    #[arg(long, value_enum)]
    pub(crate) transport: Option<Transport>,
}

/// How messages are framed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Transport {
    /// Octets with a check sum.
    Rtu,
    /// Characters of hex between a colon and a line end.
    Ascii,
    /// With the header of Modbus TCP.
    Tcp,
    /// M-Bus of two wires.
    Wired,
    /// What a receiver of wireless M-Bus hands on.
    Wireless,
    /// The wrapper of DLMS over TCP and UDP.
    Wrapper,
    /// DLMS in HDLC.
    Hdlc,
    /// DLMS in HDLC behind a sign-on, as on an optical head.
    ModeE,
}

/// How often and how long a meter is waited for, and what is remembered of a conversation.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PatienceArgs {
    /// How long to wait for an answer (400ms, 2s), in place of what the profile says
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub(crate) timeout: Option<Duration>,
    /// How often to ask again, in place of what the profile says
    #[arg(long, value_name = "COUNT")]
    pub(crate) resend: Option<u8>,
    /// What is sent comes back first: a two-wire converter without echo suppression
    #[arg(long)]
    pub(crate) local_echo: bool,
    /// A folder in which invocation counters are kept: no run sends under one that another has used.
    /// Without, they begin where the profile says, or at what the meter tells
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state: Option<PathBuf>,
}

/// What a medium carries octets as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Carrier {
    Line,
    Stream,
    Datagrams,
}

impl MediaArgs {
    /// The transport, in the words of the protocol's driver.
    pub(crate) fn transport(&self, protocol: &str) -> &'static str {
        let carrier = carrier(&self.media);
        let natural = match carrier {
            _ if protocol == "mbus" => Transport::Wired,
            Carrier::Datagrams if protocol == "dlms" => Transport::Wrapper,
            // The profile knows, or its driver.
            _ if protocol == "dlms" && self.transport.is_none() => return "",
            Carrier::Line => Transport::Rtu,
            Carrier::Stream | Carrier::Datagrams => Transport::Tcp,
        };
        match (self.transport.unwrap_or(natural), carrier) {
            (Transport::Wired, _) => "wired",
            (Transport::Wireless, _) => "wireless",
            (Transport::Wrapper, Carrier::Datagrams) => "udp",
            (Transport::Wrapper, _) => "wrapper",
            (Transport::Hdlc, _) => "hdlc",
            (Transport::ModeE, _) => "mode-e",
            (Transport::Rtu, Carrier::Line) => "rtu",
            (Transport::Rtu, _) => "rtu-over-tcp",
            (Transport::Ascii, Carrier::Line) => "ascii",
            (Transport::Ascii, _) => "ascii-over-tcp",
            (Transport::Tcp, Carrier::Datagrams) => "udp",
            (Transport::Tcp, _) => "tcp",
        }
    }

    /// How messages travel.
    pub(crate) fn link(&self, protocol: &str) -> LinkSettings {
        let link = LinkSettings::new(self.transport(protocol));
        let link = link.with_seed(Seed::new(crate::random::octets()));
        match line(&self.media) {
            Some(line) => link.with_line(line),
            None => link,
        }
    }
}

impl PatienceArgs {
    /// The same, with what was said on the command line.
    pub(crate) fn apply(&self, mut link: LinkSettings) -> LinkSettings {
        if let Some(timeout) = self.timeout {
            link = link.with_wait_time(timeout);
        }
        if let Some(resend) = self.resend {
            link = link.with_resend_count(resend);
        }
        if let Some(folder) = &self.state {
            link = link.with_counters(Arc::new(CounterFolder::new(folder)));
        }
        if self.local_echo { link.with_local_echo() } else { link }
    }
}

/// The line of a medium that has one.
fn line(media: &MediaSettings) -> Option<LineSettings> {
    match media {
        MediaSettings::Serial(serial) => Some(serial.line),
        MediaSettings::Pty(pty) => Some(pty.line),
        _ => None,
    }
}

fn carrier(media: &MediaSettings) -> Carrier {
    match media {
        MediaSettings::Serial(_) | MediaSettings::Pty(_) => Carrier::Line,
        MediaSettings::Udp(_) | MediaSettings::UdpListen(_) => Carrier::Datagrams,
        MediaSettings::Replay(replay) => recorded(&replay.file).unwrap_or(Carrier::Stream),
        _ => Carrier::Stream,
    }
}

/// What the medium of a recording carried; opening it says what is wrong with the file.
fn recorded(file: &Path) -> Option<Carrier> {
    let conversation: Conversation = std::fs::read_to_string(file).ok()?.parse().ok()?;
    conversation.entries.iter().find_map(|entry| match &entry.step {
        Step::Open { datagrams: true, .. } => Some(Carrier::Datagrams),
        Step::Open { kind, .. } if kind == "Net" => Some(Carrier::Stream),
        Step::Open { .. } => Some(Carrier::Line),
        _ => None,
    })
}

/// The open medium of these settings, recorded and told of as asked.
pub(crate) fn open(settings: &MediaSettings, common: &Common) -> Result<AnyMedia, Failure> {
    let failed = |error| unreachable(settings, &error);
    let mut media = observed(new_media(settings).map_err(failed)?, common)?;
    if let MediaSettings::TcpListen(_) = settings {
        // This can take long, and whoever waits should know what for.
        eprintln!("gurux-ami: {}: waiting for a meter to call", media.name());
    }
    media.open().map_err(failed)?;
    Ok(media)
}

/// The same medium, recorded and told of as asked.
pub(crate) fn observed(media: AnyMedia, common: &Common) -> Result<AnyMedia, Failure> {
    let mut media = media;
    if let Some(file) = &common.trace {
        let recording = Recording::create(media, file)
            .map_err(|error| Failure::usage(format!("the trace cannot be written: {error}")))?;
        media = Box::new(recording);
    }
    let level = match common.verbose {
        0 => return Ok(media),
        1 => TraceLevel::Info,
        _ => TraceLevel::Verbose,
    };
    Ok(Box::new(Traced::new(media, level, |trace| eprintln!("{trace}"))))
}

/// Why nobody was reached. A recording that is none, or is another, is a bad file.
pub(crate) fn unreachable(settings: &MediaSettings, error: &MediaError) -> Failure {
    let exit = match (settings, error) {
        (MediaSettings::Replay(_), _) => Exit::Invalid,
        (_, MediaError::Unsupported(_)) => Exit::Usage,
        _ => Exit::Unreachable,
    };
    Failure::new(exit, error.to_string())
}
