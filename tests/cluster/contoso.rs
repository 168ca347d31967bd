//! Loads a moment of `examples/contoso` into the API server.

use super::{Cluster, Session, definitions::any_schema, repository};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of Kubernetes whose status is a subresource; those of the example have none.
const GROUPS_WITH_STATUS: [&str; 4] = ["v1", "apps/v1", "batch/v1", "networking.k8s.io/v1"];

impl Cluster {
    /// Makes the kinds of both operators known that the example knows, under their real names and in their real versions:
    /// 19 of v1, 38 of v2. The preferred version of most v2 kinds is not their newest one. Their objects may have any
    /// fields, `status` is no subresource of theirs, and between versions only `apiVersion` differs. May be called twice.
    pub(crate) fn azure_kinds(&self) {
        let definitions = recorded("3-imported").into_iter().filter(is_definition);
        let definitions: Vec<Value> = definitions.map(taking_anything).collect();
        self.define_objects(&definitions);
    }

    /// Loads the objects that a folder of `examples/contoso` (`3-imported`) recorded, with their kinds
    /// ([`Cluster::azure_kinds`]), their status and their owners. Uids and resource versions are new ones. What the API
    /// server decides itself (addresses of services, selectors of jobs) may differ. Returns the objects as they are now.
    ///
    /// Their namespaces have fixed names, so one suite can load one folder. Do it before [`Cluster::controllers`], so that
    /// the garbage collector knows the kinds.
    pub(crate) fn contoso(&self, folder: &str) -> Vec<Value> {
        self.azure_kinds();
        let mut objects = recorded(folder);
        objects.retain(|object| !is_definition(object));
        self.run(load(self.admin(), objects))
    }
}

fn is_definition(object: &Value) -> bool {
    object["kind"] == "CustomResourceDefinition"
}

fn recorded(folder: &str) -> Vec<Value> {
    let folder = repository().join("examples/contoso").join(folder);
    let mut objects = vec![];
    for file in std::fs::read_dir(&folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let list = Value::deserialize(serde_yaml::Deserializer::from_str(&text)).unwrap();
        objects.extend(list["items"].as_array().unwrap().iter().cloned());
    }
    objects
}

/// A recorded definition without what the recording has no counterpart for: schemas, and a webhook that converts.
fn taking_anything(mut definition: Value) -> Value {
    let name = definition["metadata"]["name"].clone();
    definition["metadata"] = json!({ "name": name });
    let spec = definition["spec"].as_object_mut().unwrap();
    spec.remove("conversion");
    for version in spec["versions"].as_array_mut().unwrap() {
        version["schema"] = any_schema();
    }
    definition.as_object_mut().unwrap().remove("status");
    definition
}

async fn load(admin: &Session, objects: Vec<Value>) -> Vec<Value> {
    let is_namespace =
        |object: &Value| object["kind"] == "Namespace" && object["apiVersion"] == "v1";
    let recorded: BTreeSet<String> = objects.iter().map(uid).collect();
    let (mut waiting, others): (Vec<Value>, Vec<Value>) =
        objects.into_iter().partition(is_namespace);
    waiting.extend(others);
    let mut uids: BTreeMap<String, Value> = BTreeMap::new();
    let mut loaded = vec![];
    while !waiting.is_empty() {
        // Whoever has an owner comes after it.
        let (ready, later): (Vec<Value>, Vec<Value>) = waiting.into_iter().partition(|object| {
            let mut owners = owners(object).iter().map(uid_of);
            owners.all(|owner| uids.contains_key(&owner) || !recorded.contains(&owner))
        });
        assert!(!ready.is_empty(), "owners in a circle: {later:?}");
        for object in ready {
            let old = uid(&object);
            let new = create(admin, object, &uids).await;
            uids.insert(old, new["metadata"]["uid"].clone());
            loaded.push(new);
        }
        waiting = later;
    }
    loaded
}

async fn create(admin: &Session, mut object: Value, uids: &BTreeMap<String, Value>) -> Value {
    let metadata = object["metadata"].as_object_mut().unwrap();
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation"] {
        metadata.remove(field);
    }
    if let Some(Value::Array(owners)) = metadata.get_mut("ownerReferences") {
        for owner in owners {
            if let Some(new) = uids.get(&uid_of(owner)) {
                owner["uid"] = new.clone();
            }
        }
    }
    drop_what_the_server_decides(&mut object);
    let api_version = object["apiVersion"].as_str().unwrap().to_owned();
    let mut status = Value::Null;
    if GROUPS_WITH_STATUS.contains(&api_version.as_str()) {
        status = object
            .as_object_mut()
            .and_then(|object| object.remove("status"))
            .unwrap_or_default();
    }
    if object["kind"] == "Job" {
        tell_why_it_is_complete(&mut status);
    }
    let what = format!("{} {}", object["kind"], object["metadata"]["name"]);
    let mut created = match admin.apply(&object).await {
        Ok(created) => created,
        Err(error) => panic!("could not load {what}: {error}"),
    };
    if object["kind"] != "Namespace" && !status.is_null() && status != json!({}) {
        created = match admin.set_status(&object, &status).await {
            Ok(created) => created,
            Err(error) => panic!("could not load the status of {what}: {error}"),
        };
    }
    created
}

/// Newer API servers than the recorded one take no `Complete` without the condition that led to it.
fn tell_why_it_is_complete(status: &mut Value) {
    let Some(conditions) = status["conditions"].as_array_mut() else {
        return;
    };
    let complete = conditions
        .iter()
        .find(|condition| condition["type"] == "Complete");
    if let Some(mut reason) = complete.cloned() {
        reason["type"] = "SuccessCriteriaMet".into();
        conditions.insert(0, reason);
    }
}

/// Fields that the API server fills in by itself and takes from nobody, or only as it would have chosen them.
fn drop_what_the_server_decides(object: &mut Value) {
    let kind = object["kind"].as_str().unwrap_or("").to_owned();
    let mut nothing = Map::new();
    let spec = object
        .get_mut("spec")
        .and_then(Value::as_object_mut)
        .unwrap_or(&mut nothing);
    match kind.as_str() {
        "Service" => {
            spec.remove("clusterIP");
            spec.remove("clusterIPs");
        }
        "Job" => {
            spec.insert("manualSelector".into(), true.into());
        }
        _ => {}
    }
}

fn owners(object: &Value) -> &[Value] {
    object["metadata"]["ownerReferences"]
        .as_array()
        .map_or(&[], Vec::as_slice)
}

fn uid(object: &Value) -> String {
    uid_of(&object["metadata"])
}

fn uid_of(value: &Value) -> String {
    value["uid"].as_str().unwrap_or("").to_owned()
}
