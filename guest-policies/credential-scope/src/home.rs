//! In which subscription v1 has a resource or a resource group: by `status.resourceId` of what is in it, else by v1's
//! credential.

use asogate_aso::annotations::{CREDENTIAL_FROM, RESOURCE_ID, column};
use asogate_aso::settings::{self, SUBSCRIPTION_ID};
use asogate_policy::{Input, ObjectId, Selector};
use asogate_twins::{UNKNOWN_SUBSCRIPTION, V1Objects, V2Objects, place};
use std::collections::{BTreeMap, HashMap};

const COLUMNS: [&str; 4] = [
    "kind",
    "metadata.name",
    "spec.resourceGroup",
    "status.resourceId",
];

/// The fields in which SQL kinds name a subscription (FACTS (a)), and their value classes: by these the subscription of a
/// credential can be told that nothing else knows.
pub(crate) const OWN_SUBSCRIPTION: [[&str; 2]; 3] = [
    ["spec.subscriptionId", "class(spec.subscriptionId)"],
    ["spec.subscriptionID", "class(spec.subscriptionID)"],
    [
        "spec.serverSubscriptionID",
        "class(spec.serverSubscriptionID)",
    ],
];

pub(crate) fn reads() -> Vec<Selector> {
    vec![
        V2Objects::reads([column(CREDENTIAL_FROM), column(RESOURCE_ID)]),
        V1Objects::reads(&OWN_SUBSCRIPTION.map(|[_, class]| class)),
    ]
}

/// The subscriptions of v1's own credentials.
fn of_v1(input: &Input) -> Result<Vec<&str>, String> {
    let table = input.table("settings")?;
    let [operator, setting, value] = table.columns(["operator", "setting", "value"])?;
    let mut own: Vec<&str> = vec![];
    for row in input.now().rows(table) {
        let is_own = row.text(operator) == Some(settings::V1);
        if is_own && row.text(setting) == Some(SUBSCRIPTION_ID) {
            own.extend(row.text(value).filter(|value| !value.is_empty()));
        }
    }
    own.sort_unstable();
    own.dedup();
    Ok(own)
}

/// For each of the wanted places (ids without their subscription) the subscriptions in which v1 has it, in lower case.
pub(crate) fn of_places(
    input: &Input,
    wanted: impl Iterator<Item = String>,
) -> Result<HashMap<String, Homes>, String> {
    let mut homes: HashMap<String, Homes> = wanted.map(|place| (place, Homes::new())).collect();
    if homes.is_empty() {
        return Ok(homes);
    }
    let own = of_v1(input)?;
    let assumed = match own.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let v1 = V1Objects::new(input)?;
    for row in input.now().rows(v1.table) {
        let Ok(id) = v1.identify(row, assumed) else {
            continue;
        };
        let subscription = id.subscription().unwrap_or(UNKNOWN_SUBSCRIPTION);
        if let Some(known) = homes.get_mut(&place(&id)) {
            known
                .entry(subscription.to_lowercase())
                .or_insert(row.object());
        }
    }
    Ok(homes)
}

/// The subscriptions in which v1 has a resource group of one name, with an object that says so.
pub(crate) type Homes = BTreeMap<String, ObjectId>;

/// The subscription and the resource group of an ARM id.
fn parts(id: &str) -> Option<(&str, &str)> {
    let mut parts = id.split('/');
    let subscription = parts.nth(2)?;
    Some((subscription, parts.nth(1)?))
}

/// For each of the wanted resource groups (lower case) the subscriptions in which v1 has it, in lower case.
pub(crate) fn of_groups(
    input: &Input,
    wanted: impl Iterator<Item = String>,
) -> Result<HashMap<String, Homes>, String> {
    let mut homes: HashMap<String, Homes> = wanted.map(|group| (group, Homes::new())).collect();
    if homes.is_empty() {
        return Ok(homes);
    }
    let own = of_v1(input)?;
    let table = input.table("v1")?;
    let [kind, name, group, status] = table.columns(COLUMNS)?;
    let mut guesses: HashMap<String, ObjectId> = HashMap::new();
    for row in input.now().rows(table) {
        if let Some((subscription, group)) = row.text(status).and_then(parts) {
            if let Some(known) = homes.get_mut(&group.to_lowercase()) {
                known
                    .entry(subscription.to_lowercase())
                    .or_insert(row.object());
            }
            continue;
        }
        let group = match row.text(kind) {
            Some("ResourceGroup") => row.text(name),
            _ => row.text(group),
        };
        let group = group.unwrap_or_default().to_lowercase();
        if homes.contains_key(&group) {
            guesses.entry(group).or_insert(row.object());
        }
    }
    // What no status says is where v1's credential is, if there is but one.
    if let [only] = own.as_slice() {
        for (group, object) in guesses {
            if let Some(known) = homes.get_mut(&group).filter(|known| known.is_empty()) {
                known.insert(only.to_lowercase(), object);
            }
        }
    }
    Ok(homes)
}

/// The subscription of an ARM id.
pub(crate) fn subscription(id: &str) -> Option<&str> {
    let mut parts = id.split('/').skip(1);
    let word = parts.next()?;
    let subscription = parts.next().filter(|name| !name.is_empty());
    subscription.filter(|_| word.eq_ignore_ascii_case("subscriptions"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_found_in_any_casing() {
        assert_eq!(subscription("/Subscriptions/1/resourceGroups/a"), Some("1"));
        assert_eq!(subscription("/providers/Microsoft.Management/x"), None);
        assert_eq!(
            parts("/subscriptions/1/resourcegroups/Rg/providers/x"),
            Some(("1", "Rg"))
        );
        assert_eq!(parts("/subscriptions/1"), None);
    }
}
