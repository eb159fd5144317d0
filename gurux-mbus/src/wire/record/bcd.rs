//! Decimal digits in halves of octets.
