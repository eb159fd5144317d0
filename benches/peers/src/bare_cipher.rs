//! The cipher alone, at places known beforehand: what is left to gain for a protected message.

use std::hint::black_box;

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{AesGcm, aes::Aes128};
use gurux_benches::{Contender, names, sealed};

/// Where the counter's nonce, the text and the tag of [`sealed::authenticated`] are.
const TITLE: usize = 2;
const CONTROL: usize = 13;
const COUNTER: usize = 14;
const TEXT: usize = 18;
const TAG_LEN: usize = 12;

pub(crate) fn contender(workload: &str) -> Option<Contender> {
    (workload == names::DLMS_GLO_1K).then(|| {
        let cipher = AesGcm::<Aes128, U12, U12>::new(&sealed::ENCRYPTION_KEY.into());
        let message = sealed::authenticated();
        let mut room = message.clone();
        Contender::new("floor", move |_| {
            room.copy_from_slice(black_box(&message));
            let (head, rest) = room.split_at_mut(TEXT);
            let (text, tag) = rest.split_at_mut(rest.len() - TAG_LEN);
            let mut nonce = [0; 12];
            nonce[..8].copy_from_slice(&head[TITLE..TITLE + 8]);
            nonce[8..].copy_from_slice(&head[COUNTER..]);
            let mut header = [0; 17];
            header[0] = head[CONTROL];
            header[1..].copy_from_slice(&sealed::AUTHENTICATION_KEY);
            let tag: &[u8; TAG_LEN] = (&*tag).try_into().expect("twelve octets");
            cipher
                .decrypt_inout_detached(&nonce.into(), &header, (&mut *text).into(), tag.into())
                .expect("a good tag");
            let text = black_box(&*text);
            text.len() as u64 + u64::from(*text.last().expect("a text"))
        })
    })
}
