//! Names of annotations and labels of both operators.

/// v1's annotation that pauses an object (FACTS (c)); see [`crate::skipreconcile`].
pub const SKIPRECONCILE: &str = "skipreconcile";

/// v1's annotation with the namespace of the operator that claimed an object. Another operator ignores the object, unless it
/// carries `skipreconcile`, which is looked at first (FACTS (c), OBSERVED 7.h).
pub const V1_OPERATOR_NAMESPACE: &str = "azure.microsoft.com/operator-namespace";

/// v2's annotation that says whether Azure is written to (FACTS (c)), on an object or on its namespace; see
/// [`crate::reconcile_policy`].
pub const RECONCILE_POLICY: &str = "serviceoperator.azure.com/reconcile-policy";

/// v2's annotation with the name of a Secret of the same namespace to use as credential (FACTS (c)).
pub const CREDENTIAL_FROM: &str = "serviceoperator.azure.com/credential-from";

/// v2's annotation with the ARM id to which GET and DELETE go (FACTS (c)). Written by the operator when it claims an object;
/// from then on `spec.azureName` and `spec.owner` cannot change (FACTS 0.10).
pub const RESOURCE_ID: &str = "serviceoperator.azure.com/resource-id";

/// v2's annotation that is there once a write to Azure was started, and stays (FACTS 0.12).
pub const LATEST_RECONCILED_GENERATION: &str =
    "serviceoperator.azure.com/latest-reconciled-generation";

/// v2's annotation with the namespace of the operator that claimed an object (FACTS (c)).
pub const V2_OPERATOR_NAMESPACE: &str = "serviceoperator.azure.com/operator-namespace";

/// What only the v2 operator may write, so what a manifest must not carry (FACTS 0.14, (c)).
pub const OPERATOR_OWNED_ANNOTATIONS: [&str; 6] = [
    "serviceoperator.azure.com/azure-name-from-config",
    LATEST_RECONCILED_GENERATION,
    V2_OPERATOR_NAMESPACE,
    "serviceoperator.azure.com/poller-resume-id",
    "serviceoperator.azure.com/poller-resume-token",
    RESOURCE_ID,
];

/// Labels that only the v2 operator may write (FACTS (c)).
pub const OPERATOR_OWNED_LABELS: [&str; 4] = [
    "serviceoperator.azure.com/last-reconciled-version",
    "serviceoperator.azure.com/owner-group-kind",
    "serviceoperator.azure.com/owner-name",
    "serviceoperator.azure.com/owner-uid",
];

/// The column of an annotation, for a selector.
pub fn column(annotation: &str) -> String {
    format!("metadata.annotations[{annotation}]")
}
