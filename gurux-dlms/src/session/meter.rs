//! The meter's side of a conversation: what it serves, and how it answers.

mod memory;
mod model;
mod services;

pub use memory::{Entry, Memory, MemoryEvent};
pub use model::{Access, Model, Object, Out, Who};
pub use services::{Services, Terms};
