//! Finalizers, and objects that were being deleted before the plan.

use super::{Finalizers, told, told_if};
use crate::change::Propagation::{Foreground, Orphan};
use crate::fixture::{cluster, delete, delete_with, patch};
use serde_json::json;

#[test]
fn an_orphaned_object_whose_other_owner_is_going_goes() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .object("Account.example.com", "shop", "b")
        .terminating()
        .finalizer("f")
        .object("Secret", "shop", "c")
        .owned_by("a")
        .owned_by("b");
    let wishes = || vec![delete_with("a", Orphan)];
    assert_eq!(
        told(&cluster, wishes()),
        ["delete a", "delete c: garbage-collected by a"]
    );
    assert_eq!(
        told_if(&cluster, wishes(), Finalizers::Hold),
        ["delete a", "update c: unlinked by a, from a"]
    );
}

#[test]
fn what_depends_on_something_that_is_going_does_not_keep_others() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "going")
        .terminating()
        .finalizer("f")
        .object("Account.example.com", "shop", "below")
        .owned_by("going")
        .object("Account.example.com", "shop", "a")
        .object("Secret", "shop", "c")
        .owned_by("a")
        .owned_by("below");
    assert_eq!(
        told(&cluster, vec![delete("a")]),
        ["delete a", "delete c: garbage-collected by a"]
    );
}

#[test]
fn finalizers_are_recorded_and_hold_only_if_nobody_acts() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .finalizer("azure")
        .object("Secret", "shop", "c")
        .owned_by("a");
    assert_eq!(
        told(&cluster, vec![delete("a")]),
        ["delete a, awaits azure", "delete c: garbage-collected by a"]
    );
    let hold = |wishes| told_if(&cluster, wishes, Finalizers::Hold);
    assert_eq!(hold(vec![delete("a")]), ["delete a, awaits azure"]);
    let free = || patch("a", json!({"finalizers": null}));
    assert_eq!(
        hold(vec![free(), delete("a")]),
        ["update a", "delete a", "delete c: garbage-collected by a"]
    );
}

#[test]
fn a_blocking_dependent_that_is_held_keeps_its_owner() {
    let of = |blocking: bool| {
        let held = cluster()
            .object("Account.example.com", "shop", "a")
            .object("Server.example.com", "shop", "b")
            .owned_by("a");
        let held = if blocking { held.blocking() } else { held };
        held.finalizer("azure")
            .object("Secret", "shop", "c")
            .owned_by("a")
    };
    let hold = |blocking| {
        told_if(
            &of(blocking),
            vec![delete_with("a", Foreground)],
            Finalizers::Hold,
        )
    };
    assert_eq!(
        hold(true),
        [
            "delete a, awaits foregroundDeletion",
            "delete b: garbage-collected by a, awaits azure",
            "delete c: garbage-collected by a",
        ]
    );
    assert_eq!(hold(false)[0], "delete a");
    assert_eq!(
        told(&of(true), vec![delete_with("a", Foreground)])[0],
        "delete a"
    );
}

#[test]
fn what_held_an_owner_lets_it_go_later_in_the_plan() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .object("Server.example.com", "shop", "b")
        .owned_by("a")
        .blocking()
        .finalizer("azure");
    let wishes = vec![
        delete_with("a", Foreground),
        patch("b", json!({"finalizers": []})),
    ];
    assert_eq!(
        told_if(&cluster, wishes, Finalizers::Hold)[2..],
        [
            "delete b, already terminating",
            "delete a: garbage-collected by b, already terminating",
        ]
    );
}

#[test]
fn a_held_object_keeps_its_namespace() {
    let cluster = cluster()
        .object("Namespace", "", "shop")
        .object("Account.example.com", "shop", "a")
        .finalizer("azure");
    assert_eq!(
        told_if(&cluster, vec![delete("shop")], Finalizers::Hold),
        [
            "delete shop, awaits kubernetes",
            "delete a: namespace-deleted by shop, awaits azure",
        ]
    );
}

#[test]
fn a_delete_of_a_terminating_object_is_not_a_second_one() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .terminating()
        .finalizer("azure")
        .object("Secret", "shop", "c")
        .owned_by("a");
    assert_eq!(
        told(&cluster, vec![delete_with("a", Orphan)]),
        [
            "delete a, awaits azure, already terminating",
            "delete c: garbage-collected by a",
        ]
    );
    assert_eq!(
        told_if(&cluster, vec![delete("a")], Finalizers::Hold),
        ["delete a, awaits azure, already terminating"]
    );
}

#[test]
fn taking_the_last_finalizer_off_a_terminating_object_lets_it_go() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .terminating()
        .finalizer("azure")
        .finalizer("backup")
        .object("Secret", "shop", "c")
        .owned_by("a");
    assert_eq!(
        told(
            &cluster,
            vec![
                patch("a", json!({"finalizers": ["backup"]})),
                patch("a", json!({"finalizers": null}))
            ]
        ),
        [
            "update a, already terminating",
            "delete a, already terminating",
            "delete c: garbage-collected by a",
        ]
    );
}

#[test]
fn orphaning_does_not_save_what_another_deleted_owner_may_still_take() {
    // The finalizer of `a` may be acted on long after `b` is gone; until then its reference is the only one left.
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .finalizer("azure")
        .object("Account.example.com", "shop", "b")
        .object("Secret", "shop", "c")
        .owned_by("a")
        .owned_by("b");
    assert_eq!(
        told(&cluster, vec![delete("a"), delete_with("b", Orphan)]),
        [
            "delete a, awaits azure",
            "update c: unlinked by a, from a",
            "delete b",
            "delete c: garbage-collected by b",
        ]
    );
    assert_eq!(
        told(
            &cluster,
            vec![delete_with("a", Orphan), delete_with("b", Orphan)]
        )[3..],
        ["update c: unlinked by b, from b"]
    );
}
