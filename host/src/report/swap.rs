//! What a swap replaces by what and what it leaves, for people: a heading a workload, and a line each value.

use crate::gate::PlanSummary;
use crate::steps::swap::{Refusal, Weight};
use asogate_core::object::ObjectKey;

/// The lines, without line ends; none for other steps.
pub(super) fn lines(plan: &PlanSummary) -> Vec<String> {
    let mut lines = vec![];
    let mut last: Option<&ObjectKey> = None;
    for replacement in &plan.replacements {
        if last.replace(&replacement.consumer) != Some(&replacement.consumer) {
            lines.push(format!("  {}", replacement.consumer));
        }
        let (place, from, to) = (&replacement.place, &replacement.from, &replacement.to);
        lines.push(format!("    {place}: {from} -> {to}"));
    }
    // What could not be determined is told with everything else of that sort.
    for (heading, weight) in [
        ("cannot be swapped:", Weight::Blocks),
        ("left as it is:", Weight::Noted),
    ] {
        let of_weight = |refusal: &&Refusal| refusal.weight == weight;
        let refusals: Vec<&Refusal> = plan.refusals.iter().filter(of_weight).collect();
        if !refusals.is_empty() {
            lines.push(heading.to_owned());
            lines.extend(refusals.iter().map(|refusal| format!("  {refusal}")));
        }
    }
    lines
}
