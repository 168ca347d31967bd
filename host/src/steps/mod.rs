//! Steps: from a snapshot (and manifests, for `import`) to a plan. Apart from the policies this is the only part of
//! asogate that knows Azure Service Operator.

mod adopt;
mod cleanup;
mod import;
mod kinds;
mod objects;
mod pause;
mod rollback;
pub mod selection;
pub mod shell;
pub mod swap;
mod three_way;
mod twins;

use crate::collect::manifest::Manifest;
use asogate_core::change::{Change, Propagation};
use asogate_core::object::{ObjectId, ObjectKey};
use asogate_core::plan::{Plan, PlanError, Step};
use asogate_core::selector::{KindPattern, ObjectSelector, Selector, WholeObjects};
use asogate_core::snapshot::Snapshot;
pub use kinds::{check_types, plural, selects};
use selection::{Namespaces, Selection};

/// What a step is asked to do.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Which step.
    pub step: Step,
    /// For which objects. For `import`: which manifests, and the namespace of those that name none.
    pub selection: &'a Selection,
    /// The import files' objects, in order; empty for the other steps.
    pub manifests: &'a [Manifest],
    /// For `cleanup`: what happens to dependents.
    pub propagation: Propagation,
}

/// A plan, and how it came about.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan. Empty if there is nothing left to do.
    pub plan: Plan,
    /// How many objects were selected.
    pub selected: usize,
    /// Arguments that select no object, as the user wrote them.
    pub unmatched: Vec<String>,
    /// For `swap`: what it would have to change and does not.
    pub refusals: Vec<swap::Refusal>,
    /// For `swap`: the selected workloads that no listed workload controls, whether or not the plan changes them.
    pub concerned: Vec<ObjectId>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Nothing of what would have to be changed can be.
    #[error("could not plan `{step}`:\n  {}", .refusals.join("\n  "))]
    Refused {
        /// The step.
        step: Step,
        /// What, and why.
        refusals: Vec<String>,
    },
    /// A type that is not one of the step's.
    #[error("`{resource}` is not a kind that `{step}` is about ({about}){hint}")]
    UnknownResource {
        /// What the user wrote.
        resource: String,
        /// The step.
        step: Step,
        /// The kinds in words.
        about: &'static str,
        /// `; did you mean …`, or nothing.
        hint: String,
    },
    /// The step is not planned for a list of objects.
    #[error("`{0}` cannot be planned for a list of objects")]
    NotByObject(Step),
    /// A type that is of neither operator.
    #[error("`{resource}` is not a kind of azure.microsoft.com or *.azure.com{hint}")]
    UnknownType {
        /// What the user wrote.
        resource: String,
        /// `; did you mean …`, or nothing.
        hint: String,
    },
    /// A manifest's namespace contradicts `-n`, which kubectl refuses too.
    #[error(
        "{position}: `{object}` is in namespace `{namespace}`, but -n says `{wanted}`; leave -n out, or give only the files of that namespace"
    )]
    OtherNamespace {
        /// Where.
        position: asogate_core::change::Position,
        /// The manifest.
        object: ObjectKey,
        /// Its namespace.
        namespace: String,
        /// The namespace of `-n`.
        wanted: String,
    },
    /// A changed object was not kept whole.
    #[error("could not plan the change of `{0}`: it was not read as a whole")]
    NotWhole(ObjectKey),
    /// The changes contradict each other.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// What must be read for a plan of this step, apart from what the policies read.
