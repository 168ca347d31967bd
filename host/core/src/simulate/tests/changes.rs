//! Creates, patches, conflicts, and what a simulation costs.

use super::{Finalizers, chain, told};
use crate::change::Propagation::{Foreground, Orphan};
use crate::fixture::{cluster, create, delete, delete_with, patch, reference};
use crate::simulate::{PATH_LIMIT, driver::Run, simulate};
use serde_json::json;

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
fn a_reference_that_was_taken_off_is_new_when_it_comes_back() {
    let again = || {
        let account = reference("Account.example.com", "a");
        patch("b", json!({ "ownerReferences": [account] }))
    };
    assert_eq!(
        told(&chain(), vec![delete_with("a", Orphan), again()]),
        [
            "delete a",
            "update b: unlinked by a, from a",
            "update b",
            "delete b: garbage-collected by b",
            "delete c: garbage-collected by b",
        ]
    );
    // One that was never off is not.
    assert_eq!(
        told(&chain(), vec![again(), delete("other")]),
        ["update b", "delete other"]
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
fn new_references_that_name_nobody_go_if_another_one_keeps_the_object() {
    let account = || reference("Account.example.com", "a");
    let nobody = || reference("Missing.example.com", "x");
    let mut misnamed = reference("Server.example.com", "b");
    misnamed["name"] = "other-b".into();
    let owners = |owners: Vec<_>| patch("other", json!({ "ownerReferences": owners }));
    assert_eq!(
        told(&chain(), vec![owners(vec![account(), nobody(), misnamed])]),
        ["update other", "update other: unlinked by other, from x b"]
    );
    assert_eq!(
        told(
            &chain(),
            vec![create("Secret", "shop", "n", vec![nobody(), account()])]
        ),
        ["create n", "update n: unlinked by n, from x"]
    );
    // Told once, and not of what is not known to name nobody.
    assert_eq!(
        told(
            &chain().object("Account.example.com", "shop", "z"),
            vec![
                owners(vec![
                    account(),
                    nobody(),
                    reference("Account.example.com", "z")
                ]),
                delete("z")
            ]
        )[1..],
        [
            "update other: unlinked by other, from x",
            "delete z",
            "update other: unlinked by z, from z",
        ]
    );
    assert_eq!(
        told(
            &chain().unread("Missing.example.com"),
            vec![owners(vec![account(), nobody()])]
        ),
        ["update other"]
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
