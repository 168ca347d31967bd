//! Definitions and resources of both operators.

use super::{Cluster, uid};

/// Group, kind, plural and version of v2 kinds.
pub(super) const V2_KINDS: &[(&str, &str, &str, &str)] = &[
    (
        "resources.azure.com",
        "ResourceGroup",
        "resourcegroups",
        "v1api20200601",
    ),
    (
        "storage.azure.com",
        "StorageAccount",
        "storageaccounts",
        "v1api20230101",
    ),
    ("cache.azure.com", "Redis", "redis", "v1api20230801"),
    (
        "dbforpostgresql.azure.com",
        "FlexibleServer",
        "flexibleservers",
        "v1api20221201",
    ),
    (
        "dbforpostgresql.azure.com",
        "FlexibleServersDatabase",
        "flexibleserversdatabases",
        "v1api20221201",
    ),
    (
        "eventhub.azure.com",
        "Namespace",
        "namespaces",
        "v1api20211101",
    ),
    (
        "eventhub.azure.com",
        "NamespacesEventhub",
        "namespaceseventhubs",
        "v1api20211101",
    ),
    ("keyvault.azure.com", "Vault", "vaults", "v1api20230701"),
    ("sql.azure.com", "Server", "servers", "v1api20211101"),
    (
        "sql.azure.com",
        "ServersDatabase",
        "serversdatabases",
        "v1api20211101",
    ),
];

/// Kind and plural of v1 kinds.
pub(super) const V1_KINDS: &[(&str, &str)] = &[
    ("StorageAccount", "storageaccounts"),
    ("RedisCache", "rediscaches"),
    ("PostgreSQLServer", "postgresqlservers"),
    ("EventhubNamespace", "eventhubnamespaces"),
    ("Eventhub", "eventhubs"),
    ("AzureSqlServer", "azuresqlservers"),
    ("ResourceGroup", "resourcegroups"),
];

pub(super) fn v1_kind(number: usize) -> &'static str {
    V1_KINDS[number % V1_KINDS.len()].0
}

pub(super) fn v1_name(number: usize) -> String {
    format!("{}-{number:05}", v1_kind(number).to_lowercase())
}

pub(super) fn definition(
    cluster: &mut Cluster,
    group: &str,
    kind: &str,
    plural: &str,
    version: &str,
) {
    let (uid, rv) = (uid(1, kind.len() * 1000 + group.len()), cluster.version());
    cluster.push(format_args!(
        r#"{{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{{"annotations":{{"controller-gen.kubebuilder.io/version":"v0.17.3"}},"creationTimestamp":"2025-03-01T08:00:00Z","generation":2,"labels":{{"app.kubernetes.io/name":"azure-service-operator","app.kubernetes.io/version":"v2.13.0"}},"name":"{plural}.{group}","resourceVersion":"{rv}","uid":"{uid}"}},"spec":{{"conversion":{{"strategy":"Webhook"}},"group":"{group}","names":{{"kind":"{kind}","listKind":"{kind}List","plural":"{plural}","singular":"{plural}"}},"scope":"Namespaced","versions":[{{"name":"{version}","schema":{{"openAPIV3Schema":{{"properties":{{"spec":{{"type":"object"}},"status":{{"type":"object"}}}},"type":"object"}}}},"served":true,"storage":false}},{{"name":"{version}storage","served":true,"storage":true}}]}},"status":{{"acceptedNames":{{"kind":"{kind}","plural":"{plural}"}},"conditions":[{{"status":"True","type":"NamesAccepted"}},{{"status":"True","type":"Established"}}],"storedVersions":["{version}storage"]}}}}"#
    ));
}

