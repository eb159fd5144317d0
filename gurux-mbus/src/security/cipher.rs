//! The primitives that telegrams need, behind a trait.
