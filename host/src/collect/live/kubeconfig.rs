//! The kubeconfig files, merged as kubectl merges them, and what they name.

use super::target::{Names, Target, TargetError};
use kube::config::{Kubeconfig, KubeconfigError};

/// The files as one.
pub(super) struct Merged {
    pub(super) config: Kubeconfig,
    /// The files that were read, for messages.
    pub(super) files: String,
}

impl Merged {
    /// Reads the files of a target. Those that do not exist are passed over, unless they were named by a flag.
    pub(super) fn read(target: &Target) -> Result<Merged, TargetError> {
        let mut merged = Kubeconfig::default();
        let mut read = vec![];
        for path in &target.files {
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
                    if cause.kind() == std::io::ErrorKind::NotFound && !target.named => {}
                Err(cause) => return Err(error(words(&cause))),
            }
        }
        Ok(Merged {
            config: merged,
            files: read.join(", "),
        })
    }

    /// Whether nothing in them names a cluster.
    pub(super) fn is_empty(&self) -> bool {
        self.config.clusters.is_empty() && self.config.contexts.is_empty()
    }

    /// What they name.
    pub(super) fn names(&self) -> Names {
        let Kubeconfig {
            contexts,
            clusters,
            auth_infos,
            ..
        } = &self.config;
        Names {
            contexts: contexts.iter().map(|named| named.name.clone()).collect(),
            clusters: clusters.iter().map(|named| named.name.clone()).collect(),
            users: auth_infos.iter().map(|named| named.name.clone()).collect(),
        }
    }

    /// The context that is meant, of which everything is there that it refers to.
    pub(super) fn context(&self, target: &Target) -> Result<String, TargetError> {
        let Names {
            contexts,
            clusters,
            users,
        } = self.names();
        let unknown = |what, name: &str, names: &[String]| TargetError::Unknown {
            what,
            name: name.to_owned(),
            files: self.files.clone(),
            known: listed(names),
        };
        let current = self.config.current_context.as_deref();
        let current = current.filter(|name| !name.is_empty());
        let Some(name) = target.context.as_deref().or(current) else {
            return Err(TargetError::NoContext {
                files: self.files.clone(),
                known: listed(&contexts),
            });
        };
        let mut all = self.config.contexts.iter();
        let context = all.find(|context| context.name == name);
        let Some(context) = context.and_then(|named| named.context.as_ref()) else {
            return Err(unknown("context", name, &contexts));
        };
        let is_known = |names: &[String], name: &str| names.iter().any(|known| known == name);
        let cluster = target.cluster.as_deref().unwrap_or(&context.cluster);
        if !is_known(&clusters, cluster) {
            return Err(unknown("cluster", cluster, &clusters));
        }
        let user = target.user.as_deref().or(context.user.as_deref());
        match user.filter(|user| !user.is_empty() && !is_known(&users, user)) {
            Some(user) => Err(unknown("user", user, &users)),
            None => Ok(name.to_owned()),
        }
    }

    /// The proxy of the cluster that a context means, unless it is another one.
    pub(super) fn proxy(&self, context: &str, cluster: Option<&str>) -> Option<&str> {
        let mut contexts = self.config.contexts.iter();
        let context = contexts.find(|named| named.name == context)?;
        let cluster = cluster.or(Some(&context.context.as_ref()?.cluster))?;
        let mut clusters = self.config.clusters.iter();
        let cluster = clusters.find(|named| named.name == cluster)?;
        let proxy = cluster.cluster.as_ref()?.proxy_url.as_deref();
        proxy.filter(|proxy| !proxy.is_empty())
    }
}

/// What is wrong with a kubeconfig. The parser's own words can quote the file, which holds tokens.
pub(super) fn words(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(cause, _) => cause.to_string(),
        KubeconfigError::Parse(_) => {
            "it is not YAML of a kubeconfig; `kubectl config view` with the same file says more"
                .into()
        }
        // Its address can hold a password.
        KubeconfigError::ParseProxyUrl(_) => {
            "the proxy (`proxy-url`, HTTPS_PROXY) is no address; write it as `http://HOST:PORT`"
                .into()
        }
        other => other.to_string(),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".into();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
