//! Runs the policy on the cases beside this crate.

use api_served::ApiServed;
use asogate_policy::testing::Suite;

#[test]
fn cases() {
    Suite::<ApiServed>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
