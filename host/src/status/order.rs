//! Which rows are shown, in which order, and how many there are of what.

use super::board::{Board, Danger, Gate, Readiness, Row, Stage, StepState, Totals, V2Member};
use super::rows::Drafts;
use crate::known::SnapshotSummary;

/// Which rows are shown. Rows must fit all that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these stages; empty: of all.
    pub stages: Vec<Stage>,
    /// With a danger.
    pub dangerous: bool,
    /// Whose next step is blocked, or whose stage or gate is not known.
    pub blocked: bool,
}

impl Filter {
    fn shows(&self, row: &Row) -> bool {
        (self.stages.is_empty() || self.stages.contains(&row.stage))
            && (!self.dangerous || !row.dangers.is_empty())
            && (!self.blocked || row.is_blocked() || row.is_unknown())
    }
}

/// The finished board.
pub(super) fn board(
    drafts: Drafts<'_>,
    steps: Vec<StepState>,
    undetermined: Vec<String>,
    snapshot: SnapshotSummary,
    filter: &Filter,
) -> Board {
    let selected = drafts.drafts.into_iter().filter(|draft| draft.selected);
    let mut rows: Vec<Row> = selected.map(|draft| draft.row).collect();
    let all = rows.len();
    rows.retain(|row| filter.shows(row));
    rows.sort_by_cached_key(place);
    Board {
        totals: totals(&rows),
        rows,
        all,
        steps,
        undetermined,
        snapshot: Some(snapshot),
    }
}

/// What is dangerous first, then what is not known, then what is blocked, then what can go on, then what is done (what v2 does not
/// call ready before the rest); within each the earlier stages first, and then by name.
fn place(row: &Row) -> impl Ord + use<> {
    let gate = match row.gate() {
        _ if row.is_unknown() => 0,
        Some(Gate::Closed) => 1,
        Some(Gate::Unknown | Gate::Open) => 2,
        None if row.v2.iter().any(is_unwell) => 3,
        None => 4,
    };
    let worst = row.dangers.iter().map(|known| known.danger).min();
    let namespace = row.first().and_then(|object| object.namespace.clone());
    let name = row.azure.id.as_ref().map(|id| id.to_lowercase());
    let danger: (bool, Option<Danger>) = (worst.is_none(), worst);
    (
        danger,
        gate,
        row.stage,
        namespace,
        name,
        row.first().cloned(),
    )
}

fn is_unwell(member: &V2Member) -> bool {
    member.ready != Readiness::Ready
}

fn totals(rows: &[Row]) -> Totals {
    let mut totals = Totals {
        resources: rows.len(),
        ..Totals::default()
    };
    for row in rows {
        totals.dangerous += usize::from(!row.dangers.is_empty());
        totals.blocked += usize::from(row.is_blocked());
        totals.unknown += usize::from(row.is_unknown());
        totals.open += usize::from(row.gate() == Some(Gate::Open));
        *totals.stages.entry(row.stage).or_default() += 1;
        for member in &row.v1 {
            *totals.v1.entry(member.state).or_default() += 1;
        }
        for member in &row.v2 {
            *totals.v2.entry(member.state).or_default() += 1;
        }
    }
    totals
}
