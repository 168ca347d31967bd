//! Many files into one snapshot.

mod finish;
mod live;

use finish::Page;
pub(super) use live::{Apart, ListPage};

use super::classify::ValueClasses;
use super::coverage::UnknownKind;
use super::error::{LoadCause, LoadError};
use super::json;
use super::recording::Spool;
use super::snapshot_file;
pub use super::snapshot_file::FileHeader;
use asogate_core::change::{Position, SecretKey};
use asogate_core::coverage::CoverageMap;
use asogate_core::extract::{Extractor, Head, Source};
use asogate_core::object::{GroupKind, split_api_version};
use asogate_core::selector::ReadSet;
use asogate_core::snapshot::{Contradiction, SchemaId, Snapshot, SnapshotBuilder};
use serde::de::{Error, MapAccess};
use serde_json::Value;

/// Takes dumps and snapshot files one after the other, and makes one snapshot of them.
///
/// ```
/// use asogate::collect::{coverage::AssumeComplete, loader::Loader};
/// use asogate_core::selector::ReadSet;
///
/// let mut loader = Loader::new(ReadSet::default());
/// loader.json("dump.json", r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}"#)?;
/// let loaded = loader.finish(&AssumeComplete::Nothing, &[])?;
/// assert_eq!(loaded.snapshot.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Loader {
    inner: Inner,
    files: Vec<LoadedFile>,
}

/// What came out of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedFile {
    /// The file as the user named it.
    pub name: String,
    /// How many objects it holds, those included that other files hold too.
    pub objects: usize,
    /// What the file says of itself, if it is a snapshot file.
    pub header: Option<FileHeader>,
}

/// A snapshot, and where it comes from.
#[derive(Debug)]
pub struct Loaded {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Its files, in the order in which they were given. Trees that were given directly are not counted.
    pub files: Vec<LoadedFile>,
}

/// Why the files that were loaded do not make a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FinishError {
    /// A kind was named that nothing is known of.
    #[error(transparent)]
    UnknownKind(#[from] UnknownKind),
    /// The files do not go together.
    #[error("could not load the files: {0}")]
    Load(LoadCause),
}

impl Loader {
    /// A loader that keeps what `read_set` asks for.
    pub fn new(read_set: ReadSet) -> Self {
        Loader {
            inner: Inner::new(read_set),
            files: vec![],
        }
    }

    /// A loader that reads big files in parts, by several threads. It does not say what is wrong with a file: after any
    /// error, load everything again with [`Loader::new`], which does.
    pub fn in_parts(read_set: ReadSet) -> Self {
        let mut loader = Loader::new(read_set);
        loader.inner.in_parts = true;
        loader
    }

    /// A loader for a live cluster, to be finished with [`Loader::finish_live`].
    pub(super) fn live(read_set: ReadSet) -> Self {
        let mut loader = Loader::new(read_set);
        loader.inner.extractor = Extractor::to_be_arranged(ValueClasses::new());
        loader
    }

    /// A loader that keeps every object whole, with the texts in `spool` instead of the memory.
    pub(super) fn recording(mut read_set: ReadSet, spool: Spool) -> Self {
        read_set.record = true;
        let mut loader = Loader::live(read_set);
        loader.inner.spool = Some(spool);
        loader
    }

    /// Where the texts of a recording are.
    pub(super) fn take_spool(&mut self) -> Option<Spool> {
        self.inner.spool.take()
    }

    /// What is to be read.
    pub(super) fn read_set(&self) -> &ReadSet {
        self.inner.builder.read_set()
    }

