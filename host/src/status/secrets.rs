//! The Secrets that v1 wrote: by their owner, else by the name that v1 computes (FACTS (a), "v1 secrets: rules behind the table").

use super::consumers::{self, Name};
use super::v1::{KEY_VAULT, SECRET_NAME, V1, V1Object};
use crate::azure::cells::{Cells, selector};
use crate::azure::operators::relation;
use asogate_aso::operators::Operators;
use asogate_aso::secret_names::{NamingVersion, V1Secret, find, secret_names};
use asogate_aso::settings::OPERATOR_KEYVAULT_SET;
use asogate_aso::v1::GROUP;
use asogate_core::object::{GroupKind, ObjectId, ObjectKey};
use asogate_core::pool::Symbol;
use asogate_core::selector::{Relation, Selector};
use asogate_core::snapshot::Snapshot;
use std::collections::{HashMap, HashSet};

const USER_NAME: &str = "username";

pub(super) fn reads() -> Vec<Selector> {
    let mut selectors = consumers::reads();
    selectors.push(selector("", "Secret", &["metadata.name"]));
    selectors.push(selector("sql.azure.com", "User", &[USER_CLASS]));
    selectors.push(relation(Relation::SecretKeys));
    selectors
}

/// The name of a database user is in the Secret of v1 only, so it is compared as a value that nobody sees.
const USER_CLASS: &str = "class(spec.azureName)";

/// The Secrets of all v1 objects.
pub(super) struct SecretsOfV1<'a> {
    snapshot: &'a Snapshot,
    /// By the v1 object.
    by_object: HashMap<ObjectId, Vec<ObjectId>>,
    readers: HashMap<Name, Vec<ObjectId>>,
    keys: Keys<'a>,
    users: Cells<'a>,
    /// Whether all Secrets and all that can read them were read.
    pub(super) all_known: bool,
}

impl<'a> SecretsOfV1<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, v1: &V1<'a>, objects: &[V1Object<'a>]) -> Self {
        let keys = Keys::new(snapshot);
        let by_object = owned(snapshot, v1, objects, &keys);
        let names = by_object.values().flatten();
        let wanted: HashSet<Name> = names.filter_map(|id| name_of(snapshot, *id)).collect();
        let is_user = |kind: &GroupKind| kind.group == "sql.azure.com" && kind.kind == "User";
        let secrets = snapshot.coverage().of(&GroupKind::new("", "Secret"));
        SecretsOfV1 {
            readers: consumers::of(snapshot, &wanted),
            users: Cells::new(snapshot, is_user, &[USER_CLASS]),
            all_known: secrets.is_complete() && consumers::are_all_known(snapshot),
            snapshot,
            by_object,
            keys,
        }
    }

    /// The Secrets of a v1 object.
    pub(super) fn of(&self, object: ObjectId) -> &[ObjectId] {
        self.by_object.get(&object).map_or(&[], Vec::as_slice)
    }

    /// `namespace/name` of a Secret.
    pub(super) fn name(&self, secret: ObjectId) -> String {
        let (namespace, name) = name_of(self.snapshot, secret).unwrap_or_default();
        format!(
            "{}/{}",
            self.snapshot.text(namespace),
            self.snapshot.text(name)
        )
    }

    /// The identity of an object.
    pub(super) fn key(&self, id: ObjectId) -> Option<ObjectKey> {
        let object = self.snapshot.get(id)?;
        Some(object.key(self.snapshot.pool()))
    }

    /// Who reads a Secret.
    pub(super) fn consumers(&self, secret: ObjectId) -> &[ObjectId] {
        let name = name_of(self.snapshot, secret);
        name.and_then(|name| self.readers.get(&name))
            .map_or(&[], Vec::as_slice)
    }

    /// The value class of the user name that a v1 object keeps in its Secret; none if it is not known.
    pub(super) fn user_of_v1(&self, object: ObjectId) -> Option<&'a str> {
        let mut secrets = self.of(object).iter();
        let class = secrets.find_map(|secret| self.keys.class(*secret, USER_NAME))?;
        Some(self.snapshot.text(class))
    }

    /// The value class of the user name of a v2 object in the cluster.
    pub(super) fn user_of_v2(&self, object: ObjectId) -> Option<&'a str> {
        self.users.text(&self.snapshot.get(object)?, USER_CLASS)
    }
}

