//! A case folder: read it, run the policy on it as the host would.

use super::{expected, plan, text};
use crate::Policy;
use crate::guest::{Exported, Guest, types};
use asogate_core::change::Propagation;
use asogate_core::coverage::{Coverage, CoverageMap};
use asogate_core::extract::{self, Classify};
use asogate_core::input::{ChangeNote, PolicyInput};
use asogate_core::object::{GroupKind, ObjectKey};
use asogate_core::plan::{Plan, Step};
use asogate_core::projection::Projection;
use asogate_core::selector::{
    KindPattern, ObjectSelector, ReadSet, Relation, RelationSelector, Selector, SettingsRules,
};
use asogate_core::simulate::{Cause, Effect, Finalizers, Operation, simulate};
use asogate_core::snapshot::{Draft, Snapshot, SnapshotBuilder};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The case folders, in the order of their names.
pub(super) fn folders(cases: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(cases)
        .map_err(|error| format!("could not list {}: {error}", cases.display()))?;
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    Ok(folders)
}

/// A case as its files say.
pub(super) struct Case {
    objects: Vec<Value>,
    plan: Plan,
    pub(super) step: Option<Step>,
    settings: String,
    coverage: CoverageMap,
    selected: Vec<ObjectKey>,
    notes: Vec<ChangeNote>,
}

/// An entry of `coverage.yaml`.
#[derive(Deserialize)]
struct CoverageEntry {
    kind: String,
    #[serde(flatten)]
    coverage: Coverage,
}

