//! What is wrong with the credentials of the objects of a plan.

use crate::credentials::{Credentials, Defect, Scope, Subscription};
use crate::home::{self, Homes};
use crate::say;
use asogate_aso::annotations::{CREDENTIAL_FROM, RESOURCE_ID, column};
use asogate_aso::v2::V2Owner;
use asogate_policy::{
    Column, FastMap, Finding, Input, Level, Moment, ObjectId, Row, State, Step, Symbol,
};
use asogate_twins::{UNKNOWN_SUBSCRIPTION, V2Objects, place};
use std::collections::{BTreeMap, HashMap, HashSet};

struct Judge<'a> {
    input: &'a Input,
    v2: V2Objects<'a>,
    credentials: Credentials<'a>,
    from: Column,
    resource_id: Column,
    /// Objects that the plan touches and that are there at the end, with their last change.
    last: BTreeMap<ObjectId, u32>,
    homes: HashMap<String, Homes>,
    /// Where v1 has what the objects stand for that name their owner by its id.
    places: HashMap<String, Homes>,
}

/// A problem in one state.
struct Problem {
    object: ObjectId,
    /// The change at which it is told if it is new.
    change: u32,
    finding: Finding,
}

pub(crate) fn judge(input: &Input) -> Result<Vec<Finding>, String> {
    let v2 = V2Objects::new(input)?;
    let end = input.after_all();
    let changes = input.changes().iter();
    let changes = changes.filter(|change| end.row_of(v2.table, change.object).is_some());
    let mut judge = Judge {
        input,
        credentials: Credentials::new(input)?,
        from: v2.table.column(&column(CREDENTIAL_FROM))?,
        resource_id: v2.table.column(&column(RESOURCE_ID))?,
        last: changes
            .map(|change| (change.object, change.number))
            .collect(),
        v2,
        homes: HashMap::new(),
        places: HashMap::new(),
    };
    let groups = judge.last.keys().filter_map(|&object| {
        let row = end.row_of(judge.v2.table, object)?;
        judge.group(row)
    });
    judge.homes = home::of_groups(input, groups.collect::<Vec<_>>().into_iter())?;
    let states = [input.now(), end];
    let places = states.into_iter().flat_map(|state| {
        let rows = judge.last.keys();
        let rows =
            rows.filter_map(move |&object| Some((state, state.row_of(judge.v2.table, object)?)));
        rows.filter_map(|(state, row)| judge.written(state, row))
    });
    let places: Vec<String> = places.map(|(place, _)| place).collect();
    judge.places = home::of_places(input, places.into_iter())?;
    let before = judge.problems(input.now());
    let key = |problem: &Problem| (problem.object, problem.finding.code());
    let before: HashSet<_> = before.iter().map(key).collect();
    let found = judge.problems(end).into_iter().map(|problem| {
        let moment = if before.contains(&key(&problem)) {
            Moment::Standing
        } else {
            Moment::Change(problem.change)
        };
        problem.finding.about(problem.object).moment(moment)
    });
    Ok(found.collect())
}

/// The objects that use one credential.
struct Users<'a> {
    scope: Scope,
    rows: Vec<Row<'a>>,
}

impl<'a> Judge<'a> {
    /// The name in Azure of a resource group, in lower case.
    fn group(&self, row: Row<'a>) -> Option<String> {
        let kind = self.v2.kind(row)?;
        let is_group = kind.owner == V2Owner::Subscription && kind.kind == "ResourceGroup";
        let object = self.v2.object(row, None).filter(|_| is_group)?;
        Some(object.name_in_azure(kind).to_lowercase())
    }

    /// What an object with `spec.owner.armId` stands for, without its subscription, and the subscription.
    fn written(&self, state: State<'a>, row: Row<'a>) -> Option<(String, String)> {
        self.v2.object(row, None)?.owner.arm_id?;
        let id = self.v2.identify(state, row).ok()?;
        Some((place(&id), id.subscription()?.to_lowercase()))
    }

