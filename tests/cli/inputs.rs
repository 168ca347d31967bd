//! Files that are empty, cut off, of another encoding, elsewhere, or given twice.

use crate::CLEANUP;
use crate::command::{Asogate, Folder, repository};
use std::fs;

/// Every way to give a path: as a recorded cluster, as import files to check, as import files to lint.
const USES: [&str; 3] = [
    "check cleanup -A --assume-complete --snapshot",
    "check import --assume-complete --snapshot 2-paused -f",
    "lint -f",
];

#[track_caller]
fn each_refuses(folder: &Folder, path: &str, words: &str) {
    for command in USES {
        folder
            .asogate(&format!("{command} {path}"))
            .exits(2)
            .says(words);
    }
}

#[test]
fn files_that_hold_nothing_or_no_text_are_refused() {
    let folder = Folder::new().with("2-paused");
    let utf16: Vec<u8> = "\u{feff}kind: Pod\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (contents, words) in [
        (
            &b""[..],
            "it is empty; was the command that wrote it successful?",
        ),
        (b"a: 1\nb: \xff\n", "line 2 (byte 8) is not UTF-8"),
        (&utf16, "it is UTF-16, as some versions of PowerShell write"),
        (b"a: \0\n", "the control character U+0000"),
        (b"\x7fELF\x02\x01", "control character"),
        (b"just text\n", "not a map"),
        (b"[1, 2]\n", ""),
        (b"- kind: Pod\n", ""),
        (b"kind: Pod\n", "apiVersion"),
        (b"a: &a [*a]\n", ""),
        (b"a: b: c\n", "file.yaml:1"),
    ] {
        folder.write("file.yaml", contents);
        each_refuses(&folder, "file.yaml", words);
    }
}

#[test]
fn folders_without_files_and_links_that_leave_are_refused() {
    let folder = Folder::new()
        .with("2-paused")
        .file("notes/readme.txt", "no YAML");
    fs::create_dir(folder.path("empty")).unwrap();
    for name in ["empty", "notes"] {
        let words =
            format!("could not find a `.yaml`, `.yml` or `.json` file in the folder `{name}`");
        each_refuses(&folder, name, &words);
    }
    folder
        .asogate("check cleanup -A --snapshot empty")
        .does_not_say("`-R`");
    folder
        .asogate("lint -f empty")
        .says("`-R` reads its sub-folders too");
}

#[cfg(unix)]
#[test]
fn links_that_leave_their_folder_are_refused() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new().with("2-paused").with("import");
    fs::create_dir(folder.path("linked")).unwrap();
    symlink("../import/shop.yaml", folder.path("linked/shop.yaml")).unwrap();
    each_refuses(
        &folder,
        "linked",
        "could not open `linked/shop.yaml`: it leads out of the folder `linked`",
    );
    fs::create_dir(folder.path("outer")).unwrap();
    symlink("../import", folder.path("outer/inner")).unwrap();
    folder
        .asogate("lint -R -f outer")
        .exits(2)
        .says("`outer/inner`");
    // A file that is named itself may be a link within its folder.
    symlink("import/shop.yaml", folder.path("shop.yaml")).unwrap();
    folder
        .asogate("check import --assume-complete --snapshot 2-paused -f shop.yaml")
        .does_not_say("leads out");
}

/// A YAML list that ends after an item is well-formed YAML, and a JSON list of which only the end is missing nearly JSON.
#[test]
fn a_dump_that_is_cut_off_anywhere_never_passes() {
    let folder = Folder::new().with("2-paused");
    let whole = folder.read("2-paused/azure-v1.yaml");
    let value: serde_json::Value = serde_yaml::from_str(&whole).unwrap();
    let json = serde_json::to_string_pretty(&value).unwrap();
    let pause = "check pause-v1 -A --assume-complete --snapshot 2-paused";
    folder.asogate(pause).exits(0);
    for (text, step, name) in [(&whole, 53, "azure-v1.yaml"), (&json, 101, "azure-v1.json")] {
        fs::remove_file(folder.path("2-paused/azure-v1.yaml")).unwrap_or(());
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for cut in (1..lines.len()).step_by(step) {
            folder.write(&format!("2-paused/{name}"), lines[..cut].concat());
            let run = folder.asogate(pause);
            assert_eq!(run.code, Some(2), "cut after line {cut}: {run}");
            run.says(name);
        }
    }
}

