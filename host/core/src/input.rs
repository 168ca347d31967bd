//! What one policy sees: the tables that it asked for, in every state that the plan brings about, with a pool of just the
//! strings that occur in them. This is the value that crosses into the sandbox; `wit/policy.wit` documents it.

mod codes;
mod strings;
mod tables;

pub use strings::Strings;
pub use tables::Table;

use crate::object::ObjectId;
use crate::plan::Step;
use crate::projection::Projection;
use crate::selector::{ObjectSelector, Relation, Selector};
use crate::simulate::Effect;
use codes::Codes;
use tables::{object_table, owner_table, relation_table};

/// The name under which `input.extra` holds the ids of the objects that the step was asked for.
pub const SELECTED: &str = "selected";

/// The name under which `input.change-extra` holds a scalar that readers of YAML do not agree on.
pub const YAML11_SCALAR: &str = "yaml11-scalar";

/// What is known of one change beside its effect: the number of the change, a name that the contract documents at
/// `input.change-extra`, and a value.
pub type ChangeNote = (u32, &'static str, String);

/// The value that a policy judges.
#[derive(Clone, Debug)]
pub struct PolicyInput<'a> {
    /// The step; none for `lint`.
    pub step: Option<Step>,
    /// The strings; entry 0 is empty and means "absent".
    pub strings: Strings,
    /// The parts of the cells of `parts(…)` columns, by their numbers from 1: parent, code of the segment, and the first part
    /// with the same text but for casing.
    pub parts: Vec<[u32; 3]>,
    /// One table per selector, in their order.
    pub tables: Vec<Table>,
    /// The changes, consequences included.
    pub changes: &'a [Effect],
    /// How many objects there are, created ones included: their ids are `1..=objects`.
    pub objects: usize,
    /// Pairs of name and value that the contract documents at `input.extra`.
    pub extra: Vec<(&'static str, String)>,
    /// What is known of single changes, in their order.
    pub change_extra: &'a [ChangeNote],
}

impl<'a> PolicyInput<'a> {
    /// The input for a policy with these selectors.
    pub fn new(
        projection: &'a Projection<'_>,
        selectors: &[Selector],
        step: Option<Step>,
    ) -> PolicyInput<'a> {
        let mut codes = Codes::new(projection);
        let own_objects: Vec<&ObjectSelector> = selectors
            .iter()
            .filter_map(|selector| match selector {
                Selector::Objects(objects) => Some(objects),
                Selector::Relation(_) => None,
            })
            .collect();
        let tables = selectors
            .iter()
            .map(|selector| match selector {
                Selector::Objects(objects) => object_table(projection, objects, &mut codes),
                Selector::Relation(relation) if relation.relation == Relation::OwnerReferences => {
                    owner_table(projection, relation, &own_objects, &mut codes)
                }
                Selector::Relation(relation) => relation_table(projection, relation, &mut codes),
            })
            .collect();
        PolicyInput {
            step,
            strings: codes.strings,
            parts: codes.parts,
            tables,
            changes: &projection.outcome().effects,
            objects: projection.snapshot().len() + projection.outcome().created.len(),
            extra: vec![],
            change_extra: &[],
        }
    }

    /// With what is known of single changes, in their order.
    #[must_use]
    pub fn with_change_extra(mut self, notes: &'a [ChangeNote]) -> PolicyInput<'a> {
        self.change_extra = notes;
        self
    }

    /// With the objects that the step was asked for, whether or not the plan changes them.
    #[must_use]
    pub fn with_selected(mut self, selected: &[ObjectId]) -> PolicyInput<'a> {
        if !selected.is_empty() {
            let ids: Vec<String> = selected
                .iter()
                .map(|object| object.number().to_string())
                .collect();
            self.extra.push((SELECTED, ids.join(" ")));
        }
        self
    }
}

#[cfg(test)]
mod tests;
