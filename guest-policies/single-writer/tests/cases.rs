//! The cases of the policy.

use asogate_policy::testing::Suite;
use single_writer::SingleWriter;

#[test]
fn cases() {
    Suite::<SingleWriter>::new(env!("CARGO_MANIFEST_DIR"))
        .operators(asogate_aso::settings::rules())
        .check();
}
