//! The 44 kinds of v1 (FACTS (a)), one a line, sorted by kind: kind, plural, short names, API versions (the one in which
//! they are stored last), what becomes of them in v2, and their v2 counterparts (the primary one first; for unsupported
//! kinds what remains after the Azure service itself was migrated).

use crate::v1::Successor::{Split, Supported, Unsupported};
use crate::v1::{V1Kind, kind};

#[rustfmt::skip]
pub(crate) static V1_KINDS: [V1Kind; 44] = [
    kind("APIMgmtAPI", "apimgmtapis", &["apim"], &["v1alpha1"], Supported, &[("apimanagement.azure.com", "Api")]),
    kind("ApimService", "apimservices", &["apims"], &["v1alpha1"], Supported, &[("apimanagement.azure.com", "Service")]),
    kind("AppInsights", "appinsights", &["ai"], &["v1alpha1"], Supported, &[("insights.azure.com", "Component")]),
    kind("AppInsightsApiKey", "appinsightsapikeys", &[], &["v1alpha1"], Unsupported, &[]),
    kind("AzureLoadBalancer", "azureloadbalancers", &["alb"], &["v1alpha1"], Supported, &[("network.azure.com", "LoadBalancer")]),
    kind("AzureNetworkInterface", "azurenetworkinterfaces", &["ani"], &["v1alpha1"], Supported, &[("network.azure.com", "NetworkInterface")]),
    kind("AzurePublicIPAddress", "azurepublicipaddresses", &["apipa"], &["v1alpha1"], Supported, &[("network.azure.com", "PublicIPAddress")]),
    kind("AzureSQLManagedUser", "azuresqlmanagedusers", &["asqlmu"], &["v1alpha1"], Unsupported, &[]),
    kind("AzureSQLUser", "azuresqlusers", &["asqlu"], &["v1alpha1"], Supported, &[("sql.azure.com", "User")]),
    kind("AzureSQLVNetRule", "azuresqlvnetrules", &["asqlvnr"], &["v1alpha1"], Supported, &[("sql.azure.com", "ServersVirtualNetworkRule")]),
    kind("AzureSqlAction", "azuresqlactions", &["asqla"], &["v1alpha1"], Unsupported, &[]),
    kind("AzureSqlDatabase", "azuresqldatabases", &["asqldb"], &["v1alpha1", "v1beta1"], Split, &[("sql.azure.com", "ServersDatabase"), ("sql.azure.com", "ServersDatabasesBackupLongTermRetentionPolicy"), ("sql.azure.com", "ServersDatabasesBackupShortTermRetentionPolicy")]),
    kind("AzureSqlFailoverGroup", "azuresqlfailovergroups", &["asqlfog"], &["v1alpha1", "v1beta1"], Supported, &[("sql.azure.com", "ServersFailoverGroup")]),
    kind("AzureSqlFirewallRule", "azuresqlfirewallrules", &["asqlfwr"], &["v1alpha1", "v1beta1"], Supported, &[("sql.azure.com", "ServersFirewallRule")]),
    kind("AzureSqlServer", "azuresqlservers", &["asqls"], &["v1alpha1", "v1beta1"], Supported, &[("sql.azure.com", "Server")]),
    kind("AzureVMScaleSet", "azurevmscalesets", &["avmss"], &["v1alpha1"], Supported, &[("compute.azure.com", "VirtualMachineScaleSet")]),
    kind("AzureVirtualMachine", "azurevirtualmachines", &["avm"], &["v1alpha1"], Supported, &[("compute.azure.com", "VirtualMachine")]),
    kind("AzureVirtualMachineExtension", "azurevirtualmachineextensions", &["avme"], &["v1alpha1"], Supported, &[("compute.azure.com", "VirtualMachinesExtension")]),
    kind("BlobContainer", "blobcontainers", &["bc"], &["v1alpha1", "v1alpha2"], Split, &[("storage.azure.com", "StorageAccountsBlobServicesContainer"), ("storage.azure.com", "StorageAccountsBlobService")]),
    kind("ConsumerGroup", "consumergroups", &["cg"], &["v1alpha1"], Supported, &[("eventhub.azure.com", "NamespacesEventhubsConsumerGroup")]),
    kind("CosmosDB", "cosmosdbs", &["cdb"], &["v1alpha1"], Supported, &[("documentdb.azure.com", "DatabaseAccount")]),
    kind("CosmosDBSQLDatabase", "cosmosdbsqldatabases", &["cdbsql"], &["v1alpha1"], Split, &[("documentdb.azure.com", "SqlDatabase"), ("documentdb.azure.com", "SqlDatabaseThroughputSetting")]),
    kind("Eventhub", "eventhubs", &["eh"], &["v1alpha1"], Split, &[("eventhub.azure.com", "NamespacesEventhub"), ("eventhub.azure.com", "NamespacesEventhubsAuthorizationRule")]),
    kind("EventhubNamespace", "eventhubnamespaces", &["ehns"], &["v1alpha1"], Supported, &[("eventhub.azure.com", "Namespace")]),
    kind("KeyVault", "keyvaults", &["kv"], &["v1alpha1"], Supported, &[("keyvault.azure.com", "Vault")]),
    kind("KeyVaultKey", "keyvaultkeys", &["kvk"], &["v1alpha1"], Unsupported, &[]),
    kind("MySQLAADUser", "mysqlaadusers", &[], &["v1alpha1", "v1alpha2"], Unsupported, &[("dbformysql.azure.com", "User")]),
    kind("MySQLDatabase", "mysqldatabases", &["mysqldb"], &["v1alpha1"], Unsupported, &[("dbformysql.azure.com", "FlexibleServersDatabase")]),
    kind("MySQLFirewallRule", "mysqlfirewallrules", &["mysqlfwr"], &["v1alpha1"], Unsupported, &[("dbformysql.azure.com", "FlexibleServersFirewallRule")]),
    kind("MySQLServer", "mysqlservers", &["mysqls"], &["v1alpha1", "v1alpha2"], Unsupported, &[("dbformysql.azure.com", "FlexibleServer")]),
    kind("MySQLServerAdministrator", "mysqlserveradministrators", &["mysqladmin"], &["v1alpha1"], Unsupported, &[("dbformysql.azure.com", "FlexibleServersAdministrator")]),
    kind("MySQLUser", "mysqlusers", &[], &["v1alpha1", "v1alpha2"], Unsupported, &[("dbformysql.azure.com", "User")]),
    kind("MySQLVNetRule", "mysqlvnetrules", &["mysqlvnr"], &["v1alpha1"], Unsupported, &[]),
    kind("PostgreSQLDatabase", "postgresqldatabases", &["psqldb"], &["v1alpha1"], Unsupported, &[("dbforpostgresql.azure.com", "FlexibleServersDatabase")]),
    kind("PostgreSQLFirewallRule", "postgresqlfirewallrules", &["psqlfwr"], &["v1alpha1"], Unsupported, &[("dbforpostgresql.azure.com", "FlexibleServersFirewallRule")]),
    kind("PostgreSQLServer", "postgresqlservers", &["psqls"], &["v1alpha1", "v1alpha2"], Unsupported, &[("dbforpostgresql.azure.com", "FlexibleServer")]),
    kind("PostgreSQLUser", "postgresqlusers", &["psqlu"], &["v1alpha1"], Unsupported, &[("dbforpostgresql.azure.com", "User")]),
    kind("PostgreSQLVNetRule", "postgresqlvnetrules", &["psqlvnr"], &["v1alpha1"], Unsupported, &[]),
    kind("RedisCache", "rediscaches", &["rc"], &["v1alpha1"], Supported, &[("cache.azure.com", "Redis")]),
    kind("RedisCacheAction", "rediscacheactions", &["rca"], &["v1alpha1"], Unsupported, &[]),
    kind("RedisCacheFirewallRule", "rediscachefirewallrules", &["rcfwr"], &["v1alpha1"], Supported, &[("cache.azure.com", "RedisFirewallRule")]),
    kind("ResourceGroup", "resourcegroups", &["rg"], &["v1alpha1"], Supported, &[("resources.azure.com", "ResourceGroup")]),
    kind("StorageAccount", "storageaccounts", &["sacct"], &["v1alpha1"], Supported, &[("storage.azure.com", "StorageAccount")]),
    kind("VirtualNetwork", "virtualnetworks", &["vn"], &["v1alpha1"], Split, &[("network.azure.com", "VirtualNetwork"), ("network.azure.com", "VirtualNetworksSubnet")]),
];
