//! What goes into a sandbox. Nothing is copied here: wasmtime writes these references straight into the guest's memory.

use asogate_core::change::Propagation;
use asogate_core::input::{PolicyInput, Table};
use asogate_core::simulate::{self, Cause, Effect};
use wasmtime::component::{ComponentType, Lower};

#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(in crate::engine) struct InputRef<'a> {
    step: Option<&'a str>,
    text: &'a str,
    ends: &'a [u32],
    parts: Vec<PartRef>,
    tables: Vec<TableRef<'a>>,
    changes: Vec<ChangeRef>,
    paths: Vec<u32>,
    #[component(name = "change-extra")]
    change_extra: Vec<(u32, &'a str, &'a str)>,
    extra: Vec<(&'a str, &'a str)>,
}

#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(in crate::engine) struct TableRef<'a> {
    name: &'a str,
    objects: &'a [u32],
    now: u32,
    changes: &'a [u32],
    columns: &'a [Vec<u32>],
}

#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(record)]
pub(in crate::engine) struct PartRef {
    parent: u32,
    segment: u32,
    folded: u32,
}

/// Nothing in it needs memory of its own in the guest: a call of the guest's allocator costs more than a row.
#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(record)]
pub(in crate::engine) struct ChangeRef {
    operation: Operation,
    cause: CauseRef,
    object: u32,
    #[component(name = "path-end")]
    path_end: u32,
    propagation: Option<PropagationRef>,
    #[component(name = "awaits-finalizers")]
    awaits_finalizers: bool,
    #[component(name = "already-terminating")]
    already_terminating: bool,
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
pub(in crate::engine) enum CauseRef {
    #[component(name = "requested")]
    Requested,
    #[component(name = "garbage-collected")]
    GarbageCollected,
    #[component(name = "namespace-deleted")]
    NamespaceDeleted,
    #[component(name = "crd-deleted")]
    CrdDeleted,
    #[component(name = "unlinked")]
    Unlinked,
    #[component(name = "other")]
    #[expect(
        dead_code,
        reason = "there is no cause yet that the contract has no name for"
    )]
    Other,
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
        let (changes, paths) = changes(input.changes);
        InputRef {
            step: input.step.map(|step| step.name()),
            text: input.strings.text(),
            ends: input.strings.ends(),
            parts: input.parts.iter().map(PartRef::from).collect(),
            tables: input.tables.iter().map(TableRef::from).collect(),
            changes,
            paths,
            change_extra: change_extra(input).collect(),
            extra: extra(input).collect(),
        }
    }
}

fn extra<'a>(input: &'a PolicyInput<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let pairs = input.extra.iter();
    pairs.map(|(name, value)| (*name, value.as_str()))
}

fn change_extra<'a>(input: &'a PolicyInput<'_>) -> impl Iterator<Item = (u32, &'a str, &'a str)> {
    let notes = input.change_extra.iter();
    notes.map(|(change, name, value)| (*change, *name, value.as_str()))
}

impl<'a> From<&'a Table> for TableRef<'a> {
    fn from(table: &'a Table) -> TableRef<'a> {
        TableRef {
            name: &table.name,
            objects: &table.objects,
            now: table.now,
            changes: &table.changes,
            columns: &table.columns,
        }
    }
}

impl From<&[u32; 3]> for PartRef {
    fn from(&[parent, segment, folded]: &[u32; 3]) -> PartRef {
        PartRef {
            parent,
            segment,
            folded,
        }
    }
}

/// The changes, and their paths one after the other.
fn changes(effects: &[Effect]) -> (Vec<ChangeRef>, Vec<u32>) {
    let mut paths = Vec::new();
    let changes = effects.iter().map(|effect| {
        paths.extend(effect.path.iter().map(|object| object.number()));
        ChangeRef {
            operation: match effect.operation {
                simulate::Operation::Create => Operation::Create,
                simulate::Operation::Update => Operation::Update,
                simulate::Operation::Delete => Operation::Delete,
            },
            cause: match effect.cause {
                Cause::Requested => CauseRef::Requested,
                Cause::GarbageCollected => CauseRef::GarbageCollected,
                Cause::NamespaceDeleted => CauseRef::NamespaceDeleted,
                Cause::CrdDeleted => CauseRef::CrdDeleted,
                Cause::Unlinked => CauseRef::Unlinked,
            },
            object: effect.object.number(),
            // Fits: a path has at most `PATH_LIMIT` objects, and there are fewer changes than ids.
            path_end: paths.len() as u32,
            propagation: effect.propagation.map(|propagation| match propagation {
                Propagation::Background => PropagationRef::Background,
                Propagation::Foreground => PropagationRef::Foreground,
                Propagation::Orphan => PropagationRef::Orphan,
            }),
            awaits_finalizers: !effect.finalizers.is_empty(),
            already_terminating: effect.already_terminating,
        }
    });
    (changes.collect(), paths)
}

/// How many bytes of the guest's memory the input takes. What a policy may spend grows with it.
pub(in crate::engine) fn size_of_input(input: &PolicyInput<'_>) -> usize {
    const HEADER: usize = 8;
    let strings = input.strings.text().len() + 4 * input.strings.len();
    let parts = size_of_val(input.parts.as_slice());
    let tables = input.tables.iter().map(|table| {
        let rows = table.objects.len() + table.changes.len();
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
        .map(|change| size_of::<ChangeRef>() + 4 * change.path.len());
    let extra = extra(input).map(|(name, value)| 2 * HEADER + name.len() + value.len());
    let change_extra =
        change_extra(input).map(|(_, name, value)| 4 + 2 * HEADER + name.len() + value.len());
    [strings, parts]
        .into_iter()
        .chain(extra)
        .chain(change_extra)
        .chain(tables)
        .chain(changes)
        .fold(0, usize::saturating_add)
}
