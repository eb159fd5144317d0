//! What is asked of a client, until it is done.

use super::event::CallId;
use crate::wire::{
    AccessRequestSpecification, AttributeDescriptor, DataRef, MethodDescriptor, SelectiveAccess,
};

/// What an order asks for. Its words stand in the store of requests: the heads of all items, then their
/// values; of several items a count before either.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Associate,
    Release,
    Get,
    Set,
    Act,
    Access,
}

/// An order that is not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Order {
    pub(super) call: CallId,
    pub(super) kind: Kind,
    /// How many items it has.
    pub(super) items: usize,
    /// How many octets the heads take.
    pub(super) heads_len: usize,
    /// Rows are told one by one.
    pub(super) by_rows: bool,
    /// The value of the one item is there: an ACTION may have none.
    pub(super) has_value: bool,
    /// How it goes out.
    pub(super) way: Way,
    /// The invoke-id of the request.
    pub(super) invoke: u32,
    /// It went out.
    pub(super) is_asked: bool,
    /// It was tried again with another counter.
    pub(super) is_retried: bool,
}

/// How an order goes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// Not decided.
    Undecided,
    /// All in one.
    Whole,
    /// Item after item: this one, whose head and value begin there, is the next.
    Single { index: usize, head: usize, value: usize },
    /// Its values in blocks: the last block that went, and how many octets of the values went with it and
    /// those before.
    Blocks { number: u32, sent: usize, is_last: bool },
}

impl Order {
    /// Has it counts?
    pub(super) fn is_list(&self) -> bool {
        self.items > 1 || self.kind == Kind::Access
    }

    /// May it be asked again, when nobody knows whether it was heard?
    pub(super) fn only_reads(&self) -> bool {
        self.kind == Kind::Get
    }
}

/// One item of an ACCESS.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Access<'a> {
    /// Read an attribute.
    Get(AttributeDescriptor),
    /// Read a part of an attribute.
    GetWith(AttributeDescriptor, SelectiveAccess<'a>),
    /// Write an attribute.
    Set(AttributeDescriptor, DataRef<'a>),
    /// Call a method.
    Act(MethodDescriptor, DataRef<'a>),
}

impl<'a> Access<'a> {
    pub(super) const fn specification(&self) -> AccessRequestSpecification<'a> {
        match *self {
            Self::Get(cosem_attribute_descriptor) => {
                AccessRequestSpecification::Get { cosem_attribute_descriptor }
            }
            Self::GetWith(cosem_attribute_descriptor, access_selection) => {
                AccessRequestSpecification::GetWithSelection {
                    cosem_attribute_descriptor,
                    access_selection,
                }
            }
            Self::Set(cosem_attribute_descriptor, _) => {
                AccessRequestSpecification::Set { cosem_attribute_descriptor }
            }
            Self::Act(cosem_method_descriptor, _) => {
                AccessRequestSpecification::Action { cosem_method_descriptor }
            }
        }
    }

    pub(super) const fn value(&self) -> DataRef<'a> {
        match *self {
            Self::Get(_) | Self::GetWith(..) => DataRef::NullData,
            Self::Set(_, value) | Self::Act(_, value) => value,
        }
    }
}
