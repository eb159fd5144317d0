//! What is asked of the store.

use std::sync::Arc;

use gurux_value::Quality;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Params, Row as SqlRow, params};

use super::super::{Attempt, LastTick, Row, Series, SeriesId, Span, Store, StoreError, Stored};
use super::Sqlite;
use super::columns::Columns;
use super::put::number;
use crate::poll::{Finished, Outcome, Vault};

impl Store for Sqlite {
    fn last_ticks(&mut self) -> Result<Vec<LastTick>, StoreError> {
        const SQL: &str = "SELECT device.name, poll.name, poll.last_tick FROM poll
                           JOIN device ON device.id = poll.device";
        let mut ticks = Vec::new();
        self.each(SQL, [], |row| {
            let (device, poll) = (text(row, 0)?, text(row, 1)?);
            ticks.push(LastTick { device, poll, tick: time(row, 2)? });
            Ok(())
        })?;
        Ok(ticks)
    }

    fn series(&mut self) -> Result<Vec<Series>, StoreError> {
        const SQL: &str =
            "SELECT series.id, device.name, property, unit, quantity, obis FROM series
                           JOIN device ON device.id = series.device
                           ORDER BY device.name, series.id";
        let mut all = Vec::new();
        self.each(SQL, [], |row| {
            all.push(Series {
                id: SeriesId(row.get(0)?),
                device: text(row, 1)?,
                property: row.get(2)?,
                unit: row.get(3)?,
                quantity: row.get(4)?,
                obis: row.get(5)?,
            });
            Ok(())
        })?;
        Ok(all)
    }

    fn readings(
        &mut self,
        series: SeriesId,
        span: Span,
        each: &mut dyn FnMut(Row),
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "SELECT ts, kind, raw, exp, value, text, quality, received_at FROM reading
                           WHERE series = ?1 AND ts >= ?2 AND ts < ?3 ORDER BY ts";
        let (from, to) = (span.from.as_microsecond(), span.to.as_microsecond());
        self.each(SQL, params![series.0, from, to], |row| {
            each(reading(row)?);
            Ok(())
        })
    }

    fn before(&mut self, series: SeriesId, time: Timestamp) -> Result<Option<Row>, StoreError> {
        self.one(
            "SELECT ts, kind, raw, exp, value, text, quality, received_at FROM reading
             WHERE series = ?1 AND ts < ?2 AND kind > 0 ORDER BY ts DESC LIMIT 1",
            series,
            time,
        )
    }

    fn after(&mut self, series: SeriesId, time: Timestamp) -> Result<Option<Row>, StoreError> {
        self.one(
            "SELECT ts, kind, raw, exp, value, text, quality, received_at FROM reading
             WHERE series = ?1 AND ts >= ?2 AND kind > 0 ORDER BY ts LIMIT 1",
            series,
            time,
        )
    }

    fn attempts(&mut self, span: Span, each: &mut dyn FnMut(Attempt)) -> Result<(), StoreError> {
        const SQL: &str =
            "SELECT device.name, poll.name, tick, began, ended, outcome, good, failed, why
                           FROM attempt
                           JOIN poll ON poll.id = attempt.poll
                           JOIN device ON device.id = poll.device
                           WHERE tick >= ?1 AND tick < ?2
                           ORDER BY device.name, poll.id, tick, began";
        let span = params![span.from.as_microsecond(), span.to.as_microsecond()];
        self.each(SQL, span, |row| {
            let code: i64 = row.get(5)?;
            let outcome = Outcome::ALL.into_iter().find(|outcome| number(*outcome) == code);
            each(Attempt {
                device: text(row, 0)?,
                poll: text(row, 1)?,
                tick: time(row, 2)?,
                began: time(row, 3)?,
                ended: time(row, 4)?,
                outcome: outcome.ok_or(rusqlite::Error::IntegralValueOutOfRange(5, code))?,
                good: row.get(6)?,
                failed: row.get(7)?,
                why: row.get(8)?,
            });
            Ok(())
        })
    }
}

impl Vault for Sqlite {
    type Fault = StoreError;

    fn put(&mut self, rounds: &[Finished]) -> Result<Stored, StoreError> {
        self.put_rounds(rounds)
    }

    fn is_final(&self, fault: &StoreError) -> bool {
        fault.is_final()
    }
}

impl Sqlite {
    fn each(
        &self,
        sql: &str,
        params: impl Params,
        mut take: impl FnMut(&SqlRow<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let run = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
            Ok(())
        };
        run().map_err(|error| self.told(&error))
    }

    fn one(&self, sql: &str, series: SeriesId, time: Timestamp) -> Result<Option<Row>, StoreError> {
        let run = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_row(params![series.0, time.as_microsecond()], reading).optional()
        };
        run().map_err(|error| self.told(&error))
    }
}

fn reading(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let columns = Columns {
        kind: row.get(1)?,
        raw: row.get(2)?,
        exp: row.get(3)?,
        value: row.get(4)?,
        text: row.get(5)?,
    };
    Ok(Row {
        time: time(row, 0)?,
        value: columns.into_value(),
        quality: Quality::from_bits(row.get(6)?),
        received_at: time(row, 7)?,
    })
}

fn text(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
    row.get::<_, String>(column).map(Arc::from)
}

fn time(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let micros: i64 = row.get(column)?;
    Timestamp::from_microsecond(micros).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error))
    })
}
