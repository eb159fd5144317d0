//! A capture taken apart: frames, what is none, and the messages that are joined from them.

use gurux_dlms::carrier::{Assembly, Llc, MbusSegment, Piece, Wrapper};
use gurux_dlms::wire::GeneralBlockTransfer;
use gurux_framing::hdlc::{Command, Hdlc, HdlcAddress, HdlcFrame, LinkParameters};
use gurux_framing::rule::RuleDeframer;
use gurux_framing::rules::ft12;
use gurux_framing::{Piece as Found, Wire, WireError, pieces};
use serde_json::{Map, Value as Json, json};

use crate::said;

/// What is in the octets of an entry.
#[derive(Default)]
pub(crate) struct Capture {
    pub(crate) octets: Vec<u8>,
    /// Each frame with where it begins, its own octets, and what the corpus would say of it.
    pub(crate) frames: Vec<Frame>,
    /// Runs of octets that are in no frame: where they begin, how many, and why.
    pub(crate) noise: Vec<(usize, usize, WireError)>,
    /// The header of a wrapper.
    pub(crate) header: Option<Json>,
    /// Whole messages.
    pub(crate) messages: Vec<Vec<u8>>,
    /// The last pieces of messages whose first was never heard.
    pub(crate) orphans: Vec<Vec<u8>>,
    /// Why the last message is not whole.
    pub(crate) reassembly: Option<&'static str>,
}

/// A frame.
pub(crate) struct Frame {
    pub(crate) offset: usize,
    pub(crate) octets: Vec<u8>,
    pub(crate) said: Json,
}

impl Capture {
    /// Takes octets apart that begin in this layer.
    pub(crate) fn new(octets: Vec<u8>, layer: &str) -> Result<Self, String> {
        let mut capture = Self { octets, ..Self::default() };
        match layer {
            "hdlc" | "hdlc-session" => capture.hdlc(),
            "mbus" => capture.mbus(),
            "wrapper" => capture.wrapper()?,
            "llc-apdu" => {
                let (llc, apdu) = Llc::strip(&capture.octets);
                llc.ok_or("there is no LLC")?;
                capture.messages = vec![apdu.to_vec()];
            }
            "apdu" => capture.messages = vec![capture.octets.clone()],
            "axdr" => {}
            _ => return Err("nobody knows this layer".into()),
        }
        Ok(capture)
    }

    fn hdlc(&mut self) {
        let octets = self.octets.clone();
        let (mut room, mut blocks_room) = ([0; 4096], [0; 4096]);
        let mut segments = Assembly::new(&mut room);
        let mut blocks = Assembly::new(&mut blocks_room);
        let (mut orphan, mut is_begun) = (None, false);
        for piece in pieces(Hdlc::new(), &octets) {
            let (offset, bare) = match piece {
                Found::Frame { offset, frame } => (offset, frame),
                Found::Noise { offset, octets, why } => {
                    self.noise.push((offset, octets.len(), why));
                    continue;
                }
            };
            let Ok(frame) = HdlcFrame::from_bytes(bare) else { continue };
            self.frames.push(Frame { offset, octets: bare.to_vec(), said: hdlc_frame(&frame) });
            if !matches!(frame.control.command(), Command::Ui | Command::Information { .. }) {
                continue;
            }
            let Ok(Some(message)) = segments.push(Piece::from(&frame)) else { continue };
            let apdu = Llc::strip(message).1;
            match GeneralBlockTransfer::from_bytes(apdu) {
                Ok(block) => match blocks.push(Piece::from(&block)) {
                    Ok(message) => {
                        is_begun = message.is_none();
                        self.messages.extend(message.map(<[u8]>::to_vec));
                    }
                    // One that began has lost a block, and stays as it is.
                    Err(_) if is_begun => {}
                    Err(_) => {
                        let octets: &mut Vec<u8> = orphan.get_or_insert_default();
                        octets.extend_from_slice(block.block_data);
                        if block.block_control.is_last() {
                            self.orphans.extend(orphan.take());
                        }
                    }
                },
                Err(_) if apdu.is_empty() => {}
                Err(_) => self.messages.push(apdu.to_vec()),
            }
        }
        self.reassembly = if segments.pending() > 0 {
            Some("last frame is a segment with more to come")
        } else if is_begun || orphan.is_some() {
            Some("GBT without a last block")
        } else {
            None
        };
    }

