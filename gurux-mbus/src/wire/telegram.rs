//! [`Telegram`]: a captured frame, layer by layer.

use gurux_framing::checksum::en_13757;
use gurux_framing::{Direction, Reader, Sink, SliceSink, Visit, Wire, WireError, WireErrorKind};

use super::body::explain_body;
use super::{
    AField, Afl, Body, CField, CiField, Ell, EllKind, Encrypted, LinkFrame, MeterAddress, Nwl, Tpl,
    WirelessFrame,
};

/// One telegram: its layers, what they carry, and how much of that is sealed.
///
/// | layer | where | see |
/// |---|---|---|
/// | link | always, but for bare user data | [`Link`] |
/// | extended link | radio | [`Ell`] |
/// | network | radio, rarely | [`Nwl`] |
/// | authentication and fragmentation | where something proves the sender, or a message is long | [`Afl`] |
/// | transport | always, unless what is before it is sealed | [`Tpl`] |
/// | payload | | [`Telegram::body`] |
///
/// A telegram that is encrypted is no error: the walk ends where it cannot read on, and
/// [`sealed`](Self::sealed) says why. With a key, [`security`](crate::security) opens it.
///
/// ```
/// use gurux_mbus::wire::{Body, Telegram};
///
/// // An answer on a wire: energy, 12345 Wh.
/// let octets = [
///     0x68, 0x14, 0x14, 0x68, 0x08, 0x05, 0x72, 0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x01, 0x04,
///     0x2A, 0x00, 0x00, 0x00, 0x0B, 0x03, 0x45, 0x23, 0x01, 0x92, 0x16,
/// ];
/// let telegram = Telegram::from_wired(&octets)?;
/// assert_eq!(telegram.meter().map(|meter| meter.to_string()).as_deref(), Some("12345678 KAM 1 4"));
/// assert_eq!(telegram.body(), Body::Records(&[0x0B, 0x03, 0x45, 0x23, 0x01]));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Telegram<'a> {
    /// What carried it.
    pub link: Link,
    /// The extended link layer.
    pub ell: Option<Ell>,
    /// The network layer.
    pub nwl: Option<Nwl<'a>>,
    /// The authentication and fragmentation layer.
    pub afl: Option<Afl<'a>>,
    /// The transport layer; `None` if the telegram ends before it, or is sealed before it.
    pub tpl: Option<Tpl>,
    /// What is behind the last layer above.
    pub payload: &'a [u8],
    /// Where the payload begins, counted from the start of what was read.
    pub payload_offset: usize,
    /// Whether the payload can be read as it is.
    pub sealed: Option<Sealed>,
}

/// What carried a telegram.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Link {
    /// The octet E5 of a wire, and nothing else.
    Ack,
    /// The octet A2 of a wire, and nothing else.
    Nack,
    /// A frame of a wire without user data.
    Short {
        /// What it is for.
        control: CField,
        /// Who is meant, or who answers.
        address: AField,
    },
    /// A frame of a wire with user data.
    Wired {
        /// What it is for.
        control: CField,
        /// Who is meant, or who answers.
        address: AField,
    },
    /// A radio telegram.
    Wireless {
        /// What it is for.
        control: CField,
        /// Who sent it: the meter, or its radio module.
        address: MeterAddress,
    },
    /// Nothing: user data alone.
    Bare,
}

/// Why a payload cannot be read as it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sealed {
    /// The extended link layer is encrypted, with everything behind it (and its own CRC); or it is
    /// one that ends nobody knows where.
    Ell,
    /// The transport layer says that so many octets at the start of the payload are encrypted. What
    /// is behind them is clear, or a tag.
    Tpl {
        /// Octets that are encrypted, at most those that are there.
        encrypted: usize,
    },
    /// The payload is one fragment of several, from the CI field of the transport layer on in the
    /// first one.
    Fragment,
    /// The transport layer has a mode that only the manufacturer knows. observed: some such telegrams
    /// are in clear (AMT, a "signature" of B627). So [`Telegram::body`] answers as if they were, where
    /// the payload is records to its last octet and each has a sense; what they say is doubtful.
    Unknown,
}

impl<'a> Telegram<'a> {
    /// Reads a frame of a wired line, from its start octet to its stop octet.
    ///
    /// # Errors
    /// The frame is not as the standard says, or ends inside a header.
    pub fn from_wired(frame: &'a [u8]) -> Result<Self, WireError> {
        whole(Reader::new(frame), Self::read_wired)
    }

