//! What is said of each problem.

use asogate_aso::v1::V1Kind;
use asogate_policy::{Finding, ObjectId, finding, quote};

/// As many objects as a finding names.
const NAMED: usize = 5;

/// The kinds of v2 in words.
fn counterparts(kind: &V1Kind) -> String {
    let names = kind.counterparts.iter();
    let names: Vec<String> = names
        .map(|(group, kind)| format!("{kind}.{group}"))
        .collect();
    match names.as_slice() {
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
        [] => String::new(),
    }
}

pub(crate) fn no_successor(text: &str, kind: Option<&V1Kind>, deletes: bool) -> Finding {
    let message = match (kind, deletes) {
        (None, _) => format!(
            "is of the kind {}, of which asogate knows no successor in v2",
            quote(text)
        ),
        (Some(_), true) => "is deleted, and no v2 object takes its place".to_owned(),
        (Some(_), false) => "has no successor in v2".to_owned(),
    };
    let why = match kind {
        Some(kind) if kind.is_action() => {
            "it stands for something that was done once; what it did stays, and v2 has nothing to do it with"
        }
        _ => {
            "paused or deleted, its Azure resource stays as it is, and from then on no operator looks after it"
        }
    };
    let found = finding("no-successor").message(message).why(why);
    let found = match kind {
        Some(kind) if kind.is_action() => {
            found.advice("see that it is done (`status.provisioned`) and that nothing creates it again")
        }
        Some(kind) if is_single_server(kind) && !kind.counterparts.is_empty() => found.advice(format!(
            "Azure retires single servers: migrate to a flexible server first, and manage that one with {}",
            counterparts(kind)
        )),
        Some(kind) if is_single_server(kind) => {
            found.advice("Azure retires single servers: migrate to a flexible server first, whose network access is set up in another way")
        }
        _ => found.advice("decide who looks after it from now on: another tool, or people"),
    };
    found.advice(waiver("no-successor", "{object}"))
}

/// Single servers of MySQL and PostgreSQL, and everything in them.
fn is_single_server(kind: &V1Kind) -> bool {
    kind.kind.starts_with("MySQL") || kind.kind.starts_with("PostgreSQL")
}

pub(crate) fn key_vault(vault: &str) -> Finding {
    finding("key-vault-secret")
        .column("spec.keyVaultToStoreSecrets")
        .message(format!(
            "keeps its keys and passwords in the Key Vault {}, which v2 cannot",
            quote(vault)
        ))
        .why(WHY_VAULT)
        .advice("let v2 export to a Secret (`spec.operatorSpec.secrets`) and bring it into the Key Vault with another tool, or let the workloads read the Secret")
        .advice(waiver("key-vault-secret", "{object}"))
}

/// An entry of `waivers` in the configuration.
fn waiver(code: &str, subject: &str) -> String {
    format!(
        "then accept it below `waivers` in `asogate.yaml`: `- {{{{code: supported-kind/{code}, subject: \"{subject}\", reason: …, owner: …, expires: …}}`"
    )
}

const WHY_VAULT: &str = "v2 writes only Secrets of Kubernetes: what is in the Key Vault stays, and grows stale when a key is rotated";

pub(crate) fn operator_vault(objects: &[ObjectId]) -> Finding {
    let more = match objects.len() {
        1 => String::new(),
        2 => " and 1 more object of the plan".to_owned(),
        count => format!(" and {} more objects of the plan", count - 1),
    };
    finding("key-vault-secret")
        .message(format!(
            "sets `AZURE_OPERATOR_KEYVAULT`: v1 keeps the keys and passwords of {{1.object}}{more} in a Key Vault, which v2 cannot"
        ))
        .why(WHY_VAULT)
        .advice("let v2 export to Secrets (`spec.operatorSpec.secrets`) and bring them into the Key Vault with another tool, or let the workloads read the Secrets")
        .advice(waiver("key-vault-secret", "{object}"))
        .related_all(objects.iter().copied().take(NAMED))
}

pub(crate) fn split(kind: &V1Kind, objects: &[ObjectId]) -> Finding {
    let among = match objects.len() {
        1 => "becomes".to_owned(),
        2 => "and 1 more object of its kind become".to_owned(),
        count => format!("and {} more objects of its kind become", count - 1),
    };
    finding("split")
        .message(format!(
            "{among} several objects in v2: {}",
            counterparts(kind)
        ))
        .why("each of them needs its place in the import, and its own policy `skip`")
        .advice("see that the import file holds all of them for each object; asoctl writes those that exist in Azure when the parent is imported, and `asogate check import` names what is missing")
        .related_all(objects.iter().skip(1).take(NAMED).copied())
}
