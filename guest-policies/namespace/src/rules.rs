//! What is wrong with the namespace of one object.

use crate::places::{Presence, Presences};
use crate::say;
use crate::twins::Twins;
use crate::watched::Operators;
use asogate_aso::settings;
use asogate_policy::{
    Cause, Change, FastMap, Finding, Input, Level, ObjectId, Operation, Row, Step, Symbol,
};
use std::collections::{BTreeMap, HashSet};

/// The namespace that kubectl uses if nothing names one.
const DEFAULT: &str = "default";

struct Judge<'a> {
    input: &'a Input,
    operators: &'a Operators<'a>,
    twins: Twins<'a>,
    presences: Presences<'a>,
}

pub(crate) fn judge(input: &Input) -> Result<Vec<Finding>, String> {
    let operators = Operators::new(input)?;
    let judge = Judge {
        input,
        operators: &operators,
        twins: Twins::new(input, &operators)?,
        presences: Presences::new(input)?,
    };
    let mut found = judge.created();
    // An object that cannot be created where it says is not told a second time that it should be elsewhere.
    let misplaced: HashSet<_> = found.iter().filter_map(Finding::object).collect();
    let differs = judge.differs();
    let elsewhere: HashSet<_> = differs.iter().filter_map(Finding::object).collect();
    found.extend(judge.not_watched(&misplaced));
    found.extend(judge.defaults(&elsewhere));
    let is_new = |finding: &Finding| {
        finding
            .object()
            .is_none_or(|object| !misplaced.contains(&object))
    };
    found.extend(differs.into_iter().filter(is_new));
    Ok(found)
}

impl<'a> Judge<'a> {
    /// The changes that concern v1 or v2 objects, with the operator and the row: after the change, or before it if the object
    /// goes.
    fn changes(&self) -> impl Iterator<Item = (&'a Change, &'static str, Row<'a>, Symbol)> {
        self.input.walk().filter_map(|transition| {
            let change = transition.change;
            let state = if change.deletes() {
                transition.before
            } else {
                transition.after
            };
            let twins = &self.twins;
            let tables = [
                (settings::V2, twins.v2, twins.v2_namespace),
                (settings::V1, twins.v1, twins.v1_namespace),
            ];
            tables.into_iter().find_map(|(operator, table, namespace)| {
                let row = state.row_of(table, change.object)?;
                Some((change, operator, row, row.symbol(namespace)))
            })
        })
    }

    /// `unset` and `absent`: what the API server does with objects that are created.
    fn created(&self) -> Vec<Finding> {
        let mut found = vec![];
        for (change, operator, row, namespace) in self.changes() {
            if change.operation != Operation::Create {
                continue;
            }
            let name = self.input.text(namespace).unwrap_or_default();
            // Only of v2 objects: the row of a v1 object has other columns.
            let twin = || match operator {
                settings::V2 => {
                    let twins = self.twins.of(self.input.after(change.number), row);
                    twins.first().copied()
                }
                _ => None,
            };
            let problem = if name.is_empty() {
                Some(say::unset(operator, twin()))
            } else if self.input.step() == Step::Lint {
                None
            } else {
                match self.presences.before(self.input, change, namespace) {
                    Presence::There => None,
                    presence => Some(say::absent(name, presence, twin())),
                }
            };
            found.extend(problem.map(|problem| problem.about(change.object).at(change.number)));
        }
        found
    }

    /// `not-watched`: once for each object, for the worst that the plan does to it.
    fn not_watched(&self, misplaced: &HashSet<ObjectId>) -> Vec<Finding> {
        let mut worst: BTreeMap<ObjectId, (Level, Finding)> = BTreeMap::new();
        // Namespaces are few, changes are many.
        let mut unwatched: FastMap<(&str, Symbol), Option<&str>> = FastMap::default();
        for (change, operator, _, namespace) in self.changes() {
            let Some(name) = self.input.text(namespace) else {
                continue;
            };
            // Whether v1 is there to act on a pause or a delete of its objects is the question of `skip-reconcile`.
            let is_asked_elsewhere = operator == settings::V1
                && (change.deletes()
                    || [Step::PauseV1, Step::Cleanup].contains(&self.input.step()));
            if is_asked_elsewhere {
                continue;
            }
            let level = match change.operation {
                Operation::Create if misplaced.contains(&change.object) => continue,
                Operation::Create => Level::Deny,
                // What was never claimed has no finalizer and goes at once; what is going already does not wait for us.
                Operation::Delete if !change.awaits_finalizers => continue,
                Operation::Delete if change.already_terminating => continue,
                Operation::Delete => Level::Deny,
                Operation::Update if change.cause != Cause::Requested => continue,
                Operation::Update => Level::Warn,
            };
            let beside = unwatched
                .entry((operator, namespace))
                .or_insert_with(|| self.operators.does_not_watch(operator, name));
            let Some(beside) = *beside else { continue };
            let finding = say::not_watched(operator, name, beside, change.operation)
                .level(level)
                .about(change.object)
                .at(change.number);
            let known = worst.get(&change.object);
            if known.is_none_or(|(known, _)| level < *known) {
                worst.insert(change.object, (level, finding));
            }
        }
        worst.into_values().map(|(_, finding)| finding).collect()
    }

    /// `default`: v2 objects that are created there although v1 has its object, if any, elsewhere too.
    fn defaults(&self, elsewhere: &HashSet<ObjectId>) -> Vec<Finding> {
        let mut found = vec![];
        for (change, operator, row, namespace) in self.changes() {
            let is_new = change.operation == Operation::Create && operator == settings::V2;
            if is_new
                && self.input.text(namespace) == Some(DEFAULT)
                && !elsewhere.contains(&change.object)
                && self
                    .twins
                    .of(self.input.after(change.number), row)
                    .is_empty()
            {
                // Files alone do not show where v1 has its objects.
                let level = match self.input.step() {
                    Step::Lint => Level::Warn,
                    _ => Level::Deny,
                };
                let finding = say::default().level(level);
                found.push(finding.about(change.object).at(change.number));
            }
        }
        found
    }

    /// `differs-from-v1`: v2 objects that the plan touches, none of whose twins is in the same namespace.
    fn differs(&self) -> Vec<Finding> {
        let twins = &self.twins;
        self.input.judge(
            twins.v2,
            |_| false,
            |rows, state| {
                let row = rows.first()?;
                let namespace = row.text(twins.v2_namespace)?;
                let of_v1 = twins.of(state, row);
                let first = *of_v1.first()?;
                let mut namespaces = of_v1.iter().map(|twin| twins.v1_namespace(state, *twin));
                let differs = namespaces.all(|of_v1| of_v1 != Some(namespace));
                let is_new = self.input.now().rows_of(twins.v2, row.object()).is_empty();
                differs.then(|| say::differs(namespace, first, is_new))
            },
        )
    }
}
