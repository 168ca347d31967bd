//! Opens what the arguments name: configuration, policies, import files.

use super::Failure;
use super::arguments::{ManifestArgs, PolicyArgs};
use crate::collect::files::{self, Purpose};
use crate::collect::input_error::InputError;
use crate::collect::manifest::{self, Manifest};
use crate::collect::{document, text::Source};
use crate::config::{Config, PolicyEntry};
use crate::engine::Engine;
use crate::engine::cache::Cache;
use crate::engine::catalogue::UserPolicy;
use crate::panel::{self, Candidate, Origin};
use crate::runbook;
use asogate_core::finding::Code;
use asogate_core::waiver::Waiver;
use std::path::{Path, PathBuf};

/// The file that is read if no other one is named.
pub(super) const DEFAULT_CONFIG: &str = "asogate.yaml";

/// Names that people give it by mistake.
const OTHER_NAMES: [&str; 3] = ["asogate.yml", "asogate.json", ".asogate.yaml"];

/// The configuration, and the policies that it and the command line name.
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) candidates: Vec<Candidate>,
    pub(super) engine: Engine,
}

/// Reads the configuration and opens the policies.
pub(super) fn setup(arguments: &PolicyArgs) -> Result<Setup, Failure> {
    setup_with(arguments, vec![])
}

/// The same, with more waivers.
pub(super) fn setup_with(arguments: &PolicyArgs, waivers: Vec<Waiver>) -> Result<Setup, Failure> {
    let engine = Engine::new(cache(arguments.cache_dir.as_deref())?)?;
    let (mut config, folder) = config(arguments.config.as_deref())?;
    config.waivers.extend(waivers);
    let mut candidates = Candidate::built_in();
    for entry in &config.policies {
        configure(&mut candidates, entry, &folder)?;
    }
    for path in &arguments.policy {
        candidates.push(Candidate {
            origin: Origin::User(UserPolicy {
                name: path.display().to_string(),
                wasm: read_policy(path)?,
                sha256: None,
            }),
            enabled: true,
            settings: serde_json::Map::new(),
        });
    }
    let setup = Setup {
        config,
        candidates,
        engine,
    };
    setup.check_codes()?;
    Ok(setup)
}

/// A policy's component; the engine refuses larger ones anyway.
fn read_policy(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(files::read_policy(
        path,
        crate::engine::limits::COMPONENT_BYTES as u64,
    )?)
}

/// The compile cache: where the arguments say, else in the user's cache folder, if that can be kept private.
fn cache(folder: Option<&Path>) -> Result<Option<Cache>, Failure> {
    match folder {
        Some(folder) if folder.as_os_str().is_empty() => Ok(None),
        Some(folder) => Ok(Some(Cache::open(folder)?)),
        None => {
            let variable = std::env::var_os;
            let folder = Cache::default_path(variable("XDG_CACHE_HOME"), variable("HOME"));
            Ok(folder.and_then(|folder| Cache::open(&folder).ok()))
        }
    }
}

fn config(path: Option<&Path>) -> Result<(Config, PathBuf), Failure> {
    let path = match path {
        Some(path) => path,
        // A link that leads nowhere is a configuration that is lost, not one that was never there.
        None if Path::new(DEFAULT_CONFIG).symlink_metadata().is_ok() => Path::new(DEFAULT_CONFIG),
        None => {
            // Nobody writes one of these to have it ignored: policies of the organisation would silently not run.
            let other = OTHER_NAMES
                .iter()
                .find(|name| Path::new(name).symlink_metadata().is_ok());
            return match other {
                Some(other) => Err(Failure::Usage(format!(
                    "there is a file `{other}`, but the configuration is read from `{DEFAULT_CONFIG}`; rename it, or name it with --config"
                ))),
                None => Ok((Config::default(), PathBuf::new())),
            };
        }
    };
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    Ok((read_config(path)?, folder))
}

/// Reads one configuration file.
pub(super) fn read_config(path: &Path) -> Result<Config, Failure> {
    let source = files::read_config(path)?;
    let document = document::single(&source)?;
    Config::from_value(document.value.clone()).map_err(|error| {
        let at = document::position(&source, &document, &error.path());
        Failure::Usage(format!("could not read the configuration: {at}: {error}"))
    })
}

fn configure(
    candidates: &mut Vec<Candidate>,
    entry: &PolicyEntry,
    folder: &Path,
) -> Result<(), Failure> {
    match (&entry.name, &entry.path) {
        (Some(name), _) => {
            let known: Vec<String> = candidates
                .iter()
                .map(|candidate| candidate.name().to_owned())
                .collect();
            let candidate = candidates
                .iter_mut()
                .find(|candidate| candidate.name() == name);
            let candidate =
                candidate.ok_or_else(|| Failure::Usage(unknown_policy(name, &known)))?;
            candidate.enabled = entry.enabled;
            candidate.settings = entry.settings.clone();
        }
        (None, Some(path)) => {
            let file = folder.join(path);
            candidates.push(Candidate {
                origin: Origin::User(UserPolicy {
                    name: path.display().to_string(),
                    // A policy that is turned off need not even exist.
                    wasm: if entry.enabled {
                        read_policy(&file)?
                    } else {
                        vec![]
                    },
                    sha256: entry
                        .sha256
                        .as_ref()
                        .map(|pin| pin.trim_start_matches("sha256:").to_owned()),
                }),
                enabled: entry.enabled,
                settings: entry.settings.clone(),
            });
        }
        (None, None) => {}
    }
    Ok(())
}

