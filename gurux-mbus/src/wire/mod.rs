//! Telegrams on the wire: borrowed, without an allocator, in both directions.

mod address;
mod afl;
mod alarm;
mod application_error;
mod code;
mod command;
mod compact;
mod config;
mod control;
mod ell;
mod fixed;
mod link;
mod nwl;
mod record;
mod status;
mod telegram;
mod tpl;
mod wireless;
