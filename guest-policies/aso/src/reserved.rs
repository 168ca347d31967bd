//! Names of Secrets that belong to the operators themselves.

use crate::settings::{CREDENTIAL_SECRET, V1_SECRET, V2_SECRET};

/// Why a name of a Secret must not be used for anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// `aso-credential`: v2 takes it as the credential of its namespace. An export under that name was accepted and then
    /// every other object of the namespace failed (OBSERVED 2.s).
    NamespaceCredential,
    /// `aso-controller-settings`: v2's settings and credential.
    V2Settings,
    /// `azureoperatorsettings`: v1's settings and credential.
    V1Settings,
    /// The certificate with which an operator serves its webhooks.
    WebhookCertificate,
}

/// The name under which the charts of both operators keep the certificate of their webhooks (the default of the framework
/// that both are built with).
pub const WEBHOOK_CERTIFICATE: &str = "webhook-server-cert";

/// Whether a Secret of this name belongs to an operator. `beside_operator` says whether an operator runs in the namespace;
/// the certificate's name means something only there.
pub fn secret(name: &str, beside_operator: bool) -> Option<Reserved> {
    match name {
        CREDENTIAL_SECRET => Some(Reserved::NamespaceCredential),
        V2_SECRET => Some(Reserved::V2Settings),
        V1_SECRET => Some(Reserved::V1Settings),
        WEBHOOK_CERTIFICATE if beside_operator => Some(Reserved::WebhookCertificate),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_reserved_everywhere_and_certificates_beside_operators() {
        assert_eq!(
            secret("aso-credential", false),
            Some(Reserved::NamespaceCredential)
        );
        assert_eq!(secret("webhook-server-cert", false), None);
        assert_eq!(
            secret("webhook-server-cert", true),
            Some(Reserved::WebhookCertificate)
        );
        assert_eq!(secret("aso-credentials", true), None);
    }
}