/// What to say of a policy that does not exist.
pub(super) fn unknown_policy(name: &str, known: &[String]) -> String {
    let near = known
        .iter()
        .filter_map(|known| {
            asogate_aso::spelling::distance(name, known, 3).map(|distance| (distance, known))
        })
        .min();
    match near {
        Some((_, near)) => format!("there is no built-in policy `{name}`; did you mean `{near}`?"),
        None => format!(
            "there is no built-in policy `{name}`; there are {}",
            known.join(", ")
        ),
    }
}

/// What to say of a code of runbooks that does not exist.
pub(super) fn unknown_runbook_code(name: &str) -> String {
    let known: Vec<&str> = runbook::CODES.iter().map(|code| code.name).collect();
    format!(
        "there is no code `{name}` for runbooks; there are {}",
        known.join(", ")
    )
}

impl Setup {
    /// Refuses levels and waivers for codes that do not exist: a misspelt one would silently do nothing.
    fn check_codes(&self) -> Result<(), Failure> {
        let levels = self.config.levels.keys().cloned();
        let waivers = self
            .config
            .waivers
            .iter()
            .filter_map(|waiver| Code::try_from(waiver.code.clone()).ok());
        let mut named: Vec<Code> = levels.chain(waivers).collect();
        named.sort();
        named.dedup();
        for code in named.extract_if(.., |code| code.policy == runbook::POLICY) {
            if !code.code.contains('*') && runbook::find(&code.code).is_none() {
                let why = unknown_runbook_code(&code.code);
                return Err(Failure::Usage(format!(
                    "the configuration names `{code}`, but {why}"
                )));
            }
        }
        if named.is_empty() {
            return Ok(());
        }
        let enabled: Vec<&Candidate> = self
            .candidates
            .iter()
            .filter(|candidate| candidate.enabled)
            .collect();
        // A policy that does not load is reported by the run itself, and its codes are not known.
        let policies: Vec<_> = panel::load(&self.engine, &enabled)
            .into_iter()
            .filter_map(Result::ok)
            .collect();
        let all_known = policies.len() == self.candidates.len();
        for code in named {
            let Some(policy) = policies.iter().find(|policy| policy.id() == code.policy) else {
                if all_known {
                    let known: Vec<String> = policies
                        .iter()
                        .map(|policy| policy.id().to_owned())
                        .collect();
                    let why = unknown_policy(&code.policy, &known);
                    return Err(Failure::Usage(format!(
                        "the configuration names `{code}`, but {why}"
                    )));
                }
                continue;
            };
            if !code.code.contains('*') && policy.manifest().code(&code.code).is_none() {
                let known: Vec<&str> = policy
                    .manifest()
                    .codes
                    .iter()
                    .map(|code| code.name.as_str())
                    .collect();
                return Err(Failure::Usage(format!(
                    "the configuration names `{code}`, but policy `{}` has no such code; it has {}",
                    code.policy,
                    known.join(", ")
                )));
            }
        }
        Ok(())
    }
}

/// Loads the import files.
pub(super) fn manifests(arguments: &ManifestArgs) -> Result<Vec<Manifest>, Failure> {
    let sources = open(&arguments.filename, Purpose::Manifests, arguments.recursive)?;
    match manifest::load(&sources, None) {
        // Files without any object are understood well: there is nothing to judge, which the verdict says.
        Err(error) if error.is_nothing() => Ok(vec![]),
        loaded => Ok(loaded?),
    }
}

/// Opens what the user names, standard input included.
pub(super) fn open(
    names: &[PathBuf],
    purpose: Purpose,
    recursive: bool,
) -> Result<Vec<Source>, Failure> {
    let opened = files::open(names, purpose, recursive, &mut std::io::stdin().lock());
    opened.map_err(|error| match swallowed(names, purpose, &error) {
        Some(text) => Failure::Usage(text),
        None => error.into(),
    })
}

/// What to say of a word behind the paths of an option that is no path: it may have been meant for something else.
fn swallowed(names: &[PathBuf], purpose: Purpose, error: &InputError) -> Option<String> {
    let InputError::Open { path, cause } = error else {
        return None;
    };
    let (_, further) = names.split_first()?;
    let is_further = further.iter().any(|name| name.to_string_lossy() == *path);
    if cause.kind() != std::io::ErrorKind::NotFound || !is_further {
        return None;
    }
    let option = match purpose {
        Purpose::Manifests => "-f",
        Purpose::Snapshot => "--snapshot",
        Purpose::Runbook => "--runbook",
    };
    Some(format!(
        "{error}; every word behind `{option}` is a path, up to the next option: if `{path}` is a step, a type or a name, put it before `{option}`"
    ))
}

/// Today, on which only the expiry of waivers depends.
pub(super) fn today() -> jiff::civil::Date {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}
