//! Both sides of the migration must arrive at the same ARM id: for every v1 kind that has a successor, an object and its
//! v2 counterpart, written as the two operators would see them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what tests call may fail the test"
)]

use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::{
    OwnerKey, V2Object, V2OwnerCells, further_v1, identify_v1, identify_v2, within_v1, within_v2,
};
use asogate_aso::v1::{self, Successor};
use std::collections::BTreeSet;

const SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";

/// Columns and their cells.
type Cells<'a> = &'a [(&'a str, &'a str)];

/// A v2 object and its owners, from the resource group down: group, kind, name, name in Azure (empty: absent).
type Chain<'a> = &'a [(&'a str, &'a str, &'a str, &'a str)];

const GROUP: (&str, &str, &str, &str) = ("resources", "ResourceGroup", "shop-rg", "Shop-RG");

/// v1 kind, its cells (`metadata.name` first; the resource group is always `shop-rg`), and the v2 object.
const MEETINGS: &[(&str, Cells<'_>, Chain<'_>)] = &[
    (
        "APIMgmtAPI",
        &[
            ("metadata.name", "orders"),
            ("spec.apiService", "shop-apim"),
            ("spec.apiId", "orders-v1"),
        ],
        &[
            GROUP,
            ("apimanagement", "Service", "shop-apim", ""),
            ("apimanagement", "Api", "api", "Orders-V1"),
        ],
    ),
    (
        "ApimService",
        &[("metadata.name", "shop-apim")],
        &[GROUP, ("apimanagement", "Service", "x", "shop-apim")],
    ),
    (
        "AppInsights",
        &[("metadata.name", "shop-ai")],
        &[GROUP, ("insights", "Component", "shop-ai", "")],
    ),
    (
        "AzureLoadBalancer",
        &[("metadata.name", "lb")],
        &[GROUP, ("network", "LoadBalancer", "lb", "LB")],
    ),
    (
        "AzureNetworkInterface",
        &[("metadata.name", "nic")],
        &[GROUP, ("network", "NetworkInterface", "nic", "")],
    ),
    (
        "AzurePublicIPAddress",
        &[("metadata.name", "ip")],
        &[GROUP, ("network", "PublicIPAddress", "ip", "")],
    ),
    (
        "AzureSQLVNetRule",
        &[("metadata.name", "rule"), ("spec.server", "sql")],
        &[
            GROUP,
            ("sql", "Server", "sql", ""),
            ("sql", "ServersVirtualNetworkRule", "rule", ""),
        ],
    ),
    (
        "AzureSqlDatabase",
        &[
            ("metadata.name", "db"),
            ("spec.server", "sql"),
            ("spec.dbName", "orders"),
        ],
        &[
            GROUP,
            ("sql", "Server", "sql", ""),
            ("sql", "ServersDatabase", "db", "orders"),
        ],
    ),
    (
        "AzureSqlFailoverGroup",
        &[("metadata.name", "fog"), ("spec.server", "sql")],
        &[
            GROUP,
            ("sql", "Server", "sql", ""),
            ("sql", "ServersFailoverGroup", "fog", ""),
        ],
    ),
    (
        "AzureSqlFirewallRule",
        &[("metadata.name", "office"), ("spec.server", "sql")],
        &[
            GROUP,
            ("sql", "Server", "s", "sql"),
            ("sql", "ServersFirewallRule", "office", ""),
        ],
    ),
    (
        "AzureSqlServer",
        &[("metadata.name", "sql")],
        &[GROUP, ("sql", "Server", "sql", "")],
    ),
    (
        "AzureVMScaleSet",
        &[("metadata.name", "set")],
        &[GROUP, ("compute", "VirtualMachineScaleSet", "set", "")],
    ),
    (
        "AzureVirtualMachine",
        &[("metadata.name", "vm")],
        &[GROUP, ("compute", "VirtualMachine", "vm", "")],
    ),
    (
        "AzureVirtualMachineExtension",
        &[("metadata.name", "agent"), ("spec.vmName", "vm")],
        &[
            GROUP,
            ("compute", "VirtualMachine", "vm", ""),
            ("compute", "VirtualMachinesExtension", "agent", ""),
        ],
    ),
    (
        "BlobContainer",
        &[("metadata.name", "images"), ("spec.accountName", "media")],
        &[
            GROUP,
            ("storage", "StorageAccount", "media", ""),
            ("storage", "StorageAccountsBlobService", "default", ""),
            (
                "storage",
                "StorageAccountsBlobServicesContainer",
                "images",
                "images",
            ),
        ],
    ),
    (
        "ConsumerGroup",
        &[
            ("metadata.name", "billing"),
            ("spec.namespace", "ehns"),
            ("spec.eventHub", "orders"),
        ],
        &[
            GROUP,
            ("eventhub", "Namespace", "ehns", ""),
            ("eventhub", "NamespacesEventhub", "orders", ""),
            (
                "eventhub",
                "NamespacesEventhubsConsumerGroup",
                "billing",
                "",
            ),
        ],
    ),
    (
        "CosmosDB",
        &[("metadata.name", "cosmos")],
        &[GROUP, ("documentdb", "DatabaseAccount", "cosmos", "")],
    ),
    (
        "CosmosDBSQLDatabase",
        &[("metadata.name", "db"), ("spec.cosmosDBAccount", "cosmos")],
        &[
            GROUP,
            ("documentdb", "DatabaseAccount", "cosmos", ""),
            ("documentdb", "SqlDatabase", "db", ""),
        ],
    ),
    (
        "Eventhub",
        &[("metadata.name", "orders"), ("spec.namespace", "ehns")],
        &[
            GROUP,
            ("eventhub", "Namespace", "ehns", ""),
            ("eventhub", "NamespacesEventhub", "orders", ""),
        ],
    ),
    (
        "EventhubNamespace",
        &[("metadata.name", "ehns")],
        &[GROUP, ("eventhub", "Namespace", "ehns", "")],
    ),
    (
        "KeyVault",
        &[("metadata.name", "kv")],
        &[GROUP, ("keyvault", "Vault", "kv", "")],
    ),
    (
        "RedisCache",
        &[("metadata.name", "redis")],
        &[GROUP, ("cache", "Redis", "redis", "")],
    ),
    (
        "RedisCacheFirewallRule",
        &[("metadata.name", "office"), ("spec.redisCache", "redis")],
        &[
            GROUP,
            ("cache", "Redis", "redis", ""),
            ("cache", "RedisFirewallRule", "office", ""),
        ],
    ),
    ("ResourceGroup", &[("metadata.name", "shop-rg")], &[GROUP]),
    (
        "StorageAccount",
        &[("metadata.name", "media")],
        &[GROUP, ("storage", "StorageAccount", "m", "media")],
    ),
    (
        "VirtualNetwork",
        &[("metadata.name", "net")],
        &[GROUP, ("network", "VirtualNetwork", "net", "")],
    ),
];

