//! `foreign-resource-id`: once an object is claimed, v2 no longer works out where it is in Azure but believes the annotation. One
//! that came with a manifest, beside the finalizer, may name anything (FACTS 0.14, OBSERVED N6).

use crate::objects::Objects;
use crate::say;
use asogate_aso::arm_id::ArmId;
use asogate_policy::Finding;
use std::collections::BTreeSet;

/// Live objects that the plan changes and leaves there.
pub(crate) fn judge(objects: &Objects<'_>) -> Vec<Finding> {
    let input = objects.input;
    let touched: BTreeSet<_> = input.changes().iter().map(|change| change.object).collect();
    let found = touched.into_iter().filter_map(|object| {
        let now = objects.cells(input.now().row_of(objects.table, object)?)?;
        input.after_all().row_of(objects.table, object)?;
        // What is no id at all, or has no known owner, is not compared: others say what is wrong with it.
        let claimed = ArmId::parse(now.claimed?).ok()?;
        let own = objects.resource(now).ok()?;
        let differs = below_subscription(&claimed) != below_subscription(&own);
        differs.then(|| say::foreign(&claimed, &own).about(object).standing())
    });
    found.collect()
}

/// An id in lower case without its subscription, which `credential-scope` compares.
fn below_subscription(id: &ArmId) -> String {
    let canonical = id.canonical();
    match canonical.strip_prefix("/subscriptions/") {
        Some(rest) => rest.split_once('/').map_or("", |(_, rest)| rest).to_owned(),
        None => canonical,
    }
}
