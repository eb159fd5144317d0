//! [`Book`]: the requests that are not over, and which message answers which.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::expect::{self, EXCEPTION, Expected};
use super::{ClientConfig, MAX_NOTICES, RequestId, SLOTS};
use crate::Error;
use crate::session::adu::Adu;
use crate::session::{Identification, Pdu};
use crate::wire::{ExceptionCode, Request, UnitId};

/// A request that is not over.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) id: RequestId,
    pub(super) is_repeatable: bool,
    /// What has been read so far, where the parts of an identification are put together.
    pub(super) identification: Option<Box<Identification>>,
}

/// What a reply is to its request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answered {
    /// All that was asked for.
    Whole,
    /// A part of an identification.
    Part,
    /// The request was over before.
    Before,
}

/// The requests that are not over, each at its place.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) config: ClientConfig,
    places: Vec<Place>,
}

/// Where a request is kept, and its reply until somebody polls it: octets are written here once,
/// and nothing is allocated for them.
#[derive(Clone, Debug)]
struct Place {
    holds: Holds,
    /// The octets of the request, then those of the reply.
    pdu: Pdu,
}

#[derive(Clone, Debug)]
enum Holds {
    Nothing,
    Request(Pending),
    Reply,
}

impl Place {
    const fn request(&self) -> Option<&Pending> {
        match &self.holds {
            Holds::Request(pending) => Some(pending),
            _ => None,
        }
    }
}

impl Book {
    pub(super) const fn new(config: ClientConfig) -> Self {
        Self { config, places: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.places.iter().filter_map(Place::request).count()
    }

    /// A place where nothing is kept, if one more request may wait. Events that nobody polled count
    /// too, so that memory is bounded.
    #[inline]
    pub(super) fn free_place(&self, events: usize) -> Result<u16, Error> {
        let room = usize::from(self.config.queue).saturating_add(SLOTS);
        let free = self.places.iter().position(|place| matches!(place.holds, Holds::Nothing));
        let free = free.unwrap_or(self.places.len());
        let is_room = free < room && events < room.saturating_mul(2).saturating_add(MAX_NOTICES);
        u16::try_from(free).ok().filter(|_| is_room).ok_or(Error::QueueFull)
    }

    /// Keeps a request at a place.
    #[inline]
    pub(super) fn keep(
        &mut self,
        place: u16,
        pending: Pending,
        request: &Request<'_>,
    ) -> Result<(), Error> {
        let place = usize::from(place);
        if place >= self.places.len() {
            self.add_place();
        }
        if let Some(place) = self.places.get_mut(place) {
            place.pdu.write(request)?;
            place.holds = Holds::Request(pending);
        }
        Ok(())
    }

    #[cold]
    fn add_place(&mut self) {
        if self.places.is_empty() {
            // Most clients ask one thing at a time, and there may be thousands of them.
            self.places.reserve_exact(1);
        }
        self.places.push(Place { holds: Holds::Nothing, pdu: Pdu::EMPTY });
    }

    /// Keeps another request in the name of the same one.
    #[cold]
    pub(super) fn replace(&mut self, key: &Expected, request: &Request<'_>) -> Result<(), Error> {
        if let Some(place) = self.place(key) {
            place.pdu.write(request)?;
        }
        Ok(())
    }

    /// The request with this key, and its octets.
    #[inline]
    pub(super) fn get(&self, key: &Expected) -> Option<(&Pending, &Pdu)> {
        let place = self.places.get(usize::from(key.place))?;
        let pending = place.request().filter(|pending| pending.id == key.id)?;
        Some((pending, &place.pdu))
    }

    /// The place of the request with this key.
    #[inline]
    fn place(&mut self, key: &Expected) -> Option<&mut Place> {
        let place = self.places.get_mut(usize::from(key.place))?;
        place.request().filter(|pending| pending.id == key.id)?;
        Some(place)
    }

    /// The parts of an identification that were read so far, where such is asked for.
    #[inline]
    pub(super) fn parts(&mut self, key: &Expected) -> Option<&mut Identification> {
        match &mut self.place(key)?.holds {
            Holds::Request(pending) => pending.identification.as_deref_mut(),
            _ => None,
        }
    }

    /// The request is answered. A whole reply ends it, and is kept in its place until it is taken.
    #[inline]
    pub(super) fn answer(&mut self, key: &Expected, reply: &[u8]) -> Answered {
        let Some(place) = self.places.get_mut(usize::from(key.place)) else {
            return Answered::Before;
        };
        match &place.holds {
            Holds::Request(pending) if pending.id == key.id => {
                if pending.identification.is_some() {
                    return Answered::Part;
                }
            }
            _ => return Answered::Before,
        }
        place.holds = Holds::Reply;
        place.pdu.copy_from(reply);
        Answered::Whole
    }

    /// The reply that is kept at a place, which is free then.
    #[inline]
    pub(super) fn take_reply(&mut self, place: u16) -> Option<Pdu> {
        let place = self.places.get_mut(usize::from(place))?;
        place.holds = Holds::Nothing;
        Some(place.pdu)
    }

    /// The request is over; false if it was before.
    pub(super) fn close(&mut self, key: &Expected) -> bool {
        let place = self.place(key);
        place.map(|place| place.holds = Holds::Nothing).is_some()
    }

    /// The request is given up, and its place free: which it was, if it was not over before.
    pub(super) fn give_up(&mut self, id: RequestId) -> Option<u16> {
        let is_asked = |place: &Place| place.request().is_some_and(|pending| pending.id == id);
        let found = self.places.iter().position(is_asked)?;
        self.places.get_mut(found)?.holds = Holds::Nothing;
        u16::try_from(found).ok()
    }

    /// Does a message answer the request with this key? Where the request is not kept any more,
    /// that is as much as its key tells.
    #[inline(always)]
    pub(super) fn is_answer(&self, key: &Expected, adu: &Adu<'_>) -> bool {
        key.fits(adu.transaction, self.is_unit(key.unit, adu), adu.pdu)
            && match adu.pdu {
                // A read is answered by so many octets, which fit, and their count.
                [1..=4, count, values @ ..] => usize::from(*count) == values.len(),
                pdu => self.get(key).is_none_or(|(_, request)| expect::answers(pdu, request)),
            }
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
        self.may_repeat(key) || is_untouched(code)
    }

    /// May a request be carried out twice?
    pub(super) fn may_repeat(&self, key: &Expected) -> bool {
        self.get(key).is_some_and(|(pending, _)| pending.is_repeatable)
    }
}

/// Does this exception say that nothing was done? Busy servers and gateways without a way did
/// nothing.
const fn is_untouched(code: ExceptionCode) -> bool {
    matches!(code, ExceptionCode::SERVER_DEVICE_BUSY | ExceptionCode::GATEWAY_PATH_UNAVAILABLE)
}
