//! Single claims.

use super::{Finalizers, told, told_if};
use crate::change::Propagation::{Foreground, Orphan};
use crate::fixture::{Cluster, cluster, create, delete, delete_with, patch, reference};
use crate::simulate::{PATH_LIMIT, driver::Run, simulate};
use serde_json::json;

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

#[test]
fn consequences_cascade_and_name_the_path_that_led_there() {
    assert_eq!(
        told(&chain(), vec![delete("a")]),
        [
            "delete a",
            "delete b: garbage-collected by a",
            "delete c: garbage-collected by a > b",
        ]
    );
}

#[test]
fn a_dependent_with_another_owner_is_unlinked() {
    let cluster = chain()
        .object("Secret", "shop", "d")
        .owned_by("a")
        .owned_by("other");
    assert_eq!(
        told(&cluster, vec![delete("a")])[3..],
        ["update d: unlinked by a, from a"]
    );
    assert_eq!(
        told(&cluster, vec![delete("a"), delete("other")])[3..],
        [
            "update d: unlinked by a, from a",
            "delete other",
            "delete d: garbage-collected by other",
        ]
    );
}

#[test]
fn a_dependent_of_two_objects_that_go_together_is_not_unlinked_first() {
    let cluster = chain()
        .object("Secret", "shop", "d")
        .owned_by("a")
        .owned_by("c");
    assert_eq!(
        told(&cluster, vec![delete("a")])[3..],
        ["delete d: garbage-collected by a > b > c"]
    );
}

#[test]
fn orphaning_frees_the_dependents_and_stops_there() {
    assert_eq!(
        told(&chain(), vec![delete_with("a", Orphan)]),
        ["delete a", "update b: unlinked by a, from a"]
    );
    assert_eq!(
        told(&chain(), vec![delete_with("a", Orphan), delete("b")])[2..],
        ["delete b", "delete c: garbage-collected by b"]
    );
}

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
fn a_dependent_that_carries_orphan_frees_its_own_dependents() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .object("Server.example.com", "shop", "b")
        .owned_by("a")
        .finalizer("orphan")
        .object("Secret", "shop", "c")
        .owned_by("b");
    assert_eq!(
        told(&cluster, vec![delete("a")]),
        [
            "delete a",
            "delete b: garbage-collected by a",
            "update c: unlinked by a > b, from b",
        ]
    );
    // Foreground deletion is passed on to whatever has dependents, over their finalizers.
    assert_eq!(
        told(&cluster, vec![delete_with("a", Foreground)]),
        [
            "delete a",
            "delete c: garbage-collected by a > b",
            "delete b: garbage-collected by a",
        ]
    );
    // An explicit request wins over the finalizer.
    assert_eq!(
        told(&cluster, vec![delete("b")]),
        ["delete b", "delete c: garbage-collected by b"]
    );
}

#[test]
fn foreground_takes_the_deepest_first() {
    let cluster = chain()
        .object("Secret", "shop", "d")
        .owned_by("a")
        .owned_by("b");
    assert_eq!(
        told(&cluster, vec![delete_with("a", Foreground)]),
        [
            "delete a",
            "delete c: garbage-collected by a > b",
            "delete d: garbage-collected by a > b",
            "delete b: garbage-collected by a",
        ]
    );
}

#[test]
fn cycles_end() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "b")
        .object("Account.example.com", "shop", "a")
        .owned_by("b")
        .object("Account.example.com", "shop", "root");
    // The other half of the cycle needs `a` to be known, so it comes by a patch.
    let close = || {
        patch(
            "b",
            json!({"ownerReferences": [reference("Account.example.com", "a"), reference("Account.example.com", "root")]}),
        )
    };
    assert_eq!(
        told(&cluster, vec![close(), delete("root")])[1..],
        ["delete root", "update b: unlinked by root, from root"]
    );
    for propagation in [Foreground, Default::default()] {
        assert_eq!(
            told(
                &cluster,
                vec![close(), delete("root"), delete_with("a", propagation)]
            )[3..],
            ["delete a", "delete b: garbage-collected by a"]
        );
    }
}

