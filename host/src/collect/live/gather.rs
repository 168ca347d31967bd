//! The whole reading: what is served, the lists, what changed meanwhile, and the coverage of every kind.

use super::again::again;
use super::discovery::{PickVersion, Resource, Served, discover};
use super::lists::{Listed, Reader, is_secret};
use super::request::Api;
use super::rule::Rule;
use super::trouble::Trouble;
use super::{Progress, Reading};
use crate::collect::loader::Loader;
use crate::collect::{Moment, Time};
use asogate_core::coverage::{Coverage, CoverageMap};
use asogate_core::object::GroupKind;
use asogate_core::selector::KindPattern;
use futures::StreamExt;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What only the metadata of Secrets does not tell.
const ONLY_METADATA: &str = "only metadata was read, because of --secrets=metadata: nothing is known of keys and values; leave the option out, or check what needs them otherwise";

/// What the cluster serves of the groups that somebody asks for.
pub(super) async fn asked(
    api: &Api,
    patterns: &[KindPattern],
    pick: PickVersion,
) -> Result<Served, Trouble> {
    let wanted = |group: &str| patterns.iter().any(|pattern| asks_for(pattern, group));
    discover(api, wanted, pick).await
}

/// Whether a pattern can mean kinds of a group.
fn asks_for(pattern: &KindPattern, group: &str) -> bool {
    pattern.matches(group, &pattern.kind)
}

/// The kinds that are served and that somebody asks for.
pub(super) fn wanted<'a>(served: &'a Served, patterns: &[KindPattern]) -> Vec<&'a Resource> {
    let is_wanted = |resource: &&Resource| {
        let kind = &resource.kind;
        let asked = patterns
            .iter()
            .any(|pattern| pattern.matches(&kind.group, &kind.kind));
        asked && resource.listable
    };
    served.resources.iter().filter(is_wanted).collect()
}

/// Everything that was read.
pub(super) struct Gathered {
    /// The objects and the coverage.
    pub(super) loader: Loader,
    /// When they were read.
    pub(super) moment: Moment,
    /// The rules that would have let more be read, by the kind that they are about.
    pub(super) missing_rules: BTreeMap<GroupKind, Rule>,
}

/// Reads everything into `loader`.
pub(super) async fn gather(
    api: &Api,
    reading: &Reading,
    progress: &dyn Progress,
    loader: Loader,
    namespaces: &BTreeSet<String>,
) -> Result<Gathered, Trouble> {
    let from = jiff::Timestamp::now();
    let patterns = loader.read_set().kinds();
    let mut served = asked(api, &patterns, reading.pick).await?;
    let found = served.clone();
    let resources = wanted(&found, &patterns);
    progress.begin(resources.len());
    let loader = RefCell::new(loader);
    let reader = Reader {
        api,
        loader: &loader,
        progress,
        page: reading.page,
        secrets_as_metadata: reading.secrets_as_metadata,
    };
    // One failure that concerns everything ends it all, instead of being told for every kind.
    let fatal = RefCell::new(None);
    let read = RefCell::new(BTreeMap::new());
    let lists =
        futures::stream::iter(&resources).for_each_concurrent(reading.at_once, |resource| {
            let (reader, fatal, read) = (&reader, &fatal, &read);
            async move {
                if fatal.borrow().is_some() {
                    return;
                }
                let kind = Kind::read(reader, resource, namespaces).await;
                let everything = kind
                    .troubles()
                    .find(|trouble| trouble.is_about_everything())
                    .cloned();
                match everything {
                    Some(trouble) => *fatal.borrow_mut() = Some(trouble),
                    None => {
                        read.borrow_mut().insert(resource.kind.clone(), kind);
                    }
                }
                progress.kind();
            }
        });
    lists.await;
    if let Some(trouble) = fatal.take() {
        return Err(trouble);
    }
    let mut read = read.into_inner();
    let read_again = again(&reader, reading.at_once, &resources, &mut read).await;

    // A definition that came meanwhile is one of which nothing was read.
    let mut new = vec![];
    match asked(api, &patterns, reading.pick).await {
        Ok(now) => {
            let known: BTreeSet<&GroupKind> =
                resources.iter().map(|resource| &resource.kind).collect();
            let later = wanted(&now, &patterns)
                .into_iter()
                .map(|resource| &resource.kind);
            new.extend(later.filter(|kind| !known.contains(kind)).cloned());
            served.failed.extend(now.failed);
        }
        Err(trouble) => {
            let reason = format!("could not find out a second time what is served: {trouble}");
            let groups = patterns.iter().map(|pattern| pattern.group.clone());
            served
                .failed
                .extend(groups.map(|group| (group, reason.clone())));
        }
    }

    let mut coverage = CoverageMap::default();
    let mut missing_rules = BTreeMap::new();
    let mut resource_versions = BTreeMap::new();
    for (name, kind) in &read {
        coverage.set(name.clone(), kind.coverage(reading.secrets_as_metadata));
        if let Some(rule) = kind.missing_rule() {
            missing_rules.insert(name.clone(), rule);
        }
        if !kind.listed.resource_version.is_empty() {
            let version = kind.listed.resource_version.clone();
            resource_versions.insert(name.to_string(), version);
        }
    }
    unread(&served, &patterns, &mut coverage);
    for kind in new {
        let reason = "it was defined while the cluster was read; check again".into();
        coverage.set(kind, Coverage::Failed { reason });
    }
    let mut loader = loader.into_inner();
    *loader.coverage() = coverage;
    let moment = Moment {
        time: Time {
            from: from.to_string(),
            to: jiff::Timestamp::now().to_string(),
        },
        resource_versions,
        read_again,
    };
    Ok(Gathered {
        loader,
        moment,
        missing_rules,
    })
}

