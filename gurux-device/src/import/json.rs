//! JSON as a tree with places.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::tree::{Budget, Lines, Node, Value, check_len};
use crate::import::ImportError;
use crate::profile::Place;

/// The tree of a text in JSON.
pub(super) fn parse(text: &str) -> Result<Node, ImportError> {
    check_len(text)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let whole: &RawValue = serde_json::from_str(text).map_err(|error| wrong(&error))?;
    Reader { text, lines: Lines::new(text), budget: Budget::default() }.node(whole, 0)
}

fn wrong(error: &serde_json::Error) -> ImportError {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let place = Place { line: small(error.line()), column: small(error.column()) };
    let told = error.to_string();
    let reason = told.split(" at line ").next().unwrap_or_default();
    ImportError::new(place, format!("this is not well-formed JSON: {reason}"))
}

struct Reader<'a> {
    text: &'a str,
    lines: Lines<'a>,
    budget: Budget,
}

impl<'a> Reader<'a> {
    /// A value is a piece of the text, so where it lies tells its place. The text of a value is gone
    /// through once for each level that it lies at, and levels are few.
    fn node(&mut self, raw: &'a RawValue, depth: usize) -> Result<Node, ImportError> {
        let at = raw.get().as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        let place = self.lines.place(at);
        self.budget.take(place, depth)?;
        let here = |_| ImportError::new(place, "this value cannot be read");
        let value = match raw.get().as_bytes().first() {
            Some(b'{') => {
                let Entries(entries) = serde_json::from_str(raw.get()).map_err(here)?;
                let mut map: Vec<(String, Node)> = Vec::new();
                let mut names = std::collections::HashSet::new();
                for (name, raw) in entries {
                    let node = self.node(raw, depth + 1)?;
                    if !names.insert(name.clone()) {
                        let what = format!("the name {name} stands here a second time");
                        return Err(ImportError::new(node.place, what));
                    }
                    map.push((name, node));
                }
                Value::Map(map)
            }
            Some(b'[') => {
                let raws: Vec<&'a RawValue> = serde_json::from_str(raw.get()).map_err(here)?;
                let items = raws.into_iter().map(|raw| self.node(raw, depth + 1));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Some(b'"') => Value::Text(serde_json::from_str(raw.get()).map_err(here)?),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'n') | None => Value::Null,
            Some(_) => Value::Number(raw.get().to_owned()),
        };
        Ok(Node { place, value })
    }
}

/// An object as its names and pieces of text, in the order of the file.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Gather;

        impl<'de> Visitor<'de> for Gather {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<String, &'de RawValue>()? {
                    entries.push((entry.0, entry.1));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Gather)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::Value;
    use super::parse;

    #[test]
    fn each_value_knows_its_place() {
        let root =
            parse("{\n  \"ä\": [1, -2.50],\n  \"b\": {\"c\": \"x\\ny\", \"d\": null}\n}").unwrap();
        let list = root.list("ä");
        assert_eq!(list[1].value, Value::Number("-2.50".to_owned()));
        assert_eq!((list[1].place.line, list[1].place.column), (2, 12));
        let inner = root.lookup("b").unwrap();
        assert_eq!(inner.text_of("c"), Some("x\ny"));
        assert_eq!((inner.lookup("d"), inner.entries().len()), (None, 2));
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        for (text, expected) in [
            ("", "line 1, column 0: this is not well-formed JSON: EOF while parsing a value"),
            ("{\n \"a\": }", "line 2, column 7: this is not well-formed JSON: expected value"),
            ("{\"a\": 1, \"a\": 2}", "line 1, column 15: the name a stands here a second time"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), expected, "{text}");
        }
        let deep = ["[".repeat(100), "]".repeat(100)].concat();
        let fault = parse(&deep).unwrap_err().to_string();
        assert_eq!(fault, "line 1, column 34: values stand inside each other more than 32 deep");
        let long = format!("[{}1]", "1,".repeat(300_000));
        assert!(parse(&long).unwrap_err().to_string().contains("at most 200000"), "{long:.10}");
    }
}
