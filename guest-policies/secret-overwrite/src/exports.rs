//! What v2 objects export: the entries of `spec.operatorSpec` that name a destination (FACTS (b)).

use asogate_policy::{Column, Input, ObjectId, Row, Selector, State, Symbol, Table};

/// The kind of thing that an export writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Secret,
    ConfigMap,
}

impl Target {
    /// The kind in Kubernetes.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Target::Secret => "Secret",
            Target::ConfigMap => "ConfigMap",
        }
    }
}

/// One Secret or ConfigMap, whether it exists or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) target: Target,
    /// Absent for manifests without a namespace, which share one that nobody knows yet.
    pub(crate) namespace: Symbol,
    pub(crate) name: Symbol,
}

/// One entry that names a destination.
#[derive(Clone, Debug)]
pub(crate) struct Export<'a> {
    pub(crate) place: Place,
    pub(crate) name: Option<&'a str>,
    pub(crate) key: Option<&'a str>,
    /// The path of the entry, to which `.name` or `.key` is added.
    pub(crate) path: String,
    /// Whether a key must be given: an expression that gives a map needs none.
    pub(crate) needs_key: bool,
}

/// One field of `spec.operatorSpec` with destinations.
struct Source {
    table: &'static str,
    field: &'static str,
    target: Target,
    /// Whether it is a list of expressions instead of a map by what is exported.
    is_list: bool,
}

const SOURCES: [Source; 4] = [
    source(
        "secrets",
        "spec.operatorSpec.secrets",
        Target::Secret,
        false,
    ),
    source(
        "config-maps",
        "spec.operatorSpec.configMaps",
        Target::ConfigMap,
        false,
    ),
    source(
        "secret-expressions",
        "spec.operatorSpec.secretExpressions",
        Target::Secret,
        true,
    ),
    source(
        "config-map-expressions",
        "spec.operatorSpec.configMapExpressions",
        Target::ConfigMap,
        true,
    ),
];

const fn source(table: &'static str, field: &'static str, target: Target, is_list: bool) -> Source {
    Source {
        table,
        field,
        target,
        is_list,
    }
}

impl Source {
    /// Namespace, entry, name and key.
    fn columns(&self) -> [String; 4] {
        let field = self.field;
        [
            "metadata.namespace".into(),
            format!("key({field}[*])"),
            format!("{field}[*].name"),
            format!("{field}[*].key"),
        ]
    }
}

pub(crate) fn reads() -> Vec<Selector> {
    let selector =
        |source: &Source| Selector::objects(source.table, "*.azure.com", "*", source.columns());
    SOURCES.iter().map(selector).collect()
}

/// The tables of [`reads`], with their columns.
pub(crate) struct Exports<'a> {
    tables: Vec<(&'static Source, Table<'a>, [Column; 4])>,
}

impl<'a> Exports<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Exports<'a>, String> {
        let table = |source: &'static Source| {
            let table = input.table(source.table)?;
            let names = source.columns();
            let columns = table.columns(names.each_ref().map(String::as_str))?;
            Ok((source, table, columns))
        };
        let tables = SOURCES.iter().map(table).collect::<Result<_, String>>()?;
        Ok(Exports { tables })
    }

    /// Every destination that anybody has in this state.
    pub(crate) fn places(&self, state: State<'a>) -> impl Iterator<Item = (ObjectId, Place)> {
        self.tables
            .iter()
            .flat_map(move |(source, table, columns)| {
                let rows = state.rows(*table);
                rows.filter_map(|row| Some((row.object(), place(source, columns, row)?)))
            })
    }

    /// Every destination that one object has in this state.
    pub(crate) fn places_of(
        &self,
        state: State<'a>,
        object: ObjectId,
    ) -> impl Iterator<Item = Place> {
        self.tables
            .iter()
            .flat_map(move |(source, table, columns)| {
                let rows = state.rows_of(*table, object);
                rows.filter_map(|row| place(source, columns, row))
            })
    }

    /// What one object exports in this state.
    pub(crate) fn of(&self, state: State<'a>, object: ObjectId) -> Vec<Export<'a>> {
        let exports = |(source, table, columns): &(&'static Source, Table<'a>, [Column; 4])| {
            let rows = state.rows_of(*table, object);
            let exports = rows.filter_map(|row| export(source, columns, row));
            exports.collect::<Vec<_>>()
        };
        self.tables.iter().flat_map(exports).collect()
    }
}

fn place(source: &Source, columns: &[Column; 4], row: Row<'_>) -> Option<Place> {
    let [namespace, _, name, key] = *columns;
    // An entry that is null exports nothing.
    (row.has(name) || row.has(key)).then(|| Place {
        target: source.target,
        namespace: row.symbol(namespace),
        name: row.symbol(name),
    })
}

fn export<'a>(source: &Source, columns: &[Column; 4], row: Row<'a>) -> Option<Export<'a>> {
    let [_, entry, name, key] = *columns;
    let place = place(source, columns, row)?;
    let entry = row.text(entry).unwrap_or_default();
    let field = source.field;
    Some(Export {
        place,
        name: row.text(name),
        key: row.text(key),
        path: if source.is_list || entry.contains(['.', '/']) {
            format!("{field}[{entry}]")
        } else {
            format!("{field}.{entry}")
        },
        needs_key: !source.is_list,
    })
}