    fn mbus(&mut self) {
        let octets = self.octets.clone();
        let mut room = [0; 4096];
        let mut assembly = Assembly::new(&mut room);
        for piece in pieces(RuleDeframer::new(ft12::MBUS), &octets) {
            let (offset, frame) = match piece {
                Found::Frame { offset, frame } => (offset, frame),
                Found::Noise { offset, octets, why } => {
                    self.noise.push((offset, octets.len(), why));
                    continue;
                }
            };
            let Ok(content) = ft12::content(frame) else { continue };
            let Ok(segment) = MbusSegment::from_bytes(content) else { continue };
            let information = segment.number() | u8::from(segment.is_last) << 4;
            let mut said = json!({
                "a": said::hex(&[segment.address]), "c": said::hex(&[segment.control]),
                "ci": said::hex(&[information]), "stsap": segment.source,
                "dtsap": segment.destination, "segment": segment.number(),
                "last": segment.is_last, "len": content.len(), "checksum_ok": true,
            });
            if content.len() > 255 {
                said["quirk"] = "L field wrapped".into();
            }
            self.frames.push(Frame { offset, octets: frame.to_vec(), said });
            match assembly.push(Piece::from(&segment)) {
                Ok(message) => self.messages.extend(message.map(<[u8]>::to_vec)),
                Err(_) => self.orphans.push(segment.octets.to_vec()),
            }
        }
        if assembly.pending() > 0 {
            self.reassembly = Some("last frame is a segment with more to come");
        }
    }

    fn wrapper(&mut self) -> Result<(), String> {
        let read = Wrapper::from_bytes(&self.octets).map_err(|error| error.to_string())?;
        let apdu = read.apdu().to_vec();
        self.header = Some(json!({
            "version": 1, "source": read.source, "destination": read.destination,
            "length": apdu.len(),
        }));
        self.messages = vec![apdu];
        Ok(())
    }

    /// The HDLC frames, opened.
    pub(crate) fn hdlc_frames(&self) -> Vec<HdlcFrame<'_>> {
        let opened = self.frames.iter().map(|frame| HdlcFrame::from_bytes(&frame.octets));
        opened.flatten().collect()
    }
}

fn hdlc_frame(frame: &HdlcFrame<'_>) -> Json {
    let address = |address: HdlcAddress| {
        let mut said = json!({ "bytes": address.len(), "upper": address.upper() });
        if let Some(lower) = address.lower() {
            said["lower"] = lower.into();
        }
        said
    };
    let command = frame.control.command();
    let mut control = Map::new();
    control.insert("pf".into(), u8::from(frame.control.poll()).into());
    let (name, ns, nr) = match command {
        Command::Information { send_seq, recv_seq } => ("I", Some(send_seq), Some(recv_seq)),
        Command::ReceiveReady(nr) => ("RR", None, Some(nr)),
        Command::ReceiveNotReady(nr) => ("RNR", None, Some(nr)),
        Command::Reject(nr) => ("REJ", None, Some(nr)),
        Command::Snrm => ("SNRM", None, None),
        Command::Disc => ("DISC", None, None),
        Command::Ua => ("UA", None, None),
        Command::Dm => ("DM", None, None),
        Command::Frmr => ("FRMR", None, None),
        Command::Ui => ("UI", None, None),
        _ => ("?", None, None),
    };
    control.insert("type".into(), name.into());
    control.extend(ns.map(|ns| ("ns".into(), ns.into())));
    control.extend(nr.map(|nr| ("nr".into(), nr.into())));
    let information = frame.information();
    let mut said = json!({
        "control": control, "dst": address(frame.destination), "src": address(frame.source),
        "fcs_ok": true, "seg": frame.is_segmented, "info_len": information.len(),
        "len": frame.wire_len(),
    });
    if !information.is_empty() {
        said["hcs_ok"] = true.into();
        match command {
            Command::Snrm | Command::Ua => {
                if let Ok(read) = LinkParameters::from_bytes(information) {
                    said["params"] = json!({
                        "max_info_tx": read.max_info_transmit, "max_info_rx": read.max_info_receive,
                        "window_tx": read.window_transmit, "window_rx": read.window_receive,
                    });
                }
            }
            Command::Frmr => said["info"] = said::hex(information).into(),
            _ => {}
        }
    }
    said
}
