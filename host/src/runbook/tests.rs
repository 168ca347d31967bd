//! Claims about runbooks: for each code what fires, what almost does, and what is at the edge.

use super::*;

/// Findings of a Markdown document with this shell block, as `code level line:column`.
fn found_in(shell: &str) -> Vec<String> {
    let document = format!("```sh\n{shell}\n```\n");
    codes(&examination("runbook.md", &document))
}

/// Findings of a script.
fn found_in_script(shell: &str) -> Vec<String> {
    codes(&examination("runbook.sh", shell))
}

fn examination(name: &str, text: &str) -> Examination {
    let runbook = Runbook {
        name,
        text,
        is_named: true,
    };
    examine(&[runbook], |_| None)
}

fn codes(examination: &Examination) -> Vec<String> {
    assert_eq!(examination.undetermined, [""; 0], "{examination:#?}");
    let statements = examination.statements.iter();
    statements
        .map(|statement| format!("{} {}", statement.code.code, statement.level))
        .collect()
}

/// The lines that are to be typed instead.
fn lines(shell: &str) -> Vec<String> {
    let document = format!("```sh\n{shell}\n```\n");
    let mut lines = vec![];
    for statement in examination("runbook.md", &document).statements {
        for remedy in statement.remedies {
            if let Remedy::Command(line) = remedy
                && !lines.contains(&line)
            {
                lines.push(line);
            }
        }
    }
    lines
}

fn undetermined(name: &str, text: &str) -> Vec<String> {
    examination(name, text).undetermined
}

mod annotations;
mod asoctl;
mod deletes;

const NONE: [&str; 0] = [];

#[test]
fn a_short_name_of_both_operators_is_ambiguous() {
    let pause = "kubectl annotate storageaccount media -n shop skipreconcile=true --overwrite";
    assert_eq!(found_in(pause), ["ambiguous-name deny"]);
    assert_eq!(
        lines(pause),
        [
            "kubectl annotate storageaccounts.azure.microsoft.com media -n shop skipreconcile=true --overwrite"
        ]
    );
    for name in [
        "resourcegroup",
        "ResourceGroups",
        "virtualnetwork",
        "virtualnetworks/net",
        "storageaccounts",
    ] {
        let command = format!("kubectl label -n shop {name} x wave=1");
        assert_eq!(
            found_in(&command.replace("/net x", "/net")),
            ["ambiguous-name deny"],
            "{name}"
        );
    }
    // Reading is less dangerous, unless something is done with what is read.
    assert_eq!(
        found_in("kubectl get resourcegroup -A"),
        ["ambiguous-name warn"]
    );
    assert_eq!(
        found_in("kubectl get resourcegroup -n a -o name > list"),
        ["ambiguous-name warn"]
    );
    assert_eq!(
        found_in("kubectl get resourcegroup -n a -o name | wc -l"),
        ["ambiguous-name deny"]
    );
}

#[test]
fn a_kind_of_v1_whose_name_is_a_category_of_v2_is_ambiguous() {
    let pause = "kubectl annotate keyvault kv -n shop skipreconcile=true --overwrite";
    assert_eq!(found_in(pause), ["ambiguous-name deny"]);
    assert_eq!(
        lines(pause),
        [
            "kubectl annotate keyvaults.azure.microsoft.com kv -n shop skipreconcile=true --overwrite"
        ]
    );
    assert_eq!(found_in("kubectl get eventhub"), ["ambiguous-name warn"]);
    assert_eq!(found_in("kubectl get azure,sql -A"), NONE);
}

#[test]
fn a_name_with_its_group_or_of_one_operator_is_not_ambiguous() {
    for name in [
        "storageaccounts.azure.microsoft.com",
        "storageaccount.v1alpha1.azure.microsoft.com",
        "resourcegroup.resources.azure.com",
        "sacct",
        "rg",
        "azuresqlservers",
        "redis.v20241101.cache.azure.com",
        "pods",
        "ns",
    ] {
        assert_eq!(found_in(&format!("kubectl get {name} -A")), NONE, "{name}");
    }
}

