//! A plan as the kubectl commands that would carry it out, one a change.

use crate::report::human::count;
use crate::steps;
use crate::steps::shell::quote;
use crate::steps::swap::{self, Explained, Refusal};
use asogate_core::change::{Action, Change, Propagation};
use asogate_core::plan::{Plan, Step};
use asogate_core::snapshot::Snapshot;
use std::fmt::Write;

/// The plan, made from `snapshot`, with a heading and with what it would have to change and cannot. Values are quoted for a
/// POSIX shell.
pub fn render(plan: &Plan, snapshot: &Snapshot, left: &[Refusal]) -> String {
    let mut text = String::new();
    if plan.is_empty() {
        return format!("# `{}` has nothing left to do\n", plan.step());
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "# {} of `{}`, in this order",
        count(plan.changes().len(), "change"),
        plan.step()
    );
    for refusal in left {
        let _ = writeln!(text, "# left as it is: {refusal}");
    }
    let mut applied = vec![];
    let explained = match plan.step() {
        Step::Swap => swap::explain(plan, snapshot),
        _ => vec![],
    };
    let explained = explained.into_iter().chain(std::iter::repeat(None));
    for (change, explained) in plan.changes().iter().zip(explained) {
        if let Some(explained) = explained {
            text.push_str(&swapped(change, &explained));
            continue;
        }
        match (&change.manifest, &change.action) {
            // kubectl applies whole files: one command a file says the same as the changes of its objects.
            (Some(position), Action::Create { .. } | Action::Patch { .. }) => {
                if !applied.contains(&&position.file) {
                    applied.push(&position.file);
                    let _ = writeln!(text, "kubectl apply -f {}", quote(&position.file));
                }
            }
            _ => {
                let _ = writeln!(text, "{}", command(change));
            }
        }
    }
    text
}

/// The change of a workload: what it reads instead of what, and a JSON patch that touches those fields alone, and nothing at
/// all if one of them is another one by then.
fn swapped(change: &Change, explained: &Explained) -> String {
    let mut text = format!("\n# {}\n", change.object);
    for replacement in &explained.replacements {
        let (place, from, to) = (&replacement.place, &replacement.from, &replacement.to);
        let _ = writeln!(text, "#   {place}: {from} -> {to}");
    }
    for note in &explained.notes {
        let _ = writeln!(text, "#   note: {note}");
    }
    let patch = serde_json::to_string(&explained.operations).unwrap_or_default();
    let (namespace, target) = target(change);
    let _ = writeln!(
        text,
        "kubectl patch{namespace} {target} --type=json -p {}",
        quote(&patch)
    );
    text
}

/// `-n` and the object, as kubectl takes them.
fn target(change: &Change) -> (String, String) {
    let plural = steps::plural(&change.object);
    let resource = match change.object.kind.group.as_str() {
        "" => plural,
        // The version is named, because kubectl may else write in an older one, in which v2 objects lose fields.
        group => format!("{plural}.{}.{group}", change.version),
    };
    let namespace = change
        .object
        .namespace
        .as_ref()
        .map_or_else(String::new, |name| format!(" -n {}", quote(name)));
    let target = format!("{resource} {}", quote(&change.object.name));
    (namespace, target)
}

fn command(change: &Change) -> String {
    let (namespace, target) = target(change);
    match &change.action {
        Action::Delete { propagation } => {
            let cascade = match propagation {
                Propagation::Background => "",
                Propagation::Foreground => " --cascade=foreground",
                Propagation::Orphan => " --cascade=orphan",
            };
            format!("kubectl delete{namespace} {target}{cascade}")
        }
        Action::Patch { merge } => match annotation(merge) {
            Some(annotation) => format!("kubectl annotate{namespace} {target} {annotation}"),
            None => format!(
                "kubectl patch{namespace} {target} --type=merge -p {}",
                quote(&merge.to_string())
            ),
        },
        Action::Create { object } => {
            format!("kubectl create{namespace} -f - <<'EOF'\n{object}\nEOF")
        }
    }
}

/// A patch of exactly one annotation, as `kubectl annotate` takes it.
fn annotation(merge: &serde_json::Value) -> Option<String> {
    let only = |value: &serde_json::Value, name: &str| -> Option<serde_json::Value> {
        let fields = value.as_object().filter(|fields| fields.len() == 1)?;
        fields.get(name).cloned()
    };
    let annotations = only(&only(merge, "metadata")?, "annotations")?;
    let fields = annotations.as_object().filter(|fields| fields.len() == 1)?;
    let (name, value) = fields.iter().next()?;
    match value {
        serde_json::Value::Null => Some(format!("{}-", quote(name))),
        serde_json::Value::String(value) => {
            Some(format!("{} --overwrite", quote(&format!("{name}={value}"))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn annotations_become_annotate_commands() {
        let patch =
            |value| annotation(&json!({"metadata": {"annotations": {"skipreconcile": value}}}));
        assert_eq!(
            patch(json!("true")).as_deref(),
            Some("skipreconcile=true --overwrite")
        );
        assert_eq!(patch(json!(null)).as_deref(), Some("skipreconcile-"));
        assert_eq!(
            annotation(&json!({"metadata": {"labels": {"a": "b"}}})),
            None
        );
    }
}
