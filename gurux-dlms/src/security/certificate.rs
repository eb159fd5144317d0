//! [`Certificate`]: whose public key it is.

use gurux_framing::{Reader, Visit, WireError, WireErrorKind};

use super::{CipherError, Curve};
use super::{Provider, PublicKey, Signature, SystemTitle};
use crate::wire::length;

/// What the suites 1 and 2 need of an X.509 certificate, in DER.
///
/// | field | here |
/// |---|---|
/// | tbsCertificate | [`signed`](Self::signed): what the issuer has signed |
/// | serialNumber | [`serial_number`](Self::serial_number) |
/// | issuer, subject | as they stand; the common name of a device is its system title in sixteen digits |
/// | validity | [`not_before`](Self::not_before), [`not_after`](Self::not_after) |
/// | subjectPublicKeyInfo | [`public_key`](Self::public_key), on P-256 or P-384 |
/// | extension keyUsage | [`key_usage`](Self::key_usage) |
/// | signatureValue | [`signature`](Self::signature) |
///
/// Other extensions are passed over: chains, revocation and policies are for the head-end.
///
/// Source: RFC 5280, and what the Green Book asks of certificates as known from public texts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Certificate<'a> {
    /// The octets that the issuer has signed.
    pub signed: &'a [u8],
    /// The issuer's number for it: the content of an INTEGER.
    pub serial_number: &'a [u8],
    /// Who issued it: a Name in DER.
    pub issuer: &'a [u8],
    /// Whose it is: a Name in DER.
    pub subject: &'a [u8],
    /// From when on it is good.
    pub not_before: CertificateTime,
    /// Until when it is good.
    pub not_after: CertificateTime,
    /// The key.
    pub public_key: PublicKey,
    /// What the key is for; all, if nothing is said.
    pub key_usage: KeyUsage,
    /// The issuer's signature.
    pub signature: Signature,
}

/// A time of a certificate, in UTC: fourteen digits, YYYYMMDDhhmmss. Later ones are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CertificateTime(pub [u8; 14]);

impl core::fmt::Display for CertificateTime {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

/// What a key is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyUsage(u8);

impl KeyUsage {
    /// Nothing is said.
    pub const ANY: Self = Self(0xFF);

    /// May it sign messages?
    #[must_use]
    pub const fn has_digital_signature(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// May it agree on keys?
    #[must_use]
    pub const fn has_key_agreement(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// May it sign certificates?
    #[must_use]
    pub const fn has_key_cert_sign(self) -> bool {
        self.0 & 0x04 != 0
    }
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xA0;
const EXTENSIONS: u8 = 0xA3;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// id-at-commonName, 2.5.4.3.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// id-ce-keyUsage, 2.5.29.15.
const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
/// id-ecPublicKey, 1.2.840.10045.2.1.
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// secp256r1, 1.2.840.10045.3.1.7, and secp384r1, 1.3.132.0.34.
const CURVES: [(&[u8], Curve); 2] = [
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], Curve::P256),
    (&[0x2B, 0x81, 0x04, 0x00, 0x22], Curve::P384),
];

impl<'a> Certificate<'a> {
    /// Reads a certificate, and nothing behind it.
    ///
    /// # Errors
    /// What is wrong, at which octet. A key on another curve, or a signature of one, is
    /// [`WireErrorKind::Expected`].
    pub fn from_der(octets: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(octets);
        let (certificate, _) = element(&mut reader, SEQUENCE, "certificate")?;
        reader.finish("certificate")?;
        let mut reader = inside(octets, certificate);
        let (tbs, signed) = element(&mut reader, SEQUENCE, "tbsCertificate")?;
        element(&mut reader, SEQUENCE, "signatureAlgorithm")?;
        let (signature, _) = element(&mut reader, BIT_STRING, "signatureValue")?;
        reader.finish("certificate")?;
        let signature = signature_in(octets, signature)?;

        let mut reader = inside(octets, tbs);
        optional(&mut reader, VERSION, "version")?;
        let (serial_number, _) = element(&mut reader, INTEGER, "serialNumber")?;
        element(&mut reader, SEQUENCE, "signature")?;
        let (_, issuer) = element(&mut reader, SEQUENCE, "issuer")?;
        let (validity, _) = element(&mut reader, SEQUENCE, "validity")?;
        let (_, subject) = element(&mut reader, SEQUENCE, "subject")?;
        let (key_info, _) = element(&mut reader, SEQUENCE, "subjectPublicKeyInfo")?;
        // The unique identifiers of version 2 may stand between; nothing else does.
        let mut key_usage = KeyUsage::ANY;
        while let Some(&tag) = reader.rest().first() {
            let (content, _) = element(&mut reader, tag, "extensions")?;
            if tag == EXTENSIONS {
                key_usage = key_usage_in(octets, content)?;
            }
        }
        let mut times = inside(octets, validity);
        let (not_before, not_after) = (time(&mut times)?, time(&mut times)?);
        times.finish("validity")?;
        Ok(Self {
            signed,
            serial_number,
            issuer,
            subject,
            not_before,
            not_after,
            public_key: public_key_in(octets, key_info)?,
            key_usage,
            signature,
        })
    }

