//! `duplicate` and `ambiguous`: objects that cannot be matched one to one.

use crate::claims::Ledger;
use crate::objects::{Stands, Walk};
use crate::say;
use crate::scope::Scope;
use asogate_aso::identity::Unidentified;
use asogate_policy::{Finding, Input, ObjectId, Operation};
use std::collections::HashSet;

/// Walks to the end of the plan. Gives the v2 objects that stand for the resource of another one, and those that the plan
/// creates although nobody can tell what they stand for.
pub(crate) fn along<'a>(input: &'a Input, walk: &mut Walk<'a, '_>) -> Vec<Finding> {
    let mut found = vec![];
    let mut told: HashSet<ObjectId> = HashSet::new();
    for transition in input.walk() {
        let change = transition.change;
        if let Some(first) = walk.apply(&transition) {
            told.insert(change.object);
            found.push(say::duplicate(first).about(change.object).at(change.number));
        }
        if change.operation == Operation::Create
            && let Some(Stands::Unknown(reason)) = walk.stands(change.object)
            && let Some(problem) = say::unidentified_v2(reason)
        {
            found.push(problem.about(change.object).at(change.number));
        }
    }
    // What was double before the plan concerns an import that touches one of the two.
    for objects in walk.shared() {
        let is_told = objects.iter().any(|object| told.contains(object));
        let touched = objects.iter().position(|object| input.touches(*object));
        if let (Some(position), false) = (touched, is_told) {
            let other = objects.iter().enumerate();
            let other = other
                .filter(|(index, _)| *index != position)
                .map(|(_, other)| *other)
                .min();
            if let (Some(object), Some(other)) = (objects.get(position), other) {
                found.push(say::duplicate(other).about(*object).standing());
            }
        }
    }
    found
}

/// v1 objects that the import is about and that stand for one resource, or for none that is known.
pub(crate) fn of_v1(ledger: &Ledger<'_>, scope: &Scope) -> Vec<Finding> {
    let mut found = vec![];
    for (object, namespace, reason) in &ledger.unidentified {
        if let Some(change) = scope.of_namespace(*namespace) {
            found.push(unidentified_v1(*object, reason).at(change));
        }
    }
    for claims in ledger.shared() {
        let Some((first, others)) = claims.split_first() else {
            continue;
        };
        for claim in others {
            // An object may list a subnet twice.
            if claim.object != first.object
                && let Some((_, change)) = scope.of_claim(claim)
            {
                let problem = say::shared_by_v1(claim, first.object);
                found.push(problem.about(claim.object).at(change));
            }
        }
    }
    found
}

pub(crate) fn unidentified_v1(object: ObjectId, reason: &Unidentified) -> Finding {
    say::unidentified_v1(reason).about(object)
}
