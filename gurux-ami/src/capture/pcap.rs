//! Packet captures: TCP streams put together turn by turn, datagrams one by one, serial records as they
//! are.

use std::collections::HashMap;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use gurux_framing::Direction;
use pcap_parser::{Linktype, PcapBlockOwned, PcapError};

use super::{Capture, Captures, Unreadable};

/// Streams of more octets than this are cut into several captures, so that a capture of a day
/// does not have to fit a table of one.
const STREAM_MAX: usize = 16 << 20;
/// Segments that wait for a gap to be filled, for each stream.
const WAITING_MAX: usize = 256;

/// The captures in a pcap or pcapng file, each stream where its first octet stood.
pub(super) fn captures(file: &[u8]) -> Result<Captures, String> {
    let mut reader = pcap_parser::create_reader(65_536, file)
        .map_err(|error| format!("this is no packet capture ({error})"))?;
    let mut streams = Streams::default();
    let mut links: Vec<Linktype> = Vec::new();
    let mut truncated = None;
    loop {
        match reader.next() {
            Ok((used, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => links = vec![header.network],
                    PcapBlockOwned::Legacy(packet) => streams.packet(links.first(), packet.data),
                    PcapBlockOwned::NG(pcap_parser::Block::SectionHeader(_)) => links.clear(),
                    PcapBlockOwned::NG(pcap_parser::Block::InterfaceDescription(interface)) => {
                        links.push(interface.linktype);
                    }
                    PcapBlockOwned::NG(pcap_parser::Block::EnhancedPacket(packet)) => {
                        let captured = usize::try_from(packet.caplen).unwrap_or(usize::MAX);
                        let data = packet.data.get(..captured).unwrap_or(packet.data);
                        let interface = usize::try_from(packet.if_id).unwrap_or(usize::MAX);
                        streams.packet(links.get(interface), data);
                    }
                    PcapBlockOwned::NG(pcap_parser::Block::SimplePacket(packet)) => {
                        streams.packet(links.first(), packet.data);
                    }
                    PcapBlockOwned::NG(_) => {}
                }
                reader.consume(used);
            }
            Err(PcapError::Eof) => break,
            Err(PcapError::Incomplete(_)) => {
                if reader.refill().is_err() || reader.reader_exhausted() && reader.data().is_empty()
                {
                    break;
                }
                if reader.reader_exhausted() {
                    truncated = Some("the packet capture ends inside a packet".to_owned());
                    break;
                }
            }
            Err(error) => {
                truncated = Some(format!(
                    "the packet capture is damaged behind the packets shown ({error})"
                ));
                break;
            }
        }
    }
    let mut found = streams.finish();
    if let Some(sentence) = truncated {
        found.push(Err(Unreadable { line: None, sentence }));
    }
    Ok(found)
}

/// One direction of a connection.
#[derive(PartialEq, Eq, Hash, Clone, Debug)]
struct Flow {
    from: (std::net::IpAddr, u16),
    to: (std::net::IpAddr, u16),
}

#[derive(Debug)]
struct Stream {
    /// Where in `captures` its octets go.
    index: usize,
    /// The sequence number of the next octet.
    next: u32,
    /// Segments that came too early.
    waiting: Vec<(u32, Vec<u8>)>,
}

#[derive(Default, Debug)]
struct Streams {
    captures: Vec<Capture>,
    open: HashMap<Flow, Stream>,
    /// Packets so far.
    packets: usize,
}

impl Streams {
    fn packet(&mut self, link: Option<&Linktype>, data: &[u8]) {
        self.packets += 1;
        let sliced = match link {
            Some(&Linktype::ETHERNET) => SlicedPacket::from_ethernet(data),
            Some(&Linktype::LINUX_SLL) => SlicedPacket::from_linux_sll(data),
            Some(&Linktype::RAW | &Linktype::IPV4 | &Linktype::IPV6) | Some(&Linktype(12 | 14)) => {
                SlicedPacket::from_ip(data)
            }
            // Loopback of BSD and macOS: four octets of address family.
            Some(&Linktype::NULL | &Linktype::LOOP) => {
                SlicedPacket::from_ip(data.get(4..).unwrap_or_default())
            }
            // DLT_USER, RTAC serial and whatever else: the record is what was on the line.
            _ => {
                self.datagram(None, data);
                return;
            }
        };
        let Ok(sliced) = sliced else { return };
        let (from, to) = match &sliced.net {
            Some(NetSlice::Ipv4(ip)) => (
                std::net::IpAddr::V4(ip.header().source_addr()),
                std::net::IpAddr::V4(ip.header().destination_addr()),
            ),
            Some(NetSlice::Ipv6(ip)) => (
                std::net::IpAddr::V6(ip.header().source_addr()),
                std::net::IpAddr::V6(ip.header().destination_addr()),
            ),
            _ => return,
        };
        match &sliced.transport {
            Some(TransportSlice::Tcp(tcp)) => {
                let flow =
                    Flow { from: (from, tcp.source_port()), to: (to, tcp.destination_port()) };
                self.segment(flow, tcp.syn(), tcp.sequence_number(), tcp.payload());
            }
            Some(TransportSlice::Udp(udp)) => {
                let flow =
                    Flow { from: (from, udp.source_port()), to: (to, udp.destination_port()) };
                self.datagram(Some(&flow), udp.payload());
            }
            _ => {}
        }
    }

