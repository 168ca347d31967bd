//! Objects that come from many lists at once, and some of which are read again, brought into one order that depends on
//! nothing but the objects: two readings of the same cluster give the same snapshot, and the same digest.

use super::{OwnerReference, SchemaId, Snapshot, SnapshotBuilder, Store};
use crate::coverage::CoverageMap;
use crate::extract::Classify;
use crate::object::GroupKind;
use crate::pool::{Pool, Symbol};
use crate::selector::{ColumnPath, Function, Relation};
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
    pub fn finish_arranged(self, coverage: CoverageMap, classify: &mut dyn Classify) -> Snapshot {
        let SnapshotBuilder {
            read_set,
            pool,
            store,
            ..
        } = self;
        let mut arranged = Arranged {
            from: &pool,
            builder: SnapshotBuilder::new(read_set),
            symbols: vec![Symbol::ABSENT; pool.len()],
            class_symbols: HashMap::new(),
            classes: vec![],
        };
        arranged.run(&store);
        classify.renumber(&arranged.classes);
        arranged.builder.finish(coverage)
    }
}

/// The state while objects are brought into order.
struct Arranged<'a> {
    from: &'a Pool,
    builder: SnapshotBuilder,
    /// The new symbol of each old one; absent while it has none.
    symbols: Vec<Symbol>,
    /// The same for classes, whose texts change.
    class_symbols: HashMap<Symbol, Symbol>,
    /// The old numbers of the classes, in the order of their new ones, from 1.
    classes: Vec<u32>,
}

impl Arranged<'_> {
    fn run(&mut self, store: &Store) {
        let texts = |position: usize| {
            let header = store.headers.get(position);
            let text = |symbol: Option<Symbol>| self.from.get(symbol.unwrap_or_default());
            (
                text(header.map(|header| header.namespace)),
                text(header.map(|header| header.name)),
            )
        };
        let mut schemas: Vec<SchemaId> = store.schemas().map(|(id, _)| id).collect();
        schemas.sort_by(|left, right| store.schema(*left).kind.cmp(&store.schema(*right).kind));
        let mut rank = vec![0; schemas.len()];
        for (place, schema) in schemas.iter().enumerate() {
            if let Some(rank) = rank.get_mut(schema.index()) {
                *rank = place;
            }
        }
        let mut order: Vec<(usize, usize)> = store
            .headers
            .iter()
            .enumerate()
            .filter_map(|(position, header)| Some((*rank.get(header.schema.index())?, position)))
            .collect();
        // One object is there once, so equal keys do not occur.
        order.sort_unstable_by(|left, right| {
            let places = left.0.cmp(&right.0);
            places.then_with(|| texts(left.1).cmp(&texts(right.1)))
        });
        let relations = RelationIndex::new(store);
        let mut draft = super::Draft::default();
        for (_, position) in order {
            self.object(store, &relations, position, &mut draft);
        }
    }

    fn object(
        &mut self,
        store: &Store,
        relations: &RelationIndex<'_>,
        position: usize,
        draft: &mut super::Draft,
    ) {
        let Some(object) = store.get(position) else {
            return;
        };
        let schema = object.schema();
        let (group, kind) = (&schema.kind.group, &schema.kind.kind);
        let (read_set, _, target) = self.builder.parts();
        let id = target.schema_id(group, kind, read_set);
        draft.reset(schema);
        draft.version = self.symbol(object.version());
        draft.namespace = self.symbol(object.namespace());
        draft.name = self.symbol(object.name());
        draft.uid = self.symbol(object.uid());
        draft.resource_version = match object.resource_version().present() {
            Some(version) => self.builder.pool.append(self.from.get(version)),
            None => Symbol::ABSENT,
        };
        draft.terminating = object.is_terminating();
        for owner in object.owners() {
            draft.owners.push(OwnerReference {
                group: self.symbol(owner.group),
                kind: self.symbol(owner.kind),
                name: self.symbol(owner.name),
                uid: self.symbol(owner.uid),
                ..*owner
            });
        }
        for finalizer in object.finalizers() {
            draft.finalizers.push(self.symbol(*finalizer));
        }
        for ((cell, column), to) in object
            .cells()
            .iter()
            .zip(&schema.cells)
            .zip(&mut draft.cells)
        {
            *to = self.cell(*cell, is_class(column));
        }
        for (index, list) in schema.lists.iter().enumerate() {
            let width = list.columns.len().max(1);
            let cells = object.list(index).iter().enumerate();
            let row = cells.map(|(at, cell)| {
                let column = list.columns.get(at % width);
                (*cell, column.is_some_and(is_class))
            });
            if let Some(to) = draft.lists.get_mut(index) {
                to.extend(row.map(|(cell, class)| self.cell(cell, class)));
            }
        }
        for (relation, cells) in relations.of(position) {
            let names = relation.columns();
            let cells: Vec<Symbol> = cells
                .iter()
                .zip(names)
                .map(|(cell, name)| self.cell(*cell, *name == "class"))
                .collect();
            draft.relations.push((relation, cells));
        }
        draft.whole = object.whole().map(str::to_owned);
        // A contradiction would need two live objects with one key, which the first builder has refused.
        let _ = self.builder.push(id, draft);
    }

    fn symbol(&mut self, old: Symbol) -> Symbol {
        let Some(new) = self.symbols.get_mut(old.code() as usize) else {
            return Symbol::ABSENT;
        };
        if new.is_absent() && !old.is_absent() {
            *new = self.builder.pool.intern(self.from.get(old));
        }
        *new
    }

    fn cell(&mut self, old: Symbol, is_class: bool) -> Symbol {
        if !is_class || old.is_absent() {
            return self.symbol(old);
        }
        if let Some(known) = self.class_symbols.get(&old) {
            return *known;
        }
        let number = self.from.get(old).parse().unwrap_or(0);
        self.classes.push(number);
        let new = self.builder.pool.intern(&self.classes.len().to_string());
        self.class_symbols.insert(old, new);
        new
    }
}

fn is_class(column: &ColumnPath) -> bool {
    column.function == Function::Class
}

/// Where in each relation the rows of an object are.
struct RelationIndex<'a> {
    relations: Vec<&'a super::RelationRows>,
}

impl<'a> RelationIndex<'a> {
    fn new(store: &'a Store) -> Self {
        let relations = Relation::ALL
            .iter()
            .filter_map(|relation| store.relation(*relation));
        RelationIndex {
            relations: relations.collect(),
        }
    }

    /// The rows of the object at this position.
    fn of(&self, position: usize) -> impl Iterator<Item = (Relation, &'a [Symbol])> {
        let position = position as u32;
        self.relations.iter().flat_map(move |rows| {
            let width = rows.relation.columns().len();
            let first = rows.rows.partition_point(|row| *row < position);
            let last = rows.rows.partition_point(|row| *row <= position);
            let cells = rows.cells.get(first * width..last * width).unwrap_or(&[]);
            cells
                .chunks_exact(width)
                .map(move |row| (rows.relation, row))
        })
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
