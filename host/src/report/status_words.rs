//! What stands in the cells of the board.

use crate::status::board::{
    Gate, PolicySource, Progress, Readiness, Row, Sources, V1Member, V1State, V2Member, V2State,
};
use asogate_core::object::ObjectKey;

/// What a reader must look at first: `!` dangerous, `?` unknown, `x` blocked.
pub(super) fn mark(row: &Row) -> &'static str {
    match row {
        row if !row.dangers.is_empty() => "!",
        row if row.is_unknown() => "?",
        row if row.is_blocked() => "x",
        _ => "",
    }
}

/// A resource in few words: the last type and name of its id; else the object that has a row without a known resource.
pub(super) fn resource(row: &Row) -> String {
    let object = |key: &ObjectKey| format!("{}/{}", key.kind.kind.to_lowercase(), key.name);
    let known = row.azure.id.as_ref().filter(|_| !row.azure.inside);
    let Some(id) = known else {
        return row.first().map_or_else(String::new, object);
    };
    let mut parts = id.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(name), Some(of_type)) => format!("{of_type}/{name}"),
        _ => id.clone(),
    }
}

pub(super) fn v1(row: &Row) -> String {
    match row.v1.as_slice() {
        [] if row.v1_state == V1State::Unknown => "unknown".into(),
        [] if !row.managed_by.is_empty() => format!("{} (as part)", state_of_v1(row.v1_state)),
        [] => "-".into(),
        [only] => member_of_v1(only),
        [first, others @ ..] => format!("{} +{}", member_of_v1(first), others.len()),
    }
}

fn state_of_v1(state: V1State) -> &'static str {
    match state {
        V1State::Absent => "absent",
        V1State::Unknown => "unknown",
        V1State::Active => "active",
        V1State::InFlight => "in flight",
        V1State::Failed => "failed",
        V1State::Paused => "paused",
        V1State::Terminating => "terminating",
    }
}

fn member_of_v1(member: &V1Member) -> String {
    let mut words = vec![if member.paused { "paused" } else { "active" }];
    if member.terminating {
        words.insert(0, "terminating");
    }
    match member.progress {
        Progress::InFlight => words.push("in flight"),
        Progress::Failed => words.push("failed"),
        Progress::Unreported if !member.paused => words.push("new"),
        Progress::Unreported | Progress::Provisioned => {}
    }
    if member.ineffective_pause.is_some() {
        words.push("pause has no effect");
    }
    if !member.watched {
        words.push("not watched");
    }
    words.join(", ")
}

pub(super) fn v2(row: &Row) -> String {
    match row.v2.as_slice() {
        [] if row.v2_state == V2State::Unknown => "unknown".into(),
        [] => "-".into(),
        [only] => member_of_v2(only),
        [first, others @ ..] => format!("{} +{}", member_of_v2(first), others.len()),
    }
}

fn member_of_v2(member: &V2Member) -> String {
    if member.state == V2State::InImportFile {
        return "in import file".into();
    }
    let mut words = vec![];
    if member.terminating {
        words.push("terminating".to_owned());
    }
    words.push(match &member.policy {
        None => "policy unknown".into(),
        Some(policy) => match policy.from {
            PolicySource::Object => policy.effective.name().to_owned(),
            PolicySource::Namespace => format!("{} (namespace)", policy.effective.name()),
            PolicySource::Operator if policy.effective.deletes() => {
                policy.effective.name().to_owned()
            }
            PolicySource::Operator => format!("{} (default)", policy.effective.name()),
        },
    });
    if member.policy.is_some_and(|policy| policy.ignored_value) {
        words.push("value ignored".into());
    }
    words.push(match &member.ready {
        Readiness::Ready => "ready".into(),
        Readiness::Stale => "not seen yet".into(),
        Readiness::NotReady { reason } if reason.is_empty() => "not ready".into(),
        Readiness::NotReady { reason } => reason.clone(),
        Readiness::Unobserved => "not observed".into(),
    });
    if member.managed_before {
        words.push("managed before".into());
    }
    if !member.watched {
        words.push("not watched".into());
    }
    words.join(", ")
}

pub(super) fn secrets(row: &Row) -> String {
    let secrets = &row.secrets;
    if secrets.in_key_vault {
        return "in a Key Vault".into();
    }
    let sources = match secrets.sources {
        Sources::NotNeeded => "",
        Sources::Mapped => ", mapped",
        Sources::Unmapped => ", unmapped",
        Sources::Unknown => ", mapping?",
    };
    match (secrets.names.len(), secrets.consumers) {
        (0, Some(_)) => String::new(),
        (_, None) if row.v1.is_empty() => String::new(),
        (_, None) => "unknown".into(),
        (_, Some(0)) => "not read".into(),
        (_, Some(readers)) => format!("{readers} read{sources}"),
    }
}

pub(super) fn next(row: &Row) -> String {
    match &row.next {
        None => String::new(),
        Some(next) => match next.gate {
            Gate::Open => next.step.to_string(),
            Gate::Closed => format!("{}: blocked", next.step),
            Gate::Unknown => format!("{}: unknown", next.step),
        },
    }
}

/// The further cells of the wide table: objects, id, and why the next step is blocked or nothing is known.
pub(super) fn wide(row: &Row) -> [String; 4] {
    let names = |objects: Vec<&ObjectKey>| {
        let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
        names.join(" and ")
    };
    let of_v1 = match row.v1.as_slice() {
        [] => row.managed_by.iter().collect(),
        members => members.iter().map(|member| &member.object).collect(),
    };
    let of_v2 = row.v2.iter().map(|member| &member.object).collect();
    let blocked = row.next.iter().flat_map(|next| &next.blocked_by).next();
    let blocked = blocked.map(|first| match &first.code {
        Some(code) => format!("{code}: {}", first.message),
        None => first.message.clone(),
    });
    let id = row.azure.id.clone();
    let id = id.map(|id| {
        if row.azure.inside {
            format!("in {id}")
        } else {
            id
        }
    });
    let why = row
        .azure
        .unidentified
        .clone()
        .map(|why| format!("its Azure resource is not known: {why}"));
    [
        names(of_v1),
        names(of_v2),
        id.unwrap_or_default(),
        why.or(blocked).unwrap_or_default(),
    ]
}
