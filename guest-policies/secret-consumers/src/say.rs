//! What is said of each problem.

use crate::collected::Loss;
use crate::consumers::Runs;
use asogate_aso::key_mapping::{KeyMapping, V2Source};
use asogate_policy::{Finding, Input, Level, ObjectId, finding, quote};

/// As many objects as are named in one finding.
const NAMED: usize = 5;

/// A key that somebody reads.
pub(crate) struct Need<'n> {
    pub(crate) key: &'n str,
    /// The Secret of v1: the first related object.
    pub(crate) secret: ObjectId,
    /// Who reads it: the related objects after that.
    pub(crate) readers: &'n [ObjectId],
    /// Whether all of them read the whole Secret.
    pub(crate) whole: bool,
}

impl Need<'_> {
    /// `Deployment.apps shop/a and 2 more read`.
    fn readers(&self) -> String {
        match self.readers.len() {
            1 => "{2.object} reads".into(),
            count => format!("{{2.object}} and {} more read", count - 1),
        }
    }

    /// What they read.
    fn what(&self) -> String {
        let key = quote(self.key);
        if self.whole {
            format!("{} with the whole of {{1.object}}", self.readers())
        } else {
            format!("{} as {key} of {{1.object}}", self.readers())
        }
    }

    fn relate(&self, finding: Finding) -> Finding {
        let readers = self.readers.iter().copied().take(NAMED);
        finding.related(self.secret).related_all(readers)
    }
}

pub(crate) fn unmapped(need: &Need<'_>) -> Finding {
    let key = quote(need.key);
    let found = finding("unmapped-key")
        .column("spec.operatorSpec")
        .message(format!(
            "gives nothing that takes the place of {key}, which {}",
            if need.whole {
                need.what()
            } else {
                format!("{} from {{1.object}}", need.readers())
            }
        ))
        .why("v2 has no field for this key, and the Secret of v1 that holds it is not kept up to date any more and goes or grows stale at `cleanup`")
        .edit(format!(
            "export the value under the key {key} with an entry of `spec.operatorSpec.secretExpressions` or `configMapExpressions`"
        ))
        .advice("or put the value into a Secret of your own in the same namespace, or let the workloads do without it");
    need.relate(found)
}

pub(crate) fn no_source(mapping: &KeyMapping, is_there: bool, need: &Need<'_>) -> Finding {
    let (group, kind) = mapping.v2;
    // A workload may name any key: shown as it can be shown, without the backticks.
    let key = quote(need.key);
    let key = key.trim_matches('`');
    let who = if is_there {
        String::new()
    } else {
        format!("has no {kind}.{group} that ")
    };
    let does = |positive: &str, negative: &str| {
        if is_there {
            negative.to_owned()
        } else {
            format!("{who}{positive}")
        }
    };
    let (column, message, edit) = match mapping.source {
        V2Source::Secret(field) => (
            format!("spec.operatorSpec.secrets.{field}"),
            does(
                &format!("exports `{field}`"),
                &format!("does not export `{field}`"),
            ),
            format!(
                "add `{field}: {{{{name: NEW-SECRET, key: {key}}}` to `spec.operatorSpec.secrets`"
            ),
        ),
        V2Source::ConfigMap(field) => (
            format!("spec.operatorSpec.configMaps.{field}"),
            does(
                &format!("exports `{field}`"),
                &format!("does not export `{field}`"),
            ),
            format!(
                "add `{field}: {{{{name: NEW-CONFIG-MAP, key: {key}}}` to `spec.operatorSpec.configMaps`; who reads it must read the ConfigMap"
            ),
        ),
        V2Source::Input(field) => (
            format!("spec.{field}"),
            does(
                &format!("takes `{field}` from a Secret of its own"),
                &format!("takes no `{field}` from a Secret that stays"),
            ),
            format!(
                "copy the value into a Secret of your own, and set `spec.{field}` to `{{{{name: THAT-SECRET, key: {key}}}`"
            ),
        ),
        V2Source::Field(field) => (
            format!("spec.{field}"),
            does(&format!("has `{field}`"), &format!("has no `{field}`")),
            format!(
                "write the object with `spec.{field}`; the value is no secret and can stand in the workloads"
            ),
        ),
        V2Source::Expression(expression) => (
            "spec.operatorSpec.secretExpressions".to_owned(),
            does(
                "exports what takes its place",
                "exports nothing that takes the place of it",
            ),
            format!(
                "add an entry to `spec.operatorSpec.secretExpressions`: `{{{{name: NEW-SECRET, key: {key}, value: '{}'}}`",
                expression.replace('{', "{{")
            ),
        ),
        V2Source::Nothing => return unmapped(need),
    };
    let found = finding("no-v2-source")
        .column(column)
        .message(format!("{message}, which {}", need.what()))
        .why("the Secret of v1 goes at `cleanup`, and nothing else holds the value that the workloads need then");
    // What is wrong with the object's own reference says all of it.
    let found = match mapping.source {
        V2Source::Input(_) => found
            .follows("secret-sources/not-configured")
            .follows("secret-sources/owned-by-v1"),
        _ => found,
    };
    let found = if is_there {
        found.edit(edit)
    } else {
        found.edit(format!("write a {kind}.{group} for it that does: {edit}"))
    };
    need.relate(found)
}