#[test]
fn an_owner_that_could_not_be_read_is_listed_and_does_not_keep() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .object("Secret", "shop", "c")
        .owned_by("a")
        .owned_by("away");
    assert_eq!(
        told(&cluster, vec![delete("a")])[1..],
        ["delete c: garbage-collected by a"]
    );
    let cluster = cluster.unread("Missing.example.com");
    assert_eq!(
        told(&cluster, vec![delete("a")])[1..],
        ["delete c: garbage-collected by a, unread Missing.example.com away"]
    );
    assert_eq!(
        told(&cluster, vec![delete_with("a", Orphan)])[1..],
        ["update c: unlinked by a, from a"]
    );
}

#[test]
fn references_that_name_nobody_go_with_the_lost_one() {
    let cluster = chain()
        .object("Secret", "shop", "d")
        .owned_by("a")
        .owned_by("away")
        .owned_by("other");
    assert_eq!(
        told(&cluster, vec![delete("a")])[3..],
        ["update d: unlinked by a, from a away"]
    );
}

#[test]
fn owners_elsewhere_do_not_count() {
    let cluster = cluster()
        .object("Account.example.com", "shop", "a")
        .object("Account.example.com", "store", "foreign")
        .object("Global.example.com", "", "global")
        .object("Secret", "shop", "c")
        .owned_by("a")
        .owned_by("foreign")
        .object("Secret", "shop", "d")
        .owned_by("a")
        .owned_by("global")
        .object("Global.example.com", "", "immune")
        .owned_by("a")
        .owned_by("global");
    assert_eq!(
        told(&cluster, vec![delete("foreign")]),
        ["delete foreign"],
        "a reference across namespaces is none"
    );
    assert_eq!(
        told(&cluster, vec![delete("a"), delete("global")]),
        [
            "delete a",
            "delete c: garbage-collected by a",
            "update d: unlinked by a, from a",
            "delete global",
            "delete d: garbage-collected by global",
        ]
    );
}

#[test]
fn an_owner_that_is_called_otherwise_does_not_keep() {
    let cluster = chain()
        .object("Secret", "shop", "d")
        .owned_by("a")
        .owned_by("other")
        .misnamed();
    assert_eq!(
        told(&cluster, vec![delete("a")])[2..3],
        ["delete d: garbage-collected by a"]
    );
    // Yet what refers to its uid goes with it.
    assert_eq!(
        told(&cluster, vec![delete("other")]),
        ["delete other", "update d: unlinked by other, from other"]
    );
}

#[test]
fn an_object_served_under_two_groups_is_one_owner() {
    let cluster = cluster()
        .object("Ingress.extensions", "shop", "old")
        .uid("u")
        .object("Ingress.networking.k8s.io", "shop", "new")
        .uid("u")
        .object("Secret", "shop", "c")
        .owned_by("u")
        .of_kind("Ingress.networking.k8s.io");
    for name in ["old", "new"] {
        let line = format!("delete c: garbage-collected by {name}");
        assert!(told(&cluster, vec![delete(name)]).contains(&line), "{name}");
    }
}

#[test]
fn a_namespace_takes_everything_in_it_along() {
    let cluster = cluster()
        .object("Namespace", "", "shop")
        .object("Account.example.com", "shop", "a")
        .object("Secret", "shop", "c")
        .owned_by("a")
        .object("Account.example.com", "store", "elsewhere")
        .object("Global.example.com", "", "global")
        .owned_by("shop");
    assert_eq!(
        told(
            &cluster,
            vec![create("Secret", "shop", "n", vec![]), delete("shop")]
        )[1..],
        [
            "delete shop",
            "delete a: namespace-deleted by shop",
            "delete c: namespace-deleted by shop",
            "delete global: garbage-collected by shop",
            "delete n: namespace-deleted by shop",
        ]
    );
}

#[test]
fn only_namespaces_of_the_core_group_hold_objects() {
    let cluster = cluster()
        .object("Namespace.eventhub.azure.com", "", "shop")
        .object("Secret", "shop", "c");
    assert_eq!(told(&cluster, vec![delete("shop")]), ["delete shop"]);
}

