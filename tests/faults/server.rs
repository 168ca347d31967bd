//! An API server in the small, which answers from a list of objects and goes wrong exactly when it is told to.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Group, version, kind, plural, and whether objects have a namespace.
type Kind = (&'static str, &'static str, &'static str, &'static str, bool);

/// The kinds that are served, in the order of the server's preference.
const KINDS: [Kind; 17] = [
    ("", "v1", "ConfigMap", "configmaps", true),
    ("", "v1", "Namespace", "namespaces", false),
    ("", "v1", "Pod", "pods", true),
    ("", "v1", "Secret", "secrets", true),
    ("", "v1", "ServiceAccount", "serviceaccounts", true),
    (
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        false,
    ),
    ("apps", "v1", "DaemonSet", "daemonsets", true),
    ("apps", "v1", "Deployment", "deployments", true),
    ("apps", "v1", "ReplicaSet", "replicasets", true),
    ("apps", "v1", "StatefulSet", "statefulsets", true),
    (
        "azure.microsoft.com",
        "v1alpha1",
        "StorageAccount",
        "storageaccounts",
        true,
    ),
    ("batch", "v1", "CronJob", "cronjobs", true),
    ("batch", "v1", "Job", "jobs", true),
    (
        "eventhub.azure.com",
        "v1api20211101",
        "Namespace",
        "namespaces",
        true,
    ),
    (
        "eventhub.azure.com",
        "v1api20240101",
        "Namespace",
        "namespaces",
        true,
    ),
    (
        "eventhub.azure.com",
        "v1api20240101storage",
        "Namespace",
        "namespaces",
        true,
    ),
    ("networking.k8s.io", "v1", "Ingress", "ingresses", true),
];

/// What happens to a request instead of an answer.
#[derive(Clone)]
pub(crate) enum Fault {
    /// A status with a message, and headers.
    Status(u16, &'static str, &'static [(&'static str, &'static str)]),
    /// An answer, whatever it is.
    Body(String),
    /// The connection ends before an answer.
    Reset,
    /// The connection ends in the middle of the answer.
    ResetMidBody,
    /// Half of the answer, and then nothing until the client goes.
    Slow,
    /// No fault: the answer as it should be, and then the cluster is another one.
    Then(fn(&mut Vec<Value>)),
}

/// A fault, and when it happens.
struct Planned {
    /// A part of the path with its query.
    path: String,
    /// It is all of it.
    exact: bool,
    /// How many such requests go well before.
    after: usize,
    /// How many it happens to.
    times: usize,
    fault: Fault,
}

#[derive(Default)]
struct State {
    objects: Vec<Value>,
    faults: Vec<Planned>,
    requests: Vec<String>,
    /// Discovery of all groups at once is not known.
    old: bool,
}

