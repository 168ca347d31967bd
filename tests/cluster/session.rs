//! What one user asks of the API server. Objects go in and come out as JSON, with every field that they have.

use asogate_core::change::Propagation;
use kube::core::params::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::request::Request;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Resource};
use kube::discovery::Scope;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// Who applies, as `managedFields` says it.
const FIELD_MANAGER: &str = "asogate-tests";

/// What the API server calls each `apiVersion` and `kind`.
type Kinds = BTreeMap<(String, String), (ApiResource, Scope)>;

/// A user of the cluster, with a client. All that it asks must run inside of [`super::Cluster::run`]. Clones share
/// connections.
#[derive(Clone)]
pub(crate) struct Session {
    name: String,
    kubeconfig: PathBuf,
    client: kube::Client,
    kinds: Arc<Mutex<Kinds>>,
    program: PathBuf,
}

impl Session {
    pub(super) fn new(
        name: &str,
        kubeconfig: PathBuf,
        client: kube::Client,
        program: &Path,
    ) -> Session {
        Session {
            name: name.to_owned(),
            kubeconfig,
            client,
            kinds: Arc::default(),
            program: program.to_owned(),
        }
    }

    /// The user's name, for role bindings.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A kubeconfig file with which a program is this user.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// What its kubeconfig would be if the API server were somewhere else.
    pub(crate) fn kubeconfig_at(&self, url: &str) -> String {
        let text = std::fs::read_to_string(&self.kubeconfig).unwrap();
        let mut config: Value = serde_json::from_str(&text).unwrap();
        config["clusters"][0]["cluster"]["server"] = url.into();
        config.to_string()
    }

    /// By what the API server knows this user.
    pub(crate) fn token(&self) -> String {
        let text = std::fs::read_to_string(&self.kubeconfig).unwrap();
        let config: Value = serde_json::from_str(&text).unwrap();
        config["users"][0]["user"]["token"].as_str().unwrap().into()
    }

