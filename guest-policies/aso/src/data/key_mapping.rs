//! Where the keys of v1's Secrets come from in v2 (FACTS (b), end; the notes of its table of kinds), one key a line,
//! sorted by v1 kind. Lines marked "by name" follow from the names of the fields; the migration guide says the others.

use crate::key_mapping::V2Source::{ConfigMap, Expression, Field, Input, Nothing, Secret};
use crate::key_mapping::{KeyMapping, key};

const COMPONENT: (&str, &str) = ("insights.azure.com", "Component");
const COSMOS: (&str, &str) = ("documentdb.azure.com", "DatabaseAccount");
const HUB_RULE: (&str, &str) = ("eventhub.azure.com", "NamespacesEventhubsAuthorizationRule");
const MYSQL: (&str, &str) = ("dbformysql.azure.com", "FlexibleServer");
const MYSQL_USER: (&str, &str) = ("dbformysql.azure.com", "User");
const POSTGRES: (&str, &str) = ("dbforpostgresql.azure.com", "FlexibleServer");
const POSTGRES_USER: (&str, &str) = ("dbforpostgresql.azure.com", "User");
const REDIS: (&str, &str) = ("cache.azure.com", "Redis");
const SQL: (&str, &str) = ("sql.azure.com", "Server");
const SQL_FAILOVER: (&str, &str) = ("sql.azure.com", "ServersFailoverGroup");
const SQL_USER: (&str, &str) = ("sql.azure.com", "User");
const STORAGE: (&str, &str) = ("storage.azure.com", "StorageAccount");
const SCALE_SET: (&str, &str) = ("compute.azure.com", "VirtualMachineScaleSet");
const VM: (&str, &str) = ("compute.azure.com", "VirtualMachine");
const VM_EXTENSION: (&str, &str) = ("compute.azure.com", "VirtualMachinesExtension");

/// How a connection string of a storage account is put together (issues 3929, 3446).
const STORAGE_STRING_0: &str = r#""DefaultEndpointsProtocol=https;AccountName=" + self.spec.azureName + ";AccountKey=" + secret.key1 + ";EndpointSuffix=core.windows.net""#;
const STORAGE_STRING_1: &str = r#""DefaultEndpointsProtocol=https;AccountName=" + self.spec.azureName + ";AccountKey=" + secret.key2 + ";EndpointSuffix=core.windows.net""#;
/// The name in Azure of the object that exports.
const OWN_NAME: &str = "self.spec.azureName";

