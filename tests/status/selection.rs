//! Filters, formats, exit codes, and what is refused.

use crate::command::{Folder, asogate, repository};
use crate::{CONTOSO, FIXTURES, contoso, list, objects, rows, text};
use std::fs;

#[test]
fn a_namespace_a_label_and_a_type_select_rows() {
    let all = rows(&contoso("3-imported", "")).len();
    let shop = rows(&contoso("3-imported", "-n shop"));
    assert!(shop.len() < all && !shop.is_empty());
    for row in &shop {
        assert!(
            objects(row).iter().all(|object| object.contains(" shop/")),
            "{row}"
        );
    }
    let hubs = rows(&contoso("3-imported", "eventhubs"));
    assert_eq!(hubs.len(), 4);
    let one = rows(&contoso(
        "3-imported",
        "redis.cache.azure.com/contoso-basket",
    ));
    assert_eq!(one.len(), 1);
    assert_eq!(
        objects(&one[0]).len(),
        2,
        "the row of one object has its twin too"
    );
    assert_eq!(rows(&contoso("3-imported", "-A")).len(), all);
}

#[test]
fn rows_of_one_namespace_know_what_stands_for_them_in_others() {
    let case =
        format!("{FIXTURES}/operators.yaml {FIXTURES}/two-objects-for-one-resource/cluster.yaml");
    let run = asogate(&format!(
        "status -o json -n shop --dangerous --assume-complete --snapshot {case}"
    ));
    assert_eq!(rows(&run).len(), 4, "{run}");
}

#[test]
fn filters_go_together_and_the_totals_count_what_is_shown() {
    let run = contoso("1-start", "--stage swapped,done");
    let found = rows(&run);
    assert_eq!(found.len(), 4);
    let document = run.json();
    assert_eq!(document["totals"]["resources"], 4);
    assert_eq!(document["all"], 34);
    let blocked = rows(&contoso("1-start", "--stage swapped --blocked"));
    assert_eq!(blocked.len(), 1);
    assert_eq!(blocked[0]["next"]["gate"], "closed");
    assert_eq!(rows(&contoso("1-start", "--dangerous")).len(), 0);
}

#[test]
fn what_is_not_a_type_or_a_stage_is_refused_with_what_would_be() {
    let status = format!("status --snapshot {CONTOSO}/1-start --assume-complete");
    asogate(&format!("{status} evenhubs"))
        .exits(2)
        .says("did you mean `eventhubs.azure.microsoft.com`?");
    asogate(&format!("{status} configmaps"))
        .exits(2)
        .says("`configmaps` is not a kind of");
    asogate(&format!("{status} --stage begun"))
        .exits(2)
        .says("`begun` is not a stage; stages are");
    asogate(&format!("{status} -R"))
        .exits(2)
        .says("-R looks into folders that -f names");
}

#[test]
fn an_object_that_is_not_there_is_not_known_to_be_nowhere() {
    let run = contoso("1-start", "eventhubs/nobody");
    assert_eq!(rows(&run).len(), 0);
    assert_eq!(
        run.json()["undetermined"][0],
        "no object matches `eventhubs/nobody`"
    );
    let status = format!("status --snapshot {CONTOSO}/1-start --assume-complete --exit-code");
    asogate(&format!("{status} eventhubs/nobody")).exits(3);
}

#[test]
fn an_import_into_another_namespace_than_the_selected_one_is_not_judged_open() {
    let folder = crate::command::Folder::new()
        .with("2-paused")
        .with("import");
    let text = folder.read("import/shop.yaml");
    folder.write(
        "import/shop.yaml",
        text.replace("namespace: shop\n", "namespace: media\n"),
    );
    let run = folder.asogate(
        "status -n shop -f import/shop.yaml --snapshot 2-paused --assume-complete --exit-code -o json",
    );
    let import = |row: &&serde_json::Value| row["next"]["step"] == "import";
    let document = run.json();
    let rows = document["rows"].as_array().unwrap();
    assert!(rows.iter().filter(import).count() > 0, "{run}");
    for row in rows.iter().filter(import) {
        assert_ne!(row["next"]["gate"], "open", "{row}");
    }
}

