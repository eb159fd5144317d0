//! The short text form: a word, a colon, and what that medium needs.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use std::format;
use std::string::{String, ToString};

use super::{
    MediaSettings, PtySettings, ReplaySettings, SerialSettings, TcpListenSettings, TcpSettings,
    UdpListenSettings, UdpSettings,
};
use crate::{FlowControl, LineSettings, Rs485};

/// The right form of each medium, for help texts: the word, and the whole.
#[rustfmt::skip]
pub static FORMS: [(&str, &str); 7] = [
    ("tcp",        "tcp:HOST:PORT"),
    ("tcp-listen", "tcp-listen:ADDR:PORT"),
    ("udp",        "udp:HOST:PORT"),
    ("udp-listen", "udp-listen:ADDR:PORT"),
    ("serial",     "serial:PATH[,SPEED[,8N1]][,rs485][,rts-low][,before=2ms][,after=1ms][,pause=5ms]\
                    [,software-parity][,xonxoff][,rtscts]"),
    ("pty",        "pty:LINK[,SPEED[,8N1]][,software-parity]"),
    ("replay",     "replay:FILE"),
];

/// Why a text describes no medium, with the form that would.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{text}`: {what}; write {form}")]
pub struct DescribeMediaError {
    /// The whole text.
    pub text: String,
    /// What is wrong with it.
    pub what: String,
    /// The right form.
    pub form: String,
}

impl FromStr for MediaSettings {
    type Err = DescribeMediaError;

    fn from_str(text: &str) -> Result<Self, DescribeMediaError> {
        let wrong =
            |what: String, form: String| DescribeMediaError { text: text.to_string(), what, form };
        let every_form = || {
            let forms = FORMS.map(|(_, form)| form);
            forms.join(" or ")
        };
        let Some((word, rest)) = text.split_once(':') else {
            return Err(wrong("no medium is named".to_string(), every_form()));
        };
        let Some((_, form)) = FORMS.iter().find(|(name, _)| *name == word) else {
            return Err(wrong(format!("`{word}` is no medium"), every_form()));
        };
        read(word, rest).map_err(|what| wrong(what, (*form).to_string()))
    }
}

fn read(word: &str, rest: &str) -> Result<MediaSettings, String> {
    Ok(match word {
        "tcp" => {
            let (host, port) = host_and_port(rest)?;
            MediaSettings::Tcp(TcpSettings::new(host, port))
        }
        "tcp-listen" => {
            let (address, port) = host_and_port(rest)?;
            MediaSettings::TcpListen(TcpListenSettings::new(address, port))
        }
        "udp" => {
            let (host, port) = host_and_port(rest)?;
            MediaSettings::Udp(UdpSettings::new(host, port))
        }
        "udp-listen" => {
            let (address, port) = host_and_port(rest)?;
            MediaSettings::UdpListen(UdpListenSettings::new(address, port))
        }
        "serial" => MediaSettings::Serial(serial(rest)?),
        "pty" => {
            let SerialSettings { path, line, software_parity, .. } = serial(rest)?;
            MediaSettings::Pty(PtySettings { link: path.into(), line, software_parity })
        }
        _ if rest.is_empty() => return Err("the file is missing".to_string()),
        _ => MediaSettings::Replay(ReplaySettings::new(rest)),
    })
}

fn host_and_port(text: &str) -> Result<(&str, u16), String> {
    let (host, port) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match text.rsplit_once(':') {
            Some((host, _)) if host.contains(':') => {
                return Err("an IPv6 address stands in brackets".to_string());
            }
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err("the host is missing".to_string());
    }
    let port = port.ok_or("the port is missing")?;
    let port = port.parse().map_err(|_| format!("`{port}` is no port (0 to 65535)"))?;
    Ok((host, port))
}

fn serial(text: &str) -> Result<SerialSettings, String> {
    let mut parts = text.split(',').peekable();
    let path = parts.next().filter(|path| !path.is_empty()).ok_or("the path is missing")?;
    let mut line = LineSettings::default();
    if let Some(speed) = parts.next_if(starts_with_digit) {
        let character = parts.next_if(starts_with_digit).unwrap_or("8N1");
        line = format!("{speed},{character}")
            .parse()
            .map_err(|_| format!("`{speed},{character}` is no speed and character"))?;
    }
    let mut settings = SerialSettings::new(path, line);
    let mut rs485 = None::<Rs485>;
    for option in parts {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let span = || {
            let span = value.strip_suffix("ms").and_then(milliseconds);
            span.ok_or_else(|| format!("`{option}` is no time in ms"))
        };
        match name {
            "rs485" => _ = rs485.get_or_insert_default(),
            "rts-low" => rs485.get_or_insert_default().rts_low_on_send = true,
            "before" => rs485.get_or_insert_default().delay_before_send = span()?,
            "after" => rs485.get_or_insert_default().delay_after_send = span()?,
            "pause" => settings.pause_before_send = span()?,
            "software-parity" => settings.software_parity = true,
            "xonxoff" => settings.line.flow = FlowControl::Software,
            "rtscts" => settings.line.flow = FlowControl::Hardware,
            _ => return Err(format!("`{option}` is no option of a serial line")),
        }
    }
    settings.line.rs485 = rs485;
    Ok(settings)
}

fn starts_with_digit(text: &&str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

/// `2`, `1.5`: milliseconds, to the microsecond.
pub(super) fn milliseconds(number: &str) -> Option<Duration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let micros: u64 = format!("{fraction:0<3}").parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    Some(Duration::from_micros(whole.checked_mul(1_000)?.checked_add(micros)?))
}

