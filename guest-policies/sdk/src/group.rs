//! Objects by a key, kept up to date along the walk.

use crate::input::{ObjectId, Symbol};
use crate::state::{State, Transition};
use crate::table::{Row, Table};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A fast hash, for symbols and ids, which are numbers that the host gives out, and for names. It does not resist somebody
/// who makes up names that collide; all that they reach is a policy that runs out of fuel, which opens no gate.
#[derive(Clone, Copy, Debug, Default)]
pub struct FastHasher(u64);

impl Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            self.write_u64(
                rest.iter()
                    .fold(0, |word, &byte| word << 8 | u64::from(byte)),
            );
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // Multiplication mixes upwards only, and names that are numbered differ in the highest bits of a word.
        self.0 = mixed ^ (mixed >> 32);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

/// A map with a fast hash.
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// The objects of one table by a key, at one moment of the plan. An object may have several keys (one per row).
///
/// ```
/// # use asogate_policy::*;
/// /// For every name that two objects share at some moment: the number of the change after which they do.
/// fn shared(input: &Input) -> Result<Vec<(u32, Vec<ObjectId>)>, String> {
///     let objects = input.table("objects")?;
///     let name = objects.column("spec.azureName")?;
///     let mut by_name = Groups::new(input.now(), objects, |row| row.symbol(name).present());
///     let mut shared = Vec::new();
///     for transition in input.walk() {
///         for key in by_name.apply(&transition) {
///             if by_name.get(&key).len() > 1 {
///                 shared.push((transition.change.number, by_name.get(&key).to_vec()));
///             }
///         }
///     }
///     Ok(shared)
/// }
/// ```
pub struct Groups<'a, K, F> {
    table: Table<'a>,
    key: F,
    members: FastMap<K, Vec<ObjectId>>,
}

impl<K: std::fmt::Debug, F> std::fmt::Debug for Groups<'_, K, F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_map().entries(&self.members).finish()
    }
}

impl<'a, K: Hash + Eq + Clone, F: Fn(Row<'a>) -> Option<K>> Groups<'a, K, F> {
    /// The objects of the table in this state by their keys. Rows without a key count for nothing.
    pub fn new(state: State<'a>, table: Table<'a>, key: F) -> Self {
        let mut groups = Groups {
            table,
            key,
            members: FastMap::default(),
        };
        for row in state.rows(table) {
            groups.add(row);
        }
        groups
    }

    fn add(&mut self, row: Row<'a>) -> Option<K> {
        let key = (self.key)(row)?;
        let members = self.members.entry(key.clone()).or_default();
        if !members.contains(&row.object()) {
            members.push(row.object());
        }
        Some(key)
    }

    /// Moves on by one change. Gives the keys that the object has now and that it did not have before: the groups in
    /// which an invariant can have broken because somebody joined.
    pub fn apply(&mut self, transition: &Transition<'a>) -> Vec<K> {
        let mut left = Vec::new();
        for row in transition.removed(self.table) {
            let Some(key) = (self.key)(row) else { continue };
            if let Some(members) = self.members.get_mut(&key) {
                members.retain(|&member| member != row.object());
                if members.is_empty() {
                    self.members.remove(&key);
                }
            }
            left.push(key);
        }
        let mut joined: Vec<K> = Vec::new();
        for row in transition.added(self.table) {
            if let Some(key) = self.add(row)
                && !left.contains(&key)
                && !joined.contains(&key)
            {
                joined.push(key);
            }
        }
        joined
    }

    /// The members of a group, in the order in which they joined.
    pub fn get(&self, key: &K) -> &[ObjectId] {
        self.members.get(key).map_or(&[], Vec::as_slice)
    }

    /// Every group, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &[ObjectId])> {
        self.members
            .iter()
            .map(|(key, members)| (key, members.as_slice()))
    }
}

/// Rows of one table and state by the symbol of one column, for joins: built once in linear time, looked up in
/// constant time, no hashing.
#[derive(Debug)]
pub struct Index<'a> {
    rows: Vec<Row<'a>>,
    /// Rows of symbol `s` are `rows[starts[s]..starts[s + 1]]`.
    starts: Vec<u32>,
}

impl<'a> Index<'a> {
    /// The rows of `table` in `state` by the symbol of `column`. Rows without the field are left out.
    ///
    /// # Panics
    ///
    /// If the column belongs to another table.
    pub fn new(state: State<'a>, table: Table<'a>, column: crate::Column) -> Index<'a> {
        let mut rows: Vec<Row<'a>> = state.rows(table).filter(|row| row.has(column)).collect();
        // A stable sort keeps the order of the rows within a symbol.
        rows.sort_by_key(|row| row.symbol(column));
        let highest = rows.last().map_or(0, |row| row.symbol(column).0 as usize);
        let mut starts = vec![0u32; highest + 2];
        for row in &rows {
            if let Some(count) = starts.get_mut(row.symbol(column).0 as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Index { rows, starts }
    }

    /// The rows whose cell is this object, for an index of a column that ends in `-id`.
    pub fn of(&self, object: ObjectId) -> &[Row<'a>] {
        self.get(Symbol(object.0))
    }

    /// The rows with this symbol.
    pub fn get(&self, symbol: Symbol) -> &[Row<'a>] {
        let symbol = symbol.0 as usize;
        match (self.starts.get(symbol), self.starts.get(symbol + 1)) {
            (Some(&start), Some(&end)) => {
                self.rows.get(start as usize..end as usize).unwrap_or(&[])
            }
            _ => &[],
        }
    }
}
