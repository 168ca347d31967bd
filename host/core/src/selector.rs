//! What is to be read of a cluster: selectors of policies ([`Selector`]), with the cells they ask for ([`ColumnPath`]) and the
//! tables that the host derives ([`Relation`]), merged into one [`ReadSet`], and per kind into a [`Schema`].

mod column;
mod read_set;
mod relation;

pub use column::{ColumnPath, ColumnPathError, Function, Segment};
pub use read_set::{
    ColumnPlace, ListColumns, OperatorDeployment, ReadSet, Schema, SettingsRules, SettingsSecret,
    WholeObjects,
};
pub use relation::Relation;

use crate::object::GroupKind;
use std::fmt;

/// Kinds, by group and kind: exact, `*.suffix` for groups, `*` for any group or kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindPattern {
    /// Exact group (empty: the core group), `*.azure.com` for all groups with that ending, or `*`.
    pub group: String,
    /// Exact kind, or `*`.
    pub kind: String,
}

impl KindPattern {
    /// The pattern with this group and kind.
    pub fn new(group: impl Into<String>, kind: impl Into<String>) -> Self {
        KindPattern {
            group: group.into(),
            kind: kind.into(),
        }
    }

    /// Whether objects of this group and kind are meant.
    pub fn matches(&self, group: &str, kind: &str) -> bool {
        (self.kind == "*" || self.kind == kind) && self.matches_group(group)
    }

    fn matches_group(&self, group: &str) -> bool {
        match self.group.strip_prefix('*') {
            Some("") => true,
            Some(suffix) => group.len() > suffix.len() && group.ends_with(suffix),
            None => self.group == group,
        }
    }

    /// Whether the pattern names exactly one kind, and which.
    pub fn exact(&self) -> Option<GroupKind> {
        (!self.group.contains('*') && self.kind != "*")
            .then(|| GroupKind::new(&self.group, &self.kind))
    }
}

impl fmt::Display for KindPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.group.as_str(), self.kind.as_str()) {
            ("*", "*") => out.write_str("every kind"),
            (group, "*") => write!(out, "every kind of {group}"),
            _ => GroupKind::new(&self.group, &self.kind).fmt(out),
        }
    }
}

/// The objects of some kinds, as a table with these columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectSelector {
    /// The name under which the policy finds the table.
    pub table: String,
    /// Which kinds.
    pub kinds: KindPattern,
    /// The cells of a row.
    pub columns: Vec<ColumnPath>,
}

/// A relation under the name by which the policy finds the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationSelector {
    /// Name of the table.
    pub table: String,
    /// Which relation.
    pub relation: Relation,
    /// Positions in [`Relation::columns`] of those that are wanted, in the order wanted; none: all of them.
    pub columns: Vec<usize>,
}

impl RelationSelector {
    /// All columns of a relation.
    pub fn whole(table: impl Into<String>, relation: Relation) -> RelationSelector {
        RelationSelector {
            table: table.into(),
            relation,
            columns: vec![],
        }
    }

    /// The positions of the columns of the table, in its order.
    pub fn positions(&self) -> Vec<usize> {
        match self.columns.is_empty() {
            true => (0..self.relation.columns().len()).collect(),
            false => self.columns.clone(),
        }
    }
}

/// One wish of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Objects of some kinds.
    Objects(ObjectSelector),
    /// A derived table.
    Relation(RelationSelector),
}

impl Selector {
    /// The name under which the policy finds the table.
    pub fn table(&self) -> &str {
        match self {
            Selector::Objects(objects) => &objects.table,
            Selector::Relation(relation) => &relation.table,
        }
    }

    /// The kinds that must be completely covered for the table to be trusted.
    pub fn kinds(&self) -> Vec<KindPattern> {
        match self {
            Selector::Objects(objects) => vec![objects.kinds.clone()],
            Selector::Relation(relation) => relation
                .relation
                .kinds()
                .iter()
                .map(|(group, kind)| KindPattern::new(*group, *kind))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ColumnPath {
        text.parse().unwrap()
    }

    #[test]
    fn brackets_and_dots_name_the_same_field() {
        assert_eq!(
            path("metadata.annotations[skipreconcile]"),
            path("metadata.annotations.skipreconcile")
        );
        assert_eq!(
            path("metadata.annotations[serviceoperator.azure.com/reconcile-policy]").to_string(),
            "metadata.annotations[serviceoperator.azure.com/reconcile-policy]"
        );
        assert_eq!(
            path("key(spec.operatorSpec.secrets[*])").to_string(),
            "key(spec.operatorSpec.secrets[*])"
        );
        assert_eq!(path("spec.rules[*].host").to_string(), "spec.rules[*].host");
    }

    #[test]
    fn misspelt_paths_are_refused_with_their_text() {
        for text in [
            "",
            "a..b",
            "a[",
            "a[]",
            "f(a)",
            "key(a)",
            "a[*].b[*]",
            "class(a",
            "metadata.ownerReferences[*].uid",
        ] {
            let error = text.parse::<ColumnPath>().unwrap_err();
            assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn group_patterns_match_whole_labels_only() {
        let azure = KindPattern::new("*.azure.com", "*");
        assert!(azure.matches("storage.azure.com", "StorageAccount"));
        assert!(!azure.matches("azure.com", "X"));
        assert!(!azure.matches("azure.microsoft.com", "StorageAccount"));
        assert!(!azure.matches("notazure.com", "X"));
    }

    #[test]
    fn schemas_merge_the_wishes_of_all_policies() {
        let objects = |columns: &[&str]| {
            Selector::Objects(ObjectSelector {
                table: "t".into(),
                kinds: KindPattern::new("*.azure.com", "*"),
                columns: columns.iter().map(|column| path(column)).collect(),
            })
        };
        let mut read_set = ReadSet::default();
        read_set.add(&[objects(&[
            "spec.azureName",
            "spec.operatorSpec.secrets[*].name",
        ])]);
        read_set.add(&[objects(&[
            "spec.azureName",
            "key(spec.operatorSpec.secrets[*])",
        ])]);
        let schema = read_set.schema(GroupKind::new("cache.azure.com", "Redis"));
        assert_eq!(schema.cells, [path("spec.azureName")]);
        assert_eq!(schema.lists.len(), 1);
        assert_eq!(
            schema.place(&path("key(spec.operatorSpec.secrets[*])")),
            Some(ColumnPlace::List { list: 0, column: 1 })
        );
        assert_eq!(read_set.schema(GroupKind::new("", "Secret")).cells, []);
    }
}