#[test]
fn of_a_list_of_types_only_the_ambiguous_one_is_replaced() {
    let command = "kubectl get eventhubs,storageaccount,rc -n shop";
    assert_eq!(found_in(command), ["ambiguous-name warn"]);
    assert_eq!(
        lines(command),
        ["kubectl get eventhubs,storageaccounts.azure.microsoft.com,rc -n shop"]
    );
}

#[test]
fn the_annotation_tells_which_operator_is_meant() {
    let adopt = "kubectl annotate resourcegroup/shop serviceoperator.azure.com/reconcile-policy-";
    assert_eq!(
        lines(adopt),
        [
            "kubectl annotate resourcegroups.v1api20200601.resources.azure.com/shop serviceoperator.azure.com/reconcile-policy-"
        ]
    );
    let pause = "kubectl annotate rc basket skipreconcile=true --overwrite";
    assert_eq!(found_in(pause), ["ambiguous-name deny"]);
    assert_eq!(
        lines(pause),
        ["kubectl annotate rediscaches.azure.microsoft.com basket skipreconcile=true --overwrite"]
    );
    assert_eq!(found_in("kubectl annotate rc basket note=x"), NONE);
    assert_eq!(
        found_in("kubectl patch flexibleservers x -p '{}'"),
        ["ambiguous-name deny"]
    );
}

#[test]
fn v2_kinds_that_kubectl_would_write_in_an_older_version_are_edited_in_a_named_one() {
    let adopt = "kubectl annotate namespaces.eventhub.azure.com/orders serviceoperator.azure.com/reconcile-policy-";
    assert_eq!(found_in(adopt), ["unversioned-v2 deny"]);
    assert_eq!(
        lines(adopt),
        [
            "kubectl annotate namespaces.v1api20240101.eventhub.azure.com/orders serviceoperator.azure.com/reconcile-policy-"
        ]
    );
    for command in [
        "kubectl label vaults.keyvault.azure.com kv a=b",
        "kubectl patch -n a databaseaccount.documentdb.azure.com x --type=merge -p '{}'",
        "kubectl edit userassignedidentities x",
        "kubectl edit namespaces.v1api20211101.eventhub.azure.com x",
        "kubectl get namespaceseventhubs.eventhub.azure.com -n a -o name | xargs kubectl label -n a x=y",
        "kubectl get namespaceseventhubs.v1api20240101.eventhub.azure.com -n a -o name | xargs kubectl label -n a x=y",
    ] {
        assert_eq!(found_in(command), ["unversioned-v2 deny"], "{command}");
    }
    for command in [
        "kubectl annotate namespaces.v1api20240101.eventhub.azure.com/orders serviceoperator.azure.com/reconcile-policy-",
        "kubectl annotate redis.cache.azure.com basket serviceoperator.azure.com/reconcile-policy-",
        "kubectl get vaults.keyvault.azure.com -A",
        "kubectl get vaults.keyvault.azure.com -n a -o jsonpath='{.items[*].metadata.name}' | xargs kubectl label -n a vaults.v1api20230701.keyvault.azure.com x=y",
        "kubectl apply -f resources.yaml",
        "kubectl label namespaces shop a=b",
    ] {
        assert_eq!(found_in(command), NONE, "{command}");
    }
}

