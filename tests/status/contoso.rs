//! The recorded migration, moment by moment.

use crate::{contoso, dangers, list, objects, row, rows, text};
use serde_json::{Value, json};

/// Rows by stage, and how many of them are dangerous, blocked and unknown.
fn totals(folder: &str, further: &str) -> (Value, [u64; 3]) {
    let document = contoso(folder, further).json();
    let totals = &document["totals"];
    let numbers = ["dangerous", "blocked", "unknown"].map(|name| totals[name].as_u64().unwrap());
    (totals["stages"].clone(), numbers)
}

#[test]
fn every_moment_of_the_migration_has_its_stages() {
    let import = "-f examples/contoso/import";
    for (folder, further, stages) in [
        (
            "1-start",
            "",
            json!({"start": 28, "paused": 1, "adopted": 1, "swapped": 3, "done": 1}),
        ),
        (
            "2-paused",
            import,
            json!({"paused": 37, "in-file": 25, "adopted": 1, "swapped": 3, "done": 1}),
        ),
        (
            "3-imported",
            "",
            json!({"imported": 62, "adopted": 1, "swapped": 3, "done": 1}),
        ),
        (
            "4-adopted",
            "",
            json!({"adopted": 17, "swapped": 24, "done": 26}),
        ),
        ("5-swapped", "", json!({"swapped": 41, "done": 26})),
    ] {
        let (found, [dangerous, ..]) = totals(folder, further);
        assert_eq!(found, stages, "{folder}");
        assert_eq!(dangerous, 0, "{folder}");
    }
}

#[test]
fn what_the_gate_lets_pass_is_open_for_every_resource() {
    let import = "-f examples/contoso/import";
    for (folder, further, step, resources) in [
        ("1-start", "", "pause-v1", 28),
        ("2-paused", import, "import", 62),
        ("3-imported", "", "adopt", 62),
        ("5-swapped", "", "cleanup", 33),
    ] {
        let document = contoso(folder, further).json();
        let steps = list(&document["steps"]);
        let found = steps.iter().find(|found| found["step"] == step).unwrap();
        assert_eq!(found["resources"], resources, "{found}");
        assert_eq!(found["open"], resources, "{found}");
        assert_eq!(found["undetermined"], json!([]), "{found}");
    }
}

#[test]
fn an_annotation_that_pauses_nothing_is_told_with_its_value() {
    let rows = rows(&contoso("1-start", ""));
    let member = &row(&rows, "eventhub data/telemetry")["v1"][0];
    assert_eq!(member["paused"], false);
    assert_eq!(member["ineffectivePause"], "yes");
    assert_eq!(
        row(&rows, "rediscache shop/contoso-basket")["v1State"],
        "paused"
    );
    let notes = list(&row(&rows, "azuresqlfirewallrule data/head-office")["notes"]);
    let misspelt = notes
        .iter()
        .find(|note| note["code"] == "skip-reconcile/misspelt-key");
    assert_eq!(misspelt.unwrap()["mended"], true, "{notes:?}");
}

#[test]
fn a_secret_that_one_yearly_job_reads_keeps_a_resource_from_its_cleanup() {
    let rows = rows(&contoso("1-start", ""));
    let account = row(&rows, "storageaccount media/contosomediafiles");
    assert_eq!(account["stage"], "adopted");
    assert_eq!(account["secrets"]["consumers"], 1);
    assert_eq!(account["next"]["step"], "swap");
    // The group goes with the account below it, so what is in the account's way is in the group's way too.
    let group = row(&rows, "resourcegroup media/contoso-media-prod");
    assert_eq!(group["next"]["gate"], "closed");
    let code = &group["next"]["blockedBy"][0]["code"];
    assert_eq!(code, "secret-consumers/consumed-secret-collected");
    assert!(text(&group["next"]["goOn"]["command"]).starts_with("kubectl patch secrets -n media"));
}

#[test]
fn names_that_are_not_what_they_seem_meet_all_the_same() {
    let rows = rows(&contoso("3-imported", ""));
    for (v1, v2) in [
        (
            "azuresqldatabase data/erp-db",
            "ServersDatabase.sql.azure.com data/erpmain",
        ),
        (
            "azuresqluser data/erp-app",
            "User.sql.azure.com data/erp-app",
        ),
        (
            "eventhub shop/clickstream",
            "NamespacesEventhub.eventhub.azure.com shop/clickstream",
        ),
    ] {
        let objects = objects(row(&rows, v1));
        assert!(objects.iter().any(|object| object == v2), "{objects:?}");
    }
    let rule = row(&rows, "namespaceseventhubsauthorizationrule shop/order-api");
    assert_eq!(rule["managedBy"][0]["name"], "order-placed");
    assert_eq!(rule["v1State"], "paused");
}

#[test]
fn cleaning_up_what_is_ready_while_other_resources_are_not_can_be_planned() {
    // The hubs between a namespace and its consumer groups are not cleaned up yet, so the groups must go before the namespace.
    let document = contoso("4-adopted", "").json();
    let steps = list(&document["steps"]);
    let cleanup = steps
        .iter()
        .find(|found| found["step"] == "cleanup")
        .unwrap();
    assert_eq!(cleanup["undetermined"], json!([]), "{cleanup}");
    assert_eq!(cleanup["unknown"], 0, "{cleanup}");
}

#[test]
fn a_rollback_that_is_half_done_has_two_writers() {
    use crate::command::Folder;
    let folder = Folder::new().with("4-adopted");
    let file = "4-adopted/azure-v1.yaml";
    let text_of = folder.read(file);
    // One object of v1 is released while v2 still manages its resource.
    let at = text_of.find("name: contoso-basket").unwrap();
    let from = text_of[..at].rfind("skipreconcile:").unwrap();
    let end = from + text_of[from..].find('\n').unwrap();
    folder.write(
        file,
        format!(
            "{}skipreconcile: \"false\"{}",
            &text_of[..from],
            &text_of[end..]
        ),
    );
    let run = folder.asogate("status --snapshot 4-adopted --assume-complete -o json --exit-code");
    let run = run.exits(1);
    let first = &rows(&run)[0];
    assert_eq!(dangers(first), ["two-writers"], "{first}");
    assert_eq!(first["stage"], "start");
    let remedy = text(&first["dangers"][0]["remedy"]["command"]);
    assert!(
        remedy.contains("skipreconcile=true --overwrite"),
        "{remedy}"
    );
}
