//! What is said of each problem.

use crate::writers::Side;
use asogate_aso::annotations::RECONCILE_POLICY;
use asogate_aso::identity::Unidentified;
use asogate_aso::rows::Place;
use asogate_policy::{Finding, ObjectId, finding, quote};

const POLICY: &str = "metadata.annotations[serviceoperator.azure.com/reconcile-policy]";
const SKIPRECONCILE: &str = "metadata.annotations[skipreconcile]";

const PAUSE_OTHER: &str =
    "kubectl annotate -n {1.namespace} {1.resource} {1.name} skipreconcile=true --overwrite";
const SKIP_OTHER: &str = "kubectl annotate -n {1.namespace} {1.versioned-resource} {1.name} serviceoperator.azure.com/reconcile-policy=skip --overwrite";
const SKIP: &str = "kubectl annotate -n {namespace} {versioned-resource} {name} serviceoperator.azure.com/reconcile-policy=skip --overwrite";

const MANAGE: &str = "kubectl annotate -n {namespace} {versioned-resource} {name} serviceoperator.azure.com/reconcile-policy=manage --overwrite";

const LAST_WINS: &str =
    "both write what they say, the last one wins, and both go on showing that all is well";

/// What a group stands for, as texts name it.
fn named(place: &Place<'_>) -> String {
    let id = place.id();
    let (name, kind) = (quote(id.name()), quote(&id.resource_type()));
    match place.is_user() {
        true => format!("a user of the database {name}"),
        false => format!("{name} ({kind})"),
    }
}

/// A v1 and a v2 object, both of them before the plan; about the v2 object.
pub(crate) fn both(place: &Place<'_>, of_v1: ObjectId) -> Finding {
    finding("two-writers")
        .column(POLICY)
        .message(format!(
            "manages {} in Azure, and so does {{1.object}}",
            named(place)
        ))
        .why(LAST_WINS)
        .command(PAUSE_OTHER)
        .related(of_v1)
}

/// Two v2 objects; about the later one.
pub(crate) fn twice(place: &Place<'_>, other: ObjectId) -> Finding {
    finding("two-writers")
        .column(POLICY)
        .message(format!(
            "manages {} in Azure, and so does {{1.object}}",
            named(place)
        ))
        .why("both are written to Azure, the last one wins, and both show `Ready=True`; deleting either deletes the resource")
        .command(SKIP)
        .advice("keep one of the two: delete the other one while it is under `skip`")
        .related(other)
}

/// A v2 object that begins to write beside a v1 object.
pub(crate) fn adopted(place: &Place<'_>, of_v1: ObjectId) -> Finding {
    finding("adopt-before-pause")
        .follows("reconcile-policy/missing")
        .follows("reconcile-policy/unknown-value")
        .column(POLICY)
        .message(format!(
            "starts to manage {} in Azure while {{1.object}} still does",
            named(place)
        ))
        .why(LAST_WINS)
        .command(PAUSE_OTHER)
        .related(of_v1)
}

/// A v1 object that begins to write beside a v2 object.
pub(crate) fn released(place: &Place<'_>, of_v2: ObjectId) -> Finding {
    finding("rollback-order")
        .column(SKIPRECONCILE)
        .message(format!(
            "starts to manage {} in Azure while {{1.object}} still does",
            named(place)
        ))
        .why(LAST_WINS)
        .command(SKIP_OTHER)
        .advice("put the v2 object under `skip` first, and release the v1 object after that")
        .related(of_v2)
}

pub(crate) fn unidentified(side: Side, reason: &Unidentified) -> Finding {
    let reason = reason.to_string().replace('{', "{{");
    let found = finding("unidentified")
        .message(format!(
            "writes to Azure, but which resource is not known: {}",
            one_line(&reason)
        ))
        .why("whether another object manages the same resource cannot be told");
    match side {
        Side::V1 => found
            .column(SKIPRECONCILE)
            .command("kubectl annotate -n {namespace} {resource} {name} skipreconcile=true --overwrite"),
        Side::V2 => found.column(POLICY).command(SKIP).advice(
            "or complete what names its resource (`spec.azureName`, `spec.owner`), or waive this after looking who else manages it",
        ),
    }
}

/// Names of owners come from the cluster.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| match character.is_control() {
            true => ' ',
            false => character,
        })
        .collect()
}

pub(crate) fn managed_before() -> Finding {
    finding("managed-before")
        .column("metadata.annotations[serviceoperator.azure.com/latest-reconciled-generation]")
        .message("is under `skip`, but v2 has managed it before")
        .why("v2 has sent its `spec` to Azure once, so what it says is not only what was imported; it may be from before a rollback")
        .command("kubectl get -n {namespace} {versioned-resource} {name} -o yaml")
        .advice("compare its `spec` with what is in Azure now, or import it again and apply that")
}

pub(crate) fn doubled(other: ObjectId) -> Finding {
    finding("doubled")
        .column(POLICY)
        .message("is adopted, and {1.object}, which stands for the same Azure resource, stays under `skip`")
        .why("nothing shows that it is double; when the other one loses its `skip`, or its namespace does, both write and the last one wins")
        .command("kubectl get -n {1.namespace} {1.versioned-resource} {1.name} -o yaml")
        .advice("if that one is not wanted, delete it while it is under `skip`, and its resource stays (the Secrets that it exports go): `kubectl delete -n {1.namespace} {1.versioned-resource} {1.name}`")
        .related(other)
}

pub(crate) fn skip_elsewhere(by_namespace: bool, is_released: bool) -> Finding {
    let own = match is_released {
        true => "loses its own `skip`",
        false => "has no `skip` of its own",
    };
    let found = finding("skip-elsewhere").column(POLICY);
    match by_namespace {
        true => found
            .message(format!("{own}, but its namespace still says `skip`"))
            .why("nothing is adopted: neither v1 nor v2 manages the resource, and v2 takes everything in the namespace at once when that annotation goes")
            .command(format!(
                "kubectl annotate namespaces {{namespace}} {RECONCILE_POLICY}-"
            ))
            .command(MANAGE)
            .advice("one of the two is enough: with `manage` the object no longer follows its namespace"),
        false => found
            .message(format!("{own}, but the operator's default is `skip`"))
            .why("nothing is adopted: neither v1 nor v2 manages the resource")
            .command(MANAGE)
            .advice("or change `DEFAULT_RECONCILE_POLICY` in the Secret `aso-controller-settings`; a start of the operator with another default writes every object that says nothing itself"),
    }
}
