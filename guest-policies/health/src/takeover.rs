//! v2 objects that are about to manage a resource, or to manage it alone.

use crate::ready::Conditions;
use asogate_aso::rows::{Both, PlaceKey};
use asogate_policy::{Finding, Input, ObjectId, Row, State, Step, Transition, finding};
use std::collections::{BTreeSet, HashSet};

struct Judge<'b, 'a> {
    input: &'a Input,
    both: &'b Both<'a>,
    conditions: Conditions<'a>,
    /// Objects about which a finding speaks already.
    told: BTreeSet<ObjectId>,
}

pub(crate) fn judge<'a>(input: &'a Input, both: &Both<'a>) -> Result<Vec<Finding>, String> {
    let mut judge = Judge {
        input,
        both,
        conditions: Conditions::new(input, &both.v2)?,
        told: BTreeSet::new(),
    };
    let mut namespaces = HashSet::new();
    let mut findings = judge.adopted(&mut namespaces);
    if input.step() == Step::Adopt {
        findings.extend(judge.beside(&namespaces));
    }
    findings.extend(judge.left_alone());
    Ok(findings)
}

impl<'a> Judge<'_, 'a> {
    /// What is wrong with an object as it is before the plan. None of one that the plan creates: v2 cannot have seen it.
    fn problem(&self, object: ObjectId) -> Option<Finding> {
        let now = self.input.now();
        let row = now.row_of(self.both.v2.table, object)?;
        self.conditions.problem(now, row)
    }

    fn puts(&self, state: State<'a>, row: Row<'a>) -> bool {
        self.both.policies.effective(state, row).policy.puts()
    }

    /// Objects that the plan releases from `skip`, with the change that does.
    fn adopted(&mut self, namespaces: &mut HashSet<&'a str>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for transition in self.input.walk() {
            let of_namespace = self.both.policies.of_changed_namespace(&transition);
            let objects = of_namespace.iter().chain([&transition.change.object]);
            for &object in objects {
                let Some(row) = self.released(&transition, object) else {
                    continue;
                };
                namespaces.insert(self.both.policies.namespace(row));
                let Some(found) = self.problem(object) else {
                    continue;
                };
                if self.told.insert(object) {
                    let why = match found.code() {
                        "azure-not-found" => {
                            "released from `skip`, v2 creates a new and empty resource there, and the one that v1 managed is left without anybody"
                        }
                        "not-observed" => {
                            "nothing shows that v2 finds the resource with its credential, and what it does with it after the release"
                        }
                        _ => {
                            "released from `skip`, v2 writes to Azure all the same, and what workloads are to read may never be exported"
                        }
                    };
                    let number = transition.change.number;
                    findings.push(found.why(why).about(object).at(number));
                }
            }
        }
        findings
    }

    /// The row of an object that a change releases from `skip`.
    fn released(&self, transition: &Transition<'a>, object: ObjectId) -> Option<Row<'a>> {
        let table = self.both.v2.table;
        let before = transition.before.row_of(table, object)?;
        let after = transition.after.row_of(table, object)?;
        let released = !self.puts(transition.before, before) && self.puts(transition.after, after);
        released.then_some(after)
    }

    /// What was adopted before in the same namespaces and is not well: a reason not to adopt more. Only objects of which v1 still has
    /// a twin are part of the migration.
    fn beside(&mut self, namespaces: &HashSet<&'a str>) -> Vec<Finding> {
        let now = self.input.now();
        let rows = now.rows(self.both.v2.table);
        let unwell: Vec<(Row<'a>, Finding)> = rows
            .filter(|row| namespaces.contains(self.both.policies.namespace(*row)))
            .filter(|row| !self.told.contains(&row.object()) && self.puts(now, *row))
            .filter_map(|row| Some((row, self.conditions.problem(now, row)?)))
            .collect();
        if unwell.is_empty() {
            return vec![];
        }
        let of_v1 = now.rows(self.both.v1.table);
        let of_v1 = of_v1.filter_map(|row| self.both.places_of_v1(now, row).ok());
        let keys: HashSet<PlaceKey> = of_v1.flatten().map(|place| place.key).collect();
        let mut findings = Vec::new();
        for (row, found) in unwell {
            let places = self.both.places_of_v2(now, row).unwrap_or_default();
            if places.into_iter().any(|place| keys.contains(&place.key)) {
                self.told.insert(row.object());
                let why = "it was adopted before and is not well; what is wrong with it may be wrong with what this step adopts, too";
                findings.push(found.why(why).about(row.object()).standing());
            }
        }
        findings
    }

    /// The v2 twins of v1 objects that go.
    fn left_alone(&mut self) -> Vec<Finding> {
        let (input, both) = (self.input, self.both);
        let mut findings = Vec::new();
        let mut twins: Option<ByPlace> = None;
        for transition in input.walk() {
            let gone = transition.removed(both.v1.table).first();
            let Some(gone) = gone.filter(|_| transition.change.deletes()) else {
                continue;
            };
            let twins = twins.get_or_insert_with(|| self.by_place());
            let places = both
                .places_of_v1(transition.before, gone)
                .unwrap_or_default();
            for place in places {
                findings.extend(self.alone(&transition, twins.of(place.key)));
            }
        }
        findings
    }

    /// What is wrong with those that stand for one resource when its v1 object goes.
    fn alone(
        &mut self,
        transition: &Transition<'a>,
        twins: impl Iterator<Item = ObjectId>,
    ) -> Vec<Finding> {
        let before = transition.before;
        let there = twins.filter_map(|twin| before.row_of(self.both.v2.table, twin));
        let there: Vec<Row<'a>> = there.collect();
        let managing: Vec<Row<'a>> = there
            .iter()
            .copied()
            .filter(|row| self.puts(before, *row))
            .collect();
        let mut findings = Vec::new();
        if managing.is_empty()
            && let Some(twin) = there.first()
            && self.told.insert(twin.object())
        {
            findings.push(not_adopted().about(twin.object()));
        }
        for row in managing {
            if let Some(found) = self.problem(row.object())
                && self.told.insert(row.object())
            {
                let why = "when the v1 object is gone there is no way back to v1, and v2 does not manage the resource as it should";
                findings.push(found.why(why).about(row.object()));
            }
        }
        let change = transition.change;
        findings
            .into_iter()
            .map(|found| found.related(change.object).at(change.number))
            .collect()
    }

    fn by_place(&self) -> ByPlace {
        let now = self.input.now();
        let mut places = vec![];
        for row in now.rows(self.both.v2.table) {
            for place in self.both.places_of_v2(now, row).unwrap_or_default() {
                places.push((place.key, row.object()));
            }
        }
        places.sort_unstable();
        ByPlace(places)
    }
}

/// The v2 objects before the plan by what they manage, sorted.
struct ByPlace(Vec<(PlaceKey, ObjectId)>);

impl ByPlace {
    fn of(&self, place: PlaceKey) -> impl Iterator<Item = ObjectId> {
        let start = self.0.partition_point(|known| known.0 < place);
        let same = self.0.iter().skip(start);
        same.take_while(move |known| known.0 == place)
            .map(|known| known.1)
    }
}

fn not_adopted() -> Finding {
    finding("not-adopted")
        .column("metadata.annotations[serviceoperator.azure.com/reconcile-policy]")
        .message("is still under `skip` while {1.object} goes")
        .why("nobody manages the resource any more when the v1 object is gone")
        .command("asogate check adopt -n {namespace}")
        .advice(
            "adopt it first, and see it `Ready` and its workloads moved; then delete the v1 object",
        )
}
