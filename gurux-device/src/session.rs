//! [`DeviceSession`]: orders in, readings out, over any medium.

mod identify;
mod order;

use std::collections::{HashMap, HashSet, VecDeque};

use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};
use gurux_value::{Quality, Value};

use crate::assemble::Assembler;
use crate::device::Device;
use crate::driver::{Advice, Failure, Link, LinkEvent, Outcome, Raw, Request};
use crate::error::Error;
use crate::pipeline::Power;
use crate::profile::WriteClass;
use crate::reading::{Reading, Source};
pub use order::{DeviceEvent, OrderId, ReadFailure};
use order::{Order, Running, Task};

/// Orders in which a request stayed without any answer, while others were answered, before it is
/// taken for refused: some meters are silent where they should refuse.
const PATIENCE: u8 = 3;

/// Requests of an order that stay without an answer before the meter is taken to be away, and the
/// rest is not asked. Two, so that silence about one block does not hide all the others.
const AWAY: usize = 2;

/// A conversation with one meter: give it orders, drive it over a medium, take its events.
///
/// Orders are carried out one after the other. Each ends with [`DeviceEvent::Done`]; before that,
/// each property that was asked for is told once: its reading, or why there is none. A property
/// that fails costs only itself: a block that the meter refuses is split, what it refuses alone is
/// remembered as dead and not asked for again until [`revive`](Self::revive).
///
/// It is a [`Session`] like any other: the same over every medium, a function of its inputs and
/// the time that it is told.
pub struct DeviceSession {
    device: Device,
    link: Box<dyn Link>,
    assembler: Assembler,
    orders: VecDeque<(OrderId, Order)>,
    running: Option<Running>,
    events: VecDeque<DeviceEvent>,
    next_order: u64,
    next_request: u64,
    /// What the meter does not have, and how it said so.
    dead: HashMap<usize, ReadFailure>,
    /// How often each request stayed without an answer.
    silences: HashMap<Vec<u8>, u8>,
}

impl DeviceSession {
    pub(crate) fn new(device: Device, link: Box<dyn Link>) -> Self {
        Self {
            device,
            link,
            assembler: Assembler::default(),
            orders: VecDeque::new(),
            running: None,
            events: VecDeque::new(),
            next_order: 1,
            next_request: 1,
            dead: HashMap::new(),
            silences: HashMap::new(),
        }
    }

    /// The meter.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Orders to read these properties.
    ///
    /// # Errors
    /// [`Error::NotReadable`] for one that the profile does not allow to read.
    pub fn read(&mut self, items: &[usize]) -> Result<OrderId, Error> {
        self.check_read(items)?;
        Ok(self.order(Order::Read(items.to_vec())))
    }

    /// Could these properties be ordered to be read?
    pub(crate) fn check_read(&self, items: &[usize]) -> Result<(), Error> {
        for item in items {
            let property = &self.device.item(*item).property;
            if !property.access_mode.is_readable() {
                return Err(Error::NotReadable(property.name.value.clone()));
            }
        }
        Ok(())
    }

    /// Orders to write a value, and to read it back where the profile allows it
    /// ([`Device::parse_value`] makes one of text).
    ///
    /// # Errors
    /// [`Error::NotWritable`], and [`Error::Value`] for a value that the property cannot have.
    pub fn write(&mut self, item: usize, value: Value<'static>) -> Result<OrderId, Error> {
        self.check_write(item, &value)?;
        Ok(self.order(Order::Write { item, value }))
    }

    /// Could this value be ordered to be written?
    pub(crate) fn check_write(&self, item: usize, value: &Value<'static>) -> Result<(), Error> {
        let property = &self.device.item(item).property;
        if !property.access_mode.is_writable() {
            return Err(Error::NotWritable(property.name.value.clone()));
        }
        // Where another property scales this one, the check waits until that is known.
        if self.device.scale_item(item).is_none() {
            self.write_request(item, value)?;
        }
        Ok(())
    }

    /// Orders to look at the meter for the marks of its profile.
    pub fn identify(&mut self) -> OrderId {
        self.order(Order::Identify)
    }

