//! What codes mean: plain rows, and how they are looked up.

mod ci;
mod combinable;
mod device_type;
mod fixed_unit;
mod manufacturer;
mod security_mode;
mod vif;

pub use ci::{CiRow, Content, HeaderKind, lookup_ci};
pub use combinable::{
    CombinableRow, Effect, ProfileKind, lookup_combinable, lookup_combinable_extension,
};
pub use device_type::lookup_device_type;
pub use fixed_unit::{FixedUnitRow, SAME_BUT_HISTORIC, lookup_fixed_unit};
pub use manufacturer::lookup_manufacturer;
#[cfg(feature = "alloc")]
pub(crate) use manufacturer::manufacturers;
pub use security_mode::lookup_security_mode;
pub(crate) use vif::primary_rows;
pub(crate) use vif::unit_power;
pub use vif::{Coding, FoundVif, VifRow, VifTable, find_vif, lookup_vif, vif_rows};
