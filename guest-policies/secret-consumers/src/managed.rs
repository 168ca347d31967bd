//! `source-not-ready`: whether v2 looks after the object whose export a workload reads from now on.

use crate::owned;
use crate::say_swap::{self, Place};
use asogate_aso::operators::Operators;
use asogate_aso::rows::{ReconcilePolicies, operators, operators_selector};
use asogate_policy::{Column, Finding, Input, ObjectId, Row, Selector, State, Table};

const CONDITIONS: &str = "conditions";
const COLUMNS: [&str; 3] = [
    "status.conditions[*].type",
    "status.conditions[*].status",
    "status.conditions[*].reason",
];

/// Further columns of the table of v2 objects.
pub(crate) fn columns() -> impl Iterator<Item = String> {
    let [_, policy] = ReconcilePolicies::columns();
    [owned::DELETION.to_owned(), policy].into_iter()
}

pub(crate) fn reads() -> [Selector; 3] {
    [
        Selector::objects(CONDITIONS, "*.azure.com", "*", COLUMNS),
        ReconcilePolicies::selector(),
        operators_selector(),
    ]
}

/// What v2 does with its objects, and says of them.
pub(crate) struct Managed<'a> {
    v2: Table<'a>,
    policies: ReconcilePolicies<'a>,
    conditions: (Table<'a>, [Column; 3]),
}

impl<'a> Managed<'a> {
    pub(crate) fn new(input: &'a Input, v2: Table<'a>) -> Result<Managed<'a>, String> {
        let operators: Operators<'a> = operators(input)?;
        let conditions = input.table(CONDITIONS)?;
        Ok(Managed {
            v2,
            policies: ReconcilePolicies::new(input, operators, v2)?,
            conditions: (conditions, conditions.columns(COLUMNS)?),
        })
    }

    /// What is wrong with the v2 objects among the owners of a Secret or ConfigMap that is read from now on. One that v2 manages
    /// and that is ready is enough.
    pub(crate) fn problem(
        &self,
        state: State<'a>,
        place: Place<'_>,
        holder: ObjectId,
        owners: impl Iterator<Item = ObjectId>,
    ) -> Option<Finding> {
        let rows = owners.filter_map(|owner| state.row_of(self.v2, owner));
        let problems = rows.map(|row| (row.object(), self.what(state, row)));
        let problems: Vec<(ObjectId, Option<String>)> = problems.collect();
        if problems.iter().any(|(_, problem)| problem.is_none()) {
            return None;
        }
        let (owner, problem) = problems.into_iter().next()?;
        match problem?.as_str() {
            "" => Some(say_swap::not_adopted(place, holder, owner)),
            reason => Some(say_swap::not_ready(place, reason, holder, owner)),
        }
    }

    /// Nothing; an empty text for an object under `skip`; else why it is not ready.
    fn what(&self, state: State<'a>, row: Row<'a>) -> Option<String> {
        if !self.policies.effective(state, row).policy.puts() {
            return Some(String::new());
        }
        let (table, [of_type, status, reason]) = self.conditions;
        let mut rows = state.rows_of(table, row.object());
        match rows.find(|row| row.text(of_type) == Some("Ready")) {
            Some(row) if row.text(status) == Some("True") => None,
            Some(row) => Some(row.text(reason).unwrap_or("no reason given").to_owned()),
            None => Some("no condition `Ready`".to_owned()),
        }
    }
}
