//! Objects that are listed in all namespaces, and changed in one.

use super::{Edit, Found, Look, Report};
use asogate_core::finding::{Level, Remedy};

/// The guide's own commands do this (FACTS (c)): `kubectl get -A -o name` prints names without their namespaces, and
/// `kubectl annotate -n NAMESPACE` then looks for all of them there.
pub(super) fn lost(look: &Look<'_>, report: &mut Report) {
    if !look.changes() {
        return;
    }
    let (v1, v2) = look.sides();
    let namespace = look.kubectl.flag("--namespace");
    for listing in look.listings().filter(|listing| !listing.of_types) {
        let Some(all) = &listing.all_namespaces else {
            continue;
        };
        // `-n "$namespace"` takes what the list says.
        let follows = namespace.is_some_and(|flag| flag.value.is_none())
            || (namespace.is_none() && look.kubectl.takes_input);
        let is_of_others = listing.types.is_some() && !v1 && !v2;
        if (listing.keeps_namespaces && follows) || is_of_others {
            continue;
        }
        let here = match namespace {
            Some(flag) => format!("in {}", quoted(look.source(&flag.span))),
            None => "in the current namespace".to_owned(),
        };
        let mut edits = vec![];
        let option = namespace
            .map_or("-n NAMESPACE", |flag| look.source(&flag.span))
            .to_owned();
        if matches!(
            look.source(all),
            "-A" | "--all-namespaces" | "--all-namespaces=true"
        ) {
            edits.push(Edit::replace(all, option.clone()));
            if namespace.is_none() {
                edits.push(Edit::insert(
                    look.kubectl.verb_span.end,
                    format!(" {option}"),
                ));
            }
        }
        report.found.push(Found {
            code: "all-namespaces",
            level: Level::Deny,
            at: all.start,
            message: format!("lists objects of all namespaces, and then runs `kubectl {}` on these names {here}", look.verb()),
            why: "the list does not say in which namespace an object is: those of other namespaces are not found, or others of the same name are changed"
                .to_owned(),
            edits,
            remedies: vec![Remedy::Advice("do this once for each namespace".to_owned())],
        });
    }
}

fn quoted(text: &str) -> String {
    format!(
        "`{}`",
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    )
}
