//! [`wire_code!`]: an open number with named values.

/// Makes a newtype for a code on the wire: any number is a value, the known ones have names.
///
/// A new name breaks nobody, and an unknown code keeps its number and is emitted unchanged.
/// `Debug` and `Display` give the name, or the number in hex. Where the crate that uses it has a
/// feature `serde`, the type is (de)serialised as its number.
///
/// ```
/// gurux_framing::wire_code! {
///     /// An exception code.
///     pub struct ExceptionCode(u8) {
///         /// The function is not supported.
///         ILLEGAL_FUNCTION = 0x01 => "illegal function",
///         /// The address is not there.
///         ILLEGAL_DATA_ADDRESS = 0x02 => "illegal data address",
///     }
/// }
///
/// assert_eq!(ExceptionCode::new(2), ExceptionCode::ILLEGAL_DATA_ADDRESS);
/// assert_eq!(ExceptionCode::new(2).to_string(), "illegal data address");
/// assert_eq!(ExceptionCode::new(0x7A).to_string(), "0x7A");
/// assert_eq!(ExceptionCode::new(0x7A).name(), None);
/// ```
#[macro_export]
macro_rules! wire_code {
    (
        $(#[$doc:meta])*
        $vis:vis struct $Name:ident($Int:ty) {
            $( $(#[$const_doc:meta])* $CONST:ident = $value:expr => $text:expr, )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        $vis struct $Name($Int);

        impl $Name {
            $( $(#[$const_doc])* pub const $CONST: Self = Self($value); )*

            /// Every code that has a name, in the order of the standard.
            pub const ALL: &'static [Self] = &[ $( Self::$CONST, )* ];

            /// The code with this number, known or not.
            #[must_use]
            #[inline]
            pub const fn new(code: $Int) -> Self {
                Self(code)
            }

            /// The number on the wire.
            #[must_use]
            #[inline]
            pub const fn code(self) -> $Int {
                self.0
            }

            /// The standard's name, if the code has one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $( Self::$CONST => Some($text), )*
                    _ => None,
                }
            }

            /// The code as a visitor is told of it.
            #[must_use]
            #[inline]
            pub const fn shown(self) -> $crate::Shown<'static> {
                $crate::Shown::Code { code: self.0 as u64, name: self.name() }
            }
        }

        impl From<$Int> for $Name {
            #[inline]
            fn from(code: $Int) -> Self {
                Self(code)
            }
        }

        impl From<$Name> for $Int {
            #[inline]
            fn from(code: $Name) -> Self {
                code.0
            }
        }

        impl core::fmt::Debug for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl core::fmt::Display for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{:#04X}", self.0),
                }
            }
        }
    };
}
