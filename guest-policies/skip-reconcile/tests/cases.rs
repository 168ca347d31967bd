//! The cases of the policy.

use asogate_policy::testing::Suite;
use skip_reconcile::SkipReconcile;

#[test]
fn cases() {
    Suite::<SkipReconcile>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
