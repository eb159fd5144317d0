//! The grammar of A-XDR messages: [`sequence!`] and [`choice!`] write them as the standard's ASN.1
//! does, and make of each a type with its fields, read and written in that order.
//!
//! | ASN.1 | octets | here |
//! |---|---|---|
//! | SEQUENCE | its fields, one behind the other | [`sequence!`] |
//! | CHOICE | the number of the alternative, then it | [`choice!`] |
//! | OPTIONAL | 00 if absent; 01, then the field | `Option` |
//! | SEQUENCE OF | a count, then so many | [`List`](super::List) |
//! | OCTET STRING | a length, then so many | `&[u8]` |
//! | BOOLEAN | 00 false, else true; written as 01 | `bool` |
//! | Unsigned8, Integer8, Unsigned16, Unsigned32 | 1, 1, 2, 4 | `u8`, `i8`, `u16`, `u32` |

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};
use gurux_value::Obis;

use super::axdr::length;
use super::{ApduTag, DataRef};
#[cfg(feature = "alloc")]
use crate::xml::{self, Children, XmlError};

/// What can stand in a field of a message.
pub trait Part<'a>: Sized {
    /// The name of its type in the standard.
    const TYPE: &'static str;

    /// Takes the field `what`.
    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError>;

    /// Writes it.
    fn put(&self, out: &mut impl Sink);

    /// The octets that it takes.
    fn part_len(&self) -> usize;

    /// Writes the field `what` as the next of these elements says it.
    #[cfg(feature = "alloc")]
    fn encode(
        from: &mut Children<'_, '_>,
        what: &'static str,
        out: &mut Vec<u8>,
    ) -> Result<(), XmlError>;
}

/// How a field of a simple type is taken from its element.
macro_rules! encode_by {
    (|$element:ident, $out:ident| $body:expr) => {
        #[cfg(feature = "alloc")]
        fn encode(
            from: &mut $crate::xml::Children<'_, '_>,
            what: &'static str,
            $out: &mut alloc::vec::Vec<u8>,
        ) -> Result<(), $crate::xml::XmlError> {
            let $element = from.take(what)?;
            $element.children().finish()?;
            $body;
            Ok(())
        }
    };
}

macro_rules! number {
    ($Int:ty, $name:literal, $len:literal, $read:expr, $put:expr) => {
        impl<'a> Part<'a> for $Int {
            const TYPE: &'static str = $name;

            #[inline(always)]
            fn take<V: Visit>(
                reader: &mut Reader<'a, V>,
                what: &'static str,
            ) -> Result<Self, WireError> {
                let start = reader.offset();
                let value: $Int = $read(reader.array::<$len>(what)?);
                reader.show(start, what, shown(value));
                Ok(value)
            }

            #[inline(always)]
            fn put(&self, out: &mut impl Sink) {
                out.put_array($put(*self));
            }

            #[inline(always)]
            fn part_len(&self) -> usize {
                $len
            }

            encode_by!(|element, out| out.extend($put(xml::number::<$Int>(element)?)));
        }
    };
}

#[inline(always)]
fn shown(value: impl Into<i64>) -> Shown<'static> {
    match value.into() {
        value @ 0.. => Shown::Unsigned(value.unsigned_abs()),
        value => Shown::Signed(value),
    }
}

number!(u8, "Unsigned8", 1, u8::from_be_bytes, u8::to_be_bytes);
number!(i8, "Integer8", 1, i8::from_be_bytes, i8::to_be_bytes);
number!(u16, "Unsigned16", 2, u16::from_be_bytes, u16::to_be_bytes);
number!(u32, "Unsigned32", 4, u32::from_be_bytes, u32::to_be_bytes);

impl<'a> Part<'a> for bool {
    const TYPE: &'static str = "BOOLEAN";

    #[inline]
    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError> {
        let start = reader.offset();
        let [octet] = reader.array(what)?;
        reader.show(start, what, Shown::Flag(octet != 0));
        Ok(octet != 0)
    }

    #[inline]
    fn put(&self, out: &mut impl Sink) {
        out.put_u8((*self).into());
    }

    #[inline]
    fn part_len(&self) -> usize {
        1
    }

    encode_by!(|element, out| out.push(xml::flag(element)?.into()));
}

impl<'a> Part<'a> for Obis {
    const TYPE: &'static str = "Cosem-Object-Instance-Id";

