//! YAML as a tree with places.
//!
//! What definitions of meters need of it: maps, lists, texts and numbers. Anchors and aliases, by which a
//! few lines become gigabytes, and several documents in one file are refused.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::tree::{Budget, Node, Value, check_len};
use crate::import::ImportError;
use crate::profile::Place;

/// The tree of a text in YAML; nothing at all is null.
pub(super) fn parse(text: &str) -> Result<Node, ImportError> {
    check_len(text)?;
    let mut reader = Reader { parser: Parser::new_from_str(text), budget: Budget::default() };
    let mut root = None;
    while let Some((event, place)) = reader.next()? {
        match event {
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            Event::StreamEnd => break,
            _ if root.is_some() => {
                return Err(ImportError::new(place, "there is a second document in this file"));
            }
            event => root = Some(reader.node(event, place, 0)?),
        }
    }
    Ok(root.unwrap_or(Node { place: Place::START, value: Value::Null }))
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    budget: Budget,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Place)>, ImportError> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, place(&span.start)))),
            Some(Err(error)) => Err(wrong(&error)),
        }
    }

    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Result<Node, ImportError> {
        self.budget.take(place, depth)?;
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
            Event::Scalar(text, ..) => Value::Text(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.more(place)? {
                        (Event::SequenceEnd, _) => break Value::List(items),
                        (event, place) => items.push(self.node(event, place, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut entries = Vec::new();
                let mut names = std::collections::HashSet::new();
                loop {
                    let name = match self.more(place)? {
                        (Event::MappingEnd, _) => break Value::Map(entries),
                        (Event::Scalar(name, ..), place) => (name.into_owned(), place),
                        (_, place) => {
                            let what = "a map has texts as its names, nothing else";
                            return Err(ImportError::new(place, what));
                        }
                    };
                    if !names.insert(name.0.clone()) {
                        let what = format!("the name {} stands here a second time", name.0);
                        return Err(ImportError::new(name.1, what));
                    }
                    let (event, place) = self.more(place)?;
                    entries.push((name.0, self.node(event, place, depth + 1)?));
                }
            }
            Event::Alias(_) => {
                return Err(ImportError::new(place, "aliases are not followed"));
            }
            _ => return Err(ImportError::new(place, "a value is missing here")),
        };
        Ok(Node { place, value })
    }

    /// The next event of something that has begun at `place`.
    fn more(&mut self, place: Place) -> Result<(Event<'a>, Place), ImportError> {
        let end = || ImportError::new(place, "the file ends in the middle of what begins here");
        self.next()?.ok_or_else(end)
    }
}

fn place(marker: &Marker) -> Place {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: small(marker.line()), column: small(marker.col().saturating_add(1)) }
}

fn wrong(error: &ScanError) -> ImportError {
    let what = format!("this is not well-formed YAML: {}", error.info());
    ImportError::new(place(error.marker()), what)
}

/// A value without quotes, as the core schema has it.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => {
            Value::Number(text.to_owned())
        }
        _ => Value::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::Value;
    use super::parse;

    #[test]
    fn each_value_knows_its_place() {
        let root = parse("a:\n  - 0x10\n  - 'true'\nb: { c: -1.50 }\nd:\n").unwrap();
        let list = root.list("a");
        assert_eq!((list[0].integer(), list[0].place.line, list[0].place.column), (Some(16), 2, 5));
        assert_eq!(list[1].value, Value::Text("true".to_owned()));
        assert_eq!(root.lookup("b").unwrap().text_of("c"), Some("-1.50"));
        assert_eq!((root.lookup("d"), root.entries().len()), (None, 3));
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_place() {
        for (text, expected) in [
            ("a: 1\na: 2\n", "line 2, column 1: the name a stands here a second time"),
            ("a: &x 1\nb: *x\n", "line 2, column 4: aliases are not followed"),
            ("a: 1\n---\nb: 2\n", "line 3, column 1: there is a second document in this file"),
            ("? [a]\n: b\n", "line 1, column 3: a map has texts as its names, nothing else"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), expected, "{text}");
        }
        let fault = parse("a: [1\nb: 2").unwrap_err().to_string();
        assert!(fault.contains("this is not well-formed YAML: "), "{fault}");
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).is_err());
        assert_eq!(parse("").unwrap().value, Value::Null);
    }
}
