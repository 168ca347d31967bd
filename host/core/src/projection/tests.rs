//! What is claimed of projections.

use super::*;
use crate::change::Propagation;
use crate::fixture::{Cluster, Wish, cluster, create, delete, delete_with, id, patch, reference};
use crate::simulate::{Finalizers, simulate};
use serde_json::json;

/// What a projection says, without its borrow of the snapshot.
fn versions(
    cluster: &Cluster,
    wishes: Vec<Wish>,
) -> Result<Vec<(u32, u32, Vec<String>)>, ProjectionError> {
    let (snapshot, plan) = (cluster.build(), cluster.plan(wishes));
    let outcome = simulate(&snapshot, &plan, Finalizers::Act);
    let projection = Projection::new(&snapshot, &plan, outcome)?;
    let versions = projection.versions().iter();
    Ok(versions
        .map(|version| {
            (
                version.object.number(),
                version.change,
                version.unlinked.clone(),
            )
        })
        .collect())
}

/// Secret `c` is owned by accounts `a` and `b`.
fn shared() -> Cluster {
    cluster()
        .object("Account.example.com", "shop", "a")
        .object("Account.example.com", "shop", "b")
        .object("Secret", "shop", "c")
        .owned_by("a")
        .owned_by("b")
}

#[test]
fn a_changed_object_carries_the_version_in_which_it_is_written() {
    let object = ObjectKey {
        kind: crate::object::GroupKind::new("g.azure.com", "Hub"),
        namespace: None,
        name: "a".into(),
    };
    let mut value = json!({"apiVersion": "g.azure.com/v2", "spec": {}});
    set_version(&mut value, &object, "");
    assert_eq!(
        value["apiVersion"], "g.azure.com/v2",
        "a plan may name none"
    );
    set_version(&mut value, &object, "v1");
    assert_eq!(value["apiVersion"], "g.azure.com/v1");
}

#[test]
fn an_unlinked_object_keeps_its_row_and_loses_its_references() {
    let (cluster, wishes) = (
        shared(),
        vec![
            delete_with("a", Propagation::Orphan),
            delete_with("b", Propagation::Orphan),
        ],
    );
    let all = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        versions(&cluster, wishes.clone()).unwrap(),
        [(3, 2, all(&["a"])), (3, 4, all(&["b", "a"]))]
    );
    let (snapshot, plan) = (cluster.build(), cluster.plan(wishes));
    let outcome = simulate(&snapshot, &plan, Finalizers::Act);
    let projection = Projection::new(&snapshot, &plan, outcome).unwrap();
    let rows: Vec<_> = projection
        .versions()
        .iter()
        .map(|version| version.row)
        .collect();
    assert_eq!((rows, projection.after().len()), (vec![0, 0], 1));
    let row = projection.after().get(0).unwrap();
    assert_eq!(row.key(projection.pool()).to_string(), "Secret shop/c");
    assert_eq!(projection.pool().get(row.uid()), "c");
}

#[test]
fn deleted_objects_have_no_state_afterwards() {
    assert_eq!(
        versions(&shared(), vec![delete("c"), delete("a")]).unwrap(),
        []
    );
}

#[test]
fn a_patch_does_not_bring_back_references_that_kubernetes_took_off() {
    let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c", "namespace": "shop"}});
    let cluster = shared().whole(&object);
    let after = |metadata| versions(&cluster, vec![delete("a"), patch("c", metadata)]).unwrap();
    assert_eq!(after(json!({"labels": {}}))[1].2, ["a"]);
    let again = json!({"ownerReferences": [reference("Account.example.com", "b")]});
    assert_eq!(after(again)[1].2, [""; 0]);
}

#[test]
fn a_patch_of_an_object_that_was_not_kept_whole_is_an_error() {
    let cluster = cluster().object("ConfigMap", "shop", "c");
    let error = versions(&cluster, vec![patch("c", json!({"labels": {}}))]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not work out what the patch makes of `ConfigMap shop/c`: the object was not read as a whole"
    );
}

#[test]
fn a_secret_that_is_applied_again_keeps_its_row_though_it_is_never_kept_whole() {
    let applied = versions(&shared(), vec![patch("c", json!({"labels": {}}))]).unwrap();
    assert_eq!(applied.len(), 1);
}

#[test]
fn created_objects_are_known_by_what_their_change_says() {
    let cluster = shared();
    let wishes = vec![
        create("Secret", "shop", "c", vec![]),
        create("Secret", "shop", "n", vec![]),
    ];
    let (snapshot, plan) = (cluster.build(), cluster.plan(wishes));
    let outcome = simulate(&snapshot, &plan, Finalizers::Act);
    let projection = Projection::new(&snapshot, &plan, outcome).unwrap();
    let key = |number| ObjectId::from_number(number).and_then(|id| projection.key(id));
    assert_eq!(key(4).unwrap().to_string(), "Secret shop/n");
    assert_eq!(key(3).unwrap().to_string(), "Secret shop/c");
    assert_eq!(key(5), None);
    assert_eq!(projection.version(id(&snapshot, "a")), "v1");
    assert_eq!(projection.versions().len(), 1);
}
