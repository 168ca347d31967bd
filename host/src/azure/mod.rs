//! Which Azure resource an object stands for, from what was read of the cluster and from what a plan or files bring.
//!
//! [`cells`] reads columns of objects, [`operators`] what the settings of the operators say, and [`identity`] is the answer for
//! one object. The status board compares answers; findings name them, since "deletes the resource" is worth little without
//! saying which.

pub(crate) mod cells;
pub(crate) mod identity;
pub(crate) mod operators;
mod v2;

pub(crate) use v2::V2Models;

use asogate_aso::annotations::{CREDENTIAL_FROM, RESOURCE_ID, column};
use asogate_aso::identity::{V1_COLUMNS, V2_COLUMNS, identify_v1, within_v1};
use asogate_aso::operators::Operators;
use asogate_aso::v1::GROUP;
use asogate_aso::v2::{GROUP_SUFFIX, is_group};
use asogate_core::change::Action;
use asogate_core::object::ObjectKey;
use asogate_core::plan::Plan;
use asogate_core::selector::{KindPattern, ReadSet, Selector};
use asogate_core::snapshot::Snapshot;
use asogate_core::statement::StandsFor;
use cells::{Cells, selector};
use identity::Identity;
use operators::{Subscriptions, is_made_up};
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::HashMap;

/// Adds what naming resources needs of the objects that a policy reads: it can find something only about these.
pub(crate) fn add_reads(read_set: &mut ReadSet, selectors: &[Selector]) {
    let kinds: Vec<KindPattern> = selectors.iter().flat_map(Selector::kinds).collect();
    let reads = |wanted: &dyn Fn(&str) -> bool| {
        let mut groups = kinds.iter().map(|kinds| kinds.group.as_str());
        groups.any(|group| group == "*" || wanted(group))
    };
    let mut added = vec![];
    if reads(&|group| group == GROUP) {
        added.push(selector(GROUP, "*", V1_COLUMNS));
    }
    if reads(&|group| group.ends_with(GROUP_SUFFIX)) {
        added.push(selector(&format!("*{GROUP_SUFFIX}"), "*", &v2_columns()));
    }
    if !added.is_empty() {
        added.push(operators::selector());
    }
    read_set.add(&added);
}

fn v2_columns() -> Vec<String> {
    let names = V2_COLUMNS.iter().map(|name| (*name).to_owned());
    names.chain([column(CREDENTIAL_FROM)]).collect()
}

/// Names the resources of objects of a snapshot and of those that a plan creates.
pub(crate) struct Resources<'a> {
    snapshot: &'a Snapshot,
    plan: &'a Plan,
    /// Worked out for the first object that is asked about: most plans have no findings.
    known: OnceCell<Known<'a>>,
}

struct Known<'a> {
    v1: Cells<'a>,
    v2: Cells<'a>,
    created: HashMap<&'a ObjectKey, &'a Value>,
    operators: Operators<'a>,
    subscriptions: Subscriptions<'a>,
}

impl<'a> Resources<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, plan: &'a Plan) -> Resources<'a> {
        Resources {
            snapshot,
            plan,
            known: OnceCell::new(),
        }
    }

    /// What an object stands for; none if it is no object of either operator.
    pub(crate) fn of(&self, key: &ObjectKey) -> Option<StandsFor> {
        let group = key.kind.group.as_str();
        let known = || {
            self.known
                .get_or_init(|| Known::new(self.snapshot, self.plan))
        };
        let identity = match group {
            GROUP => self.of_v1(key, known()),
            _ if is_group(group) => self.of_v2(key, known()),
            _ => return None,
        };
        Some(told(identity))
    }

    fn of_v1(&self, key: &ObjectKey, known: &Known<'a>) -> Option<Identity> {
        let kind = key.kind.kind.as_str();
        let live = self.snapshot.find(key);
        let live = live.and_then(|id| self.snapshot.get(id));
        let created = known.created.get(key).copied();
        let cell = |column: &str| match (&live, created) {
            (Some(object), _) => known.v1.text(object, column),
            (None, Some(object)) => {
                let pointer = format!("/{}", column.replace('.', "/"));
                object.pointer(&pointer).and_then(Value::as_str)
            }
            (None, None) => None,
        };
        if live.is_none() && created.is_none() {
            return None;
        }
        let subscription = known.subscriptions.of_v1();
        let own = identify_v1(kind, &cell, subscription);
        Some(Identity::of(own, || within_v1(kind, &cell, subscription)))
    }

    fn of_v2(&self, key: &ObjectKey, known: &Known<'a>) -> Option<Identity> {
        let models = V2Models {
            snapshot: self.snapshot,
            cells: &known.v2,
            planned: &known.created,
            operators: &known.operators,
            subscriptions: &known.subscriptions,
        };
        let model = models.of_key(key)?;
        Some(models.identity(&model))
    }
}

impl<'a> Known<'a> {
    fn new(snapshot: &'a Snapshot, plan: &'a Plan) -> Known<'a> {
        let created = plan
            .changes()
            .iter()
            .filter_map(|change| match &change.action {
                Action::Create { object } => Some((&change.object, object)),
                _ => None,
            });
        let operators = operators::operators(snapshot);
        let v1 = Cells::new(snapshot, |kind| kind.group == GROUP, V1_COLUMNS);
        let v2 = Cells::new(snapshot, |kind| is_group(&kind.group), &v2_columns());
        let stated = |cells: &Cells<'a>, columns: &[&str]| -> Vec<&'a str> {
            let objects = cells.objects();
            let ids = objects.flat_map(|object| {
                columns
                    .iter()
                    .filter_map(move |name| cells.text(&object, name))
            });
            ids.collect()
        };
        let of_v1 = stated(&v1, &["status.resourceId"]);
        let of_v2 = stated(&v2, &[&column(RESOURCE_ID), "spec.owner.armId"]);
        let subscriptions = Subscriptions::new(&operators, of_v1.into_iter(), of_v2.into_iter());
        Known {
            v1,
            v2,
            created: created.collect(),
            subscriptions,
            operators,
        }
    }
}

/// An identity in the words of findings.
fn told(identity: Option<Identity>) -> StandsFor {
    let unknown = |why: String| StandsFor {
        id: None,
        inside: false,
        unidentified: Some(why),
    };
    let known = |id: &str, inside| match is_made_up(id) {
        false => StandsFor {
            id: Some(id.to_owned()),
            inside,
            unidentified: None,
        },
        true => {
            let below = id.splitn(4, '/').nth(3).unwrap_or_default();
            unknown(format!(
                "the subscription of its credential is not known; in it, it is `/{below}`"
            ))
        }
    };
    match identity {
        Some(Identity::Resource(id)) => known(id.as_str(), false),
        Some(Identity::Inside(id)) => known(id.as_str(), true),
        Some(Identity::Unknown(why)) => unknown(why),
        None => unknown("the object is not at hand".into()),
    }
}
