//! What v1 holds for the Azure resource of a v2 object: its Secret, of which passwords and names are compared as classes.

use crate::secrets::Secrets;
use asogate_aso::identity::Unidentified;
use asogate_aso::secret_names::secret_names;
use asogate_aso::v1;
use asogate_policy::{Column, FastMap, Input, ObjectId, Row, Selector, State, Symbol, Table};
use asogate_twins::{V1Objects, V2Objects, place};
use std::collections::HashMap;

/// v1 kinds with a password that v2 takes from a Secret for the same Azure resource.
const KINDS: [&str; 4] = [
    "AzureSqlServer",
    "AzureSQLUser",
    "AzureVirtualMachine",
    "AzureVMScaleSet",
];

const LOGIN: [&str; 3] = [
    "class(spec.administratorLogin)",
    "spec.administrators.azureADOnlyAuthentication",
    "spec.administratorLoginPassword.name",
];
const USER: [&str; 2] = ["class(spec.azureName)", "spec.localUser.password.name"];

/// The roles of a user in its database, in v1 and v2.
const ROLES: &str = "spec.roles[*]";

pub(crate) fn reads() -> Vec<Selector> {
    vec![
        V1Objects::reads(&[]),
        V2Objects::reads::<&str>([]),
        Selector::objects("sql-servers", "sql.azure.com", "Server", LOGIN),
        Selector::objects("sql-users", "sql.azure.com", "User", USER),
        Selector::objects("sql-roles", "sql.azure.com", "User", [ROLES]),
        Selector::objects("v1-roles", v1::GROUP, "AzureSQLUser", [ROLES]),
    ]
}

/// A v1 object and its Secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct V1Secret {
    pub(crate) by: ObjectId,
    pub(crate) secret: ObjectId,
}

