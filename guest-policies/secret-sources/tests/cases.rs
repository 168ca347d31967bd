//! Runs the policy on the cases beside this crate.

#[test]
fn cases() {
    asogate_policy::testing::check::<secret_sources::SecretSources>(env!("CARGO_MANIFEST_DIR"));
}
