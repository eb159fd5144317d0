//! [`FrameRule`]: a kind of frame as plain data, and everything that can be done with one.
//!
//! A rule says how a frame begins, where it ends, what its content is wrapped in and what proves
//! it. It is a constant of a few hundred octets without pointers: written in a program, or read
//! from a profile at run time. One piece of code works on all of them:
//!
//! - [`RuleDeframer`] cuts frames out of a stream, by one rule or by the first of several that
//!   fits;
//! - [`FrameRule::open`] gives the content of a frame;
//! - [`FrameRule::wrap`] makes a frame of a content;
//! - [`FrameRule::explain`] tells a visitor what each octet is.
//!
//! ```
//! use gurux_framing::checksum::Checksum;
//! use gurux_framing::rule::{
//!     Boundary, Check, Few, FrameRule, Length, Literal, Octets, Place, RuleDeframer, Start,
//! };
//! use gurux_framing::{Piece, pieces};
//!
//! /// 68 L L 68 content sum 16
//! const VARIABLE: FrameRule = FrameRule {
//!     start: Start::Markers(Few::of([Octets::of([0x68])])),
//!     literals: Few::of([
//!         Literal { at: Place::Start(3), octets: Octets::of([0x68]) },
//!         Literal { at: Place::End(1), octets: Octets::of([0x16]) },
//!     ]),
//!     boundary: Boundary::Length(Length { at: 1, add: 6, copy_at: Some(2), ..Length::OCTET }),
//!     content: (Place::Start(4), Place::End(2)),
//!     check: Some(Check::of(Checksum::Sum8, Place::Start(4), Place::End(2))),
//!     min_len: 9,
//!     max_len: 261,
//!     ..FrameRule::ANYTHING
//! };
//!
//! let mut frame = [0; 16];
//! let len = VARIABLE.wrap(&[], &[0x53, 0x01, 0x51], &mut frame)?;
//! assert_eq!(frame[..len], [0x68, 3, 3, 0x68, 0x53, 0x01, 0x51, 0xA5, 0x16]);
//!
//! let stream = [0xFF, 0x68, 3, 3, 0x68, 0x53, 0x01, 0x51, 0xA5, 0x16];
//! let mut found = pieces(RuleDeframer::new([VARIABLE]), &stream);
//! assert!(matches!(found.next(), Some(Piece::Noise { octets: [0xFF], .. })));
//! let Some(Piece::Frame { frame, .. }) = found.next() else { panic!() };
//! assert_eq!(VARIABLE.open(frame, &mut [])?.content, [0x53, 0x01, 0x51]);
//! # Ok::<(), gurux_framing::WireError>(())
//! ```

mod check;
mod deframer;
mod examine;
mod marker;
mod memory;
mod octets;
mod open;
mod template;
mod transform;
mod wrap;

pub use check::{Check, CheckState, Over, SumForm};
pub use deframer::{Counters, RuleDeframer};
pub use octets::{Few, NotOctets, OctetSet, Octets};
pub use open::Opened;
pub use template::Template;
pub use transform::Transform;

use crate::checksum::ByteOrder;

/// A kind of frame as plain data.
///
/// Begin with [`FrameRule::ANYTHING`] and say what is known:
/// `FrameRule { start: …, boundary: …, ..FrameRule::ANYTHING }`.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct FrameRule {
    /// What the frame is called in explanations. It is not stored in a file.
    #[cfg_attr(feature = "serde", serde(skip, default = "unnamed"))]
    pub name: &'static str,
    /// Octets that may come before the frame and belong to it.
    pub preamble: Option<Preamble>,
    /// How the frame begins.
    pub start: Start,
    /// Octets that are the same in every frame.
    pub literals: Few<Literal, 4>,
    /// An octet that is one of a few: what tells this kind of frame from another that begins alike.
    pub among: Option<Among>,
    /// Where the frame ends.
    pub boundary: Boundary,
    /// From where to where the content goes. It begins at a [`Place::Start`].
    pub content: (Place, Place),
    /// How the content is coded.
    pub transform: Transform,
    /// Octets that fill the content up.
    pub fill: Option<Fill>,
    /// What proves the frame.
    pub check: Option<Check>,
    /// The shortest frame, in octets.
    pub min_len: usize,
    /// The longest frame, in octets. What would be longer is noise.
    pub max_len: usize,
    /// Does a start marker inside a frame that no check proves begin another frame?
    pub restart: bool,
}

#[cfg(feature = "serde")]
const fn unnamed() -> &'static str {
    FrameRule::ANYTHING.name
}

