//! TOML as a tree with places.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{Budget, Lines, Node, Value, check_len};
use crate::import::ImportError;

/// The tree of a text in TOML.
pub(super) fn parse(text: &str) -> Result<Node, ImportError> {
    check_len(text)?;
    let lines = Lines::new(text);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let what = format!("this is not well-formed TOML: {}", error.message());
        ImportError::new(lines.place(at), what)
    })?;
    let value = Reader { lines, budget: Budget::default() }.table(table.get_ref(), 0)?;
    Ok(Node { place: crate::profile::Place::START, value })
}

struct Reader<'a> {
    lines: Lines<'a>,
    budget: Budget,
}

impl Reader<'_> {
    fn node(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Result<Node, ImportError> {
        let place = self.lines.place(value.span().start);
        self.budget.take(place, depth)?;
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => Value::Number(in_radix(number.as_str(), number.radix())),
            DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(moment) => Value::Text(moment.to_string()),
            DeValue::Array(items) => {
                let items = items.iter().map(|item| self.node(item, depth + 1));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => self.table(table, depth)?,
        };
        Ok(Node { place, value })
    }

    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Result<Value, ImportError> {
        let entries = table
            .iter()
            .map(|(name, value)| Ok((name.get_ref().to_string(), self.node(value, depth + 1)?)));
        let mut entries = entries.collect::<Result<Vec<_>, ImportError>>()?;
        // The table is sorted by name; the file has an order of its own.
        entries.sort_by_key(|(_, node)| node.place);
        Ok(Value::Map(entries))
    }
}

/// An integer as it is read here: decimal, or hex after `0x`.
fn in_radix(digits: &str, radix: u32) -> String {
    match i128::from_str_radix(digits, radix) {
        Ok(value) => value.to_string(),
        Err(_) => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::Value;
    use super::parse;

    #[test]
    fn each_value_knows_its_place_and_keeps_its_digits() {
        let root = parse("b = 0x1F\na = [0.10, true]\n[[t.u]]\n  x = 'y'\n").unwrap();
        assert_eq!(
            root.entries().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["b", "a", "t"]
        );
        assert_eq!(root.integer_of("b"), Some(31));
        let list = root.list("a");
        assert_eq!(list[0].value, Value::Number("0.10".to_owned()));
        assert!(list[1].is_true());
        let inner = &root.lookup("t").unwrap().list("u")[0];
        let x = inner.lookup("x").unwrap();
        assert_eq!((x.text(), x.place.line, x.place.column), (Some("y"), 4, 7));
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_place() {
        let fault = parse("a = 1\nb = = 2\n").unwrap_err().to_string();
        assert!(fault.starts_with("line 2, column 5: this is not well-formed TOML: "), "{fault}");
        assert!(parse("a = 1\na = 2\n").unwrap_err().to_string().starts_with("line 2, column 1"));
        let deep = format!("a = {}{}", "[".repeat(60), "]".repeat(60));
        assert!(parse(&deep).unwrap_err().to_string().contains("more than 32 deep"));
        let deeper = format!("a = {}", "[".repeat(100_000));
        assert!(parse(&deeper).is_err());
    }
}
