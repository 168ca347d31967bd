//! How much of each kind a snapshot holds. What was not read completely must never look like "there is none".

use crate::object::GroupKind;
use crate::selector::KindPattern;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How completely the objects of one kind were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", deny_unknown_fields)]
pub enum Coverage {
    /// Every object of the kind is in the snapshot.
    Complete,
    /// The API server does not serve the kind: there are no objects of it.
    NotServed,
    /// The API server refused to list it.
    Forbidden {
        /// What was refused, as a rule that would allow it.
        reason: String,
    },
    /// The list failed.
    Failed {
        /// The error.
        reason: String,
    },
    /// Some objects are there, some are missing.
    Truncated {
        /// What is known of the missing part.
        reason: String,
    },
    /// Nobody asked for it, or the source does not say.
    NotAsked,
}

impl Coverage {
    /// Whether "not in the snapshot" means "not in the cluster".
    pub fn is_complete(&self) -> bool {
        matches!(self, Coverage::Complete | Coverage::NotServed)
    }

    /// In words, after the name of a kind.
    pub fn describe(&self) -> String {
        match self {
            Coverage::Complete => "read completely".into(),
            Coverage::NotServed => "not served by the cluster".into(),
            Coverage::Forbidden { reason } => format!("forbidden: {reason}"),
            Coverage::Failed { reason } => format!("could not be read: {reason}"),
            Coverage::Truncated { reason } => format!("read only in part: {reason}"),
            Coverage::NotAsked => "not asked for, so nothing is known of it".into(),
        }
    }
}

/// A kind, or kinds, with a coverage that is not complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Which kinds, as `Kind.group`; `*` where a pattern has no kind that is known.
    pub kinds: String,
    /// What is known of them.
    pub coverage: Coverage,
}

/// The coverage of every kind of one snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageMap {
    kinds: BTreeMap<GroupKind, Coverage>,
    /// Patterns that are complete whatever kinds they turn out to have: a complete discovery found no others, or the
    /// user said so.
    complete_patterns: Vec<KindPattern>,
}

impl CoverageMap {
    /// Sets the coverage of one kind. Of two statements the worse one stays.
    pub fn set(&mut self, kind: GroupKind, coverage: Coverage) {
        match self.kinds.get_mut(&kind) {
            Some(known)
                if coverage.is_complete()
                    && !known.is_complete()
                    && *known != Coverage::NotAsked => {}
            Some(known) => *known = coverage,
            None => {
                self.kinds.insert(kind, coverage);
            }
        }
    }

    /// States that every kind of this pattern which is not listed otherwise has no objects beyond those in the snapshot.
    pub fn set_complete_pattern(&mut self, kinds: KindPattern) {
        self.complete_patterns.push(kinds);
    }

    /// The coverage of one kind.
    pub fn of(&self, kind: &GroupKind) -> Coverage {
        let known = |kind: &GroupKind| {
            let stated = self.kinds.get(kind);
            stated.filter(|coverage| **coverage != Coverage::NotAsked)
        };
        let own = known(kind);
        // A group that did not say what it serves may serve this kind, whatever else is stated of it.
        let group = known(&GroupKind::new(kind.group.clone(), "*"));
        if own.is_none_or(Coverage::is_complete)
            && let Some(unread) = group.filter(|group| !group.is_complete())
        {
            return unread.clone();
        }
        match own {
            Some(coverage) => coverage.clone(),
            None if self
                .complete_patterns
                .iter()
                .any(|pattern| pattern.matches(&kind.group, &kind.kind)) =>
            {
                Coverage::Complete
            }
            None => Coverage::NotAsked,
        }
    }

    /// What is missing for a complete view of these kinds; empty if nothing is.
    pub fn gaps(&self, kinds: &KindPattern) -> Vec<Gap> {
        if let Some(exact) = kinds.exact() {
            let coverage = self.of(&exact);
            return if coverage.is_complete() {
                vec![]
            } else {
                vec![Gap {
                    kinds: exact.to_string(),
                    coverage,
                }]
            };
        }
        let mut gaps: Vec<Gap> = self
            .kinds
            .keys()
            .filter(|kind| kinds.matches(&kind.group, &kind.kind))
            .map(|kind| Gap {
                kinds: kind.to_string(),
                coverage: self.of(kind),
            })
            .filter(|gap| !gap.coverage.is_complete())
            .collect();
        if gaps.is_empty()
            && !self
                .complete_patterns
                .iter()
                .any(|pattern| covers(pattern, kinds))
        {
            gaps.push(Gap {
                kinds: kinds.to_string(),
                coverage: Coverage::NotAsked,
            });
        }
        gaps
    }

