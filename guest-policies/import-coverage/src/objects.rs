//! Which Azure resources v2 objects stand for, at every moment of the plan.

use crate::subscriptions::Subscriptions;
use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::Unidentified;
use asogate_aso::rows::{ArmIdKey, Ids, V2Objects, subscription_of};
use asogate_aso::v2::{self, V2Owner};
use asogate_policy::{
    Change, FastMap, Input, ObjectId, Operation, Row, Selector, State, Symbol, Table, Transition,
};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Owners are at most this deep; see [`asogate_aso::identity::identify_v2`].
const MAX_DEPTH: usize = 16;

pub(crate) fn reads() -> Selector {
    V2Objects::selector(&[])
}

/// The v2 objects as rows.
pub(crate) struct V2<'a> {
    input: &'a Input,
    pub(crate) table: Table<'a>,
    objects: V2Objects<'a>,
    pub(crate) ids: Rc<Ids<'a>>,
    subscriptions: &'a Subscriptions<'a>,
    /// What counts as the subscription where no setting says one.
    assumed: &'a str,
}

impl<'a> V2<'a> {
    pub(crate) fn new(
        input: &'a Input,
        ids: Rc<Ids<'a>>,
        subscriptions: &'a Subscriptions<'a>,
        assumed: &'a str,
    ) -> Result<V2<'a>, String> {
        let objects = V2Objects::new(input, ids.clone())?;
        Ok(V2 {
            input,
            table: objects.table,
            objects,
            ids,
            subscriptions,
            assumed,
        })
    }

    fn subscription(&self, row: Row<'a>) -> Option<&'a str> {
        let namespace = self.objects.credential_namespace(row);
        let known = namespace.and_then(|namespace| self.subscriptions.v2(namespace));
        known.or(Some(self.assumed))
    }

    /// The Azure resource of the object.
    pub(crate) fn identify(&self, state: State<'a>, row: Row<'a>) -> Result<ArmId, Unidentified> {
        self.objects
            .identify(state, row, &|row| self.subscription(row))
    }

    /// The database of a database user, and the user's name in Kubernetes.
    fn user(&self, state: State<'a>, row: Row<'a>) -> Option<(String, &'a str)> {
        let subscription = |row| self.subscription(row);
        let database = self.objects.within(state, row, &subscription).ok()?;
        Some((database.canonical(), self.objects.owner_key(row).name))
    }

    /// Whether the object extends another resource (role assignments, diagnostic settings).
    pub(crate) fn is_extension(&self, row: Row<'a>) -> bool {
        let (group, kind) = self.objects.kind(row);
        v2::find(group, kind).is_some_and(|kind| kind.owner == V2Owner::Any)
    }

    /// The object at the top of the owners: one that has none, or whose owner is no object.
    pub(crate) fn root(&self, state: State<'a>, row: Row<'a>) -> Row<'a> {
        let mut top = row;
        for _ in 0..MAX_DEPTH {
            match self.objects.owner(state, top) {
                Some(above) => top = above,
                None => break,
            }
        }
        top
    }

    pub(crate) fn namespace(&self, row: Row<'a>) -> Symbol {
        self.objects.namespace_symbol(row)
    }

    /// The changes by which the plan creates or changes v2 objects, with what they leave behind.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&'a Change, State<'a>, Row<'a>)> {
        self.input.walk().filter_map(|transition| {
            let row = transition.added(self.table).first()?;
            Some((transition.change, transition.after, row))
        })
    }

    /// The same, for those that are created.
    pub(crate) fn created(&self) -> impl Iterator<Item = (&'a Change, State<'a>, Row<'a>)> {
        let is_new =
            |(change, ..): &(&'a Change, State<'a>, Row<'a>)| change.operation == Operation::Create;
        self.changes().filter(is_new)
    }
}

/// The first subscription that an id in a v2 object names, of the cluster or of the plan.
pub(crate) fn stated_subscription<'a>(
    input: &'a Input,
    ids: Rc<Ids<'a>>,
) -> Result<Option<&'a str>, String> {
    let objects = V2Objects::new(input, ids)?;
    let of_owner = |row| objects.owner_arm_id(row)?.split('/').nth(2);
    let claimed = |row| subscription_of(input, objects.claim(row)?);
    let mut live = input.now().rows(objects.table);
    let mut planned = input
        .walk()
        .flat_map(|transition| transition.added(objects.table));
    let found = live.find_map(|row| claimed(row).or_else(|| of_owner(row)));
    Ok(found.or_else(|| planned.find_map(of_owner)))
}

/// What an object stands for.
#[derive(Clone)]
pub(crate) enum Stands {
    /// The resource with this id.
    For(ArmIdKey),
    /// A user of the database with this id, in lower case.
    User(Rc<str>),
    /// It is not known which resource. Rare, so what every object pays for is a pointer.
    Unknown(Box<Unidentified>),
}

/// Who stands for one resource.
#[derive(Clone, Copy)]
enum Same {
    Nobody,
    One(ObjectId),
    /// These are in a list of their own.
    Several,
}

