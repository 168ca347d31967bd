//! Plans: shown, written, judged again, and refused once the cluster or the file is another one.

use crate::command::{Folder, Run};
use serde_json::Value;

/// A step, the folder in which it passes, and what it takes.
const STEPS: [(&str, &str, &str); 5] = [
    ("pause-v1", "1-start", ""),
    ("import", "2-paused", "-f import"),
    ("adopt", "3-imported", ""),
    ("rollback", "4-adopted", ""),
    ("cleanup", "5-swapped", ""),
];

fn planned(folder: &Folder, step: &str, snapshot: &str) -> Run {
    folder
        .asogate(&format!(
            "plan {step} -A --assume-complete --snapshot {snapshot} -o plan.json"
        ))
        .exits(0)
}

fn judged(folder: &Folder, snapshot: &str) -> Run {
    folder.asogate(&format!(
        "check --plan plan.json --assume-complete --snapshot {snapshot}"
    ))
}

#[test]
fn a_plan_that_was_written_is_judged_like_the_step() {
    for (step, snapshot, files) in STEPS {
        let folder = Folder::new().with(snapshot).with("import");
        let options = format!("-A --assume-complete --snapshot {snapshot} {files}");
        let run = folder
            .asogate(&format!("plan {step} {options} -o plan.json"))
            .exits(0);
        run.says("judge them with `asogate check --plan plan.json`");
        let direct = folder
            .asogate(&format!("check {step} {options} -o json"))
            .exits(0)
            .json();
        let check =
            format!("check --plan plan.json --assume-complete --snapshot {snapshot} -o json");
        let from_file = folder.asogate(&check).exits(0).json();
        assert_eq!(from_file["plan"]["given"], true);
        for field in ["verdict", "step", "findings", "policies"] {
            assert_eq!(from_file[field], direct[field], "{step}: {field}");
        }
        for field in ["digest", "creates", "updates", "deletes", "consequences"] {
            assert_eq!(
                from_file["plan"][field], direct["plan"][field],
                "{step}: {field}"
            );
        }
    }
}

#[test]
fn a_plan_is_shown_as_commands_that_name_the_version() {
    for (step, snapshot, files) in STEPS {
        let folder = Folder::new().with(snapshot).with("import");
        let run = folder
            .asogate(&format!(
                "plan {step} -A --assume-complete --snapshot {snapshot} {files}"
            ))
            .exits(0);
        let commands: Vec<&str> = run
            .out
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert!(!commands.is_empty(), "{run}");
        for command in commands {
            let verb = command.split(' ').nth(1).unwrap();
            match step {
                "import" => assert_eq!(verb, "apply", "{command}"),
                "cleanup" => assert_eq!(verb, "delete", "{command}"),
                _ => assert_eq!(verb, "annotate", "{command}"),
            }
            // PLURAL.VERSION.GROUP, since kubectl may else write in an older version, in which fields are lost.
            let resource = command.split(' ').find(|word| word.contains(".azure."));
            let version = resource.and_then(|resource| resource.split('.').nth(1));
            let is_version = |version: &str| {
                version.starts_with('v')
                    && version[1..].starts_with(|first: char| first.is_ascii_digit())
            };
            assert!(
                step == "import" || version.is_some_and(is_version),
                "{command}"
            );
        }
    }
}

#[test]
fn a_plan_goes_to_standard_output_and_to_no_folder_that_is_not_there() {
    let folder = Folder::new().with("5-swapped");
    let plan = "plan cleanup -A --assume-complete --snapshot 5-swapped";
    let printed = folder.asogate(&format!("{plan} -o -")).exits(0);
    planned(&folder, "cleanup", "5-swapped");
    assert_eq!(printed.out, folder.read("plan.json"));
    folder
        .asogate(&format!("{plan} -o nowhere/plan.json"))
        .exits(2)
        .says("could not write `nowhere/plan.json`");
}

#[test]
fn a_plan_is_read_from_standard_input() {
    let folder = Folder::new().with("5-swapped");
    planned(&folder, "cleanup", "5-swapped");
    let named = judged(&folder, "5-swapped").exits(0);
    let check = "check --plan - --assume-complete --snapshot";
    let piped = folder.command(&format!("{check} 5-swapped"));
    let piped = piped.input(folder.read("plan.json")).run().exits(0);
    assert_eq!(piped.out, named.out);
    let empty = folder.command(&format!("{check} 5-swapped"));
    empty
        .run()
        .exits(2)
        .says("could not read `standard input`: it is empty");
    folder
        .asogate(&format!("{check} -"))
        .exits(2)
        .says("could not read `-` twice");
}

#[test]
fn what_cannot_be_determined_is_not_planned() {
    let folder = Folder::new().with("5-swapped");
    let plan = "plan cleanup --snapshot 5-swapped -o plan.json";
    folder
        .asogate(&format!("{plan} -A"))
        .exits(3)
        .says("could not plan `cleanup` reliably")
        .says("not asked for");
    folder
        .asogate(&format!("{plan} -n nowhere --assume-complete"))
        .exits(3)
        .says("is selected");
    assert!(!folder.path("plan.json").exists());
}

