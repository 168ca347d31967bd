//! What v2's annotation `serviceoperator.azure.com/reconcile-policy` does (FACTS 0.2, (c); executed in OBSERVED 2.b, 2.g).

use crate::annotations::RECONCILE_POLICY;
use crate::spelling::{distance, letters};
use std::fmt;

/// How v2 treats an object's Azure resource. Whatever the policy, v2 reads it and writes exports; what differs is below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReconcilePolicy {
    /// Azure gets what the object says; deleting the object deletes the resource.
    Manage,
    /// Nothing is sent to Azure; deleting the object leaves the resource.
    Skip,
    /// Azure gets what the object says, also where that overwrites (issue 2574); deleting the object leaves the resource.
    DetachOnDelete,
}

impl ReconcilePolicy {
    /// The value of the annotation.
    pub fn name(self) -> &'static str {
        match self {
            ReconcilePolicy::Manage => "manage",
            ReconcilePolicy::Skip => "skip",
            ReconcilePolicy::DetachOnDelete => "detach-on-delete",
        }
    }

    /// The policy that v2 reads in a value: by exact letters, without trimming. `Skip` and ` skip` are none (OBSERVED 2.b).
    pub fn parse(value: &str) -> Option<ReconcilePolicy> {
        match value {
            "manage" => Some(ReconcilePolicy::Manage),
            "skip" => Some(ReconcilePolicy::Skip),
            "detach-on-delete" => Some(ReconcilePolicy::DetachOnDelete),
            _ => None,
        }
    }

    /// Whether v2 writes to Azure what the object says.
    pub fn puts(self) -> bool {
        self != ReconcilePolicy::Skip
    }

    /// Whether deleting the object deletes the resource in Azure (FACTS (e)).
    pub fn deletes(self) -> bool {
        self == ReconcilePolicy::Manage
    }

    /// Whether v2 writes the object's exported Secrets and ConfigMaps: always, since release 2.2 (FACTS (c)).
    pub fn exports(self) -> bool {
        true
    }
}

impl fmt::Display for ReconcilePolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Where an effective policy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The object's annotation.
    Object,
    /// The annotation of the object's namespace.
    Namespace,
    /// The operator's default: `DEFAULT_RECONCILE_POLICY`, or `manage` where that is not set.
    Operator,
}

/// The policy that v2 follows for an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effective<'a> {
    /// The policy.
    pub policy: ReconcilePolicy,
    /// Where it comes from.
    pub source: Source,
    /// A value that v2 passed over because it is none of the three, and whose it is. No condition and no event says
    /// so (OBSERVED 2.b).
    pub ignored: Option<(Source, &'a str)>,
}

/// The policy that v2 follows: the object's annotation; where that is absent or empty, the namespace's; where that is absent
/// or empty too, the operator's default. A value that is no policy never falls through to the next place: it goes
/// straight to the operator's default (FACTS (c), OBSERVED 2.g).
///
/// `operator` is the setting `DEFAULT_RECONCILE_POLICY`. With a value that is no policy the operator does not start
/// ([`operator_default`]); it counts as `manage` here, the policy that does most.
pub fn effective<'a>(
    object: Option<&'a str>,
    namespace: Option<&'a str>,
    operator: Option<&str>,
) -> Effective<'a> {
    let default = operator_default(operator).unwrap_or(ReconcilePolicy::Manage);
    let places = [(Source::Object, object), (Source::Namespace, namespace)];
    let set = places
        .into_iter()
        .find_map(|(source, value)| Some((source, value.filter(|value| !value.is_empty())?)));
    let Some((source, value)) = set else {
        return Effective {
            policy: default,
            source: Source::Operator,
            ignored: None,
        };
    };
    match ReconcilePolicy::parse(value) {
        Some(policy) => Effective {
            policy,
            source,
            ignored: None,
        },
        None => Effective {
            policy: default,
            source: Source::Operator,
            ignored: Some((source, value)),
        },
    }
}

/// The policy that `DEFAULT_RECONCILE_POLICY` sets: `manage` where it is absent or empty, `None` where the operator does not
/// start with it (FACTS (g), OBSERVED 2.g).
pub fn operator_default(setting: Option<&str>) -> Option<ReconcilePolicy> {
    match setting {
        None | Some("") => Some(ReconcilePolicy::Manage),
        Some(value) => ReconcilePolicy::parse(value),
    }
}

