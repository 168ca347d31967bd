//! v1's objects and what their annotations and statuses say.

use super::board::{Progress, V1Member, V1State};
use crate::azure::cells::{Cells, selector};
use crate::azure::identity::Identity;
use crate::azure::operators::Subscriptions;
use asogate_aso::annotations::{SKIPRECONCILE, column};
use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::{V1_COLUMNS, V1_SUBNET_COLUMN, further_v1, identify_v1, within_v1};
use asogate_aso::operators::Operators;
use asogate_aso::skipreconcile::is_paused;
use asogate_aso::v1::GROUP;
use asogate_core::object::ObjectId;
use asogate_core::selector::Selector;
use asogate_core::snapshot::{Object, Snapshot};

/// The columns that are read besides those of the identity.
const STATUS: [&str; 5] = [
    "status.provisioned",
    "status.provisioning",
    "status.failedProvisioning",
    "status.pollingUrl",
    "metadata.labels",
];

pub(super) const SECRET_NAME: &str = "spec.secretName";
pub(super) const KEY_VAULT: &str = "spec.keyVaultToStoreSecrets";

fn columns() -> Vec<String> {
    let further = STATUS.iter().chain([&SECRET_NAME, &KEY_VAULT]);
    let names = V1_COLUMNS.iter().chain(further).copied();
    let names = names.chain([V1_SUBNET_COLUMN]).map(String::from);
    names.chain([column(SKIPRECONCILE)]).collect()
}

pub(super) fn reads() -> Selector {
    selector(GROUP, "*", &columns())
}

/// One object of v1.
pub(super) struct V1Object<'a> {
    pub(super) id: ObjectId,
    pub(super) object: Object<'a>,
    pub(super) member: V1Member,
    pub(super) identity: Identity,
    /// What it manages beside its own resource.
    pub(super) parts: Vec<ArmId>,
}

/// The tables of v1's objects.
pub(super) struct V1<'a> {
    snapshot: &'a Snapshot,
    pub(super) cells: Cells<'a>,
}

impl<'a> V1<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> V1<'a> {
        V1 {
            snapshot,
            cells: Cells::new(snapshot, |kind| kind.group == GROUP, &columns()),
        }
    }

    /// The ids that v1 has written into its objects.
    pub(super) fn stated_ids(&self) -> impl Iterator<Item = &'a str> {
        let objects = self.cells.objects();
        objects.filter_map(|object| self.cells.text(&object, "status.resourceId"))
    }

    /// The labels of an object, as JSON.
    pub(super) fn labels(&self, object: &Object<'a>) -> Option<&'a str> {
        self.cells.text(object, "metadata.labels")
    }

    /// One of the columns of an object; its name too.
    pub(super) fn cell(&self, object: &Object<'a>, column: &str) -> Option<&'a str> {
        self.cells.text(object, column)
    }

    /// Every object, in the order of the snapshot.
    pub(super) fn objects(
        &self,
        operators: &Operators<'a>,
        subscriptions: &Subscriptions<'a>,
    ) -> Vec<V1Object<'a>> {
        let read = |object| self.read(object, operators, subscriptions);
        self.cells.objects().map(read).collect()
    }

    fn read(
        &self,
        object: Object<'a>,
        operators: &Operators<'a>,
        subscriptions: &Subscriptions<'a>,
    ) -> V1Object<'a> {
        let kind = object.kind().kind.as_str();
        let cell = |column: &str| self.cell(&object, column);
        let known = subscriptions.of_v1();
        let own = identify_v1(kind, &cell, known);
        let mut parts = vec![];
        if let Ok(own) = &own {
            parts = further_v1(kind, own, &cell);
            let subnets = self.cells.rows(&object, [V1_SUBNET_COLUMN]);
            let names = subnets.iter().filter_map(|[name]| *name);
            let names = names.filter(|name| !name.is_empty());
            parts.extend(names.map(|name| own.child("subnets", name)));
        }
        V1Object {
            id: ObjectId::from_index(object.position()),
            member: self.member(&object, operators),
            identity: Identity::of(own, || within_v1(kind, &cell, known)),
            parts,
            object,
        }
    }

    fn member(&self, object: &Object<'a>, operators: &Operators<'a>) -> V1Member {
        let cell = |column: &str| self.cell(object, column);
        let skip = cell(&column(SKIPRECONCILE));
        let paused = is_paused(skip);
        let terminating = object.is_terminating();
        let progress = progress(&cell);
        let state = match (terminating, paused, progress) {
            (true, ..) => V1State::Terminating,
            (_, true, _) => V1State::Paused,
            (_, _, Progress::InFlight) => V1State::InFlight,
            (_, _, Progress::Failed) => V1State::Failed,
            _ => V1State::Active,
        };
        let key = object.key(self.snapshot.pool());
        V1Member {
            watched: operators.v1_could_act_in(key.namespace.as_deref().unwrap_or_default()),
            object: key,
            state,
            paused,
            ineffective_pause: skip.filter(|_| !paused).map(str::to_owned),
            terminating,
            progress,
        }
    }
}

/// An operation that goes on counts before what came of an earlier one. False values are not written (OBSERVED 7.a).
fn progress<'a>(cell: &dyn Fn(&str) -> Option<&'a str>) -> Progress {
    let is_true = |column| cell(column) == Some("true");
    let polls = cell("status.pollingUrl").is_some_and(|url| !url.is_empty());
    if is_true("status.provisioning") || polls {
        Progress::InFlight
    } else if is_true("status.failedProvisioning") {
        Progress::Failed
    } else if is_true("status.provisioned") {
        Progress::Provisioned
    } else {
        Progress::Unreported
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[(&str, &'static str)]) -> Progress {
        progress(&|column| {
            let found = cells.iter().find(|(name, _)| *name == column);
            found.map(|(_, value)| *value)
        })
    }

    #[test]
    fn an_operation_that_goes_on_counts_before_what_came_of_the_last_one() {
        let done = ("status.provisioned", "true");
        assert_eq!(of(&[done]), Progress::Provisioned);
        assert_eq!(
            of(&[done, ("status.pollingUrl", "https://x")]),
            Progress::InFlight
        );
        assert_eq!(
            of(&[done, ("status.pollingUrl", "")]),
            Progress::Provisioned
        );
        assert_eq!(of(&[("status.provisioning", "true")]), Progress::InFlight);
        assert_eq!(
            of(&[("status.failedProvisioning", "true")]),
            Progress::Failed
        );
        assert_eq!(of(&[]), Progress::Unreported);
    }
}
