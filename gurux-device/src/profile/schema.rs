//! The elements of a profile: which attributes and which elements each may and must have.
//!
//! One table, from which the reader checks names, its complaints list what would be right, and the
//! test of `profile.xsd` takes the names that the schema must agree with. What a value may be is
//! said where it is read, in `read.rs`.

/// How often an element may stand inside its parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Occurs {
    /// At most once.
    Optional,
    /// Any number of times.
    Many,
}

/// One element: a row for each.
#[derive(Debug)]
pub(super) struct ElementRule {
    pub(super) name: &'static str,
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
    pub(super) children: &'static [(&'static str, Occurs)],
    pub(super) text: bool,
}

#[cfg(test)]
impl ElementRule {
    pub(super) fn attributes(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().chain(self.optional).copied()
    }
}

use Occurs::{Many, Optional};

/// All elements but the protocols' own (each driver brings the rule of its own) and the settings
/// of media (`MEDIA`).
#[rustfmt::skip]
pub(super) static ELEMENTS: &[ElementRule] = &[
    ElementRule { name: "DeviceProfile", text: false,
        required: &["xmlns", "Guid", "Name", "Protocol", "Version"],
        optional: &["Manufacturer", "Model", "DeviceVersion", "Publisher", "Date", "Licence", "Source"],
        children: &[("Description", Many), ("Product", Many), ("Caveat", Many), ("Requires", Many),
                    ("Parameter", Many), ("AllowedMedia", Many), ("Communication", Optional),
                    ("Detect", Many), ("Types", Optional), ("Category", Many), ("View", Many), ("Test", Many)] },
    ElementRule { name: "Description", text: true, required: &[], optional: &["Lang"], children: &[] },
    ElementRule { name: "Product", text: false, required: &["Model"], optional: &["Manufacturer", "Version"], children: &[] },
    ElementRule { name: "Caveat", text: true, required: &[], optional: &["Lang", "Link"], children: &[] },
    ElementRule { name: "Requires", text: true, required: &[], optional: &["Lang", "Link"], children: &[] },
    ElementRule { name: "Parameter", text: false, required: &["Name", "Type"],
        optional: &["Default", "Required", "Secret", "Unit", "Pattern", "Advanced"], children: &[("Choice", Many)] },
    ElementRule { name: "Choice", text: true, required: &["Value"], optional: &[], children: &[] },
    ElementRule { name: "AllowedMedia", text: false, required: &["Type"], optional: &[], children: &[] },
    ElementRule { name: "Communication", text: false, required: &[],
        optional: &["WaitTime", "ResendCount", "Backoff", "TransactionDelay", "ReplyDelay", "ConnectDelay",
                    "MaxRegisters", "MaxBits", "MaxGap", "OnePerRequest", "CloseAfterRead"],
        children: &[("Forbidden", Many)] },
    ElementRule { name: "Forbidden", text: false, required: &["From", "To"], optional: &[], children: &[] },
    ElementRule { name: "Detect", text: false, required: &[], optional: &[], children: &[("Match", Many)] },
    ElementRule { name: "Match", text: false, required: &[],
        optional: &["Property", "Object", "Model", "Base", "Equals", "Pattern"], children: &[] },
    ElementRule { name: "Types", text: false, required: &[], optional: &[], children: &[("Enum", Many), ("Flags", Many)] },
    ElementRule { name: "Enum", text: false, required: &["Name"], optional: &["Default"], children: &[("Item", Many)] },
    ElementRule { name: "Item", text: false, required: &["DeviceValue", "UIValue"], optional: &["Severity"], children: &[] },
    ElementRule { name: "Flags", text: false, required: &["Name"], optional: &["Default"], children: &[("Bit", Many)] },
    ElementRule { name: "Bit", text: false, required: &["Name"], optional: &["Index", "Mask", "Severity"], children: &[] },
    ElementRule { name: "Category", text: false, required: &["Name"],
        optional: &["DisplayName", "Repeat", "Count", "Stride"], children: &[("Description", Many), ("Property", Many)] },
    ElementRule { name: "Property", text: false, required: &["Name", "Address"],
        optional: &["Type", "DisplayName", "Quantity", "Obis", "Unit", "ByteOrder", "Length", "Bit", "Mask", "Shift",
                    "Scale", "Offset", "ScaleBy", "Null", "Minimum", "Maximum", "Counter", "Values",
                    "AccessMode", "AccessLevel", "DefaultValue", "Group", "Interval", "ExpirationTime", "Static",
                    "Store", "Deadband", "WriteClass", "ReadBack"],
        children: &[("Description", Many)] },
    ElementRule { name: "View", text: false, required: &["Name", "Role"], optional: &["Interval"],
        children: &[("Include", Many), ("Exclude", Many)] },
    ElementRule { name: "Include", text: false, required: &[], optional: &["Property", "Category", "Group"], children: &[] },
    ElementRule { name: "Exclude", text: false, required: &[], optional: &["Property", "Category", "Group"], children: &[] },
    ElementRule { name: "Test", text: false, required: &["Name"], optional: &[],
        children: &[("Set", Many), ("Tx", Many), ("Rx", Many), ("Expect", Many)] },
    ElementRule { name: "Set", text: false, required: &["Parameter", "Value"], optional: &[], children: &[] },
    ElementRule { name: "Tx", text: true, required: &[], optional: &[], children: &[] },
    ElementRule { name: "Rx", text: true, required: &[], optional: &[], children: &[] },
    ElementRule { name: "Expect", text: false, required: &["Property"], optional: &["Value", "Unit", "Quality"], children: &[] },
];

/// What belongs to the format and is not carried out yet: known by name, so that the complaint can
/// say so instead of "no such element".
pub(super) static LATER: &[&str] =
    &["Computed", "Table", "Sequence", "Keepalive", "Framing", "Extends", "When", "Refresh"];

/// The settings that a profile may suggest for a medium, by the original's element names. Ports,
/// addresses and telephone numbers belong to one installation, not to a kind of meter.
#[rustfmt::skip]
pub(super) static MEDIA: &[(&str, &[&str])] = &[
    ("net",      &["Protocol", "Port"]),
    ("serial",   &["Bps", "ByteSize", "Parity", "StopBits", "Handshake"]),
    ("terminal", &["Bps", "ByteSize", "Parity", "StopBits", "Handshake", "Init",
                   "ConnectionWaitTime", "CommandWaitTime", "HangsUpDelay"]),
];

/// The row of the element called `name`.
pub(super) fn lookup_element(name: &str) -> Option<&'static ElementRule> {
    ELEMENTS.iter().find(|rule| rule.name == name)
}

/// The settings of the medium called `kind`.
pub(super) fn lookup_media(kind: &str) -> Option<&'static [&'static str]> {
    MEDIA.iter().find(|(name, _)| *name == kind).map(|(_, settings)| *settings)
}
