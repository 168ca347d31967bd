//! Which Secrets v1 writes, and under which names (FACTS (a), "v1 secrets: rules behind the table"; OBSERVED 7.a, 7.f).

use crate::data::v1_secrets::V1_SECRETS;

/// Whether v1 sets itself as the controller owner of a Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The Secret is owned by the v1 object, and goes when that goes, skipped or not (FACTS 0.4).
    Owned,
    /// The Secret has no owner: filters by owner reference miss it, and it stays for ever (FACTS 0.5).
    NotOwned,
}

/// How a Secret is named under the legacy naming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyNaming {
    /// Like the object (or as `spec.secretName` says), without any prefix.
    Name,
    /// `<lower-case kind>-<resource group>-<name>`.
    KindGroupName,
}

/// The Secret that v1 writes for objects of one kind.
#[derive(Debug)]
pub struct V1Secret {
    /// The v1 kind.
    pub kind: &'static str,
    /// Whether v1 owns it.
    pub ownership: Ownership,
    /// Its name under the legacy naming.
    pub legacy: LegacyNaming,
    /// Whether `spec.secretName` replaces the object's name.
    pub honours_secret_name: bool,
    /// Whether `spec.keyVaultToStoreSecrets` puts it into a Key Vault instead of the cluster.
    pub may_be_in_key_vault: bool,
    /// Its keys, as far as they do not depend on the object.
    pub keys: &'static [&'static str],
    /// The keys whose values v1 made up: they exist nowhere else, and v1 makes up new ones if they are lost.
    pub generated: &'static [&'static str],
}

pub(crate) const fn secret(
    kind: &'static str,
    ownership: Ownership,
    legacy: LegacyNaming,
    honours_secret_name: bool,
    may_be_in_key_vault: bool,
    keys: &'static [&'static str],
    generated: &'static [&'static str],
) -> V1Secret {
    V1Secret {
        kind,
        ownership,
        legacy,
        honours_secret_name,
        may_be_in_key_vault,
        keys,
        generated,
    }
}

/// Every Secret that v1 writes, sorted by kind.
pub fn secrets() -> &'static [V1Secret] {
    &V1_SECRETS
}

/// The Secret of a v1 kind; none if v1 writes none for it.
pub fn find(kind: &str) -> Option<&'static V1Secret> {
    let position = V1_SECRETS
        .binary_search_by(|known| known.kind.cmp(kind))
        .ok()?;
    V1_SECRETS.get(position)
}

impl V1Secret {
    /// Whether v1 may have written this key. CosmosDB adds keys that depend on the account: one per connection string,
    /// and `<location>Endpoint` per region (FACTS (a)).
    pub fn may_hold(&self, key: &str) -> bool {
        self.kind == "CosmosDB" || self.keys.contains(&key)
    }
}

/// The names under which v1 may write the Secret of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretNames {
    /// Under naming version 2, the default.
    pub current: String,
    /// Under the legacy naming; `None` if it needs the resource group and the object names none.
    pub legacy: Option<String>,
}

impl SecretNames {
    /// The name under one naming.
    pub fn under(&self, naming: NamingVersion) -> Option<&str> {
        match naming {
            NamingVersion::Current => Some(&self.current),
            NamingVersion::Legacy => self.legacy.as_deref(),
        }
    }

    /// Both names, the current one first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.current.as_str()).chain(self.legacy.as_deref())
    }
}

/// The names that v1 computes for the Secret of an object: its kind, `metadata.name`, `spec.secretName` and
/// `spec.resourceGroup` (or `spec.resourcegroup`). `None` if v1 writes no Secret for the kind.
pub fn secret_names(
    kind: &str,
    name: &str,
    secret_name: Option<&str>,
    resource_group: Option<&str>,
) -> Option<SecretNames> {
    let secret = find(kind)?;
    let own = match secret_name {
        Some(own) if secret.honours_secret_name && !own.is_empty() => own,
        _ => name,
    };
    let prefix = kind.to_ascii_lowercase();
    let legacy = match secret.legacy {
        LegacyNaming::Name => Some(own.to_owned()),
        LegacyNaming::KindGroupName => {
            resource_group.map(|group| format!("{prefix}-{group}-{own}"))
        }
    };
    Some(SecretNames {
        current: format!("{prefix}-{own}"),
        legacy,
    })
}

