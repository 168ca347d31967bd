//! The example on a real API server, read live: judged as its recording, with whatever rights a user has.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod cluster;
mod command;
#[path = "live/completion.rs"]
mod completion;
#[path = "live/faults.rs"]
mod faults;
#[path = "live/proxies.rs"]
mod proxies;
#[path = "live/recordings.rs"]
mod recordings;

use asogate::collect::live::Live;
use asogate::collect::{Cluster, Collected};
use asogate::engine::{Engine, cache::Cache};
use asogate::gate::{self, Case, Judgement, Subject};
use asogate::panel::{Candidate, Panel};
use asogate::steps::selection::{LabelSelector, Namespaces, Selection};
use asogate_core::change::Propagation;
use asogate_core::coverage::Coverage;
use asogate_core::object::GroupKind;
use asogate_core::plan::Step;
use asogate_core::selector::KindPattern;
use asogate_core::verdict::Ruling;
use cluster::{Session, cluster, reading};
use command::{Folder, Run};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

/// A cluster with the example as it is when everything is done but the cleanup.
fn contoso() -> Option<&'static cluster::Cluster> {
    static LOADED: OnceLock<()> = OnceLock::new();
    let cluster = cluster()?;
    LOADED.get_or_init(|| drop(cluster.contoso("5-swapped")));
    Some(cluster)
}

fn asogate(user: &Session, arguments: &str) -> Run {
    let folder = command::repository();
    let run = command::Asogate::new(&folder, arguments);
    run.env("KUBECONFIG", user.kubeconfig().to_str().unwrap())
        .run()
}

fn live(user: &Session, page: usize) -> Live {
    reading::of(user.kubeconfig(), page)
}

fn read(user: &Session, page: usize, group: &str, kind: &str, namespaces: &[&str]) -> Collected {
    reading::read(&live(user, page), group, kind, namespaces)
}

#[test]
fn the_example_is_judged_as_its_recording() {
    let Some(cluster) = contoso() else { return };
    for step in ["pause-v1", "import", "adopt", "swap", "rollback", "cleanup"] {
        let files = match step {
            "import" => "-f examples/contoso/import",
            _ => "",
        };
        let check = format!("check {step} -A -o json {files}");
        let live = asogate(cluster.admin(), &check);
        let recorded = command::asogate(&format!(
            "{check} --snapshot examples/contoso/5-swapped --assume-complete"
        ));
        assert_eq!(live.code, recorded.code, "{live}\n{recorded}");
        let (live, recorded) = (live.json(), recorded.json());
        // In which versions objects were ever stored is the server's own knowledge; in which order a plan changes what could
        // be changed in any order, and keys are told, depends on the order in which they were read.
        let findings = |document: &Value| -> BTreeSet<String> {
            let findings = document["findings"].as_array().unwrap().iter();
            let findings = findings.filter(|finding| finding["code"] != "stored-versions");
            let told = findings.map(|finding| {
                let message = finding["message"].as_str().unwrap();
                let mut words: Vec<&str> =
                    message.split(|mark: char| " ,()".contains(mark)).collect();
                words.sort_unstable();
                let related = finding["related"].as_array().unwrap().iter();
                let mut related: Vec<String> = related.map(Value::to_string).collect();
                related.sort_unstable();
                let [code, level, subject, remedies] =
                    ["code", "level", "subject", "remedies"].map(|field| &finding[field]);
                format!("{code} {level} {subject} {words:?} {remedies} {related:?}")
            });
            told.collect()
        };
        assert_eq!(findings(&live), findings(&recorded), "{step}");
        for field in ["verdict", "undetermined"] {
            assert_eq!(live[field], recorded[field], "{field} of {step}");
        }
        for field in ["selected", "creates", "updates", "deletes", "consequences"] {
            assert_eq!(
                live["plan"][field], recorded["plan"][field],
                "{field} of {step}"
            );
        }
    }
}

#[test]
fn a_plan_of_the_live_cluster_is_judged_on_it() {
    let Some(cluster) = contoso() else { return };
    let folder = Folder::new();
    let kubeconfig = cluster.admin().kubeconfig().to_str().unwrap();
    let run = |arguments: &str| {
        folder
            .command(arguments)
            .env("KUBECONFIG", kubeconfig)
            .run()
    };
    run("check pause-v1 -A")
        .exits(0)
        .says("plan: nothing left to do, 33 selected objects");
    run("plan cleanup -n shop -o plan.json")
        .exits(0)
        .says("judge them with `asogate check --plan plan.json`");
    let checked = run("check --plan plan.json -o json").exits(0).json();
    assert_eq!(checked["plan"]["given"], true);
    // The plan is about these very objects: what changed since is not theirs.
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).unwrap();
    let change = &plan["changes"][0];
    let object = json!({
        "apiVersion": format!("{}/{}", change["object"]["group"].as_str().unwrap(), change["version"].as_str().unwrap()),
        "kind": change["object"]["kind"],
        "metadata": {"name": change["object"]["name"], "namespace": change["object"]["namespace"]},
    });
    let touched = json!({"metadata": {"labels": {"touched": "yes"}}});
    cluster
        .run(cluster.admin().patch(&object, &touched))
        .unwrap();
    run("check --plan plan.json")
        .exits(3)
        .says("make the plan again from this cluster");
    let restored = json!({"metadata": {"labels": {"touched": null}}});
    cluster
        .run(cluster.admin().patch(&object, &restored))
        .unwrap();
}

