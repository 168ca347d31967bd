//! Database users have no ARM id, and v1 keeps their names in Secrets. Which v2 user is which v1 user is told by the classes
//! of these values, else by the names of the objects, else by there being only one of each.

use super::secrets::SecretsOfV1;
use super::v1::V1Object;
use super::v2::V2Object;
use crate::azure::identity::Identity;
use asogate_aso::v1::{self, Successor};
use std::collections::{BTreeMap, HashMap, HashSet};

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

impl<'a> Database<'a> {
    fn tell(mut self, users: &mut Users) {
        self.pair(|one| one.class.map(str::to_owned));
        self.pair(|one| Some(one.object.clone()));
        let (left_of_v1, left_of_v2) = self.left();
        if let ([v1], [v2]) = (left_of_v1.as_slice(), left_of_v2.as_slice()) {
            self.meet(*v1, *v2);
        }
        let (left_of_v1, left_of_v2) = self.left();
        let user = |one: &One<'_>, is_left: bool, others: &[One<'_>], left: &[usize]| {
            let mut others = left.iter().filter_map(|at| others.get(*at));
            let unknown = is_left && others.any(|other| !differ(one, other));
            User {
                key: one.key.clone(),
                unknown: unknown.then_some(WHICH),
            }
        };
        for (position, one) in self.of_v1.iter().enumerate() {
            let is_left = left_of_v1.binary_search(&position).is_ok();
            let told = user(one, is_left, &self.of_v2, &left_of_v2);
            users.of_v1.insert(one.at, told);
        }
        for (position, one) in self.of_v2.iter().enumerate() {
            let is_left = left_of_v2.binary_search(&position).is_ok();
            let told = user(one, is_left, &self.of_v1, &left_of_v1);
            users.of_v2.insert(one.at, told);
        }
    }

    /// Lets those meet that have no partner yet and are alike by `mark`.
    fn pair(&mut self, mark: impl Fn(&One<'_>) -> Option<String>) {
        let (left_of_v1, left_of_v2) = self.left();
        let mut of_v2: HashMap<String, usize> = HashMap::new();
        for position in left_of_v2 {
            if let Some(mark) = self.of_v2.get(position).and_then(&mark) {
                of_v2.entry(mark).or_insert(position);
            }
        }
        for position in left_of_v1 {
            let mark = self.of_v1.get(position).and_then(&mark);
            // Each of v2 is taken once.
            if let Some(v2) = mark.and_then(|mark| of_v2.remove(&mark)) {
                self.meet(position, v2);
            }
        }
    }

    /// Gives a user of v1 the row of one of v2, unless their names are known to differ.
    fn meet(&mut self, v1: usize, v2: usize) {
        if let (Some(v1), Some(v2)) = (self.of_v1.get_mut(v1), self.of_v2.get(v2))
            && !differ(v1, v2)
        {
            v1.key = v2.key.clone();
        }
    }

    /// The positions of those that have no partner, of both sides, ascending.
    fn left(&self) -> (Vec<usize>, Vec<usize>) {
        let of_v1: HashSet<&str> = self.of_v1.iter().map(|one| one.key.as_str()).collect();
        let of_v2: HashSet<&str> = self.of_v2.iter().map(|one| one.key.as_str()).collect();
        let left = |ones: &[One<'a>], others: &HashSet<&str>| {
            let ones = ones.iter().enumerate();
            let alone = ones.filter(|(_, one)| !others.contains(one.key.as_str()));
            alone.map(|(position, _)| position).collect()
        };
        (left(&self.of_v1, &of_v2), left(&self.of_v2, &of_v1))
    }
}

/// Whether both names in the database are known, and are not the same.
fn differ(left: &One<'_>, right: &One<'_>) -> bool {
    left.class.is_some() && right.class.is_some() && left.class != right.class
}
