//! The command to type after a judgement.

use crate::collect::Cluster;
use crate::gate::{Case, PlanSummary, Subject};
use crate::known::SnapshotSummary;
use asogate_core::coverage::Coverage;
use asogate_core::plan::Step;
use asogate_core::verdict::{Outcome, Ruling, Verdict, blocks};

/// What to type next, the first thing first.
pub(crate) fn commands(
    verdict: &Verdict,
    plan: &PlanSummary,
    case: &Case<'_>,
    snapshot: Option<&SnapshotSummary>,
) -> Vec<String> {
    match verdict.ruling {
        Ruling::Fail => fail(verdict),
        Ruling::Unknown => unknown(verdict, case, snapshot),
        Ruling::Pass => match (&case.subject, plan.nothing_to_do) {
            (Subject::Step { step: Step::Swap, .. }, false) if plan.updates > 0 => vec![
                "`asogate plan swap …` with the same options shows each change as a kubectl command, and with -o plan.json writes it as a plan; \
                 change the workloads where their manifests are kept, too, or the next deployment undoes it"
                    .to_owned(),
            ],
            // What is left there is not for asogate to change.
            (Subject::Step { step: Step::Swap, .. }, false) => vec![],
            (Subject::Step { step, .. }, false) => {
                vec![format!("`asogate plan {step} …` with the same options shows each change as a kubectl command")]
            }
            (Subject::Files, _) => vec![
                "files alone say little: `asogate check import -f FILES --snapshot PATH` judges them against a cluster"
                    .to_owned(),
            ],
            _ => vec![],
        },
    }
}

fn fail(verdict: &Verdict) -> Vec<String> {
    let first = verdict
        .findings
        .iter()
        .find(|finding| blocks(finding, verdict.step));
    let explain = first.map(|finding| {
        format!(
            "mend what is denied above, then check again; `asogate explain {}` tells more",
            finding.code
        )
    });
    let waivers = verdict.is_closed_by_waivers();
    let waivers = waivers
        .then(|| "take the waivers named above out of the configuration, or renew them".to_owned());
    explain.into_iter().chain(waivers).collect()
}

/// Why a step has no object.
pub(crate) fn nothing_selected(step: Step, case: &Case<'_>) -> String {
    match step {
        Step::Import if case.manifests.is_empty() => "the import files hold no object".into(),
        Step::Import => "no object of the import files is selected".into(),
        _ => format!("no object that `{step}` is about is selected; check -n, -l and the names"),
    }
}

/// What to type after runbooks alone were judged.
pub(crate) fn of_runbook(verdict: &Verdict) -> Vec<String> {
    match verdict.ruling {
        Ruling::Fail => fail(verdict),
        Ruling::Unknown => vec![
            "look at the lines named above yourself, or write them so that they can be read"
                .to_owned(),
        ],
        Ruling::Pass => {
            vec!["commands alone say little: `asogate check STEP` judges what a step would do to a cluster".to_owned()]
        }
    }
}

fn unknown(verdict: &Verdict, case: &Case<'_>, snapshot: Option<&SnapshotSummary>) -> Vec<String> {
    if let Some(words) = live(case, snapshot) {
        return vec![words];
    }
    let gaps = verdict
        .policies
        .iter()
        .filter_map(|policy| match &policy.outcome {
            Outcome::Incomplete { gaps } => Some(gaps),
            _ => None,
        });
    let gaps: Vec<_> = gaps.flatten().collect();
    if gaps.iter().any(|gap| gap.coverage == Coverage::NotAsked) {
        let mut kinds: Vec<&str> = gaps.iter().map(|gap| gap.kinds.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        return vec![format!(
            "record {} too, or state with --assume-complete that the recorded cluster holds all of them",
            kinds.join(", ")
        )];
    }
    if !gaps.is_empty() {
        return vec!["record the kinds above completely and check again".to_owned()];
    }
    match &case.subject {
        Subject::Plan(plan) if !verdict.undetermined.is_empty() => {
            let step = plan.step();
            vec![format!(
                "make the plan again from this cluster: `asogate plan {step} … -o FILE`"
            )]
        }
        Subject::Step { step, .. } if !verdict.undetermined.is_empty() => vec![format!(
            "`asogate plan {step} -A …` shows every change that the step would make"
        )],
        _ => vec![],
    }
}

/// What helps where a live cluster could not be read completely.
fn live(case: &Case<'_>, snapshot: Option<&SnapshotSummary>) -> Option<String> {
    let (Some(Cluster::Live(_)), Some(snapshot)) = (case.cluster, snapshot) else {
        return None;
    };
    let step = case
        .subject
        .step()
        .map_or(String::new(), |step| format!(" {step}"));
    if !snapshot.missing_rules.is_empty() {
        return Some(format!(
            "`asogate rbac{step}` prints a role with every right that this check needs; have it bound to your user, or check with --context or --as as somebody who has them"
        ));
    }
    let mut kinds = snapshot.coverage.iter();
    kinds
        .any(|kind| !kind.coverage.is_complete() && kind.coverage != Coverage::NotAsked)
        .then(|| "see to the kinds above that could not be read, and check again".to_owned())
}
