//! One stored object, as a view into its store.

use super::store::{Header, slice};
use super::{OwnerReference, SchemaId, Store};
use crate::object::{GroupKind, ObjectKey};
use crate::pool::{Intern, Symbol};
use crate::selector::{ColumnPlace, Schema};

/// One stored object.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    pub(super) store: &'a Store,
    pub(super) header: &'a Header,
    pub(super) position: usize,
}

impl<'a> Object<'a> {
    /// Position in the store, from 0.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Id of the kind and its columns.
    pub fn schema_id(&self) -> SchemaId {
        self.header.schema
    }

    /// Kind and columns.
    pub fn schema(&self) -> &'a Schema {
        self.store.schema(self.header.schema)
    }

    /// Group and kind.
    pub fn kind(&self) -> &'a GroupKind {
        &self.schema().kind
    }

    /// The version part of `apiVersion`.
    pub fn version(&self) -> Symbol {
        self.header.version
    }

    /// Namespace, or absent.
    pub fn namespace(&self) -> Symbol {
        self.header.namespace
    }

    /// Name.
    pub fn name(&self) -> Symbol {
        self.header.name
    }

    /// Uid, or absent.
    pub fn uid(&self) -> Symbol {
        self.header.uid
    }

    /// Resource version, or absent.
    pub fn resource_version(&self) -> Symbol {
        self.header.resource_version
    }

    /// Whether it is being deleted already.
    pub fn is_terminating(&self) -> bool {
        self.header.terminating
    }

    /// Owner references in their order.
    pub fn owners(&self) -> &'a [OwnerReference] {
        slice(&self.store.owners, self.header.owners)
    }

    /// Finalizers in their order.
    pub fn finalizers(&self) -> &'a [Symbol] {
        slice(&self.store.finalizers, self.header.finalizers)
    }

    /// The cells without `[*]`, in the order of [`Schema::cells`].
    pub fn cells(&self) -> &'a [Symbol] {
        slice(
            &self.store.cells,
            (self.header.cells, self.schema().cells.len() as u32),
        )
    }

    /// The rows of the list with position `list` in [`Schema::lists`], one after the other.
    pub fn list(&self, list: usize) -> &'a [Symbol] {
        let range = self
            .store
            .list_ranges
            .get(self.header.lists as usize + list)
            .copied();
        slice(&self.store.list_cells, range.unwrap_or((0, 0)))
    }

    /// The cell of a column without `[*]`.
    pub fn cell(&self, place: ColumnPlace) -> Symbol {
        match place {
            ColumnPlace::Cell(index) => self.cells().get(index).copied().unwrap_or_default(),
            ColumnPlace::List { .. } => Symbol::ABSENT,
        }
    }

    /// The whole object as JSON text, if it was to be kept.
    pub fn whole(&self) -> Option<&'a str> {
        self.store
            .whole
            .get(&(self.position as u32))
            .map(String::as_str)
    }

    /// The object's identity, with its strings.
    pub fn key(&self, pool: &impl Intern) -> ObjectKey {
        ObjectKey {
            kind: self.kind().clone(),
            namespace: self
                .header
                .namespace
                .present()
                .map(|symbol| pool.text(symbol).to_owned()),
            name: pool.text(self.header.name).to_owned(),
        }
    }
}
