//! A pipe to spodes-rs. The README says what is asked and answered.

use std::fmt::Debug;
use std::io::{BufRead, Write};

use spodes_rs::security::agreement::{agree_key, public_key};
use spodes_rs::security::signature::{ecdsa_sign, ecdsa_verify};
use spodes_rs::security::{AuthMechanism, SecurityPolicy, SecuritySuite, hls};
use spodes_rs::service::ciphering::{SecurityContext, protect, unprotect};
use spodes_rs::service::general_ciphering::{GeneralCiphering, GeneralSigning, KeyInfo};

type Answer = Result<Vec<Vec<u8>>, String>;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        match answer(&line?) {
            Ok(fields) if fields.is_empty() => writeln!(out, "ok")?,
            Ok(fields) => {
                let fields: Vec<String> = fields.iter().map(|octets| digits(octets)).collect();
                writeln!(out, "{}", fields.join(" "))?;
            }
            Err(what) => writeln!(out, "error {what}")?,
        }
        out.flush()?;
    }
    Ok(())
}

fn answer(line: &str) -> Answer {
    let mut words = line.split_whitespace();
    let command = words.next().unwrap_or_default();
    let fields: Vec<Vec<u8>> = words.map(octets).collect::<Result<_, _>>()?;
    let field = |place: usize| fields.get(place).map(Vec::as_slice).ok_or("a field is missing");
    let one = |result: Result<Vec<u8>, String>| result.map(|octets| vec![octets]);
    match command {
        "public" => one(public_key(suite(field(0)?)?, field(1)?).map_err(text)),
        "sign" => one(ecdsa_sign(suite(field(0)?)?, field(1)?, field(2)?).map_err(text)),
        "verify" => ecdsa_verify(suite(field(0)?)?, field(1)?, field(2)?, field(3)?)
            .map(|()| Vec::new())
            .map_err(text),
        "agree" => {
            let suite = suite(field(0)?)?;
            let key = agree_key(suite, field(1)?, field(2)?, field(3)?, field(4)?, field(5)?);
            one(key.map_err(text))
        }
        "protect" => {
            let control = *field(0)?.first().ok_or("no security control")?;
            let counter = field(4)?.try_into().map_err(text)?;
            let context = context(control, field(1)?, field(2)?, field(3)?, counter)?;
            let tag = *field(5)?.first().ok_or("no tag")?;
            one(protect(&context, tag, field(6)?).map_err(text))
        }
        "unprotect" => {
            // The message brings its own control and counter.
            let suite = if field(0)?.len() == 32 { 2 } else { 0 };
            let mut context = context(suite, field(0)?, field(1)?, field(2)?, [0; 4])?;
            let (_, text) = unprotect(&mut context, field(3)?).map_err(text)?;
            Ok(vec![text])
        }
        "ciphering" => one(Ok(GeneralCiphering {
            transaction_id: field(0)?.to_vec(),
            originator_system_title: field(1)?.to_vec(),
            recipient_system_title: field(2)?.to_vec(),
            date_time: field(3)?.to_vec(),
            other_information: field(4)?.to_vec(),
            key_info: KeyInfo::AgreedKey {
                key_parameters: field(5)?.to_vec(),
                key_ciphered_data: field(6)?.to_vec(),
            },
            ciphered_content: field(7)?.to_vec(),
        }
        .encode())),
        "ciphered" => {
            let message = GeneralCiphering::decode(field(0)?).map_err(text)?;
            let KeyInfo::AgreedKey { key_parameters, key_ciphered_data } = message.key_info else {
                return Err("no agreed key".into());
            };
            Ok(vec![
                message.transaction_id,
                message.originator_system_title,
                message.recipient_system_title,
                message.date_time,
                message.other_information,
                key_parameters,
                key_ciphered_data,
                message.ciphered_content,
            ])
        }
        "signing" => one(Ok(GeneralSigning {
            transaction_id: field(0)?.to_vec(),
            originator_system_title: field(1)?.to_vec(),
            recipient_system_title: field(2)?.to_vec(),
            date_time: field(3)?.to_vec(),
            other_information: field(4)?.to_vec(),
            content: field(5)?.to_vec(),
            signature: field(6)?.to_vec(),
        }
        .encode())),
        "signed" => {
            let message = GeneralSigning::decode(field(0)?).map_err(text)?;
            Ok(vec![
                message.transaction_id,
                message.originator_system_title,
                message.recipient_system_title,
                message.date_time,
                message.other_information,
                message.content,
                message.signature,
            ])
        }
        "answer" => {
            let id = *field(0)?.first().ok_or("no mechanism")?;
            let mechanism = AuthMechanism::from_id(id).ok_or("no such mechanism")?;
            let answer = match id {
                3 | 4 => hls::hash_legacy(mechanism, field(4)?, field(1)?),
                _ => hls::hash_with_titles(
                    mechanism,
                    field(1)?,
                    field(2)?,
                    field(3)?,
                    field(4)?,
                    field(5)?,
                ),
            };
            one(answer.ok_or("not a mechanism of hashes".into()))
        }
        _ => Err("no such command".into()),
    }
}

fn context(
    control: u8,
    key: &[u8],
    authentication: &[u8],
    title: &[u8],
    counter: [u8; 4],
) -> Result<SecurityContext, String> {
    SecurityContext::for_suite(
        SecurityPolicy::from_security_control(control),
        suite(&[control & 0x0F])?,
        key.to_vec(),
        authentication.to_vec(),
        title.to_vec(),
        u32::from_be_bytes(counter),
    )
    .map_err(text)
}

fn suite(octets: &[u8]) -> Result<SecuritySuite, String> {
    let id = octets.first().ok_or("no suite")?;
    SecuritySuite::from_id(*id).ok_or_else(|| "no such suite".into())
}

fn text(error: impl Debug) -> String {
    format!("{error:?}")
}

fn octets(word: &str) -> Result<Vec<u8>, String> {
    if word == "-" {
        return Ok(Vec::new());
    }
    let digits: Vec<u8> = word
        .chars()
        .map(|digit| digit.to_digit(16).map(|digit| digit as u8).ok_or("no digit".into()))
        .collect::<Result<_, String>>()?;
    match digits.as_chunks::<2>() {
        (pairs, []) => Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect()),
        _ => Err("half an octet".into()),
    }
}

fn digits(octets: &[u8]) -> String {
    if octets.is_empty() {
        return "-".into();
    }
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