/// The same at every seventh line of a small list, and after each of its items. With its last lines, which say that it is
/// a list, all items are there.
#[test]
fn a_small_dump_that_is_cut_off_at_any_line_never_passes() {
    let folder = Folder::new().with("2-paused");
    let whole = folder.read("2-paused/namespaces.yaml");
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let end = lines
        .iter()
        .position(|line| *line == "kind: List\n")
        .unwrap();
    let cuts =
        (1..=end).filter(|line| line % 7 == 0 || lines[*line].starts_with("- ") || *line == end);
    for cut in cuts {
        folder.write("2-paused/namespaces.yaml", lines[..cut].concat());
        let run = folder.asogate("check pause-v1 -A --assume-complete --snapshot 2-paused");
        assert_eq!(run.code, Some(2), "cut after line {cut}: {run}");
        run.says("namespaces.yaml");
    }
}

/// `kubectl get … > azure-v1.yaml 2>&1`: what kubectl complained about is well-formed YAML, and the list is short of what
/// it complained about.
#[test]
fn a_dump_with_a_complaint_of_kubectl_in_it_is_refused() {
    let folder = Folder::new().with("5-swapped");
    let whole = folder.read("5-swapped/azure-v1.yaml");
    for complaint in [
        "Error from server (Forbidden): eventhubs.azure.microsoft.com is forbidden",
        "error: the server doesn't have a resource type \"eventhubs\"",
        "Warning: v1alpha1 is deprecated",
    ] {
        for text in [
            format!("{whole}{complaint}\n"),
            format!("{complaint}\n{whole}"),
        ] {
            folder.write("5-swapped/azure-v1.yaml", text);
            folder
                .asogate(CLEANUP)
                .exits(2)
                .says("5-swapped/azure-v1.yaml:");
        }
    }
}

#[test]
fn one_page_of_several_is_not_complete_in_whatever_format() {
    let folder = Folder::new().with("5-swapped");
    let (mark, page) = (
        "metadata:\n  resourceVersion: \"\"\n",
        "metadata:\n  continue: eyJ2\n",
    );
    folder.edit("5-swapped/azure-v1.yaml", mark, page);
    let run = folder.asogate(CLEANUP).exits(3);
    run.says("the list is one page of several");
    let text = folder.read("5-swapped/azure-v1.yaml");
    let list: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    let nested = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [list]});
    for (name, text) in [
        ("azure-v1.json", list.to_string()),
        ("azure-v1.json", nested.to_string()),
        ("azure-v1.yaml", serde_yaml::to_string(&nested).unwrap()),
    ] {
        for old in ["azure-v1.json", "azure-v1.yaml"] {
            fs::remove_file(folder.path(&format!("5-swapped/{old}"))).unwrap_or(());
        }
        folder.write(&format!("5-swapped/{name}"), text);
        let run = folder.asogate(CLEANUP).exits(3);
        run.says("the list is one page of several");
    }
}

#[test]
fn an_empty_list_is_no_record_of_a_cluster_and_nothing_to_import() {
    let folder = Folder::new().with("2-paused");
    folder.write("list.yaml", "apiVersion: v1\nkind: List\nitems: []\n");
    folder.write("blank.yaml", "# nothing yet\n---\n");
    for file in ["list.yaml", "blank.yaml"] {
        let [snapshot, import, lint] = USES;
        folder
            .asogate(&format!("{snapshot} {file}"))
            .exits(2)
            .says("it holds no object, so nothing is known of the cluster");
        folder
            .asogate(&format!("{import} {file}"))
            .exits(3)
            .says("the import files hold no object");
        folder
            .asogate(&format!("{lint} {file}"))
            .exits(3)
            .says("the files hold no object");
    }
}

#[test]
fn lists_of_lists_are_read_to_the_last_object() {
    let folder = Folder::new().with("5-swapped");
    let text = folder.read("5-swapped/azure-v1.yaml");
    let list: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    let nested = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "List", "items": [list]},
    ]});
    fs::remove_file(folder.path("5-swapped/azure-v1.yaml")).unwrap();
    folder.write("5-swapped/azure-v1.json", nested.to_string());
    let run = folder.asogate(&format!("{CLEANUP} -o json")).exits(0);
    assert_eq!(run.json()["plan"]["deletes"], 33);
}

#[test]
fn the_same_object_twice_is_refused_where_its_contents_differ() {
    let folder = Folder::new()
        .with("4-adopted")
        .with("5-swapped")
        .with("import");
    folder
        .asogate("check cleanup -A --assume-complete --snapshot 5-swapped 4-adopted")
        .exits(2)
        .says("`Deployment.apps data/erp` is given twice, with different contents");
    // The same dump twice says nothing new.
    let run = folder
        .asogate("check cleanup -A --assume-complete --snapshot 5-swapped 5-swapped -o json")
        .exits(0);
    assert_eq!(run.json()["plan"]["deletes"], 33);
    // In import files a second time is a mistake in any case.
    folder.write("again.yaml", folder.read("import/data-users.yaml"));
    folder
        .asogate("lint -f import again.yaml")
        .exits(2)
        .says("could not take `User.sql.azure.com data/erp-app` from `again.yaml:")
        .says("it is given at `import/data-users.yaml:");
}

