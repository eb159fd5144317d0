//! [`Slot`]: one connection of a meter's.

use gurux_framing::hdlc::{Command, Control, Frmr, HdlcAddress, HdlcFrame, LinkParameters};
use gurux_framing::{Sink, SliceSink, Wire};
use gurux_media::Instant;

use super::Peer;
use crate::session::link::station::{
    PARAMETERS_LEN, Station, is_same_station, parameters_field, write,
};
use crate::session::link::store::Store;

/// A connection, or room for one.
#[derive(Clone, Debug)]
pub(super) struct Slot<S> {
    pub(super) peer: Option<Peer>,
    pub(super) station: Station<S>,
    /// What is owed to the client.
    pub(super) reply: Option<Reply>,
    /// A frame was rejected; until SNRM or DISC there is no other answer.
    pub(super) rejection: Option<Frmr>,
    /// Was anything exchanged since SNRM?
    pub(super) is_used: bool,
    pub(super) inactive_at: Option<Instant>,
}

/// What a client waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reply {
    /// UA, with or without parameters.
    Ua { is_bare: bool },
    /// What there is to say; the last frame has the final bit.
    Turn,
}

/// A frame that went out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Out {
    pub(super) octets: usize,
    pub(super) control: Control,
    pub(super) is_again: bool,
}

impl<S: Store> Slot<S> {
    pub(super) fn new((received, sent): (S, S)) -> Self {
        Self {
            peer: None,
            station: Station::new(sent, received),
            reply: None,
            rejection: None,
            is_used: false,
            inactive_at: None,
        }
    }

    pub(super) fn is_of(&self, client: HdlcAddress, server: HdlcAddress) -> bool {
        self.peer.is_some_and(|peer| peer.client == client && is_same_station(peer.server, server))
    }

    /// SNRM came: everything begins anew.
    pub(super) fn connect(&mut self, peer: Peer, agreed: LinkParameters, is_bare: bool) {
        self.clear();
        self.peer = Some(peer);
        self.station.parameters = agreed;
        self.reply = Some(Reply::Ua { is_bare });
    }

    /// There is no connection any more.
    pub(super) fn clear(&mut self) {
        self.peer = None;
        self.station.reset(false);
        self.station.release();
        self.reply = None;
        self.rejection = None;
        self.is_used = false;
        self.inactive_at = None;
    }

    /// A frame that cannot be taken: only SNRM and DISC help now.
    pub(super) fn reject(&mut self, frame: &HdlcFrame<'_>, reasons: u8) -> Frmr {
        let numbers = &self.station.numbers;
        let frmr = Frmr::new(frame.control, numbers.send_seq(), numbers.expected());
        let frmr = frmr.with_reasons(reasons);
        self.rejection = Some(frmr);
        self.station.reset(false);
        self.station.release();
        frmr
    }

    /// Writes the next frame that is owed to the client.
    pub(super) fn transmit(&mut self, out: &mut impl Sink) -> Option<Out> {
        let Peer { client, server } = self.peer?;
        let single = |command, field: &[u8], out: &mut _| {
            let control = Control::new(command, true);
            let frame = HdlcFrame::new(client, server, control);
            let octets = write(&frame.with_information(field).unwrap_or(frame), out);
            Some(Out { octets, control, is_again: false })
        };
        match self.reply? {
            Reply::Ua { is_bare } => {
                self.reply = None;
                let mut room = [0; PARAMETERS_LEN];
                let agreed = &self.station.parameters;
                let field = if is_bare { &[] } else { parameters_field(agreed, &mut room) };
                single(Command::Ua, field, out)
            }
            Reply::Turn if let Some(frmr) = self.rejection => {
                self.reply = None;
                let mut field = [0; 3];
                frmr.emit(&mut SliceSink::new(&mut field));
                single(Command::Frmr, &field, out)
            }
            Reply::Turn if self.station.has_next() => {
                let send_seq = self.station.numbers.send_seq();
                let recv_seq = self.station.numbers.expected();
                let written = self.station.write_next(client, server, out)?;
                if written.is_last {
                    self.reply = None;
                }
                let command = Command::Information { send_seq, recv_seq };
                let control = Control::new(command, written.is_last);
                Some(Out { octets: written.octets, control, is_again: written.is_again })
            }
            // The owner has the message, and may yet answer it.
            Reply::Turn if self.station.message().is_some() && !self.station.is_sending() => None,
            Reply::Turn => {
                self.reply = None;
                let command = self.station.supervisory();
                single(command, &[], out)
            }
        }
    }
}
