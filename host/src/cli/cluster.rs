//! Opens the cluster that the arguments name.

use super::arguments::{LiveArgs, Secrets, SnapshotArgs};
use super::{Exit, Failure, inputs};
use crate::collect::coverage::AssumeComplete;
use crate::collect::files::Purpose;
use crate::collect::live::{Live, Pod, Proxies, Reading, Target};
use crate::collect::{Cluster, Dump, recording};
use crate::report::{page, progress};
use asogate_core::selector::KindPattern;
use std::env;
use std::path::PathBuf;

/// The cluster that the arguments name: the recorded one, else the live one.
pub(super) fn open(arguments: &SnapshotArgs) -> Result<Cluster, Failure> {
    if !arguments.snapshot.is_empty() {
        return Ok(Cluster::Recorded(recorded(arguments)?));
    }
    if arguments.assume_complete.is_some() {
        let why = "--assume-complete is about a recorded cluster; a live one says itself what could be read, so leave it out, or give --snapshot PATH";
        return Err(Failure::Usage(why.into()));
    }
    Ok(Cluster::Live(Box::new(live(
        &arguments.live,
        arguments.secrets,
    )?)))
}

/// The live cluster.
pub(super) fn live(arguments: &LiveArgs, secrets: Option<Secrets>) -> Result<Live, Failure> {
    let mut reading = Reading::new(version_to_read);
    if let Some(timeout) = arguments.request_timeout {
        reading.timeout = Some(timeout).filter(|timeout| !timeout.is_zero());
    }
    reading.secrets_as_metadata = secrets == Some(Secrets::Metadata);
    let progress = Box::new(progress::Bar::new());
    let target = target(arguments);
    Ok(Live::open(&target, reading, progress, interrupted)?)
}

/// Which live cluster is meant, by the arguments and the environment.
pub(super) fn target(arguments: &LiveArgs) -> Target {
    let either = |upper: &str, lower: &str| env::var(upper).or_else(|_| env::var(lower)).ok();
    let pod = |host| Pod {
        folder: Pod::FOLDER.into(),
        host,
        port: env::var("KUBERNETES_SERVICE_PORT").unwrap_or_default(),
    };
    let host = env::var("KUBERNETES_SERVICE_HOST").ok();
    Target {
        files: kubeconfigs(arguments),
        named: arguments.kubeconfig.is_some(),
        context: arguments.context.clone(),
        cluster: arguments.cluster.clone(),
        user: arguments.user.clone(),
        act_as: arguments.act_as.clone(),
        act_as_groups: arguments.act_as_group.clone(),
        pod: host.filter(|host| !host.is_empty()).map(pod),
        proxies: Proxies {
            https: either("HTTPS_PROXY", "https_proxy"),
            except: either("NO_PROXY", "no_proxy"),
        },
    }
}

/// The kubeconfig files, as kubectl finds them.
fn kubeconfigs(arguments: &LiveArgs) -> Vec<PathBuf> {
    if let Some(file) = &arguments.kubeconfig {
        return vec![file.clone()];
    }
    let listed: Vec<PathBuf> = env::var_os("KUBECONFIG")
        .map(|paths| env::split_paths(&paths).collect())
        .unwrap_or_default();
    let listed: Vec<PathBuf> = listed
        .into_iter()
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    if !listed.is_empty() {
        return listed;
    }
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"));
    home.map(|home| PathBuf::from(home).join(".kube").join("config"))
        .into_iter()
        .collect()
}

/// The version in which kinds of v2 are read: the newest one that is no preview, and none that only stores. The one that
/// the server prefers may be the oldest, and hides fields (FACTS 0.11).
fn version_to_read(group: &str, versions: &[&str]) -> Option<usize> {
    if !group.ends_with(asogate_aso::v2::GROUP_SUFFIX) {
        return None;
    }
    let written = versions
        .iter()
        .copied()
        .filter(|version| !version.ends_with("storage"));
    let newest = asogate_aso::versions::asoctl_import(written)?;
    versions.iter().position(|version| *version == newest)
}

/// The user has had enough. Nothing has been printed, and nothing will be.
fn interrupted() {
    progress::clear();
    recording::abandon();
    page::complain("interrupted; nothing was judged");
    leave();
}

/// Ends the program at once, and says that it was interrupted by its exit code alone.
pub(super) fn leave() {
    std::process::exit(i32::from(Exit::Interrupted as u8));
}

/// The recorded cluster.
fn recorded(arguments: &SnapshotArgs) -> Result<Dump, Failure> {
    let sources = inputs::open(&arguments.snapshot, Purpose::Snapshot, false)?;
    let assume = arguments.assume_complete.as_deref();
    if assume.is_some_and(|kinds| kinds.split(',').all(|kind| kind.trim().is_empty())) {
        let why = "`--assume-complete=` names no kind; name those that are complete, or leave out the `=` to vouch for all";
        return Err(Failure::Usage(why.into()));
    }
    let assume =
        AssumeComplete::from_flag(assume.map(|kinds| Some(kinds).filter(|kinds| *kinds != "*")));
    Ok(Dump::new(sources, assume, operators()))
}

/// A recorded cluster to look into, for which nobody vouches.
pub(super) fn recording(paths: &[PathBuf]) -> Result<Dump, Failure> {
    let sources = inputs::open(paths, Purpose::Snapshot, false)?;
    Ok(Dump::new(sources, AssumeComplete::Nothing, operators()))
}

/// The kinds of both operators, whose objects never stand alone in a cluster (see `collect::coverage`).
fn operators() -> Vec<KindPattern> {
    let pattern = |group: String| KindPattern::new(group, "*");
    vec![
        pattern(asogate_aso::v1::GROUP.into()),
        pattern(format!("*{}", asogate_aso::v2::GROUP_SUFFIX)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v2_is_read_in_its_newest_version_that_is_no_preview_and_the_rest_as_the_server_prefers() {
        let read = |group, versions: &[&'static str]| {
            version_to_read(group, versions).map(|place| versions[place])
        };
        let eventhub = [
            "v1api20211101",
            "v1api20240101",
            "v1api20240101storage",
            "v20250101preview",
        ];
        assert_eq!(read("eventhub.azure.com", &eventhub), Some("v1api20240101"));
        assert_eq!(
            read("cache.azure.com", &["v1api20241101", "v20241101"]),
            Some("v20241101")
        );
        assert_eq!(read("cache.azure.com", &["v20241101storage"]), None);
        assert_eq!(read("sql.azure.com", &["v1"]), Some("v1"));
        assert_eq!(read("azure.microsoft.com", &["v1beta1", "v1alpha1"]), None);
        assert_eq!(read("apps", &["v1"]), None);
    }
}
