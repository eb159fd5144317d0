//! Settings: every form of every value, and any text at all.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]

use core::time::Duration;

use gurux_media::settings::{
    PtySettings, ReplaySettings, SerialSettings, TcpListenSettings, TcpSettings, UdpListenSettings,
    UdpSettings,
};
use gurux_media::{FlowControl, LineSettings, MediaSettings, Parity, Rs485};
use proptest::prelude::*;

fn line() -> impl Strategy<Value = LineSettings> {
    let parity = prop_oneof![
        Just(Parity::None),
        Just(Parity::Odd),
        Just(Parity::Even),
        Just(Parity::Mark),
        Just(Parity::Space),
    ];
    let flow = prop_oneof![
        Just(FlowControl::None),
        Just(FlowControl::Software),
        Just(FlowControl::Hardware),
    ];
    let rs485 = (any::<bool>(), 0u64..1_000_000, 0u64..1_000_000).prop_map(
        |(rts_low_on_send, before, after)| Rs485 {
            rts_low_on_send,
            delay_before_send: Duration::from_micros(before),
            delay_after_send: Duration::from_micros(after),
        },
    );
    (1u32..4_000_000, 5u8..=8, parity, 1u8..=2, flow, prop::option::of(rs485)).prop_map(
        |(baud, data_bits, parity, stop_bits, flow, rs485)| LineSettings {
            baud,
            data_bits,
            parity,
            stop_bits,
            flow,
            rs485,
        },
    )
}

fn settings() -> impl Strategy<Value = MediaSettings> {
    let host = || prop_oneof!["[a-z0-9.]{1,20}", Just("::1".to_string()), Just("::".to_string())];
    let path = || "/[a-zA-Z0-9/&<>'\"]{1,20}";
    prop_oneof![
        (host(), any::<u16>()).prop_map(|(h, p)| MediaSettings::Tcp(TcpSettings::new(h, p))),
        (host(), any::<u16>())
            .prop_map(|(h, p)| MediaSettings::TcpListen(TcpListenSettings::new(h, p))),
        (host(), any::<u16>()).prop_map(|(h, p)| MediaSettings::Udp(UdpSettings::new(h, p))),
        (host(), any::<u16>())
            .prop_map(|(h, p)| MediaSettings::UdpListen(UdpListenSettings::new(h, p))),
        (path(), line(), any::<bool>(), 0u64..1_000_000).prop_map(
            |(path, line, software_parity, pause)| MediaSettings::Serial(SerialSettings {
                software_parity,
                pause_before_send: Duration::from_micros(pause),
                ..SerialSettings::new(path, line)
            })
        ),
        (path(), line(), any::<bool>()).prop_map(|(path, line, software_parity)| {
            MediaSettings::Pty(PtySettings { line, software_parity, ..PtySettings::new(path) })
        }),
        path().prop_map(|path| MediaSettings::Replay(ReplaySettings::new(path))),
    ]
}

proptest! {
    #[test]
    fn any_settings_survive_their_text(settings in settings()) {
        prop_assert_eq!(settings.to_string().parse::<MediaSettings>().unwrap(), settings);
    }

    #[test]
    fn no_text_stops_the_reader(
        text in "(tcp|udp-listen|serial|pty|replay|x)?:?[a-z0-9:,=.\\[\\]é ]{0,30}",
    ) {
        if let Ok(settings) = text.parse::<MediaSettings>() {
            let written = settings.to_string();
            prop_assert_eq!(written.parse::<MediaSettings>().unwrap(), settings);
        }
    }
}

#[cfg(feature = "channel")]
proptest! {
    #[test]
    fn any_settings_survive_their_fragment(settings in settings()) {
        let fragment = settings.to_xml();
        prop_assert_eq!(MediaSettings::from_xml(settings.kind(), &fragment).unwrap(), settings);
    }

    #[test]
    fn no_fragment_stops_the_reader(
        kind in "Net|Serial|Pty|Replay|x",
        text in "(<Port>|</Port>|<IP/>|<!--|-->|<!\\[CDATA\\[|&lt;|&#x|[<>&;/a-z0-9é \n]){0,12}",
    ) {
        _ = MediaSettings::from_xml(&kind, &text);
    }
}

#[cfg(feature = "serde")]
mod through_serde {
    use gurux_media::{Faults, Instant};

    use super::*;

    fn survives<T>(value: &T)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + core::fmt::Debug,
    {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    }

    proptest! {
        #[test]
        fn any_settings_survive(settings in settings()) {
            survives(&settings);
        }
    }

    #[test]
    fn every_other_value_survives() {
        survives(&Faults::all(7, 0.25, Duration::from_millis(3)));
        survives(&Instant::from_micros(12));
        assert_eq!(serde_json::to_string(&Instant::from_micros(12)).unwrap(), "12");
        survives(&gurux_media::TraceLevel::Info);
        #[cfg(feature = "pair")]
        survives(&gurux_media::pair::PairSettings {
            line: Some(LineSettings::new(300)),
            ..Default::default()
        });
        #[cfg(feature = "replay")]
        survives(
            &"gurux-conversation 1\n0 open Net x\n# note\n1 > 01\n2 < 02\n2 line 300 7E1\n3 close\n"
                .parse::<gurux_media::replay::Conversation>()
                .unwrap(),
        );
        #[cfg(feature = "tcp")]
        survives(&gurux_media::serve::ServeSettings::default());
    }
}
