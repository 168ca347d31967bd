//! Whether v1 is there: its operator, and the definitions of its kinds.

use crate::releases::Release;
use asogate_aso::rows::Both;
use asogate_aso::{annotations, settings, v1};
use asogate_policy::{Finding, Input, ObjectId, Relation, Selector, finding, quote};
use std::collections::BTreeMap;

/// Where the operator runs that has claimed an object (FACTS (c)).
pub(crate) const CLAIMED_BY: &str = "metadata.annotations[azure.microsoft.com/operator-namespace]";

const SERVED: &str = "served-apis";

pub(crate) fn reads() -> Selector {
    Selector::relation(SERVED, Relation::ServedApis)
}

pub(crate) fn judge<'a>(
    input: &'a Input,
    both: &Both<'a>,
    releases: &[Release<'a>],
) -> Result<Vec<Finding>, String> {
    let mut findings = absent_definitions(input, both, releases)?;
    let operators = both.policies.operators();
    let is_running = operators.v1().any(|operator| operator.is_running());
    if let Some(first) = releases.first().filter(|_| !is_running) {
        findings.push(not_running(deployment(input)?).at(first.change));
    } else {
        findings.extend(of_others(both, releases)?);
    }
    Ok(findings)
}

/// Objects that another operator has claimed than those that run: about the first one for each namespace.
fn of_others<'a>(both: &Both<'a>, releases: &[Release<'a>]) -> Result<Vec<Finding>, String> {
    let claimed_by = both.v1.table.column(CLAIMED_BY)?;
    let operators = both.policies.operators();
    let running: Vec<&str> = operators
        .v1()
        .filter(|operator| operator.is_running())
        .map(|operator| operator.namespace)
        .collect();
    let mut by_home: BTreeMap<&str, Vec<&Release<'a>>> = BTreeMap::new();
    for release in releases {
        let home = release.row.text(claimed_by).filter(|home| !home.is_empty());
        if let Some(home) = home.filter(|home| !running.contains(home)) {
            by_home.entry(home).or_default().push(release);
        }
    }
    let found = by_home.into_iter().filter_map(|(home, releases)| {
        let (first, others) = releases.split_first()?;
        let more = match others.len() {
            0 => String::new(),
            1 => ", and so does 1 more object of the plan".into(),
            count => format!(", and so do {count} more objects of the plan"),
        };
        Some(
            finding("other-operator")
                .about(first.row.object())
                .at(first.change)
                .column(CLAIMED_BY)
                .message(format!(
                    "belongs to the v1 operator in the namespace {}, where none runs{more}",
                    quote(home)
                ))
                .why("an operator in another namespace leaves the object alone (event `Overlap`): v2 lets go of the resource, and nobody takes it")
                .command(format!(
                    "kubectl annotate -n {{namespace}} {{resource}} {{name}} {}-",
                    annotations::V1_OPERATOR_NAMESPACE
                ))
                .advice("without the annotation the operator that runs claims the object; do that while it is still paused")
                .related_all(others.iter().take(5).map(|release| release.row.object())),
        )
    });
    Ok(found.collect())
}

/// The Deployment of a v1 operator.
fn deployment(input: &Input) -> Result<Option<ObjectId>, String> {
    let table = input.table("operator-settings")?;
    let [operator, setting] = table.columns(["operator", "setting"])?;
    let mut rows = input.now().rows(table);
    let found = rows.find(|row| {
        row.text(operator) == Some(settings::V1) && row.text(setting) == Some("deployment")
    });
    Ok(found.map(|row| row.object()))
}

fn not_running(deployment: Option<ObjectId>) -> Finding {
    let found = finding("v1-not-running").why(
        "v2 lets go of the resources and nobody takes them; when v1 starts later, it writes every ResourceGroup, Eventhub and BlobContainer at once",
    );
    match deployment {
        Some(deployment) => found
            .about(deployment)
            .column("status.readyReplicas")
            .message("does not run, or only serves webhooks: no v1 operator is there to take the objects back")
            .command("kubectl scale -n {namespace} deployments.apps {name} --replicas=1")
            .command("kubectl rollout status -n {namespace} deployments.apps {name}")
            .advice("start it while every v1 object is still paused, then roll back"),
        None => found
            .message(format!(
                "no v1 operator is there to take the objects back: there is no Deployment `{}`",
                settings::V1_DEPLOYMENT
            ))
            .command("kubectl get -A deployments.apps -l app=azure-service-operator-v1")
            .advice("install the v1 operator again, in the version and with the settings that it had, while every v1 object is still paused"),
    }
}

/// Kinds that the API server does not serve: about the first object of each, in the order of the changes.
fn absent_definitions<'a>(
    input: &'a Input,
    both: &Both<'a>,
    releases: &[Release<'a>],
) -> Result<Vec<Finding>, String> {
    let served = input.table(SERVED)?;
    let [group, kind, version, is_served, established] =
        served.columns(["group", "kind", "version", "served", "established"])?;
    let api_version = both.v1.table.column("apiVersion")?;
    let mut kinds: BTreeMap<(&str, &str), Vec<&Release<'a>>> = BTreeMap::new();
    for release in releases {
        let api_version = release.row.text(api_version).unwrap_or_default();
        // What is there already can be written in any version.
        let wanted = match (release.is_created, api_version.split_once('/')) {
            (true, Some((_, version))) => version,
            _ => "",
        };
        let key = (both.v1.kind(release.row), wanted);
        kinds.entry(key).or_default().push(release);
    }
    let mut findings = Vec::new();
    for ((of_kind, wanted), releases) in kinds {
        let Some(first) = releases.first() else {
            continue;
        };
        let is_there = input.after(first.change).rows(served).any(|row| {
            row.text(group) == Some(v1::GROUP)
                && row.text(kind) == Some(of_kind)
                && (wanted.is_empty() || row.text(version) == Some(wanted))
                && row.is(is_served)
                && row.is(established)
        });
        if !is_there {
            let what = match wanted {
                "" => quote(of_kind),
                version => format!("{} in the version {}", quote(of_kind), quote(version)),
            };
            let others = releases.iter().skip(1).map(|release| release.row.object());
            let plural = v1::find(of_kind).map_or("", |kind| kind.plural);
            findings.push(
                finding("v1-crd-absent")
                    .about(first.row.object())
                    .at(first.change)
                    .column("kind")
                    .message(format!("is of the kind {what}, which the cluster does not serve"))
                    .why("the API server refuses the object, and v1 does not start without the definitions of its kinds")
                    .command(format!(
                        "kubectl get customresourcedefinitions {plural}.{} -o yaml",
                        v1::GROUP
                    ))
                    .advice("install the definitions of the v1 operator again, in the version that it had")
                    .related_all(others.take(5)),
            );
        }
    }
    Ok(findings)
}