/// `Secret `a` (`key0`), `b` and 1 more`.
fn list(input: &Input, losses: &[Loss]) -> String {
    let named = losses.iter().take(3).zip(1..).map(|(loss, number)| {
        let keys: Vec<String> = loss
            .keys
            .iter()
            .filter_map(|key| input.text(*key))
            .map(quote)
            .collect();
        match keys.as_slice() {
            [] => format!("`{{{number}.name}}`"),
            keys => format!("`{{{number}.name}}` ({})", keys.join(", ")),
        }
    });
    let named: Vec<String> = named.collect();
    let word = if losses.len() == 1 {
        "Secret"
    } else {
        "Secrets"
    };
    match losses.len().saturating_sub(named.len()) {
        0 => format!("{word} {}", named.join(" and ")),
        more => format!("{word} {} and {more} more", named.join(", ")),
    }
}

/// The related objects: the Secrets, then what they go with.
fn relate(found: Finding, losses: &[Loss]) -> Finding {
    let mut with: Vec<ObjectId> = losses.iter().filter_map(|loss| loss.gone.with).collect();
    with.sort_unstable();
    with.dedup();
    let secrets = losses.iter().map(|loss| loss.gone.secret);
    found.related_all(secrets).related_all(with)
}

pub(crate) fn collected(input: &Input, losses: &[Loss], is_v2: bool) -> Finding {
    let goes = if losses.len() == 1 {
        "which goes"
    } else {
        "which go"
    };
    let with = match losses {
        [loss] if loss.gone.with.is_some() => " with {2.object}",
        [_] => " because this plan deletes it",
        _ => " with what this plan deletes",
    };
    let why = if is_v2 {
        "v2 cannot read what it needs from then on: it stops with `SecretNotFound` and writes nothing to Azure any more"
    } else if losses.iter().all(|loss| loss.optional) {
        "the reference is optional, so it starts without the value at its next restart, and nothing says so"
    } else {
        "pods that run now go on until they restart; none starts after that, because the Secret is gone"
    };
    let mut found = finding("consumed-secret-collected")
        .message(format!("reads {}, {goes}{with}", list(input, losses)))
        .why(why)
        .advice(if is_v2 {
            "copy the value into a Secret of your own, and let the object read that one before this step"
        } else {
            "let it read the Secret that v2 exports, or your own copy, before this step (that is the step `swap`)"
        });
    if !losses.iter().any(|loss| loss.gone.is_of_v1) {
        found = found.command(match is_v2 {
            true => "kubectl edit -n {namespace} {versioned-resource} {name}",
            false => "kubectl edit -n {namespace} {resource} {name}",
        });
    }
    for (loss, number) in losses.iter().zip(1..).take(3) {
        if loss.gone.is_of_v1 {
            found = found.command(format!(
                "kubectl patch secrets -n {{{number}.namespace}} {{{number}.name}} --type=json -p '[{{{{\"op\":\"remove\",\"path\":\"/metadata/ownerReferences\"}}]'"
            ));
        }
    }
    if losses.iter().any(|loss| loss.gone.is_of_v1) {
        found = found.advice("the command keeps the Secret as it is now if its v1 object is paused; nobody updates it any more");
    }
    relate(found, losses)
}

pub(crate) fn collected_from_nothing(input: &Input, losses: &[Loss], runs: Runs) -> Finding {
    let goes = if losses.len() == 1 {
        "which goes"
    } else {
        "which go"
    };
    let state = match runs {
        Runs::NoReplicas => "has no replicas, but",
        _ => "has finished, but",
    };
    let why = match runs {
        Runs::NoReplicas => {
            "nothing runs now; if it is scaled up again, as a rollout undo does, it does not start"
        }
        _ => "nothing runs now; it could not be run again as it is",
    };
    let found = finding("consumed-secret-collected")
        .level(Level::Info)
        .message(format!(
            "{state} reads {}, {goes} with this plan",
            list(input, losses)
        ))
        .why(why)
        .command("kubectl delete -n {namespace} {resource} {name}");
    relate(found, losses)
}

pub(crate) fn orphan(by: ObjectId, readers: &[ObjectId]) -> Finding {
    let found = finding("orphan-left")
        .why("v1 has set no owner on it, so Kubernetes does not collect it: valid credentials stay in the cluster and grow stale when the keys are rotated")
        .related(by)
        .related_all(readers.iter().copied().take(NAMED));
    match readers.len() {
        0 => found
            .message("stays behind when {1.object} is gone, and nobody reads it")
            .command("kubectl delete -n {namespace} secrets {name}"),
        count => {
            let more = match count {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            found
                .message(format!(
                    "stays behind when {{1.object}} is gone, and is still read by {{2.object}}{more}"
                ))
                .advice("let them read what v2 exports, then delete it: `kubectl delete -n {namespace} secrets {name}`")
        }
    }
}
