//! The asogate host.

pub mod collect;
