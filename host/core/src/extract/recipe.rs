//! What is read of the objects of one kind, compiled into a tree of paths.

use super::kubernetes;
use super::text::Redact;
use crate::selector::{ColumnPath, Function, ReadSet, Relation, Schema, Segment};

/// Position of a node in [`Recipe::nodes`].
pub(super) type NodeId = u32;

/// The node for the object itself.
pub(super) const ROOT: NodeId = 0;

/// Where a cell goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A cell of the object.
    Cell(usize),
    /// A cell of the last row of a list.
    Row { list: usize, column: usize },
}

/// What is done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    /// Its text becomes a cell.
    Value(Place),
    /// Its class becomes a cell.
    Class(Place),
    /// It is a part of something that Kubernetes gives a meaning to.
    Fact(Fact),
}

/// Scalars that Kubernetes gives a meaning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Name,
    Namespace,
    Uid,
    ResourceVersion,
    DeletionTimestamp,
    Finalizer,
    OwnerApiVersion,
    OwnerKind,
    OwnerName,
    OwnerUid,
    OwnerController,
    OwnerBlocksDeletion,
    ReferenceName,
    ReferenceKey,
    ReferenceItem,
    ReferenceOptional,
    DefinitionGroup,
    DefinitionKind,
    DefinitionPlural,
    VersionName,
    VersionServed,
    VersionStorage,
    ConditionType,
    ConditionStatus,
    VersionLabel,
}

/// Maps whose facts belong together: they are cleared where the map begins and become a row where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// An owner reference.
    Owner,
    /// A place that names a Secret or ConfigMap.
    Reference {
        relation: Relation,
        how: &'static str,
    },
    /// A version of a CustomResourceDefinition.
    Version,
    /// A condition of a CustomResourceDefinition.
    Condition,
}

/// What a value must be for Kubernetes. Columns may point anywhere; for them a value of another shape is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Any,
    Map,
    List,
    /// A string, of columns too: annotations and labels are nothing else in any cluster, and what a column gave for
    /// the boolean `true` could not be told from the text.
    Text,
}

/// One value in an object that is looked at.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The value in which it stands.
    parent: NodeId,
    /// What is read of it if it is a map.
    pub(super) fields: Vec<(Box<str>, NodeId)>,
    /// Of each field what its name looks like, so that most names need not be compared.
    tags: Vec<u16>,
    /// What is read of each of its elements or values.
    pub(super) each: Option<NodeId>,
    /// The list of the schema whose rows these elements are.
    pub(super) list: Option<usize>,
    /// What is done with the value itself.
    pub(super) takes: Vec<Take>,
    /// Cells for the key under which the value stands.
    pub(super) key_places: Vec<Place>,
    /// The map is a record.
    pub(super) record: Option<Record>,
    /// Every key of the map is a row of `config-map-keys`.
    pub(super) config_map_keys: bool,
    /// What the value must be.
    pub(super) shape: Shape,
}

impl Node {
    /// Whether anything inside the value is looked at.
    pub(super) fn descends(&self) -> bool {
        !self.fields.is_empty()
            || self.each.is_some()
            || self.record.is_some()
            || self.config_map_keys
    }

    /// Whether the text of the value is needed even if it is a map or list.
    pub(super) fn wants_text(&self) -> bool {
        self.takes
            .iter()
            .any(|take| matches!(take, Take::Value(_) | Take::Class(_)))
    }

    pub(super) fn field(&self, name: &str) -> Option<NodeId> {
        let wanted = tag(name);
        let like = self.tags.iter().zip(&self.fields);
        like.filter(|(tag, _)| **tag == wanted)
            .find(|(_, (field, _))| **field == *name)
            .map(|(_, (_, node))| *node)
    }
}

/// The length of a name and its ends.
fn tag(name: &str) -> u16 {
    let bytes = name.as_bytes();
    let end = |byte: Option<&u8>| u16::from(byte.copied().unwrap_or(0));
    (bytes.len() as u16) << 8 ^ end(bytes.first()) << 4 ^ end(bytes.last())
}

