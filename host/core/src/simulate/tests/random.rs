//! Properties on random clusters.

use super::kubernetes::{Kind, Kubernetes, Object, Reference};
use crate::change::Propagation;
use crate::fixture::{Cluster, Wish, cluster, delete, delete_with};
use crate::object::ObjectId;
use crate::simulate::{Cause, Effect, Finalizers, Operation, simulate};
use crate::snapshot::Snapshot;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::{BTreeMap, BTreeSet};

/// Objects 0 and 1 are namespaces, object 2 is a definition, the rest is random.
const FIXED: usize = 3;

/// What may occur in a random cluster.
#[derive(Clone, Copy)]
struct Variety {
    /// Finalizers and terminating objects whose outcome depends on who is faster.
    races: bool,
}

fn object(count: usize, variety: Variety) -> impl Strategy<Value = Object> {
    let kind = prop_oneof![4 => Just(Kind::Thing), 2 => Just(Kind::Other), 2 => Just(Kind::Global)];
    let reference =
        (0..count + 1, any::<bool>()).prop_map(|(owner, blocks)| Reference { owner, blocks });
    let owners = prop::collection::vec(reference, 0..4);
    let races = variety.races;
    let rare = move |weight| prop::bool::weighted(if races { weight } else { 0.0 });
    (
        kind,
        any::<bool>(),
        owners,
        prop::bool::weighted(0.2),
        rare(0.1),
        rare(0.1),
        rare(0.15),
    )
        .prop_map(
            |(kind, namespace, mut owners, held, orphan, foreground, terminating)| {
                let mut seen = BTreeSet::new();
                owners.retain(|reference| seen.insert(reference.owner));
                let names = [
                    (held, "f"),
                    (orphan, "orphan"),
                    (foreground && !orphan, "foregroundDeletion"),
                ];
                Object {
                    kind,
                    namespace: (kind != Kind::Global).then_some(usize::from(namespace)),
                    owners,
                    exists: true,
                    terminating,
                    finalizers: names
                        .into_iter()
                        .filter(|(is, _)| *is)
                        .map(|(_, name)| name)
                        .collect(),
                }
            },
        )
}

fn clusters(variety: Variety) -> impl Strategy<Value = Kubernetes> {
    (1usize..9).prop_flat_map(move |count| {
        prop::collection::vec(object(FIXED + count, variety), count).prop_map(|random| {
            let fixed = |kind| Object {
                kind,
                namespace: None,
                owners: vec![],
                exists: true,
                terminating: false,
                finalizers: BTreeSet::new(),
            };
            let mut objects = vec![
                fixed(Kind::Namespace),
                fixed(Kind::Namespace),
                fixed(Kind::Definition),
            ];
            objects.extend(random);
            keep_immunity_simple(&mut objects);
            Kubernetes { objects }
        })
    })
}

/// An object without a namespace that names an owner in one never blocks an owner, whose foreground deletion would hang
/// forever (`simulate` assumes that whatever is deleted goes). And it has no other owner: if the first
/// one carries `orphan` and goes with a foreground deletion that does not wait for it, it is a race whether its reference is
/// removed, and thus what becomes of dead ones beside it. That is too far from anything real to be worth a rule.
fn keep_immunity_simple(objects: &mut [Object]) {
    let is_namespaced: Vec<bool> = objects
        .iter()
        .map(|object| object.namespace.is_some())
        .collect();
    let namespaced = |reference: &Reference| is_namespaced.get(reference.owner) == Some(&true);
    for (number, object) in objects.iter_mut().enumerate() {
        // Neither does an object block itself.
        for reference in &mut object.owners {
            reference.blocks &= reference.owner != number;
        }
        if object.namespace.is_some() {
            continue;
        }
        let Some(only) = object.owners.iter().copied().find(namespaced) else {
            continue;
        };
        object.owners = vec![Reference {
            blocks: false,
            ..only
        }];
    }
}

fn deletes() -> impl Strategy<Value = Vec<(prop::sample::Index, Propagation)>> {
    let propagation = prop_oneof![
        3 => Just(Propagation::Background),
        2 => Just(Propagation::Foreground),
        2 => Just(Propagation::Orphan)
    ];
    prop::collection::vec((any::<prop::sample::Index>(), propagation), 1..4)
}

