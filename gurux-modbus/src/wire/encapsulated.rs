//! Other protocols inside Modbus: function 2B with its MEI types (V1.1b3, 6.19 to 6.21), and codes
//! that the standard leaves to the user.

use core::fmt;

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::{Conformity, FunctionCode, MAX_PDU_LEN, MeiType, ObjectId, ReadDeviceIdCode};
use crate::Error;
use crate::error::check_quantity;

/// The request of "read device identification" (2B/0E).
///
/// | octets | field |
/// |---|---|
/// | 1 | read device id code, 1 to 4 |
/// | 1 | object id: the first, or the only one for "specific" |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ReadDeviceIdentification {
    read_code: ReadDeviceIdCode,
    object_id: ObjectId,
}

impl ReadDeviceIdentification {
    /// Asks for a stream of objects that begins with `object_id`, or for that one alone.
    ///
    /// # Errors
    /// [`Error::Code`] unless `read_code` is one of the four.
    pub const fn new(read_code: ReadDeviceIdCode, object_id: ObjectId) -> Result<Self, Error> {
        match read_code.code() {
            1..=4 => Ok(Self { read_code, object_id }),
            code => Err(Error::Code { what: "read device id code", code }),
        }
    }

    /// How much is asked for.
    #[must_use]
    pub const fn read_code(&self) -> ReadDeviceIdCode {
        self.read_code
    }

    /// The first object asked for.
    #[must_use]
    pub const fn object_id(&self) -> ObjectId {
        self.object_id
    }
}

impl<'a> Wire<'a> for ReadDeviceIdentification {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [read_code] = reader.array("read code")?;
        let read_code = ReadDeviceIdCode::new(read_code);
        reader.show(start, "read code", read_code.shown());
        let object_id = read_object_id(reader, "object id")?;
        Self::new(read_code, object_id).map_err(|_| {
            let kind = WireErrorKind::Code(read_code.code().into());
            WireError::new(start, "read code", kind)
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array([self.read_code.code(), self.object_id.code()]);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        2
    }
}

fn read_object_id<V: Visit>(
    reader: &mut Reader<'_, V>,
    name: &'static str,
) -> Result<ObjectId, WireError> {
    let start = reader.offset();
    let [id] = reader.array(name)?;
    let id = ObjectId::new(id);
    reader.show(start, name, id.shown());
    Ok(id)
}

/// What a device says of itself: the response of "read device identification" (2B/0E).
///
/// | octets | field |
/// |---|---|
/// | 1 | read device id code, as asked |
/// | 1 | conformity level |
/// | 1 | more follows: `FF` yes, `00` no |
/// | 1 | next object id, 0 if nothing follows |
/// | 1 | number of objects |
/// | n | objects |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceIdentification<'a> {
    read_code: ReadDeviceIdCode,
    conformity: Conformity,
    more_follows: bool,
    next_object_id: ObjectId,
    objects: Objects<'a>,
}

const MORE_FOLLOWS: u8 = 0xFF;

impl<'a> DeviceIdentification<'a> {
    /// An answer that holds `objects`, with `next` the object to ask for next if more follow.
    #[must_use]
    pub const fn new(
        read_code: ReadDeviceIdCode,
        conformity: Conformity,
        next: Option<ObjectId>,
        objects: Objects<'a>,
    ) -> Self {
        let (more_follows, next_object_id) = match next {
            Some(id) => (true, id),
            None => (false, ObjectId::new(0)),
        };
        Self { read_code, conformity, more_follows, next_object_id, objects }
    }

    /// How much was asked for.
    #[must_use]
    pub const fn read_code(&self) -> ReadDeviceIdCode {
        self.read_code
    }

    /// What the device can tell in all.
    #[must_use]
    pub const fn conformity(&self) -> Conformity {
        self.conformity
    }

    /// The object to ask for next, if not all fitted into this answer.
    #[must_use]
    pub fn more_follows(&self) -> Option<ObjectId> {
        self.more_follows.then_some(self.next_object_id)
    }

    /// The objects.
    #[must_use]
    pub const fn objects(&self) -> Objects<'a> {
        self.objects
    }
}

