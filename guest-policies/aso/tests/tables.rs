//! The tables against each other, and against the collected facts where those are at hand (`../shared/aso` beside the
//! repository). Without them the second part is skipped, loudly.

#![expect(clippy::unwrap_used, reason = "what tests call may fail the test")]

use asogate_aso::{key_mapping, secret_names, v1, v2, versions};
use serde_yaml::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn there_are_44_kinds_of_v1_in_order_with_names_of_their_own() {
    let kinds = v1::kinds();
    assert_eq!(kinds.len(), 44);
    assert!(kinds.is_sorted_by(|left, right| left.kind < right.kind));
    let names = |kind: &v1::V1Kind| [&[kind.plural], kind.short_names].concat();
    let all: Vec<_> = kinds.iter().flat_map(names).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    assert!(kinds.iter().all(|kind| v1::find(kind.kind).is_some()));
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| kind.has_conversion_webhook())
            .count(),
        9
    );
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| kind.has_validating_webhook())
            .count(),
        4
    );
}

#[test]
fn kinds_of_v2_are_in_order_and_their_owners_exist() {
    let kinds = v2::kinds();
    assert!(kinds.is_sorted_by(|left, right| (left.group, left.kind) < (right.group, right.kind)));
    let plurals: BTreeSet<_> = kinds.iter().map(|kind| (kind.group, kind.plural)).collect();
    assert_eq!(plurals.len(), kinds.len());
    for kind in kinds {
        assert!(v2::is_group(kind.group), "{}", kind.group);
        assert!(!kind.versions().is_empty(), "{} {}", kind.group, kind.kind);
        let Some((group, owner)) = kind.owner_kind() else {
            continue;
        };
        let owner = v2::find(group, owner).unwrap_or_else(|| panic!("{group}/{owner}"));
        let own = kind.arm_type.to_lowercase();
        if kind.owner == v2::V2Owner::ResourceGroup {
            assert_eq!(
                own.split('/').count(),
                if own.is_empty() { 1 } else { 2 },
                "{own}"
            );
        } else if !own.is_empty() {
            // The computed id appends the last part of the type to the owner's id, so the rest must be the owner's.
            let above = own.rsplit_once('/').unwrap().0;
            assert_eq!(above, owner.arm_type.to_lowercase());
        }
    }
}

#[test]
fn what_v1_refers_to_exists() {
    for kind in v1::kinds() {
        for owner in kind.owners() {
            assert!(v1::find(owner.kind).is_some(), "{}", owner.kind);
            assert!(!owner.fields.is_empty());
        }
        assert_eq!(kind.owners().is_empty(), kind.kind == "ResourceGroup");
        for (group, counterpart) in kind.counterparts {
            assert!(
                v2::find(group, counterpart).is_some(),
                "{group} {counterpart}"
            );
            assert!(v1::predecessors(group, counterpart).any(|known| known.kind == kind.kind));
        }
        let expected = match kind.successor {
            v1::Successor::Supported => 1..=1,
            v1::Successor::Split => 2..=3,
            v1::Successor::Unsupported => 0..=1,
        };
        assert!(expected.contains(&kind.counterparts.len()), "{}", kind.kind);
    }
}

#[test]
fn secrets_and_their_keys_belong_to_kinds() {
    let secrets = secret_names::secrets();
    assert!(secrets.is_sorted_by(|left, right| left.kind < right.kind));
    for secret in secrets {
        assert!(v1::find(secret.kind).is_some_and(|kind| kind.secret().is_some()));
        assert!(secret.generated.iter().all(|key| secret.keys.contains(key)));
        let mapped: Vec<_> = key_mapping::of_kind(secret.kind)
            .iter()
            .map(|map| map.key)
            .collect();
        // AppInsightsApiKey and AzureSQLManagedUser have no v2 object that could give anything.
        let has_successor = !v1::find(secret.kind).unwrap().counterparts.is_empty();
        assert_eq!(
            mapped,
            if has_successor { secret.keys } else { &[] },
            "{}",
            secret.kind
        );
    }
    assert!(key_mapping::mappings().is_sorted_by(|left, right| left.kind <= right.kind));
}

