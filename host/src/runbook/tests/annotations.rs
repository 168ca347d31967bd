//! Claims about annotations, and about the namespaces in which they are set.

use super::*;

#[test]
fn objects_of_all_namespaces_are_not_changed_in_one() {
    for command in [
        "kubectl get azuresqlservers -A -o name | xargs kubectl annotate -n shop --overwrite skipreconcile=true",
        "kubectl annotate --overwrite $(kubectl get azuresqlservers -A -o name) -n shop skipreconcile=true",
        "kubectl annotate --overwrite `kubectl get azuresqlservers --all-namespaces -oname` skipreconcile=true",
        "for o in $(kubectl get azuresqlservers -A -o name); do kubectl annotate --overwrite $o -n shop skipreconcile=true; done",
        "kubectl get azuresqlservers -A -o name | while read -r o; do kubectl annotate --overwrite \"$o\" -n shop skipreconcile=true; done",
        "while read -r o; do kubectl annotate --overwrite \"$o\" -n shop skipreconcile=true; done < <(kubectl get azuresqlservers -A -o name)",
        "all=$(kubectl get azuresqlservers -A -o name)\nkubectl annotate --overwrite $all -n shop skipreconcile=true",
        "kubectl get azuresqlservers -A --no-headers | awk '{print $2}' | xargs kubectl annotate azuresqlservers -n shop --overwrite skipreconcile=true",
        "for ns in a b; do kubectl get azuresqlservers -A -o name | xargs kubectl annotate --overwrite -n $ns skipreconcile=true; done",
    ] {
        assert_eq!(found_in(command), ["all-namespaces deny"], "{command}");
    }
}

#[test]
fn a_list_that_keeps_its_namespaces_is_changed_in_each() {
    for command in [
        "kubectl get azuresqlservers -n shop -o name | xargs kubectl annotate -n shop --overwrite skipreconcile=true",
        "kubectl annotate azuresqlservers --all -A skipreconcile=true --overwrite",
        "kubectl get azuresqlservers -A | while read -r ns name rest; do kubectl annotate --overwrite azuresqlservers -n $ns $name skipreconcile=true; done",
        "kubectl get azuresqlservers -A -o json | jq -r '.items[].metadata | \"-n \\(.namespace) \\(.name)\"' | xargs -L1 kubectl annotate azuresqlservers --overwrite skipreconcile=true",
        "for ns in a b; do kubectl annotate --overwrite $(kubectl get azuresqlservers -n $ns -o name) -n $ns skipreconcile=true; done",
        "for ns in $(kubectl get ns -o name); do for kind in $(kubectl api-resources --api-group=azure.microsoft.com -o name); do for name in $(kubectl get $kind -n $ns -o name); do kubectl annotate -n $ns $name skipreconcile=true --overwrite; done; done; done",
        "kubectl get pods -A -o name | xargs kubectl annotate -n shop seen=yes",
    ] {
        assert_eq!(found_in(command), NONE, "{command}");
    }
}

#[test]
fn the_listing_is_told_to_use_the_namespace_of_the_change() {
    assert_eq!(
        lines(
            "kubectl get azuresqlservers -A -o name | xargs kubectl annotate -n shop skipreconcile=true"
        ),
        [
            "kubectl get azuresqlservers -n shop -o name | xargs kubectl annotate -n shop skipreconcile=true --overwrite"
        ]
    );
}

#[test]
fn annotations_are_set_with_overwrite() {
    let pause = "k annotate -n shop eventhubs orders \\\n  skipreconcile=true";
    assert_eq!(found_in(pause), ["no-overwrite warn"]);
    assert_eq!(
        lines(pause),
        ["k annotate -n shop eventhubs orders skipreconcile=true --overwrite"]
    );
    for command in [
        "kubectl annotate eventhubs orders skipreconcile=true --overwrite",
        "kubectl annotate --overwrite=true eventhubs orders skipreconcile=true",
        "kubectl annotate eventhubs orders skipreconcile-",
        "kubectl annotate pods web seen=yes",
    ] {
        assert_eq!(found_in(command), NONE, "{command}");
    }
    assert_eq!(
        found_in("kubectl annotate --overwrite=false eventhubs x skipreconcile=true"),
        ["no-overwrite warn"]
    );
    assert_eq!(
        found_in("kubectl annotate ns shop serviceoperator.azure.com/reconcile-policy=skip"),
        ["no-overwrite warn"]
    );
}

#[test]
fn misspelt_annotations_and_values_are_corrected() {
    for (pair, right) in [
        ("skip-reconcile=true", "skipreconcile=true"),
        ("skipreconcile=yes", "skipreconcile=true"),
        ("'skipreconcile= true'", "skipreconcile=true"),
        (
            "azure.microsoft.com/skipreconcile=true",
            "skipreconcile=true",
        ),
    ] {
        let command = format!("kubectl annotate --overwrite eventhubs orders {pair}");
        assert_eq!(found_in(&command), ["misspelt-annotation deny"], "{pair}");
        assert_eq!(
            lines(&command),
            [format!(
                "kubectl annotate --overwrite eventhubs orders {right}"
            )]
        );
    }
    for (pair, right) in [
        (
            "serviceoperator.azure.com/reconcile-policy=Skip",
            "serviceoperator.azure.com/reconcile-policy=skip",
        ),
        (
            "reconcile-policy=skip",
            "serviceoperator.azure.com/reconcile-policy=skip",
        ),
    ] {
        let command = format!("kubectl annotate --overwrite redis.cache.azure.com basket {pair}");
        assert_eq!(found_in(&command), ["misspelt-annotation deny"], "{pair}");
        assert_eq!(
            lines(&command),
            [format!(
                "kubectl annotate --overwrite redis.cache.azure.com basket {right}"
            )]
        );
    }
    assert_eq!(
        found_in("kubectl label eventhubs orders skipreconcile=true"),
        ["misspelt-annotation deny"]
    );
    for pair in [
        "skipreconcile=True",
        "skipreconcile=false",
        "skipreconcile=$VALUE",
        "team=shop",
    ] {
        assert_eq!(
            found_in(&format!(
                "kubectl annotate --overwrite eventhubs orders {pair}"
            )),
            NONE,
            "{pair}"
        );
    }
}
