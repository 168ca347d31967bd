//! The ways in: one object as a tree, or many from a stream.

use super::env::{Env, Scratch};
use super::reading::{Reading, Recorded, identity};
use super::recipe::Recipe;
use super::secret::SecretKeys;
use super::{Classify, NoClasses};
use crate::change::SecretKey;
use crate::object::{GroupKind, split_api_version};
use crate::pool::{Intern, Pool, Symbol};
use crate::selector::{ReadSet, Schema};
use crate::snapshot::{Contradiction, Draft, SchemaId, SnapshotBuilder};
use serde::de::MapAccess;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;

/// Reads an object that is given as a tree; to read many, keep a [`ValueReader`].
///
/// # Errors
///
/// In words, what about the object is not as Kubernetes objects are.
pub fn from_value(
    object: &Value,
    secret_keys: &[SecretKey],
    read_set: &ReadSet,
    schema: &Schema,
    pool: &mut impl Intern,
    classify: &mut dyn Classify,
    draft: &mut Draft,
) -> Result<(), String> {
    let mut reader = ValueReader::new(read_set);
    reader.read(object, secret_keys, schema, pool, classify, draft)
}

/// Reads objects that are given as trees (manifests, or the results of patches). All into one pool: symbols are kept
/// between objects.
#[derive(Debug)]
pub struct ValueReader<'r> {
    read_set: &'r ReadSet,
    recipes: HashMap<GroupKind, Recipe>,
    scratch: Scratch,
    secret_keys: SecretKeys,
}

impl<'r> ValueReader<'r> {
    /// A reader of what `read_set` asks for.
    pub fn new(read_set: &'r ReadSet) -> Self {
        ValueReader {
            read_set,
            recipes: HashMap::new(),
            scratch: Scratch::default(),
            secret_keys: SecretKeys::default(),
        }
    }

    /// Reads an object into `draft`. `schema` must be that of its kind for the reader's read set.
    ///
    /// The keys of a Secret come from `secret_keys`, because its values were dropped before; values that are there all
    /// the same are read as of any other Secret.
    ///
    /// # Errors
    ///
    /// In words, what about the object is not as Kubernetes objects are.
    pub fn read(
        &mut self,
        object: &Value,
        secret_keys: &[SecretKey],
        schema: &Schema,
        pool: &mut impl Intern,
        classify: &mut dyn Classify,
        draft: &mut Draft,
    ) -> Result<(), String> {
        if !self.recipes.contains_key(&schema.kind) {
            let recipe = Recipe::new(schema, self.read_set);
            self.recipes.insert(schema.kind.clone(), recipe);
        }
        let Some(recipe) = self.recipes.get(&schema.kind) else {
            return Err("its kind is not known".into());
        };
        let env = Env {
            recipe,
            pool,
            draft,
            classify,
            scratch: &mut self.scratch,
            secret_keys: &mut self.secret_keys,
        };
        Reading::new(env, schema, self.read_set, None).tree(object, secret_keys)
    }
}

/// Where an object comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// As the API server gives it.
    #[default]
    Cluster,
    /// From a snapshot file: Secrets without values, but with `secretKeys`, `operatorSettings` and `classes` beside the
    /// object's own fields.
    Recorded,
}

/// The part of an object that was read before its kind was known.
#[derive(Clone, Debug, Default)]
pub struct Head<'h, 'de> {
    /// `apiVersion`.
    pub api_version: &'h str,
    /// `kind`.
    pub kind: &'h str,
    /// They are not the object's own words but those of its list; should it say them after all, it must say the same.
    pub assumed: bool,
    /// Parts that came before both were known, unread.
    pub early: Vec<(Cow<'de, str>, &'de RawValue)>,
}

/// Reads many objects, and keeps between them what need not be made again.
#[derive(Debug)]
pub struct Extractor<C> {
    /// Classes of values.
    classify: C,
    recipes: Vec<Recipe>,
    kinds: Vec<KnownKind>,
    latest: usize,
    scratch: Scratch,
    secret_keys: SecretKeys,
    draft: Draft,
    /// Classes of the snapshot file that is being read, by their number there.
    recorded: HashMap<u32, u32>,
}

#[derive(Debug)]
struct KnownKind {
    api_version: String,
    kind: String,
    version: Symbol,
    schema: SchemaId,
}

impl<C: Classify> Extractor<C> {
    /// An extractor for the objects of one snapshot.
    pub fn new(classify: C) -> Self {
        Extractor {
            classify,
            recipes: vec![],
            kinds: vec![],
            latest: 0,
            scratch: Scratch::default(),
            secret_keys: SecretKeys::default(),
            draft: Draft::default(),
            recorded: HashMap::new(),
        }
    }

    /// An extractor for objects that are read apart and then taken into a snapshot with [`Extractor::absorb`].
    pub fn of_part(classify: C) -> Self {
        Extractor {
            scratch: Scratch::of_part(),
            ..Extractor::new(classify)
        }
    }

    /// An extractor for a snapshot that will be finished with [`SnapshotBuilder::finish_arranged`].
    pub fn to_be_arranged(classify: C) -> Self {
        Extractor {
            scratch: Scratch::to_be_arranged(),
            ..Extractor::new(classify)
        }
    }

