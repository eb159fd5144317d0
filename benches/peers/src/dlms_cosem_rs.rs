//! dlms-cosem-rs: values in place, walked again for each level; HDLC frames; the ciphers of the
//! generation before ours.

use std::hint::black_box;

use dlms_cosem_rs::axdr::{Data, DataBuf};
use dlms_cosem_rs::codec::Decode;
use dlms_cosem_rs::cosem::ProfileBuffer;
use dlms_cosem_rs::security::{
    KeyRing, Protector, RustCryptoProvider, SecurityPolicy, SecuritySuite, SystemTitle,
};
use dlms_cosem_rs::transport::hdlc::decode_frame;
use dlms_cosem_rs::xdlms::{
    Apdu, DataNotification, GeneralGloCiphering, GetDataResult, GetResponse,
};
use gurux_benches::{Contender, dlms, hdlc, names, sealed};

const NAME: &str = "dlms-cosem-rs";
/// The room of a contender is too short for these messages.
const ROOM: usize = 2048;

pub(crate) fn contender(workload: &str) -> Option<Contender> {
    let over = |octets: Vec<u8>, work: fn(&[u8]) -> u64| {
        Some(Contender::new(NAME, move |_| work(black_box(&octets))))
    };
    match workload {
        names::HDLC_128 => over(hdlc::frame(128), information),
        names::HDLC_2000 => over(hdlc::frame(2000), information),
        names::DLMS_GET_REGISTER => over(dlms::get_register(), register),
        names::DLMS_PROFILE_EVENTS => over(dlms::profile(), cells),
        names::DLMS_PROFILE_ROWS => over(dlms::profile(), rows),
        names::DLMS_PROFILE_OWNED => over(dlms::profile(), |octets| {
            owned_sum(black_box(&DataBuf::from_data(&body(octets)).expect("rows")))
        }),
        names::DLMS_NOTIFY_EVENTS => over(dlms::notification(), |octets| {
            let [0x0F, push @ ..] = octets else { panic!("another message") };
            let push = DataNotification::from_bytes(push).expect("a notification");
            assert!(push.date_time.0.is_some());
            sum(&push.body)
        }),
        names::DLMS_GLO_1K => {
            let policy = SecurityPolicy::authenticated_encrypted(SecuritySuite::Suite0);
            Some(opened(sealed::authenticated(), policy))
        }
        names::DLMS_GLO_ENC_ONLY_1K => {
            let policy = SecurityPolicy { encrypted: true, ..SecurityPolicy::NONE };
            Some(opened(sealed::encrypted(), policy))
        }
        _ => None,
    }
}

fn information(octets: &[u8]) -> u64 {
    let (frame, _) = decode_frame(octets).expect("a good frame");
    black_box((frame.destination, frame.source, frame.control));
    frame.information.len() as u64 + u64::from(*frame.information.last().expect("information"))
}

fn body(octets: &[u8]) -> Data<'_> {
    let [0xC4, response @ ..] = octets else { panic!("another message") };
    match GetResponse::from_bytes(response) {
        Ok(GetResponse::Normal { result: GetDataResult::Data(data), .. }) => data,
        _ => panic!("another message"),
    }
}

fn register(octets: &[u8]) -> u64 {
    match body(octets) {
        Data::DoubleLongUnsigned(value) => value.into(),
        _ => 0,
    }
}

/// Its own fastest way through a profile.
fn cells(octets: &[u8]) -> u64 {
    let profile = ProfileBuffer::new(&body(octets)).expect("rows");
    let mut sum = 0;
    let told = profile.for_each_cell(4, |_, _, value| {
        sum += cell(&value);
        Ok(())
    });
    told.expect("cells");
    sum
}

fn rows(octets: &[u8]) -> u64 {
    sum(&body(octets))
}

fn sum(value: &Data<'_>) -> u64 {
    let mut sum = 0;
    for row in value.as_seq().expect("rows").iter() {
        for value in row.expect("a row").as_seq().expect("cells").iter() {
            sum += cell(&value.expect("a cell"));
        }
    }
    sum
}

/// Numbers, and lengths of octet-strings.
fn cell(value: &Data<'_>) -> u64 {
    match value {
        Data::OctetString(octets) => octets.len() as u64,
        Data::DoubleLongUnsigned(number) => (*number).into(),
        Data::LongUnsigned(number) => (*number).into(),
        Data::Unsigned(number) => (*number).into(),
        _ => 0,
    }
}

fn owned_sum(value: &DataBuf) -> u64 {
    match value {
        DataBuf::Array(values) | DataBuf::Structure(values) => values.iter().map(owned_sum).sum(),
        DataBuf::OctetString(octets) => octets.len() as u64,
        DataBuf::DoubleLongUnsigned(number) => (*number).into(),
        DataBuf::LongUnsigned(number) => (*number).into(),
        DataBuf::Unsigned(number) => (*number).into(),
        _ => 0,
    }
}

fn opened(message: Vec<u8>, policy: SecurityPolicy) -> Contender {
    let keys = KeyRing::new(sealed::ENCRYPTION_KEY, sealed::AUTHENTICATION_KEY);
    let protector = Protector::new(RustCryptoProvider::new(keys), policy);
    let mut room = [0; ROOM];
    Contender::new(NAME, move |_| {
        let Ok(Apdu::GeneralCiphered { body, .. }) = Apdu::from_bytes(black_box(&message)) else {
            panic!("another message")
        };
        let GeneralGloCiphering { system_title, ciphered } = body;
        let title = SystemTitle::from_slice(system_title).expect("eight octets");
        let payload = &mut room[..ciphered.payload.len()];
        payload.copy_from_slice(ciphered.payload);
        let key = protector.auth_key().expect("a key");
        let text = protector
            .unprotect(ciphered.security_control, &title, ciphered.invocation_counter, key, payload)
            .expect("a good message");
        let text = black_box(text);
        text.len() as u64 + u64::from(*text.last().expect("a text"))
    })
}
