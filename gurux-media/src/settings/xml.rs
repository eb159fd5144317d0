//! The XML fragment: the settings as the original's media write them.
//!
//! A fragment has no root element, and leaves out what is as usual. Element names and numbers are
//! those of Gurux.Net and Gurux.Serial, so a profile or a device list of theirs can be read:
//!
//! | kind | element | value | left out |
//! | --- | --- | --- | --- |
//! | Net | `Server` | 1: the port is listened on | 0 |
//! | | `IP` | host; of a listening port, its own address | every address |
//! | | `Port` | number | 0 |
//! | | `Protocol` | 0 UDP, 1 TCP | 1 |
//! | | `IPv6` | 1: only addresses of version 6 | 0 |
//! | Serial | `Port` | `COM3`, `/dev/ttyUSB0` | |
//! | | `Bps` | bits a second | 9600 |
//! | | `StopBits` | 1, 2, or .NET's name (`One`, `Two`) | 1 |
//! | | `Parity` | 0 none, 1 odd, 2 even, 3 mark, 4 space, or .NET's name | 0 |
//! | | `ByteSize` | data bits | 8 |
//! | | `Handshake` | 0 none, 1 XON/XOFF, 2 RTS/CTS, or .NET's name | 0 |
//!
//! Ours are, for `Serial`: `Rs485`, `RtsLow`, `SoftwareParity` (1 or 0), `DelayBeforeSend`,
//! `DelayAfterSend`, `PauseBeforeSend` (milliseconds, with up to three decimals); the kind `Pty`
//! with the elements of a serial port (`Port` is the link); the kind `Replay` with `File`.

use core::fmt::{self, Write};
use core::time::Duration;
use std::borrow::ToOwned;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use quick_xml::Reader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};

use super::text::{Milliseconds, milliseconds};
use super::{
    MediaSettings, PtySettings, ReplaySettings, SerialSettings, TcpListenSettings, TcpSettings,
    UdpListenSettings, UdpSettings,
};
use crate::{FlowControl, LineSettings, Parity, Rs485};

/// What is wrong in a fragment, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct FragmentError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl MediaSettings {
    /// Reads a fragment of the kind that [`kind`](Self::kind) names.
    ///
    /// ```
    /// use gurux_media::MediaSettings;
    ///
    /// let fragment = "<Port>COM3</Port><Bps>300</Bps><Parity>2</Parity><ByteSize>7</ByteSize>";
    /// let settings = MediaSettings::from_xml("Serial", fragment)?;
    /// assert_eq!(settings.to_string(), "serial:COM3,300,7E1");
    ///
    /// let error = MediaSettings::from_xml("Net", "<IP>10.0.0.5</IP>\n<Prot>1</Prot>").unwrap_err();
    /// assert_eq!(error.to_string(), "line 2, column 1: `Prot` is no setting of Net");
    /// # Ok::<(), gurux_media::settings::FragmentError>(())
    /// ```
    ///
    /// # Errors
    /// [`FragmentError`] for a kind, an element or a value that is not known, an element twice,
    /// and for what is no XML.
    pub fn from_xml(kind: &str, fragment: &str) -> Result<Self, FragmentError> {
        let kinds = ["Net", "Serial", "Pty", "Replay"];
        let Some(kind) = kinds.into_iter().find(|known| *known == kind) else {
            let what = format!("`{kind}` is no kind of medium; known are {}", kinds.join(", "));
            return Err(FragmentError { line: 1, column: 1, what });
        };
        let mut elements = Elements::new(kind, fragment);
        match kind {
            "Net" => read_net(&mut elements),
            "Serial" => {
                let settings = read_serial(&mut elements)?;
                if settings.path.is_empty() {
                    return Err(elements.wrong_here("`Port` is missing".to_string()));
                }
                Ok(Self::Serial(settings))
            }
            "Pty" => {
                let SerialSettings { path, line, software_parity, .. } =
                    read_serial(&mut elements)?;
                if path.is_empty() {
                    return Err(elements.wrong_here("`Port` is missing".to_string()));
                }
                Ok(Self::Pty(PtySettings { link: path.into(), line, software_parity }))
            }
            _ => read_replay(&mut elements),
        }
    }

    /// Writes the fragment, one element a line.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut out = String::new();
        match self {
            Self::Tcp(it) => write_net(&mut out, false, &it.host, it.port, true, it.ipv6),
            Self::Udp(it) => write_net(&mut out, false, &it.host, it.port, false, it.ipv6),
            Self::TcpListen(it) => write_listener(&mut out, &it.address, it.port, true),
            Self::UdpListen(it) => write_listener(&mut out, &it.address, it.port, false),
            Self::Serial(it) => {
                write_serial(&mut out, &it.path, &it.line, it.software_parity);
                write_span(&mut out, "PauseBeforeSend", it.pause_before_send);
            }
            Self::Pty(it) => {
                write_serial(
                    &mut out,
                    &it.link.display().to_string(),
                    &it.line,
                    it.software_parity,
                );
            }
            Self::Replay(it) => element(&mut out, "File", it.file.display()),
        }
        out
    }
}

