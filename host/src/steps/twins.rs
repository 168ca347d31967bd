//! Finds the v2 objects that stand for the same Azure resource as a v1 object.

use super::kinds::About;
use super::objects::{cell, list};
use asogate_aso::identity::{
    OwnerKey, Unidentified, V1_COLUMNS, V1_SUBNET_COLUMN, V2_COLUMNS, V2Object, V2OwnerCells,
    further_v1, identify_v1, identify_v2, within_v1, within_v2,
};
use asogate_aso::{annotations, settings, v1, v2};
use asogate_core::object::{GroupKind, ObjectId, ObjectKey};
use asogate_core::selector::{KindPattern, ObjectSelector, Relation, RelationSelector, Selector};
use asogate_core::snapshot::{Object, Snapshot};
use std::collections::HashMap;

/// The kind of the authorization rules of hubs.
const HUB_RULE: &str = "NamespacesEventhubsAuthorizationRule";

/// What must be read to find twins.
pub(super) fn selectors() -> Vec<Selector> {
    let table = |group: &str, columns: &[&str]| {
        let columns = columns
            .iter()
            .filter_map(|column| column.parse().ok())
            .collect();
        Selector::Objects(ObjectSelector {
            table: group.to_owned(),
            kinds: KindPattern::new(group, "*"),
            columns,
        })
    };
    let settings = Relation::OperatorSettings;
    vec![
        table(v1::GROUP, V1_COLUMNS),
        table(v1::GROUP, &[V1_SUBNET_COLUMN]),
        table(&format!("*{}", v2::GROUP_SUFFIX), V2_COLUMNS),
        Selector::Relation(RelationSelector::whole(settings.name(), settings)),
    ]
}

/// The v2 objects of a snapshot by the Azure resource they stand for.
pub(super) struct Twins<'a> {
    snapshot: &'a Snapshot,
    by_resource: HashMap<String, Vec<ObjectId>>,
    /// Objects without an ARM id, by the resource they are inside.
    inside_resource: HashMap<String, Vec<ObjectId>>,
    /// Authorization rules by the hub that they are of: v1 writes their keys with the hub's.
    rules_of_hub: HashMap<String, Vec<ObjectId>>,
    v1_subscription: Option<&'a str>,
}

