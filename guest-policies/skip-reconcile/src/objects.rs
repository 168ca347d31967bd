//! v1 objects at any moment of the plan, and why one is not protected.

use asogate_aso::annotations::{RECONCILE_POLICY, SKIPRECONCILE, column};
use asogate_aso::skipreconcile::{self, KeyMistake};
use asogate_aso::v1;
use asogate_policy::{
    Column, FastMap, Input, ObjectId, Relation, Row, Selector, State, Symbol, Table, quote,
    quote_id,
};
use std::cell::RefCell;

const OBJECTS: &str = "objects";
const ANNOTATION_KEYS: &str = "annotation-keys";
const LABEL_KEYS: &str = "label-keys";
const OWNERS: &str = "owners";

const EACH_ANNOTATION: &str = "key(metadata.annotations[*])";
const EACH_LABEL: &str = "key(metadata.labels[*])";
const FIXED: [&str; 5] = [
    "kind",
    "metadata.namespace",
    "metadata.deletionTimestamp",
    "metadata.finalizers",
    "status.resourceId",
];

pub(crate) fn reads() -> Vec<Selector> {
    let annotations = [column(SKIPRECONCILE), column(RECONCILE_POLICY)];
    let columns = FIXED.map(String::from).into_iter().chain(annotations);
    vec![
        Selector::objects(OBJECTS, v1::GROUP, "*", columns),
        Selector::objects(ANNOTATION_KEYS, v1::GROUP, "*", [EACH_ANNOTATION]),
        Selector::objects(LABEL_KEYS, v1::GROUP, "*", [EACH_LABEL]),
        Selector::relation(OWNERS, Relation::OwnerReferences),
    ]
}

/// Why v1 does not leave an object alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// There is no `skipreconcile`, nor anything like it.
    Absent,
    /// It has this value.
    NotTrue(String),
    /// There is none, but this annotation was probably meant to be it.
    Annotation(String),
    /// There is none, but this label was probably meant to be it.
    Label(String),
    /// There is none, but v2's annotation.
    OfV2,
}

impl Gap {
    /// What is wrong, after the name of the object.
    pub(crate) fn message(&self) -> String {
        let only = "has no annotation `skipreconcile=true`, and v1 does not look at";
        match self {
            Gap::Absent => "has no annotation `skipreconcile=true`".into(),
            Gap::NotTrue(value) if value.is_empty() => {
                "has `skipreconcile` without a value, which v1 does not take for `true`".into()
            }
            Gap::NotTrue(value) => format!(
                "has `skipreconcile` set to {}, which v1 does not take for `true`",
                quote(value)
            ),
            Gap::Annotation(key) => format!("{only} its annotation {}", quote(key)),
            Gap::Label(key) => format!("{only} its label {}", quote(key)),
            Gap::OfV2 => format!("{only} v2's annotation `{RECONCILE_POLICY}`"),
        }
    }

    /// Where it is wrong.
    pub(crate) fn column(&self) -> String {
        match self {
            Gap::Annotation(key) if !key.contains(']') => column(key),
            Gap::Label(key) if !key.contains(']') => format!("metadata.labels[{key}]"),
            Gap::OfV2 => column(RECONCILE_POLICY),
            _ => column(SKIPRECONCILE),
        }
    }
}

/// The tables and their columns.
pub(crate) struct Objects<'a> {
    pub(crate) input: &'a Input,
    pub(crate) table: Table<'a>,
    pub(crate) owners: Table<'a>,
    pub(crate) owner_id: Column,
    namespace: Column,
    kind: Column,
    deleted: Column,
    finalizers: Column,
    resource_id: Column,
    skip: Column,
    policy: Column,
    annotation_keys: Table<'a>,
    annotation_key: Column,
    label_keys: Table<'a>,
    label_key: Column,
    /// Keys are few and repeat in every object; each is compared with the right spelling once.
    mistakes: RefCell<FastMap<Symbol, Option<KeyMistake>>>,
    /// The same of lists of finalizers: whether v1's is among them.
    of_v1: RefCell<FastMap<Symbol, bool>>,
}

