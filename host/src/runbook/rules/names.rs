//! Types that mean more than one kind, and v2 kinds that kubectl edits in an older version if none is named.

use super::{Edit, Found, Look, Report};
use crate::runbook::kinds::{name_of_v1, name_of_v2, rewritten_in};
use crate::runbook::kubectl::Type;
use asogate_aso::annotations::{RECONCILE_POLICY, SKIPRECONCILE};
use asogate_aso::skipreconcile::{self, KeyMistake};
use asogate_aso::{v2, versions};
use asogate_core::finding::{Level, Remedy};

/// FACTS 0.6, OBSERVED 2.v: without a group, kubectl takes the v1 kind if it has asked the API server anew, and took the v2
/// kind with an old cache.
pub(super) fn ambiguous(look: &Look<'_>, report: &mut Report) {
    let keys = || look.pairs().map(|(key, _, _)| key);
    let for_v1 = keys().any(|key| {
        key == SKIPRECONCILE || skipreconcile::mistake(key) == Some(KeyMistake::Misspelt)
    });
    let for_v2 = keys().any(|key| key == RECONCILE_POLICY);
    let level = if look.changes() || look.feeds {
        Level::Deny
    } else {
        Level::Warn
    };
    for of_type in look
        .kubectl
        .types
        .iter()
        .filter(|of_type| !of_type.meaning.has_group)
    {
        let Type { text, meaning, .. } = of_type;
        let v2 = meaning.v2.first();
        let found = match (meaning.v1, meaning.built_in) {
            (Some(v1), Some(built_in)) if for_v1 => Some((
                format!("names `{text}`, which is `{built_in}` of Kubernetes, not the v1 kind {}", v1.kind),
                "the v1 objects do not get the annotation".to_owned(),
                Some(name_of_v1(v1)),
                None,
            )),
            (_, Some(_)) => None,
            (Some(v1), None) if meaning.category.is_some() => Some((
                format!(
                    "names `{text}`, which is a kind of v1, but with v2 installed a category: all kinds of {}",
                    meaning.category.unwrap_or_default()
                ),
                "kubectl replaces a category by its kinds before it looks for a kind of this name, so it takes those of v2".to_owned(),
                Some(name_of_v1(v1)),
                None,
            )),
            (Some(v1), None) if v2.is_some() => {
                let other = v2.map(|kind| name_of_v2(kind));
                let (with, other) = if for_v2 && !for_v1 { (other, None) } else { (Some(name_of_v1(v1)), other) };
                Some((
                    format!("names `{text}`, which is a kind of v1 and of v2"),
                    "kubectl takes the one of v1, but with an old discovery cache it took the one of v2".to_owned(),
                    with,
                    other.filter(|_| !for_v1),
                ))
            }
            (None, None) if meaning.category.is_none() && meaning.v2.len() > 1 && meaning.v2.iter().all(|kind| kind.plural == v2.map_or("", |v2| v2.plural)) => {
                let groups: Vec<&str> = meaning.v2.iter().map(|kind| kind.group).collect();
                Some((
                    format!("names `{text}`, which is a kind of {}", groups.join(" and ")),
                    "kubectl takes the first group that it knows".to_owned(),
                    None,
                    None,
                ))
            }
            _ => None,
        };
        let Some((message, why, with, other)) = found else {
            continue;
        };
        let edit = with
            .clone()
            .zip(of_type.span.as_ref())
            .map(|(with, span)| Edit::replace(span, with));
        let elsewhere = with.as_ref().filter(|_| of_type.span.is_none());
        let elsewhere = elsewhere.map(|with| Remedy::Advice(format!("let it be `{with}`")));
        let other = other.map(|other| Remedy::Advice(format!("the kind of v2 is `{other}`")));
        report.found.push(Found {
            code: "ambiguous-name",
            level,
            at: of_type.span.as_ref().unwrap_or(&of_type.word).start,
            message,
            why,
            edits: edit.into_iter().collect(),
            remedies: elsewhere.into_iter().chain(other).collect(),
        });
    }
}

/// FACTS 0.11, OBSERVED N1.
pub(super) fn unversioned(look: &Look<'_>, report: &mut Report) {
    if !look.changes() || look.verb() == "delete" {
        return;
    }
    let why = "the API server rewrites the object in that version: newer fields are lost, and Azure gets what is left when v2 adopts it";
    for of_type in &look.kubectl.types {
        let meaning = &of_type.meaning;
        if !meaning.is_of_aso() || meaning.v1.is_some() {
            continue;
        }
        let Some((kind, picked, imported)) = oldest(&meaning.v2, meaning.version.as_deref()) else {
            continue;
        };
        let message = match &meaning.version {
            Some(version) => format!(
                "edits {} in `{version}`, which is older than `{imported}`, in which asoctl imports it",
                name(kind)
            ),
            None => format!(
                "names no version of {}, for which kubectl takes `{picked}` instead of `{imported}`",
                name(kind)
            ),
        };
        let edit = of_type.span.as_ref().filter(|_| meaning.v2.len() == 1);
        report.found.push(Found {
            code: "unversioned-v2",
            level: Level::Deny,
            at: of_type.span.as_ref().unwrap_or(&of_type.word).start,
            message,
            why: why.to_owned(),
            edits: edit
                .map(|span| Edit::replace(span, name_of_v2(kind)))
                .into_iter()
                .collect(),
            remedies: match edit {
                Some(_) => vec![],
                None => vec![Remedy::Advice(format!("name it `{}`", name_of_v2(kind)))],
            },
        });
    }
    for listing in look.typed_listings() {
        let kinds = listing
            .types
            .iter()
            .flatten()
            .filter(|meaning| meaning.v1.is_none());
        let kinds: Vec<&v2::V2Kind> = kinds
            .flat_map(|meaning| meaning.v2.iter().copied())
            .collect();
        let old: Vec<&v2::V2Kind> = kinds
            .iter()
            .copied()
            .filter(|kind| rewritten_in(kind).is_some())
            .collect();
        let Some(first) = old.first() else { continue };
        let others = match old.len() {
            1 => String::new(),
            count => format!(" and {} more kinds", count - 1),
        };
        let mut remedies = vec![];
        if let [only] = old.as_slice() {
            remedies.push(Remedy::Advice(format!(
                "name the type itself: `{} --all`",
                name_of_v2(only)
            )));
        }
        remedies.push(Remedy::Advice(
            "`asogate plan adopt` and `asogate plan rollback` print one command an object, with its version".to_owned(),
        ));
        report.found.push(Found {
            code: "unversioned-v2",
            level: Level::Deny,
            at: look.invocation.span.start,
            message: format!(
                "edits objects by listed names, which carry no version, of {}{others}",
                name(first)
            ),
            why: format!("kubectl takes the oldest version of these kinds; {why}"),
            edits: vec![],
            remedies,
        });
    }
}

/// The first of these kinds that would be edited in an older version than the one that asoctl imports, and both versions.
fn oldest<'a>(
    kinds: &[&'a v2::V2Kind],
    version: Option<&str>,
) -> Option<(&'a v2::V2Kind, &'a str, &'a str)> {
    kinds.iter().find_map(|kind| match version {
        None => rewritten_in(kind).map(|(picked, imported)| (*kind, picked, imported)),
        Some(version) => {
            let imported = versions::asoctl_import(kind.versions().iter().copied())?;
            versions::is_older(version, imported).then_some((*kind, imported, imported))
        }
    })
}

fn name(kind: &v2::V2Kind) -> String {
    format!("{}.{}", kind.kind, kind.group)
}
