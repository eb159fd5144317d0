//! `gurux-modbus`.
