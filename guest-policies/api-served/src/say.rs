//! What is said of each problem.

use asogate_aso::versions::asoctl_import;
use asogate_policy::{Finding, Level, ObjectId, finding, quote};

/// How many other objects of a kind are related to its finding.
const RELATED_LIMIT: usize = 20;

const API_VERSION: &str = "apiVersion";

/// What becomes of an object that the API server does not know.
const REFUSED: &str = "the API server refuses the object; `kubectl apply` goes on with the rest, and what it owns waits for it";

/// Says how many other objects have the same problem.
pub(crate) fn and_others(found: Finding, others: &[ObjectId]) -> Finding {
    let found = found.related_all(others.iter().copied().take(RELATED_LIMIT));
    match others.len() {
        0 => found,
        1 => found.advice("one other object of this plan has the same problem"),
        count => found.advice(format!(
            "{count} other objects of this plan have the same problem"
        )),
    }
}

pub(crate) fn cert_manager(is_absent: bool) -> Finding {
    let message = if is_absent {
        "the cluster has no cert-manager (no definition of `certificates.cert-manager.io`)"
    } else {
        "serves no established `cert-manager.io/v1`"
    };
    finding("cert-manager")
        .message(message)
        .why("the webhooks of v2 get their certificates from it; without them no v2 object can be created or changed")
        .command("kubectl get crd certificates.cert-manager.io -o jsonpath='{{.spec.versions[*].name}'")
        .advice("install cert-manager 1.6 or later, or accept this finding if the webhooks get their certificates elsewhere")
}

pub(crate) fn absent(group: &str, kind: &str) -> Finding {
    finding("crd-absent")
        .column(API_VERSION)
        .message(format!(
            "is of a kind that the cluster does not serve: {} has no definition",
            quote(&format!("{kind}.{group}"))
        ))
        .why(REFUSED)
        .advice("v2 installs definitions when it starts: restart it if its `--crd-pattern` was changed, and look into its log")
        .edit("or remove the object from the import")
}

pub(crate) fn not_established(definition: ObjectId) -> Finding {
    finding("crd-absent")
        .column(API_VERSION)
        .message("is of a kind whose definition, {1.name}, is not established")
        .why(REFUSED)
        .command("kubectl wait --for=condition=Established crd/{1.name} --timeout=60s")
        .related(definition)
}

pub(crate) fn not_served(
    group: &str,
    version: &str,
    served: &[&str],
    definition: ObjectId,
) -> Finding {
    // Storage versions are v2's own.
    let usable = served
        .iter()
        .copied()
        .filter(|name| !name.ends_with("storage"));
    let usable: Vec<&str> = usable.collect();
    let names = usable.iter().map(|name| quote(name)).collect::<Vec<_>>();
    let what = match names.len() {
        0 => "none at all".to_owned(),
        _ => names.join(", "),
    };
    let found = finding("version-not-served")
        .column(API_VERSION)
        .message(format!(
            "is written in the version {}, of which {{1.name}} serves {what}",
            quote(version)
        ))
        .why("the API server refuses it: asoctl is newer than v2 in the cluster, or a version was removed")
        .related(definition)
        .advice("upgrade v2 to the release of asoctl");
    match asoctl_import(usable) {
        Some(best) => found.edit(format!(
            "or set `apiVersion` to {}, and check every field against that version, which may not know all of them",
            quote(&format!("{group}/{best}"))
        )),
        None => found,
    }
}

pub(crate) fn not_covered(
    group: &str,
    kind: &str,
    level: Level,
    deployment: Option<ObjectId>,
) -> Finding {
    let name = quote(&format!("{group}/{kind}"));
    let found = finding("crd-pattern").level(level).column(API_VERSION);
    let found = match level {
        Level::Deny => found
            .message(format!(
                "is of a kind that the cluster does not serve, and the `--crd-pattern` of v2 does not cover {name}"
            ))
            .why(REFUSED),
        _ => found
            .message(format!(
                "is of a kind that is served, but the `--crd-pattern` of v2 does not cover {name}"
            ))
            .why("its definition is there by chance: a new installation of v2 would not bring it"),
    };
    let found = found.advice(format!(
        "add {name} to `crdPattern` in the values of v2's chart, and upgrade the release: v2 reads it when it starts, and a start writes every object to Azure that is not under `skip`"
    ));
    let found = match level {
        Level::Deny => found.edit("or remove the object from the import"),
        _ => found,
    };
    match deployment {
        Some(deployment) => found.related(deployment),
        None => found,
    }
}

pub(crate) fn stored_versions(versions: &[&str]) -> Finding {
    let names: Vec<String> = versions.iter().map(|version| quote(version)).collect();
    finding("stored-versions")
        .column("status.storedVersions")
        .message(format!(
            "has objects stored in several versions: {}",
            names.join(", ")
        ))
        .why("while v1's conversion webhook is down, one old object makes every list of the kind fail, so an inventory may end early")
        .command("kubectl get -A {name}")
        .advice("if that fails, the inventory of this kind is not complete; keep v1 and its webhook running until its last object is deleted")
}

pub(crate) fn written_older(written: &str, known: &str) -> Finding {
    finding("older-version")
        .column(API_VERSION)
        .message(format!(
            "is written in the version {}, which is older than {}",
            quote(written),
            quote(known)
        ))
        .why("fields that the older version does not know are lost without a word, and v2 sends its PUT in the older version")
        .edit(format!(
            "set `apiVersion` to `{{group}}/{known}`; in a plan, name the version {}",
            quote(known)
        ))
        .advice(format!(
            "with kubectl, write `{{plural}}.{known}.{{group}}/{{name}}`"
        ))
}

pub(crate) fn was_written_older(manager: &str, version: &str, applied: &str) -> Finding {
    finding("older-version")
        .column("metadata.managedFields")
        .message(format!(
            "was written in the version {} by {}, after it was applied in {}",
            quote(version),
            quote(manager),
            quote(applied)
        ))
        .why("kubectl takes an old version if a command names none; fields that it does not know were lost, and adoption sends what is left")
        .command("kubectl get -n {namespace} {versioned-resource} {name} -o yaml --show-managed-fields")
        .advice(format!(
            "apply the imported manifest again, in the version {}: it brings lost fields back; if nothing changes, nothing was lost, and the finding can be accepted",
            quote(applied)
        ))
}