/// Whether v1 keeps the Secret of an object in a Key Vault: because the object says so, or all operators do (FACTS (a)).
pub(super) fn is_in_key_vault(
    v1: &V1<'_>,
    object: &V1Object<'_>,
    operators: &Operators<'_>,
) -> bool {
    let Some(known) = find(&object.object.kind().kind) else {
        return false;
    };
    let own = v1.cell(&object.object, KEY_VAULT);
    let own = known.may_be_in_key_vault && own.is_some_and(|vault| !vault.is_empty());
    own || operators.v1().any(|operator| {
        operator
            .values(OPERATOR_KEYVAULT_SET)
            .any(|value| value == "true")
    })
}

fn name_of(snapshot: &Snapshot, secret: ObjectId) -> Option<Name> {
    let object = snapshot.get(secret)?;
    Some((object.namespace(), object.name()))
}

/// The keys of Secrets, with the classes of their values.
struct Keys<'a> {
    snapshot: &'a Snapshot,
    by_secret: HashMap<ObjectId, Vec<(Symbol, Symbol)>>,
}

impl<'a> Keys<'a> {
    fn new(snapshot: &'a Snapshot) -> Keys<'a> {
        let width = Relation::SecretKeys.columns().len();
        let mut by_secret: HashMap<ObjectId, Vec<(Symbol, Symbol)>> = HashMap::new();
        if let Some(rows) = snapshot.store().relation(Relation::SecretKeys) {
            for (secret, cells) in rows.rows.iter().zip(rows.cells.chunks_exact(width)) {
                if let [_, _, key, _, class] = cells {
                    let secret = ObjectId::from_index(*secret as usize);
                    by_secret.entry(secret).or_default().push((*key, *class));
                }
            }
        }
        Keys {
            snapshot,
            by_secret,
        }
    }

    fn of(&self, secret: ObjectId) -> impl Iterator<Item = (&'a str, Symbol)> {
        let keys = self.by_secret.get(&secret).into_iter().flatten();
        keys.map(|(key, class)| (self.snapshot.text(*key), *class))
    }

    fn class(&self, secret: ObjectId, key: &str) -> Option<Symbol> {
        self.of(secret)
            .find(|(known, _)| *known == key)?
            .1
            .present()
    }

    /// Whether a Secret can be one that v1 wrote for an object of a kind: a legacy name is one that anybody might choose.
    fn fit(&self, secret: ObjectId, known: &V1Secret) -> bool {
        let all = self.of(secret).all(|(key, _)| known.may_hold(key));
        all && self.of(secret).any(|(key, _)| known.keys.contains(&key))
    }
}

fn owned(
    snapshot: &Snapshot,
    v1: &V1<'_>,
    objects: &[V1Object<'_>],
    keys: &Keys<'_>,
) -> HashMap<ObjectId, Vec<ObjectId>> {
    let mut owned: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    let mut unowned: HashMap<(Symbol, &str), ObjectId> = HashMap::new();
    let is_secret = |kind: &GroupKind| kind.group.is_empty() && kind.kind == "Secret";
    for secret in Cells::new(snapshot, is_secret, &["metadata.name"]).objects() {
        let id = ObjectId::from_index(secret.position());
        let mut of_v1 = secret.owners().iter();
        let of_v1 = of_v1.find(|owner| snapshot.text(owner.group) == GROUP);
        match of_v1.and_then(|owner| snapshot.find_uid(owner.uid)) {
            Some(by) => owned.entry(by).or_default().push(id),
            None if secret.owners().is_empty() => {
                unowned.insert((secret.namespace(), snapshot.text(secret.name())), id);
            }
            None => {}
        }
    }
    if unowned.is_empty() {
        return owned;
    }
    for object in objects {
        let cell = |column: &str| v1.cell(&object.object, column);
        let kind = object.object.kind().kind.as_str();
        let Some(known) = find(kind) else { continue };
        let in_vault = cell(KEY_VAULT).is_some_and(|vault| !vault.is_empty());
        if known.may_be_in_key_vault && in_vault {
            continue;
        }
        let group = cell("spec.resourceGroup").or_else(|| cell("spec.resourcegroup"));
        let name = &object.member.object.name;
        let Some(names) = secret_names(kind, name, cell(SECRET_NAME), group) else {
            continue;
        };
        for naming in [NamingVersion::Current, NamingVersion::Legacy] {
            let found = names.under(naming);
            let found = found.and_then(|name| unowned.get(&(object.object.namespace(), name)));
            if let Some(secret) = found
                && (naming == NamingVersion::Current || keys.fit(*secret, known))
            {
                let secrets = owned.entry(object.id).or_default();
                if !secrets.contains(secret) {
                    secrets.push(*secret);
                }
            }
        }
    }
    owned
}
