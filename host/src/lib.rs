//! The asogate host.

pub mod engine;