fn cell<'a>(cells: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<&'a str> {
    move |column| match column {
        "spec.resourceGroup" => Some("shop-rg"),
        _ => cells
            .iter()
            .find(|(name, _)| *name == column)
            .map(|(_, value)| *value),
    }
}

/// The objects of a chain, each owned by the one before it.
fn objects(chain: Chain<'static>) -> Vec<V2Object<'static>> {
    let object = |(position, link): (
        usize,
        &(&'static str, &'static str, &'static str, &'static str),
    )| {
        let (group, kind, name, azure_name) = *link;
        let full = |known: &&asogate_aso::v2::V2Kind| {
            known.kind == kind && known.group.strip_suffix(".azure.com") == Some(group)
        };
        let known = asogate_aso::v2::kinds().iter().find(full).unwrap();
        let owner = position.checked_sub(1).map(|above| chain[above].2);
        V2Object {
            group: known.group,
            kind,
            namespace: Some("shop"),
            name,
            azure_name: Some(azure_name).filter(|name| !name.is_empty()),
            owner: V2OwnerCells {
                name: owner,
                ..V2OwnerCells::default()
            },
            resource_id: None,
            subscription: Some(SUBSCRIPTION),
        }
    };
    chain.iter().enumerate().map(object).collect()
}

fn finder<'a>(objects: &'a [V2Object<'a>]) -> impl Fn(OwnerKey<'a>) -> Option<V2Object<'a>> {
    move |key| {
        let wanted = |object: &&V2Object<'_>| {
            (object.group, object.kind, object.name) == (key.group, key.kind, key.name)
        };
        objects.iter().find(wanted).copied()
    }
}

