//! Where a key of a v1 Secret comes from in v2.

use crate::consumers::Consumers;
use crate::exports::Exports;
use crate::owned::{Name, Owned};
use asogate_aso::arm_id::ArmId;
use asogate_aso::key_mapping::{self, KeyMapping, V2Source};
use asogate_aso::v2::V2Kind;
use asogate_policy::{Column, FastMap, Input, ObjectId, Row, Selector, State, Symbol, Table};
use asogate_twins::{Places, V2Objects, place};

/// The name of a database user is in the Secret of v1 only, so it is compared as a value.
const USER_NAME: &str = "class(spec.azureName)";

pub(crate) fn users() -> Selector {
    Selector::objects("users", "sql.azure.com", "User", [USER_NAME])
}

pub(crate) struct Sources<'a> {
    pub(crate) v2: V2Objects<'a>,
    exports: Exports<'a>,
    users: (Table<'a>, Column),
    places: Places,
}

/// The v2 objects that may give something of a v1 object, by what they are to its Azure resource.
pub(crate) struct Around<'s> {
    /// They stand for it.
    own: &'s [ObjectId],
    /// They belong to it.
    within: &'s [ObjectId],
    /// They stand for the resource that it belongs to.
    parent: &'s [ObjectId],
}

impl Around<'_> {
    /// All of them.
    pub(crate) fn objects(&self) -> impl Iterator<Item = ObjectId> {
        let objects = [self.own, self.within, self.parent].into_iter();
        objects.flatten().copied()
    }
}

/// v2 kinds that are found by their owner: rules of a hub, and users, which are no ARM resources.
fn is_found_by_owner(kind: &V2Kind) -> bool {
    !kind.is_arm() || kind.kind == "NamespacesEventhubsAuthorizationRule"
}

impl<'a> Sources<'a> {
    /// For these resources.
    pub(crate) fn new<'w>(
        input: &'a Input,
        wanted: impl Iterator<Item = &'w ArmId>,
    ) -> Result<Sources<'a>, String> {
        let v2 = V2Objects::new(input)?;
        let own: Vec<&ArmId> = wanted.collect();
        let parents: Vec<ArmId> = own.iter().filter_map(|id| id.parent()).collect();
        let wanted = own.into_iter().chain(&parents);
        let places = Places::of(input, &v2, wanted, is_found_by_owner);
        let users = input.table("users")?;
        Ok(Sources {
            v2,
            exports: Exports::new(input)?,
            users: (users, users.column(USER_NAME)?),
            places,
        })
    }

    /// The v2 objects around a resource, at any moment.
    pub(crate) fn at(&self, id: &ArmId) -> Around<'_> {
        let own = place(id);
        Around {
            own: self.places.own(&own),
            within: self.places.within(&own),
            parent: id
                .parent()
                .map_or(&[], |parent| self.places.own(&place(&parent))),
        }
    }

    /// The v2 objects that are there for the same Azure resource, or for the one that a user belongs to.
    pub(crate) fn twins(&self, state: State<'a>, around: &Around<'_>) -> Vec<ObjectId> {
        self.existing(state, around.own)
    }

    fn existing(&self, state: State<'a>, objects: &[ObjectId]) -> Vec<ObjectId> {
        let objects = objects.iter().copied();
        objects
            .filter(|&object| state.row_of(self.v2.table, object).is_some())
            .collect()
    }

    /// The v2 objects from which a key can come.
    pub(crate) fn candidates(
        &self,
        state: State<'a>,
        around: &Around<'_>,
        mapping: &KeyMapping,
        user: Symbol,
    ) -> Vec<ObjectId> {
        let is_kind = |object: &ObjectId| {
            let row = state.row_of(self.v2.table, *object);
            let kind = row.and_then(|row| self.v2.kind(row));
            kind.is_some_and(|kind| (kind.group, kind.kind) == mapping.v2)
        };
        for objects in [around.own, around.within, around.parent] {
            let mut found = self.existing(state, objects);
            found.retain(|object| is_kind(object) && self.may_be_user(state, *object, user));
            if !found.is_empty() {
                return found;
            }
        }
        vec![]
    }

    /// Whether a v2 object may be the database user with this name (a value class, absent if not known).
    fn may_be_user(&self, state: State<'a>, object: ObjectId, name: Symbol) -> bool {
        let (table, column) = self.users;
        let known = state.row_of(table, object);
        let known = known.map_or(Symbol::ABSENT, |row| row.symbol(column));
        name.is_absent() || known.is_absent() || known == name
    }

    /// Whether one of the v2 objects gives a key.
    pub(crate) fn gives(
        &self,
        consumers: &Consumers<'a>,
        state: State<'a>,
        objects: &[ObjectId],
        mapping: Option<&KeyMapping>,
        (secret, key): (Name, Symbol),
    ) -> bool {
        let parts = match mapping.map(|mapping| mapping.source) {
            Some(V2Source::Expression(expression)) => parts(expression),
            _ => vec![],
        };
        objects.iter().any(|&object| {
            if state.row_of(self.v2.table, object).is_none() {
                return false;
            }
            match mapping.map(|mapping| mapping.source) {
                Some(V2Source::Secret(field) | V2Source::ConfigMap(field)) => {
                    self.exports.has_field(state, object, field)
                }
                // What stands in the object is no secret, and can be written into a workload as it is.
                Some(V2Source::Field(_)) => true,
                Some(V2Source::Input(_)) => {
                    let mut inputs = consumers.inputs(state, object);
                    inputs.any(|reference| reference.secret != secret)
                        || self.exports.gives(state, object, key, &[])
                }
                Some(V2Source::Expression(_) | V2Source::Nothing) | None => {
                    self.exports.gives(state, object, key, &parts)
                }
            }
        })
    }
}

