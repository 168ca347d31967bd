//! What is said of each problem.

use asogate_aso::annotations::{RECONCILE_POLICY, RESOURCE_ID, column};
use asogate_aso::arm_id::{ArmId, ArmIdError};
use asogate_aso::identity::V2OwnerCells;
use asogate_aso::v2::{V2Kind, V2Owner};
use asogate_policy::{Finding, ObjectId, finding, quote, quote_id};

const NAME: &str = "spec.owner.name";
const ARM_ID: &str = "spec.owner.armId";

/// What follows from an owner that is not there.
const WAITS: &str =
    "v2 waits for the owner for ever: the object is never claimed, and nothing is exported";

/// What follows from an owner that the API server or v2's webhook refuses.
const REFUSED: &str = "the API server refuses the object; `kubectl apply` goes on with the rest, and what it owns waits for it";

pub(crate) fn both() -> Finding {
    finding("both-name-and-armid")
        .column(ARM_ID)
        .message("has `spec.owner.name` and `spec.owner.armId`, of which only one is allowed")
        .why(REFUSED)
        .edit("remove `spec.owner.armId` if the owner has an object in the namespace, else `spec.owner.name`")
}

pub(crate) fn none(kind: &V2Kind) -> Finding {
    let what = match kind.owner_kind() {
        Some((_, owner)) => format!("a {owner}"),
        None => "the resource that it extends".into(),
    };
    let found = finding("unresolved")
        .column("spec.owner")
        .message(format!(
            "names no owner in `spec.owner`, which must be {what}"
        ))
        .why(REFUSED);
    let or_id = if kind.owner_may_be_arm_id() {
        ", or `spec.owner.armId`"
    } else {
        ""
    };
    match kind.owner {
        V2Owner::Any => found.edit(format!(
            "set `spec.owner.group`, `spec.owner.kind` and `spec.owner.name`{or_id}"
        )),
        _ => found.edit(format!("set `spec.owner.name`{or_id}")),
    }
}

pub(crate) fn arm_id_is_ignored(kind: &V2Kind) -> Finding {
    let owner = kind.owner_kind().map_or("owner", |(_, owner)| owner);
    finding("unresolved")
        .column(ARM_ID)
        .message("has `spec.owner.armId`, but the owner of a database user can only be given by name")
        .why(WAITS)
        .edit(format!(
            "set `spec.owner.name` to the name of the {owner} in the namespace, and remove `spec.owner.armId`"
        ))
}

pub(crate) fn not_an_id(text: &str, reason: ArmIdError) -> Finding {
    finding("unresolved")
        .column(ARM_ID)
        .message(format!(
            "has `spec.owner.armId` set to {}, but {reason}",
            quote(text)
        ))
        .why(REFUSED)
        .edit("set `spec.owner.armId` to the whole id of the owner, as `az resource show --query id` prints it")
}

pub(crate) fn wrong_type(found: &str, expected: &str) -> Finding {
    finding("wrong-kind")
        .column(ARM_ID)
        .message(format!(
            "has a {} as its owner in `spec.owner.armId`, but its owner must be a {}",
            quote(found),
            quote(expected)
        ))
        .why(REFUSED)
        .edit(format!(
            "set `spec.owner.armId` to the id of the {} that it is in",
            quote(expected)
        ))
}

pub(crate) fn stated_kind(group: Option<&str>, kind: Option<&str>, expected: &str) -> Finding {
    let stated: Vec<&str> = kind.into_iter().chain(group).collect();
    finding("wrong-kind")
        .column("spec.owner.kind")
        .message(format!(
            "says that its owner is a {}, but it must be a {}",
            quote(&stated.join(".")),
            quote(expected)
        ))
        .why("v2 looks for an owner of the only kind that can own it, and waits for that for ever")
        .edit(format!(
            "remove `spec.owner.kind` and `spec.owner.group`, and set `spec.owner.name` to the name of the {}",
            quote(expected)
        ))
}

pub(crate) fn owned_by_v1() -> Finding {
    finding("wrong-kind")
        .column("spec.owner.group")
        .message("names a v1 object as its owner, but only a v2 object can own it")
        .why(WAITS)
        .edit("set `spec.owner.group`, `spec.owner.kind` and `spec.owner.name` to those of the v2 object that replaces it")
}

pub(crate) fn extension_without_kind() -> Finding {
    finding("unresolved")
        .column(NAME)
        .message("names its owner without `spec.owner.group` and `spec.owner.kind`")
        .why(REFUSED)
        .edit("set `spec.owner.group` and `spec.owner.kind` to those of what it extends")
}

pub(crate) fn elsewhere(name: &str, kind: &str, elsewhere: ObjectId) -> Finding {
    finding("unresolved")
        .column(NAME)
        .message(format!(
            "names {} as its owner, but there is a {kind} of that name only in another namespace, as {{1.object}}",
            quote(name)
        ))
        .follows("namespace/unset")
        .follows("namespace/absent")
        .why(WAITS)
        .edit("put the object and its owner into one namespace")
        .related(elsewhere)
}

