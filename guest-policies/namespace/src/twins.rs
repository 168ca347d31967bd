//! The v1 objects that stand for the same Azure resource as a v2 object.

use crate::watched::Operators;
use asogate_aso::annotations::{CREDENTIAL_FROM, column};
use asogate_aso::arm_ids::{ArmIdKey, ArmIds};
use asogate_aso::identity::{
    OwnerKey, V1_COLUMNS, V2_COLUMNS, V2Object, V2OwnerCells, identify_v1, identify_v2,
};
use asogate_policy::{Column, FastMap, Input, ObjectId, Row, Selector, State, Table};

/// What stands for a subscription that is not known (in `lint` no settings are read): the same for both operators, so that
/// ids differ in everything else only. Whether the subscription is the right one is `credential-scope`'s business.
const UNKNOWN_SUBSCRIPTION: &str = "unknown";

pub(crate) fn reads() -> Vec<Selector> {
    let mut v1 = vec!["kind", "metadata.namespace"];
    v1.extend(V1_COLUMNS);
    let mut v2: Vec<String> = ["apiVersion", "kind"].map(String::from).into();
    v2.extend(V2_COLUMNS.iter().map(|column| (*column).to_owned()));
    v2.push(column(CREDENTIAL_FROM));
    vec![
        Selector::objects("v1", asogate_aso::v1::GROUP, "*", v1),
        Selector::objects("v2", "*.azure.com", "*", v2),
    ]
}

/// Both tables of objects, and who in them stands for the same Azure resource.
pub(crate) struct Twins<'a> {
    pub(crate) v1: Table<'a>,
    pub(crate) v1_namespace: Column,
    pub(crate) v2: Table<'a>,
    pub(crate) v2_namespace: Column,
    v2_columns: V2Columns,
    operators: &'a Operators<'a>,
    assumed_subscription: &'a str,
    /// Every v1 object that exists at any moment of the plan, by the resource that it stands for.
    by_resource: FastMap<ArmIdKey, Vec<ObjectId>>,
    ids: ArmIds<'a>,
    /// Every v2 object that exists at any moment of the plan.
    by_key: FastMap<OwnerKey<'a>, ObjectId>,
}

#[derive(Clone, Copy)]
struct V2Columns {
    api_version: Column,
    kind: Column,
    name: Column,
    azure_name: Column,
    owner_name: Column,
    owner_arm_id: Column,
    owner_group: Column,
    owner_kind: Column,
    credential_from: Column,
}