/// What is read of the objects of one kind.
#[derive(Debug)]
pub(super) struct Recipe {
    nodes: Vec<Node>,
    /// How many columns each list has.
    pub(super) widths: Vec<usize>,
    /// What must not be read, as seen from the object.
    pub(super) redact: Redact,
    /// Whether some object of the kind is to be kept whole.
    pub(super) whole: bool,
    /// Whether the keys of the Secret are wanted.
    pub(super) secret_keys: bool,
    /// Whether settings of operators may stand in objects of the kind.
    pub(super) settings: bool,
}

impl Recipe {
    pub(super) fn new(schema: &Schema, read_set: &ReadSet) -> Recipe {
        let kind = &schema.kind;
        let secret = kind.group.is_empty() && kind.kind == "Secret";
        let whole = &read_set.whole;
        let keeps = whole
            .kinds
            .iter()
            .any(|kinds| kinds.matches(&kind.group, &kind.kind))
            || whole.keys.iter().any(|key| key.kind == *kind);
        let mut recipe = Recipe {
            nodes: vec![Node::default()],
            widths: schema.lists.iter().map(|list| list.columns.len()).collect(),
            redact: if secret { Redact::Root } else { Redact::None },
            whole: read_set.record || (keeps && !secret),
            secret_keys: secret && read_set.wants(Relation::SecretKeys),
            settings: false,
        };
        for (index, column) in schema.cells.iter().enumerate() {
            recipe.column(column, None, Place::Cell(index));
        }
        for (list, columns) in schema.lists.iter().enumerate() {
            for (column, path) in columns.columns.iter().enumerate() {
                recipe.column(path, Some(list), Place::Row { list, column });
            }
        }
        kubernetes::add(&mut recipe, kind, read_set);
        recipe
    }

    pub(super) fn is_secret(&self) -> bool {
        self.redact != Redact::None
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        #[expect(
            clippy::indexing_slicing,
            reason = "ids are made by this recipe only, and nodes are never removed"
        )]
        &self.nodes[id as usize]
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        #[expect(
            clippy::indexing_slicing,
            reason = "ids are made by this recipe only, and nodes are never removed"
        )]
        &mut self.nodes[id as usize]
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn column(&mut self, column: &ColumnPath, list: Option<usize>, place: Place) {
        let is_text = matches!(
            column.segments.as_slice(),
            [Segment::Field(metadata), Segment::Field(map), _]
                if metadata == "metadata" && (map == "annotations" || map == "labels")
        );
        let mut node = ROOT;
        for segment in &column.segments {
            node = match segment {
                Segment::Field(name) => self.child(node, name),
                Segment::Each => {
                    self.node_mut(node).list = list;
                    self.each(node)
                }
            };
        }
        let node = self.node_mut(node);
        if is_text && column.function != Function::Key {
            node.shape = Shape::Text;
        }
        match column.function {
            // `Parts` is stored as a value.
            Function::Value | Function::Parts => node.takes.push(Take::Value(place)),
            Function::Class => node.takes.push(Take::Class(place)),
            Function::Key => node.key_places.push(place),
        }
    }

    /// The node for a field, made if it is new.
    pub(super) fn child(&mut self, parent: NodeId, name: &str) -> NodeId {
        if let Some(known) = self.node(parent).field(name) {
            return known;
        }
        let id = self.push(parent);
        let parent = self.node_mut(parent);
        parent.fields.push((name.into(), id));
        parent.tags.push(tag(name));
        id
    }

    /// The node for every element of a value, made if it is new.
    pub(super) fn each(&mut self, parent: NodeId) -> NodeId {
        if let Some(known) = self.node(parent).each {
            return known;
        }
        let id = self.push(parent);
        self.node_mut(parent).each = Some(id);
        id
    }

    fn push(&mut self, parent: NodeId) -> NodeId {
        self.nodes.push(Node {
            parent,
            ..Node::default()
        });
        self.nodes.len() as NodeId - 1
    }

    /// The path of a node as a column, for messages.
    pub(super) fn path(&self, id: NodeId) -> String {
        if id == ROOT {
            return String::new();
        }
        let parent = self.node(id).parent;
        let above = self.path(parent);
        let field = self.node(parent).fields.iter().find(|field| field.1 == id);
        match field {
            None => format!("{above}[*]"),
            Some((name, _)) if above.is_empty() => name.to_string(),
            Some((name, _)) if name.contains(['.', '/']) => format!("{above}[{name}]"),
            Some((name, _)) => format!("{above}.{name}"),
        }
    }
}
