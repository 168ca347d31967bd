//! Objects that come from many lists at once, and some of which are read again, brought into one order that depends on
//! nothing but the objects: two readings of the same cluster give the same snapshot, and the same digest.

use super::index::KeyIndex;
use super::store::{slice, slice_mut};
use super::{SchemaId, Snapshot, SnapshotBuilder, Store, YES};
use crate::coverage::CoverageMap;
use crate::extract::Classify;
use crate::object::GroupKind;
use crate::pool::{Pool, Symbol};
use crate::selector::{Function, Relation};
use hashbrown::HashMap;

impl SnapshotBuilder {
    /// The objects so far.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The strings so far.
    pub fn strings(&self) -> &Pool {
        &self.pool
    }

    /// The position of an object that is not retracted.
    pub fn find(&self, kind: &GroupKind, namespace: Option<&str>, name: &str) -> Option<usize> {
        let mut schemas = self.store.schemas();
        let schema = schemas.find(|(_, schema)| schema.kind == *kind)?.0;
        let namespace = match namespace {
            Some(namespace) => self.pool.find(namespace)?,
            None => Symbol::ABSENT,
        };
        let name = self.pool.find(name)?;
        self.index.find(&self.store, schema, namespace, name)
    }

    /// Takes back the object at this position: it is gone, or will be read again. A builder that has taken back objects
    /// must be finished with [`SnapshotBuilder::finish_arranged`], which leaves them out.
    pub fn retract(&mut self, position: usize) {
        if let Some(header) = self.store.headers.get_mut(position) {
            // No object has this schema, so the index does not find it any more either.
            header.schema = SchemaId::default();
        }
    }

    /// Puts another text in the place of the whole object at this position, if that was kept.
    pub fn replace_whole(&mut self, position: usize, with: impl FnOnce(&str) -> String) {
        let Ok(position) = u32::try_from(position) else {
            return;
        };
        if let Some(whole) = self.store.whole.get_mut(&position) {
            *whole = with(whole);
        }
    }

    /// The kind of the object at this position; none if it is retracted.
    pub fn kind_at(&self, position: usize) -> Option<&GroupKind> {
        let header = self.store.headers.get(position)?;
        let schema = self.store.schemas.get(header.schema.index())?;
        Some(&schema.kind)
    }

    /// The positions of the objects of a kind that are not retracted, ascending.
    pub fn positions(&self, kind: &GroupKind) -> Vec<usize> {
        let mut schemas = self.store.schemas();
        let Some((schema, _)) = schemas.find(|(_, schema)| schema.kind == *kind) else {
            return vec![];
        };
        let headers = self.store.headers.iter().enumerate();
        headers
            .filter(|(_, header)| header.schema == schema)
            .map(|(position, _)| position)
            .collect()
    }

    /// How many objects there are that are not retracted.
    pub fn live(&self) -> usize {
        let live = |header: &&super::store::Header| header.schema != SchemaId::default();
        self.store.headers.iter().filter(live).count()
    }

    /// The finished snapshot without the objects that were retracted, sorted by group, kind, namespace and name, with
    /// strings and classes numbered in the order in which they occur there.
    ///
    /// The columns stay where they are, and are given their order in place: a second copy of them would be most of the
    /// memory that reading a cluster takes.
    pub fn finish_arranged(self, coverage: CoverageMap, classify: &mut dyn Classify) -> Snapshot {
        let SnapshotBuilder {
            read_set,
            mut pool,
            mut store,
            index,
        } = self;
        // It knows the objects by symbols that will mean something else.
        drop(index);
        store.bring_into_order(&pool);
        let classes = Numbering::of(&mut store, &mut pool);
        classify.renumber(&classes);
        store.shrink();
        pool.shrink();
        let arranged = SnapshotBuilder {
            read_set,
            index: KeyIndex::of(&store),
            pool,
            store,
        };
        arranged.finish(coverage)
    }
}

/// New numbers for the symbols of a store, in the order in which they occur.
struct Numbering<'p> {
    pool: &'p mut Pool,
    /// The new code of each old one; 0 while it has none.
    new: Vec<u32>,
    next: u32,
    /// The symbol of the new text of each class, by that of the old one.
    class_symbols: HashMap<Symbol, Symbol>,
    /// The old numbers of the classes, in the order of their new ones, from 1.
    classes: Vec<u32>,
}

