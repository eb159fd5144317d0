//! The report as a page: one HTML file with its plots inside, that opens without a network.

use std::fmt::Write as _;

use gurux_value::Decimal;
use jiff::{SignedDuration, Timestamp};

use super::consumption::{self, Amount};
use super::effort::{self, Effort};
use super::when::Bucket;
use super::{Filter, Source, plot};
use crate::exit::Failure;
use crate::poll::Outcome;
use crate::readings;
use crate::store::{Row, Series, Span};

/// With so many series nobody looks at all of them, and the page grows.
const MOST_PLOTS: usize = 60;

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b2430;--soft:#5c6878;--rule:#d9dee5;--paper:#fff;--line:#0b6bcb;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--rule:#333c48;--paper:#14181e;--line:#6cb2ff;--bad:#ff8a80}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .4rem}h3{font-size:1rem;margin:1.4rem 0 .2rem}
p{margin:.2rem 0;color:var(--soft)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
th{color:var(--soft);font-weight:600}td.n,th.n{text-align:right}
.bad{color:var(--bad)}
svg{width:100%;height:auto;display:block}svg text{font:11px system-ui,sans-serif;fill:var(--soft)}
.grid{stroke:var(--rule)}.line{fill:none;stroke:var(--line);stroke-width:1.6;stroke-linecap:round}
.bar{fill:var(--line)}.pale{opacity:.45}
";

/// What a page shows.
pub(crate) struct Request<'r> {
    pub(crate) filter: &'r Filter,
    pub(crate) span: Span,
    pub(crate) bucket: Bucket,
    pub(crate) now: Timestamp,
}

/// The page.
pub(crate) fn page(source: &mut Source, request: &Request<'_>) -> Result<String, Failure> {
    let series = source.series(request.filter)?;
    let mut html = String::new();
    let name = escaped(&source.name);
    let (from, to) = (source.local(request.span.from), source.local(request.span.to));
    let made = source.local(request.now);
    put(
        &mut html,
        format_args!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{name}</title><style>{STYLE}</style>\n<h1>{name}</h1>\n\
             <p>{} to {}. Made {}.</p>\n",
            escaped(&from),
            escaped(&to),
            escaped(&made)
        ),
    );
    latest(&mut html, source, &series, request.now)?;
    let efforts = effort::efforts(source, request.filter, request.span, request.now)?;
    communication(&mut html, source, &efforts);
    plots(&mut html, source, &series, request)?;
    html.push_str("</html>\n");
    Ok(html)
}

fn latest(
    html: &mut String,
    source: &mut Source,
    series: &[Series],
    now: Timestamp,
) -> Result<(), Failure> {
    html.push_str(
        "<h2>Latest values</h2>\n<div class=\"wide\"><table><tr><th>Device<th>Property\
         <th class=\"n\">Value<th>Unit<th>Time<th>Quality</tr>\n",
    );
    for series in series {
        let Some(row) = source.store.before(series.id, now)? else { continue };
        let class = if row.quality.is_good() { "" } else { " class=\"bad\"" };
        put(
            html,
            format_args!(
                "<tr><td>{}<td>{}<td class=\"n\">{}<td>{}<td>{}<td{class}>{}</tr>\n",
                escaped(&series.device),
                escaped(&series.property),
                escaped(&readings::text(row.value.as_ref())),
                escaped(&series.unit),
                escaped(&source.local(row.time)),
                row.quality
            ),
        );
    }
    html.push_str("</table></div>\n");
    Ok(())
}

