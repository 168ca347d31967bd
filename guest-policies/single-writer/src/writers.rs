//! Which objects write to Azure at a moment, and what they write.

use asogate_aso::identity::Unidentified;
use asogate_aso::rows::{Both, Places};
use asogate_policy::{Input, ObjectId, Row, Selector, State};

pub(crate) fn reads() -> Vec<Selector> {
    Both::selectors(&[], &[])
}

/// Which operator an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    V1,
    V2,
}

/// The tables, and what is needed to understand them.
pub(crate) struct Writers<'a> {
    pub(crate) input: &'a Input,
    pub(crate) both: Both<'a>,
}

impl<'a> Writers<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Writers<'a>, String> {
        Ok(Writers {
            input,
            both: Both::new(input)?,
        })
    }

    /// Whether any change is of a v1 or v2 object, or of a namespace.
    pub(crate) fn concerns_the_plan(&self) -> bool {
        let (namespaces, _) = self.both.policies.namespaces();
        let tables = [self.both.v1.table, self.both.v2.table, namespaces];
        self.input.walk().any(|transition| {
            tables.iter().any(|&table| {
                !transition.removed(table).is_empty() || !transition.added(table).is_empty()
            })
        })
    }

    /// The row of an object at a moment, and whose it is.
    pub(crate) fn row(&self, state: State<'a>, object: ObjectId) -> Option<(Side, Row<'a>)> {
        let of_v1 = state.row_of(self.both.v1.table, object);
        let of_v2 = || state.row_of(self.both.v2.table, object);
        of_v1
            .map(|row| (Side::V1, row))
            .or_else(|| of_v2().map(|row| (Side::V2, row)))
    }

    /// Every object at a moment, v1's first.
    pub(crate) fn rows(&self, state: State<'a>) -> impl Iterator<Item = (Side, Row<'a>)> {
        let of_v1 = state.rows(self.both.v1.table).map(|row| (Side::V1, row));
        of_v1.chain(state.rows(self.both.v2.table).map(|row| (Side::V2, row)))
    }

    /// Whether an operator writes to Azure for this object, or would as soon as it runs.
    pub(crate) fn is_active(&self, state: State<'a>, side: Side, row: Row<'a>) -> bool {
        match side {
            Side::V1 => !self.both.v1.is_paused(row) && self.both.v1_could_act(row),
            Side::V2 => {
                self.both.policies.effective(state, row).policy.puts()
                    && self.both.v2_could_act(row)
            }
        }
    }

    /// What an object manages. Nothing, if that cannot be managed by v2 in any case.
    pub(crate) fn places(
        &self,
        state: State<'a>,
        side: Side,
        row: Row<'a>,
    ) -> Result<Places<'a>, Unidentified> {
        match side {
            Side::V1 => self.both.places_of_v1(state, row),
            Side::V2 => self.both.places_of_v2(state, row),
        }
    }
}
