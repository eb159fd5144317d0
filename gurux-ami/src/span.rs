//! Spans of time on the command line: `400ms`, `1.5s`, `2m`, `1h`.

use std::time::Duration;

/// The span that a text means, to the millisecond.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    const RIGHT: &str = "write a number with ms, s, m or h: 400ms, 1.5s";
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(RIGHT)?;
    let (number, unit) = text.split_at_checked(digits).ok_or(RIGHT)?;
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(RIGHT.to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| RIGHT)?;
    let millis = (number * seconds * 1000.0).round();
    Duration::try_from_secs_f64(millis / 1000.0).map_err(|_| format!("{text} is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_a_number_and_a_unit() {
        assert_eq!(span("400ms"), Ok(Duration::from_millis(400)));
        assert_eq!(span("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(span("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(span("1h"), Ok(Duration::from_secs(3600)));
        for wrong in ["", "5", "s", "ms", "1.2.3s", "-1s", "5 s", "5d", "1e400s"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
        assert_eq!(span(&format!("{}h", "9".repeat(60))).unwrap_err().lines().count(), 1);
    }
}