#[test]
fn long_lists_are_read_page_by_page() {
    let Some(cluster) = cluster() else { return };
    let (many, admin) = (cluster.namespace("many"), cluster.admin());
    cluster.run(async {
        for number in 0..500 {
            let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("m-{number}"), "namespace": many}});
            admin.create(&map).await.unwrap();
        }
    });
    let names = |page: usize| -> BTreeSet<String> {
        let collected = read(admin, page, "", "ConfigMap", &[]);
        let snapshot = &collected.snapshot;
        let kind = GroupKind::new("", "ConfigMap");
        assert_eq!(snapshot.coverage().of(&kind), Coverage::Complete);
        let of_ours = snapshot
            .objects()
            .map(|(_, object)| object.key(snapshot.pool()));
        let of_ours = of_ours.filter(|key| key.namespace.as_ref() == Some(&many));
        of_ours.map(|key| key.name).collect()
    };
    assert_eq!(names(50).len(), 500);
    assert_eq!(names(50), names(7000));
}

#[test]
fn v2_kinds_are_read_in_the_newest_version_and_those_that_are_not_served_are_empty() {
    let Some(cluster) = contoso() else { return };
    let collected = read(cluster.admin(), 500, "eventhub.azure.com", "*", &[]);
    let snapshot = &collected.snapshot;
    assert!(snapshot.len() > 3);
    for (_, object) in snapshot.objects() {
        let (kind, version) = (object.kind(), snapshot.text(object.version()));
        assert_eq!(version, "v1api20240101", "{kind}");
    }
    assert!(
        snapshot
            .coverage()
            .gaps(&KindPattern::new("eventhub.azure.com", "*"))
            .is_empty()
    );
    let other = GroupKind::new("nowhere.example.com", "Thing");
    let collected = read(cluster.admin(), 500, "nowhere.example.com", "Thing", &[]);
    assert_eq!(
        collected.snapshot.coverage().of(&other),
        Coverage::NotServed
    );
    assert_eq!(collected.origin.sources.len(), 1);
}

/// Judges `pause-v1 -A` in this process, where the policies are loaded once.
fn pause(user: &Session, engine: &Engine) -> Judgement {
    let panel = Panel::assemble(engine, &Candidate::built_in(), Some(Step::PauseV1)).unwrap();
    let selection = Selection {
        namespaces: Namespaces::All,
        labels: LabelSelector::default(),
        resources: vec![],
    };
    let cluster = Cluster::Live(Box::new(live(user, 500)));
    let case = Case {
        subject: Subject::Step {
            step: Step::PauseV1,
            selection: &selection,
            propagation: Propagation::Background,
        },
        manifests: &[],
        cluster: Some(&cluster),
        levels: &BTreeMap::new(),
        waivers: &[],
        today: jiff::civil::date(2026, 11, 24),
    };
    gate::judge(&case, &panel).unwrap()
}

fn engine() -> Engine {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache/asogate");
    Engine::new(Some(Cache::open(&folder).unwrap())).unwrap()
}

/// The rules of the role that `asogate rbac` prints, one for each resource.
fn rules(user: &Session, arguments: &str) -> Vec<Value> {
    use serde::Deserialize;
    let role = asogate(user, arguments).exits(0).out;
    let role = Value::deserialize(serde_yaml::Deserializer::from_str(&role)).unwrap();
    assert_eq!(role["kind"], "ClusterRole");
    let mut single = vec![];
    for rule in role["rules"].as_array().unwrap() {
        for resource in rule["resources"].as_array().unwrap() {
            single.push(json!({"apiGroups": rule["apiGroups"], "resources": [resource], "verbs": rule["verbs"]}));
        }
    }
    single
}

#[test]
fn the_printed_role_is_enough_and_without_any_of_its_rules_the_gate_is_closed() {
    let Some(cluster) = contoso() else { return };
    let engine = engine();
    let rules = rules(cluster.admin(), "rbac pause-v1");
    assert!(rules.len() > 50, "{rules:?}");
    let whole = cluster.user();
    cluster.grant(&whole, None, rules.clone().into());
    let judgement = pause(&whole, &engine);
    assert_eq!(
        judgement.verdict.ruling,
        Ruling::Pass,
        "{:?}",
        judgement.next
    );
    asogate(&whole, "check pause-v1 -A").exits(0);

    for left_out in 0..rules.len() {
        let mut granted = rules.clone();
        let missing = granted.remove(left_out);
        let user = cluster.user();
        cluster.grant(&user, None, granted.into());
        let judgement = pause(&user, &engine);
        assert_eq!(
            judgement.verdict.ruling,
            Ruling::Unknown,
            "without {missing}"
        );
        let snapshot = judgement.snapshot.unwrap();
        assert_eq!(json!(snapshot.missing_rules), json!([missing]));
        let unread: Vec<_> = snapshot
            .coverage
            .iter()
            .filter(|kind| !kind.coverage.is_complete())
            .collect();
        let [unread] = unread.as_slice() else {
            panic!("without {missing}: {unread:?}");
        };
        let Coverage::Forbidden { reason } = &unread.coverage else {
            panic!("{unread:?}");
        };
        let resource = missing["resources"][0].as_str().unwrap();
        assert!(
            reason.contains(&format!("no right to list {resource}")),
            "{reason}"
        );
        assert!(
            reason.contains("the missing rule is {apiGroups: ["),
            "{reason}"
        );
    }
}

