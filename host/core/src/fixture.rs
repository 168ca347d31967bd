//! Small clusters and plans for tests. Every object of a fixture has a name of its own, which is its uid as well.

use crate::change::{Action, Change, Preconditions, Propagation};
use crate::coverage::{Coverage, CoverageMap};
use crate::object::{GroupKind, ObjectId, ObjectKey};
use crate::plan::{Plan, Step};
use crate::selector::{KindPattern, ReadSet, Relation};
use crate::snapshot::{Draft, OwnerReference, Snapshot, SnapshotBuilder};
use serde_json::{Value, json};

/// A cluster in the making. Words about an object mean the one named last.
#[derive(Default)]
pub(crate) struct Cluster {
    objects: Vec<Item>,
    unread: Vec<GroupKind>,
    read_set: ReadSet,
}

struct Item {
    key: ObjectKey,
    uid: String,
    owners: Vec<Owner>,
    finalizers: Vec<String>,
    terminating: bool,
    served: Option<(String, String)>,
    cells: Vec<String>,
    list: Vec<String>,
    whole: Option<String>,
}

struct Owner {
    uid: String,
    kind: GroupKind,
    name: String,
    blocks: bool,
}

pub(crate) fn cluster() -> Cluster {
    Cluster::default()
}

fn kind(text: &str) -> GroupKind {
    let (kind, group) = text.split_once('.').unwrap_or((text, ""));
    GroupKind::new(group, kind)
}

impl Cluster {
    /// An object of `kind` (`Kind.group`), without a namespace if `namespace` is empty.
    pub(crate) fn object(mut self, kind_text: &str, namespace: &str, name: &str) -> Self {
        let namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
        self.objects.push(Item {
            key: ObjectKey {
                kind: kind(kind_text),
                namespace,
                name: name.into(),
            },
            uid: name.into(),
            owners: vec![],
            finalizers: vec![],
            terminating: false,
            served: None,
            cells: vec![],
            list: vec![],
            whole: None,
        });
        self
    }

    fn last(&mut self) -> &mut Item {
        self.objects.last_mut().unwrap()
    }

    /// Owned by the object with this name; one that does not exist is a `Missing.example.com`.
    pub(crate) fn owned_by(mut self, name: &str) -> Self {
        let known = self.objects.iter().find(|item| item.key.name == name);
        let owner = known.map_or(kind("Missing.example.com"), |item| item.key.kind.clone());
        self.last().owners.push(Owner {
            uid: name.into(),
            kind: owner,
            name: name.into(),
            blocks: false,
        });
        self
    }

    /// The last owner reference has `blockOwnerDeletion`.
    pub(crate) fn blocking(mut self) -> Self {
        self.last().owners.last_mut().unwrap().blocks = true;
        self
    }

    /// The last owner reference calls its owner by another name.
    pub(crate) fn misnamed(mut self) -> Self {
        self.last().owners.last_mut().unwrap().name.push('x');
        self
    }

    /// The last owner reference names an owner of this kind.
    pub(crate) fn of_kind(mut self, kind_text: &str) -> Self {
        self.last().owners.last_mut().unwrap().kind = kind(kind_text);
        self
    }

    pub(crate) fn finalizer(mut self, name: &str) -> Self {
        self.last().finalizers.push(name.into());
        self
    }

    pub(crate) fn terminating(mut self) -> Self {
        self.last().terminating = true;
        self
    }

    pub(crate) fn uid(mut self, uid: &str) -> Self {
        self.last().uid = uid.into();
        self
    }

    /// The object is a definition of this kind, as the relation `served-apis` says.
    pub(crate) fn serves(mut self, kind_text: &str) -> Self {
        let kind = kind(kind_text);
        self.last().served = Some((kind.group, kind.kind));
        self
    }

    /// Objects of this kind could not be read completely.
    pub(crate) fn unread(mut self, kind_text: &str) -> Self {
        self.unread.push(kind(kind_text));
        self
    }

    pub(crate) fn reading(mut self, read_set: ReadSet) -> Self {
        self.read_set = read_set;
        self
    }

    /// The cells of the object, in the order of its schema.
    pub(crate) fn cells(mut self, cells: &[&str]) -> Self {
        self.last().cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
        self
    }

    /// The cells of the first list of the object.
    pub(crate) fn list(mut self, cells: &[&str]) -> Self {
        self.last().list = cells.iter().map(|cell| (*cell).to_owned()).collect();
        self
    }

    /// The object is kept whole.
    pub(crate) fn whole(mut self, object: &Value) -> Self {
        self.last().whole = Some(object.to_string());
        self
    }