/// The server. It ends with the process.
pub(crate) struct Server {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub(crate) fn new(objects: Vec<Value>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State {
            objects,
            ..State::default()
        }));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                // A client that breaks off is no failure of the server.
                std::thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        Server { address, state }
    }

    /// Discovery group by group, as before Kubernetes 1.26.
    pub(crate) fn old(self) -> Server {
        self.state.lock().unwrap().old = true;
        self
    }

    /// Every request whose path contains `path` goes wrong.
    pub(crate) fn always(self, path: &str, fault: Fault) -> Server {
        self.some(path, 0, usize::MAX, fault)
    }

    /// Requests whose path contains `path` go wrong, `times` of them, when `after` have gone well.
    pub(crate) fn some(self, path: &str, after: usize, times: usize, fault: Fault) -> Server {
        self.plan(path, false, after, times, fault)
    }

    /// The same for requests whose path is `path`.
    pub(crate) fn some_exact(self, path: &str, after: usize, times: usize, fault: Fault) -> Server {
        self.plan(path, true, after, times, fault)
    }

    fn plan(self, path: &str, exact: bool, after: usize, times: usize, fault: Fault) -> Server {
        self.state.lock().unwrap().faults.push(Planned {
            path: path.to_owned(),
            exact,
            after,
            times,
            fault,
        });
        self
    }

    /// Every path that was asked for, with its query, in order; who asked, and whether for metadata only, stands after it.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let Some(Ok(first)) = lines.next() else {
        // As a server answers who begins with TLS.
        return write(&mut stream, 400, &[], "");
    };
    let path = first.split(' ').nth(1).unwrap_or("").to_owned();
    let mut accept = String::new();
    let mut shown = path.clone();
    for line in lines {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("accept: ") {
            accept = value.to_owned();
        }
        if line.starts_with("impersonate-") || line.starts_with("authorization: ") {
            shown += &format!(" {line}");
        }
    }
    if accept.contains("partialobjectmetadata") {
        shown += " metadata";
    }
    let (fault, (status, body)) = {
        let mut state = state.lock().unwrap();
        state.requests.push(shown);
        let fault = state.fault(&path);
        (fault, state.answer(&path, &accept))
    };
    let body = body.to_string();
    match fault {
        None => write(&mut stream, status, &[], &body),
        Some(Fault::Then(change)) => {
            write(&mut stream, status, &[], &body)?;
            change(&mut state.lock().unwrap().objects);
            Ok(())
        }
        Some(Fault::Status(status, message, headers)) => {
            let body =
                json!({"kind": "Status", "status": "Failure", "code": status, "message": message});
            write(&mut stream, status, headers, &body.to_string())
        }
        Some(Fault::Body(body)) => write(&mut stream, 200, &[], &body),
        Some(Fault::Reset) => stream.shutdown(Shutdown::Both),
        Some(Fault::ResetMidBody) => {
            head(&mut stream, 200, &[], body.len())?;
            stream.write_all(&body.as_bytes()[..body.len() / 2])?;
            stream.shutdown(Shutdown::Both)
        }
        Some(Fault::Slow) => {
            head(&mut stream, 200, &[], body.len())?;
            stream.write_all(&body.as_bytes()[..body.len() / 2])?;
            // Until the client has had enough.
            stream.read_to_end(&mut vec![]).map(drop)
        }
    }
}

fn write(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<()> {
    head(stream, status, headers, body.len())?;
    stream.write_all(body.as_bytes())
}

fn head(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&str, &str)],
    length: usize,
) -> std::io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all((head + "\r\n").as_bytes())
}

impl State {
    fn fault(&mut self, path: &str) -> Option<Fault> {
        for planned in &mut self.faults {
            let is_it = match planned.exact {
                true => path == planned.path,
                false => path.contains(&planned.path),
            };
            if !is_it || planned.times == 0 {
                continue;
            }
            if planned.after > 0 {
                planned.after -= 1;
                continue;
            }
            planned.times -= 1;
            return Some(planned.fault.clone());
        }
        None
    }