impl FrameRule {
    /// Whatever comes until the line falls silent is a frame, and all of it is content.
    pub const ANYTHING: Self = Self {
        name: "frame",
        preamble: None,
        start: Start::Any,
        literals: Few::NONE,
        among: None,
        boundary: Boundary::Silence,
        content: (Place::Start(0), Place::End(0)),
        transform: Transform::None,
        fill: None,
        check: None,
        min_len: 1,
        max_len: 4096,
        restart: false,
    };
}

impl Default for FrameRule {
    fn default() -> Self {
        Self::ANYTHING
    }
}

/// An octet that may be repeated before a frame, to wake the other end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Preamble {
    /// The octet.
    pub octet: u8,
    /// How many are taken with the frame; more than these are noise.
    pub max: usize,
}

/// How a frame begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Start {
    /// With anything.
    Any,
    /// With one of these markers; the first is written when a frame is made.
    Markers(Few<Octets, 4>),
    /// With one of these octets, which is part of the head.
    OneOf(OctetSet),
}

/// Octets that are the same in every frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Literal {
    /// Where they stand.
    pub at: Place,
    /// What they are.
    pub octets: Octets,
}

/// An octet that is one of a few.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Among {
    /// Octets before it.
    pub at: usize,
    /// What it can be.
    pub set: OctetSet,
}

/// A place between the octets of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Place {
    /// So many octets behind the beginning.
    Start(usize),
    /// Just before the end marker.
    BeforeMarker,
    /// Just behind the end marker.
    BehindMarker,
    /// So many octets before the end.
    End(usize),
}

/// Where a frame ends.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Boundary {
    /// After so many octets in all.
    Fixed(usize),
    /// Where a field of the frame says.
    Length(Length),
    /// At an end marker.
    Marker(EndMarker),
    /// Where a function says. It cannot be stored in a file.
    #[cfg_attr(feature = "serde", serde(skip))]
    Function(fn(&[u8]) -> FrameLen),
    /// Where the line falls silent.
    Silence,
}

impl PartialEq for Boundary {
    /// Two functions never count as equal.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fixed(a), Self::Fixed(b)) => a == b,
            (Self::Length(a), Self::Length(b)) => a == b,
            (Self::Marker(a), Self::Marker(b)) => a == b,
            (Self::Silence, Self::Silence) => true,
            _ => false,
        }
    }
}

/// What a function that finds the end of a frame answers, given the octets from its beginning on.
///
/// More octets must not change an answer that is not `More`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameLen {
    /// Nothing can be said before so many octets are there.
    More(usize),
    /// The frame has so many octets in all.
    Total(usize),
    /// No frame begins like this.
    Invalid,
}

/// A field that says how long the frame is.
///
/// The whole frame has `((field & mask) >> shift) + add` octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Length {
    /// Octets before the field.
    pub at: usize,
    /// Octets of the field: 1 to 4.
    pub width: usize,
    /// Their order.
    pub order: ByteOrder,
    /// The bits of the field that count.
    pub mask: u32,
    /// Bits to the right of those.
    pub shift: u8,
    /// What stands in the bits that do not count, when a frame is made.
    pub bits: u32,
    /// Octets of the frame that the field does not count.
    pub add: i32,
    /// Where the field stands a second time; both must agree.
    pub copy_at: Option<usize>,
}

impl Length {
    /// The first octet of the frame, counting the octets behind it.
    pub const OCTET: Self = Self {
        at: 0,
        width: 1,
        order: ByteOrder::Big,
        mask: u32::MAX,
        shift: 0,
        bits: 0,
        add: 1,
        copy_at: None,
    };
}

impl Default for Length {
    fn default() -> Self {
        Self::OCTET
    }
}

/// A marker that ends a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct EndMarker {
    /// The markers, in the order in which they are tried; the first is written when a frame is
    /// made.
    pub markers: Few<Octets, 4>,
    /// What follows a marker and still belongs to the frame.
    pub then: Then,
    /// Can the marker occur in the content too? Then, where the frame would be too short or its
    /// check fails, the next marker is tried.
    pub in_content: bool,
}

/// What follows an end marker and still belongs to the frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Then {
    /// So many octets.
    Octets(usize),
    /// The rest of the line, at most so many octets with its end. Where the line does not end within
    /// that, the marker was none. LF ends it; CR LF is written when a frame is made.
    Line(usize),
}

/// Octets that fill the content up to a multiple.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Fill {
    /// The content with its filling is a multiple of this.
    pub unit: usize,
    /// Where the octet stands that says how many octets of filling there are.
    pub count_at: Place,
}
