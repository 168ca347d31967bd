//! Runs the policy on the cases beside this crate.

#[test]
fn cases() {
    asogate_policy::testing::check::<clean_manifest::CleanManifest>(env!("CARGO_MANIFEST_DIR"));
}
