//! The cases of the policy.

use asogate_policy::testing::Suite;
use reconcile_policy::ReconcilePolicy;

#[test]
fn cases() {
    Suite::<ReconcilePolicy>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
