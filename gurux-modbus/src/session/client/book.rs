//! [`Book`]: the requests that are not over, and which message answers which.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::expect::{self, EXCEPTION, Expected};
use super::{ClientConfig, RequestId, SLOTS, SendOptions};
use crate::Error;
use crate::session::adu::Adu;
use crate::session::{Identification, Pdu};
use crate::wire::{ExceptionCode, UnitId};

/// A request that is not over.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) expected: Expected,
    pub(super) pdu: Pdu,
    pub(super) is_answered: bool,
    pub(super) is_repeatable: bool,
    pub(super) options: SendOptions,
    /// What has been read so far, where the parts of an identification are put together.
    pub(super) identification: Option<Box<Identification>>,
}

/// The requests that are not over, each at its place.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) config: ClientConfig,
    places: Vec<Option<Pending>>,
}

impl Book {
    pub(super) const fn new(config: ClientConfig) -> Self {
        Self { config, places: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.places.iter().flatten().count()
    }

    /// A place where no request is kept, if one more may wait.
    pub(super) fn free_place(&self) -> Result<u16, Error> {
        let places = usize::from(self.config.queue).saturating_add(SLOTS);
        let free = self.places.iter().position(Option::is_none).unwrap_or(self.places.len());
        u16::try_from(free).ok().filter(|_| free < places).ok_or(Error::QueueFull)
    }

    /// Keeps a request at the place that it names.
    pub(super) fn keep(&mut self, pending: Pending) {
        match self.places.get_mut(usize::from(pending.expected.place)) {
            Some(place) => *place = Some(pending),
            None => self.places.push(Some(pending)),
        }
    }

    pub(super) fn at(&self, place: u16) -> Option<&Pending> {
        self.places.get(usize::from(place))?.as_ref()
    }

    pub(super) fn get(&self, expected: &Expected) -> Option<&Pending> {
        self.at(expected.place).filter(|pending| pending.expected.id == expected.id)
    }

    pub(super) fn get_mut(&mut self, expected: &Expected) -> Option<&mut Pending> {
        let pending = self.places.get_mut(usize::from(expected.place))?.as_mut()?;
        (pending.expected.id == expected.id).then_some(pending)
    }

    /// The request is over; false if it was before.
    pub(super) fn close(&mut self, expected: &Expected) -> bool {
        let place = self.places.get_mut(usize::from(expected.place));
        let is_kept = |pending: &mut Pending| pending.expected.id == expected.id;
        place.is_some_and(|place| place.take_if(is_kept).is_some())
    }

    pub(super) fn find(&self, id: RequestId) -> Option<Expected> {
        let pending = self.places.iter().flatten().find(|pending| pending.expected.id == id)?;
        Some(pending.expected)
    }

    /// Does a message answer the request with this key? Where the request is not kept any more,
    /// that is as much as its key tells.
    pub(super) fn is_answer(&self, key: &Expected, adu: &Adu<'_>) -> bool {
        key.fits(adu.transaction, self.is_unit(key.unit, adu), adu.pdu)
            && self.get(key).is_none_or(|pending| expect::answers(adu.pdu, &pending.pdu))
    }

    /// Is the unit the one that was asked, as far as the configuration wants to know?
    fn is_unit(&self, asked: UnitId, adu: &Adu<'_>) -> bool {
        let leniency = &self.config.leniency;
        let is_exception = adu.pdu.first().is_some_and(|code| code & EXCEPTION != 0);
        asked == adu.unit
            || (leniency.any_unit && self.config.framing.is_numbered())
            || (leniency.unit_255_in_exceptions && is_exception && adu.unit.code() == u8::MAX)
    }

    /// May a request be sent again after this exception? One that may not be carried out twice
    /// only if the server surely did nothing.
    pub(super) fn may_ask_again(&self, key: &Expected, code: ExceptionCode) -> bool {
        self.get(key).is_some_and(|pending| pending.is_repeatable) || is_untouched(code)
    }
}

/// Does this exception say that nothing was done? Busy servers and gateways without a way did
/// nothing.
const fn is_untouched(code: ExceptionCode) -> bool {
    matches!(code, ExceptionCode::SERVER_DEVICE_BUSY | ExceptionCode::GATEWAY_PATH_UNAVAILABLE)
}
