//! Who depends on whom, and what a namespace or a definition holds. Each index is built at most once, when the first
//! delete needs it.

use super::world::World;
use crate::object::{GroupKind, ObjectId, ObjectKey};
use crate::pool::Symbol;
use crate::selector::Relation;
use crate::snapshot::OwnerReference;
use hashbrown::HashMap;

/// An owner reference, seen from the owner.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// The object that carries the reference.
    pub(super) dependent: ObjectId,
    /// Position among the owner references of the dependent.
    pub(super) reference: u32,
    /// The generation of the dependent's owner references to which the position belongs.
    pub(super) generation: u32,
}

/// The owner references by owner: those of the snapshot in one flat list, those of requested changes beside it.
#[derive(Default)]
pub(super) struct Dependents {
    built: bool,
    /// `starts[owner]..starts[owner + 1]` are the positions in `edges`.
    starts: Vec<u32>,
    edges: Vec<(ObjectId, u32)>,
    added: HashMap<ObjectId, Vec<Edge>>,
    #[cfg(test)]
    pub(super) visited: usize,
}

impl Dependents {
    /// The references to the uid of `owner`, stale ones left out, by dependent; requested ones last. Those from other
    /// namespaces are among them, since Kubernetes keeps its graph by uid alone.
    pub(super) fn of(&mut self, owner: ObjectId, world: &World<'_>) -> Vec<Edge> {
        if !self.built {
            self.build(world);
        }
        let bound = |index: usize| self.starts.get(index).copied().unwrap_or(0) as usize;
        let range = bound(owner.index())..bound(owner.index() + 1);
        let read = self.edges.get(range).unwrap_or(&[]).iter();
        let read = read.map(|&(dependent, reference)| Edge {
            dependent,
            reference,
            generation: 0,
        });
        let added = self.added.get(&owner).into_iter().flatten().copied();
        let edges: Vec<Edge> = read
            .chain(added)
            .filter(|edge| edge.generation == world.generation(edge.dependent))
            .collect();
        self.visit(edges.len());
        edges
    }

    /// Takes note of the owner references that a requested change gave an object.
    pub(super) fn add(&mut self, dependent: ObjectId, world: &World<'_>) {
        let generation = world.generation(dependent);
        for (reference, owner) in named(world.owners(dependent), world) {
            self.added.entry(owner).or_default().push(Edge {
                dependent,
                reference,
                generation,
            });
        }
    }

    fn build(&mut self, world: &World<'_>) {
        self.built = true;
        let snapshot = world.snapshot();
        let mut pairs: Vec<(ObjectId, ObjectId, u32)> = Vec::new();
        let mut starts = vec![0u32; snapshot.len() + 1];
        for (dependent, object) in snapshot.objects() {
            for (reference, owner) in named(object.owners(), world) {
                pairs.push((owner, dependent, reference));
                if let Some(count) = starts.get_mut(owner.index() + 1) {
                    *count += 1;
                }
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let nobody = (ObjectId::from_index(0), 0);
        let mut edges = vec![nobody; pairs.len()];
        for (owner, dependent, reference) in pairs {
            if let Some(place) = next.get_mut(owner.index()) {
                if let Some(edge) = edges.get_mut(*place as usize) {
                    *edge = (dependent, reference);
                }
                *place += 1;
            }
        }
        self.visit(edges.len());
        (self.starts, self.edges) = (starts, edges);
    }

    #[cfg(test)]
    fn visit(&mut self, count: usize) {
        self.visited += count;
    }

    #[cfg(not(test))]
    fn visit(&mut self, _count: usize) {}
}

/// The references among `owners` that mean an object, with their positions.
fn named<'w>(
    owners: &'w [OwnerReference],
    world: &'w World<'_>,
) -> impl Iterator<Item = (u32, ObjectId)> + 'w {
    let found = move |(position, reference)| Some((position, world.referent(reference)?));
    (0u32..).zip(owners).filter_map(found)
}

