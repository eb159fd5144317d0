//! [`Station`]: what one meter keeps of the conversation.

use alloc::vec::Vec;

use gurux_framing::Wire;
use gurux_media::Instant;

use super::model::{MeterModel, Reaction};
use crate::wire::{AField, CField, CiField, LinkFrame, Selection};

/// A meter and what it keeps of the conversation.
#[derive(Clone, Debug)]
pub(super) struct Station<M> {
    pub(super) model: M,
    is_selected: bool,
    /// The request that was last carried out, since the last reset. The same one again, with a
    /// valid frame count bit, means that our answer was lost.
    last_request: Vec<u8>,
    last_answer: Vec<u8>,
    /// The telegram that is told next.
    telegram: u16,
    access_number: u8,
    /// An application error that is told next.
    error: Option<u8>,
}

/// What a station does about a frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Reply {
    /// It was not meant, or has nothing to say.
    None,
    /// It answers.
    Frame(Vec<u8>),
    /// It acknowledges, and goes on at this speed.
    Speed(u32),
}

impl<M: MeterModel> Station<M> {
    pub(super) const fn new(model: M) -> Self {
        Self {
            model,
            is_selected: false,
            last_request: Vec::new(),
            last_answer: Vec::new(),
            telegram: 0,
            access_number: 0,
            error: None,
        }
    }

    /// Is this link address one of ours?
    fn is_meant(&self, address: AField) -> bool {
        match address {
            AField::SELECTED => self.is_selected,
            AField::TEST | AField::BROADCAST => true,
            own => own == self.model.primary_address(),
        }
    }

    pub(super) fn handle(&mut self, now: Instant, octets: &[u8], frame: &LinkFrame<'_>) -> Reply {
        let (Some(control), Some(address)) = (frame.control(), frame.address()) else {
            return Reply::None;
        };
        if !control.prm() {
            return Reply::None;
        }
        if let LinkFrame::Long { user_data: [ci, selection @ ..], .. } = frame
            && address == AField::SELECTED
            && *ci == CiField::SELECTION.code()
            && let Ok(selection) = Selection::from_bytes(selection)
        {
            return self.select(&selection);
        }
        if address == AField::SELECTED && control.is_same_function(CField::SND_NKE) {
            // It answers if it was selected, and is so no more.
            let was_selected = core::mem::take(&mut self.is_selected);
            self.reset();
            return if was_selected { ack() } else { Reply::None };
        }
        if !self.is_meant(address) {
            return Reply::None;
        }
        if control.fcv() && self.last_request == octets {
            return match self.last_answer.is_empty() {
                true => Reply::None,
                false => Reply::Frame(self.last_answer.clone()),
            };
        }
        let reply = self.serve(now, control, frame);
        if !control.is_same_function(CField::SND_NKE) {
            self.last_request = octets.into();
            self.last_answer = match &reply {
                Reply::Frame(answer) => answer.clone(),
                Reply::None => Vec::new(),
                Reply::Speed(_) => emitted(&LinkFrame::Ack),
            };
        }
        reply
    }

    fn select(&mut self, selection: &Selection) -> Reply {
        let own = (self.model.address(), self.model.fabrication_number());
        self.is_selected = selection.matches_with(&own.0, own.1);
        if !self.is_selected {
            return Reply::None;
        }
        self.reset();
        ack()
    }

    /// The link is reset: nothing was asked before, and the first telegram is told next.
    fn reset(&mut self) {
        self.last_request.clear();
        self.last_answer.clear();
        self.telegram = 0;
    }

    fn serve(&mut self, now: Instant, control: CField, frame: &LinkFrame<'_>) -> Reply {
        let is = |other| control.is_same_function(other);
        if is(CField::SND_NKE) {
            self.reset();
            ack()
        } else if is(CField::REQ_UD2) {
            self.tell(now)
        } else if is(CField::REQ_UD1) {
            match self.model.alarm(now) {
                Some(alarm) => self.answer(now, &[CiField::ALARM.code(), alarm]),
                None => ack(),
            }
        } else if is(CField::SND_UD) {
            let reply = self.obey(now, frame.user_data());
            // SND_UD2 has the same function without a frame count bit, and wants data back.
            let wants_data = !control.fcv() && reply == ack();
            if wants_data { self.tell(now) } else { reply }
        } else {
            Reply::None
        }
    }

    /// The next telegram.
    fn tell(&mut self, now: Instant) -> Reply {
        if let Some(error) = self.error.take() {
            return self.answer(now, &[CiField::APPLICATION_ERROR.code(), error]);
        }
        self.access_number = self.access_number.wrapping_add(1);
        let mut user_data = Vec::new();
        let more = self.model.user_data(now, self.telegram, self.access_number, &mut user_data);
        self.telegram = if more { self.telegram.saturating_add(1) } else { 0 };
        user_data.truncate(LinkFrame::MAX_USER_DATA);
        self.answer(now, &user_data)
    }

    fn answer(&mut self, now: Instant, user_data: &[u8]) -> Reply {
        let control = CField::RSP_UD.with_acd(self.model.alarm(now).is_some());
        let address = self.model.primary_address();
        Reply::Frame(emitted(&LinkFrame::Long { control, address, user_data }))
    }

    /// Carries out what was sent.
    fn obey(&mut self, now: Instant, user_data: &[u8]) -> Reply {
        let reaction = match *user_data {
            [ci, ref rest @ ..] if ci == CiField::APPLICATION_RESET_OR_SELECT.code() => {
                self.telegram = 0;
                self.error = None;
                self.model.reset_application(now, rest.first().copied())
            }
            [ci, 0x01, 0x7A, address] if ci == CiField::COMMAND.code() => {
                let address = AField(address);
                match address.is_meter() && self.model.set_primary_address(address) {
                    true => Reaction::Acknowledge,
                    false => Reaction::Ignore,
                }
            }
            [ci] if (0xB8..=0xBF).contains(&ci) => {
                return Reply::Speed(300 << (ci & 0x07));
            }
            _ => self.model.command(now, user_data),
        };
        match reaction {
            Reaction::Acknowledge => ack(),
            Reaction::Refuse => Reply::Frame(emitted(&LinkFrame::Nack)),
            Reaction::Ignore => Reply::None,
            Reaction::Error(error) => {
                self.error = Some(error);
                ack()
            }
        }
    }
}

fn ack() -> Reply {
    Reply::Frame(emitted(&LinkFrame::Ack))
}

fn emitted(frame: &LinkFrame<'_>) -> Vec<u8> {
    let mut octets = Vec::with_capacity(frame.wire_len());
    frame.emit(&mut octets);
    octets
}
