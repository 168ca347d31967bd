//! `asogate status`: the states, stages and dangers of small clusters, the stages of the recorded migration, filters, order and
//! totals. A case is a folder of `tests/fixtures/status` with `cluster.yaml`, perhaps `import.yaml`, and `expected.txt`, which
//! `BLESS=1` writes; read it line by line.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;

#[path = "status/cases.rs"]
mod cases;
#[path = "status/contoso.rs"]
mod contoso;
#[path = "status/observed.rs"]
mod observed;
#[path = "status/promises.rs"]
mod promises;
#[path = "status/selection.rs"]
mod selection;

use command::{Run, asogate};
use serde_json::Value;

const CONTOSO: &str = "examples/contoso";
const FIXTURES: &str = "tests/fixtures/status";

/// The board of a folder of the example, as JSON.
fn contoso(folder: &str, further: &str) -> Run {
    asogate(&format!(
        "status --snapshot {CONTOSO}/{folder} --assume-complete -o json {further}"
    ))
    .exits(0)
}

/// The rows of a board.
fn rows(run: &Run) -> Vec<Value> {
    run.json()["rows"].as_array().unwrap().clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The objects that stand for a row, as messages write them.
fn objects(row: &Value) -> Vec<String> {
    let members = list(&row["v1"]).iter().chain(list(&row["v2"]));
    members.map(|member| name(&member["object"])).collect()
}

fn name(key: &Value) -> String {
    let (kind, group) = (text(&key["kind"]), text(&key["group"]));
    let (namespace, name) = (text(&key["namespace"]), text(&key["name"]));
    format!("{kind}.{group} {namespace}/{name}")
}

fn dangers(row: &Value) -> Vec<&str> {
    let dangers = list(&row["dangers"]).iter();
    dangers.map(|known| text(&known["danger"])).collect()
}

/// The row with this object, `kind namespace/name` in lower case.
#[track_caller]
fn row<'r>(rows: &'r [Value], object: &str) -> &'r Value {
    let is_named = |row: &&Value| {
        let members = list(&row["v1"]).iter().chain(list(&row["v2"]));
        let mut keys = members.map(|member| &member["object"]);
        keys.any(|key| {
            let kind = text(&key["kind"]).to_lowercase();
            format!("{kind} {}/{}", text(&key["namespace"]), text(&key["name"])) == object
        })
    };
    let found = rows.iter().find(is_named);
    found.unwrap_or_else(|| panic!("no row has `{object}`"))
}
