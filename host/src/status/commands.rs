//! What to type to go on.

use super::board::{Blocker, Danger, Known, PolicySource, Row, V1Member, V2Member};
use crate::azure::operators::is_made_up;
use crate::steps::selection::Namespaces;
use crate::steps::swap::Refusal;
use crate::steps::{plural, shell::quote};
use asogate_aso::annotations::{RECONCILE_POLICY, SKIPRECONCILE};
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
    if let Some(position) = position.filter(|_| step == Step::Import) {
        command.push_str(&format!(" -f {}", quote(&position.file)));
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
    let is_whole = |id: &&String| !row.azure.inside && !is_made_up(id);
    let known = row.azure.id.as_ref().filter(is_whole);
    let remedy = match (known, namespace) {
        (Some(id), Some(namespace)) if !id.chars().any(char::is_control) => {
            Remedy::Command(format!(
                "asoctl import azure-resource {} --namespace {} --annotation {RECONCILE_POLICY}=skip --simple-logging --output import.yaml",
                quote(id),
                quote(&namespace)
            ))
        }
        _ if row.azure.inside => {
            Remedy::Advice("asoctl does not import it; write the v2 object for it by hand".into())
        }
        _ => Remedy::Advice("import it with `asoctl import azure-resource` and its ARM id".into()),
    };
    Blocker {
        code: None,
        subject: row.first().cloned(),
        message: message.into(),
        remedies: vec![remedy],
    }
}

/// What ends a danger.
pub(super) fn against(danger: Danger, row: &Row) -> Known {
    let writes_in_v1 = |member: &&V1Member| member.writes();
    let writes_in_v2 = |member: &&V2Member| member.writes() != Some(false);
    let of_v1 = || row.v1.iter().filter(writes_in_v1);
    let of_v2 = || row.v2.iter().filter(writes_in_v2);
    let remedy = match danger {
        Danger::DeletedInAzure => {
            let mut going = of_v1().filter(|member| member.terminating).map(pause);
            let mut in_v2 = of_v2().filter(|member| member.terminating).map(skip);
            going.next().or_else(|| in_v2.next())
        }
        Danger::GoesWithItsOwner => of_v1().map(pause).chain(of_v2().map(skip)).next(),
        Danger::TwoWriters => {
            let mut of_parts = row.managed_by.iter().map(pause_object);
            let second = || of_v2().nth(1).or_else(|| of_v2().next()).map(skip);
            of_v1()
                .map(pause)
                .next()
                .or_else(|| of_parts.next())
                .or_else(second)
        }
        Danger::NotInAzure | Danger::Doubled => None,
    };
    let advice = || match danger {
        Danger::NotInAzure => {
            "compare the annotation `serviceoperator.azure.com/resource-id` with the resource that v1 manages, and do not adopt the object before v2 finds it"
        }
        Danger::Doubled if row.v1.len() > 1 => {
            "decide which of the two v1 objects the v2 object replaces, and pause both"
        }
        _ => {
            "keep one of the two, and delete the other one while it is under `skip`; in a file, remove it"
        }
    };
    Known {
        danger,
        remedy: remedy.unwrap_or_else(|| Remedy::Advice(advice().into())),
    }
}

fn pause(member: &V1Member) -> Remedy {
    pause_object(&member.object)
}

fn pause_object(object: &ObjectKey) -> Remedy {
    Remedy::Command(format!(
        "kubectl annotate -n {} {}.{} {} {SKIPRECONCILE}=true --overwrite",
        quote(object.namespace.as_deref().unwrap_or_default()),
        plural(object),
        object.kind.group,
        quote(&object.name)
    ))
}

/// The version is named, since kubectl may else write in an older one, in which fields are lost (FACTS 0.11).
fn skip(member: &V2Member) -> Remedy {
    let object = &member.object;
    Remedy::Command(format!(
        "kubectl annotate -n {} {}.{}.{} {} {RECONCILE_POLICY}=skip --overwrite",
        quote(object.namespace.as_deref().unwrap_or_default()),
        plural(object),
        member.version,
        object.kind.group,
        quote(&object.name)
    ))
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

/// What is in the way of a resource one of whose consumers the step `swap` does not change.
pub(super) fn why_not_swapped(reader: &ObjectKey) -> Blocker {
    let namespace = reader.namespace.as_deref().unwrap_or_default();
    Blocker {
        code: None,
        subject: Some(reader.clone()),
        message: "reads a Secret of v1, and `swap` does not change it".into(),
        remedies: vec![Remedy::Command(format!(
            "asogate check {} -n {}",
            Step::Swap,
            quote(namespace)
        ))],
    }
}

/// What is in the way of a resource whose Secret somebody goes on reading after the swap, and why.
pub(super) fn refused(refusal: &Refusal) -> Blocker {
    let mut blocker = why_not_swapped(&refusal.consumer);
    let (place, from, reason) = (&refusal.place, &refusal.from, &refusal.reason);
    blocker.message = format!("goes on reading {from} in {place}: {reason}");
    blocker
}