impl<'a> Twins<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Twins<'a> {
        let v2_subscription = setting(settings::V2, snapshot);
        let find = |key: OwnerKey<'a>| {
            let key = ObjectKey {
                kind: GroupKind::new(key.group, key.kind),
                namespace: key.namespace.map(str::to_owned),
                name: key.name.to_owned(),
            };
            let owner = snapshot.get(snapshot.find(&key)?)?;
            Some(cells_of(&owner, snapshot, v2_subscription))
        };
        let mut twins = Twins {
            snapshot,
            by_resource: HashMap::new(),
            inside_resource: HashMap::new(),
            rules_of_hub: HashMap::new(),
            v1_subscription: setting(settings::V1, snapshot),
        };
        for (id, object) in snapshot
            .objects()
            .filter(|(_, object)| About::V2.contains(object.kind()))
        {
            let cells = cells_of(&object, snapshot, v2_subscription);
            match identify_v2(&cells, &find) {
                Ok(resource) => {
                    if object.kind().kind == HUB_RULE
                        && let Some(hub) = resource.parent()
                    {
                        let rules = twins.rules_of_hub.entry(hub.canonical());
                        rules.or_default().push(id);
                    }
                    let known = twins.by_resource.entry(resource.canonical());
                    known.or_default().push(id);
                }
                // A database user has no id of its own, but a database that it is in.
                Err(Unidentified::NotArm) => {
                    if let Ok(within) = within_v2(&cells, &find) {
                        twins
                            .inside_resource
                            .entry(within.canonical())
                            .or_default()
                            .push(id);
                    }
                }
                Err(_) => {}
            }
        }
        twins
    }

    /// The twins of a v1 object, and of what else it manages itself (subnets, retention policies, authorization rules, …).
    /// Of a database user, every v2 user of its database: which of them is the same person, only their Secrets tell.
    pub(super) fn find(&self, object: &Object<'_>) -> Vec<ObjectId> {
        let kind = object.kind().kind.as_str();
        let cell = |column: &str| match column {
            "metadata.name" => Some(self.snapshot.text(object.name())),
            _ => cell(object, column, self.snapshot),
        };
        let own = match identify_v1(kind, &cell, self.v1_subscription) {
            Ok(own) => own,
            Err(Unidentified::NotArm) => {
                let within = within_v1(kind, &cell, self.v1_subscription).ok();
                return within
                    .and_then(|within| self.inside_resource.get(&within.canonical()))
                    .cloned()
                    .unwrap_or_default();
            }
            Err(_) => return vec![],
        };
        let mut resources = further_v1(kind, &own, &cell);
        resources.extend(
            list(object, V1_SUBNET_COLUMN, self.snapshot)
                .map(|subnet| own.child("subnets", subnet)),
        );
        resources.push(own);
        let twins = resources
            .iter()
            .filter_map(|resource| self.by_resource.get(&resource.canonical()));
        twins.flatten().copied().collect()
    }

    /// The v2 objects of one kind from which the keys of a v1 object's Secret can come, from the nearest place where there are
    /// any: those that stand for the same resource, the authorization rule that v1 names, any rule of the hub, the users of
    /// the database, and what stands above it (the server of a user).
    pub(super) fn sources(
        &self,
        object: &Object<'_>,
        (group, kind): (&str, &str),
    ) -> Vec<ObjectId> {
        let v1_kind = object.kind().kind.as_str();
        let cell = |column: &str| match column {
            "metadata.name" => Some(self.snapshot.text(object.name())),
            _ => cell(object, column, self.snapshot),
        };
        let own = identify_v1(v1_kind, &cell, self.v1_subscription);
        let own = own.or_else(|_| within_v1(v1_kind, &cell, self.v1_subscription));
        let Ok(own) = own else { return vec![] };
        let place = own.canonical();
        let mut places = vec![self.by_resource.get(&place)];
        let further = further_v1(v1_kind, &own, &cell);
        places.extend(
            further
                .iter()
                .map(|id| self.by_resource.get(&id.canonical())),
        );
        places.push(self.rules_of_hub.get(&place));
        places.push(self.inside_resource.get(&place));
        places.extend(own.parent().map(|id| self.by_resource.get(&id.canonical())));
        let is_kind = |id: &&ObjectId| {
            let object = self.snapshot.get(**id);
            object.is_some_and(|object| object.kind().group == group && object.kind().kind == kind)
        };
        let of_kind = |objects: &Vec<ObjectId>| objects.iter().filter(is_kind).copied().collect();
        let mut found = places.into_iter().flatten().map(of_kind);
        found
            .find(|objects: &Vec<ObjectId>| !objects.is_empty())
            .unwrap_or_default()
    }
}

fn cells_of<'a>(
    object: &Object<'a>,
    snapshot: &'a Snapshot,
    subscription: Option<&'a str>,
) -> V2Object<'a> {
    let cell = |column: &str| cell(object, column, snapshot);
    let kind: &'a GroupKind = object.kind();
    V2Object {
        group: &kind.group,
        kind: &kind.kind,
        namespace: object
            .namespace()
            .present()
            .map(|namespace| snapshot.text(namespace)),
        name: snapshot.text(object.name()),
        azure_name: cell("spec.azureName"),
        owner: V2OwnerCells {
            name: cell("spec.owner.name"),
            arm_id: cell("spec.owner.armId"),
            group: cell("spec.owner.group"),
            kind: cell("spec.owner.kind"),
        },
        resource_id: cell(&annotations::column(annotations::RESOURCE_ID)),
        subscription,
    }
}

/// The subscription of an operator's own credential.
fn setting<'a>(operator: &str, snapshot: &'a Snapshot) -> Option<&'a str> {
    let rows = snapshot.store().relation(Relation::OperatorSettings)?;
    let width = Relation::OperatorSettings.columns().len();
    rows.cells.chunks_exact(width).find_map(|row| match row {
        [of, _, name, value] => {
            let wanted =
                snapshot.text(*of) == operator && snapshot.text(*name) == settings::SUBSCRIPTION_ID;
            wanted.then(|| snapshot.text(*value))
        }
        _ => None,
    })
}
