//! Claims about deletes and the checks before them.

use super::*;

#[test]
fn a_delete_needs_a_check_before_it() {
    assert_eq!(
        found_in("kubectl delete azuresqlservers erp -n data"),
        ["bare-delete deny"]
    );
    assert_eq!(
        lines("kubectl delete azuresqlservers erp -n data"),
        ["asogate check cleanup -n data && kubectl delete azuresqlservers erp -n data"]
    );
    for command in [
        "kubectl --context prod -n data delete azuresqlserver/erp",
        "sudo -u admin kubectl delete --wait=false azuresqlservers --all",
        "KUBECONFIG=x kubectl delete azuresqlservers -l app=shop",
        "kubectl delete redis.cache.azure.com basket",
        "oc delete psqls erp",
        "kubectl get rediscaches -n a -o name | xargs kubectl delete -n a",
        "for t in rediscaches eventhubs; do kubectl delete $t --all -n a; done",
        "if true; then kubectl delete eventhubs a; fi",
        "case $1 in a|b) kubectl delete eventhubs a ;; esac",
        "(cd /tmp && kubectl delete eventhubs a) || true",
        "clean() { kubectl delete eventhubs --all; }",
        "kubectl delete eventhubs a --cascade=orphan",
        "alias kk='kubectl --context prod'\nkk delete eventhubs a",
        "kc() { kubectl --context prod \"$@\"; }\nkc delete eventhubs a",
        "KUBECTL='kubectl --context prod'\n$KUBECTL delete eventhubs a",
        "kubectl get eventhubs -n a -o yaml | kubectl delete -f -",
        "kubectl $OPTIONS delete eventhubs a",
        "kubectl exec -it pod -- kubectl delete eventhubs a",
        "timeout 60 kubectl delete eventhubs a",
        "x=$(kubectl delete eventhubs a)",
        "aws-vault exec prod -- kubectl delete eventhubs a",
    ] {
        assert_eq!(found_in(command), ["bare-delete deny"], "{command}");
    }
    for command in [
        "kubectl delete pods --all",
        "kubectl delete secret azuresqlserver-erp",
        "kubectl delete --dry-run=server azuresqlservers erp",
        "asogate exec cleanup -n data -- kubectl delete azuresqlservers erp -n data",
        "echo kubectl delete azuresqlservers erp; kubectl get pods",
        "# kubectl delete azuresqlservers erp\nkubectl get pods",
        "kubectl apply -f - <<EOF\nkubectl delete azuresqlservers erp\nEOF",
    ] {
        assert_eq!(found_in(command), NONE, "{command}");
    }
}

#[test]
fn in_a_document_a_check_of_the_same_namespace_stands_before_the_delete() {
    let delete = "kubectl delete azuresqlservers erp -n data";
    let before = |check: &str| {
        codes(&examination(
            "a.md",
            &format!("```sh\n{check}\n```\nThen:\n```sh\n{delete}\n```\n"),
        ))
    };
    for check in [
        "asogate check cleanup -n data --snapshot s",
        "asogate check cleanup -A --snapshot s",
        "kubectl asogate check cleanup azuresqlservers -n data --snapshot s",
        "asogate check --plan plan.json --snapshot s",
        "asogate check cleanup azuresqlservers -n data --snapshot s t",
        "asogate check cleanup asqls/erp -n data --snapshot s",
    ] {
        assert_eq!(before(check), NONE, "{check}");
    }
    for check in [
        "asogate check cleanup -n shop --snapshot s",
        "asogate check pause-v1 -A --snapshot s",
        "asogate check cleanup eventhubs -n data --snapshot s",
        "asogate check cleanup azuresqlservers/crm -n data --snapshot s",
        "asogate check cleanup -A -l app=crm --snapshot s",
        "asogate check cleanup $WHAT -A",
        "asogate plan cleanup -A",
    ] {
        assert_eq!(before(check), ["bare-delete deny"], "{check}");
    }
    let after = format!("```sh\n{delete}\nasogate check cleanup -A --snapshot s\n```\n");
    assert_eq!(codes(&examination("a.md", &after)), ["bare-delete deny"]);
}