fn both(kind: &str, cells: &[(&str, &str)], chain: Chain<'static>) -> (ArmId, ArmId) {
    let objects = objects(chain);
    let v1 = identify_v1(kind, &cell(cells), Some(SUBSCRIPTION)).unwrap();
    let v2 = identify_v2(objects.last().unwrap(), &finder(&objects)).unwrap();
    (v1, v2)
}

#[test]
fn every_supported_kind_meets_its_counterpart() {
    for (kind, cells, chain) in MEETINGS {
        let (v1, v2) = both(kind, cells, chain);
        assert_eq!(v1, v2, "{kind}");
        assert_eq!(v1.canonical(), v2.canonical(), "{kind}");
        // The last link is the kind that the table names first.
        let known = v1::find(kind).unwrap();
        let (group, _, _, _) = chain.last().unwrap();
        assert_eq!(
            known.counterparts[0].0.strip_suffix(".azure.com"),
            Some(*group),
            "{kind}"
        );
        assert_eq!(known.counterparts[0].1, chain.last().unwrap().1, "{kind}");
    }
}

#[test]
fn no_supported_kind_is_left_out() {
    let tried: BTreeSet<_> = MEETINGS.iter().map(|(kind, _, _)| *kind).collect();
    for kind in v1::kinds() {
        // Users of SQL databases are supported but no ARM resources; they meet in their database, below.
        let expected = kind.successor != Successor::Unsupported && kind.kind != "AzureSQLUser";
        assert_eq!(tried.contains(kind.kind), expected, "{}", kind.kind);
    }
}

#[test]
fn objects_that_differ_in_one_name_do_not_meet() {
    for (kind, cells, chain) in MEETINGS {
        for changed in 0..cells.len() {
            let mut cells = cells.to_vec();
            cells[changed].1 = "another";
            // Where a field replaces the object's name, the name does not matter.
            let replaced = changed == 0 && matches!(*kind, "APIMgmtAPI" | "AzureSqlDatabase");
            let (v1, v2) = both(kind, &cells, chain);
            assert_eq!(v1 == v2, replaced, "{kind} {}", cells[changed].0);
        }
    }
}

#[test]
fn users_of_sql_databases_meet_in_their_database() {
    const CHAIN: Chain<'static> = &[
        GROUP,
        ("sql", "Server", "sql", ""),
        ("sql", "ServersDatabase", "orders", ""),
        ("sql", "User", "reader", ""),
    ];
    let cells = [
        ("metadata.name", "reader"),
        ("spec.server", "sql"),
        ("spec.dbName", "orders"),
    ];
    let objects = objects(CHAIN);
    let v1 = within_v1("AzureSQLUser", &cell(&cells), Some(SUBSCRIPTION)).unwrap();
    let v2 = within_v2(objects.last().unwrap(), &finder(&objects)).unwrap();
    assert_eq!(v1, v2);
}

#[test]
fn what_a_split_kind_manages_besides_meets_its_other_counterparts() {
    let hub = [
        ("metadata.name", "orders"),
        ("spec.namespace", "ehns"),
        ("spec.authorizationRule.name", "Send"),
    ];
    const RULE: Chain<'static> = &[
        GROUP,
        ("eventhub", "Namespace", "ehns", ""),
        ("eventhub", "NamespacesEventhub", "orders", ""),
        (
            "eventhub",
            "NamespacesEventhubsAuthorizationRule",
            "send",
            "Send",
        ),
    ];
    let database = [
        ("metadata.name", "orders"),
        ("spec.server", "sql"),
        ("spec.weeklyRetention", "P12W"),
    ];
    const POLICY: Chain<'static> = &[
        GROUP,
        ("sql", "Server", "sql", ""),
        ("sql", "ServersDatabase", "orders", ""),
        (
            "sql",
            "ServersDatabasesBackupLongTermRetentionPolicy",
            "orders-ltr",
            "",
        ),
    ];
    let tried: [(&str, Cells<'_>, Chain<'static>); 2] = [
        ("Eventhub", &hub, RULE),
        ("AzureSqlDatabase", &database, POLICY),
    ];
    for (kind, cells, chain) in tried {
        let own = identify_v1(kind, &cell(cells), Some(SUBSCRIPTION)).unwrap();
        let objects = objects(chain);
        let v2 = identify_v2(objects.last().unwrap(), &finder(&objects)).unwrap();
        assert_eq!(further_v1(kind, &own, &cell(cells)), [v2], "{kind}");
    }
}
