//! Which subscription is taken where none is said.

use super::V2Objects;
use super::ids::subscription_of;
use super::v1_objects::RESOURCE_ID as V1_RESOURCE_ID;
use crate::operators::Operators;
use crate::settings::SUBSCRIPTION_ID;
use asogate_policy::{Input, Part, Table};

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
    /// From the settings of the operators, and from what v1 wrote into its objects (a table with `status.resourceId`); where
    /// neither says anything of v1, from what v2 objects say.
    ///
    /// # Errors
    ///
    /// If the column was not asked for.
    pub fn new(
        input: &'a Input,
        operators: &Operators<'a>,
        v1: Table<'a>,
        v2: &V2Objects<'a>,
    ) -> Result<Subscriptions<'a>, String> {
        let status = v1.column(V1_RESOURCE_ID)?;
        let of_operator = operators.v1_subscription();
        let mut known = Known::default();
        for operator in operators.v1() {
            operator
                .values(SUBSCRIPTION_ID)
                .for_each(|id| known.add(id));
        }
        let mut is_new = last_seen(input);
        let stated = input.now().rows(v1).filter_map(|row| row.part(status));
        stated
            .filter(|part| is_new(*part))
            .filter_map(|part| subscription_of(input, part))
            .for_each(|subscription| known.add(subscription));
        if known.0.is_empty() {
            for operator in operators.v2() {
                operator
                    .values(SUBSCRIPTION_ID)
                    .for_each(|id| known.add(id));
            }
            let mut is_new = last_seen(input);
            for row in input.now().rows(v2.table) {
                let claimed = v2.claim(row).filter(|part| is_new(*part));
                let claimed = claimed.and_then(|part| subscription_of(input, part));
                let of_owner = v2.owner_arm_id(row).and_then(of_id);
                claimed
                    .into_iter()
                    .chain(of_owner)
                    .for_each(|subscription| known.add(subscription));
            }
        }
        let assumed = match known.0.as_slice() {
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

/// Subscriptions that occur, each once.
#[derive(Default)]
struct Known<'a>(Vec<&'a str>);

impl<'a> Known<'a> {
    fn add(&mut self, subscription: &'a str) {
        let is_known = |other: &str| other.eq_ignore_ascii_case(subscription);
        if !subscription.is_empty() && !self.0.iter().any(|other| is_known(other)) {
            self.0.push(subscription);
        }
    }
}

/// Whether an id stands below another part than the one before it: many ids in a row have one group.
fn last_seen(input: &Input) -> impl FnMut(Part) -> bool {
    let mut last = None;
    move |part| {
        let parent = input.parent(part);
        parent.is_none() || std::mem::replace(&mut last, parent) != parent
    }
}

/// The subscription of an ARM id.
fn of_id(id: &str) -> Option<&str> {
    let mut parts = id.split('/').skip(1);
    let of = parts.next()?;
    of.eq_ignore_ascii_case("subscriptions")
        .then(|| parts.next())?
}
