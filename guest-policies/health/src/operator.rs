//! Whether v2 runs. Its webhooks refuse every new object while it is down, and what its objects say of themselves is from before
//! (OBSERVED 2, row 5e).

use asogate_aso::rows::Both;
use asogate_aso::settings;
use asogate_policy::{Finding, Input, Step, finding};

pub(crate) fn judge<'a>(input: &'a Input, both: &Both<'a>) -> Result<Option<Finding>, String> {
    let why = match input.step() {
        Step::Import => {
            "its webhooks do not answer, so the API server refuses the objects; kubectl apply goes on with the rest, and part of an import is left behind"
        }
        Step::Adopt => {
            "its webhooks do not answer, so the objects cannot be changed; and what they say of themselves is from when it ran"
        }
        Step::Cleanup => {
            "when the v1 objects are gone nobody manages the resources; the twins go on showing `Ready=True` from when it ran"
        }
        _ => return Ok(None),
    };
    // Objects that no change concerns do not need it.
    let mut concerned = input.walk().filter(|transition| {
        let of_v2 = !transition.added(both.v2.table).is_empty();
        of_v2 || (transition.change.deletes() && !transition.removed(both.v1.table).is_empty())
    });
    let Some(first) = concerned.next() else {
        return Ok(None);
    };
    let mut operators = both.policies.operators().v2();
    if operators.any(|operator| operator.ready_replicas > 0) {
        return Ok(None);
    }
    // Without a Deployment nothing is known of how v2 was installed.
    let table = input.table("operator-settings")?;
    let [operator, setting] = table.columns(["operator", "setting"])?;
    let deployment = input.now().rows(table).find(|row| {
        row.text(operator) == Some(settings::V2) && row.text(setting) == Some("deployment")
    });
    Ok(deployment.map(|deployment| {
        finding("operator-not-running")
            .about(deployment.object())
            .at(first.change.number)
            .column("status.readyReplicas")
            .message("has no ready replica: no v2 operator is running")
            .why(why)
            .command("kubectl rollout status -n {namespace} deployments.apps {name}")
            .command("kubectl scale -n {namespace} deployments.apps {name} --replicas=1")
            .advice("a start of v2 writes every object to Azure that is not under `skip`")
    }))
}
