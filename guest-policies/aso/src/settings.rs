//! Where the operators keep their settings, and which of them are not secret (FACTS (g)). Everything else in these Secrets is
//! a credential and is never read.

/// Value of the column `operator` for v1.
pub const V1: &str = "v1";
/// Value of the column `operator` for the v2 operator itself.
pub const V2: &str = "v2";
/// Value of the column `operator` for a credential that serves one namespace.
pub const V2_NAMESPACE: &str = "v2-namespace";

/// The Secret with v1's settings.
pub const V1_SECRET: &str = "azureoperatorsettings";
/// The Secret with v2's settings and its credential for the whole cluster.
pub const V2_SECRET: &str = "aso-controller-settings";
/// The Secret with v2's credential for the namespace that it is in.
pub const CREDENTIAL_SECRET: &str = "aso-credential";

/// v1's Deployment.
pub const V1_DEPLOYMENT: &str = "azureoperator-controller-manager";
/// v2's Deployment.
pub const V2_DEPLOYMENT: &str = "azureserviceoperator-controller-manager";

/// The namespace in which v1 runs unless it was installed elsewhere.
pub const V1_NAMESPACE: &str = "azureoperator-system";
/// The namespace in which v2 runs unless it was installed elsewhere.
pub const V2_OPERATOR_NAMESPACE: &str = "azureserviceoperator-system";

/// Setting: the subscription of the credential.
pub const SUBSCRIPTION_ID: &str = "AZURE_SUBSCRIPTION_ID";
/// Setting: the tenant of the credential.
pub const TENANT_ID: &str = "AZURE_TENANT_ID";
/// Setting: the application of the credential.
pub const CLIENT_ID: &str = "AZURE_CLIENT_ID";
/// Setting: the namespaces that are watched; see [`crate::namespaces::WatchedNamespaces`].
pub const TARGET_NAMESPACES: &str = "AZURE_TARGET_NAMESPACES";
/// Setting: whether this operator reconciles, serves webhooks, or both.
pub const OPERATOR_MODE: &str = "AZURE_OPERATOR_MODE";
/// Setting of v1: how Secrets are named; see [`crate::secret_names::NamingVersion`].
pub const SECRET_NAMING_VERSION: &str = "AZURE_SECRET_NAMING_VERSION";
/// Setting of v1: `true` if all Secrets go to a Key Vault instead of the cluster.
pub const OPERATOR_KEYVAULT_SET: &str = "presence:AZURE_OPERATOR_KEYVAULT";
/// Setting of v2: the policy of objects that say none; see [`crate::reconcile_policy::operator_default`].
pub const DEFAULT_RECONCILE_POLICY: &str = "DEFAULT_RECONCILE_POLICY";
/// Setting of a Deployment: the release of the operator, by its label or the tag of its image.
pub const VERSION: &str = "version";
/// Setting of a Deployment: which kinds v2 installs definitions of; see FACTS (g).
pub const CRD_PATTERN: &str = "argument:--crd-pattern";

/// What may be read of v1's settings.
pub const V1_KEYS: &[&str] = &[
    SUBSCRIPTION_ID,
    TENANT_ID,
    CLIENT_ID,
    TARGET_NAMESPACES,
    OPERATOR_MODE,
    SECRET_NAMING_VERSION,
    OPERATOR_KEYVAULT_SET,
];

/// What may be read of v2's settings.
pub const V2_KEYS: &[&str] = &[
    SUBSCRIPTION_ID,
    TENANT_ID,
    CLIENT_ID,
    TARGET_NAMESPACES,
    OPERATOR_MODE,
    DEFAULT_RECONCILE_POLICY,
];

/// What may be read of a credential: of `aso-credential`, and of a Secret that `credential-from` names.
pub const CREDENTIAL_KEYS: &[&str] = &[SUBSCRIPTION_ID, TENANT_ID, CLIENT_ID];

/// The keys that a credential Secret must have (FACTS (g)).
pub const REQUIRED_CREDENTIAL_KEYS: &[&str] = CREDENTIAL_KEYS;

/// Environment variables of the operators' containers that are settings when they are given literally.
pub const ENVIRONMENT: &[&str] = &[
    TARGET_NAMESPACES,
    OPERATOR_MODE,
    SECRET_NAMING_VERSION,
    DEFAULT_RECONCILE_POLICY,
    SUBSCRIPTION_ID,
];

/// The above as rules for the reader of snapshots.
#[cfg(feature = "host")]
pub fn rules() -> asogate_core::selector::SettingsRules {
    use asogate_core::selector::{OperatorDeployment, SettingsRules, SettingsSecret};
    let secret = |operator, name, keys| SettingsSecret {
        operator,
        name,
        keys,
    };
    let deployment = |operator, name, arguments| OperatorDeployment {
        operator,
        name,
        arguments,
        environment: ENVIRONMENT,
    };
    SettingsRules {
        secrets: vec![
            secret(V1, V1_SECRET, V1_KEYS),
            secret(V2, V2_SECRET, V2_KEYS),
            secret(V2_NAMESPACE, CREDENTIAL_SECRET, CREDENTIAL_KEYS),
        ],
        deployments: vec![
            deployment(V1, V1_DEPLOYMENT, &[]),
            deployment(V2, V2_DEPLOYMENT, &["--crd-pattern"]),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_secret_is_allowed() {
        for key in [V1_KEYS, V2_KEYS, CREDENTIAL_KEYS, ENVIRONMENT].concat() {
            let plain = !key.contains("SECRET") || key == SECRET_NAMING_VERSION;
            let harmless = !["PASSWORD", "CERTIFICATE", "TOKEN", "USER_ASSIGNED"]
                .iter()
                .any(|word| key.contains(word));
            assert!(plain && harmless, "{key}");
        }
    }

    #[cfg(feature = "host")]
    #[test]
    fn the_rules_name_both_operators_and_the_credential() {
        let rules = rules();
        assert_eq!(rules.secrets.len(), 3);
        assert_eq!(rules.deployments.len(), 2);
    }
}
