//! Captured frames: a request and its reply, in RTU, ASCII or MBAP frames.

use gurux_framing::Wire;
use gurux_modbus::Table;
use gurux_modbus::wire::{Request, Response, UnitId, ascii, rtu, tcp};

use super::{ModbusMeter, octets, refused};
use crate::driver::{Outcome, Request as Message};

/// Opens a request to this meter and the reply to it.
pub(super) fn open(
    meter: &ModbusMeter,
    sent: &[u8],
    received: &[u8],
) -> Result<(Message, Outcome), String> {
    let (mut sent_room, mut received_room) = ([0; 256], [0; 256]);
    let sent = Opened::<Request<'_>>::open(sent, &mut sent_room)
        .map_err(|error| format!("the request: {error}"))?;
    let received = Opened::<Response<'_>>::open(received, &mut received_room)
        .map_err(|error| format!("the reply: {error}"))?;
    if sent.unit != meter.unit {
        return Err(format!(
            "the request is for unit {}, this is unit {}",
            sent.unit.code(),
            meter.unit.code()
        ));
    }
    if (received.unit, received.transaction) != (sent.unit, sent.transaction)
        || !received.pdu.answers(&sent.pdu)
    {
        return Err("the reply is not one to the request".to_owned());
    }
    let (items, octets_sent) = (covered(meter, &sent.pdu), octets(&sent.pdu));
    let message = Message { items, octets: octets_sent, is_command: false };
    let outcome = match received.pdu {
        Response::Exception(exception) => Outcome::Refused(refused(exception.code())),
        response => Outcome::Reply(octets(&response)),
    };
    Ok((message, outcome))
}

/// An opened frame, whatever its kind.
struct Opened<P> {
    unit: UnitId,
    /// MBAP numbers its messages; elsewhere 0.
    transaction: u16,
    pdu: P,
}

impl<'a, P: Wire<'a>> Opened<P> {
    fn open(frame: &'a [u8], room: &'a mut [u8; 256]) -> Result<Self, gurux_framing::WireError> {
        if frame.first() == Some(&b':') {
            let ascii::Adu { unit, pdu } = ascii::Adu::from_text(frame, room)?;
            return Ok(Self { unit, transaction: 0, pdu });
        }
        match tcp::Adu::<P>::from_bytes(frame) {
            // A frame that fits both is so short of luck that it may be either.
            Ok(tcp::Adu { mbap, pdu }) => {
                Ok(Self { unit: mbap.unit, transaction: mbap.transaction, pdu })
            }
            Err(_) => {
                let rtu::Adu { unit, pdu } = rtu::Adu::from_bytes(frame)?;
                Ok(Self { unit, transaction: 0, pdu })
            }
        }
    }
}

/// The items that lie whole in what is read.
fn covered(meter: &ModbusMeter, request: &Request<'_>) -> Vec<usize> {
    let (table, start, count) = match request {
        Request::ReadCoils(span) => (Table::Coil, span.address(), span.count()),
        Request::ReadDiscreteInputs(span) => (Table::DiscreteInput, span.address(), span.count()),
        Request::ReadHoldingRegisters(span) => {
            (Table::HoldingRegister, span.address(), span.count())
        }
        Request::ReadInputRegisters(span) => (Table::InputRegister, span.address(), span.count()),
        _ => return Vec::new(),
    };
    let end = u32::from(start) + u32::from(count);
    let points = meter.points.iter().enumerate().filter(|(_, point)| {
        let first = u32::from(point.address.number);
        point.address.table == table
            && first >= u32::from(start)
            && first + u32::from(point.count) <= end
    });
    points.map(|(item, _)| item).collect()
}
