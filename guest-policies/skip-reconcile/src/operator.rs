//! Whether v1 is there to act: the annotation does nothing by itself, it is v1 that reads it when it acts on the finalizer.

use crate::objects::Objects;
use asogate_aso::namespaces::WatchedNamespaces;
use asogate_aso::settings;
use asogate_policy::{
    FastMap, Finding, Input, Level, ObjectId, Relation, Row, Selector, Step, finding, quote,
};
use std::collections::{BTreeMap, BTreeSet};

const SETTINGS: &str = "operator-settings";

pub(crate) fn reads() -> Selector {
    Selector::relation(SETTINGS, Relation::OperatorSettings)
}

/// One v1 operator; they are told apart by their namespaces.
#[derive(Default)]
struct Operator<'a> {
    namespace: &'a str,
    deployment: Option<ObjectId>,
    is_ready: bool,
    /// Whether it does no more than serve webhooks, and reconciles nothing (FACTS (g)).
    only_webhooks: bool,
    /// Whether its Secret says what it watches.
    has_setting: bool,
    /// The setting as its Secret and its Deployment give it, if they do.
    targets: Vec<&'a str>,
}

impl Operator<'_> {
    /// Whether it looks at objects in this namespace, by everything that is set.
    fn watches(&self, namespace: &str) -> bool {
        let mut targets = self.targets.iter();
        !self.only_webhooks
            && targets.all(|setting| WatchedNamespaces::parse(Some(setting)).contains(namespace))
    }
}

fn operators(input: &Input) -> Result<Vec<Operator<'_>>, String> {
    let table = input.table(SETTINGS)?;
    let [operator, namespace, setting, value] =
        table.columns(["operator", "namespace", "setting", "value"])?;
    let mut operators: BTreeMap<&str, Operator<'_>> = BTreeMap::new();
    let of_v1 = |row: &Row<'_>| row.text(operator) == Some(settings::V1);
    for row in input.now().rows(table).filter(of_v1) {
        let namespace = row.text(namespace).unwrap_or("");
        let known = operators.entry(namespace).or_insert_with(|| Operator {
            namespace,
            ..Operator::default()
        });
        let value = row.text(value);
        match row.text(setting) {
            Some("deployment") => known.deployment = Some(row.object()),
            Some("ready-replicas") => {
                known.is_ready = value.and_then(|text| text.parse().ok()).unwrap_or(0u32) > 0;
            }
            Some(name)
                if name.trim_start_matches("environment:") == settings::TARGET_NAMESPACES =>
            {
                known.targets.extend(value);
                known.has_setting |= name == settings::TARGET_NAMESPACES;
            }
            Some(name) if name.trim_start_matches("environment:") == settings::OPERATOR_MODE => {
                known.only_webhooks |= value == Some("webhooks");
            }
            _ => {}
        }
    }
    Ok(operators.into_values().collect())
}

/// What the plan needs v1 for.
#[derive(Clone, Copy)]
struct Need<'a> {
    change: u32,
    row: Row<'a>,
    deletes: bool,
}

/// The first change of each object that v1 has to act on: one that pauses it, or a delete that waits for v1. Of an object
/// that is paused and then deleted, the delete counts.
fn needs<'a>(objects: &Objects<'a>) -> Vec<Need<'a>> {
    let mut needs: BTreeMap<ObjectId, Need<'a>> = BTreeMap::new();
    for transition in objects.input.walk() {
        let change = transition.change;
        let Some(row) = transition.before.row_of(objects.table, change.object) else {
            continue;
        };
        let pauses = || {
            let after = transition.added(objects.table).first();
            !objects.is_paused(row) && after.is_some_and(|after| objects.is_paused(after))
        };
        let deletes = change.deletes();
        if objects.awaits_v1(row) && (deletes || pauses()) {
            let need = Need {
                change: change.number,
                row,
                deletes,
            };
            needs
                .entry(change.object)
                .and_modify(|known| *known = if known.deletes { *known } else { need })
                .or_insert(need);
        }
    }
    let mut needs: Vec<_> = needs.into_values().collect();
    needs.sort_by_key(|need| need.change);
    needs
}

