//! What to type to go on.

use super::board::{Blocker, PolicySource, Row, V2Member};
use crate::steps::selection::Namespaces;
use crate::steps::{plural, shell::quote};
use asogate_aso::annotations::RECONCILE_POLICY;
use asogate_core::finding::Remedy;
use asogate_core::object::ObjectKey;
use asogate_core::plan::Step;

/// As many objects of a row are named in a command.
const NAMED: usize = 5;

/// What judges a step for all that was asked for.
pub(super) fn of_step(step: Step, namespaces: &Namespaces) -> String {
    let files = if step == Step::Import {
        " -f FILES"
    } else {
        ""
    };
    match namespaces {
        Namespaces::All if step == Step::Import => format!("asogate check {step}{files}"),
        Namespaces::All => format!("asogate check {step} -A"),
        Namespaces::One(namespace) => {
            format!("asogate check {step} -n {}{files}", quote(namespace))
        }
    }
}

/// What shows a step for one row, whose gate is open.
pub(super) fn of_row(step: Step, row: &Row) -> String {
    let objects: Vec<&ObjectKey> = match step {
        Step::PauseV1 | Step::Cleanup => {
            let of_v1 = row.v1.iter().map(|member| &member.object);
            of_v1
                .chain(row.managed_by.iter().filter(|_| row.v1.is_empty()))
                .collect()
        }
        Step::Swap => vec![],
        _ => row.v2.iter().map(|member| &member.object).collect(),
    };
    let namespace = objects.first().copied().or(row.first());
    let namespace = namespace.and_then(|object| object.namespace.as_ref());
    let mut command = format!("asogate plan {step}");
    let position = row.v2.iter().find_map(|member| member.position.as_ref());
    match (step, position) {
        (Step::Import, Some(position)) => {
            command.push_str(&format!(" -f {}", quote(&position.file)));
        }
        _ => {}
    }
    if let Some(namespace) = namespace {
        command.push_str(&format!(" -n {}", quote(namespace)));
    }
    for object in objects
        .iter()
        .filter(|object| object.namespace.as_ref() == namespace)
        .take(NAMED)
    {
        let resource = format!("{}.{}/{}", plural(object), object.kind.group, object.name);
        command.push_str(&format!(" {}", quote(&resource)));
    }
    command
}

/// What mends the first thing in the way.
pub(super) fn mend(blocked_by: &[Blocker]) -> Option<Remedy> {
    let first = blocked_by.first()?;
    let is_command = |remedy: &&Remedy| matches!(remedy, Remedy::Command(_));
    let remedies = || first.remedies.iter();
    let found = remedies().find(is_command).or_else(|| remedies().next());
    let explain = || {
        let code = first.code.as_ref()?;
        Some(Remedy::Command(format!("asogate explain {code}")))
    };
    found.cloned().or_else(explain)
}

/// What is in the way of a resource that no v2 object stands for.
pub(super) fn not_imported(row: &Row, without_files: bool) -> Blocker {
    let message = match without_files {
        true => "has no v2 object yet; the import files were not given (-f)",
        false => "has no v2 object, and is not in the import files",
    };
    let namespace = row.first().and_then(|object| object.namespace.clone());
    let known = row.azure.id.as_ref().filter(|_| !row.azure.inside);
    let remedy = match (known, namespace) {
        (Some(id), Some(namespace)) if !id.chars().any(char::is_control) => {
            Remedy::Command(format!(
                "asoctl import azure-resource {} --namespace {} --annotation {RECONCILE_POLICY}=skip --simple-logging --output import.yaml",
                quote(id),
                quote(&namespace)
            ))
        }
        _ => Remedy::Advice("asoctl does not import it; write the v2 object for it by hand".into()),
    };
    Blocker {
        code: None,
        subject: row.first().cloned(),
        message: message.into(),
        remedies: vec![remedy],
    }
}

/// Why the step `adopt` would change nothing of a v2 object that does not write to Azure.
pub(super) fn why_not_adopted(member: &V2Member) -> Blocker {
    let namespace = member.object.namespace.as_deref().unwrap_or_default();
    let (message, remedy) = match member.policy.map(|policy| policy.from) {
        Some(PolicySource::Namespace) => (
            "is under the `skip` of its namespace, which `adopt` does not remove",
            Remedy::Advice(format!(
                "`kubectl annotate namespaces {} {RECONCILE_POLICY}-` releases everything in the namespace at once; or give each object its own policy first",
                quote(namespace)
            )),
        ),
        Some(PolicySource::Operator) if member.watched => (
            "is under `skip` by the operator's default, which `adopt` does not change",
            Remedy::Advice(
                "write `manage` into the object, or change `DEFAULT_RECONCILE_POLICY` in the Secret `aso-controller-settings`".into(),
            ),
        ),
        _ => (
            "is not looked at by any v2 operator: none watches its namespace",
            Remedy::Advice(
                "add the namespace to `AZURE_TARGET_NAMESPACES` of the v2 operator, and restart it".into(),
            ),
        ),
    };
    Blocker {
        code: None,
        subject: Some(member.object.clone()),
        message: message.into(),
        remedies: vec![remedy],
    }
}