#[test]
fn import_files_come_from_folders_several_names_and_standard_input() {
    let folder = Folder::new().with("2-paused").with("import");
    crate::command::copy(&folder.path("import"), &folder.path("deep/below"));
    let check = "check import --assume-complete --snapshot 2-paused -o json -f";
    let shop = folder.read("import/shop.yaml");
    for (files, input) in [
        ("import", ""),
        ("deep -R", ""),
        (
            "import/shop.yaml import/data.yaml import/data-users.yaml",
            "",
        ),
        (
            "import/shop.yaml -f import/data.yaml -f import/data-users.yaml",
            "",
        ),
        ("- import/data.yaml import/data-users.yaml", &*shop),
    ] {
        let run = folder
            .command(&format!("{check} {files}"))
            .input(input)
            .run();
        let run = run.exits(0);
        assert_eq!(run.json()["plan"]["creates"], 62, "{run}");
    }
    folder
        .asogate(&format!("{check} deep"))
        .exits(2)
        .says("`-R` reads its sub-folders too");
    let twice = folder.command(&format!("{check} - -")).input(shop).run();
    twice.exits(2).says("standard input can be read once");
}

#[test]
fn a_recorded_cluster_comes_from_several_names_and_standard_input() {
    let folder = Folder::new().with("5-swapped");
    let v1 = folder.read("5-swapped/azure-v1.yaml");
    fs::remove_file(folder.path("5-swapped/azure-v1.yaml")).unwrap();
    let run = folder.command(&format!("{CLEANUP} -")).input(v1).run();
    run.exits(0).says("is open");
}

#[test]
fn an_error_in_an_import_file_names_file_and_line() {
    let folder = Folder::new().with("2-paused").with("import");
    folder.edit(
        "import/data.yaml",
        "  azureName: contoso-erp\n",
        "  azureName: contoso-erp\n   owner:\n",
    );
    folder
        .asogate("check import --assume-complete --snapshot 2-paused -f import")
        .exits(2)
        .says("`import/data.yaml:");
}

#[test]
fn a_plain_value_that_readers_of_yaml_disagree_about_is_found_at_its_line() {
    let folder = Folder::new().with("2-paused").with("import");
    folder.edit(
        "import/data.yaml",
        "  azureName: contoso-erp\n",
        "  azureName: contoso-erp\n  keyId: yes\n",
    );
    let text = folder.read("import/data.yaml");
    let line = 1 + text
        .lines()
        .position(|line| line.ends_with(": yes"))
        .unwrap();
    for command in [
        "lint -f import",
        "check import --assume-complete --snapshot 2-paused -f import",
    ] {
        folder
            .asogate(command)
            .exits(1)
            .says("deny[clean-manifest/yaml11-scalar]")
            .says(&format!("import/data.yaml:{line}:"))
            .says("says `yes` in `spec.keyId`, which kubectl reads as `true`");
    }
    folder.edit("import/data.yaml", ": yes\n", ": \"yes\"\n");
    folder.asogate("lint -f import").exits(0);
}

#[test]
fn paths_with_blanks_and_letters_of_all_scripts_are_shown_as_given() {
    let folder = Folder::new().file("größe 🔒/ä b.yaml", "kind: [\n");
    let run = folder.command("lint -f").arg("größe 🔒").run();
    run.exits(2).says("`größe 🔒/ä b.yaml:");
    let nowhere = Asogate::new(&repository(), "lint -f").arg("nowhere at all");
    nowhere.run().exits(2).says("`nowhere at all`");
}

#[test]
fn owner_references_of_a_manifest_are_found_at_their_line() {
    let folder = Folder::new().with("2-paused").with("import");
    folder.edit(
        "import/data.yaml",
        "  name: contoso-erp\n  namespace: data\n",
        "  name: contoso-erp\n  namespace: data\n  ownerReferences:\n  - {apiVersion: resources.azure.com/v1api20200601, kind: ResourceGroup, name: contoso-data-prod, uid: old}\n",
    );
    let text = folder.read("import/data.yaml");
    let is_field = |line: &str| line == "  ownerReferences:";
    let line = 1 + text.lines().position(is_field).unwrap();
    let run = folder.asogate("lint -f import -o json").exits(1);
    let findings = run.findings();
    let found = findings
        .iter()
        .find(|found| found.code == "clean-manifest/operator-owned-field");
    let expected = format!("import/data.yaml:{line}");
    assert_eq!(found.unwrap().at.as_deref(), Some(&*expected), "{run}");
}