#[rustfmt::skip]
pub(crate) static KEY_MAPPINGS: [KeyMapping; 60] = [
    key("AppInsights", "AppInsightsName", COMPONENT, Expression(OWN_NAME)),
    key("AppInsights", "instrumentationKey", COMPONENT, ConfigMap("instrumentationKey")), // by name
    key("AzureSQLUser", "username", SQL_USER, Field("azureName")),
    key("AzureSQLUser", "password", SQL_USER, Input("localUser.password")),
    key("AzureSQLUser", "azureSqlServerNamespace", SQL_USER, Nothing),
    key("AzureSQLUser", "azureSqlServerName", SQL_USER, Nothing),
    key("AzureSQLUser", "fullyQualifiedServerName", SQL, ConfigMap("fullyQualifiedDomainName")), // of the server, by name
    key("AzureSQLUser", "azureSqlDatabaseName", SQL_USER, Nothing),
    key("AzureSqlFailoverGroup", "azureSqlPrimaryServer", SQL_FAILOVER, Nothing),
    key("AzureSqlFailoverGroup", "readWriteListenerEndpoint", SQL_FAILOVER, Nothing),
    key("AzureSqlFailoverGroup", "azureSqlSecondaryServer", SQL_FAILOVER, Nothing),
    key("AzureSqlFailoverGroup", "readOnlyListenerEndpoint", SQL_FAILOVER, Nothing),
    key("AzureSqlServer", "username", SQL, Field("administratorLogin")),
    key("AzureSqlServer", "password", SQL, Input("administratorLoginPassword")),
    key("AzureSqlServer", "fullyQualifiedUsername", SQL, Nothing),
    key("AzureSqlServer", "azureSqlServerName", SQL, Expression(OWN_NAME)),
    key("AzureSqlServer", "fullyQualifiedServerName", SQL, ConfigMap("fullyQualifiedDomainName")),
    key("AzureVMScaleSet", "password", SCALE_SET, Input("virtualMachineProfile.osProfile.adminPassword")),
    key("AzureVirtualMachine", "password", VM, Input("osProfile.adminPassword")),
    key("AzureVirtualMachineExtension", "protectedSettings", VM_EXTENSION, Input("protectedSettings")),
    key("CosmosDB", "primaryEndpoint", COSMOS, Secret("documentEndpoint")), // by name
    key("CosmosDB", "primaryMasterKey", COSMOS, Secret("primaryMasterKey")), // by name
    key("CosmosDB", "secondaryMasterKey", COSMOS, Secret("secondaryMasterKey")), // by name
    key("CosmosDB", "primaryReadonlyMasterKey", COSMOS, Secret("primaryReadonlyMasterKey")), // by name
    key("CosmosDB", "secondaryReadonlyMasterKey", COSMOS, Secret("secondaryReadonlyMasterKey")), // by name
    key("Eventhub", "primaryConnectionString", HUB_RULE, Secret("primaryConnectionString")),
    key("Eventhub", "secondaryConnectionString", HUB_RULE, Secret("secondaryConnectionString")),
    key("Eventhub", "primaryKey", HUB_RULE, Secret("primaryKey")),
    key("Eventhub", "secondaryKey", HUB_RULE, Secret("secondaryKey")),
    key("Eventhub", "sharedaccessKey", HUB_RULE, Expression(OWN_NAME)), // the rule's name, not a key
    key("Eventhub", "eventhubNamespace", HUB_RULE, Nothing),
    key("Eventhub", "eventhubName", HUB_RULE, Nothing),
    key("MySQLServer", "username", MYSQL, ConfigMap("administratorLogin")),
    key("MySQLServer", "password", MYSQL, Input("administratorLoginPassword")),
    key("MySQLServer", "fullyQualifiedUsername", MYSQL, Nothing),
    key("MySQLServer", "mySqlServerName", MYSQL, Expression(OWN_NAME)),
    key("MySQLServer", "fullyQualifiedServerName", MYSQL, Secret("fullyQualifiedDomainName")),
    key("MySQLUser", "username", MYSQL_USER, Field("azureName")),
    key("MySQLUser", "password", MYSQL_USER, Input("localUser.password")),
    key("MySQLUser", "MySqlServerNamespace", MYSQL_USER, Nothing),
    key("MySQLUser", "MySqlServerName", MYSQL_USER, Nothing),
    key("MySQLUser", "fullyQualifiedServerName", MYSQL_USER, Nothing),
    key("PostgreSQLServer", "username", POSTGRES, Field("administratorLogin")),
    key("PostgreSQLServer", "password", POSTGRES, Input("administratorLoginPassword")),
    key("PostgreSQLServer", "fullyQualifiedUsername", POSTGRES, Nothing),
    key("PostgreSQLServer", "postgreSqlServerName", POSTGRES, Expression(OWN_NAME)),
    key("PostgreSQLServer", "fullyQualifiedServerName", POSTGRES, Secret("fullyQualifiedDomainName")),
    key("PostgreSQLUser", "username", POSTGRES_USER, Field("azureName")),
    key("PostgreSQLUser", "password", POSTGRES_USER, Input("localUser.password")),
    key("PostgreSQLUser", "PSqlServerNamespace", POSTGRES_USER, Nothing),
    key("PostgreSQLUser", "PSqlServerName", POSTGRES_USER, Nothing),
    key("PostgreSQLUser", "fullyQualifiedServerName", POSTGRES_USER, Nothing),
    key("PostgreSQLUser", "PSqlDatabaseName", POSTGRES_USER, Nothing),
    key("RedisCache", "primaryKey", REDIS, Secret("primaryKey")),
    key("RedisCache", "secondaryKey", REDIS, Secret("secondaryKey")),
    key("StorageAccount", "StorageAccountName", STORAGE, Expression(OWN_NAME)),
    key("StorageAccount", "connectionString0", STORAGE, Expression(STORAGE_STRING_0)),
    key("StorageAccount", "key0", STORAGE, Secret("key1")), // the numbers are off by one
    key("StorageAccount", "connectionString1", STORAGE, Expression(STORAGE_STRING_1)),
    key("StorageAccount", "key1", STORAGE, Secret("key2")),
];