    /// Takes what `part` and its builder have read into the snapshot of this extractor and its builder, as if it had
    /// been read here. `classes` moves the classes of the one into the other: its answer has, for each class of the
    /// part, the class here.
    ///
    /// # Errors
    ///
    /// [`Contradiction`] as for [`SnapshotBuilder::absorb`].
    pub fn absorb(
        &mut self,
        builder: &mut SnapshotBuilder,
        part: Extractor<C>,
        part_builder: SnapshotBuilder,
        classes: impl FnOnce(&mut C, C) -> Vec<u32>,
    ) -> Result<(), Contradiction> {
        let Extractor {
            classify, scratch, ..
        } = part;
        let here = classes(&mut self.classify, classify);
        let known: Vec<(Symbol, Symbol)> = scratch
            .class_cells()
            .map(|(cell, class)| {
                let class = here.get(class as usize - 1).copied().unwrap_or(0);
                (cell, self.scratch.class_cell(class, builder.pool()))
            })
            .collect();
        builder.absorb(part_builder, known)
    }

    /// The next objects come from another file: numbers of recorded classes mean something else there.
    pub fn next_file(&mut self) {
        self.recorded.clear();
    }

    /// The object that was read last.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// What tells the classes.
    pub fn classify(&self) -> &C {
        &self.classify
    }

    /// Gives back what tells the classes.
    pub fn into_classify(self) -> C {
        self.classify
    }

    /// Reads the rest of an object whose kind is known, into the draft. `rest` must come from `serde_json` reading a
    /// `&str`, because parts that come too early are kept as they stand.
    ///
    /// # Errors
    ///
    /// Those of the parser; and in words, what about the object is not as Kubernetes objects are.
    pub fn read<'de, A: MapAccess<'de>>(
        &mut self,
        builder: &mut SnapshotBuilder,
        source: Source,
        head: Head<'_, 'de>,
        rest: A,
    ) -> Result<SchemaId, A::Error> {
        let (schema, version) = self.kind(builder, head.api_version, head.kind);
        self.reading(builder, source, schema, version, |reading| {
            reading.stream(&head, rest)
        })?;
        Ok(schema)
    }

    /// Reads an object that is given as a tree, into the draft.
    ///
    /// # Errors
    ///
    /// In words, what about the object is not as Kubernetes objects are.
    pub fn read_value(
        &mut self,
        builder: &mut SnapshotBuilder,
        object: &Value,
        secret_keys: &[SecretKey],
    ) -> Result<SchemaId, String> {
        let (api_version, kind) = identity(object)?;
        let (schema, version) = self.kind(builder, api_version, kind);
        self.reading(builder, Source::Cluster, schema, version, |reading| {
            reading.tree(object, secret_keys)
        })?;
        Ok(schema)
    }

    /// Stores the object that was read last.
    ///
    /// # Errors
    ///
    /// [`Contradiction`] if the same object is there already and differs.
    pub fn store(
        &mut self,
        builder: &mut SnapshotBuilder,
        schema: SchemaId,
    ) -> Result<(), Contradiction> {
        builder.push(schema, &mut self.draft)
    }

    /// The schema and version of a kind. Objects of one kind mostly follow each other.
    fn kind(
        &mut self,
        builder: &mut SnapshotBuilder,
        api_version: &str,
        kind: &str,
    ) -> (SchemaId, Symbol) {
        let is = |known: &KnownKind| known.kind == kind && known.api_version == api_version;
        if let Some(known) = self.kinds.get(self.latest).filter(|known| is(known)) {
            return (known.schema, known.version);
        }
        if let Some(index) = self.kinds.iter().position(is) {
            self.latest = index;
        } else {
            let (read_set, pool, store) = builder.parts();
            let (group, version) = split_api_version(api_version);
            let schema = store.schema_id(group, kind, read_set);
            while self.recipes.len() <= schema.index() {
                let Some((_, schema)) = store.schemas().nth(self.recipes.len()) else {
                    break;
                };
                self.recipes.push(Recipe::new(schema, read_set));
            }
            self.latest = self.kinds.len();
            self.kinds.push(KnownKind {
                api_version: api_version.to_owned(),
                kind: kind.to_owned(),
                version: pool.intern(version),
                schema,
            });
        }
        self.kinds
            .get(self.latest)
            .map_or_else(Default::default, |known| (known.schema, known.version))
    }

    fn reading<R>(
        &mut self,
        builder: &mut SnapshotBuilder,
        source: Source,
        id: SchemaId,
        version: Symbol,
        read: impl FnOnce(&mut Reading<'_, Pool>) -> R,
    ) -> R {
        let (read_set, pool, store) = builder.parts();
        let schema = store.schema(id);
        #[expect(
            clippy::indexing_slicing,
            reason = "`kind` has made a recipe for every schema that it gives out"
        )]
        let recipe = &self.recipes[id.index()];
        let mut unknown = NoClasses;
        // A recorded object's values were classed when it was recorded, and only there.
        let mut recorded = None;
        let classify: &mut dyn Classify = match source {
            Source::Cluster => &mut self.classify,
            Source::Recorded => {
                recorded = Some(Recorded {
                    known: &mut self.recorded,
                    classify: &mut self.classify,
                });
                &mut unknown
            }
        };
        let env = Env {
            recipe,
            pool,
            draft: &mut self.draft,
            classify,
            scratch: &mut self.scratch,
            secret_keys: &mut self.secret_keys,
        };
        let mut reading = Reading::new(env, schema, read_set, recorded);
        reading.version = Some(version);
        read(&mut reading)
    }
}
