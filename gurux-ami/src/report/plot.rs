//! Plots as SVG, drawn into the page itself: it opens where there is no network.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 170.0;
/// Room for the numbers at the left, and for the times below.
const LEFT: f64 = 70.0;
const BELOW: f64 = 22.0;
const ABOVE: f64 = 8.0;
/// A line through more points than this shows no more.
const POINTS: usize = 700;

/// A line through points in the order of time. Where more than `gap` seconds are between two, it is broken.
pub(super) fn line(points: &[(Timestamp, f64)], gap: f64, zone: &TimeZone) -> String {
    let points: Vec<_> = points.iter().filter(|(_, value)| value.is_finite()).copied().collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let (begin, end) = (first.0, last.0);
    let values = || points.iter().map(|(_, value)| *value);
    let (low, high) =
        apart(values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let axes = Axes { begin, end, low, high };
    let mut path = String::new();
    let mut before: Option<Timestamp> = None;
    for (time, value) in thinned(&points) {
        let is_broken = before.is_none_or(|before| before.duration_until(time).as_secs_f64() > gap);
        let step = if is_broken { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(path, "{step}{:.1} {:.1}", axes.x(time), axes.y(value));
        if is_broken {
            // A point alone is seen as well.
            path.push_str("h.01");
        }
        before = Some(time);
    }
    axes.frame(&format!("<path class=\"line\" d=\"{path}\"/>"), zone)
}

/// A bar for each amount, between its times; `None` leaves a gap, and what is marked is drawn paler.
pub(super) fn bars(bars: &[(Timestamp, Timestamp, Option<f64>, bool)], zone: &TimeZone) -> String {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return String::new() };
    let amounts = || bars.iter().filter_map(|(.., amount, _)| *amount);
    let (low, high) = apart(amounts().fold(0.0, f64::min), amounts().fold(0.0, f64::max));
    let axes = Axes { begin: first.0, end: last.1, low, high };
    let mut inner = String::new();
    for (begin, end, amount, is_marked) in bars {
        let Some(amount) = amount else { continue };
        let (x, zero, top) = (axes.x(*begin), axes.y(0.0), axes.y(*amount));
        let width = (axes.x(*end) - x - 1.0).max(0.5);
        let class = if *is_marked { "bar pale" } else { "bar" };
        let (y, height) = (zero.min(top), (zero - top).abs());
        let _ = write!(
            inner,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\">\
             <title>{amount}</title></rect>"
        );
    }
    axes.frame(&inner, zone)
}

/// Of each stretch the least and the greatest, so that no peak is lost.
fn thinned(points: &[(Timestamp, f64)]) -> Vec<(Timestamp, f64)> {
    if points.len() <= POINTS {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil(POINTS / 2);
    let mut kept = Vec::with_capacity(POINTS);
    for stretch in points.chunks(stretch) {
        let least = stretch.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let most = stretch.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let mut ends: Vec<_> = least.into_iter().chain(most).copied().collect();
        ends.sort_by_key(|(time, _)| *time);
        ends.dedup_by_key(|(time, _)| *time);
        kept.extend(ends);
    }
    kept
}

/// A range that is one also where all values are the same.
fn apart(low: f64, high: f64) -> (f64, f64) {
    if high > low {
        return (low, high);
    }
    let pad = if low == 0.0 { 1.0 } else { low.abs() * 0.01 };
    (low - pad, high + pad)
}

struct Axes {
    begin: Timestamp,
    end: Timestamp,
    low: f64,
    high: f64,
}

impl Axes {
    fn x(&self, time: Timestamp) -> f64 {
        let whole = self.begin.duration_until(self.end).as_secs_f64().max(1e-6);
        LEFT + (WIDTH - LEFT - 1.0) * self.begin.duration_until(time).as_secs_f64() / whole
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        ABOVE + (HEIGHT - ABOVE - BELOW) * (1.0 - share)
    }

    /// What is drawn, with its axes.
    fn frame(&self, inner: &str, zone: &TimeZone) -> String {
        let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">");
        let middle = self.low.midpoint(self.high);
        for value in [self.low, middle, self.high] {
            let y = self.y(value);
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                short(value, self.high - self.low),
            );
        }
        svg.push_str(inner);
        let days = self.begin.duration_until(self.end).as_hours() >= 48;
        let half = self.begin.duration_until(self.end) / 2;
        let middle = self.begin.checked_add(half).unwrap_or(self.begin);
        let places = [(self.begin, "start"), (middle, "middle"), (self.end, "end")];
        for (time, anchor) in places {
            let form = if days { "%F" } else { "%F %R" };
            let text = time.to_zoned_datetime(zone.clone()).strftime(form).to_string();
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{text}</text>",
                self.x(time),
                HEIGHT - 5.0
            );
        }
        svg.push_str("</svg>");
        svg
    }
}

/// A number at an axis: so many digits that its neighbours differ.
fn short(value: f64, range: f64) -> String {
    let digits = if range >= 20.0 {
        0
    } else if range >= 2.0 {
        1
    } else if range >= 0.2 {
        2
    } else {
        4
    };
    let text = format!("{value:.digits$}");
    if text.len() > 10 { format!("{value:.3e}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    #[test]
    fn a_line_is_broken_where_nothing_was_read() {
        let points = [(at(0), 1.0), (at(60), 2.0), (at(600), 3.0), (at(660), f64::NAN)];
        let svg = line(&points, 150.0, &TimeZone::UTC);
        assert_eq!(svg.matches('M').count(), 2, "{svg}");
        assert_eq!(svg.matches('L').count(), 1, "{svg}");
        assert!(!svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn peaks_stay_when_points_are_left_out() {
        let points: Vec<_> =
            (0..100_000).map(|n| (at(n), if n == 77_777 { 50.0 } else { 1.0 })).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= POINTS + 2, "{}", thin.len());
        assert!(thin.iter().any(|(_, value)| *value == 50.0));
        assert!(thin.is_sorted_by_key(|(time, _)| *time));
    }

    #[test]
    fn nothing_and_sameness_are_drawn() {
        assert_eq!(line(&[], 1.0, &TimeZone::UTC), "");
        assert_eq!(bars(&[], &TimeZone::UTC), "");
        let same = line(&[(at(0), 5.0), (at(1), 5.0)], 10.0, &TimeZone::UTC);
        assert!(!same.contains("NaN") && !same.contains("inf"), "{same}");
    }
}
