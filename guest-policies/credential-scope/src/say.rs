//! What is said of each problem.

use crate::credentials::Defect;
use crate::rules::{Abroad, By, Home};
use asogate_aso::annotations::{CREDENTIAL_FROM, RESOURCE_ID, column};
use asogate_aso::settings::{CREDENTIAL_SECRET, REQUIRED_CREDENTIAL_KEYS, V2_SECRET};
use asogate_policy::{Finding, ObjectId, finding, quote};

/// As many objects as a finding names.
const NAMED: usize = 5;

/// `; so do 3 more objects of the plan`.
fn more(others: &[ObjectId]) -> String {
    match others.len() {
        0 => String::new(),
        1 => "; so does 1 more object of the plan".to_owned(),
        count => format!("; so do {count} more objects of the plan"),
    }
}

fn keys() -> String {
    let keys: Vec<String> = REQUIRED_CREDENTIAL_KEYS
        .iter()
        .map(|key| quote(key))
        .collect();
    keys.join(", ")
}

pub(crate) fn cross_namespace(name: &str) -> Finding {
    finding("cross-namespace")
        .column(column(CREDENTIAL_FROM))
        .message(format!(
            "takes its credential from {}, but a credential must be in the same namespace",
            quote(name)
        ))
        .why("v2 does not begin with the object: `credential-from cannot contain '/'`, and it falls back to no other credential")
        .edit(format!(
            "put the credential into a Secret beside the object, and set `{CREDENTIAL_FROM}` to its name alone"
        ))
}

pub(crate) fn missing(
    named: Option<&str>,
    defect: &Defect,
    secret: Option<ObjectId>,
    others: &[ObjectId],
) -> Finding {
    let name = quote(named.unwrap_or(CREDENTIAL_SECRET));
    let message = match defect {
        Defect::Absent => format!(
            "takes its credential from Secret {name}, which does not exist{}",
            more(others)
        ),
        Defect::Incomplete(key) => format!(
            "takes its credential from Secret {name}, in which {} is missing or empty{}",
            quote(key),
            more(others)
        ),
    };
    let found = finding("missing-credential")
        .message(message)
        .why("v2 does not begin with the object (`Ready=False`, reason `Failed`), and falls back to no other credential")
        .advice(format!(
            "give the Secret {name} of the namespace `{{namespace}}` the keys {}, and what the application logs in with",
            keys()
        ));
    let found = match named {
        Some(_) => found
            .follows("namespace/unset")
            .follows("namespace/absent")
            .column(column(CREDENTIAL_FROM))
            .edit(format!("or take the annotation `{CREDENTIAL_FROM}` away")),
        None => found.advice(format!(
            "or delete the Secret, so that the operator's own credential counts: `kubectl delete -n {{namespace}} secrets {CREDENTIAL_SECRET}`"
        )),
    };
    found
        .related_all(secret)
        .related_all(others.iter().copied().take(NAMED))
}

pub(crate) fn no_global(knows_operators: bool, others: &[ObjectId]) -> Finding {
    let what = if knows_operators {
        format!("the operator's own (Secret `{V2_SECRET}`) has no `AZURE_SUBSCRIPTION_ID`")
    } else {
        format!("no v2 operator with a Secret `{V2_SECRET}` is known")
    };
    finding("missing-credential")
        .message(format!(
            "has no credential in its namespace, and {what}{}",
            match others.len() {
                0 => String::new(),
                1 => "; 1 more object of the plan there has none either".to_owned(),
                count => format!("; {count} more objects of the plan there have none either"),
            }
        ))
        .why("v2 cannot ask Azure for anything on behalf of the object: it does not begin with it")
        .advice(format!(
            "create Secret `{CREDENTIAL_SECRET}` in the namespace `{{namespace}}` with the keys {} (`kubectl create secret generic -n {{namespace}} {CREDENTIAL_SECRET} --from-env-file=FILE`), or complete `{V2_SECRET}` and restart the operator (a restart writes every object that is not under `skip`)",
            keys()
        ))
        .related_all(others.iter().copied().take(NAMED))
}

/// The column that shows where a resource is.
fn place(home: &Home, found: Finding) -> Finding {
    match home.by {
        By::Owner => found.column("spec.owner.armId"),
        By::Claim => found.column(column(RESOURCE_ID)),
        By::V1(_) => found,
    }
}

