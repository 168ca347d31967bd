//! The asogate host.