#[test]
fn what_cannot_be_told_is_said() {
    for (command, words) in [
        (
            "kubectl delete $KIND $NAME",
            "2:16: which objects this `kubectl delete` is for is not known",
        ),
        ("cat list | xargs kubectl delete", "2:18: which objects"),
        (
            "kubectl annotate \"$1\" \"$2\" skipreconcile=true --overwrite",
            "2:18: which objects",
        ),
        (
            "bash -c 'kubectl delete rg x'",
            "2:1: this runs a command in a text",
        ),
        (
            "ssh host kubectl delete rg x",
            "2:1: this runs a command in a text",
        ),
        ("kubectl $VERB eventhubs a", "2:9: what this `kubectl` does"),
        (
            "ssh host <<EOF\nkubectl delete eventhubs a\nEOF",
            "2:1: this runs a command in a text",
        ),
        (
            "find . -name x.yaml -exec kubectl delete -f {} +",
            "2:1: this runs a command",
        ),
        (
            "kubectl get pods 'a",
            "2:18: could not be read: a `'` without its end",
        ),
        (
            "kubectl get pods `",
            "2:18: could not be read: a lone backquote",
        ),
        (
            "kubectl get pods <<EOF\na",
            "2:18: could not be read: a here-document that does not end with `EOF`",
        ),
        (
            "kubectl get pods $(echo a",
            "2:18: could not be read: a `$(` without its `)`",
        ),
    ] {
        let undetermined = undetermined("runbook.md", &format!("```sh\n{command}\n```\n"));
        assert!(
            undetermined
                .iter()
                .any(|line| line.starts_with(&format!("runbook.md:{words}"))),
            "{command}: {undetermined:?}"
        );
    }
    for text in [
        "",
        "# Runbook\n",
        "```sh\nls\n```\n",
        "```yaml\na: b\n```\n",
    ] {
        let said = undetermined("runbook.md", text);
        assert_eq!(
            said,
            ["`runbook.md` holds no kubectl or asoctl command, so nothing of it was checked"],
            "{text}"
        );
    }
    let folder = [
        Runbook {
            name: "a.md",
            text: "",
            is_named: false,
        },
        Runbook {
            name: "b.md",
            text: "```sh\nkubectl get pods\n```",
            is_named: false,
        },
    ];
    assert_eq!(examine(&folder[1..], |_| None).undetermined, [""; 0]);
    assert_eq!(examine(&folder, |_| None).undetermined, [""; 0]);
    assert_eq!(examine(&folder[..1], |_| None).undetermined.len(), 1);
}

#[test]
fn placeholders_of_a_guide_are_no_redirections() {
    let pause = "kubectl annotate -n <namespace> storageaccount <name> skipreconcile=true";
    assert_eq!(
        found_in(pause),
        ["ambiguous-name deny", "no-overwrite warn"]
    );
    assert_eq!(
        lines(pause),
        [
            "kubectl annotate -n <namespace> storageaccounts.azure.microsoft.com <name> skipreconcile=true --overwrite"
        ]
    );
}

#[test]
fn findings_point_at_the_letters_that_are_wrong() {
    let text = "# é\n\n   ```sh\n   echo é && kubectl \\\n     annotate storageaccount x skipreconcile=true --overwrite\n   ```\n";
    let examination = examination("a.md", text);
    let [statement] = examination.statements.as_slice() else {
        panic!("{examination:?}")
    };
    assert_eq!(
        statement.position.as_ref().unwrap().to_string(),
        "a.md:5:15"
    );
    assert_eq!(
        statement.subject_text(),
        "kubectl annotate storageaccount x skipreconcile=true --overwrite"
    );
}

#[test]
fn what_may_be_secret_is_not_shown() {
    let commands = [
        "kubectl --token canary delete eventhubs a",
        "kubectl --token=canary delete eventhubs a",
        "kubectl --password 'canary' delete eventhubs a",
        "kubectl patch storageaccounts a -p '{\"stringData\":{\"a\":\"canary\"}}'",
        "PASSWORD=canary kubectl delete eventhubs a",
        "kubectl get eventhubs -n a -o name | TOKEN=canary xargs kubectl delete -n a",
    ];
    for command in commands {
        let examination = examination("a.md", &format!("```sh\n{command}\n```\n"));
        assert!(!examination.statements.is_empty(), "{command}");
        assert!(
            !format!("{:?}", examination.statements).contains("canary"),
            "{command}: {examination:#?}"
        );
    }
}

