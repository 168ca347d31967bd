//! v2 objects and the Azure resources that they stand for.

use super::{ReconcilePolicies, Subscriptions};
use crate::annotations::{CREDENTIAL_FROM, LATEST_RECONCILED_GENERATION, RESOURCE_ID, column};
use crate::arm_id::ArmId;
use crate::identity::{
    OwnerKey, Unidentified, V2_COLUMNS, V2Object, V2OwnerCells, identify_v2, within_v2,
};
use crate::operators::Operators;
use crate::v2;
use asogate_policy::{Column, FastMap, Input, Row, Selector, State, Table};
use std::cell::OnceCell;

const OBJECTS: &str = "v2";

/// The v2 objects of a policy's input.
#[derive(Debug)]
pub struct V2Objects<'a> {
    /// The table; it has the columns of [`ReconcilePolicies`].
    pub table: Table<'a>,
    input: &'a Input,
    api_version: Column,
    kind: Column,
    namespace: Column,
    name: Column,
    azure_name: Column,
    owner_name: Column,
    owner_arm_id: Column,
    owner_group: Column,
    owner_kind: Column,
    resource_id: Column,
    credential_from: Column,
    reconciled: Column,
    /// Every v2 object that is there at some moment, with one of its rows. Most objects are claimed and say themselves what they
    /// stand for, so it is made only when the first owner is looked up.
    by_key: OnceCell<FastMap<OwnerKey<'a>, Row<'a>>>,
}

impl<'a> V2Objects<'a> {
    /// The table that is needed; `further` columns are for the policy itself.
    pub fn selector(further: &[&str]) -> Selector {
        let columns = ["apiVersion", "kind"].into_iter();
        let columns = columns.chain(V2_COLUMNS.iter().copied());
        let columns = columns.chain(further.iter().copied()).map(String::from);
        let [_, policy] = ReconcilePolicies::columns();
        let own = [
            column(CREDENTIAL_FROM),
            column(LATEST_RECONCILED_GENERATION),
            policy,
        ];
        Selector::objects(OBJECTS, "*.azure.com", "*", columns.chain(own))
    }