    /// Orders the conversation to be ended as the protocol ends it, where it does: a meter that serves
    /// one client at a time is free then. The medium stays open; the next order begins anew.
    pub fn release(&mut self) -> OrderId {
        self.order(Order::Release)
    }

    /// Forgets what the meter was found not to have.
    pub fn revive(&mut self) {
        self.dead.clear();
        self.silences.clear();
    }

    /// Is there nothing to do, and nothing to tell?
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.orders.is_empty() && self.running.is_none() && self.events.is_empty()
    }

    fn order(&mut self, order: Order) -> OrderId {
        let id = OrderId(self.next_order);
        self.next_order += 1;
        self.orders.push_back((id, order));
        id
    }

    /// The raw value and the request that writes it.
    fn write_request(&self, item: usize, value: &Value<'static>) -> Result<Request, Error> {
        let power = self.assembler.power(&self.device, item).unwrap_or(Power::Missing);
        let raw = self.device.raw(item, power, value)?;
        let property = &self.device.item(item).property;
        // What cannot be read is a command, and what needs care is not to be done twice.
        let is_command =
            !property.access_mode.is_readable() || property.write_class != WriteClass::Normal;
        Ok(Request { is_command, ..self.encode(item, &raw)? })
    }

    fn encode(&self, item: usize, raw: &Value<'static>) -> Result<Request, Error> {
        self.device.dialect().encode(item, raw).map_err(|reason| Error::Value {
            property: self.device.item(item).property.name.value.clone(),
            value: raw.to_string(),
            reason,
        })
    }

    /// Requests for these items and for what scales them and is not known.
    fn plan(&self, items: &[usize]) -> VecDeque<Request> {
        let mut wanted: Vec<usize> = items.to_vec();
        for item in items {
            let scale = self.device.scale_item(*item);
            if self.assembler.power(&self.device, *item).is_none() {
                wanted.extend(scale);
            }
        }
        wanted.retain(|item| !self.dead.contains_key(item));
        wanted.sort_unstable();
        wanted.dedup();
        self.device.dialect().plan(&wanted).into()
    }

    /// Does all that can be done now.
    fn advance(&mut self, now: Instant) {
        loop {
            while let Some(event) = self.link.poll_event() {
                self.handle_link(event);
            }
            if self.running.is_none() {
                match self.orders.pop_front() {
                    Some((id, order)) => self.start(id, order),
                    None => return,
                }
            }
            if self.submit(now) {
                return;
            }
            self.finish_step();
        }
    }

    /// Hands requests to the link; is anything under way?
    fn submit(&mut self, now: Instant) -> bool {
        let Some(running) = &mut self.running else { return false };
        // Until the meter has answered once, one request at a time: a meter that is away costs
        // two time-outs, not one for each request.
        let window = if running.answered { self.link.window().max(1) } else { 1 };
        while running.flying.len() < window {
            let Some(request) = running.pending.pop_front() else { break };
            let id = self.next_request;
            self.next_request += 1;
            self.link.submit(now, id, &request);
            running.flying.insert(id, request);
        }
        !running.flying.is_empty()
    }

    fn start(&mut self, id: OrderId, order: Order) {
        self.assembler.forget(&self.device);
        let (task, pending) = match order {
            Order::Read(items) => {
                let pending = self.plan(&items);
                (Task::Read { wanted: items.into_iter().collect() }, pending)
            }
            Order::Write { item, value } => match self.device.scale_item(item) {
                Some(scale) if self.assembler.power(&self.device, item).is_none() => {
                    (Task::Scale { item, value }, self.plan(&[scale]))
                }
                _ => (Task::Scale { item, value }, VecDeque::new()),
            },
            Order::Identify => (Task::Identify(Box::default()), VecDeque::new()),
            Order::Release => (Task::Release, self.link.release().into_iter().collect()),
        };
        let mut running = Running::new(id, task);
        running.pending = pending;
        self.running = Some(running);
        if let Some(Running { task: Task::Read { wanted }, .. }) = &self.running {
            let told: Vec<usize> =
                wanted.iter().copied().filter(|item| self.dead.contains_key(item)).collect();
            for item in told {
                if let Some(why) = self.dead.get(&item).cloned() {
                    self.fail_item(item, why);
                }
            }
        }
    }

    fn handle_link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Notice(text) => self.events.push_back(DeviceEvent::Notice(text)),
            LinkEvent::Done { id, outcome, at } => {
                let running = self.running.as_mut();
                let Some(request) = running.and_then(|running| running.flying.remove(&id)) else {
                    return;
                };
                self.handle_outcome(request, outcome, at);
            }
        }
    }

    fn handle_outcome(&mut self, request: Request, outcome: Outcome, at: Instant) {
        let Some(running) = &mut self.running else { return };
        running.answered |= !matches!(outcome, Outcome::Failed(_));
        running.now = at;
        match &mut running.task {
            Task::Write { outcome: slot, .. } => {
                *slot = Some(outcome);
                return;
            }
            Task::Identify(identification) if identification.is_probing() => {
                identification.handle(&outcome);
                return;
            }
            Task::Release => return,
            _ => {}
        }
        match outcome {
            Outcome::Reply(reply) => {
                self.silences.remove(&request.octets);
                match self.device.dialect().decode(&request, &reply) {
                    Ok(raws) => self.take(raws, at),
                    Err(why) => self.fail(&request, &ReadFailure::Reply(why)),
                }
                for (item, refusal) in self.device.dialect().refusals(&request, &reply) {
                    let alone = Request { items: vec![item], ..Request::default() };
                    let advice = self.device.dialect_mut().refused(&alone, Some(&refusal));
                    self.follow(&alone, advice, &ReadFailure::Refused(refusal));
                }
            }
            Outcome::Refused(refusal) => {
                let advice = self.device.dialect_mut().refused(&request, Some(&refusal));
                self.follow(&request, advice, &ReadFailure::Refused(refusal));
            }
            Outcome::Failed(failure) => self.handle_failure(&request, failure),
        }
    }

    fn handle_failure(&mut self, request: &Request, failure: Failure) {
        let Some(running) = &mut self.running else { return };
        if failure == Failure::Silent {
            running.silent.push(request.clone());
        }
        let is_away = !running.answered && running.silent.len() >= AWAY;
        let why = ReadFailure::Failed(failure);
        if is_away || why == ReadFailure::Failed(Failure::Closed) {
            // Nobody is there: what has not been asked yet fails for the same reason.
            let rest = std::mem::take(&mut running.pending);
            rest.iter().for_each(|request| self.fail(request, &why));
        }
        self.fail(request, &why);
    }

    /// Counts the silences of a step in which others were answered; where nothing was, silence
    /// says nothing of the request.
    fn learn(&mut self) {
        let Some(running) = &mut self.running else { return };
        let silent = std::mem::take(&mut running.silent);
        if !running.answered {
            return;
        }
        for request in silent {
            let silences = self.silences.entry(request.octets.clone()).or_default();
            *silences = silences.saturating_add(1);
            if *silences < PATIENCE {
                continue;
            }
            self.silences.remove(&request.octets);
            // Smaller requests come with the next plan.
            if self.device.dialect_mut().refused(&request, None) == Advice::Dead {
                let why = ReadFailure::Failed(Failure::Silent);
                self.dead.extend(request.items.iter().map(|item| (*item, why.clone())));
            }
        }
    }

    fn follow(&mut self, request: &Request, advice: Advice, why: &ReadFailure) {
        match advice {
            Advice::Split(parts) => {
                let Some(running) = &mut self.running else { return };
                for part in parts.into_iter().rev() {
                    running.pending.push_front(part);
                }
            }
            Advice::Dead => {
                self.dead.extend(request.items.iter().map(|item| (*item, why.clone())));
                self.fail(request, why);
            }
            Advice::Later => self.fail(request, why),
        }
    }

    fn fail(&mut self, request: &Request, why: &ReadFailure) {
        for item in &request.items {
            self.fail_item(*item, why.clone());
        }
    }

    fn fail_item(&mut self, item: usize, why: ReadFailure) {
        if self.device.is_scale(item) {
            self.assembler.fail(item);
        }
        let Some(running) = &mut self.running else { return };
        running.why = Some(why.clone());
        if let Task::Read { wanted } = &mut running.task
            && wanted.remove(&item)
        {
            running.failed += 1;
            let none = Raw { quality: Quality::COMM_FAILED, ..Raw::default() };
            let at = running.now;
            let reading = self.device.reading(item, Power::None, none, Source::Read, at);
            self.events.push_back(DeviceEvent::Failed { order: running.id, reading, why });
        }
        let rest = self.assembler.take(&self.device, Vec::new(), Source::Read, Instant::ZERO);
        rest.into_iter().for_each(|reading| self.tell(reading));
    }

    /// Takes the raw values of one reply.
    fn take(&mut self, raws: Vec<(usize, Raw)>, at: Instant) {
        let Some(running) = &mut self.running else { return };
        let source = match &mut running.task {
            Task::ReadBack { item, raw, .. } => {
                let found = raws.iter().find(|(found, _)| found == item);
                *raw = found.and_then(|(_, found)| found.value.clone());
                Source::ReadBack
            }
            _ => Source::Read,
        };
        let readings = self.assembler.take(&self.device, raws, source, at);
        readings.into_iter().for_each(|reading| self.tell(reading));
    }

    /// A reading is ready: told, or kept by the task that wants it.
    fn tell(&mut self, reading: Reading) {
        let Ok(item) = self.device.lookup(&reading.property) else { return };
        let Some(running) = &mut self.running else { return };
        match &mut running.task {
            Task::Read { wanted } => {
                // What only scales others was read along, and is not told.
                let is_wanted = wanted.remove(&item);
                if is_wanted {
                    running.good += 1;
                    self.events.push_back(DeviceEvent::Reading { order: running.id, reading });
                }
            }
            Task::ReadBack { item: written, reading: slot, .. } if *written == item => {
                *slot = Some(Box::new(reading));
            }
            Task::Identify(identification) => identification.take(reading),
            _ => {}
        }
    }

    /// All requests of the present step are over.
    fn finish_step(&mut self) {
        self.learn();
        let rest = self.assembler.finish(&self.device);
        rest.into_iter().for_each(|reading| self.tell(reading));
        let Some(mut running) = self.running.take() else { return };
        match running.task {
            Task::Read { wanted } => {
                // Each was told when its request ended; one that no request was made for is told
                // here, so that none is ever forgotten.
                let order = running.id;
                running.failed += wanted.len();
                self.forgotten(order, wanted, running.now);
                self.done(order, running.good, running.failed);
            }
            Task::Scale { item, value } => match self.write_request(item, &value) {
                Ok(request) => {
                    running.pending.push_back(request.clone());
                    running.task = Task::Write { item, value, request, outcome: None };
                    self.running = Some(running);
                }
                Err(error) => {
                    self.not_written(running.id, item, ReadFailure::Reply(error.to_string()))
                }
            },
            Task::Write { item, value, request, outcome } => match outcome {
                Some(Outcome::Reply(_)) if self.reads_back(item) => {
                    running.pending = self.plan(&[item]);
                    running.why = None;
                    running.task =
                        Task::ReadBack { item, value, request, raw: None, reading: None };
                    self.running = Some(running);
                }
                Some(Outcome::Reply(_)) => self.written(running.id, item, value, None, None),
                Some(Outcome::Refused(refusal)) => {
                    self.not_written(running.id, item, ReadFailure::Refused(refusal));
                }
                Some(Outcome::Failed(failure)) => {
                    self.not_written(running.id, item, ReadFailure::Failed(failure));
                }
                None => {
                    let why = ReadFailure::Failed(Failure::Other("it was not sent".to_owned()));
                    self.not_written(running.id, item, why);
                }
            },
            Task::ReadBack { item, value, request, raw, reading } => {
                // Equal if writing what was read would send the same octets: that is exact for
                // every type, and for the bits of a register too.
                let back = raw.and_then(|raw| self.encode(item, &raw).ok());
                let verified = Some(back.is_some_and(|back| back.octets == request.octets));
                self.written(running.id, item, value, reading.map(|reading| *reading), verified);
            }
            Task::Release => self.done(running.id, 0, 0),
            Task::Identify(mut identification) => {
                let step = identification.next(&self.device, |items| self.plan(items));
                match step {
                    Some(pending) => {
                        running.pending = pending;
                        running.task = Task::Identify(identification);
                        self.running = Some(running);
                    }
                    None => {
                        let event = identification.event(running.id, running.why.take());
                        self.events.push_back(event);
                        self.done(running.id, 1, 0);
                    }
                }
            }
        }
    }

    fn forgotten(&mut self, order: OrderId, items: HashSet<usize>, at: Instant) {
        let mut items: Vec<usize> = items.into_iter().collect();
        items.sort_unstable();
        for item in items {
            let none = Raw { quality: Quality::COMM_FAILED, ..Raw::default() };
            let reading = self.device.reading(item, Power::None, none, Source::Read, at);
            let why = ReadFailure::Reply("no request can be made for it".to_owned());
            self.events.push_back(DeviceEvent::Failed { order, reading, why });
        }
    }

    fn reads_back(&self, item: usize) -> bool {
        let property = &self.device.item(item).property;
        property.access_mode.is_readable() && property.read_back.unwrap_or(true)
    }

    fn written(
        &mut self,
        order: OrderId,
        item: usize,
        value: Value<'static>,
        read_back: Option<Reading>,
        verified: Option<bool>,
    ) {
        let property = self.device.item(item).property.name.value.clone();
        let event = DeviceEvent::Written { order, property, value, read_back, verified };
        self.events.push_back(event);
        let failed = usize::from(verified == Some(false));
        self.done(order, 1 - failed, failed);
    }

    fn not_written(&mut self, order: OrderId, item: usize, why: ReadFailure) {
        let property = self.device.item(item).property.name.value.clone();
        self.events.push_back(DeviceEvent::NotWritten { order, property, why });
        self.done(order, 0, 1);
    }

    fn done(&mut self, order: OrderId, good: usize, failed: usize) {
        self.events.push_back(DeviceEvent::Done { order, good, failed });
    }
}

