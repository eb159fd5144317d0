//! Our contender for the DLMS workloads, and their inputs.

use std::hint::black_box;

use gurux_dlms::value::Data;
use gurux_dlms::wire::{
    DataNotification, DataRef, Event, Events, GetDataResult, GetResponse, Unread,
};
use gurux_framing::Wire;

use crate::contender::Contender;
use crate::names;

const NAME: &str = "gurux";

/// Ours, for the workloads of [`names`].
pub fn contender(workload: &str) -> Option<Contender> {
    Some(match workload {
        names::DLMS_GET_REGISTER => over(get_register(), register),
        names::DLMS_PROFILE_EVENTS => over(profile(), |octets| events(body(octets))),
        names::DLMS_PROFILE_ROWS => over(profile(), |octets| {
            let Ok(GetResponse::Normal { result: GetDataResult::Data(rows), .. }) =
                GetResponse::<DataRef<'_>>::from_bytes(octets)
            else {
                return 0;
            };
            sum(rows)
        }),
        names::DLMS_PROFILE_OWNED => over(profile(), |octets| {
            let rows = Data::from_bytes(body(octets)).expect("rows");
            sum(black_box(&rows).borrowed())
        }),
        names::DLMS_NOTIFY_EVENTS => over(notification(), |octets| {
            let push = DataNotification::<Unread<'_>>::from_bytes(octets).expect("a notification");
            assert!(push.date_time.date_time().is_some());
            events(push.notification_body.0)
        }),
        _ => return None,
    })
}

fn over(octets: Vec<u8>, work: fn(&[u8]) -> u64) -> Contender {
    Contender::new(NAME, move |_| work(black_box(&octets)))
}

fn register(octets: &[u8]) -> u64 {
    match GetResponse::<DataRef<'_>>::from_bytes(octets) {
        Ok(GetResponse::Normal {
            result: GetDataResult::Data(DataRef::DoubleLongUnsigned(value)),
            ..
        }) => value.into(),
        _ => 0,
    }
}

fn body(octets: &[u8]) -> &[u8] {
    match GetResponse::<Unread<'_>>::from_bytes(octets) {
        Ok(GetResponse::Normal { result: GetDataResult::Data(Unread(body)), .. }) => body,
        _ => &[],
    }
}

/// Numbers, and lengths of octet-strings.
fn cell(value: &DataRef<'_>) -> u64 {
    match value {
        DataRef::OctetString(octets) => octets.len() as u64,
        DataRef::DoubleLongUnsigned(number) => (*number).into(),
        DataRef::LongUnsigned(number) => (*number).into(),
        DataRef::Unsigned(number) => (*number).into(),
        _ => 0,
    }
}

fn events(octets: &[u8]) -> u64 {
    let mut sum = 0;
    for event in Events::new(octets) {
        if let Event::Value(value) = event.expect("a value") {
            sum += cell(&value);
        }
    }
    sum
}

fn sum(value: DataRef<'_>) -> u64 {
    let mut sum = 0;
    for row in value.elements().expect("rows") {
        for value in row.elements().expect("cells") {
            sum += cell(&value);
        }
    }
    sum
}

/// An answer to GET with one double-long-unsigned.
pub fn get_register() -> Vec<u8> {
    vec![0xC4, 0x01, 0xC1, 0x00, 0x06, 0x00, 0xBC, 0x61, 0x4E]
}

/// An answer to GET with a load profile of 1000 rows.
pub fn profile() -> Vec<u8> {
    let mut octets = vec![0xC4, 0x01, 0xC1, 0x00, 0x01, 0x82, 0x03, 0xE8];
    (0..1000).for_each(|number| row(number, &[0x11], &mut octets));
    octets
}

/// A data-notification: a structure of 100 rows, whose status has two octets.
pub fn notification() -> Vec<u8> {
    let mut octets = vec![0x0F, 0x00, 0x00, 0x00, 0x01];
    octets.push(12);
    octets.extend(clock(0));
    octets.extend([0x02, 100]);
    (0..100).for_each(|number| row(number, &[0x12, 0x00], &mut octets));
    octets
}

/// Clock, status, two energies. `status` is its tag, and its octets but the last.
fn row(number: u32, status: &[u8], octets: &mut Vec<u8>) {
    octets.extend([0x02, 4, 0x09, 12]);
    octets.extend(clock(number));
    octets.extend(status);
    octets.push((number % 7) as u8);
    octets.push(0x06);
    octets.extend((1_000_000 + 17 * number).to_be_bytes());
    octets.push(0x06);
    octets.extend((2_000_000 + 5 * number).to_be_bytes());
}

fn clock(number: u32) -> [u8; 12] {
    let [month, day, hour, quarter] = [12, 28, 24, 4].map(|modulus| (number % modulus) as u8);
    [0x07, 0xE9, 1 + month, 1 + day, 0xFF, hour, 15 * quarter, 0, 0, 0x80, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::{contender, get_register, notification, profile};
    use crate::names;

    #[test]
    fn all_ways_of_reading_a_profile_come_to_the_same() {
        let deliver = |name| contender(name).expect("one of ours").deliver().0;
        let sum = (0..1000_u64).map(|i| 12 + i % 7 + 1_000_000 + 17 * i + 2_000_000 + 5 * i).sum();
        for name in
            [names::DLMS_PROFILE_EVENTS, names::DLMS_PROFILE_ROWS, names::DLMS_PROFILE_OWNED]
        {
            assert_eq!(deliver(name), sum, "{name}");
        }
        let sum = (0..100_u64).map(|i| 12 + i % 7 + 1_000_000 + 17 * i + 2_000_000 + 5 * i).sum();
        assert_eq!(deliver(names::DLMS_NOTIFY_EVENTS), sum);
        assert_eq!(deliver(names::DLMS_GET_REGISTER), 12_345_678);
    }

    /// The published list of inputs lies beside the checkout, where it is present.
    #[test]
    fn the_inputs_are_the_published_ones() {
        crate::published::assert_same(&[
            ("dlms_get_register", get_register()),
            ("dlms_profile_1000x4", profile()),
            ("dlms_notify_100x4", notification()),
        ]);
    }
}