    /// Loads a file of JSON: a dump or a snapshot file. After an error nothing of the loader is to be used.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the file does not hold whole Kubernetes objects, or contradicts one that was loaded before.
    pub fn json(&mut self, file: &str, text: &str) -> Result<(), LoadError> {
        json::load(&mut self.inner, file, text)?;
        self.files.push(LoadedFile {
            name: file.to_owned(),
            objects: self.inner.objects,
            header: self.inner.header.take(),
        });
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn load_parts(&mut self, text: &str, part_bytes: usize) -> bool {
        json::parts::load(&mut self.inner, text, part_bytes)
    }

    /// Loads an object that is given as a tree, and stands at `at`. Lists are taken apart.
    ///
    /// # Errors
    ///
    /// As [`Loader::json`].
    pub fn value(
        &mut self,
        at: &Position,
        object: &Value,
        secret_keys: &[SecretKey],
    ) -> Result<(), LoadError> {
        if let Some(Value::Array(items)) = object.get("items")
            && object
                .get("kind")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.ends_with("List"))
        {
            return items
                .iter()
                .try_for_each(|item| self.value(at, item, secret_keys));
        }
        let inner = &mut self.inner;
        let ours = object.get("apiVersion").and_then(Value::as_str);
        let error = |object, cause| LoadError {
            file: at.file.clone(),
            at: Some((at.line, at.column)),
            object,
            cause,
        };
        if ours.is_some_and(snapshot_file::is_ours) {
            let cause = "it is not JSON; give the file as `asogate snapshot` wrote it".to_owned();
            return Err(error(None, LoadCause::SnapshotHeader(cause)));
        }
        let schema = inner
            .extractor
            .read_value(&mut inner.builder, object, secret_keys)
            .map_err(|reason| error(described(object), LoadCause::Object(reason)))?;
        inner
            .push(schema)
            .map_err(|twice| error(None, LoadCause::Contradiction(twice.0)))
    }

    /// States how completely a kind was read, for sources that know it (a live cluster).
    pub fn coverage(&mut self) -> &mut CoverageMap {
        &mut self.inner.coverage
    }

    /// How many distinct objects there are so far.
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether there are no objects so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// `Kind.group namespace/name` of a tree, as far as it says it.
fn described(object: &Value) -> Option<String> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let name = text("/metadata/name").unwrap_or("without a name");
    let kind = GroupKind::new(split_api_version(text("/apiVersion")?).0, text("/kind")?);
    Some(match text("/metadata/namespace") {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    })
}

/// The state while files are read.
#[derive(Debug)]
pub(super) struct Inner {
    builder: SnapshotBuilder,
    extractor: Extractor<ValueClasses>,
    /// What the sources say of their completeness.
    pub(super) coverage: CoverageMap,
    truncated: Vec<Page>,
    /// Address and length of the text that is being read, to tell where in it a borrowed string stands.
    text: (usize, usize),
    /// Objects of this file.
    objects: usize,
    /// This file is a snapshot file, which may hold nothing and say so.
    pub(super) is_snapshot: bool,
    /// This text is one page of several, and where what it says of them goes; none until it turns out to be a list.
    pub(super) page: Option<Option<ListPage>>,
    /// What this file says of itself, if it is a snapshot file.
    pub(super) header: Option<FileHeader>,
    /// What went wrong: it travels beside the parser's error, which is only text.
    pub(super) problem: Option<(Option<usize>, LoadCause)>,
    /// The object in which it did.
    pub(super) object: Option<String>,
    pub(super) object_start: Option<usize>,
    /// Big files may be read in parts.
    pub(super) in_parts: bool,
    /// Where the texts of whole objects go; none if they stay in memory.
    spool: Option<Spool>,
}

impl Inner {
    fn new(read_set: ReadSet) -> Self {
        let extractor = Extractor::new(ValueClasses::new());
        Inner::with(SnapshotBuilder::new(read_set), extractor)
    }

    /// Nothing yet, for a part of what this reads; to be taken in with [`Inner::absorb`].
    pub(super) fn part(&self) -> Self {
        Inner::with(
            SnapshotBuilder::new(self.builder.read_set().clone()),
            Extractor::of_part(self.extractor.classify().part()),
        )
    }

    fn with(builder: SnapshotBuilder, extractor: Extractor<ValueClasses>) -> Self {
        Inner {
            builder,
            extractor,
            coverage: CoverageMap::default(),
            truncated: vec![],
            text: (0, 0),
            objects: 0,
            is_snapshot: false,
            page: None,
            header: None,
            problem: None,
            object: None,
            object_start: None,
            in_parts: false,
            spool: None,
        }
    }