#[test]
fn in_a_script_the_exit_code_of_the_check_decides() {
    let check = "asogate check cleanup -A --snapshot s";
    let delete = "kubectl delete azuresqlservers erp -n data";
    for script in [
        format!("{check} && {delete}"),
        format!("{check} || exit 1\n{delete}"),
        format!("{check} || {{ echo no; exit 1; }}\n{delete}"),
        format!("if {check}; then\n  {delete}\nfi"),
        format!("if ! {check}; then\n  exit 1\nfi\n{delete}"),
        format!("set -euo pipefail\n{check}\n{delete}"),
        format!(
            "{check} && kubectl get azuresqlservers -n data -o name | xargs kubectl delete -n data"
        ),
        format!("{check} && {{ echo; {delete}; }}"),
    ] {
        assert_eq!(found_in_script(&script), NONE, "{script}");
    }
    for script in [
        format!("{check}\n{delete}"),
        format!("{check}; {delete}"),
        format!("{check} || {delete}"),
        format!("{check} || echo no\n{delete}"),
        format!("if ! {check}; then\n  {delete}\nfi"),
        format!("if {check}; then echo; else\n  {delete}\nfi"),
        format!("{check} && echo yes\n{delete}"),
        format!("{check} | tee log && {delete}"),
        format!("set -e\n{check} | tee log\n{delete}"),
        format!("set -e\n{check} || true\n{delete}"),
        format!("set -x\n{check}\n{delete}"),
        format!("set -e\nset +e\n{check}\n{delete}"),
        format!("f() {{ {check} || exit 1; }}\n{delete}"),
        format!("if test -f x; then {check} || exit 1; fi\n{delete}"),
        format!("({check} || exit 1)\n{delete}"),
        format!("x=$({check} || exit 1)\n{delete}"),
        format!("echo $({check}) && {delete}"),
    ] {
        assert_eq!(found_in_script(&script), ["bare-delete deny"], "{script}");
    }
}

#[test]
fn what_was_selected_by_its_annotation_or_comes_from_a_file_is_a_warning() {
    for command in [
        "kubectl get rediscaches -n a -o json | jq -r '.items[] | select(.metadata.annotations.skipreconcile==\"true\") | .metadata.name' | xargs kubectl delete rediscaches -n a",
        "kubectl delete -f resources.yaml",
        "kubectl replace --force -f resources.yaml",
        "kubectl apply --prune -l app=shop -f resources.yaml",
    ] {
        assert_eq!(found_in(command), ["bare-delete warn"], "{command}");
    }
}

#[test]
fn namespaces_and_definitions_are_not_deleted() {
    for command in [
        "kubectl delete namespace shop",
        "kubectl delete ns/shop",
        "kubectl delete ns $NS",
        "k delete namespaces a b",
        "kubectl get ns -o name | grep shop | xargs kubectl delete",
    ] {
        assert_eq!(found_in(command), ["delete-namespace deny"], "{command}");
    }
    for command in [
        "kubectl delete crd azuresqlservers.azure.microsoft.com",
        "kubectl delete customresourcedefinitions.apiextensions.k8s.io redis.cache.azure.com",
        "kubectl get crd -o name | grep azure | xargs kubectl delete crd",
        "kubectl get crd -o name | grep azure | xargs kubectl delete",
        "kubectl delete $(kubectl get crds -o name)",
        "kubectl delete crd certificates.cert-manager.io $MORE",
        "kubectl delete crd/vaults.keyvault.azure.com",
    ] {
        assert_eq!(found_in(command), ["delete-crd deny"], "{command}");
    }
    for command in [
        "kubectl delete crd certificates.cert-manager.io",
        "kubectl get ns",
        "kubectl delete pod ns",
    ] {
        assert_eq!(found_in(command), NONE, "{command}");
    }
}

#[test]
fn a_check_of_the_cleanup_says_nothing_of_v2_objects() {
    let delete = "kubectl delete redis.cache.azure.com basket -n shop";
    for (check, covers) in [
        ("asogate check cleanup -A --snapshot s", false),
        ("asogate check --plan p --snapshot s", true),
    ] {
        let expected = if covers {
            vec![]
        } else {
            vec!["bare-delete deny"]
        };
        assert_eq!(found_in(&format!("{check}\n{delete}")), expected, "{check}");
    }
    assert_eq!(
        found_in(&format!("asogate exec cleanup -A -- {delete}")),
        ["bare-delete deny"]
    );
    let pause = "asogate exec pause-v1 -A -- kubectl delete eventhubs a";
    assert_eq!(found_in(pause), ["bare-delete deny"]);
    let namespace = "asogate exec cleanup -A -- kubectl delete ns shop";
    assert_eq!(found_in(namespace), ["delete-namespace deny"]);
}
