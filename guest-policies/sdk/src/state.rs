//! The cluster at one moment of the plan, and the walk from moment to moment.
//!
//! A state is two words: nothing is copied or replayed to look at one. The rows of an object after change n are those
//! that the latest change of it up to n left (or the rows of now), which are found in constant time (see `ranks`).

use crate::input::{Change, Input, ObjectId};
use crate::table::{Row, Rows, Table};

/// The cluster as the first n changes of the plan leave it.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    input: &'a Input,
    number: u32,
}

impl<'a> State<'a> {
    pub(crate) fn new(input: &'a Input, number: u32) -> State<'a> {
        State { input, number }
    }

    /// How many changes have been made.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The rows of one object; none if it is not there (or the table is not about its kind).
    pub fn rows_of(&self, table: Table<'a>, object: ObjectId) -> Rows<'a> {
        if self.number == 0 {
            return Rows::new(table, table.data.span_of(object));
        }
        let touches = self.input.touches_of(object);
        let made = touches.partition_point(|touch| touch.1 <= self.number);
        match made.checked_sub(1).and_then(|last| touches.get(last)) {
            Some((_, change)) => Rows::new(table, table.data.span(*change)),
            None => Rows::new(table, table.data.span_of(object)),
        }
    }

    /// The row of one object, in a table without `[*]`.
    pub fn row_of(&self, table: Table<'a>, object: ObjectId) -> Option<Row<'a>> {
        self.rows_of(table, object).first()
    }

    /// Every object that has rows in the table, with them: objects that no change so far has touched in the order of
    /// their ids, then the others in that order.
    pub fn objects(&self, table: Table<'a>) -> impl Iterator<Item = Rows<'a>> + use<'a> {
        let (number, touches) = (self.number, self.input.all_touches());
        let touches = if number == 0 { &[] } else { touches };
        untouched(table, touches, number).chain(touched(table, touches, number))
    }

    /// Every row of the table, in the order of [`State::objects`].
    pub fn rows(&self, table: Table<'a>) -> impl Iterator<Item = Row<'a>> + use<'a> {
        self.objects(table).flatten()
    }
}

/// The objects of now that are not among `touches` up to `number`. Both are ordered by object, so this is one merge.
fn untouched<'a>(
    table: Table<'a>,
    touches: &'a [(ObjectId, u32)],
    number: u32,
) -> impl Iterator<Item = Rows<'a>> {
    let (mut row, end) = table.data.span(0);
    let mut touch = 0;
    std::iter::from_fn(move || {
        loop {
            let object = (row < end).then(|| table.data.object_at(row)).flatten()?;
            let start = row;
            while row < end && table.data.object_at(row) == Some(object) {
                row += 1;
            }
            while touches.get(touch).is_some_and(|known| known.0 < object) {
                touch += 1;
            }
            // The first touch of an object is its earliest.
            let gone = touches.get(touch);
            if !gone.is_some_and(|first| first.0 == object && first.1 <= number) {
                return Some(Rows::new(table, (start, row)));
            }
        }
    })
}

/// The objects among `touches` up to `number`, with the rows that their latest change left, if any.
fn touched<'a>(
    table: Table<'a>,
    touches: &'a [(ObjectId, u32)],
    number: u32,
) -> impl Iterator<Item = Rows<'a>> {
    touches
        .chunk_by(|one, other| one.0 == other.0)
        .filter_map(move |touches| {
            let made = touches.partition_point(|touch| touch.1 <= number);
            let (_, change) = touches.get(made.checked_sub(1)?)?;
            let rows = Rows::new(table, table.data.span(*change));
            (!rows.is_empty()).then_some(rows)
        })
}

/// One change, with the cluster before and after it.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// The change.
    pub change: &'a Change,
    /// The cluster before it.
    pub before: State<'a>,
    /// The cluster after it.
    pub after: State<'a>,
}

impl<'a> Transition<'a> {
    /// The rows that the change takes away: all rows that its object had.
    pub fn removed(&self, table: Table<'a>) -> Rows<'a> {
        self.before.rows_of(table, self.change.object)
    }

    /// The rows that the change brings: all rows that its object now has.
    pub fn added(&self, table: Table<'a>) -> Rows<'a> {
        Rows::new(table, table.data.span(self.change.number))
    }
}

impl Input {
    /// The walk over the plan: every change with the states before and after it. An invariant over many objects is
    /// checked at every prefix by keeping a sum and adding and taking away the rows of each transition
    /// (see [`Groups`](crate::Groups)), so that a plan of n changes costs n steps and not n scans.
    pub fn walk(&self) -> impl Iterator<Item = Transition<'_>> {
        self.changes().iter().map(|change| Transition {
            change,
            before: State::new(self, change.number - 1),
            after: State::new(self, change.number),
        })
    }
}