    /// Whether nothing but objects was read: nothing that says something of a file or list as a whole.
    pub(super) fn is_plain(&self) -> bool {
        self.truncated.is_empty() && !self.is_snapshot && self.coverage == CoverageMap::default()
    }

    /// Whether nothing was read at all.
    pub(super) fn is_untouched(&self) -> bool {
        self.is_plain() && self.objects == 0
    }

    /// Takes in the objects of a part, as if they had been read here.
    pub(super) fn absorb(&mut self, part: Inner) -> Result<(), Contradiction> {
        self.objects += part.objects;
        self.extractor.absorb(
            &mut self.builder,
            part.extractor,
            part.builder,
            ValueClasses::absorb,
        )
    }

    pub(super) fn begin_file(&mut self, text: &str) {
        self.extractor.next_file();
        self.text = (text.as_ptr().addr(), text.len());
        self.objects = 0;
        self.is_snapshot = false;
        self.page = None;
        self.header = None;
        self.problem = None;
        self.object = None;
        self.object_start = None;
    }

    /// Makes room for a file of so many bytes, so that big tables need not grow again and again.
    pub(super) fn reserve(&mut self, bytes: usize) {
        // About one new string of 32 bytes in 800 bytes of dump; where it is less, the room is never touched.
        self.builder.pool().reserve(bytes / 800, bytes / 25);
    }

    pub(super) fn holds_nothing(&self) -> bool {
        self.objects == 0 && !self.is_snapshot
    }

    pub(super) fn len(&self) -> usize {
        self.builder.len()
    }

    /// Where in the text a part of it begins; none if it is a copy.
    pub(super) fn offset(&self, part: &str) -> Option<usize> {
        let (start, len) = self.text;
        let offset = part.as_ptr().addr().checked_sub(start)?;
        (offset < len).then_some(offset)
    }

    /// An error for the parser; what it means is kept here.
    pub(super) fn fail<E: Error>(&mut self, at: Option<usize>, cause: LoadCause) -> E {
        let error = E::custom(&cause);
        self.problem = Some((at, cause));
        error
    }

    pub(super) fn truncated(&mut self, kind: Option<GroupKind>, first: usize, reason: String) {
        self.truncated.push(Page {
            kind,
            objects: first..self.builder.len(),
            reason,
        });
    }

    /// Reads the rest of an object.
    pub(super) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        source: Source,
        head: Head<'_, 'de>,
        rest: A,
    ) -> Result<SchemaId, A::Error> {
        let (api_version, kind) = (head.api_version, head.kind);
        let read = self
            .extractor
            .read(&mut self.builder, source, head, rest)
            .inspect_err(|_| {
                let kind = GroupKind::new(split_api_version(api_version).0, kind);
                let draft = self.extractor.draft();
                let pool = self.builder.pool();
                let mut object = format!("{kind} ");
                if let Some(namespace) = draft.namespace.present() {
                    object.push_str(pool.get(namespace));
                    object.push('/');
                }
                object.push_str(match draft.name.present() {
                    Some(name) => pool.get(name),
                    None => "(name not read)",
                });
                self.object = Some(object);
            });
        self.objects += 1;
        read
    }

    fn push(&mut self, schema: SchemaId) -> Result<(), Contradiction> {
        let position = self.builder.len();
        self.extractor.store(&mut self.builder, schema)?;
        if let Some(spool) = &mut self.spool {
            self.builder
                .replace_whole(position, |text| spool.keep(text));
        }
        Ok(())
    }

    /// Stores the object that was read last.
    pub(super) fn store<E: Error>(
        &mut self,
        start: Option<usize>,
        schema: SchemaId,
    ) -> Result<(), E> {
        match self.push(schema) {
            Ok(()) => Ok(()),
            Err(twice) => Err(self.fail(start, LoadCause::Contradiction(twice.0))),
        }
    }
}