pub fn reads(
    step: Step,
    manifests: &[Manifest],
    namespaces: &Namespaces,
) -> (Vec<Selector>, WholeObjects) {
    let v1 = || KindPattern::new(asogate_aso::v1::GROUP, "*");
    let v2 = || KindPattern::new(format!("*{}", asogate_aso::v2::GROUP_SUFFIX), "*");
    let table = |kinds: KindPattern, columns: &[&str]| {
        let columns = columns
            .iter()
            .filter_map(|column| column.parse().ok())
            .collect();
        Selector::Objects(ObjectSelector {
            table: kinds.to_string(),
            kinds,
            columns,
        })
    };
    let whole = |kinds: Vec<KindPattern>| WholeObjects {
        kinds,
        ..WholeObjects::default()
    };
    match step {
        Step::PauseV1 => (vec![table(v1(), objects::COLUMNS)], whole(vec![v1()])),
        Step::Cleanup => (vec![table(v1(), objects::COLUMNS)], WholeObjects::default()),
        Step::Adopt => (vec![table(v2(), objects::COLUMNS)], whole(vec![v2()])),
        Step::Rollback => {
            let mut selectors = vec![table(v1(), objects::COLUMNS), table(v2(), objects::COLUMNS)];
            selectors.extend(twins::selectors());
            (selectors, whole(vec![v1(), v2()]))
        }
        Step::Import => {
            let keys = manifests
                .iter()
                .map(|manifest| import::key(manifest, namespaces))
                .collect();
            (
                vec![],
                WholeObjects {
                    keys,
                    ..WholeObjects::default()
                },
            )
        }
        Step::Swap => (swap::selectors(), whole(swap::whole_kinds())),
    }
}

/// Plans a step.
///
/// # Errors
///
/// [`StepError`] if the request cannot be understood; an object that already is as the step would leave it is no error
/// and no change.
pub fn plan(request: &Request<'_>, snapshot: &Snapshot) -> Result<Planned, StepError> {
    let kinds = kinds::About::of(request.step);
    kinds.check(request)?;
    let mut selected = objects::select(request.selection, kinds, snapshot);
    let (mut refusals, mut concerned) = (vec![], vec![]);
    let changes: Vec<Change> = match request.step {
        Step::PauseV1 => pause::changes(&selected.objects, snapshot)?,
        Step::Adopt => {
            // What has no `skip` of its own is left as it is, and may be under one all the same.
            concerned = selected.objects.clone();
            adopt::changes(&selected.objects, snapshot)?
        }
        Step::Rollback => rollback::changes(&selected.objects, snapshot)?,
        Step::Cleanup => cleanup::changes(&selected.objects, request.propagation, snapshot),
        Step::Import => {
            let imported = import::changes(request, snapshot)?;
            selected.count = imported.selected;
            selected.unmatched = imported.unmatched;
            imported.changes
        }
        Step::Swap => {
            let swapped = swap::changes(&selected.objects, snapshot)?;
            selected.count = swapped.concerned.len();
            (refusals, concerned) = (swapped.refusals, swapped.concerned);
            swapped.changes
        }
    };
    let plan = Plan::new(request.step, changes)?;
    Ok(Planned {
        plan,
        selected: selected.count,
        unmatched: selected.unmatched,
        refusals,
        concerned,
    })
}

/// Plans a step for exactly these objects: v1's for `pause-v1` and `cleanup`, v2's for `adopt`. The other steps are not
/// about objects of a list.
///
/// # Errors
///
/// As for [`plan`]; [`StepError::NotByObject`] for the other steps.
pub fn plan_objects(
    step: Step,
    objects: &[ObjectId],
    snapshot: &Snapshot,
) -> Result<Plan, StepError> {
    let changes = match step {
        Step::PauseV1 => pause::changes(objects, snapshot)?,
        Step::Adopt => adopt::changes(objects, snapshot)?,
        Step::Cleanup => cleanup::changes(objects, Propagation::default(), snapshot),
        Step::Import | Step::Swap | Step::Rollback => return Err(StepError::NotByObject(step)),
    };
    Ok(Plan::new(step, changes)?)
}

/// The identity of a manifest when it is applied: with the namespace that `-n` gives if it names none.
pub fn manifest_key(manifest: &Manifest, namespaces: &Namespaces) -> ObjectKey {
    import::key(manifest, namespaces)
}

/// A plan that creates every object of the files, for judging files alone. It has the step `import`, which is what
/// creates objects, but nothing is known of a cluster.
///
/// # Errors
///
/// [`PlanError`] if the manifests contradict each other.
pub fn create_all(manifests: &[Manifest]) -> Result<Plan, PlanError> {
    let create = |manifest: &Manifest| Change {
        object: manifest.key.clone(),
        version: manifest.version.clone(),
        action: asogate_core::change::Action::Create {
            object: manifest.object.clone(),
        },
        preconditions: asogate_core::change::Preconditions::default(),
        secret_keys: manifest.secret_keys.clone(),
        manifest: Some(manifest.position.clone()),
    };
    Plan::new(Step::Import, manifests.iter().map(create).collect())
}
