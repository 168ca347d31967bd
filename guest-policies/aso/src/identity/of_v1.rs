//! The Azure resource of a v1 object: what v1 wrote into `status.resourceId`, else what its fields say (FACTS (a)).

use super::{Reach, Unidentified};
use crate::arm_id::ArmId;
use crate::data::v1_addresses::{V1_ADDRESSES, V1_FURTHER};

/// The address of the objects of one kind.
#[derive(Debug)]
pub(crate) struct V1Address {
    pub(crate) kind: &'static str,
    pub(crate) reach: Reach,
    pub(crate) path: &'static str,
    pub(crate) subscription: Option<&'static str>,
}

pub(crate) const fn address(
    kind: &'static str,
    reach: Reach,
    path: &'static str,
    subscription: Option<&'static str>,
) -> V1Address {
    V1Address {
        kind,
        reach,
        path,
        subscription,
    }
}

/// Every column that the functions of this module may ask for, of any kind. A selector of `azure.microsoft.com/*` with
/// these columns (and `kind`) is enough for [`identify_v1`] and [`further_v1`].
pub const V1_COLUMNS: &[&str] = &[
    "metadata.name",
    "status.resourceId",
    "spec.resourceGroup",
    "spec.resourcegroup",
    "spec.subscriptionId",
    "spec.subscriptionID",
    "spec.serverSubscriptionID",
    "spec.accountName",
    "spec.accountname",
    "spec.apiId",
    "spec.apiService",
    "spec.appInsights",
    "spec.authorizationRule.name",
    "spec.autoscaleSettings.maxThroughput",
    "spec.cacheName",
    "spec.consumerGroupName",
    "spec.cosmosDBAccount",
    "spec.dbName",
    "spec.eventHub",
    "spec.keyVault",
    "spec.monthlyRetention",
    "spec.namespace",
    "spec.redisCache",
    "spec.server",
    "spec.serverName",
    "spec.shortTermRetentionPolicy.retentionDays",
    "spec.throughput",
    "spec.vmName",
    "spec.weeklyRetention",
    "spec.yearlyRetention",
];

/// The column with the names of a VirtualNetwork's subnets, one row each. In v2 each is an object of its own, with the
/// id `network.child("subnets", name)`.
pub const V1_SUBNET_COLUMN: &str = "spec.subnets[*].subnetName";

/// The resource of an object of this v1 kind. `cell` gives the cell of a column ([`V1_COLUMNS`]); `subscription` is the one
/// of v1's credential, for objects that name none themselves.
///
/// # Errors
///
/// Why it is not known; [`Unidentified::NotArm`] for users, keys and actions without `status.resourceId`.
pub fn identify_v1<'a>(
    kind: &str,
    cell: &dyn Fn(&str) -> Option<&'a str>,
    subscription: Option<&str>,
) -> Result<ArmId, Unidentified> {
    match stated_v1(cell) {
        Some(id) => Ok(ArmId::of_known(id)),
        None => compute_v1(kind, cell, subscription),
    }
}

/// The id that v1 wrote into an object, if it is one.
fn stated_v1<'a>(cell: &dyn Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    ArmId::check(present(cell, "status.resourceId")?).ok()
}

/// Whether an object has anything that [`further_v1`] gives.
pub fn has_further_v1<'a>(kind: &str, cell: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    let mut of_kind = V1_FURTHER.iter().filter(|(known, _, _)| *known == kind);
    let is_set = |column: &&str| present(cell, column).is_some();
    of_kind.any(|(_, _, columns)| columns.iter().any(is_set))
}

/// The resource that the object's fields address, whatever `status.resourceId` says. v1 sends its requests there, so an
/// object whose `status.resourceId` is another one was changed since.
///
/// # Errors
///
/// As for [`identify_v1`].
pub fn compute_v1<'a>(
    kind: &str,
    cell: &dyn Fn(&str) -> Option<&'a str>,
    subscription: Option<&str>,
) -> Result<ArmId, Unidentified> {
    let address = find(kind).ok_or(Unidentified::UnknownKind)?;
    match address.reach {
        Reach::Itself => resolve(address, cell, subscription),
        Reach::Inside => Err(Unidentified::NotArm),
    }
}

/// Whether objects of a kind stand for the resource that their fields address; none if the kind is not known.
pub fn reach_v1(kind: &str) -> Option<Reach> {
    find(kind).map(|address| address.reach)
}

