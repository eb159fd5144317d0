//! [`Identification`]: what a device says of itself, all parts together.

use alloc::vec::Vec;

use crate::wire::{
    Conformity, DeviceIdentification, ObjectId, ReadDeviceIdCode, ReadDeviceIdentification,
};

/// What a device says of itself, put together from as many responses as it took (2B/0E, "more
/// follows").
///
/// [`Client::identify`](super::Client::identify) does all of it. Whoever asks by hand feeds each
/// response to [`merge`](Self::merge), and sends what that says:
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_modbus::session::{Identification, Next};
/// use gurux_modbus::wire::{DeviceIdentification, ObjectId, ReadDeviceIdCode};
///
/// let mut all = Identification::default();
/// let part = DeviceIdentification::from_bytes(b"\x01\x01\xFF\x02\x02\x00\x03ABC\x01\x02D1")?;
/// let Next::Ask(request) = all.merge(&part) else { panic!() };
/// assert_eq!(request.object_id(), ObjectId::MAJOR_MINOR_REVISION);
/// let part = DeviceIdentification::from_bytes(b"\x01\x01\x00\x00\x01\x02\x04V2.1")?;
/// assert_eq!(all.merge(&part), Next::Done);
/// assert_eq!(all.text(ObjectId::VENDOR_NAME), Some("ABC"));
/// assert_eq!(all.text(ObjectId::MAJOR_MINOR_REVISION), Some("V2.1"));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Identification {
    /// What the device can tell in all; `None` before the first response.
    pub conformity: Option<Conformity>,
    /// The objects in the order in which they came, each once.
    pub objects: Vec<IdentificationObject>,
}

/// One object of an [`Identification`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct IdentificationObject {
    /// Which.
    pub id: ObjectId,
    /// Its value; the standard's own objects are ASCII text.
    pub value: Vec<u8>,
}

/// What to do after a part was taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Nothing follows.
    Done,
    /// More follows: send this.
    Ask(ReadDeviceIdentification),
    /// More is said to follow, but it is an object that was there before; asking for it would
    /// never end.
    Circular,
}

impl Identification {
    /// Takes in a response.
    pub fn merge(&mut self, part: &DeviceIdentification<'_>) -> Next {
        self.conformity = Some(part.conformity());
        for object in part.objects().iter() {
            if self.value(object.id()).is_none() {
                let value = object.value().to_vec();
                self.objects.push(IdentificationObject { id: object.id(), value });
            }
        }
        match part.more_follows() {
            None => Next::Done,
            // A single object has no next one.
            Some(_) if part.read_code() == ReadDeviceIdCode::SPECIFIC => Next::Done,
            Some(next) if self.value(next).is_some() || part.objects().is_empty() => Next::Circular,
            Some(next) => match ReadDeviceIdentification::new(part.read_code(), next) {
                Ok(request) => Next::Ask(request),
                Err(_) => Next::Circular,
            },
        }
    }

    /// The value of an object, if the device has it.
    #[must_use]
    pub fn value(&self, id: ObjectId) -> Option<&[u8]> {
        self.objects.iter().find(|object| object.id == id).map(|object| object.value.as_slice())
    }

    /// The value of an object as text, if the device has it and it is text.
    #[must_use]
    pub fn text(&self, id: ObjectId) -> Option<&str> {
        core::str::from_utf8(self.value(id)?).ok()
    }
}