fn read_net(elements: &mut Elements<'_>) -> Result<MediaSettings, FragmentError> {
    let (mut server, mut ip, mut port, mut tcp, mut ipv6) = (false, String::new(), 0, true, false);
    while let Some(name) = elements.next()? {
        match name.as_str() {
            "Server" => server = elements.flag()?,
            "IP" => ip = elements.value.clone(),
            "Port" => port = elements.number("a port (0 to 65535)")?,
            "Protocol" => {
                tcp = elements.choice(
                    "a protocol",
                    &[("0", false), ("1", true), ("Udp", false), ("Tcp", true)],
                )?;
            }
            "IPv6" => ipv6 = elements.flag()?,
            _ => return Err(elements.unknown(&name)),
        }
    }
    if server {
        if ip.is_empty() {
            ip = if ipv6 { "::" } else { "0.0.0.0" }.to_owned();
        }
        return Ok(if tcp {
            MediaSettings::TcpListen(TcpListenSettings::new(ip, port))
        } else {
            MediaSettings::UdpListen(UdpListenSettings::new(ip, port))
        });
    }
    if ip.is_empty() {
        return Err(elements.wrong_here("`IP` is missing".to_string()));
    }
    Ok(if tcp {
        MediaSettings::Tcp(TcpSettings { ipv6, ..TcpSettings::new(ip, port) })
    } else {
        MediaSettings::Udp(UdpSettings { ipv6, ..UdpSettings::new(ip, port) })
    })
}

fn read_serial(elements: &mut Elements<'_>) -> Result<SerialSettings, FragmentError> {
    let mut settings = SerialSettings::new("", LineSettings::default());
    let mut rs485 = None::<Rs485>;
    let line = &mut settings.line;
    while let Some(name) = elements.next()? {
        match name.as_str() {
            "Port" => settings.path = elements.value.clone(),
            "Bps" => {
                line.baud = elements.number("a speed")?;
                if line.baud == 0 {
                    return Err(elements.bad_value("a speed"));
                }
            }
            // The original writes 0 for a line whose stop bits nobody set.
            "StopBits" => {
                line.stop_bits = elements.choice(
                    "a number of stop bits (1 or 2)",
                    &[("0", 1), ("1", 1), ("2", 2), ("None", 1), ("One", 1), ("Two", 2)],
                )?;
            }
            "Parity" => line.parity = elements.choice("a parity (0 to 4)", &PARITIES)?,
            "ByteSize" => {
                let sizes = [("5", 5), ("6", 6), ("7", 7), ("8", 8)];
                line.data_bits = elements.choice("a number of data bits (5 to 8)", &sizes)?;
            }
            "Handshake" => line.flow = elements.choice("a handshake (0 to 2)", &HANDSHAKES)?,
            "SoftwareParity" => settings.software_parity = elements.flag()?,
            "PauseBeforeSend" => settings.pause_before_send = elements.span()?,
            "Rs485" => {
                if elements.flag()? {
                    rs485.get_or_insert_default();
                }
            }
            "RtsLow" => rs485.get_or_insert_default().rts_low_on_send = elements.flag()?,
            "DelayBeforeSend" => {
                rs485.get_or_insert_default().delay_before_send = elements.span()?;
            }
            "DelayAfterSend" => {
                rs485.get_or_insert_default().delay_after_send = elements.span()?;
            }
            _ => return Err(elements.unknown(&name)),
        }
    }
    settings.line.rs485 = rs485;
    Ok(settings)
}

