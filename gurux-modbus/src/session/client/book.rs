//! [`Book`]: the requests that are not over, and which message answers which.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::expect::{self, EXCEPTION, Expected};
use super::{ClientConfig, MAX_NOTICES, RequestId, SLOTS, SendOptions};
use crate::Error;
use crate::session::adu::Adu;
use crate::session::{Identification, Pdu};
use crate::wire::{ExceptionCode, Request, UnitId};

/// A request that is not over.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) expected: Expected,
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
    places: Vec<Place>,
}

/// Where a request is kept. Its octets are written here once and stay until the next request.
#[derive(Clone, Debug)]
struct Place {
    pending: Option<Pending>,
    pdu: Pdu,
}

impl Book {
    pub(super) const fn new(config: ClientConfig) -> Self {
        Self { config, places: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.places.iter().filter(|place| place.pending.is_some()).count()
    }

    /// A place where no request is kept, if one more may wait. Events that nobody polled count
    /// too, so that memory is bounded.
    pub(super) fn free_place(&self, events: usize) -> Result<u16, Error> {
        let room = usize::from(self.config.queue).saturating_add(SLOTS);
        let free = self.places.iter().position(|place| place.pending.is_none());
        let free = free.unwrap_or(self.places.len());
        let is_room = free < room && events < room.saturating_mul(2).saturating_add(MAX_NOTICES);
        u16::try_from(free).ok().filter(|_| is_room).ok_or(Error::QueueFull)
    }

    /// Keeps a request at the place that it names.
    pub(super) fn keep(&mut self, pending: Pending, request: &Request<'_>) -> Result<(), Error> {
        let place = usize::from(pending.expected.place);
        if place >= self.places.len() {
            if self.places.is_empty() {
                // Most clients ask one thing at a time, and there may be thousands of them.
                self.places.reserve_exact(1);
            }
            self.places.push(Place { pending: None, pdu: Pdu::EMPTY });
        }
        if let Some(place) = self.places.get_mut(place) {
            place.pdu.write(request)?;
            place.pending = Some(pending);
        }
        Ok(())
    }

    /// Keeps another request in the name of the same one.
    pub(super) fn replace(
        &mut self,
        key: &Expected,
        transaction: u16,
        request: &Request<'_>,
    ) -> Result<(), Error> {
        if let Some(place) = self.places.get_mut(usize::from(key.place))
            && let Some(pending) = &mut place.pending
        {
            place.pdu.write(request)?;
            pending.expected.transaction = transaction;
        }
        Ok(())
    }

    /// The request at a place, and its octets.
    pub(super) fn at(&self, place: u16) -> Option<(&Pending, &Pdu)> {
        let Place { pending, pdu } = self.places.get(usize::from(place))?;
        Some((pending.as_ref()?, pdu))
    }

    /// The request with this key, and its octets.
    pub(super) fn get(&self, key: &Expected) -> Option<(&Pending, &Pdu)> {
        self.at(key.place).filter(|(pending, _)| pending.expected.id == key.id)
    }

    /// The parts of an identification that were read so far, where such is asked for.
    pub(super) fn parts(&mut self, key: &Expected) -> Option<&mut Identification> {
        let pending = self.places.get_mut(usize::from(key.place))?.pending.as_mut()?;
        let pending = Some(pending).filter(|pending| pending.expected.id == key.id)?;
        pending.identification.as_deref_mut()
    }

    /// The request is over; false if it was before.
    pub(super) fn close(&mut self, key: &Expected) -> bool {
        let is_kept = self.get(key).is_some();
        if is_kept && let Some(place) = self.places.get_mut(usize::from(key.place)) {
            place.pending = None;
        }
        is_kept
    }

    pub(super) fn find(&self, id: RequestId) -> Option<Expected> {
        let pending = self.places.iter().filter_map(|place| place.pending.as_ref());
        pending.map(|pending| pending.expected).find(|expected| expected.id == id)
    }

    /// Does a message answer the request with this key? Where the request is not kept any more,
    /// that is as much as its key tells.
    pub(super) fn is_answer(&self, key: &Expected, adu: &Adu<'_>) -> bool {
        key.fits(adu.transaction, self.is_unit(key.unit, adu), adu.pdu)
            && self.get(key).is_none_or(|(_, request)| expect::answers(adu.pdu, request))
    }

    /// Is the unit the one that was asked, as far as the configuration wants to know?
    fn is_unit(&self, asked: UnitId, adu: &Adu<'_>) -> bool {
        let leniency = &self.config.leniency;
        let is_exception = adu.pdu.first().is_some_and(|code| code & EXCEPTION != 0);
        asked == adu.unit
            || self.config.any_unit()
            || (leniency.unit_255_in_exceptions && is_exception && adu.unit.code() == u8::MAX)
    }

    /// May a request be sent again after this exception? One that may not be carried out twice
    /// only if the server surely did nothing.
    pub(super) fn may_ask_again(&self, key: &Expected, code: ExceptionCode) -> bool {
        self.get(key).is_some_and(|(pending, _)| pending.is_repeatable) || is_untouched(code)
    }
}

/// Does this exception say that nothing was done? Busy servers and gateways without a way did
/// nothing.
const fn is_untouched(code: ExceptionCode) -> bool {
    matches!(code, ExceptionCode::SERVER_DEVICE_BUSY | ExceptionCode::GATEWAY_PATH_UNAVAILABLE)
}
