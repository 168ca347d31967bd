//! What the policies of a migration ask for together, about: every relation, and the columns of resources, Secrets,
//! workloads and namespaces that they look at.

use asogate_core::selector::{
    KindPattern, ObjectSelector, OperatorDeployment, ReadSet, Relation, RelationSelector, Selector,
    SettingsRules, SettingsSecret,
};

/// The merged wishes.
pub(crate) fn merged() -> ReadSet {
    let mut read_set = ReadSet::default();
    for relation in Relation::ALL {
        read_set.add(&[Selector::Relation(RelationSelector::whole(
            relation.name(),
            relation,
        ))]);
    }
    for (group, kind, columns) in COLUMNS {
        read_set.add(&[Selector::Objects(ObjectSelector {
            table: "objects".into(),
            kinds: KindPattern::new(*group, *kind),
            columns: columns
                .iter()
                .map(|column| column.parse().unwrap())
                .collect(),
        })]);
    }
    read_set.settings = SettingsRules {
        secrets: vec![
            SettingsSecret {
                operator: "v1",
                name: "azureoperatorsettings",
                keys: &[
                    "AZURE_SUBSCRIPTION_ID",
                    "AZURE_TENANT_ID",
                    "AZURE_CLIENT_ID",
                ],
            },
            SettingsSecret {
                operator: "v2",
                name: "aso-controller-settings",
                keys: &[
                    "AZURE_SUBSCRIPTION_ID",
                    "AZURE_TENANT_ID",
                    "AZURE_CLIENT_ID",
                ],
            },
        ],
        deployments: vec![OperatorDeployment {
            operator: "v2",
            name: "azureserviceoperator-controller-manager",
            arguments: &["--crd-pattern"],
            environment: &[],
        }],
    };
    read_set
}

const COLUMNS: &[(&str, &str, &[&str])] = &[
    (
        "*.azure.com",
        "*",
        &[
            "apiVersion",
            "metadata.name",
            "metadata.namespace",
            "metadata.generation",
            "metadata.annotations[serviceoperator.azure.com/reconcile-policy]",
            "metadata.annotations[serviceoperator.azure.com/credential-from]",
            "metadata.annotations[serviceoperator.azure.com/resource-id]",
            "spec.azureName",
            "class(spec.azureName)",
            "spec.owner.name",
            "spec.owner.armId",
            "spec.location",
            "key(spec.operatorSpec.secrets[*])",
            "spec.operatorSpec.secrets[*].name",
            "spec.operatorSpec.secrets[*].key",
            "key(spec.operatorSpec.configMaps[*])",
            "spec.operatorSpec.configMaps[*].name",
            "status.id",
            "status.provisioningState",
            "status.conditions[*].type",
            "status.conditions[*].status",
            "status.conditions[*].observedGeneration",
        ],
    ),
    (
        "azure.microsoft.com",
        "*",
        &[
            "metadata.name",
            "metadata.namespace",
            "metadata.annotations[skipreconcile]",
            "key(metadata.annotations[*])",
            "spec.resourceGroup",
            "spec.server",
            "spec.location",
            "spec.keyVaultToStoreSecrets",
            "status.resourceId",
            "status.provisioned",
            "status.state",
            "status.message",
        ],
    ),
    (
        "",
        "Secret",
        &["type", "metadata.name", "metadata.namespace"],
    ),
    (
        "",
        "Namespace",
        &[
            "metadata.name",
            "metadata.annotations[serviceoperator.azure.com/reconcile-policy]",
        ],
    ),
    ("", "Pod", &["status.phase", "metadata.namespace"]),
    ("apps", "*", &["spec.replicas", "metadata.namespace"]),
    ("batch", "*", &["spec.suspend", "status.completionTime"]),
];