    fn datagram(&mut self, flow: Option<&Flow>, octets: &[u8]) {
        if !octets.is_empty() {
            self.captures.push(Capture {
                line: None,
                stream: flow.map(Flow::to_string),
                packet: Some(self.packets),
                direction: flow.map(Flow::direction),
                octets: octets.to_vec(),
            });
        }
    }

    /// Puts a TCP segment where it belongs: repeated octets once, early ones after the gap.
    fn segment(&mut self, flow: Flow, syn: bool, sequence: u32, payload: &[u8]) {
        let sequence = if syn { sequence.wrapping_add(1) } else { sequence };
        if syn {
            self.open.remove(&flow);
        }
        if payload.is_empty() && !syn {
            return;
        }
        if !self.open.contains_key(&flow) {
            let index = self.new_capture(&flow);
            self.open.insert(flow.clone(), Stream { index, next: sequence, waiting: Vec::new() });
        }
        if !payload.is_empty() && self.answers(&flow) {
            let index = self.new_capture(&flow);
            if let Some(stream) = self.open.get_mut(&flow) {
                stream.index = index;
            }
        }
        let Some(stream) = self.open.get_mut(&flow) else { return };
        if let Some(capture) = self.captures.get_mut(stream.index)
            && capture.octets.is_empty()
        {
            capture.packet = Some(self.packets);
        }
        stream.waiting.push((sequence, payload.to_vec()));
        loop {
            let before = stream.waiting.len();
            stream.take_in_order(&mut self.captures);
            // A gap that is never filled (a packet the capture missed): go on behind it.
            if stream.waiting.len() > WAITING_MAX {
                stream.skip_gap();
            } else if stream.waiting.len() == before || stream.waiting.is_empty() {
                break;
            }
        }
        let index = stream.index;
        if self.captures.get(index).is_some_and(|capture| capture.octets.len() > STREAM_MAX) {
            let index = self.new_capture(&flow);
            if let Some(stream) = self.open.get_mut(&flow) {
                stream.index = index;
            }
        }
    }

    /// Did the other side speak since what this one said, and was that whole? Then this begins a turn of its
    /// own, so that questions and answers stand in their order.
    fn answers(&self, flow: &Flow) -> bool {
        let index = |flow| self.open.get(flow).map(|stream: &Stream| stream.index);
        let other = Flow { from: flow.to, to: flow.from };
        let (Some(own), Some(other)) = (index(flow), index(&other)) else { return false };
        let octets = |index: usize| self.captures.get(index).map(|capture| &capture.octets[..]);
        let has_spoken = |index| octets(index).is_some_and(|octets| !octets.is_empty());
        other > own && has_spoken(other) && octets(own).is_some_and(is_whole)
    }

    fn new_capture(&mut self, flow: &Flow) -> usize {
        self.captures.push(Capture {
            line: None,
            stream: Some(flow.to_string()),
            packet: None,
            direction: Some(flow.direction()),
            octets: Vec::new(),
        });
        self.captures.len() - 1
    }

    fn finish(mut self) -> Captures {
        for stream in self.open.values_mut() {
            while !stream.waiting.is_empty() {
                stream.skip_gap();
                stream.take_in_order(&mut self.captures);
            }
        }
        self.captures.into_iter().filter(|capture| !capture.octets.is_empty()).map(Ok).collect()
    }
}

/// Are these whole messages, by the lengths or the ends of those that travel on TCP?
fn is_whole(octets: &[u8]) -> bool {
    match octets {
        [] => false,
        [0x7E, .., 0x7E] | [0x68 | 0x10, .., 0x16] => true,
        _ => is_chain(octets, [0, 1], 0..2, 6) || is_chain(octets, [0, 0], 2..4, 4),
    }
}

/// Does each message begin with a header that has this version, and at `len_at` the octets behind it? The
/// wrapper of DLMS has eight octets of header, with the length last; so has that of Modbus six.
fn is_chain(
    mut octets: &[u8],
    version: [u8; 2],
    at: std::ops::Range<usize>,
    len_at: usize,
) -> bool {
    while !octets.is_empty() {
        let len = octets.get(len_at..).and_then(<[u8]>::first_chunk).copied();
        let Some(len) = len.map(u16::from_be_bytes) else { return false };
        let end = len_at + 2 + usize::from(len);
        match octets.get(end..) {
            Some(rest) if octets.get(at.clone()) == Some(&version) => octets = rest,
            _ => return false,
        }
    }
    true
}