/// How v1 names Secrets: the setting `AZURE_SECRET_NAMING_VERSION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamingVersion {
    /// Version 2: `<lower-case kind>-<name>`.
    Current,
    /// Version 1. Operators before chart 1.1.0 know no other (FACTS (a)).
    Legacy,
}

/// A value of `AZURE_SECRET_NAMING_VERSION` with which v1 does not start
/// (`secret naming version must be one of 0, 1, or 2 but was 3`, OBSERVED 7.f).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorDoesNotStart;

impl NamingVersion {
    /// What a setting means: absent, `0` and `2` are the current naming, `1` the legacy one. The value must be a number as
    /// Go reads it: an empty value or one with blanks is none.
    ///
    /// # Errors
    ///
    /// With any other value v1 does not start.
    pub fn of_setting(setting: Option<&str>) -> Result<NamingVersion, OperatorDoesNotStart> {
        let Some(setting) = setting else {
            return Ok(NamingVersion::Current);
        };
        match setting.parse::<i64>() {
            Ok(0 | 2) => Ok(NamingVersion::Current),
            Ok(1) => Ok(NamingVersion::Legacy),
            _ => Err(OperatorDoesNotStart),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kind: &str, name: &str, secret_name: Option<&str>) -> (String, Option<String>) {
        let names = secret_names(kind, name, secret_name, Some("th4-rg")).unwrap();
        (names.current, names.legacy)
    }

    #[test]
    fn names_are_those_that_the_real_operator_wrote() {
        // OBSERVED 7.a (current naming) and 7.f (legacy naming).
        let both = |current: &str, legacy: &str| (current.to_owned(), Some(legacy.to_owned()));
        assert_eq!(
            names("StorageAccount", "th4sa", None),
            both("storageaccount-th4sa", "storageaccount-th4-rg-th4sa")
        );
        assert_eq!(
            names("RedisCache", "th4-redis", None),
            both("rediscache-th4-redis", "th4-redis")
        );
        assert_eq!(
            names("RedisCache", "r", Some("my-own-name")),
            both("rediscache-my-own-name", "my-own-name")
        );
        assert_eq!(
            names("Eventhub", "ta-hub", Some("")),
            both("eventhub-ta-hub", "ta-hub")
        );
        assert_eq!(
            names("AzureSqlServer", "ta-sql", None),
            both("azuresqlserver-ta-sql", "ta-sql")
        );
        assert_eq!(
            names("CosmosDB", "tk-cosmos", None),
            both("cosmosdb-tk-cosmos", "tk-cosmos")
        );
        assert_eq!(
            names("AppInsights", "tk-ai", None),
            both("appinsights-tk-ai", "appinsights-th4-rg-tk-ai")
        );
    }

    #[test]
    fn secret_name_counts_only_for_event_hubs_and_redis() {
        let (current, legacy) = names("StorageAccount", "media", Some("other"));
        assert_eq!(current, "storageaccount-media");
        assert_eq!(legacy.as_deref(), Some("storageaccount-th4-rg-media"));
        assert_eq!(secret_names("ResourceGroup", "rg", None, None), None);
        assert_eq!(
            secret_names("StorageAccount", "media", None, None)
                .unwrap()
                .legacy,
            None
        );
    }

    #[test]
    fn naming_versions_are_read_as_the_operator_reads_them() {
        for setting in [None, Some("0"), Some("2")] {
            assert_eq!(
                NamingVersion::of_setting(setting),
                Ok(NamingVersion::Current)
            );
        }
        assert_eq!(
            NamingVersion::of_setting(Some("1")),
            Ok(NamingVersion::Legacy)
        );
        for setting in ["3", "", "v1", " 1", "-1"] {
            assert_eq!(
                NamingVersion::of_setting(Some(setting)),
                Err(OperatorDoesNotStart),
                "{setting}"
            );
        }
    }

    #[test]
    fn dynamic_keys_of_cosmos_db_may_be_there() {
        let cosmos = find("CosmosDB").unwrap();
        assert!(
            cosmos.may_hold("PrimarySQLConnectionString") && cosmos.may_hold("westeuropeEndpoint")
        );
        assert!(!find("RedisCache").unwrap().may_hold("hostName"));
    }
}