/// The resource that the object belongs to: for users, keys and actions the database, vault or server; for others the
/// resource above its own.
///
/// # Errors
///
/// As for [`identify_v1`]; [`Unidentified::NoOwner`] if there is nothing above it.
pub fn within_v1<'a>(
    kind: &str,
    cell: &dyn Fn(&str) -> Option<&'a str>,
    subscription: Option<&str>,
) -> Result<ArmId, Unidentified> {
    let address = find(kind).ok_or(Unidentified::UnknownKind)?;
    match address.reach {
        Reach::Inside => resolve(address, cell, subscription),
        Reach::Itself => {
            let own = identify_v1(kind, cell, subscription)?;
            own.parent().ok_or(Unidentified::NoOwner)
        }
    }
}

/// The resources that an object manages besides its own (`own`), where v2 has an object for each: retention policies,
/// throughput settings, authorization rules. Subnets are not among them, see [`V1_SUBNET_COLUMN`].
pub fn further_v1<'a>(
    kind: &str,
    own: &ArmId,
    cell: &dyn Fn(&str) -> Option<&'a str>,
) -> Vec<ArmId> {
    let of_kind = V1_FURTHER.iter().filter(|(known, _, _)| *known == kind);
    of_kind
        .filter(|(_, _, columns)| columns.iter().any(|column| present(cell, column).is_some()))
        .filter_map(|(_, path, _)| {
            let path = fill(path, cell).ok()?;
            let (of_type, name) = path.split_once('/')?;
            Some(own.child(of_type, name))
        })
        .collect()
}

fn find(kind: &str) -> Option<&'static V1Address> {
    let position = V1_ADDRESSES
        .binary_search_by(|known| known.kind.cmp(kind))
        .ok()?;
    V1_ADDRESSES.get(position)
}

/// An empty field counts as absent: v1 takes `spec.dbName: ""` for the object's own name.
fn present<'a>(cell: &dyn Fn(&str) -> Option<&'a str>, column: &str) -> Option<&'a str> {
    cell(column).filter(|value| !value.is_empty())
}

fn resolve<'a>(
    address: &V1Address,
    cell: &dyn Fn(&str) -> Option<&'a str>,
    subscription: Option<&str>,
) -> Result<ArmId, Unidentified> {
    let own = address
        .subscription
        .and_then(|column| present(cell, column));
    let subscription = own
        .or(subscription.filter(|value| !value.is_empty()))
        .ok_or(Unidentified::NoSubscription)?;
    if address.path.is_empty() {
        let name = first(&["metadata.name"], cell)?;
        return Ok(ArmId::resource_group_of(subscription, name));
    }
    let group = first(&["spec.resourceGroup", "spec.resourcegroup"], cell)?;
    let path = fill(address.path, cell)?;
    let text = format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{path}");
    ArmId::parse(&text).map_err(|error| Unidentified::NotAnId("spec", error))
}

