//! The merged wishes of a run, and what they mean for the objects of one kind.

use super::{ColumnPath, KindPattern, Relation, Segment, Selector};
use crate::object::{GroupKind, ObjectKey};
use std::collections::{BTreeMap, BTreeSet};

/// Objects that must be kept whole, as JSON text, because the step changes them and needs them before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WholeObjects {
    /// Every object of these kinds.
    pub kinds: Vec<KindPattern>,
    /// These objects.
    pub keys: BTreeSet<ObjectKey>,
}

impl WholeObjects {
    /// Whether this object must be kept whole.
    pub fn contains(&self, key: &ObjectKey) -> bool {
        self.kinds
            .iter()
            .any(|kinds| kinds.matches(&key.kind.group, &key.kind.kind))
            || self.keys.contains(key)
    }
}

/// Everything that is to be read in one run: the merged wishes of the policies and of the step.
#[derive(Clone, Debug, Default)]
pub struct ReadSet {
    selectors: Vec<(KindPattern, Vec<ColumnPath>)>,
    relations: BTreeSet<Relation>,
    /// Objects kept whole. Secrets never are.
    pub whole: WholeObjects,
    /// Every object is kept whole, Secrets without what holds values: for writing them down.
    pub record: bool,
    /// Which Secrets and Deployments hold settings of the operators; empty if nobody asks for the relation.
    pub settings: SettingsRules,
}

/// Where the settings of the operators stand that are not secret. This is data handed in by who knows the operators;
/// readers take exactly the listed keys and drop all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsRules {
    /// Secrets with settings.
    pub secrets: Vec<SettingsSecret>,
    /// Deployments of operators.
    pub deployments: Vec<OperatorDeployment>,
}

/// A Secret of which some keys are not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsSecret {
    /// Value of the column `operator`.
    pub operator: &'static str,
    /// Name of the Secret, in any namespace.
    pub name: &'static str,
    /// The keys that may be read, decoded. `presence:KEY` gives `true` for a non-empty value instead of the value.
    pub keys: &'static [&'static str],
}

/// A Deployment that runs an operator. It gives the settings `deployment` (its name), `version`, `replicas`,
/// `ready-replicas`, and one `argument:--flag` per listed command line flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorDeployment {
    /// Value of the column `operator`.
    pub operator: &'static str,
    /// Name of the Deployment, in any namespace.
    pub name: &'static str,
    /// Command line flags whose values are settings, with their dashes.
    pub arguments: &'static [&'static str],
    /// Environment variables (given literally, not by reference) whose values are settings.
    pub environment: &'static [&'static str],
}

impl ReadSet {
    /// Adds the wishes of one policy (or of a step).
    pub fn add(&mut self, selectors: &[Selector]) {
        for selector in selectors {
            match selector {
                Selector::Objects(objects) => self
                    .selectors
                    .push((objects.kinds.clone(), objects.columns.clone())),
                Selector::Relation(relation) => {
                    self.relations.insert(relation.relation);
                }
            }
        }
    }

    /// Whether a relation is wanted.
    pub fn wants(&self, relation: Relation) -> bool {
        self.relations.contains(&relation)
    }

    /// Every kind that anybody asks for, relations and the objects that the step changes included.
    pub fn kinds(&self) -> Vec<KindPattern> {
        let relations = self.relations.iter().flat_map(|relation| relation.kinds());
        let mut kinds: Vec<_> = self
            .selectors
            .iter()
            .map(|(kinds, _)| kinds.clone())
            .collect();
        kinds.extend(relations.map(|(group, kind)| KindPattern::new(*group, *kind)));
        kinds.extend(self.whole.kinds.iter().cloned());
        let changed = self.whole.keys.iter().map(|key| &key.kind);
        kinds.extend(changed.map(|kind| KindPattern::new(&kind.group, &kind.kind)));
        kinds.sort();
        kinds.dedup();
        kinds
    }

    /// The cells to read of objects of this kind.
    pub fn schema(&self, kind: GroupKind) -> Schema {
        let mut cells = BTreeSet::new();
        let mut lists: BTreeMap<Vec<Segment>, BTreeSet<ColumnPath>> = BTreeMap::new();
        let wanted = self
            .selectors
            .iter()
            .filter(|(kinds, _)| kinds.matches(&kind.group, &kind.kind));
        for column in wanted.flat_map(|(_, columns)| columns) {
            let column = column.stored();
            match column
                .segments
                .iter()
                .position(|segment| *segment == Segment::Each)
            {
                None => {
                    cells.insert(column.into_owned());
                }
                Some(each) => {
                    let prefix = column.segments.iter().take(each).cloned().collect();
                    lists.entry(prefix).or_default().insert(column.into_owned());
                }
            }
        }
        let lists = lists
            .into_iter()
            .map(|(prefix, columns)| ListColumns {
                prefix,
                columns: columns.into_iter().collect(),
            })
            .collect();
        Schema {
            kind,
            cells: cells.into_iter().collect(),
            lists,
        }
    }
}

/// The cells that are read of every object of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The kind.
    pub kind: GroupKind,
    /// Columns without `[*]`: one cell per object.
    pub cells: Vec<ColumnPath>,
    /// Columns with `[*]`, grouped by the path before it: one row of cells per element.
    pub lists: Vec<ListColumns>,
}

/// Columns that share the path up to `[*]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListColumns {
    /// The path before `[*]`.
    pub prefix: Vec<Segment>,
    /// The columns, each with its full path.
    pub columns: Vec<ColumnPath>,
}

/// Where the cells of a column are found in a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnPlace {
    /// The cell with this position.
    Cell(usize),
    /// Column `column` of the list with position `list`.
    List {
        /// Position in [`Schema::lists`].
        list: usize,
        /// Position in [`ListColumns::columns`].
        column: usize,
    },
}

impl Schema {
    /// Where the cells of `column` are.
    pub fn place(&self, column: &ColumnPath) -> Option<ColumnPlace> {
        let column = column.stored();
        let column = column.as_ref();
        if let Ok(cell) = self.cells.binary_search(column) {
            return Some(ColumnPlace::Cell(cell));
        }
        self.lists.iter().enumerate().find_map(|(list, columns)| {
            let column = columns.columns.binary_search(column).ok()?;
            Some(ColumnPlace::List { list, column })
        })
    }
}
