//! What v1 needs of the Secrets that it wrote: `secret-lost`, `password-rotated`, `v1-would-crash`.

use crate::releases::{Release, Twins};
use asogate_aso::rows::Both;
use asogate_aso::secret_names::{self, NamingVersion, V1Secret, secret_names};
use asogate_aso::settings::{OPERATOR_KEYVAULT_SET, SECRET_NAMING_VERSION};
use asogate_policy::{
    Column, Finding, Input, Level, ObjectId, Relation, Row, Selector, State, Table, finding, quote,
};
use std::collections::HashMap;

/// Further columns of v1 objects.
pub(crate) const V1_COLUMNS: [&str; 5] = [
    "apiVersion",
    "spec.secretName",
    "spec.keyVaultToStoreSecrets",
    "spec.adminSecret",
    "status.provisioned",
];

/// Further columns of v2 objects: the class of a name in Azure, and name and key of each password that v1 has in a Secret, too.
pub(crate) const V2_COLUMNS: [&str; 10] = [
    "class(spec.azureName)",
    "class(metadata.name)",
    "spec.administratorLoginPassword.name",
    "spec.administratorLoginPassword.key",
    "spec.osProfile.adminPassword.name",
    "spec.osProfile.adminPassword.key",
    "spec.virtualMachineProfile.osProfile.adminPassword.name",
    "spec.virtualMachineProfile.osProfile.adminPassword.key",
    "spec.localUser.password.name",
    "spec.localUser.password.key",
];

const KEYS: &str = "secret-keys";

pub(crate) fn reads() -> Selector {
    Selector::relation(KEYS, Relation::SecretKeys)
}

/// The keys of Secrets, at any moment.
struct Secrets<'a> {
    table: Table<'a>,
    key: Column,
    empty: Column,
    class: Column,
    by_name: HashMap<(&'a str, &'a str), ObjectId>,
}

