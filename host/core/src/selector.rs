//! What is to be read of a cluster: selectors of policies, merged into one [`ReadSet`], and per kind into a [`Schema`].

use crate::object::{GroupKind, ObjectKey};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

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

/// What a column gives of the value at its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// The value: a string as it is, a number or boolean as its JSON text, a map or list as compact JSON.
    Value,
    /// `key(…[*])`: the key of the map entry, or the position in the list.
    Key,
    /// `class(…)`: a value class, so that equality can be seen and the value cannot.
    Class,
}

/// One step of a column's path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A field of a map. `.name` and `[name]` mean the same; the brackets allow every character but `]`.
    Field(String),
    /// `[*]`: every element of a list or value of a map.
    Each,
}

/// A path to cells of an object, with what is wanted of the value there (see the WIT documentation of `columns`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnPath {
    /// What is wanted of the value.
    pub function: Function,
    /// The path. At most one segment is [`Segment::Each`].
    pub segments: Vec<Segment>,
}

/// Why a text is not a column path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnPathError {
    /// The text is empty, or a field name between two dots is.
    #[error("`{0}` has an empty field name")]
    EmptyField(String),
    /// A `[` without its `]`.
    #[error("`{0}` has a `[` without a `]`")]
    OpenBracket(String),
    /// More than one `[*]`.
    #[error("`{0}` has more than one `[*]`; ask for the inner part as JSON text instead")]
    TwoEach(String),
    /// An unknown function, or one without its closing parenthesis.
    #[error("`{0}` is not a path, `key(path)` or `class(path)`")]
    Function(String),
    /// `key(…)` of something that is not `[*]`.
    #[error("`{0}` asks for a key, but its path does not end in `[*]`")]
    KeyWithoutEach(String),
    /// A column that is never available because of what it could show, or because it changes as owners go.
    #[error("`{0}` is not available as a column; use the relation `{1}`")]
    Withheld(String, &'static str),
}

impl FromStr for ColumnPath {
    type Err = ColumnPathError;

    fn from_str(text: &str) -> Result<Self, ColumnPathError> {
        let (function, path) = match text.split_once('(') {
            // A parenthesis inside brackets belongs to a literal key.
            Some((name, rest)) if !name.contains(['[', '.']) => {
                let function = match name {
                    "key" => Function::Key,
                    "class" => Function::Class,
                    _ => return Err(ColumnPathError::Function(text.into())),
                };
                let inner = rest
                    .strip_suffix(')')
                    .ok_or_else(|| ColumnPathError::Function(text.into()))?;
                (function, inner)
            }
            _ => (Function::Value, text),
        };
        let segments = parse_segments(path, text)?;
        let each = segments
            .iter()
            .filter(|segment| **segment == Segment::Each)
            .count();
        if each > 1 {
            return Err(ColumnPathError::TwoEach(text.into()));
        }
        if function == Function::Key && segments.last() != Some(&Segment::Each) {
            return Err(ColumnPathError::KeyWithoutEach(text.into()));
        }
        if let [Segment::Field(first), Segment::Field(second), ..] = segments.as_slice()
            && first == "metadata"
            && second == "ownerReferences"
        {
            return Err(ColumnPathError::Withheld(text.into(), "owner-references"));
        }
        Ok(ColumnPath { function, segments })
    }
}

fn parse_segments(path: &str, whole: &str) -> Result<Vec<Segment>, ColumnPathError> {
    let mut segments = Vec::new();
    let mut rest = path;
    loop {
        if let Some(inner) = rest.strip_prefix('[') {
            let (key, after) = inner
                .split_once(']')
                .ok_or_else(|| ColumnPathError::OpenBracket(whole.into()))?;
            segments.push(match key {
                "*" => Segment::Each,
                "" => return Err(ColumnPathError::EmptyField(whole.into())),
                key => Segment::Field(key.into()),
            });
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            if field.is_empty() {
                return Err(ColumnPathError::EmptyField(whole.into()));
            }
            segments.push(Segment::Field(field.into()));
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(segments),
            None => {}
        }
    }
}

