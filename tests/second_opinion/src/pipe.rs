//! A peer in a process of its own: a line in, a line out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The process.
pub struct Pipe {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Pipe {
    /// Starts it.
    ///
    /// # Panics
    /// If it cannot be started: `./test.sh second_opinion` sets up what is needed.
    pub fn start(command: &mut Command) -> Self {
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| {
            panic!("{command:?}: {error}; ./test.sh second_opinion sets it up")
        });
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, input, output }
    }

    /// Sends one line and takes the answer.
    pub fn ask(&mut self, line: &str) -> String {
        let mut input = self.input.as_ref().expect("it is open");
        input.write_all(format!("{line}\n").as_bytes()).expect("it reads");
        self.answer()
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it answers");
        line.truncate(line.trim_end().len());
        line
    }
}

impl Drop for Pipe {
    /// Closes its input, at which it ends.
    fn drop(&mut self) {
        self.input.take();
        let _ = self.child.wait();
    }
}

/// Hexadecimal digits; `-` for none.
pub fn hex(octets: &[u8]) -> String {
    if octets.is_empty() {
        return "-".into();
    }
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// What [`hex`] writes.
///
/// # Errors
/// The text itself, where it is nothing of the kind.
pub fn octets(text: &str) -> Result<Vec<u8>, String> {
    if text == "-" {
        return Ok(Vec::new());
    }
    let nibble = |digit: char| digit.to_digit(16).ok_or_else(|| text.to_owned());
    let digits: Vec<u32> = text.chars().map(nibble).collect::<Result<_, _>>()?;
    Ok(digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |all, digit| all << 4 | *digit as u8))
        .collect())
}