#[test]
fn a_definition_takes_every_object_of_its_kind_along() {
    let cluster = cluster()
        .object(
            "CustomResourceDefinition.apiextensions.k8s.io",
            "",
            "accounts.example.com",
        )
        .serves("Account.example.com")
        .object("Account.example.com", "shop", "a")
        .object("Server.example.com", "shop", "b")
        .object("Secret", "shop", "c")
        .owned_by("a")
        .object("Account.other.com", "shop", "d");
    assert_eq!(
        told(
            &cluster,
            vec![
                create("Account.example.com", "store", "n", vec![]),
                delete("accounts.example.com")
            ]
        )[1..],
        [
            "delete accounts.example.com",
            "delete a: crd-deleted by accounts.example.com",
            "delete n: crd-deleted by accounts.example.com",
            "delete c: garbage-collected by accounts.example.com > a",
        ]
    );
}

#[test]
fn a_definition_whose_kind_was_not_read_takes_its_whole_group_along() {
    let cluster = cluster()
        .object(
            "CustomResourceDefinition.apiextensions.k8s.io",
            "",
            "accounts.example.com",
        )
        .object("Account.example.com", "shop", "a")
        .object("Server.example.com", "shop", "b")
        .object("Account.other.com", "shop", "d");
    assert_eq!(
        told(&cluster, vec![delete("accounts.example.com")])[1..],
        [
            "delete a: crd-deleted by accounts.example.com",
            "delete b: crd-deleted by accounts.example.com",
        ]
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
fn patched_owners_are_honoured() {
    let account = || reference("Account.example.com", "a");
    // The last owner reference removed: nothing collects the object any more.
    assert_eq!(
        told(
            &chain(),
            vec![patch("b", json!({"ownerReferences": []})), delete("a")]
        ),
        ["update b", "delete a"]
    );
    // A new owner.
    assert_eq!(
        told(
            &chain(),
            vec![
                patch("other", json!({"ownerReferences": [account()]})),
                delete("a")
            ]
        )[2..],
        [
            "delete b: garbage-collected by a",
            "delete other: garbage-collected by a",
            "delete c: garbage-collected by a > b",
        ]
    );
    // A dead owner, also one that is dead by then.
    let dead = || {
        patch(
            "other",
            json!({"ownerReferences": [reference("Missing.example.com", "x")]}),
        )
    };
    assert_eq!(
        told(&chain(), vec![dead()]),
        ["update other", "delete other: garbage-collected by other"]
    );
    assert_eq!(
        told(&chain().unread("Missing.example.com"), vec![dead()]),
        ["update other"]
    );
    assert_eq!(
        told(
            &chain(),
            vec![
                delete("a"),
                patch("other", json!({"ownerReferences": [account()]}))
            ]
        )[3..],
        ["update other", "delete other: garbage-collected by other"]
    );
}

#[test]
fn a_created_object_whose_owners_do_not_exist_is_collected() {
    let new = |owners| vec![create("Secret", "shop", "n", owners)];
    assert_eq!(
        told(&chain(), new(vec![reference("Missing.example.com", "x")])),
        ["create n", "delete n: garbage-collected by n"]
    );
    assert_eq!(
        told(
            &chain().unread("Missing.example.com"),
            new(vec![reference("Missing.example.com", "x")])
        ),
        ["create n"]
    );
    let mut wishes = new(vec![reference("Account.example.com", "a")]);
    wishes.push(delete("a"));
    assert_eq!(
        told(&chain(), wishes)[2..],
        [
            "delete b: garbage-collected by a",
            "delete n: garbage-collected by a",
            "delete c: garbage-collected by a > b",
        ]
    );
}

#[test]
fn changes_that_cannot_be_made_are_conflicts_without_effect() {
    assert_eq!(
        told(
            &chain(),
            vec![
                delete("b").if_uid("other"),
                delete("nobody"),
                create("Secret", "shop", "other", vec![])
            ]
        ),
        [
            "change 0: `Server.example.com shop/b` has changed since the plan was made: its uid is `b`, the plan expects `other`",
            "change 1: `Missing.example.com nobody` does not exist, so it cannot be changed",
            "change 2: `Secret shop/other` exists already, so it cannot be created",
        ]
    );
    assert_eq!(
        told(&chain(), vec![delete("a"), delete("b")])[3..],
        ["change 1: `Server.example.com shop/b` does not exist, so it cannot be changed"],
        "the first delete took it along"
    );
}

#[test]
fn the_resource_version_counts_for_the_first_change_of_an_object_only() {
    let labels = json!({"labels": {"x": "y"}});
    let twice = |first: &str, second: &str| {
        told(
            &chain(),
            vec![
                patch("a", labels.clone()).if_version(first),
                patch("a", labels.clone()).if_version(second),
            ],
        )
        .len()
    };
    assert_eq!(twice("7", "8"), 2);
    let wrong = told(&chain(), vec![patch("a", labels.clone()).if_version("6")]);
    assert_eq!(
        wrong,
        [
            "change 0: `Account.example.com shop/a` has changed since the plan was made: its resourceVersion is `7`, the plan expects `6`"
        ]
    );
}

#[test]
fn created_objects_have_ids_after_the_snapshot_without_gaps() {
    let cluster = chain();
    let snapshot = cluster.build();
    let plan = cluster.plan(vec![
        create("Secret", "shop", "other", vec![]),
        create("Secret", "shop", "m", vec![]),
        create("Secret", "shop", "n", vec![]),
    ]);
    let outcome = simulate(&snapshot, &plan, Finalizers::Act);
    let ids: Vec<_> = outcome
        .effects
        .iter()
        .map(|effect| effect.object.number())
        .collect();
    assert_eq!(ids, [5, 6]);
    assert_eq!(outcome.created, [1, 2]);
    assert_eq!(outcome.conflicts.len(), 1);
}

#[test]
fn long_paths_keep_their_ends() {
    let mut cluster = cluster().object("Account.example.com", "shop", "0");
    for depth in 1..200 {
        let owner = (depth - 1).to_string();
        cluster = cluster
            .object("Account.example.com", "shop", &depth.to_string())
            .owned_by(&owner);
    }
    let snapshot = cluster.build();
    let outcome = simulate(&snapshot, &cluster.plan(vec![delete("0")]), Finalizers::Act);
    let last = outcome.effects.last().unwrap();
    let numbers: Vec<_> = last.path.iter().map(|id| id.number()).collect();
    assert_eq!(outcome.effects.len(), 200);
    assert_eq!(numbers.len(), PATH_LIMIT);
    assert_eq!((numbers[0], numbers[1], numbers[63]), (1, 137, 199));
}

#[test]
fn every_reference_is_visited_a_bounded_number_of_times() {
    // Every object of a layer depends on every object of the layer above; all of the top layer is deleted one by one.
    let (layers, width) = (6, 12);
    let name = |layer: usize, place: usize| format!("{layer}-{place}");
    let mut cluster = cluster();
    for layer in 0..layers {
        for place in 0..width {
            cluster = cluster.object("Account.example.com", "shop", &name(layer, place));
            for above in 0..if layer == 0 { 0 } else { width } {
                cluster = cluster.owned_by(&name(layer - 1, above));
            }
        }
    }
    let snapshot = cluster.build();
    let edges = (layers - 1) * width * width;
    for propagation in [Default::default(), Foreground] {
        let plan = cluster.plan(
            (0..width)
                .map(|place| delete_with(&name(0, place), propagation))
                .collect(),
        );
        let mut run = Run::new(&snapshot, Finalizers::Act);
        run.run(&plan);
        assert_eq!(
            run.outcome
                .effects
                .iter()
                .filter(|effect| effect.is_gone(Finalizers::Act))
                .count(),
            layers * width
        );
        let visited = run.dependents.visited;
        assert!(
            visited <= 3 * edges,
            "{visited} visits of {edges} references"
        );
    }
}

#[test]
fn a_plan_that_deletes_nothing_builds_no_index() {
    let (cluster, mut wishes) = (chain(), vec![]);
    wishes.push(patch("a", json!({"labels": {"x": "y"}})));
    wishes.push(create("Secret", "shop", "n", vec![]));
    let (snapshot, plan) = (cluster.build(), cluster.plan(wishes));
    let mut run = Run::new(&snapshot, Finalizers::Act);
    run.run(&plan);
    assert_eq!((run.outcome.effects.len(), run.dependents.visited), (2, 0));
}
