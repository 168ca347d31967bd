//! What v2 says about an object: its condition `Ready` (FACTS (h)).

use asogate_aso::rows::Both;
use asogate_policy::{
    Column, Finding, Input, ObjectId, Row, Selector, State, Table, finding, quote,
};

/// Columns of the v2 table.
pub(crate) const FURTHER: [&str; 2] = [GENERATION, CLAIMED_BY];

const GENERATION: &str = "metadata.generation";
const CLAIMED_BY: &str = "metadata.annotations[serviceoperator.azure.com/operator-namespace]";

const CONDITIONS: &str = "conditions";
const COLUMNS: [&str; 5] = [
    "status.conditions[*].type",
    "status.conditions[*].status",
    "status.conditions[*].reason",
    "status.conditions[*].message",
    "status.conditions[*].observedGeneration",
];

pub(crate) fn reads() -> Selector {
    Selector::objects(CONDITIONS, "*.azure.com", "*", COLUMNS)
}

/// The conditions of v2 objects.
pub(crate) struct Conditions<'a> {
    table: Table<'a>,
    columns: [Column; 5],
    generation: Column,
    claimed_by: Column,
    /// The namespaces in which a v2 operator runs.
    homes: Vec<&'a str>,
}

impl<'a> Conditions<'a> {
    pub(crate) fn new(input: &'a Input, both: &Both<'a>) -> Result<Conditions<'a>, String> {
        let table = input.table(CONDITIONS)?;
        let [generation, claimed_by] = both.v2.table.columns(FURTHER)?;
        let running = both.policies.operators().v2();
        let running = running.filter(|operator| operator.is_running());
        Ok(Conditions {
            table,
            columns: table.columns(COLUMNS)?,
            generation,
            claimed_by,
            homes: running.map(|operator| operator.namespace).collect(),
        })
    }

    /// The namespace of the operator that has claimed an object, if none runs there although one does elsewhere: that one
    /// passes over the object, and what the object says of itself is from before (OBSERVED 2 p).
    fn other_home(&self, row: Row<'a>) -> Option<&'a str> {
        let home = row.text(self.claimed_by).filter(|home| !home.is_empty())?;
        (!self.homes.is_empty() && !self.homes.contains(&home)).then_some(home)
    }

    /// What is wrong with an object at a moment; none if it is ready.
    pub(crate) fn problem(&self, state: State<'a>, row: Row<'a>) -> Option<Finding> {
        if let Some(home) = self.other_home(row) {
            return Some(other_operator(home));
        }
        let [of_type, status, reason, message, observed] = self.columns;
        let Some(ready) = self.ready(state, row.object(), of_type) else {
            return Some(not_observed());
        };
        let column = "status.conditions[*].status";
        let said = |column| ready.text(column).unwrap_or_default();
        if said(reason) == "AzureResourceNotFound" && said(status) != "True" {
            return Some(not_found(said(message)));
        }
        if said(status) != "True" {
            let text = format!("is not ready: {}", because(said(reason), said(message)));
            let causes = causes(said(reason), said(message)).iter();
            return Some(causes.fold(not_ready(column, text), |found, code| found.follows(code)));
        }
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
        let wanted = number(row.text(self.generation))?;
        let seen = number(ready.text(observed));
        let message = match seen {
            None => "is not ready: its condition does not say for which generation it holds".into(),
            Some(seen) if seen < wanted => format!(
                "is not ready: v2 has seen generation {seen} of it, and it is at generation {wanted}"
            ),
            Some(_) => return None,
        };
        Some(not_ready(
            "status.conditions[*].observedGeneration",
            message,
        ))
    }

    fn ready(&self, state: State<'a>, object: ObjectId, of_type: Column) -> Option<Row<'a>> {
        let mut rows = state.rows_of(self.table, object);
        rows.find(|row| row.text(of_type) == Some("Ready"))
    }
}

/// Reason and first line of a condition.
fn because(reason: &str, message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    match (reason, first) {
        ("", "") => "its condition `Ready` says no reason".into(),
        (reason, "") => quote(reason),
        ("", first) => quote(first),
        (reason, first) => format!("{}, {}", quote(reason), quote(first)),
    }
}

/// The findings of other policies that say why v2 gives this reason (strings of OBSERVED 2).
fn causes(reason: &str, message: &str) -> &'static [&'static str] {
    match reason {
        "WaitingForOwner" => &["owner/unresolved", "owner/wrong-kind"],
        "SecretNotFound" => &[
            "secret-sources/missing-secret",
            "secret-sources/missing-key",
        ],
        "FailedWritingAdditionalKubernetesObjects" => &[
            "secret-overwrite/not-owned",
            "secret-overwrite/shared-destination",
            "secret-overwrite/v1-name",
        ],
        "SubscriptionMismatch" => &["credential-scope/subscription-mismatch"],
        "Failed" if message.contains("credential") => &[
            "credential-scope/missing-credential",
            "credential-scope/cross-namespace",
        ],
        "Failed" if message.contains("is invalid: ") => &["secret-overwrite/illegal-destination"],
        _ => &[],
    }
}

fn not_ready(column: &str, message: String) -> Finding {
    finding("not-ready")
        .column(column)
        .message(message)
        .command("kubectl describe -n {namespace} {versioned-resource} {name}")
        .command("kubectl wait -n {namespace} {versioned-resource} {name} --for=condition=Ready --timeout=10m")
}

fn other_operator(home: &str) -> Finding {
    finding("other-operator")
        .column(CLAIMED_BY)
        .message(format!(
            "belongs to the v2 operator in the namespace {}, where none runs",
            quote(home)
        ))
        .command("kubectl annotate -n {namespace} {versioned-resource} {name} serviceoperator.azure.com/operator-namespace-")
        .advice("without the annotation the operator that runs claims the object; do that while it is still under `skip`, and wait for its condition `Ready`")
}

fn not_observed() -> Finding {
    finding("not-observed")
        .column("status.conditions")
        .message("has no condition `Ready`: v2 has never looked at it")
        .follows("namespace/not-watched")
        .follows("api-served/crd-absent")
        .command("kubectl get events -n {namespace} --field-selector involvedObject.name={name}")
        .advice("find out why: v2 does not run, does not watch the namespace, was started before the definition of the kind came, or another operator has claimed the object (event `Overlap`)")
}

fn not_found(message: &str) -> Finding {
    // The id that v2 asked Azure for stands in the first quotes.
    let asked = message.split('"').nth(1).filter(|id| id.starts_with('/'));
    let message = match asked.and_then(|id| id.rsplit_once("/resourceGroups/")) {
        Some((_, below)) => format!(
            "stands for a resource that is not in Azure, at {}",
            quote(below)
        ),
        None => "stands for a resource that is not in Azure".to_owned(),
    };
    finding("azure-not-found")
        .follows("credential-scope/subscription-mismatch")
        .follows("owner/foreign-resource-id")
        .column("status.conditions[*].reason")
        .message(message)
        .command("kubectl get -n {namespace} {versioned-resource} {name} -o yaml")
        .advice("compare the annotation `serviceoperator.azure.com/resource-id` with the resource that v1 manages: subscription of the credential, resource group, name; an object with a wrong name or owner must be deleted under `skip` and applied again")
}
