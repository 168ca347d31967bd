//! Waivers on the command line: read beside the configuration, and drafted for what a run denies.

use super::Failure;
use super::arguments::WaiverArgs;
use crate::config::Config;
use crate::gate::Judgement;
use crate::report::{human, page, waivers};
use asogate_core::statement::Statement;
use asogate_core::verdict::blocks;
use asogate_core::waiver::Waiver;
use std::io::Write;
use std::path::Path;

/// For how many days a drafted waiver counts: long enough to finish a wave of a migration, short enough to be looked at
/// again.
const DAYS: i64 = 30;

/// The waivers of the files that are named beside the configuration.
pub(super) fn read(arguments: &WaiverArgs) -> Result<Vec<Waiver>, Failure> {
    let mut all = vec![];
    for path in &arguments.waivers {
        let config = super::inputs::read_config(path)?;
        let Config {
            policies,
            levels,
            waivers,
            ..
        } = config;
        if !policies.is_empty() || !levels.is_empty() {
            return Err(Failure::Usage(format!(
                "could not take waivers from `{}`: it sets policies or levels too; name it with --config, or leave only `waivers` in it",
                path.display()
            )));
        }
        all.extend(waivers);
    }
    Ok(all)
}

/// Refuses, before anything is judged, to write over a file.
pub(super) fn check_target(arguments: &WaiverArgs, config: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = &arguments.write_waivers else {
        return Ok(());
    };
    let shown = path.display();
    if path.as_os_str() == "-" {
        return Err(Failure::Usage(
            "waivers are drafted in a file, because standard output has the report; name one"
                .into(),
        ));
    }
    let same = |other: &Path| match (other.canonicalize(), path.canonicalize()) {
        (Ok(other), Ok(own)) => other == own,
        _ => false,
    };
    let own = config.unwrap_or(Path::new(super::inputs::DEFAULT_CONFIG));
    if same(own) || arguments.waivers.iter().any(|other| same(other)) {
        return Err(Failure::Usage(format!(
            "could not draft waivers in `{shown}`: this run reads it; name another file, and add what you accept to it by hand"
        )));
    }
    if !arguments.force && path.symlink_metadata().is_ok() {
        return Err(Failure::Usage(format!(
            "could not draft waivers in `{shown}`: it exists already; name another file, or write over it with --force"
        )));
    }
    Ok(())
}

/// Drafts waivers for what a run denies, if that is asked for. Says so on standard error.
pub(super) fn write(arguments: &WaiverArgs, judgement: &Judgement) -> Result<(), Failure> {
    let Some(path) = &arguments.write_waivers else {
        return Ok(());
    };
    let verdict = &judgement.verdict;
    let denied = verdict
        .findings
        .iter()
        .filter(|finding| blocks(finding, verdict.step));
    // What follows from one of these counts for itself as soon as that one is waived.
    let following = verdict.following.iter().map(|following| &following.finding);
    let following = following.filter(|finding| blocks(finding, verdict.step));
    let denied: Vec<&Statement> = denied.chain(following).collect();
    if denied.is_empty() {
        page::complain(
            "there is no finding to waive, so no waivers were written; what could not be determined cannot be waived",
        );
        return Ok(());
    }
    let shown = path.display();
    let expires = super::inputs::today().saturating_add(jiff::Span::new().days(DAYS));
    let failure = |cause| Failure::OutputFile {
        path: shown.to_string(),
        cause,
    };
    let mut options = std::fs::OpenOptions::new();
    match arguments.force {
        true => options.write(true).create(true).truncate(true),
        // Somebody may have put a file there since we looked.
        false => options.write(true).create_new(true),
    };
    let mut file = options.open(path).map_err(failure)?;
    file.write_all(waivers::draft(&denied, expires).as_bytes())
        .map_err(failure)?;
    let count = human::count(waivers::count(&denied), "waiver");
    page::complain(&format!(
        "drafted {count} in {shown}; fill in the reason and owner of what you accept, delete the others, and run this again with `--waivers {shown}` instead"
    ));
    Ok(())
}
