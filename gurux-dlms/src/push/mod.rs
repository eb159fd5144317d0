//! What a pushed body means: values with their names, units and exact scale.
//!
//! Meters say in four ways what a value in a DATA-NOTIFICATION is:
//!
//! | way | seen in |
//! |---|---|
//! | the push object list stands in front, values follow in its order | L+G E360, E450, E570, Iskra AM550 |
//! | each value stands behind its OBIS code, in a structure of its own or not | Aidon, Kamstrup, Kaifa, AM550 |
//! | each stands behind an attribute descriptor without tags | Sagemcom XT211 |
//! | by its place alone | Kaifa MA304, Iskra AM550, Siemens IM350, L+G E450 of Austria |
//!
//! Some meters send the text of a P1 port instead: [`P1Telegram`].
//!
//! A scaler and a unit may stand behind the value. Where none does, and for values by their place, a
//! [`Layout`] says what the maker's list says; [`LAYOUTS`] are those that are known, and a reader
//! may hand in his own. A number of which nobody says the unit has none here either.
//!
//! ```
//! use gurux_dlms::push::{LAYOUTS, PushValues};
//! use gurux_framing::WireError;
//!
//! // A structure: OBIS code, value, scaler and unit.
//! let body = [
//!     0x02, 0x01, 0x02, 0x03,
//!     0x09, 0x06, 1, 0, 32, 7, 0, 255,
//!     0x12, 0x09, 0x3C,
//!     0x02, 0x02, 0x0F, 0xFF, 0x16, 35,
//! ];
//! let mut values = PushValues::from_octets(&body, LAYOUTS)?;
//! let voltage = values.next().expect("a value").measurement();
//! assert_eq!(voltage.value.map(|value| value.to_string()).as_deref(), Some("236.4"));
//! assert_eq!(voltage.unit.map(|unit| unit.to_string()).as_deref(), Some("V"));
//! # Ok::<(), WireError>(())
//! ```

mod layout;
mod p1;
mod values;

pub use layout::{LAYOUTS, Layout, Place, Scale};
pub use p1::{P1Telegram, P1Values};
pub use values::{PushValue, PushValues};
