//! Who else uses names of Secrets: v1, which computes them from its objects, and the operators themselves.

use asogate_aso::annotations::CREDENTIAL_FROM;
use asogate_aso::reserved::{self, Reserved};
use asogate_aso::secret_names::{NamingVersion, SecretNames, find, secret_names};
use asogate_aso::settings;
use asogate_aso::skipreconcile::is_paused;
use asogate_policy::{
    Column, FastMap, Input, ObjectId, Relation, Row, Selector, State, Symbol, Table, Transition,
};

const V1_COLUMNS: [&str; 8] = [
    "kind",
    "metadata.namespace",
    "metadata.name",
    "spec.secretName",
    "spec.resourceGroup",
    "spec.resourcegroup",
    "spec.keyVaultToStoreSecrets",
    "metadata.annotations[skipreconcile]",
];

pub(crate) fn reads() -> Vec<Selector> {
    let credential_from = asogate_aso::annotations::column(CREDENTIAL_FROM);
    vec![
        Selector::objects("v1", asogate_aso::v1::GROUP, "*", V1_COLUMNS),
        Selector::objects(
            "credentials",
            "*.azure.com",
            "*",
            ["metadata.namespace".to_owned(), credential_from],
        ),
        Selector::relation("settings", Relation::OperatorSettings),
    ]
}

/// The v1 objects, and the names under which v1 writes their Secrets.
pub(crate) struct V1Objects<'a> {
    pub(crate) table: Table<'a>,
    columns: [Column; 8],
    /// The naming that v1 follows; none if no v1 operator is known, or it does not start with what is set.
    pub(crate) naming: Option<NamingVersion>,
}

/// A name that v1 writes for one of its objects, or would write under another naming.
#[derive(Clone, Debug)]
pub(crate) struct V1Name {
    pub(crate) namespace: Symbol,
    pub(crate) naming: NamingVersion,
    pub(crate) name: String,
}

impl<'a> V1Objects<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<V1Objects<'a>, String> {
        let table = input.table("v1")?;
        Ok(V1Objects {
            table,
            columns: table.columns(V1_COLUMNS)?,
            naming: naming(input)?,
        })
    }

    /// The names for the object of a row. Both namings count: a rollback may bring back a v1 that is set up as an older one
    /// was (FACTS (a)).
    pub(crate) fn names(&self, row: Row<'a>) -> Vec<V1Name> {
        let [
            kind,
            namespace,
            name,
            secret_name,
            group,
            old_group,
            key_vault,
            _,
        ] = self.columns;
        let kind = row.text(kind).unwrap_or_default();
        let in_key_vault = row.text(key_vault).is_some_and(|vault| !vault.is_empty());
        if find(kind).is_some_and(|secret| secret.may_be_in_key_vault && in_key_vault) {
            return vec![];
        }
        let group = row.text(group).or(row.text(old_group));
        let names = row
            .text(name)
            .and_then(|name| secret_names(kind, name, row.text(secret_name), group));
        let named = |names: SecretNames| {
            [NamingVersion::Current, NamingVersion::Legacy].map(|naming| V1Name {
                namespace: row.symbol(namespace),
                naming,
                name: names.under(naming).unwrap_or_default().to_owned(),
            })
        };
        let named = names.map(named).into_iter().flatten();
        named.filter(|known| !known.name.is_empty()).collect()
    }
}

impl<'a> V1Objects<'a> {
    /// Whether v1 leaves an object alone at a moment; none if the object is not there.
    pub(crate) fn is_paused(&self, state: State<'a>, object: ObjectId) -> Option<bool> {
        let row = state.row_of(self.table, object)?;
        let [.., skipreconcile] = self.columns;
        Some(is_paused(row.text(skipreconcile)))
    }
}

fn naming(input: &Input) -> Result<Option<NamingVersion>, String> {
    let table = input.table("settings")?;
    let [operator, setting, value] = table.columns(["operator", "setting", "value"])?;
    let mut known = None;
    for row in input.now().rows(table) {
        if row.text(operator) != Some(settings::V1) {
            continue;
        }
        if row.text(setting) == Some(settings::SECRET_NAMING_VERSION) {
            return Ok(NamingVersion::of_setting(row.text(value)).ok());
        }
        known = Some(NamingVersion::Current);
    }
    Ok(known)
}

/// The Secrets that the operators use themselves.
pub(crate) struct OperatorSecrets {
    /// Namespaces in which an operator runs.
    operators: Vec<Symbol>,
    /// Namespace and name of the Secrets that `credential-from` names, at any moment of the plan.
    credentials: FastMap<(Symbol, Symbol), ()>,
}

/// Why a Secret must not be exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// By its name.
    Name(Reserved),
    /// Because an annotation `credential-from` names it.
    CredentialFrom,
}

impl OperatorSecrets {
    pub(crate) fn new(input: &Input) -> Result<OperatorSecrets, String> {
        let settings_table = input.table("settings")?;
        let [operator, namespace] = settings_table.columns(["operator", "namespace"])?;
        let operators = input.now().rows(settings_table);
        let operators = operators
            .filter(|row| [Some(settings::V1), Some(settings::V2)].contains(&row.text(operator)))
            .map(|row| row.symbol(namespace))
            .collect();
        let table = input.table("credentials")?;
        let namespace = table.column("metadata.namespace")?;
        let from = table.column(&asogate_aso::annotations::column(CREDENTIAL_FROM))?;
        let named = |row: Row<'_>| Some(((row.symbol(namespace), row.symbol(from).present()?), ()));
        let mut credentials: FastMap<_, _> = input.now().rows(table).filter_map(named).collect();
        for transition in input.walk() {
            credentials.extend(transition.added(table).filter_map(named));
        }
        Ok(OperatorSecrets {
            operators,
            credentials,
        })
    }

    /// What the operators use this Secret for, if anything.
    pub(crate) fn use_of(&self, namespace: Symbol, name: Symbol, text: &str) -> Option<Use> {
        let beside_operator = self.operators.contains(&namespace);
        if let Some(reserved) = reserved::secret(text, beside_operator) {
            return Some(Use::Name(reserved));
        }
        let named = self.credentials.contains_key(&(namespace, name));
        named.then_some(Use::CredentialFrom)
    }
}

/// The rows of one table that a change takes away and brings.
pub(crate) fn touched<'a>(
    transition: &Transition<'a>,
    table: Table<'a>,
) -> impl Iterator<Item = Row<'a>> {
    transition.removed(table).chain(transition.added(table))
}

/// Whether an object is there at a moment.
pub(crate) fn exists<'a>(state: State<'a>, table: Table<'a>, object: ObjectId) -> bool {
    !state.rows_of(table, object).is_empty()
}
