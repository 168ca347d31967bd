//! Which credential v2 uses for an object, the most specific one that there is (FACTS (g)), and what is known of it.

use crate::home::OWN_SUBSCRIPTION;
use asogate_aso::namespaces::WatchedNamespaces;
use asogate_aso::settings::{
    self, CREDENTIAL_SECRET, REQUIRED_CREDENTIAL_KEYS, SUBSCRIPTION_ID, TARGET_NAMESPACES,
};
use asogate_policy::{Column, FastMap, Input, ObjectId, Relation, Selector, State, Symbol, Table};
use std::collections::BTreeMap;

const NAMES: [&str; 2] = ["metadata.namespace", "metadata.name"];

pub(crate) fn reads() -> Vec<Selector> {
    vec![
        Selector::objects("secrets", "", "Secret", NAMES),
        Selector::relation("keys", Relation::SecretKeys),
        Selector::relation("settings", Relation::OperatorSettings),
    ]
}

/// Where an object gets its credential from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// A Secret that its annotation `credential-from` names, in its namespace.
    Named(Symbol, Symbol),
    /// `aso-credential` of its namespace.
    Namespace(Symbol),
    /// The operator's own.
    Global,
}

/// What is known of the subscription of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subscription<'a> {
    Known(&'a str),
    /// It is none of those that are known.
    Another,
    Unknown,
}

/// What is wrong with a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    Absent,
    /// This key is missing or empty.
    Incomplete(&'static str),
}

/// The settings of one v2 operator.
#[derive(Clone, Copy, Debug, Default)]
struct Operator<'a> {
    targets: Option<&'a str>,
    subscription: Option<&'a str>,
}

pub(crate) struct Credentials<'a> {
    input: &'a Input,
    secrets: Table<'a>,
    names: [Column; 2],
    keys: Table<'a>,
    key_columns: [Column; 3],
    operators: Vec<Operator<'a>>,
    /// The subscription of `aso-credential`, by Secret.
    of_namespaces: FastMap<ObjectId, &'a str>,
    /// Subscriptions that are known, by their value class: so the subscription of any Secret can be told by comparing.
    classes: FastMap<Symbol, &'a str>,
    /// The symbol of the name `aso-credential`.
    credential_name: Option<Symbol>,
}

