//! Which v1 object a v1 object gets as its controller owner (FACTS 0.3, (a); OBSERVED 7.a "owner choice"): the first of
//! these that exists in the same namespace under the name that the field holds. One kind a line, sorted by kind. Fields
//! with several spellings are tried in order. A ResourceGroup has no owner (OBSERVED 7.a).

use crate::v1::{V1Owner, owner};

/// The resource group; the second spelling is that of old versions.
const RESOURCE_GROUP: &[&str] = &["spec.resourceGroup", "spec.resourcegroup"];
/// The storage account of a container; the second spelling is that of v1alpha1.
const ACCOUNT: &[&str] = &["spec.accountName", "spec.accountname"];

#[rustfmt::skip]
pub(crate) static V1_OWNERS: [(&str, &[V1Owner]); 44] = [
    ("APIMgmtAPI", &[owner("ResourceGroup", RESOURCE_GROUP), owner("ApimService", &["spec.apiService"])]),
    ("ApimService", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AppInsights", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AppInsightsApiKey", &[owner("AppInsights", &["spec.appInsights"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureLoadBalancer", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureNetworkInterface", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzurePublicIPAddress", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureSQLManagedUser", &[owner("AzureSqlDatabase", &["spec.dbName"]), owner("AzureSqlServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureSQLUser", &[owner("AzureSqlDatabase", &["spec.dbName"]), owner("AzureSqlServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureSQLVNetRule", &[owner("AzureSqlServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureSqlAction", &[owner("AzureSqlServer", &["spec.serverName"])]),
    ("AzureSqlDatabase", &[owner("AzureSqlServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureSqlFailoverGroup", &[owner("AzureSqlServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureSqlFirewallRule", &[owner("AzureSqlServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureSqlServer", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureVMScaleSet", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureVirtualMachine", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("AzureVirtualMachineExtension", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("BlobContainer", &[owner("StorageAccount", ACCOUNT), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("ConsumerGroup", &[owner("Eventhub", &["spec.eventHub"]), owner("EventhubNamespace", &["spec.namespace"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("CosmosDB", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("CosmosDBSQLDatabase", &[owner("CosmosDB", &["spec.cosmosDBAccount"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("Eventhub", &[owner("EventhubNamespace", &["spec.namespace"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("EventhubNamespace", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("KeyVault", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("KeyVaultKey", &[owner("KeyVault", &["spec.keyVault"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("MySQLAADUser", &[owner("MySQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("MySQLDatabase", &[owner("MySQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("MySQLFirewallRule", &[owner("MySQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("MySQLServer", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("MySQLServerAdministrator", &[owner("MySQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("MySQLUser", &[owner("MySQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("MySQLVNetRule", &[owner("MySQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("PostgreSQLDatabase", &[owner("PostgreSQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("PostgreSQLFirewallRule", &[owner("PostgreSQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("PostgreSQLServer", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("PostgreSQLUser", &[owner("PostgreSQLDatabase", &["spec.dbName"]), owner("PostgreSQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("PostgreSQLVNetRule", &[owner("PostgreSQLServer", &["spec.server"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("RedisCache", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("RedisCacheAction", &[owner("RedisCache", &["spec.cacheName"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("RedisCacheFirewallRule", &[owner("RedisCache", &["spec.redisCache"]), owner("ResourceGroup", RESOURCE_GROUP)]),
    ("ResourceGroup", &[]),
    ("StorageAccount", &[owner("ResourceGroup", RESOURCE_GROUP)]),
    ("VirtualNetwork", &[owner("ResourceGroup", RESOURCE_GROUP)]),
];
