//! Telegrams on the wire: borrowed, without an allocator, in both directions.

mod address;
mod afl;
mod alarm;
mod application_error;
mod body;
mod code;
mod command;
mod compact;
mod config;
mod control;
mod device_type;
mod ell;
mod fixed;
mod link;
mod manufacturer;
mod nwl;
mod record;
mod selection;
mod status;
mod telegram;
mod tpl;
mod wireless;

pub use address::{AField, AddressError, Identification, MeterAddress};
pub use afl::{Afl, FragmentationControl, KeyInformation, MessageControl};
pub use alarm::Alarm;
pub use application_error::{ApplicationError, ApplicationErrorCode};
pub use body::Body;
pub use code::CiField;
pub use command::{ApplicationSubCode, BaudRate, ClockSync, Command};
pub use compact::{CompactFrame, FormatFrame, FormatSignature, headers};
pub use config::{Config, Encrypted, SecurityMode};
pub use control::CField;
pub use device_type::DeviceType;
pub use ell::{CommunicationControl, Ell, EllKind, Session, SessionNumber};
pub use fixed::FixedData;
pub use link::LinkFrame;
pub use manufacturer::Manufacturer;
pub use nwl::Nwl;
pub(crate) use record::signed;
pub use record::{
    BuildValue, Data, DataField, DataRecord, Dib, Digits, Lvar, LvarKind, MAX_DIFE, MAX_VIFE,
    RecordBuilder, RecordItem, RecordText, RecordTime, Records, Vib,
};
pub use selection::Selection;
pub use status::{ApplicationState, Status};
pub use telegram::{Link, Sealed, Telegram};
pub use tpl::{Header, ShortHeader, Tpl};
pub use wireless::WirelessFrame;
