//! Strict XML: a file as a tree of elements, each with its place.
//!
//! What profiles are read with, and other files that people write by hand. Only what such files need
//! of XML is accepted: one element around all, attributes, running text, comments. No document type, no
//! entities of one's own, no prefixes: what cannot be written cannot be used against the reader.
//!
//! ```
//! use gurux_device::xml;
//!
//! let root = xml::parse("<Site>\n  <Line Name='cellar'/>\n</Site>", "a site is one Site element")?;
//! let line = &root.children[0];
//! assert_eq!((line.name.as_str(), line.place.line), ("Line", 2));
//! assert_eq!(line.attribute("Name").unwrap().value, "cellar");
//!
//! let fault = xml::parse("<Site>\n  <Line Name='cellar'>", "a site is one Site element").unwrap_err();
//! assert_eq!(fault.to_string(), "line 2, column 23: this is not well-formed XML: Line at line 2, column 3 is not closed");
//! # Ok::<(), gurux_device::profile::Fault>(())
//! ```

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::profile::{Fault, FaultKind, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_LEN, Place};

/// One element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub place: Place,
    /// Its attributes, in the order of the file, no two of one name.
    pub attributes: Vec<Attribute>,
    /// The elements directly inside.
    pub children: Vec<Element>,
    /// The text directly inside, white space folded to single blanks.
    pub text: String,
    /// Where its first character that is not blank stands; the element's place without text.
    pub text_place: Place,
}

/// One attribute, its value unescaped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value, without control characters.
    pub value: String,
    /// Where its name stands.
    pub place: Place,
}

impl Element {
    /// The attribute called `name`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The elements called `name` directly inside, in the order of the file.
    pub fn children<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// The outermost element of `text`; `root` is the sentence that is told where there is none, or more
/// than one: `a profile is one DeviceProfile element`.
///
/// # Errors
/// The first [`FaultKind::Xml`], [`FaultKind::Root`], or [`FaultKind::Limit`]: [`MAX_LEN`] octets,
/// [`MAX_ELEMENTS`], [`MAX_DEPTH`], [`MAX_ATTRIBUTES`].
pub fn parse(text: &str, root: &'static str) -> Result<Element, Fault> {
    if text.len() > MAX_LEN {
        return Err(limit(Place::START, "octets in a file", MAX_LEN));
    }
    let mut tree = Tree::new(text, root);
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    loop {
        let at = offset(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Eof) => return tree.finish(),
            Ok(event) => tree.handle(at, event)?,
            Err(error) => {
                let at = offset(reader.error_position());
                return Err(xml(Cursor::new(text).place(at), &error));
            }
        }
    }
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn xml(place: Place, reason: &dyn std::fmt::Display) -> Fault {
    let reason = reason.to_string();
    // The complaint says as much itself.
    let reason = reason.trim_start_matches("ill-formed document: ").to_owned();
    Fault::new(place, FaultKind::Xml { reason })
}

fn limit(place: Place, what: &'static str, max: usize) -> Fault {
    Fault::new(place, FaultKind::Limit { what, max })
}

/// The tree as far as it is built.
struct Tree<'a> {
    text: &'a str,
    expected: &'static str,
    cursor: Cursor<'a>,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl<'a> Tree<'a> {
    fn new(text: &'a str, expected: &'static str) -> Self {
        let cursor = Cursor::new(text);
        Self { text, expected, cursor, open: Vec::new(), root: None, elements: 0 }
    }

    fn no_root(&self, place: Place) -> Fault {
        Fault::new(place, FaultKind::Root { expected: self.expected })
    }

