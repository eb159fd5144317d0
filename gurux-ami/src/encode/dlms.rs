//! Messages of DLMS on their way out: ciphered if that is wanted, and framed.

use gurux_dlms::carrier::{Cut, Llc, MbusSegment, Piece, Wrapper};
use gurux_dlms::security::{
    Cipher, Envelope, Key as DlmsKey, Keyring, Provider, Software, SystemTitle, seal,
};
use gurux_dlms::wire::{ApduTag, SecurityControl};
use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame};
use gurux_framing::{Direction, Wire};

use crate::decode::{Key, direction_of};

/// How a message is sent.
#[derive(Debug, Default)]
pub(crate) struct Way<'k> {
    /// `hdlc`, `wrapper`, `mbus`, or nothing for the message by itself.
    pub(crate) framing: String,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    /// The control field of HDLC.
    pub(crate) control: Option<u8>,
    /// The longest piece of a message in one frame.
    pub(crate) max_info: Option<usize>,
    pub(crate) seal: Option<Seal<'k>>,
}

/// How a message is protected.
#[derive(Clone, Debug)]
pub(crate) struct Seal<'k> {
    pub(crate) control: SecurityControl,
    pub(crate) form: Option<Form>,
    pub(crate) counter: u32,
    pub(crate) keys: &'k [Key],
}

/// The form that a protected message takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Form {
    /// The service's own, under the global key.
    Glo,
    /// The service's own, under the dedicated key.
    Ded,
    /// general-glo-ciphering.
    GeneralGlo,
    /// general-ded-ciphering.
    GeneralDed,
}

/// The octets that go out.
///
/// # Errors
/// A sentence that says what is missing, or what does not fit.
pub(crate) fn encode(apdu: &[u8], way: &Way<'_>) -> Result<Vec<u8>, String> {
    let sealed = way.seal.as_ref().map(|seal| sealed(apdu, seal)).transpose()?;
    // Which way it goes, the message in clear tells.
    let direction = direction_of(apdu).unwrap_or(Direction::Request);
    let message = sealed.as_deref().unwrap_or(apdu);
    match way.framing.as_str() {
        "" | "apdu" => Ok(message.to_vec()),
        "wrapper" => wrapped(message, way, direction),
        "hdlc" => in_hdlc(message, way, direction, is_pushed(apdu)),
        "mbus" => in_mbus(message, way),
        other => Err(format!(
            "a message of DLMS cannot be framed as `{other}`; it may be apdu, hdlc, wrapper or mbus"
        )),
    }
}

fn is_pushed(apdu: &[u8]) -> bool {
    let tag = apdu.first().map(|tag| ApduTag::new(*tag));
    matches!(tag, Some(ApduTag::DATA_NOTIFICATION | ApduTag::EVENT_NOTIFICATION_REQUEST))
}

/// The public client and the management logical device, in the order of source and destination.
fn parties<'w>(way: &'w Way<'_>, direction: Direction) -> (&'w str, &'w str) {
    let (source, destination) = match direction {
        Direction::Request => ("16", "1"),
        Direction::Response => ("1", "16"),
    };
    (way.from.as_deref().unwrap_or(source), way.to.as_deref().unwrap_or(destination))
}

fn wrapped(message: &[u8], way: &Way<'_>, direction: Direction) -> Result<Vec<u8>, String> {
    let port = |text: &str| {
        text.parse::<u16>().map_err(|_| format!("`{text}` is no wPort, which is 0 to 65535"))
    };
    let (from, to) = parties(way, direction);
    let wrapper = Wrapper::new(port(from)?, port(to)?, message).map_err(|e| e.to_string())?;
    let mut out = Vec::with_capacity(wrapper.wire_len());
    wrapper.emit(&mut out);
    Ok(out)
}

/// An HDLC address: a number, or those of logical and physical device: `1/17`.
fn hdlc_address(text: &str) -> Result<HdlcAddress, String> {
    let wrong = || format!("`{text}` is no address of HDLC: write 16, or 1/17 for a server");
    let address = match text.split_once('/') {
        None => HdlcAddress::of_client(text.parse().map_err(|_| wrong())?),
        Some((logical, physical)) => {
            let number = |text: &str| text.parse::<u16>().map_err(|_| wrong());
            HdlcAddress::of_server(number(logical)?, number(physical)?)
        }
    };
    address.ok_or_else(wrong)
}

fn in_hdlc(
    message: &[u8],
    way: &Way<'_>,
    direction: Direction,
    is_pushed: bool,
) -> Result<Vec<u8>, String> {
    let (from, to) = parties(way, direction);
    let (from, to) = (hdlc_address(from)?, hdlc_address(to)?);
    let command = match is_pushed {
        true => Command::Ui,
        false => Command::Information { send_seq: 0, recv_seq: 0 },
    };
    let control = way.control.map_or(Control::new(command, true), Control::from_octet);
    let llc = match direction {
        Direction::Request => Llc::Command,
        Direction::Response => Llc::Response,
    };
    let message = [&llc.octets()[..], message].concat();
    let mut out = Vec::new();
    for piece in Cut::new(&message, way.max_info.unwrap_or(MAX_INFO), 0) {
        // Segments of one message count on.
        let control = match control.command() {
            Command::Information { send_seq, recv_seq } => {
                let [passed, ..] = piece.number.to_le_bytes();
                let send_seq = send_seq.wrapping_add(passed) & 7;
                let poll = control.poll() && piece.is_last;
                Control::new(Command::Information { send_seq, recv_seq }, poll)
            }
            _ => control,
        };
        let frame = HdlcFrame::new(to, from, control)
            .with_information(piece.octets)
            .map_err(|error| error.to_string())?
            .with_segmentation(!piece.is_last);
        let start = out.len();
        out.resize(start + frame.wire_len() + 2, 0);
        let room = out.get_mut(start..).unwrap_or_default();
        frame.write(room).map_err(|error| error.to_string())?;
    }
    Ok(out)
}

