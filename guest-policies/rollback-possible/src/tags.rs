//! What the first write of v1 takes away: it sends a resource group as `{"location": …}` and nothing else, and Azure then drops the
//! tags that the group has (OBSERVED M3).

use crate::releases::{Release, Twins};
use asogate_aso::rows::Both;
use asogate_aso::v2;
use asogate_policy::{Finding, Input, Selector, finding};

const TAGS: &str = "spec.tags";

pub(crate) fn reads() -> Selector {
    Selector::objects("groups", v2::RESOURCES_GROUP, "ResourceGroup", [TAGS])
}

pub(crate) fn judge<'a>(
    input: &'a Input,
    both: &Both<'a>,
    twins: &Twins<'a>,
    releases: &[Release<'a>],
) -> Result<Vec<Finding>, String> {
    let groups = input.table("groups")?;
    let tags = groups.column(TAGS)?;
    let mut findings = Vec::new();
    for release in releases {
        if both.v1.kind(release.row) != "ResourceGroup" {
            continue;
        }
        let state = input.after(release.change);
        let has_tags = |twin: &asogate_policy::Row<'a>| {
            let group = input.now().row_of(groups, twin.object());
            let tags = group.and_then(|group| group.text(tags));
            tags.is_some_and(|tags| !["", "{}"].contains(&tags))
        };
        let mut of_v2 = twins.of(both, state, release.row).into_iter();
        if let Some(twin) = of_v2.find(has_tags) {
            findings.push(
                finding("tags-lost")
                    .about(release.row.object())
                    .at(release.change)
                    .message("is written to Azure without tags when v1 takes it back, and {1.object} has tags")
                    .why("Azure drops the tags of the resource group; policies and bills that go by them no longer find it")
                    .command("kubectl get -n {1.namespace} {1.versioned-resource} {1.name} -o jsonpath='{{.spec.tags}'")
                    .advice("keep what this prints, and set the tags in Azure again after each write of v1: its every restart and every edit of the object sends one")
                    .related(twin.object()),
            );
        }
    }
    Ok(findings)
}