fn read_replay(elements: &mut Elements<'_>) -> Result<MediaSettings, FragmentError> {
    let mut file = String::new();
    while let Some(name) = elements.next()? {
        match name.as_str() {
            "File" => file = elements.value.clone(),
            _ => return Err(elements.unknown(&name)),
        }
    }
    if file.is_empty() {
        return Err(elements.wrong_here("`File` is missing".to_string()));
    }
    Ok(MediaSettings::Replay(ReplaySettings::new(file)))
}

/// By number, then by the name of .NET's `System.IO.Ports.Parity`.
#[rustfmt::skip]
static PARITIES: [(&str, Parity); 10] = [
    ("0", Parity::None),    ("1", Parity::Odd),   ("2", Parity::Even),
    ("3", Parity::Mark),    ("4", Parity::Space),
    ("None", Parity::None), ("Odd", Parity::Odd), ("Even", Parity::Even),
    ("Mark", Parity::Mark), ("Space", Parity::Space),
];

/// By number, then by the name of .NET's `System.IO.Ports.Handshake`.
#[rustfmt::skip]
static HANDSHAKES: [(&str, FlowControl); 6] = [
    ("0", FlowControl::None),        ("1", FlowControl::Software),
    ("2", FlowControl::Hardware),
    ("None", FlowControl::None),     ("XOnXOff", FlowControl::Software),
    ("RequestToSend", FlowControl::Hardware),
];

/// The elements of a fragment, one by one, each with its text.
struct Elements<'a> {
    kind: &'static str,
    fragment: &'a str,
    reader: Reader<&'a [u8]>,
    /// Where the element at hand begins.
    start: usize,
    value: String,
    seen: Vec<String>,
}

impl<'a> Elements<'a> {
    fn new(kind: &'static str, fragment: &'a str) -> Self {
        let reader = Reader::from_str(fragment);
        Self { kind, fragment, reader, start: 0, value: String::new(), seen: Vec::new() }
    }

