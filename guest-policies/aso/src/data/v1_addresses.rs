//! Which Azure resource a v1 object stands for (FACTS (a), column "Azure identity & parents"), one kind a line, sorted by
//! kind: whether the address is that of the resource itself or of what it lives inside, the path below the resource group,
//! and the column with a subscription of the object's own. `{a|b}` stands for the first of these columns that is present;
//! where two spellings are given, the second is that of old versions.

use crate::identity::Reach::{Inside, Itself};
use crate::identity::{V1Address, address};

/// Several kinds of SQL can be in another subscription than the operator's (FACTS (g)).
const SUBSCRIPTION_ID: Option<&str> = Some("spec.subscriptionId");

#[rustfmt::skip]
pub(crate) static V1_ADDRESSES: [V1Address; 44] = [
    address("APIMgmtAPI", Itself, "Microsoft.ApiManagement/service/{spec.apiService}/apis/{spec.apiId}", None),
    address("ApimService", Itself, "Microsoft.ApiManagement/service/{metadata.name}", None),
    address("AppInsights", Itself, "Microsoft.Insights/components/{metadata.name}", None),
    address("AppInsightsApiKey", Inside, "Microsoft.Insights/components/{spec.appInsights}", None),
    address("AzureLoadBalancer", Itself, "Microsoft.Network/loadBalancers/{metadata.name}", None),
    address("AzureNetworkInterface", Itself, "Microsoft.Network/networkInterfaces/{metadata.name}", None),
    address("AzurePublicIPAddress", Itself, "Microsoft.Network/publicIPAddresses/{metadata.name}", None),
    address("AzureSQLManagedUser", Inside, "Microsoft.Sql/servers/{spec.server}/databases/{spec.dbName}", SUBSCRIPTION_ID),
    address("AzureSQLUser", Inside, "Microsoft.Sql/servers/{spec.server}/databases/{spec.dbName}", SUBSCRIPTION_ID),
    address("AzureSQLVNetRule", Itself, "Microsoft.Sql/servers/{spec.server}/virtualNetworkRules/{metadata.name}", Some("spec.serverSubscriptionID")),
    address("AzureSqlAction", Inside, "Microsoft.Sql/servers/{spec.serverName}", SUBSCRIPTION_ID),
    address("AzureSqlDatabase", Itself, "Microsoft.Sql/servers/{spec.server}/databases/{spec.dbName|metadata.name}", SUBSCRIPTION_ID),
    address("AzureSqlFailoverGroup", Itself, "Microsoft.Sql/servers/{spec.server}/failoverGroups/{metadata.name}", SUBSCRIPTION_ID),
    address("AzureSqlFirewallRule", Itself, "Microsoft.Sql/servers/{spec.server}/firewallRules/{metadata.name}", Some("spec.subscriptionID")),
    address("AzureSqlServer", Itself, "Microsoft.Sql/servers/{metadata.name}", SUBSCRIPTION_ID),
    address("AzureVMScaleSet", Itself, "Microsoft.Compute/virtualMachineScaleSets/{metadata.name}", None),
    address("AzureVirtualMachine", Itself, "Microsoft.Compute/virtualMachines/{metadata.name}", None),
    address("AzureVirtualMachineExtension", Itself, "Microsoft.Compute/virtualMachines/{spec.vmName}/extensions/{metadata.name}", None),
    address("BlobContainer", Itself, "Microsoft.Storage/storageAccounts/{spec.accountName|spec.accountname}/blobServices/default/containers/{metadata.name}", None),
    address("ConsumerGroup", Itself, "Microsoft.EventHub/namespaces/{spec.namespace}/eventhubs/{spec.eventHub}/consumergroups/{spec.consumerGroupName|metadata.name}", None),
    address("CosmosDB", Itself, "Microsoft.DocumentDB/databaseAccounts/{metadata.name}", None),
    address("CosmosDBSQLDatabase", Itself, "Microsoft.DocumentDB/databaseAccounts/{spec.cosmosDBAccount}/sqlDatabases/{metadata.name}", None),
    address("Eventhub", Itself, "Microsoft.EventHub/namespaces/{spec.namespace}/eventhubs/{metadata.name}", None),
    address("EventhubNamespace", Itself, "Microsoft.EventHub/namespaces/{metadata.name}", None),
    address("KeyVault", Itself, "Microsoft.KeyVault/vaults/{metadata.name}", None),
    address("KeyVaultKey", Inside, "Microsoft.KeyVault/vaults/{spec.keyVault}", None),
    address("MySQLAADUser", Inside, "Microsoft.DBforMySQL/servers/{spec.server}", None),
    address("MySQLDatabase", Itself, "Microsoft.DBforMySQL/servers/{spec.server}/databases/{metadata.name}", None),
    address("MySQLFirewallRule", Itself, "Microsoft.DBforMySQL/servers/{spec.server}/firewallRules/{metadata.name}", None),
    address("MySQLServer", Itself, "Microsoft.DBforMySQL/servers/{metadata.name}", None),
    address("MySQLServerAdministrator", Itself, "Microsoft.DBforMySQL/servers/{spec.server}/administrators/activeDirectory", None),
    address("MySQLUser", Inside, "Microsoft.DBforMySQL/servers/{spec.server}", None),
    address("MySQLVNetRule", Itself, "Microsoft.DBforMySQL/servers/{spec.server}/virtualNetworkRules/{metadata.name}", None),
    address("PostgreSQLDatabase", Itself, "Microsoft.DBforPostgreSQL/servers/{spec.server}/databases/{metadata.name}", None),
    address("PostgreSQLFirewallRule", Itself, "Microsoft.DBforPostgreSQL/servers/{spec.server}/firewallRules/{metadata.name}", None),
    address("PostgreSQLServer", Itself, "Microsoft.DBforPostgreSQL/servers/{metadata.name}", None),
    address("PostgreSQLUser", Inside, "Microsoft.DBforPostgreSQL/servers/{spec.server}", None),
    address("PostgreSQLVNetRule", Itself, "Microsoft.DBforPostgreSQL/servers/{spec.server}/virtualNetworkRules/{metadata.name}", None),
    address("RedisCache", Itself, "Microsoft.Cache/redis/{metadata.name}", None),
    address("RedisCacheAction", Inside, "Microsoft.Cache/redis/{spec.cacheName}", None),
    address("RedisCacheFirewallRule", Itself, "Microsoft.Cache/redis/{spec.redisCache}/firewallRules/{metadata.name}", None),
    address("ResourceGroup", Itself, "", None),
    address("StorageAccount", Itself, "Microsoft.Storage/storageAccounts/{metadata.name}", None),
    address("VirtualNetwork", Itself, "Microsoft.Network/virtualNetworks/{metadata.name}", None),
];

/// What a v1 object manages besides its own resource: kind, path below the own resource, and the columns of which one
/// must be present for it to do so. The subnets of a VirtualNetwork are a list; see
/// [`crate::identity::V1_SUBNET_COLUMN`].
#[rustfmt::skip]
pub(crate) static V1_FURTHER: [(&str, &str, &[&str]); 4] = [
    ("AzureSqlDatabase", "backupLongTermRetentionPolicies/default", &["spec.weeklyRetention", "spec.monthlyRetention", "spec.yearlyRetention"]),
    ("AzureSqlDatabase", "backupShortTermRetentionPolicies/default", &["spec.shortTermRetentionPolicy.retentionDays"]),
    ("CosmosDBSQLDatabase", "throughputSettings/default", &["spec.throughput", "spec.autoscaleSettings.maxThroughput"]),
    ("Eventhub", "authorizationRules/{spec.authorizationRule.name}", &["spec.authorizationRule.name"]),
];