    fn handle(&mut self, at: usize, event: Event<'_>) -> Result<(), Fault> {
        match event {
            Event::Start(tag) => self.open(at, &tag),
            Event::Empty(tag) => {
                self.open(at, &tag)?;
                self.close();
                Ok(())
            }
            Event::End(_) => {
                self.close();
                Ok(())
            }
            Event::Text(text) => self.characters(at, &text),
            Event::CData(text) => self.characters(at, &text.into_inner()),
            Event::GeneralRef(reference) => {
                let place = self.cursor.place(at);
                let name = format!("&{};", &*reference);
                match quick_xml::escape::unescape(&name) {
                    Ok(text) => self.characters(at, &text),
                    Err(error) => Err(xml(place, &error)),
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => Ok(()),
            Event::DocType(_) => {
                Err(xml(self.cursor.place(at), &"there is no document type declaration here"))
            }
        }
    }

    fn open(&mut self, at: usize, tag: &BytesStart<'_>) -> Result<(), Fault> {
        let place = self.cursor.place(at);
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(limit(place, "elements in a file", MAX_ELEMENTS));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(limit(place, "elements inside each other", MAX_DEPTH));
        }
        if self.root.is_some() {
            return Err(self.no_root(place));
        }
        let name = tag.name().into_inner().to_owned();
        let attributes = self.attributes(place, tag)?;
        self.open.push(Element {
            name,
            place,
            attributes,
            children: Vec::new(),
            text: String::new(),
            text_place: place,
        });
        Ok(())
    }

    fn attributes(
        &mut self,
        element: Place,
        tag: &BytesStart<'_>,
    ) -> Result<Vec<Attribute>, Fault> {
        let mut found = Vec::new();
        for attribute in tag.attributes() {
            // The reader compares each name with those before it, so the bound comes first.
            if found.len() >= MAX_ATTRIBUTES {
                return Err(limit(element, "attributes of one element", MAX_ATTRIBUTES));
            }
            let attribute = attribute.map_err(|error| xml(element, &error))?;
            // The name is a piece of the text: where it stands tells its place.
            let key = attribute.key.into_inner();
            let at = key.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
            let place = self.cursor.place(at);
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| xml(place, &error))?;
            if value.chars().any(char::is_control) {
                return Err(xml(place, &"an attribute holds no control characters"));
            }
            found.push(Attribute { name: key.to_owned(), value: value.into_owned(), place });
        }
        Ok(found)
    }

    fn close(&mut self) {
        if let Some(mut element) = self.open.pop() {
            element.text = element.text.split_whitespace().collect::<Vec<_>>().join(" ");
            match self.open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => self.root = Some(element),
            }
        }
    }

    fn characters(&mut self, at: usize, text: &str) -> Result<(), Fault> {
        let blank = |c: char| c.is_whitespace() || c == '\u{FEFF}';
        match self.open.last_mut() {
            Some(_) if text.chars().any(|c| c.is_control() && !c.is_whitespace()) => {
                Err(xml(self.cursor.place(at), &"text holds no control characters"))
            }
            Some(element) => {
                if element.text_place == element.place && !text.trim().is_empty() {
                    let blanks = text.len() - text.trim_start().len();
                    element.text_place = self.cursor.place(at.saturating_add(blanks));
                }
                element.text.push_str(text);
                Ok(())
            }
            None if text.chars().all(blank) => Ok(()),
            None => {
                let place = self.cursor.place(at);
                Err(self.no_root(place))
            }
        }
    }

    fn finish(mut self) -> Result<Element, Fault> {
        let end = self.cursor.place(self.text.len());
        match (self.open.pop(), self.root) {
            (Some(open), _) => {
                Err(xml(end, &format_args!("{} at {} is not closed", open.name, open.place)))
            }
            (None, Some(root)) => Ok(root),
            (None, None) => Err(Fault::new(end, FaultKind::Root { expected: self.expected })),
        }
    }
}

/// Turns offsets into places. Asked in rising order, it passes over the text once.
struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    place: Place,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, offset: 0, place: Place::START }
    }

    fn place(&mut self, offset: usize) -> Place {
        if let Some(passed) = self.text.get(self.offset..offset) {
            for character in passed.chars() {
                if character == '\n' {
                    self.place = Place { line: self.place.line.saturating_add(1), column: 1 };
                } else {
                    self.place.column = self.place.column.saturating_add(1);
                }
            }
            self.offset = offset;
        }
        self.place
    }
}
