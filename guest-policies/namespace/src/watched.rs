//! Which namespaces the operators watch (FACTS 0.18, (g)).

use asogate_aso::namespaces::WatchedNamespaces;
use asogate_aso::settings::{self, OPERATOR_MODE, SUBSCRIPTION_ID, TARGET_NAMESPACES};
use asogate_policy::{Input, Relation, Selector};
use std::collections::BTreeMap;

pub(crate) fn reads() -> Vec<Selector> {
    vec![Selector::relation("settings", Relation::OperatorSettings)]
}

/// What is known of the operators' settings that matters here.
pub(crate) struct Operators<'a> {
    /// By operator (`v1`, `v2`) and the namespace in which it runs.
    known: BTreeMap<(&'a str, &'a str), Settings<'a>>,
    /// The subscription of `aso-credential`, by namespace.
    credentials: BTreeMap<&'a str, &'a str>,
}

#[derive(Default)]
struct Settings<'a> {
    targets: Option<&'a str>,
    mode: Option<&'a str>,
    subscription: Option<&'a str>,
}

impl<'a> Operators<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Operators<'a>, String> {
        let table = input.table("settings")?;
        let columns = table.columns(["operator", "namespace", "setting", "value"])?;
        let mut operators = Operators {
            known: BTreeMap::new(),
            credentials: BTreeMap::new(),
        };
        for row in input.now().rows(table) {
            let [operator, namespace, setting, value] =
                columns.map(|column| row.text(column).unwrap_or_default());
            if operator == settings::V2_NAMESPACE {
                if setting == SUBSCRIPTION_ID {
                    operators.credentials.insert(namespace, value);
                }
                continue;
            }
            let known = operators.known.entry((operator, namespace)).or_default();
            match setting {
                TARGET_NAMESPACES => known.targets = Some(value),
                OPERATOR_MODE => known.mode = Some(value),
                SUBSCRIPTION_ID => known.subscription = Some(value),
                _ => {}
            }
        }
        Ok(operators)
    }

    fn of(&self, operator: &'a str) -> impl Iterator<Item = (&'a str, &Settings<'a>)> {
        let of_operator = self.known.iter().filter(move |(key, _)| key.0 == operator);
        of_operator.map(|((_, namespace), settings)| (*namespace, settings))
    }

    /// Where the operator that should watch this namespace runs, if none of this kind does. None too if no operator of
    /// this kind is known, since then nothing is known of what it watches.
    pub(crate) fn does_not_watch(&self, operator: &'a str, namespace: &str) -> Option<&'a str> {
        // An operator that only serves webhooks reconciles nothing (FACTS (g)).
        let reconciles = |settings: &Settings<'_>| settings.mode != Some("webhooks");
        let watches = |settings: &Settings<'_>| {
            let watched = WatchedNamespaces::parse(settings.targets);
            reconciles(settings) && watched.contains(namespace)
        };
        if self.of(operator).any(|(_, settings)| watches(settings)) {
            return None;
        }
        let mut should = self
            .of(operator)
            .filter(|(_, settings)| reconciles(settings));
        let any = || self.of(operator).next();
        should.next().or_else(any).map(|(namespace, _)| namespace)
    }

    /// The subscription of the credential of v1; none if there are several operators with different ones.
    pub(crate) fn v1_subscription(&self) -> Option<&'a str> {
        self.only_subscription(settings::V1)
    }

    /// The subscription of the credential that a v2 object of this namespace uses, unless it names one itself.
    pub(crate) fn v2_subscription(&self, namespace: Option<&str>) -> Option<&'a str> {
        let own = namespace.and_then(|namespace| self.credentials.get(namespace).copied());
        own.or_else(|| self.only_subscription(settings::V2))
    }

    fn only_subscription(&self, operator: &'a str) -> Option<&'a str> {
        let mut found = self
            .of(operator)
            .filter_map(|(_, settings)| settings.subscription);
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }
}
