//! The subscriptions of the credentials, as far as settings say them (FACTS (g)).

use asogate_aso::settings::{self, SUBSCRIPTION_ID};
use asogate_policy::Input;
use std::collections::BTreeMap;

pub(crate) const TABLE: &str = "settings";

pub(crate) struct Subscriptions<'a> {
    v1: Vec<&'a str>,
    v2: Vec<&'a str>,
    /// Of `aso-credential`, by namespace.
    namespaces: BTreeMap<&'a str, &'a str>,
}

impl<'a> Subscriptions<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Subscriptions<'a>, String> {
        let table = input.table(TABLE)?;
        let columns = table.columns(["operator", "namespace", "setting", "value"])?;
        let mut found = Subscriptions {
            v1: vec![],
            v2: vec![],
            namespaces: BTreeMap::new(),
        };
        for row in input.now().rows(table) {
            let [operator, namespace, setting, value] =
                columns.map(|column| row.text(column).unwrap_or_default());
            let setting = setting.trim_start_matches("environment:");
            if setting != SUBSCRIPTION_ID || value.is_empty() {
                continue;
            }
            match operator {
                settings::V1 => found.v1.push(value),
                settings::V2 => found.v2.push(value),
                settings::V2_NAMESPACE => {
                    found.namespaces.insert(namespace, value);
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// That of v1; none if several operators have different ones.
    pub(crate) fn v1(&self) -> Option<&'a str> {
        only(&self.v1)
    }

    /// That of a v2 object in this namespace which names no credential itself.
    pub(crate) fn v2(&self, namespace: Option<&str>) -> Option<&'a str> {
        let own = namespace.and_then(|namespace| self.namespaces.get(namespace).copied());
        own.or_else(|| only(&self.v2))
    }
}

fn only<'a>(values: &[&'a str]) -> Option<&'a str> {
    let (first, rest) = values.split_first()?;
    rest.iter().all(|other| other == first).then_some(first)
}
