//! What was consumed in hours, days and months: differences of counters, as exact as they were read.

use gurux_value::{Decimal, Dimension, Unit};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::when::Bucket;
use crate::exit::Failure;
use crate::store::{Row, Series, Span, Store, StoreError};

/// A reading so close to the beginning of an hour is that of the beginning.
const NEAR_HOUR: SignedDuration = SignedDuration::from_mins(1);
/// And so close to that of a day or a month.
const NEAR_DAY: SignedDuration = SignedDuration::from_mins(5);
/// More lines than this are nobody's report.
const MOST: usize = 100_000;

/// One line.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Amount {
    pub(crate) begin: ZonedDateTime,
    pub(crate) end: ZonedDateTime,
    /// In the unit of the series; `None` where the counter was not read around this time.
    pub(crate) amount: Option<Decimal>,
    /// What is to be known of it.
    pub(crate) remarks: Vec<&'static str>,
}

/// Begin or end lay between two readings, and was reckoned on the line between them.
pub(crate) const ESTIMATED: &str = "estimated";
/// The counter fell: it began again, or another meter was put in. What it had counted since its last reading
/// before is not in the sum.
pub(crate) const BEGAN_AGAIN: &str = "began again";
/// It was read from a later time on, or not up to its end: what is told was counted between.
pub(crate) const INCOMPLETE: &str = "incomplete";
/// It goes on.
pub(crate) const SO_FAR: &str = "so far";

/// Does a series count something that is consumed?
pub(crate) fn is_counter(series: &Series) -> bool {
    let dimension = series.unit.parse::<Unit>().ok().map(Unit::dimension);
    matches!(
        dimension,
        Some(
            Dimension::Energy
                | Dimension::ReactiveEnergy
                | Dimension::ApparentEnergy
                | Dimension::Volume
        )
    )
}

/// The amounts of a series from `from` on, up to `now` at most.
pub(crate) fn consumption(
    store: &mut dyn Store<Fault = StoreError>,
    series: &Series,
    bucket: Bucket,
    from: &ZonedDateTime,
    to: Timestamp,
    now: Timestamp,
) -> Result<Vec<Amount>, Failure> {
    let mut amounts = Vec::new();
    let Some(mut begin) = bucket.begin(from) else { return Ok(amounts) };
    let mut at_begin = point(store, series, bucket, begin.timestamp())?;
    while begin.timestamp() < to.min(now) {
        let Some(end) = bucket.next(&begin) else { break };
        if amounts.len() >= MOST {
            let sentence = format!("this report has more than {MOST} lines; give --from and --to");
            return Err(Failure::usage(sentence));
        }
        let goes_on = end.timestamp() > now;
        let at_end = if goes_on {
            // The last that is known.
            let last = store.before(series.id, now)?.filter(|row| row.time >= begin.timestamp());
            last.and_then(Point::of)
        } else {
            point(store, series, bucket, end.timestamp())?
        };
        let mut line = between(store, series, at_begin.as_ref(), at_end.as_ref(), &begin, &end)?;
        if goes_on {
            line.remarks.push(SO_FAR);
        }
        amounts.push(line);
        (begin, at_begin) = (end, at_end);
    }
    Ok(amounts)
}

/// The state of a counter at a time.
#[derive(Clone, PartialEq, Debug)]
struct Point {
    value: Decimal,
    is_estimated: bool,
    /// The time at which it was read, or that it is reckoned for.
    time: Timestamp,
}

impl Point {
    fn of(row: Row) -> Option<Self> {
        let value = number(&row)?;
        Some(Self { value, is_estimated: false, time: row.time })
    }
}

/// The number in a reading that can be trusted to be one.
pub(super) fn number(row: &Row) -> Option<Decimal> {
    row.value.as_ref().filter(|_| !row.quality.is_bad())?.as_decimal()
}

/// The state of a counter at `time`: what was read near to it, or what lies on the line between the
/// neighbours.
fn point(
    store: &mut dyn Store<Fault = StoreError>,
    series: &Series,
    bucket: Bucket,
    time: Timestamp,
) -> Result<Option<Point>, Failure> {
    let near = if bucket == Bucket::Hour { NEAR_HOUR } else { NEAR_DAY };
    let before = store.before(series.id, time)?.and_then(Point::of);
    let after = store.after(series.id, time)?.and_then(Point::of);
    let distance = |point: &Point| point.time.duration_until(time).abs();
    let nearest = [&before, &after].into_iter().flatten().min_by_key(|point| distance(point));
    if let Some(nearest) = nearest.filter(|nearest| distance(nearest) <= near) {
        return Ok(Some(nearest.clone()));
    }
    let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
    Ok(on_the_line(&before, &after, time))
}

/// What a counter was at `time` if it went evenly, in the decimals of its readings. One that fell did not.
fn on_the_line(before: &Point, after: &Point, time: Timestamp) -> Option<Point> {
    let rise = after.value.checked_sub(before.value)?;
    if rise.is_negative() {
        return None;
    }
    let micros = |span: SignedDuration| Decimal::new(span.as_micros(), 0);
    let passed = micros(before.time.duration_until(time));
    let whole = micros(before.time.duration_until(after.time));
    let exponent = before.value.exponent().min(after.value.exponent());
    let part = rise.checked_mul(passed)?.div_round(whole, exponent)?;
    Some(Point { value: before.value.checked_add(part)?, is_estimated: true, time })
}

fn between(
    store: &mut dyn Store<Fault = StoreError>,
    series: &Series,
    at_begin: Option<&Point>,
    at_end: Option<&Point>,
    begin: &ZonedDateTime,
    end: &ZonedDateTime,
) -> Result<Amount, Failure> {
    let mut line =
        Amount { begin: begin.clone(), end: end.clone(), amount: None, remarks: Vec::new() };
    let (mut first, mut last) = (at_begin.cloned(), at_end.cloned());
    if first.is_none() || last.is_none() {
        line.remarks.push(INCOMPLETE);
        let inside = |row: &Row| row.time >= begin.timestamp() && row.time < end.timestamp();
        if first.is_none() {
            first = store.after(series.id, begin.timestamp())?.filter(inside).and_then(Point::of);
        }
        if last.is_none() {
            last = store.before(series.id, end.timestamp())?.filter(inside).and_then(Point::of);
        }
    }
    let (Some(first), Some(last)) = (first, last) else { return Ok(nothing(line)) };
    if first.time >= last.time && !line.remarks.is_empty() {
        return Ok(nothing(line));
    }
    // A counter that fell and rose again ends above its beginning all the same: each step is looked at.
    let mut sum = Some(Decimal::new(0, first.value.exponent()));
    let mut before = first.value;
    let mut fell = false;
    let mut step = |value: Decimal| {
        let rise = value.checked_sub(before);
        match rise {
            Some(rise) if !rise.is_negative() => {
                sum = sum.and_then(|sum| sum.checked_add(rise));
            }
            _ => fell = true,
        }
        before = value;
    };
    let span = Span { from: first.time, to: last.time };
    store.readings(series.id, span, &mut |row| {
        if let Some(value) = number(&row).filter(|_| row.time > first.time) {
            step(value);
        }
    })?;
    step(last.value);
    line.amount = sum;
    if first.is_estimated || last.is_estimated {
        line.remarks.push(ESTIMATED);
    }
    if fell {
        line.remarks.push(BEGAN_AGAIN);
    }
    Ok(line)
}

/// A line of which nothing is known: there is nothing to remark on.
fn nothing(line: Amount) -> Amount {
    Amount { remarks: Vec::new(), ..line }
}

#[cfg(test)]
mod tests;
