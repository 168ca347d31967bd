//! What the settings of the operators say, and which subscription counts where none is said.

use asogate_aso::operators::Operators;
use asogate_aso::settings::SUBSCRIPTION_ID;
use asogate_core::selector::{Relation, RelationSelector, Selector};
use asogate_core::snapshot::Snapshot;

/// What stands for a subscription of which nothing is known: the same for both operators, so that their ids still meet.
const UNKNOWN: &str = "unknown";

pub(super) fn selector() -> Selector {
    relation(Relation::OperatorSettings)
}

/// A selector of a relation.
pub(super) fn relation(relation: Relation) -> Selector {
    Selector::Relation(RelationSelector::whole(relation.name(), relation))
}

pub(super) fn operators(snapshot: &Snapshot) -> Operators<'_> {
    let width = Relation::OperatorSettings.columns().len();
    let rows = snapshot.store().relation(Relation::OperatorSettings);
    let rows = rows
        .into_iter()
        .flat_map(|rows| rows.cells.chunks_exact(width));
    Operators::from_rows(rows.filter_map(|row| match row {
        [operator, namespace, setting, value] => {
            Some([*operator, *namespace, *setting, *value].map(|symbol| snapshot.text(symbol)))
        }
        _ => None,
    }))
}

/// The subscriptions of objects that say none, by the rule of the policies (`Subscriptions` of the ASO model): where that of a
/// credential is not known, the only one that occurs is taken, so that objects meet rather than miss each other; where
/// several occur none is, since an id would be a guess.
pub(super) struct Subscriptions<'a> {
    of_v1: Option<&'a str>,
    assumed: Option<&'a str>,
}

impl<'a> Subscriptions<'a> {
    /// `of_v1` and `of_v2` are the ARM ids that objects name themselves by.
    pub(super) fn new(
        operators: &Operators<'a>,
        of_v1: impl Iterator<Item = &'a str>,
        of_v2: impl Iterator<Item = &'a str>,
    ) -> Subscriptions<'a> {
        let mut known = Known::default();
        for operator in operators.v1() {
            operator
                .values(SUBSCRIPTION_ID)
                .for_each(|id| known.add(id));
        }
        of_v1.filter_map(of_id).for_each(|id| known.add(id));
        if known.0.is_empty() {
            for operator in operators.v2() {
                operator
                    .values(SUBSCRIPTION_ID)
                    .for_each(|id| known.add(id));
            }
            of_v2.filter_map(of_id).for_each(|id| known.add(id));
        }
        let assumed = match known.0.as_slice() {
            [] => Some(UNKNOWN),
            [only] => Some(*only),
            _ => None,
        };
        Subscriptions {
            of_v1: operators.v1_subscription().or(assumed),
            assumed,
        }
    }

    /// That of v1's credential.
    pub(super) fn of_v1(&self) -> Option<&'a str> {
        self.of_v1
    }

    /// That of the credential of a v2 object. One that the object names itself (`credential-from`) is not known here.
    pub(super) fn of_v2(
        &self,
        operators: &Operators<'a>,
        namespace: Option<&str>,
        credential_from: Option<&str>,
    ) -> Option<&'a str> {
        let of_credential = match credential_from {
            None | Some("") => operators.v2_subscription(namespace),
            Some(_) => None,
        };
        of_credential.or(self.assumed)
    }
}

/// Subscriptions that occur, each once.
#[derive(Default)]
struct Known<'a>(Vec<&'a str>);

impl<'a> Known<'a> {
    fn add(&mut self, subscription: &'a str) {
        let is_known = |other: &&str| other.eq_ignore_ascii_case(subscription);
        if !subscription.is_empty() && !self.0.iter().any(is_known) {
            self.0.push(subscription);
        }
    }
}

/// Whether an id is one in which a subscription stands that nothing is known of.
pub(super) fn is_made_up(id: &str) -> bool {
    of_id(id) == Some(UNKNOWN)
}

/// The subscription of an ARM id.
fn of_id(id: &str) -> Option<&str> {
    let mut parts = id.split('/').skip(1);
    let of = parts.next()?;
    let is_subscription = of.eq_ignore_ascii_case("subscriptions");
    is_subscription.then(|| parts.next())?
}
