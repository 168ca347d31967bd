//! What v1's annotation `skipreconcile` does (FACTS 0.1, (c); executed in OBSERVED 7.b).
//!
//! A paused object is not sent to Azure, neither to write nor to delete. The annotation protects only the object that
//! carries it, only while v1 runs and watches the namespace (FACTS 0.18), and what counts is the annotation at the moment
//! when v1 acts on the object's finalizer.

use crate::annotations::{RECONCILE_POLICY, SKIPRECONCILE};
use crate::spelling::{distance, letters};

/// Whether v1 leaves an object with this value of `skipreconcile` alone: `true` in any casing, without any trimming.
/// ` true`, `yes`, `1` and an empty value do not pause (OBSERVED 7.b).
pub fn is_paused(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Whether a value that does not pause was probably meant to: with blanks or quotes around it, or another word for yes.
pub fn means_paused(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']).trim();
    let words = ["true", "yes", "y", "on", "1", "t", "enabled", "skip"];
    words.iter().any(|word| value.eq_ignore_ascii_case(word))
        || distance(value, "true", 1).is_some()
}

/// What is wrong with an annotation (or label) that was probably meant to be `skipreconcile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMistake {
    /// Another spelling of the key: `skip-reconcile` (issue 3850), `azure.microsoft.com/skipreconcile`, `skipReconcile`, or
    /// a slip of up to two letters. v1 does not look at it.
    Misspelt,
    /// v2's `serviceoperator.azure.com/reconcile-policy`, which v1 does not look at (OBSERVED 7.b).
    OfV2,
}

/// Whether `key`, an annotation of a v1 object, was probably meant to be `skipreconcile`.
pub fn mistake(key: &str) -> Option<KeyMistake> {
    if key == SKIPRECONCILE {
        return None;
    }
    if key == RECONCILE_POLICY {
        return Some(KeyMistake::OfV2);
    }
    let close = |wanted: &str| distance(&letters(key), wanted, 2).is_some();
    (close(SKIPRECONCILE) || close("skipreconciliation") || close("reconcileskip"))
        .then_some(KeyMistake::Misspelt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_in_any_casing_pauses() {
        for value in ["true", "True", "TRUE", "tRuE"] {
            assert!(is_paused(Some(value)), "{value}");
        }
        for value in [
            " true", "true ", "yes", "1", "", "skip", "on", "false", "\"true\"",
        ] {
            assert!(!is_paused(Some(value)), "{value}");
        }
        assert!(!is_paused(None));
    }

    #[test]
    fn values_that_were_meant_to_pause_are_told_from_false() {
        for value in [
            " true", "true\n", "\"true\"", "yes", "1", "on", "skip", "ture", "treu",
        ] {
            assert!(means_paused(value), "{value:?}");
        }
        for value in ["", "false", "no", "0", "off", "manage"] {
            assert!(!means_paused(value), "{value:?}");
        }
    }

    #[test]
    fn misspelt_keys_are_recognised_and_other_keys_are_not() {
        for key in [
            "skip-reconcile",
            "azure.microsoft.com/skipreconcile",
            "azure.microsoft.com/skip-reconcile",
            "skipReconcile",
            "skip_reconcile",
            "skipreconsile",
            "skip-reconciliation",
            "serviceoperator.azure.com/skipreconcile",
        ] {
            assert_eq!(mistake(key), Some(KeyMistake::Misspelt), "{key}");
        }
        assert_eq!(mistake(RECONCILE_POLICY), Some(KeyMistake::OfV2));
        for key in [
            SKIPRECONCILE,
            "kubectl.kubernetes.io/last-applied-configuration",
            "azure.microsoft.com/operator-namespace",
            "reconcile.fluxcd.io/requestedAt",
            "kustomize.toolkit.fluxcd.io/reconcile",
            "",
        ] {
            assert_eq!(mistake(key), None, "{key}");
        }
    }
}
