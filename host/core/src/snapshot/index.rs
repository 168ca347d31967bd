//! Finds objects by kind, namespace and name.

use super::{SchemaId, Store};
use crate::pool::Symbol;
use crate::slots::Slots;
use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher;

/// Finds objects by kind, namespace and name.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyIndex {
    /// The position of each object, from 1.
    positions: Slots,
    hasher: DefaultHashBuilder,
}

impl KeyIndex {
    /// The objects of a store in which every key is there once.
    pub(super) fn of(store: &Store) -> Self {
        let mut index = KeyIndex::default();
        index.positions.reserve(store.headers.len());
        for (position, header) in store.headers.iter().enumerate() {
            let key = (header.schema, header.namespace, header.name);
            let hash = index.hash(key);
            index
                .positions
                .find_or_insert(hash, position as u32 + 1, |_| false);
        }
        index
    }

    pub(super) fn find(
        &self,
        store: &Store,
        schema: SchemaId,
        namespace: Symbol,
        name: Symbol,
    ) -> Option<usize> {
        let wanted = (schema, namespace, name);
        let hash = self.hash(wanted);
        self.positions
            .find(hash, |number| key_at(store, number - 1) == Some(wanted))
            .map(|found| found as usize - 1)
    }

    /// The position of the object with this key; if there is none, `position` becomes it.
    pub(super) fn find_or_insert(
        &mut self,
        store: &Store,
        key: (SchemaId, Symbol, Symbol),
        position: usize,
    ) -> Option<usize> {
        let hash = self.hash(key);
        self.positions
            .find_or_insert(hash, position as u32 + 1, |number| {
                key_at(store, number - 1) == Some(key)
            })
            .map(|found| found as usize - 1)
    }

    /// How much memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.positions.bytes()
    }

    fn hash(&self, key: (SchemaId, Symbol, Symbol)) -> u32 {
        (self.hasher.hash_one(key) >> 32) as u32
    }
}

fn key_at(store: &Store, position: u32) -> Option<(SchemaId, Symbol, Symbol)> {
    store
        .headers
        .get(position as usize)
        .map(|header| (header.schema, header.namespace, header.name))
}
