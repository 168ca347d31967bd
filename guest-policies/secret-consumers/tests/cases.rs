//! Runs the policy on the cases beside this crate.

use asogate_policy::testing::Suite;
use secret_consumers::SecretConsumers;

#[test]
fn cases() {
    Suite::<SecretConsumers>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