    fn answer(&self, path: &str, accept: &str) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if let Some(answer) = self.discovery(path, accept) {
            return (200, answer);
        }
        let found = KINDS.iter().find_map(|kind| {
            let (group, version, _, plural, namespaced) = kind;
            let root = match *group {
                "" => format!("/api/{version}"),
                group => format!("/apis/{group}/{version}"),
            };
            let rest = path.strip_prefix(&root)?.strip_prefix('/')?;
            match rest
                .strip_prefix("namespaces/")
                .and_then(|rest| rest.split_once('/'))
            {
                Some((namespace, rest)) if *namespaced => {
                    (rest == *plural).then_some((kind, Some(namespace)))
                }
                _ => (rest == *plural).then_some((kind, None)),
            }
        });
        match found {
            Some((kind, namespace)) => (200, self.list(kind, namespace, query, accept)),
            None => (
                404,
                json!({"kind": "Status", "code": 404, "message": "the server could not find the requested resource"}),
            ),
        }
    }

    fn list(&self, kind: &Kind, namespace: Option<&str>, query: &str, accept: &str) -> Value {
        let (group, version, name, ..) = kind;
        let api_version = match *group {
            "" => (*version).to_owned(),
            group => format!("{group}/{version}"),
        };
        let value = |key: &str| {
            let found = query
                .split('&')
                .find_map(|part| part.strip_prefix(key)?.strip_prefix('='));
            found.map(|text| text.replace("%3D", "="))
        };
        let wanted = value("fieldSelector");
        let of_group = |object: &Value| {
            let own = object["apiVersion"].as_str().unwrap();
            own.rsplit_once('/').map_or("", |(group, _)| group) == *group
        };
        let items: Vec<&Value> = self
            .objects
            .iter()
            .filter(|object| object["kind"] == *name && of_group(object))
            .filter(|object| {
                namespace.is_none_or(|wanted| object["metadata"]["namespace"] == wanted)
            })
            .filter(|object| {
                let name = object["metadata"]["name"].as_str().unwrap();
                wanted
                    .as_ref()
                    .is_none_or(|wanted| *wanted == format!("metadata.name={name}"))
            })
            .collect();
        let from: usize = value("continue").map_or(0, |text| text.parse().unwrap());
        let limit: usize = value("limit").unwrap().parse().unwrap();
        let page: Vec<&Value> = items.iter().skip(from).take(limit).copied().collect();
        let mut metadata = json!({"resourceVersion": "1000"});
        if from + page.len() < items.len() {
            metadata["continue"] = (from + page.len()).to_string().into();
        }
        if accept.contains("as=partialobjectmetadatalist") {
            let items: Vec<Value> = page
                .iter()
                .map(|object| json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": object["metadata"]}))
                .collect();
            return json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": metadata, "items": items});
        }
        let items: Vec<Value> = page
            .iter()
            .map(|object| {
                let mut object = (*object).clone();
                object["apiVersion"] = api_version.clone().into();
                // Lists of what Kubernetes itself defines do not say it of each object.
                if !group.contains("azure") {
                    let fields: &mut Map<String, Value> = object.as_object_mut().unwrap();
                    fields.shift_remove("apiVersion");
                    fields.shift_remove("kind");
                }
                object
            })
            .collect();
        json!({"kind": format!("{name}List"), "apiVersion": api_version, "metadata": metadata, "items": items})
    }

    fn discovery(&self, path: &str, accept: &str) -> Option<Value> {
        let aggregated = !self.old && accept.contains("as=apigroupdiscoverylist");
        let groups: BTreeSet<&str> = KINDS.iter().map(|kind| kind.0).collect();
        let versions = |group: &str| {
            let mut versions: Vec<&str> = KINDS
                .iter()
                .filter(|kind| kind.0 == group)
                .map(|kind| kind.1)
                .collect();
            versions.dedup();
            versions
        };
        let verbs = ["get", "list", "watch"];
        let of = |group: &str, version: &str| -> Vec<&Kind> {
            KINDS
                .iter()
                .filter(|kind| kind.0 == group && kind.1 == version)
                .collect()
        };
        let core = path == "/api";
        match path {
            "/api" | "/apis" if aggregated => {
                let groups = groups.iter().filter(|group| group.is_empty() == core);
                let items: Vec<Value> = groups
                    .map(|group| {
                        let versions = versions(group).into_iter().map(|version| {
                            let resources: Vec<Value> = of(group, version)
                                .iter()
                                .map(|(group, version, kind, plural, namespaced)| {
                                    let scope = if *namespaced { "Namespaced" } else { "Cluster" };
                                    json!({"resource": plural, "scope": scope, "verbs": verbs,
                                        "responseKind": {"group": group, "version": version, "kind": kind}})
                                })
                                .collect();
                            json!({"version": version, "resources": resources, "freshness": "Current"})
                        });
                        json!({"metadata": {"name": group}, "versions": versions.collect::<Vec<_>>()})
                    })
                    .collect();
                Some(
                    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}),
                )
            }
            "/api" => Some(json!({"kind": "APIVersions", "versions": ["v1"]})),
            "/apis" => {
                let groups = groups.iter().filter(|group| !group.is_empty());
                let groups: Vec<Value> = groups
                    .map(|group| {
                        let versions: Vec<Value> = versions(group)
                            .into_iter()
                            .map(|version| json!({"version": version, "groupVersion": format!("{group}/{version}")}))
                            .collect();
                        json!({"name": group, "versions": versions, "preferredVersion": versions[0]})
                    })
                    .collect();
                Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
            }
            _ => {
                let rest = path
                    .strip_prefix("/apis/")
                    .or_else(|| path.strip_prefix("/api/"))?;
                let (group, version) = rest.split_once('/').unwrap_or(("", rest));
                let kinds = of(group, version);
                let resources: Vec<Value> = kinds
                    .iter()
                    .map(|(_, _, kind, plural, namespaced)| {
                        json!({"name": plural, "kind": kind, "namespaced": namespaced, "verbs": verbs})
                    })
                    .collect();
                (!kinds.is_empty())
                    .then(|| json!({"kind": "APIResourceList", "resources": resources}))
            }
        }
    }
}