    #[inline]
    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError> {
        let start = reader.offset();
        let groups = reader.array(what)?;
        reader.show(start, what, Shown::Octets(&groups));
        Ok(Self::new(groups))
    }

    #[inline]
    fn put(&self, out: &mut impl Sink) {
        out.put_array(self.groups());
    }

    #[inline]
    fn part_len(&self) -> usize {
        6
    }

    encode_by!(|element, out| {
        let groups = <[u8; 6]>::try_from(xml::hex(element)?);
        out.extend(groups.map_err(|_| element.wrong("six octets"))?);
    });
}

impl<'a> Part<'a> for &'a [u8] {
    const TYPE: &'static str = "OCTET-STRING";

    #[inline]
    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError> {
        let len = length::read(reader, "length")?;
        let start = reader.offset();
        let octets = reader.slice(len, what)?;
        reader.show(start, what, Shown::Octets(octets));
        Ok(octets)
    }

    #[inline]
    fn put(&self, out: &mut impl Sink) {
        length::emit(self.len(), out);
        out.put(self);
    }

    #[inline]
    fn part_len(&self) -> usize {
        length::wire_len(self.len()).wrapping_add(self.len())
    }

    encode_by!(|element, out| xml::octet_string(&xml::hex(element)?, out));
}

impl<'a, T: Part<'a>> Part<'a> for Option<T> {
    const TYPE: &'static str = T::TYPE;

    #[inline]
    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError> {
        let start = reader.offset();
        let [flag] = reader.array(what)?;
        reader.show_structure(start, "usage flag", Shown::Flag(flag != 0));
        if flag == 0 { Ok(None) } else { T::take(reader, what).map(Some) }
    }

    #[inline]
    fn put(&self, out: &mut impl Sink) {
        out.put_u8(self.is_some().into());
        if let Some(part) = self {
            part.put(out);
        }
    }

    #[inline]
    fn part_len(&self) -> usize {
        self.as_ref().map_or(1, |part| part.part_len().wrapping_add(1))
    }

    #[cfg(feature = "alloc")]
    fn encode(
        from: &mut Children<'_, '_>,
        what: &'static str,
        out: &mut Vec<u8>,
    ) -> Result<(), XmlError> {
        let is_there = from.peek() == Some(what);
        out.push(is_there.into());
        if is_there { T::encode(from, what, out) } else { Ok(()) }
    }
}

/// Takes the tag of a message, which must be this one.
#[inline]
pub(crate) fn take_tag<V: Visit>(
    reader: &mut Reader<'_, V>,
    expected: ApduTag,
) -> Result<(), WireError> {
    let start = reader.offset();
    let [found] = reader.array("tag")?;
    if found != expected.code() {
        return Err(WireError::new(start, "tag", WireErrorKind::Code(found.into())));
    }
    if V::ACTIVE {
        reader.show_structure(start, "tag", Shown::Code { code: found.into(), name: None });
    }
    Ok(())
}

/// A type that is read and written by itself stands in a field as a group of that name.
macro_rules! part_as_group {
    (<$a:lifetime $(, $D:ident)?> $Name:ty, $name:literal) => {
        impl<$a $(, $D: $crate::wire::part::Part<$a>)?> $crate::wire::part::Part<$a> for $Name {
            const TYPE: &'static str = $name;

            #[inline(always)]
            fn take<V: gurux_framing::Visit>(
                reader: &mut gurux_framing::Reader<$a, V>,
                what: &'static str,
            ) -> Result<Self, gurux_framing::WireError> {
                reader.enter_group(what);
                let value = <Self as gurux_framing::Wire>::read(reader)?;
                reader.leave();
                Ok(value)
            }

            #[inline]
            fn put(&self, out: &mut impl gurux_framing::Sink) {
                gurux_framing::Wire::emit(self, out);
            }

            #[inline]
            fn part_len(&self) -> usize {
                gurux_framing::Wire::wire_len(self)
            }

            #[cfg(feature = "alloc")]
            fn encode(
                from: &mut $crate::xml::Children<'_, '_>,
                what: &'static str,
                out: &mut alloc::vec::Vec<u8>,
            ) -> Result<(), $crate::xml::XmlError> {
                let mut fields = from.take(what)?.children();
                Self::encode_content(&mut fields, out)?;
                fields.finish()
            }
        }
    };
}

