//! Which cluster is meant, and as whom: kubectl's files and flags, or the pod that asogate runs in.

use super::kubeconfig::{Merged, words};
use super::pod::Pod;
use super::proxy::{self, Proxies};
use kube::Config;
use kube::config::KubeConfigOptions;
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
    /// The pod that asogate runs in, whose service account serves if there is no kubeconfig.
    pub pod: Option<Pod>,
    /// The proxies that the environment names.
    pub proxies: Proxies,
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
    /// The proxy through which it is reached.
    pub(super) proxy: Option<http::Uri>,
    /// The context, or the pod, for messages.
    pub(super) place: String,
}

/// Names that a user can choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The contexts.
    pub contexts: Vec<String>,
    /// The clusters.
    pub clusters: Vec<String>,
    /// The users.
    pub users: Vec<String>,
}

impl Target {
    /// What the files name, in their order.
    ///
    /// # Errors
    ///
    /// [`TargetError::File`] if a file cannot be read.
    pub fn names(&self) -> Result<Names, TargetError> {
        Ok(Merged::read(self)?.names())
    }

    /// Finds the cluster in the files, else that of the pod.
    pub(super) async fn find(&self) -> Result<Found, TargetError> {
        let merged = Merged::read(self)?;
        if merged.is_empty() {
            return self.in_pod(&merged.files);
        }
        let context = merged.context(self)?;
        let place = format!("context `{context}`");
        let unusable = |cause| TargetError::Unusable {
            place: format!("{place} of {}", merged.files),
            cause,
        };
        let options = KubeConfigOptions {
            context: Some(context.clone()),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
        };
        let config = Config::from_custom_kubeconfig(merged.config.clone(), &options).await;
        let config = config.map_err(|cause| unusable(words(&cause)))?;
        // The proxy of a kubeconfig is always meant, that of the environment not for every server.
        let named = merged.proxy(&context, self.cluster.as_deref());
        let proxy = match named {
            Some(named) => Some(proxy::parsed(named).map_err(unusable)?),
            None => self.proxies.of(&config.cluster_url).map_err(unusable)?,
        };
        Ok(self.found(config, proxy, place))
    }

    fn in_pod(&self, files: &str) -> Result<Found, TargetError> {
        let names_something =
            self.context.is_some() || self.cluster.is_some() || self.user.is_some();
        let pod = self.pod.as_ref();
        let Some(pod) = pod.filter(|_| !self.named && !names_something) else {
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
        };
        let place = "the service account of this pod".to_owned();
        let unusable = |cause| TargetError::Unusable {
            place: place.clone(),
            cause,
        };
        let config = pod.config().map_err(unusable)?;
        let proxy = self.proxies.of(&config.cluster_url).map_err(unusable)?;
        Ok(self.found(config, proxy, place))
    }

    fn found(&self, mut config: Config, proxy: Option<http::Uri>, place: String) -> Found {
        // Whatever was found in the environment, it was looked at here.
        config.proxy_url = None;
        if self.act_as.is_some() || !self.act_as_groups.is_empty() {
            // A flag replaces the whole identity that the file would act as.
            config.auth_info.impersonate = self.act_as.clone();
            config.auth_info.impersonate_groups = Some(self.act_as_groups.clone());
        }
        Found {
            config,
            proxy,
            place,
        }
    }
}