pub(crate) fn judge(objects: &Objects<'_>) -> Result<Vec<Finding>, String> {
    // No cluster is known to `lint`.
    if objects.input.step() == Step::Lint {
        return Ok(vec![]);
    }
    let needs = needs(objects);
    // A delete that hangs is worse than a pause that waits.
    let worst = needs.iter().find(|need| need.deletes).or(needs.first());
    let Some(worst) = worst else {
        return Ok(vec![]);
    };
    let operators = operators(objects.input)?;
    let running: Vec<&Operator<'_>> = operators.iter().filter(|known| known.is_ready).collect();
    let mut findings = Vec::new();
    if running.is_empty() {
        let deployments = operators.iter().filter_map(|known| known.deployment);
        findings.push(not_running(worst, &deployments.collect::<BTreeSet<_>>()));
    }
    let acting = if running.is_empty() {
        operators.iter().collect()
    } else {
        running
    };
    let is_watched =
        |namespace: &str| acting.is_empty() || acting.iter().any(|known| known.watches(namespace));
    // Namespaces are few, changes are many.
    let mut watched: FastMap<&str, bool> = FastMap::default();
    let unwatched = needs.iter().filter(|need| {
        let namespace = objects.namespace(need.row);
        !*watched
            .entry(namespace)
            .or_insert_with(|| is_watched(namespace))
    });
    findings.extend(unwatched.map(|need| not_watched(objects, need, &acting)));
    Ok(findings)
}

fn level(need: &Need<'_>) -> Level {
    if need.deletes {
        Level::Deny
    } else {
        Level::Warn
    }
}

fn not_running(need: &Need<'_>, deployments: &BTreeSet<ObjectId>) -> Finding {
    let found = finding("operator-not-running")
        .level(level(need))
        .at(need.change);
    let found = match need.deletes {
        true => found.why("v1 objects that are deleted now hang on their finalizer; the annotation that they carry when the operator runs again decides about Azure"),
        false => found.why("whether the pause works shows only when the operator runs again"),
    };
    match deployments.first() {
        Some(&deployment) => found
            .about(deployment)
            .column("status.readyReplicas")
            .message("has no ready replica: no v1 operator is running")
            .command("kubectl scale -n {namespace} deployments.apps {name} --replicas=1")
            .command("kubectl rollout status -n {namespace} deployments.apps {name}"),
        None => found
            .message(format!(
                "no v1 operator is running: there is no Deployment `{}`",
                settings::V1_DEPLOYMENT
            ))
            .command("kubectl get -A deployments.apps -l app=azure-service-operator-v1")
            .advice("install the v1 operator again, in the version that last ran, and wait until it is ready"),
    }
}

fn not_watched<'a>(objects: &Objects<'a>, need: &Need<'a>, acting: &[&Operator<'a>]) -> Finding {
    let namespace = objects.namespace(need.row);
    let why = match need.deletes {
        true => {
            "the delete hangs on the finalizer, also with `skipreconcile`; if v1 watches the namespace again, the annotation of that moment decides about Azure"
        }
        false => "v1 does not act on the annotation, and a delete later hangs on the finalizer",
    };
    let found = finding("not-watched")
        .level(level(need))
        .about(need.row.object())
        .at(need.change)
        .column("metadata.namespace")
        .message(format!(
            "is in the namespace {}, which the v1 operator does not watch",
            quote(namespace)
        ))
        .why(why);
    // What its Secret says can be said anew; of several operators nobody knows which one is meant.
    let found = match acting {
        [only] if let Some(names) = settable(only, namespace) => {
            let at = only.namespace;
            found
                .command(format!(
                    "kubectl patch secrets -n {at} {} --type=merge -p '{{{{\"stringData\":{{{{\"{}\":\"{}\"}}}}'",
                    settings::V1_SECRET,
                    settings::TARGET_NAMESPACES,
                    names
                ))
                .command(format!(
                    "kubectl rollout restart -n {at} deployments.apps {}",
                    settings::V1_DEPLOYMENT
                ))
        }
        _ => found.advice(format!(
            "add the namespace to `{}` in the Secret `{}` of the operator that is to watch it (`kubectl edit -n ITS-NAMESPACE secrets {}`), have it reconcile, and restart it",
            settings::TARGET_NAMESPACES,
            settings::V1_SECRET,
            settings::V1_SECRET
        )),
    };
    found.advice(
        "a start of v1 writes every ResourceGroup, Eventhub and BlobContainer to Azure that is not paused",
    )
}

/// What the setting of the operator's Secret has to be for it to watch this namespace too; none if the setting comes from
/// elsewhere, would not help, or holds what cannot stand in a command line.
fn settable(operator: &Operator<'_>, namespace: &str) -> Option<String> {
    let known = operator.targets.iter().flat_map(|known| known.split(','));
    let known = known.map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<&str> = known.chain([namespace]).collect();
    let is_name = |name: &str| {
        let mut letters = name.chars();
        letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    };
    let is_plain = names.iter().all(|name| is_name(name)) && is_name(operator.namespace);
    let helps = operator.has_setting && !operator.only_webhooks;
    (is_plain && helps).then(|| names.join(","))
}