#[test]
fn mapped_keys_name_fields_that_v2_has() {
    for map in key_mapping::mappings() {
        let kind = v2::find(map.v2.0, map.v2.1).unwrap();
        let exports = kind.exports();
        let has = |fields: fn(&v2::V2Exports) -> &'static [&'static str], field: &str| {
            exports.is_some_and(|exports| fields(exports).contains(&field))
        };
        let known = match map.source {
            key_mapping::V2Source::Secret(field) => has(|exports| exports.secrets, field),
            key_mapping::V2Source::ConfigMap(field) => has(|exports| exports.config_maps, field),
            // The extension's settings are a reference to a whole Secret, which the table of inputs does not list.
            key_mapping::V2Source::Input(field) => {
                field == "protectedSettings" || has(|exports| exports.secret_inputs, field)
            }
            _ => true,
        };
        assert!(known, "{} {}", map.kind, map.key);
    }
}

fn shared(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/aso")
        .join(file);
    if path.exists() {
        return Some(path);
    }
    // Not a print macro: those are kept from whoever runs tests that pass.
    let line = format!("\nNOT TESTED: `{}` is not at hand\n\n", path.display());
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
    None
}

fn read(file: &str) -> Option<Value> {
    let text = std::fs::read_to_string(shared(file)?).unwrap();
    Some(serde_yaml::from_str(&text).unwrap())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn texts(value: &Value) -> Vec<&str> {
    let list = value.as_sequence().map(Vec::as_slice).unwrap_or(&[]);
    list.iter().map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn kinds_of_v1_are_those_of_the_collected_facts() {
    let Some(facts) = read("kinds.yaml") else {
        return;
    };
    let facts = facts["kinds"].as_sequence().unwrap();
    assert_eq!(facts.len(), v1::kinds().len());
    for fact in facts {
        let given = &fact["v1"];
        let kind = v1::find(text(given, "kind")).unwrap();
        assert_eq!(kind.plural, text(given, "plural"));
        assert_eq!(kind.short_names, texts(&given["shortNames"]));
        assert_eq!(kind.storage_version(), text(given, "storage_version"));
        let mut versions = kind.versions.to_vec();
        versions.sort_unstable();
        assert_eq!(versions, texts(&given["versions"]));
        assert_eq!(
            kind.has_conversion_webhook(),
            given["conversion_webhook"].as_bool().unwrap()
        );
        assert_eq!(
            format!("{:?}", kind.successor).to_lowercase(),
            text(fact, "status")
        );
        let counterparts = fact["v2"].as_sequence().unwrap().iter();
        let counterparts: Vec<_> = counterparts
            .map(|v2| (text(v2, "group"), text(v2, "kind")))
            .collect();
        assert_eq!(kind.counterparts, counterparts);
        if kind.kind != "ResourceGroup" {
            // The real operator gives a ResourceGroup no owner, whatever its source lists.
            let owners: Vec<_> = kind.owners().iter().map(|owner| owner.kind).collect();
            assert_eq!(
                owners,
                texts(&given["k8s_owner_candidates"]),
                "{}",
                kind.kind
            );
        }
        check_secret(kind, &given["secret"]);
    }
}

fn check_secret(kind: &v1::V1Kind, given: &Value) {
    let Some(secret) = kind.secret() else {
        assert!(given.is_null(), "{}", kind.kind);
        return;
    };
    assert_eq!(secret.keys, texts(&given["keys"]));
    assert_eq!(secret.generated, texts(&given["generated_keys"]));
    let owned = given["owner_reference_set"].as_bool().unwrap();
    assert_eq!(secret.ownership == secret_names::Ownership::Owned, owned);
    let in_key_vault = given["keyVaultToStoreSecrets_supported"].as_bool().unwrap();
    assert_eq!(secret.may_be_in_key_vault, in_key_vault);
    // The patterns, filled in by hand.
    for secret_name in [None, Some("own")] {
        let names = secret_names::secret_names(kind.kind, "n", secret_name, Some("g")).unwrap();
        let fill = |pattern: &str| {
            pattern
                .replace(
                    "{spec.secretName || metadata.name}",
                    secret_name.unwrap_or("n"),
                )
                .replace("{metadata.name}", "n")
                .replace("{spec.resourceGroup}", "g")
        };
        let patterns = &given["name_patterns"];
        assert_eq!(names.current, fill(text(patterns, "naming_v2")));
        assert_eq!(
            names.legacy.unwrap(),
            fill(text(patterns, "naming_v1_legacy"))
        );
    }
}

#[test]
fn mapped_keys_are_those_of_the_collected_facts() {
    let Some(facts) = read("kinds.yaml") else {
        return;
    };
    for fact in facts["kinds"].as_sequence().unwrap() {
        let kind = text(&fact["v1"], "kind");
        let Some(given) = fact["v1"]["secret"]["v2_equivalents"].as_mapping() else {
            continue;
        };
        for (key, equivalent) in given {
            let Some(map) = key_mapping::find(kind, key.as_str().unwrap()) else {
                assert!(key.as_str().unwrap().starts_with('<'), "{kind} {key:?}");
                continue;
            };
            let equivalent = equivalent.as_str().unwrap_or("");
            let field = match map.source {
                key_mapping::V2Source::Secret(field)
                | key_mapping::V2Source::ConfigMap(field)
                | key_mapping::V2Source::Input(field)
                | key_mapping::V2Source::Field(field) => field,
                // What no field gives can still be written by the user as an expression.
                key_mapping::V2Source::Expression(_) | key_mapping::V2Source::Nothing => {
                    assert!(equivalent.is_empty(), "{kind} {key:?}");
                    continue;
                }
            };
            let of_another_object = (kind, map.key) == ("AzureSQLUser", "fullyQualifiedServerName");
            assert!(
                equivalent.contains(field) || of_another_object,
                "{kind} {key:?}"
            );
        }
    }
}

#[test]
fn kinds_of_v2_are_those_of_the_collected_facts() {
    let Some(facts) = read("crds/v2_crd_index.yaml") else {
        return;
    };
    let facts = facts["crds"].as_sequence().unwrap();
    assert_eq!(facts.len(), v2::kinds().len());
    for fact in facts {
        let kind = v2::find(text(fact, "group"), text(fact, "kind")).unwrap();
        assert_eq!(kind.plural, text(fact, "plural"));
        assert_eq!(kind.arm_type, text(fact, "arm_type"));
        assert_eq!(
            kind.fixed_name.unwrap_or(""),
            text(fact, "fixed_azure_name")
        );
        assert_eq!(kind.versions(), texts(&fact["versions"]));
        let owner = kind
            .owner_kind()
            .map(|(group, kind)| format!("{group}/{kind}"));
        match owner {
            Some(owner) => assert_eq!(owner, text(fact, "owner")),
            None if kind.owner == v2::V2Owner::Any => {
                assert!(text(fact, "owner").starts_with("any"))
            }
            None => assert_eq!(text(fact, "owner"), ""),
        }
        let exports = kind.exports();
        let known = |fields: fn(&v2::V2Exports) -> &'static [&'static str], given: &str| {
            let fields = exports.map_or(&[] as &[&str], fields);
            assert!(
                texts(&fact[given])
                    .iter()
                    .all(|field| fields.contains(field)),
                "{}",
                kind.kind
            );
        };
        known(|exports| exports.secrets, "operatorSpec_secrets");
        known(|exports| exports.config_maps, "operatorSpec_configMaps");
        known(|exports| exports.secret_inputs, "secret_inputs");
    }
}

/// The list was computed from the rules of discovery and checked on a live API server (OBSERVED N1).
#[test]
fn the_kinds_that_kubectl_rewrites_in_an_older_version_are_the_observed_55() {
    let Some(path) = shared("observed/preferred-versions.tsv") else {
        return;
    };
    let observed = std::fs::read_to_string(path).unwrap();
    let observed: BTreeSet<Vec<&str>> = observed
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect())
        .collect();
    let mut computed = BTreeSet::new();
    for kind in v2::kinds() {
        let all = || kind.versions().iter().copied();
        let picked = versions::kubectl_pick(all()).unwrap();
        let imported = versions::asoctl_import(all()).unwrap();
        if versions::is_older(picked, imported) {
            computed.insert(vec![kind.group, kind.kind, kind.plural, picked, imported]);
        }
    }
    assert_eq!(computed, observed);
    assert_eq!(computed.len(), 55);
}
