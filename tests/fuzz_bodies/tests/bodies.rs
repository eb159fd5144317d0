//! Every body on its seeds, on all that begins like one, on seeds with one octet spoilt, and on random
//! octets. A fuzzer looks further; this looks every time.

use gurux_fuzz_bodies::BODIES;

/// Inputs of each kind that one body gets; its seeds are all taken.
const ROUNDS: usize = 3000;

#[test]
fn the_vectors_reach_the_innermost_room_of_every_body() {
    for body in BODIES {
        let deepest = (body.seeds)().iter().map(|octets| (body.run)(octets)).max();
        assert_eq!(deepest.map(|rung| rung + 1), Some(body.rungs.len()), "{}", body.name);
    }
}

#[test]
fn what_begins_like_a_vector_breaks_nothing() {
    for body in BODIES {
        let prefixes = (body.seeds)();
        let prefixes =
            prefixes.iter().flat_map(|octets| (0..octets.len()).map(|end| &octets[..end]));
        for prefix in prefixes.take(ROUNDS) {
            (body.run)(prefix);
        }
    }
}

#[test]
fn a_spoilt_vector_breaks_nothing() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for body in BODIES {
        let seeds = (body.seeds)();
        for _ in 0..ROUNDS {
            let Some(seed) = seeds.get(random.below(seeds.len().max(1))) else { break };
            let mut octets = seed.clone();
            let at = random.below(octets.len());
            octets[at] = random.octet();
            (body.run)(&octets);
        }
    }
}

#[test]
fn random_octets_break_nothing() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for body in BODIES {
        for _ in 0..ROUNDS {
            let octets: Vec<u8> = (0..random.below(300)).map(|_| random.octet()).collect();
            (body.run)(&octets);
        }
    }
}

/// Marsaglia's xorshift: the same octets on every machine.
struct Random(u64);

impl Random {
    fn octet(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u8
    }

    fn below(&mut self, end: usize) -> usize {
        (usize::from(self.octet()) << 8 | usize::from(self.octet())) % end.max(1)
    }
}
