//! `unresolved`, `wrong-kind` and `both-name-and-armid`: what `spec.owner` of an object says.

use crate::objects::{Cells, Key, Objects};
use crate::say;
use asogate_aso::arm_id::ArmId;
use asogate_aso::v1;
use asogate_aso::v2::{self, V2Kind, V2Owner};
use asogate_policy::{Finding, Level, State, Step};

/// What is wrong with the owners of the objects that the plan brings or changes.
pub(crate) fn judge(objects: &Objects<'_>) -> Vec<Finding> {
    objects.input.judge(
        objects.table,
        |_| false,
        |rows, state| {
            let cells = objects.cells(rows.first()?)?;
            check(objects, state, cells)
        },
    )
}

fn check<'a>(objects: &Objects<'a>, state: State<'a>, object: Cells<'a>) -> Option<Finding> {
    let owner = object.owner;
    if owner.name.is_some() && owner.arm_id.is_some() {
        return Some(say::both());
    }
    let kind = v2::find(object.group, object.kind)?;
    if matches!(kind.owner, V2Owner::Subscription | V2Owner::Tenant) {
        return None;
    }
    match (owner.name, owner.arm_id) {
        (_, Some(_)) if !kind.owner_may_be_arm_id() => Some(say::arm_id_is_ignored(kind)),
        (_, Some(text)) => check_arm_id(kind, text),
        (Some(name), None) => check_name(objects, state, object, kind, name),
        (None, None) => Some(say::none(kind)),
    }
}

fn check_arm_id(kind: &V2Kind, text: &str) -> Option<Finding> {
    let id = match ArmId::parse(text) {
        Ok(id) => id,
        Err(reason) => return Some(say::not_an_id(text, reason)),
    };
    let (group, owner) = kind.owner_kind()?;
    let expected = v2::find(group, owner)?.arm_type;
    (!id.is_of_type(expected)).then(|| say::wrong_type(&id.resource_type(), expected))
}

fn check_name<'a>(
    objects: &Objects<'a>,
    state: State<'a>,
    object: Cells<'a>,
    kind: &'static V2Kind,
    name: &str,
) -> Option<Finding> {
    let stated = (object.owner.group, object.owner.kind);
    let (group, owner_kind) = match (kind.owner_kind(), stated) {
        (Some(wanted), (stated_group, stated_kind)) => {
            let differs = stated_group.is_some_and(|group| group != wanted.0)
                || stated_kind.is_some_and(|kind| kind != wanted.1);
            if differs {
                return Some(say::stated_kind(stated_group, stated_kind, wanted.1));
            }
            wanted
        }
        (None, (Some(v1::GROUP), _)) => return Some(say::owned_by_v1()),
        (None, (Some(group), Some(kind))) => (group, kind),
        (None, _) => return Some(say::extension_without_kind()),
    };
    let key = Key {
        group,
        kind: owner_kind,
        namespace: object.namespace,
        name: object.owner_name,
    };
    if objects.is_there(state, key) {
        return None;
    }
    let others = || objects.named(state, object.owner_name);
    let elsewhere = others().find(|(_, other)| other.group == group && other.kind == owner_kind);
    if let Some((elsewhere, _)) = elsewhere {
        return Some(say::elsewhere(name, owner_kind, elsewhere));
    }
    // Who names the account as the owner of a container, whose owner is the blob service, means a relative of the right kind.
    let relative =
        others().find(|(_, other)| other.namespace == object.namespace && other.group == group);
    if let Some((relative, _)) = relative {
        return Some(say::relative(name, owner_kind, relative));
    }
    let level = match objects.input.step() {
        // Files alone do not show what is in the cluster.
        Step::Lint => Level::Warn,
        _ => Level::Deny,
    };
    let arm_type = v2::find(group, owner_kind).map(|owner| owner.arm_type);
    let arm_type = arm_type.filter(|_| kind.owner_may_be_arm_id());
    Some(say::absent(name, owner_kind, arm_type).level(level))
}
