//! An object as a reader found it, before it is stored.

use crate::pool::Symbol;
use crate::selector::{Relation, Schema};

/// The text of a cell that says yes; its opposite is an absent cell. Every snapshot's pool holds it.
pub const YES: &str = "true";

/// One owner reference of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerReference {
    /// API group of the owner (version left out: a reference may name any).
    pub group: Symbol,
    /// Kind of the owner.
    pub kind: Symbol,
    /// Name of the owner.
    pub name: Symbol,
    /// Uid of the owner.
    pub uid: Symbol,
    /// `controller: true`.
    pub controller: bool,
    /// `blockOwnerDeletion: true`.
    pub block_owner_deletion: bool,
}

/// One object as a reader found it, before it is stored. Readers keep one draft and clear it between objects.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The version part of `apiVersion`.
    pub version: Symbol,
    /// Namespace, or absent.
    pub namespace: Symbol,
    /// Name.
    pub name: Symbol,
    /// Uid, or absent (manifests).
    pub uid: Symbol,
    /// Resource version, or absent.
    pub resource_version: Symbol,
    /// Whether `metadata.deletionTimestamp` is set.
    pub terminating: bool,
    /// Owner references in their order.
    pub owners: Vec<OwnerReference>,
    /// Finalizers in their order.
    pub finalizers: Vec<Symbol>,
    /// One symbol per [`Schema::cells`].
    pub cells: Vec<Symbol>,
    /// Per [`Schema::lists`], the rows one after the other, each as long as the list has columns.
    pub lists: Vec<Vec<Symbol>>,
    /// Rows of relations other than [`Relation::OwnerReferences`], each as long as the relation has columns.
    pub relations: RelationDraft,
    /// The whole object as JSON text, if the read set wants it kept.
    pub whole: Option<String>,
}

/// Rows of relations of one object, before it is stored.
#[derive(Clone, Debug, Default)]
pub struct RelationDraft {
    rows: Vec<(Relation, u32)>,
    cells: Vec<Symbol>,
}

impl RelationDraft {
    /// Adds a row with its cells, as many as the relation has columns.
    pub fn push<Cells: AsRef<[Symbol]>>(&mut self, (relation, cells): (Relation, Cells)) {
        let cells = cells.as_ref();
        debug_assert_eq!(cells.len(), relation.columns().len());
        self.rows.push((relation, cells.len() as u32));
        self.cells.extend_from_slice(cells);
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.cells.clear();
    }

    /// The rows in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Relation, &[Symbol])> {
        let mut rest = self.cells.as_slice();
        self.rows.iter().map(move |(relation, width)| {
            let (cells, after) = rest.split_at_checked(*width as usize).unwrap_or_default();
            rest = after;
            (*relation, cells)
        })
    }
}

impl Draft {
    /// Empties the draft and makes room for the cells of `schema`.
    pub fn reset(&mut self, schema: &Schema) {
        self.version = Symbol::ABSENT;
        self.namespace = Symbol::ABSENT;
        self.name = Symbol::ABSENT;
        self.uid = Symbol::ABSENT;
        self.resource_version = Symbol::ABSENT;
        self.terminating = false;
        self.owners.clear();
        self.finalizers.clear();
        self.cells.clear();
        self.cells.resize(schema.cells.len(), Symbol::ABSENT);
        self.lists.resize_with(schema.lists.len(), Vec::new);
        for list in &mut self.lists {
            list.clear();
        }
        self.relations.clear();
        self.whole = None;
    }
}