pub(super) fn v2(cluster: &mut Cluster, number: usize, count: usize) {
    // One kind after the other, each through all namespaces; the first are the resource groups.
    let of_kind = count.div_ceil(V2_KINDS.len());
    let (group, kind, _, version) = V2_KINDS[number / of_kind];
    let place = number % of_kind;
    let namespace = cluster.namespace(place, of_kind);
    let name = format!("{}-{number:05}", kind.to_lowercase());
    let rg = place / 8 * 8;
    let (own, owner) = (uid(2, number), uid(2, rg));
    let (rv, bits) = (cluster.version(), cluster.next());
    let policy = match bits % 4 {
        0 => r#""serviceoperator.azure.com/reconcile-policy":"manage","#,
        1 => "",
        _ => r#""serviceoperator.azure.com/reconcile-policy":"skip","#,
    };
    let secrets = match bits % 3 {
        0 => String::new(),
        _ => format!(
            r#""operatorSpec":{{"secrets":{{"key1":{{"key":"primaryKey","name":"{name}-keys"}},"key2":{{"key":"secondaryKey","name":"{name}-keys"}}}}}},"#
        ),
    };
    let owners = match kind {
        "ResourceGroup" => String::new(),
        _ => format!(
            r#""ownerReferences":[{{"apiVersion":"resources.azure.com/v1api20200601storage","kind":"ResourceGroup","name":"resourcegroup-{:05}","uid":"{owner}"}}],"#,
            rg
        ),
    };
    let (hour, minute) = (bits >> 8 & 15, bits >> 16 & 31);
    cluster.push(format_args!(
        concat!(
            r#"{{"apiVersion":"{group}/{version}","kind":"{kind}","metadata":{{"annotations":{{{policy}"serviceoperator.azure.com/latest-reconciled-generation":"3","serviceoperator.azure.com/operator-namespace":"azureserviceoperator-system","serviceoperator.azure.com/resource-id":"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/resourcegroup-{rg:05}/providers/Microsoft.X/{kind}/{name}"}},"#,
            r#""creationTimestamp":"2025-03-02T{hour:02}:{minute:02}:11Z","finalizers":["serviceoperator.azure.com/finalizer"],"generation":3,"labels":{{"app":"{namespace}","app.kubernetes.io/managed-by":"Helm"}},"#,
            r#""managedFields":[{{"apiVersion":"{group}/{version}","fieldsType":"FieldsV1","fieldsV1":{{"f:metadata":{{"f:annotations":{{".":{{}},"f:serviceoperator.azure.com/reconcile-policy":{{}}}},"f:labels":{{".":{{}},"f:app":{{}},"f:app.kubernetes.io/managed-by":{{}}}}}},"f:spec":{{".":{{}},"f:azureName":{{}},"f:location":{{}},"f:owner":{{}},"f:sku":{{".":{{}},"f:name":{{}}}},"f:tags":{{".":{{}},"f:env":{{}}}}}}}},"manager":"kubectl-client-side-apply","operation":"Update","time":"2025-03-02T08:00:11Z"}},{{"apiVersion":"{group}/{version}storage","fieldsType":"FieldsV1","fieldsV1":{{"f:metadata":{{"f:finalizers":{{".":{{}},"v:\"serviceoperator.azure.com/finalizer\"":{{}}}},"f:ownerReferences":{{".":{{}},"k:{{\"uid\":\"{owner}\"}}":{{}}}}}},"f:status":{{".":{{}},"f:conditions":{{}},"f:id":{{}},"f:location":{{}},"f:name":{{}},"f:provisioningState":{{}}}}}},"manager":"aso-controller","operation":"Update","subresource":"status","time":"2025-03-02T08:05:11Z"}}],"#,
            r#""name":"{name}","namespace":"{namespace}",{owners}"resourceVersion":"{rv}","uid":"{own}"}},"#,
            r#""spec":{{"azureName":"{name}","kind":"StorageV2","location":"westeurope",{secrets}"originalVersion":"{version}","owner":{{"name":"resourcegroup-{rg:05}"}},"sku":{{"name":"Standard_LRS","tier":"Standard"}},"tags":{{"costCenter":"4711","env":"production","owner":"{namespace}"}}}},"#,
            r#""status":{{"conditions":[{{"lastTransitionTime":"2025-03-02T08:05:11Z","observedGeneration":3,"reason":"Succeeded","status":"True","type":"Ready"}}],"id":"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/resourcegroup-{rg:05}/providers/Microsoft.X/{kind}/{name}","location":"westeurope","name":"{name}","provisioningState":"Succeeded","sku":{{"name":"Standard_LRS","tier":"Standard"}},"type":"Microsoft.X/{kind}"}}}}"#
        ),
        group = group, version = version, kind = kind, policy = policy, rg = rg, name = name, hour = hour,
        minute = minute, namespace = namespace, owner = owner, owners = owners, rv = rv, own = own, secrets = secrets,
    ));
}

