//! Sessions on a line that loses, damages, repeats and invents: they always end, and never tell
//! what was not read.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gurux_device::profile::DeviceProfile;
use gurux_device::{Device, DeviceEvent, Drivers, LinkSettings, OrderId, Parameters, Simulation};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use proptest::sample::select;

/// What becomes of a message on the line.
#[derive(Clone, Debug)]
enum Fate {
    Arrives,
    IsLost,
    /// One octet is changed by these bits.
    IsDamaged(u8, u8),
    ComesTwice,
    /// These come in front of it.
    FollowsNoise(Vec<u8>),
    /// The connection breaks and is made again.
    IsCutOff,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => any::<()>().prop_map(|()| Fate::Arrives),
        1 => any::<()>().prop_map(|()| Fate::IsLost),
        1 => (any::<u8>(), 1_u8..).prop_map(|(at, bits)| Fate::IsDamaged(at, bits)),
        1 => any::<()>().prop_map(|()| Fate::ComesTwice),
        1 => vec(any::<u8>(), 1..12).prop_map(Fate::FollowsNoise),
        1 => any::<()>().prop_map(|()| Fate::IsCutOff),
    ]
}

/// What octets can tell: without numbers, a reply that comes twice is as good as the next one of
/// its length; without a check sum, damage is as good as truth.
fn possible(fate: Fate, transport: &str) -> Fate {
    let is_numbered = matches!(transport, "tcp" | "udp");
    match fate {
        Fate::ComesTwice if !is_numbered => Fate::Arrives,
        Fate::IsDamaged(..) if is_numbered => Fate::IsLost,
        fate => fate,
    }
}

fn profile() -> Arc<DeviceProfile> {
    let text = include_str!("../../profiles/gurux/word-orders.xml");
    Drivers::standard().read(text).unwrap().into()
}

fn device() -> Device {
    let profile = profile();
    let parameters = Parameters::new(&profile, []).unwrap();
    Device::new("d", profile, parameters, &Drivers::standard()).unwrap()
}

/// Sends what one side has to say to the other, each message with the next fate; was anything
/// sent, and was the connection cut?
fn carry(
    from: &mut dyn FnMut(&mut BytesMut) -> bool,
    to: &mut dyn FnMut(&[u8]),
    fates: &mut impl Iterator<Item = Fate>,
) -> (bool, bool) {
    let (mut is_busy, mut is_cut) = (false, false);
    let mut out = BytesMut::new();
    while from(&mut out) {
        is_busy = true;
        let mut message = out.split().to_vec();
        match fates.next().unwrap_or(Fate::Arrives) {
            Fate::Arrives => to(&message),
            Fate::IsLost => {}
            Fate::IsDamaged(at, bits) => {
                let at = usize::from(at) % message.len();
                message.iter_mut().skip(at).take(1).for_each(|octet| *octet ^= bits);
                to(&message);
            }
            Fate::ComesTwice => {
                to(&message);
                to(&message);
            }
            Fate::FollowsNoise(mut noise) => {
                noise.append(&mut message);
                to(&noise);
            }
            Fate::IsCutOff => is_cut = true,
        }
    }
    (is_busy, is_cut)
}

proptest! {
    #[test]
    fn every_order_ends_and_each_property_is_told_once(
        transport in select(vec!["rtu", "ascii", "rtu-over-tcp", "tcp", "udp"]),
        fates in vec(fate(), 0..60),
        writes in vec((select(vec!["w_u16", "w_i32", "w_text", "w_part"]), 0_u16..200), 0..4),
    ) {
        let settings = LinkSettings::new(transport).with_resend_count(1);
        let simulation = Simulation::new(&device(), 1).unwrap();
        let mut meter = simulation.session(&settings).unwrap();
        let mut session = device().session(&settings).unwrap();
        let fixed = session.device().view("fixed").unwrap();
        let mut open: BTreeMap<OrderId, usize> = BTreeMap::new();
        open.insert(session.read(&fixed).unwrap(), fixed.len());
        for (property, number) in &writes {
            let item = session.device().lookup(property).unwrap();
            let value = session.device().parse_value(item, &number.to_string()).unwrap();
            open.insert(session.write(item, value).unwrap(), 1);
        }
        open.insert(session.identify(), 1);
        open.insert(session.read(&fixed).unwrap(), fixed.len());

        let mut now = Instant::from_millis(10);
        session.handle_open(now);
        let mut fates = fates.into_iter().map(|fate| possible(fate, transport));
        let mut turns = 0;
        while !session.is_idle() {
            turns += 1;
            prop_assert!(turns < 20_000, "the session does not end");
            let mut send = |out: &mut BytesMut| session.poll_transmit(now, out).is_some();
            let there = carry(&mut send, &mut |octets| meter.handle_input(now, octets), &mut fates);
            let mut send = |out: &mut BytesMut| meter.poll_transmit(now, out).is_some();
            let mut take = |octets: &[u8]| session.handle_input(now, octets);
            let back = carry(&mut send, &mut take, &mut fates);
            while meter.poll_event().is_some() {}
            if there.1 || back.1 {
                session.handle_close(now);
                now += Duration::from_millis(100);
                session.handle_open(now);
            }
            while let Some(event) = session.poll_event() {
                match event {
                    DeviceEvent::Reading { order, reading } => {
                        // A frame with a check sum is right or is not told.
                        let item = session.device().lookup(&reading.property).unwrap();
                        let text = session.device().items()[item].property.default_value.clone();
                        let expected =
                            session.device().parse_value(item, &text.unwrap()).unwrap();
                        let found = reading.measurement.value.unwrap();
                        let is_same = found.to_string() == expected.to_string()
                            || found.as_decimal() == expected.as_decimal();
                        prop_assert!(is_same, "{} is {found}", reading.property);
                        *open.get_mut(&order).unwrap() -= 1;
                    }
                    DeviceEvent::Failed { order, .. }
                    | DeviceEvent::Written { order, .. }
                    | DeviceEvent::NotWritten { order, .. }
                    | DeviceEvent::Identified { order, .. } => {
                        *open.get_mut(&order).unwrap() -= 1;
                    }
                    DeviceEvent::Done { order, .. } => {
                        prop_assert_eq!(open.remove(&order), Some(0));
                    }
                    _ => {}
                }
            }
            if !there.0 && !back.0 {
                let next = [session.poll_timeout(), meter.poll_timeout()];
                if let Some(next) = next.into_iter().flatten().min() {
                    now = now.max(next) + Duration::from_micros(1);
                }
                session.handle_timeout(now);
                meter.handle_timeout(now);
            }
        }
        prop_assert!(open.is_empty(), "{open:?}");
    }
}