    /// Whose it is, if its common name is a system title: sixteen hexadecimal digits.
    #[must_use]
    pub fn system_title(&self) -> Option<SystemTitle> {
        title_of(common_name(self.subject).ok()??)
    }

    /// Who issued it, by the common name.
    #[must_use]
    pub fn issuer_common_name(&self) -> Option<&'a [u8]> {
        common_name(self.issuer).ok()?
    }

    /// Is it good at this time?
    #[must_use]
    pub fn is_valid_at(&self, time: CertificateTime) -> bool {
        self.not_before <= time && time <= self.not_after
    }

    /// Was it signed by whoever has this key, its issuer's?
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it was not, and the provider's own.
    pub fn check<P: Provider>(&self, provider: &P, issuer: &PublicKey) -> Result<(), CipherError> {
        provider.verify(issuer, &[self.signed], &self.signature)
    }
}

/// Takes an element with this tag: its content, and all of it.
fn element<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
    tag: u8,
    what: &'static str,
) -> Result<(&'a [u8], &'a [u8]), WireError> {
    let (start, whole) = (reader.offset(), reader.rest());
    let [found] = reader.array(what)?;
    if found != tag {
        return Err(WireError::new(start, what, WireErrorKind::Code(found.into())));
    }
    let len = length::read(reader, what)?;
    let content = reader.slice(len, what)?;
    let used = reader.offset().saturating_sub(start);
    Ok((content, whole.get(..used).unwrap_or_default()))
}

fn optional<'a>(
    reader: &mut Reader<'a>,
    tag: u8,
    what: &'static str,
) -> Result<Option<&'a [u8]>, WireError> {
    match reader.rest().first() {
        Some(&found) if found == tag => Ok(Some(element(reader, tag, what)?.0)),
        _ => Ok(None),
    }
}

/// A cursor over `part`, which lies within `whole`, so that errors count from its beginning.
fn inside<'a>(whole: &'a [u8], part: &'a [u8]) -> Reader<'a> {
    let origin = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    Reader::explaining(part, origin, ())
}

fn expected<V: Visit>(reader: &Reader<'_, V>, what: &'static str, kind: &'static str) -> WireError {
    reader.error(what, WireErrorKind::Expected(kind))
}

/// A BIT STRING of whole octets.
fn whole_octets(bits: &[u8]) -> Option<&[u8]> {
    match bits {
        [0, octets @ ..] => Some(octets),
        _ => None,
    }
}

fn public_key_in(whole: &[u8], key_info: &[u8]) -> Result<PublicKey, WireError> {
    let mut reader = inside(whole, key_info);
    let (algorithm, _) = element(&mut reader, SEQUENCE, "algorithm")?;
    let start = reader.clone();
    let (bits, _) = element(&mut reader, BIT_STRING, "subjectPublicKey")?;
    reader.finish("subjectPublicKeyInfo")?;
    let mut reader = inside(whole, algorithm);
    let (name, _) = element(&mut reader, OBJECT_IDENTIFIER, "algorithm")?;
    let (curve, _) = element(&mut reader, OBJECT_IDENTIFIER, "namedCurve")?;
    let named = CURVES.iter().find(|(name, _)| *name == curve).map(|(_, curve)| *curve);
    let Some(named) = named.filter(|_| name == EC_PUBLIC_KEY) else {
        return Err(expected(&inside(whole, algorithm), "algorithm", "a key on P-256 or P-384"));
    };
    whole_octets(bits)
        // The point in full: 04 and both coordinates.
        .filter(|point| point.first() == Some(&4))
        .and_then(|point| PublicKey::new(point).ok())
        .filter(|key| key.curve() == named)
        .ok_or_else(|| expected(&start, "subjectPublicKey", "a point of that curve, uncompressed"))
}

