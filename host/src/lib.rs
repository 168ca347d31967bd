//! The asogate host.

pub mod config;
