//! Who reads Secrets, and who of them runs anything.

use asogate_policy::{Column, Input, ObjectId, Relation, Row, Selector, State, Symbol, Table};

const REFERENCES: [&str; 4] = ["namespace", "secret", "key", "optional"];
const CONFIG_REFERENCES: [&str; 4] = ["namespace", "config-map", "key", "optional"];

const POD: [&str; 1] = ["status.phase"];
const REPLICA_SET: [&str; 1] = ["spec.replicas"];
const JOB: [&str; 2] = ["status.completionTime", "status.conditions"];

/// Tables of v2 objects that read a Secret themselves: table, group, kind, field.
const INPUTS: [(&str, &str, &str, &str); 14] = [
    input(
        "sql.azure.com",
        "Server",
        "administratorLoginPassword",
        "in-sql",
    ),
    input("sql.azure.com", "User", "localUser.password", "in-sql-user"),
    input(
        "sql.azure.com",
        "User",
        "localUser.serverAdminPassword",
        "in-sql-admin",
    ),
    input(
        "dbformysql.azure.com",
        "FlexibleServer",
        "administratorLoginPassword",
        "in-mysql",
    ),
    input(
        "dbformysql.azure.com",
        "User",
        "localUser.password",
        "in-mysql-user",
    ),
    input(
        "dbformysql.azure.com",
        "User",
        "localUser.serverAdminPassword",
        "in-mysql-admin",
    ),
    input(
        "dbforpostgresql.azure.com",
        "FlexibleServer",
        "administratorLoginPassword",
        "in-postgres",
    ),
    input(
        "dbforpostgresql.azure.com",
        "User",
        "localUser.password",
        "in-postgres-user",
    ),
    input(
        "dbforpostgresql.azure.com",
        "User",
        "localUser.serverAdminPassword",
        "in-postgres-admin",
    ),
    input(
        "compute.azure.com",
        "VirtualMachine",
        "osProfile.adminPassword",
        "in-vm",
    ),
    input(
        "compute.azure.com",
        "VirtualMachineScaleSet",
        "virtualMachineProfile.osProfile.adminPassword",
        "in-vmss",
    ),
    input(
        "sql.azure.com",
        "ServersAuditingSetting",
        "storageAccountAccessKey",
        "in-audit",
    ),
    input(
        "sql.azure.com",
        "ServersDatabasesAuditingSetting",
        "storageAccountAccessKey",
        "in-db-audit",
    ),
    input(
        "synapse.azure.com",
        "Workspace",
        "sqlAdministratorLoginPassword",
        "in-synapse",
    ),
];

const fn input(
    group: &'static str,
    kind: &'static str,
    field: &'static str,
    table: &'static str,
) -> (&'static str, &'static str, &'static str, &'static str) {
    (table, group, kind, field)
}

fn input_columns(field: &str) -> [String; 3] {
    [
        "metadata.namespace".to_owned(),
        format!("spec.{field}.name"),
        format!("spec.{field}.key"),
    ]
}

pub(crate) fn reads() -> Vec<Selector> {
    let mut selectors = vec![
        Selector::relation_columns("references", Relation::SecretReferences, REFERENCES),
        Selector::relation_columns(
            "config-references",
            Relation::ConfigMapReferences,
            CONFIG_REFERENCES,
        ),
        Selector::objects("pods", "", "Pod", POD),
        Selector::objects("replica-sets", "apps", "ReplicaSet", REPLICA_SET),
        Selector::objects("jobs", "batch", "Job", JOB),
    ];
    selectors.extend(INPUTS.iter().map(|(table, group, kind, field)| {
        Selector::objects(table, group, kind, input_columns(field))
    }));
    selectors
}

/// One place that reads a Secret, or a ConfigMap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    pub(crate) consumer: ObjectId,
    /// Namespace and name of the Secret.
    pub(crate) secret: (Symbol, Symbol),
    /// Absent: all of it.
    pub(crate) key: Symbol,
    /// Whether the consumer starts without it.
    pub(crate) optional: bool,
}

/// What a consumer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// It runs, or will when its time comes.
    Something,
    /// It has ended.
    Finished,
    /// It is a ReplicaSet that is set to no replicas.
    NoReplicas,
}

