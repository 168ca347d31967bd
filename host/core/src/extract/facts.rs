//! What Kubernetes gives a meaning to, gathered while an object is read.

use super::recipe::{Fact, Record};
use crate::object::split_api_version;
use crate::pool::{Intern, Symbol};
use crate::selector::Relation;
use crate::snapshot::{Draft, OwnerReference, YES};

/// The facts of one object that are not in its draft yet.
#[derive(Debug, Default)]
pub(super) struct Facts {
    owner: Owner,
    reference: Reference,
    definition: Definition,
    version: Version,
    condition: Condition,
    /// The label `app.kubernetes.io/version`.
    pub(super) version_label: Option<String>,
    words: Words,
}

#[derive(Debug, Default)]
struct Owner {
    group: Symbol,
    kind: Symbol,
    name: Symbol,
    uid: Symbol,
    controller: bool,
    blocks_deletion: bool,
}

#[derive(Debug, Default)]
struct Reference {
    name: Symbol,
    key: Symbol,
    items: Vec<Symbol>,
    optional: bool,
}

#[derive(Debug, Default)]
struct Definition {
    group: Symbol,
    kind: Symbol,
    plural: Symbol,
    versions: Vec<Version>,
    established: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Version {
    name: Symbol,
    served: bool,
    storage: bool,
}

#[derive(Debug, Default)]
struct Condition {
    established: bool,
    holds: bool,
}

/// Symbols of words that occur again and again, so that they are looked up once.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<(&'static str, Symbol)>);

impl Words {
    pub(super) fn symbol(&mut self, word: &'static str, pool: &mut impl Intern) -> Symbol {
        if let Some((_, symbol)) = self
            .0
            .iter()
            .find(|(known, _)| std::ptr::eq(*known, word) || *known == word)
        {
            return *symbol;
        }
        let symbol = pool.intern(word);
        self.0.push((word, symbol));
        symbol
    }
}

impl Facts {
    /// Forgets the facts of the previous object.
    pub(super) fn clear(&mut self) {
        let versions = &mut self.definition.versions;
        versions.clear();
        self.definition = Definition {
            versions: std::mem::take(versions),
            ..Definition::default()
        };
        self.version_label = None;
    }

    /// A cell that says yes or nothing.
    pub(super) fn yes(&mut self, yes: bool, pool: &mut impl Intern) -> Symbol {
        if yes {
            self.words.symbol(YES, pool)
        } else {
            Symbol::ABSENT
        }
    }

    /// Takes a string; false if the fact is not one.
    pub(super) fn text(
        &mut self,
        fact: Fact,
        text: &str,
        pool: &mut impl Intern,
        draft: &mut Draft,
    ) -> bool {
        match fact {
            Fact::Name if text.is_empty() => {}
            Fact::Name => draft.name = pool.intern(text),
            Fact::Namespace if text.is_empty() => {}
            Fact::Namespace => draft.namespace = pool.intern(text),
            Fact::Uid => draft.uid = pool.intern(text),
            Fact::ResourceVersion => draft.resource_version = pool.intern(text),
            Fact::DeletionTimestamp => draft.terminating = true,
            Fact::Finalizer => draft.finalizers.push(pool.intern(text)),
            Fact::OwnerApiVersion => self.owner.group = pool.intern(split_api_version(text).0),
            Fact::OwnerKind => self.owner.kind = pool.intern(text),
            Fact::OwnerName => self.owner.name = pool.intern(text),
            Fact::OwnerUid => self.owner.uid = pool.intern(text),
            Fact::ReferenceName if text.is_empty() => {}
            Fact::ReferenceName => self.reference.name = pool.intern(text),
            Fact::ReferenceKey => self.reference.key = pool.intern(text),
            Fact::ReferenceItem => self.reference.items.push(pool.intern(text)),
            Fact::DefinitionGroup => self.definition.group = pool.intern(text),
            Fact::DefinitionKind => self.definition.kind = pool.intern(text),
            Fact::DefinitionPlural => self.definition.plural = pool.intern(text),
            Fact::VersionName => self.version.name = pool.intern(text),
            Fact::ConditionType => self.condition.established = text == "Established",
            Fact::ConditionStatus => self.condition.holds = text == "True",
            Fact::VersionLabel => self.version_label = Some(text.to_owned()),
            Fact::OwnerController
            | Fact::OwnerBlocksDeletion
            | Fact::ReferenceOptional
            | Fact::VersionServed
            | Fact::VersionStorage => return false,
        }
        true
    }

    /// Takes a boolean; false if the fact is not one.
    pub(super) fn boolean(&mut self, fact: Fact, value: bool) -> bool {
        match fact {
            Fact::OwnerController => self.owner.controller = value,
            Fact::OwnerBlocksDeletion => self.owner.blocks_deletion = value,
            Fact::ReferenceOptional => self.reference.optional = value,
            Fact::VersionServed => self.version.served = value,
            Fact::VersionStorage => self.version.storage = value,
            _ => return false,
        }
        true
    }

    /// A map begins whose facts belong together.
    pub(super) fn begin(&mut self, record: Record) {
        match record {
            Record::Owner => self.owner = Owner::default(),
            Record::Version => self.version = Version::default(),
            Record::Condition => self.condition = Condition::default(),
            Record::Reference { .. } => {
                self.reference.name = Symbol::ABSENT;
                self.reference.key = Symbol::ABSENT;
                self.reference.items.clear();
                self.reference.optional = false;
            }
        }
    }

    /// The map ends.
    pub(super) fn end(&mut self, record: Record, pool: &mut impl Intern, draft: &mut Draft) {
        match record {
            Record::Owner => draft.owners.push(OwnerReference {
                group: self.owner.group,
                kind: self.owner.kind,
                name: self.owner.name,
                uid: self.owner.uid,
                controller: self.owner.controller,
                block_owner_deletion: self.owner.blocks_deletion,
            }),
            Record::Version => self.definition.versions.push(self.version),
            Record::Condition => {
                self.definition.established |= self.condition.established && self.condition.holds;
            }
            Record::Reference { relation, how } => self.reference(relation, how, pool, draft),
        }
    }

    fn reference(
        &mut self,
        relation: Relation,
        how: &'static str,
        pool: &mut impl Intern,
        draft: &mut Draft,
    ) {
        if self.reference.name.is_absent() {
            return;
        }
        let how = self.words.symbol(how, pool);
        let optional = self.yes(self.reference.optional, pool);
        let row = |key| [draft.namespace, self.reference.name, key, how, optional];
        if self.reference.items.is_empty() {
            let row = row(self.reference.key);
            draft.relations.push((relation, row));
        }
        for &key in &self.reference.items {
            let row = [draft.namespace, self.reference.name, key, how, optional];
            draft.relations.push((relation, row));
        }
    }

    /// The object ends: rows for which all of it had to be read.
    pub(super) fn finish(&mut self, pool: &mut impl Intern, draft: &mut Draft) {
        for index in 0..self.definition.versions.len() {
            let Some(version) = self.definition.versions.get(index).copied() else {
                break;
            };
            let row = [
                self.definition.group,
                self.definition.kind,
                self.definition.plural,
                version.name,
                self.yes(version.served, pool),
                self.yes(version.storage, pool),
                self.yes(self.definition.established, pool),
            ];
            draft.relations.push((Relation::ServedApis, row));
        }
    }
}