fn communication(html: &mut String, source: &Source, efforts: &[Effort]) {
    html.push_str(
        "<h2>Communication</h2>\n<div class=\"wide\"><table><tr><th>Device<th>Poll<th class=\"n\">Due\
         <th class=\"n\">Read<th class=\"n\">%<th class=\"n\">Silent<th class=\"n\">Unreachable\
         <th class=\"n\">Median<th>Last good</tr>\n",
    );
    for effort in efforts {
        let class = if effort.missing() == 0 { "n" } else { "n bad" };
        let due = effort.due.map(|due| due.to_string()).unwrap_or_default();
        let share = effort.share().map(|share| format!("{share:.1}")).unwrap_or_default();
        let median = effort.took(50).map(|took| format!("{} ms", took.as_millis()));
        let good = effort.last_good.map(|time| source.local(time));
        put(
            html,
            format_args!(
                "<tr><td>{}<td>{}<td class=\"n\">{due}<td class=\"n\">{}<td class=\"{class}\">{share}\
                 <td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td>{}</tr>\n",
                escaped(&effort.device),
                escaped(&effort.poll),
                effort.read,
                effort.count(Outcome::Silent),
                effort.count(Outcome::Unreachable),
                median.unwrap_or_default(),
                escaped(&good.unwrap_or_else(|| "never".to_owned()))
            ),
        );
    }
    html.push_str("</table></div>\n");
}

fn plots(
    html: &mut String,
    source: &mut Source,
    series: &[Series],
    request: &Request<'_>,
) -> Result<(), Failure> {
    let mut count = 0;
    let mut device = "";
    for series in series {
        let rows = source.rows(series, request.span)?;
        let is_counter = consumption::is_counter(series);
        let (picture, words) = if is_counter {
            bars(source, series, request)?
        } else {
            (line(source, &rows), String::new())
        };
        if picture.is_empty() {
            continue;
        }
        count += 1;
        if count > MOST_PLOTS {
            html.push_str("<p>More series are not drawn; <code>--device</code> picks some.</p>\n");
            break;
        }
        if device != &*series.device {
            device = &series.device;
            put(html, format_args!("<h2>{}</h2>\n", escaped(device)));
        }
        let unit = if series.unit.is_empty() {
            String::new()
        } else {
            format!(" in {}", escaped(&series.unit))
        };
        put(html, format_args!("<h3>{}{unit}{words}</h3>\n{picture}\n", escaped(&series.property)));
    }
    Ok(())
}

fn line(source: &Source, rows: &[Row]) -> String {
    let points: Vec<(Timestamp, f64)> = rows
        .iter()
        .filter_map(|row| Some((row.time, consumption::number(row)?.to_f64())))
        .collect();
    plot::line(&points, gap_of(&points), &source.zone)
}

/// What is further apart than three times the usual is not joined.
fn gap_of(points: &[(Timestamp, f64)]) -> f64 {
    let pairs = points.iter().zip(points.iter().skip(1));
    let mut steps: Vec<SignedDuration> = pairs.map(|(a, b)| a.0.duration_until(b.0)).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).map_or(f64::INFINITY, |step| step.as_secs_f64() * 3.0 + 1.0)
}

fn bars(
    source: &mut Source,
    series: &Series,
    request: &Request<'_>,
) -> Result<(String, String), Failure> {
    let Request { span, bucket, now, .. } = request;
    let from = span.from.to_zoned_datetime(source.zone.clone());
    let amounts =
        consumption::consumption(&mut *source.store, series, *bucket, &from, span.to, *now)?;
    if amounts.iter().all(|amount| amount.amount.is_none()) {
        return Ok((String::new(), String::new()));
    }
    let mut each_amount = amounts.iter().filter_map(|amount| amount.amount);
    let total = each_amount.try_fold(Decimal::new(0, 0), Decimal::checked_add);
    let drawn = |Amount { begin, end, amount, remarks }: &Amount| {
        let amount = amount.map(Decimal::to_f64);
        (begin.timestamp(), end.timestamp(), amount, !remarks.is_empty())
    };
    let bars: Vec<_> = amounts.iter().map(drawn).collect();
    let each = match bucket {
        Bucket::Hour => "hour",
        Bucket::Day => "day",
        Bucket::Month => "month",
    };
    let total = total.map(|total| format!(", {total} in all")).unwrap_or_default();
    Ok((plot::bars(&bars, &source.zone), format!(" by {each}{total}")))
}

fn put(html: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = html.write_fmt(text);
}

/// Text as it stands in HTML; what meters and files say may hold anything.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            character if character.is_control() => escaped.push('\u{FFFD}'),
            character => escaped.push(character),
        }
    }
    escaped
}
