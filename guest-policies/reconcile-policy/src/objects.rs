//! v2 objects at any moment of the plan.

use asogate_aso::annotations::{RECONCILE_POLICY, RESOURCE_ID, column};
use asogate_aso::rows::{self, ReconcilePolicies};
use asogate_aso::v2;
use asogate_policy::{Column, Input, Relation, Row, Selector, Table};

const OBJECTS: &str = "objects";
const OWNERS: &str = "owners";
const FIXED: [&str; 4] = [
    "apiVersion",
    "kind",
    "metadata.finalizers",
    "metadata.deletionTimestamp",
];

/// Where people have put a policy that v2 does not look at there: the annotation of v1, another prefix, a label.
pub(crate) const MISTAKES: [(&str, &str); 5] = [
    ("annotation", "metadata.annotations[reconcile-policy]"),
    (
        "annotation",
        "metadata.annotations[azure.com/reconcile-policy]",
    ),
    (
        "annotation",
        "metadata.annotations[serviceoperator.azure.com/reconcilepolicy]",
    ),
    ("annotation", "metadata.annotations[skipreconcile]"),
    (
        "label",
        "metadata.labels[serviceoperator.azure.com/reconcile-policy]",
    ),
];

pub(crate) fn reads() -> Vec<Selector> {
    let columns = FIXED.map(String::from).into_iter();
    let columns = columns
        .chain(ReconcilePolicies::columns())
        .chain([column(RESOURCE_ID)])
        .chain(MISTAKES.map(|(_, path)| path.to_owned()));
    vec![
        Selector::objects(OBJECTS, "*.azure.com", "*", columns),
        ReconcilePolicies::selector(),
        rows::operators_selector(),
        Selector::relation(OWNERS, Relation::OwnerReferences),
    ]
}

/// The tables and their columns.
pub(crate) struct Objects<'a> {
    pub(crate) input: &'a Input,
    pub(crate) table: Table<'a>,
    pub(crate) owners: Table<'a>,
    pub(crate) owner_id: Column,
    pub(crate) policies: ReconcilePolicies<'a>,
    api_version: Column,
    kind: Column,
    finalizers: Column,
    deletion: Column,
    resource_id: Column,
    mistakes: [Column; MISTAKES.len()],
}

impl<'a> Objects<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Objects<'a>, String> {
        let table = input.table(OBJECTS)?;
        let [api_version, kind, finalizers, deletion] = table.columns(FIXED)?;
        let owners = input.table(OWNERS)?;
        Ok(Objects {
            input,
            table,
            owners,
            owner_id: owners.column("owner-id")?,
            policies: ReconcilePolicies::new(input, rows::operators(input)?, table)?,
            api_version,
            kind,
            finalizers,
            deletion,
            resource_id: table.column(&column(RESOURCE_ID))?,
            mistakes: table.columns(MISTAKES.map(|(_, path)| path))?,
        })
    }

    /// Whether v2 has taken the object up, so that a delete waits for v2. Until then v2 has neither read nor written its
    /// resource, and it goes without a request to Azure (OBSERVED 2.i).
    pub(crate) fn is_claimed(&self, row: Row<'a>) -> bool {
        let finalizers = row.text(self.finalizers).unwrap_or("");
        let has_finalizer = finalizers.split('"').any(|known| known == v2::FINALIZER);
        has_finalizer || row.has(self.resource_id)
    }

    /// Whether the object is being deleted.
    pub(crate) fn is_going(&self, row: Row<'a>) -> bool {
        row.has(self.deletion)
    }

    /// The resource that v2 sends a delete to.
    pub(crate) fn in_azure(&self, row: Row<'a>) -> Option<&'a str> {
        row.text(self.resource_id).filter(|id| !id.is_empty())
    }

    /// What goes in Azure when v2 deletes the object there.
    pub(crate) fn azure_effect(&self, row: Row<'a>) -> &'static str {
        let api_version = row.text(self.api_version).unwrap_or("");
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let kind = row.text(self.kind).unwrap_or("");
        match v2::find(group, kind) {
            Some(known) if !known.is_arm() => "drops the user from the database",
            _ if (group, kind) == (v2::RESOURCES_GROUP, "ResourceGroup") => {
                "deletes the resource group in Azure, with everything in it"
            }
            _ => "deletes the resource in Azure",
        }
    }

    /// Where a policy was put that v2 does not look at there: what it is, and its key.
    pub(crate) fn mistake(&self, row: Row<'a>) -> Option<(&'static str, &'static str)> {
        let found = self.mistakes.iter().position(|column| row.has(*column))?;
        let (what, path) = MISTAKES.get(found)?;
        let (_, key) = path.split_once('[')?;
        Some((what, key.trim_end_matches(']')))
    }

    /// The column of the annotation, for findings.
    pub(crate) fn annotation() -> String {
        column(RECONCILE_POLICY)
    }
}