impl Stream {
    fn take_in_order(&mut self, captures: &mut [Capture]) {
        let Some(capture) = captures.get_mut(self.index) else { return };
        loop {
            let mut progress = false;
            self.waiting.retain(|(sequence, payload)| {
                // Octets of this segment that were taken already; the difference of two sequence
                // numbers is signed (RFC 9293, 3.4).
                let behind = self.next.wrapping_sub(*sequence).cast_signed();
                let Ok(known) = usize::try_from(behind) else { return true };
                if let Some(new) = payload.get(known..) {
                    capture.octets.extend_from_slice(new);
                    let count = u32::try_from(new.len()).unwrap_or(u32::MAX);
                    self.next = self.next.wrapping_add(count);
                    progress |= !new.is_empty();
                }
                false
            });
            if !progress {
                break;
            }
        }
    }

    fn skip_gap(&mut self) {
        let nearest =
            self.waiting.iter().map(|(sequence, _)| sequence.wrapping_sub(self.next)).min();
        if let Some(gap) = nearest {
            self.next = self.next.wrapping_add(gap);
        }
    }
}

impl Flow {
    /// The device listens on the smaller port.
    fn direction(&self) -> Direction {
        if self.to.1 <= self.from.1 { Direction::Request } else { Direction::Response }
    }
}

impl std::fmt::Display for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} > {}",
            std::net::SocketAddr::from(self.from),
            std::net::SocketAddr::from(self.to)
        )
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;

    fn tcp(sequence: u32, syn: bool, payload: &[u8]) -> Vec<u8> {
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4([127, 0, 0, 1], [127, 0, 0, 2], 64)
            .tcp(50_000, 502, sequence, 1024);
        let builder = if syn { builder.syn() } else { builder };
        let mut packet = Vec::new();
        builder.write(&mut packet, payload).unwrap();
        packet
    }

    fn file(packets: &[Vec<u8>]) -> Vec<u8> {
        let mut file = vec![
            0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0,
        ];
        for packet in packets {
            let len = (packet.len() as u32).to_le_bytes();
            file.extend([0; 8]);
            file.extend(len);
            file.extend(len);
            file.extend(packet);
        }
        file
    }

    #[test]
    fn segments_are_joined_in_order_and_repeated_octets_taken_once() {
        let found = captures(&file(&[
            tcp(99, true, &[]),
            tcp(100, false, &[1, 2]),
            tcp(104, false, &[5, 6]),
            tcp(100, false, &[1, 2]),
            tcp(101, false, &[2, 3, 4]),
        ]))
        .unwrap();
        assert_eq!(found.len(), 1);
        let capture = found[0].as_ref().unwrap();
        assert_eq!(capture.octets, [1, 2, 3, 4, 5, 6]);
        assert_eq!(capture.stream.as_deref(), Some("127.0.0.1:50000 > 127.0.0.2:502"));
        assert_eq!(capture.direction, Some(Direction::Request));
    }

    /// The other way.
    fn answer(sequence: u32, payload: &[u8]) -> Vec<u8> {
        let builder = PacketBuilder::ethernet2([4; 6], [2; 6])
            .ipv4([127, 0, 0, 2], [127, 0, 0, 1], 64)
            .tcp(502, 50_000, sequence, 1024);
        let mut packet = Vec::new();
        builder.write(&mut packet, payload).unwrap();
        packet
    }

    #[test]
    fn questions_and_answers_stand_in_their_order() {
        // A header of Modbus, and of the wrapper of DLMS; frames with ends.
        for message in [
            &[0, 7, 0, 0, 0, 2, 1, 3][..],
            &[0, 1, 0, 16, 0, 1, 0, 1, 0x62],
            &[0x7E, 1, 2, 0x7E],
            &[0x68, 1, 1, 0x68, 0, 0, 0x16],
        ] {
            let len = u32::try_from(message.len()).unwrap();
            let half = message.len() / 2;
            let found = captures(&file(&[
                tcp(99, true, &[]),
                tcp(100, false, message),
                answer(7, message),
                // A message that goes on behind the other's is not cut.
                tcp(100 + len, false, &message[..half]),
                answer(7 + len, message),
                tcp(100 + len + half as u32, false, &message[half..]),
            ]))
            .unwrap();
            let found: Vec<&Capture> = found.iter().map(|found| found.as_ref().unwrap()).collect();
            let told: Vec<_> = found.iter().map(|one| (one.packet, one.octets.len())).collect();
            let turns = [2, 3, 4, 5].map(|packet| (Some(packet), message.len()));
            assert_eq!(told, turns, "{message:?}");
            assert!(found.iter().all(|one| one.connection() == found[0].connection()));
        }
    }

    #[test]
    fn octets_behind_a_gap_are_not_lost() {
        let found = captures(&file(&[tcp(100, false, &[1]), tcp(105, false, &[6, 7])])).unwrap();
        assert_eq!(found[0].as_ref().unwrap().octets, [1, 6, 7]);
    }

    #[test]
    fn a_file_cut_inside_a_packet_gives_what_came_before_and_says_so() {
        let mut octets = file(&[tcp(100, false, &[1, 2]), tcp(102, false, &[3, 4])]);
        octets.truncate(octets.len() - 3);
        let found = captures(&octets).unwrap();
        assert_eq!(found[0].as_ref().unwrap().octets, [1, 2]);
        assert!(found[1].as_ref().unwrap_err().sentence.contains("ends inside a packet"));
    }
}
