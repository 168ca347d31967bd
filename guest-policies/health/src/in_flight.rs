//! v1 objects that the plan pauses while v1 waits for Azure. From then on v1 no longer looks how it ends, and the status stays as
//! it is for ever (OBSERVED 7.g).

use asogate_aso::rows::V1Objects;
use asogate_policy::{Finding, Input, finding};

pub(crate) const COLUMNS: [&str; 3] = [
    "status.provisioning",
    "status.pollingUrl",
    "metadata.deletionTimestamp",
];

pub(crate) fn judge<'a>(input: &'a Input, v1: &V1Objects<'a>) -> Result<Vec<Finding>, String> {
    let [provisioning, polling, deletion] = v1.table.columns(COLUMNS)?;
    let mut findings = Vec::new();
    for transition in input.walk() {
        let before = transition.removed(v1.table).first();
        let after = transition.added(v1.table).first();
        let (Some(before), Some(after)) = (before, after) else {
            continue;
        };
        if v1.is_paused(before) || !v1.is_paused(after) {
            continue;
        }
        // The status of an object that is being deleted looks healthy (FACTS 0.17), so this comes first.
        let found = if before.has(deletion) {
            being_deleted()
        } else if before.is(provisioning) {
            operation("status.provisioning", "`status.provisioning` is `true`")
        } else if before.text(polling).is_some_and(|url| !url.is_empty()) {
            operation("status.pollingUrl", "`status.pollingUrl` is set")
        } else {
            continue;
        };
        let change = transition.change;
        findings.push(found.about(change.object).at(change.number));
    }
    Ok(findings)
}

fn being_deleted() -> Finding {
    finding("in-flight")
        .column("metadata.deletionTimestamp")
        .message("is paused while it is being deleted")
        .why("pausing takes no delete back that v1 has sent to Azure: the object goes, and whether the resource does shows only in Azure")
        .command("kubectl get events -n {namespace} --field-selector involvedObject.name={name}")
        .advice("look in Azure whether the resource is still there, and decide whether it is to go: if so, wait until it has gone and the object with it; if not, waive this, so that the pause can save it")
}

fn operation(column: &str, how: &str) -> Finding {
    finding("in-flight")
        .column(column)
        .message(format!(
            "is paused while v1 waits for an operation in Azure: {how}"
        ))
        .why("v1 no longer looks how the operation ends, and a Secret that it would write then is never written")
        .command("kubectl wait -n {namespace} {resource} {name} --for=jsonpath='{{.status.provisioned}'=true --timeout=30m")
        .advice("if the operation has failed for good, mend or waive it; a pause freezes it as it is")
}
