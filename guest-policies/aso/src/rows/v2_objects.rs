//! v2 objects and the Azure resources that they stand for.

use super::Ids;
use crate::annotations::{CREDENTIAL_FROM, RESOURCE_ID, column};
use crate::arm_id::{ArmId, ArmIdError};
use crate::identity::{
    FoundOwner, OwnerKey, Unidentified, V2_COLUMNS, V2Object, V2OwnerCells, identify_v2, within_v2,
};
use crate::v2;
use asogate_policy::{Column, FastMap, Input, Part, Row, Selector, State, Symbol, Table};
use std::cell::OnceCell;
use std::rc::Rc;

const OBJECTS: &str = "v2";

/// The v2 objects of a policy's input.
#[derive(Debug)]
pub struct V2Objects<'a> {
    /// The table.
    pub table: Table<'a>,
    input: &'a Input,
    ids: Rc<Ids<'a>>,
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
    /// Every v2 object that is there at some moment, with one of its rows. Most objects are claimed and say themselves what they
    /// stand for, so it is made only when the first owner is looked up.
    by_key: OnceCell<FastMap<OwnerKey<'a>, Row<'a>>>,
}

impl<'a> V2Objects<'a> {
    /// The table that is needed; `further` columns are for the policy itself.
    pub fn selector(further: &[&str]) -> Selector {
        let columns = ["apiVersion", "kind"].into_iter();
        let columns = columns.chain(V2_COLUMNS.iter().copied());
        let columns = columns.chain(further.iter().copied()).map(stored);
        let own = [column(CREDENTIAL_FROM)];
        Selector::objects(OBJECTS, "*.azure.com", "*", columns.chain(own))
    }