    /// Whether v1 has the resource that an object stands for, but in other subscriptions only: one of them, and the v1 object.
    fn abroad(&self, state: State<'a>, row: Row<'a>) -> Option<(String, Abroad)> {
        let (place, subscription) = self.written(state, row)?;
        let homes = self.places.get(&place)?;
        if homes.contains_key(&subscription) || homes.contains_key(UNKNOWN_SUBSCRIPTION) {
            return None;
        }
        let (home, object) = homes.iter().next()?;
        let abroad = Abroad {
            home: home.clone(),
            object: *object,
        };
        Some((subscription, abroad))
    }

    /// The name that `credential-from` gives.
    fn named(&self, row: Row<'a>) -> Option<&'a str> {
        row.text(self.from).filter(|name| !name.is_empty())
    }

    fn problems(&self, state: State<'a>) -> Vec<Problem> {
        let rows: Vec<Row<'a>> = self
            .last
            .keys()
            .filter_map(|&object| state.row_of(self.v2.table, object))
            .collect();
        let mut problems = vec![];
        let (crossing, rows): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|row| self.named(*row).is_some_and(|name| name.contains('/')));
        for row in crossing {
            let name = self.named(row).unwrap_or_default();
            problems.push(self.problem(row, say::cross_namespace(name)));
        }
        // Files alone do not show which Secrets there are.
        if self.input.step() == Step::Lint {
            return problems;
        }
        let names = rows.iter().filter(|row| self.named(**row).is_some());
        let names = names.map(|row| (row.symbol(self.v2.namespace), row.symbol(self.from)));
        let secrets = self.credentials.find(state, names);
        let mut users: Vec<Users<'a>> = vec![];
        let mut positions: FastMap<Scope, usize> = FastMap::default();
        for row in rows {
            let scope = self.scope(&secrets, row);
            let position = *positions.entry(scope).or_insert_with(|| {
                users.push(Users {
                    scope,
                    rows: vec![],
                });
                users.len() - 1
            });
            if let Some(users) = users.get_mut(position) {
                users.rows.push(row);
            }
        }
        for users in users {
            problems.extend(self.users(state, &secrets, &users));
        }
        problems
    }

    fn scope(&self, secrets: &FastMap<(Symbol, Symbol), ObjectId>, row: Row<'a>) -> Scope {
        let namespace = row.symbol(self.v2.namespace);
        match self.named(row) {
            Some(_) => Scope::Named(namespace, row.symbol(self.from)),
            None if self.credentials.of_namespace(secrets, namespace).is_some() => {
                Scope::Namespace(namespace)
            }
            None => Scope::Global,
        }
    }

    fn problem(&self, row: Row<'a>, finding: Finding) -> Problem {
        let object = row.object();
        Problem {
            object,
            change: self.last.get(&object).copied().unwrap_or(1),
            finding,
        }
    }

    /// What is wrong with one credential, for everybody who uses it.
    fn users(
        &self,
        state: State<'a>,
        secrets: &FastMap<(Symbol, Symbol), ObjectId>,
        users: &Users<'a>,
    ) -> Vec<Problem> {
        let Some(first) = users.rows.first() else {
            return vec![];
        };
        let secret = match users.scope {
            Scope::Named(namespace, name) => secrets.get(&(namespace, name)).copied(),
            Scope::Namespace(namespace) => self.credentials.of_namespace(secrets, namespace),
            Scope::Global => return self.global(state, &users.rows),
        };
        let defect = match secret {
            None => Some(Defect::Absent),
            Some(secret) => self.credentials.defect(state, secret),
        };
        if let Some(defect) = defect {
            let others: Vec<ObjectId> = users.rows.iter().skip(1).map(|row| row.object()).collect();
            let named = self.named(*first);
            let finding = say::missing(named, &defect, secret, &others);
            return vec![self.problem(*first, finding)];
        }
        let Some(secret) = secret else { return vec![] };
        let subscription = self.credentials.subscription(state, secret);
        self.mismatches(state, &users.rows, subscription, Some(secret))
    }