/// Kubernetes knows of every kind whether it is namespaced; `simulate` only of objects that it has seen. So an owner that is
/// gone is of no known kind here.
fn forget_namespaces_of_the_gone(kubernetes: &mut Kubernetes) {
    let exists: Vec<bool> = kubernetes
        .objects
        .iter()
        .map(|object| object.exists)
        .collect();
    for reference in kubernetes
        .objects
        .iter_mut()
        .flat_map(|object| &mut object.owners)
    {
        if exists.get(reference.owner) != Some(&true) {
            reference.owner = exists.len();
        }
    }
}

/// Orders the turns of the controllers, differently for each seed.
fn shuffled(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |count| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % count
    }
}

fn name(number: usize) -> String {
    format!("o{number}")
}

/// The cluster as a snapshot sees it: what exists, under the names `o0`, `o1`, …
fn snapshot_of(kubernetes: &Kubernetes) -> Cluster {
    let mut seen = cluster();
    for (number, object) in kubernetes
        .objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.exists)
    {
        let namespace = object.namespace.map(name).unwrap_or_default();
        seen = seen.object(object.kind.text(), &namespace, &name(number));
        if object.kind == Kind::Definition {
            seen = seen.serves(Kind::Other.text());
        }
        for reference in &object.owners {
            seen = seen.owned_by(&name(reference.owner));
            let owner = kubernetes.objects.get(reference.owner);
            seen = seen.of_kind(owner.map_or("Missing.example.com", |owner| owner.kind.text()));
            if reference.blocks {
                seen = seen.blocking();
            }
        }
        for finalizer in &object.finalizers {
            seen = seen.finalizer(finalizer);
        }
        if object.terminating {
            seen = seen.terminating();
        }
    }
    seen
}

/// The deletes that make a plan: each object once, and only what is still there by then.
fn wishes(
    kubernetes: &Kubernetes,
    deletes: &[(prop::sample::Index, Propagation)],
) -> Vec<(usize, Propagation)> {
    let present: Vec<usize> = (0..kubernetes.objects.len())
        .filter(|&number| kubernetes.objects[number].exists)
        .collect();
    let mut seen = BTreeSet::new();
    let chosen = deletes
        .iter()
        .map(|(index, propagation)| (*index.get(&present), *propagation));
    chosen.filter(|(number, _)| seen.insert(*number)).collect()
}

fn plan_wishes(deletes: &[(usize, Propagation)]) -> Vec<Wish> {
    deletes
        .iter()
        .map(|(number, propagation)| delete_with(&name(*number), *propagation))
        .collect()
}

fn number(snapshot: &Snapshot, id: ObjectId) -> usize {
    snapshot.text(snapshot.get(id).unwrap().name())[1..]
        .parse()
        .unwrap()
}

/// What is left according to the effects: objects with whether they are terminating, and their owners.
fn left(
    kubernetes: &Kubernetes,
    snapshot: &Snapshot,
    effects: &[Effect],
    mode: Finalizers,
) -> BTreeMap<usize, (bool, Vec<usize>)> {
    let existing = kubernetes
        .objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.exists);
    let mut left: BTreeMap<_, _> = existing
        .map(|(number, object)| {
            let owners: Vec<usize> = object
                .owners
                .iter()
                .map(|reference| reference.owner)
                .collect();
            (
                number,
                (
                    object.terminating,
                    if object.terminating { vec![] } else { owners },
                ),
            )
        })
        .collect();
    for effect in effects {
        let number = number(snapshot, effect.object);
        if effect.is_gone(mode) {
            left.remove(&number);
        } else if let Some((terminating, owners)) = left.get_mut(&number) {
            *terminating |= effect.operation == Operation::Delete;
            // What becomes of the references of an object that is going does not matter.
            owners
                .retain(|owner: &usize| !*terminating && !effect.unlinked.contains(&name(*owner)));
        }
    }
    left
}

fn left_in(kubernetes: &Kubernetes) -> BTreeMap<usize, (bool, Vec<usize>)> {
    left(kubernetes, &cluster().build(), &[], Finalizers::Act)
}

