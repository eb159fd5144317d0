//! Lines on which everything goes wrong: every order ends, and while a link stands no message is lost,
//! doubled, changed or out of order.

use core::time::Duration;

use gurux_dlms::session::link::{
    Answer, Buffers, ClientLink, ClientLinkConfig, LinkEvent, MeterBuffers, MeterLink,
    MeterLinkConfig, Owned, Recovery, Why,
};
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Faults, LineSettings};
use proptest::prelude::*;

use crate::desk::{client_address, meter_address};

fn faults() -> impl Strategy<Value = Faults> {
    let rate = |most: f64| prop_oneof![2 => Just(0.0), 1 => 0.0..most];
    let delay = prop_oneof![Just(0), 0..700_u64].prop_map(Duration::from_millis);
    (any::<u64>(), rate(0.3), rate(0.3), rate(0.2), rate(0.2), rate(0.5), rate(0.5), delay)
        .prop_map(|(seed, loss, duplicate, flip, cut, garbage, split, delay)| Faults {
            seed,
            loss,
            duplicate,
            flip,
            cut,
            garbage,
            split,
            delay,
        })
}

fn line() -> impl Strategy<Value = PairSettings> {
    (faults(), any::<bool>(), any::<bool>()).prop_map(|(faults, echo, is_serial)| PairSettings {
        faults,
        echo,
        line: is_serial.then(|| LineSettings::new(9600)),
        ..PairSettings::default()
    })
}

fn parameters() -> impl Strategy<Value = LinkParameters> {
    (1..300_u16, 1..300_u16, 1..=7_u8, 1..=7_u8).prop_map(
        |(max_info_transmit, max_info_receive, window_transmit, window_receive)| LinkParameters {
            max_info_transmit,
            max_info_receive,
            window_transmit,
            window_receive,
        },
    )
}

fn configs() -> impl Strategy<Value = (ClientLinkConfig, MeterLinkConfig)> {
    (parameters(), parameters(), 0..5_u8, any::<bool>(), 0..2_u8, 0..40_u64).prop_map(
        |(ours, theirs, resends, polls, reconnects, delay)| {
            let recovery = if polls { Recovery::Poll } else { Recovery::Resend };
            let client = ClientLinkConfig {
                parameters: ours,
                resends,
                recovery,
                reconnects,
                ..ClientLinkConfig::default()
            };
            let response_delay = Duration::from_millis(delay);
            let meter = MeterLinkConfig {
                parameters: theirs,
                response_delay,
                ..MeterLinkConfig::default()
            };
            (client, meter)
        },
    )
}

/// A message that says which it is, and how long.
fn message(number: u8, octets: usize) -> Vec<u8> {
    (0..octets).map(|place| number.wrapping_add((place * 7) as u8)).collect()
}

/// What a meter answers to a message.
fn reply(request: &[u8], octets: usize) -> Vec<u8> {
    message(request[0] ^ 0xFF, octets)
}

/// What came of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    Answered,
    Lost(Why),
    Unanswered,
}

/// A request's octets, and the answer's; none: nothing is answered.
type Exchange = (usize, Option<usize>);

struct Bench {
    line: Conductor<ClientLink<Owned>, MeterLink<Owned, 2>>,
    exchanges: Vec<Exchange>,
    /// The numbers of the messages that came to the meter.
    arrived: Vec<u8>,
}

impl Bench {
    fn new(
        (client, meter): (ClientLinkConfig, MeterLinkConfig),
        settings: &PairSettings,
        exchanges: Vec<Exchange>,
        server: HdlcAddress,
    ) -> Self {
        let client = ClientLinkConfig { line: settings.line, ..client };
        let client = ClientLink::new(client, client_address(), server, Buffers::owned(2048));
        let meter = MeterLink::new(meter, MeterBuffers::owned(2048));
        let line = Conductor::new(client, meter, pair(settings));
        Self { line, exchanges, arrived: Vec::new() }
    }

