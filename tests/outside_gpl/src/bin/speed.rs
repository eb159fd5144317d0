//! Does the workloads of `benches` with spodes-rs, for a program that counts instructions:
//!
//!     speed NAME HEX ITERATIONS
//!
//! prints what the work came to, and the allocations of one iteration.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use spodes_rs::security::{SecurityPolicy, SecuritySuite};
use spodes_rs::service::ciphering::{SecurityContext, unprotect};
use spodes_rs::service::general_ciphering::GeneralGloDedCiphering;
use spodes_rs::service::get::{GetDataResult, GetResponse};
use spodes_rs::service::notification::DataNotification;
use spodes_rs::transport::hdlc::HdlcFrame;
use spodes_rs::types::CosemDataType;

/// The keys of the ciphered workloads.
const ENCRYPTION_KEY: [u8; 16] = [0x10; 16];
const AUTHENTICATION_KEY: [u8; 16] = [0xD0; 16];

#[global_allocator]
static ALLOCATOR: Counting = Counting(AtomicU64::new(0));

struct Counting(AtomicU64);

// SAFETY: the system's allocator keeps the contract, and nothing here changes what it is asked.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.0.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise, handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, handed on.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.0.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise, handed on.
        unsafe { System.realloc(block, layout, new_size) }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, digits, iterations] = arguments.as_slice() else {
        eprintln!("Usage: speed NAME HEX ITERATIONS");
        return ExitCode::FAILURE;
    };
    let (Some(octets), Ok(iterations)) = (octets(digits), iterations.parse::<u64>()) else {
        eprintln!("hex digits and a number are wanted");
        return ExitCode::FAILURE;
    };
    let work: fn(&[u8]) -> Option<u64> = match name.as_str() {
        "hdlc_128" | "hdlc_2000" => information,
        "dlms_get_register" => register,
        "dlms_profile_1000x4_owned" => profile,
        "dlms_notify_100x4_events" => notification,
        "dlms_glo_1k" => authenticated,
        "dlms_glo_enc_only_1k" => encrypted,
        _ => return ExitCode::from(2),
    };
    let Some(result) = work(&octets) else {
        eprintln!("{name}: not read");
        return ExitCode::FAILURE;
    };
    let before = ALLOCATOR.0.load(Ordering::Relaxed);
    for _ in 0..iterations {
        black_box(work(black_box(&octets)));
    }
    let allocations = ALLOCATOR.0.load(Ordering::Relaxed) - before;
    println!("{result} {}", allocations / iterations.max(1));
    ExitCode::SUCCESS
}

fn octets(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn information(octets: &[u8]) -> Option<u64> {
    let frame = HdlcFrame::decode(octets).ok()?;
    black_box((&frame.destination, &frame.source, &frame.control));
    Some(frame.information.len() as u64 + u64::from(*frame.information.last()?))
}

fn register(octets: &[u8]) -> Option<u64> {
    match GetResponse::decode(octets).ok()? {
        GetResponse::Normal {
            result: GetDataResult::Data(CosemDataType::DoubleLongUnsigned(value)),
            ..
        } => Some(value.into()),
        _ => None,
    }
}

fn profile(octets: &[u8]) -> Option<u64> {
    match black_box(GetResponse::decode(octets).ok()?) {
        GetResponse::Normal { result: GetDataResult::Data(rows), .. } => Some(sum(&rows)),
        _ => None,
    }
}

fn notification(octets: &[u8]) -> Option<u64> {
    let push = DataNotification::decode(octets).ok()?;
    (push.date_time.len() == 12).then(|| sum(&push.notification_body))
}

/// Numbers, and lengths of octet-strings.
fn sum(value: &CosemDataType) -> u64 {
    match value {
        CosemDataType::Array(values) | CosemDataType::Structure(values) => {
            values.iter().map(sum).sum()
        }
        CosemDataType::OctetString(octets) => octets.len() as u64,
        CosemDataType::DoubleLongUnsigned(number) => (*number).into(),
        CosemDataType::LongUnsigned(number) => (*number).into(),
        CosemDataType::Unsigned(number) => (*number).into(),
        _ => 0,
    }
}

fn authenticated(octets: &[u8]) -> Option<u64> {
    opened(octets, SecurityPolicy::AuthenticationEncryption)
}

fn encrypted(octets: &[u8]) -> Option<u64> {
    opened(octets, SecurityPolicy::Encryption)
}

/// It wants the ciphered service behind a tag of its own, and a context that has seen no counter yet.
fn opened(octets: &[u8], policy: SecurityPolicy) -> Option<u64> {
    let message = GeneralGloDedCiphering::decode(octets).ok()?;
    let mut context = SecurityContext::for_suite(
        policy,
        SecuritySuite::Suite0,
        ENCRYPTION_KEY.to_vec(),
        AUTHENTICATION_KEY.to_vec(),
        message.system_title,
        0,
    )
    .ok()?;
    let [high, low] = u16::try_from(message.ciphered_service.len()).ok()?.to_be_bytes();
    let service = [&[0xCC, 0x82, high, low], message.ciphered_service.as_slice()].concat();
    let (_, text) = unprotect(&mut context, &service).ok()?;
    Some(text.len() as u64 + u64::from(*text.last()?))
}
