//! Commands of asogate itself that it does not take: whoever runs them gets an error instead of an answer.

use super::{Found, Look, Report};
use crate::runbook::asogate::Asogate;
use asogate_core::finding::{Level, Remedy};

pub(super) fn look(look: &Look<'_>, asogate: &Asogate, report: &mut Report) {
    let Some(why) = look.guards.misunderstood(asogate) else {
        return;
    };
    report.found.push(Found {
        code: "asogate-usage",
        level: Level::Deny,
        at: look.invocation.span.start,
        message: format!("is a command that asogate does not take: {why}"),
        why: "it ends with exit code 2 and judges nothing, so what stands behind it is not vouched for".into(),
        edits: vec![],
        remedies: vec![Remedy::Command("asogate help".into())],
    });
}
