//! Runs the policy on the cases beside this crate.

use asogate_policy::testing::Suite;
use import_coverage::ImportCoverage;

#[test]
fn cases() {
    Suite::<ImportCoverage>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
