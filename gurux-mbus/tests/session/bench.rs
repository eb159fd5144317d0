//! Meters of our own making, and a line with a reader at one end and meters at the other.

use core::time::Duration;

use gurux_mbus::session::{
    Done, Failure, Meter, MeterConfig, MeterModel, Reaction, Reader, ReaderConfig, ReaderEvent,
    ReceivedFrame, RequestId,
};
use gurux_mbus::wire::{AField, Identification, MeterAddress};
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Instant, LineSettings};

/// A meter that tells what it is given to tell.
#[derive(Clone, Debug)]
pub(crate) struct Fake {
    pub(crate) address: MeterAddress,
    pub(crate) primary: u8,
    pub(crate) fabrication: Option<u32>,
    /// The records of each telegram.
    pub(crate) telegrams: Vec<Vec<u8>>,
    pub(crate) alarm: Option<u8>,
    /// It sends its first telegram, whatever the frame count bit says.
    pub(crate) ignores_fcb: bool,
    /// Its access number never changes.
    pub(crate) frozen_access: bool,
    /// What it was told.
    pub(crate) told: Vec<Vec<u8>>,
    pub(crate) reaction: Reaction,
}

impl Fake {
    pub(crate) fn new(primary: u8, address: &str) -> Self {
        Self {
            address: address.parse().unwrap(),
            primary,
            fabrication: None,
            telegrams: vec![vec![0x01, 0x13, primary]],
            alarm: None,
            ignores_fcb: false,
            frozen_access: false,
            told: Vec::new(),
            reaction: Reaction::Acknowledge,
        }
    }

    /// So many telegrams, each with its number as a value.
    pub(crate) fn telling(mut self, telegrams: u8) -> Self {
        self.telegrams = (0..telegrams).map(|number| vec![0x01, 0x13, number]).collect();
        self
    }
}

impl MeterModel for Fake {
    fn address(&self) -> MeterAddress {
        self.address
    }

    fn primary_address(&self) -> AField {
        AField(self.primary)
    }

    fn set_primary_address(&mut self, address: AField) -> bool {
        self.primary = address.0;
        true
    }

    fn fabrication_number(&self) -> Option<Identification> {
        self.fabrication.map(Identification)
    }

    fn records(&mut self, _: Instant, telegram: u16, out: &mut Vec<u8>) -> bool {
        let number = if self.ignores_fcb { 0 } else { usize::from(telegram) };
        out.extend(&self.telegrams[number]);
        number + 1 < self.telegrams.len()
    }

    fn user_data(&mut self, now: Instant, telegram: u16, access: u8, out: &mut Vec<u8>) -> bool {
        out.push(0x72);
        out.extend(self.address.octets());
        out.extend([if self.frozen_access { 7 } else { access }, 0, 0, 0]);
        let more = self.records(now, telegram, out);
        if more {
            out.push(0x1F);
        }
        more
    }

    fn alarm(&mut self, _: Instant) -> Option<u8> {
        self.alarm
    }

    fn reset_application(&mut self, _: Instant, sub_code: Option<u8>) -> Reaction {
        self.told.push([0x50].into_iter().chain(sub_code).collect());
        self.reaction
    }

    fn command(&mut self, _: Instant, user_data: &[u8]) -> Reaction {
        self.told.push(user_data.to_vec());
        self.reaction
    }
}

/// The usual line: 2400 bit/s.
pub(crate) fn serial() -> PairSettings {
    PairSettings { line: Some(LineSettings::new(2400).even()), ..PairSettings::default() }
}

/// What came of a request.
pub(crate) type Ending = Result<Done, Failure>;

/// A reader and the meters of its line.
pub(crate) struct Bench {
    pub(crate) line: Conductor<Reader, Meter<Fake>>,
    /// Octets of noise and frames that were skipped.
    pub(crate) notices: Vec<ReaderEvent>,
}

impl Bench {
    pub(crate) fn new(
        config: ReaderConfig,
        settings: &PairSettings,
        meters: impl IntoIterator<Item = Fake>,
    ) -> Self {
        let meter = Meter::new(MeterConfig::default(), meters);
        Self {
            line: Conductor::new(Reader::new(config), meter, pair(settings)),
            notices: Vec::new(),
        }
    }

    pub(crate) fn reader(&mut self) -> &mut Reader {
        &mut self.line.a
    }

    pub(crate) fn meter(&self, place: usize) -> &Fake {
        self.line.b.models().nth(place).unwrap()
    }

    /// Runs until a request is over: its telegrams, and how it ended.
    pub(crate) fn finish(&mut self, request: RequestId) -> (Vec<ReceivedFrame>, Ending) {
        let mut frames = Vec::new();
        let until = self.line.now() + Duration::from_secs(3_600);
        loop {
            match self.line.run(until).unwrap() {
                Conducted::A(ReaderEvent::Telegram { id, number, frame }) => {
                    assert_eq!(id, request);
                    assert_eq!(usize::from(number), frames.len());
                    frames.push(frame);
                }
                Conducted::A(ReaderEvent::Done { id, how }) => {
                    assert_eq!(id, request);
                    return (frames, Ok(how));
                }
                Conducted::A(ReaderEvent::Failed { id, reason }) => {
                    assert_eq!(id, request);
                    return (frames, Err(reason));
                }
                Conducted::A(notice) => self.notices.push(notice),
                Conducted::B(_) => {}
                ended => panic!("the reader is stuck: {ended:?}"),
            }
        }
    }
}

/// The value of the one record that each telegram has.
pub(crate) fn values(frames: &[ReceivedFrame]) -> Vec<u8> {
    frames.iter().map(|frame| frame.user_data()[15]).collect()
}
