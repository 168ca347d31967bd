//! Which kinds a step is about, and what kubectl calls them.

use super::selection::{KindNames, ResourceArgument, Selection};
use super::{Request, StepError, swap};
use asogate_aso::{v1, v2};
use asogate_core::object::{GroupKind, ObjectKey};
use asogate_core::plan::Step;
use serde_json::{Map, Value};

/// The side of the migration to which a step's objects belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    V1,
    V2,
    Manifests,
    Workloads,
}

impl About {
    pub(super) fn of(step: Step) -> About {
        match step {
            Step::PauseV1 | Step::Rollback | Step::Cleanup => About::V1,
            Step::Adopt => About::V2,
            Step::Import => About::Manifests,
            Step::Swap => About::Workloads,
        }
    }

    pub(super) fn contains(self, kind: &GroupKind) -> bool {
        match self {
            About::V1 => kind.group == v1::GROUP,
            About::V2 => v2::is_group(&kind.group),
            About::Manifests => false,
            About::Workloads => swap::is_about(&kind.group, &kind.kind),
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            About::V1 => "kinds of azure.microsoft.com",
            About::V2 => "kinds of *.azure.com",
            About::Manifests => "kinds that occur in the import files",
            About::Workloads => "workloads and what else reads Secrets",
        }
    }

    /// Refuses arguments whose type is none of the step's.
    pub(super) fn check(self, request: &Request<'_>) -> Result<(), StepError> {
        for argument in &request.selection.resources {
            let known: Vec<GroupKind> = match self {
                About::V1 => of_v1().collect(),
                About::V2 => of_v2().collect(),
                About::Manifests => request
                    .manifests
                    .iter()
                    .map(|manifest| manifest.key.kind.clone())
                    .collect(),
                About::Workloads => swap::kinds()
                    .map(|(group, kind)| GroupKind::new(group, kind))
                    .collect(),
            };
            if !known.iter().any(|kind| is_meant(argument, kind)) {
                return Err(StepError::UnknownResource {
                    resource: argument.to_string(),
                    step: request.step,
                    about: self.in_words(),
                    hint: hint(argument, &known),
                });
            }
        }
        Ok(())
    }
}

fn of_v1() -> impl Iterator<Item = GroupKind> {
    let kinds = v1::kinds().iter();
    kinds.map(|kind| GroupKind::new(v1::GROUP, kind.kind))
}

fn of_v2() -> impl Iterator<Item = GroupKind> {
    let kinds = v2::kinds().iter();
    kinds.map(|kind| GroupKind::new(kind.group, kind.kind))
}

/// Refuses arguments whose type is of neither operator, nor one of `further`.
///
/// # Errors
///
/// [`StepError::UnknownType`] for the first of them.
pub fn check_types(
    selection: &Selection,
    further: impl IntoIterator<Item = GroupKind>,
) -> Result<(), StepError> {
    let known: Vec<GroupKind> = of_v1().chain(of_v2()).chain(further).collect();
    let mut arguments = selection.resources.iter();
    match arguments.find(|argument| !known.iter().any(|kind| is_meant(argument, kind))) {
        None => Ok(()),
        Some(argument) => Err(StepError::UnknownType {
            resource: argument.to_string(),
            hint: hint(argument, &known),
        }),
    }
}

/// Whether an object of either operator is selected, and by which arguments (as [`Selection::selects`]).
pub fn selects(
    selection: &Selection,
    key: &ObjectKey,
    labels: &Map<String, Value>,
) -> Option<Vec<usize>> {
    selection.selects(key, labels, &Names)
}

fn is_meant(argument: &ResourceArgument, kind: &GroupKind) -> bool {
    argument
        .group
        .as_ref()
        .is_none_or(|group| *group == kind.group)
        && Names.is_called(kind, &argument.resource)
}

fn hint(argument: &ResourceArgument, known: &[GroupKind]) -> String {
    let near = known
        .iter()
        .map(|kind| match kind.group.as_str() {
            "" => plural_of(kind),
            group => format!("{}.{group}", plural_of(kind)),
        })
        .filter_map(|name| {
            let plural = name.split('.').next().unwrap_or(&name);
            let singular = plural.strip_suffix('s').unwrap_or(plural);
            let distance = |word| asogate_aso::spelling::distance(&argument.resource, word, 2);
            distance(plural)
                .or_else(|| distance(singular))
                .map(|distance| (distance, name))
        })
        .min();
    near.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}

/// The names that kubectl takes for the kinds of both operators, and for workloads.
pub(super) struct Names;

/// Short names of workloads, and of what else reads Secrets: kind, short name (`kubectl api-resources`).
const SHORT_NAMES: [(&str, &str); 8] = [
    ("CronJob", "cj"),
    ("DaemonSet", "ds"),
    ("Deployment", "deploy"),
    ("Ingress", "ing"),
    ("Pod", "po"),
    ("ReplicaSet", "rs"),
    ("ServiceAccount", "sa"),
    ("StatefulSet", "sts"),
];

impl KindNames for Names {
    fn is_called(&self, kind: &GroupKind, resource: &str) -> bool {
        let singular = kind.kind.to_lowercase();
        resource == singular
            || resource == plural_of(kind)
            || (kind.group == v1::GROUP
                && v1::find(&kind.kind).is_some_and(|kind| kind.short_names.contains(&resource)))
            || (swap::is_about(&kind.group, &kind.kind)
                && SHORT_NAMES.contains(&(kind.kind.as_str(), resource)))
    }
}

fn plural_of(kind: &GroupKind) -> String {
    let known = match kind.group.as_str() {
        v1::GROUP => v1::find(&kind.kind).map(|kind| kind.plural),
        group => v2::find(group, &kind.kind).map(|kind| kind.plural),
    };
    known.map_or_else(|| guess_plural(&kind.kind), str::to_owned)
}

/// The plural of a kind, as kubectl takes it: from the table of the operators' kinds, else by the rule with which
/// Kubernetes itself names most of its resources.
pub fn plural(key: &ObjectKey) -> String {
    plural_of(&key.kind)
}

/// `UnsafeGuessKindToResource` of Kubernetes' API machinery.
fn guess_plural(kind: &str) -> String {
    let singular = kind.to_lowercase();
    match singular.as_bytes() {
        [] => singular,
        [.., b's'] => format!("{singular}es"),
        [.., b'y'] => format!("{}ies", singular.trim_end_matches('y')),
        _ => format!("{singular}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_the_names_that_kubectl_takes() {
        let account = GroupKind::new(v1::GROUP, "StorageAccount");
        for name in ["storageaccount", "storageaccounts", "sacct"] {
            assert!(Names.is_called(&account, name), "{name}");
        }
        assert!(!Names.is_called(&account, "storage"));
        assert!(Names.is_called(&GroupKind::new("cache.azure.com", "Redis"), "redis"));
        let stateful = GroupKind::new("apps", "StatefulSet");
        assert!(Names.is_called(&stateful, "sts") && !Names.is_called(&stateful, "ds"));
        assert!(!Names.is_called(&GroupKind::new("apps.example.com", "Deployment"), "deploy"));
        assert_eq!(plural_of(&GroupKind::new("", "Secret")), "secrets");
        assert_eq!(
            plural_of(&GroupKind::new("networking.k8s.io", "Ingress")),
            "ingresses"
        );
        assert_eq!(
            plural_of(&GroupKind::new("networking.k8s.io", "NetworkPolicy")),
            "networkpolicies"
        );
    }
}