/// The coverage of what was not read, because it is not served or because that is not known.
fn unread(served: &Served, patterns: &[KindPattern], coverage: &mut CoverageMap) {
    for pattern in patterns {
        let failed: Vec<(&String, &String)> = served
            .failed
            .iter()
            .filter(|(group, _)| asks_for(pattern, group))
            .collect();
        match pattern.exact() {
            None => {
                for (group, reason) in &failed {
                    let reason = (*reason).clone();
                    let kinds = GroupKind::new(group.as_str(), &pattern.kind);
                    coverage.set(kinds, Coverage::Failed { reason });
                }
                if failed.is_empty() {
                    coverage.set_complete_pattern(pattern.clone());
                }
            }
            Some(kind) => {
                let known = served
                    .resources
                    .iter()
                    .find(|resource| resource.kind == kind);
                let state = match (known, failed.first()) {
                    (Some(resource), _) if resource.listable => continue,
                    (Some(_), _) => Coverage::Failed {
                        reason: "the API server serves it, but does not list it".into(),
                    },
                    (None, Some((_, reason))) => Coverage::Failed {
                        reason: (*reason).clone(),
                    },
                    (None, None) => Coverage::NotServed,
                };
                coverage.set(kind, state);
            }
        }
    }
}

/// What the reading of one kind came to.
pub(super) struct Kind {
    resource: Resource,
    /// The list of the whole cluster.
    pub(super) listed: Listed,
    /// The lists of single namespaces, if that one was forbidden.
    namespaces: Vec<(String, Listed)>,
    /// What went wrong when it was compared with the cluster once more.
    comparison: Option<Trouble>,
}

impl Kind {
    async fn read(reader: &Reader<'_>, resource: &Resource, namespaces: &BTreeSet<String>) -> Kind {
        let listed = reader.list(resource, None).await;
        let mut single = vec![];
        if matches!(listed.trouble, Some(Trouble::Forbidden(_))) && resource.namespaced {
            for namespace in namespaces {
                let listed = reader.list(resource, Some(namespace)).await;
                single.push((namespace.clone(), listed));
            }
        }
        Kind {
            resource: resource.clone(),
            listed,
            namespaces: single,
            comparison: None,
        }
    }

    /// What came of the second look, if all of the kind was listed again or something went wrong.
    pub(super) fn second(&mut self, listed: Listed) {
        if listed.resource_version.is_empty() {
            self.comparison = listed.trouble;
        } else {
            self.listed = listed;
        }
    }

    /// Whether everything of it was read.
    pub(super) fn is_complete(&self) -> bool {
        self.listed.trouble.is_none()
    }

    fn troubles(&self) -> impl Iterator<Item = &Trouble> {
        let single = self.namespaces.iter().map(|(_, listed)| listed);
        std::iter::once(&self.listed)
            .chain(single)
            .filter_map(|listed| listed.trouble.as_ref())
    }

    fn missing_rule(&self) -> Option<Rule> {
        matches!(self.listed.trouble, Some(Trouble::Forbidden(_)))
            .then(|| Rule::listing(&self.resource))
    }

    fn coverage(&self, secrets_as_metadata: bool) -> Coverage {
        let name = self.resource.name();
        match (&self.listed.trouble, &self.comparison) {
            (None, None) if secrets_as_metadata && is_secret(&self.resource) => {
                Coverage::Truncated {
                    reason: ONLY_METADATA.into(),
                }
            }
            (None, None) => Coverage::Complete,
            (None, Some(trouble)) => Coverage::Truncated {
                reason: format!(
                    "could not list {name} in all namespaces a second time, to see what changed: {trouble}"
                ),
            },
            (Some(Trouble::Forbidden(said)), _) => Coverage::Forbidden {
                reason: self.forbidden(said.text()),
            },
            (Some(trouble), _) => {
                let place = match self.resource.namespaced {
                    true => " in all namespaces",
                    false => "",
                };
                let reason = format!("could not list {name}{place}: {trouble}");
                match self.listed.objects {
                    0 => Coverage::Failed { reason },
                    _ => Coverage::Truncated { reason },
                }
            }
        }
    }

    /// Why a kind is not complete that may not be listed.
    fn forbidden(&self, said: &str) -> String {
        let name = self.resource.name();
        let rule = Rule::listing(&self.resource);
        let place = match self.resource.namespaced {
            true => " in all namespaces",
            false => "",
        };
        let mut reason = format!("no right to list {name}{place}; the missing rule is {rule}");
        // What the usual authorizer says is said already.
        if !said.is_empty() && !said.contains("cannot list resource") {
            reason.push_str(&format!(" (the API server says: {said})"));
        }
        let (read, unread): (Vec<_>, Vec<_>) = self
            .namespaces
            .iter()
            .partition(|(_, listed)| listed.trouble.is_none());
        let names = |namespaces: &[&(String, Listed)]| {
            let names: Vec<String> = namespaces
                .iter()
                .map(|(namespace, _)| format!("`{namespace}`"))
                .collect();
            names.join(", ")
        };
        if !read.is_empty() {
            reason.push_str(&format!("; only those in {} were read", names(&read)));
        }
        if !unread.is_empty() {
            reason.push_str(&format!(
                "; those in {} could not be read either",
                names(&unread)
            ));
        }
        // That they are forbidden, too, is to be expected; anything else has something to be done about.
        let others = unread.iter().filter_map(|(namespace, listed)| {
            let trouble = listed.trouble.as_ref()?;
            let other = !matches!(trouble, Trouble::Forbidden(_));
            other.then(|| format!("; in `{namespace}`: {trouble}"))
        });
        reason.extend(others);
        reason
    }
}