    /// The program whose first argument `kubectl` makes it kubectl.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// kubectl as this user, with arguments that contain no blanks. It must not run inside of [`super::Cluster::run`].
    ///
    /// # Errors
    ///
    /// What it said, if it failed.
    pub(crate) fn kubectl(&self, arguments: &str, input: &str) -> Result<String, String> {
        let home = self.kubeconfig.parent().unwrap();
        let mut kubectl = Command::new(&self.program)
            .arg("kubectl")
            .args(arguments.split_whitespace())
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = kubectl.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // Not every command reads it.
            scope.spawn(move || stdin.write_all(input.as_bytes()));
            kubectl.wait_with_output().unwrap()
        });
        let text = |bytes| String::from_utf8(bytes).unwrap();
        match output.status.success() {
            true => Ok(text(output.stdout)),
            false => Err(text(output.stderr)),
        }
    }

    /// The client itself, for what this type has no word for.
    pub(crate) fn client(&self) -> kube::Client {
        self.client.clone()
    }

    /// Applies an object as `kubectl apply --server-side --force-conflicts` does, and returns it as it is now.
    pub(crate) async fn apply(&self, object: &Value) -> kube::Result<Value> {
        let (path, name) = self.place(object).await?;
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let request = Request::new(path).patch(&name, &params, &Patch::Apply(object));
        self.send(request).await
    }

    /// Creates an object: fails if it is there.
    pub(crate) async fn create(&self, object: &Value) -> kube::Result<Value> {
        let path = self.path(object).await?;
        let params = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        let request = Request::new(path).create(&params, bytes(object)?);
        self.send(request).await
    }

    /// Changes an object by a JSON merge patch (RFC 7386). `object` needs `apiVersion`, `kind` and its names only.
    pub(crate) async fn patch(&self, object: &Value, merge: &Value) -> kube::Result<Value> {
        let (path, name) = self.place(object).await?;
        let params = PatchParams::default();
        let request = Request::new(path).patch(&name, &params, &Patch::Merge(merge));
        self.send(request).await
    }

    /// Writes the status of an object of a kind that has it as a subresource.
    pub(crate) async fn set_status(&self, object: &Value, status: &Value) -> kube::Result<Value> {
        let (path, name) = self.place(object).await?;
        let merge = serde_json::json!({ "status": status });
        let params = PatchParams::default();
        let merge = Patch::Merge(&merge);
        let request = Request::new(path).patch_subresource("status", &name, &params, &merge);
        self.send(request).await
    }

    /// Asks for an object to be deleted. What the server answers is of two kinds (the object, or a status), so it is
    /// dropped; [`Session::get`] tells what became of it.
    pub(crate) async fn delete(
        &self,
        object: &Value,
        propagation: Propagation,
    ) -> kube::Result<()> {
        let (path, name) = self.place(object).await?;
        let params = match propagation {
            Propagation::Background => DeleteParams::background(),
            Propagation::Foreground => DeleteParams::foreground(),
            Propagation::Orphan => DeleteParams::orphan(),
        };
        let request = Request::new(path).delete(&name, &params);
        self.send(request).await.map(drop)
    }

    /// The object as it is now; none if it does not exist. Needs `apiVersion`, `kind` and its names only.
    pub(crate) async fn get(&self, object: &Value) -> kube::Result<Option<Value>> {
        let (path, name) = self.place(object).await?;
        let request = Request::new(path).get(&name, &Default::default());
        match self.send(request).await {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// All objects of a kind (`v1`, `ConfigMap`), of one namespace or of all, each with its `apiVersion` and `kind`.
    pub(crate) async fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
    ) -> kube::Result<Vec<Value>> {
        let (resource, _) = self.resource(api_version, kind).await?;
        let path = DynamicObject::url_path(&resource, namespace);
        let mut list = self
            .send(Request::new(path).list(&ListParams::default()))
            .await?;
        let Some(Value::Array(mut items)) = list.get_mut("items").map(Value::take) else {
            return Ok(vec![]);
        };
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            item.insert("apiVersion".into(), api_version.into());
            item.insert("kind".into(), kind.into());
        }
        Ok(items)
    }

    /// What a path of the API server says, as text.
    pub(crate) async fn read(&self, path: &str) -> kube::Result<String> {
        let request = http::Request::get(path).body(vec![]);
        self.client
            .request_text(request.map_err(kube::Error::HttpError)?)
            .await
    }

    async fn send(
        &self,
        request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> kube::Result<Value> {
        let request = request.map_err(kube::Error::BuildRequest)?;
        self.client.request(request).await
    }

    /// The path under which objects like this one are, and its name.
    async fn place(&self, object: &Value) -> kube::Result<(String, String)> {
        let name = object["metadata"]["name"].as_str();
        let name = name.unwrap_or_else(|| panic!("this object has no name: {object}"));
        Ok((self.path(object).await?, name.to_owned()))
    }

    async fn path(&self, object: &Value) -> kube::Result<String> {
        let (Some(api_version), Some(kind)) =
            (object["apiVersion"].as_str(), object["kind"].as_str())
        else {
            panic!("not an object: {object}");
        };
        let (resource, scope) = self.resource(api_version, kind).await?;
        let namespace = object["metadata"]["namespace"].as_str();
        let namespace = namespace.filter(|_| scope == Scope::Namespaced);
        Ok(DynamicObject::url_path(&resource, namespace))
    }

    /// How the API server calls a kind. Asked once.
    async fn resource(&self, api_version: &str, kind: &str) -> kube::Result<(ApiResource, Scope)> {
        let key = (api_version.to_owned(), kind.to_owned());
        let known = self.kinds.lock().unwrap().get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let (group, version) = asogate_core::object::split_api_version(api_version);
        let kind = GroupVersionKind::gvk(group, version, kind);
        let (resource, capabilities) = kube::discovery::pinned_kind(&self.client, &kind).await?;
        let found = (resource, capabilities.scope);
        self.kinds.lock().unwrap().insert(key, found.clone());
        Ok(found)
    }
}

fn bytes(object: &Value) -> kube::Result<Vec<u8>> {
    serde_json::to_vec(object).map_err(kube::Error::SerdeError)
}

/// The HTTP code with which the API server refused something; none for any other end.
pub(crate) fn refusal<T>(answer: &kube::Result<T>) -> Option<u16> {
    match answer {
        Err(kube::Error::Api(status)) => Some(status.code),
        _ => None,
    }
}
