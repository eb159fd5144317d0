//! Our contender for the HDLC workloads, and their inputs.

use std::hint::black_box;

use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame};

use crate::contender::Contender;
use crate::names;

/// Ours, for the workloads of [`names`].
pub fn contender(workload: &str) -> Option<Contender> {
    let frame = match workload {
        names::HDLC_128 => frame(128),
        names::HDLC_2000 => frame(2000),
        _ => return None,
    };
    Some(Contender::new("gurux", move |_| {
        let frame = HdlcFrame::from_bytes(black_box(&frame)).expect("a good frame");
        black_box((frame.destination, frame.source, frame.control));
        let information = frame.information();
        information.len() as u64 + u64::from(*information.last().expect("information"))
    }))
}

/// A numbered frame to client 1 from server 1/17, between two flags, with so many octets of
/// information: the LLC of a response, then 31 more from octet to octet.
pub fn frame(len: usize) -> Vec<u8> {
    let text = (3..len).map(|index| (7 + 31 * index) as u8);
    let information: Vec<u8> = [0xE6, 0xE7, 0x00].into_iter().chain(text).collect();
    let client = HdlcAddress::of_client(1).expect("7 bits");
    let meter = HdlcAddress::of_server(1, 17).expect("7 bits each");
    let control = Control::new(Command::Information { send_seq: 0, recv_seq: 1 }, true);
    let frame = HdlcFrame::new(client, meter, control).with_information(&information);
    let mut out = vec![0; len + 16];
    let len = frame.expect("not too long").write(&mut out).expect("room");
    out.truncate(len);
    out
}

#[cfg(test)]
mod tests {
    use super::{contender, frame};
    use crate::names;

    #[test]
    fn a_frame_comes_to_its_length_and_last_octet() {
        let deliver = |name| contender(name).expect("one of ours").deliver().0;
        assert_eq!(deliver(names::HDLC_128), 128 + (7 + 31 * 127) % 256);
        assert_eq!(deliver(names::HDLC_2000), 2000 + (7 + 31 * 1999) % 256);
    }

    /// The published list of inputs lies beside the checkout, where it is present.
    #[test]
    fn the_inputs_are_the_published_ones() {
        crate::published::assert_same(&[("hdlc_128", frame(128)), ("hdlc_2000", frame(2000))]);
    }
}
