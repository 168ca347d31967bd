//! Claims about verdicts.

use super::*;
use crate::coverage::Coverage;
use crate::finding::Code;
use crate::object::{GroupKind, ObjectKey};
use jiff::civil::date;

const TODAY: Date = date(2026, 11, 24);

fn statement(level: Level, moment: Moment) -> Statement {
    Statement {
        level,
        code: Code {
            policy: "skip-reconcile".into(),
            code: "unprotected-delete".into(),
        },
        subject: Some(ObjectKey {
            kind: GroupKind::new("azure.microsoft.com", "StorageAccount"),
            namespace: Some("shop".into()),
            name: "media".into(),
        }),
        moment,
        position: None,
        column: None,
        message: "m".into(),
        why: "w".into(),
        remedies: vec![],
        related: vec![],
        follows: vec![],
        stands_for: None,
    }
}

fn policy(outcome: Outcome) -> PolicyResult {
    PolicyResult {
        policy: "p".into(),
        version: "1.0.0".into(),
        digest: "d".into(),
        tables: 1,
        outcome,
    }
}

fn evidence(outcome: Outcome, statements: Vec<Statement>) -> Evidence {
    Evidence {
        step: Some(Step::Cleanup),
        policies: vec![policy(outcome)],
        statements,
        ..Evidence::default()
    }
}

fn ruling(evidence: Evidence) -> Ruling {
    Verdict::of(evidence, TODAY).ruling
}

fn waiver(expires: Date) -> Waiver {
    Waiver {
        code: "skip-reconcile/*".into(),
        subject: "* shop/media".into(),
        reason: "r".into(),
        owner: "o".into(),
        expires,
    }
}

#[test]
fn gate_opens_only_if_every_policy_judged_and_nothing_blocks() {
    assert_eq!(ruling(evidence(Outcome::Judged, vec![])), Ruling::Pass);
    let warned = statement(Level::Warn, Moment::Change(1));
    assert_eq!(
        ruling(evidence(Outcome::Judged, vec![warned])),
        Ruling::Pass
    );
    let denied = statement(Level::Deny, Moment::Change(1));
    assert_eq!(
        ruling(evidence(Outcome::Judged, vec![denied])),
        Ruling::Fail
    );
}

#[test]
fn gate_stays_closed_when_a_policy_gave_no_full_answer() {
    let gaps = vec![Gap {
        kinds: "Secret".into(),
        coverage: Coverage::NotAsked,
    }];
    for outcome in [
        Outcome::Broke {
            reason: "trap".into(),
        },
        Outcome::Declined {
            reason: "no".into(),
        },
        Outcome::Incomplete { gaps },
    ] {
        let mut with_others = evidence(outcome, vec![]);
        with_others.policies.push(policy(Outcome::Judged));
        assert_eq!(ruling(with_others), Ruling::Unknown);
    }
}

#[test]
fn files_alone_can_be_found_good_but_open_nothing() {
    let gaps = vec![Gap {
        kinds: "Secret".into(),
        coverage: Coverage::NotAsked,
    }];
    let lint = Evidence {
        step: None,
        ..evidence(Outcome::Incomplete { gaps }, vec![])
    };
    let verdict = Verdict::of(lint, TODAY);
    assert_eq!((verdict.ruling, verdict.is_open()), (Ruling::Pass, false));
    let broke = Evidence {
        step: None,
        ..evidence(
            Outcome::Broke {
                reason: "trap".into(),
            },
            vec![],
        )
    };
    assert_eq!(ruling(broke), Ruling::Unknown);
}

#[test]
fn gate_stays_closed_when_nothing_was_checked() {
    assert_eq!(ruling(Evidence::default()), Ruling::Unknown);
    assert_eq!(
        ruling(evidence(Outcome::NotApplicable, vec![])),
        Ruling::Unknown
    );
    assert_eq!(ruling(evidence(Outcome::Disabled, vec![])), Ruling::Unknown);
}

#[test]
fn a_policy_that_looked_at_nothing_does_not_open_the_gate() {
    let mut evidence = evidence(Outcome::Judged, vec![]);
    for policy in &mut evidence.policies {
        policy.tables = 0;
    }
    assert_eq!(ruling(evidence), Ruling::Unknown);
}

#[test]
fn fail_wins_over_unknown() {
    let denied = statement(Level::Deny, Moment::Change(1));
    let evidence = evidence(
        Outcome::Broke {
            reason: "trap".into(),
        },
        vec![denied],
    );
    assert_eq!(ruling(evidence), Ruling::Fail);
}