#[test]
fn a_plan_says_itself_what_it_changes() {
    let folder = Folder::new().with("5-swapped").with("import");
    planned(&folder, "cleanup", "5-swapped");
    for option in [
        "-n shop",
        "-A",
        "-l wave=last",
        "-f import",
        "-R",
        "--cascade orphan",
    ] {
        folder
            .asogate(&format!(
                "check --plan plan.json --assume-complete --snapshot 5-swapped {option}"
            ))
            .exits(2)
            .says("a plan says itself what it changes");
    }
    folder
        .asogate("check cleanup --plan plan.json --assume-complete --snapshot 5-swapped")
        .exits(2)
        .says("cannot be used with");
}

#[test]
fn a_plan_for_a_cluster_that_has_changed_since_is_unknown() {
    // Every object was written once more when it was paused.
    let folder = Folder::new()
        .with("1-start")
        .with("5-swapped")
        .with("2-paused")
        .with("3-imported");
    planned(&folder, "cleanup", "1-start");
    judged(&folder, "5-swapped")
        .exits(3)
        .says("has changed since the plan was made: its resourceVersion is")
        .says("make the plan again from this cluster");
    // The objects of the plan are not there.
    planned(&folder, "adopt", "3-imported");
    judged(&folder, "2-paused")
        .exits(3)
        .says("does not exist, so it cannot be changed")
        .says("make the plan again from this cluster");
    // An object of the same name is another one.
    planned(&folder, "cleanup", "5-swapped");
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).unwrap();
    let uid = plan["changes"][0]["preconditions"]["uid"].as_str().unwrap();
    folder.edit(
        "5-swapped/azure-v1.yaml",
        uid,
        "00000000-0000-0000-0000-000000000000",
    );
    judged(&folder, "5-swapped")
        .exits(3)
        .says("its uid is `00000000-0000-0000-0000-000000000000`")
        .says("make the plan again from this cluster");
}

#[test]
fn a_plan_that_somebody_edited_is_refused_or_judged_as_it_stands() {
    let folder = Folder::new().with("1-start").with("5-swapped");
    planned(&folder, "cleanup", "5-swapped");
    let good = folder.read("plan.json");
    for (from, to, words) in [
        (
            "\"kind\": \"Plan\"",
            "\"kind\": \"Verdict\"",
            "must be `asogate.dev/v1alpha1`, `Plan`",
        ),
        (
            "\"background\"",
            "\"sideways\"",
            "changes[0].action.delete.propagation",
        ),
        ("\"preconditions\"", "\"precondition\"", "precondition"),
        ("\"step\": \"cleanup\"", "\"step\": \"clean-up\"", "step"),
        ("\n}\n", "\n", "could not read the plan `plan.json`"),
        ("{", "", "could not read the plan `plan.json`"),
    ] {
        assert!(good.contains(from), "{from}");
        folder.write("plan.json", good.replacen(from, to, 1));
        judged(&folder, "5-swapped").exits(2).says(words);
    }
    // One delete twice contradicts itself.
    let mut plan: Value = serde_json::from_str(&good).unwrap();
    let first = plan["changes"][0].clone();
    plan["changes"].as_array_mut().unwrap().push(first);
    folder.write("plan.json", plan.to_string());
    judged(&folder, "5-swapped")
        .exits(2)
        .says("contradicts change 1 of the same object");
    // An empty plan is nothing that could be allowed.
    plan["changes"] = serde_json::json!([]);
    folder.write("plan.json", plan.to_string());
    judged(&folder, "5-swapped")
        .exits(3)
        .says("the plan holds no change");
    // Another step on the label does not make deletes harmless.
    planned(&folder, "cleanup", "1-start");
    folder.edit(
        "plan.json",
        "\"step\": \"cleanup\"",
        "\"step\": \"pause-v1\"",
    );
    judged(&folder, "1-start")
        .exits(1)
        .says("deny[skip-reconcile/unprotected-delete]");
}

#[test]
fn adopting_what_stays_under_the_skip_of_its_namespace_says_so() {
    let folder = Folder::new().with("4-adopted");
    let adopt = "adopt -n shop --assume-complete --snapshot 4-adopted";
    folder
        .asogate(&format!("check {adopt}"))
        .exits(0)
        .says("nothing left to do")
        .does_not_say("skip-elsewhere");
    folder.edit(
        "4-adopted/namespaces.yaml",
        "    labels:\n      kubernetes.io/metadata.name: shop\n",
        "    annotations: {serviceoperator.azure.com/reconcile-policy: skip}\n    labels:\n      kubernetes.io/metadata.name: shop\n",
    );
    folder
        .asogate(&format!("check {adopt}"))
        .says("warn[single-writer/skip-elsewhere]")
        .says("has no `skip` of its own, but its namespace still says `skip`");
}