impl fmt::Display for ColumnPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            Function::Value => {}
            Function::Key => out.write_str("key(")?,
            Function::Class => out.write_str("class(")?,
        }
        write_segments(&self.segments, out)?;
        if self.function != Function::Value {
            out.write_str(")")?;
        }
        Ok(())
    }
}

fn write_segments(segments: &[Segment], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, segment) in segments.iter().enumerate() {
        match segment {
            Segment::Each => out.write_str("[*]")?,
            Segment::Field(name) if name.contains(['.', '/', '[', '(', ' ', ':']) => {
                write!(out, "[{name}]")?
            }
            Segment::Field(name) => {
                if index > 0 {
                    out.write_str(".")?;
                }
                out.write_str(name)?;
            }
        }
    }
    Ok(())
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

/// A table that the host derives. The columns are documented at `relation-selector` in `wit/policy.wit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// One row per owner reference.
    OwnerReferences,
    /// One row per key of a Secret.
    SecretKeys,
    /// One row per key of a ConfigMap.
    ConfigMapKeys,
    /// One row per place that names a Secret.
    SecretReferences,
    /// One row per place that names a ConfigMap.
    ConfigMapReferences,
    /// One row per version of a CustomResourceDefinition.
    ServedApis,
    /// One row per setting of an operator that is not secret.
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
    pub fn name(self) -> &'static str {
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

    /// The relation with this name.
    pub fn from_name(name: &str) -> Option<Relation> {
        Relation::ALL
            .into_iter()
            .find(|relation| relation.name() == name)
    }

    /// The columns, in their order. Those that end in `-id` hold object ids.
    pub fn columns(self) -> &'static [&'static str] {
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

    /// The kinds from which the relation is derived: it is complete only if all of them are.
    pub fn kinds(self) -> &'static [(&'static str, &'static str)] {
        const REFERRERS: &[(&str, &str)] = &[
            ("", "Pod"),
            ("", "ServiceAccount"),
            ("apps", "Deployment"),
            ("apps", "StatefulSet"),
            ("apps", "DaemonSet"),
            ("apps", "ReplicaSet"),
            ("batch", "Job"),
            ("batch", "CronJob"),
            ("networking.k8s.io", "Ingress"),
        ];
        match self {
            // Owner references belong to the objects in the policy's own tables, whose coverage counts already.
            Relation::OwnerReferences => &[],
            Relation::SecretKeys => &[("", "Secret")],
            Relation::ConfigMapKeys => &[("", "ConfigMap")],
            Relation::SecretReferences => REFERRERS,
            Relation::ConfigMapReferences => REFERRERS,
            Relation::ServedApis => &[("apiextensions.k8s.io", "CustomResourceDefinition")],
            Relation::OperatorSettings => &[("", "Secret"), ("apps", "Deployment")],
        }
    }
}

/// A relation under the name by which the policy finds the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationSelector {
    /// Name of the table.
    pub table: String,
    /// Which relation.
    pub relation: Relation,
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

    /// Every kind that anybody asks for, relations included.
    pub fn kinds(&self) -> Vec<KindPattern> {
        let relations = self.relations.iter().flat_map(|relation| relation.kinds());
        let mut kinds: Vec<_> = self
            .selectors
            .iter()
            .map(|(kinds, _)| kinds.clone())
            .collect();
        kinds.extend(relations.map(|(group, kind)| KindPattern::new(*group, *kind)));
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
            match column
                .segments
                .iter()
                .position(|segment| *segment == Segment::Each)
            {
                None => {
                    cells.insert(column.clone());
                }
                Some(each) => {
                    let prefix = column.segments.iter().take(each).cloned().collect();
                    lists.entry(prefix).or_default().insert(column.clone());
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
        if let Ok(cell) = self.cells.binary_search(column) {
            return Some(ColumnPlace::Cell(cell));
        }
        self.lists.iter().enumerate().find_map(|(list, columns)| {
            let column = columns.columns.binary_search(column).ok()?;
            Some(ColumnPlace::List { list, column })
        })
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