/// The tables of everything that reads Secrets.
pub(crate) struct Consumers<'a> {
    references: Table<'a>,
    columns: [Column; 4],
    config_references: (Table<'a>, [Column; 4]),
    pods: (Table<'a>, Column),
    replica_sets: (Table<'a>, Column),
    jobs: (Table<'a>, [Column; 2]),
    inputs: Vec<(Table<'a>, [Column; 3])>,
    owners: Table<'a>,
    owner_id: Column,
    controller: Column,
}

impl<'a> Consumers<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Consumers<'a>, String> {
        let references = input.table("references")?;
        let config_references = input.table("config-references")?;
        let (pods, replica_sets) = (input.table("pods")?, input.table("replica-sets")?);
        let jobs = input.table("jobs")?;
        let owners = input.table("owners")?;
        let inputs = INPUTS.iter().map(|(table, _, _, field)| {
            let table = input.table(table)?;
            let names = input_columns(field);
            Ok::<_, String>((table, table.columns(names.each_ref().map(String::as_str))?))
        });
        Ok(Consumers {
            references,
            columns: references.columns(REFERENCES)?,
            config_references: (
                config_references,
                config_references.columns(CONFIG_REFERENCES)?,
            ),
            pods: (pods, pods.column(POD[0])?),
            replica_sets: (replica_sets, replica_sets.column(REPLICA_SET[0])?),
            jobs: (jobs, jobs.columns(JOB)?),
            inputs: inputs.collect::<Result<_, _>>()?,
            owners,
            owner_id: owners.column("owner-id")?,
            controller: owners.column("controller")?,
        })
    }

    fn reference(&self, row: Row<'a>) -> Reference {
        let [namespace, secret, key, optional] = self.columns;
        Reference {
            consumer: row.object(),
            secret: (row.symbol(namespace), row.symbol(secret)),
            key: row.symbol(key),
            optional: row.is(optional),
        }
    }

    /// Every place in a workload, service account or ingress that reads a Secret in this state.
    pub(crate) fn workloads(&self, state: State<'a>) -> impl Iterator<Item = Reference> {
        state.rows(self.references).map(|row| self.reference(row))
    }

    /// The same with the v2 objects that read a Secret.
    pub(crate) fn all(&self, state: State<'a>) -> impl Iterator<Item = Reference> {
        let inputs = self.inputs.iter().flat_map(move |(table, columns)| {
            state.rows(*table).filter_map(|row| input_of(row, columns))
        });
        self.workloads(state).chain(inputs)
    }

    /// The places in one workload, service account or ingress.
    pub(crate) fn of(&self, state: State<'a>, object: ObjectId) -> impl Iterator<Item = Reference> {
        let rows = state.rows_of(self.references, object);
        rows.map(|row| self.reference(row))
    }

    /// The places in one workload that read a ConfigMap.
    pub(crate) fn config_maps_of(
        &self,
        state: State<'a>,
        object: ObjectId,
    ) -> impl Iterator<Item = Reference> {
        let (table, [namespace, name, key, optional]) = self.config_references;
        let rows = state.rows_of(table, object);
        rows.map(move |row| Reference {
            consumer: row.object(),
            secret: (row.symbol(namespace), row.symbol(name)),
            key: row.symbol(key),
            optional: row.is(optional),
        })
    }

    /// Whether an object is one whose containers cannot be changed once it is there: a Pod or a Job.
    pub(crate) fn is_fixed(&self, state: State<'a>, object: ObjectId) -> bool {
        let tables = [self.pods.0, self.jobs.0];
        tables
            .iter()
            .any(|table| state.row_of(*table, object).is_some())
    }

    /// The places in one v2 object.
    pub(crate) fn inputs(
        &self,
        state: State<'a>,
        object: ObjectId,
    ) -> impl Iterator<Item = Reference> {
        self.inputs.iter().flat_map(move |(table, columns)| {
            let rows = state.rows_of(*table, object);
            rows.filter_map(|row| input_of(row, columns))
        })
    }

    /// Whether the controller of an object reads the same Secret: then it is the controller that has to change.
    pub(crate) fn is_spoken_for(
        &self,
        state: State<'a>,
        object: ObjectId,
        secret: (Symbol, Symbol),
    ) -> bool {
        let owners = state.rows_of(self.owners, object);
        let controllers = owners.filter(|row| row.is(self.controller));
        let known = controllers.filter_map(|row| row.reference(self.owner_id));
        let reads = |controller| {
            let mut rows = state.rows_of(self.references, controller);
            rows.any(|row| self.reference(row).secret == secret)
        };
        known.into_iter().any(reads)
    }

    /// Whether an object runs anything. What is neither a Pod, a ReplicaSet nor a Job always counts: a suspended CronJob or
    /// a Deployment without replicas reads its Secrets whenever somebody wakes it.
    pub(crate) fn runs(&self, state: State<'a>, object: ObjectId) -> Runs {
        let (pods, phase) = self.pods;
        if let Some(pod) = state.row_of(pods, object) {
            return match pod.text(phase) {
                Some("Succeeded" | "Failed") => Runs::Finished,
                _ => Runs::Something,
            };
        }
        let (replica_sets, replicas) = self.replica_sets;
        if let Some(set) = state.row_of(replica_sets, object) {
            return match set.text(replicas) {
                Some("0") => Runs::NoReplicas,
                _ => Runs::Something,
            };
        }
        let (jobs, [completed, conditions]) = self.jobs;
        match state.row_of(jobs, object) {
            Some(job) if job.has(completed) || has_ended(job.text(conditions)) => Runs::Finished,
            _ => Runs::Something,
        }
    }
}

fn input_of(row: Row<'_>, columns: &[Column; 3]) -> Option<Reference> {
    let [namespace, name, key] = *columns;
    Some(Reference {
        consumer: row.object(),
        secret: (row.symbol(namespace), row.symbol(name).present()?),
        key: row.symbol(key),
        optional: false,
    })
}

/// Whether the conditions of a Job (compact JSON) say that it is over: `Complete` or `Failed` with the status `True`.
fn has_ended(conditions: Option<&str>) -> bool {
    let conditions = conditions.unwrap_or_default().split('}');
    let is_true = |condition: &&str| condition.contains(r#""status":"True""#);
    conditions.filter(is_true).any(|condition| {
        condition.contains(r#""type":"Complete""#) || condition.contains(r#""type":"Failed""#)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_has_ended_only_if_a_condition_that_ends_it_is_true() {
        let failed = r#"[{"status":"True","type":"Suspended"},{"type":"Failed","status":"True"}]"#;
        let going = r#"[{"status":"True","type":"Suspended"},{"type":"Failed","status":"False"}]"#;
        assert!(has_ended(Some(failed)));
        assert!(!has_ended(Some(going)) && !has_ended(None));
    }
}