impl<'a> Wire<'a> for DeviceIdentification<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [read_code] = reader.array("read code")?;
        let read_code = ReadDeviceIdCode::new(read_code);
        reader.show(start, "read code", read_code.shown());

        let start = reader.offset();
        let [conformity] = reader.array("conformity")?;
        let conformity = Conformity::new(conformity);
        reader.show(start, "conformity", conformity.shown());

        let start = reader.offset();
        let [more_follows] = reader.array("more follows")?;
        let more_follows = more_follows == MORE_FOLLOWS;
        reader.show(start, "more follows", Shown::Flag(more_follows));

        let next_object_id = read_object_id(reader, "next object id")?;
        let objects = Objects::read(reader)?;
        Ok(Self { read_code, conformity, more_follows, next_object_id, objects })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array([
            self.read_code.code(),
            self.conformity.code(),
            if self.more_follows { MORE_FOLLOWS } else { 0 },
            self.next_object_id.code(),
        ]);
        self.objects.emit(out);
    }

    fn wire_len(&self) -> usize {
        self.objects.wire_len().wrapping_add(4)
    }
}

/// An object of the identification; the standard's own ones are ASCII text.
///
/// | octets | field |
/// |---|---|
/// | 1 | object id |
/// | 1 | object length |
/// | n | object value |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Object<'a> {
    id: ObjectId,
    value: &'a [u8],
}

impl<'a> Object<'a> {
    /// The longest value that fits into an answer.
    pub const MAX_VALUE_LEN: usize = MAX_PDU_LEN - 9;

    /// An object with its value.
    ///
    /// # Errors
    /// [`Error::Quantity`] for more than 244 octets.
    pub const fn new(id: ObjectId, value: &'a [u8]) -> Result<Self, Error> {
        match check_quantity("octets of an object", value.len(), 0, Self::MAX_VALUE_LEN) {
            Ok(()) => Ok(Self { id, value }),
            Err(error) => Err(error),
        }
    }

    /// Which object it is.
    #[must_use]
    pub const fn id(&self) -> ObjectId {
        self.id
    }

    /// Its value as it stands on the wire.
    #[must_use]
    pub const fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Its value as text, if it is ASCII.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        if self.value.is_ascii() { core::str::from_utf8(self.value).ok() } else { None }
    }
}

impl<'a> Wire<'a> for Object<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let id = read_object_id(reader, "id")?;
        let len = reader.structure_u8("object length")?;
        Ok(Self { id, value: reader.octets(len.into(), "value")? })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array([self.id.code(), self.value.len() as u8]);
        out.put(self.value);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.value.len().wrapping_add(2)
    }
}

/// The objects of a [`DeviceIdentification`], read as they are asked for.
///
/// | octets | field |
/// |---|---|
/// | 1 | number of objects |
/// | n | objects |
#[derive(Clone, Copy)]
pub struct Objects<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// Objects that have been read once, without an error.
    Octets {
        octets: &'a [u8],
        count: u8,
    },
    Objects(&'a [Object<'a>]),
}

impl<'a> Objects<'a> {
    /// The most octets of objects in an answer.
    pub const MAX_LEN: usize = MAX_PDU_LEN - 7;

    /// Objects to be sent.
    ///
    /// # Errors
    /// [`Error::Quantity`] if they take more than 246 octets.
    pub fn new(objects: &'a [Object<'a>]) -> Result<Self, Error> {
        let octets = objects.iter().fold(0_usize, |sum, o| sum.saturating_add(o.wire_len()));
        check_quantity("octets of objects", octets, 0, Self::MAX_LEN)?;
        Ok(Self(Source::Objects(objects)))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Octets { count, .. } => count as usize,
            Source::Objects(objects) => objects.len(),
        }
    }

    /// Are there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The objects in order.
    #[must_use]
    pub const fn iter(&self) -> ObjectsIter<'a> {
        ObjectsIter(self.0)
    }
}

impl<'a> Wire<'a> for Objects<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let count = reader.structure_u8("number of objects")?;
        let octets = reader.rest();
        reader.list("objects", |reader| {
            for _ in 0..count {
                reader.group("object", Object::read)?;
            }
            Ok(())
        })?;
        let taken = octets.len().saturating_sub(reader.rest().len());
        let octets = octets.get(..taken).unwrap_or_default();
        Ok(Self(Source::Octets { octets, count }))
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.len() as u8);
        match self.0 {
            Source::Octets { octets, .. } => out.put(octets),
            Source::Objects(objects) => objects.iter().for_each(|object| object.emit(out)),
        }
    }

    fn wire_len(&self) -> usize {
        let octets = match self.0 {
            Source::Octets { octets, .. } => octets.len(),
            Source::Objects(objects) => {
                objects.iter().fold(0, |sum, object| object.wire_len().wrapping_add(sum))
            }
        };
        octets.wrapping_add(1)
    }
}

