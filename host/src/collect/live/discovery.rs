//! What the API server serves: which kinds, under which names, in which versions.

use super::request::{Accept, Api};
use super::trouble::Trouble;
use asogate_core::object::GroupKind;
use futures::StreamExt;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A kind that is served, in the version in which it is to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// The kind.
    pub kind: GroupKind,
    /// The version to read it in.
    pub version: String,
    /// Its name in paths and rules.
    pub plural: String,
    /// Whether its objects stand in namespaces.
    pub namespaced: bool,
    /// Whether its objects can be listed. What cannot be listed is not stored, as reviews of rights.
    pub listable: bool,
}

impl Resource {
    /// The path of its list, of one namespace or of the whole cluster.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let group = match self.kind.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        };
        match namespace {
            Some(namespace) => format!("{group}/namespaces/{namespace}/{}", self.plural),
            None => format!("{group}/{}", self.plural),
        }
    }

    /// `plural.group`, as kubectl names it.
    pub(super) fn name(&self) -> String {
        match self.kind.group.as_str() {
            "" => self.plural.clone(),
            group => format!("{}.{group}", self.plural),
        }
    }
}

/// Picks the version in which kinds of a group are read, of those that a kind is served in, given in the server's order
/// of preference; none to leave it at that order.
pub type PickVersion = fn(group: &str, versions: &[&str]) -> Option<usize>;

/// What is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Served {
    /// The kinds, sorted.
    pub(super) resources: Vec<Resource>,
    /// Groups of which it could not be found out what they serve, and why.
    pub(super) failed: BTreeMap<String, String>,
}

/// How often a server is asked what it serves.
const FIRST_ATTEMPTS: usize = 3;

/// Finds out what the groups serve that `wanted` picks.
pub(super) async fn discover(
    api: &Api,
    wanted: impl Fn(&str) -> bool,
    pick: PickVersion,
) -> Result<Served, Trouble> {
    let mut found = Found::default();
    // A server that cannot be reached at all is not waited for as long as one that was.
    let mut api = api.clone();
    api.patience.attempts = api.patience.attempts.min(FIRST_ATTEMPTS);
    let api = &api;
    for root in ["/api", "/apis"] {
        if root == "/api" && !wanted("") {
            continue;
        }
        let answer = api.get(root, Accept::Discovery).await?;
        let document: Document = parse(answer.text()?)?;
        let named = document.items.as_ref().map_or(0, Vec::len)
            + document.groups.as_ref().map_or(0, Vec::len);
        match document.kind.as_str() {
            "APIGroupDiscoveryList" => {
                for group in document.items.unwrap_or_default() {
                    if wanted(&group.metadata.name) {
                        found.aggregated(group);
                    }
                }
            }
            "APIVersions" => {
                found
                    .single(api, "", document.versions.unwrap_or_default())
                    .await?;
            }
            "APIGroupList" => {
                for group in document.groups.unwrap_or_default() {
                    if wanted(&group.name) {
                        let mut versions: Vec<String> = group
                            .versions
                            .into_iter()
                            .map(|version| version.version)
                            .collect();
                        // The preferred version need not stand first.
                        if let Some(preferred) = group.preferred_version {
                            versions.sort_by_key(|version| *version != preferred.version);
                        }
                        found.single(api, &group.name, versions).await?;
                    }
                }
            }
            _ => return Err(Trouble::Nonsense("it is not a list of API groups".into())),
        }
        // Every API server of Kubernetes serves the core group, and others beside it.
        if root == "/api" && !found.kinds.keys().any(|kind| kind.group.is_empty()) {
            let reason = "the API server names nothing that the core group serves, which cannot be all; see that nothing but an API server answers there, then check again";
            let failed = found.failed.entry(String::new());
            failed.or_insert_with(|| reason.to_owned());
        }
        if root == "/apis" && named == 0 {
            return Err(Trouble::Nonsense("it names no API group".into()));
        }
    }
    Ok(found.served(pick))
}

fn parse<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Trouble> {
    serde_json::from_str(text)
        .map_err(|_| Trouble::Nonsense("it does not say what is served".into()))
}

/// All of what `/api` and `/apis` can be.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    items: Option<Vec<Group>>,
    #[serde(default)]
    versions: Option<Vec<String>>,
    #[serde(default)]
    groups: Option<Vec<ListedGroup>>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: GroupName,
    #[serde(default)]
    versions: Option<Vec<GroupVersion>>,
}