    /// Sets the link up, if it can be.
    fn connect(&mut self) -> bool {
        self.line.a.connect();
        loop {
            match self.next() {
                LinkEvent::Connected(_) => return true,
                LinkEvent::Disconnected(_) if !self.line.a.is_idle() => {}
                LinkEvent::Disconnected(_) => return false,
                LinkEvent::Dropped { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Sends a message and waits for what comes of it.
    fn exchange(&mut self, number: u8) -> Ending {
        let (octets, answer) = self.exchanges[usize::from(number)];
        let request = message(number, octets);
        let expected = if answer.is_some() { Answer::Expected } else { Answer::None };
        self.line.a.send(&request, expected).unwrap();
        let mut is_acknowledged = false;
        loop {
            match self.next() {
                LinkEvent::Acknowledged => {
                    assert!(!is_acknowledged, "acknowledged twice");
                    is_acknowledged = true;
                    assert!(self.arrived.contains(&number), "what is acknowledged has arrived");
                    if answer.is_none() {
                        return Ending::Answered;
                    }
                }
                LinkEvent::Message { octets } => {
                    assert!(is_acknowledged);
                    let came = self.line.a.message().unwrap();
                    assert_eq!(came.len(), octets);
                    assert_eq!(came, reply(&request, answer.unwrap()));
                    self.line.a.release();
                    return Ending::Answered;
                }
                LinkEvent::Unanswered => return Ending::Unanswered,
                LinkEvent::Disconnected(why) => return Ending::Lost(why),
                LinkEvent::Dropped { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// What the client tells next, while the meter does its part.
    fn next(&mut self) -> LinkEvent {
        let until = self.line.now() + Duration::from_secs(36_000);
        loop {
            match self.line.run(until).unwrap() {
                Conducted::A(event) => return event,
                Conducted::B(told) => self.meter(told.peer, told.event),
                stuck => panic!("{stuck:?}: {:?}", self.line.a),
            }
        }
    }

    fn meter(&mut self, peer: Option<gurux_dlms::session::link::Peer>, event: LinkEvent) {
        let LinkEvent::Message { octets } = event else { return };
        let Some(request) = self.line.b.message(peer.unwrap()) else { return };
        assert_eq!(request.len(), octets);
        let number = request[0];
        let (octets, answer) = self.exchanges[usize::from(number)];
        assert_eq!(request, message(number, octets));
        assert!(self.arrived.last().is_none_or(|last| *last < number), "doubled or out of order");
        self.arrived.push(number);
        let answer = answer.map(|octets| reply(request, octets));
        self.line.b.release(peer.unwrap());
        if let Some(answer) = answer {
            self.line.b.send(peer.unwrap(), &answer).unwrap();
        }
    }
}

fn exchanges() -> impl Strategy<Value = Vec<Exchange>> {
    let octets = || prop_oneof![1..40_usize, 1..1500_usize];
    let exchange = (octets(), prop::option::weighted(0.8, octets()));
    prop::collection::vec(exchange, 1..9)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_message_arrives_once_and_in_order_or_the_link_is_lost(
        settings in line(),
        configs in configs(),
        exchanges in exchanges(),
    ) {
        let is_clean = settings.faults == Faults { seed: settings.faults.seed, ..Faults::none() };
        let count = exchanges.len() as u8;
        let mut bench = Bench::new(configs, &settings, exchanges, meter_address());
        let mut connected = bench.connect();
        for number in 0..count {
            if !connected {
                connected = bench.connect();
                prop_assert!(connected || !is_clean);
                continue;
            }
            let ending = bench.exchange(number);
            prop_assert!(ending == Ending::Answered || !is_clean, "{:?}", ending);
            // A link that is set up again by itself says so.
            while let Ending::Lost(_) = ending
                && !bench.line.a.is_idle()
                && !bench.line.a.is_connected()
            {
                let _ = bench.next();
            }
            connected = bench.line.a.is_connected();
            if ending == Ending::Unanswered {
                // The answer may yet come, and would be taken for the next one's.
                break;
            }
        }
        if is_clean {
            prop_assert_eq!(&bench.arrived, &(0..count).collect::<Vec<_>>());
        }
        bench.line.a.disconnect();
        while !matches!(bench.next(), LinkEvent::Disconnected(_)) {}
        prop_assert!(!bench.line.a.is_connected());
    }
}
