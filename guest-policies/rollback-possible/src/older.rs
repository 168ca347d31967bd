//! What the first write of v1 turns back. Most kinds v1 leaves alone once their resource exists; an Event Hub and a container it
//! writes at every look, with the values of an object that nobody has kept up to date since the pause (OBSERVED M4, 7.j4).

use crate::releases::{Release, Twins};
use asogate_aso::rows::Both;
use asogate_policy::{Finding, Input, Level, finding, quote};

/// A field that v1 writes at every look: the v1 kind, the column of v1, and that of v2.
const FIELDS: [(&str, &str, &str); 3] = [
    ("BlobContainer", V1_COLUMNS[0], V2_COLUMNS[0]),
    ("Eventhub", V1_COLUMNS[1], V2_COLUMNS[1]),
    ("Eventhub", V1_COLUMNS[2], V2_COLUMNS[2]),
];

pub(crate) const V1_COLUMNS: [&str; 3] = [
    "spec.accessLevel",
    "spec.properties.messageRetentionInDays",
    "spec.properties.partitionCount",
];

pub(crate) const V2_COLUMNS: [&str; 3] = [
    "spec.publicAccess",
    "spec.messageRetentionInDays",
    "spec.partitionCount",
];

pub(crate) fn judge<'a>(
    input: &'a Input,
    both: &Both<'a>,
    twins: &Twins<'a>,
    releases: &[Release<'a>],
) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    for (kind, of_v1, of_v2) in FIELDS {
        let (old, new) = (both.v1.table.column(of_v1)?, both.v2.table.column(of_v2)?);
        for release in releases {
            if both.v1.kind(release.row) != kind {
                continue;
            }
            let Some(before) = release.row.text(old).filter(|value| !value.is_empty()) else {
                continue;
            };
            let state = input.after(release.change);
            let twins = twins.of(both, state, release.row).into_iter();
            let differing = twins.filter_map(|twin| {
                let value = twin.text(new)?;
                (!value.eq_ignore_ascii_case(before)).then_some((twin, value))
            });
            for (twin, value) in differing {
                let is_opened = openness(before) > openness(value);
                let (level, why) = match is_opened {
                    true => (
                        Level::Deny,
                        "v1 writes it at its first look: what is in the container can then be read without a login",
                    ),
                    false => (
                        Level::Warn,
                        "v1 writes it at its first look, over what is in Azure now",
                    ),
                };
                findings.push(
                    finding("older-values")
                        .level(level)
                        .about(release.row.object())
                        .at(release.change)
                        .column(of_v1)
                        .message(format!(
                            "says {} in `{of_v1}`, and {{1.object}} says {}",
                            quote(before),
                            quote(value)
                        ))
                        .why(why)
                        .command("kubectl edit -n {namespace} {resource} {name}")
                        .advice(format!("while it is still paused, set `{of_v1}` to {}, if that is what is meant", quote(value)))
                        .related(twin.object()),
                );
            }
        }
    }
    Ok(findings)
}

/// How much of a container can be read without a login.
fn openness(access: &str) -> usize {
    let levels = ["none", "blob", "container"];
    let found = levels
        .iter()
        .position(|level| access.eq_ignore_ascii_case(level));
    found.unwrap_or_default()
}
