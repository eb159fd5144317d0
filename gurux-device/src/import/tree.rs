//! A file as a tree of values, each with its place: what JSON, TOML and YAML have in common.

use gurux_value::Decimal;

use crate::import::{ImportError, MAX_DEPTH, MAX_LEN, MAX_NODES};
use crate::profile::{Place, integer};

/// A value with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// What a value is. Numbers are kept as they were written: nothing is rounded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value under `key`; `None` also where it is null.
    pub(super) fn lookup(&self, key: &str) -> Option<&Node> {
        let found = self.entries().iter().find(|(name, _)| name == key).map(|(_, node)| node);
        found.filter(|node| node.value != Value::Null)
    }

    /// What stands under the keys of a map; nothing where this is none.
    pub(super) fn entries(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// What stands in a list; nothing where this is none.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// What stands in the list under `key`.
    pub(super) fn list(&self, key: &str) -> &[Node] {
        self.lookup(key).map_or(&[], Node::items)
    }

    /// A text, or a number as it was written.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            _ => None,
        }
    }

    /// The text under `key`.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.lookup(key)?.text()
    }

    /// A whole number, as a number or as a text.
    pub(super) fn integer(&self) -> Option<i128> {
        let text = self.text()?.trim();
        integer(text.strip_prefix('+').unwrap_or(text))
    }

    /// The whole number under `key`.
    pub(super) fn integer_of(&self, key: &str) -> Option<i128> {
        self.lookup(key)?.integer()
    }

    /// A decimal number.
    pub(super) fn decimal(&self) -> Option<Decimal> {
        self.text()?.trim().parse().ok()
    }

    pub(super) fn is_true(&self) -> bool {
        self.value == Value::Bool(true)
    }
}

/// Refuses a text that is too long.
pub(super) fn check_len(text: &str) -> Result<(), ImportError> {
    if text.len() <= MAX_LEN {
        return Ok(());
    }
    let what = format!("the file has {} octets; at most {MAX_LEN} are imported", text.len());
    Err(ImportError::new(Place::START, what))
}

/// Counts what is read, so that no file takes more than its share.
#[derive(Default)]
pub(super) struct Budget {
    nodes: usize,
}

impl Budget {
    /// One more value, at this depth.
    pub(super) fn take(&mut self, place: Place, depth: usize) -> Result<(), ImportError> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > MAX_NODES {
            let what = format!("the file has too many values; at most {MAX_NODES} are imported");
            return Err(ImportError::new(place, what));
        }
        if depth > MAX_DEPTH {
            let what = format!("values stand inside each other more than {MAX_DEPTH} deep");
            return Err(ImportError::new(place, what));
        }
        Ok(())
    }
}

/// Turns offsets into places.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// The place of the octet at `offset`; a column takes no more work than a line is long.
    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied();
        let before = self.text.get(start.unwrap_or_default()..offset).unwrap_or_default();
        // A long line would be counted again for each value on it.
        let column = if before.len() > 10_000 { before.len() } else { before.chars().count() };
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Place { line: small(line), column: small(column.saturating_add(1)) }
    }
}
