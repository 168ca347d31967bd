//! v1 objects whose manifests something else keeps in the cluster: GitOps, Helm. What the plan does to them there may be undone
//! (FACTS, stages 1 and 8).

use crate::objects::Objects;
use asogate_policy::{Finding, ObjectId, Step, Symbol, finding, quote};
use std::collections::BTreeMap;

/// How many other objects a finding names.
const NAMED: usize = 5;

/// What keeps objects.
#[derive(Clone, Copy, Debug)]
struct Keeper {
    name: &'static str,
    /// The keys of annotations and labels that it sets on what it keeps.
    marks: &'static [&'static str],
    /// An annotation with which it leaves an object alone that is no longer among what it keeps.
    leaves: Option<&'static str>,
}

const KEEPERS: [Keeper; 4] = [
    Keeper {
        name: "Argo CD",
        marks: &[
            "argocd.argoproj.io/tracking-id",
            "argocd.argoproj.io/instance",
        ],
        leaves: Some("argocd.argoproj.io/sync-options=Prune=false"),
    },
    Keeper {
        name: "Flux",
        marks: &[
            "kustomize.toolkit.fluxcd.io/name",
            "helm.toolkit.fluxcd.io/name",
        ],
        leaves: Some("kustomize.toolkit.fluxcd.io/prune=disabled"),
    },
    Keeper {
        name: "Config Sync",
        marks: &[
            "configmanagement.gke.io/managed",
            "configsync.gke.io/resource-id",
        ],
        leaves: None,
    },
    Keeper {
        name: "Helm",
        marks: &["meta.helm.sh/release-name"],
        leaves: Some("helm.sh/resource-policy=keep"),
    },
];

pub(crate) fn judge(objects: &Objects<'_>) -> Vec<Finding> {
    let input = objects.input;
    let step = input.step();
    if ![Step::PauseV1, Step::Cleanup].contains(&step) {
        return vec![];
    }
    let now = input.now();
    let mut known: BTreeMap<Symbol, Option<usize>> = BTreeMap::new();
    let mut kept: BTreeMap<usize, Vec<(ObjectId, u32, &str)>> = BTreeMap::new();
    for change in input.changes() {
        let is_meant = now.row_of(objects.table, change.object).is_some();
        if !is_meant || (step == Step::Cleanup && !change.deletes()) {
            continue;
        }
        let mut keys = objects.keys(now, change.object).into_iter();
        let found = keys.find_map(|key| {
            let text = input.text(key)?;
            let keeper = *known.entry(key).or_insert_with(|| {
                KEEPERS
                    .iter()
                    .position(|keeper| keeper.marks.contains(&text))
            });
            Some((keeper?, text))
        });
        if let Some((keeper, mark)) = found {
            let objects = kept.entry(keeper).or_default();
            objects.push((change.object, change.number, mark));
        }
    }
    let found = kept.into_iter().filter_map(|(keeper, objects)| {
        let keeper = KEEPERS.get(keeper)?;
        let ((object, change, mark), others) = objects.split_first()?;
        let found = said(step, keeper, mark, others.len());
        let others = others.iter().take(NAMED).map(|(object, ..)| *object);
        Some(found.about(*object).at(*change).related_all(others))
    });
    found.collect()
}

fn said(step: Step, keeper: &Keeper, mark: &str, others: usize) -> Finding {
    let name = keeper.name;
    let more = match others {
        0 => String::new(),
        1 => ", and so is 1 more object of the plan".into(),
        count => format!(", and so are {count} more objects of the plan"),
    };
    let found = finding("kept-elsewhere").message(format!(
        "is kept by {name}, as its {} says{more}",
        quote(mark)
    ));
    if step == Step::PauseV1 {
        return found
            .why(format!("{name} writes it as its manifest says: if that replaces the object or makes it again, the pause is gone, and v1 writes to Azure and deletes there"))
            .edit("write `skipreconcile: \"true\"` below `metadata.annotations` of its manifest, too, where that is kept");
    }
    let found = found.why(format!("{name} makes it again when it next applies what it keeps, unpaused unless its manifest says `skipreconcile`: v1 then writes beside v2, and crashes on an AzureSqlServer whose Secret is gone"));
    let found = match keeper.leaves {
        Some(leaves) => found.command(format!(
            "kubectl annotate -n {{namespace}} {{resource}} {{name}} {leaves} --overwrite"
        )),
        None => found,
    };
    found.edit("take its manifest out of where it is kept before the cleanup, in a way that leaves the object in the cluster")
}