#[derive(Default, Deserialize)]
struct GroupName {
    /// Absent for the core group.
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
    #[serde(default)]
    resources: Option<Vec<Discovered>>,
    #[serde(default)]
    freshness: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Discovered {
    resource: String,
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    verbs: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedGroup {
    name: String,
    #[serde(default)]
    versions: Vec<ListedVersion>,
    #[serde(default)]
    preferred_version: Option<ListedVersion>,
}

#[derive(Deserialize)]
struct ListedVersion {
    version: String,
}

#[derive(Deserialize)]
struct ResourceList {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    resources: Option<Vec<ListedResource>>,
}

#[derive(Deserialize)]
struct ListedResource {
    name: String,
    #[serde(default)]
    namespaced: bool,
    kind: String,
    #[serde(default)]
    verbs: Option<Vec<String>>,
}

/// What was found so far: of each kind the versions in the server's order.
#[derive(Default)]
struct Found {
    kinds: BTreeMap<GroupKind, Vec<Resource>>,
    failed: BTreeMap<String, String>,
}

/// How many groups are asked at once, where each must be asked for itself.
const GROUPS_AT_ONCE: usize = 8;

impl Found {
    fn aggregated(&mut self, group: Group) {
        let name = group.metadata.name;
        for version in group.versions.unwrap_or_default() {
            if version.freshness == "Stale" {
                let reason = format!(
                    "the server behind `{name}/{}` does not say what it serves; see that it runs, then check again",
                    version.version
                );
                self.failed.insert(name.clone(), reason);
            }
            for resource in version.resources.unwrap_or_default() {
                // Without a kind it is there for the sake of its subresources.
                let kind = resource
                    .response_kind
                    .map(|kind| kind.kind)
                    .unwrap_or_default();
                if !kind.is_empty() {
                    self.add(Resource {
                        kind: GroupKind::new(&name, kind),
                        version: version.version.clone(),
                        plural: resource.resource,
                        namespaced: resource.scope == "Namespaced",
                        listable: lists(resource.verbs),
                    });
                }
            }
        }
    }

    /// Asks each version of a group for itself.
    async fn single(
        &mut self,
        api: &Api,
        group: &str,
        versions: Vec<String>,
    ) -> Result<(), Trouble> {
        let asked = versions.into_iter().map(|version| async move {
            let path = match group {
                "" => format!("/api/{version}"),
                group => format!("/apis/{group}/{version}"),
            };
            let list = async {
                let answer = api.get(&path, Accept::Objects).await?;
                let list: ResourceList = parse(answer.text()?)?;
                match list.kind.as_str() {
                    "APIResourceList" => Ok(list),
                    _ => Err(Trouble::Nonsense("it is not a list of resources".into())),
                }
            };
            (list.await, version)
        });
        let mut asked = futures::stream::iter(asked).buffered(GROUPS_AT_ONCE);
        while let Some((list, version)) = asked.next().await {
            let list = match list {
                Ok(list) => list,
                Err(trouble) if trouble.is_about_everything() => return Err(trouble),
                Err(trouble) => {
                    let reason =
                        format!("could not find out what `{group}/{version}` serves: {trouble}");
                    self.failed.insert(group.to_owned(), reason);
                    continue;
                }
            };
            for resource in list.resources.unwrap_or_default() {
                if !resource.name.contains('/') {
                    self.add(Resource {
                        kind: GroupKind::new(group, resource.kind),
                        version: version.clone(),
                        plural: resource.name,
                        namespaced: resource.namespaced,
                        listable: lists(resource.verbs),
                    });
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, resource: Resource) {
        self.kinds
            .entry(resource.kind.clone())
            .or_default()
            .push(resource);
    }

    fn served(self, pick: PickVersion) -> Served {
        let mut resources = vec![];
        for (kind, candidates) in self.kinds {
            let versions: Vec<&str> = candidates
                .iter()
                .map(|resource| resource.version.as_str())
                .collect();
            let picked = pick(&kind.group, &versions).unwrap_or(0);
            resources.extend(candidates.into_iter().nth(picked));
        }
        Served {
            resources,
            failed: self.failed,
        }
    }
}

fn lists(verbs: Option<Vec<String>>) -> bool {
    verbs.is_some_and(|verbs| verbs.iter().any(|verb| verb == "list"))
}