    /// Reads a radio telegram without block check sums, from its length on.
    ///
    /// # Errors
    /// The telegram is shorter or longer than its length says, or ends inside a header.
    pub fn from_wireless(telegram: &'a [u8]) -> Result<Self, WireError> {
        whole(Reader::new(telegram), Self::read_wireless)
    }

    /// Reads user data alone, from the first CI field on.
    ///
    /// # Errors
    /// They end inside a header.
    pub fn from_user_data(user_data: &'a [u8]) -> Result<Self, WireError> {
        whole(Reader::new(user_data), Self::read_user_data)
    }

    /// Reads a frame of a wired line at the cursor, and tells of each field.
    ///
    /// # Errors
    /// Those of [`from_wired`](Self::from_wired).
    #[inline(always)]
    pub fn read_wired<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let inside = |reader: &mut Reader<'a, V>| Layers::read(reader, true);
        let (frame, layers) = LinkFrame::read_with(reader, inside)?;
        let link = match frame {
            LinkFrame::Ack => Link::Ack,
            LinkFrame::Nack => Link::Nack,
            LinkFrame::Short { control, address } => Link::Short { control, address },
            LinkFrame::Long { control, address, .. } => Link::Wired { control, address },
        };
        Ok(layers.unwrap_or_default().on(link))
    }

    /// Reads a radio telegram without block check sums at the cursor, and tells of each field.
    ///
    /// # Errors
    /// Those of [`from_wireless`](Self::from_wireless).
    #[inline(always)]
    pub fn read_wireless<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let inside = |reader: &mut Reader<'a, V>| Layers::read(reader, false);
        let (frame, layers) = WirelessFrame::read_with(reader, inside)?;
        Ok(layers.on(Link::Wireless { control: frame.control(), address: frame.address() }))
    }

    /// Reads user data to their end, and tells of each field.
    ///
    /// # Errors
    /// Those of [`from_user_data`](Self::from_user_data).
    pub fn read_user_data<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Ok(Layers::read(reader, true)?.on(Link::Bare))
    }

    /// The same telegram, its layers up to the seal kept, with `octets` in place of the payload: what
    /// was behind an encrypted extended link layer, or a message put together from its fragments.
    /// Offsets count from the start of `octets`.
    ///
    /// # Errors
    /// The octets end inside a header.
    pub fn reopen<'b>(&self, octets: &'b [u8]) -> Result<Telegram<'b>, WireError>
    where
        'a: 'b,
    {
        let Self { link, ell, nwl, afl, .. } = *self;
        let known = Layers { ell, nwl, afl, ..Layers::default() };
        let fixed_data = !matches!(link, Link::Wireless { .. });
        Ok(known.read_behind_ell(&mut Reader::new(octets), fixed_data)?.on(link))
    }

    /// The meter that this is of, or for: the address in the transport layer; else, in radio, the
    /// receiver in the extended link layer of a telegram to a meter; else the sender.
    ///
    /// A meter behind a radio module or a bus converter has its own address in the transport layer.
    /// An address that is [turned around](MeterAddress::turned_around) is given as it is meant.
    #[must_use]
    pub fn meter(&self) -> Option<MeterAddress> {
        let Link::Wireless { control, address } = self.link else { return self.tpl_address() };
        let receiver = match control.direction() {
            Direction::Request => self.ell.and_then(|ell| ell.receiver()),
            Direction::Response => None,
        };
        let sender = address.turned_around().unwrap_or(address);
        self.tpl_address().or(receiver).or(Some(sender))
    }

    fn tpl_address(&self) -> Option<MeterAddress> {
        self.tpl.and_then(|tpl| tpl.address())
    }

    /// All addresses of meters and modules, the innermost first; one that is
    /// [turned around](MeterAddress::turned_around) as it stands and as it is meant.
    pub fn addresses(&self) -> impl Iterator<Item = MeterAddress> + use<> {
        let link = match self.link {
            Link::Wireless { address, .. } => Some(address),
            _ => None,
        };
        let ell = self.ell.and_then(|ell| ell.receiver());
        let turned = link.and_then(|address| address.turned_around());
        self.tpl_address().into_iter().chain(ell).chain(link).chain(turned)
    }

    /// The control field, where there is one.
    #[must_use]
    pub const fn control(&self) -> Option<CField> {
        match self.link {
            Link::Short { control, .. }
            | Link::Wired { control, .. }
            | Link::Wireless { control, .. } => Some(control),
            Link::Ack | Link::Nack | Link::Bare => None,
        }
    }

    /// The CI field of the transport layer.
    #[must_use]
    pub fn ci(&self) -> Option<CiField> {
        self.tpl.map(|tpl| tpl.ci())
    }

    /// The access number: of the transport layer, else of the extended link layer.
    #[must_use]
    pub fn access_number(&self) -> Option<u8> {
        let tpl = self.tpl.and_then(|tpl| tpl.access_number());
        tpl.or(self.ell.map(|ell| ell.access_number))
    }

    /// Octets that the telegram takes on the wire.
    #[must_use]
    pub fn wire_len(&self) -> usize {
        let user_data = self.user_data_len();
        match self.link {
            Link::Ack | Link::Nack => 1,
            Link::Short { .. } => 5,
            Link::Wired { .. } => user_data.saturating_add(8),
            Link::Wireless { .. } => user_data.saturating_add(10),
            Link::Bare => user_data,
        }
    }

    fn user_data_len(&self) -> usize {
        let layers = [
            self.ell.map(|layer| layer.wire_len()),
            self.nwl.map(|layer| layer.wire_len()),
            self.afl.map(|layer| layer.wire_len()),
            self.tpl.map(|layer| layer.wire_len()),
        ];
        layers.into_iter().flatten().fold(self.payload.len(), usize::saturating_add)
    }

    /// Writes the telegram to the front of `out` and says how many octets it took: layer by layer as
    /// they are here, with lengths and sums that fit.
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if `out` is shorter than [`wire_len`](Self::wire_len), or if a radio
    /// telegram is to hold more than a length of one octet can say.
    pub fn emit_to_slice(&self, out: &mut [u8]) -> Result<usize, WireError> {
        let limit = |what, max| Err(WireError::new(max, what, WireErrorKind::Limit { max }));
        let len = self.wire_len();
        let max = out.len();
        let Some(room) = out.get_mut(..len) else { return limit("output buffer", max) };
        let user_data_len = self.user_data_len();
        match self.link {
            Link::Ack => LinkFrame::Ack.emit_to_slice(room),
            Link::Nack => LinkFrame::Nack.emit_to_slice(room),
            Link::Short { control, address } => {
                LinkFrame::Short { control, address }.emit_to_slice(room)
            }
            Link::Wired { control, address } => {
                if let Some((head, rest)) = room.split_first_chunk_mut()
                    && let Some((user_data, end)) = rest.split_last_chunk_mut()
                {
                    self.emit_user_data(user_data);
                    (*head, *end) = LinkFrame::around(control, address, user_data);
                }
                Ok(len)
            }
            Link::Wireless { control, address } => {
                if user_data_len > WirelessFrame::MAX_USER_DATA {
                    return limit("user data", WirelessFrame::MAX_USER_DATA);
                }
                if let Some((head, user_data)) = room.split_first_chunk_mut() {
                    *head = WirelessFrame::head(control, address, user_data_len);
                    self.emit_user_data(user_data);
                }
                Ok(len)
            }
            Link::Bare => {
                self.emit_user_data(room);
                Ok(len)
            }
        }
    }

    /// Writes all layers behind the link layer.
    fn emit_user_data(&self, room: &mut [u8]) {
        let mut sink = SliceSink::new(room);
        if let Some(ell) = self.ell {
            ell.emit(&mut sink);
        }
        if let Some(nwl) = self.nwl {
            nwl.emit(&mut sink);
        }
        if let Some(afl) = self.afl {
            afl.emit(&mut sink);
        }
        if let Some(tpl) = self.tpl {
            tpl.emit(&mut sink);
        }
        sink.put(self.payload);
    }
}