    /// Every kind of which something is stated, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&GroupKind, Coverage)> {
        self.kinds.keys().map(|kind| (kind, self.of(kind)))
    }

    /// What this says of the kinds that `patterns` mean, as a reading of only those would have said it.
    pub fn restricted(&self, patterns: &[KindPattern]) -> CoverageMap {
        let mut restricted = CoverageMap::default();
        for (kind, coverage) in self.iter() {
            let mut patterns = patterns.iter();
            let asked = match coverage {
                // That is said of a kind only to who asks for it by name: who asks for all has what there is.
                Coverage::NotServed => {
                    patterns.any(|pattern| pattern.exact().as_ref() == Some(kind))
                }
                // What is unread of a whole group is unread of each of its kinds.
                _ if kind.kind == "*" => patterns.any(|pattern| {
                    KindPattern::new(pattern.group.clone(), "*").matches(&kind.group, "*")
                }),
                _ => patterns.any(|pattern| pattern.matches(&kind.group, &kind.kind)),
            };
            if asked {
                restricted.set(kind.clone(), coverage);
            }
        }
        let is_complete = |pattern| {
            let mut known = self.complete_patterns.iter();
            known.any(|known| covers(known, pattern))
        };
        for pattern in patterns {
            match pattern.exact() {
                Some(kind) if self.kinds.contains_key(&kind) => {}
                Some(kind) if self.of(&kind).is_complete() => {
                    restricted.set(kind, Coverage::Complete);
                }
                None if is_complete(pattern) => restricted.set_complete_pattern(pattern.clone()),
                Some(_) => {}
                // What is known of a part of it stays known.
                None => {
                    let known = self.complete_patterns.iter();
                    for known in known.filter(|known| covers(pattern, known)) {
                        if !restricted.complete_patterns.contains(known) {
                            restricted.set_complete_pattern(known.clone());
                        }
                    }
                }
            }
        }
        restricted
    }

    /// The patterns that were stated to be complete.
    pub fn complete_patterns(&self) -> &[KindPattern] {
        &self.complete_patterns
    }
}

/// Whether every kind that `inner` can mean is meant by `outer` too.
fn covers(outer: &KindPattern, inner: &KindPattern) -> bool {
    let group = match (outer.group.strip_prefix('*'), inner.group.strip_prefix('*')) {
        // The core group, too, has no name that could end in anything.
        (Some(""), _) => true,
        (Some(outer), Some(inner)) => inner.ends_with(outer),
        (Some(suffix), None) => inner.group.len() > suffix.len() && inner.group.ends_with(suffix),
        (None, _) => outer.group == inner.group,
    };
    group && (outer.kind == "*" || outer.kind == inner.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redis() -> GroupKind {
        GroupKind::new("cache.azure.com", "Redis")
    }

    #[test]
    fn a_kind_of_which_nothing_is_said_is_not_complete() {
        let map = CoverageMap::default();
        assert_eq!(map.of(&redis()), Coverage::NotAsked);
        assert_eq!(map.gaps(&KindPattern::new("*.azure.com", "*")).len(), 1);
        assert_eq!(
            map.gaps(&KindPattern::new("cache.azure.com", "Redis"))
                .len(),
            1
        );
    }

    #[test]
    fn one_complete_kind_does_not_make_its_pattern_complete() {
        let mut map = CoverageMap::default();
        map.set(redis(), Coverage::Complete);
        assert_eq!(map.gaps(&KindPattern::new("*.azure.com", "*")).len(), 1);
        map.set_complete_pattern(KindPattern::new("*.azure.com", "*"));
        assert!(map.gaps(&KindPattern::new("*.azure.com", "*")).is_empty());
        assert!(
            map.gaps(&KindPattern::new("cache.azure.com", "*"))
                .is_empty()
        );
        assert_eq!(map.gaps(&KindPattern::new("*", "*")).len(), 1);
    }

    #[test]
    fn less_is_said_of_what_is_not_asked_for_and_nothing_better() {
        let forbidden = Coverage::Forbidden {
            reason: "list redis".into(),
        };
        let mut map = CoverageMap::default();
        map.set(redis(), forbidden.clone());
        map.set(GroupKind::new("", "Secret"), Coverage::Complete);
        map.set_complete_pattern(KindPattern::new("*.azure.com", "*"));
        let account = KindPattern::new("storage.azure.com", "StorageAccount");
        let asked = [
            KindPattern::new("", "Pod"),
            KindPattern::new("cache.azure.com", "*"),
            account.clone(),
        ];
        let restricted = map.restricted(&asked);
        assert_eq!(restricted.of(&redis()), forbidden);
        assert_eq!(restricted.gaps(&account), []);
        assert_eq!(restricted.complete_patterns(), &asked[1..2]);
        for other in [GroupKind::new("", "Pod"), GroupKind::new("", "Secret")] {
            assert_eq!(restricted.of(&other), Coverage::NotAsked);
        }
    }

    #[test]
    fn what_is_unread_of_a_group_is_unread_of_its_kinds_whatever_else_is_stated() {
        let failed = Coverage::Failed {
            reason: "the group did not answer".into(),
        };
        let asked = KindPattern::new("cache.azure.com", "Redis");
        let mut map = CoverageMap::default();
        map.set(GroupKind::new("cache.azure.com", "*"), failed.clone());
        map.set_complete_pattern(KindPattern::new("*.azure.com", "*"));
        map.set(redis(), Coverage::Complete);
        assert_eq!(map.of(&redis()), failed);
        for map in [map.restricted(std::slice::from_ref(&asked)), map] {
            assert_eq!(map.gaps(&asked).len(), 1);
        }
    }

    #[test]
    fn of_two_statements_the_worse_one_stays() {
        let forbidden = Coverage::Forbidden {
            reason: "list secrets".into(),
        };
        let mut map = CoverageMap::default();
        map.set(redis(), forbidden.clone());
        map.set(redis(), Coverage::Complete);
        assert_eq!(map.of(&redis()), forbidden);
        map.set_complete_pattern(KindPattern::new("*", "*"));
        assert_eq!(map.gaps(&KindPattern::new("*.azure.com", "*")).len(), 1);
    }
}
