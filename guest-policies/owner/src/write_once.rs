//! `azure-name-changed` and `owner-changed`: once v2 has claimed an object (it carries the annotation with its ARM id), its
//! webhook refuses every change of these fields, of letter case too and under `skip` too (FACTS 0.10, OBSERVED 2.o).

use crate::objects::{Cells, Objects};
use crate::say;
use asogate_aso::v2;
use asogate_policy::{Finding, Operation};

pub(crate) fn judge(objects: &Objects<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for transition in objects.input.walk() {
        let change = transition.change;
        let cells = |row| objects.cells(row);
        let before = transition.removed(objects.table).first().and_then(cells);
        let after = transition.added(objects.table).first().and_then(cells);
        let (Operation::Update, Some(before), Some(after)) = (change.operation, before, after)
        else {
            continue;
        };
        if before.claimed.is_none() {
            continue;
        }
        let (old, new) = (name(objects, before), name(objects, after));
        if old != new {
            let problem = say::azure_name_changed(old, new);
            found.push(problem.about(change.object).at(change.number));
        }
        if before.owner != after.owner {
            let problem = say::owner_changed(&before.owner, &after.owner);
            found.push(problem.about(change.object).at(change.number));
        }
    }
    found
}

/// The name in Azure: without `spec.azureName` v2's webhook fills in the object's own. Kinds with a fixed name have no such
/// field.
fn name<'a>(objects: &Objects<'a>, cells: Cells<'a>) -> Option<&'a str> {
    let kind = v2::find(cells.group, cells.kind);
    if kind.is_some_and(|kind| kind.fixed_name.is_some()) {
        return None;
    }
    cells.azure_name.or_else(|| objects.input.text(cells.name))
}