impl PartialEq for Objects<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Objects<'_> {}

impl fmt::Debug for Objects<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Objects<'a> {
    type Item = Object<'a>;
    type IntoIter = ObjectsIter<'a>;

    fn into_iter(self) -> ObjectsIter<'a> {
        self.iter()
    }
}

/// The objects of [`Objects`], in order.
#[derive(Clone)]
pub struct ObjectsIter<'a>(Source<'a>);

impl fmt::Debug for ObjectsIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectsIter").finish_non_exhaustive()
    }
}

impl<'a> Iterator for ObjectsIter<'a> {
    type Item = Object<'a>;

    fn next(&mut self) -> Option<Object<'a>> {
        match &mut self.0 {
            Source::Octets { octets, .. } => {
                let (rest, object) = Object::parse(octets).ok()?;
                *octets = rest;
                Some(object)
            }
            Source::Objects(objects) => {
                let (object, rest) = objects.split_first()?;
                *objects = rest;
                Some(*object)
            }
        }
    }
}

/// Another protocol inside function 2B, as octets: CANopen (0D) and unknown MEI types.
///
/// | octets | field |
/// |---|---|
/// | 1 | MEI type |
/// | n | data |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encapsulated<'a> {
    mei_type: MeiType,
    data: &'a [u8],
}

impl<'a> Encapsulated<'a> {
    /// The most octets of data.
    pub const MAX_DATA_LEN: usize = MAX_PDU_LEN - 2;

    /// Data of the protocol `mei_type`.
    ///
    /// # Errors
    /// [`Error::Code`] for "read device identification", which has types of its own, and
    /// [`Error::Quantity`] for more than 251 octets.
    pub const fn new(mei_type: MeiType, data: &'a [u8]) -> Result<Self, Error> {
        if mei_type.code() == MeiType::READ_DEVICE_IDENTIFICATION.code() {
            return Err(Error::Code { what: "MEI type", code: mei_type.code() });
        }
        match check_quantity("octets of data", data.len(), 0, Self::MAX_DATA_LEN) {
            Ok(()) => Ok(Self { mei_type, data }),
            Err(error) => Err(error),
        }
    }

    /// The protocol.
    #[must_use]
    pub const fn mei_type(&self) -> MeiType {
        self.mei_type
    }

    /// What it carries.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Reads what stands behind the MEI type.
    pub(crate) fn read_data<V: Visit>(reader: &mut Reader<'a, V>, mei_type: MeiType) -> Self {
        Self { mei_type, data: reader.remaining_octets("data") }
    }

    pub(crate) fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.mei_type.code());
        out.put(self.data);
    }

    pub(crate) const fn wire_len(&self) -> usize {
        self.data.len().wrapping_add(1)
    }
}

/// Reads the MEI type.
pub(crate) fn read_mei_type<V: Visit>(reader: &mut Reader<'_, V>) -> Result<MeiType, WireError> {
    let start = reader.offset();
    let [mei_type] = reader.array("mei type")?;
    let mei_type = MeiType::new(mei_type);
    reader.show(start, "mei type", mei_type.shown());
    Ok(mei_type)
}

/// A function that the user defined, or that the standard does not know: the data as octets.
///
/// | octets | field |
/// |---|---|
/// | 1 | function code |
/// | n | data |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Custom<'a> {
    function: FunctionCode,
    data: &'a [u8],
}

impl<'a> Custom<'a> {
    /// The most octets of data.
    pub const MAX_DATA_LEN: usize = MAX_PDU_LEN - 1;

    /// A function with its data.
    ///
    /// # Errors
    /// [`Error::Code`] for 0, for 128 and above (exceptions), and for a public function, which has
    /// a type of its own; [`Error::Quantity`] for more than 252 octets.
    pub const fn new(function: FunctionCode, data: &'a [u8]) -> Result<Self, Error> {
        let code = function.code();
        if code == 0 || code >= 0x80 || function.name().is_some() {
            return Err(Error::Code { what: "function", code });
        }
        match check_quantity("octets of data", data.len(), 0, Self::MAX_DATA_LEN) {
            Ok(()) => Ok(Self { function, data }),
            Err(error) => Err(error),
        }
    }

    /// The function code.
    #[must_use]
    pub const fn function(&self) -> FunctionCode {
        self.function
    }

    /// What it carries.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Reads what stands behind the function code.
    pub(crate) fn read_data<V: Visit>(reader: &mut Reader<'a, V>, function: FunctionCode) -> Self {
        Self { function, data: reader.remaining_octets("data") }
    }
}