#[inline(always)]
fn whole<'a>(
    mut reader: Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<Telegram<'a>, WireError>,
) -> Result<Telegram<'a>, WireError> {
    let telegram = read(&mut reader)?;
    reader.finish("telegram")?;
    Ok(telegram)
}

/// What is found behind the link layer.
///
/// It goes from hand to hand by value, and what rarely is there is read apart: then none of it lies in
/// memory before the telegram does, and nothing is moved there.
#[derive(Clone, Copy, Default)]
struct Layers<'a> {
    ell: Option<Ell>,
    nwl: Option<Nwl<'a>>,
    afl: Option<Afl<'a>>,
    tpl: Option<Tpl>,
    payload: &'a [u8],
    payload_offset: usize,
    sealed: Option<Sealed>,
}

impl<'a> Layers<'a> {
    /// Reads everything behind the link layer.
    #[inline(always)]
    fn read<V: Visit>(reader: &mut Reader<'a, V>, fixed_data: bool) -> Result<Self, WireError> {
        let mut layers = Self::default();
        if next_ci(reader).is_some_and(CiField::is_ell) {
            let (ell, sealed) = reader.call(|reader| read_ell(reader))?;
            (layers.ell, layers.sealed) = (Some(ell), sealed);
        }
        layers.read_behind_ell(reader, fixed_data)
    }

