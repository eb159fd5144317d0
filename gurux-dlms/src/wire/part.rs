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

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError};
use gurux_value::Obis;

use super::DataRef;
use super::axdr::length;

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
}

impl<'a> Part<'a> for &'a [u8] {
    const TYPE: &'static str = "OCTET-STRING";

    #[inline]
    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError> {
        let start = reader.offset();
        let len = length::read(reader, "length")?;
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
}

/// A type that is read and written by itself stands in a field as a group of that name.
macro_rules! part_as_group {
    (<$a:lifetime $(, $D:ident)?> $Name:ty, $name:literal) => {
        impl<$a $(, $D: $crate::wire::part::Part<$a>)?> $crate::wire::part::Part<$a> for $Name {
            const TYPE: &'static str = $name;

            #[inline]
            fn take<V: gurux_framing::Visit>(
                reader: &mut gurux_framing::Reader<$a, V>,
                what: &'static str,
            ) -> Result<Self, gurux_framing::WireError> {
                reader.group(what, <Self as gurux_framing::Wire>::read)
            }

            #[inline]
            fn put(&self, out: &mut impl gurux_framing::Sink) {
                gurux_framing::Wire::emit(self, out);
            }

            #[inline]
            fn part_len(&self) -> usize {
                gurux_framing::Wire::wire_len(self)
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
            #[inline]
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
    ($reader:ident, $text:literal, [] $fields:expr) => {
        $reader.group($text, |$reader| {
            // One without fields takes nothing.
            let _ = &*$reader;
            Ok($fields)
        })
    };
}

/// Takes the tag of a message.
macro_rules! begin {
    ($reader:ident) => {};
    ($reader:ident, $tag:ident) => {
        $crate::wire::apdu::take_tag($reader, $crate::wire::ApduTag::$tag)?;
    };
}

/// A message is a group of its own.
macro_rules! grouped {
    ($reader:ident, [], $name:literal, $body:expr) => {
        $body
    };
    ($reader:ident, [$tag:ident], $name:literal, $body:expr) => {
        $reader.group($name, |$reader| $body)
    };
}

macro_rules! unless_tagged {
    ([] { $($items:tt)* }) => { $($items)* };
    ([$tag:ident] { $($items:tt)* }) => {};
}

pub(super) use {
    alternative, begin, choice, grouped, part_as_code, part_as_group, sequence, unless_tagged,
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
