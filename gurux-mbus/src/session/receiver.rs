//! The side that listens to radio telegrams.