    /// The objects.
    ///
    /// # Errors
    ///
    /// If [`V2Objects::selector`] was not asked for.
    pub fn new(input: &'a Input, ids: Rc<Ids<'a>>) -> Result<V2Objects<'a>, String> {
        let table = input.table(OBJECTS)?;
        Ok(V2Objects {
            table,
            input,
            ids,
            api_version: table.column("apiVersion")?,
            kind: table.column("kind")?,
            namespace: table.column("metadata.namespace")?,
            name: table.column("metadata.name")?,
            azure_name: table.column("spec.azureName")?,
            owner_name: table.column("spec.owner.name")?,
            owner_arm_id: table.column("spec.owner.armId")?,
            owner_group: table.column("spec.owner.group")?,
            owner_kind: table.column("spec.owner.kind")?,
            resource_id: table.column(&stored(&column(RESOURCE_ID)))?,
            credential_from: table.column(&column(CREDENTIAL_FROM))?,
            by_key: OnceCell::new(),
        })
    }

    /// API group and kind of an object.
    pub fn kind(&self, row: Row<'a>) -> (&'a str, &'a str) {
        let api_version = row.text(self.api_version).unwrap_or_default();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        (group, row.text(self.kind).unwrap_or_default())
    }

    /// The annotation `resource-id`, whatever it is and whoever wrote it.
    pub fn claim(&self, row: Row<'a>) -> Option<Part> {
        row.part(self.resource_id)
    }

    /// `spec.owner.armId`.
    pub fn owner_arm_id(&self, row: Row<'a>) -> Option<&'a str> {
        row.text(self.owner_arm_id)
    }

    /// `metadata.namespace`, to compare.
    pub fn namespace_symbol(&self, row: Row<'a>) -> Symbol {
        row.symbol(self.namespace)
    }

    /// The namespace whose credential an object uses; none if it names a credential of its own, whose subscription is not
    /// known here.
    pub fn credential_namespace(&self, row: Row<'a>) -> Option<Option<&'a str>> {
        match row.text(self.credential_from) {
            None | Some("") => Some(row.text(self.namespace)),
            Some(_) => None,
        }
    }

    /// The name of an object in Azure; none if its kind is not known.
    pub fn name_in_azure(&self, row: Row<'a>) -> Option<&'a str> {
        let (group, kind) = self.kind(row);
        let known = v2::find(group, kind)?;
        Some(self.cells(row, None).name_in_azure(known))
    }

    /// The id by which a claimed object goes: what [`V2Objects::identify`] gives if there is one, without a copy.
    pub fn claimed(&self, row: Row<'a>) -> Option<Part> {
        self.checked_claim(row)?.ok()
    }

    /// The annotation `resource-id` of an object that was there before the plan. What a manifest says there means nothing, and
    /// v2 computes it anew (FACTS 0.14, OBSERVED 2.p).
    fn checked_claim(&self, row: Row<'a>) -> Option<Result<Part, ArmIdError>> {
        let claim = self.claim(row)?;
        let is_empty = self.input.parent(claim).is_none() && self.input.segment(claim).is_empty();
        (!is_empty && self.is_live(row)).then(|| self.ids.check(claim))
    }

    /// Whether the object was there before the plan.
    fn is_live(&self, row: Row<'a>) -> bool {
        let rows = self.input.now().rows_of(self.table, row.object());
        !rows.is_empty()
    }

    /// The resource that an object stands for at a moment. An owner that the plan creates later, or has deleted, counts all the
    /// same: what owns an object can hardly change, and whether it is there is the business of others. `subscription` tells
    /// that of the credential of an object.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn identify(
        &self,
        state: State<'a>,
        row: Row<'a>,
        subscription: &dyn Fn(Row<'a>) -> Option<&'a str>,
    ) -> Result<ArmId, Unidentified> {
        if let Some(claim) = self.checked_claim(row) {
            return self.id_of(claim).map_err(not_an_id);
        }
        let find = |key| self.find(state, key, subscription);
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
        subscription: &dyn Fn(Row<'a>) -> Option<&'a str>,
    ) -> Result<ArmId, Unidentified> {
        let find = |key| self.find(state, key, subscription);
        within_v2(&self.cells(row, subscription(row)), &find)
    }

    fn id_of(&self, claim: Result<Part, ArmIdError>) -> Result<ArmId, ArmIdError> {
        claim.map(|part| self.ids.id(part))
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

    /// The object that names itself as the owner of this one, at a moment.
    pub fn owner(&self, state: State<'a>, row: Row<'a>) -> Option<Row<'a>> {
        let (group, kind) = self.kind(row);
        let key = self.cells(row, None).owner_key(v2::find(group, kind)?)?;
        self.row_of_owner(state, key)
    }

    fn row_of_owner(&self, state: State<'a>, key: OwnerKey<'a>) -> Option<Row<'a>> {
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
        let now = state.row_of(self.table, known.object());
        Some(now.unwrap_or(known))
    }

    fn find(
        &self,
        state: State<'a>,
        key: OwnerKey<'a>,
        subscription: &dyn Fn(Row<'a>) -> Option<&'a str>,
    ) -> Option<FoundOwner<'a>> {
        let row = self.row_of_owner(state, key)?;
        Some(match self.checked_claim(row) {
            Some(claim) => FoundOwner::Claimed(self.id_of(claim)),
            None => FoundOwner::Object(self.cells(row, subscription(row))),
        })
    }

    fn cells(&self, row: Row<'a>, subscription: Option<&'a str>) -> V2Object<'a> {
        let (group, kind) = self.kind(row);
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
            // Those that are claimed do not come here.
            resource_id: None,
            subscription,
        }
    }
}

fn not_an_id(error: ArmIdError) -> Unidentified {
    Unidentified::NotAnId(RESOURCE_ID, error)
}

/// The column as it is asked for: the annotation `resource-id` comes in parts.
fn stored(name: &str) -> String {
    match name == column(RESOURCE_ID) {
        true => format!("parts({name})"),
        false => name.to_owned(),
    }
}
