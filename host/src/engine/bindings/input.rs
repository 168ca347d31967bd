//! What goes into a sandbox. Nothing is copied here: wasmtime writes these references straight into the guest's memory.

use asogate_core::change::Propagation;
use asogate_core::input::{PolicyInput, Table};
use asogate_core::object::ObjectId;
use asogate_core::simulate::{self, Effect};
use wasmtime::component::{ComponentType, Lower};

type Extra<'a> = &'a [(&'a str, &'a str)];

#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(in crate::engine) struct InputRef<'a> {
    step: Option<&'a str>,
    text: &'a str,
    ends: &'a [u32],
    tables: Vec<TableRef<'a>>,
    changes: Vec<ChangeRef<'a>>,
    extra: Vec<(&'a str, &'a str)>,
}

#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(in crate::engine) struct TableRef<'a> {
    name: &'a str,
    objects: &'a [u32],
    change: &'a [u32],
    columns: &'a [Vec<u32>],
}

#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(in crate::engine) struct ChangeRef<'a> {
    operation: Operation,
    cause: &'a str,
    object: u32,
    path: Vec<u32>,
    propagation: Option<PropagationRef>,
    #[component(name = "awaits-finalizers")]
    awaits_finalizers: bool,
    #[component(name = "already-terminating")]
    already_terminating: bool,
    extra: Extra<'a>,
}

#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub(in crate::engine) enum Operation {
    #[component(name = "create")]
    Create,
    #[component(name = "update")]
    Update,
    #[component(name = "delete")]
    Delete,
}

#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub(in crate::engine) enum PropagationRef {
    #[component(name = "background")]
    Background,
    #[component(name = "foreground")]
    Foreground,
    #[component(name = "orphan")]
    Orphan,
}

impl<'a> From<&'a PolicyInput<'_>> for InputRef<'a> {
    fn from(input: &'a PolicyInput<'_>) -> InputRef<'a> {
        InputRef {
            step: input.step.map(|step| step.name()),
            text: input.strings.text(),
            ends: input.strings.ends(),
            tables: input.tables.iter().map(TableRef::from).collect(),
            changes: input.changes.iter().map(ChangeRef::from).collect(),
            extra: extra(input).collect(),
        }
    }
}

fn extra<'a>(input: &'a PolicyInput<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let pairs = input.extra.iter();
    pairs.map(|(name, value)| (*name, value.as_str()))
}

impl<'a> From<&'a Table> for TableRef<'a> {
    fn from(table: &'a Table) -> TableRef<'a> {
        TableRef {
            name: &table.name,
            objects: &table.objects,
            change: &table.change,
            columns: &table.columns,
        }
    }
}

impl<'a> From<&'a Effect> for ChangeRef<'a> {
    fn from(effect: &'a Effect) -> ChangeRef<'a> {
        ChangeRef {
            operation: match effect.operation {
                simulate::Operation::Create => Operation::Create,
                simulate::Operation::Update => Operation::Update,
                simulate::Operation::Delete => Operation::Delete,
            },
            cause: effect.cause.name(),
            object: effect.object.number(),
            path: effect
                .path
                .iter()
                .map(|object| ObjectId::number(*object))
                .collect(),
            propagation: effect.propagation.map(|propagation| match propagation {
                Propagation::Background => PropagationRef::Background,
                Propagation::Foreground => PropagationRef::Foreground,
                Propagation::Orphan => PropagationRef::Orphan,
            }),
            awaits_finalizers: !effect.finalizers.is_empty(),
            already_terminating: effect.already_terminating,
            extra: &[],
        }
    }
}

/// How many bytes of the guest's memory the input takes. What a policy may spend grows with it.
pub(in crate::engine) fn size_of_input(input: &PolicyInput<'_>) -> usize {
    const HEADER: usize = 8;
    let strings = input.strings.text().len() + 4 * input.strings.len();
    let tables = input.tables.iter().map(|table| {
        let rows = table.objects.len() + table.change.len();
        let cells: usize = table
            .columns
            .iter()
            .map(|column| HEADER + 4 * column.len())
            .sum();
        4 * rows + cells
    });
    let changes = input
        .changes
        .iter()
        .map(|change| 64 + 4 * change.path.len());
    let extra = extra(input).map(|(name, value)| 2 * HEADER + name.len() + value.len());
    std::iter::once(strings)
        .chain(extra)
        .chain(tables)
        .chain(changes)
        .fold(0, usize::saturating_add)
}
