//! Rounds into the store.

use std::sync::Arc;

use gurux_device::Reading;
use jiff::Timestamp;
use rusqlite::{CachedStatement, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::super::time::time_of;
use super::super::{StoreError, Stored};
use super::Sqlite;
use super::columns::{Columns, Keys, source};
use crate::poll::{Finished, Outcome};

impl Sqlite {
    pub(super) fn put_rounds(&mut self, rounds: &[Finished]) -> Result<Stored, StoreError> {
        // Keys of a transaction that failed are not there.
        let mut keys = std::mem::take(&mut self.keys);
        let stored = self.try_put(rounds, &mut keys);
        match stored {
            Ok(stored) => {
                self.keys = keys;
                Ok(stored)
            }
            Err(error) => Err(self.told(&error)),
        }
    }

    fn try_put(&mut self, rounds: &[Finished], keys: &mut Keys) -> rusqlite::Result<Stored> {
        let zone = self.zone.clone();
        let behaviour = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behaviour)?;
        let mut writer = Writer { transaction: &transaction, keys, stored: Stored::default() };
        for round in rounds {
            let device = writer.round(round)?;
            for (received_at, reading) in &round.readings {
                let (time, doubts) = time_of(reading, *received_at, &zone);
                let quality = (reading.measurement.quality | doubts).bits();
                writer.reading(device, reading, time, quality, *received_at)?;
            }
        }
        let stored = writer.stored;
        transaction.commit()?;
        Ok(stored)
    }
}

struct Writer<'t> {
    transaction: &'t Transaction<'t>,
    keys: &'t mut Keys,
    stored: Stored,
}

impl Writer<'_> {
    fn sql(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.transaction.prepare_cached(sql)
    }

    /// Keeps that a round was done; the number of its device.
    fn round(&mut self, round: &Finished) -> rusqlite::Result<i64> {
        let device = self.device(&round.device)?;
        let poll = self.poll(device, round)?;
        let tick = round.tick.as_microsecond();
        self.sql("UPDATE poll SET last_tick = ?2 WHERE id = ?1")?.execute(params![poll, tick])?;
        self.sql(
            "INSERT INTO attempt (poll, tick, began, ended, outcome, good, failed, why)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            poll,
            tick,
            round.began.as_microsecond(),
            round.ended.as_microsecond(),
            number(round.outcome),
            i64::try_from(round.readings.len()).unwrap_or(i64::MAX),
            i64::try_from(round.failed).unwrap_or(i64::MAX),
            round.why,
        ])?;
        Ok(device)
    }

    fn device(&mut self, name: &Arc<str>) -> rusqlite::Result<i64> {
        if let Some(id) = self.keys.devices.get(name) {
            return Ok(*id);
        }
        self.sql("INSERT INTO device (name) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([&**name])?;
        let id = self
            .sql("SELECT id FROM device WHERE name = ?1")?
            .query_row([&**name], |row| row.get(0))?;
        self.keys.devices.insert(Arc::clone(name), id);
        Ok(id)
    }

    fn poll(&mut self, device: i64, round: &Finished) -> rusqlite::Result<i64> {
        let key = (Arc::clone(&round.device), Arc::clone(&round.poll));
        if let Some(id) = self.keys.polls.get(&key) {
            return Ok(*id);
        }
        self.sql(
            "INSERT INTO poll (device, name, last_tick) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![device, &*round.poll, round.tick.as_microsecond()])?;
        let id = self
            .sql("SELECT id FROM poll WHERE device = ?1 AND name = ?2")?
            .query_row(params![device, &*round.poll], |row| row.get(0))?;
        self.keys.polls.insert(key, id);
        Ok(id)
    }

    fn series(&mut self, device: i64, reading: &Reading) -> rusqlite::Result<i64> {
        let unit = reading.measurement.unit.map(|unit| unit.to_string()).unwrap_or_default();
        let key = (reading.property.clone(), unit);
        if let Some(id) = self.keys.series.get(&device).and_then(|series| series.get(&key)) {
            return Ok(*id);
        }
        let (property, unit) = &key;
        let quantity = reading.measurement.quantity.as_str();
        let obis = reading.measurement.obis.map(|obis| obis.to_string());
        let id = self
            .sql(
                "INSERT INTO series (device, property, unit, quantity, obis)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (device, property, unit)
                 DO UPDATE SET quantity = excluded.quantity, obis = excluded.obis
                 RETURNING id",
            )?
            .query_row(params![device, property, unit, quantity, obis], |row| row.get(0))?;
        self.keys.series.entry(device).or_default().insert(key, id);
        Ok(id)
    }

    fn reading(
        &mut self,
        device: i64,
        reading: &Reading,
        time: Timestamp,
        quality: u32,
        received_at: Timestamp,
    ) -> rusqlite::Result<()> {
        let series = self.series(device, reading)?;
        let columns = Columns::of(reading.measurement.value.as_ref());
        let time = time.as_microsecond();
        let clock = reading.measurement.time.map_or(0, |time| time.status().bits());
        let source = source(reading.source);
        let received_at = received_at.as_microsecond();
        let rows = self
            .sql(
                "INSERT INTO reading (series, ts, kind, raw, exp, value, text, quality, clock, source,
                                      received_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                series,
                time,
                columns.kind,
                columns.raw,
                columns.exp,
                columns.value,
                columns.text,
                quality,
                clock,
                source,
                received_at
            ])?;
        if rows > 0 {
            self.stored.new += 1;
            return Ok(());
        }
        let same = self
            .sql(
                "SELECT 1 FROM reading WHERE series = ?1 AND ts = ?2 AND kind = ?3 AND raw IS ?4
                 AND exp IS ?5 AND value IS ?6 AND text IS ?7 AND quality = ?8",
            )?
            .query_row(
                params![
                    series,
                    time,
                    columns.kind,
                    columns.raw,
                    columns.exp,
                    columns.value,
                    columns.text,
                    quality
                ],
                |_| Ok(()),
            )
            .optional()?;
        if same.is_some() {
            return Ok(());
        }
        self.stored.revised += 1;
        self.sql(
            "INSERT INTO reading_revision
             SELECT series, ts, kind, raw, exp, value, text, quality, clock, source, received_at, ?3
             FROM reading WHERE series = ?1 AND ts = ?2",
        )?
        .execute(params![series, time, received_at])?;
        self.sql(
            "UPDATE reading SET kind = ?3, raw = ?4, exp = ?5, value = ?6, text = ?7, quality = ?8,
                                clock = ?9, source = ?10, received_at = ?11
             WHERE series = ?1 AND ts = ?2",
        )?
        .execute(params![
            series,
            time,
            columns.kind,
            columns.raw,
            columns.exp,
            columns.value,
            columns.text,
            quality,
            clock,
            source,
            received_at
        ])?;
        Ok(())
    }
}

/// An outcome as it is stored.
pub(super) const fn number(outcome: Outcome) -> i64 {
    match outcome {
        Outcome::Good => 0,
        Outcome::Partial => 1,
        Outcome::Refused => 2,
        Outcome::Silent => 3,
        Outcome::Unreachable => 4,
        Outcome::Skipped => 5,
    }
}
