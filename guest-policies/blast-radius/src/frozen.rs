//! `frozen`: objects that the plan changes although their kind or namespace is frozen. One finding for every entry of the
//! settings: a namespace may hold thousands of objects.

use crate::settings::{Settings, kind_and_group};
use asogate_policy::{Finding, Input, ObjectId, Selector, finding, quote};
use std::collections::{HashMap, HashSet};

/// The kinds that a step changes, or that go as a consequence of one; others go only with their namespace, which is one of
/// these itself. A pattern for everything would make the answer depend on kinds that nobody has recorded.
const KINDS: [(&str, &str); 12] = [
    ("azure.microsoft.com", "*"),
    ("*.azure.com", "*"),
    ("", "Secret"),
    ("", "ConfigMap"),
    ("", "Pod"),
    ("", "ServiceAccount"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("apps", "ReplicaSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
];

const NAMESPACE: &str = "metadata.namespace";
const NAME: &str = "metadata.name";
/// As many objects as a finding names besides its own.
const NAMED: usize = 5;

fn kind_table(number: usize) -> String {
    format!("frozen-kind-{number}")
}

fn place_table(number: usize) -> String {
    format!("place-{number}")
}

pub(crate) fn reads(settings: &Settings) -> Vec<Selector> {
    let kinds = settings.frozen_kinds.iter().enumerate();
    let mut selectors: Vec<Selector> = kinds
        .map(|(number, entry)| {
            let (kind, group) = kind_and_group(entry);
            Selector::objects::<&str>(&kind_table(number), group, kind, [])
        })
        .collect();
    if !settings.frozen_namespaces.is_empty() {
        let kinds = KINDS.iter().enumerate();
        selectors.extend(kinds.map(|(number, (group, kind))| {
            Selector::objects(&place_table(number), group, kind, [NAMESPACE])
        }));
        selectors.push(Selector::objects("namespaces", "", "Namespace", [NAME]));
    }
    selectors
}

pub(crate) fn judge(input: &Input, settings: &Settings) -> Result<Vec<Finding>, String> {
    let mut found = vec![];
    for (number, entry) in settings.frozen_kinds.iter().enumerate() {
        let table = input.table(&kind_table(number))?;
        let mut changed = Changed::default();
        for step in input.walk() {
            if !step.removed(table).is_empty() || !step.added(table).is_empty() {
                changed.add(step.change.object, step.change.number);
            }
        }
        found.extend(changed.finding(&format!("is of the kind {}, which is frozen", quote(entry))));
    }
    if settings.frozen_namespaces.is_empty() {
        return Ok(found);
    }
    let mut tables = vec![];
    for number in 0..KINDS.len() {
        let table = input.table(&place_table(number))?;
        tables.push((table, table.column(NAMESPACE)?));
    }
    let namespaces = input.table("namespaces")?;
    tables.push((namespaces, namespaces.column(NAME)?));
    let numbers = settings.frozen_namespaces.iter().map(String::as_str);
    let numbers: HashMap<&str, usize> = numbers.zip(0..).collect();
    let mut changed: Vec<Changed> = vec![];
    changed.resize_with(settings.frozen_namespaces.len(), Changed::default);
    for step in input.walk() {
        let place = tables.iter().find_map(|(table, column)| {
            let mut rows = step.removed(*table).chain(step.added(*table));
            rows.find_map(|row| row.text(*column))
        });
        let frozen = place.and_then(|place| numbers.get(place));
        if let Some(changed) = frozen.and_then(|&number| changed.get_mut(number)) {
            changed.add(step.change.object, step.change.number);
        }
    }
    for (namespace, changed) in settings.frozen_namespaces.iter().zip(changed) {
        let message = format!(
            "belongs to the namespace {}, which is frozen",
            quote(namespace)
        );
        found.extend(changed.finding(&message));
    }
    Ok(found)
}

/// The objects that one entry of the settings forbids to change.
#[derive(Default)]
struct Changed {
    objects: Vec<ObjectId>,
    known: HashSet<ObjectId>,
    first: u32,
}

impl Changed {
    fn add(&mut self, object: ObjectId, change: u32) {
        if self.known.insert(object) {
            if self.objects.is_empty() {
                self.first = change;
            }
            self.objects.push(object);
        }
    }

    fn finding(&self, message: &str) -> Option<Finding> {
        let object = *self.objects.first()?;
        let more = match self.objects.len() - 1 {
            0 => String::new(),
            1 => "; so is 1 more object of the plan".to_owned(),
            more => format!("; so are {more} more objects of the plan"),
        };
        Some(
            finding("frozen")
                .about(object)
                .at(self.first)
                .message(format!("{message}{more}"))
                .why("whoever froze it expects that nothing there changes until they say so")
                .advice("leave it out of the plan, or ask whoever keeps the settings of `blast-radius` to lift the freeze")
                .edit("to lift it, take it off `frozenKinds` or `frozenNamespaces` in the settings of `blast-radius`")
                .related_all(self.objects.iter().skip(1).take(NAMED).copied()),
        )
    }
}