pub(crate) struct Former<'a> {
    pub(crate) v2: V2Objects<'a>,
    v1: V1Objects<'a>,
    servers: (Table<'a>, [Column; 3]),
    users: (Table<'a>, [Column; 2]),
    /// Of v1's users, and of v2's.
    roles: [(Table<'a>, Column); 2],
    /// By kind and Azure resource, of users that of their database.
    secrets: HashMap<(&'a str, String), Vec<V1Secret>>,
}

impl<'a> Former<'a> {
    pub(crate) fn new(input: &'a Input, secrets: &Secrets<'a>) -> Result<Former<'a>, String> {
        let (servers, users) = (input.table("sql-servers")?, input.table("sql-users")?);
        let roles = |name: &str| {
            let table = input.table(name)?;
            Ok::<_, String>((table, table.column(ROLES)?))
        };
        let mut former = Former {
            v2: V2Objects::new(input)?,
            v1: V1Objects::new(input)?,
            servers: (servers, servers.columns(LOGIN)?),
            users: (users, users.columns(USER)?),
            roles: [roles("v1-roles")?, roles("sql-roles")?],
            secrets: HashMap::new(),
        };
        // The v1 Secrets of now: what the plan does to them does not change what v1 held.
        let state = input.now();
        let mut rows: FastMap<ObjectId, Row<'a>> = FastMap::default();
        let mut named: HashMap<(Symbol, String), ObjectId> = HashMap::new();
        for row in state.rows(former.v1.table) {
            let kind = former.v1.kind(row);
            if !KINDS.contains(&kind) {
                continue;
            }
            rows.insert(row.object(), row);
            let name = former.v1.cell(row, "metadata.name").unwrap_or_default();
            let group = former.v1.cell(row, "spec.resourceGroup");
            for name in secret_names(kind, name, None, group)
                .iter()
                .flat_map(|names| names.all())
            {
                let key = (row.symbol(former.v1.namespace), name.to_owned());
                named.insert(key, row.object());
            }
        }
        if rows.is_empty() {
            return Ok(former);
        }
        let [namespace, name] = secrets.names;
        for row in state.rows(secrets.table) {
            let text = row.text(name).unwrap_or_default().to_owned();
            let owner = secrets.v1_owner(state, row.object());
            let by = match owner {
                Some(owner) => owner,
                None => named.get(&(row.symbol(namespace), text)).copied(),
            };
            if let Some(by) = by
                && let Some(v1) = rows.get(&by)
                && let Ok(id) = former.v1.identify_or_within(*v1)
            {
                let key = (former.v1.kind(*v1), place(&id));
                let known = former.secrets.entry(key).or_default();
                known.push(V1Secret {
                    by,
                    secret: row.object(),
                });
            }
        }
        Ok(former)
    }

    /// The Secret of v1 that holds the password for this field of a v2 object.
    pub(crate) fn password(
        &self,
        secrets: &Secrets<'a>,
        now: State<'a>,
        state: State<'a>,
        object: ObjectId,
        field: &str,
    ) -> Option<V1Secret> {
        let row = state.row_of(self.v2.table, object)?;
        let own = || self.v2.identify(state, row);
        let (kind, id) = match (self.v2.kind(row)?.kind, field) {
            ("Server", "administratorLoginPassword") => ("AzureSqlServer", own()),
            ("VirtualMachine", "osProfile.adminPassword") => ("AzureVirtualMachine", own()),
            ("VirtualMachineScaleSet", "virtualMachineProfile.osProfile.adminPassword") => {
                ("AzureVMScaleSet", own())
            }
            ("User", "localUser.password") => ("AzureSQLUser", self.v2.within(state, row)),
            ("User", "localUser.serverAdminPassword") => {
                let database = self.v2.within(state, row);
                let server = database.and_then(|id| id.parent().ok_or(Unidentified::NoOwner));
                ("AzureSqlServer", server)
            }
            _ => return None,
        };
        let known = self.secrets.get(&(kind, place(&id.ok()?)))?;
        if kind != "AzureSQLUser" {
            return known.first().copied();
        }
        // Users of one database are told apart by their names, which stand in their Secrets.
        let (table, [name, _]) = self.users;
        let name = state.row_of(table, object)?.symbol(name).present()?;
        let is_user = |known: &&V1Secret| {
            let value = secrets.value_of(now, known.secret, "username");
            value.is_some_and(|value| value.class == name)
        };
        known.iter().find(is_user).copied()
    }

    /// The class of `spec.administratorLogin` of a SQL server, if it is known.
    pub(crate) fn login(&self, state: State<'a>, object: ObjectId) -> Option<Symbol> {
        let (table, [class, ..]) = self.servers;
        state.row_of(table, object)?.symbol(class).present()
    }

    /// The roles that v1 gave a user and its v2 object does not list.
    pub(crate) fn lost_roles(
        &self,
        now: State<'a>,
        state: State<'a>,
        of_v1: ObjectId,
        object: ObjectId,
    ) -> Vec<&'a str> {
        let [(before, given), (after, listed)] = self.roles;
        let is_listed = |role: &&str| {
            let mut roles = state.rows_of(after, object);
            roles.any(|row| {
                row.text(listed)
                    .is_some_and(|known| known.eq_ignore_ascii_case(role))
            })
        };
        let given = now.rows_of(before, of_v1).filter_map(|row| row.text(given));
        given.filter(|role| !is_listed(role)).collect()
    }

    /// The field in which an object names no Secret although it needs one: SQL servers, unless they know Entra ID only, and
    /// SQL users.
    pub(crate) fn lacks(&self, state: State<'a>, object: ObjectId) -> Option<&'static str> {
        let (servers, [_, entra_only, password]) = self.servers;
        if let Some(row) = state.row_of(servers, object) {
            let lacks = !row.is(entra_only) && !row.has(password);
            return lacks.then_some("administratorLoginPassword");
        }
        let (users, [_, password]) = self.users;
        let row = state.row_of(users, object)?;
        (!row.has(password)).then_some("localUser.password")
    }
}
