//! Conversations: state machines without a clock, a socket or a thread. Whoever owns the medium turns
//! the crank ([`gurux_media::drive`] does).

pub mod link;
