//! Claims about panels.

use super::*;

#[test]
fn a_kind_of_which_nothing_is_known_is_not_told_beside_its_pattern() {
    let kinds = [
        KindPattern::new("sql.azure.com", "Server"),
        KindPattern::new("*.azure.com", "*"),
        KindPattern::new("", "Secret"),
    ];
    let names = |coverage: &CoverageMap| -> Vec<String> {
        gaps(&kinds, coverage)
            .into_iter()
            .map(|gap| gap.kinds)
            .collect()
    };
    let mut coverage = CoverageMap::default();
    assert_eq!(names(&coverage), ["Secret", "every kind of *.azure.com"]);
    let failed = Coverage::Failed {
        reason: "webhook".into(),
    };
    coverage.set(
        asogate_core::object::GroupKind::new("sql.azure.com", "Server"),
        failed,
    );
    assert_eq!(names(&coverage), ["Secret", "Server.sql.azure.com"]);
}

fn engine() -> Engine {
    Engine::new(None).unwrap()
}

fn candidate(policy: BuiltIn) -> Candidate {
    Candidate {
        origin: Origin::BuiltIn(policy),
        enabled: true,
        settings: Map::new(),
    }
}

/// A real policy, which judges every step, as one whose package says that it judges a rollback only.
fn for_rollback() -> BuiltIn {
    let policy = BUILT_IN.iter().find(|policy| policy.id == "blast-radius");
    BuiltIn {
        steps: Some(&["rollback"]),
        ..*policy.unwrap()
    }
}

/// The only seat of a panel that will not be asked.
fn outcome(candidate: Candidate, step: Step) -> PolicyResult {
    let panel = Panel::assemble(&engine(), &[candidate], Some(step)).unwrap();
    match panel.seats.into_iter().next() {
        Some(Seat::Out(result)) => result,
        seat => panic!("{seat:?}"),
    }
}

#[test]
fn a_built_in_that_does_not_judge_the_step_is_not_loaded() {
    let damaged = || {
        candidate(BuiltIn {
            wasm: b"damaged",
            native: None,
            ..for_rollback()
        })
    };
    let idle = outcome(damaged(), Step::PauseV1);
    assert_eq!(idle.outcome, Outcome::NotApplicable);
    assert_eq!(idle.policy, "blast-radius");
    assert_eq!(idle.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(idle.digest, format!("sha256:{}", for_rollback().sha256));
    let asked = outcome(damaged(), Step::Rollback);
    assert!(matches!(asked.outcome, Outcome::Broke { .. }), "{asked:?}");
}

/// Otherwise a mistake in the configuration would show with the step that it is for, and not before.
#[test]
fn settings_are_checked_whatever_the_step() {
    let real = BUILT_IN.iter().find(|policy| policy.id == "owner").unwrap();
    assert!(!real.may_judge(Some(Step::PauseV1)));
    let mut candidate = candidate(*real);
    candidate.settings.insert("unknown".into(), 1.into());
    let error = Panel::assemble(&engine(), &[candidate], Some(Step::PauseV1));
    assert!(matches!(error, Err(PanelError::Settings { .. })));
}

/// Whoever reads "not applicable" must be able to rely on it.
#[test]
fn a_built_in_that_judges_other_steps_than_its_package_says_is_refused() {
    let loaded = load(&engine(), &[&candidate(for_rollback())]);
    let error = loaded[0].as_ref().unwrap_err().to_string();
    assert_eq!(
        error,
        "could not load policy `blast-radius`: it and its package do not agree on whether it judges `pause-v1`; this is a bug in asogate"
    );
}

#[test]
fn a_policy_of_the_user_cannot_take_the_id_of_a_built_in_that_is_not_loaded() {
    let own = Candidate {
        origin: Origin::User(UserPolicy {
            name: "own.wasm".into(),
            wasm: for_rollback().wasm.to_vec(),
            sha256: None,
        }),
        enabled: true,
        settings: Map::new(),
    };
    let candidates = [candidate(for_rollback()), own];
    let panel = Panel::assemble(&engine(), &candidates, Some(Step::PauseV1)).unwrap();
    let outcomes: Vec<&Outcome> = panel
        .seats
        .iter()
        .filter_map(|seat| match seat {
            Seat::Out(result) => Some(&result.outcome),
            Seat::Ready(_) => None,
        })
        .collect();
    let [Outcome::NotApplicable, Outcome::Broke { reason }] = outcomes[..] else {
        panic!("{outcomes:?}")
    };
    assert!(
        reason.contains("its id `blast-radius` is taken by a built-in policy"),
        "{reason}"
    );
}
