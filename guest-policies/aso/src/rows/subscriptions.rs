//! Which subscription is taken where none is said.

use crate::operators::Operators;
use asogate_policy::{Input, Table};

/// What stands for a subscription of which nothing at all is known: the same for both operators, so that ids differ only in
/// everything else.
const UNKNOWN: &str = "unknown";

/// The subscriptions of objects that say none. Where that of a credential is not known, the only one that occurs is taken, so
/// that objects meet rather than miss each other; where several occur, none is: an id would be a guess.
#[derive(Clone, Copy, Debug)]
pub struct Subscriptions<'a> {
    pub(super) of_v1: Option<&'a str>,
    pub(super) assumed: Option<&'a str>,
}

impl<'a> Subscriptions<'a> {
    /// From the settings of the operators, and from what v1 wrote into its objects (a table with `status.resourceId`).
    ///
    /// # Errors
    ///
    /// If the column was not asked for.
    pub fn new(
        input: &'a Input,
        operators: &Operators<'a>,
        v1: Table<'a>,
    ) -> Result<Subscriptions<'a>, String> {
        let status = v1.column("status.resourceId")?;
        let of_operator = operators.v1_subscription();
        let stated = input.now().rows(v1).filter_map(|row| row.text(status));
        let stated = stated.filter_map(|id| id.split('/').nth(2));
        let mut known: Vec<&'a str> = of_operator.into_iter().collect();
        for subscription in stated {
            if !known
                .iter()
                .any(|other| other.eq_ignore_ascii_case(subscription))
            {
                known.push(subscription);
            }
        }
        let assumed = match known.as_slice() {
            [] => Some(UNKNOWN),
            [only] => Some(*only),
            _ => None,
        };
        Ok(Subscriptions {
            of_v1: of_operator.or(assumed),
            assumed,
        })
    }
}
