//! The Secrets that v1 writes (FACTS (a), "v1 secrets: rules behind the table"), one kind a line, sorted by kind: kind,
//! whether v1 sets an owner reference, its name under the legacy naming, whether `spec.secretName` is honoured, whether
//! `spec.keyVaultToStoreSecrets` can move it to a Key Vault, its keys, and which of them v1 generated. Keys that
//! depend on the object (CosmosDB) are not listed; see `V1Secret::may_hold`.

use crate::secret_names::{LegacyNaming::*, Ownership::*, V1Secret, secret};

#[rustfmt::skip]
pub(crate) static V1_SECRETS: [V1Secret; 17] = [
    secret("AppInsights", Owned, KindGroupName, false, true, &["AppInsightsName", "instrumentationKey"], &[]),
    secret("AppInsightsApiKey", Owned, Name, false, true, &["apiKey"], &[]),
    secret("AzureSQLManagedUser", NotOwned, Name, false, true, &["clientid", "server", "dbName"], &[]),
    secret("AzureSQLUser", Owned, Name, false, true, &["username", "password", "azureSqlServerNamespace", "azureSqlServerName", "fullyQualifiedServerName", "azureSqlDatabaseName"], &["username", "password"]),
    secret("AzureSqlFailoverGroup", Owned, Name, false, true, &["azureSqlPrimaryServer", "readWriteListenerEndpoint", "azureSqlSecondaryServer", "readOnlyListenerEndpoint"], &[]),
    secret("AzureSqlServer", Owned, Name, false, true, &["username", "password", "fullyQualifiedUsername", "azureSqlServerName", "fullyQualifiedServerName"], &["username", "password"]),
    secret("AzureVMScaleSet", Owned, Name, false, false, &["password"], &["password"]),
    secret("AzureVirtualMachine", Owned, Name, false, false, &["password"], &["password"]),
    secret("AzureVirtualMachineExtension", Owned, Name, false, false, &["protectedSettings"], &[]),
    secret("CosmosDB", NotOwned, Name, false, true, &["primaryEndpoint", "primaryMasterKey", "secondaryMasterKey", "primaryReadonlyMasterKey", "secondaryReadonlyMasterKey"], &[]),
    secret("Eventhub", Owned, Name, true, true, &["primaryConnectionString", "secondaryConnectionString", "primaryKey", "secondaryKey", "sharedaccessKey", "eventhubNamespace", "eventhubName"], &[]),
    secret("MySQLServer", Owned, Name, false, true, &["username", "password", "fullyQualifiedUsername", "mySqlServerName", "fullyQualifiedServerName"], &["username", "password"]),
    secret("MySQLUser", Owned, Name, false, true, &["username", "password", "MySqlServerNamespace", "MySqlServerName", "fullyQualifiedServerName"], &["password"]),
    secret("PostgreSQLServer", Owned, Name, false, true, &["username", "password", "fullyQualifiedUsername", "postgreSqlServerName", "fullyQualifiedServerName"], &["username", "password"]),
    secret("PostgreSQLUser", Owned, Name, false, true, &["username", "password", "PSqlServerNamespace", "PSqlServerName", "fullyQualifiedServerName", "PSqlDatabaseName"], &["password"]),
    secret("RedisCache", Owned, Name, true, true, &["primaryKey", "secondaryKey"], &[]),
    secret("StorageAccount", Owned, KindGroupName, false, false, &["StorageAccountName", "connectionString0", "key0", "connectionString1", "key1"], &[]),
];