    /// The name of the next element; its text is in `value`.
    fn next(&mut self) -> Result<Option<String>, FragmentError> {
        loop {
            self.start = self.position();
            match self.event()? {
                Event::Eof => return Ok(None),
                Event::Start(tag) => {
                    let name = self.name(&tag)?;
                    self.value = self.text(&name)?;
                    return Ok(Some(name));
                }
                Event::Empty(tag) => {
                    let name = self.name(&tag)?;
                    self.value.clear();
                    return Ok(Some(name));
                }
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                _ => return Err(self.wrong_here("a setting is an element".to_string())),
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn event(&mut self) -> Result<Event<'a>, FragmentError> {
        self.reader.read_event().map_err(|error| {
            let at = usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
            self.wrong(at, error.to_string())
        })
    }

    /// Takes the name down; no setting stands twice.
    fn name(&mut self, tag: &BytesStart<'_>) -> Result<String, FragmentError> {
        let name = tag.name().into_inner().to_owned();
        if self.seen.contains(&name) {
            return Err(self.wrong_here(format!("`{name}` is there twice")));
        }
        self.seen.push(name.clone());
        Ok(name)
    }

    /// The text up to the end of the element `name`.
    fn text(&mut self, name: &str) -> Result<String, FragmentError> {
        let mut text = String::new();
        loop {
            match self.event()? {
                Event::End(_) => return Ok(text.trim().to_owned()),
                Event::Text(part) => text.push_str(&part.into_inner()),
                Event::CData(part) => text.push_str(&part.into_inner()),
                Event::Comment(_) | Event::PI(_) => {}
                Event::GeneralRef(entity) => {
                    let raw = format!("&{};", &*entity);
                    let plain =
                        unescape(&raw).map_err(|error| self.wrong_here(error.to_string()))?;
                    text.push_str(&plain);
                }
                Event::Eof => return Err(self.wrong_here(format!("`{name}` does not end"))),
                _ => {
                    return Err(self.wrong_here(format!("`{name}` holds a value and nothing else")));
                }
            }
        }
    }

    fn flag(&self) -> Result<bool, FragmentError> {
        let flags = [("0", false), ("1", true), ("false", false), ("true", true)];
        self.choice("0 or 1", &flags)
    }

    fn number<T: core::str::FromStr>(&self, what: &str) -> Result<T, FragmentError> {
        self.value.parse().map_err(|_| self.bad_value(what))
    }

    fn span(&self) -> Result<Duration, FragmentError> {
        milliseconds(&self.value).ok_or_else(|| self.bad_value("a time in ms"))
    }

    fn choice<T: Copy>(&self, what: &str, known: &[(&str, T)]) -> Result<T, FragmentError> {
        let found = known.iter().find(|(text, _)| *text == self.value);
        found.map(|(_, value)| *value).ok_or_else(|| self.bad_value(what))
    }

    fn bad_value(&self, what: &str) -> FragmentError {
        self.wrong_here(format!("`{}` is not {what}", self.value))
    }

    fn unknown(&self, name: &str) -> FragmentError {
        self.wrong_here(format!("`{name}` is no setting of {}", self.kind))
    }

    /// An error at the element at hand.
    fn wrong_here(&self, what: String) -> FragmentError {
        self.wrong(self.start, what)
    }

    fn wrong(&self, at: usize, what: String) -> FragmentError {
        let before = self.fragment.get(..at).unwrap_or(self.fragment);
        let line = before.matches('\n').count() + 1;
        let last = before.rsplit('\n').next().unwrap_or_default();
        FragmentError { line, column: last.chars().count() + 1, what }
    }
}

fn element(out: &mut String, name: &str, value: impl fmt::Display) {
    let value = value.to_string();
    // A String takes everything.
    _ = writeln!(out, "<{name}>{}</{name}>", escape(&value));
}

fn write_net(out: &mut String, server: bool, ip: &str, port: u16, tcp: bool, ipv6: bool) {
    if server {
        element(out, "Server", 1);
    }
    if !ip.is_empty() {
        element(out, "IP", ip);
    }
    if port != 0 {
        element(out, "Port", port);
    }
    if !tcp {
        element(out, "Protocol", 0);
    }
    if ipv6 {
        element(out, "IPv6", 1);
    }
}

fn write_listener(out: &mut String, address: &str, port: u16, tcp: bool) {
    match address {
        "0.0.0.0" => write_net(out, true, "", port, tcp, false),
        "::" => write_net(out, true, "", port, tcp, true),
        _ => write_net(out, true, address, port, tcp, false),
    }
}

fn write_serial(out: &mut String, path: &str, line: &LineSettings, software_parity: bool) {
    element(out, "Port", path);
    if line.baud != 9600 {
        element(out, "Bps", line.baud);
    }
    // Always: without it, the original takes a line to have no stop bit at all.
    element(out, "StopBits", line.stop_bits);
    if line.parity != Parity::None {
        element(out, "Parity", number_of(&PARITIES, line.parity));
    }
    if line.data_bits != 8 {
        element(out, "ByteSize", line.data_bits);
    }
    if line.flow != FlowControl::None {
        element(out, "Handshake", number_of(&HANDSHAKES, line.flow));
    }
    if software_parity {
        element(out, "SoftwareParity", 1);
    }
    if let Some(rs485) = &line.rs485 {
        element(out, "Rs485", 1);
        if rs485.rts_low_on_send {
            element(out, "RtsLow", 1);
        }
        write_span(out, "DelayBeforeSend", rs485.delay_before_send);
        write_span(out, "DelayAfterSend", rs485.delay_after_send);
    }
}

fn write_span(out: &mut String, name: &str, span: Duration) {
    if !span.is_zero() {
        element(out, name, Milliseconds(span));
    }
}

/// The first text of a value in its table: its number.
fn number_of<T: PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table.iter().find(|(_, known)| *known == value).map_or("0", |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn round(text: &str, fragment: &str) {
        let settings: MediaSettings = text.parse().unwrap();
        assert_eq!(settings.to_xml().replace('\n', ""), fragment);
        assert_eq!(MediaSettings::from_xml(settings.kind(), &settings.to_xml()).unwrap(), settings);
    }

    #[test]
    fn a_fragment_holds_only_what_is_not_as_usual() {
        round("tcp:10.0.0.5:502", "<IP>10.0.0.5</IP><Port>502</Port>");
        round("udp:meter:502", "<IP>meter</IP><Port>502</Port><Protocol>0</Protocol>");
        round("tcp-listen:0.0.0.0:4059", "<Server>1</Server><Port>4059</Port>");
        round("tcp-listen:[::]:4059", "<Server>1</Server><Port>4059</Port><IPv6>1</IPv6>");
        round(
            "udp-listen:127.0.0.1:0",
            "<Server>1</Server><IP>127.0.0.1</IP><Protocol>0</Protocol>",
        );
        round("serial:COM3", "<Port>COM3</Port><StopBits>1</StopBits>");
        round(
            "serial:/dev/ttyS1,300,7E2,rtscts,software-parity,pause=1.5ms",
            "<Port>/dev/ttyS1</Port><Bps>300</Bps><StopBits>2</StopBits><Parity>2</Parity>\
             <ByteSize>7</ByteSize><Handshake>2</Handshake><SoftwareParity>1</SoftwareParity>\
             <PauseBeforeSend>1.500</PauseBeforeSend>",
        );
        round(
            "serial:/dev/ttyS1,9600,8S1,rs485,rts-low,before=2ms,after=1ms",
            "<Port>/dev/ttyS1</Port><StopBits>1</StopBits><Parity>4</Parity><Rs485>1</Rs485>\
             <RtsLow>1</RtsLow><DelayBeforeSend>2</DelayBeforeSend>\
             <DelayAfterSend>1</DelayAfterSend>",
        );
        round(
            "pty:/tmp/a&b,300,8N1",
            "<Port>/tmp/a&amp;b</Port><Bps>300</Bps><StopBits>1</StopBits>",
        );
        round("replay:/tmp/<x>", "<File>/tmp/&lt;x&gt;</File>");
    }

    /// As Gurux.Net and Gurux.Serial write it, names of .NET included.
    #[test]
    fn the_originals_fragments_are_read() {
        let read = |kind, fragment| MediaSettings::from_xml(kind, fragment).unwrap().to_string();
        assert_eq!(
            read("Net", "<Server>1</Server>\r\n<Port>4059</Port>\r\n<Protocol>0</Protocol>\r\n"),
            "udp-listen:0.0.0.0:4059"
        );
        assert_eq!(
            read("Net", "<IP>localhost</IP>\r\n<Port>4060</Port>\r\n<Protocol>1</Protocol>\r\n"),
            "tcp:localhost:4060"
        );
        assert_eq!(
            read("Serial", "<Port>COM1</Port><StopBits>One</StopBits><Parity>Even</Parity>"),
            "serial:COM1,9600,8E1"
        );
        assert_eq!(
            read("Serial", "<Port>COM1</Port><Bps>300</Bps><ByteSize>7</ByteSize><!-- IEC -->"),
            "serial:COM1,300,7N1"
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_column() {
        let says =
            |kind, fragment| MediaSettings::from_xml(kind, fragment).unwrap_err().to_string();
        let cases = [
            (
                "Net",
                "<IP>a</IP>\n  <Prot>1</Prot>",
                "line 2, column 3: `Prot` is no setting of Net",
            ),
            ("Net", "<Port>70000</Port>", "line 1, column 1: `70000` is not a port (0 to 65535)"),
            ("Net", "<IP>a</IP><IP>b</IP>", "line 1, column 11: `IP` is there twice"),
            ("Net", "<Port>1</Port>", "line 1, column 15: `IP` is missing"),
            ("Net", "<IP><b/></IP>", "line 1, column 1: `IP` holds a value and nothing else"),
            ("Net", "<IP>a", "line 1, column 1: `IP` does not end"),
            ("Net", "10.0.0.5", "line 1, column 1: a setting is an element"),
            ("Serial", "<Port>x</Port>\n<Bps>0</Bps>", "line 2, column 1: `0` is not a speed"),
            ("Serial", "<Parity>9</Parity>", "line 1, column 1: `9` is not a parity (0 to 4)"),
            (
                "Serial",
                "<Handshake>3</Handshake>",
                "line 1, column 1: `3` is not a handshake (0 to 2)",
            ),
            ("Serial", "", "line 1, column 1: `Port` is missing"),
            (
                "Modem",
                "",
                "line 1, column 1: `Modem` is no kind of medium; known are Net, Serial, Pty, Replay",
            ),
        ];
        for (kind, fragment, sentence) in cases {
            assert_eq!(says(kind, fragment), sentence);
        }
        assert!(says("Net", "<IP>a</Port>").starts_with("line 1, column "));
    }
}
