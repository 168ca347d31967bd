//! Runs the policy on the cases beside this crate.

use asogate_policy::testing::Suite;
use namespace::Namespace;

#[test]
fn cases() {
    Suite::<Namespace>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