/// The names of values that an expression is made of: those of secrets if there are any, else those of the object.
fn parts(expression: &'static str) -> Vec<&'static str> {
    let is_part = |letter: char| letter.is_alphanumeric() || "._".contains(letter);
    let words = || expression.split(|letter| !is_part(letter));
    let secrets: Vec<&str> = words().filter(|word| word.starts_with("secret.")).collect();
    if secrets.is_empty() {
        words().filter(|word| word.starts_with("self.")).collect()
    } else {
        secrets
    }
}

/// The mapping of a key of a v1 kind.
pub(crate) fn mapping(kind: &str, key: &str) -> Option<&'static KeyMapping> {
    key_mapping::find(kind, key)
}

/// The values that Secrets hold that are not those of v1, by namespace and class.
pub(crate) struct Copies(FastMap<(Symbol, Symbol), ()>);

impl Copies {
    /// Of the wanted classes only.
    pub(crate) fn new<'a>(
        owned: &Owned<'a>,
        state: State<'a>,
        wanted: &FastMap<Symbol, ()>,
        is_of_v1: impl Fn(ObjectId) -> bool,
    ) -> Copies {
        let [.., class] = owned.key_columns;
        let mut copies = FastMap::default();
        if wanted.is_empty() {
            return Copies(copies);
        }
        for row in state.rows(owned.keys) {
            if wanted.contains_key(&row.symbol(class)) && !is_of_v1(row.object()) {
                let namespace = owned.namespace(state, row.object());
                copies.insert((namespace, row.symbol(class)), ());
            }
        }
        Copies(copies)
    }

    /// Whether another Secret of the namespace holds this value.
    pub(crate) fn hold(&self, namespace: Symbol, class: Symbol) -> bool {
        !class.is_absent() && self.0.contains_key(&(namespace, class))
    }
}

/// The value class of a row of a key.
pub(crate) fn class(owned: &Owned<'_>, row: Row<'_>) -> Symbol {
    let [.., class] = owned.key_columns;
    row.symbol(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_told_by_the_secrets_in_it() {
        let of = |key| match mapping("StorageAccount", key).unwrap().source {
            V2Source::Expression(expression) => parts(expression),
            _ => vec![],
        };
        assert_eq!(of("connectionString0"), ["secret.key1"]);
        assert_eq!(of("StorageAccountName"), ["self.spec.azureName"]);
    }
}