impl<'a> Credentials<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Credentials<'a>, String> {
        let (secrets, keys) = (input.table("secrets")?, input.table("keys")?);
        let table = input.table("settings")?;
        let columns = table.columns(["operator", "namespace", "setting", "value"])?;
        let mut credentials = Credentials {
            input,
            secrets,
            names: secrets.columns(NAMES)?,
            keys,
            key_columns: keys.columns(["key", "empty", "class"])?,
            operators: vec![],
            of_namespaces: FastMap::default(),
            classes: FastMap::default(),
            credential_name: input.symbol(CREDENTIAL_SECRET),
        };
        let mut operators: BTreeMap<&str, Operator<'a>> = BTreeMap::new();
        let added = input.walk().flat_map(|step| step.added(table));
        for row in input.now().rows(table).chain(added) {
            let [operator, namespace, setting, value] =
                columns.map(|column| row.text(column).unwrap_or_default());
            // A Deployment may give a setting itself, as a variable.
            let setting = setting.strip_prefix("environment:").unwrap_or(setting);
            if operator == settings::V2 {
                let known = operators.entry(namespace).or_default();
                match setting {
                    TARGET_NAMESPACES => known.targets = Some(value),
                    SUBSCRIPTION_ID if !value.is_empty() => known.subscription = Some(value),
                    _ => {}
                }
            } else if operator == settings::V2_NAMESPACE && setting == SUBSCRIPTION_ID {
                credentials.of_namespaces.insert(row.object(), value);
            }
            if setting == SUBSCRIPTION_ID && !value.is_empty() {
                let state = input.after_all();
                let class = credentials.value(state, row.object(), SUBSCRIPTION_ID);
                if let Some((_, class)) = class.filter(|(_, class)| !class.is_absent()) {
                    credentials.classes.insert(class, value);
                }
            }
        }
        let v1 = input.table("v1")?;
        for [own, class] in OWN_SUBSCRIPTION {
            let [own, class] = v1.columns([own, class])?;
            for row in input.now().rows(v1) {
                if let (Some(value), true) = (row.text(own), row.has(class)) {
                    credentials.classes.insert(row.symbol(class), value);
                }
            }
        }
        credentials.operators = operators.into_values().collect();
        Ok(credentials)
    }

    /// The Secrets among `wanted` scopes that are there, and every `aso-credential`.
    pub(crate) fn find(
        &self,
        state: State<'a>,
        wanted: impl Iterator<Item = (Symbol, Symbol)>,
    ) -> FastMap<(Symbol, Symbol), ObjectId> {
        let wanted: FastMap<(Symbol, Symbol), ()> = wanted.map(|name| (name, ())).collect();
        let mut found = FastMap::default();
        let [namespace, name] = self.names;
        for row in state.rows(self.secrets) {
            let known = (row.symbol(namespace), row.symbol(name));
            if Some(known.1) == self.credential_name || wanted.contains_key(&known) {
                found.insert(known, row.object());
            }
        }
        found
    }

    /// `aso-credential` of a namespace.
    pub(crate) fn of_namespace(
        &self,
        found: &FastMap<(Symbol, Symbol), ObjectId>,
        namespace: Symbol,
    ) -> Option<ObjectId> {
        found.get(&(namespace, self.credential_name?)).copied()
    }

    /// Whether a value is empty, and its class.
    fn value(&self, state: State<'a>, secret: ObjectId, key: &str) -> Option<(bool, Symbol)> {
        let [known, empty, class] = self.key_columns;
        let mut keys = state.rows_of(self.keys, secret);
        let row = keys.find(|row| row.text(known) == Some(key))?;
        Some((row.is(empty), row.symbol(class)))
    }

    /// What a credential Secret lacks.
    pub(crate) fn defect(&self, state: State<'a>, secret: ObjectId) -> Option<Defect> {
        let lacks = |key: &&&'static str| {
            let value = self.value(state, secret, key);
            value.is_none_or(|(is_empty, _)| is_empty)
        };
        let lacking = REQUIRED_CREDENTIAL_KEYS.iter().find(lacks)?;
        Some(Defect::Incomplete(lacking))
    }

    /// The subscription of a credential Secret.
    pub(crate) fn subscription(&self, state: State<'a>, secret: ObjectId) -> Subscription<'a> {
        if let Some(known) = self.of_namespaces.get(&secret) {
            return Subscription::Known(known);
        }
        match self.value(state, secret, SUBSCRIPTION_ID) {
            Some((_, class)) if !class.is_absent() => match self.classes.get(&class) {
                Some(known) => Subscription::Known(known),
                None => Subscription::Another,
            },
            _ => Subscription::Unknown,
        }
    }

    /// Whether this subscription is known well enough to say that another value is another subscription.
    pub(crate) fn is_comparable(&self, subscription: &str) -> bool {
        let mut known = self.classes.values();
        known.any(|known| known.eq_ignore_ascii_case(subscription))
    }

    /// The subscription of the operators' own credential, for objects of a namespace. `Absent` if it has none: then every
    /// namespace needs its own.
    pub(crate) fn global(&self, namespace: Symbol) -> Result<Subscription<'a>, Defect> {
        let namespace = self.input.text(namespace).unwrap_or_default();
        let watching = self.operators.iter().filter(|known| {
            let watched = WatchedNamespaces::parse(known.targets);
            namespace.is_empty() || watched.contains(namespace)
        });
        let mut watching = watching.peekable();
        if watching.peek().is_none() {
            // Not watched is the business of `namespace`; then any operator's is as good as another's.
            let mut any = self.operators.iter().filter_map(|known| known.subscription);
            return any
                .next()
                .map(Subscription::Known)
                .ok_or(Defect::Incomplete(SUBSCRIPTION_ID));
        }
        let found: Vec<Option<&str>> = watching.map(|known| known.subscription).collect();
        match found.as_slice() {
            [Some(first), rest @ ..] if rest.iter().all(|other| other == &Some(*first)) => {
                Ok(Subscription::Known(first))
            }
            several if several.iter().any(Option::is_some) => Ok(Subscription::Unknown),
            _ => Err(Defect::Incomplete(SUBSCRIPTION_ID)),
        }
    }

    /// Whether any v2 operator is known.
    pub(crate) fn knows_operators(&self) -> bool {
        !self.operators.is_empty()
    }
}