/// The credential in words; the first related object is the Secret, if there is one.
fn credential(secret: Option<ObjectId>) -> String {
    match secret {
        Some(_) => "its credential {1.object}".to_owned(),
        None => "the operator's own credential".to_owned(),
    }
}

/// `is in the subscription …`, with what says so.
fn is_in(home: &Home, secret: Option<ObjectId>) -> String {
    let subscription = quote(&home.subscription);
    match home.by {
        By::Owner => format!("has an owner in the subscription {subscription}"),
        By::Claim => format!("was claimed in the subscription {subscription}"),
        By::V1(_) => {
            let number = 1 + usize::from(secret.is_some());
            format!(
                "stands for what v1 has in the subscription {subscription} ({{{number}.object}})"
            )
        }
    }
}

fn relate(home: &Home, secret: Option<ObjectId>, found: Finding) -> Finding {
    let found = found.related_all(secret);
    match home.by {
        By::V1(object) => found.related(object),
        By::Owner | By::Claim => found,
    }
}

pub(crate) fn mismatch(home: &Home, known: Option<&str>, secret: Option<ObjectId>) -> Finding {
    let of = match known {
        Some(known) => format!("of {}", quote(known)),
        None => "of another one".to_owned(),
    };
    let why = match home.by {
        By::Owner | By::Claim => {
            "v2 refuses it: `SubscriptionMismatch`, before it writes, before it deletes, and from release 2.20 on under `skip` too"
        }
        By::V1(_) => {
            "v2 looks for it in the subscription of the credential: under `skip` it finds nothing, and when it takes over it creates a new resource group there, and everything below"
        }
    };
    let found = finding("subscription-mismatch")
        .message(format!(
            "{}, but {} is {of}",
            is_in(home, secret),
            credential(secret)
        ))
        .why(why)
        .advice(format!(
            "create a Secret with a credential of the subscription {} in the namespace `{{namespace}}`: as `{CREDENTIAL_SECRET}` for the whole namespace, or under another name for single objects",
            quote(&home.subscription)
        ))
        .command(format!(
            "kubectl annotate -n {{namespace}} {{versioned-resource}} {{name}} {CREDENTIAL_FROM}=azure-credential --overwrite"
        ))
        .edit(format!(
            "or add the annotation `{CREDENTIAL_FROM}` to the manifest; each object that is not in the subscription of the namespace's credential needs it"
        ));
    relate(home, secret, place(home, found))
}

pub(crate) fn abroad(written: &str, abroad: &Abroad) -> Finding {
    let home = quote(&abroad.home);
    finding("subscription-mismatch")
        .column("spec.owner.armId")
        .message(format!(
            "has an owner in the subscription {}, but v1 has the same resource in {home}, as {{1.object}}",
            quote(written)
        ))
        .why("v2 refuses it if its credential is of another subscription; else it finds nothing under `skip`, and when it takes over it creates a new and empty resource, while nobody manages the one that v1 has")
        .edit(format!("set the subscription in `spec.owner.armId` to {home}"))
        .advice(format!(
            "the credential of the object must be of {home} too: the operator's own, `{CREDENTIAL_SECRET}` of the namespace, or the one that `{CREDENTIAL_FROM}` names"
        ))
        .related(abroad.object)
}

pub(crate) fn not_compared(home: &Home, secret: Option<ObjectId>, others: &[ObjectId]) -> Finding {
    let found = finding("subscription-mismatch")
        .message(format!(
            "{}, and whether {} is of that one is not known{}",
            is_in(home, secret),
            credential(secret),
            match others.len() {
                0 => String::new(),
                1 => "; the same goes for 1 more object of the plan".to_owned(),
                count => format!("; the same goes for {count} more objects of the plan"),
            }
        ))
        .why("with a credential of another subscription v2 refuses the object or looks for it in the wrong place");
    let found = match secret {
        Some(_) => found.command(
            "kubectl get -n {1.namespace} secrets {1.name} -o jsonpath='{{.data.AZURE_SUBSCRIPTION_ID}' | base64 -d",
        ),
        None => found.advice("several v2 operators watch the namespace with different credentials: let only one of them watch it"),
    };
    relate(home, secret, place(home, found)).related_all(others.iter().copied().take(NAMED))
}
