//! Claims about what a dump may be taken to be complete in.

use super::*;
use crate::collect::loader::{FinishError, Loader};
use asogate_core::selector::{ObjectSelector, RelationSelector, Selector};

fn read_set() -> ReadSet {
    let mut read_set = ReadSet::default();
    for relation in [Relation::SecretReferences, Relation::ServedApis] {
        read_set.add(&[Selector::Relation(RelationSelector::whole(
            relation.name(),
            relation,
        ))]);
    }
    read_set.add(&[Selector::Objects(ObjectSelector {
        table: "v2".into(),
        kinds: KindPattern::new("*.azure.com", "*"),
        columns: vec![],
    })]);
    read_set
}

const DEPLOYMENT: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},
    "spec":{"template":{"spec":{"imagePullSecrets":[{"name":"pull"}]}}}}"#;
const REDIS: &str = r#"{"apiVersion":"cache.azure.com/v1api20230801","kind":"Redis","metadata":{"name":"r","namespace":"shop"}}"#;
const NAMESPACE: &str = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"#;
const SECRET: &str =
    r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x","namespace":"shop"}}"#;

fn coverage(flag: Option<Option<&str>>, objects: &[&str]) -> Result<CoverageMap, FinishError> {
    let mut loader = Loader::new(read_set());
    for object in objects {
        loader.json("dump.json", object).unwrap();
    }
    let operators = [KindPattern::new("*.azure.com", "*")];
    let loaded = loader.finish(&AssumeComplete::from_flag(flag), &operators)?;
    Ok(loaded.snapshot.coverage().clone())
}

fn of(map: &CoverageMap, group: &str, kind: &str) -> Coverage {
    map.of(&GroupKind::new(group, kind))
}

#[test]
fn without_a_word_nothing_is_complete() {
    let map = coverage(None, &[DEPLOYMENT, NAMESPACE, SECRET]).unwrap();
    assert_eq!(of(&map, "", "Secret"), Coverage::NotAsked);
    assert_eq!(map.gaps(&KindPattern::new("*", "*")).len(), 1);
}

#[test]
fn the_bare_flag_covers_what_occurs_and_what_is_asked() {
    let map = coverage(Some(None), &[NAMESPACE, SECRET]).unwrap();
    for (group, kind) in [
        ("", "Secret"),
        ("", "Namespace"),
        ("", "Pod"),
        ("apps", "Deployment"),
        ("cache.azure.com", "Redis"),
    ] {
        assert_eq!(of(&map, group, kind), Coverage::Complete, "{kind}");
    }
    assert!(map.gaps(&KindPattern::new("*.azure.com", "*")).is_empty());
    // Nobody asks for these, and none occurs.
    assert_eq!(
        of(&map, "azure.microsoft.com", "StorageAccount"),
        Coverage::NotAsked
    );
    assert_eq!(of(&map, "", "ConfigMap"), Coverage::NotAsked);
}

#[test]
fn a_list_covers_only_what_it_names() {
    let spellings = "secrets, deployments.apps,Redis.cache.azure.com,PodDisruptionBudget.policy,SERVICES,statefulsets";
    let map = coverage(Some(Some(spellings)), &[REDIS, NAMESPACE, SECRET]).unwrap();
    for (group, kind) in [
        ("", "Secret"),
        ("apps", "Deployment"),
        ("cache.azure.com", "Redis"),
        ("policy", "PodDisruptionBudget"),
        ("", "Service"),
        ("apps", "StatefulSet"),
    ] {
        assert_eq!(of(&map, group, kind), Coverage::Complete, "{kind}");
    }
    assert_eq!(of(&map, "", "Namespace"), Coverage::NotAsked);
    assert_eq!(map.gaps(&KindPattern::new("*.azure.com", "*")).len(), 1);
    let map = coverage(Some(Some("*.azure.com")), &[REDIS, NAMESPACE, SECRET]);
    let map = map.unwrap_err().to_string();
    assert!(map.contains("names `*.azure.com`"), "{map}");
    let map = coverage(Some(Some("*.*.azure.com")), &[NAMESPACE]).unwrap();
    assert!(map.gaps(&KindPattern::new("*.azure.com", "*")).is_empty());
    let map = coverage(Some(Some("Cdn.cdn.azure.com")), &[NAMESPACE]).unwrap();
    assert_eq!(of(&map, "cdn.azure.com", "Cdn"), Coverage::Complete);
}