fn is_real_link(
    snapshot: &Snapshot,
    above: ObjectId,
    below: ObjectId,
    cause: Option<Cause>,
) -> bool {
    let (above, below) = (snapshot.get(above).unwrap(), snapshot.get(below).unwrap());
    let owns = below.owners().iter().any(|owner| owner.uid == above.uid());
    let holds = above.kind().kind == "Namespace" && above.name() == below.namespace();
    let defines = above.kind().kind == "CustomResourceDefinition" && below.kind().kind == "Other";
    match cause {
        Some(Cause::GarbageCollected | Cause::Unlinked) => owns,
        Some(Cause::NamespaceDeleted) => holds,
        Some(Cause::CrdDeleted) => defines,
        _ => owns || holds || defines,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    /// Without races, what `simulate` says is exactly what the garbage collector does, in whatever order it acts.
    #[test]
    fn the_end_is_that_of_kubernetes(
        mut kubernetes in clusters(Variety { races: false }),
        deletes in deletes(),
        seed in any::<u64>(),
    ) {
        let mut order = shuffled(seed);
        kubernetes.run(true, &mut order);
        forget_namespaces_of_the_gone(&mut kubernetes);
        kubernetes.run(true, &mut order);
        let mut deletes = wishes(&kubernetes, &deletes);
        // What is both inside of a container and owned by it is a race, unless both ways of going are the same.
        for (number, propagation) in &mut deletes {
            if *number < FIXED {
                *propagation = Propagation::Background;
            }
        }
        let seen = snapshot_of(&kubernetes);
        let snapshot = seen.build();
        let plan = seen.plan(plan_wishes(&deletes));
        let any = |wanted: Propagation| deletes.iter().any(|(_, propagation)| *propagation == wanted);
        // An orphan that lost another owner shortly before is a race between the plan and the garbage collector.
        let races_the_plan = any(Propagation::Orphan)
            && (any(Propagation::Background) || any(Propagation::Foreground));
        // So is it whether an object that is held blocks the first or only the last of several owners that wait.
        let is_held = |object: &Object| object.owners.len() > 1 && object.finalizers.contains("f");
        let races_itself = any(Propagation::Foreground) && kubernetes.objects.iter().any(is_held);
        let modes = [(Finalizers::Hold, races_itself), (Finalizers::Act, races_the_plan)];
        for (mode, _) in modes.into_iter().filter(|(_, races)| !races) {
            let mut after = kubernetes.clone();
            for (number, propagation) in &deletes {
                // A delete of what is terminating already is not looked at here.
                if !after.objects[*number].terminating {
                    after.delete(*number, Some(*propagation));
                }
                after.run(mode == Finalizers::Act, &mut order);
            }
            let outcome = simulate(&snapshot, &plan, mode);
            prop_assert_eq!(
                left(&kubernetes, &snapshot, &outcome.effects, mode),
                left_in(&after),
                "{:?} {:?}\n{:#?}", mode, deletes, super::lines(&snapshot, &plan, &outcome)
            );
        }
    }

    /// Whatever order the controllers act in, nothing goes because of the plan that `simulate` did not say.
    #[test]
    fn nothing_goes_unsaid(
        mut kubernetes in clusters(Variety { races: true }),
        deletes in deletes(),
        seed in any::<u64>(),
        impatient in any::<bool>(),
    ) {
        let mut order = shuffled(seed);
        kubernetes.run(false, &mut order);
        let deletes = wishes(&kubernetes, &deletes);
        let seen = snapshot_of(&kubernetes);
        let snapshot = seen.build();
        let plan = seen.plan(plan_wishes(&deletes));
        let outcome = simulate(&snapshot, &plan, Finalizers::Act);
        // A delete of what went before is a conflict: such a plan is not judged by its effects.
        if !outcome.conflicts.is_empty() {
            return Ok(());
        }
        let said = left(&kubernetes, &snapshot, &outcome.effects, Finalizers::Act);
        // What is being deleted before the plan goes, even if it is caught in a circle of foreground deletions.
        let mut without = kubernetes.clone();
        for reference in without.objects.iter_mut().flat_map(|object| &mut object.owners) {
            reference.blocks = false;
        }
        without.run(true, &mut order);
        let mut after = kubernetes.clone();
        for (number, propagation) in &deletes {
            after.delete(*number, Some(*propagation));
            after.run(!impatient, &mut order);
        }
        after.run(true, &mut order);
        for number in said.keys() {
            prop_assert!(
                after.objects[*number].exists || !without.objects[*number].exists,
                "o{} went; {:?}\n{:#?}\n{:#?}", number, deletes, super::lines(&snapshot, &plan, &outcome), kubernetes
            );
        }
    }

    #[test]
    fn effects_are_sound(
        kubernetes in clusters(Variety { races: true }),
        deletes in deletes(),
        hold in any::<bool>(),
    ) {
        let mode = if hold { Finalizers::Hold } else { Finalizers::Act };
        let seen = snapshot_of(&kubernetes);
        let (snapshot, plan) = (seen.build(), seen.plan(plan_wishes(&wishes(&kubernetes, &deletes))));
        let outcome = simulate(&snapshot, &plan, mode);
        prop_assert_eq!(&outcome, &simulate(&snapshot, &plan, mode));
        let mut requested = BTreeSet::new();
        let mut deleted = BTreeSet::new();
        let mut gone = BTreeSet::new();
        let mut unlinked = BTreeSet::new();
        for effect in &outcome.effects {
            if effect.cause == Cause::Requested {
                requested.insert(effect.object);
                prop_assert!(effect.path.is_empty());
            } else {
                prop_assert!(requested.contains(&effect.path[0]), "{:?}", effect);
                // With `Hold`, a path can lead through what let a held object go.
                for pair in effect.path.windows(2) {
                    prop_assert!(hold || is_real_link(&snapshot, pair[0], pair[1], None), "{:?}", effect);
                }
                let nearest = *effect.path.last().unwrap();
                let is_second = hold && effect.already_terminating;
                prop_assert!(
                    is_second || is_real_link(&snapshot, nearest, effect.object, Some(effect.cause)),
                    "{:?}", effect
                );
            }
            if effect.operation == Operation::Delete && !effect.already_terminating {
                prop_assert!(deleted.insert(effect.object), "deleted twice: {:?}", effect);
            }
            if effect.is_gone(mode) {
                prop_assert!(gone.insert(effect.object), "gone twice: {:?}", effect);
            } else {
                prop_assert!(!gone.contains(&effect.object), "gone by then: {:?}", effect);
            }
            prop_assert_eq!(effect.cause == Cause::Unlinked, !effect.unlinked.is_empty());
            for uid in &effect.unlinked {
                let owners = snapshot.get(effect.object).unwrap().owners();
                prop_assert!(owners.iter().any(|owner| snapshot.text(owner.uid) == uid));
                prop_assert!(unlinked.insert((effect.object, uid.clone())), "unlinked twice: {:?}", effect);
            }
        }
    }

    /// Deleting what goes anyway takes nothing more along.
    #[test]
    fn consequences_are_closed(kubernetes in clusters(Variety { races: true }), deletes in deletes()) {
        let seen = snapshot_of(&kubernetes);
        let snapshot = seen.build();
        let requested = plan_wishes(&wishes(&kubernetes, &deletes));
        let first = simulate(&snapshot, &seen.plan(requested.clone()), Finalizers::Act);
        let consequences: Vec<Wish> = first
            .effects
            .iter()
            .filter(|effect| effect.operation == Operation::Delete && effect.cause != Cause::Requested)
            .map(|effect| delete(&name(number(&snapshot, effect.object))))
            .filter(|wish| !requested.iter().any(|requested| requested.names(wish)))
            .collect();
        let count = consequences.len();
        let mut wishes = requested;
        wishes.extend(consequences);
        let second = simulate(&snapshot, &seen.plan(wishes), Finalizers::Act);
        prop_assert_eq!(&first.effects, &second.effects);
        prop_assert_eq!(first.conflicts.len() + count, second.conflicts.len());
    }

    /// The order of background deletes does not matter for what goes.
    #[test]
    fn the_order_of_changes_does_not_matter(kubernetes in clusters(Variety { races: false }), deletes in deletes()) {
        let seen = snapshot_of(&kubernetes);
        let snapshot = seen.build();
        let chosen = wishes(&kubernetes, &deletes);
        let mut names: Vec<String> = chosen.iter().map(|(number, _)| name(*number)).collect();
        let mut gone = || {
            let wishes = names.iter().map(|name| delete(name)).collect();
            names.reverse();
            let outcome = simulate(&snapshot, &seen.plan(wishes), Finalizers::Act);
            let deletes = outcome.effects.iter().filter(|effect| effect.operation == Operation::Delete);
            deletes.map(|effect| effect.object).collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(gone(), gone());
    }
}