#[test]
fn a_user_without_rights_learns_which_are_missing() {
    let Some(cluster) = contoso() else { return };
    let nobody = cluster.user();
    let run = asogate(&nobody, "check cleanup -A").exits(3);
    let run = run.says("no right to list secrets in all namespaces; the missing rule is {apiGroups: [\"\"], resources: [secrets], verbs: [list]}");
    run.says("`asogate rbac cleanup` prints a role")
        .does_not_say("cannot list resource");
    // Acting as somebody takes a right, too.
    asogate(&nobody, "check cleanup -A --as admin")
        .exits(3)
        .says("forbidden");
    let as_user = format!("check pause-v1 -A --as {} -o json", nobody.name());
    let run = asogate(cluster.admin(), &as_user).exits(3);
    assert_eq!(run.json()["snapshot"]["objects"], 0);
}

#[test]
fn rights_in_one_namespace_show_its_objects_and_prove_nothing_else() {
    let Some(cluster) = contoso() else { return };
    let user = cluster.user();
    let rule = json!([{"apiGroups": ["azure.microsoft.com"], "resources": ["eventhubs"], "verbs": ["list"]}]);
    cluster.grant(&user, Some("shop"), rule);
    let collected = read(
        &user,
        500,
        "azure.microsoft.com",
        "Eventhub",
        &["shop", "media"],
    );
    let snapshot = &collected.snapshot;
    assert_eq!(snapshot.len(), 3);
    let coverage = snapshot
        .coverage()
        .of(&GroupKind::new("azure.microsoft.com", "Eventhub"));
    let Coverage::Forbidden { reason } = coverage else {
        panic!("{coverage:?}");
    };
    assert!(
        reason.contains(
            "; only those in `shop` were read; those in `media` could not be read either"
        ),
        "{reason}"
    );
    asogate(&user, "check pause-v1 -n shop")
        .exits(3)
        .says("plan: nothing left to do, 3 selected objects");
}

#[test]
fn secrets_can_be_left_to_their_metadata() {
    let Some(cluster) = contoso() else { return };
    asogate(cluster.admin(), "check cleanup -A --secrets=metadata")
        .exits(3)
        .says("Secret: read only in part: only metadata was read, because of --secrets=metadata");
}

#[test]
fn a_conversion_that_nobody_does_makes_a_kind_unknown() {
    let Some(cluster) = cluster() else { return };
    let group = "conversion.example.org";
    // Read in the preferred version, stored in the other one.
    let mut kind = cluster::definition(group, "Widget", "widgets", &["v2", "v1"]).object();
    kind["spec"]["conversion"] = json!({
        "strategy": "Webhook",
        "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://127.0.0.1:1/convert"}},
    });
    cluster.define_objects(&[kind]);
    let space = cluster.namespace("widgets");
    let widget = json!({"apiVersion": format!("{group}/v1"), "kind": "Widget", "metadata": {"name": "a", "namespace": space}});
    cluster.run(cluster.admin().create(&widget)).unwrap();
    let collected = read(cluster.admin(), 500, group, "*", &[]);
    let coverage = collected
        .snapshot
        .coverage()
        .of(&GroupKind::new(group, "Widget"));
    let Coverage::Failed { reason } = coverage else {
        panic!("{coverage:?}");
    };
    assert!(
        reason.starts_with("could not list widgets.conversion.example.org in all namespaces: the API server cannot convert the objects: conversion webhook for conversion.example.org/v1, Kind=Widget failed"),
        "{reason}"
    );
}

#[test]
fn a_server_or_a_user_that_nobody_knows_is_not_believed() {
    let Some(cluster) = cluster() else { return };
    let text = std::fs::read_to_string(cluster.admin().kubeconfig()).unwrap();
    let known: Value = serde_json::from_str(&text).unwrap();
    let refused = |kubeconfig: &Value, words: &str| {
        let folder = Folder::new().file("kubeconfig", kubeconfig.to_string());
        let run = folder
            .asogate("check pause-v1 -A --kubeconfig kubeconfig")
            .exits(3)
            .says(words);
        assert_eq!(run.out, "");
    };
    let mut stranger = known.clone();
    stranger["clusters"][0]["cluster"]
        .as_object_mut()
        .unwrap()
        .remove("certificate-authority");
    refused(&stranger, "no secure connection: ");
    let mut expired = known.clone();
    expired["users"][0]["user"]["token"] = "expired".into();
    refused(
        &expired,
        "the API server does not accept the credentials (401: Unauthorized); log in again",
    );
}