part_as_group!(<'a> DataRef<'a>, "Data");

/// A code is a number on the wire and a name for the visitor.
macro_rules! part_as_code {
    ($($Name:ident($Int:ty) = $name:literal,)*) => { $(
        impl<'a> $crate::wire::part::Part<'a> for $Name {
            const TYPE: &'static str = $name;

            #[inline]
            fn take<V: gurux_framing::Visit>(
                reader: &mut gurux_framing::Reader<'a, V>,
                what: &'static str,
            ) -> Result<Self, gurux_framing::WireError> {
                let start = reader.offset();
                let code = Self::new(<$Int>::from_be_bytes(reader.array(what)?));
                if V::ACTIVE {
                    reader.show(start, what, code.shown());
                }
                Ok(code)
            }

            #[inline]
            fn put(&self, out: &mut impl gurux_framing::Sink) {
                out.put_array(self.code().to_be_bytes());
            }

            #[inline]
            fn part_len(&self) -> usize {
                size_of::<$Int>()
            }

            $crate::wire::part::encode_by!(|element, out| {
                let code = $crate::xml::code(element, Self::ALL, Self::name)?;
                out.extend(code.code().to_be_bytes());
            });
        }
    )* };
}

/// A SEQUENCE. With `tag`, a message that begins with this tag.
///
/// Field by field: the name in Rust, the type, the name in the standard.
macro_rules! sequence {
    (
        $(#[$doc:meta])*
        pub struct $Name:ident<$a:lifetime $(, $D:ident = $Default:ty)?> = $name:literal $(tag $tag:ident)? {
            $( $(#[$field_doc:meta])* $field:ident: $T:ty = $text:literal, )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub struct $Name<$a $(, $D = $Default)?> {
            $( $(#[$field_doc])* pub $field: $T, )*
        }
        sequence!(@wire [$a $(, $D)?] [$Name<$a $(, $D)?>] $name [$($tag)?] $($field: $T = $text,)*);
    };
    (
        $(#[$doc:meta])*
        pub struct $Name:ident = $name:literal $(tag $tag:ident)? {
            $( $(#[$field_doc:meta])* $field:ident: $T:ty = $text:literal, )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $Name {
            $( $(#[$field_doc])* pub $field: $T, )*
        }
        sequence!(@wire ['a] [$Name] $name [$($tag)?] $($field: $T = $text,)*);
    };
    (@wire [$a:lifetime $(, $D:ident)?] [$Name:ty] $name:literal [$($tag:ident)?]
        $($field:ident: $T:ty = $text:literal,)*
    ) => {
        impl<$a $(, $D: $crate::wire::part::Part<$a>)?> gurux_framing::Wire<$a> for $Name {
            #[inline]
            fn read<V: gurux_framing::Visit>(
                reader: &mut gurux_framing::Reader<$a, V>,
            ) -> Result<Self, gurux_framing::WireError> {
                $crate::wire::part::begin!(reader $(, $tag)?);
                $crate::wire::part::grouped!(reader, [$($tag)?], $name, Ok(Self {
                    $( $field: <$T as $crate::wire::part::Part<$a>>::take(reader, $text)?, )*
                }))
            }

            #[inline]
            fn emit(&self, out: &mut impl gurux_framing::Sink) {
                $( out.put_u8($crate::wire::ApduTag::$tag.code()); )?
                $( $crate::wire::part::Part::put(&self.$field, out); )*
            }

            #[inline]
            fn wire_len(&self) -> usize {
                [
                    $( size_of_val(&$crate::wire::ApduTag::$tag), )?
                    $( $crate::wire::part::Part::part_len(&self.$field), )*
                ].into_iter().fold(0, usize::wrapping_add)
            }
        }

        #[cfg(feature = "alloc")]
        impl<$a $(, $D: $crate::wire::part::Part<$a>)?> $Name {
            /// Writes the fields as these elements say them.
            pub(crate) fn encode_content(
                from: &mut $crate::xml::Children<'_, '_>,
                out: &mut alloc::vec::Vec<u8>,
            ) -> Result<(), $crate::xml::XmlError> {
                $( <$T as $crate::wire::part::Part<$a>>::encode(from, $text, out)?; )*
                Ok(())
            }
        }
        $crate::wire::part::unless_tagged!([$($tag)?] {
            $crate::wire::part::part_as_group!(<$a $(, $D)?> $Name, $name);
        });
    };
}

/// A CHOICE. With `tag`, a message that begins with this tag.
///
/// Alternative by alternative: its number, its name in Rust and in the standard, and what belongs to
/// it: a type, fields as in [`sequence!`], or nothing.
macro_rules! choice {
    (
        $(#[$doc:meta])*
        pub enum $Name:ident<$a:lifetime $(, $D:ident = $Default:ty)?> = $name:literal $(tag $tag:ident)? {
            $($alternatives:tt)*
        }
    ) => {
        choice!(@define [$a $(, $D)?] [$Name<$a $(, $D)?>] [$Name<$a $(, $D = $Default)?>]
            [$(#[$doc])* #[derive(Clone, Copy, PartialEq, Debug)]]
            $name [$($tag)?] $($alternatives)*);
    };
    (
        $(#[$doc:meta])*
        pub enum $Name:ident<$D:ident> = $name:literal { $($alternatives:tt)* }
    ) => {
        choice!(@define ['a, $D] [$Name<$D>] [$Name<$D>]
            [$(#[$doc])* #[derive(Clone, Copy, PartialEq, Debug)]]
            $name [] $($alternatives)*);
    };
    (
        $(#[$doc:meta])*
        pub enum $Name:ident = $name:literal $(tag $tag:ident)? { $($alternatives:tt)* }
    ) => {
        choice!(@define ['a] [$Name] [$Name]
            [$(#[$doc])* #[derive(Clone, Copy, PartialEq, Eq, Debug)]]
            $name [$($tag)?] $($alternatives)*);
    };
    (@define [$a:lifetime $(, $D:ident)?] [$Name:ty] [$($defined:tt)*] [$($doc:tt)*] $name:literal [$($tag:ident)?]
        $(
            $(#[$alternative_doc:meta])*
            $number:literal => $Alternative:ident $text:literal
            $(($zero:tt: $Only:ty))?
            $({ $( $(#[$field_doc:meta])* $field:ident: $T:ty = $field_text:literal, )* })?,
        )*
    ) => {
        $($doc)*
        pub enum $($defined)* {
            $(
                $(#[$alternative_doc])*
                $Alternative $(($Only))? $({ $( $(#[$field_doc])* $field: $T, )* })?,
            )*
        }

        impl<$a $(, $D: $crate::wire::part::Part<$a>)?> gurux_framing::Wire<$a> for $Name {
            #[inline(always)]
            fn read<V: gurux_framing::Visit>(
                reader: &mut gurux_framing::Reader<$a, V>,
            ) -> Result<Self, gurux_framing::WireError> {
                $crate::wire::part::begin!(reader $(, $tag)?);
                $crate::wire::part::grouped!(reader, [$($tag)?], $name, {
                    let start = reader.offset();
                    match reader.structure_u8("choice")? {
                        $(
                            $number => $crate::wire::part::alternative!(reader, $text,
                                [$(Self::$Alternative(
                                    <$Only as $crate::wire::part::Part<$a>>::take(reader, $text)?
                                ))?]
                                Self::$Alternative { $( $(
                                    $field: <$T as $crate::wire::part::Part<$a>>::take(reader, $field_text)?,
                                )* )? }
                            ),
                        )*
                        other => {
                            let kind = gurux_framing::WireErrorKind::Code(other.into());
                            Err(gurux_framing::WireError::new(start, $name, kind))
                        }
                    }
                })
            }

            #[inline]
            fn emit(&self, out: &mut impl gurux_framing::Sink) {
                $( out.put_u8($crate::wire::ApduTag::$tag.code()); )?
                match self { $(
                    Self::$Alternative { $($zero: only)? $( $($field,)* )? } => {
                        out.put_u8($number);
                        $( <$Only as $crate::wire::part::Part<$a>>::put(only, out); )?
                        $( $( $crate::wire::part::Part::put($field, out); )* )?
                    }
                )* }
            }

            #[inline]
            fn wire_len(&self) -> usize {
                let begin = [1, $( size_of_val(&$crate::wire::ApduTag::$tag), )?];
                let body = match self { $(
                    Self::$Alternative { $($zero: only)? $( $($field,)* )? } => [
                        0,
                        $( <$Only as $crate::wire::part::Part<$a>>::part_len(only), )?
                        $( $( $crate::wire::part::Part::part_len($field), )* )?
                    ].into_iter().fold(0, usize::wrapping_add),
                )* };
                begin.into_iter().fold(body, usize::wrapping_add)
            }
        }

        #[cfg(feature = "alloc")]
        impl<$a $(, $D: $crate::wire::part::Part<$a>)?> $Name {
            /// Writes the alternative as the one element says it.
            pub(crate) fn encode_content(
                from: &mut $crate::xml::Children<'_, '_>,
                out: &mut alloc::vec::Vec<u8>,
            ) -> Result<(), $crate::xml::XmlError> {
                match from.peek() {
                    $(
                        Some($text) => {
                            out.push($number);
                            $crate::wire::part::encode_alternative!(from, out, $text,
                                [$(<$Only as $crate::wire::part::Part<$a>>::encode)?]
                                [$($( <$T as $crate::wire::part::Part<$a>>::encode, $field_text; )*)?]
                            )
                        }
                    )*
                    _ => Err(from.any()?.wrong("an alternative of the choice")),
                }
            }
        }
        $crate::wire::part::unless_tagged!([$($tag)?] {
            $crate::wire::part::part_as_group!(<$a $(, $D)?> $Name, $name);
        });
    };
}

/// An alternative that is one value goes by its name; one of fields is a group.
macro_rules! alternative {
    ($reader:ident, $text:literal, [$only:expr] $fields:expr) => {
        Ok($only)
    };
    ($reader:ident, $text:literal, [] $fields:expr) => {{
        $reader.enter_group($text);
        let value = $fields;
        $reader.leave();
        Ok(value)
    }};
}

/// The same from XML.
#[cfg(feature = "alloc")]
macro_rules! encode_alternative {
    ($from:ident, $out:ident, $text:literal, [$encode:expr] []) => {
        $encode($from, $text, $out)
    };
    ($from:ident, $out:ident, $text:literal, [] [$($encode:expr, $field:literal;)*]) => {{
        let fields = &mut $from.take($text)?.children();
        $( $encode(fields, $field, $out)?; )*
        fields.finish()
    }};
}

/// Takes the tag of a message.
macro_rules! begin {
    ($reader:ident) => {};
    ($reader:ident, $tag:ident) => {
        $crate::wire::part::take_tag($reader, $crate::wire::ApduTag::$tag)?;
    };
}

/// A message is a group of its own.
macro_rules! grouped {
    ($reader:ident, [], $name:literal, $body:expr) => {
        $body
    };
    ($reader:ident, [$tag:ident], $name:literal, $body:expr) => {{
        $reader.enter_group($name);
        let value = $body?;
        $reader.leave();
        Ok(value)
    }};
}

macro_rules! unless_tagged {
    ([] { $($items:tt)* }) => { $($items)* };
    ([$tag:ident] { $($items:tt)* }) => {};
}

#[cfg(feature = "alloc")]
pub(crate) use encode_alternative;
pub(crate) use {
    alternative, begin, choice, encode_by, grouped, part_as_code, part_as_group, sequence,
    unless_tagged,
};

/// The rest of a message, whatever it is: for a body that is to be read later, or in one pass by
/// [`Events`](super::Events).
///
/// ```
/// use gurux_dlms::wire::{Event, Events, GetDataResult, GetResponse, Unread};
/// use gurux_framing::{Wire, WireError};
///
/// let octets = [0xC4, 0x01, 0xC1, 0x00, 0x01, 2, 0x12, 0, 7, 0x12, 0, 8];
/// let GetResponse::Normal { result: GetDataResult::Data(Unread(body)), .. } =
///     GetResponse::from_bytes(&octets)?
/// else { panic!() };
/// let values = Events::new(body).filter_map(|event| match event {
///     Ok(Event::Value(value)) => value.as_integer(),
///     _ => None,
/// });
/// assert_eq!(values.sum::<i128>(), 15);
/// # Ok::<(), WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Unread<'a>(pub &'a [u8]);

impl<'a> Wire<'a> for Unread<'a> {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Ok(Self(reader.remaining_octets("data")))
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put(self.0);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.0.len()
    }
}

part_as_group!(<'a> Unread<'a>, "Data");
