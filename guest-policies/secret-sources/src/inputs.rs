//! Where v2 objects name Secrets to read: the fields that [`asogate_aso::v2`] lists for each kind.

use asogate_aso::v1;
use asogate_aso::v2::{self, V2Kind};
use asogate_policy::{Column, Input, ObjectId, Row, Selector, State, Symbol, Table};
use std::collections::HashMap;

/// One place in an object that names a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// The field below `spec`, as [`asogate_aso::v2::V2Exports::secret_inputs`] writes it.
    pub(crate) field: &'static str,
    /// The path in the object.
    pub(crate) path: String,
    pub(crate) namespace: Symbol,
    pub(crate) name: Symbol,
    pub(crate) name_text: &'a str,
    /// Absent where a whole Secret is read.
    pub(crate) key: Symbol,
    pub(crate) key_text: Option<&'a str>,
}

/// The shape of a field: alone, or in a list or map, with what comes before and after the element.
enum Shape {
    Alone,
    Each(&'static str, &'static str),
    /// A list in a list, which no column can reach.
    Deeper,
}

fn shape(field: &'static str) -> Shape {
    let split = field.split_once("[].").or_else(|| field.split_once("{}."));
    match split {
        None => Shape::Alone,
        Some((_, after)) if after.contains("[]") || after.contains("{}") => Shape::Deeper,
        Some((before, after)) => Shape::Each(before, after),
    }
}

/// Every kind that reads Secrets, with its fields.
fn kinds() -> impl Iterator<Item = (&'static V2Kind, &'static [&'static str])> {
    let kinds = v2::kinds().iter();
    let reading = kinds.filter_map(|kind| Some((kind, kind.exports()?.secret_inputs)));
    reading.filter(|(_, fields)| !fields.is_empty())
}

/// Whether objects of v1 become objects of this kind. A host takes a limited number of tables, so lists are read of no others.
fn comes_from_v1(kind: &V2Kind) -> bool {
    v1::predecessors(kind.group, kind.kind).next().is_some()
}

/// One table: its fields and its columns.
struct Plan {
    table: String,
    kind: &'static V2Kind,
    fields: Vec<&'static str>,
    columns: Vec<String>,
}

/// The tables: one for the fields of a kind that stand alone, and one for each that stands in a list or map.
fn plans() -> Vec<Plan> {
    let mut plans = vec![];
    for (number, (kind, fields)) in kinds().enumerate() {
        let mut alone = Plan {
            table: format!("reads-{number}"),
            kind,
            fields: vec![],
            columns: vec!["metadata.namespace".into()],
        };
        for (position, field) in fields.iter().copied().enumerate() {
            match shape(field) {
                Shape::Alone => {
                    alone.fields.push(field);
                    alone.columns.push(format!("spec.{field}.name"));
                    alone.columns.push(format!("spec.{field}.key"));
                }
                Shape::Each(before, after) if comes_from_v1(kind) => plans.push(Plan {
                    table: format!("reads-{number}-{position}"),
                    kind,
                    fields: vec![field],
                    columns: vec![
                        "metadata.namespace".into(),
                        format!("key(spec.{before}[*])"),
                        format!("spec.{before}[*].{after}.name"),
                        format!("spec.{before}[*].{after}.key"),
                    ],
                }),
                Shape::Each(..) | Shape::Deeper => {}
            }
        }
        if !alone.fields.is_empty() {
            plans.push(alone);
        }
    }
    plans
}

pub(crate) fn reads() -> Vec<Selector> {
    let selector =
        |plan: Plan| Selector::objects(&plan.table, plan.kind.group, plan.kind.kind, plan.columns);
    plans().into_iter().map(selector).collect()
}

/// The tables of [`reads`].
pub(crate) struct Inputs<'a> {
    /// The positions of the tables of a kind.
    of_kind: HashMap<(&'static str, &'static str), Vec<usize>>,
    tables: Vec<(Plan, Table<'a>, Vec<Column>)>,
}

impl<'a> Inputs<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Inputs<'a>, String> {
        let tables = plans().into_iter().map(|plan| {
            let table = input.table(&plan.table)?;
            let columns = plan.columns.iter().map(|column| table.column(column));
            let columns = columns.collect::<Result<_, String>>()?;
            Ok((plan, table, columns))
        });
        let tables = tables.collect::<Result<Vec<(Plan, _, _)>, String>>()?;
        let mut of_kind: HashMap<_, Vec<usize>> = HashMap::new();
        for (position, (plan, ..)) in tables.iter().enumerate() {
            let kind = (plan.kind.group, plan.kind.kind);
            of_kind.entry(kind).or_default().push(position);
        }
        Ok(Inputs { of_kind, tables })
    }

    /// The places of one object of this kind that name a Secret, in this state.
    pub(crate) fn of(
        &self,
        state: State<'a>,
        object: ObjectId,
        kind: &V2Kind,
    ) -> Vec<Reference<'a>> {
        let mut found = vec![];
        let positions = self.of_kind.get(&(kind.group, kind.kind));
        let tables = positions.into_iter().flatten();
        for (plan, table, columns) in tables.filter_map(|&position| self.tables.get(position)) {
            for row in state.rows_of(*table, object) {
                match (plan.fields.as_slice(), columns.as_slice()) {
                    ([field], [namespace, element, name, key]) => {
                        let element = row.text(*element).unwrap_or_default();
                        let columns = [*namespace, *name, *key];
                        found.extend(reference(row, field, columns, path(field, element)));
                    }
                    (fields, [namespace, places @ ..]) => {
                        for (field, place) in fields.iter().zip(places.chunks_exact(2)) {
                            if let [name, key] = place {
                                let columns = [*namespace, *name, *key];
                                let path = format!("spec.{field}");
                                found.extend(reference(row, field, columns, path));
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

fn reference<'a>(
    row: Row<'a>,
    field: &'static str,
    [namespace, name, key]: [Column; 3],
    path: String,
) -> Option<Reference<'a>> {
    Some(Reference {
        field,
        path,
        namespace: row.symbol(namespace),
        name: row.symbol(name),
        name_text: row.text(name)?,
        key: row.symbol(key),
        key_text: row.text(key),
    })
}

/// The path of a field in one element.
fn path(field: &'static str, element: &str) -> String {
    match shape(field) {
        // A key that brackets cannot hold is left out: the finding then stands at the whole.
        Shape::Each(before, _) if element.contains(']') => format!("spec.{before}"),
        Shape::Each(before, after) => format!("spec.{before}[{element}].{after}"),
        Shape::Alone | Shape::Deeper => format!("spec.{field}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_that_matter_are_read_within_the_limits_of_a_host() {
        let fields: Vec<&str> = plans()
            .iter()
            .flat_map(|plan| plan.fields.clone())
            .collect();
        for wanted in [
            "administratorLoginPassword",
            "localUser.password",
            "certificates[].certificatePassword",
            "storageAccountAccessKey",
        ] {
            assert!(fields.contains(&wanted), "{wanted}");
        }
        // The host takes 64 selectors of 64 columns; seven selectors are those of other modules.
        assert!(plans().len() <= 57 && plans().iter().all(|plan| plan.columns.len() <= 64));
        assert_eq!(
            path("certificates[].certificatePassword", "0"),
            "spec.certificates[0].certificatePassword"
        );
    }
}
