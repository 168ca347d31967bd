//! What a policy wants to see: tables of objects, and tables that the host derives.

/// One wish of a policy: a table, under the name by which the policy finds it in its [`Input`](crate::Input).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Cells of the objects of some kinds.
    Objects {
        /// Name of the table.
        table: String,
        /// API group: exact (empty for the core group), `*.azure.com`, or `*`.
        group: String,
        /// Kind, or `*`.
        kind: String,
        /// Paths of the cells, as documented at `columns` in `wit/policy.wit`.
        columns: Vec<String>,
    },
    /// A table that the host derives.
    Relation {
        /// Name of the table.
        table: String,
        /// Which one.
        relation: Relation,
        /// Which columns, in the order of the cells; none: all of them.
        columns: Vec<&'static str>,
    },
}

impl Selector {
    /// The objects of a group (`azure.microsoft.com`, `*.azure.com`, `*`) and kind (or `*`), with these cells.
    pub fn objects<C: Into<String>>(
        table: &str,
        group: &str,
        kind: &str,
        columns: impl IntoIterator<Item = C>,
    ) -> Selector {
        Selector::Objects {
            table: table.into(),
            group: group.into(),
            kind: kind.into(),
            columns: columns.into_iter().map(Into::into).collect(),
        }
    }

    /// A derived table.
    pub fn relation(table: &str, relation: Relation) -> Selector {
        Selector::relation_columns(table, relation, [])
    }

    /// Some columns of a derived table ([`Relation::columns`]): a cell that nobody reads costs memory all the same.
    pub fn relation_columns<const N: usize>(
        table: &str,
        relation: Relation,
        columns: [&'static str; N],
    ) -> Selector {
        Selector::Relation {
            table: table.into(),
            relation,
            columns: columns.into(),
        }
    }

    /// Name of the table.
    pub fn table(&self) -> &str {
        match self {
            Selector::Objects { table, .. } | Selector::Relation { table, .. } => table,
        }
    }

    pub(crate) fn columns(&self) -> Vec<String> {
        match self {
            Selector::Objects { columns, .. } => columns.clone(),
            Selector::Relation {
                relation, columns, ..
            } => {
                let columns = match columns.is_empty() {
                    true => relation.columns(),
                    false => columns,
                };
                columns.iter().map(|name| (*name).into()).collect()
            }
        }
    }
}

/// A table that the host derives because it is knowledge about Kubernetes. Columns that end in `-id` hold objects: read
/// them with [`Row::reference`](crate::Row::reference). What each row stands for is documented at `relation-selector`
/// in `wit/policy.wit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// One row per owner reference of each object in the object tables of this policy:
    /// `owner-id`, `uid`, `group`, `kind`, `name`, `controller`.
    OwnerReferences,
    /// One row per key of each Secret: `namespace`, `secret`, `key`, `empty`, `class`.
    SecretKeys,
    /// One row per key of each ConfigMap: `namespace`, `config-map`, `key`.
    ConfigMapKeys,
    /// One row per place that names a Secret: `namespace`, `secret`, `key`, `how`, `optional`.
    SecretReferences,
    /// One row per place that names a ConfigMap: `namespace`, `config-map`, `key`, `how`, `optional`.
    ConfigMapReferences,
    /// One row per version of each CustomResourceDefinition:
    /// `group`, `kind`, `plural`, `version`, `served`, `storage`, `established`.
    ServedApis,
    /// One row per setting of an operator that is not secret: `operator`, `namespace`, `setting`, `value`.
    OperatorSettings,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Relation; 7] = [
        Relation::OwnerReferences,
        Relation::SecretKeys,
        Relation::ConfigMapKeys,
        Relation::SecretReferences,
        Relation::ConfigMapReferences,
        Relation::ServedApis,
        Relation::OperatorSettings,
    ];

    /// The name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Relation::OwnerReferences => "owner-references",
            Relation::SecretKeys => "secret-keys",
            Relation::ConfigMapKeys => "config-map-keys",
            Relation::SecretReferences => "secret-references",
            Relation::ConfigMapReferences => "config-map-references",
            Relation::ServedApis => "served-apis",
            Relation::OperatorSettings => "operator-settings",
        }
    }

    /// The columns, in the order of the contract.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Relation::OwnerReferences => {
                &["owner-id", "uid", "group", "kind", "name", "controller"]
            }
            Relation::SecretKeys => &["namespace", "secret", "key", "empty", "class"],
            Relation::ConfigMapKeys => &["namespace", "config-map", "key"],
            Relation::SecretReferences => &["namespace", "secret", "key", "how", "optional"],
            Relation::ConfigMapReferences => &["namespace", "config-map", "key", "how", "optional"],
            Relation::ServedApis => &[
                "group",
                "kind",
                "plural",
                "version",
                "served",
                "storage",
                "established",
            ],
            Relation::OperatorSettings => &["operator", "namespace", "setting", "value"],
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::Relation;
    use asogate_core::selector;

    #[test]
    fn relations_are_those_of_the_host() {
        let ours = Relation::ALL.map(|relation| (relation.name(), relation.columns()));
        let hosts = selector::Relation::ALL.map(|relation| (relation.name(), relation.columns()));
        assert_eq!(ours, hosts);
    }
}
