//! The frames of a wired line (EN 13757-2).