    pub(crate) fn build(&self) -> Snapshot {
        let mut builder = SnapshotBuilder::new(self.read_set.clone());
        let mut draft = Draft::default();
        for item in &self.objects {
            let (read_set, pool, store) = builder.parts();
            let kind = &item.key.kind;
            let schema = store.schema_id(&kind.group, &kind.kind, read_set);
            draft.reset(store.schema(schema));
            draft.version = pool.intern("v1");
            if let Some(namespace) = &item.key.namespace {
                draft.namespace = pool.intern(namespace);
            }
            draft.name = pool.intern(&item.key.name);
            draft.uid = pool.intern(&item.uid);
            draft.resource_version = pool.intern("7");
            draft.terminating = item.terminating;
            for owner in &item.owners {
                draft.owners.push(OwnerReference {
                    group: pool.intern(&owner.kind.group),
                    kind: pool.intern(&owner.kind.kind),
                    name: pool.intern(&owner.name),
                    uid: pool.intern(&owner.uid),
                    controller: true,
                    block_owner_deletion: owner.blocks,
                });
            }
            for finalizer in &item.finalizers {
                draft.finalizers.push(pool.intern(finalizer));
            }
            for (cell, text) in draft.cells.iter_mut().zip(&item.cells) {
                *cell = pool.intern(text);
            }
            if let Some(list) = draft.lists.first_mut() {
                list.extend(item.list.iter().map(|text| pool.intern(text)));
            }
            if let Some((group, kind)) = &item.served {
                let mut row = vec![Default::default(); Relation::ServedApis.columns().len()];
                row[0] = pool.intern(group);
                row[1] = pool.intern(kind);
                draft.relations.push((Relation::ServedApis, row));
            }
            draft.whole = item.whole.clone();
            builder.push(schema, &mut draft).unwrap();
        }
        let mut coverage = CoverageMap::default();
        coverage.set_complete_pattern(KindPattern::new("*", "*"));
        for kind in &self.unread {
            let reason = "list".into();
            coverage.set(kind.clone(), Coverage::Forbidden { reason });
        }
        builder.finish(coverage)
    }

    /// The plan of these changes, with the identities of this cluster's objects.
    pub(crate) fn plan(&self, wishes: Vec<Wish>) -> Plan {
        let change = |wish: Wish| {
            let known = self.objects.iter().find(|item| item.key.name == wish.name);
            let key = wish.key.or(known.map(|item| item.key.clone()));
            Change {
                object: key.unwrap_or_else(|| ObjectKey {
                    kind: kind("Missing.example.com"),
                    namespace: None,
                    name: wish.name.clone(),
                }),
                version: "v1".into(),
                action: wish.action,
                preconditions: wish.preconditions,
                secret_keys: vec![],
                manifest: None,
            }
        };
        Plan::new(Step::Cleanup, wishes.into_iter().map(change).collect()).unwrap()
    }
}

/// A change in the making.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    name: String,
    key: Option<ObjectKey>,
    action: Action,
    preconditions: Preconditions,
}

pub(crate) fn delete_with(name: &str, propagation: Propagation) -> Wish {
    Wish {
        name: name.into(),
        key: None,
        action: Action::Delete { propagation },
        preconditions: Preconditions::default(),
    }
}

pub(crate) fn delete(name: &str) -> Wish {
    delete_with(name, Propagation::Background)
}

/// A merge patch of `metadata`.
pub(crate) fn patch(name: &str, metadata: Value) -> Wish {
    let merge = json!({ "metadata": metadata });
    Wish {
        action: Action::Patch { merge },
        ..delete(name)
    }
}

/// A new object with these owner references (see [`reference`]).
pub(crate) fn create(kind_text: &str, namespace: &str, name: &str, owners: Vec<Value>) -> Wish {
    let kind = kind(kind_text);
    let api_version = api_version(&kind);
    let object = json!({"apiVersion": api_version, "kind": kind.kind, "metadata": {"name": name, "ownerReferences": owners}});
    let namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
    let name = name.to_owned();
    Wish {
        key: Some(ObjectKey {
            kind,
            namespace,
            name: name.clone(),
        }),
        action: Action::Create { object },
        ..delete(&name)
    }
}

impl Wish {
    /// Whether both are about the same object.
    pub(crate) fn names(&self, other: &Wish) -> bool {
        self.name == other.name
    }

    pub(crate) fn if_version(mut self, version: &str) -> Self {
        self.preconditions.resource_version = Some(version.into());
        self
    }

    pub(crate) fn if_uid(mut self, uid: &str) -> Self {
        self.preconditions.uid = Some(uid.into());
        self
    }
}

/// An owner reference to an object of a fixture.
pub(crate) fn reference(kind_text: &str, name: &str) -> Value {
    let kind = kind(kind_text);
    let api_version = api_version(&kind);
    json!({"apiVersion": api_version, "kind": kind.kind, "name": name, "uid": name})
}

fn api_version(kind: &GroupKind) -> String {
    match kind.group.as_str() {
        "" => "v1".to_owned(),
        group => format!("{group}/v1"),
    }
}

/// The id of the object with this name.
pub(crate) fn id(snapshot: &Snapshot, name: &str) -> ObjectId {
    let mut objects = snapshot.objects();
    let found = objects.find(|(_, object)| snapshot.text(object.name()) == name);
    found.unwrap().0
}
