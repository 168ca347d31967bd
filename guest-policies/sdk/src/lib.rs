//! Write an asogate policy in Rust.