    fn global(&self, state: State<'a>, rows: &[Row<'a>]) -> Vec<Problem> {
        let mut by_namespace: BTreeMap<Symbol, Vec<Row<'a>>> = BTreeMap::new();
        for row in rows {
            let namespace = row.symbol(self.v2.namespace);
            by_namespace.entry(namespace).or_default().push(*row);
        }
        let mut problems = vec![];
        for (namespace, rows) in by_namespace {
            match self.credentials.global(namespace) {
                Ok(subscription) => {
                    problems.extend(self.mismatches(state, &rows, subscription, None));
                }
                Err(_) => {
                    let Some(first) = rows.first() else { continue };
                    let others: Vec<ObjectId> =
                        rows.iter().skip(1).map(|row| row.object()).collect();
                    let known = self.credentials.knows_operators();
                    problems.push(self.problem(*first, say::no_global(known, &others)));
                }
            }
        }
        problems
    }

    /// Objects whose resource is in another subscription than the credential.
    fn mismatches(
        &self,
        state: State<'a>,
        rows: &[Row<'a>],
        subscription: Subscription<'a>,
        secret: Option<ObjectId>,
    ) -> Vec<Problem> {
        let mut problems = vec![];
        let mut not_compared = vec![];
        for row in rows {
            // Whatever its credential is of, it is not of what v1 has.
            if let Some((written, abroad)) = self.abroad(state, *row) {
                problems.push(self.problem(*row, say::abroad(&written, &abroad)));
                continue;
            }
            let Some(home) = self.home(state, *row) else {
                continue;
            };
            match subscription {
                Subscription::Known(known) if home.is_in(known) => {}
                Subscription::Known(known) => {
                    let finding = say::mismatch(&home, Some(known), secret);
                    problems.push(self.problem(*row, finding));
                }
                Subscription::Another if self.credentials.is_comparable(&home.subscription) => {
                    problems.push(self.problem(*row, say::mismatch(&home, None, secret)));
                }
                Subscription::Another | Subscription::Unknown => not_compared.push((*row, home)),
            }
        }
        // Once for the credential: nothing more is known of any of its users.
        if let Some((row, home)) = not_compared.first() {
            let others: Vec<ObjectId> = not_compared
                .iter()
                .skip(1)
                .map(|(row, _)| row.object())
                .collect();
            let finding = say::not_compared(home, secret, &others).level(Level::Warn);
            problems.push(self.problem(*row, finding));
        }
        problems
    }

    /// The subscription that a resource is in; none if nothing says so, or if its owner says it already.
    fn home(&self, state: State<'a>, row: Row<'a>) -> Option<Home> {
        let object = self.v2.object(row, None)?;
        let written = object.owner.arm_id.and_then(home::subscription);
        if let Some(subscription) = written {
            return Some(Home {
                subscription: subscription.to_owned(),
                others: vec![],
                by: By::Owner,
            });
        }
        if let Some(owner) = self.v2.owner(state, row)
            && self.last.contains_key(&owner.object())
            && self.named(owner) == self.named(row)
        {
            return None;
        }
        if let Some(group) = self.group(row)
            && let Some(homes) = self.homes.get(&group)
            && let Some((subscription, object)) = homes.iter().next()
        {
            return Some(Home {
                subscription: subscription.clone(),
                others: homes.keys().skip(1).cloned().collect(),
                by: By::V1(*object),
            });
        }
        // What an object was claimed with must still be what it is written with.
        let claimed = row.text(self.resource_id).and_then(home::subscription);
        let is_live = self
            .input
            .now()
            .row_of(self.v2.table, row.object())
            .is_some();
        claimed.filter(|_| is_live).map(|subscription| Home {
            subscription: subscription.to_owned(),
            others: vec![],
            by: By::Claim,
        })
    }
}

/// Where v1 has the resource of an object that is in another subscription.
pub(crate) struct Abroad {
    /// The subscription.
    pub(crate) home: String,
    /// v1's object.
    pub(crate) object: ObjectId,
}

/// The subscription that a resource is in.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub(crate) subscription: String,
    /// Others in which v1 has a resource group of this name.
    others: Vec<String>,
    pub(crate) by: By,
}

/// What says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// `spec.owner.armId`.
    Owner,
    /// A v1 object.
    V1(ObjectId),
    /// The annotation `resource-id`.
    Claim,
}

impl Home {
    fn is_in(&self, subscription: &str) -> bool {
        let mut known = std::iter::once(&self.subscription).chain(&self.others);
        known.any(|known| known.eq_ignore_ascii_case(subscription))
    }
}
