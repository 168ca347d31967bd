//! Which cluster is meant, and as whom: kubectl's files and flags, or the pod that asogate runs in.

use super::proxy;
use super::trouble::credentials;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use std::path::PathBuf;

/// Which cluster is meant, and as whom.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The kubeconfig files, the first to say something wins.
    pub files: Vec<PathBuf>,
    /// The files were named, by a flag; else those that do not exist are passed over.
    pub named: bool,
    /// A context other than the current one.
    pub context: Option<String>,
    /// A cluster other than that of the context.
    pub cluster: Option<String>,
    /// A user other than that of the context.
    pub user: Option<String>,
    /// Whom to act as.
    pub act_as: Option<String>,
    /// In which groups.
    pub act_as_groups: Vec<String>,
    /// Whether asogate runs in a pod, whose service account serves if there is no kubeconfig.
    pub in_cluster: bool,
    /// The servers that the environment's proxy is not meant for (`NO_PROXY`).
    pub no_proxy: Option<String>,
}

/// Why it is not clear which cluster is meant, or as whom. Nothing has been asked of it then.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// There is nothing that names a cluster.
    #[error(
        "could not find a cluster: {searched}; name a kubeconfig with --kubeconfig or KUBECONFIG, or a recorded cluster with --snapshot PATH"
    )]
    Nowhere {
        /// Where it was looked for.
        searched: String,
    },
    /// A file cannot be read.
    #[error("could not read the kubeconfig `{path}`: {cause}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        cause: String,
    },
    /// No context is current.
    #[error("no context is current in {files}; name one with --context: {known}")]
    NoContext {
        /// The files.
        files: String,
        /// The contexts there are.
        known: String,
    },
    /// A name that does not exist.
    #[error("there is no {what} `{name}` in {files}; there are {known}")]
    Unknown {
        /// Context, cluster or user.
        what: &'static str,
        /// The name.
        name: String,
        /// The files.
        files: String,
        /// The names there are.
        known: String,
    },
    /// What a context refers to cannot be used.
    #[error("could not use {place}: {cause}")]
    Unusable {
        /// The context and its files, or the pod.
        place: String,
        /// What is wrong.
        cause: String,
    },
}

/// A cluster that was found, not yet connected to.
pub(super) struct Found {
    pub(super) config: Config,
    /// The context, or the pod, for messages.
    pub(super) place: String,
}

impl Target {
    /// Finds the cluster in the files.
    pub(super) async fn find(&self) -> Result<Found, TargetError> {
        let mut merged = Kubeconfig::default();
        let mut read = vec![];
        for path in &self.files {
            let shown = path.display().to_string();
            let error = |cause: String| TargetError::File {
                path: shown.clone(),
                cause,
            };
            match Kubeconfig::read_from(path) {
                Ok(config) => {
                    read.push(format!("`{shown}`"));
                    merged = merged.merge(config).map_err(|cause| error(words(&cause)))?;
                }
                Err(KubeconfigError::ReadConfig(cause, _))
                    if cause.kind() == std::io::ErrorKind::NotFound && !self.named => {}
                Err(cause) => return Err(error(words(&cause))),
            }
        }
        let files = read.join(", ");
        if merged.clusters.is_empty() && merged.contexts.is_empty() {
            return self.in_cluster(&files);
        }
        let context = self.context(&merged, &files)?;
        let place = format!("context `{context}`");
        let options = KubeConfigOptions {
            context: Some(context),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
        };
        let config = Config::from_custom_kubeconfig(merged.clone(), &options).await;
        let mut config = config.map_err(|cause| TargetError::Unusable {
            place: format!("{place} of {files}"),
            cause: words(&cause),
        })?;
        // The proxy of a kubeconfig is always meant, that of the environment not for every server.
        let is_named = merged
            .clusters
            .iter()
            .filter_map(|named| named.cluster.as_ref())
            .any(|cluster| {
                let server = cluster
                    .server
                    .as_deref()
                    .and_then(|server| server.parse().ok());
                server.as_ref() == Some(&config.cluster_url)
                    && cluster
                        .proxy_url
                        .as_deref()
                        .is_some_and(|proxy| !proxy.is_empty())
            });
        if !is_named && proxy::is_exempt(&config.cluster_url, self.no_proxy.as_deref()) {
            config.proxy_url = None;
        }
        self.act(&mut config);
        Ok(Found { config, place })
    }

    fn in_cluster(&self, files: &str) -> Result<Found, TargetError> {
        let place = "the service account of this pod".to_owned();
        let names_something =
            self.context.is_some() || self.cluster.is_some() || self.user.is_some();
        if !self.in_cluster || self.named || names_something {
            let searched = match (files, self.files.is_empty()) {
                ("", true) => "there is no kubeconfig".to_owned(),
                ("", false) => {
                    let all: Vec<String> = self
                        .files
                        .iter()
                        .map(|path| format!("`{}`", path.display()))
                        .collect();
                    format!("{} does not exist", all.join(", "))
                }
                (files, _) => format!("{files} names none"),
            };
            return Err(TargetError::Nowhere { searched });
        }
        let mut config = Config::incluster().map_err(|cause| TargetError::Unusable {
            place: place.clone(),
            cause: cause.to_string(),
        })?;
        self.act(&mut config);
        Ok(Found { config, place })
    }

