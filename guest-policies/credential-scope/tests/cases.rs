//! Runs the policy on the cases beside this crate.

use asogate_policy::testing::Suite;
use credential_scope::CredentialScope;

#[test]
fn cases() {
    Suite::<CredentialScope>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
