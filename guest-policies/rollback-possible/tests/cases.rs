//! The cases of the policy.

use asogate_policy::testing::Suite;
use rollback_possible::RollbackPossible;

#[test]
fn cases() {
    Suite::<RollbackPossible>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
