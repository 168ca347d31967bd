//! A real control plane for tests: the API server, the garbage collector and the namespace controller of Kubernetes
//! itself (`tests/control-plane`), on loopback, one for each suite that asks for it.
//!
//! ```ignore
//! mod cluster;
//!
//! #[test]
//! fn a_user_without_rights_sees_nothing() {
//!     let Some(cluster) = cluster::cluster() else { return };   // no Go here: it has been said loudly
//!     let (shop, user) = (cluster.namespace("shop"), cluster.user());
//!     cluster.grant(&user, Some(&shop), json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}]));
//!     let listed = cluster.run(user.list("v1", "ConfigMap", None));
//!     assert_eq!(cluster::refusal(&listed), Some(403));
//! }
//! ```
//!
//! The tests of a suite share the server and run at the same time: each takes its own namespaces ([`Cluster::namespace`])
//! and users ([`Cluster::user`]), and leaves them behind; the server goes with the process. What is not in a namespace
//! (definitions, cluster roles) needs a name that no other test of the suite uses. Programs are given
//! [`Session::kubeconfig`]; what the tests ask themselves are the methods of [`Session`], inside of [`Cluster::run`].
//!
//! [`Cluster::proxy`] stands between a program and the API server, and goes wrong where it is told to; [`reading`] is asogate
//! as a library.
//!
//! Nothing here waits for a fixed time; whatever is waited for has a deadline that is far away, and a text that says what
//! did not happen.
#![allow(
    dead_code,
    unused_imports,
    reason = "every suite compiles this module, and none uses all of it"
)]

mod contoso;
mod definitions;
mod program;
mod proxy;
pub(crate) mod reading;
mod servers;
mod session;

pub(crate) use definitions::{Definition, definition};
pub(crate) use proxy::{Fault, Proxy};
pub(crate) use session::{Session, refusal};

use serde_json::{Value, json};
pub(crate) use servers::PATIENCE;
use servers::Servers;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

/// How many users without rights there are. The API server reads their tokens once, when it starts.
const USERS: usize = 200;

/// The control plane of this suite; the first test that asks starts it. None if there is no Go: then it has been said,
/// and the test has nothing to do. Where every test must run, that is a failure.
pub(crate) fn cluster() -> Option<&'static Cluster> {
    // A start that failed is not tried again by the next test.
    static CLUSTER: LazyLock<Option<Cluster>> = LazyLock::new(start);
    CLUSTER.as_ref()
}

fn start() -> Option<Cluster> {
    match program::program(&repository()) {
        Ok(program) => Some(Cluster::start(&program)),
        Err(why) if must_run() => {
            panic!("there is no control plane for this suite: {why}")
        }
        Err(why) => {
            say(&format!(
                "NOT TESTED: this suite needs a control plane of Kubernetes. {why}"
            ));
            None
        }
    }
}