#[test]
fn a_command_that_no_change_of_letters_mends_is_not_told_to_be_typed() {
    let adopt = "kubectl annotate $(kubectl api-resources -o name | grep azure.com | xargs kubectl get -A -o name) -n shop a.b/c=d";
    assert_eq!(
        found_in(adopt),
        ["unversioned-v2 deny", "all-namespaces deny"]
    );
    assert_eq!(lines(adopt), NONE);
    let delete = "kubectl get eventhubs -A -o name | xargs kubectl delete -n shop";
    assert_eq!(
        found_in(delete),
        ["all-namespaces deny", "bare-delete deny"]
    );
    assert_eq!(lines(delete), NONE);
    let document = format!("```sh\n{delete}\n```\n");
    let remedies = format!("{:?}", examination("a.md", &document).statements);
    assert!(
        remedies.contains("write `-n shop` for `-A` at a.md:2:23"),
        "{remedies}"
    );
}

#[test]
fn a_lone_backquote_is_said_and_left_out_of_the_line() {
    let document = "```\nkubectl annotate storageaccount x skipreconcile=true`\n```\n";
    let examination = examination("a.md", document);
    assert_eq!(examination.undetermined.len(), 1);
    let command =
        "kubectl annotate storageaccounts.azure.microsoft.com x skipreconcile=true --overwrite";
    let lines: Vec<&Remedy> = examination
        .statements
        .iter()
        .flat_map(|statement| &statement.remedies)
        .collect();
    assert_eq!(lines, [&Remedy::Command(command.to_owned()); 2]);
}

/// The commands of the migration guide, as far as they are traps, in our words.
#[test]
fn the_commands_of_the_migration_guide_are_found_out() {
    for (command, expected) in [
        (
            "kubectl annotate -n ns1 storageaccount <name> skipreconcile=true",
            vec!["ambiguous-name deny", "no-overwrite warn"],
        ),
        (
            "kubectl annotate $(kubectl api-resources -o name | grep azure.microsoft.com | paste -sd \",\" - | xargs kubectl get -A -o name) -n ns1 skipreconcile=true",
            vec!["all-namespaces deny", "no-overwrite warn"],
        ),
        (
            "kubectl annotate $(kubectl api-resources -o name | grep azure.com | paste -sd \",\" - | xargs kubectl get -A -o name) -n ns1 serviceoperator.azure.com/reconcile-policy-",
            vec!["unversioned-v2 deny", "all-namespaces deny"],
        ),
        (
            "asoctl import azure-resource /subscriptions/<subid>/resourceGroups/<rg> -o r.yaml -namespace <ns> -annotation serviceoperator.azure.com/reconcile-policy=skip",
            vec![
                "asoctl-single-dash deny",
                "asoctl-single-dash deny",
                "asoctl-unattended warn",
            ],
        ),
        (
            "kubectl api-resources -o name | grep azure.microsoft.com | paste -sd \",\" - | xargs kubectl get -A",
            vec![],
        ),
        (
            "kubectl get secrets -n ns1 -o json | jq -r '.items[] | select(.metadata.ownerReferences[]?)'",
            vec![],
        ),
    ] {
        assert_eq!(found_in(command), expected, "{command}");
    }
}

/// What we tell people to type is no trap itself.
#[test]
fn no_line_to_be_typed_has_a_finding_that_a_line_could_mend() {
    let mut count = 0;
    let claims = [
        include_str!("tests.rs"),
        include_str!("tests/annotations.rs"),
        include_str!("tests/asoctl.rs"),
        include_str!("tests/deletes.rs"),
    ];
    for text in claims
        .iter()
        .flat_map(|claims| claims.lines())
        .map(str::trim)
    {
        let Some(shell) = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix("\","))
        else {
            continue;
        };
        for line in lines(
            &shell
                .replace("\\\"", "\"")
                .replace("\\\\", "\\")
                .replace("\\n", "\n"),
        ) {
            let again = lines(&line);
            count += 1;
            assert_eq!(again, NONE, "{shell}");
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn levels_are_those_that_the_codes_declare() {
    let text = "```sh\nkubectl get rg,resourcegroup\nkubectl delete eventhubs a\nkubectl delete -f x\n```\n";
    for statement in examination("a.md", text).statements {
        let info = find(&statement.code.code).unwrap();
        assert!(info.levels.contains(&statement.level), "{}", info.name);
        assert_ne!(statement.level, Level::Info);
    }
}