    #[inline(always)]
    fn read_behind_ell<V: Visit>(
        mut self,
        reader: &mut Reader<'a, V>,
        fixed_data: bool,
    ) -> Result<Self, WireError> {
        if self.sealed.is_none() && next_ci(reader).is_some_and(CiField::is_middle_layer) {
            let known = (self.nwl, self.afl);
            (self.nwl, self.afl, self.sealed) =
                reader.call(|reader| read_middle_layers(reader, known))?;
        }
        if self.sealed.is_none() && !reader.is_empty() {
            let tpl = Tpl::read_behind(reader, fixed_data)?;
            self.sealed = seal_of(&tpl, reader.rest());
            self.tpl = Some(tpl);
        }
        self.payload_offset = reader.offset();
        self.payload = reader.rest();
        if V::ACTIVE
            && let Some(tpl) = self.tpl
            && !matches!(self.on(Link::Bare).body(), Body::Sealed(_))
        {
            explain_body(&tpl, reader);
        }
        if !V::ACTIVE || !reader.is_empty() {
            reader.remaining_octets("payload");
        }
        Ok(self)
    }

    #[inline(always)]
    fn on(self, link: Link) -> Telegram<'a> {
        let Self { ell, nwl, afl, tpl, payload, payload_offset, sealed } = self;
        Telegram { link, ell, nwl, afl, tpl, payload, payload_offset, sealed }
    }
}

/// The extended link layer, and whether what is behind it is sealed.
#[inline(never)]
fn read_ell<V: Visit>(reader: &mut Reader<'_, V>) -> Result<(Ell, Option<Sealed>), WireError> {
    let ell: Ell = reader.read()?;
    let sealed = is_sealed_behind(&ell, reader.rest()).then_some(Sealed::Ell);
    Ok((ell, sealed))
}

/// The layers between the extended link layer and the transport layer, and a seal behind them.
type MiddleLayers<'a> = (Option<Nwl<'a>>, Option<Afl<'a>>, Option<Sealed>);

/// The network layer and the AFL, in that order, each once.
#[inline(never)]
fn read_middle_layers<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
    (mut nwl, mut afl): (Option<Nwl<'a>>, Option<Afl<'a>>),
) -> Result<MiddleLayers<'a>, WireError> {
    let mut sealed = None;
    if nwl.is_none() && afl.is_none() && next_ci(reader) == Some(CiField::NWL) {
        nwl = Some(reader.read()?);
    }
    if afl.is_none() && next_ci(reader) == Some(CiField::AFL) {
        let read: Afl<'a> = reader.read()?;
        if !read.is_whole() {
            sealed = Some(Sealed::Fragment);
        }
        afl = Some(read);
    }
    Ok((nwl, afl, sealed))
}

fn next_ci<V: Visit>(reader: &Reader<'_, V>) -> Option<CiField> {
    reader.rest().first().map(|code| CiField::new(*code))
}

/// Is what follows this layer out of reach? observed: receivers pass telegrams on that they have
/// opened, and leave the session number as it was; then the CRC fits the clear octets.
fn is_sealed_behind(ell: &Ell, behind: &[u8]) -> bool {
    match (ell.kind, ell.session()) {
        (EllKind::V { extended_control }, _) => extended_control != 0,
        (_, Some(session)) => {
            session.number.encryption() != 0 && en_13757(behind) != session.payload_crc
        }
        _ => false,
    }
}

/// Two idle fillers begin what is encrypted in blocks, so that the right key is known by them.
const FILLERS: &[u8] = &[0x2F, 0x2F];

/// How much of the payload behind this layer is sealed. observed: receivers pass telegrams on that
/// they have opened, and leave the configuration as it was; then the fillers stand there in clear.
fn seal_of(tpl: &Tpl, payload: &[u8]) -> Option<Sealed> {
    let config = tpl.config();
    let encrypted = match config.encrypted() {
        Encrypted::Nothing => 0,
        Encrypted::Octets(_) if payload.starts_with(FILLERS) => 0,
        Encrypted::Octets(octets) => octets.min(payload.len()),
        Encrypted::AllBut(tag) => payload.len().saturating_sub(tag),
        Encrypted::Unknown if payload.is_empty() => 0,
        Encrypted::Unknown => return Some(Sealed::Unknown),
    };
    if encrypted == 0 { None } else { Some(Sealed::Tpl { encrypted }) }
}

#[cfg(test)]
mod tests;
