//! What messages are made of.

use dlms_cosem_rs::Obis as TheirObis;
use dlms_cosem_rs::axdr::{self, BitStr, CompactArray, Data, DataBuf};
use dlms_cosem_rs::codec::Decode;
use dlms_cosem_rs::xdlms as their;
use gurux_dlms::wire::{
    AccessRequestSpecification, AccessResponseSpecification, ActionResponseItem, ActionResult,
    AttributeDescriptor, AttributeWithSelection, CosemDate, CosemDateTime, CosemTime,
    DataAccessResult, DataBlock, DataRef, GetDataResult, InvokeId, LongInvokeId, MethodDescriptor,
    ReadResult, SelectiveAccess, Sequence, TimeStamp, VariableAccess, WriteResult,
};

use super::{Twin, their_octets};
use crate::generate::octets_of;

macro_rules! twin {
    ($Ours:ty => $Theirs:ty, |$self:ident| $twin:expr) => {
        impl Twin for $Ours {
            type Theirs = $Theirs;

            fn twin(&self) -> Self::Theirs {
                let $self = *self;
                $twin
            }
        }
    };
}

twin!(InvokeId => their::InvokeId, |id| their::InvokeId(id.0));
twin!(LongInvokeId => their::LongInvokeId, |id| their::LongInvokeId(id.0));
twin!(DataAccessResult => their::DataAccessResult, |result| {
    their::DataAccessResult::from_u8(result.code())
});
twin!(ActionResult => their::ActionResult, |result| {
    their::ActionResult::from_u8(result.code())
});
twin!(AttributeDescriptor => their::AttributeDescriptor, |one| {
    let name = TheirObis::from_bytes(one.instance_id.groups());
    their::AttributeDescriptor::new(one.class_id, name, one.attribute_id)
});
twin!(MethodDescriptor => their::MethodDescriptor, |one| {
    let name = TheirObis::from_bytes(one.instance_id.groups());
    their::MethodDescriptor::new(one.class_id, name, one.method_id)
});
twin!(SelectiveAccess<'static> => their::SelectiveAccess<'static>, |one| {
    their::SelectiveAccess {
        selector: one.access_selector,
        parameters: one.access_parameters.twin(),
    }
});
twin!(AttributeWithSelection<'static> => their::AttributeDescriptorWithSelection<'static>, |one| {
    their::AttributeDescriptorWithSelection {
        descriptor: one.cosem_attribute_descriptor.twin(),
        access: one.access_selection.map(|selection| selection.twin()),
    }
});
twin!(DataBlock<'static> => their::DataBlockSA<'static>, |block| their::DataBlockSA {
    last_block: block.last_block,
    block_number: block.block_number,
    raw_data: block.raw_data,
});
twin!(GetDataResult<DataRef<'static>> => their::GetDataResult<'static>, |result| match result {
    GetDataResult::Data(data) => their::GetDataResult::Data(data.twin()),
    GetDataResult::DataAccessResult(result) => their::GetDataResult::Error(result.twin()),
});
twin!(ActionResponseItem<'static> => their::ActionResponseWithOptionalData<'static>, |item| {
    their::ActionResponseWithOptionalData {
        result: item.result.twin(),
        return_parameters: item.return_parameters.map(|result| result.twin()),
    }
});
twin!(TimeStamp<'static> => their::OptionalDateTime, |stamp| {
    their::OptionalDateTime(stamp.date_time().map(|time| time.twin()))
});
twin!(AccessRequestSpecification<'static> => their::AccessRequestSpecification<'static>, |one| {
    use AccessRequestSpecification as Ours;
    use their::AccessRequestSpecification as Theirs;
    match one {
        Ours::Get { cosem_attribute_descriptor: one } => Theirs::Get(one.twin()),
        Ours::Set { cosem_attribute_descriptor: one } => Theirs::Set(one.twin()),
        Ours::Action { cosem_method_descriptor: one } => Theirs::Action(one.twin()),
        Ours::GetWithSelection { cosem_attribute_descriptor: one, access_selection } => {
            Theirs::GetWithSelection(selected(one, access_selection))
        }
        Ours::SetWithSelection { cosem_attribute_descriptor: one, access_selection } => {
            Theirs::SetWithSelection(selected(one, access_selection))
        }
    }
});
twin!(AccessResponseSpecification => their::AccessResponseSpecification, |one| {
    use AccessResponseSpecification as Ours;
    use their::AccessResponseSpecification as Theirs;
    match one {
        Ours::Get { result } => Theirs::Get(result.twin()),
        Ours::Set { result } => Theirs::Set(result.twin()),
        Ours::Action { result } => Theirs::Action(result.twin()),
    }
});
twin!(VariableAccess<'static> => their::VariableAccess<'static>, |one| {
    use VariableAccess as Ours;
    use their::VariableAccess as Theirs;
    match one {
        Ours::VariableName(name) => Theirs::VariableName(name),
        Ours::Parameterized { variable_name: name, selector, parameter } => {
            Theirs::Parameterized { name, selector, parameter: parameter.twin() }
        }
        Ours::BlockNumber { block_number } => Theirs::BlockNumber(block_number),
        Ours::ReadDataBlock { last_block, block_number, raw_data } => {
            Theirs::ReadDataBlock { last_block, block_number, raw_data }
        }
        Ours::WriteDataBlock { last_block, block_number } => {
            Theirs::WriteDataBlock { last_block, block_number }
        }
    }
});
twin!(ReadResult<'static> => their::ReadResult<'static>, |result| match result {
    ReadResult::Data(data) => their::ReadResult::Data(data.twin()),
    ReadResult::DataAccessError(result) => their::ReadResult::Error(result.twin()),
    ReadResult::DataBlock { last_block, block_number, raw_data } => {
        their::ReadResult::Block { last_block, block_number, raw_data }
    }
    ReadResult::BlockNumber(number) => their::ReadResult::BlockNumber(number),
});
twin!(WriteResult => their::WriteResult, |result| match result {
    WriteResult::Success => their::WriteResult::Success,
    WriteResult::DataAccessError(result) => their::WriteResult::Error(result.twin()),
    WriteResult::BlockNumber(number) => their::WriteResult::BlockNumber(number),
});

