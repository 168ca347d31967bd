//! What is said of each problem.

use crate::claims::{Claim, UNKNOWN_SUBSCRIPTION};
use crate::users::Unmatched;
use asogate_aso::arm_id::ArmId;
use asogate_aso::built_ins;
use asogate_aso::identity::Unidentified;
use asogate_policy::{Finding, Level, ObjectId, finding, quote};
use std::borrow::Cow;

/// How many objects below an uninvited resource are related to its finding.
const RELATED_LIMIT: usize = 20;

pub(crate) fn missing(claim: &Claim) -> Finding {
    let found = finding("missing")
        .message(format!("{}, and no v2 object does", manages(claim)))
        .why("the import would leave it to v1; once v1 is gone, nobody manages it");
    match import_command(&claim.id) {
        Some(command) => found.command(command).advice(
            "look into what that writes before you add it to the import: asoctl ends with success even if the resource is not there or may not be read",
        ),
        None => found.advice("import it with `asoctl import azure-resource`, and add it to the import"),
    }
}

/// What the object manages, for a message.
fn manages(claim: &Claim) -> String {
    match &claim.part {
        None => format!("manages {}", resource(&claim.id)),
        Some(part) => format!("manages {} of its Azure resource", quote(part)),
    }
}

/// A resource in few words: whole ids are too long for a line.
fn resource(id: &ArmId) -> String {
    let resource_type = id.resource_type();
    match id.resource_group() {
        Some(group) if id.name() != group => format!(
            "the {} {} of the resource group {}",
            quote(&resource_type),
            quote(id.name()),
            quote(group)
        ),
        _ => format!("the {} {}", quote(&resource_type), quote(id.name())),
    }
}

/// What imports one resource; none if its id is not known whole, or cannot stand in a command line.
fn import_command(id: &ArmId) -> Option<String> {
    if id.subscription() == Some(UNKNOWN_SUBSCRIPTION) {
        return None;
    }
    let id = id.as_str();
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    let argument = if id.bytes().all(plain) {
        Cow::Borrowed(id)
    } else if id.chars().any(char::is_control) {
        return None;
    } else {
        // In single quotes a shell takes everything literally but the quote itself.
        let quoted = format!("'{}'", id.replace('\'', r"'\''"));
        Cow::Owned(quoted.replace('{', "{{"))
    };
    Some(
        [
            "asoctl import azure-resource ",
            &argument,
            " --namespace {namespace} --annotation serviceoperator.azure.com/reconcile-policy=skip --simple-logging --output missing.yaml",
        ]
        .concat(),
    )
}

pub(crate) fn missing_user(user: &Unmatched) -> Finding {
    finding("missing")
        .message(format!(
            "is a user of a database that has {} in v1 and {} in v2",
            users(user.in_v1),
            users(user.in_v2)
        ))
        .why("asoctl imports no database users; once v1 is gone, nobody manages this one")
        .edit("write a User for it, with `spec.azureName` from the key `username` of its v1 Secret and `reconcile-policy: skip`")
}

fn users(count: usize) -> String {
    match count {
        0 => "no users".into(),
        1 => "one user".into(),
        _ => format!("{count} users"),
    }
}

pub(crate) fn deleted(claim: &Claim) -> Finding {
    let found = finding("missing")
        .message(format!(
            "is deleted, it {}, and no v2 object does",
            manages(claim)
        ))
        .why(
            "nobody would manage it any more, and nothing in the cluster would say that it exists",
        );
    match import_command(&claim.id) {
        Some(command) => found
            .command(command)
            .advice("check and apply what that writes with the step `import`, then clean up"),
        None => found.advice("import it with `asoctl import azure-resource` before you clean up"),
    }
}

pub(crate) fn deleted_user() -> Finding {
    finding("missing")
        .message("is deleted, and v2 has no user in its database")
        .why("nobody would manage the user any more, and its Secret goes with it")
        .advice("write a User for it, see what `asogate check import -f FILE` says of it, apply it, and then clean up")
}

pub(crate) fn duplicate(other: ObjectId) -> Finding {
    finding("duplicate")
        .message("stands for the same Azure resource as {1.object}")
        .why("v2 reports both as ready and lets both write, so whichever writes last wins")
        .edit("remove one of the two; a second import gives objects other names, so start from one import only")
        .related(other)
}

