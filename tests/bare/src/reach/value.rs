//! gurux-value: numbers, units, codes and dates, with what is computed on them.

use gurux_value::{
    ClockStatus, DateTime, Decimal, Function, Obis, Quality, Quantity, Unit, Value, Weekday,
};

use super::Reached;

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    reached.text::<ClockStatus>(octets);
    reached.text::<DateTime>(octets);
    reached.text::<Decimal>(octets);
    reached.text::<Function>(octets);
    reached.text::<Obis>(octets);
    reached.text::<Quality>(octets);
    reached.text::<Unit>(octets);
    let mut rest = octets;
    while let Some((numbers, after)) = rest.split_first_chunk::<44>() {
        rest = after;
        if arithmetic(numbers).is_some() {
            reached.message();
        }
        if moment(numbers).is_some() {
            reached.message();
        }
        if floats(numbers).is_some() {
            reached.message();
        }
        if words(numbers) {
            reached.message();
        }
    }
}

fn arithmetic(octets: &[u8; 44]) -> Option<Decimal> {
    let (left, rest) = octets.split_first_chunk()?;
    let (right, rest) = rest.split_first_chunk()?;
    let [a, b, c, d, from, prefix, to, ..] = rest else { return None };
    let left = Decimal::new(i128::from_be_bytes(*left), i16::from_be_bytes([*a, *b]));
    let right = Decimal::new(i128::from_be_bytes(*right), i16::from_be_bytes([*c, *d]));
    let exponent = i16::from(prefix.cast_signed());
    let (from, to) = (Unit::from_dlms(*from)?, Unit::from_dlms(*to)?);
    let results = [
        left.checked_add(right),
        left.checked_sub(right),
        left.checked_mul(right),
        left.checked_div(right),
        left.div_round(right, exponent),
        left.rescale(exponent),
        left.round_to(exponent),
        left.scaled(exponent),
        Some(left.normalized()),
        from.with_prefix(prefix.cast_signed())?.convert(left, to).ok(),
        from.convert_rounded(left, to, exponent).ok(),
    ];
    results.into_iter().flatten().max()
}

fn moment(octets: &[u8; 44]) -> Option<i64> {
    let (year, rest) = octets.split_first_chunk()?;
    let [month, day, hour, minute, second, status, rest @ ..] = rest else { return None };
    let (offset, rest) = rest.split_first_chunk()?;
    let (micros, _) = rest.split_first_chunk()?;
    let moment = DateTime::from_unix_micros(i64::from_be_bytes(*micros))?
        .with_date(u16::from_be_bytes(*year), *month, *day)?
        .with_time(*hour, *minute, *second)?
        .with_utc_offset(i16::from_be_bytes(*offset))?
        .with_status(ClockStatus::from_bits(*status));
    moment.weekday_of_date()?;
    moment.unix_micros()
}

fn floats(octets: &[u8; 44]) -> Option<Decimal> {
    let (mantissa, rest) = octets.split_first_chunk()?;
    let (exponent, rest) = rest.split_first_chunk()?;
    let (double, rest) = rest.split_first_chunk()?;
    let (single, _) = rest.split_first_chunk()?;
    let decimal = Decimal::new(i128::from_be_bytes(*mantissa), i16::from_be_bytes(*exponent));
    let values: [Value<'_>; 3] = [
        decimal.to_f64().into(),
        f64::from_be_bytes(*double).into(),
        f32::from_be_bytes(*single).into(),
    ];
    values.iter().filter_map(Value::as_decimal).max()
}

fn words(octets: &[u8; 44]) -> bool {
    let Some((groups, rest)) = octets.split_first_chunk() else { return false };
    let word = core::str::from_utf8(rest).unwrap_or_default();
    let weekday = Weekday::lookup(word);
    Quantity::from_obis(Obis::new(*groups)).is_some_and(|quantity| quantity.is_known())
        || Quantity::new(word).is_known()
        || Quality::lookup(word).is_some_and(Quality::is_bad)
        || weekday.is_some_and(|weekday| weekday.number() == 1)
}
