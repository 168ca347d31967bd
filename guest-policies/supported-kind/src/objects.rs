//! The v1 objects that a plan is about, and what becomes of them.

use crate::say;
use asogate_aso::settings;
use asogate_aso::v1::{self, Successor, V1Kind};
use asogate_policy::{
    Column, FastMap, Finding, Input, Moment, ObjectId, Operation, Relation, Row, Selector, Step,
    Symbol, Table,
};
use std::collections::BTreeMap;

const COLUMNS: [&str; 2] = ["kind", "spec.keyVaultToStoreSecrets"];

pub(crate) fn reads() -> Vec<Selector> {
    vec![
        Selector::objects("v1", v1::GROUP, "*", COLUMNS),
        Selector::relation("settings", Relation::OperatorSettings),
    ]
}

struct Objects<'a> {
    table: Table<'a>,
    kind: Column,
    key_vault: Column,
    /// Kinds repeat in every row; each is looked up once.
    kinds: FastMap<Symbol, Option<&'static V1Kind>>,
}

impl<'a> Objects<'a> {
    fn kind(&mut self, row: Row<'a>) -> (&'a str, Option<&'static V1Kind>) {
        let text = row.text(self.kind).unwrap_or_default();
        let symbol = row.symbol(self.kind);
        let known = self.kinds.entry(symbol).or_insert_with(|| v1::find(text));
        (text, *known)
    }
}

pub(crate) fn judge(input: &Input) -> Result<Vec<Finding>, String> {
    let table = input.table("v1")?;
    let [kind, key_vault] = table.columns(COLUMNS)?;
    let mut objects = Objects {
        table,
        kind,
        key_vault,
        kinds: FastMap::default(),
    };
    let mut found = vec![];
    // The worst that the plan does to each object: what it deletes counts more than what it pauses.
    let mut touched: BTreeMap<ObjectId, (Moment, Row<'_>)> = BTreeMap::new();
    for step in input.walk() {
        let rows = if step.change.deletes() {
            step.removed(table)
        } else {
            step.added(table)
        };
        let Some(row) = rows.first() else { continue };
        let moment = match step.change.operation {
            Operation::Update => Moment::Standing,
            Operation::Create | Operation::Delete => Moment::Change(step.change.number),
        };
        let known = touched.entry(row.object()).or_insert((moment, row));
        if known.0 == Moment::Standing {
            *known = (moment, row);
        }
    }
    let vault = operator_vault(input)?;
    let mut in_operator_vault: Vec<(ObjectId, Moment)> = vec![];
    for (object, (moment, row)) in &touched {
        let (text, known) = objects.kind(*row);
        let secret = known.and_then(V1Kind::secret);
        let own_vault = row.text(objects.key_vault).unwrap_or_default();
        if known.is_none_or(|known| known.successor == Successor::Unsupported) {
            let deletes = matches!(moment, Moment::Change(_)) && input.step() == Step::Cleanup;
            let finding = say::no_successor(text, known, deletes);
            found.push(finding.about(*object).moment(*moment));
        } else if secret.is_some_and(|secret| secret.may_be_in_key_vault) && !own_vault.is_empty() {
            let finding = say::key_vault(own_vault);
            found.push(finding.about(*object).moment(*moment));
        } else if secret.is_some() && vault.is_some() {
            in_operator_vault.push((*object, *moment));
        }
    }
    if let (Some(settings), Some((_, moment))) = (vault, in_operator_vault.first()) {
        let objects: Vec<ObjectId> = in_operator_vault
            .iter()
            .map(|(object, _)| *object)
            .collect();
        let finding = say::operator_vault(&objects);
        found.push(finding.about(settings).moment(*moment));
    }
    if matches!(input.step(), Step::PauseV1 | Step::Import | Step::Lint) {
        found.extend(splits(input, &mut objects));
    }
    Ok(found)
}

/// `split`, once for each kind: people plan for kinds, not for objects.
fn splits<'a>(input: &'a Input, objects: &mut Objects<'a>) -> Vec<Finding> {
    let mut kinds: BTreeMap<&'static str, (&'static V1Kind, Vec<ObjectId>)> = BTreeMap::new();
    let state = input.after_all();
    for row in state.rows(objects.table) {
        if let (_, Some(kind)) = objects.kind(row)
            && kind.successor == Successor::Split
        {
            let known = kinds.entry(kind.kind).or_insert((kind, vec![]));
            known.1.push(row.object());
        }
    }
    let finding = |(kind, objects): (&'static V1Kind, Vec<ObjectId>)| {
        let object = *objects.first()?;
        let finding = say::split(kind, &objects).about(object);
        Some(match input.now().row_of(input.table("v1").ok()?, object) {
            Some(_) => finding.standing(),
            // Nothing is there before the plan in `lint`.
            None => {
                let mut changes = input.changes().iter();
                let change = changes.find(|change| change.object == object)?;
                finding.at(change.number)
            }
        })
    };
    kinds.into_values().filter_map(finding).collect()
}

/// What holds the setting with which v1 keeps everything in a Key Vault, if it does.
fn operator_vault(input: &Input) -> Result<Option<ObjectId>, String> {
    let table = input.table("settings")?;
    let [operator, setting, value] = table.columns(["operator", "setting", "value"])?;
    let mut rows = input.now().rows(table);
    let found = rows.find(|row| {
        row.text(operator) == Some(settings::V1)
            && row.text(setting) == Some(settings::OPERATOR_KEYVAULT_SET)
            && row.is(value)
    });
    Ok(found.map(|row| row.object()))
}