#[test]
fn definitions_in_the_dump_give_plurals() {
    let definition = r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"mice.x.io"},
        "spec":{"group":"x.io","names":{"kind":"Mouse","plural":"mice"},"versions":[{"name":"v1"}]}}"#;
    let map = coverage(Some(Some("mice.x.io")), &[definition]).unwrap();
    assert_eq!(of(&map, "x.io", "Mouse"), Coverage::Complete);
    assert!(coverage(Some(Some("mice.x.io")), &[NAMESPACE]).is_err());
}

#[test]
fn unknown_names_are_refused_with_suggestions() {
    for (name, expected) in [
        ("secretes", "did you mean `secrets`?"),
        ("deployment.app", "did you mean `deployments.apps`?"),
        ("Redit.cache.azure.co", "`redises.cache.azure.com`"),
        ("nonsense.example.org", "write kinds as `secrets`"),
        ("redis.cdn.azure.com", "which is no kind"),
    ] {
        let error = coverage(Some(Some(name)), &[REDIS])
            .unwrap_err()
            .to_string();
        assert!(error.contains(&format!("names `{name}`")), "{error}");
        assert!(error.contains(expected), "{error}");
    }
    let other = r#"{"apiVersion":"cache.example.org/v1","kind":"Redis","metadata":{"name":"r"}}"#;
    let error = coverage(Some(Some("redis")), &[REDIS, other])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("name one of `Redis.cache.azure.com`, `Redis.cache.example.org`"),
        "{error}"
    );
}

#[test]
fn a_dump_that_names_what_it_lacks_is_not_complete_whatever_is_assumed() {
    for flag in [Some(None), Some(Some("secrets,namespaces"))] {
        let map = coverage(flag, &[DEPLOYMENT]).unwrap();
        let Coverage::Truncated { reason } = of(&map, "", "Secret") else {
            panic!("{:?}", of(&map, "", "Secret"));
        };
        assert!(
            reason.contains("`Deployment.apps shop/web` names the Secret `pull`"),
            "{reason}"
        );
        let Coverage::Truncated { reason } = of(&map, "", "Namespace") else {
            panic!("{:?}", of(&map, "", "Namespace"));
        };
        assert!(
            reason.contains("stands in the namespace `shop`"),
            "{reason}"
        );
        let map = coverage(flag, &[DEPLOYMENT, SECRET, NAMESPACE]).unwrap();
        assert_eq!(of(&map, "", "Secret"), Coverage::Complete);
        assert_eq!(of(&map, "", "Namespace"), Coverage::Complete);
    }
}

#[test]
fn optional_references_and_other_kinds_contradict_nothing() {
    let optional = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"shop"},
        "spec":{"volumes":[{"secret":{"secretName":"s","optional":true}}]}}"#;
    let map = coverage(Some(Some("secrets")), &[optional, NAMESPACE]).unwrap();
    assert_eq!(of(&map, "", "Secret"), Coverage::Complete);
    let owned = optional.replace(
        r#""name":"p""#,
        r#""name":"p","ownerReferences":[{"apiVersion":"v1","kind":"Secret","name":"o","uid":"1"}]"#,
    );
    let map = coverage(Some(None), &[&owned, NAMESPACE]).unwrap();
    assert!(matches!(of(&map, "", "Secret"), Coverage::Truncated { .. }));
    // A lone ConfigMap is not a cluster; an ASO object is.
    let config_map =
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"shop"}}"#;
    let map = coverage(Some(Some("namespaces")), &[config_map]).unwrap();
    assert_eq!(of(&map, "", "Namespace"), Coverage::Complete);
    let map = coverage(Some(Some("namespaces")), &[REDIS]).unwrap();
    assert!(matches!(
        of(&map, "", "Namespace"),
        Coverage::Truncated { .. }
    ));
}

#[test]
fn what_a_snapshot_file_observed_is_not_doubted() {
    let snapshot = format!(
        r#"{{"apiVersion":"asogate.dev/v1alpha1","kind":"Snapshot","coverage":[{{"kind":"Secret","state":"complete"}}],"items":[{DEPLOYMENT}]}}"#
    );
    let map = coverage(Some(None), &[&snapshot]).unwrap();
    assert_eq!(of(&map, "", "Secret"), Coverage::Complete);
    assert!(matches!(
        of(&map, "", "Namespace"),
        Coverage::Truncated { .. }
    ));
}
