//! Deletes: of objects of an operator without a check before it, of namespaces, of definitions.

use super::{Edit, Found, Look, Report};
use asogate_aso::{v1, v2};
use asogate_core::finding::{Level, Remedy};

/// FACTS (e).
pub(super) fn look(look: &Look<'_>, report: &mut Report) {
    let replaces = look.verb() == "replace" && look.kubectl.has("--force");
    // `apply --prune` deletes what is not in the files.
    let prunes = look.verb() == "apply" && look.kubectl.has("--prune");
    let deletes = look.verb() == "delete" || replaces || prunes;
    if !deletes || look.kubectl.is_dry_run() {
        return;
    }
    let own = look.kubectl.types.iter().map(|of_type| {
        let at = of_type.span.as_ref().unwrap_or(&of_type.word).start;
        (&of_type.meaning, at)
    });
    let listed = look
        .typed_listings()
        .filter_map(|listing| listing.types.as_ref());
    let listed = listed
        .flatten()
        .map(|meaning| (meaning, look.kubectl.verb_span.start));
    let mut seen = vec![];
    for (meaning, at) in own.chain(listed) {
        let found = match meaning.built_in {
            Some("namespaces") => namespace(look, at),
            Some("customresourcedefinitions") if concerns_aso(look) => definition(look, at),
            _ => continue,
        };
        if !seen.contains(&found.code) {
            seen.push(found.code);
            report.found.push(found);
        }
    }
    if let Some(found) = objects(look) {
        report.found.push(found);
    }
}

fn namespace(look: &Look<'_>, at: usize) -> Found {
    let name = look
        .kubectl
        .names
        .first()
        .map_or("NAMESPACE", String::as_str);
    Found {
        code: "delete-namespace",
        level: Level::Deny,
        at,
        message: "deletes a namespace, and with it every object of v1 and v2 in it".to_owned(),
        why: "each of them that is not paused or skipped is deleted in Azure too, and the credential may go before the objects that need it, which then stay for ever"
            .to_owned(),
        edits: vec![],
        remedies: vec![Remedy::Advice(format!(
            "delete the objects one by one when `asogate check cleanup -n {name}` passes, and the namespace when none is left"
        ))],
    }
}

/// Whether a deleted definition is one of an operator, or may be.
fn concerns_aso(look: &Look<'_>) -> bool {
    let names = &look.kubectl.names;
    let of_aso = |name: &String| name.ends_with(v1::GROUP) || name.ends_with(v2::GROUP_SUFFIX);
    names.is_empty()
        || look.kubectl.has_unknown_names
        || look.listings().next().is_some()
        || names.iter().any(of_aso)
}

fn definition(look: &Look<'_>, at: usize) -> Found {
    let names = &look.kubectl.names;
    let what = match names.as_slice() {
        [name] => format!(
            "deletes the definition `{name}`, and with it every object of its kind in every namespace"
        ),
        [] => "deletes definitions that are not named here, and with each every object of its kind"
            .to_owned(),
        _ => format!(
            "deletes {} definitions, and with each every object of its kind in every namespace",
            names.len()
        ),
    };
    Found {
        code: "delete-crd",
        level: Level::Deny,
        at,
        message: what,
        why: "each object that is not paused or skipped is deleted in Azure too".to_owned(),
        edits: vec![],
        remedies: vec![Remedy::Advice(
            "delete the objects first, when `asogate check cleanup -A` passes, and a definition when it has none left".to_owned(),
        )],
    }
}

fn objects(look: &Look<'_>) -> Option<Found> {
    let (v1, v2) = look.sides();
    let files = look.kubectl.takes_files();
    if !(v1 || v2 || files) || look.guards.covers(look) {
        return None;
    }
    let selected = look
        .listings()
        .any(|listing| (v1 && listing.selects_paused) || (!v1 && listing.selects_skipped));
    let (level, message, why) = if v1 && selected {
        (
            Level::Warn,
            "deletes v1 objects that it selected by `skipreconcile`, without a check of what goes with them",
            "the children of a deleted object are deleted too, each by its own annotation, and so are the Secrets that workloads read",
        )
    } else if v1 {
        (
            Level::Deny,
            "deletes v1 objects, and nothing before it checks that they are paused",
            "v1 deletes the resource in Azure with every object, and every child of one, whose `skipreconcile` is not `true`",
        )
    } else if v2 && selected {
        (
            Level::Warn,
            "deletes v2 objects that it selected by their policy, without a check of what goes with them",
            "the children of a deleted object are deleted too, each by its own policy, and so are the Secrets that it exports",
        )
    } else if v2 {
        (
            Level::Deny,
            "deletes v2 objects, and nothing before it checks their policy",
            "v2 deletes the resource in Azure with every object whose policy is not `skip` or `detach-on-delete`",
        )
    } else {
        (
            Level::Warn,
            "deletes whatever these files hold, and nothing before it checks that",
            "if it is an object of v1 or v2 that is not paused or skipped, its resource in Azure is deleted too",
        )
    };
    let why = match look
        .kubectl
        .flag("--cascade")
        .and_then(|flag| flag.value.as_deref())
    {
        Some("orphan") if v1 => format!("{why}; `--cascade=orphan` does not protect children"),
        _ => why.to_owned(),
    };
    // In front of the command itself: behind `xargs` there is no place for it.
    let can_lead = !look.kubectl.takes_input && look.command.piped_from.is_none() && v1;
    let mut edits = match can_lead {
        true => vec![Edit::insert(look.command.span.start, check(look))],
        false => vec![],
    };
    let names_namespace =
        look.kubectl.flag("--namespace").is_some() || look.kubectl.has("--all-namespaces");
    if can_lead && !names_namespace {
        edits.push(Edit::insert(look.kubectl.verb_span.end, " -n NAMESPACE"));
    }
    let remedies = match (can_lead, v1, v2) {
        (true, ..) => vec![],
        (_, true, _) => vec![Remedy::Advice("delete them when `asogate check cleanup` passes: put it before, with `&&`".to_owned())],
        (_, _, true) => vec![Remedy::Advice(
            "give each the policy `skip` first, write the deletes as a plan, and run them when `asogate check --plan` passes".to_owned(),
        )],
        _ => vec![Remedy::Advice("name the objects instead of the files, when `asogate check cleanup` passes".to_owned())],
    };
    Some(Found {
        code: "bare-delete",
        level,
        at: look.kubectl.verb_span.start,
        message: message.to_owned(),
        why,
        edits,
        remedies,
    })
}

/// The check of what a command deletes, to be put before it.
fn check(look: &Look<'_>) -> String {
    let namespace = match (
        look.kubectl.flag("--namespace"),
        look.kubectl.has("--all-namespaces"),
    ) {
        (Some(flag), _) => look.source(&flag.span).to_owned(),
        (None, true) => "-A".to_owned(),
        (None, false) => "-n NAMESPACE".to_owned(),
    };
    format!("asogate check cleanup {namespace} && ")
}
