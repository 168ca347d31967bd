//! What is said of each problem.

use crate::exports::{Export, Target};
use crate::writers::Use;
use asogate_aso::reserved::Reserved;
use asogate_aso::secret_names::NamingVersion;
use asogate_policy::{Finding, ObjectId, finding, quote};

/// To whom a Secret or ConfigMap that is in the way belongs.
pub(crate) enum Belongs<'a> {
    /// It has no owner reference.
    ToNobody,
    /// To the owner of its first reference, whether that is known to be there or not.
    To {
        owner: Option<ObjectId>,
        group: &'a str,
        kind: &'a str,
        name: &'a str,
    },
}

/// `Secret` and its name, for a message.
fn destination(target: Target, export: &Export<'_>) -> String {
    let name = export.name().unwrap_or_default();
    format!("{} {}", target.kind(), quote(name))
}

/// A field of an entry, for a remedy.
fn field(export: &Export<'_>, name: &str) -> String {
    quote(&format!("{}.{name}", export.path()))
}

fn rename(finding: Finding, export: &Export<'_>) -> Finding {
    finding
        .column(format!("{}.name", export.path()))
        .edit(format!(
            "give `{}.name` a name that nothing else uses",
            export.path()
        ))
}

pub(crate) fn illegal_name(target: Target, export: &Export<'_>, problem: &str) -> Finding {
    let message = match export.name() {
        Some("") | None => format!("exports to a {} without a name", target.kind()),
        Some(name) => {
            let name = quote(name);
            format!(
                "exports to a {} named {name}, which {problem}",
                target.kind()
            )
        }
    };
    finding("illegal-destination")
        .column(format!("{}.name", export.path()))
        .message(message)
        .why("v2 admits the object, but the export fails and the object stays `Ready=False`")
        .edit(format!(
            "give {} a name of lower-case letters, digits, `-` and `.`, at most 253 characters",
            field(export, "name")
        ))
}

pub(crate) fn illegal_key(target: Target, export: &Export<'_>, problem: &str) -> Finding {
    let place = destination(target, export);
    let message = match export.key() {
        Some("") | None => format!("exports to {place} without a key"),
        Some(key) => {
            let key = quote(key);
            format!("exports to the key {key} of {place}, which {problem}")
        }
    };
    finding("illegal-destination")
        .column(format!("{}.key", export.path()))
        .message(message)
        .why("v2 admits the object, but the export fails and the object stays `Ready=False`")
        .edit(format!(
            "give {} a key of letters, digits, `-`, `_` and `.`, at most 253 characters",
            field(export, "key")
        ))
}

pub(crate) fn key_twice(target: Target, export: &Export<'_>, twin: &Export<'_>) -> Finding {
    let place = destination(target, export);
    let key = quote(export.key().unwrap_or_default());
    finding("illegal-destination")
        .column(format!("{}.key", export.path()))
        .message(format!(
            "exports to the key {key} of {place} twice, from {} and from {}",
            quote(&twin.path()),
            quote(&export.path())
        ))
        .why("v2 refuses the object, because only one of the two values could be kept")
        .edit(format!("give {} another key", field(export, "key")))
}

pub(crate) fn reserved(export: &Export<'_>, reserved: Use) -> Finding {
    let (what, why) = match reserved {
        Use::Name(Reserved::NamespaceCredential) => (
            "which v2 takes as the credential of the namespace",
            "every other v2 object of the namespace would fail, since what is exported is no credential",
        ),
        Use::Name(Reserved::V2Settings) => (
            "which holds v2's own settings and credential",
            "beside the operator the export fails, and without the operator's settings there it could not start",
        ),
        Use::Name(Reserved::V1Settings) => (
            "which holds v1's own settings and credential",
            "beside the operator the export fails, and v1 is needed until the last v1 object is gone",
        ),
        Use::Name(Reserved::WebhookCertificate) => (
            "with which the operator beside it serves its webhooks",
            "without its certificate no ASO object can be written or converted any more",
        ),
        Use::CredentialFrom => (
            "which an annotation `serviceoperator.azure.com/credential-from` names as a credential",
            "the objects that use the credential would fail, since what is exported is none",
        ),
    };
    let found = finding("reserved-name")
        .message(format!(
            "exports to {}, {what}",
            destination(Target::Secret, export)
        ))
        .why(why);
    rename(found, export)
}

/// A v1 object whose Secret has the name of a destination.
#[derive(Clone, Copy, Debug)]
pub(crate) struct V1Writer {
    pub(crate) object: ObjectId,
    /// The naming under which it has.
    pub(crate) naming: NamingVersion,
    pub(crate) is_paused: bool,
}

