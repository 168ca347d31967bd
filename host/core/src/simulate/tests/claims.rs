//! Who goes, and why.

use super::{chain, told};
use crate::change::Propagation::{Foreground, Orphan};
use crate::fixture::{cluster, create, delete, delete_with, patch, reference};
use serde_json::json;

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
fn a_definition_orphans_nothing_whatever_the_delete_says() {
    let cluster = cluster()
        .object(
            "CustomResourceDefinition.apiextensions.k8s.io",
            "",
            "accounts.example.com",
        )
        .serves("Account.example.com")
        .object("Secret", "shop", "c")
        .owned_by("accounts.example.com");
    for propagation in [Orphan, Foreground, Default::default()] {
        assert_eq!(
            told(
                &cluster,
                vec![delete_with("accounts.example.com", propagation)]
            ),
            [
                "delete accounts.example.com",
                "delete c: garbage-collected by accounts.example.com"
            ]
        );
    }
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
