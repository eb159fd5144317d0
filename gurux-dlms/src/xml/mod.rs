//! Messages as XML, and back: the elements are the fields of the standard's ASN.1, by their names.
//!
//! | ASN.1 | XML |
//! |---|---|
//! | SEQUENCE, CHOICE | an element for each field, for the one alternative |
//! | SEQUENCE OF | an element for each item, by the name of its type |
//! | OCTET STRING | hexadecimal digits |
//! | ENUMERATED, Conformance | the standard's names; a number where there is none |
//! | BIT STRING | 0 and 1 |
//! | floats | the octets, in hexadecimal |
//! | visible-string, utf8-string | the text; digits with `encoding="hex"` where it is none |
//!
//! ```
//! use gurux_dlms::xml::{from_xml, to_xml};
//!
//! let octets = [0xC4, 0x01, 0xC1, 0x00, 0x02, 0x02, 0x12, 0x00, 0xE6, 0x09, 0x01, 0xAB];
//! let xml = to_xml(&octets).expect("a get-response");
//! assert_eq!(xml, "\
//! <get-response>
//!   <get-response-normal>
//!     <invoke-id-and-priority>193</invoke-id-and-priority>
//!     <result>
//!       <data>
//!         <structure>
//!           <long-unsigned>230</long-unsigned>
//!           <octet-string>AB</octet-string>
//!         </structure>
//!       </data>
//!     </result>
//!   </get-response-normal>
//! </get-response>
//! ");
//! assert_eq!(from_xml(&xml).expect("the same"), octets);
//! ```
//!
//! What a meter wrote against the standard (a length in a longer form, a tag before a date-time) is
//! written back as the standard has it.

mod acse;
mod data;
mod element;
mod encode;
mod general;
mod message;
#[cfg(test)]
mod tests;
mod write;

use core::fmt;

pub(crate) use data::octet_string;
pub(crate) use element::Children;
pub(crate) use encode::{code, flag, hex, number};
pub use message::{from_xml, from_xml_all};
pub use write::to_xml;

/// What is wrong with an XML text, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct XmlError {
    /// Octets from the start of the text.
    pub offset: usize,
    /// What is expected there.
    pub what: &'static str,
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "octet {} of the XML: {} is expected here", self.offset, self.what)
    }
}

impl core::error::Error for XmlError {}
