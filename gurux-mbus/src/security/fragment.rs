//! Telegrams that come in fragments.
