//! Brings the objects of a store into the order of their kinds and names, in place.

use super::SchemaId;
use super::store::{Header, RelationRows, Store};
use crate::pool::{Pool, Symbol};

/// The new position of an object that is not there any more.
const GONE: u32 = u32::MAX;

impl Store {
    /// Sorts the objects by group, kind, namespace and name, and leaves out those without a kind. Objects point to their
    /// cells, which stay where they are; rows of relations are in the order of the objects and follow it.
    pub(super) fn bring_into_order(&mut self, pool: &Pool) {
        let mut by_kind: Vec<Vec<u32>> = vec![vec![]; self.schemas.len()];
        for (header, position) in self.headers.iter().zip(0..) {
            if let Some(positions) = by_kind.get_mut(header.schema.index()) {
                positions.push(position);
            }
        }
        let names = |position: &u32| {
            let header = self.headers.get(*position as usize);
            let text =
                |symbol: fn(&Header) -> Symbol| pool.get(header.map_or(Symbol::ABSENT, symbol));
            (text(|header| header.namespace), text(|header| header.name))
        };
        for positions in &mut by_kind {
            // As an API server lists them, they mostly are in order. One object is there once, so no two are equal.
            if !positions.is_sorted_by_key(names) {
                positions.sort_by(|left, right| names(left).cmp(&names(right)));
            }
        }
        let schemas = std::mem::take(&mut self.schemas);
        let mut kinds: Vec<_> = schemas.into_iter().zip(by_kind).collect();
        kinds.retain(|(_, positions)| !positions.is_empty());
        kinds.sort_by(|(left, _), (right, _)| left.kind.cmp(&right.kind));

        let mut moved = vec![GONE; self.headers.len()];
        let mut headers =
            Vec::with_capacity(kinds.iter().map(|(_, positions)| positions.len()).sum());
        for ((_, positions), schema) in kinds.iter().zip(0..) {
            for position in positions {
                if let Some(header) = self.headers.get(*position as usize)
                    && let Some(moved) = moved.get_mut(*position as usize)
                {
                    *moved = headers.len() as u32;
                    headers.push(Header {
                        schema: SchemaId::from_index(schema),
                        ..*header
                    });
                }
            }
        }
        self.headers = headers;
        self.schemas = kinds.into_iter().map(|(schema, _)| schema).collect();
        for rows in &mut self.relations {
            rows.follow(&moved);
        }
        self.relations.retain(|rows| !rows.rows.is_empty());
        let whole = std::mem::take(&mut self.whole).into_iter();
        self.whole = whole
            .filter_map(|(position, text)| Some((now(&moved, position)?, text)))
            .collect();
    }
}

impl RelationRows {
    /// Puts the rows into the order that their objects have now.
    fn follow(&mut self, moved: &[u32]) {
        let rows = self.rows.iter().zip(0usize..);
        let mut order: Vec<(u32, usize)> = rows
            .filter_map(|(object, row)| Some((now(moved, *object)?, row)))
            .collect();
        if order.len() < self.rows.len() || !order.is_sorted() {
            order.sort_unstable();
            let width = self.relation.columns().len();
            let mut cells = Vec::with_capacity(order.len() * width);
            for (_, row) in &order {
                let row = self.cells.get(row * width..(row + 1) * width);
                cells.extend_from_slice(row.unwrap_or(&[]));
            }
            self.cells = cells;
        }
        self.rows = order.into_iter().map(|(object, _)| object).collect();
    }
}

fn now(moved: &[u32], position: u32) -> Option<u32> {
    let moved = moved.get(position as usize).copied();
    moved.filter(|moved| *moved != GONE)
}