#[test]
fn what_was_broken_before_blocks_only_steps_that_rely_on_it() {
    let standing = |step| Evidence {
        step: Some(step),
        ..evidence(
            Outcome::Judged,
            vec![statement(Level::Deny, Moment::Standing)],
        )
    };
    assert_eq!(ruling(standing(Step::Cleanup)), Ruling::Fail);
    assert_eq!(ruling(standing(Step::Adopt)), Ruling::Fail);
    assert_eq!(ruling(standing(Step::PauseV1)), Ruling::Pass);
    assert_eq!(ruling(standing(Step::Rollback)), Ruling::Pass);
    let mended = evidence(
        Outcome::Judged,
        vec![statement(Level::Deny, Moment::Mended)],
    );
    assert_eq!(ruling(mended), Ruling::Pass);
}

#[test]
fn waivers_cover_until_their_day_and_unused_ones_are_reported() {
    let denied = || {
        evidence(
            Outcome::Judged,
            vec![statement(Level::Deny, Moment::Change(1))],
        )
    };
    let valid = Verdict::of(
        Evidence {
            waivers: vec![waiver(TODAY)],
            ..denied()
        },
        TODAY,
    );
    assert_eq!((valid.ruling, valid.waived.len()), (Ruling::Pass, 1));
    let expired = Verdict::of(
        Evidence {
            waivers: vec![waiver(date(2026, 11, 23))],
            ..denied()
        },
        TODAY,
    );
    assert_eq!(
        (expired.ruling, expired.expired_waivers.len()),
        (Ruling::Fail, 1)
    );
}

/// A run without findings, with this waiver of the policy `skip-reconcile`.
fn without_findings(outcome: Outcome, waiver: Waiver, strict_waivers: bool) -> Verdict {
    let mut evidence = evidence(outcome, vec![]);
    evidence
        .policies
        .iter_mut()
        .for_each(|policy| policy.policy = "skip-reconcile".into());
    evidence.waivers = vec![waiver];
    evidence.strict_waivers = strict_waivers;
    Verdict::of(evidence, TODAY)
}

#[test]
fn a_waiver_is_unused_if_its_policy_has_judged_and_it_covers_nothing() {
    for (outcome, unused) in [
        (Outcome::Judged, 1),
        (Outcome::Disabled, 1),
        (Outcome::NotApplicable, 0),
        (
            Outcome::Broke {
                reason: "trap".into(),
            },
            0,
        ),
        (Outcome::Incomplete { gaps: vec![] }, 0),
    ] {
        let verdict = without_findings(outcome.clone(), waiver(TODAY), false);
        assert_eq!(verdict.unused_waivers.len(), unused, "{outcome:?}");
    }
    let mut evidence = evidence(Outcome::Judged, vec![]);
    evidence.waivers = vec![waiver(TODAY)];
    evidence.strict_waivers = true;
    let verdict = Verdict::of(evidence, TODAY);
    assert_eq!(
        verdict.ruling,
        Ruling::Pass,
        "its policy is no part of this run"
    );
}

#[test]
fn strict_waivers_close_the_gate_if_one_is_expired_or_unused() {
    let expired = || waiver(date(2026, 11, 23));
    for (waiver, strict, ruling) in [
        (waiver(TODAY), false, Ruling::Pass),
        (waiver(TODAY), true, Ruling::Fail),
        (expired(), false, Ruling::Pass),
        (expired(), true, Ruling::Fail),
    ] {
        let verdict = without_findings(Outcome::Judged, waiver, strict);
        assert_eq!(verdict.ruling, ruling);
        assert_eq!(verdict.is_closed_by_waivers(), strict);
    }
    let mut used = evidence(
        Outcome::Judged,
        vec![statement(Level::Deny, Moment::Change(1))],
    );
    used.waivers = vec![waiver(TODAY)];
    used.strict_waivers = true;
    assert_eq!(ruling(used), Ruling::Pass);
    // What is known for sure wins over what is not.
    let verdict = without_findings(
        Outcome::Broke {
            reason: "trap".into(),
        },
        expired(),
        true,
    );
    assert_eq!(verdict.ruling, Ruling::Fail);
}

#[test]
fn a_waiver_does_not_open_the_gate_for_a_policy_that_broke() {
    let mut evidence = evidence(
        Outcome::Broke {
            reason: "trap".into(),
        },
        vec![],
    );
    evidence.waivers.push(waiver(TODAY));
    assert_eq!(ruling(evidence), Ruling::Unknown);
}

