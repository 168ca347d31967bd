//! Claims about `asoctl import`.

use super::*;

const IMPORT: &str = "asoctl import azure-resource";
const ID: &str = "/subscriptions/1/resourceGroups/shop";
const SKIP: &str = "-a serviceoperator.azure.com/reconcile-policy=skip";

#[test]
fn long_options_of_asoctl_have_two_dashes() {
    let import = format!(
        "{IMPORT} {ID} -s -o r.yaml -namespace shop -annotation serviceoperator.azure.com/reconcile-policy=skip"
    );
    assert_eq!(
        found_in(&import),
        ["asoctl-single-dash deny", "asoctl-single-dash deny"]
    );
    assert_eq!(
        lines(&import),
        [import.replace(" -n", " --n").replace(" -an", " --an")]
    );
    for options in ["-n shop", "-nshop", "--namespace=shop", "-l a=b"] {
        assert_eq!(
            found_in(&format!("{IMPORT} {ID} -so r.yaml {SKIP} {options}")),
            NONE,
            "{options}"
        );
    }
}

#[test]
fn asoctl_is_told_to_say_what_fails_and_where_to_write() {
    for options in ["", "-s", "-o r.yaml", "-f out", "--quiet --verbose"] {
        let import = format!("{IMPORT} {ID} {SKIP} {options}");
        assert_eq!(found_in(&import), ["asoctl-unattended warn"], "{options}");
        assert_eq!(
            found_in_script(&import),
            ["asoctl-unattended deny"],
            "{options}"
        );
    }
    assert_eq!(
        found_in(&format!("{IMPORT} {ID} {SKIP} > r.yaml")),
        ["asoctl-unattended deny"]
    );
    for options in [
        "-s -o r.yaml",
        "--simple-logging --output-folder out",
        "-so r.yaml",
        "-f out -s",
    ] {
        assert_eq!(
            found_in_script(&format!("{IMPORT} {ID} {SKIP} {options}")),
            NONE,
            "{options}"
        );
    }
    assert_eq!(
        found_in_script("asoctl version; asoctl import azure-resource --help"),
        NONE
    );
    assert_eq!(
        lines(&format!("{IMPORT} {ID} {SKIP}")),
        [format!("{IMPORT} {ID} {SKIP} -s -o resources.yaml")]
    );
}

#[test]
fn providers_of_azure_ids_have_their_capitals() {
    let import = |provider: &str| {
        format!("{IMPORT} {ID}/providers/{provider}/storageAccounts/media -s -o r.yaml {SKIP}")
    };
    assert_eq!(
        found_in(&import("microsoft.storage")),
        ["asoctl-provider-case deny"]
    );
    assert_eq!(
        lines(&import("microsoft.storage")),
        [import("Microsoft.Storage")]
    );
    assert_eq!(
        lines(&import("Microsoft.storage")),
        [import("Microsoft.Storage")]
    );
    assert_eq!(found_in(&import("Microsoft.Storage")), NONE);
    assert_eq!(found_in(&import("Contoso.Widgets")), NONE);
    let quoted = format!(
        "{IMPORT} \"/subscriptions/$SUB/resourceGroups/${{RG}}/providers/microsoft.cache/redis/a\" -s -o r.yaml {SKIP}"
    );
    assert_eq!(
        lines(&quoted),
        [quoted.replace("microsoft.cache", "Microsoft.Cache")]
    );
}

#[test]
fn an_import_carries_the_policy_skip() {
    let import = format!("{IMPORT} {ID} -s -o r.yaml");
    assert_eq!(found_in(&import), ["asoctl-without-skip warn"]);
    assert_eq!(lines(&import), [format!("{import} {SKIP}")]);
    assert_eq!(
        found_in(&format!(
            "{import} -a serviceoperator.azure.com/reconcile-policy=Skip"
        )),
        ["misspelt-annotation deny"]
    );
    assert_eq!(
        lines(&format!(
            "{import} -a serviceoperator.azure.com/reconcile-policy=Skip"
        )),
        [format!("{import} {SKIP}")]
    );
    assert_eq!(found_in(&format!("{import} $OPTIONS")), NONE);
}