impl Case {
    pub(super) fn read(folder: &Path) -> Result<Case, String> {
        let mut commented = None;
        let mut read = |name: &str| -> Result<Option<String>, String> {
            match fs::read_to_string(folder.join(name)) {
                Ok(text) => {
                    commented.get_or_insert(text.starts_with('#'));
                    Ok(Some(text))
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(format!("could not read {name}: {error}")),
            }
        };
        let cluster = read("cluster.yaml")?;
        let plan_file = read("plan.yaml")?;
        let import_file = read("import.yaml")?;
        let settings = read("settings.yaml")?;
        let coverage_file = read("coverage.yaml")?;
        if commented != Some(true) {
            return Err(
                "its first file does not start with a comment that says why the case matters"
                    .into(),
            );
        }
        let within = |name: &'static str| move |error: String| format!("{name}: {error}");
        let mut objects =
            text::documents(&cluster.unwrap_or_default()).map_err(within("cluster.yaml"))?;
        complete(&mut objects).map_err(within("cluster.yaml"))?;
        let keys = objects.iter().map(text::key_of);
        let versions: plan::Versions = keys
            .collect::<Result<_, _>>()
            .map_err(within("cluster.yaml"))?;
        let (mut step, mut changes, mut selected) = (Some(Step::Import), vec![], vec![]);
        let mut notes = vec![];
        if let Some(text) = &plan_file {
            let parsed = plan::parse(text, &versions).map_err(within("plan.yaml"))?;
            (step, changes, selected) = (parsed.step, parsed.changes, parsed.selected);
            notes = parsed.notes;
        }
        match import_file {
            Some(text) => {
                let manifests = text::documents(&text).map_err(within("import.yaml"))?;
                changes.extend(plan::import(manifests, &versions).map_err(within("import.yaml"))?);
            }
            None if plan_file.is_none() => {
                return Err("it has neither plan.yaml nor import.yaml".into());
            }
            None => {}
        }
        let mut coverage = CoverageMap::default();
        coverage.set_complete_pattern(KindPattern::new("*", "*"));
        if let Some(text) = coverage_file {
            let entries: Vec<CoverageEntry> =
                serde_yaml::from_str(&text).map_err(|error| format!("coverage.yaml: {error}"))?;
            for entry in entries {
                let (kind, group) = entry.kind.split_once('.').unwrap_or((&entry.kind, ""));
                coverage.set(GroupKind::new(group, kind), entry.coverage);
            }
        }
        let settings: Value = match settings {
            Some(text) => {
                serde_yaml::from_str(&text).map_err(|error| format!("settings.yaml: {error}"))?
            }
            None => Value::Object(serde_json::Map::new()),
        };
        // A plan needs a step; the policy is told none if the case has none.
        let plan =
            Plan::new(step.unwrap_or(Step::Import), changes).map_err(|error| error.to_string())?;
        Ok(Case {
            objects,
            plan,
            step,
            settings: settings.to_string(),
            coverage,
            selected,
            notes,
        })
    }

    /// What the policy answers.
    pub(super) fn evaluate<P: Policy>(
        self,
        operators: &SettingsRules,
    ) -> Result<expected::Answer, String> {
        let selectors = Exported::<P>::reads(self.settings.clone())?
            .into_iter()
            .map(selector)
            .collect::<Result<Vec<_>, _>>()?;
        let mut read_set = ReadSet::default();
        read_set.add(&selectors);
        read_set.settings = operators.clone();
        read_set.whole.keys = self
            .plan
            .changes()
            .iter()
            .map(|change| change.object.clone())
            .collect();
        let snapshot = snapshot(&self.objects, read_set, self.coverage)?;
        let outcome = simulate(&snapshot, &self.plan, Finalizers::Act);
        if let Some((position, conflict)) = outcome.conflicts.first() {
            return Err(format!(
                "change {} cannot be made: {conflict}",
                position + 1
            ));
        }
        let projection =
            Projection::new(&snapshot, &self.plan, outcome).map_err(|error| error.to_string())?;
        let selected = self.selected.iter().map(|key| {
            let found = snapshot.find(key);
            found.ok_or_else(|| format!("`{key}` is selected, but not in cluster.yaml"))
        });
        let selected = selected.collect::<Result<Vec<_>, _>>()?;
        let input = PolicyInput::new(&projection, &selectors, self.step)
            .with_selected(&selected)
            .with_change_extra(&self.notes);
        let input = raw(input);
        match Exported::<P>::evaluate(input, self.settings) {
            Ok(findings) => {
                expected::Answer::judged(findings, &Exported::<P>::describe(), &projection)
            }
            Err(declined) => Ok(expected::Answer::Declined { declined }),
        }
    }
}

/// Gives every object a uid and a resource version, and every owner reference the uid of its owner, where they are
/// missing.
fn complete(objects: &mut [Value]) -> Result<(), String> {
    let mut uids: BTreeMap<ObjectKey, Value> = BTreeMap::new();
    for object in objects.iter_mut() {
        let key = text::key_of(object)?.0;
        let Some(Value::Object(metadata)) = object.get_mut("metadata") else {
            continue;
        };
        let uid = metadata
            .entry("uid")
            .or_insert_with(|| format!("uid of {key}").into());
        uids.insert(key, uid.clone());
        metadata
            .entry("resourceVersion")
            .or_insert_with(|| "1".into());
    }
    for object in objects {
        let namespace = text::key_of(object)?.0.namespace;
        let references = object
            .pointer_mut("/metadata/ownerReferences")
            .and_then(Value::as_array_mut);
        for reference in references
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            if reference.contains_key("uid") {
                continue;
            }
            let field = |name: &str| reference.get(name).and_then(Value::as_str).unwrap_or("");
            let (group, _) = asogate_core::object::split_api_version(field("apiVersion"));
            let owner = |namespace: Option<String>| ObjectKey {
                kind: GroupKind::new(group, field("kind")),
                namespace,
                name: field("name").into(),
            };
            let uid = uids
                .get(&owner(namespace.clone()))
                .or_else(|| uids.get(&owner(None)));
            let uid = uid.ok_or_else(|| {
                format!(
                    "an owner reference without a uid names `{}`, which is not there",
                    owner(namespace.clone())
                )
            })?;
            let uid = uid.clone();
            reference.insert("uid".into(), uid);
        }
    }
    Ok(())
}

fn snapshot(
    objects: &[Value],
    read_set: ReadSet,
    coverage: CoverageMap,
) -> Result<Snapshot, String> {
    let mut builder = SnapshotBuilder::new(read_set);
    let mut draft = Draft::default();
    let mut classes = Classes::default();
    for object in objects {
        let kind = text::key_of(object)?.0.kind;
        let (read_set, pool, store) = builder.parts();
        let schema = store.schema_id(&kind.group, &kind.kind, read_set);
        extract::from_value(
            object,
            &[],
            read_set,
            store.schema(schema),
            pool,
            &mut classes,
            &mut draft,
        )?;
        builder
            .push(schema, &mut draft)
            .map_err(|error| error.to_string())?;
    }
    let mut snapshot = builder.finish(coverage);
    snapshot.keep_classes(Box::new(classes));
    Ok(snapshot)
}

