//! A small language to test the crate with: a question is a line of text with a check sum, and
//! the answer is the same text backwards. Both sides are sessions.
#![allow(dead_code, reason = "each test program uses its own part of the language")]
#![allow(clippy::indexing_slicing, reason = "a test may stop")]

use core::time::Duration;
use std::collections::VecDeque;

use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, LineSettings, Session, Transmit};

/// `text*sum` and a line feed.
pub(crate) fn line(text: &str) -> Vec<u8> {
    let sum = text.bytes().fold(0u8, |sum, octet| sum.rotate_left(1) ^ octet);
    format!("{text}*{sum:02X}\n").into_bytes()
}

/// The good lines among what came in, at whatever cut; the rest is dropped.
#[derive(Default, Debug)]
pub(crate) struct Lines {
    buffer: Vec<u8>,
}

impl Lines {
    fn push(&mut self, octets: &[u8]) -> Vec<String> {
        self.buffer.extend_from_slice(octets);
        let mut good = Vec::new();
        while let Some(end) = self.buffer.iter().position(|&octet| octet == b'\n') {
            let raw: Vec<u8> = self.buffer.drain(..=end).collect();
            // Noise may stand in front of a good line: try every beginning.
            let found = (0..raw.len()).find_map(|start| {
                let text = core::str::from_utf8(&raw[start..]).ok()?;
                let (text, _) = text.split_once('*')?;
                (line(text) == raw[start..]).then(|| text.to_string())
            });
            good.extend(found);
        }
        good
    }
}

/// What an [`Asker`] tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    Opened,
    Closed,
    Answer { question: String, answer: String },
    GaveUp { question: String },
}

/// Asks its questions one by one, each up to four times.
#[derive(Debug, Default)]
pub(crate) struct Asker {
    pub(crate) questions: VecDeque<String>,
    pub(crate) silence_before: Duration,
    /// The line to switch to after the question of this text was sent.
    pub(crate) switch_after: Option<(String, LineSettings)>,
    pub(crate) timeout: Duration,
    pub(crate) tell_state: bool,
    pub(crate) asked: Option<(String, Instant)>,
    pub(crate) to_send: bool,
    pub(crate) tries: u32,
    pub(crate) lines: Lines,
    pub(crate) told: VecDeque<Told>,
}

impl Asker {
    pub(crate) fn new(questions: &[&str]) -> Self {
        Self {
            questions: questions.iter().map(ToString::to_string).collect(),
            timeout: Duration::from_secs(1),
            ..Self::default()
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.questions.is_empty() && self.asked.is_none()
    }
}

impl Session for Asker {
    type Event = Told;

    fn handle_open(&mut self, _: Instant) {
        if self.tell_state {
            self.told.push_back(Told::Opened);
        }
    }

    fn handle_input(&mut self, _: Instant, octets: &[u8]) {
        for answer in self.lines.push(octets) {
            if let Some((question, at)) = self.asked.take() {
                let expected: String = question.chars().rev().collect();
                if answer == expected {
                    self.to_send = false;
                    self.told.push_back(Told::Answer { question, answer });
                } else {
                    self.asked = Some((question, at));
                }
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        let Some((question, at)) = self.asked.take() else { return };
        if now < at {
            self.asked = Some((question, at));
        } else if self.tries == 4 {
            self.told.push_back(Told::GaveUp { question });
        } else {
            self.to_send = true;
            self.asked = Some((question, Instant::FAR_FUTURE));
        }
    }

    fn handle_close(&mut self, _: Instant) {
        if let Some((question, _)) = self.asked.take() {
            self.told.push_back(Told::GaveUp { question });
        }
        if self.tell_state {
            self.told.push_back(Told::Closed);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        if self.asked.is_none() {
            self.asked = Some((self.questions.pop_front()?, now));
            self.to_send = true;
            self.tries = 0;
        }
        let (question, at) = self.asked.as_mut()?;
        if !core::mem::take(&mut self.to_send) {
            return None;
        }
        self.tries += 1;
        *at = now + self.timeout;
        let octets = line(question);
        out.extend_from_slice(&octets);
        let then_line = self.switch_after.as_ref().filter(|(text, _)| text == question);
        Some(Transmit {
            octets: octets.len(),
            silence_before: self.silence_before,
            then_line: then_line.map(|(_, line)| *line),
        })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.asked.as_ref().map(|(_, at)| *at).filter(|at| *at < Instant::FAR_FUTURE)
    }

    fn poll_event(&mut self) -> Option<Told> {
        self.told.pop_front()
    }
}

/// Answers every good line with the same line backwards.
#[derive(Debug, Default)]
pub(crate) struct Answerer {
    /// How long each answer takes.
    pub(crate) delay: Duration,
    /// The line to switch to after the question of this text was answered.
    pub(crate) switch_after: Option<(String, LineSettings)>,
    pub(crate) lines: Lines,
    pub(crate) answers: VecDeque<(Instant, String)>,
    pub(crate) told: VecDeque<String>,
}

impl Session for Answerer {
    /// The question.
    type Event = String;

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        for question in self.lines.push(octets) {
            self.answers.push_back((now + self.delay, question.clone()));
            self.told.push_back(question);
        }
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let (_, question) = self.answers.pop_front_if(|(at, _)| *at <= now)?;
        let octets = line(&question.chars().rev().collect::<String>());
        out.extend_from_slice(&octets);
        let then_line = self.switch_after.as_ref().filter(|(text, _)| *text == question);
        Some(Transmit {
            then_line: then_line.map(|(_, line)| *line),
            ..Transmit::now(octets.len())
        })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.answers.front().map(|(at, _)| *at)
    }

    fn poll_event(&mut self) -> Option<String> {
        self.told.pop_front()
    }
}

/// Always has something to say, and tells what it heard.
#[derive(Debug, Default)]
pub(crate) struct Babbler {
    pub(crate) heard: VecDeque<Vec<u8>>,
}

impl Session for Babbler {
    type Event = Vec<u8>;

    fn handle_input(&mut self, _: Instant, octets: &[u8]) {
        self.heard.push_back(octets.to_vec());
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, _: Instant, out: &mut BytesMut) -> Option<Transmit> {
        out.extend_from_slice(b"bla");
        Some(Transmit::now(3))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<Vec<u8>> {
        self.heard.pop_front()
    }
}

/// A session whose timer is always due: a fault that must not make a loop spin.
#[derive(Debug, Default)]
pub(crate) struct Stuck {
    pub(crate) timeouts: u32,
}

impl Session for Stuck {
    type Event = ();

    fn handle_input(&mut self, _: Instant, _: &[u8]) {}

    fn handle_timeout(&mut self, _: Instant) {
        self.timeouts += 1;
    }

    fn poll_transmit(&mut self, _: Instant, _: &mut BytesMut) -> Option<Transmit> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Some(Instant::ZERO)
    }

    fn poll_event(&mut self) -> Option<()> {
        None
    }
}
