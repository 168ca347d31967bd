//! `missing`: what v1 manages and no v2 object stands for.

use crate::claims::{Claim, Ledger, V1, place};
use crate::doubles;
use crate::objects::{V2, Walk};
use crate::say;
use crate::scope::Scope;
use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::Unidentified;
use asogate_policy::{Finding, Input, ObjectId};
use std::collections::HashSet;

/// What is still missing when the import is done, below its roots and in its namespaces.
pub(crate) fn at_import(ledger: &Ledger<'_>, walk: &Walk<'_, '_>, scope: &Scope) -> Vec<Finding> {
    let mut found = vec![];
    // Where an object's own resource is missing, its parts go without saying.
    let mut whole: HashSet<ObjectId> = HashSet::new();
    let brought = brought(walk);
    for claim in &ledger.claims {
        if !is_missing(claim, walk) || whole.contains(&claim.object) {
            continue;
        }
        if brought.contains(place(&claim.id.canonical())) {
            continue;
        }
        if claim.part.is_none() {
            whole.insert(claim.object);
        }
        if let Some((level, change)) = scope.of_claim(claim) {
            let finding = say::missing(claim).level(level);
            found.push(finding.about(claim.object).at(change));
        }
    }
    for (database, user) in ledger.users.unmatched(|database| walk.users(database)) {
        let at = ArmId::parse(database)
            .ok()
            .and_then(|id| scope.of(&id, user.namespace));
        if let Some((level, change)) = at {
            let finding = say::missing_user(&user).level(level);
            found.push(finding.about(user.object).at(change));
        }
    }
    found
}

/// What the plan creates an object for, without its subscription. If it is in another one than v1's, `credential-scope`
/// says so; if the object does not stay, because its owner reference leads nowhere, `clean-manifest` does.
fn brought(walk: &Walk<'_, '_>) -> HashSet<String> {
    let created = walk.objects.created();
    let ids = created.filter_map(|(_, state, row)| walk.objects.identify(state, row).ok());
    ids.map(|id| place(&id.canonical()).to_owned()).collect()
}

fn is_missing(claim: &Claim, walk: &Walk<'_, '_>) -> bool {
    claim.has_successor && !walk.has(claim.key)
}

/// What a cleanup deletes although nothing of v2 stands for it, at the moment at which it goes.
pub(crate) fn at_cleanup<'a>(input: &'a Input, v1: &V1<'a>, objects: &V2<'a>) -> Vec<Finding> {
    let mut found = vec![];
    let mut walk = Walk::new(input, objects);
    for transition in input.walk() {
        walk.apply(&transition);
        let change = transition.change;
        let row = v1.row(transition.before, change.object);
        let Some(row) = row.filter(|_| change.deletes()) else {
            continue;
        };
        if v1
            .only(transition.before, row)
            .is_some_and(|id| walk.has(id))
        {
            continue;
        }
        let problems: Vec<Finding> = match v1.claims(transition.before, row) {
            Ok(claims) => {
                let missing = claims.iter().filter(|claim| is_missing(claim, &walk));
                let mut missing = missing.peekable();
                let is_whole = missing.peek().is_some_and(|claim| claim.part.is_none());
                let told = if is_whole { 1 } else { usize::MAX };
                missing.take(told).map(say::deleted).collect()
            }
            Err(Unidentified::NotArm) => {
                let user = v1.user(row);
                let has_none = user.is_some_and(|(database, _)| walk.users(&database).is_empty());
                has_none.then(say::deleted_user).into_iter().collect()
            }
            Err(_) if v1.has_no_successor(row) => vec![],
            Err(reason) => vec![doubles::unidentified_v1(change.object, &reason)],
        };
        let at = |problem: Finding| problem.about(change.object).at(change.number);
        found.extend(problems.into_iter().map(at));
    }
    found
}