/// Whether a test that does not run is a failure: where nobody reads what is said.
fn must_run() -> bool {
    let asked = std::env::var_os("ASOGATE_TESTS_MUST_ALL_RUN").is_some();
    asked || std::env::var_os("CI").is_some_and(|ci| ci == "true")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Tells whoever runs the tests, also of tests that pass; print macros would be kept from them.
pub(crate) fn say(line: &str) {
    let line = format!("\n{line}\n\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// A control plane that runs.
pub(crate) struct Cluster {
    runtime: tokio::runtime::Runtime,
    servers: Servers,
    admin: Session,
    tokens: Vec<String>,
    next_user: AtomicUsize,
    next_name: AtomicUsize,
    controllers: OnceLock<()>,
}

impl Cluster {
    fn start(program: &Path) -> Cluster {
        // Only if nobody else did it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut failures = vec![];
        // A port that was free a moment ago may be somebody else's by now.
        for _ in 0..3 {
            match Cluster::try_start(program) {
                Ok(cluster) => return cluster,
                Err(why) => failures.push(why),
            }
        }
        panic!("could not start a control plane: {}", failures.join("\n"));
    }

    fn try_start(program: &Path) -> Result<Cluster, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let folder = tempfile::Builder::new()
            .prefix("cluster-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .map_err(|error| error.to_string())?;
        let tokens: Vec<String> = (0..=USERS).map(|_| token()).collect();
        let mut lines = format!("{},admin,admin,system:masters\n", tokens[0]);
        for (number, token) in tokens.iter().enumerate().skip(1) {
            lines += &format!("{token},{name},{name}\n", name = user_name(number));
        }
        let servers = Servers::start(program, folder.keep(), &lines)?;
        let admin = session(&runtime, &servers, "admin", &tokens[0])?;
        let deadline = Instant::now() + PATIENCE;
        while runtime.block_on(admin.read("/readyz")).is_err() {
            servers.check(deadline, "the API server to be ready")?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Cluster {
            runtime,
            servers,
            admin,
            tokens,
            next_user: AtomicUsize::new(1),
            next_name: AtomicUsize::new(1),
            controllers: OnceLock::new(),
        })
    }

    /// Runs what asks the API server for something.
    pub(crate) fn run<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    /// The user that may do everything.
    pub(crate) fn admin(&self) -> &Session {
        &self.admin
    }

    /// A user of the test's own, that may do nothing but ask what is served, until [`Cluster::grant`].
    pub(crate) fn user(&self) -> Session {
        let number = self.next_user.fetch_add(1, Ordering::Relaxed);
        let token = self.tokens.get(number);
        let token =
            token.unwrap_or_else(|| panic!("there are {USERS} users, all taken: raise `USERS`"));
        session(&self.runtime, &self.servers, &user_name(number), token).unwrap()
    }

    /// A user that is a service account of its own, with a token that the API server issued for it.
    pub(crate) fn service_account(&self, namespace: &str) -> Session {
        let name = self.name("account");
        let object = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}});
        self.run(self.admin.create(&object)).unwrap();
        let review =
            json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token");
        let request = http::Request::post(path)
            .header("content-type", "application/json")
            .body(review.to_string().into_bytes())
            .unwrap();
        let answer: Value = self.run(self.admin.client().request(request)).unwrap();
        let token = answer["status"]["token"].as_str().unwrap();
        let user = format!("system:serviceaccount:{namespace}:{name}");
        session(&self.runtime, &self.servers, &user, token).unwrap()
    }

    /// Where the API server is: its host and port.
    pub(crate) fn address(&self) -> (String, String) {
        let address = self.servers.url.trim_start_matches("https://");
        let (host, port) = address.rsplit_once(':').unwrap();
        (host.to_owned(), port.to_owned())
    }

    /// The file with the certificate by which the API server is known.
    pub(crate) fn authority(&self) -> PathBuf {
        self.servers.authority().into()
    }

    /// A new namespace, called `start` and a number.
    pub(crate) fn namespace(&self, start: &str) -> String {
        let name = self.name(start);
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.run(self.admin.create(&object)).unwrap();
        name
    }

    /// A name that nobody else in this suite has: `start` and a number.
    pub(crate) fn name(&self, start: &str) -> String {
        let number = self.next_name.fetch_add(1, Ordering::Relaxed);
        format!("{start}-{number}")
    }

    /// Gives a user the right to do what `rules` say (`[{"apiGroups", "resources", "verbs"}]`), in one namespace or in all,
    /// and waits until the API server acts by it.
    pub(crate) fn grant(&self, user: &Session, namespace: Option<&str>, rules: Value) {
        let (role, binding) = match namespace {
            Some(_) => ("Role", "RoleBinding"),
            None => ("ClusterRole", "ClusterRoleBinding"),
        };
        let api = "rbac.authorization.k8s.io";
        let name = self.name(user.name());
        let metadata = json!({"name": name, "namespace": namespace});
        let version = format!("{api}/v1");
        let role_object =
            json!({"apiVersion": version, "kind": role, "metadata": metadata, "rules": rules});
        let binding = json!({
            "apiVersion": version, "kind": binding, "metadata": metadata,
            "roleRef": {"apiGroup": api, "kind": role, "name": name},
            "subjects": [{"apiGroup": api, "kind": "User", "name": user.name()}],
        });
        self.run(self.admin.create(&role_object)).unwrap();
        self.run(self.admin.create(&binding)).unwrap();
        // The authorizer reads roles from a cache.
        let text = |rule: &Value, field: &str| rule[field][0].as_str().unwrap_or("").to_owned();
        for rule in rules.as_array().unwrap() {
            if !rule["resources"].is_array() {
                continue;
            }
            let resource = text(rule, "resources");
            let (resource, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
            let name = rule["resourceNames"][0].as_str();
            let review = json!({
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": {
                    "group": text(rule, "apiGroups"), "resource": resource, "subresource": subresource,
                    "verb": text(rule, "verbs"), "namespace": namespace.unwrap_or(""), "name": name,
                }},
            });
            self.wait(
                &format!("the right {rule} of {}", user.name()),
                async || user.create(&review).await.unwrap()["status"]["allowed"] == true,
            );
        }
    }

    /// Makes kinds known and waits until they are served. The garbage collector looks for new kinds every 30 seconds; it knows
    /// at once those that are defined before [`Cluster::controllers`].
    pub(crate) fn define<'d>(&self, definitions: impl IntoIterator<Item = &'d Definition>) {
        let objects: Vec<Value> = definitions.into_iter().map(Definition::object).collect();
        self.define_objects(&objects);
    }

    /// The same for definitions that are objects already.
    pub(crate) fn define_objects(&self, definitions: &[Value]) {
        for definition in definitions {
            self.run(self.admin.apply(definition)).unwrap();
        }
        for definition in definitions {
            let spec = &definition["spec"];
            let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
            for version in spec["versions"].as_array().unwrap() {
                let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
                let path = format!("/apis/{group}/{}", text(&version["name"]));
                if version["served"] != true {
                    continue;
                }
                let entry = format!("\"name\":\"{plural}\"");
                self.wait(&format!("{path}/{plural} to be served"), async || {
                    // First discovery names it, then it is there.
                    let discovered = self.admin.read(&path).await;
                    discovered.is_ok_and(|text| text.contains(&entry))
                        && self
                            .admin
                            .read(&format!("{path}/{plural}?limit=1"))
                            .await
                            .is_ok()
                });
            }
        }
    }

    /// Starts the garbage collector and the namespace controller, if nobody did yet. Without them a deleted object goes
    /// alone, and a deleted namespace stays.
    pub(crate) fn controllers(&self) {
        self.controllers.get_or_init(|| {
            self.servers
                .start_controllers(self.admin.kubeconfig())
                .unwrap();
            self.run(self.garbage_collected());
        });
    }

    /// Waits until the garbage collector has done something that was asked of it after this call: it has an owner deleted
    /// and waits for the dependent to go. What was asked before is being done by then, and mostly done; whoever needs to
    /// know that nothing more happens looks whether anything did between two such calls. Needs [`Cluster::controllers`].
    pub(crate) async fn garbage_collected(&self) {
        let map = |name: &str, owners: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default", "ownerReferences": owners}});
        let owner = map(&self.name("marker"), json!([]));
        let owner = self.admin.create(&owner).await.unwrap();
        let dependent = self.name("marker");
        let dependent = map(&dependent, json!([reference(&owner)]));
        self.admin.create(&dependent).await.unwrap();
        self.admin.delete(&owner, Default::default()).await.unwrap();
        self.wait_for("the garbage collector to collect a marker", async || {
            self.admin.get(&dependent).await.unwrap().is_none()
        })
        .await;
    }

    /// Waits until `holds` is true.
    pub(crate) fn wait(&self, what: &str, holds: impl AsyncFnMut() -> bool) {
        self.run(self.wait_for(what, holds));
    }

    /// [`Cluster::wait`] for those who are waiting already.
    pub(crate) async fn wait_for(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await {
            if let Err(why) = self.servers.check(deadline, what) {
                panic!("{why}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// An owner reference to an object as the API server gave it.
pub(crate) fn reference(owner: &Value) -> Value {
    json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"],
        "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
    })
}

fn user_name(number: usize) -> String {
    format!("user-{number}")
}

/// Random enough for a server that listens on loopback for the time of a test.
fn token() -> String {
    let number = || RandomState::new().hash_one(0);
    format!("{:016x}{:016x}", number(), number())
}

/// Writes the kubeconfig of a user and connects.
fn session(
    runtime: &tokio::runtime::Runtime,
    servers: &Servers,
    name: &str,
    token: &str,
) -> Result<Session, String> {
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": servers.url, "certificate-authority": servers.authority()}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
    });
    let path = servers.write(&format!("{name}.kubeconfig"), &kubeconfig.to_string())?;
    let connect = async {
        let config =
            kube::config::Kubeconfig::read_from(&path).map_err(|error| error.to_string())?;
        let mut config = kube::Config::from_custom_kubeconfig(config, &Default::default())
            .await
            .map_err(|error| error.to_string())?;
        // An answer that never comes must not hold the test for ever.
        config.read_timeout = Some(PATIENCE);
        config.reset_reader_on_write = true;
        kube::Client::try_from(config).map_err(|error| error.to_string())
    };
    let client = runtime
        .block_on(connect)
        .map_err(|error| format!("could not connect as {name}: {error}"))?;
    Ok(Session::new(name, path, client, &servers.program))
}
