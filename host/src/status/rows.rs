//! Puts the objects of both operators together: one row for each Azure resource. Every object is in exactly one row.

use super::board::{Azure, Row, Secrets, Sources, Stage, V1State, V2State};
use super::secrets::{SecretsOfV1, is_in_key_vault};
use super::users;
use super::v1::{V1, V1Object};
use super::v2::V2Object;
use crate::azure::identity::Identity;
use asogate_aso::arm_id::ArmId;
use asogate_aso::operators::Operators;
use asogate_core::object::{ObjectId, ObjectKey};
use std::collections::{BTreeSet, HashMap};

/// A row in the making.
pub(super) struct Draft {
    pub(super) row: Row,
    /// Positions among v1's objects: those that stand for the resource.
    pub(super) v1: Vec<usize>,
    /// Positions among v1's objects: those that manage it beside their own.
    pub(super) via: Vec<usize>,
    /// Positions among v2's objects.
    pub(super) v2: Vec<usize>,
    /// The Secrets of its v1 objects.
    pub(super) secrets: Vec<ObjectId>,
    /// How many objects read these, or those of the v1 objects that manage it beside their own; none if that is not known.
    pub(super) consumers: Option<usize>,
    /// Whether the user asked for it.
    pub(super) selected: bool,
}

/// All rows, and in which of them an object is.
pub(super) struct Drafts<'a> {
    pub(super) v1: Vec<V1Object<'a>>,
    pub(super) v2: Vec<V2Object<'a>>,
    pub(super) drafts: Vec<Draft>,
    by_object: HashMap<ObjectId, usize>,
    by_manifest: HashMap<ObjectKey, usize>,
}

impl<'a> Drafts<'a> {
    /// Rows of these objects, without stages.
    pub(super) fn new(
        tables: &V1<'a>,
        v1: Vec<V1Object<'a>>,
        v2: Vec<V2Object<'a>>,
        secrets: &SecretsOfV1<'a>,
        operators: &Operators<'a>,
    ) -> Drafts<'a> {
        let mut rows = Grouping::default();
        let users = users::keys(&v1, &v2, secrets);
        for (position, object) in v1.iter().enumerate() {
            let user = users.of_v1.get(&position);
            rows.of(&object.identity, user).v1.push(position);
        }
        for (position, object) in v2.iter().enumerate() {
            let user = users.of_v2.get(&position);
            rows.of(&object.identity, user).v2.push(position);
        }
        for (position, object) in v1.iter().enumerate() {
            for part in &object.parts {
                rows.manages(part, position);
            }
        }
        let mut drafts = Drafts {
            v1,
            v2,
            drafts: rows.drafts,
            by_object: HashMap::new(),
            by_manifest: HashMap::new(),
        };
        drafts.fill(tables, secrets, operators);
        drafts
    }

    /// The row of an object of the cluster: of v1, of v2, or a Secret of v1.
    pub(super) fn row_of(&self, object: ObjectId) -> Option<usize> {
        self.by_object.get(&object).copied()
    }

    /// The row of an object of the import files.
    pub(super) fn row_of_manifest(&self, key: &ObjectKey) -> Option<usize> {
        self.by_manifest.get(key).copied()
    }

    fn fill(&mut self, tables: &V1<'a>, secrets: &SecretsOfV1<'a>, operators: &Operators<'a>) {
        for (index, draft) in self.drafts.iter_mut().enumerate() {
            let (v1, v2, via) = (&draft.v1, &draft.v2, &draft.via);
            let of_v1 = || v1.iter().filter_map(|at| self.v1.get(*at));
            let of_v2 = || v2.iter().filter_map(|at| self.v2.get(*at));
            let of_via = || via.iter().filter_map(|at| self.v1.get(*at));
            for object in of_v1() {
                self.by_object.insert(object.id, index);
                for secret in secrets.of(object.id) {
                    self.by_object.insert(*secret, index);
                    draft.secrets.push(*secret);
                }
            }
            for object in of_v2() {
                if let Some(id) = object.id {
                    self.by_object.insert(id, index);
                }
                if object.member.position.is_some() {
                    self.by_manifest.insert(object.member.object.clone(), index);
                }
            }
            draft.row.v1 = of_v1().map(|object| object.member.clone()).collect();
            draft.row.v2 = of_v2().map(|object| object.member.clone()).collect();
            draft.row.managed_by = of_via()
                .map(|object| object.member.object.clone())
                .collect();
            let in_vault = of_v1().any(|object| is_in_key_vault(tables, object, operators));
            draft.row.secrets = read_by(&draft.secrets, secrets, in_vault);
            let of_parts = of_via().flat_map(|object| secrets.of(object.id));
            let all: Vec<ObjectId> = draft.secrets.iter().chain(of_parts).copied().collect();
            draft.consumers = read_by(&all, secrets, in_vault).consumers;
        }
    }
}

