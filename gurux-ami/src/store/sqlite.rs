//! [`Sqlite`]: the store in one file, an SQLite database in WAL mode. Others may read it meanwhile.

mod columns;
mod put;
mod query;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use self::columns::Keys;
use super::StoreError;

/// The steps from each form of the store to the next. A step is never changed, only followed by another.
static STEPS: &[&str] = &[include_str!("sqlite/1.sql")];
/// What tells our files from other people's databases: "GAMI".
const APPLICATION: i32 = 0x4741_4D49;
/// How long another program may hold the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// A store in a file.
pub(crate) struct Sqlite {
    file: PathBuf,
    connection: Connection,
    /// Where a meter's time has no offset, it is one of this zone.
    zone: TimeZone,
    keys: Keys,
}

impl Sqlite {
    /// The store in a file, which is made where there is none, and brought to the present form.
    ///
    /// # Errors
    /// Where the file cannot be opened, is no store, or was written by a later version of this program.
    pub(crate) fn open(file: &Path, zone: TimeZone) -> Result<Self, StoreError> {
        let told = |error: &rusqlite::Error| fault(file, error);
        let mut connection = Connection::open(file).map_err(|error| told(&error))?;
        connection.busy_timeout(PATIENCE).map_err(|error| told(&error))?;
        upgrade(&mut connection, file)?;
        // What is told to be stored survives a loss of power.
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
            )
            .map_err(|error| told(&error))?;
        Ok(Self::over(connection, file, zone))
    }

    /// The store in a file, only to be read.
    ///
    /// # Errors
    /// As [`Self::open`], and where there is no such file.
    pub(crate) fn open_to_read(file: &Path) -> Result<Self, StoreError> {
        let told = |error: &rusqlite::Error| fault(file, error);
        if !file.is_file() {
            let what = "there is no store yet; `gurux-ami poll` makes it when it begins".to_owned();
            return Err(StoreError { file: file.to_owned(), what, is_final: true });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(|error| told(&error))?;
        connection.busy_timeout(PATIENCE).map_err(|error| told(&error))?;
        let form = form_of(&connection, file)?;
        if form == 0 {
            return Err(foreign(file));
        }
        Ok(Self::over(connection, file, TimeZone::UTC))
    }

    fn over(connection: Connection, file: &Path, zone: TimeZone) -> Self {
        connection.set_prepared_statement_cache_capacity(32);
        Self { file: file.to_owned(), connection, zone, keys: Keys::default() }
    }

    fn told(&self, error: &rusqlite::Error) -> StoreError {
        fault(&self.file, error)
    }
}

/// The form of a database, 0 for an empty one.
fn form_of(connection: &Connection, file: &Path) -> Result<usize, StoreError> {
    let number = |pragma: &str| {
        let number = connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
        number.map_err(|error| fault(file, &error))
    };
    let application = number("PRAGMA application_id")?;
    let form = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    match (application == i64::from(APPLICATION), usize::try_from(form)) {
        (false, Ok(0)) if tables == 0 => Ok(0),
        (true, Ok(form)) if form <= STEPS.len() => Ok(form),
        (true, _) => Err(StoreError {
            file: file.to_owned(),
            what: format!(
                "this store has form {form}, and this program knows forms up to {}: it was written by a \
                 later version",
                STEPS.len()
            ),
            is_final: true,
        }),
        (false, _) => Err(foreign(file)),
    }
}

fn foreign(file: &Path) -> StoreError {
    let what = "this is a database, but no store of readings; name another file".to_owned();
    StoreError { file: file.to_owned(), what, is_final: true }
}

/// Brings a database to the present form, all of the way or not at all.
fn upgrade(connection: &mut Connection, file: &Path) -> Result<(), StoreError> {
    let told = |error: &rusqlite::Error| fault(file, error);
    if form_of(connection, file)? == STEPS.len() {
        return Ok(());
    }
    let behaviour = TransactionBehavior::Immediate;
    let transaction =
        connection.transaction_with_behavior(behaviour).map_err(|error| told(&error))?;
    // Another poller may have been quicker.
    let form = form_of(&transaction, file)?;
    for step in STEPS.iter().skip(form) {
        transaction.execute_batch(step).map_err(|error| told(&error))?;
    }
    let numbers =
        format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {};", STEPS.len());
    transaction.execute_batch(&numbers).map_err(|error| told(&error))?;
    transaction.commit().map_err(|error| told(&error))
}

/// What SQLite says, in the words of who runs a poller.
fn fault(file: &Path, error: &rusqlite::Error) -> StoreError {
    let code = error.sqlite_error_code();
    let what = match code {
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("another program holds the database for longer than {} s", PATIENCE.as_secs())
        }
        Some(ErrorCode::NotADatabase) => {
            "this file is no SQLite database; name another file".to_owned()
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            "the database is damaged; keep the file, and try `sqlite3 FILE .recover`".to_owned()
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            format!("the file or its folder may not be written: {error}")
        }
        Some(ErrorCode::CannotOpen) => format!("the file cannot be opened: {error}"),
        _ => error.to_string(),
    };
    let is_final = matches!(code, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt));
    StoreError { file: file.to_owned(), what, is_final }
}
