//! What Kubernetes does, claim by claim; what it may do in any order, against a garbage collector of its own.

mod changes;
mod claims;
mod held;
mod kubernetes;
mod random;

use super::{Cause, Finalizers, Operation, Outcome, simulate};
use crate::fixture::{Cluster, Wish, cluster};
use crate::object::ObjectId;
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// Account `a` owns server `b`, which owns Secret `c`.
fn chain() -> Cluster {
    cluster()
        .object("Account.example.com", "shop", "a")
        .object("Server.example.com", "shop", "b")
        .owned_by("a")
        .object("Secret", "shop", "c")
        .owned_by("b")
        .object("Secret", "shop", "other")
}

/// What `wishes` do to a cluster, one line an effect.
fn told(cluster: &Cluster, wishes: Vec<Wish>) -> Vec<String> {
    told_if(cluster, wishes, Finalizers::Act)
}

fn told_if(cluster: &Cluster, wishes: Vec<Wish>, finalizers: Finalizers) -> Vec<String> {
    let snapshot = cluster.build();
    let plan = cluster.plan(wishes);
    let outcome = simulate(&snapshot, &plan, finalizers);
    lines(&snapshot, &plan, &outcome)
}

fn lines(snapshot: &Snapshot, plan: &Plan, outcome: &Outcome) -> Vec<String> {
    let name = |id: ObjectId| match snapshot.get(id) {
        Some(object) => snapshot.text(object.name()).to_owned(),
        None => {
            let position = outcome.created[id.index() - snapshot.len()];
            plan.changes()[position].object.name.clone()
        }
    };
    let effects = outcome.effects.iter().map(|effect| {
        let operation = match effect.operation {
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
        };
        let mut line = format!("{operation} {}", name(effect.object));
        assert_eq!(
            effect.requested.is_some(),
            effect.cause == Cause::Requested,
            "{effect:?}"
        );
        if effect.cause != Cause::Requested {
            let path: Vec<_> = effect.path.iter().map(|id| name(*id)).collect();
            line += &format!(": {} by {}", effect.cause.name(), path.join(" > "));
        }
        if !effect.unlinked.is_empty() {
            line += &format!(", from {}", effect.unlinked.join(" "));
        }
        if !effect.finalizers.is_empty() {
            line += &format!(", awaits {}", effect.finalizers.join(" "));
        }
        if effect.already_terminating {
            line += ", already terminating";
        }
        for owner in &effect.unread_owners {
            line += &format!(", unread {owner}");
        }
        line
    });
    let conflicts = outcome.conflicts.iter();
    let conflicts = conflicts.map(|(position, conflict)| format!("change {position}: {conflict}"));
    effects.chain(conflicts).collect()
}