impl Numbering<'_> {
    /// Numbers everything anew. Returns the old numbers of the classes, in the order of their new ones.
    fn of(store: &mut Store, pool: &mut Pool) -> Vec<u32> {
        let mut numbering = Numbering {
            new: vec![0; pool.len()],
            pool,
            next: 0,
            class_symbols: HashMap::new(),
            classes: vec![],
        };
        // Every snapshot's pool begins with it.
        let mut yes = numbering.pool.intern(YES);
        numbering.symbol(&mut yes);
        numbering.objects(store);
        let Numbering {
            pool,
            new,
            next,
            classes,
            ..
        } = numbering;
        pool.renumber(&new, next);
        classes
    }

    fn objects(&mut self, store: &mut Store) {
        let Store {
            schemas,
            headers,
            owners,
            finalizers,
            cells,
            list_ranges,
            list_cells,
            relations,
            whole: _,
        } = store;
        // The rows of each relation are in the order of the objects.
        let all = Relation::ALL.iter();
        let places = all.filter_map(|wanted| {
            let mut relations = relations.iter();
            relations.position(|rows| rows.relation == *wanted)
        });
        let mut next_rows: Vec<(usize, usize)> = places.map(|place| (place, 0)).collect();
        for (header, position) in headers.iter_mut().zip(0u32..) {
            self.symbol(&mut header.version);
            self.symbol(&mut header.namespace);
            self.symbol(&mut header.name);
            self.symbol(&mut header.uid);
            self.symbol(&mut header.resource_version);
            for owner in slice_mut(owners, header.owners) {
                self.symbol(&mut owner.group);
                self.symbol(&mut owner.kind);
                self.symbol(&mut owner.name);
                self.symbol(&mut owner.uid);
            }
            for finalizer in slice_mut(finalizers, header.finalizers) {
                self.symbol(finalizer);
            }
            let Some(schema) = schemas.get(header.schema.index()) else {
                continue;
            };
            let own = slice_mut(cells, (header.cells, schema.cells.len() as u32));
            for (cell, column) in own.iter_mut().zip(&schema.cells) {
                self.cell(cell, column.function == Function::Class);
            }
            let ranges = slice(list_ranges, (header.lists, schema.lists.len() as u32));
            for (range, list) in ranges.iter().zip(&schema.lists) {
                let columns = list.columns.iter().cycle();
                for (cell, column) in slice_mut(list_cells, *range).iter_mut().zip(columns) {
                    self.cell(cell, column.function == Function::Class);
                }
            }
            for (place, next) in &mut next_rows {
                let Some(rows) = relations.get_mut(*place) else {
                    continue;
                };
                let names = rows.relation.columns();
                while rows.rows.get(*next) == Some(&position) {
                    let row = (*next * names.len()) as u32;
                    let row = slice_mut(&mut rows.cells, (row, names.len() as u32));
                    for (cell, name) in row.iter_mut().zip(names) {
                        self.cell(cell, *name == "class");
                    }
                    *next += 1;
                }
            }
        }
    }

    fn symbol(&mut self, symbol: &mut Symbol) {
        let code = symbol.code() as usize;
        if symbol.is_absent() {
            return;
        }
        if self.new.len() <= code {
            self.new.resize(code + 1, 0);
        }
        if let Some(new) = self.new.get_mut(code) {
            if *new == 0 {
                self.next += 1;
                *new = self.next;
            }
            *symbol = Symbol::from_code(*new);
        }
    }

    fn cell(&mut self, cell: &mut Symbol, is_class: bool) {
        if is_class && !cell.is_absent() {
            *cell = match self.class_symbols.get(cell) {
                Some(known) => *known,
                None => {
                    self.classes.push(self.pool.get(*cell).parse().unwrap_or(0));
                    let new = self.pool.intern(&self.classes.len().to_string());
                    self.class_symbols.insert(*cell, new);
                    new
                }
            };
        }
        self.symbol(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::extract::{Extractor, NoClasses};
    use crate::selector::{KindPattern, ObjectSelector, ReadSet, RelationSelector, Selector};
    use serde_json::{Value, json};

    /// Tells classes by value, in the order of their first occurrence.
    #[derive(Debug, Default)]
    struct Classes(Vec<(Vec<u8>, u32)>);

    impl Classify for Classes {
        fn class(&mut self, value: &[u8]) -> u32 {
            if let Some((_, class)) = self.0.iter().find(|(known, _)| known == value) {
                return *class;
            }
            self.0.push((value.to_vec(), self.0.len() as u32 + 1));
            self.0.len() as u32
        }

        fn fresh(&mut self) -> u32 {
            0
        }

        fn renumber(&mut self, classes: &[u32]) {
            for (_, class) in &mut self.0 {
                let place = classes.iter().position(|old| old == class);
                *class = place.map_or(u32::MAX, |place| place as u32 + 1);
            }
        }
    }

    fn read_set() -> ReadSet {
        let mut read_set = ReadSet::default();
        let objects = Selector::Objects(ObjectSelector {
            table: "t".into(),
            kinds: KindPattern::new("*", "*"),
            columns: ["spec.a", "class(spec.b)", "spec.l[*].x"]
                .map(|column| column.parse().unwrap())
                .into(),
        });
        let keys = Selector::Relation(RelationSelector::whole("k", Relation::SecretKeys));
        read_set.add(&[objects, keys]);
        read_set.whole.kinds = vec![KindPattern::new("example.com", "Thing")];
        read_set
    }

    fn thing(name: &str, spec: Value) -> Value {
        json!({"apiVersion": "example.com/v1", "kind": "Thing", "spec": spec,
            "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": "7",
                "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "p1"}]}})
    }

    fn secret(name: &str, data: Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Secret", "data": data,
            "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": "8"}})
    }

    fn objects() -> Vec<Value> {
        vec![
            thing("a", json!({"a": "1", "b": "hunter2", "l": [{"x": "y"}]})),
            thing("b", json!({"a": "2", "b": "else", "l": []})),
            secret("a", json!({"k": "aHVudGVyMg==", "m": "eA=="})),
            secret("b", json!({"k": "eA=="})),
        ]
    }

    fn built(objects: &[Value], retract: &[usize]) -> (Snapshot, Classes) {
        let mut builder = SnapshotBuilder::new(read_set());
        let mut extractor = Extractor::new(Classes::default());
        for object in objects {
            let schema = extractor.read_value(&mut builder, object, &[]).unwrap();
            extractor.store(&mut builder, schema).unwrap();
        }
        for position in retract {
            builder.retract(*position);
        }
        let mut classes = extractor.into_classify();
        let snapshot = builder.finish_arranged(CoverageMap::default(), &mut classes);
        (snapshot, classes)
    }

    #[test]
    fn the_order_of_reading_does_not_show() {
        let forward = objects();
        let backward: Vec<Value> = forward.iter().rev().cloned().collect();
        let ((one, ones), (other, others)) = (built(&forward, &[]), built(&backward, &[]));
        assert_eq!(Digest::of_snapshot(&one), Digest::of_snapshot(&other));
        let keys: Vec<String> = other
            .objects()
            .map(|(_, object)| object.key(other.pool()).to_string())
            .collect();
        assert_eq!(
            keys,
            [
                "Secret shop/a",
                "Secret shop/b",
                "Thing.example.com shop/a",
                "Thing.example.com shop/b"
            ]
        );
        // Values of a plan are compared with what the classifier says then.
        for (mut classes, snapshot) in [(ones, one), (others, other)] {
            let class = classes.class(b"hunter2").to_string();
            let rows = snapshot.store().relation(Relation::SecretKeys).unwrap();
            assert_eq!(snapshot.text(rows.cells[4]), class);
            let thing = snapshot.store().get(2).unwrap();
            let place = thing
                .schema()
                .place(&"class(spec.b)".parse().unwrap())
                .unwrap();
            assert_eq!(snapshot.text(thing.cell(place)), class);
            assert!(thing.whole().unwrap().contains("ownerReferences"));
        }
    }

    #[test]
    fn what_was_taken_back_leaves_no_trace() {
        let mut with_more = objects();
        with_more.insert(0, secret("gone", json!({"z": "ejo="})));
        with_more.insert(3, thing("gone", json!({"a": "gone"})));
        let all = built(&with_more, &[0, 3]).0;
        assert_eq!(
            Digest::of_snapshot(&all),
            Digest::of_snapshot(&built(&objects(), &[]).0)
        );
        assert_ne!(
            Digest::of_snapshot(&all),
            Digest::of_snapshot(&built(&with_more, &[0]).0)
        );
    }

    #[test]
    fn an_object_that_was_taken_back_can_be_read_again() {
        let mut builder = SnapshotBuilder::new(read_set());
        let mut extractor = Extractor::new(NoClasses);
        let mut read = |builder: &mut SnapshotBuilder, object: &Value| {
            let schema = extractor.read_value(builder, object, &[]).unwrap();
            extractor.store(builder, schema)
        };
        let mut later = thing("a", json!({"a": "2"}));
        later["metadata"]["resourceVersion"] = json!("9");
        read(&mut builder, &thing("a", json!({"a": "1"}))).unwrap();
        assert!(
            read(&mut builder, &later).is_err(),
            "two states of one object"
        );
        let kind = GroupKind::new("example.com", "Thing");
        let known = builder.find(&kind, Some("shop"), "a").unwrap();
        builder.retract(known);
        assert_eq!(builder.find(&kind, Some("shop"), "a"), None);
        assert_eq!((builder.kind_at(known), builder.live()), (None, 0));
        read(&mut builder, &later).unwrap();
        assert_eq!(builder.live(), 1);
        let snapshot = builder.finish_arranged(CoverageMap::default(), &mut NoClasses);
        let object = snapshot.store().get(0).unwrap();
        assert_eq!(
            (snapshot.len(), snapshot.text(object.resource_version())),
            (1, "9")
        );
    }
}