/// The objects by the resource that they stand for, kept up to date along the plan.
pub(crate) struct Walk<'a, 'v> {
    pub(crate) objects: &'v V2<'a>,
    /// What each object stands for before the plan, in the order of the objects.
    before: Vec<(ObjectId, Stands)>,
    /// What each object stands for that the plan has changed; none if it has gone.
    changed: FastMap<ObjectId, Option<Stands>>,
    /// By [`ArmIdKey::index`].
    same: Vec<Same>,
    /// In the order in which they came to stand for it.
    several: FastMap<ArmIdKey, Vec<ObjectId>>,
    users: BTreeMap<Rc<str>, Vec<(ObjectId, &'a str)>>,
}

impl<'a, 'v> Walk<'a, 'v> {
    /// As the cluster is now.
    pub(crate) fn new(input: &'a Input, objects: &'v V2<'a>) -> Walk<'a, 'v> {
        let mut walk = Walk {
            objects,
            before: vec![],
            changed: FastMap::default(),
            same: vec![Same::Nobody; input.parts().len()],
            several: FastMap::default(),
            users: BTreeMap::new(),
        };
        let rows = input.now().rows(objects.table);
        for row in rows {
            let stands = walk.add(input.now(), row);
            walk.before.push((row.object(), stands));
        }
        walk
    }

    /// Moves on by one change. Gives the first of the other objects that stand for the same resource, if the changed object
    /// stands for it only since this change.
    pub(crate) fn apply(&mut self, transition: &Transition<'a>) -> Option<ObjectId> {
        let object = transition.change.object;
        let row = transition.added(self.objects.table).first();
        let before = match self.stands(object).cloned() {
            Some(Stands::For(id)) => {
                self.leave(id, object);
                Some(id)
            }
            Some(Stands::User(database)) => {
                if let Some(known) = self.users.get_mut(&database) {
                    known.retain(|(known, _)| *known != object);
                }
                None
            }
            Some(Stands::Unknown(_)) => None,
            None if row.is_none() => return None,
            None => None,
        };
        let stands = row.map(|row| self.add(transition.after, row));
        let others = match &stands {
            // The object itself joined last.
            Some(Stands::For(id)) if before != Some(*id) => match self.several.get(id) {
                Some(known) => known.first().copied().filter(|first| *first != object),
                None => None,
            },
            _ => None,
        };
        self.changed.insert(object, stands);
        others
    }

    fn add(&mut self, state: State<'a>, row: Row<'a>) -> Stands {
        let object = row.object();
        let known = match self.objects.objects.claimed(row) {
            Some(part) => Ok(self.objects.ids.key_of(part)),
            None => {
                let id = self.objects.identify(state, row);
                id.map(|id| self.objects.ids.add(&id))
            }
        };
        match known {
            Ok(id) => {
                self.join(id, object);
                Stands::For(id)
            }
            Err(Unidentified::NotArm) => match self.objects.user(state, row) {
                Some((database, name)) => {
                    let database: Rc<str> = database.into();
                    let known = self.users.entry(database.clone()).or_default();
                    known.push((object, name));
                    Stands::User(database)
                }
                None => Stands::Unknown(Box::new(Unidentified::NotArm)),
            },
            Err(reason) => Stands::Unknown(Box::new(reason)),
        }
    }

    fn join(&mut self, id: ArmIdKey, object: ObjectId) {
        if self.same.len() <= id.index() {
            self.same.resize(id.index() + 1, Same::Nobody);
        }
        let Some(same) = self.same.get_mut(id.index()) else {
            return;
        };
        match *same {
            Same::Nobody => *same = Same::One(object),
            Same::One(first) => {
                *same = Same::Several;
                self.several.insert(id, vec![first, object]);
            }
            Same::Several => self.several.entry(id).or_default().push(object),
        }
    }

    fn leave(&mut self, id: ArmIdKey, object: ObjectId) {
        let Some(same) = self.same.get_mut(id.index()) else {
            return;
        };
        match *same {
            Same::Nobody | Same::One(_) => *same = Same::Nobody,
            Same::Several => {
                let left = self.several.remove(&id).unwrap_or_default();
                let left: Vec<ObjectId> = left.into_iter().filter(|one| *one != object).collect();
                match left.as_slice() {
                    [] => *same = Same::Nobody,
                    [only] => *same = Same::One(*only),
                    _ => {
                        self.several.insert(id, left);
                    }
                }
            }
        }
    }

    /// What the object stands for at this moment; none if it is not there.
    pub(crate) fn stands(&self, object: ObjectId) -> Option<&Stands> {
        if let Some(known) = self.changed.get(&object) {
            return known.as_ref();
        }
        let position = self.before.binary_search_by_key(&object, |known| known.0);
        let (_, stands) = self.before.get(position.ok()?)?;
        Some(stands)
    }

    /// Whether any object stands for the resource with this id at this moment.
    pub(crate) fn has(&self, id: ArmIdKey) -> bool {
        !matches!(self.same.get(id.index()), None | Some(Same::Nobody))
    }

    /// The names of a database's users at this moment.
    pub(crate) fn users(&self, database: &str) -> Vec<&'a str> {
        let users = self.users.get(database).into_iter().flatten();
        users.map(|(_, name)| *name).collect()
    }

    /// The objects of each resource for which several stand at this moment.
    pub(crate) fn shared(&self) -> impl Iterator<Item = &[ObjectId]> {
        self.several.values().map(Vec::as_slice)
    }
}
