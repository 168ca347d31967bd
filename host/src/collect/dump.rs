//! A recorded cluster: opened once, read with what a run asks for.

use super::cluster::{Collected, Moment, Origin};
use super::coverage::AssumeComplete;
use super::error::{LoadCause, LoadError};
use super::input_error::InputError;
use super::json;
use super::live::Rule;
use super::loader::{FinishError, Loaded, Loader};
use super::recording::Spool;
use super::text::Source;
use super::yaml::{self, Fault, Part};
use asogate_core::change::Position;
use asogate_core::coverage::Coverage;
use asogate_core::object::{GroupKind, split_api_version};
use asogate_core::selector::{
    KindPattern, ObjectSelector, ReadSet, Relation, RelationSelector, Selector,
};
use asogate_core::snapshot::Snapshot;
use serde_json::Value;
use std::collections::BTreeSet;

/// Files that together hold the state of a cluster.
#[derive(Debug)]
pub struct Dump {
    sources: Vec<Source>,
    assume: AssumeComplete,
    operators: Vec<KindPattern>,
}

/// Why a cluster could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The YAML is broken, or a file changed while it was read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file does not hold whole Kubernetes objects.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A live cluster does not answer.
    #[error(transparent)]
    Live(#[from] super::live::LiveError),
    /// The files do not go together, or a kind was vouched for that does not exist.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

impl Dump {
    /// A dump of these files. `assume` is what the user vouches for; `operators` are the kinds whose presence says that
    /// Secrets and Namespaces must exist.
    pub fn new(sources: Vec<Source>, assume: AssumeComplete, operators: Vec<KindPattern>) -> Dump {
        Dump {
            sources,
            assume,
            operators,
        }
    }

    /// The files as the user named them.
    pub fn sources(&self) -> Vec<String> {
        self.sources
            .iter()
            .map(|source| source.name.clone())
            .collect()
    }

    /// The text of the file at this position; empty if there is none.
    pub fn text(&self, position: usize) -> &str {
        self.sources.get(position).map_or("", |source| &source.text)
    }

    /// Reads what `read_set` asks for.
    ///
    /// # Errors
    ///
    /// [`CollectError`] with the file, and the line where there is one.
    pub fn load(&self, read_set: ReadSet) -> Result<Snapshot, CollectError> {
        Ok(self.loaded(read_set)?.snapshot)
    }

    /// Reads what `read_set` asks for, with what is known of when and how it was recorded.
    ///
    /// # Errors
    ///
    /// As [`Dump::load`].
    pub fn read(&self, read_set: ReadSet) -> Result<Collected, CollectError> {
        let loaded = self.loaded(read_set)?;
        Ok(self.collected(loaded))
    }

    /// What it is that was recorded: every object, with nothing but its name.
    ///
    /// # Errors
    ///
    /// As [`Dump::load`].
    pub fn contents(&self) -> Result<Loaded, CollectError> {
        let mut read_set = ReadSet::default();
        read_set.add(&[Selector::Objects(ObjectSelector {
            table: "objects".into(),
            kinds: KindPattern::new("*", "*"),
            columns: vec![],
        })]);
        self.loaded(read_set)
    }

    /// Reads everything of every object, with the texts in the spool.
    pub(super) fn record(
        &self,
        read_set: ReadSet,
        spool: Spool,
    ) -> Result<(Collected, Option<Spool>), CollectError> {
        let mut loader = Loader::recording(self.wishes(read_set), spool);
        self.fill(&mut loader)?;
        let spool = loader.take_spool();
        let loaded = loader.finish(&self.assume, &self.operators)?;
        Ok((self.collected(loaded), spool))
    }

    /// What is to be read so that it shows whether what the user vouches for can be true.
    fn wishes(&self, mut read_set: ReadSet) -> ReadSet {
        if self.assume != AssumeComplete::Nothing {
            // Whether a recording forgot its Secrets shows in who refers to them, whoever asks.
            let references = Relation::SecretReferences;
            read_set.add(&[Selector::Relation(RelationSelector::whole(
                references.name(),
                references,
            ))]);
        }
        read_set
    }

    fn loaded(&self, read_set: ReadSet) -> Result<Loaded, CollectError> {
        let read_set = self.wishes(read_set);
        // Whatever does not work in parts is read in one go, which tells what is wrong if something is.
        match self.load_with(Loader::in_parts(read_set.clone())) {
            Err(_) => self.load_with(Loader::new(read_set)),
            loaded => loaded,
        }
    }

    fn load_with(&self, mut loader: Loader) -> Result<Loaded, CollectError> {
        self.fill(&mut loader)?;
        Ok(loader.finish(&self.assume, &self.operators)?)
    }

    /// With what a single snapshot file says of its moment; several are of several moments.
    fn collected(&self, loaded: Loaded) -> Collected {
        let mut origin = Origin {
            sources: self.sources(),
            ..Origin::default()
        };
        let header = match loaded.files.as_slice() {
            [file] if self.sources.len() == 1 => file.header.as_ref(),
            _ => None,
        };
        if let Some(header) = header {
            origin.cluster = header.cluster.clone();
            let coverage = loaded.snapshot.coverage();
            let known = |kind: &GroupKind| coverage.of(kind) != Coverage::NotAsked;
            let versions = header.resource_versions.iter();
            let versions = versions.filter(|(kind, _)| known(kind));
            origin.moment = header.time.clone().map(|time| Moment {
                time,
                resource_versions: versions
                    .map(|(kind, version)| (kind.to_string(), version.clone()))
                    .collect(),
                read_again: header.read_again,
            });
            let forbidden = header
                .resources
                .iter()
                .filter(|(kind, _)| matches!(coverage.of(kind), Coverage::Forbidden { .. }));
            origin.missing_rules = forbidden
                .map(|(kind, plural)| (kind.clone(), Rule::list(&kind.group, plural)))
                .collect();
        }
        Collected {
            snapshot: loaded.snapshot,
            origin,
        }
    }

    fn fill(&self, loader: &mut Loader) -> Result<(), CollectError> {
        for source in &self.sources {
            // As kubectl decides it: what starts with a brace is JSON, everything else is YAML.
            if source.text.trim_start().starts_with(['{', '[']) {
                loader.json(&source.name, &source.text)?;
            } else {
                load_yaml(loader, source)?;
            }
            source.check_unchanged()?;
        }
        Ok(())
    }
}

/// Why reading a YAML dump stopped.
enum Stop {
    Yaml(Fault),
    Load(Box<LoadError>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Yaml(fault)
    }
}

fn load_yaml(loader: &mut Loader, source: &Source) -> Result<(), CollectError> {
    let mut objects = 0;
    let mut kinds = BTreeSet::new();
    let read = yaml::read(&source.text, &mut |part| {
        let document = match part {
            Part::Document(document) | Part::Item(document) => document,
            Part::List(list) => {
                page(loader, &list.header.value, &kinds);
                return Ok(());
            }
        };
        objects += 1;
        kinds.extend(kind_of(&document.value));
        let at = document.spans.start();
        let position = Position {
            file: source.name.clone(),
            line: at.line,
            column: at.column,
        };
        loader
            .value(&position, &document.value, &[])
            .map_err(|error| Stop::Load(Box::new(error)))
    });
    match read {
        Err(Stop::Yaml(fault)) => Err(InputError::Yaml {
            file: source.name.clone(),
            fault,
        }
        .into()),
        Err(Stop::Load(error)) => Err((*error).into()),
        Ok(()) if objects == 0 => Err(LoadError {
            file: source.name.clone(),
            at: None,
            object: None,
            cause: LoadCause::NoObject,
        }
        .into()),
        Ok(()) => Ok(()),
    }
}

/// Marks what a list holds as incomplete if it says that it is one page of several. Of what kind the missing objects are is
/// not known, so this goes for all kinds that the file held so far.
fn page(loader: &mut Loader, header: &Value, kinds: &BTreeSet<GroupKind>) {
    let metadata = header.get("metadata").unwrap_or(&Value::Null);
    let Some(reason) = json::missing(metadata) else {
        return;
    };
    let of_list = kind_of(header).and_then(|list| {
        let kind = list.kind.strip_suffix("List")?;
        (!kind.is_empty()).then(|| GroupKind::new(&list.group, kind))
    });
    for kind in kinds.iter().cloned().chain(of_list) {
        let reason = reason.clone();
        loader.coverage().set(kind, Coverage::Truncated { reason });
    }
}

fn kind_of(object: &Value) -> Option<GroupKind> {
    let text = |field| object.get(field).and_then(Value::as_str);
    Some(GroupKind::new(
        split_api_version(text("apiVersion")?).0,
        text("kind")?,
    ))
}
