//! Arguments that several commands share, spelt as kubectl spells them.

use crate::steps::selection::{LabelSelector, Namespaces, ResourceArgument, Selection};
use asogate_core::change::Propagation;
use asogate_core::plan::Step;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Where the state of the cluster comes from.
#[derive(Args, Clone, Debug, Default)]
pub struct SnapshotArgs {
    /// Recorded cluster, instead of the live one: asogate snapshot files, or what `kubectl get … -o json|yaml` printed;
    /// files, folders, or - for standard input
    #[arg(
        long,
        value_name = "PATH",
        num_args = 1..,
        conflicts_with_all = ["kubeconfig", "context", "cluster", "user", "act_as", "act_as_group", "request_timeout", "secrets"]
    )]
    pub snapshot: Vec<PathBuf>,

    /// State that the recorded cluster is complete: bare, for every kind that occurs in it and every kind that a policy
    /// asks for; or only for the kinds given, for example `secrets,deployments.apps`
    #[arg(
        long,
        value_name = "KINDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "*"
    )]
    pub assume_complete: Option<String>,

    /// The live cluster, which is read if no recorded one is given.
    #[command(flatten)]
    pub live: LiveArgs,

    /// What to read of Secrets
    #[arg(long, help_heading = LIVE, value_enum, value_name = "WHAT")]
    pub secrets: Option<Secrets>,
}

/// The heading of the options of a live cluster.
const LIVE: &str = "Live cluster";

/// Which live cluster, and as whom, spelt as kubectl spells it.
#[derive(Args, Clone, Debug, Default)]
pub struct LiveArgs {
    /// The kubeconfig file [default: those of KUBECONFIG, else ~/.kube/config, else the pod's service account]
    #[arg(long, help_heading = LIVE, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig [default: its current one]
    #[arg(long, help_heading = LIVE, value_name = "NAME")]
    pub context: Option<String>,

    /// The cluster of the kubeconfig [default: that of the context]
    #[arg(long, help_heading = LIVE, value_name = "NAME")]
    pub cluster: Option<String>,

    /// The user of the kubeconfig [default: that of the context]
    #[arg(long, help_heading = LIVE, value_name = "NAME")]
    pub user: Option<String>,

    /// Act as this user
    #[arg(long = "as", help_heading = LIVE, value_name = "USER")]
    pub act_as: Option<String>,

    /// Act as a member of this group; may be given several times
    #[arg(long = "as-group", help_heading = LIVE, value_name = "GROUP", requires = "act_as")]
    pub act_as_group: Vec<String>,

    /// Time for one request, for example 30s or 2m; 0 for as long as it takes [default: 60s]
    #[arg(long, help_heading = LIVE, value_name = "TIME", value_parser = timeout)]
    pub request_timeout: Option<std::time::Duration>,
}

/// What is read of Secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Secrets {
    /// Names, owners, keys, and which values are empty or equal; values are dropped while they are parsed
    Keys,
    /// Names and owners only: what needs keys or values is not determined
    Metadata,
}

/// A duration as kubectl takes it: seconds, or numbers with units.
pub(super) fn timeout(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || "write it as `30s`, `2m` or `1m30s`; `0` for no limit".to_owned();
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(std::time::Duration::from_secs(seconds.into()));
    }
    let mut rest = text;
    let mut millis: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let letters = after.len() - after.trim_start_matches(char::is_alphabetic).len();
        let (unit, after) = after.split_at(letters);
        let unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        let number: u32 = number.parse().map_err(|_| wrong())?;
        millis = millis.saturating_add(u64::from(number) * unit);
        rest = after;
    }
    match text {
        "" => Err(wrong()),
        _ => Ok(std::time::Duration::from_millis(millis)),
    }
}

/// Import files.
#[derive(Args, Clone, Debug, Default)]
pub struct ManifestArgs {
    /// Import files: YAML or JSON manifests, files, folders (as asoctl's --output-folder writes them), or - for standard
    /// input
    #[arg(short = 'f', long = "filename", value_name = "PATH", num_args = 1..)]
    pub filename: Vec<PathBuf>,

    /// Look into the folders of the given folders too
    #[arg(short = 'R', long)]
    pub recursive: bool,
}

/// Which objects a step is for.
#[derive(Args, Clone, Debug, Default)]
pub struct SelectionArgs {
    /// Types and objects; none: all that the step is about
    #[arg(
        value_name = "TYPE[.GROUP][/NAME]",
        help = "Only objects of these types, or these objects: TYPE[.GROUP][/NAME]"
    )]
    pub resources: Vec<ResourceArgument>,

    /// Only objects of this namespace (for `import`: the namespace of manifests that name none)
    #[arg(
        short = 'n',
        long,
        value_name = "NAMESPACE",
        conflicts_with = "all_namespaces"
    )]
    pub namespace: Option<String>,

    /// Objects of all namespaces
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,

    /// Only objects with these labels, for example `app=shop,tier!=cache`
    #[arg(short = 'l', long = "selector", value_name = "LABELS")]
    pub selector: Option<LabelSelector>,

    /// For `cleanup`: what Kubernetes does with the dependents of the deleted objects [default: background]
    #[arg(long, value_enum, value_name = "PROPAGATION")]
    pub cascade: Option<Cascade>,
}

