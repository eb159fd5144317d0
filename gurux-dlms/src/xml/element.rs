//! A small reader of XML: elements, their text, one attribute. Comments, declarations and
//! instructions are passed over; there are no document types and no entities but XML's own.

use alloc::string::String;
use alloc::vec::Vec;

use super::XmlError;

/// How deep elements may stand in each other: a message's own, and those of a value.
const MAX_DEPTH: usize = 96;

/// An element.
pub(crate) struct Element<'t> {
    pub(crate) name: &'t str,
    /// What stands between its tags, outside of other elements.
    pub(crate) text: String,
    /// Is the text hexadecimal digits of what is no text?
    pub(crate) is_hex: bool,
    pub(crate) children: Vec<Element<'t>>,
    /// Where it begins.
    pub(crate) offset: usize,
}

/// The elements in an element, one after the other.
pub struct Children<'e, 't> {
    rest: core::slice::Iter<'e, Element<'t>>,
    /// Where the one around them begins.
    offset: usize,
}

impl<'t> Element<'t> {
    pub(crate) fn children(&self) -> Children<'_, 't> {
        Children { rest: self.children.iter(), offset: self.offset }
    }

    pub(crate) const fn wrong(&self, what: &'static str) -> XmlError {
        XmlError { offset: self.offset, what }
    }
}

impl<'e, 't> Children<'e, 't> {
    /// How many are left.
    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    /// The name of the next.
    pub(crate) fn peek(&self) -> Option<&'t str> {
        self.rest.as_slice().first().map(|element| element.name)
    }

    /// The next, whatever its name.
    pub(crate) fn any(&mut self) -> Result<&'e Element<'t>, XmlError> {
        self.rest.next().ok_or(XmlError { offset: self.offset, what: "an element" })
    }

    /// The next, which must have this name.
    pub(crate) fn take(&mut self, name: &'static str) -> Result<&'e Element<'t>, XmlError> {
        match self.rest.as_slice().first() {
            Some(element) if element.name == name => self.any(),
            Some(element) => Err(element.wrong(name)),
            None => Err(XmlError { offset: self.offset, what: name }),
        }
    }

    /// Nothing is left.
    pub(crate) fn finish(&self) -> Result<(), XmlError> {
        match self.rest.as_slice().first() {
            None => Ok(()),
            Some(element) => Err(element.wrong("the end of the element around it")),
        }
    }
}

/// The one element of a text.
pub(super) fn read(text: &str) -> Result<Element<'_>, XmlError> {
    let mut cursor = Cursor { rest: text, len: text.len() };
    let element = cursor.next()?.ok_or(cursor.wrong("an element"))?;
    match cursor.next()? {
        None => Ok(element),
        Some(behind) => Err(behind.wrong("one element and nothing else")),
    }
}

/// Every element of a text that holds one behind the other.
pub(super) fn read_all(text: &str) -> Result<Vec<Element<'_>>, XmlError> {
    let mut cursor = Cursor { rest: text, len: text.len() };
    let mut elements = Vec::new();
    while let Some(element) = cursor.next()? {
        elements.push(element);
    }
    Ok(elements)
}

struct Cursor<'t> {
    rest: &'t str,
    len: usize,
}

impl<'t> Cursor<'t> {
    fn offset(&self) -> usize {
        self.len.saturating_sub(self.rest.len())
    }

    fn wrong(&self, what: &'static str) -> XmlError {
        XmlError { offset: self.offset(), what }
    }

    fn eat(&mut self, prefix: &str) -> bool {
        self.rest.strip_prefix(prefix).is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    /// Up to this, which is passed over too.
    fn until(&mut self, end: &'static str) -> Result<&'t str, XmlError> {
        let (before, rest) = self.rest.split_once(end).ok_or(self.wrong(end))?;
        self.rest = rest;
        Ok(before)
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Text up to the next tag.
    fn text(&mut self, text: &mut String) -> Result<(), XmlError> {
        loop {
            if self.eat("<!--") {
                self.until("-->")?;
            } else if self.eat("<?") {
                self.until("?>")?;
            } else if self.eat("<![CDATA[") {
                text.push_str(self.until("]]>")?);
            } else if self.eat("&") {
                let start = self.offset();
                let c = entity(self.until(";")?)
                    .ok_or(XmlError { offset: start, what: "an entity of XML" })?;
                text.push(c);
            } else if self.rest.is_empty() || self.rest.starts_with('<') {
                return Ok(());
            } else {
                let len = self.rest.find(['<', '&']).unwrap_or(self.rest.len());
                let (before, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
                text.push_str(before);
                self.rest = rest;
            }
        }
    }

    /// The next element, with comments before it; none where the text ends.
    fn next(&mut self) -> Result<Option<Element<'t>>, XmlError> {
        let mut outside = String::new();
        let begin = self.offset();
        self.text(&mut outside)?;
        if !outside.trim().is_empty() {
            return Err(XmlError { offset: begin, what: "an element and no text" });
        }
        if self.rest.is_empty() { Ok(None) } else { self.element(0).map(Some) }
    }

    fn name(&mut self) -> Result<&'t str, XmlError> {
        let is_end = |c: char| c.is_whitespace() || matches!(c, '>' | '/' | '=' | '<');
        let len = self.rest.find(is_end).unwrap_or(self.rest.len());
        match self.rest.split_at_checked(len) {
            Some((name, rest)) if !name.is_empty() => {
                self.rest = rest;
                // A prefix says the name space; there is but one.
                Ok(name.rsplit_once(':').map_or(name, |(_, local)| local))
            }
            _ => Err(self.wrong("a name")),
        }
    }

    fn element(&mut self, depth: usize) -> Result<Element<'t>, XmlError> {
        let offset = self.offset();
        if depth > MAX_DEPTH {
            return Err(self.wrong("an element less deep"));
        }
        if !self.eat("<") {
            return Err(self.wrong("an element"));
        }
        let name = self.name()?;
        let mut element =
            Element { name, text: String::new(), is_hex: false, children: Vec::new(), offset };
        loop {
            self.blanks();
            if self.eat("/>") {
                return Ok(element);
            }
            if self.eat(">") {
                break;
            }
            let attribute = self.name()?;
            self.blanks();
            if !self.eat("=") {
                return Err(self.wrong("="));
            }
            self.blanks();
            let value = if self.eat("\"") {
                self.until("\"")?
            } else {
                if !self.eat("'") {
                    return Err(self.wrong("a quoted value"));
                }
                self.until("'")?
            };
            element.is_hex |= attribute == "encoding" && value == "hex";
        }
        loop {
            self.text(&mut element.text)?;
            if self.eat("</") {
                let end = self.name()?;
                self.blanks();
                if end != name || !self.eat(">") {
                    return Err(self.wrong("the end of the element that began last"));
                }
                return Ok(element);
            }
            element.children.push(self.element(depth.saturating_add(1))?);
        }
    }
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)?
        }
    })
}
