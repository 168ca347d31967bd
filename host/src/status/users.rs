//! Database users have no ARM id, and v1 keeps their names in Secrets. Which v2 user is which v1 user is told by the classes
//! of these values, else by the names of the objects, else by there being only one of each.

use super::identity::Identity;
use super::secrets::SecretsOfV1;
use super::v1::V1Object;
use super::v2::V2Object;
use asogate_aso::v1::{self, Successor};
use std::collections::{BTreeMap, HashMap};

const WHICH: &str = "its name in the database stands in a Secret that was not read, so it is not known which of the users of its database it is";

/// What tells a user from the others of its database.
pub(super) struct User {
    pub(super) key: String,
    /// Why it is not known which one it is.
    pub(super) unknown: Option<&'static str>,
}

/// The users among the objects, by their positions.
#[derive(Default)]
pub(super) struct Users {
    pub(super) of_v1: HashMap<usize, User>,
    pub(super) of_v2: HashMap<usize, User>,
}

/// The users of one database.
#[derive(Default)]
struct Database<'a> {
    of_v1: Vec<One<'a>>,
    of_v2: Vec<One<'a>>,
}

struct One<'a> {
    at: usize,
    /// The class of its name in Azure.
    class: Option<&'a str>,
    /// The name of the object.
    object: String,
    /// The key of its row.
    key: String,
}

pub(super) fn keys<'a>(
    of_v1: &[V1Object<'a>],
    of_v2: &[V2Object<'a>],
    secrets: &SecretsOfV1<'a>,
) -> Users {
    let mut databases: BTreeMap<String, Database<'a>> = BTreeMap::new();
    for (at, object) in of_v1.iter().enumerate() {
        let kind = v1::find(&object.object.kind().kind);
        let has_successor = kind.is_some_and(|kind| kind.successor != Successor::Unsupported);
        if let (Identity::Inside(database), true) = (&object.identity, has_successor) {
            let users = databases.entry(database.canonical()).or_default();
            users.of_v1.push(One {
                at,
                class: secrets.user_of_v1(object.id),
                object: object.member.object.name.clone(),
                key: format!("v1 {at}"),
            });
        }
    }
    for (at, object) in of_v2.iter().enumerate() {
        if let Identity::Inside(database) = &object.identity {
            let users = databases.entry(database.canonical()).or_default();
            users.of_v2.push(One {
                at,
                class: object.id.and_then(|id| secrets.user_of_v2(id)),
                object: object.member.object.name.clone(),
                // Two objects for one user have one row, in whatever letters they spell it.
                key: format!("named {}", object.name.to_lowercase()),
            });
        }
    }
    let mut users = Users::default();
    databases
        .into_values()
        .for_each(|database| database.tell(&mut users));
    users
}

impl Database<'_> {
    fn tell(mut self, users: &mut Users) {
        let same_class = |v1: &One<'_>, v2: &One<'_>| v1.class.is_some() && v1.class == v2.class;
        self.pair(same_class);
        let differ = |v1: &One<'_>, v2: &One<'_>| v1.class.is_some() && v2.class.is_some();
        self.pair(|v1, v2| !differ(v1, v2) && v1.object == v2.object);
        let last = match (self.left_of_v1().as_slice(), self.left_of_v2().as_slice()) {
            ([v1], [v2]) if !differ(v1, v2) => Some((v1.at, v2.key.clone())),
            _ => None,
        };
        if let Some((at, key)) = last {
            let mut of_v1 = self.of_v1.iter_mut();
            if let Some(v1) = of_v1.find(|v1| v1.at == at) {
                v1.key = key;
            }
        }
        let (left_of_v1, left_of_v2) = (self.left_of_v1(), self.left_of_v2());
        let user = |one: &One<'_>, own: &[&One<'_>], others: &[&One<'_>]| {
            let is_left = own.iter().any(|left| left.at == one.at);
            let may_be_one = others.iter().any(|other| !differ(one, other));
            User {
                key: one.key.clone(),
                unknown: (is_left && may_be_one).then_some(WHICH),
            }
        };
        for one in &self.of_v1 {
            users
                .of_v1
                .insert(one.at, user(one, &left_of_v1, &left_of_v2));
        }
        for one in &self.of_v2 {
            users
                .of_v2
                .insert(one.at, user(one, &left_of_v2, &left_of_v1));
        }
    }

    /// The users of v1 that have no partner.
    fn left_of_v1(&self) -> Vec<&One<'_>> {
        let has_partner = |v1: &&One<'_>| !self.of_v2.iter().any(|v2| v2.key == v1.key);
        self.of_v1.iter().filter(has_partner).collect()
    }

    /// The users of v2 that have no partner.
    fn left_of_v2(&self) -> Vec<&One<'_>> {
        let has_partner = |v2: &&One<'_>| !self.of_v1.iter().any(|v1| v1.key == v2.key);
        self.of_v2.iter().filter(has_partner).collect()
    }

    /// Gives users of v1 that have no partner the key of the first one of v2 without a partner that fits.
    fn pair(&mut self, fit: impl Fn(&One<'_>, &One<'_>) -> bool) {
        for index in 0..self.of_v1.len() {
            let taken: Vec<&str> = self.of_v1.iter().map(|one| one.key.as_str()).collect();
            let Some(v1) = self.of_v1.get(index) else {
                continue;
            };
            if self.of_v2.iter().any(|v2| v2.key == v1.key) {
                continue;
            }
            let mut free = self
                .of_v2
                .iter()
                .filter(|v2| !taken.contains(&v2.key.as_str()));
            let found = free.find(|v2| fit(v1, v2)).map(|v2| v2.key.clone());
            if let (Some(key), Some(v1)) = (found, self.of_v1.get_mut(index)) {
                v1.key = key;
            }
        }
    }
}
