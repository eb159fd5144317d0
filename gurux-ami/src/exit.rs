//! How a run ends: the exit codes, and the one sentence that goes with a bad one.

use std::fmt;
use std::process::ExitCode;

/// How a run ended. The numbers are promises to scripts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Ok = 0,
    /// The command line makes no sense; of `profile diff`, as of every diff: there are differences.
    Usage = 1,
    /// Some of it was done; what was not is said.
    Partial = 2,
    /// Nobody answers, or the medium cannot be opened.
    Unreachable = 3,
    /// The meter answered, and refused.
    Refused = 4,
    /// A file, a frame or a value is not what it should be.
    Invalid = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a run stopped: the exit code, and a sentence that says what, where and what would be right.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) sentence: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self { exit, sentence: sentence.into() }
    }

    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Usage, sentence)
    }

    pub(crate) fn invalid(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Invalid, sentence)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Standard output is gone (`gurux-ami ... | head`): stop in silence, as a filter should. Any
/// other fault of the output is said.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::new(Exit::Ok, "")
        } else {
            Self::new(Exit::Partial, format!("the output cannot be written: {error}"))
        }
    }
}
