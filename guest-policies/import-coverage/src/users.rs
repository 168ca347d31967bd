//! Database users have no ARM id. v1 keeps their names in Secrets, so what is compared is how many there are in each
//! database, and which ones are called alike in Kubernetes.

use asogate_policy::{ObjectId, Symbol};
use std::collections::BTreeMap;

/// The users of one database.
#[derive(Default)]
struct Database<'a> {
    of_v1: Vec<(ObjectId, Symbol, &'a str)>,
}

/// v1's database users, by database.
#[derive(Default)]
pub(crate) struct Users<'a>(BTreeMap<String, Database<'a>>);

/// A user of v1 for whom v2 has none.
pub(crate) struct Unmatched {
    pub(crate) object: ObjectId,
    pub(crate) namespace: Symbol,
    pub(crate) in_v1: usize,
    pub(crate) in_v2: usize,
}

impl<'a> Users<'a> {
    pub(crate) fn add_v1(
        &mut self,
        object: ObjectId,
        namespace: Symbol,
        database: String,
        name: &'a str,
    ) {
        let users = &mut self.0.entry(database).or_default().of_v1;
        users.push((object, namespace, name));
    }

    /// Whether v1 has users in this database.
    pub(crate) fn has(&self, database: &str) -> bool {
        self.0.contains_key(database)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The users that v2 does not have, with their database. `of_v2` gives the names of a database's users in v2.
    pub(crate) fn unmatched<'b>(
        &self,
        of_v2: impl Fn(&str) -> Vec<&'b str>,
    ) -> Vec<(&str, Unmatched)> {
        let mut found = vec![];
        for (database, users) in &self.0 {
            let names = of_v2(database);
            let (in_v1, in_v2) = (users.of_v1.len(), names.len());
            let strangers = users.of_v1.iter();
            let strangers: Vec<_> = strangers
                .filter(|(_, _, name)| !names.contains(name))
                .collect();
            // Users of v2 with other names may be anybody, so each of them stands for one of these.
            let alike = in_v1 - strangers.len();
            let others = in_v2.saturating_sub(alike);
            let left = strangers.into_iter().skip(others);
            found.extend(left.map(|&(object, namespace, _)| {
                let unmatched = Unmatched {
                    object,
                    namespace,
                    in_v1,
                    in_v2,
                };
                (database.as_str(), unmatched)
            }));
        }
        found
    }
}