/// The short text form. What it has no words for (time-outs, keep-alive) is not in it.
impl fmt::Display for MediaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(it) => write!(f, "tcp:{}", Endpoint(&it.host, it.port)),
            Self::TcpListen(it) => write!(f, "tcp-listen:{}", Endpoint(&it.address, it.port)),
            Self::Udp(it) => write!(f, "udp:{}", Endpoint(&it.host, it.port)),
            Self::UdpListen(it) => write!(f, "udp-listen:{}", Endpoint(&it.address, it.port)),
            Self::Serial(it) => {
                write!(f, "serial:{}", it.path)?;
                write_line(f, &it.line, it.software_parity)?;
                write_span(f, "pause", it.pause_before_send)
            }
            Self::Pty(it) => {
                write!(f, "pty:{}", it.link.display())?;
                write_line(f, &it.line, it.software_parity)
            }
            Self::Replay(it) => write!(f, "replay:{}", it.file.display()),
        }
    }
}

/// `host:port`, with brackets where the host is an IPv6 address.
pub(crate) struct Endpoint<'a>(pub(crate) &'a str, pub(crate) u16);

impl fmt::Display for Endpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(host, port) = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

fn write_line(
    f: &mut fmt::Formatter<'_>,
    line: &LineSettings,
    software_parity: bool,
) -> fmt::Result {
    let character = line.to_string();
    write!(f, ",{}", character.replace(' ', ","))?;
    if let Some(rs485) = &line.rs485 {
        f.write_str(",rs485")?;
        if rs485.rts_low_on_send {
            f.write_str(",rts-low")?;
        }
        write_span(f, "before", rs485.delay_before_send)?;
        write_span(f, "after", rs485.delay_after_send)?;
    }
    match line.flow {
        FlowControl::None => {}
        FlowControl::Software => f.write_str(",xonxoff")?,
        FlowControl::Hardware => f.write_str(",rtscts")?,
    }
    if software_parity { f.write_str(",software-parity") } else { Ok(()) }
}

fn write_span(f: &mut fmt::Formatter<'_>, name: &str, span: Duration) -> fmt::Result {
    if span.is_zero() { Ok(()) } else { write!(f, ",{name}={}ms", Milliseconds(span)) }
}

/// A span as [`milliseconds`] reads it.
pub(super) struct Milliseconds(pub(super) Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        match (micros / 1_000, micros % 1_000) {
            (millis, 0) => write!(f, "{millis}"),
            (millis, rest) => write!(f, "{millis}.{rest:03}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> MediaSettings {
        let settings: MediaSettings = text.parse().unwrap();
        assert_eq!(settings.to_string(), text);
        settings
    }

    #[test]
    fn each_form_reads_and_writes_the_same() {
        round("tcp:meter.example:4059");
        round("tcp:[fe80::1%eth0]:4059");
        round("tcp-listen:0.0.0.0:4059");
        round("tcp-listen:[::]:0");
        round("udp:10.0.0.5:502");
        round("udp-listen:127.0.0.1:502");
        round("serial:/dev/ttyUSB0,9600,8N1");
        round("serial:COM3,300,7E1,rtscts,software-parity,pause=5ms");
        round("pty:/tmp/meter,19200,8E1");
        round("replay:/tmp/a:b,c.txt");
    }

    #[test]
    fn rs485_options_are_read() {
        let text = "serial:/dev/ttyS1,19200,8E1,rs485,rts-low,before=2ms,after=0.150ms";
        let MediaSettings::Serial(settings) = round(text) else { panic!() };
        assert_eq!(
            settings.line.rs485,
            Some(Rs485 {
                rts_low_on_send: true,
                delay_before_send: Duration::from_millis(2),
                delay_after_send: Duration::from_micros(150),
            })
        );
        // Any of its options alone means RS-485.
        let short: MediaSettings = "serial:/dev/ttyS1,after=1.5ms".parse().unwrap();
        assert_eq!(short.to_string(), "serial:/dev/ttyS1,9600,8N1,rs485,after=1.500ms");
    }

    #[test]
    fn a_bad_text_names_the_fault_and_the_right_form() {
        let says = |text: &str| text.parse::<MediaSettings>().unwrap_err().to_string();
        let cases = [
            ("tcp:10.0.0.5", "`tcp:10.0.0.5`: the port is missing; write tcp:HOST:PORT"),
            ("udp::502", "`udp::502`: the host is missing; write udp:HOST:PORT"),
            ("tcp:h:99999", "`tcp:h:99999`: `99999` is no port (0 to 65535); write tcp:HOST:PORT"),
            (
                "tcp-listen:::1:502",
                "`tcp-listen:::1:502`: an IPv6 address stands in brackets; \
                 write tcp-listen:ADDR:PORT",
            ),
            (
                "pty:/tmp/x,9600,9N1",
                "`pty:/tmp/x,9600,9N1`: `9600,9N1` is no speed and character; \
                 write pty:LINK[,SPEED[,8N1]][,software-parity]",
            ),
            ("replay:", "`replay:`: the file is missing; write replay:FILE"),
        ];
        for (text, sentence) in cases {
            assert_eq!(says(text), sentence);
        }
        assert!(says("serial:").contains("the path is missing"));
        assert!(says("serial:/dev/x,9600,8N1,wat").contains("`wat` is no option"));
        assert!(says("serial:/dev/x,9600,8N1,pause=5").contains("`pause=5` is no time in ms"));
        assert!(says("modem:5551234").contains("`modem` is no medium; write tcp:HOST:PORT or"));
        assert!(says("10.0.0.5").contains("no medium is named"));
    }
}
