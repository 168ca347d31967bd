//! A namespace of Event Hubs that v1 claims anew gets the network rule `Allow`, unless its `spec` has one of its own (OBSERVED M10).

use crate::releases::Release;
use asogate_aso::rows::Both;
use asogate_policy::{Finding, finding};

pub(crate) const NETWORK_RULE: &str = "spec.networkRule";

pub(crate) fn judge<'a>(both: &Both<'a>, releases: &[Release<'a>]) -> Result<Vec<Finding>, String> {
    let [provisioned, rule] = both
        .v1
        .table
        .columns(["status.provisioned", NETWORK_RULE])?;
    let opened = releases.iter().filter(|release| {
        both.v1.kind(release.row) == "EventhubNamespace"
            && release.row.text(provisioned) != Some("true")
            && !release.row.has(rule)
    });
    let found = opened.map(|release| {
        finding("firewall-opened")
            .about(release.row.object())
            .at(release.change)
            .column(NETWORK_RULE)
            .message("is claimed anew by v1, which sets the network rule of the namespace in Azure to `Allow`")
            .why("its `status.provisioned` is not `true` and it has no `spec.networkRule`; a firewall that denies by default is open after the rollback, for everybody")
            .command("kubectl get -n {namespace} {resource} {name} -o yaml")
            .advice("write the rule that Azure has today into `spec.networkRule` before the rollback, or set it in Azure again after it")
    });
    Ok(found.collect())
}
