//! What a swap replaces by what and what it leaves, for people: a heading a workload, and a line each value.

use crate::gate::PlanSummary;
use crate::steps::swap::{Refusal, Weight};
use asogate_core::object::ObjectKey;

/// How many workloads, or references that stay, are listed before the rest is counted.
const LISTED: usize = 20;

/// The lines, without line ends; none for other steps.
pub(super) fn lines(plan: &PlanSummary) -> Vec<String> {
    let mut lines = vec![];
    let mut last: Option<&ObjectKey> = None;
    let mut workloads = 0;
    for replacement in &plan.replacements {
        if last.replace(&replacement.consumer) != Some(&replacement.consumer) {
            workloads += 1;
            if workloads <= LISTED {
                lines.push(format!("  {}", replacement.consumer));
            }
        }
        if workloads > LISTED {
            continue;
        }
        let (place, from, to) = (&replacement.place, &replacement.from, &replacement.to);
        lines.push(format!("    {place}: {from} -> {to}"));
    }
    lines.extend(more(workloads, "  "));
    // What could not be determined is told with everything else of that sort.
    for (heading, weight) in [
        ("cannot be swapped:", Weight::Blocks),
        ("left as it is:", Weight::Noted),
    ] {
        let of_weight = |refusal: &&Refusal| refusal.weight == weight;
        let refusals: Vec<&Refusal> = plan.refusals.iter().filter(of_weight).collect();
        if !refusals.is_empty() {
            lines.push(heading.to_owned());
            let listed = refusals.iter().take(LISTED);
            lines.extend(listed.map(|refusal| format!("  {refusal}")));
            lines.extend(more(refusals.len(), "  "));
        }
    }
    lines
}

fn more(number: usize, indent: &str) -> Option<String> {
    let more = number.checked_sub(LISTED).filter(|more| *more > 0)?;
    Some(format!("{indent}… and {more} more; -o json lists all"))
}