#[test]
fn findings_come_sorted_and_once() {
    let (deny, info) = (
        statement(Level::Deny, Moment::Change(1)),
        statement(Level::Info, Moment::Change(1)),
    );
    let verdict = Verdict::of(
        evidence(
            Outcome::Judged,
            vec![info.clone(), deny.clone(), info.clone()],
        ),
        TODAY,
    );
    assert_eq!(verdict.findings, [deny, info]);
}

/// A finding of `policy/code` that follows from these.
fn following(code: &str, follows: &[&str]) -> Statement {
    let code_of = |text: &str| Code::try_from(text.to_owned()).unwrap();
    Statement {
        code: code_of(code),
        follows: follows.iter().map(|code| code_of(code)).collect(),
        ..statement(Level::Deny, Moment::Change(1))
    }
}

fn shown(verdict: &Verdict) -> (Vec<String>, Vec<String>) {
    let findings = verdict.findings.iter();
    let folded = verdict.following.iter();
    (
        findings.map(|finding| finding.code.to_string()).collect(),
        folded
            .map(|following| format!("{} <- {}", following.finding.code, following.cause))
            .collect(),
    )
}

#[test]
fn what_follows_from_a_finding_about_the_same_object_is_set_apart_with_its_cause() {
    let findings = vec![
        following("health/not-ready", &["owner/unresolved"]),
        following("owner/unresolved", &["namespace/absent"]),
        following("namespace/absent", &[]),
        following("health/azure-not-found", &["credential-scope/x"]),
    ];
    let verdict = Verdict::of(evidence(Outcome::Judged, findings), TODAY);
    assert_eq!(verdict.ruling, Ruling::Fail);
    let (kept, folded) = shown(&verdict);
    assert_eq!(kept, ["health/azure-not-found", "namespace/absent"]);
    assert_eq!(
        folded,
        [
            "health/not-ready <- namespace/absent",
            "owner/unresolved <- namespace/absent"
        ]
    );
}

#[test]
fn a_cause_that_is_waived_or_of_another_object_or_not_in_the_way_hides_nothing() {
    let follower = || following("health/not-ready", &["owner/unresolved"]);
    let cause = || following("owner/unresolved", &[]);
    let mut waived = evidence(Outcome::Judged, vec![follower(), cause()]);
    waived.waivers = vec![Waiver {
        code: "owner/*".into(),
        ..waiver(TODAY)
    }];
    let mut elsewhere = cause();
    elsewhere.subject = None;
    let mut lowered = cause();
    lowered.level = Level::Warn;
    let mut mended = cause();
    mended.moment = Moment::Mended;
    let mut evidences = vec![waived];
    for cause in [elsewhere, lowered, mended] {
        evidences.push(evidence(Outcome::Judged, vec![follower(), cause]));
    }
    for evidence in evidences {
        let verdict = Verdict::of(evidence, TODAY);
        assert_eq!(verdict.ruling, Ruling::Fail);
        let (kept, folded) = shown(&verdict);
        assert!(kept.contains(&"health/not-ready".to_owned()), "{kept:?}");
        assert_eq!(folded, [""; 0]);
    }
}

#[test]
fn findings_that_follow_from_each_other_hide_each_other_not() {
    let findings = vec![
        following("p/one", &["p/two"]),
        following("p/two", &["p/one"]),
    ];
    let verdict = Verdict::of(evidence(Outcome::Judged, findings), TODAY);
    assert_eq!(verdict.ruling, Ruling::Fail);
    assert_eq!(shown(&verdict).0, ["p/one", "p/two"]);
    let itself = vec![following("p/one", &["p/one"])];
    let verdict = Verdict::of(evidence(Outcome::Judged, itself), TODAY);
    assert_eq!(verdict.ruling, Ruling::Fail);
    assert_eq!(shown(&verdict).0, ["p/one"]);
}

#[test]
fn a_waiver_covers_what_follows_as_well() {
    let findings = vec![
        following("health/not-ready", &["owner/unresolved"]),
        following("owner/unresolved", &[]),
    ];
    let mut evidence = evidence(Outcome::Judged, findings);
    evidence.waivers = vec![Waiver {
        code: "health/*".into(),
        ..waiver(TODAY)
    }];
    let verdict = Verdict::of(evidence, TODAY);
    assert_eq!(shown(&verdict).0, ["owner/unresolved"]);
    assert_eq!(verdict.waived.len(), 1);
}
