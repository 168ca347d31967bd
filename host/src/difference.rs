//! What two snapshots of a cluster differ in: which objects, and in which fields. Values are not told; those of Secrets are
//! not even known.

use asogate_core::coverage::Coverage;
use asogate_core::object::{GroupKind, ObjectKey};
use asogate_core::selector::{
    KindPattern, ObjectSelector, ReadSet, Relation, RelationSelector, Selector,
};
use asogate_core::snapshot::{Object, Snapshot};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What two snapshots differ in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Objects of the newer one that the older one does not have.
    pub added: Vec<ObjectKey>,
    /// Objects of the older one that the newer one does not have.
    pub removed: Vec<ObjectKey>,
    /// Objects of both that differ.
    pub changed: Vec<Changed>,
    /// Kinds of which one of them does not hold everything, so that nothing certain can be said of them.
    pub unknown: Vec<Unknown>,
}

/// An object that is in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The object.
    pub object: ObjectKey,
    /// It is another one of the same name: the older one was deleted.
    pub replaced: bool,
    /// The fields that differ, as columns; of Secrets, `data[KEY]` for a key.
    pub fields: Vec<Field>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Field {
    /// The path.
    pub path: String,
    /// How.
    pub how: How,
}

/// How a field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Only the newer one has it.
    Added,
    /// Only the older one has it.
    Removed,
    /// Both have it, with different values.
    Changed,
    /// The value of a Secret is empty now.
    Emptied,
    /// The value of a Secret was empty.
    Filled,
    /// The value of a Secret equals others than before.
    Regrouped,
}

/// A kind that cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The kind.
    pub kind: String,
    /// What is known of it in the older one.
    pub old: Coverage,
    /// And in the newer one.
    pub new: Coverage,
}

/// Who wrote which field: it changes with every write, and says nothing of the object.
const MANAGED: &str = "managedFields";

impl Difference {
    /// What must be read for a comparison.
    pub fn read_set() -> ReadSet {
        let mut read_set = ReadSet::default();
        read_set.record = true;
        read_set.add(&[
            Selector::Objects(ObjectSelector {
                table: "objects".into(),
                kinds: KindPattern::new("*", "*"),
                columns: vec![],
            }),
            Selector::Relation(RelationSelector::whole("secret-keys", Relation::SecretKeys)),
        ]);
        read_set
    }

    /// What two snapshots differ in that were read with [`Difference::read_set`].
    pub fn between(old: &Snapshot, new: &Snapshot) -> Difference {
        let mut difference = Difference {
            unknown: unknown(old, new),
            ..Difference::default()
        };
        let mut keys = keys(old, new);
        let all = |snapshot| -> BTreeMap<ObjectKey, usize> {
            let snapshot: &Snapshot = snapshot;
            let objects = snapshot.objects();
            objects
                .map(|(_, object)| (object.key(snapshot.pool()), object.position()))
                .collect()
        };
        let mut newer = all(new);
        for (key, position) in all(old) {
            let Some(now) = newer.remove(&key) else {
                difference.removed.push(key);
                continue;
            };
            let (Some(before), Some(now)) = (old.store().get(position), new.store().get(now))
            else {
                continue;
            };
            let mut fields = fields(before, now);
            fields.extend(keys.remove(&key).unwrap_or_default());
            if !fields.is_empty() {
                fields.sort();
                difference.changed.push(Changed {
                    object: key,
                    replaced: old.text(before.uid()) != new.text(now.uid()),
                    fields,
                });
            }
        }
        difference.added = newer.into_keys().collect();
        difference
    }

    /// Whether nothing was found that differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// The kinds that are stated or occur, and are not complete in both.
fn unknown(old: &Snapshot, new: &Snapshot) -> Vec<Unknown> {
    let mut kinds: BTreeSet<&GroupKind> = BTreeSet::new();
    for snapshot in [old, new] {
        kinds.extend(snapshot.coverage().iter().map(|(kind, _)| kind));
        kinds.extend(snapshot.store().schemas().map(|(_, schema)| &schema.kind));
    }
    let of_both = kinds.into_iter().map(|kind| Unknown {
        kind: kind.to_string(),
        old: old.coverage().of(kind),
        new: new.coverage().of(kind),
    });
    of_both
        .filter(|kind| !(kind.old.is_complete() && kind.new.is_complete()))
        .collect()
}

fn fields(old: Object<'_>, new: Object<'_>) -> Vec<Field> {
    let mut fields = vec![];
    let (old, new) = (old.whole().unwrap_or("null"), new.whole().unwrap_or("null"));
    if old != new {
        // The texts were written by us, as JSON.
        let tree = |text| serde_json::from_str(text).unwrap_or(Value::Null);
        let (mut old, mut new): (Value, Value) = (tree(old), tree(new));
        for object in [&mut old, &mut new] {
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.shift_remove(MANAGED);
            }
        }
        compare(&old, &new, "", &mut fields);
    }
    fields
}