pub(crate) fn extra(level: Level, is_group: bool, others: &[ObjectId]) -> Finding {
    let below = match others.len() {
        0 => String::new(),
        1 => ", and so does one object below it".into(),
        count => format!(", and so do {count} objects below it"),
    };
    let place = match (is_group, level) {
        (true, Level::Deny) => {
            "stands for the resource group of v1 objects, which v1 does not manage"
        }
        (true, _) => "stands for a resource group in which v1 manages nothing",
        (false, Level::Deny) => {
            "stands for an Azure resource that v1 does not manage, in a resource group in which v1 manages others"
        }
        (false, _) => {
            "stands for an Azure resource in a resource group in which v1 manages nothing"
        }
    };
    let below = if is_group { String::new() } else { below };
    let found = finding("extra")
        .level(level)
        .message(format!("{place}{below}"))
        .related_all(others.iter().copied().take(RELATED_LIMIT));
    if is_group {
        found
            .why("v2 would write its tags, and deleting the object later would delete everything in the group")
            .edit("remove it, and give the objects in it `spec.owner.armId` instead of `spec.owner.name`")
            .advice("or accept this finding, if v2 is to manage the group")
    } else {
        found
            .why("asoctl brings whatever it finds; v2 would manage something that nobody reviewed, and delete it with its object")
            .edit("remove it from the import; what is to stay below it takes `spec.owner.armId` instead of `spec.owner.name`")
            .advice("or accept this finding, if v2 is to manage it")
    }
}

pub(crate) fn extra_child(manager: ObjectId, id: Option<&ArmId>) -> Finding {
    let message = match id.and_then(built_ins::find) {
        Some(known) => format!(
            "is {}, below an Azure resource that v1 manages as {{1.object}}; v1 does not manage this",
            known.what
        ),
        None => "stands for something below an Azure resource that v1 manages as {1.object}, but v1 does not manage this".into(),
    };
    finding("extra-child")
        .message(message)
        .why("asoctl brings children, extensions and built-ins too; once adopted, v2 writes them")
        .edit("remove it from the import, unless v2 is to manage it or other objects need it as their owner")
        .related(manager)
}

pub(crate) fn unidentified_v1(reason: &Unidentified) -> Finding {
    finding("ambiguous")
        .message(format!(
            "stands for an Azure resource that cannot be told: {}",
            tell(reason)
        ))
        .why("no v2 object can be matched with it, so it is not known whether anybody would manage its resource")
        .advice("find its resource yourself, make sure that a v2 object stands for it, and accept this finding")
}

pub(crate) fn shared_by_v1(claim: &Claim, other: ObjectId) -> Finding {
    finding("ambiguous")
        .level(Level::Warn)
        .message(format!("{}, as {{1.object}} does", manages(claim)))
        .why("one v2 object takes the place of both; only one of them can be in its namespace")
        .advice("decide which of the two the v2 object replaces, and pause and delete both")
        .related(other)
}

/// What to say of a v2 object of which nobody can tell what it stands for; nothing if that is another policy's business.
pub(crate) fn unidentified_v2(reason: &Unidentified) -> Option<Finding> {
    let found = finding("ambiguous").message(format!(
        "stands for an Azure resource that cannot be told: {}",
        tell(reason)
    ));
    match reason {
        Unidentified::UnknownKind => Some(
            found
                .level(Level::Warn)
                .why("it can be matched with no v1 object, so whether it is missing, double or uninvited is not known")
                .advice("compare it with the v1 objects yourself"),
        ),
        Unidentified::NotAnId("spec.azureName", _) => Some(
            found
                .column("spec.azureName")
                .why("it can be matched with no v1 object, and v2 would ask Azure for another resource")
                .edit("set `spec.azureName` to the name of the resource in Azure"),
        ),
        // `owner` says what is wrong with owners.
        _ => None,
    }
}

/// A reason, on one line and without placeholders: it quotes cells.
fn tell(reason: &Unidentified) -> String {
    let mut told = String::new();
    for letter in reason.to_string().chars() {
        match letter {
            '{' => told.push_str("{{"),
            letter if letter.is_control() => told.extend(letter.escape_default()),
            letter => told.push(letter),
        }
    }
    told
}
