//! Parts that asoctl imports although v1 never managed them (OBSERVED 4), one a line, sorted by type.

use crate::built_ins::BuiltIn;

const fn named(arm_type: &'static str, name: &'static str, what: &'static str) -> BuiltIn {
    BuiltIn {
        arm_type,
        name: Some(name),
        what,
    }
}

const fn any(arm_type: &'static str, what: &'static str) -> BuiltIn {
    BuiltIn {
        arm_type,
        name: None,
        what,
    }
}

const SYSTEM_DATABASE: &str = "a system database that every server has";
const ACCESS_POLICY: &str = "an access policy that every cache has";
const SERVICE: &str = "a service that every account has";

#[rustfmt::skip]
pub(crate) static BUILT_INS: [BuiltIn; 21] = [
    any("Microsoft.Authorization/roleAssignments", "a role assignment, with which v2 would decide who may do what"),
    named("Microsoft.Cache/redis/accessPolicies", "Data Contributor", ACCESS_POLICY),
    named("Microsoft.Cache/redis/accessPolicies", "Data Owner", ACCESS_POLICY),
    named("Microsoft.Cache/redis/accessPolicies", "Data Reader", ACCESS_POLICY),
    named("Microsoft.DBforMySQL/flexibleServers/databases", "information_schema", SYSTEM_DATABASE),
    named("Microsoft.DBforMySQL/flexibleServers/databases", "mysql", SYSTEM_DATABASE),
    named("Microsoft.DBforMySQL/flexibleServers/databases", "performance_schema", SYSTEM_DATABASE),
    named("Microsoft.DBforMySQL/flexibleServers/databases", "sys", SYSTEM_DATABASE),
    named("Microsoft.EventHub/namespaces/authorizationRules", "RootManageSharedAccessKey", "the rule with all rights that every namespace has"),
    named("Microsoft.EventHub/namespaces/eventhubs/consumergroups", "$Default", "the consumer group that every hub has"),
    any("Microsoft.Insights/diagnosticSettings", "a diagnostic setting, which says where logs go"),
    any("Microsoft.Sql/servers/connectionPolicies", "the connection policy that every server has"),
    named("Microsoft.Sql/servers/databases", "master", SYSTEM_DATABASE),
    any("Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies", "the long-term backup policy that every database has"),
    any("Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies", "the backup policy that every database has"),
    any("Microsoft.Sql/servers/databases/transparentDataEncryption", "the encryption setting that every database has"),
    named("Microsoft.Sql/servers/firewallRules", "AllowAllWindowsAzureIps", "the rule that lets all of Azure in, which the portal makes"),
    any("Microsoft.Storage/storageAccounts/blobServices", "the blob service that every account has, which its containers need as their owner"),
    any("Microsoft.Storage/storageAccounts/fileServices", SERVICE),
    any("Microsoft.Storage/storageAccounts/queueServices", SERVICE),
    any("Microsoft.Storage/storageAccounts/tableServices", SERVICE),
];
