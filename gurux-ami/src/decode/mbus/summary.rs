//! What a telegram is and what it does, in words.

use gurux_mbus::wire::{Body, Link, Status, Telegram};

use crate::capture::spaced_hex;

/// The service of the link layer by name, from whom or to whom: `REQ_UD2 to address 5`.
pub(super) fn summary(telegram: &Telegram<'_>, clear: &Telegram<'_>) -> Option<String> {
    let address = match telegram.link {
        Link::Ack => return Some("acknowledgement (E5) of the meter".to_owned()),
        Link::Nack => return Some("refusal (A2) of the meter".to_owned()),
        Link::Short { address, .. } | Link::Wired { address, .. } => Some(address),
        Link::Wireless { .. } | Link::Bare => None,
    };
    let control = telegram.control()?;
    let mut text = match control.name() {
        Some(name) => name.to_owned(),
        None => format!("control field 0x{:02X}", control.0),
    };
    if let Some(address) = address {
        text.push_str(if control.prm() { " to" } else { " from" });
        text.push_str(&format!(" address {address}"));
    }
    if let Some(ci) = clear.ci() {
        text.push_str(&format!(", CI {:02X}", ci.code()));
    }
    Some(text)
}

/// How the meter says that it fares, unless all is well.
pub(super) fn status_note(clear: &Telegram<'_>) -> Option<String> {
    let status = clear.tpl?.status().filter(|status| *status != Status::OK)?;
    // The upper bits are the maker's.
    let mut words: Vec<String> = status.names().map(str::to_owned).collect();
    if status.manufacturer() > 0 {
        let (maker, octet) = (status.manufacturer(), status.0);
        words.push(format!("the manufacturer's status {maker} (octet {octet:02X})"));
    }
    Some(format!("the meter reports: {}", words.join(", ")))
}

/// What is carried, where it is no list of records.
pub(super) fn body_note(body: &Body<'_>) -> Option<String> {
    let with = |text: &str, octets: &[u8]| match octets {
        [] => text.to_owned(),
        _ => format!("{text}: {}", spaced_hex(octets)),
    };
    Some(match body {
        Body::ApplicationError(error) => {
            with(&format!("application error: {error}"), error.details())
        }
        Body::Alarm(alarm) => match alarm.state() {
            Some(state) => with(&format!("alarm, state 0x{state:02X}"), alarm.details()),
            None => "alarm, without a state".to_owned(),
        },
        Body::FormatFrame(octets) => with("format frame", octets),
        Body::Dlms { octets, .. } => with("a message of DLMS", octets),
        Body::Selection(selection) => format!("selects the meter {selection}"),
        Body::ApplicationReset { sub_code: None } => "application reset".to_owned(),
        Body::ApplicationReset { sub_code: Some(code) } => {
            format!("application reset, sub-code 0x{:02X}", code.0)
        }
        Body::RequestSelectedApplication => "asks which application is selected".to_owned(),
        Body::SelectedApplication(octets) => with("the application that is selected", octets),
        Body::Synchronise => "synchronise: freeze the values now".to_owned(),
        Body::SetBaudRate(rate) => format!("set the speed to {} baud", rate.bits_per_second()),
        Body::ClockSync(time) => with("set the clock", time.octets()),
        Body::Manufacturer(octets) => with("known to the manufacturer alone", octets),
        Body::RecordsMsbFirst(octets) => with("records with the high octet first", octets),
        Body::Unknown(octets) if !octets.is_empty() => with("of unknown structure", octets),
        Body::Records(octets) => return own_octets(octets),
        _ => return None,
    })
}

/// What stands behind the records for the manufacturer alone.
fn own_octets(records: &[u8]) -> Option<String> {
    use gurux_mbus::wire::{RecordItem, Records};
    Records::new(records).find_map(|item| match item {
        RecordItem::Manufacturer { octets, more_records_follow } => {
            let more =
                more_records_follow.then(|| "more records follow in the next telegram".to_owned());
            let own = (!octets.is_empty()).then(|| {
                let count = octets.len();
                format!("data for the manufacturer alone ({count}): {}", spaced_hex(octets))
            });
            match (more, own) {
                (Some(more), Some(own)) => Some(format!("{more}; {own}")),
                (more, own) => more.or(own),
            }
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::own_octets;

    #[test]
    fn that_more_records_follow_is_told_beside_the_makers_octets() {
        let told = |records: &[u8]| own_octets(records).unwrap_or_default();
        assert_eq!(told(&[0x01, 0x13, 1, 0x1F]), "more records follow in the next telegram");
        assert_eq!(
            told(&[0x01, 0x13, 1, 0x1F, 1, 2]),
            "more records follow in the next telegram; data for the manufacturer alone (2): 01 02"
        );
        assert_eq!(told(&[0x01, 0x13, 1, 0x0F, 1]), "data for the manufacturer alone (1): 01");
        assert_eq!(told(&[0x01, 0x13, 1, 0x0F]), "");
    }
}
