//! Fields that are not for manifests (FACTS 0.14, (c)). A new object must not have them; of one that is there already, what it
//! has is v2's, so only what the plan changes counts.

use asogate_aso::annotations::{
    LATEST_RECONCILED_GENERATION, OPERATOR_OWNED_ANNOTATIONS, OPERATOR_OWNED_LABELS, RESOURCE_ID,
    V2_OPERATOR_NAMESPACE, column,
};
use asogate_policy::{Column, Input, Row, Selector, Table, Transition};

const TABLE: &str = "v2";

/// The relation of owner references.
pub(crate) const OWNERS: &str = "owners";

/// Cells of a status that are alike in many objects, and so cost little.
const STATUS: [&str; 2] = ["status.provisioningState", "status.type"];

/// How bad a field is; the worst one says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Harm {
    /// v2 takes the object for one that it has claimed.
    Finalizer,
    /// GET and DELETE go to whatever it names.
    ResourceId,
    /// Kubernetes collects the object if the owner is not there.
    Owners,
    /// Another operator's namespace: the object is ignored.
    Operator,
    /// v2 goes on with an operation that it never began.
    Poller,
    /// The API server refuses the object.
    Refused,
    /// It hides whether v2 has ever written.
    Trace,
    /// It is only wrong.
    Wrong,
}

/// A field that a manifest carries and should not.
pub(crate) struct Carried<'a> {
    pub(crate) harm: Harm,
    /// What the manifest says there.
    pub(crate) value: Option<&'a str>,
    /// As a column.
    pub(crate) path: String,
}

/// The table of v2 objects, with the columns of these fields.
pub(crate) struct Fields<'a> {
    pub(crate) table: Table<'a>,
    owners: Table<'a>,
    owner_uid: Column,
    name: Column,
    status: [Column; 2],
    columns: Vec<(Harm, String, Column)>,
}

fn paths() -> Vec<(Harm, String)> {
    let mut paths: Vec<(Harm, String)> = vec![
        (Harm::Finalizer, "metadata.finalizers".into()),
        (Harm::Refused, "metadata.resourceVersion".into()),
        (Harm::Wrong, "metadata.uid".into()),
    ];
    for annotation in OPERATOR_OWNED_ANNOTATIONS {
        let harm = match annotation {
            RESOURCE_ID => Harm::ResourceId,
            V2_OPERATOR_NAMESPACE => Harm::Operator,
            LATEST_RECONCILED_GENERATION => Harm::Trace,
            poller if poller.contains("/poller-") => Harm::Poller,
            _ => Harm::Wrong,
        };
        paths.push((harm, column(annotation)));
    }
    for label in OPERATOR_OWNED_LABELS {
        paths.push((Harm::Wrong, format!("metadata.labels[{label}]")));
    }
    paths
}

pub(crate) fn reads() -> Selector {
    let mut columns = vec!["metadata.name".to_owned()];
    columns.extend(STATUS.map(String::from));
    columns.extend(paths().into_iter().map(|(_, path)| path));
    Selector::objects(TABLE, "*.azure.com", "*", columns)
}

impl<'a> Fields<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Fields<'a>, String> {
        let (table, owners) = (input.table(TABLE)?, input.table(OWNERS)?);
        let mut columns = vec![];
        for (harm, path) in paths() {
            let column = table.column(&path)?;
            columns.push((harm, path, column));
        }
        Ok(Fields {
            table,
            owners,
            owner_uid: owners.column("uid")?,
            name: table.column("metadata.name")?,
            status: table.columns(STATUS)?,
            columns,
        })
    }

    pub(crate) fn name(&self, row: Row<'a>) -> &'a str {
        row.text(self.name).unwrap_or_default()
    }

    pub(crate) fn has_status(&self, row: Row<'a>) -> bool {
        self.status.iter().any(|column| row.has(*column))
    }

    /// The fields that this change brings, changes or takes away, the worst one first.
    pub(crate) fn carried(&self, transition: &Transition<'a>, row: Row<'a>) -> Vec<Carried<'a>> {
        let before = transition.removed(self.table).first();
        let mut carried: Vec<Carried<'a>> = vec![];
        for (harm, path, column) in &self.columns {
            let is_empty = matches!(row.text(*column), Some("[]" | "{}"));
            let is = row.symbol(*column);
            let differs = match before {
                // A resource version in a manifest for a live object is a condition, and uids cannot change.
                Some(_) if matches!(path.as_str(), "metadata.resourceVersion" | "metadata.uid") => {
                    false
                }
                Some(before) => before.symbol(*column) != is,
                None => !is.is_absent() && !is_empty,
            };
            if differs {
                carried.push(Carried {
                    harm: *harm,
                    value: row.text(*column),
                    path: path.clone(),
                });
            }
        }
        let uids = |rows: asogate_policy::Rows<'a>| {
            let mut uids: Vec<_> = rows.map(|row| row.symbol(self.owner_uid)).collect();
            uids.sort_unstable();
            uids
        };
        let owners = uids(transition.added(self.owners));
        if owners != uids(transition.removed(self.owners)) {
            carried.push(Carried {
                harm: Harm::Owners,
                value: None,
                path: "metadata.ownerReferences".into(),
            });
        }
        carried.sort_by_key(|carried| carried.harm);
        carried
    }
}