#[test]
fn status_is_information_unless_an_exit_code_is_asked_for() {
    let case = |case: &str| {
        let files = crate::cases::files_of(case);
        format!("status {files}")
    };
    let dangerous = case("two-objects-for-one-resource");
    asogate(&dangerous).exits(0).says("has two writers");
    asogate(&format!("{dangerous} --exit-code")).exits(1);
    let unknown = case("azure-id-is-not-known");
    asogate(&unknown)
        .exits(0)
        .says("unknown: the Azure resource of");
    asogate(&format!("{unknown} --exit-code")).exits(3);
    for typo in ["-n shopp", "-l app=nope"] {
        let status = format!("status --snapshot {CONTOSO}/1-start --assume-complete --exit-code");
        asogate(&format!("{status} {typo}"))
            .exits(3)
            .says("no Azure resource is selected");
    }
    let calm = format!("status --snapshot {CONTOSO}/5-swapped --assume-complete --exit-code");
    asogate(&calm).exits(0);
}

#[test]
fn the_narrow_table_fits_and_the_wide_one_tells_all() {
    for folder in ["1-start", "3-imported", "5-swapped"] {
        let run = asogate(&format!(
            "status --snapshot {CONTOSO}/{folder} --assume-complete"
        ));
        let table = run.out.lines().skip(2).take_while(|line| !line.is_empty());
        for line in table {
            assert!(line.chars().count() <= 140, "{line}");
            assert_eq!(line, line.trim_end());
        }
    }
    let run = asogate(&format!(
        "status --snapshot {CONTOSO}/3-imported --assume-complete -o wide"
    ));
    run.says("AZURE ID")
        .says("RedisCache.azure.microsoft.com shop/contoso-basket")
        .says("/providers/Microsoft.Cache/redis/contoso-basket");
}

#[test]
fn the_document_says_what_it_is() {
    let document = contoso("5-swapped", "").json();
    assert_eq!(document["apiVersion"], "asogate.dev/v1alpha1");
    assert_eq!(document["kind"], "Board");
    assert!(text(&document["snapshot"]["digest"]).starts_with("sha256:"));
    assert!(!list(&document["rows"]).is_empty());
}

#[test]
fn a_waiver_opens_the_gate_of_the_row_that_it_covers() {
    let folder = Folder::new().with("1-start");
    let status = "status --snapshot 1-start --assume-complete -o json --stage swapped";
    let closed = |run: &crate::Run| {
        let rows = rows(run);
        rows.iter()
            .filter(|row| row["next"]["gate"] == "closed")
            .count()
    };
    assert_eq!(closed(&folder.asogate(status)), 1);
    folder.write("asogate.yaml", "apiVersion: asogate.dev/v1alpha1\nkind: Configuration\nwaivers:\n- {code: secret-consumers/consumed-secret-collected, subject: CronJob.batch media/*, reason: replaced, owner: media, expires: 2999-12-31}\n");
    assert_eq!(closed(&folder.asogate(status)), 0);
}