    /// The objects.
    ///
    /// # Errors
    ///
    /// If [`V2Objects::selector`] was not asked for.
    pub fn new(input: &'a Input) -> Result<V2Objects<'a>, String> {
        let table = input.table(OBJECTS)?;
        Ok(V2Objects {
            table,
            input,
            api_version: table.column("apiVersion")?,
            kind: table.column("kind")?,
            namespace: table.column("metadata.namespace")?,
            name: table.column("metadata.name")?,
            azure_name: table.column("spec.azureName")?,
            owner_name: table.column("spec.owner.name")?,
            owner_arm_id: table.column("spec.owner.armId")?,
            owner_group: table.column("spec.owner.group")?,
            owner_kind: table.column("spec.owner.kind")?,
            resource_id: table.column(&column(RESOURCE_ID))?,
            credential_from: table.column(&column(CREDENTIAL_FROM))?,
            reconciled: table.column(&column(LATEST_RECONCILED_GENERATION))?,
            by_key: OnceCell::new(),
        })
    }

    /// API group and kind of an object.
    pub fn kind(&self, row: Row<'a>) -> (&'a str, &'a str) {
        let api_version = row.text(self.api_version).unwrap_or_default();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        (group, row.text(self.kind).unwrap_or_default())
    }

    /// The ARM ids that an object names itself by: its own, and its owner's.
    pub(super) fn ids(&self, row: Row<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
        let ids = [row.text(self.resource_id), row.text(self.owner_arm_id)];
        ids.into_iter().flatten()
    }

    /// Whether v2 has started a write to Azure for the object, at any time (FACTS 0.12).
    pub fn was_managed(&self, row: Row<'a>) -> bool {
        row.has(self.reconciled)
    }

    /// The name of an object in Azure; none if its kind is not known.
    pub fn name_in_azure(&self, row: Row<'a>) -> Option<&'a str> {
        let (group, kind) = self.kind(row);
        let known = v2::find(group, kind)?;
        Some(self.cells(row, None).name_in_azure(known))
    }

    /// The id by which a claimed object goes: what [`V2Objects::identify`] gives if there is one, without a copy.
    pub fn claimed(&self, row: Row<'a>) -> Option<&'a str> {
        let id = ArmId::check(row.text(self.resource_id)?).ok()?;
        self.is_live(row).then_some(id)
    }

    /// Whether the object was there before the plan.
    fn is_live(&self, row: Row<'a>) -> bool {
        let rows = self.input.now().rows_of(self.table, row.object());
        !rows.is_empty()
    }

    /// The resource that an object stands for at a moment. An owner that the plan creates later, or has deleted, counts all the
    /// same: what owns an object can hardly change, and whether it is there is the business of others.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn identify(
        &self,
        state: State<'a>,
        row: Row<'a>,
        operators: &Operators<'a>,
        known: Subscriptions<'a>,
    ) -> Result<ArmId, Unidentified> {
        let subscription = |row| self.subscription(row, operators, known);
        let find = |key| self.find(state, key, &subscription);
        identify_v2(&self.cells(row, subscription(row)), &find)
    }

    /// The resource that an object which stands for none belongs to.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn within(
        &self,
        state: State<'a>,
        row: Row<'a>,
        operators: &Operators<'a>,
        known: Subscriptions<'a>,
    ) -> Result<ArmId, Unidentified> {
        let subscription = |row| self.subscription(row, operators, known);
        let find = |key| self.find(state, key, &subscription);
        within_v2(&self.cells(row, subscription(row)), &find)
    }

    /// The name by which other objects know this one as their owner.
    pub fn owner_key(&self, row: Row<'a>) -> OwnerKey<'a> {
        let (group, kind) = self.kind(row);
        OwnerKey {
            group,
            kind,
            namespace: row.text(self.namespace),
            name: row.text(self.name).unwrap_or_default(),
        }
    }

    fn subscription(
        &self,
        row: Row<'a>,
        operators: &Operators<'a>,
        known: Subscriptions<'a>,
    ) -> Option<&'a str> {
        // A credential of the object's own is another one than the namespace's; its subscription is not known here.
        let of_credential = match row.text(self.credential_from) {
            None | Some("") => operators.v2_subscription(row.text(self.namespace)),
            Some(_) => None,
        };
        of_credential.or(known.assumed)
    }

    fn find(
        &self,
        state: State<'a>,
        key: OwnerKey<'a>,
        subscription: &dyn Fn(Row<'a>) -> Option<&'a str>,
    ) -> Option<V2Object<'a>> {
        let by_key = self.by_key.get_or_init(|| {
            let added = self
                .input
                .walk()
                .flat_map(|transition| transition.added(self.table));
            let rows = self.input.now().rows(self.table).chain(added);
            let mut by_key = FastMap::default();
            for row in rows {
                by_key.entry(self.owner_key(row)).or_insert(row);
            }
            by_key
        });
        let known = *by_key.get(&key)?;
        let row = state.row_of(self.table, known.object()).unwrap_or(known);
        Some(self.cells(row, subscription(row)))
    }

    fn cells(&self, row: Row<'a>, subscription: Option<&'a str>) -> V2Object<'a> {
        let (group, kind) = self.kind(row);
        // What a manifest says there means nothing (FACTS 0.14).
        V2Object {
            group,
            kind,
            namespace: row.text(self.namespace),
            name: row.text(self.name).unwrap_or_default(),
            azure_name: row.text(self.azure_name),
            owner: V2OwnerCells {
                name: row.text(self.owner_name),
                arm_id: row.text(self.owner_arm_id),
                group: row.text(self.owner_group),
                kind: row.text(self.owner_kind),
            },
            resource_id: row.text(self.resource_id).filter(|_| self.is_live(row)),
            subscription,
        }
    }
}
