//! The cases of the policy.

use asogate_policy::testing::Suite;
use health::Health;

#[test]
fn cases() {
    Suite::<Health>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
