//! The object model: interface classes with their versions, attributes and methods (IEC 62056-6-2).
//!
//! A class is a numbered list of attributes and one of methods; its version says which list. One
//! row here holds what names, type checks and method lists are made from:
//!
//! ```
//! use gurux_dlms::table::class::{ClassId, lookup_class};
//! use gurux_dlms::wire::DataRef;
//!
//! let register = lookup_class(ClassId::REGISTER, 0).expect("a class of the standard");
//! assert_eq!(register.name(), "register");
//! let scaler_unit = register.attribute(3).expect("an attribute of it");
//! assert_eq!(scaler_unit.name, "scaler_unit");
//! assert_eq!(register.method(1).map(|method| method.name), Some("reset"));
//!
//! // What a meter sends for it is a structure of a scaler and a unit, and nothing else.
//! use gurux_framing::Wire;
//! assert!(scaler_unit.data_type.fits(&DataRef::from_bytes(&[2, 2, 15, 0xFF, 22, 30])?));
//! assert!(!scaler_unit.data_type.fits(&DataRef::from_bytes(&[18, 0, 30])?));
//! # Ok::<(), gurux_framing::WireError>(())
//! ```
//!
//! Each row names the public sources that its indices, names and types were compared in; rows of one
//! source, a public transcription, have no second opinion. What is inside of structures was compared
//! in captures where these have it, and is else as widely known of the standard: of classes 6 to 11
//! and 20 to 22, calendars, access rights and certificates no source was read for it. Versions
//! that no source lists are not here. By number and name only, so that [`versions`] is empty for
//! them: 55 (IEC 61334-4-32 LLC setup), 66, 73, 76, 77, 96, 98, 100, 127 to 129, 132, 133, 160 to 162
//! and 8192.

mod types;

mod control;
mod link;
mod measure;
mod mesh;
mod network;
mod payment;
mod plc;
mod security;
mod sfsk;
mod short_name;

mod ids;
#[cfg(test)]
mod tests;

pub use ids::ClassId;
pub use short_name::ShortNamed;
pub use types::{Field, Type};

/// An interface class in one of its versions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Class {
    /// Its number.
    pub id: ClassId,
    /// The version, as an object list states it.
    pub version: u8,
    /// Where the row's facts were compared: public repositories and files.
    pub source: &'static str,
    /// By index, rising.
    pub attributes: &'static [Attribute],
    /// By index, rising.
    pub methods: &'static [Method],
}

/// An attribute of a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attribute {
    /// Its number, from 1: the logical name.
    pub index: i8,
    /// The standard's name, in snake_case.
    pub name: &'static str,
    /// What its value is.
    pub data_type: Type,
    /// Does the meter itself change it (dynamic)? Else only a configuration does (static).
    pub dynamic: bool,
}

/// A method of a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Method {
    /// Its number, from 1.
    pub index: i8,
    /// The standard's name, in snake_case.
    pub name: &'static str,
}

impl Class {
    /// The standard's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.id.name().unwrap_or_default()
    }

    /// The attribute of this number.
    #[must_use]
    pub fn attribute(&self, index: i8) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.index == index)
    }

    /// The attribute of this name, as the standard has it in snake_case.
    #[must_use]
    pub fn attribute_named(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The method of this number.
    #[must_use]
    pub fn method(&self, index: i8) -> Option<&'static Method> {
        self.methods.iter().find(|method| method.index == index)
    }
}

/// The class of this number in this version.
#[must_use]
pub fn lookup_class(id: ClassId, version: u8) -> Option<&'static Class> {
    versions(id).iter().find(|class| class.version == version).copied()
}

/// The versions of a class, rising; none if its attributes are not known here.
#[must_use]
pub fn versions(id: ClassId) -> &'static [&'static Class] {
    let begin = SORTED.partition_point(|class| class.id < id);
    let rest = SORTED.get(begin..).unwrap_or_default();
    let count = rest.partition_point(|class| class.id == id);
    rest.get(..count).unwrap_or_default()
}

/// Every class in every version, by number and version.
#[must_use]
pub const fn classes() -> &'static [&'static Class] {
    &SORTED
}

/// An attribute that only a configuration changes.
const fn fixed(index: i8, name: &'static str, data_type: Type) -> Attribute {
    Attribute { index, name, data_type, dynamic: false }
}

/// An attribute that the meter itself changes.
const fn dynamic(index: i8, name: &'static str, data_type: Type) -> Attribute {
    Attribute { index, name, data_type, dynamic: true }
}

const fn method(index: i8, name: &'static str) -> Method {
    Method { index, name }
}

/// Attribute 1 of every class.
const LOGICAL_NAME: Attribute = fixed(1, "logical_name", Type::LogicalName);

/// The first of them: what an earlier version had.
const fn first<T>(count: usize, all: &'static [T]) -> &'static [T] {
    all.split_at(count).0
}

const GROUPS: &[&[Class]] = &[
    measure::CLASSES,
    control::CLASSES,
    security::CLASSES,
    link::CLASSES,
    network::CLASSES,
    payment::CLASSES,
    plc::CLASSES,
    sfsk::CLASSES,
    mesh::CLASSES,
];

#[expect(clippy::indexing_slicing, reason = "runs only in the compiler, where it is proven")]
const COUNT: usize = {
    let (mut count, mut group) = (0, 0);
    while group < GROUPS.len() {
        count += GROUPS[group].len();
        group += 1;
    }
    count
};

static SORTED: [&Class; COUNT] = sorted();

#[expect(clippy::indexing_slicing, reason = "runs only in the compiler, where it is proven")]
const fn sorted() -> [&'static Class; COUNT] {
    let mut all = [&measure::CLASSES[0]; COUNT];
    let (mut count, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut row = 0;
        while row < GROUPS[group].len() {
            let class = &GROUPS[group][row];
            let mut place = count;
            while place > 0 && key(all[place - 1]) > key(class) {
                all[place] = all[place - 1];
                place -= 1;
            }
            all[place] = class;
            count += 1;
            row += 1;
        }
        group += 1;
    }
    all
}

const fn key(class: &Class) -> u32 {
    (class.id.code() as u32) << 8 | class.version as u32
}
