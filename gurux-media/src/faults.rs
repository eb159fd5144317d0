//! [`Faults`]: how a simulated line spoils what passes, the same way for the same seed.

use core::time::Duration;
use std::vec::Vec;

/// What goes wrong on a line, and how often.
///
/// The rates are probabilities from 0.0 to 1.0 of one message sent (one call of
/// [`Media::send`](crate::Media::send), or one received piece). The generator is SplitMix64
/// (Steele, Lea, Flood 2014) and is seeded by `seed` alone: one seed, one course of events. It
/// serves simulation only; nothing secret ever comes from it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Faults {
    /// The seed of every decision below.
    pub seed: u64,
    /// The message does not arrive.
    pub loss: f64,
    /// The message arrives twice.
    pub duplicate: f64,
    /// One bit of the message arrives turned over.
    pub flip: f64,
    /// A run of the message's octets is missing, at the front, the end or in between.
    pub cut: f64,
    /// Up to eight octets of noise arrive in front of the message.
    pub garbage: f64,
    /// The message arrives in two to four pieces, with up to `delay` between them.
    pub split: f64,
    /// Each message is late by a random time from zero to this.
    pub delay: Duration,
}

/// A clean line.
impl Default for Faults {
    fn default() -> Self {
        Self::none()
    }
}

impl Faults {
    /// Nothing goes wrong.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            seed: 0,
            loss: 0.0,
            duplicate: 0.0,
            flip: 0.0,
            cut: 0.0,
            garbage: 0.0,
            split: 0.0,
            delay: Duration::ZERO,
        }
    }

    /// Everything goes wrong, each with the same `rate`; messages are up to `delay` late.
    #[must_use]
    pub const fn all(seed: u64, rate: f64, delay: Duration) -> Self {
        Self {
            seed,
            loss: rate,
            duplicate: rate,
            flip: rate,
            cut: rate,
            garbage: rate,
            split: rate,
            delay,
        }
    }
}

/// The faults at work on one direction of a line.
#[derive(Debug)]
pub(crate) struct Spoiler {
    faults: Faults,
    rng: Rng,
}

impl Spoiler {
    /// `stream` tells the directions of one line apart: they share a seed, not a course.
    pub(crate) fn new(faults: &Faults, stream: u64) -> Self {
        let rng = Rng::new(faults.seed ^ stream.wrapping_mul(0xD1B5_4A32_D192_ED03));
        Self { faults: faults.clone(), rng }
    }

    /// What arrives of `message`: pieces, each with how much it is late.
    pub(crate) fn spoil(&mut self, message: &[u8]) -> Vec<(Duration, Vec<u8>)> {
        let mut arrivals = Vec::with_capacity(1);
        if self.rng.chance(self.faults.loss) {
            return arrivals;
        }
        let copies = if self.rng.chance(self.faults.duplicate) { 2 } else { 1 };
        for _ in 0..copies {
            let octets = self.damage(message);
            self.split(octets, &mut arrivals);
        }
        arrivals
    }

    fn damage(&mut self, message: &[u8]) -> Vec<u8> {
        let mut octets = message.to_vec();
        if self.rng.chance(self.faults.flip) {
            let place = self.rng.below(octets.len());
            let bit = self.rng.below(8);
            if let Some(octet) = octets.get_mut(place) {
                *octet ^= 1 << bit;
            }
        }
        if self.rng.chance(self.faults.cut) {
            let first = self.rng.below(octets.len());
            let end = first + self.rng.below(octets.len() - first + 1);
            octets.drain(first..end.min(octets.len()));
        }
        if self.rng.chance(self.faults.garbage) {
            let noise = self.noise();
            octets.splice(0..0, noise);
        }
        octets
    }

    fn split(&mut self, octets: Vec<u8>, arrivals: &mut Vec<(Duration, Vec<u8>)>) {
        let mut late = self.rng.up_to(self.faults.delay);
        let mut rest = octets.as_slice();
        if self.rng.chance(self.faults.split) {
            for _ in 0..1 + self.rng.below(3) {
                let (piece, after) = rest.split_at(self.rng.below(rest.len()));
                if !piece.is_empty() {
                    arrivals.push((late, piece.to_vec()));
                    late += self.rng.up_to(self.faults.delay);
                }
                rest = after;
            }
        }
        if !rest.is_empty() {
            arrivals.push((late, rest.to_vec()));
        }
    }

    fn noise(&mut self) -> Vec<u8> {
        let count = 1 + self.rng.below(8);
        (0..count).map(|_| self.octet()).collect()
    }

    /// Any octet: what a line gives whose two ends run at different speeds.
    pub(crate) fn octet(&mut self) -> u8 {
        self.rng.below(256) as u8
    }
}

/// SplitMix64: eight octets of state, full period, good enough to spoil a test line.
#[derive(Debug)]
struct Rng {
    state: u64,
}

impl Rng {
    fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// True with `probability`; takes nothing from the generator where the answer is certain.
    fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && ((self.next() >> 11) as f64) < probability * (1u64 << 53) as f64
    }

    /// From zero to below `bound`; zero where the bound is.
    fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }

    fn up_to(&mut self, span: Duration) -> Duration {
        match u64::try_from(span.as_micros()) {
            Ok(0) => Duration::ZERO,
            Ok(micros) => Duration::from_micros(self.next() % micros.saturating_add(1).max(1)),
            Err(_) => span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first three numbers of seed 1234567, as published with the algorithm's reference
        // implementation.
        let mut rng = Rng::new(1_234_567);
        assert_eq!(rng.next(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next(), 3_203_168_211_198_807_973);
        assert_eq!(rng.next(), 9_817_491_932_198_370_423);
    }

    #[test]
    fn a_clean_line_gives_what_was_sent() {
        let mut line = Spoiler::new(&Faults::none(), 0);
        assert_eq!(line.spoil(b"abc"), [(Duration::ZERO, b"abc".to_vec())]);
        assert_eq!(line.spoil(b""), []);
    }

    #[test]
    fn one_seed_is_one_course_of_events() {
        let faults = Faults::all(7, 0.3, Duration::from_millis(20));
        let course = |stream| {
            let mut line = Spoiler::new(&faults, stream);
            (0..200).map(|_| line.spoil(b"0123456789")).collect::<Vec<_>>()
        };
        assert_eq!(course(0), course(0));
        assert_ne!(course(0), course(1));
    }

    #[test]
    fn each_fault_happens_about_as_often_as_asked() {
        type Arrivals = [(Duration, Vec<u8>)];
        let count = |faults: Faults, hit: fn(&Arrivals) -> bool| {
            let mut line = Spoiler::new(&faults, 0);
            (0..2000).filter(|_| hit(&line.spoil(b"0123456789"))).count()
        };
        let near = |n: usize| (350..450).contains(&n);
        assert!(near(count(Faults { loss: 0.2, ..Faults::none() }, <[_]>::is_empty)));
        assert!(near(count(Faults { duplicate: 0.2, ..Faults::none() }, |a| a.len() == 2)));
        assert!(near(count(Faults { flip: 0.2, ..Faults::none() }, |a| a[0].1 != b"0123456789")));
        assert!(near(count(Faults { garbage: 0.2, ..Faults::none() }, |a| a[0].1.len() > 10)));
        let cuts = count(Faults { cut: 1.0, ..Faults::none() }, |a| {
            a.first().is_none_or(|a| a.1.len() < 10)
        });
        assert!(cuts > 1000, "{cuts}");
        let splits = count(Faults { split: 1.0, ..Faults::none() }, |a| a.len() > 1);
        assert!(splits > 1500, "{splits}");
    }
}
