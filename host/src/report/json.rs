//! A judgement for programs: one JSON document, whose fields are a promise (`docs/json-output.md`).

use crate::beside::RunbookSummary;
use crate::gate::{Judgement, PlanSummary};
use crate::known::SnapshotSummary;
use asogate_core::change::Position;
use asogate_core::finding::{Code, Level, Moment, Remedy};
use asogate_core::object::ObjectKey;
use asogate_core::permit::Permit;
use asogate_core::plan::Step;
use asogate_core::statement::{StandsFor, Statement};
use asogate_core::verdict::{PolicyResult, Ruling};
use asogate_core::waiver::Waiver;
use serde::Serialize;

/// `apiVersion` of the document.
pub const API_VERSION: &str = "asogate.dev/v1alpha1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    verdict: Ruling,
    gate: &'static str,
    step: Option<Step>,
    findings: Vec<Finding<'a>>,
    following: Vec<Following<'a>>,
    waived: Vec<Waived<'a>>,
    undetermined: &'a [String],
    policies: &'a [PolicyResult],
    unused_waivers: &'a [Waiver],
    expired_waivers: &'a [Waiver],
    strict_waivers: bool,
    plan: &'a PlanSummary,
    snapshot: Option<&'a SnapshotSummary>,
    runbook: Option<&'a RunbookSummary>,
    permit: Option<&'a Permit>,
    next: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    policy: &'a str,
    code: &'a str,
    level: Level,
    subject: Option<&'a ObjectKey>,
    moment: Moment,
    position: Option<&'a Position>,
    column: Option<&'a str>,
    message: &'a str,
    why: &'a str,
    remedies: &'a [Remedy],
    related: &'a [ObjectKey],
    azure: Option<&'a StandsFor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Following<'a> {
    #[serde(flatten)]
    finding: Finding<'a>,
    cause: &'a Code,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Waived<'a> {
    #[serde(flatten)]
    finding: Finding<'a>,
    waiver: &'a Waiver,
}

impl<'a> From<&'a Statement> for Finding<'a> {
    fn from(statement: &'a Statement) -> Self {
        Finding {
            policy: &statement.code.policy,
            code: &statement.code.code,
            level: statement.level,
            subject: statement.subject.as_ref(),
            moment: statement.moment,
            position: statement.position.as_ref(),
            column: statement.column.as_deref(),
            message: &statement.message,
            why: &statement.why,
            remedies: &statement.remedies,
            related: &statement.related,
            azure: statement.stands_for.as_ref(),
        }
    }
}

/// The judgement as a JSON document, with a line end.
///
/// # Errors
///
/// None that a judgement can cause; what serde says is passed on.
pub fn render(judgement: &Judgement) -> serde_json::Result<String> {
    let verdict = &judgement.verdict;
    let waived = verdict.waived.iter();
    let document = Document {
        api_version: API_VERSION,
        kind: "Verdict",
        verdict: verdict.ruling,
        gate: if verdict.is_open() { "open" } else { "closed" },
        step: verdict.step,
        findings: verdict.findings.iter().map(Finding::from).collect(),
        following: verdict
            .following
            .iter()
            .map(|following| Following {
                finding: (&following.finding).into(),
                cause: &following.cause,
            })
            .collect(),
        waived: waived
            .map(|waived| Waived {
                finding: (&waived.finding).into(),
                waiver: &waived.waiver,
            })
            .collect(),
        undetermined: &verdict.undetermined,
        policies: &verdict.policies,
        unused_waivers: &verdict.unused_waivers,
        expired_waivers: &verdict.expired_waivers,
        strict_waivers: verdict.strict_waivers,
        plan: &judgement.plan,
        snapshot: judgement.snapshot.as_ref(),
        runbook: judgement.runbook.as_ref(),
        permit: judgement.permit.as_ref(),
        next: &judgement.next,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