/// What fits a frame of HDLC with the longest addresses.
const MAX_INFO: usize = 2030;
/// What fits a long frame of M-Bus.
const MAX_SEGMENT: usize = 250;

fn in_mbus(message: &[u8], way: &Way<'_>) -> Result<Vec<u8>, String> {
    let sap = |text: Option<&str>, default: u8| match text {
        None => Ok(default),
        Some(text) => {
            text.parse::<u8>().map_err(|_| format!("`{text}` is no service access point, 0 to 255"))
        }
    };
    let (from, to) = (sap(way.from.as_deref(), 1)?, sap(way.to.as_deref(), 103)?);
    let max = way.max_info.unwrap_or(MAX_SEGMENT).min(MAX_SEGMENT);
    let mut out = Vec::new();
    for piece in Cut::new(message, max, 0) {
        let segment =
            MbusSegment::new(from, to, Piece::new(piece.number, piece.is_last, piece.octets));
        let mut content = Vec::with_capacity(segment.wire_len());
        segment.emit(&mut content);
        let len = u8::try_from(content.len()).unwrap_or(u8::MAX);
        let sum = content.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
        out.extend([0x68, len, len, 0x68]);
        out.append(&mut content);
        out.extend([sum, 0x16]);
    }
    Ok(out)
}

fn sealed(apdu: &[u8], with: &Seal<'_>) -> Result<Vec<u8>, String> {
    let tag = ApduTag::new(apdu.first().copied().unwrap_or_default());
    let find = |name: &str| with.keys.iter().find(|key| key.name.eq_ignore_ascii_case(name));
    let key = |name: &str| {
        let key = find(name).map(|key| DlmsKey::from_octets(&key.octets));
        key.transpose().map_err(|error| format!("the key {name}: {error}"))
    };
    let needed = |name: &str| key(name)?.ok_or(format!("--seal needs --key {name}=..."));
    let title = find("title").and_then(|key| SystemTitle::new(&key.octets));
    let title = title.ok_or("--seal needs --key title=..., the sender's eight octets")?;
    let form = with.form.unwrap_or(match tag.ciphered(false) {
        Some(_) => Form::Glo,
        None => Form::GeneralGlo,
    });
    let of_service = |dedicated| {
        let name = tag.name().unwrap_or("this message");
        tag.ciphered(dedicated).map(Envelope::Service).ok_or(format!(
            "{name} has no ciphered form of its own: use --form general-glo or general-ded"
        ))
    };
    let envelope = match form {
        Form::Glo => of_service(false)?,
        Form::Ded => of_service(true)?,
        Form::GeneralGlo => Envelope::GeneralGlo(&title.0),
        Form::GeneralDed => Envelope::GeneralDed(&title.0),
    };
    let is_dedicated = matches!(form, Form::Ded | Form::GeneralDed);
    let cipher = Software
        .cipher(&needed(if is_dedicated { "ded" } else { "ek" })?)
        .map_err(|error| error.to_string())?;
    let keys = keyring(cipher, is_dedicated);
    let keys = if with.control.is_authenticated() {
        keys.with_authentication(needed("ak")?)
    } else {
        keys
    };
    // The longest head of a protected message, and its tag.
    let mut out = vec![0; apdu.len() + 64];
    let len = seal(envelope, with.control, with.counter, title, &keys, apdu, &mut out)
        .map_err(|error| error.to_string())?;
    out.truncate(len);
    Ok(out)
}

fn keyring<C: Cipher>(cipher: C, is_dedicated: bool) -> Keyring<C> {
    let (unicast, dedicated) =
        if is_dedicated { (None, Some(cipher)) } else { (Some(cipher), None) };
    Keyring { unicast, dedicated, broadcast: None, session: None, authentication: None }
}

/// The octet of a control field: its name, with numbers of an I frame and P for poll, or two digits.
///
/// # Errors
/// What would be right.
pub(crate) fn control(text: &str) -> Result<u8, String> {
    const RIGHT: &str = "write UI, `I 0/0 P` (N(S)/N(R), poll), or the octet as two digits: 13";
    if let (2, Ok(octet)) = (text.len(), u8::from_str_radix(text, 16)) {
        return Ok(octet);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let (words, poll) = match words.as_slice() {
        [words @ .., "P" | "p"] => (words, true),
        words => (words, false),
    };
    let command = match words {
        [name] if name.eq_ignore_ascii_case("UI") => Command::Ui,
        [name, numbers] if name.eq_ignore_ascii_case("I") => {
            let (send, recv) = numbers.split_once('/').ok_or(RIGHT)?;
            let number = |text: &str| text.parse::<u8>().ok().filter(|n| *n < 8).ok_or(RIGHT);
            Command::Information { send_seq: number(send)?, recv_seq: number(recv)? }
        }
        _ => return Err(RIGHT.to_owned()),
    };
    Ok(Control::new(command, poll).octet())
}