fn read_by(own: &[ObjectId], secrets: &SecretsOfV1<'_>, in_key_vault: bool) -> Secrets {
    let consumers: BTreeSet<ObjectId> = own
        .iter()
        .flat_map(|secret| secrets.consumers(*secret))
        .copied()
        .collect();
    let known = secrets.all_known.then_some(consumers.len());
    Secrets {
        names: own.iter().map(|secret| secrets.name(*secret)).collect(),
        consumers: known,
        read_by: consumers.iter().filter_map(|id| secrets.key(*id)).collect(),
        sources: match known {
            Some(0) => Sources::NotNeeded,
            _ => Sources::Unknown,
        },
        in_key_vault,
    }
}

/// Rows by what they stand for.
#[derive(Default)]
struct Grouping {
    drafts: Vec<Draft>,
    by_key: HashMap<String, usize>,
}

impl Grouping {
    /// The row for an identity. `user` tells apart what is inside one resource; what it does not tell apart gets a row of
    /// its own.
    fn of(&mut self, identity: &Identity, user: Option<&users::User>) -> &mut Draft {
        let (key, azure) = match identity {
            Identity::Resource(id) => (Some(id.canonical()), azure(id, false)),
            Identity::Inside(id) => {
                let key = user.map(|user| format!("{} user {}", id.canonical(), user.key));
                let mut azure = azure(id, true);
                azure.unidentified = user.and_then(|user| user.unknown).map(str::to_owned);
                (key, azure)
            }
            Identity::Unknown(reason) => {
                let azure = Azure {
                    unidentified: Some(reason.clone()),
                    ..Azure::default()
                };
                (None, azure)
            }
        };
        let next = self.drafts.len();
        let index = match key {
            Some(key) => *self.by_key.entry(key).or_insert(next),
            None => next,
        };
        if index == next {
            self.drafts.push(draft(azure));
        }
        // INVARIANT: every position in `by_key` is one of `drafts`, and `next` was pushed just now.
        let last = self.drafts.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "a position that was pushed before")]
        &mut self.drafts[index.min(last)]
    }

    /// A v1 object that manages a resource beside its own, if the resource has a row.
    fn manages(&mut self, id: &ArmId, object: usize) {
        let index = self.by_key.get(&id.canonical());
        if let Some(draft) = index.and_then(|index| self.drafts.get_mut(*index))
            && !draft.v1.contains(&object)
            && !draft.via.contains(&object)
        {
            draft.via.push(object);
        }
    }
}

fn azure(id: &ArmId, inside: bool) -> Azure {
    Azure {
        resource_type: Some(id.resource_type()),
        resource_group: id.resource_group().map(str::to_owned),
        unidentified: None,
        id: Some(id.as_str().to_owned()),
        inside,
    }
}

fn draft(azure: Azure) -> Draft {
    Draft {
        row: Row {
            azure,
            stage: Stage::Unknown,
            dangers: vec![],
            v1_state: V1State::Absent,
            v1: vec![],
            managed_by: vec![],
            v2_state: V2State::Absent,
            v2: vec![],
            secrets: Secrets::default(),
            next: None,
            notes: vec![],
        },
        v1: vec![],
        via: vec![],
        v2: vec![],
        secrets: vec![],
        consumers: None,
        selected: true,
    }
}
