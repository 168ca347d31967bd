//! Policies: listed, looked into, explained, and brought along.

use crate::CLEANUP;
use crate::command::{Folder, asogate};
use crate::guests;
use asogate::engine::catalogue::BUILT_IN;
use sha2::{Digest, Sha256};

/// A folder in which a cleanup passes, with a policy of one's own that denies one object.
fn folder() -> Folder {
    Folder::new()
        .with("5-swapped")
        .file("own.wasm", guests::good())
}

fn configure(folder: &Folder, digest: &str, rest: &str) {
    let head = "apiVersion: asogate.dev/v1alpha1\nkind: Configuration\npolicies:\n";
    folder.write(
        "asogate.yaml",
        format!("{head}- path: own.wasm\n  sha256: sha256:{digest}\n{rest}"),
    );
}

fn digest(wasm: &[u8]) -> String {
    Sha256::digest(wasm)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn a_policy_of_ones_own_judges_beside_the_built_in_ones() {
    let folder = folder();
    folder.asogate(CLEANUP).exits(0);
    folder
        .asogate(&format!("{CLEANUP} --policy own.wasm"))
        .exits(1)
        .says("deny[hostile/found]")
        .says("is wrong");
    configure(&folder, &digest(&guests::good()), "");
    folder.asogate(CLEANUP).exits(1).says("deny[hostile/found]");
    configure(
        &folder,
        &digest(&guests::good()),
        "levels:\n  hostile/found: warn\n",
    );
    folder.asogate(CLEANUP).exits(0).says("warn[hostile/found]");
    configure(&folder, &digest(&guests::good()), "  enabled: false\n");
    folder.asogate(CLEANUP).exits(0);
}

#[test]
fn another_file_than_the_pinned_one_keeps_the_gate_closed() {
    let folder = folder();
    configure(&folder, &"0".repeat(64), "");
    let run = folder.asogate(CLEANUP).exits(3);
    run.says(&format!(
        "it has the digest sha256:{}",
        digest(&guests::good())
    ))
    .says(&format!("sha256:{} is pinned", "0".repeat(64)));
    let head = "apiVersion: asogate.dev/v1alpha1\nkind: Configuration\npolicies:\n";
    folder.write("asogate.yaml", format!("{head}- path: own.wasm\n"));
    folder
        .asogate(CLEANUP)
        .exits(2)
        .says("a policy file needs `sha256: sha256:…`");
    folder.write(
        "asogate.yaml",
        format!(
            "{head}- path: gone.wasm\n  sha256: sha256:{}\n",
            "0".repeat(64)
        ),
    );
    folder
        .asogate(CLEANUP)
        .exits(2)
        .says("could not open `gone.wasm`");
}

#[test]
fn a_policy_that_does_not_load_or_breaks_keeps_the_gate_closed() {
    let folder = folder();
    for (name, component) in [
        ("text.wasm", b"(component)".to_vec()),
        ("panic.wasm", guest("panic.wat")),
        ("loop.wasm", guest("endless-loop.wat")),
    ] {
        folder.write(name, component);
        let run = folder
            .asogate(&format!("{CLEANUP} --policy {name} -o json"))
            .exits(3);
        let document = run.json();
        let policies = document["policies"].as_array().unwrap();
        assert!(
            policies.iter().any(|policy| policy["result"] == "broke"),
            "{run}"
        );
        folder
            .asogate(&format!("{CLEANUP} --policy {name}"))
            .exits(3)
            .says("broke: ");
    }
}

fn guest(name: &str) -> Vec<u8> {
    let path = guests::tests().join("hostile").join(name);
    guests::component(&std::fs::read_to_string(path).unwrap())
}

#[test]
fn a_policy_cannot_take_the_name_of_a_built_in_one() {
    let folder = Folder::new().with("5-swapped");
    let built_in = BUILT_IN.first().unwrap();
    folder.write("copy.wasm", built_in.wasm);
    let words = format!("its id `{}` is taken by a built-in policy", built_in.id);
    folder
        .asogate(&format!("{CLEANUP} --policy copy.wasm"))
        .exits(3)
        .says(&words);
    folder
        .asogate("policy list --policy copy.wasm")
        .exits(2)
        .says(&words);
    // To look into it is no use of it.
    folder
        .asogate("policy inspect copy.wasm")
        .exits(0)
        .says(built_in.sha256);
    // Nor can two of one's own share one.
    folder.write("one.wasm", guests::good());
    folder.write("two.wasm", guests::good());
    folder
        .asogate(&format!("{CLEANUP} --policy one.wasm --policy two.wasm"))
        .says("its id `hostile` is taken by `one.wasm`");
}

#[test]
fn every_code_of_every_policy_is_listed_and_explained() {
    let list = asogate("policy list -o json").exits(0).json();
    let text = asogate("policy list").exits(0);
    let policies = list["policies"].as_array().unwrap();
    let ids: Vec<&str> = policies
        .iter()
        .map(|policy| policy["id"].as_str().unwrap())
        .collect();
    let built_in: Vec<&str> = BUILT_IN.iter().map(|policy| policy.id).collect();
    assert_eq!(ids, built_in);
    for policy in policies {
        let id = policy["id"].as_str().unwrap();
        let codes = policy["codes"].as_array().unwrap();
        assert!(!codes.is_empty(), "{id}");
        for code in codes {
            let name = code["name"].as_str().unwrap();
            assert!(
                text.out.contains(&format!("  {name} ")),
                "{id}/{name}: {text}"
            );
            let run = asogate(&format!("explain {id}/{name}")).exits(0);
            let run = run.says(&format!("{id}/{name} ("));
            let explanation = code["explanation"].as_str().unwrap();
            assert!(explanation.trim().len() > 40, "{run}");
            run.says(explanation.trim());
        }
    }
}

#[test]
fn codes_that_do_not_exist_are_not_explained() {
    for (code, words) in [
        ("skip-reconcile", "codes are written `policy/code`"),
        ("skip-reconcil/not-true", "did you mean `skip-reconcile`?"),
        (
            "skip-reconcile/not-tru",
            "policy `skip-reconcile` has no code `not-tru`; it has unprotected-delete",
        ),
    ] {
        asogate(&format!("explain {code}")).exits(2).says(words);
    }
}

#[test]
fn inspect_shows_what_a_policy_is_and_reads() {
    for policy in BUILT_IN {
        let run = asogate(&format!("policy inspect {} -o json", policy.id)).exits(0);
        let document = run.json();
        assert_eq!(
            document["digest"],
            format!("sha256:{}", policy.sha256),
            "{run}"
        );
        // `blast-radius` is off until its settings say what it is to look at.
        let reads = document["reads"].as_array().unwrap();
        assert_eq!(reads.is_empty(), policy.id == "blast-radius", "{run}");
        assert!(document["settingsSchema"].is_object(), "{run}");
        let run = asogate(&format!("policy inspect {}", policy.id)).exits(0);
        run.says(policy.sha256)
            .says("reads:")
            .says("settings schema: {");
    }
    asogate("policy inspect skip-reconcil")
        .exits(2)
        .says("did you mean `skip-reconcile`?");
    asogate("policy inspect ./nowhere.wasm")
        .exits(2)
        .says("could not open `./nowhere.wasm`");
    let folder = folder();
    folder
        .asogate("policy inspect own.wasm")
        .exits(0)
        .says("hostile 1.2.3: a policy that a test wrote");
}

#[test]
fn the_version_is_told_to_people_and_programs() {
    let version = env!("CARGO_PKG_VERSION");
    for command in ["version", "--version"] {
        assert_eq!(
            asogate(command).exits(0).out,
            format!("asogate {version}\n")
        );
    }
    let document = asogate("version -o json").exits(0).json();
    assert_eq!(document["version"], version);
    assert_eq!(document["contract"], "asogate:policy@0.1.0");
    assert!(document["nativePolicies"].is_boolean());
}

#[test]
fn an_empty_cache_folder_means_that_nothing_is_kept() {
    let folder = Folder::new();
    let home = folder.path(".");
    let run = |arguments: &str, variable: &str| {
        let command = folder.command(arguments);
        let command = command.env("XDG_CACHE_HOME", home.to_str().unwrap());
        command.env("ASOGATE_CACHE_DIR", variable).run().exits(0)
    };
    run("policy inspect owner --cache-dir=", "elsewhere");
    run("policy inspect owner", "");
    assert_eq!(std::fs::read_dir(folder.path(".")).unwrap().count(), 0);
}
