//! What is said of a swap: of who goes on reading v1, and of what the others read from then on.

use asogate_policy::{Finding, Level, ObjectId, finding, quote};

/// Who reads a Secret of v1 as before. The Secret is the first related object.
pub(crate) fn left(keys: &[&str], is_fixed: bool) -> Finding {
    let named: Vec<String> = keys.iter().copied().map(quote).collect();
    let what = match named.as_slice() {
        [] => "the whole of {1.object}".to_owned(),
        named => format!("{} of {{1.object}}", named.join(", ")),
    };
    let found = finding("not-swapped");
    if is_fixed {
        return found
            .level(Level::Warn)
            .message(format!("cannot be changed, and goes on reading {what}"))
            .why("its Secret must stay until it has ended: `cleanup` is denied before that")
            .advice("wait until it has finished; or delete it, and create it again with what v2 exports if somebody needs it");
    }
    found
        .message(format!("goes on reading {what} after this plan"))
        .why("`cleanup` is denied while somebody reads the Secret of v1, since it would take it away")
        .command("asogate check swap {resource}/{name} -n {namespace}")
        .advice("what that shows as `cannot be swapped` has its reason beside it")
}

/// What is wrong with a Secret or ConfigMap from which a workload reads from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It is not there.
    Absent,
    /// It has no such key.
    NoKey,
    /// The key holds nothing.
    Empty,
    /// A v2 object exports it, but has not written it yet.
    NotWritten,
}

/// A place that reads it: kind, name, and key (none: all of it).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    pub(crate) kind: &'static str,
    pub(crate) name: &'p str,
    pub(crate) key: Option<&'p str>,
}

impl Place<'_> {
    fn words(self) -> String {
        let name = quote(self.name);
        match self.key {
            Some(key) => format!("key {} of {} {name}", quote(key), self.kind),
            None => format!("{} {name}", self.kind),
        }
    }
}

pub(crate) fn wrong(place: Place<'_>, wrong: Wrong, known: Option<ObjectId>) -> Finding {
    let is = match wrong {
        Wrong::Absent => "which does not exist, and no v2 object exports it",
        Wrong::NoKey => "which has no such key, and no v2 object exports it",
        Wrong::Empty => "which is empty",
        Wrong::NotWritten => "which v2 exports but has not written yet",
    };
    let found =
        finding("no-v2-source").message(format!("reads from now on {}, {is}", place.words()));
    let why = match wrong {
        Wrong::Empty => "its new containers start with an empty value",
        _ => {
            "its new containers do not start: `CreateContainerConfigError`, or a volume that is never mounted"
        }
    };
    let what = match wrong {
        Wrong::NotWritten => "wait until the v2 object that exports it is `Ready`, then try again",
        Wrong::Empty => "find out why it is empty, and swap when it is not",
        _ => {
            "export it first under `spec.operatorSpec` of the v2 object, or correct the name in the workload"
        }
    };
    // Related objects are counted: the first one is what it reads.
    let found = match known {
        Some(_) => found.command("kubectl describe -n {1.namespace} {1.resource} {1.name}"),
        None => found.command("kubectl edit -n {namespace} {resource} {name}"),
    };
    found.why(why).advice(what).related_all(known)
}

pub(crate) fn goes(place: Place<'_>, is_deleted: bool, known: ObjectId) -> Finding {
    let because = match is_deleted {
        true => "which is being deleted",
        false => "which goes, because what owns it is gone or is being deleted",
    };
    finding("consumed-secret-collected")
        .message(format!("reads from now on {}, {because}", place.words()))
        .why("what starts now reads it until it restarts; after that it does not start, because it is gone")
        .command("kubectl get -n {1.namespace} {1.resource} {1.name} -o jsonpath='{{.metadata.ownerReferences}'")
        .advice("find out who deletes it and why, and swap to what stays")
        .related(known)
}

pub(crate) fn differs(place: Place<'_>, known: ObjectId) -> Finding {
    finding("value-differs")
        .message(format!(
            "reads from now on {}, whose value is none of those that it reads now",
            place.words()
        ))
        .why("either the key was rotated after v1 was paused, and the new value is right; or it is the key of something else")
        .advice("see that the v2 object stands for the same resource, and that the new value works, before the pods are replaced")
        .related(known)
}

/// The Secret and the v2 object that writes it are the related objects.
pub(crate) fn not_adopted(place: Place<'_>, holder: ObjectId, owner: ObjectId) -> Finding {
    finding("source-not-ready")
        .message(format!(
            "reads from now on {}, which {{2.object}} writes, and that is still under `skip`",
            place.words()
        ))
        .why("nobody manages the resource while v1 is paused and v2 under `skip`: if the import is given up, the Secret goes with it")
        .command("asogate check adopt {2.resource}/{2.name} -n {2.namespace}")
        .advice("adopt it first, see it `Ready`, then swap")
        .related(holder)
        .related(owner)
}

pub(crate) fn not_ready(
    place: Place<'_>,
    reason: &str,
    holder: ObjectId,
    owner: ObjectId,
) -> Finding {
    finding("source-not-ready")
        .message(format!(
            "reads from now on {}, which {{2.object}} writes, and that is not ready: {}",
            place.words(),
            quote(reason)
        ))
        .why("what v2 wrote there may be of before, and nobody knows whether it is kept up to date")
        .command("kubectl describe -n {2.namespace} {2.versioned-resource} {2.name}")
        .related(holder)
        .related(owner)
}
