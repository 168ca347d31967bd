//! What is wrong with the Secrets that the objects of a plan take values from.

use crate::former::{Former, V1Secret};
use crate::inputs::{Inputs, Reference};
use crate::say;
use crate::secrets::{Name, Secrets};
use asogate_policy::{FastMap, Finding, Input, Moment, ObjectId, State, Step};
use std::collections::{BTreeMap, HashSet};

struct Judge<'a> {
    input: &'a Input,
    inputs: Inputs<'a>,
    secrets: Secrets<'a>,
    former: Former<'a>,
}

pub(crate) fn judge(input: &Input) -> Result<Vec<Finding>, String> {
    let secrets = Secrets::new(input)?;
    let judge = Judge {
        input,
        inputs: Inputs::new(input)?,
        former: Former::new(input, &secrets)?,
        secrets,
    };
    // The last change of every object that is there at the end. v2 tries again until a Secret is there, so that the order of
    // a file does not matter.
    let changes = input.changes().iter();
    let last: BTreeMap<ObjectId, u32> = changes
        .map(|change| (change.object, change.number))
        .collect();
    let (now, end) = (input.now(), input.after_all());
    let there = |object: &ObjectId| end.row_of(judge.former.v2.table, *object).is_some();
    let objects: Vec<ObjectId> = last.keys().copied().filter(there).collect();
    let before = judge.problems(now, &objects);
    let before: HashSet<_> = before.iter().map(Problem::key).collect();
    let mut found = vec![];
    for problem in judge.problems(end, &objects) {
        let known = before.contains(&problem.key());
        let object = problem.object;
        let moment = match last.get(&object) {
            Some(&change) if !known => Moment::Change(change),
            _ => Moment::Standing,
        };
        found.push(problem.finding.about(object).moment(moment));
    }
    Ok(found)
}

/// A problem of one object in one state.
struct Problem {
    object: ObjectId,
    /// Where: two problems of one code at one place are the same.
    path: String,
    finding: Finding,
}

impl Problem {
    fn key(&self) -> (ObjectId, &str, &'static str) {
        (self.object, &self.path, self.finding.code())
    }
}

impl<'a> Judge<'a> {
    fn problems(&self, state: State<'a>, objects: &[ObjectId]) -> Vec<Problem> {
        let references: Vec<(ObjectId, Vec<Reference<'a>>)> = objects
            .iter()
            .filter_map(|&object| {
                let row = state.row_of(self.former.v2.table, object)?;
                let kind = self.former.v2.kind(row)?;
                Some((object, self.inputs.of(state, object, kind)))
            })
            .collect();
        let named = references.iter().flat_map(|(_, references)| references);
        let names = named.map(|reference| (reference.namespace, reference.name));
        let secrets = self.secrets.find(state, names);
        let mut problems = vec![];
        for (object, references) in references {
            if let Some(field) = self.former.lacks(state, object) {
                let former = self.password(state, object, field);
                problems.push(Problem {
                    object,
                    path: format!("spec.{field}"),
                    finding: say::not_configured(field, former),
                });
            }
            // Files alone do not show which Secrets there are.
            if self.input.step() == Step::Lint {
                continue;
            }
            for reference in &references {
                let former = self.password(state, object, reference.field);
                let findings = self.reference(state, &secrets, reference, former);
                problems.extend(findings.into_iter().map(|finding| Problem {
                    object,
                    path: reference.path.clone(),
                    finding,
                }));
            }
            problems.extend(self.roles(state, object).map(|finding| Problem {
                object,
                path: "spec.roles".to_owned(),
                finding,
            }));
            problems.extend(self.login(state, object).map(|finding| Problem {
                object,
                path: "spec.administratorLogin".to_owned(),
                finding,
            }));
        }
        problems
    }

    fn password(&self, state: State<'a>, object: ObjectId, field: &str) -> Option<V1Secret> {
        let now = self.input.now();
        self.former
            .password(&self.secrets, now, state, object, field)
    }

    /// What is wrong with one place that names a Secret.
    fn reference(
        &self,
        state: State<'a>,
        secrets: &FastMap<Name, ObjectId>,
        reference: &Reference<'a>,
        former: Option<V1Secret>,
    ) -> Vec<Finding> {
        let Some(&secret) = secrets.get(&(reference.namespace, reference.name)) else {
            return vec![say::missing_secret(reference, former)];
        };
        let mut found = vec![];
        if let Some(by) = self.secrets.v1_owner(state, secret) {
            found.push(say::owned_by_v1(reference, secret, by));
        }
        if reference.key.is_absent() {
            return found;
        }
        match self.secrets.value(state, secret, reference.key) {
            None => found.push(say::missing_key(reference, secret)),
            Some(value) if value.is_empty => found.push(say::empty(reference, secret)),
            Some(value) => {
                let held = former.and_then(|former| {
                    let now = self.input.now();
                    self.secrets.value_of(now, former.secret, "password")
                });
                if let (Some(held), Some(former)) = (held, former)
                    && !held.class.is_absent()
                    && !value.class.is_absent()
                    && held.class != value.class
                {
                    found.push(say::differs(reference, secret, former));
                }
            }
        }
        found
    }

    /// v2 takes away every role that it is not told of (FACTS, stage 3).
    fn roles(&self, state: State<'a>, object: ObjectId) -> Option<Finding> {
        let former = self.password(state, object, "localUser.password")?;
        let now = self.input.now();
        let lost = self.former.lost_roles(now, state, former.by, object);
        (!lost.is_empty()).then(|| say::roles_lost(&lost, former))
    }

    /// The login of a SQL server is the one that v1 made up: Azure refuses another one.
    fn login(&self, state: State<'a>, object: ObjectId) -> Option<Finding> {
        let login = self.former.login(state, object)?;
        let former = self.password(state, object, "administratorLoginPassword")?;
        let now = self.input.now();
        let held = self.secrets.value_of(now, former.secret, "username")?;
        let held = held.class.present()?;
        (held != login).then(|| say::login_differs(former))
    }
}
