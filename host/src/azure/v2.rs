//! v2's objects as the ASO model identifies them: those of the cluster, and those that files or a plan bring.

use super::cells::Cells;
use super::identity::Identity;
use super::operators::Subscriptions;
use asogate_aso::annotations::{CREDENTIAL_FROM, RESOURCE_ID, column};
use asogate_aso::identity::{OwnerKey, V2Object, V2OwnerCells, identify_v2, within_v2};
use asogate_aso::operators::Operators;
use asogate_core::object::{GroupKind, ObjectKey};
use asogate_core::snapshot::{Object, Snapshot};
use serde_json::Value;
use std::collections::HashMap;

/// The objects among which owners are looked up.
#[derive(Clone, Copy)]
pub(crate) struct V2Models<'m, 'a> {
    pub(crate) snapshot: &'a Snapshot,
    /// The columns of identities, and of the annotation with the credential.
    pub(crate) cells: &'m Cells<'a>,
    /// Objects that are not in the cluster yet.
    pub(crate) planned: &'m HashMap<&'a ObjectKey, &'a Value>,
    pub(crate) operators: &'m Operators<'a>,
    pub(crate) subscriptions: &'m Subscriptions<'a>,
}

impl<'a> V2Models<'_, 'a> {
    pub(crate) fn identity(&self, model: &V2Object<'a>) -> Identity {
        let find = |key: OwnerKey<'a>| self.find(key);
        Identity::of(identify_v2(model, &find), || within_v2(model, &find))
    }

    /// The object with this key: in the cluster, else a planned one.
    pub(crate) fn of_key(&self, key: &ObjectKey) -> Option<V2Object<'a>> {
        let live = self.snapshot.find(key);
        if let Some(object) = live.and_then(|id| self.snapshot.get(id)) {
            return Some(self.of_live(&object));
        }
        let (key, object) = self.planned.get_key_value(key)?;
        Some(self.of_planned(key, object))
    }

    fn find(&self, key: OwnerKey<'a>) -> Option<V2Object<'a>> {
        self.of_key(&ObjectKey {
            kind: GroupKind::new(key.group, key.kind),
            namespace: key.namespace.map(str::to_owned),
            name: key.name.to_owned(),
        })
    }

    pub(crate) fn of_live(&self, object: &Object<'a>) -> V2Object<'a> {
        let cell = |name: &str| self.cells.text(object, name);
        let namespace = object.namespace().present();
        let namespace = namespace.map(|namespace| self.snapshot.text(namespace));
        let kind = object.kind();
        let credential = cell(&column(CREDENTIAL_FROM));
        V2Object {
            group: &kind.group,
            kind: &kind.kind,
            namespace,
            name: self.snapshot.text(object.name()),
            azure_name: cell("spec.azureName"),
            owner: V2OwnerCells {
                name: cell("spec.owner.name"),
                arm_id: cell("spec.owner.armId"),
                group: cell("spec.owner.group"),
                kind: cell("spec.owner.kind"),
            },
            resource_id: cell(&column(RESOURCE_ID)),
            subscription: self
                .subscriptions
                .of_v2(self.operators, namespace, credential),
        }
    }

    /// The annotation with the resource's id is left out: in a file it says nothing (FACTS 0.14).
    pub(crate) fn of_planned(&self, key: &'a ObjectKey, object: &'a Value) -> V2Object<'a> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let annotations = object.pointer("/metadata/annotations");
        let credential = annotations.and_then(|all| all.get(CREDENTIAL_FROM)?.as_str());
        let namespace = key.namespace.as_deref();
        V2Object {
            group: &key.kind.group,
            kind: &key.kind.kind,
            namespace,
            name: &key.name,
            azure_name: text("/spec/azureName"),
            owner: V2OwnerCells {
                name: text("/spec/owner/name"),
                arm_id: text("/spec/owner/armId"),
                group: text("/spec/owner/group"),
                kind: text("/spec/owner/kind"),
            },
            resource_id: None,
            subscription: self
                .subscriptions
                .of_v2(self.operators, namespace, credential),
        }
    }
}