    fn context(&self, config: &Kubeconfig, files: &str) -> Result<String, TargetError> {
        let contexts: Vec<&str> = config
            .contexts
            .iter()
            .map(|context| context.name.as_str())
            .collect();
        let unknown = |what, name: &str, names: &[&str]| TargetError::Unknown {
            what,
            name: name.to_owned(),
            files: files.to_owned(),
            known: listed(names),
        };
        let current = config
            .current_context
            .as_deref()
            .filter(|name| !name.is_empty());
        let Some(name) = self.context.as_deref().or(current) else {
            return Err(TargetError::NoContext {
                files: files.to_owned(),
                known: listed(&contexts),
            });
        };
        let context = config.contexts.iter().find(|context| context.name == name);
        let Some(context) = context.and_then(|named| named.context.as_ref()) else {
            return Err(unknown("context", name, &contexts));
        };
        let clusters: Vec<&str> = config
            .clusters
            .iter()
            .map(|cluster| cluster.name.as_str())
            .collect();
        let cluster = self.cluster.as_deref().unwrap_or(&context.cluster);
        if !clusters.contains(&cluster) {
            return Err(unknown("cluster", cluster, &clusters));
        }
        let users: Vec<&str> = config
            .auth_infos
            .iter()
            .map(|user| user.name.as_str())
            .collect();
        let user = self.user.as_deref().or(context.user.as_deref());
        match user.filter(|user| !user.is_empty() && !users.contains(user)) {
            Some(user) => Err(unknown("user", user, &users)),
            None => Ok(name.to_owned()),
        }
    }

    fn act(&self, config: &mut Config) {
        if self.act_as.is_some() || !self.act_as_groups.is_empty() {
            // A flag replaces the whole identity that the file would act as.
            config.auth_info.impersonate = self.act_as.clone();
            config.auth_info.impersonate_groups = Some(self.act_as_groups.clone());
        }
    }
}

impl Found {
    /// The address of the API server.
    pub(super) fn server(&self) -> String {
        address(&self.config.cluster_url)
    }

    /// A client for the cluster. Runs the credential plugin, if there is one.
    pub(super) fn client(mut self) -> Result<kube::Client, TargetError> {
        // Attempts are ours, so that each failure is told and timed as one.
        self.config.default_retry = false;
        self.config.read_timeout = None;
        let plugin = self
            .config
            .auth_info
            .exec
            .as_ref()
            .and_then(|exec| exec.command.clone());
        let place = match plugin {
            Some(plugin) => format!("{} with its plugin `{plugin}`", self.place),
            None => self.place,
        };
        kube::Client::try_from(self.config).map_err(|error| TargetError::Unusable {
            place,
            cause: cause(&error),
        })
    }
}

fn cause(error: &kube::Error) -> String {
    match error {
        kube::Error::Auth(error) => format!("could not get credentials: {}", credentials(error)),
        kube::Error::InferKubeconfig(error) => words(error),
        kube::Error::ProxyProtocolDisabled { proxy_url, .. } => format!(
            "it is to be reached through the proxy `{}`, and this asogate speaks to none; add it to NO_PROXY, or remove `proxy-url` from the kubeconfig",
            host(proxy_url)
        ),
        other => other.to_string(),
    }
}

/// The address of a server without the password that can stand in it.
fn address(url: &http::Uri) -> String {
    let scheme = url.scheme_str().unwrap_or("https");
    let host = url.host().unwrap_or("?");
    let port = url.port_u16().map(|port| format!(":{port}"));
    let path = url.path().trim_end_matches('/');
    format!("{scheme}://{host}{}{path}", port.unwrap_or_default())
}

/// A proxy without the password that can stand in its address.
fn host(url: &http::Uri) -> String {
    format!(
        "{}:{}",
        url.host().unwrap_or("?"),
        url.port_u16().unwrap_or(80)
    )
}

/// What is wrong with a kubeconfig. The parser's own words can quote the file, which holds tokens.
fn words(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(cause, _) => cause.to_string(),
        KubeconfigError::Parse(_) => {
            "it is not YAML of a kubeconfig; `kubectl config view` with the same file says more"
                .into()
        }
        other => other.to_string(),
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        return "none".into();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_server_is_told_without_its_password() {
        for (given, told) in [
            ("https://user:hunter2@host:6443/", "https://host:6443"),
            (
                "https://host/k8s/clusters/c-1",
                "https://host/k8s/clusters/c-1",
            ),
            ("https://[::1]:6443", "https://[::1]:6443"),
        ] {
            assert_eq!(address(&given.parse().unwrap()), told);
        }
    }
}
