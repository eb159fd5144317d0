//! Both sides of a guard, with the keys of the Green Book's examples.

use std::vec::Vec;

use super::*;
use crate::security::{Key, Software, SoftwareCipher};
use crate::session::link::Owned;

const CLIENT: SystemTitle = SystemTitle(*b"ABC\0\0\0\0\x01");
const METER: SystemTitle = SystemTitle(*b"MMM\0\0\0\0\x01");
const GET: [u8; 13] = [0xC0, 1, 0xC1, 0, 8, 0, 0, 1, 0, 0, 255, 2, 0];
const BOTH: SecurityControl = SecurityControl::AUTHENTICATED_ENCRYPTED;

fn keys() -> Keyring<SoftwareCipher> {
    let key = |text: &str| text.parse::<Key>().unwrap();
    Keyring::new(Software.cipher(&key("000102030405060708090A0B0C0D0E0F")).unwrap())
        .with_authentication(key("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"))
}

fn pair(control: SecurityControl) -> (Guard<Software>, Guard<Software>) {
    let guard = |own, peer| Guard::new(Software, keys(), own).with_control(control).with_peer(peer);
    (guard(CLIENT, METER), guard(METER, CLIENT))
}

fn sealed(guard: &mut Guard<Software>, text: &[u8]) -> Vec<u8> {
    let mut out = Owned::new(512);
    guard.protect(text, &mut out).unwrap();
    out.octets().to_vec()
}

#[test]
fn every_form_comes_out_again() {
    for (form, tag) in
        [(Form::Service, 0xC8), (Form::General, 0xDB), (Form::GeneralCiphering, 0xDD)]
    {
        for control in [BOTH, SecurityControl::AUTHENTICATED, BOTH.with_suite(1)] {
            let (client, mut meter) = pair(control);
            let mut client = client.with_form(form);
            let mut message = sealed(&mut client, &GET);
            assert_eq!(message[0], tag);
            let opened = meter.unprotect(&mut message).unwrap();
            assert_eq!(message[opened.range()], GET);
            assert_eq!((opened.control, opened.sender), (Some(control), Some(CLIENT)));
        }
    }
}

#[test]
fn a_dedicated_key_has_counters_of_its_own() {
    let (mut client, mut meter) = pair(BOTH);
    let key: Key = "000102030405060708090A0B0C0D0EFF".parse().unwrap();
    let before = client.peek_counter();
    for guard in [&mut client, &mut meter] {
        guard.set_dedicated(Some(Software.cipher(&key).unwrap()));
    }
    let mut message = sealed(&mut client, &GET);
    assert_eq!(message[0], 0xD0);
    // It goes on from the global one, which itself does not move.
    assert_eq!(message[3..7], before.unwrap().to_be_bytes());
    let opened = meter.unprotect(&mut message).unwrap();
    assert_eq!(message[opened.range()], GET);
    // ACCESS has no tag of its own.
    let mut access = sealed(&mut client, &[0xD9, 0]);
    assert_eq!(access[0], 0xDC);
    meter.unprotect(&mut access).unwrap();
    assert_eq!(client.peek_counter(), before);
    // The initiate goes under the global key all the same.
    let mut out = Owned::new(64);
    client.protect_initiate(&[1, 0], &mut out).unwrap();
    assert_eq!(out.octets()[0], 0x21);
    assert_ne!(client.peek_counter(), before);
}

#[test]
fn what_is_weaker_than_agreed_is_refused() {
    let (_, mut meter) = pair(BOTH);
    assert_eq!(meter.unprotect(&mut GET.clone()), Err(GuardError::Clear(0xC0)));
    let (mut authenticated, _) = pair(SecurityControl::AUTHENTICATED);
    let mut message = sealed(&mut authenticated, &GET);
    let weak = GuardError::Weak { found: SecurityControl::AUTHENTICATED, required: BOTH };
    assert_eq!(meter.unprotect(&mut message), Err(weak));
    let (encrypted, _) = pair(SecurityControl::ENCRYPTED);
    let mut message = sealed(&mut encrypted.with_policy(Policy::DecryptUnverified), &GET);
    assert!(matches!(
        meter.unprotect(&mut message),
        Err(GuardError::Open(OpenError::NotAuthenticated))
    ));
    // What says that there is no protection has none.
    for clear in [[0x61, 0], [0x63, 0], [0xD8, 1], [0x0E, 1], [0xE0, 0]] {
        assert!(meter.unprotect(&mut clear.clone()).is_ok());
    }
}

#[test]
fn another_sender_and_another_key_are_refused() {
    let (client, mut meter) = pair(BOTH);
    let mut other = Guard::new(Software, keys(), SystemTitle(*b"XYZ\0\0\0\0\x01"))
        .with_control(BOTH)
        .with_form(Form::General);
    let mut message = sealed(&mut other, &GET);
    assert!(matches!(meter.unprotect(&mut message), Err(GuardError::Foreign(_))));
    let mut message = sealed(&mut client.with_form(Form::General), &GET);
    let last = message.len() - 1;
    message[last] ^= 1;
    let broken = Err(GuardError::Open(OpenError::Cipher(CipherError::Tag)));
    assert_eq!(meter.unprotect(&mut message), broken);
}

#[test]
fn a_counter_is_used_once_and_a_message_is_taken_once() {
    let (mut client, mut meter) = pair(BOTH);
    let (first, second) = (sealed(&mut client, &GET), sealed(&mut client, &GET));
    assert_ne!(first, second);
    let take = |meter: &mut Guard<Software>, message: &[u8]| {
        meter.unprotect(&mut message.to_vec()).map(|_| ())
    };
    assert_eq!(take(&mut meter, &second), Ok(()));
    assert!(matches!(take(&mut meter, &first), Err(GuardError::Replayed(_))));
    assert!(matches!(take(&mut meter, &second), Err(GuardError::Replayed(_))));
    client.raise_counter(meter.expected_counter() + 10);
    assert_eq!(take(&mut meter, &sealed(&mut client, &GET)), Ok(()));
    let mut meter = meter.with_repeated_counters(true);
    assert_eq!(take(&mut meter, &second), Ok(()));
}

#[test]
fn a_counter_that_cannot_be_kept_sends_nothing() {
    let (client, _) = pair(BOTH);
    let mut client = client.with_counter(OwnCounter::new(5, 1, |_: u32| Err::<(), ()>(())));
    let mut out = Owned::new(64);
    assert_eq!(client.protect(&GET, &mut out), Err(GuardError::CounterNotKept));
    let mut client = client.with_counter(OwnCounter::new(u32::MAX, 1, ()));
    assert_eq!(client.protect(&GET, &mut out), Ok(()));
    assert_eq!(client.protect(&GET, &mut out), Err(GuardError::CounterExhausted));
}

#[test]
fn without_keys_all_goes_in_clear() {
    let mut guard = Guard::open(Software);
    assert_eq!(sealed(&mut guard, &GET), GET);
    let opened = guard.unprotect(&mut GET.clone()).unwrap();
    assert_eq!((opened.range(), opened.control), (0..GET.len(), None));
}

#[test]
fn a_store_that_is_too_small_is_told() {
    let (mut client, _) = pair(BOTH);
    let mut out = Owned::new(20);
    assert!(matches!(
        client.protect(&GET, &mut out),
        Err(GuardError::Seal(SealError::Room { .. }))
    ));
}
