//! What is said of each problem.

use crate::places::Presence;
use asogate_aso::settings;
use asogate_policy::{Finding, ObjectId, Operation, finding, quote};

const NAMESPACE: &str = "metadata.namespace";

/// The namespace that a manifest should have, if v1 has an object for the same resource.
fn where_v1_is(finding: Finding, twin: Option<ObjectId>) -> Finding {
    match twin {
        Some(twin) => finding
            .edit("set `metadata.namespace` to `{1.namespace}`, where v1 has {1.object}")
            .related(twin),
        None => finding.edit("set `metadata.namespace`"),
    }
}

pub(crate) fn unset(operator: &str, twin: Option<ObjectId>) -> Finding {
    let found = finding("unset")
        .column(NAMESPACE)
        .message("has no namespace")
        .why("it would land in whatever namespace the context of kubectl names, and it cannot be moved later");
    let found = where_v1_is(found, twin);
    if operator == settings::V1 {
        return found;
    }
    found.advice(
        "or import it again with `asoctl import azure-resource --namespace NAMESPACE` (with two dashes: `-namespace` means `-n amespace`)",
    )
}

pub(crate) fn absent(name: &str, presence: Presence, twin: Option<ObjectId>) -> Finding {
    let namespace = quote(name);
    let how = match presence {
        Presence::There | Presence::Absent => "which does not exist",
        Presence::Later => "which the plan creates only later",
        Presence::Terminating => "which is being deleted",
    };
    let found = finding("absent")
        .column(NAMESPACE)
        .message(format!("is created in the namespace {namespace}, {how}"))
        .why(
            "the API server refuses the object, and the objects that it owns wait for it for ever",
        );
    let found = match (presence, twin) {
        (_, Some(_)) => where_v1_is(found, twin),
        (Presence::Later, None) => found.edit("put the namespace before the objects in it"),
        (_, None) => found.edit("correct `metadata.namespace`"),
    };
    match presence {
        Presence::Terminating => found.advice(format!(
            "or wait until {namespace} is gone, and create it again"
        )),
        Presence::Absent if is_label(name) && twin.is_none() => {
            found.command("kubectl create namespace {namespace}")
        }
        _ => found,
    }
}

/// Whether a text is the name of a namespace, and so means nothing else to a shell.
fn is_label(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 63 && !name.starts_with('-') && name.bytes().all(allowed)
}

pub(crate) fn not_watched(
    operator: &str,
    name: &str,
    beside: &str,
    operation: Operation,
) -> Finding {
    let namespace = quote(name);
    let (operator, secret, restart) = if operator == settings::V1 {
        (
            "v1",
            settings::V1_SECRET,
            "a restart of v1 writes every ResourceGroup, Eventhub and BlobContainer to Azure that is not paused",
        )
    } else {
        (
            "v2",
            settings::V2_SECRET,
            "a restart of v2 writes every object to Azure that is not under `skip`",
        )
    };
    let why = match operation {
        Operation::Create => {
            "nothing happens to the object: it gets no condition, no finalizer and no exports"
        }
        Operation::Update => {
            "the change has no effect as long as the operator does not look at the object"
        }
        Operation::Delete => {
            "the delete hangs on the finalizer as long as the operator does not look at the object, whatever its annotations say"
        }
    };
    let beside = quote(beside);
    let found = finding("not-watched")
        .column(NAMESPACE)
        .message(format!(
            "is in the namespace {namespace}, which the {operator} operator in {beside} does not watch"
        ))
        .why(why)
        .advice(format!(
            "add {namespace} to `AZURE_TARGET_NAMESPACES` of Secret `{secret}` in the namespace {beside} and restart the operator; {restart}"
        ));
    match operation {
        Operation::Create => found.edit("or set `metadata.namespace` to one that is watched"),
        _ => found,
    }
}

pub(crate) fn default() -> Finding {
    finding("default")
        .column(NAMESPACE)
        .message("is created in the namespace `default`, where no v1 object for the same Azure resource is known")
        .why("objects land there by accident; v2 writes Secrets only beside its object, and it cannot be moved later")
        .edit("set `metadata.namespace` to the namespace of the workloads that need the resource")
}

pub(crate) fn differs(namespace: &str, twin: ObjectId, is_new: bool) -> Finding {
    let namespace = quote(namespace);
    let found = finding("differs-from-v1")
        .column(NAMESPACE)
        .message(format!(
            "is in the namespace {namespace}, but v1 has the same Azure resource in another one, as {{1.object}}"
        ))
        .why("v2 writes Secrets and ConfigMaps only beside its object, so workloads beside the v1 object cannot read them; and it cannot be moved later")
        .related(twin);
    if is_new {
        found.edit("set `metadata.namespace` to `{1.namespace}`")
    } else {
        found
            .command("kubectl annotate -n {namespace} {versioned-resource} {name} serviceoperator.azure.com/reconcile-policy=skip --overwrite")
            .advice(
                "then make it again where v1 has it: `kubectl delete -n {namespace} {versioned-resource} {name}`, and apply its manifest with `{1.namespace}` as the namespace",
            )
    }
}