/// The two numbers of a signature, which DER writes as short as they are, each at its full length.
fn signature_in(whole: &[u8], bits: &[u8]) -> Result<Signature, WireError> {
    let wrong = || expected(&inside(whole, bits), "signatureValue", "a signature of ECDSA");
    let octets = whole_octets(bits).ok_or_else(wrong)?;
    let mut reader = inside(whole, octets);
    let (pair, _) = element(&mut reader, SEQUENCE, "signatureValue")?;
    reader.finish("signatureValue")?;
    let mut reader = inside(whole, pair);
    let (r, _) = element(&mut reader, INTEGER, "r")?;
    let (s, _) = element(&mut reader, INTEGER, "s")?;
    reader.finish("signatureValue")?;
    let number = |octets: &'_ [u8]| match octets.split_first() {
        Some((0, rest)) => rest.len(),
        _ => octets.len(),
    };
    let len = if number(r).max(number(s)) > Curve::P256.number_len() {
        Curve::P384.number_len()
    } else {
        Curve::P256.number_len()
    };
    let mut room = [0; 96];
    let both = room.get_mut(..len.saturating_mul(2)).ok_or_else(wrong)?;
    for (octets, room) in [r, s].into_iter().zip(both.chunks_mut(len)) {
        let skipped = octets.len().saturating_sub(number(octets));
        let digits = octets.get(skipped..).unwrap_or_default();
        let room = len.checked_sub(digits.len()).and_then(|start| room.get_mut(start..));
        super::copy(digits, room.ok_or_else(wrong)?);
    }
    Signature::new(both).map_err(|_| wrong())
}

fn key_usage_in(whole: &[u8], extensions: &[u8]) -> Result<KeyUsage, WireError> {
    let mut reader = inside(whole, extensions);
    let (list, _) = element(&mut reader, SEQUENCE, "extensions")?;
    reader.finish("extensions")?;
    let mut reader = inside(whole, list);
    while !reader.is_empty() {
        let (extension, _) = element(&mut reader, SEQUENCE, "extension")?;
        let mut fields = inside(whole, extension);
        let (id, _) = element(&mut fields, OBJECT_IDENTIFIER, "extnID")?;
        // critical, a BOOLEAN
        optional(&mut fields, 0x01, "critical")?;
        let (value, _) = element(&mut fields, OCTET_STRING, "extnValue")?;
        if id == KEY_USAGE {
            let mut value = inside(whole, value);
            let (bits, _) = element(&mut value, BIT_STRING, "keyUsage")?;
            return Ok(KeyUsage(bits.get(1).copied().unwrap_or_default()));
        }
    }
    Ok(KeyUsage::ANY)
}

/// UTCTime has two digits of the year: those from 50 on are of the last century (RFC 5280, 4.1.2.5.1).
fn time(reader: &mut Reader<'_>) -> Result<CertificateTime, WireError> {
    let start = reader.clone();
    let wrong = || expected(&start, "validity", "a time in UTC to the second");
    let tag = reader.rest().first().copied().unwrap_or_default();
    if tag != UTC_TIME && tag != GENERALIZED_TIME {
        return Err(start.error("validity", WireErrorKind::Code(tag.into())));
    }
    let (text, _) = element(reader, tag, "validity")?;
    let digits = text.strip_suffix(b"Z").ok_or_else(wrong)?;
    let century: &[u8] = match digits {
        _ if tag == GENERALIZED_TIME => b"",
        [b'5'..=b'9', ..] => b"19",
        _ => b"20",
    };
    let mut room = [0; 14];
    let (front, rest) = room.split_at_mut_checked(century.len()).ok_or_else(wrong)?;
    if rest.len() != digits.len() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    super::copy(century, front);
    super::copy(digits, rest);
    Ok(CertificateTime(room))
}

/// The common name of a Name in DER, if there is one.
fn common_name(name: &[u8]) -> Result<Option<&[u8]>, WireError> {
    let mut reader = Reader::new(name);
    let (sets, _) = element(&mut reader, SEQUENCE, "name")?;
    let mut sets = Reader::new(sets);
    while !sets.is_empty() {
        let (set, _) = element(&mut sets, SET, "name")?;
        let mut attributes = Reader::new(set);
        while !attributes.is_empty() {
            let (attribute, _) = element(&mut attributes, SEQUENCE, "name")?;
            let mut fields = Reader::new(attribute);
            let (id, _) = element(&mut fields, OBJECT_IDENTIFIER, "name")?;
            let tag = fields.rest().first().copied().unwrap_or_default();
            let (value, _) = element(&mut fields, tag, "name")?;
            if id == COMMON_NAME {
                return Ok(Some(value));
            }
        }
    }
    Ok(None)
}

fn title_of(digits: &[u8]) -> Option<SystemTitle> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != 8 || !rest.is_empty() {
        return None;
    }
    let mut title = [0; 8];
    for (octet, [high, low]) in title.iter_mut().zip(pairs) {
        let digit = |character: u8| char::from(character).to_digit(16);
        *octet = (digit(*high)? << 4 | digit(*low)?).to_le_bytes()[0];
    }
    Some(SystemTitle(title))
}

#[cfg(test)]
#[cfg(feature = "crypto")]
mod tests;