pub(super) fn v1(cluster: &mut Cluster, number: usize, count: usize) {
    let kind = v1_kind(number);
    let (namespace, name) = (cluster.namespace(number, count), v1_name(number));
    let (own, rv, bits) = (uid(3, number), cluster.version(), cluster.next());
    let skip = if bits % 10 == 0 { "false" } else { "true" };
    cluster.push(format_args!(
        concat!(
            r#"{{"apiVersion":"azure.microsoft.com/v1alpha1","kind":"{kind}","metadata":{{"annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{{\"apiVersion\":\"azure.microsoft.com/v1alpha1\",\"kind\":\"{kind}\",\"metadata\":{{\"annotations\":{{}},\"name\":\"{name}\",\"namespace\":\"{namespace}\"}},\"spec\":{{\"location\":\"westeurope\",\"resourceGroup\":\"rg-{rg}\",\"sku\":{{\"name\":\"Standard_LRS\"}}}}}}\n","skipreconcile":"{skip}"}},"#,
            r#""creationTimestamp":"2021-06-01T10:10:10Z","finalizers":["azure.microsoft.com/{lower}"],"generation":4,"#,
            r#""managedFields":[{{"apiVersion":"azure.microsoft.com/v1alpha1","fieldsType":"FieldsV1","fieldsV1":{{"f:metadata":{{"f:annotations":{{".":{{}},"f:kubectl.kubernetes.io/last-applied-configuration":{{}},"f:skipreconcile":{{}}}}}},"f:spec":{{".":{{}},"f:accessTier":{{}},"f:kind":{{}},"f:location":{{}},"f:resourceGroup":{{}},"f:sku":{{".":{{}},"f:name":{{}}}},"f:supportsHttpsTrafficOnly":{{}}}}}},"manager":"kubectl","operation":"Update","time":"2021-06-01T10:10:10Z"}},{{"apiVersion":"azure.microsoft.com/v1alpha1","fieldsType":"FieldsV1","fieldsV1":{{"f:metadata":{{"f:finalizers":{{}}}},"f:status":{{".":{{}},"f:flattenedSecrets":{{}},"f:message":{{}},"f:provisioned":{{}},"f:resourceId":{{}}}}}},"manager":"manager","operation":"Update","time":"2021-06-01T10:12:10Z"}}],"#,
            r#""name":"{name}","namespace":"{namespace}","resourceVersion":"{rv}","uid":"{own}"}},"#,
            r#""spec":{{"accessTier":"Hot","kind":"StorageV2","location":"westeurope","resourceGroup":"rg-{rg}","sku":{{"name":"Standard_LRS"}},"supportsHttpsTrafficOnly":true}},"#,
            r#""status":{{"completed":"2021-06-01T10:13:10Z","flattenedSecrets":false,"message":"successfully provisioned","provisioned":true,"requested":"2021-06-01T10:10:12Z","resourceId":"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-{rg}/providers/Microsoft.X/{kind}/{name}","state":"Succeeded"}}}}"#
        ),
        kind = kind, name = name, namespace = namespace, rg = number / 64, skip = skip, lower = kind.to_lowercase(), rv = rv, own = own,
    ));
}