/// Puts cells into the places of a path.
fn fill<'a>(path: &str, cell: &dyn Fn(&str) -> Option<&'a str>) -> Result<String, Unidentified> {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (columns, after) = after.split_once('}').unwrap_or((after, ""));
        let columns: Vec<&str> = columns.split('|').collect();
        filled.push_str(first(&columns, cell)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn first<'a>(
    columns: &[&str],
    cell: &dyn Fn(&str) -> Option<&'a str>,
) -> Result<&'a str, Unidentified> {
    let found = columns.iter().find_map(|column| present(cell, column));
    found.ok_or_else(|| {
        let named = columns.first().copied().unwrap_or_default();
        Unidentified::MissingField(named.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Cells<'a> = &'a [(&'a str, &'a str)];

    fn cells<'a>(known: Cells<'a>) -> impl Fn(&str) -> Option<&'a str> {
        move |column| {
            assert!(
                V1_COLUMNS.contains(&column),
                "{column} is not in V1_COLUMNS"
            );
            known
                .iter()
                .find(|(name, _)| *name == column)
                .map(|(_, value)| *value)
        }
    }

    const RULE: Cells<'_> = &[
        ("metadata.name", "office"),
        ("spec.resourceGroup", "shop-rg"),
        ("spec.server", "shop-sql"),
    ];

    #[test]
    fn old_spellings_address_the_same_resource() {
        let new = [
            ("metadata.name", "images"),
            ("spec.accountName", "media"),
            ("spec.resourceGroup", "rg"),
        ];
        let old = [
            ("metadata.name", "images"),
            ("spec.accountname", "media"),
            ("spec.resourcegroup", "rg"),
        ];
        let id = identify_v1("BlobContainer", &cells(&new), Some("1111")).unwrap();
        assert_eq!(
            identify_v1("BlobContainer", &cells(&old), Some("1111")),
            Ok(id)
        );
    }

    #[test]
    fn a_subscription_of_the_objects_own_wins() {
        let mut own = RULE.to_vec();
        own.push(("spec.subscriptionID", "2222"));
        let id = identify_v1("AzureSqlFirewallRule", &cells(&own), Some("1111")).unwrap();
        assert_eq!(id.subscription(), Some("2222"));
        let id = identify_v1("AzureSqlFirewallRule", &cells(RULE), Some("1111")).unwrap();
        assert_eq!(id.subscription(), Some("1111"));
        let unknown = identify_v1("AzureSqlFirewallRule", &cells(RULE), None);
        assert_eq!(unknown, Err(Unidentified::NoSubscription));
    }

    #[test]
    fn the_status_wins_over_the_fields_and_needs_no_subscription() {
        let status = "/subscriptions/1111/resourcegroups/ta-rg";
        let group = [("metadata.name", "other"), ("status.resourceId", status)];
        assert_eq!(
            identify_v1("ResourceGroup", &cells(&group), None),
            Ok(ArmId::resource_group_of("1111", "TA-RG"))
        );
        assert_eq!(
            compute_v1("ResourceGroup", &cells(&group), Some("1111")),
            Ok(ArmId::resource_group_of("1111", "other"))
        );
    }

    #[test]
    fn names_of_their_own_replace_the_objects_name() {
        let database = |name| {
            let cells_of = [
                ("metadata.name", "shop-db"),
                ("spec.dbName", name),
                ("spec.resourceGroup", "rg"),
                ("spec.server", "sql"),
            ];
            identify_v1("AzureSqlDatabase", &cells(&cells_of), Some("1")).unwrap()
        };
        assert_eq!(database("orders").name(), "orders");
        assert_eq!(database("").name(), "shop-db");
    }

    #[test]
    fn what_is_no_resource_says_where_it_belongs() {
        let user = [
            ("metadata.name", "reader"),
            ("spec.server", "sql"),
            ("spec.dbName", "orders"),
            ("spec.resourceGroup", "rg"),
        ];
        assert_eq!(
            identify_v1("AzureSQLUser", &cells(&user), Some("1")),
            Err(Unidentified::NotArm)
        );
        let within = within_v1("AzureSQLUser", &cells(&user), Some("1")).unwrap();
        assert!(within.is_of_type("Microsoft.Sql/servers/databases"));
        assert_eq!(
            within_v1("KeyVaultKey", &cells(&user), Some("1")),
            Err(Unidentified::MissingField("spec.keyVault".into()))
        );
        assert_eq!(
            identify_v1("Unheard", &cells(&user), Some("1")),
            Err(Unidentified::UnknownKind)
        );
    }

    #[test]
    fn further_resources_are_there_only_if_their_fields_are() {
        let hub = [
            ("metadata.name", "orders"),
            ("spec.namespace", "ehns"),
            ("spec.resourceGroup", "rg"),
        ];
        let own = identify_v1("Eventhub", &cells(&hub), Some("1")).unwrap();
        assert!(further_v1("Eventhub", &own, &cells(&hub)).is_empty());
        let mut with_rule = hub.to_vec();
        with_rule.push(("spec.authorizationRule.name", "rule"));
        let further = further_v1("Eventhub", &own, &cells(&with_rule));
        assert_eq!(further, [own.child("authorizationRules", "rule")]);
    }

    #[test]
    fn every_column_of_an_address_is_listed() {
        let paths = V1_ADDRESSES.iter().map(|address| address.path);
        let further = V1_FURTHER.iter().map(|(_, path, _)| *path);
        for path in paths.chain(further) {
            for part in path.split('{').skip(1) {
                for column in part.split('}').next().unwrap().split('|') {
                    assert!(V1_COLUMNS.contains(&column), "{column}");
                }
            }
        }
        for address in &V1_ADDRESSES {
            assert!(
                address
                    .subscription
                    .is_none_or(|column| V1_COLUMNS.contains(&column))
            );
            assert!(crate::v1::find(address.kind).is_some(), "{}", address.kind);
        }
    }
}
