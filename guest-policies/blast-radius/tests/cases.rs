//! Runs the policy on the cases beside this crate.

#[test]
fn cases() {
    asogate_policy::testing::check::<blast_radius::BlastRadius>(env!("CARGO_MANIFEST_DIR"));
}
