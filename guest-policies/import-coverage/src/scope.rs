//! What an import is about: the roots of the objects that it brings or changes, and the namespaces that it fills. A group
//! that is imported is imported whole; what lies in the same namespaces only may follow with another import.

use crate::claims::Claim;
use crate::objects::V2;
use asogate_aso::arm_id::ArmId;
use asogate_policy::{Input, Level, Symbol};
use std::collections::{BTreeMap, HashMap};

/// For each root and namespace, the first change that concerns it.
pub(crate) struct Scope {
    roots: HashMap<String, u32>,
    namespaces: BTreeMap<Symbol, u32>,
}

impl Scope {
    pub(crate) fn new<'a>(input: &'a Input, objects: &V2<'a>) -> Scope {
        let mut scope = Scope {
            roots: HashMap::new(),
            namespaces: BTreeMap::new(),
        };
        for (change, _, row) in objects
            .changes()
            .filter(|(change, ..)| change.is_requested())
        {
            let namespace = objects.namespace(row);
            scope.namespaces.entry(namespace).or_insert(change.number);
            let root = objects.root(input.after_all(), row);
            if let Ok(id) = objects.identify(input.after_all(), root) {
                scope.roots.entry(id.canonical()).or_insert(change.number);
            }
        }
        scope
    }

    /// Whether the import is about this resource: `deny` below its roots, `warn` in its namespaces, with the first change that
    /// is.
    pub(crate) fn of_claim(&self, claim: &Claim) -> Option<(Level, u32)> {
        self.of(&claim.id, claim.namespace)
    }

    pub(crate) fn of(&self, id: &ArmId, namespace: Symbol) -> Option<(Level, u32)> {
        let mut above = Some(id.clone());
        while let Some(id) = above {
            if let Some(change) = self.roots.get(&id.canonical()) {
                return Some((Level::Deny, *change));
            }
            above = id.parent();
        }
        let change = self.of_namespace(namespace)?;
        Some((Level::Warn, change))
    }

    pub(crate) fn of_namespace(&self, namespace: Symbol) -> Option<u32> {
        self.namespaces.get(&namespace).copied()
    }
}