/// Compares two values; `serde_json` has limited how deep they nest.
fn compare(old: &Value, new: &Value, path: &str, fields: &mut Vec<Field>) {
    let mut differs = |path: String, old: Option<&Value>, new: Option<&Value>| match (old, new) {
        (Some(old), Some(new)) => compare(old, new, &path, fields),
        (None, Some(_)) => fields.push(Field {
            path,
            how: How::Added,
        }),
        (_, None) => fields.push(Field {
            path,
            how: How::Removed,
        }),
    };
    match (old, new) {
        (Value::Object(before), Value::Object(now)) => {
            let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            for name in names {
                differs(below(path, name), before.get(name), now.get(name));
            }
        }
        (Value::Array(before), Value::Array(now)) => {
            for index in 0..before.len().max(now.len()) {
                let path = format!("{path}[{index}]");
                differs(path, before.get(index), now.get(index));
            }
        }
        _ if old == new => {}
        _ => fields.push(Field {
            path: path.to_owned(),
            how: How::Changed,
        }),
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else if name.contains(['.', '/', '[']) {
        format!("{path}[{name}]")
    } else {
        format!("{path}.{name}")
    }
}

/// Of a key of a Secret: whether its value is empty, and its class.
type Told = (bool, Option<u32>);

/// The keys of Secrets, by Secret and name.
fn told(snapshot: &Snapshot) -> BTreeMap<(ObjectKey, String), Told> {
    let Some(rows) = snapshot.store().relation(Relation::SecretKeys) else {
        return BTreeMap::new();
    };
    let width = rows.relation.columns().len();
    let rows = rows.rows.iter().zip(rows.cells.chunks(width));
    rows.filter_map(|(row, cells)| match cells {
        [_, _, key, empty, class] => {
            let object = snapshot.store().get(*row as usize)?;
            let secret = object.key(snapshot.pool());
            let class = snapshot.text(*class).parse().ok();
            let key = snapshot.text(*key).to_owned();
            Some(((secret, key), (!empty.is_absent(), class)))
        }
        _ => None,
    })
    .collect()
}

/// How the keys of Secrets differ that are in both. A class says nothing outside its snapshot, but which values were equal
/// to each other does.
fn keys(old: &Snapshot, new: &Snapshot) -> HashMap<ObjectKey, Vec<Field>> {
    let (before, now) = (told(old), told(new));
    let mut fields: HashMap<ObjectKey, Vec<Field>> = HashMap::new();
    let mut differs = |(secret, key): &(ObjectKey, String), how| {
        let path = below("data", key);
        let of_secret = fields.entry(secret.clone()).or_default();
        of_secret.push(Field { path, how });
    };
    // Of each class, which of the common keys belong to it.
    let mut groups: [HashMap<u32, Vec<usize>>; 2] = Default::default();
    let common = before.keys().filter(|key| now.contains_key(*key));
    for (index, key) in common.enumerate() {
        for (group, told) in groups.iter_mut().zip([&before, &now]) {
            if let Some((_, Some(class))) = told.get(key) {
                group.entry(*class).or_default().push(index);
            }
        }
    }
    let [older, newer] = &groups;
    let mut same: HashMap<(u32, u32), bool> = HashMap::new();
    for (key, (was_empty, was)) in &before {
        match now.get(key) {
            None => differs(key, How::Removed),
            Some((true, _)) if !was_empty => differs(key, How::Emptied),
            Some((false, _)) if *was_empty => differs(key, How::Filled),
            Some((_, is)) => {
                if let (Some(was), Some(is)) = (*was, *is) {
                    let same = same.entry((was, is));
                    if !*same.or_insert_with(|| older.get(&was) == newer.get(&is)) {
                        differs(key, How::Regrouped);
                    }
                }
            }
        }
    }
    for key in now.keys().filter(|key| !before.contains_key(*key)) {
        differs(key, How::Added);
    }
    fields
}

#[cfg(test)]
mod tests;