/// What is inside of namespaces, and which objects are of which kind.
#[derive(Default)]
pub(super) struct Contents<'a> {
    by_namespace: Option<HashMap<Symbol, Vec<ObjectId>>>,
    by_schema: Option<Vec<Vec<ObjectId>>>,
    created_by_namespace: HashMap<Symbol, Vec<ObjectId>>,
    created_by_kind: HashMap<&'a GroupKind, Vec<ObjectId>>,
}

impl<'a> Contents<'a> {
    /// Takes note of a created object.
    pub(super) fn add(&mut self, id: ObjectId, key: &'a ObjectKey, world: &World<'_>) {
        let namespace = world.namespace(id);
        if !namespace.is_absent() {
            self.created_by_namespace
                .entry(namespace)
                .or_default()
                .push(id);
        }
        self.created_by_kind.entry(&key.kind).or_default().push(id);
    }

    /// Every object in the namespace with this name.
    pub(super) fn of_namespace(&mut self, name: Symbol, world: &World<'_>) -> Vec<ObjectId> {
        let index = self.by_namespace.get_or_insert_with(|| {
            let mut index: HashMap<Symbol, Vec<ObjectId>> = HashMap::new();
            for (id, object) in world.snapshot().objects() {
                if !object.namespace().is_absent() {
                    index.entry(object.namespace()).or_default().push(id);
                }
            }
            index
        });
        let read = index.get(&name).into_iter().flatten();
        let created = self.created_by_namespace.get(&name).into_iter().flatten();
        read.chain(created).copied().collect()
    }

    /// Every object of the kind that a custom resource definition defines. If the kind is not known, because the relation
    /// `served-apis` was not read, every object of its group: the part of its name after the first dot.
    pub(super) fn of_definition(
        &mut self,
        definition: ObjectId,
        name: Symbol,
        world: &World<'_>,
    ) -> Vec<ObjectId> {
        let kinds = defined_kinds(definition, world);
        let group = world
            .text(name)
            .split_once('.')
            .map_or("", |(_, group)| group);
        let is_defined = |kind: &GroupKind| match kinds.as_slice() {
            [] => !group.is_empty() && kind.group == group,
            kinds => kinds.contains(kind),
        };
        let store = world.snapshot().store();
        let index = self.by_schema.get_or_insert_with(|| {
            let mut index = vec![Vec::new(); store.schemas().count()];
            for (id, object) in world.snapshot().objects() {
                if let Some(ids) = index.get_mut(object.schema_id().index()) {
                    ids.push(id);
                }
            }
            index
        });
        let read = store
            .schemas()
            .filter(|(_, schema)| is_defined(&schema.kind))
            .filter_map(|(id, _)| index.get(id.index()));
        let created = self
            .created_by_kind
            .iter()
            .filter(|(kind, _)| is_defined(kind));
        let created = created.map(|(_, ids)| ids);
        let mut ids: Vec<ObjectId> = read.chain(created).flatten().copied().collect();
        ids.sort_unstable();
        ids
    }
}

/// The kinds that the relation `served-apis` names for a definition.
fn defined_kinds(definition: ObjectId, world: &World<'_>) -> Vec<GroupKind> {
    let Some(rows) = world.snapshot().store().relation(Relation::ServedApis) else {
        return vec![];
    };
    let position = definition.index();
    let start = rows.rows.partition_point(|&row| (row as usize) < position);
    let own = rows
        .rows
        .iter()
        .skip(start)
        .take_while(|&&row| row as usize == position)
        .count();
    let width = Relation::ServedApis.columns().len();
    let cells = rows.cells.chunks_exact(width).skip(start).take(own);
    let mut kinds: Vec<GroupKind> = cells
        .filter_map(|row| match row {
            [group, kind, ..] if !kind.is_absent() => {
                Some(GroupKind::new(world.text(*group), world.text(*kind)))
            }
            _ => None,
        })
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}