/// `kubectl delete --cascade`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Cascade {
    /// The objects go first, their dependents follow
    #[default]
    Background,
    /// The dependents go first
    Foreground,
    /// The dependents stay, but v1 deletes its own that are not paused all the same
    Orphan,
}

impl From<Cascade> for Propagation {
    fn from(cascade: Cascade) -> Propagation {
        match cascade {
            Cascade::Background => Propagation::Background,
            Cascade::Foreground => Propagation::Foreground,
            Cascade::Orphan => Propagation::Orphan,
        }
    }
}

impl SelectionArgs {
    /// The selection, if the arguments say which namespaces are meant.
    ///
    /// # Errors
    ///
    /// Without `-n` and `-A` for a step that selects live objects: a recorded cluster has no current namespace, and
    /// guessing one could leave objects unchecked.
    pub fn selection(&self, step: Step) -> Result<Selection, String> {
        let namespaces = match (&self.namespace, self.all_namespaces) {
            (Some(namespace), _) => Namespaces::One(namespace.clone()),
            (None, true) => Namespaces::All,
            (None, false) if step == Step::Import => Namespaces::All,
            (None, false) => {
                return Err(format!(
                    "`{step}` needs to know for which namespaces: give -n NAMESPACE, or -A for all"
                ));
            }
        };
        if step != Step::Cleanup && self.cascade.is_some() {
            return Err(format!(
                "--cascade says how objects are deleted, which `{step}` does not do"
            ));
        }
        Ok(Selection {
            namespaces,
            labels: self.selector.clone().unwrap_or_default(),
            resources: self.resources.clone(),
        })
    }

    /// What happens to the dependents of deleted objects.
    pub fn propagation(&self) -> Propagation {
        self.cascade.unwrap_or_default().into()
    }

    /// Whether anything is given of what a plan says itself.
    pub fn is_given(&self) -> bool {
        !self.resources.is_empty()
            || self.namespace.is_some()
            || self.all_namespaces
            || self.selector.is_some()
            || self.cascade.is_some()
    }
}

/// Which policies judge.
#[derive(Args, Clone, Debug, Default)]
pub struct PolicyArgs {
    /// A policy of your own, a WebAssembly component; may be given several times
    #[arg(long, value_name = "FILE.wasm")]
    pub policy: Vec<PathBuf>,

    /// Configuration file [default: asogate.yaml in the current folder, if there is one]
    #[arg(long, value_name = "FILE", env = "ASOGATE_CONFIG")]
    pub config: Option<PathBuf>,

    /// Where compiled policies are kept [default: the user's cache folder]; empty: nowhere
    // The parser of paths refuses an empty one.
    #[arg(long, value_name = "FOLDER", env = "ASOGATE_CACHE_DIR", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub cache_dir: Option<PathBuf>,
}

/// What waivers there are beside those of the configuration, and what is made of them.
#[derive(Args, Clone, Debug, Default)]
pub struct WaiverArgs {
    /// More waivers: a configuration file that holds nothing else
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub waivers: Vec<PathBuf>,

    /// Fail (exit code 1) if a waiver is expired, or covers nothing although its policy has judged
    #[arg(long)]
    pub strict_waivers: bool,

    /// Draft a waiver for each finding that denies, in a file for --waivers; reasons and owners are yours to fill in
    #[arg(long, value_name = "FILE")]
    pub write_waivers: Option<PathBuf>,

    /// With --write-waivers: write over a file that is there
    #[arg(long, requires = "write_waivers")]
    pub force: bool,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// For programs: one JSON document
    Json,
}

/// Output of commands that judge.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct OutputArgs {
    /// Output format
    #[arg(
        short = 'o',
        long,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        env = "ASOGATE_OUTPUT"
    )]
    pub output: Format,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_written_as_for_kubectl() {
        let millis = |text| timeout(text).map(|time| time.as_millis());
        assert_eq!(millis("30"), Ok(30_000));
        assert_eq!(millis("0"), Ok(0));
        assert_eq!(millis("1m30s"), Ok(90_000));
        assert_eq!(millis("250ms"), Ok(250));
        for text in ["", "s", "5x", "-1", "1.5s", "1s2", "99999999999s", "5 s"] {
            assert!(timeout(text).is_err(), "{text}");
        }
    }
}
