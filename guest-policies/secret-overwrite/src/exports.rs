//! What v2 objects export: the entries of `spec.operatorSpec` that name a destination (FACTS (b)).

use asogate_policy::{Column, Input, ObjectId, Row, Selector, State, Symbol, Table, Transition};

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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export<'a> {
    pub(crate) place: Place,
    source: &'static Source,
    row: Row<'a>,
    columns: [Column; 4],
}

impl<'a> Export<'a> {
    /// The entry of a row; none if it is null, which exports nothing.
    fn new(source: &'static Source, row: Row<'a>, columns: &[Column; 4]) -> Option<Export<'a>> {
        let [namespace, _, name, key] = *columns;
        (row.has(name) || row.has(key)).then(|| Export {
            place: Place {
                target: source.target,
                namespace: row.symbol(namespace),
                name: row.symbol(name),
            },
            source,
            row,
            columns: *columns,
        })
    }

    pub(crate) fn name(&self) -> Option<&'a str> {
        let [_, _, name, _] = self.columns;
        self.row.text(name)
    }

    pub(crate) fn key(&self) -> Option<&'a str> {
        let [.., key] = self.columns;
        self.row.text(key)
    }

    /// Whether another entry has the same key.
    pub(crate) fn has_key_of(&self, other: &Export<'a>) -> bool {
        let ([.., key], [.., other_key]) = (self.columns, other.columns);
        self.row.has(key) && self.row.symbol(key) == other.row.symbol(other_key)
    }

    /// Whether a key must be given: an expression that gives a map needs none.
    pub(crate) fn needs_key(&self) -> bool {
        !self.source.is_list
    }

    /// The path of the entry, to which `.name` or `.key` is added.
    pub(crate) fn path(&self) -> String {
        let [_, entry, ..] = self.columns;
        let entry = self.row.text(entry).unwrap_or_default();
        let field = self.source.field;
        if self.source.is_list || entry.contains(['.', '/']) {
            format!("{field}[{entry}]")
        } else {
            format!("{field}.{entry}")
        }
    }
}

/// One field of `spec.operatorSpec` with destinations.
#[derive(Debug)]
struct Source {
    table: &'static str,
    field: &'static str,
    target: Target,
    /// Whether it is a list of expressions instead of a map by what is exported.
    is_list: bool,
}

static SOURCES: [Source; 4] = [
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

/// The tables of [`reads`] that hold anything at any moment, with their columns.
pub(crate) struct Exports<'a> {
    tables: Vec<(&'static Source, Table<'a>, [Column; 4])>,
}

impl<'a> Exports<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Exports<'a>, String> {
        let mut tables = vec![];
        for source in &SOURCES {
            let table = input.table(source.table)?;
            let names = source.columns();
            let columns = table.columns(names.each_ref().map(String::as_str))?;
            if is_used(input, table) {
                tables.push((source, table, columns));
            }
        }
        Ok(Exports { tables })
    }

    /// Whether nobody exports anything at any moment.
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// What everybody exports in this state.
    pub(crate) fn all(&self, state: State<'a>) -> impl Iterator<Item = (ObjectId, Export<'a>)> {
        self.tables
            .iter()
            .flat_map(move |(source, table, columns)| {
                let rows = state.rows(*table);
                rows.filter_map(|row| Some((row.object(), Export::new(source, row, columns)?)))
            })
    }

    /// What one object exports in this state.
    pub(crate) fn of(
        &self,
        state: State<'a>,
        object: ObjectId,
    ) -> impl Iterator<Item = Export<'a>> {
        self.tables
            .iter()
            .flat_map(move |(source, table, columns)| {
                let rows = state.rows_of(*table, object);
                rows.filter_map(|row| Export::new(source, row, columns))
            })
    }

    /// Whether a change leaves everything that its object exports as it was.
    pub(crate) fn are_kept(&self, transition: &Transition<'a>) -> bool {
        self.tables.iter().all(|(_, table, columns)| {
            let (before, after) = (transition.removed(*table), transition.added(*table));
            let is_same = |(before, after): (Row<'a>, Row<'a>)| {
                let mut columns = columns.iter();
                columns.all(|column| before.symbol(*column) == after.symbol(*column))
            };
            before.len() == after.len() && before.zip(after).all(is_same)
        })
    }
}

/// Whether a table has rows at any moment.
pub(crate) fn is_used<'a>(input: &'a Input, table: Table<'a>) -> bool {
    let added = |transition: Transition<'a>| !transition.added(table).is_empty();
    input.now().rows(table).next().is_some() || input.walk().any(added)
}