/// The fields in the first column of the tables of the board in `docs/json-output.md`: of the document, and of a row.
fn documented() -> [Vec<String>; 2] {
    let text = fs::read_to_string(repository().join("docs/json-output.md")).unwrap();
    let (_, board) = text.split_once("\n## The board").unwrap();
    let (document, row) = board.split_once("\nA row.").unwrap();
    [document, row].map(|text| {
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.map(|row| row.split('|').nth(1).unwrap().to_owned());
        let names = cells.flat_map(|cell| {
            let names = cell.split('`').skip(1).step_by(2);
            let names = names.map(|name| name.trim_end_matches("[]").to_owned());
            names.collect::<Vec<_>>()
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    })
}

#[test]
fn boards_have_the_documented_fields_and_no_others() {
    let [of_boards, of_rows] = documented();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let document = contoso("4-adopted", "").json();
    assert_eq!(keys(&document), of_boards);
    for row in list(&document["rows"]) {
        assert_eq!(keys(row), of_rows, "{row}");
    }
}

/// The board of a cluster in which something about the operators is different.
fn with_operators(case: &str, from: &str, to: &str) -> Vec<serde_json::Value> {
    let read = |file: &str| fs::read_to_string(repository().join(FIXTURES).join(file)).unwrap();
    let operators = read("operators.yaml");
    assert!(
        operators.contains(from),
        "`{from}` is not in operators.yaml"
    );
    let folder = Folder::new()
        .file("operators.yaml", operators.replace(from, to))
        .file("cluster.yaml", read(&format!("{case}/cluster.yaml")));
    let cluster = "--snapshot operators.yaml cluster.yaml --assume-complete";
    rows(
        &folder
            .asogate(&format!("status -o json {cluster}"))
            .exits(0),
    )
}

#[test]
fn what_is_wrong_with_the_cluster_is_in_the_way_of_every_row() {
    let rows = with_operators("v2-objects-in-every-state", "cert-manager.io", "example.io");
    let mut adopted = rows
        .iter()
        .filter(|row| row["next"]["step"] == "adopt")
        .peekable();
    assert!(adopted.peek().is_some());
    for row in adopted {
        let blocked_by = list(&row["next"]["blockedBy"]);
        let mut codes = blocked_by.iter().map(|found| text(&found["code"]));
        assert!(codes.any(|code| code == "api-served/cert-manager"), "{row}");
    }
}

#[test]
fn a_finding_that_speaks_for_many_objects_reaches_those_that_it_does_not_name() {
    let object = |number: usize| {
        format!(
            "apiVersion: cache.azure.com/v20241101
kind: Redis
metadata:
  {{name: r{number}, namespace: shop, uid: r{number}, resourceVersion: '1', generation: 1, annotations: {{serviceoperator.azure.com/reconcile-policy: skip}}}}
spec: {{azureName: r{number}, owner: {{armId: /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg}}}}
status: {{conditions: [{{type: Ready, status: 'True', reason: Succeeded, observedGeneration: 1}}]}}
"
        )
    };
    let objects: Vec<String> = (0..90).map(object).collect();
    let operators = repository().join(FIXTURES).join("operators.yaml");
    let operators = fs::read_to_string(operators).unwrap();
    let folder = Folder::new()
        .file(
            "operators.yaml",
            operators
                .replace("redis.cache.azure.com", "redis.example.com")
                .replace("group: cache.azure.com", "group: example.com"),
        )
        .file("cluster.yaml", objects.join("---\n"));
    let run =
        folder.asogate("status -o json --assume-complete --snapshot operators.yaml cluster.yaml");
    let found = rows(&run);
    assert_eq!(found.len(), 90);
    for row in &found {
        assert_eq!(row["next"]["gate"], "closed", "{row}");
        assert_eq!(
            row["next"]["blockedBy"][0]["code"], "api-served/crd-absent",
            "{row}"
        );
    }
}

#[test]
fn the_default_of_the_operator_counts_where_nothing_else_is_said() {
    let default = "  AZURE_SUBSCRIPTION_ID: MTExMTExMTEtMjIyMi0zMzMzLTQ0NDQtNTU1NTU1NTU1NTU1\n  AZURE_TARGET_NAMESPACES";
    let skip = format!("  DEFAULT_RECONCILE_POLICY: c2tpcA==\n{default}");
    let rows = with_operators("v2-objects-in-every-state", default, &skip);
    let policy = |name: &str| {
        let row = crate::row(&rows, &format!("redis shop/{name}"));
        let policy = &row["v2"][0]["policy"];
        (
            text(&policy["effective"]).to_owned(),
            text(&policy["from"]).to_owned(),
            text(&row["stage"]).to_owned(),
        )
    };
    let expected =
        |effective: &str, from: &str, stage: &str| (effective.into(), from.into(), stage.into());
    assert_eq!(policy("managed"), expected("skip", "operator", "imported"));
    // A value that is no policy does not fall through to the namespace: it is the operator's default.
    assert_eq!(policy("capital"), expected("skip", "operator", "imported"));
    assert_eq!(
        policy("managed-not-ready"),
        expected("manage", "object", "done")
    );
}
