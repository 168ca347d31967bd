//! What a policy wishes to see, checked.

use super::text::unfit;
use crate::engine::limits;
use asogate_core::selector::{self, ColumnPath, KindPattern, Relation, Segment};
use std::collections::BTreeSet;
use wasmtime::component::{ComponentType, Lift};

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(in crate::engine) struct ObjectSelector {
    table: String,
    group: String,
    kind: String,
    columns: Vec<String>,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(in crate::engine) struct RelationSelector {
    table: String,
    relation: String,
    columns: Vec<String>,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(in crate::engine) enum Selector {
    #[component(name = "objects")]
    Objects(ObjectSelector),
    #[component(name = "relation")]
    Relation(RelationSelector),
}

/// The selectors as core types, or everything that is wrong with them.
pub(in crate::engine) fn selectors(
    given: Vec<Selector>,
) -> Result<Vec<selector::Selector>, Vec<String>> {
    if given.len() > limits::SELECTORS {
        return Err(vec![format!(
            "asks for {} tables; the limit is {}",
            given.len(),
            limits::SELECTORS
        )]);
    }
    let mut wrong = Vec::new();
    let mut tables = BTreeSet::new();
    let mut selectors = Vec::new();
    for given in given {
        let table = match &given {
            Selector::Objects(objects) => &objects.table,
            Selector::Relation(relation) => &relation.table,
        };
        if let Some(why) = unfit(table, limits::NAME_BYTES) {
            wrong.push(format!("a table's name {why}"));
            continue;
        }
        if !tables.insert(table.clone()) {
            wrong.push(format!(
                "asks for two tables named `{table}`; each needs a name of its own"
            ));
        }
        match given {
            Selector::Objects(objects) => selectors.extend(object_selector(objects, &mut wrong)),
            Selector::Relation(relation) => {
                selectors.extend(relation_selector(relation, &mut wrong))
            }
        }
    }
    if wrong.is_empty() {
        Ok(selectors)
    } else {
        Err(wrong)
    }
}

fn object_selector(given: ObjectSelector, wrong: &mut Vec<String>) -> Option<selector::Selector> {
    let ObjectSelector {
        table,
        group,
        kind,
        columns,
    } = given;
    let before = wrong.len();
    // The core group has the empty name.
    if !group.is_empty()
        && let Some(why) = unfit(&group, limits::NAME_BYTES)
    {
        wrong.push(format!("the group of table `{table}` {why}"));
    } else if !is_group_pattern(&group) {
        wrong.push(format!(
            "table `{table}` asks for the group `{group}`; a group is exact, `*.suffix` or `*`"
        ));
    }
    if let Some(why) = unfit(&kind, limits::NAME_BYTES) {
        wrong.push(format!("the kind of table `{table}` {why}"));
    } else if kind != "*" && kind.contains('*') {
        wrong.push(format!(
            "table `{table}` asks for the kind `{kind}`; a kind is exact or `*`"
        ));
    }
    if columns.len() > limits::COLUMNS {
        wrong.push(format!(
            "table `{table}` asks for {} columns; the limit is {}",
            columns.len(),
            limits::COLUMNS
        ));
        return None;
    }
    let columns: Vec<ColumnPath> = columns
        .iter()
        .filter_map(|column| column_path(&table, column, wrong))
        .collect();
    let lists: BTreeSet<&[Segment]> = columns.iter().filter_map(list_prefix).collect();
    if lists.len() > 1 {
        let each: Vec<String> = columns
            .iter()
            .filter(|column| list_prefix(column).is_some())
            .map(|column| format!("`{column}`"))
            .collect();
        wrong.push(format!(
            "table `{table}` asks for the elements of different lists at once ({}); ask for one table per list",
            each.join(", ")
        ));
    }
    (wrong.len() == before).then(|| {
        selector::Selector::Objects(selector::ObjectSelector {
            table,
            kinds: KindPattern::new(group, kind),
            columns,
        })
    })
}

fn column_path(table: &str, column: &str, wrong: &mut Vec<String>) -> Option<ColumnPath> {
    if let Some(why) = unfit(column, limits::NAME_BYTES) {
        wrong.push(format!("a column of table `{table}` {why}"));
        return None;
    }
    column
        .parse()
        .map_err(|error| {
            wrong.push(format!(
                "table `{table}` has a column that cannot be read: {error}"
            ))
        })
        .ok()
}

/// The path up to `[*]`, for a column that has one.
fn list_prefix(column: &ColumnPath) -> Option<&[Segment]> {
    let each = column
        .segments
        .iter()
        .position(|segment| *segment == Segment::Each)?;
    column.segments.get(..each)
}

/// `*` stands alone, or before a dot and a whole name.
fn is_group_pattern(group: &str) -> bool {
    match group.strip_prefix('*') {
        None => !group.contains('*'),
        Some("") => true,
        Some(rest) => rest
            .strip_prefix('.')
            .is_some_and(|rest| !rest.is_empty() && !rest.contains('*')),
    }
}

fn relation_selector(
    given: RelationSelector,
    wrong: &mut Vec<String>,
) -> Option<selector::Selector> {
    let RelationSelector {
        table,
        relation,
        columns,
    } = given;
    let known = Relation::from_name(&relation);
    if known.is_none() {
        let names: Vec<String> = Relation::ALL
            .iter()
            .map(|relation| format!("`{}`", relation.name()))
            .collect();
        wrong.push(format!(
            "table `{table}` asks for the relation `{}`, which this version of asogate does not know; it knows {}",
            super::shown(&relation, limits::NAME_BYTES),
            names.join(", ")
        ));
    }
    let known = known?;
    let position = |column: &String| {
        let found = known.columns().iter().position(|name| name == column);
        if found.is_none() {
            wrong.push(format!(
                "table `{table}` asks for the column `{}` of the relation `{}`, which has {}",
                super::shown(column, limits::NAME_BYTES),
                known.name(),
                known.columns().join(", ")
            ));
        }
        found
    };
    if columns.len() > limits::COLUMNS {
        wrong.push(format!(
            "table `{table}` asks for {} columns; the limit is {}",
            columns.len(),
            limits::COLUMNS
        ));
        return None;
    }
    let columns: Option<Vec<usize>> = columns.iter().map(position).collect();
    Some(selector::Selector::Relation(selector::RelationSelector {
        columns: columns?,
        table,
        relation: known,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(table: &str, group: &str, kind: &str, columns: &[&str]) -> Selector {
        Selector::Objects(ObjectSelector {
            table: table.into(),
            group: group.into(),
            kind: kind.into(),
            columns: columns.iter().map(|column| (*column).into()).collect(),
        })
    }

    fn relation(table: &str, relation: &str) -> Selector {
        Selector::Relation(RelationSelector {
            table: table.into(),
            relation: relation.into(),
            columns: vec![],
        })
    }

    #[test]
    fn good_selectors_pass_as_they_are() {
        let selectors = selectors(vec![
            objects(
                "v1",
                "azure.microsoft.com",
                "*",
                &["metadata.name", "metadata.annotations[skipreconcile]"],
            ),
            objects(
                "v2",
                "*.azure.com",
                "*",
                &[
                    "key(spec.operatorSpec.secrets[*])",
                    "spec.operatorSpec.secrets[*].name",
                ],
            ),
            objects("core", "", "Secret", &[]),
            relation("keys", "secret-keys"),
        ])
        .unwrap();
        assert_eq!(
            selectors
                .iter()
                .map(selector::Selector::table)
                .collect::<Vec<_>>(),
            ["v1", "v2", "core", "keys"]
        );
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let wrong = selectors(vec![
            objects("a", "azure.*", "*", &["spec..x", "a[*].x", "b[*].y"]),
            objects("a", "", "", &["metadata.name"]),
            relation("r", "pod-logs"),
        ])
        .unwrap_err()
        .join("\n");
        for part in [
            "`azure.*`",
            "`spec..x`",
            "different lists",
            "two tables named `a`",
            "kind of table `a` is empty",
            "`pod-logs`",
        ] {
            assert!(wrong.contains(part), "{part} is not in:\n{wrong}");
        }
    }

    #[test]
    fn tables_and_columns_are_bounded() {
        let many = vec![relation("r", "secret-keys"); limits::SELECTORS + 1];
        assert!(
            selectors(many)
                .unwrap_err()
                .join("")
                .contains("the limit is 64")
        );
        let columns = vec!["metadata.name"; limits::COLUMNS + 1];
        let wrong = selectors(vec![objects("t", "", "Secret", &columns)])
            .unwrap_err()
            .join("");
        assert!(
            wrong.contains("asks for 65 columns; the limit is 64"),
            "{wrong}"
        );
    }
}