impl Session for DeviceSession {
    type Event = DeviceEvent;

    fn handle_open(&mut self, now: Instant) {
        self.link.handle_open(now);
        self.advance(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.link.handle_input(now, octets);
        self.advance(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.link.handle_timeout(now);
        self.advance(now);
    }

    /// The order being carried out fails with what it has not read yet; those behind it are kept.
    fn handle_close(&mut self, now: Instant) {
        self.link.handle_close(now);
        while let Some(event) = self.link.poll_event() {
            self.handle_link(event);
        }
        let Some(running) = &mut self.running else { return };
        running.now = now;
        let flying = std::mem::take(&mut running.flying).into_values();
        let rest: Vec<Request> = flying.chain(std::mem::take(&mut running.pending)).collect();
        if let Task::Write { outcome, .. } = &mut running.task {
            outcome.get_or_insert(Outcome::Failed(Failure::Closed));
        } else if let Task::Identify(identification) = &mut running.task {
            identification.give_up();
            running.why = Some(ReadFailure::Failed(Failure::Closed));
        } else {
            let why = ReadFailure::Failed(Failure::Closed);
            rest.iter().for_each(|request| self.fail(request, &why));
        }
        // The step is over; whatever it would lead to needs the medium.
        while self.running.as_ref().is_some_and(|r| r.pending.is_empty() && r.flying.is_empty()) {
            self.finish_step();
        }
        if let Some(running) = &mut self.running {
            let rest = std::mem::take(&mut running.pending);
            let why = ReadFailure::Failed(Failure::Closed);
            rest.iter().for_each(|request| self.fail(request, &why));
            self.finish_step();
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.advance(now);
        let transmit = self.link.poll_transmit(now, out);
        if transmit.is_none() {
            self.advance(now);
        }
        transmit
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.link.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<DeviceEvent> {
        self.events.pop_front()
    }
}

impl std::fmt::Debug for DeviceSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceSession")
            .field("device", &self.device)
            .field("orders", &self.orders.len())
            .field("dead", &self.dead.len())
            .finish_non_exhaustive()
    }
}
