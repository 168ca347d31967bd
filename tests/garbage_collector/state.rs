//! What there is of a graph, as read from the API server and as predicted.

use asogate_core::change::{Action, Change, Preconditions};
use asogate_core::coverage::CoverageMap;
use asogate_core::extract::{Extractor, NoClasses};
use asogate_core::object::{GroupKind, ObjectId, ObjectKey, split_api_version};
use asogate_core::plan::{Plan, Step};
use asogate_core::selector::{KindPattern, ReadSet, Relation, RelationSelector, Selector};
use asogate_core::simulate::{Cause, Effect, Finalizers, Operation, Outcome, simulate};
use asogate_core::snapshot::{Snapshot, SnapshotBuilder};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One object: whether it is being deleted, and otherwise its owners, which matter only then: uid and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Terminating,
    Standing { owners: BTreeMap<String, String> },
}

impl fmt::Display for Left {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Left::Terminating => out.write_str("terminating"),
            Left::Standing { owners } => {
                let mut owners: Vec<&str> = owners.values().map(String::as_str).collect();
                owners.sort_unstable();
                write!(out, "standing, owned by [{}]", owners.join(", "))
            }
        }
    }
}

/// What is left of a graph, by object.
pub(crate) type State = BTreeMap<ObjectKey, Left>;

pub(crate) fn key_of(object: &Value) -> ObjectKey {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let (group, _) = split_api_version(text("/apiVersion").unwrap_or(""));
    ObjectKey {
        kind: GroupKind::new(group, text("/kind").unwrap_or("")),
        namespace: text("/metadata/namespace").map(str::to_owned),
        name: text("/metadata/name").unwrap_or("").to_owned(),
    }
}

pub(crate) fn is_terminating(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

fn owners_of(metadata: &Value) -> BTreeMap<String, String> {
    let owners = metadata["ownerReferences"].as_array();
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let pair = |owner: &Value| (text(&owner["uid"]), text(&owner["name"]));
    owners.into_iter().flatten().map(pair).collect()
}

fn left(object: &Value) -> Left {
    if is_terminating(object) {
        Left::Terminating
    } else {
        standing(object)
    }
}

fn standing(object: &Value) -> Left {
    Left::Standing {
        owners: owners_of(&object["metadata"]),
    }
}

/// What the API server has.
pub(crate) fn state(objects: &[Value]) -> State {
    objects
        .iter()
        .map(|object| (key_of(object), left(object)))
        .collect()
}

fn snapshot(objects: &[Value]) -> Snapshot {
    let mut read_set = ReadSet::default();
    read_set.add(&[Selector::Relation(RelationSelector::whole(
        "served",
        Relation::ServedApis,
    ))]);
    let mut builder = SnapshotBuilder::new(read_set);
    let mut extractor = Extractor::new(NoClasses);
    for object in objects {
        let schema = extractor.read_value(&mut builder, object, &[]).unwrap();
        extractor.store(&mut builder, schema).unwrap();
    }
    let mut coverage = CoverageMap::default();
    coverage.set_complete_pattern(KindPattern::new("*", "*"));
    builder.finish(coverage)
}

/// What `simulate` says of a plan.
pub(crate) struct Prediction {
    pub(crate) left: State,
    /// Positions of the changes that it says cannot be made.
    pub(crate) impossible: BTreeSet<usize>,
    /// The effects, one a line.
    pub(crate) told: Vec<String>,
}

/// What is left of `objects` after `actions`, according to `simulate`.
pub(crate) fn predict(
    objects: &[Value],
    actions: &[(ObjectKey, Action)],
    finalizers: Finalizers,
) -> Prediction {
    let snapshot = snapshot(objects);
    let changes = actions.iter().map(|(object, action)| Change {
        object: object.clone(),
        version: "v1".into(),
        action: action.clone(),
        preconditions: Preconditions::default(),
        secret_keys: vec![],
        manifest: None,
    });
    let plan = Plan::new(Step::Cleanup, changes.collect()).unwrap();
    let outcome = simulate(&snapshot, &plan, finalizers);
    let mut left = state(objects);
    for effect in &outcome.effects {
        let key = key_in(&snapshot, &plan, &outcome, effect.object);
        follow(&mut left, key, effect, &plan, finalizers);
    }
    Prediction {
        left,
        impossible: outcome
            .conflicts
            .iter()
            .map(|(position, _)| *position)
            .collect(),
        told: told(&snapshot, &plan, &outcome),
    }
}

/// The identity of an object of the snapshot, or of one that the plan creates.
fn key_in(snapshot: &Snapshot, plan: &Plan, outcome: &Outcome, id: ObjectId) -> ObjectKey {
    match snapshot.get(id) {
        Some(object) => object.key(snapshot.pool()),
        None => plan.changes()[outcome.created[id.index() - snapshot.len()]]
            .object
            .clone(),
    }
}

fn follow(left: &mut State, key: ObjectKey, effect: &Effect, plan: &Plan, mode: Finalizers) {
    if effect.is_gone(mode) {
        left.remove(&key);
        return;
    }
    let change = effect.requested.map(|position| &plan.changes()[position]);
    let action = change.map(|change| &change.action);
    if let Some(Action::Create { object }) = action {
        left.insert(key.clone(), standing(object));
    }
    let Some(state) = left.get_mut(&key) else {
        return;
    };
    if effect.operation == Operation::Delete {
        *state = Left::Terminating;
    }
    let Left::Standing { owners } = state else {
        return;
    };
    if let Some(Action::Patch { merge }) = action
        && merge["metadata"].get("ownerReferences").is_some()
    {
        *owners = owners_of(&merge["metadata"]);
    }
    owners.retain(|owner, _| !effect.unlinked.contains(owner));
}

fn told(snapshot: &Snapshot, plan: &Plan, outcome: &Outcome) -> Vec<String> {
    let name = |id: ObjectId| key_in(snapshot, plan, outcome, id).name;
    let effects = outcome.effects.iter().map(|effect| {
        let path: Vec<String> = effect.path.iter().map(|id| name(*id)).collect();
        let mut line = format!("{:?} {}", effect.operation, name(effect.object));
        if effect.cause != Cause::Requested {
            line += &format!(": {} by {}", effect.cause.name(), path.join(" > "));
        }
        if !effect.finalizers.is_empty() {
            line += &format!(", awaits {}", effect.finalizers.join(" "));
        }
        if !effect.unlinked.is_empty() {
            line += &format!(", from {} owners", effect.unlinked.len());
        }
        line
    });
    let conflicts = outcome.conflicts.iter().map(|(_, why)| why.to_string());
    effects.chain(conflicts).collect()
}

/// How two states differ, for people.
pub(crate) fn difference(predicted: &State, found: &State) -> String {
    let keys: BTreeSet<&ObjectKey> = predicted.keys().chain(found.keys()).collect();
    let lines = keys.into_iter().filter_map(|key| {
        let (predicted, found) = (predicted.get(key), found.get(key));
        let say = |left: Option<&Left>| match left {
            None => "gone".to_owned(),
            Some(left) => left.to_string(),
        };
        (predicted != found).then(|| {
            format!(
                "{}: predicted {}, found {}\n",
                key.name,
                say(predicted),
                say(found)
            )
        })
    });
    lines.collect()
}
