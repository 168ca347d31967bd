//! What is said of each problem.

use crate::former::V1Secret;
use crate::inputs::Reference;
use asogate_policy::{Finding, ObjectId, finding, quote};

/// `key `password` of Secret `erp-login``.
fn what(reference: &Reference<'_>) -> String {
    let secret = quote(reference.name_text);
    match reference.key_text {
        Some(key) => format!("key {} of Secret {secret}", quote(key)),
        None => format!("Secret {secret}"),
    }
}

/// Whether a text means itself to a shell and to kubectl: letters, digits, `-`, `_` and `.`, not first a dash.
fn is_plain(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(allowed)
}

/// A command that writes the password of one Secret into a key of another one, without showing it.
fn put(of_v1: [&str; 2], mine: [&str; 2], key: &str) -> String {
    let [from_namespace, from] = of_v1;
    let [namespace, name] = mine;
    format!(
        "kubectl get secrets -n {from_namespace} {from} -o go-template='{{{{\"data\":{{{{\"{key}\":\"{{{{{{{{.data.password}}}}\"}}}}' | kubectl patch secrets -n {namespace} {name} --type=merge --patch-file=/dev/stdin"
    )
}

/// A command that copies the value of v1 without showing it. The first related object is v1's Secret.
fn copy(secret: &str, key: &str) -> Option<String> {
    (is_plain(secret) && is_plain(key)).then(|| {
        format!(
            "kubectl get secrets -n {{1.namespace}} {{1.name}} -o jsonpath='{{{{.data.password}}' | base64 -d | kubectl create secret generic -n {{namespace}} {secret} --from-file={key}=/dev/stdin"
        )
    })
}

pub(crate) fn missing_secret(reference: &Reference<'_>, former: Option<V1Secret>) -> Finding {
    let found = finding("missing-secret")
        .follows("namespace/unset")
        .follows("namespace/absent")
        .column(&reference.path)
        .message(format!(
            "takes `{}` from {}, which does not exist",
            reference.field,
            what(reference)
        ))
        .why("v2 does not begin with the object before it is there, under `skip` too: `Ready=False` with `SecretNotFound`");
    let key = reference.key_text.unwrap_or("password");
    match former {
        Some(former) => {
            let command = copy(reference.name_text, key);
            let found = found.related(former.secret).related(former.by);
            match command {
                Some(command) => found.command(command),
                None => found.edit("correct the name of the Secret"),
            }
        }
        None if is_plain(reference.name_text) && is_plain(key) => found.advice(format!(
            "create it beside the object: `kubectl create secret generic -n {{namespace}} {} --from-file={key}=FILE`",
            reference.name_text
        )),
        None => found.edit("correct the name of the Secret"),
    }
}

pub(crate) fn missing_key(reference: &Reference<'_>, secret: ObjectId) -> Finding {
    finding("missing-key")
        .column(&reference.path)
        .message(format!(
            "takes `{}` from {}, which has no such key",
            reference.field,
            what(reference)
        ))
        .why("v2 does not begin with the object before the key is there, under `skip` too: `Ready=False` with `SecretNotFound`")
        .edit(format!("correct `{}.key`, or add the key to the Secret", reference.path.replace('{', "{{")))
        .related(secret)
}

pub(crate) fn empty(reference: &Reference<'_>, secret: ObjectId) -> Finding {
    finding("empty")
        .column(&reference.path)
        .message(format!(
            "takes `{}` from {}, which is empty",
            reference.field,
            what(reference)
        ))
        .why("v2 does not notice: the object becomes Ready, and an empty password is what it sends to Azure")
        .advice("put the value into {1.object}: `kubectl edit -n {1.namespace} secrets {1.name}` takes it in base64")
        .related(secret)
}