/// Tells classes by comparing the values themselves, since those of a case are no secrets.
#[derive(Debug, Default)]
struct Classes {
    known: BTreeMap<Vec<u8>, u32>,
    count: u32,
}

impl Classify for Classes {
    fn class(&mut self, value: &[u8]) -> u32 {
        if let Some(&class) = self.known.get(value) {
            return class;
        }
        let class = self.fresh();
        self.known.insert(value.to_owned(), class);
        class
    }

    fn fresh(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    fn renumber(&mut self, classes: &[u32]) {
        let listed = (1..).zip(classes).map(|(number, class)| (*class, number));
        let mut numbers: BTreeMap<u32, u32> = listed.collect();
        let mut next = classes.len() as u32;
        for class in 1..=self.count {
            numbers.entry(class).or_insert_with(|| {
                next += 1;
                next
            });
        }
        for class in self.known.values_mut() {
            *class = numbers.get(class).copied().unwrap_or(*class);
        }
    }
}

fn selector(selector: types::Selector) -> Result<Selector, String> {
    Ok(match selector {
        types::Selector::Objects(objects) => {
            let columns = objects.columns.iter().map(|column| column.parse());
            Selector::Objects(ObjectSelector {
                columns: columns
                    .collect::<Result<_, _>>()
                    .map_err(|error| format!("`reads`: {error}"))?,
                kinds: KindPattern::new(objects.group, objects.kind),
                table: objects.table,
            })
        }
        types::Selector::Relation(wanted) => {
            let relation = Relation::from_name(&wanted.relation)
                .ok_or_else(|| format!("there is no relation `{}`", wanted.relation))?;
            let position = |name: &String| {
                let found = relation.columns().iter().position(|column| column == name);
                found.ok_or_else(|| format!("`{}` has no column `{name}`", wanted.relation))
            };
            Selector::Relation(RelationSelector {
                columns: wanted
                    .columns
                    .iter()
                    .map(position)
                    .collect::<Result<_, _>>()?,
                relation,
                table: wanted.table,
            })
        }
    })
}

/// What crosses into the policy.
fn raw(input: PolicyInput<'_>) -> types::Input {
    let mut paths = vec![];
    let mut change = |effect: &Effect| {
        paths.extend(effect.path.iter().map(|object| object.number()));
        types::Change {
            operation: match effect.operation {
                Operation::Create => types::Operation::Create,
                Operation::Update => types::Operation::Update,
                Operation::Delete => types::Operation::Delete,
            },
            cause: match effect.cause {
                Cause::Requested => types::Cause::Requested,
                Cause::GarbageCollected => types::Cause::GarbageCollected,
                Cause::NamespaceDeleted => types::Cause::NamespaceDeleted,
                Cause::CrdDeleted => types::Cause::CrdDeleted,
                Cause::Unlinked => types::Cause::Unlinked,
            },
            object: effect.object.number(),
            path_end: paths.len() as u32,
            propagation: effect.propagation.map(|propagation| match propagation {
                Propagation::Background => types::Propagation::Background,
                Propagation::Foreground => types::Propagation::Foreground,
                Propagation::Orphan => types::Propagation::Orphan,
            }),
            awaits_finalizers: !effect.finalizers.is_empty(),
            already_terminating: effect.already_terminating,
        }
    };
    let changes = input.changes.iter().map(&mut change).collect();
    types::Input {
        step: input.step.map(|step| step.name().into()),
        text: input.strings.text().to_owned(),
        ends: input.strings.ends().to_vec(),
        parts: input
            .parts
            .iter()
            .map(|&[parent, segment, folded]| types::Part {
                parent,
                segment,
                folded,
            })
            .collect(),
        changes,
        paths,
        change_extra: input
            .change_extra
            .iter()
            .map(|(change, name, value)| (*change, (*name).to_owned(), value.clone()))
            .collect(),
        tables: input
            .tables
            .into_iter()
            .map(|table| types::Table {
                name: table.name,
                objects: table.objects,
                now: table.now,
                changes: table.changes,
                columns: table.columns,
            })
            .collect(),
        extra: input
            .extra
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}