/// The policy that a value which is none was probably meant to be: in another casing, with blanks, or a slip of one or two
/// letters (`skipped`, `Detach-On-Delete`, `detach`).
pub fn meant(value: &str) -> Option<ReconcilePolicy> {
    if ReconcilePolicy::parse(value).is_some() {
        return None;
    }
    let said = letters(value);
    let close = |wanted: &str, limit| distance(&said, wanted, limit).is_some();
    if close("skip", 1) || ["skipped", "skipreconcile", "true"].contains(&said.as_str()) {
        Some(ReconcilePolicy::Skip)
    } else if close("manage", 1) || said == "managed" {
        Some(ReconcilePolicy::Manage)
    } else if close("detachondelete", 2) || ["detach", "detached"].contains(&said.as_str()) {
        Some(ReconcilePolicy::DetachOnDelete)
    } else {
        None
    }
}

/// Whether `key`, an annotation of a v2 object or of a namespace, was probably meant to be
/// `serviceoperator.azure.com/reconcile-policy`: another prefix or casing, a slip of up to two letters, or v1's
/// `skipreconcile`. v2 does not look at it.
pub fn is_misspelt_key(key: &str) -> bool {
    key != RECONCILE_POLICY
        && (distance(&letters(key), "reconcilepolicy", 2).is_some()
            || distance(&letters(key), "skipreconcile", 2).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReconcilePolicy::{DetachOnDelete, Manage, Skip};

    fn policy(
        object: Option<&str>,
        namespace: Option<&str>,
        operator: Option<&str>,
    ) -> ReconcilePolicy {
        effective(object, namespace, operator).policy
    }

    #[test]
    fn values_count_by_exact_letters() {
        for value in [
            "Skip",
            "SKIP",
            " skip",
            "skip ",
            "skipped",
            "true",
            "Detach-On-Delete",
        ] {
            assert_eq!(ReconcilePolicy::parse(value), None, "{value:?}");
            assert_eq!(policy(Some(value), None, None), Manage, "{value:?}");
        }
    }

    #[test]
    fn policies_differ_in_what_reaches_azure() {
        assert_eq!((Manage.puts(), Manage.deletes()), (true, true));
        assert_eq!((Skip.puts(), Skip.deletes()), (false, false));
        assert_eq!(
            (DetachOnDelete.puts(), DetachOnDelete.deletes()),
            (true, false)
        );
    }

    #[test]
    fn an_object_without_a_value_follows_its_namespace() {
        // OBSERVED 2.g: namespace `skip`, objects with none, an empty value, `manage`, `Skip`, `detach-on-delete`.
        let namespace = Some("skip");
        assert_eq!(policy(None, namespace, None), Skip);
        assert_eq!(policy(Some(""), namespace, None), Skip);
        assert_eq!(policy(Some("manage"), namespace, None), Manage);
        assert_eq!(policy(Some("Skip"), namespace, None), Manage);
        assert_eq!(
            policy(Some("detach-on-delete"), namespace, None),
            DetachOnDelete
        );
        assert_eq!(policy(None, Some("Skip"), None), Manage);
    }

    #[test]
    fn a_value_that_is_no_policy_goes_straight_to_the_operator() {
        // OBSERVED 2.g: operator default `skip`.
        let operator = Some("skip");
        assert_eq!(policy(None, None, operator), Skip);
        assert_eq!(policy(Some("Skip"), None, operator), Skip);
        assert_eq!(policy(Some(""), None, operator), Skip);
        assert_eq!(policy(None, Some("manage"), operator), Manage);
        assert_eq!(policy(Some("Manage"), Some("manage"), operator), Skip);
        assert_eq!(policy(None, Some("Skip"), operator), Skip);
        let effective = effective(Some("Manage"), Some("manage"), operator);
        assert_eq!(effective.source, Source::Operator);
        assert_eq!(effective.ignored, Some((Source::Object, "Manage")));
    }

    #[test]
    fn an_operator_default_that_is_no_policy_stops_the_operator() {
        assert_eq!(operator_default(Some("Skip")), None);
        assert_eq!(operator_default(Some("none")), None);
        assert_eq!(operator_default(Some("")), Some(Manage));
        assert_eq!(
            policy(None, None, Some("Skip")),
            Manage,
            "the policy that does most"
        );
    }

    #[test]
    fn mistakes_are_told_apart() {
        assert_eq!(meant("Skip"), Some(Skip));
        assert_eq!(meant("skipped"), Some(Skip));
        assert_eq!(meant("detach-on-deletion"), None);
        assert_eq!(meant("detach_on_delete"), Some(DetachOnDelete));
        assert_eq!(meant("skip"), None, "nothing is wrong with it");
        assert_eq!(meant("adopt"), None);
        assert!(is_misspelt_key("reconcile-policy"));
        assert!(is_misspelt_key("azure.com/reconcile-policy"));
        assert!(is_misspelt_key("skipreconcile"));
        assert!(!is_misspelt_key(RECONCILE_POLICY));
        assert!(!is_misspelt_key(
            "serviceoperator.azure.com/credential-from"
        ));
    }
}