pub(crate) fn differs(reference: &Reference<'_>, secret: ObjectId, former: V1Secret) -> Finding {
    let why = match reference.field {
        "localUser.serverAdminPassword" => {
            "v2 logs in to the server with it to look after the user, and is refused; a wrong password that is taken over with the server locks out everybody else"
        }
        _ => {
            "when v2 takes over it sets this password in Azure: whoever still uses that of v1 is locked out, and there is no way back to v1"
        }
    };
    let found = finding("differs-from-v1")
        .column(&reference.path)
        .message(format!(
            "takes `{}` from {}, which holds another value than `password` of {{2.object}}",
            reference.field,
            what(reference)
        ))
        .why(why);
    let found = match reference.key_text.filter(|key| is_plain(key)) {
        Some(key) => found.command(put(
            ["{2.namespace}", "{2.name}"],
            ["{1.namespace}", "{1.name}"],
            key,
        )),
        None => found,
    };
    found
        .advice("put the password of v1 into {1.object}; rotate it after the migration")
        .related(secret)
        .related(former.secret)
        .related(former.by)
}

pub(crate) fn login_differs(former: V1Secret) -> Finding {
    finding("differs-from-v1")
        .column("spec.administratorLogin")
        .message("has another `administratorLogin` than `username` of {1.object}")
        .why("the login of a server cannot be changed: Azure refuses the object when v2 takes over")
        .edit("set `spec.administratorLogin` to what `username` of {1.object} holds")
        .related(former.secret)
        .related(former.by)
}

pub(crate) fn roles_lost(roles: &[&str], former: V1Secret) -> Finding {
    let named: Vec<String> = roles.iter().take(5).map(|role| quote(role)).collect();
    let more = match roles.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = named.join(", ");
    let word = if roles.len() == 1 { "role" } else { "roles" };
    finding("roles-lost")
        .column("spec.roles")
        .message(format!(
            "does not list the {word} {named}{more}, which {{1.object}} gave the user"
        ))
        .why("when v2 takes over it revokes every role of the user that is not listed: whoever logs in as this user loses the rights")
        .edit(format!("add {named}{more} to `spec.roles`"))
        .related(former.by)
        .related(former.secret)
}

pub(crate) fn owned_by_v1(
    reference: &Reference<'_>,
    secret: ObjectId,
    by: Option<ObjectId>,
) -> Finding {
    let found = finding("owned-by-v1")
        .column(&reference.path)
        .message(format!(
            "takes `{}` from {}, which {} owns",
            reference.field,
            what(reference),
            if by.is_some() { "{2.object}" } else { "a v1 object" }
        ))
        .why("the Secret goes with its v1 object at `cleanup`, and v2 cannot write the object any more")
        .related(secret)
        .related_all(by);
    let key = reference.key_text.unwrap_or("password");
    let found = match copy_of(reference.key_text) {
        Some(from) => found.command(format!(
            "kubectl get secrets -n {{1.namespace}} {{1.name}} -o jsonpath='{{{{.data.{from}}}' | base64 -d | kubectl create secret generic -n {{namespace}} {{name}}-password --from-file={key}=/dev/stdin"
        )),
        None => found.advice("copy the value into a Secret of your own"),
    };
    found.edit(format!(
        "then set `{}.name` to the copy (`{{name}}-password`)",
        reference.path.replace('{', "{{")
    ))
}

/// A key as it stands in a JSON path: only without dots, which would mean fields.
fn copy_of(key: Option<&str>) -> Option<&str> {
    key.filter(|key| is_plain(key) && !key.contains(['.', '-']))
}

pub(crate) fn not_configured(field: &str, former: Option<V1Secret>) -> Finding {
    let found = finding("not-configured")
        .column(format!("spec.{field}"))
        .message(format!("names no Secret under `{field}`"))
        .why("asoctl imports no passwords: v2 could neither make the resource again nor set its password, and nothing holds it when the Secret of v1 is gone");
    let found = match former {
        Some(former) => found
            .command(
                "kubectl get secrets -n {1.namespace} {1.name} -o jsonpath='{{.data.password}' | base64 -d | kubectl create secret generic -n {namespace} {name}-password --from-file=password=/dev/stdin",
            )
            .related(former.secret)
            .related(former.by),
        None => found.advice("put the password into a Secret `{name}-password` beside the object"),
    };
    found.edit(format!(
        "add `spec.{field}`: `{{{{name: {{name}}-password, key: password}}`"
    ))
}
