//! Runs the policy on the cases beside this crate.

use asogate_policy::testing::Suite;
use supported_kind::SupportedKind;

#[test]
fn cases() {
    Suite::<SupportedKind>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