impl<'a> Secrets<'a> {
    fn new(input: &'a Input) -> Result<Secrets<'a>, String> {
        let table = input.table(KEYS)?;
        let [namespace, secret, key, empty, class] =
            table.columns(["namespace", "secret", "key", "empty", "class"])?;
        let added = input.walk().flat_map(|transition| transition.added(table));
        let mut by_name = HashMap::new();
        for row in input.now().rows(table).chain(added) {
            if let (Some(namespace), Some(secret)) = (row.text(namespace), row.text(secret)) {
                by_name.insert((namespace, secret), row.object());
            }
        }
        Ok(Secrets {
            table,
            key,
            empty,
            class,
            by_name,
        })
    }

    fn is_there(&self, state: State<'a>, namespace: &str, name: &str) -> bool {
        let object = self.by_name.get(&(namespace, name));
        object.is_some_and(|object| !state.rows_of(self.table, *object).is_empty())
    }

    /// The class of a value that is there and not empty.
    fn class(&self, state: State<'a>, namespace: &str, name: &str, key: &str) -> Option<&'a str> {
        let object = self.by_name.get(&(namespace, name))?;
        let mut rows = state.rows_of(self.table, *object);
        let row = rows.find(|row| row.text(self.key) == Some(key))?;
        row.text(self.class).filter(|_| !row.is(self.empty))
    }
}

struct Judge<'b, 'a> {
    both: &'b Both<'a>,
    secrets: Secrets<'a>,
    secret_name: Column,
    key_vault: Column,
    admin_secret: Column,
    provisioned: Column,
    v2_columns: [Column; V2_COLUMNS.len()],
    /// The naming that v1 follows; none if no v1 operator is known.
    naming: Option<NamingVersion>,
    /// Whether v1 keeps all Secrets in a Key Vault, where they cannot be seen.
    in_key_vault: bool,
}

/// The Secret of a v1 object.
struct Known<'a> {
    written: &'static V1Secret,
    namespace: &'a str,
    /// Under which it may be, that which v1 looks for first.
    names: Vec<String>,
}

pub(crate) fn judge<'a>(
    input: &'a Input,
    both: &Both<'a>,
    twins: &Twins<'a>,
    releases: &[Release<'a>],
) -> Result<Vec<Finding>, String> {
    let [_, secret_name, key_vault, admin_secret, provisioned] =
        both.v1.table.columns(V1_COLUMNS)?;
    let operators = || both.policies.operators().v1();
    let mut namings = operators().map(|operator| operator.values(SECRET_NAMING_VERSION).next());
    let naming = namings
        .next()
        .and_then(|setting| NamingVersion::of_setting(setting).ok());
    let judge = Judge {
        both,
        secrets: Secrets::new(input)?,
        secret_name,
        key_vault,
        admin_secret,
        provisioned,
        v2_columns: both.v2.table.columns(V2_COLUMNS)?,
        naming: naming.filter(|_| namings.next().is_none()),
        in_key_vault: operators().any(|operator| {
            operator
                .values(OPERATOR_KEYVAULT_SET)
                .any(|set| set == "true")
        }),
    };
    let mut findings = Vec::new();
    for release in releases {
        let state = input.after(release.change);
        let Some(known) = judge.known(release.row) else {
            continue;
        };
        let found = judge
            .missing(state, release, &known)
            .or_else(|| judge.rotated(state, release, &known, twins));
        findings.extend(found.map(|found| found.about(release.row.object()).at(release.change)));
    }
    Ok(findings)
}

impl<'a> Judge<'_, 'a> {
    /// The Secret of an object; none if v1 writes none, keeps it in a Key Vault, or was given one.
    fn known(&self, row: Row<'a>) -> Option<Known<'a>> {
        let kind = self.both.v1.kind(row);
        let written = secret_names::find(kind)?;
        let is_set = |column| row.text(column).is_some_and(|text| !text.is_empty());
        let in_key_vault = written.may_be_in_key_vault && is_set(self.key_vault);
        if self.in_key_vault || in_key_vault || is_set(self.admin_secret) {
            return None;
        }
        let cell = |name| self.both.v1.cell(row, name);
        let group = cell("spec.resourceGroup").or(cell("spec.resourcegroup"));
        let name = cell("metadata.name")?;
        let names = secret_names(kind, name, row.text(self.secret_name), group)?;
        let names = match self.naming {
            Some(naming) => names.under(naming).into_iter().map(String::from).collect(),
            None => names.all().map(String::from).collect(),
        };
        Some(Known {
            written,
            namespace: self.both.v1.namespace(row),
            names,
        })
    }

    /// `v1-would-crash` and `secret-lost`.
    fn missing(
        &self,
        state: State<'a>,
        release: &Release<'a>,
        known: &Known<'a>,
    ) -> Option<Finding> {
        let expected = quote(known.names.first()?);
        let is_provisioned = release.row.text(self.provisioned) == Some("true");
        let is_there = |name: &String| self.secrets.is_there(state, known.namespace, name);
        let Some(name) = known.names.iter().find(|name| is_there(name)) else {
            let is_sql_server = known.written.kind == "AzureSqlServer";
            if is_sql_server && !is_provisioned {
                return Some(would_crash(name_of(known), release.is_created));
            }
            // What v1 has never provisioned has no Secret to lose.
            let status = self.both.v1.cell(release.row, "status.resourceId");
            let was_provisioned = is_provisioned || status.is_some_and(|id| !id.is_empty());
            return was_provisioned.then(|| {
                lost(
                    known.written,
                    Ok(name_of(known)),
                    format!("is taken back by v1, and the Secret {expected} that v1 wrote for it is gone"),
                )
            });
        };
        let has = |key: &&&str| {
            let class = self.secrets.class(state, known.namespace, name, key);
            class.is_some()
        };
        let mut generated = known.written.generated.iter();
        let key = generated.find(|key| !has(key))?;
        Some(lost(
            known.written,
            Err(name),
            format!(
                "is taken back by v1, and the key {} of its Secret {} is missing or empty",
                quote(key),
                quote(name)
            ),
        ))
    }

    fn rotated(
        &self,
        state: State<'a>,
        release: &Release<'a>,
        known: &Known<'a>,
        twins: &Twins<'a>,
    ) -> Option<Finding> {
        if !known.written.generated.contains(&"password") {
            return None;
        }
        let class_of_v1 = |key| {
            let mut names = known.names.iter();
            names.find_map(|name| {
                let class = self.secrets.class(state, known.namespace, name, key)?;
                Some((name, class))
            })
        };
        let (name, password) = class_of_v1("password")?;
        for twin in twins.of(self.both, state, release.row) {
            let [azure_name, object_name, passwords @ ..] = self.v2_columns;
            // v1's user names stand in its Secrets only.
            if self.both.v2.kind(twin).1 == "User" {
                let own = twin.text(azure_name).or(twin.text(object_name));
                if own.is_none() || own != class_of_v1("username").map(|(_, class)| class) {
                    continue;
                }
            }
            let namespace = self.both.policies.namespace(twin);
            for pair in passwords.chunks_exact(2) {
                let [of_name, of_key] = pair else { continue };
                let (Some(secret), Some(key)) = (twin.text(*of_name), twin.text(*of_key)) else {
                    continue;
                };
                let of_v2 = self.secrets.class(state, namespace, secret, key);
                if of_v2.is_some_and(|of_v2| of_v2 != password) {
                    return Some(rotated(twin.object(), name, secret, key));
                }
            }
        }
        None
    }
}

/// The name that v1 looks for first.
fn name_of<'k>(known: &'k Known<'_>) -> &'k str {
    known.names.first().map_or("", String::as_str)
}

/// What makes a Secret with these keys, from files so that no value stands in a command line.
fn make(secret: &str, keys: &[&str]) -> String {
    let files: Vec<String> = keys
        .iter()
        .map(|key| format!(" --from-file={key}=FILE"))
        .collect();
    format!(
        "`kubectl create secret generic -n {{namespace}} {}{}`",
        quote(secret).trim_matches('`'),
        files.concat()
    )
}

fn would_crash(secret: &str, is_created: bool) -> Finding {
    let name = quote(secret);
    let found = finding("v1-would-crash")
        .column("status.provisioned")
        .message(format!(
            "is not provisioned for v1, and its Secret {name} is not there: if the server exists in Azure, v1 crashes on it"
        ))
        .why("v1 crashes again at every start, and then serves no kind any more, webhooks included")
        .advice(format!(
            "make the Secret {name} first, with the `username` and `password` that the server has: {}",
            make(secret, &["username", "password"])
        ));
    match is_created {
        true => found.edit("or write `skipreconcile: \"true\"` below `metadata.annotations`"),
        false => found.advice("or leave it out of the rollback, so that it stays paused"),
    }
}

/// `secret` is the name of the Secret: `Ok` if it can be made, `Err` if it is there and not complete.
fn lost(written: &V1Secret, secret: Result<&str, &str>, message: String) -> Finding {
    let (level, why) = match (written.kind, written.generated) {
        ("AzureSqlServer", _) => (
            Level::Deny,
            "v1 does nothing for the server any more (`secret missing for provisioned server`), nor for its databases' users; the password stands nowhere else in v1",
        ),
        ("StorageAccount", []) => (
            Level::Warn,
            "workloads that go back to it find nothing; v1 writes it again only after a change of the object's `spec`",
        ),
        (_, []) => (
            Level::Warn,
            "workloads that go back to it find nothing until v1 writes it again, when it next looks at the object",
        ),
        _ => (
            Level::Deny,
            "v1 makes up new credentials, and whoever uses the old ones is locked out",
        ),
    };
    finding("secret-lost")
        .level(level)
        .message(message)
        .why(why)
        .advice(match secret {
            Ok(secret) => format!(
                "restore the Secret before the rollback, from a backup or with what is known: {}",
                make(secret, written.keys)
            ),
            Err(secret) => format!(
                "put the value back into the Secret before the rollback, from a backup or from what v2 uses: `kubectl edit -n {{namespace}} secrets {}`",
                quote(secret).trim_matches('`')
            ),
        })
}

fn rotated(twin: ObjectId, of_v1: &str, of_v2: &str, key: &str) -> Finding {
    let plain = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !text.starts_with('-') && text.bytes().all(allowed)
    };
    let found = finding("password-rotated")
        .message(format!(
            "has another password in v1's Secret {} than {{1.object}} uses, from the key {} of {}",
            quote(of_v1),
            quote(key),
            quote(of_v2)
        ))
        .why("v1 and the workloads that go back to its Secret log in with a password that Azure no longer takes")
        .advice(format!(
            "write the value that v2 uses into the key `password` of the Secret {}, or give Azure and v2's Secret the old one again",
            quote(of_v1)
        ))
        .related(twin);
    match plain(of_v1) && plain(of_v2) && plain(key) {
        true => found.command(format!(
            "kubectl get secrets -n {{1.namespace}} {of_v2} -o go-template='{{{{\"data\":{{{{\"password\":\"{{{{{{{{index .data \"{key}\"}}}}\"}}}}' | kubectl patch secrets -n {{namespace}} {of_v1} --type=merge --patch-file=/dev/stdin"
        )),
        false => found,
    }
}