impl<'a> Twins<'a> {
    pub(crate) fn new(input: &'a Input, operators: &'a Operators<'a>) -> Result<Twins<'a>, String> {
        let (v1, v2) = (input.table("v1")?, input.table("v2")?);
        let v2_columns = V2Columns {
            api_version: v2.column("apiVersion")?,
            kind: v2.column("kind")?,
            name: v2.column("metadata.name")?,
            azure_name: v2.column("spec.azureName")?,
            owner_name: v2.column("spec.owner.name")?,
            owner_arm_id: v2.column("spec.owner.armId")?,
            owner_group: v2.column("spec.owner.group")?,
            owner_kind: v2.column("spec.owner.kind")?,
            credential_from: v2.column(&column(CREDENTIAL_FROM))?,
        };
        let mut twins = Twins {
            v1,
            v1_namespace: v1.column("metadata.namespace")?,
            v2,
            v2_namespace: v2.column("metadata.namespace")?,
            v2_columns,
            operators,
            assumed_subscription: UNKNOWN_SUBSCRIPTION,
            by_resource: FastMap::default(),
            ids: ArmIds::default(),
            by_key: FastMap::default(),
        };
        // Identities are worked out only where a v2 object changes; pausing and deleting v1 objects concerns none.
        if !input
            .walk()
            .any(|transition| transition.added(v2).first().is_some())
        {
            return Ok(twins);
        }
        twins.add_v1(input)?;
        let added = input.walk().flat_map(|transition| transition.added(v2));
        for row in input.now().rows(v2).chain(added) {
            if let Some(object) = twins.object(row) {
                let key = OwnerKey {
                    group: object.group,
                    kind: object.kind,
                    namespace: object.namespace,
                    name: object.name,
                };
                twins.by_key.insert(key, row.object());
            }
        }
        Ok(twins)
    }

    fn add_v1(&mut self, input: &'a Input) -> Result<(), String> {
        let kind = self.v1.column("kind")?;
        let columns = V1_COLUMNS.iter().map(|name| self.v1.column(name));
        let columns: Vec<Column> = columns.collect::<Result<_, _>>()?;
        let added = input
            .walk()
            .flat_map(|transition| transition.added(self.v1));
        let rows: Vec<Row<'a>> = input.now().rows(self.v1).chain(added).collect();
        // Objects that v1 has provisioned say their subscription themselves.
        let status = self.v1.column("status.resourceId")?;
        let stated = rows.iter().filter_map(|row| row.text(status));
        let stated = stated.filter_map(|id| id.split('/').nth(2));
        let subscription = self
            .operators
            .v1_subscription()
            .or(stated.into_iter().next());
        self.assumed_subscription = subscription.unwrap_or(UNKNOWN_SUBSCRIPTION);
        for row in rows {
            let cell = |column: &str| {
                let position = V1_COLUMNS.iter().position(|known| *known == column)?;
                row.text(*columns.get(position)?)
            };
            let kind = row.text(kind).unwrap_or_default();
            let id = identify_v1(kind, &cell, Some(self.assumed_subscription));
            if let Ok(id) = id {
                let id = self.ids.add(String::from(id));
                let objects = self.by_resource.entry(id).or_default();
                if !objects.contains(&row.object()) {
                    objects.push(row.object());
                }
            }
        }
        Ok(())
    }

    fn object(&self, row: Row<'a>) -> Option<V2Object<'a>> {
        let columns = self.v2_columns;
        let (group, _) = row.text(columns.api_version)?.split_once('/')?;
        let namespace = row.text(self.v2_namespace);
        // A credential of the object's own is another one than the namespace's; its subscription is not known here.
        let known = match row.text(columns.credential_from) {
            None | Some("") => self.operators.v2_subscription(namespace),
            Some(_) => None,
        };
        Some(V2Object {
            group,
            kind: row.text(columns.kind)?,
            namespace,
            name: row.text(columns.name)?,
            azure_name: row.text(columns.azure_name),
            owner: V2OwnerCells {
                name: row.text(columns.owner_name),
                arm_id: row.text(columns.owner_arm_id),
                group: row.text(columns.owner_group),
                kind: row.text(columns.owner_kind),
            },
            // The annotation of a claimed object repeats what its fields say.
            resource_id: None,
            subscription: known.or(Some(self.assumed_subscription)),
        })
    }

    /// The v1 objects that stand at this moment for the same Azure resource as this v2 object. None if it is not known which
    /// resource that is: other policies say why.
    pub(crate) fn of(&self, state: State<'a>, row: Row<'a>) -> Vec<ObjectId> {
        let find = |key: OwnerKey<'a>| {
            let object = *self.by_key.get(&key)?;
            self.object(state.row_of(self.v2, object)?)
        };
        let id = self
            .object(row)
            .and_then(|object| identify_v2(&object, &find).ok());
        let known = id.and_then(|id| self.ids.find(id.as_str()));
        let twins = known.and_then(|id| self.by_resource.get(&id));
        let twins = twins.into_iter().flatten().copied();
        twins
            .filter(|&twin| state.row_of(self.v1, twin).is_some())
            .collect()
    }

    /// The namespace of a v1 object.
    pub(crate) fn v1_namespace(&self, state: State<'a>, object: ObjectId) -> Option<&'a str> {
        state.row_of(self.v1, object)?.text(self.v1_namespace)
    }
}
