//! v1 objects and the Azure resources that they manage.

use super::Ids;
use crate::annotations::{SKIPRECONCILE, column};
use crate::arm_id::ArmId;
use crate::identity::{
    Reach, Unidentified, V1_COLUMNS, V1_SUBNET_COLUMN, compute_v1, further_v1, has_further_v1,
    reach_v1, within_v1,
};
use crate::skipreconcile::is_paused;
use asogate_policy::{Column, Input, Part, Row, Selector, State, Symbol, Table};
use std::rc::Rc;

const OBJECTS: &str = "v1";
const SUBNETS: &str = "v1-subnets";

/// The one of [`V1_COLUMNS`] that comes in parts.
const STATED: &str = "status.resourceId";

/// The column of what v1 wrote into its objects.
pub(super) const RESOURCE_ID: &str = "parts(status.resourceId)";

/// The v1 objects of a policy's input.
#[derive(Debug)]
pub struct V1Objects<'a> {
    /// The table.
    pub table: Table<'a>,
    ids: Rc<Ids<'a>>,
    kind: Column,
    namespace: Column,
    skip: Column,
    resource_id: Column,
    /// In the order of [`V1_COLUMNS`].
    columns: Vec<Column>,
    subnets: Table<'a>,
    subnet: Column,
}

impl<'a> V1Objects<'a> {
    /// The tables that are needed; `further` columns are for the policy itself.
    pub fn selectors(further: &[&str]) -> Vec<Selector> {
        let own = ["kind", "metadata.namespace"].into_iter();
        let columns = own.chain(V1_COLUMNS.iter().map(|name| stored(name)));
        let columns = columns.chain(further.iter().copied()).map(String::from);
        let columns = columns.chain([column(SKIPRECONCILE)]);
        vec![
            Selector::objects(OBJECTS, crate::v1::GROUP, "*", columns),
            Selector::objects(
                SUBNETS,
                crate::v1::GROUP,
                "VirtualNetwork",
                [V1_SUBNET_COLUMN],
            ),
        ]
    }

    /// The objects.
    ///
    /// # Errors
    ///
    /// If [`V1Objects::selectors`] were not asked for.
    pub fn new(input: &'a Input, ids: Rc<Ids<'a>>) -> Result<V1Objects<'a>, String> {
        let table = input.table(OBJECTS)?;
        let subnets = input.table(SUBNETS)?;
        let columns = V1_COLUMNS.iter().map(|name| table.column(stored(name)));
        Ok(V1Objects {
            table,
            ids,
            kind: table.column("kind")?,
            namespace: table.column("metadata.namespace")?,
            skip: table.column(&column(SKIPRECONCILE))?,
            resource_id: table.column(RESOURCE_ID)?,
            columns: columns.collect::<Result<_, _>>()?,
            subnets,
            subnet: subnets.column(V1_SUBNET_COLUMN)?,
        })
    }

    /// The kind of an object.
    pub fn kind(&self, row: Row<'a>) -> &'a str {
        row.text(self.kind).unwrap_or_default()
    }

    /// The name of an object in Kubernetes.
    pub fn name(&self, row: Row<'a>) -> Option<&'a str> {
        self.cell(row, "metadata.name")
    }

    /// The namespace of an object.
    pub fn namespace(&self, row: Row<'a>) -> &'a str {
        row.text(self.namespace).unwrap_or_default()
    }

    /// The same, to compare.
    pub fn namespace_symbol(&self, row: Row<'a>) -> Symbol {
        row.symbol(self.namespace)
    }

    /// Whether v1 leaves the object alone.
    pub fn is_paused(&self, row: Row<'a>) -> bool {
        is_paused(row.text(self.skip))
    }

    /// One of [`V1_COLUMNS`], but for `status.resourceId`: [`V1Objects::stated`].
    pub fn cell(&self, row: Row<'a>, name: &str) -> Option<&'a str> {
        if name == STATED {
            return None;
        }
        let position = V1_COLUMNS.iter().position(|known| *known == name)?;
        row.text(*self.columns.get(position)?)
    }

    /// What v1 wrote into the object, whatever it is.
    pub fn status(&self, row: Row<'a>) -> Option<Part> {
        row.part(self.resource_id)
    }

    /// The id that v1 wrote into the object: what [`V1Objects::identify`] gives if there is one, without a copy.
    pub fn stated(&self, row: Row<'a>) -> Option<Part> {
        self.ids.check(self.status(row)?).ok()
    }

    /// Whether an object manages something besides its own resource: whether there is anything that [`V1Objects::further`]
    /// gives.
    pub fn manages_more(&self, state: State<'a>, row: Row<'a>) -> bool {
        has_further_v1(self.kind(row), &|name: &str| self.cell(row, name))
            || !state.rows_of(self.subnets, row.object()).is_empty()
    }

    /// The resource that an object stands for. The subscription is for those that say none.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn identify(
        &self,
        row: Row<'a>,
        subscription: Option<&str>,
    ) -> Result<ArmId, Unidentified> {
        match self.stated(row) {
            Some(stated) => Ok(self.ids.id(stated)),
            None => compute_v1(
                self.kind(row),
                &|name: &str| self.cell(row, name),
                subscription,
            ),
        }
    }

    /// The resource that an object belongs to: for users, keys and actions the one that their fields name, for others the
    /// one above their own.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn within(&self, row: Row<'a>, subscription: Option<&str>) -> Result<ArmId, Unidentified> {
        let kind = self.kind(row);
        match reach_v1(kind) {
            Some(Reach::Itself) => {
                let own = self.identify(row, subscription)?;
                own.parent().ok_or(Unidentified::NoOwner)
            }
            Some(Reach::Inside) | None => {
                within_v1(kind, &|name: &str| self.cell(row, name), subscription)
            }
        }
    }

    /// What an object manages besides its own resource (`own`): retention policies, authorization rules, subnets.
    pub fn further(&self, state: State<'a>, row: Row<'a>, own: &ArmId) -> Vec<ArmId> {
        let mut further = further_v1(self.kind(row), own, &|name: &str| self.cell(row, name));
        let names = state.rows_of(self.subnets, row.object());
        let names = names.filter_map(|row| row.text(self.subnet));
        further.extend(
            names
                .filter(|name| !name.is_empty())
                .map(|name| own.child("subnets", name)),
        );
        further
    }
}

/// The column as it is asked for.
fn stored(column: &'static str) -> &'static str {
    match column {
        STATED => RESOURCE_ID,
        column => column,
    }
}
