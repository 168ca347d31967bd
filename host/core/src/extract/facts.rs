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
    latest_group: Symbol,
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

/// A string that is interned only if somebody wants its symbol, and once for all who do.
pub(super) struct Word<'w, P> {
    pub(super) text: &'w str,
    pub(super) symbol: &'w mut Option<Symbol>,
    pub(super) pool: &'w mut P,
}

impl<P: Intern> Word<'_, P> {
    fn symbol(&mut self) -> Symbol {
        *self
            .symbol
            .get_or_insert_with(|| self.pool.intern(self.text))
    }

    /// A symbol for a string that is not looked up.
    fn apart(&mut self) -> Symbol {
        match *self.symbol {
            Some(symbol) => symbol,
            None => self.pool.append(self.text),
        }
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
    pub(super) fn text<P: Intern>(
        &mut self,
        fact: Fact,
        mut word: Word<'_, P>,
        draft: &mut Draft,
    ) -> bool {
        match fact {
            Fact::Name if word.text.is_empty() => {}
            Fact::Name => draft.name = word.symbol(),
            Fact::Namespace if word.text.is_empty() => {}
            Fact::Namespace => draft.namespace = word.symbol(),
            Fact::Uid => draft.uid = word.symbol(),
            Fact::ResourceVersion => draft.resource_version = word.apart(),
            Fact::DeletionTimestamp => draft.terminating = true,
            Fact::Finalizer => draft.finalizers.push(word.symbol()),
            Fact::OwnerApiVersion => {
                let (group, _) = split_api_version(word.text);
                // Owners mostly are of one group for a while.
                if self.latest_group.is_absent() || word.pool.text(self.latest_group) != group {
                    self.latest_group = word.pool.intern(group);
                }
                self.owner.group = self.latest_group;
            }
            Fact::OwnerKind => self.owner.kind = word.symbol(),
            Fact::OwnerName => self.owner.name = word.symbol(),
            Fact::OwnerUid => self.owner.uid = word.symbol(),
            Fact::ReferenceName if word.text.is_empty() => {}
            Fact::ReferenceName => self.reference.name = word.symbol(),
            Fact::ReferenceKey => self.reference.key = word.symbol(),
            Fact::ReferenceItem => self.reference.items.push(word.symbol()),
            Fact::DefinitionGroup => self.definition.group = word.symbol(),
            Fact::DefinitionKind => self.definition.kind = word.symbol(),
            Fact::DefinitionPlural => self.definition.plural = word.symbol(),
            Fact::VersionName => self.version.name = word.symbol(),
            Fact::ConditionType => self.condition.established = word.text == "Established",
            Fact::ConditionStatus => self.condition.holds = word.text == "True",
            Fact::VersionLabel => self.version_label = Some(word.text.to_owned()),
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
