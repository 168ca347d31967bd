//! Puts graphs onto the API server, does to them what their plans say, and reads what there is once nothing moves any more.

use crate::cluster::{Cluster, Definition, PATIENCE, Session, definition, refusal};
use crate::graph::{Deed, Graph, HELD, Kind, Object, Owner};
use crate::state::{is_terminating, key_of};
use asogate_core::change::Action;
use asogate_core::object::ObjectKey;
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// How many requests are on their way at once.
const AT_ONCE: usize = 32;

/// How often the same must be seen before it counts as the end. Between two looks the garbage collector has done something
/// that was asked of it after the first one.
const LOOKS: usize = 3;

/// Graphs on the API server, all of them at once.
pub(crate) struct Bench<'c> {
    cluster: &'c Cluster,
    pub(crate) graphs: Vec<Graph>,
    /// Of each graph, the uids of its objects as they were created.
    uids: Vec<Vec<String>>,
}

/// A deed that was done to a graph.
pub(crate) struct Done {
    pub(crate) object: ObjectKey,
    pub(crate) action: Action,
    /// The API server says that there is no such object.
    pub(crate) impossible: bool,
}

impl<'c> Bench<'c> {
    /// Creates every object of the graphs.
    pub(crate) fn new(cluster: &'c Cluster, graphs: Vec<Graph>) -> Bench<'c> {
        let mut definitions = vec![
            definition("asogate.test", "Thing", "things", &["v1"]),
            definition("asogate.test", "Global", "globals", &["v1"]).cluster_scoped(),
        ];
        definitions.extend(graphs.iter().filter_map(own_definition));
        cluster.define(&definitions);
        cluster.controllers();
        let mut bench = Bench {
            cluster,
            graphs,
            uids: vec![],
        };
        bench.uids = cluster.run(bench.each(async |bench, index| bench.create(index).await));
        bench
    }

    fn admin(&self) -> &Session {
        self.cluster.admin()
    }

    /// Does something for every graph, several at once; the answers in the order of the graphs.
    async fn each<T>(&self, work: impl AsyncFn(&Self, usize) -> T) -> Vec<T> {
        futures::stream::iter(0..self.graphs.len())
            .map(|index| work(self, index))
            .buffered(AT_ONCE)
            .collect()
            .await
    }

    async fn create(&self, index: usize) -> Vec<String> {
        let graph = &self.graphs[index];
        let mut uids: Vec<String> = vec![];
        for (number, object) in graph.objects.iter().enumerate() {
            if object.kind == Kind::Definition {
                let definition = own_definition(graph).map(|definition| definition.object());
                let found = match definition {
                    Some(definition) => self.admin().get(&definition).await.unwrap(),
                    None => None,
                };
                uids.push(uid(&found.unwrap_or_default()));
                continue;
            }
            if graph.is_created_later(number) {
                uids.push(format!("later-{}", graph.seed));
                continue;
            }
            let mut new = manifest(graph, number);
            // Who comes later has no uid yet.
            if has_all_owners(object, number) {
                new["metadata"]["ownerReferences"] =
                    references(graph, number, &object.owners, &uids);
            }
            let created = self.admin().create(&new).await;
            uids.push(uid(
                &created.unwrap_or_else(|error| panic!("{new}: {error}"))
            ));
        }
        for (number, object) in graph.objects.iter().enumerate() {
            if has_all_owners(object, number) || graph.is_created_later(number) {
                continue;
            }
            let owners = references(graph, number, &object.owners, &uids);
            let merge = json!({"metadata": {"ownerReferences": owners}});
            let object = identity(graph, number);
            self.admin().patch(&object, &merge).await.unwrap();
        }
        uids
    }

    /// Does the deed at this position in every graph that has one; of impatient graphs all of them in the first round.
    /// Returns for each graph what was done.
    pub(crate) fn act(&self, round: usize) -> Vec<Vec<Done>> {
        let act = async |bench: &Self, index: usize| {
            let graph = &bench.graphs[index];
            let deeds = match (graph.impatient, round) {
                (true, 0) => 0..graph.deeds.len(),
                (true, _) => 0..0,
                (false, _) => round..graph.deeds.len().min(round + 1),
            };
            let mut done = vec![];
            for (number, deed) in graph.deeds.get(deeds).into_iter().flatten() {
                done.push(bench.do_it(index, *number, deed).await);
            }
            done
        };
        self.cluster.run(self.each(act))
    }

    async fn do_it(&self, index: usize, number: usize, deed: &Deed) -> Done {
        let graph = &self.graphs[index];
        let object = identity(graph, number);
        let owners = |owners: &[Owner]| references(graph, number, owners, &self.uids[index]);
        let action = match deed {
            Deed::Delete(propagation) => Action::Delete {
                propagation: *propagation,
            },
            Deed::Adopt(new) => Action::Patch {
                merge: json!({"metadata": {"ownerReferences": owners(new)}}),
            },
            Deed::Free => Action::Patch {
                merge: json!({"metadata": {"finalizers": null}}),
            },
            Deed::Create => {
                let mut object = manifest(graph, number);
                object["metadata"]["ownerReferences"] = owners(&graph.objects[number].owners);
                Action::Create { object }
            }
        };
        let answer = match &action {
            Action::Patch { merge } => self.admin().patch(&object, merge).await.map(drop),
            Action::Delete { propagation } => self.admin().delete(&object, *propagation).await,
            Action::Create { object } => self.admin().create(object).await.map(drop),
        };
        let impossible = refusal(&answer) == Some(404);
        assert!(
            answer.is_ok() || impossible,
            "{object} {action:?} {answer:?}"
        );
        Done {
            object: key_of(&object),
            action,
            impossible,
        }
    }

    /// The controllers behind the finalizers act: whatever is being deleted goes. Returns what is left of each graph.
    pub(crate) fn release(&self) -> Vec<Vec<Value>> {
        loop {
            let moment = self.settled();
            let held: Vec<&Value> = moment
                .iter()
                .flatten()
                .filter(|object| is_terminating(object) && finalizers(object).contains(&HELD))
                .collect();
            if held.is_empty() {
                return moment;
            }
            self.cluster.run(async {
                for object in held {
                    let mut others = finalizers(object);
                    others.retain(|finalizer| *finalizer != HELD);
                    let merge = json!({"metadata": {"finalizers": others}});
                    let _ = self.admin().patch(object, &merge).await;
                }
            });
        }
    }

    /// What there is of each graph once nothing changes any more.
    pub(crate) fn settled(&self) -> Vec<Vec<Value>> {
        let started = Instant::now();
        let mut seen = 0;
        let mut before: Vec<String> = vec![];
        let mut last = vec![];
        let what = "the garbage collector and the namespace controller to come to rest";
        let look = async || {
            self.cluster.garbage_collected().await;
            last = self.read().await;
            let now: Vec<String> = last.iter().flatten().map(what_matters).collect();
            seen = if now == before { seen + 1 } else { 1 };
            before = now;
            let busy: Vec<&Value> = last.iter().flat_map(|objects| busy(objects)).collect();
            // The wait itself would end a moment later, and could not say this.
            assert!(
                started.elapsed() < PATIENCE,
                "waited too long for {what}: the last {seen} looks were alike, and these are at work: {busy:?}"
            );
            seen >= LOOKS && busy.is_empty()
        };
        self.cluster.run(self.cluster.wait_for(what, look));
        last
    }

    /// What there is of each graph.
    pub(crate) async fn read(&self) -> Vec<Vec<Value>> {
        let kinds = [
            ("v1", "Namespace"),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            ("v1", "ConfigMap"),
            ("v1", "Secret"),
            ("asogate.test/v1", "Thing"),
            ("asogate.test/v1", "Global"),
        ];
        let mut all = vec![];
        for (api_version, kind) in kinds {
            all.extend(self.admin().list(api_version, kind, None).await.unwrap());
        }
        for graph in self.graphs.iter().filter(|graph| graph.own_kind) {
            let api_version = format!("{}/v1", own_group(graph));
            // Gone with its definition.
            all.extend(
                self.admin()
                    .list(&api_version, "Own", None)
                    .await
                    .unwrap_or_default(),
            );
        }
        let mut by_name: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for mut object in all {
            let name = object["metadata"]["name"].as_str().unwrap();
            let graph = match name.strip_prefix("owns.") {
                Some(group) => group.split('.').next().unwrap(),
                None => name.split('-').next().unwrap(),
            };
            let graph = graph.to_owned();
            object["metadata"]["managedFields"].take();
            by_name.entry(graph).or_default().push(object);
        }
        let names = self.graphs.iter().map(|graph| format!("g{}", graph.seed));
        names
            .map(|name| by_name.remove(&name).unwrap_or_default())
            .collect()
    }
}

/// The containers on which somebody still has to act: they are being deleted, and hold what is not being deleted, or
/// nothing. A namespace that is deleted in foreground may wait for what is elsewhere.
fn busy(objects: &[Value]) -> Vec<&Value> {
    let is = |object: &Value, kind: &str| object["kind"] == kind;
    let containers = objects.iter().filter(|object| {
        is_terminating(object)
            && (is(object, "Namespace") || is(object, "CustomResourceDefinition"))
    });
    let is_busy = |container: &&Value| {
        let contents = objects.iter().filter(|object| {
            object["metadata"]["namespace"] == container["metadata"]["name"]
                || is(container, "CustomResourceDefinition") && is(object, "Own")
        });
        let terminating: Vec<bool> = contents.map(is_terminating).collect();
        let waits = finalizers(container).contains(&"foregroundDeletion");
        terminating.is_empty() && !waits || terminating.contains(&false)
    };
    containers.filter(is_busy).collect()
}

/// What the garbage collector and the namespace controller change of an object, and nobody else.
fn what_matters(object: &Value) -> String {
    let metadata = &object["metadata"];
    let fields = ["uid", "deletionTimestamp", "finalizers", "ownerReferences"];
    fields.map(|field| metadata[field].to_string()).join(" ")
}

fn uid(object: &Value) -> String {
    object["metadata"]["uid"]
        .as_str()
        .unwrap_or("nobody")
        .to_owned()
}

fn finalizers(object: &Value) -> Vec<&str> {
    let finalizers = object["metadata"]["finalizers"].as_array();
    finalizers
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn own_group(graph: &Graph) -> String {
    format!("g{}.asogate.test", graph.seed)
}

fn own_definition(graph: &Graph) -> Option<Definition> {
    let own_kind = graph.own_kind;
    own_kind.then(|| definition(&own_group(graph), "Own", "owns", &["v1"]))
}

fn name(graph: &Graph, number: usize) -> String {
    match graph.objects[number].kind {
        Kind::Definition => format!("owns.{}", own_group(graph)),
        _ => format!("g{}-o{number}", graph.seed),
    }
}

/// API version, kind and names of an object.
fn identity(graph: &Graph, number: usize) -> Value {
    let object = &graph.objects[number];
    let own = format!("{}/v1", own_group(graph));
    let (api_version, kind) = match object.kind {
        Kind::Namespace => ("v1", "Namespace"),
        Kind::Definition => ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        Kind::ConfigMap => ("v1", "ConfigMap"),
        Kind::Secret => ("v1", "Secret"),
        Kind::Thing => ("asogate.test/v1", "Thing"),
        Kind::Global => ("asogate.test/v1", "Global"),
        Kind::Own => (own.as_str(), "Own"),
    };
    let mut metadata = json!({"name": name(graph, number)});
    if let Some(namespace) = object.namespace {
        metadata["namespace"] = name(graph, namespace).into();
    }
    json!({"apiVersion": api_version, "kind": kind, "metadata": metadata})
}

/// The object as it is created, without its owners.
fn manifest(graph: &Graph, number: usize) -> Value {
    let mut object = identity(graph, number);
    object["metadata"]["finalizers"] = json!(graph.objects[number].finalizers);
    object
}

/// Whether all of its owners exist when the object is created.
fn has_all_owners(object: &Object, number: usize) -> bool {
    let mut owners = object.owners.iter();
    owners.all(|owner| owner.object.is_none_or(|owner| owner < number))
}

/// Names an object that does not exist, of a kind that an object of this scope may have as owner. `simulate` knows of a kind
/// that it has no objects of neither, and takes the worse outcome; the garbage collector knows the scope of every kind.
fn nobody(is_namespaced: bool) -> Value {
    if is_namespaced {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "nobody"}})
    } else {
        json!({"apiVersion": "asogate.test/v1", "kind": "Global", "metadata": {"name": "nobody"}})
    }
}

fn references(graph: &Graph, number: usize, owners: &[Owner], uids: &[String]) -> Value {
    let is_namespaced = graph.objects[number].kind.is_namespaced();
    let mut seen = BTreeSet::new();
    let reference = |owner: &Owner| {
        let (mut reference, uid) = match owner.object {
            Some(number) => (identity(graph, number), uids[number].clone()),
            None => (nobody(is_namespaced), format!("nobody-{}", graph.seed)),
        };
        let mut name = reference["metadata"]["name"].take();
        if owner.misnamed {
            name = format!("{}x", name.as_str().unwrap()).into();
        }
        json!({
            "apiVersion": reference["apiVersion"], "kind": reference["kind"], "name": name, "uid": uid,
            "blockOwnerDeletion": owner.blocks,
        })
    };
    let references = owners.iter().map(reference);
    references
        .filter(|reference| seen.insert(reference["uid"].to_string()))
        .collect()
}