impl<'a> Objects<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Objects<'a>, String> {
        let table = input.table(OBJECTS)?;
        let owners = input.table(OWNERS)?;
        let annotation_keys = input.table(ANNOTATION_KEYS)?;
        let label_keys = input.table(LABEL_KEYS)?;
        let [kind, namespace, deleted, finalizers, resource_id] = table.columns(FIXED)?;
        Ok(Objects {
            input,
            table,
            owners,
            owner_id: owners.column("owner-id")?,
            namespace,
            kind,
            deleted,
            finalizers,
            resource_id,
            skip: table.column(&column(SKIPRECONCILE))?,
            policy: table.column(&column(RECONCILE_POLICY))?,
            annotation_keys,
            annotation_key: annotation_keys.column(EACH_ANNOTATION)?,
            label_keys,
            label_key: label_keys.column(EACH_LABEL)?,
            mistakes: RefCell::default(),
            of_v1: RefCell::default(),
        })
    }

    /// The keys of the annotations and labels of an object.
    pub(crate) fn keys(&self, state: State<'a>, object: ObjectId) -> Vec<Symbol> {
        let annotations = state.rows_of(self.annotation_keys, object);
        let labels = state.rows_of(self.label_keys, object);
        let annotations = annotations.map(|row| row.symbol(self.annotation_key));
        annotations
            .chain(labels.map(|row| row.symbol(self.label_key)))
            .collect()
    }

    /// Whether v1 leaves the object alone.
    pub(crate) fn is_paused(&self, row: Row<'a>) -> bool {
        skipreconcile::is_paused(row.text(self.skip))
    }

    pub(crate) fn namespace(&self, row: Row<'a>) -> &'a str {
        row.text(self.namespace).unwrap_or("")
    }

    pub(crate) fn is_resource_group(&self, row: Row<'a>) -> bool {
        row.text(self.kind) == Some("ResourceGroup")
    }

    /// What is wrong with an object and, if v1 has noted it, which Azure resource goes with it.
    pub(crate) fn message(&self, row: Row<'a>, gap: &Gap) -> String {
        match row.text(self.resource_id).filter(|id| !id.is_empty()) {
            Some(id) => format!("{}; in Azure it is {}", gap.message(), quote_id(id)),
            None => gap.message(),
        }
    }

    /// Whether v1 has claimed the object and not let go of it: a delete waits for v1.
    pub(crate) fn awaits_v1(&self, row: Row<'a>) -> bool {
        let mut known = self.of_v1.borrow_mut();
        *known.entry(row.symbol(self.finalizers)).or_insert_with(|| {
            let finalizers = row.text(self.finalizers).unwrap_or("");
            let mut finalizers = finalizers.split('"');
            finalizers.any(|finalizer| finalizer == v1::FINALIZER)
        })
    }

    /// Whether the object is being deleted and v1 has still to act on it.
    pub(crate) fn is_terminating(&self, row: Row<'a>) -> bool {
        self.is_going(row) && self.awaits_v1(row)
    }

    /// Whether the object is being deleted, whoever has still to act on it.
    pub(crate) fn is_going(&self, row: Row<'a>) -> bool {
        row.has(self.deleted)
    }

    /// Why v1 does not leave the object alone; none if it does.
    pub(crate) fn gap(&self, state: State<'a>, row: Row<'a>) -> Option<Gap> {
        match row.text(self.skip) {
            value if skipreconcile::is_paused(value) => None,
            Some(value) => Some(Gap::NotTrue(value.into())),
            None => Some(self.mistaken_key(state, row).unwrap_or(Gap::Absent)),
        }
    }

    fn mistaken_key(&self, state: State<'a>, row: Row<'a>) -> Option<Gap> {
        let mut of_v2 = None;
        for annotation in state.rows_of(self.annotation_keys, row.object()) {
            match self.mistake(annotation.symbol(self.annotation_key)) {
                Some(KeyMistake::Misspelt) => {
                    let key = annotation.text(self.annotation_key)?;
                    return Some(Gap::Annotation(key.into()));
                }
                // Only a value that would keep v2 from deleting shows that somebody meant to protect the object.
                Some(KeyMistake::OfV2) if row.text(self.policy) != Some("manage") => {
                    of_v2 = Some(Gap::OfV2);
                }
                _ => {}
            }
        }
        for label in state.rows_of(self.label_keys, row.object()) {
            let key = label.text(self.label_key)?;
            if key == SKIPRECONCILE
                || self.mistake(label.symbol(self.label_key)) == Some(KeyMistake::Misspelt)
            {
                return Some(Gap::Label(key.into()));
            }
        }
        of_v2
    }

    fn mistake(&self, key: Symbol) -> Option<KeyMistake> {
        let text = self.input.text(key)?;
        let mut known = self.mistakes.borrow_mut();
        *known
            .entry(key)
            .or_insert_with(|| skipreconcile::mistake(text))
    }
}
