//! What a release from `skip` really does: `managed-before` and `skip-elsewhere`.

use crate::say;
use crate::writers::Writers;
use asogate_aso::reconcile_policy::{ReconcilePolicy, Source};
use asogate_policy::{Finding, Step};

pub(crate) fn judge(writers: &Writers<'_>) -> Vec<Finding> {
    let mut findings = managed_before(writers);
    if writers.input.step() == Step::Adopt {
        findings.extend(skip_elsewhere(writers));
    }
    findings
}

/// Objects under `skip` that the plan is about to release, or applies over, and that v2 has written once (FACTS 0.12).
fn managed_before(writers: &Writers<'_>) -> Vec<Finding> {
    let input = writers.input;
    if ![Step::Import, Step::Adopt].contains(&input.step()) {
        return vec![];
    }
    let now = input.now();
    let mut found: Vec<_> = input
        .changes()
        .iter()
        .filter(|change| change.is_requested() && !change.deletes())
        .filter_map(|change| now.row_of(writers.both.v2.table, change.object))
        .filter(|row| writers.both.was_managed(*row))
        .filter(|row| !writers.both.policies.effective(now, *row).policy.puts())
        .map(|row| row.object())
        .collect();
    found.sort_unstable();
    found.dedup();
    let found = found.into_iter();
    found
        .map(|object| say::managed_before().about(object).standing())
        .collect()
}

/// Objects without a `skip` of their own that stay under one all the same.
fn skip_elsewhere(writers: &Writers<'_>) -> Vec<Finding> {
    let end = writers.input.after_all();
    let stays = |object| {
        let row = end.row_of(writers.both.v2.table, object);
        row.is_some_and(|row| !writers.both.policies.effective(end, row).policy.puts())
    };
    let found = writers.input.judge(
        writers.both.v2.table,
        // The step was asked for some that it has no `skip` to take from.
        |object| writers.input.is_selected(object),
        |rows, state| {
            let row = rows.first()?;
            // One that is created without `skip` was never released.
            let created = writers
                .input
                .now()
                .rows_of(writers.both.v2.table, row.object())
                .is_empty();
            let effective = writers.both.policies.effective(state, row);
            let own = effective.source == Source::Object;
            if created
                || own
                || effective.policy != ReconcilePolicy::Skip
                || matches!(effective.ignored, Some((Source::Object, _)))
            {
                return None;
            }
            Some(say::skip_elsewhere(
                effective.source == Source::Namespace,
                writers.input.touches(row.object()),
            ))
        },
    );
    let stays = |found: &Finding| found.object().is_some_and(stays);
    found.into_iter().filter(stays).collect()
}
