//! Filters, formats, exit codes, and what is refused.

use crate::command::asogate;
use crate::{CONTOSO, FIXTURES, contoso, list, objects, rows, text};

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
    asogate("status").exits(2).says("--snapshot PATH");
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
    use crate::command::Folder;
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