pub(crate) fn relative(name: &str, kind: &str, relative: ObjectId) -> Finding {
    finding("wrong-kind")
        .column(NAME)
        .message(format!(
            "names {} as its owner, which is a {{1.kind}}, but its owner must be a {kind}",
            quote(name)
        ))
        .why(WAITS)
        .edit(format!(
            "set `spec.owner.name` to the name of a {kind} in the namespace, and add that to the import if it is not there"
        ))
        .related(relative)
}

pub(crate) fn absent(name: &str, kind: &str, arm_type: Option<&str>) -> Finding {
    let found = finding("unresolved")
        .column(NAME)
        .message(format!(
            "names {} as its owner, but there is no {kind} of that name in its namespace",
            quote(name)
        ))
        .follows("namespace/unset")
        .follows("namespace/absent")
        .why(WAITS)
        .edit(format!(
            "correct `spec.owner.name`, or add the {kind} to the import"
        ));
    match arm_type {
        Some(arm_type) => found.edit(format!(
            "or replace it by `spec.owner.armId`, the id of a {}",
            quote(arm_type)
        )),
        None => found,
    }
}

pub(crate) fn azure_name_changed(old: Option<&str>, new: Option<&str>) -> Finding {
    let shown = |name: Option<&str>| quote(name.unwrap_or_default());
    let found = finding("azure-name-changed")
        .column("spec.azureName")
        .message(format!(
            "is to get the name {} in Azure, but v2 has claimed it as {}",
            shown(new),
            shown(old)
        ))
        .why("v2 refuses the change, also of letter case and under `skip`: `spec.azureName` can be written once")
        .edit(format!("set `spec.azureName` to {} again", shown(old)));
    make_again(found)
}

pub(crate) fn owner_changed(old: &V2OwnerCells<'_>, new: &V2OwnerCells<'_>) -> Finding {
    let found = finding("owner-changed")
        .column("spec.owner")
        .message(format!(
            "is to get {} as its owner, but v2 has claimed it with {}",
            shown(new),
            shown(old)
        ))
        .why("v2 refuses the change, also of letter case and under `skip`; a second import gives the names of children to others")
        .edit(format!(
            "if the manifest stands for another resource, give it another `metadata.name`; else set the owner to {} again",
            shown(old)
        ));
    make_again(found)
}

pub(crate) fn foreign(claimed: &ArmId, own: &ArmId) -> Finding {
    finding("foreign-resource-id")
        .column(column(RESOURCE_ID))
        .message(format!(
            "is taken by v2 for {}, but its owner and name make it {}",
            quote_id(in_subscription(claimed)),
            quote_id(in_subscription(own))
        ))
        .why("the annotation came with a manifest: v2 reads the other resource as this one, and a delete of the object deletes the other resource")
        .command(format!(
            "kubectl annotate -n {{namespace}} {{versioned-resource}} {{name}} {RECONCILE_POLICY}=skip --overwrite"
        ))
        .command("kubectl delete -n {namespace} {versioned-resource} {name}")
        .advice("then apply its manifest again, without finalizers and without the annotation; under `skip` the delete touches nothing in Azure, but what the object owns goes with it")
}

/// How a field that is written once can be corrected all the same.
fn make_again(found: Finding) -> Finding {
    found.advice("if what v2 has claimed is wrong, make it again: set the policy `skip` on the object and on everything below it, since that goes too, delete it, and apply it again")
}

/// An id from its resource group on; the subscription is not what differs.
fn in_subscription(id: &ArmId) -> &str {
    let mut parts = id.as_str().splitn(4, '/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (_, Some(first), _, Some(rest)) if first.eq_ignore_ascii_case("subscriptions") => rest,
        _ => id.as_str(),
    }
}

/// An owner in few words.
fn shown(owner: &V2OwnerCells<'_>) -> String {
    match (owner.name, owner.arm_id) {
        (Some(name), _) => match (owner.kind, owner.group) {
            (Some(kind), Some(group)) => {
                format!("{} {}", quote(&format!("{kind}.{group}")), quote(name))
            }
            _ => quote(name),
        },
        (None, Some(id)) => quote(&short(id)),
        (None, None) => "no object".into(),
    }
}

/// The end of an id, which tells more than its beginning.
fn short(id: &str) -> String {
    let parts: Vec<&str> = id.split('/').filter(|part| !part.is_empty()).collect();
    match parts.len().checked_sub(4) {
        Some(skipped) if skipped > 0 => {
            let end: Vec<&str> = parts.into_iter().skip(skipped).collect();
            format!("…/{}", end.join("/"))
        }
        _ => id.to_owned(),
    }
}
