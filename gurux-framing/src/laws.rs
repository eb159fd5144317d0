//! [`wire_laws!`](crate::wire_laws): the laws of [`Wire`](crate::Wire), tested for a type in one line.

/// Asserts the laws of [`Wire`](crate::Wire) for one value of a type. For tests.
///
/// Add `self_delimiting` where the form on the wire carries its own length or count (or has a
/// fixed one), so that every strict prefix must be refused.
///
/// ```
/// # use gurux_framing::{Reader, Sink, Visit, Wire, WireError};
/// # #[derive(PartialEq, Debug)] struct Count(u16);
/// # impl<'a> Wire<'a> for Count {
/// #     fn read<V: Visit>(r: &mut Reader<'a, V>) -> Result<Self, WireError> { Ok(Self(r.u16("count")?)) }
/// #     fn emit(&self, out: &mut impl Sink) { out.put_u16(self.0); }
/// #     fn wire_len(&self) -> usize { 2 }
/// # }
/// gurux_framing::wire_laws!(Count, Count(7), self_delimiting);
/// ```
#[macro_export]
macro_rules! wire_laws {
    ($Type:ty, $value:expr) => {
        $crate::wire_laws!(@ $Type, $value, false)
    };
    ($Type:ty, $value:expr, self_delimiting) => {
        $crate::wire_laws!(@ $Type, $value, true)
    };
    (@ $Type:ty, $value:expr, $self_delimiting:expr) => {{
        let value = &$value;
        let len = $crate::Wire::wire_len(value);
        let mut room = [0xA5_u8; 2048];
        assert!(len + 1 < room.len(), "wire_laws! has room for 2046 octets");

        assert_eq!($crate::Wire::emit_to_slice(value, &mut room), Ok(len));
        assert!(room[len..].iter().all(|&octet| octet == 0xA5), "emit wrote behind wire_len");
        let mut sink_room = [0x5A_u8; 2048];
        let mut sink = $crate::SliceSink::new(&mut sink_room);
        $crate::Wire::emit(value, &mut sink);
        assert_eq!((sink.written(), sink.is_overrun()), (len, false), "emit against wire_len");
        assert_eq!(&room[..len], &sink_room[..len], "emit against emit_to_slice");
        if len > 0 {
            let mut short = [0_u8; 2048];
            assert!($crate::Wire::emit_to_slice(value, &mut short[..len - 1]).is_err());
        }

        {
            let octets = &room[..len];
            let back: Result<$Type, $crate::WireError> = $crate::Wire::from_bytes(octets);
            assert_eq!(back.as_ref(), Ok(value), "from_bytes(emit(x)) is x");
            let explained: Result<$Type, $crate::WireError> =
                $crate::Wire::explain(octets, 100, $crate::laws::RangesWithin::new(100..100 + len));
            assert_eq!(explained.as_ref(), Ok(value), "a visitor changes nothing");
            for end in 0..len {
                let prefix: Result<$Type, $crate::WireError> =
                    $crate::Wire::from_bytes(&octets[..end]);
                assert!(
                    !$self_delimiting || prefix.is_err(),
                    "the first {end} of {len} octets are taken for the whole: {prefix:?}"
                );
                if let Err(error) = prefix {
                    assert!(error.offset <= end, "{error} lies behind the {end} octets");
                }
            }
        }
        if $self_delimiting {
            let longer: Result<$Type, $crate::WireError> =
                $crate::Wire::from_bytes(&room[..len + 1]);
            assert!(longer.is_err(), "an octet behind the message was taken: {longer:?}");
        }
    }};
}

/// A visitor that asserts that each range lies within the message and none runs backwards.
#[derive(Debug)]
pub struct RangesWithin {
    message: core::ops::Range<usize>,
    depth: usize,
}

impl RangesWithin {
    /// Asserts against a message that lies at `message` in the outermost buffer.
    #[must_use]
    pub const fn new(message: core::ops::Range<usize>) -> Self {
        Self { message, depth: 0 }
    }
}

impl crate::Visit for RangesWithin {
    fn field(&mut self, at: core::ops::Range<usize>, name: &'static str, _: crate::Shown<'_>) {
        assert!(
            self.message.start <= at.start && at.start <= at.end && at.end <= self.message.end,
            "{name} at {at:?} is not within {:?}",
            self.message
        );
    }
    fn structure(
        &mut self,
        at: core::ops::Range<usize>,
        name: &'static str,
        value: crate::Shown<'_>,
    ) {
        self.field(at, name, value);
    }
    fn enter_group(&mut self, start: usize, name: &'static str) {
        self.depth += 1;
        self.field(start..start, name, crate::Shown::Flag(true));
    }
    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.enter_group(start, name);
    }
    fn leave(&mut self, end: usize) {
        assert!(self.depth > 0, "left what was never entered");
        self.depth -= 1;
        assert!(end <= self.message.end);
    }
}