/// The name is one of v1, whether v1 is paused or not.
pub(crate) fn v1_name(
    export: &Export<'_>,
    v1: &[V1Writer],
    naming: Option<NamingVersion>,
    existing: Option<ObjectId>,
) -> Finding {
    let (writers, related) = writers(v1, naming);
    let place = destination(Target::Secret, export);
    let (exists, why) = match existing {
        Some(_) => (
            "which exists and ",
            "v2 does not overwrite it, so the export fails and the object stays `Ready=False`",
        ),
        None => (
            "",
            "after a rollback v1 adds its keys there and v2 removes them again, and neither reports an error",
        ),
    };
    let found = finding("v1-name")
        .message(format!(
            "exports to {place}, {exists}to which v1 writes the keys of {writers}"
        ))
        .why(why)
        .related_all(related)
        .related_all(existing);
    rename(found, export)
}

/// The name is one of v1, and v1 is not paused. Told only where the plan makes it so.
pub(crate) fn v1_writes(
    export: &Export<'_>,
    v1: &[V1Writer],
    naming: Option<NamingVersion>,
) -> Finding {
    let (writers, related) = writers(v1, naming);
    let place = destination(Target::Secret, export);
    let found = finding("v1-name")
        .message(format!(
            "exports to {place}, to which v1, which is no longer paused, writes the keys of {writers}"
        ))
        .why("v1 adds its keys there and v2 removes them again, and neither reports an error")
        .related_all(related);
    rename(found, export)
}

/// The v1 objects that write to a name, in words, and as related objects with the nearest danger first: the one whose name it
/// is under the naming that v1 follows.
fn writers(v1: &[V1Writer], naming: Option<NamingVersion>) -> (String, Vec<ObjectId>) {
    let in_effect = |of: NamingVersion| naming.is_none_or(|naming| naming == of);
    let nearest = v1
        .iter()
        .find(|writer| in_effect(writer.naming))
        .or(v1.first());
    let condition = match nearest.map(|writer| writer.naming) {
        Some(NamingVersion::Current) if !in_effect(NamingVersion::Current) => {
            " if `AZURE_SECRET_NAMING_VERSION` is 2"
        }
        Some(NamingVersion::Legacy) if !in_effect(NamingVersion::Legacy) => {
            " if `AZURE_SECRET_NAMING_VERSION` is 1"
        }
        _ => "",
    };
    let more = match v1.len() {
        0 | 1 => String::new(),
        count => format!(" (and of {} more)", count - 1),
    };
    let nearest = nearest.map(|writer| writer.object);
    let others = v1.iter().map(|writer| writer.object);
    let others = others.filter(|object| Some(*object) != nearest);
    let related = nearest.into_iter().chain(others).collect();
    (format!("{{1.object}}{more}{condition}"), related)
}

pub(crate) fn shared(target: Target, export: &Export<'_>, others: &[ObjectId]) -> Finding {
    let place = destination(target, export);
    let who = match others.len() {
        0 | 1 => "{1.object} exports too".to_owned(),
        count => format!("{{1.object}} and {} more export too", count - 1),
    };
    let found = finding("shared-destination")
        .message(format!("exports to {place}, to which {who}"))
        .why("v2 lets only one object write it, even if the keys differ: the other stays `Ready=False` and its keys are missing")
        .related_all(others.iter().copied());
    rename(found, export)
}

pub(crate) fn not_owned(
    target: Target,
    export: &Export<'_>,
    existing: ObjectId,
    belongs: Belongs<'_>,
) -> Finding {
    let place = destination(target, export);
    let kind = target.kind();
    let (whose, owner) = match belongs {
        Belongs::ToNobody => ("which exists and has no owner".to_owned(), None),
        Belongs::To {
            owner: Some(owner), ..
        } => (
            "which exists and belongs to {2.object}".to_owned(),
            Some(owner),
        ),
        Belongs::To {
            group, kind, name, ..
        } => {
            let owner = quote(&format!("{kind}.{group} {name}"));
            // All objects of ASO are read, so one that is not there is gone.
            let of_aso = group == asogate_aso::v1::GROUP || asogate_aso::v2::is_group(group);
            let gone = if of_aso { ", which is gone" } else { "" };
            (format!("which exists and belongs to {owner}{gone}"), None)
        }
    };
    let found = finding("not-owned")
        .message(format!("exports to {place}, {whose}"))
        .why(format!(
            "v2 does not overwrite a {kind} without the object's uid among its owners: the object stays `Ready=False` and no key is written"
        ))
        .related(existing)
        .related_all(owner);
    let found = rename(found, export);
    match owner {
        Some(_) => found,
        None => found.advice(
            "or, if nothing reads {1.object}, delete it first; an object that failed on it before tries again only when it changes or the operator restarts",
        ),
    }
}
