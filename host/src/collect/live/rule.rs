//! Rights that reading needs, as rules of a role.

use super::discovery::Resource;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A rule that allows a list, as it stands in a ClusterRole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The group; empty for the core group.
    pub api_groups: Vec<String>,
    /// Plurals.
    pub resources: Vec<String>,
    /// Verbs.
    pub verbs: Vec<String>,
}

/// What reading takes of one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// One rule a group.
    pub rules: Vec<Rule>,
    /// Groups of which it is not known what they serve, and why: their rules are missing.
    pub unknown: BTreeMap<String, String>,
}

/// The one verb that reading takes: what changed meanwhile is found and read by lists, too.
const LIST: &str = "list";

impl Rule {
    /// The rule that allows to list a kind.
    pub(super) fn listing(resource: &Resource) -> Rule {
        Rule::list(&resource.kind.group, &resource.plural)
    }

    /// The rule that allows to list what has this plural.
    pub fn list(group: &str, plural: &str) -> Rule {
        Rule {
            api_groups: vec![group.to_owned()],
            resources: vec![plural.to_owned()],
            verbs: vec![LIST.to_owned()],
        }
    }

    /// Rules that allow to list all of these, one a group, sorted.
    pub(super) fn listing_all<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> Vec<Rule> {
        let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for resource in resources {
            let plurals = groups.entry(&resource.kind.group).or_default();
            plurals.insert(&resource.plural);
        }
        let rule = |(group, plurals): (&str, BTreeSet<&str>)| Rule {
            api_groups: vec![group.to_owned()],
            resources: plurals.into_iter().map(str::to_owned).collect(),
            verbs: vec![LIST.to_owned()],
        };
        groups.into_iter().map(rule).collect()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<String> = self
            .api_groups
            .iter()
            .map(|group| format!("\"{group}\""))
            .collect();
        write!(
            out,
            "{{apiGroups: [{}], resources: [{}], verbs: [{}]}}",
            groups.join(", "),
            self.resources.join(", "),
            self.verbs.join(", ")
        )
    }
}
