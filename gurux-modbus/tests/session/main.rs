//! Sessions on a simulated clock: by hand, octet for octet, and in pairs over a line in memory.

mod client;
mod desk;