/// With the usage flag that they write before a selection that cannot be absent.
fn selected(
    descriptor: AttributeDescriptor,
    selection: SelectiveAccess<'static>,
) -> their::AttributeDescriptorWithSelection<'static> {
    their::AttributeDescriptorWithSelection {
        descriptor: descriptor.twin(),
        access: Some(selection.twin()),
    }
}

twin!(CosemDateTime => axdr::DateTime, |time| {
    let [a, b, month, day_of_month, day_of_week, hour, minute, second, hundredths, c, d, status] =
        time.octets();
    axdr::DateTime {
        year: u16::from_be_bytes([a, b]),
        month,
        day_of_month,
        day_of_week,
        hour,
        minute,
        second,
        hundredths,
        deviation: i16::from_be_bytes([c, d]),
        status: axdr::ClockStatus(status),
    }
});
twin!(CosemDate => axdr::Date, |date| {
    let [a, b, month, day_of_month, day_of_week] = date.octets();
    axdr::Date { year: u16::from_be_bytes([a, b]), month, day_of_month, day_of_week }
});
twin!(CosemTime => axdr::Time, |time| {
    let [hour, minute, second, hundredths] = time.octets();
    axdr::Time { hour, minute, second, hundredths }
});

twin!(DataRef<'static> => Data<'static>, |value| match value {
    // Only what was read makes an array of theirs: theirs, unless a compact array is in it, which
    // their values that own have taken apart.
    DataRef::Array(_) | DataRef::Structure(_) => {
        let tree = tree(value);
        let octets = if is_packed(value) { octets_of(&value) } else { their_octets(&tree) };
        let read = Data::from_bytes(octets.leak()).expect("they read what they wrote");
        assert_eq!(DataBuf::from_data(&read), Ok(tree), "they read it as it was written");
        read
    }
    DataRef::CompactArray(array) => {
        let (description, contents) = (array.description().octets(), array.elements().octets());
        let read = CompactArray::from_parts(description, contents).expect("their compact array");
        let rows = read.to_rows().map(DataBuf::Array);
        assert_eq!(rows, Ok(tree(value)), "they unpack it as we do");
        Data::CompactArray(read)
    }
    DataRef::BitString(bits) => {
        Data::BitString(BitStr::new(bits.len(), bits.octets()).expect("bits"))
    }
    DataRef::OctetString(octets) => Data::OctetString(octets),
    DataRef::VisibleString(octets) => Data::VisibleString(octets),
    DataRef::Utf8String(octets) => Data::Utf8String(octets),
    DataRef::Boolean(value) => Data::Boolean(value),
    DataRef::DoubleLong(value) => Data::DoubleLong(value),
    DataRef::DoubleLongUnsigned(value) => Data::DoubleLongUnsigned(value),
    DataRef::Bcd(value) => Data::Bcd(value as i8),
    DataRef::Integer(value) => Data::Integer(value),
    DataRef::Long(value) => Data::Long(value),
    DataRef::Unsigned(value) => Data::Unsigned(value),
    DataRef::LongUnsigned(value) => Data::LongUnsigned(value),
    DataRef::Long64(value) => Data::Long64(value),
    DataRef::Long64Unsigned(value) => Data::Long64Unsigned(value),
    DataRef::Enum(value) => Data::Enum(value),
    DataRef::Float32(value) => Data::Float32(value),
    DataRef::Float64(value) => Data::Float64(value),
    DataRef::DateTime(value) => Data::DateTime(value.twin()),
    DataRef::Date(value) => Data::Date(value.twin()),
    DataRef::Time(value) => Data::Time(value.twin()),
    DataRef::DeltaInteger(value) => Data::DeltaInteger(value),
    DataRef::DeltaLong(value) => Data::DeltaLong(value),
    DataRef::DeltaDoubleLong(value) => Data::DeltaDoubleLong(value),
    DataRef::DeltaUnsigned(value) => Data::DeltaUnsigned(value),
    DataRef::DeltaLongUnsigned(value) => Data::DeltaLongUnsigned(value),
    DataRef::DeltaDoubleLongUnsigned(value) => Data::DeltaDoubleLongUnsigned(value),
    DataRef::DontCare => Data::DontCare,
    _ => Data::Null,
});

/// The value as they have it when it owns what is in it: compact arrays are plain ones there.
fn tree(value: DataRef<'static>) -> DataBuf {
    let trees = |values: Sequence<'static>| values.iter().map(tree).collect();
    match value {
        DataRef::Array(values) => DataBuf::Array(trees(values)),
        DataRef::Structure(values) => DataBuf::Structure(trees(values)),
        DataRef::CompactArray(array) => DataBuf::Array(trees(array.elements())),
        simple => DataBuf::from_data(&simple.twin()).expect("a simple value"),
    }
}

/// Is a compact array in it?
fn is_packed(value: DataRef<'_>) -> bool {
    match value {
        DataRef::CompactArray(_) => true,
        value => value.elements().is_some_and(|values| values.iter().any(is_packed)),
    }
}
