//! [`Plan`]: how a port is set up so that its line is as asked.

use serialport::{DataBits, FlowControl as PortFlow, Parity as PortParity, SerialPort, StopBits};

use crate::parity::SoftwareParity;
use crate::{FlowControl, LineSettings, MediaError, Parity};

/// How the port is set up so that the line is as asked.
pub(super) struct Plan {
    data_bits: DataBits,
    parity: PortParity,
    stop_bits: StopBits,
    pub(super) software_parity: Option<SoftwareParity>,
}

impl Plan {
    pub(super) fn new(line: &LineSettings, in_software: bool) -> Result<Self, MediaError> {
        let unable = |what| Err(MediaError::Unsupported(what));
        let mut software_parity = SoftwareParity::asked(line, in_software)?;
        let mut data_bits = match line.data_bits {
            5 => DataBits::Five,
            6 => DataBits::Six,
            7 => DataBits::Seven,
            8 => DataBits::Eight,
            _ => return unable("do other characters than five to eight data bits"),
        };
        let mut stop_bits = match line.stop_bits {
            1 => StopBits::One,
            2 => StopBits::Two,
            _ => return unable("do other characters than one or two stop bits"),
        };
        let mut parity = PortParity::None;
        if software_parity.is_some() {
            data_bits = DataBits::Eight;
        } else {
            match line.parity {
                Parity::None => {}
                Parity::Odd => parity = PortParity::Odd,
                Parity::Even => parity = PortParity::Even,
                Parity::Mark if line.stop_bits == 1 => stop_bits = StopBits::Two,
                Parity::Space if line.data_bits == 7 => {
                    software_parity = SoftwareParity::of(line);
                    data_bits = DataBits::Eight;
                }
                Parity::Mark => return unable("do mark parity with two stop bits"),
                Parity::Space => return unable("do space parity but with seven data bits"),
            }
        }
        Ok(Self { data_bits, parity, stop_bits, software_parity })
    }

    /// Sets the port up. Does it now stand as asked? Some drivers accept a character that they
    /// cannot do and leave things as they were.
    pub(super) fn apply(
        &self,
        port: &mut dyn SerialPort,
        line: &LineSettings,
    ) -> serialport::Result<bool> {
        port.set_baud_rate(line.baud)?;
        port.set_data_bits(self.data_bits)?;
        port.set_parity(self.parity)?;
        port.set_stop_bits(self.stop_bits)?;
        port.set_flow_control(match line.flow {
            FlowControl::None => PortFlow::None,
            FlowControl::Software => PortFlow::Software,
            FlowControl::Hardware => PortFlow::Hardware,
        })?;
        Ok(port.data_bits()? == self.data_bits && port.parity()? == self.parity)
    }
}

/// The sentence for a port that does not stand as asked.
pub(super) fn does_not_stand() -> MediaError {
    MediaError::Unsupported("do these characters; for seven data bits try software-parity")
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    fn plan(text: &str, in_software: bool) -> (DataBits, PortParity, StopBits, bool) {
        let plan = Plan::new(&text.parse().unwrap(), in_software).unwrap();
        (plan.data_bits, plan.parity, plan.stop_bits, plan.software_parity.is_some())
    }

    #[test]
    fn every_parity_finds_a_setting_of_the_port() {
        use {DataBits as D, PortParity as P, StopBits as S};
        assert_eq!(plan("300 7E1", false), (D::Seven, P::Even, S::One, false));
        assert_eq!(plan("300 7E1", true), (D::Eight, P::None, S::One, true));
        assert_eq!(plan("300 7O2", true), (D::Eight, P::None, S::Two, true));
        assert_eq!(plan("9600 8E1", false), (D::Eight, P::Even, S::One, false));
        assert_eq!(plan("9600 8N1", true), (D::Eight, P::None, S::One, false));
        assert_eq!(plan("9600 8M1", false), (D::Eight, P::None, S::Two, false));
        assert_eq!(plan("9600 7S1", false), (D::Eight, P::None, S::One, true));
    }

    #[test]
    fn what_no_port_can_do_is_a_sentence() {
        let says = |text: &str, in_software| {
            Plan::new(&text.parse().unwrap(), in_software).err().unwrap().to_string()
        };
        assert_eq!(
            says("9600 8S1", false),
            "this medium cannot do space parity but with seven data bits"
        );
        assert_eq!(says("9600 8M2", false), "this medium cannot do mark parity with two stop bits");
        assert!(says("9600 8E1", true).contains("in software"));
    }
}
