//! [`CounterFolder`]: invocation counters in files, so that no run uses one that another has used.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use gurux_device::{CounterKeeper, KeptCounter};

/// A folder with a file for each counter. A file is locked while its counter is in use, and has two lines,
/// written in turn: what a failing disk or a sudden end does to one leaves the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CounterFolder(PathBuf);

/// One line: the limit, a sum that tells a line that was written in part, a line end.
const LINE: usize = 10 + 1 + 8 + 1;

impl CounterFolder {
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }
}

impl CounterKeeper for CounterFolder {
    fn open(&self, name: &str) -> Result<Box<dyn KeptCounter>, String> {
        fs::create_dir_all(&self.0).map_err(|error| format!("{}: {error}", self.0.display()))?;
        let path = self.0.join(format!("{name}.counter"));
        let told = |what: &str| format!("{}: {what}", path.display());
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(|error| told(&error.to_string()))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => told("another program is sending under this key"),
            TryLockError::Error(error) => told(&error.to_string()),
        })?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| told(&error.to_string()))?;
        let (limit, place) = if text.is_empty() {
            (None, 0)
        } else {
            let (limit, place) = highest(&text).ok_or_else(|| {
                told(
                    "this is no kept counter any more; put the highest that the meter has seen into the \
                     profile's InvocationCounter, and take the file away",
                )
            })?;
            (Some(limit), 1 - place)
        };
        Ok(Box::new(CounterFile { file, path, limit, place }))
    }
}

/// A counter in use; the lock goes with the file.
struct CounterFile {
    file: File,
    path: PathBuf,
    limit: Option<u32>,
    /// The line that is written next.
    place: usize,
}

impl KeptCounter for CounterFile {
    fn kept(&self) -> Option<u32> {
        self.limit
    }

    fn keep(&mut self, limit: u32) -> Result<(), String> {
        let told = |error: std::io::Error| format!("{}: {error}", self.path.display());
        let begin = u64::try_from(self.place * LINE).unwrap_or_default();
        self.file.seek(SeekFrom::Start(begin)).map_err(told)?;
        self.file.write_all(line(limit).as_bytes()).map_err(told)?;
        self.file.sync_data().map_err(told)?;
        self.limit = Some(limit);
        self.place = 1 - self.place;
        Ok(())
    }
}

fn line(limit: u32) -> String {
    format!("{limit:010} {:08x}\n", sum(limit))
}

/// What goes with a limit: any octet of the line that is another does not fit.
fn sum(limit: u32) -> u32 {
    limit.wrapping_mul(0x9E37_79B1).rotate_left(13) ^ 0xA5C3_3C5A
}

/// The highest limit among the lines that are whole, and which line that is.
fn highest(text: &str) -> Option<(u32, usize)> {
    let lines = [0, 1].into_iter().filter_map(|place| {
        let octets = text.get(place * LINE..(place + 1) * LINE)?;
        let limit = octets.get(..10)?.parse().ok()?;
        (octets == line(limit)).then_some((limit, place))
    });
    lines.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own, that goes with it.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("gurux-counters-{}-{name}", std::process::id())))
        }

        fn open(&self) -> Result<Box<dyn KeptCounter>, String> {
            CounterFolder::new(&self.0).open("aa")
        }

        fn file(&self) -> PathBuf {
            self.0.join("aa.counter")
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_was_kept_is_there_the_next_time() {
        let folder = Scratch::new("kept");
        let mut counter = folder.open().unwrap();
        assert_eq!(counter.kept(), None);
        for limit in [33, 65, 97] {
            counter.keep(limit).unwrap();
        }
        drop(counter);
        assert_eq!(folder.open().unwrap().kept(), Some(97));
    }

    #[test]
    fn one_program_at_a_time_sends_under_a_key() {
        let folder = Scratch::new("lock");
        let counter = folder.open().unwrap();
        let told = folder.open().err().unwrap();
        assert!(told.ends_with("aa.counter: another program is sending under this key"), "{told}");
        drop(counter);
        assert!(folder.open().is_ok());
    }

    #[test]
    fn a_sudden_end_while_a_line_is_written_loses_nothing_that_was_kept() {
        let folder = Scratch::new("torn");
        let mut counter = folder.open().unwrap();
        [1_000, 1_032, 1_064].into_iter().for_each(|limit| counter.keep(limit).unwrap());
        drop(counter);
        let whole = fs::read(folder.file()).unwrap();
        // 1064 stands in the first line; any of its octets may be old or none.
        for at in 0..LINE {
            let mut torn = whole.clone();
            torn[at] = b'\0';
            fs::write(folder.file(), &torn).unwrap();
            assert_eq!(folder.open().unwrap().kept(), Some(1_032), "{at}");
        }
        // The next limit goes into the line that is spoilt.
        folder.open().unwrap().keep(1_096).unwrap();
        assert_eq!(folder.open().unwrap().kept(), Some(1_096));
    }

    #[test]
    fn a_file_that_is_none_is_refused_and_stays_as_it_is() {
        let folder = Scratch::new("damaged");
        fs::create_dir_all(&folder.0).unwrap();
        for text in ["0000000150 00000000\n", "150", "\n", "notes of mine"] {
            fs::write(folder.file(), text).unwrap();
            let told = folder.open().err().unwrap();
            assert!(told.contains("no kept counter any more"), "{told}");
            assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
        }
    }
}
