//! Tables, their columns, and rows with named cells. Reading a cell is two array accesses and allocates nothing.

use crate::guest::types;
use crate::input::{Input, ObjectId, Symbol};
use crate::part::Part;
use crate::ranks::Ranks;
use crate::selector::Selector;
use std::cell::OnceCell;

/// A table as the host passed it.
#[derive(Debug)]
pub(crate) struct TableData {
    pub(crate) name: String,
    column_names: Vec<String>,
    pub(crate) objects: Vec<u32>,
    /// A column in which every cell is absent is empty.
    columns: Vec<Vec<u32>>,
    /// How many rows are those of now; they come first.
    base: u32,
    /// The change of each row after those.
    changed: Vec<u32>,
    /// Where the rows of each object of now are; made when somebody asks for those of one object.
    ranks: OnceCell<Ranks>,
}

impl TableData {
    pub(crate) fn new(
        raw: types::Table,
        selector: &Selector,
        changes: usize,
    ) -> Result<TableData, String> {
        let misfit = |what: &str| format!("the host passed the table `{}` with {what}", raw.name);
        if raw.name != selector.table() {
            return Err(format!(
                "the host passed the table `{}` where `{}` was asked for",
                raw.name,
                selector.table()
            ));
        }
        let column_names = selector.columns();
        let rows = raw.objects.len();
        if raw.columns.len() != column_names.len() {
            return Err(misfit("another number of columns than asked for"));
        }
        let base = raw.now as usize;
        let fits = |column: &Vec<u32>| column.is_empty() || column.len() == rows;
        if base.checked_add(raw.changes.len()) != Some(rows) || !raw.columns.iter().all(fits) {
            return Err(misfit("columns of different lengths"));
        }
        if !raw.changes.is_sorted()
            || raw.changes.first() == Some(&0)
            || raw
                .changes
                .last()
                .is_some_and(|&last| last as usize > changes)
        {
            return Err(misfit("rows that are not in the order of the changes"));
        }
        if raw
            .objects
            .get(..base)
            .is_some_and(|base| !base.is_sorted())
        {
            return Err(misfit("rows that are not in the order of their objects"));
        }
        Ok(TableData {
            name: raw.name,
            column_names,
            objects: raw.objects,
            columns: raw.columns,
            base: raw.now,
            changed: raw.changes,
            ranks: OnceCell::new(),
        })
    }

    /// The rows that change `change` leaves (0: those of now).
    pub(crate) fn span(&self, change: u32) -> (u32, u32) {
        if change == 0 {
            return (0, self.base);
        }
        let start = self.changed.partition_point(|&known| known < change);
        let rest = self.changed.iter().skip(start);
        let count = rest.take_while(|&&known| known == change).count();
        let start = self.base + start as u32;
        (start, start + count as u32)
    }

    /// The rows of now of one object.
    pub(crate) fn span_of(&self, object: ObjectId) -> (u32, u32) {
        let ranks = self.ranks.get_or_init(|| {
            let base = self.objects.get(..self.base as usize).unwrap_or_default();
            Ranks::new(base.iter().copied())
        });
        ranks.span(object.0).unwrap_or((0, 0))
    }

    pub(crate) fn object_at(&self, row: u32) -> Option<ObjectId> {
        self.objects.get(row as usize).copied().map(ObjectId)
    }
}

/// A table of an [`Input`]. Its rows depend on the moment: ask a [`State`](crate::State) for them.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    pub(crate) input: &'a Input,
    pub(crate) data: &'a TableData,
    index: u32,
}

/// A column of one table, resolved once by [`Table::column`], then used for every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    table: u32,
    index: u32,
}

impl<'a> Table<'a> {
    pub(crate) fn new(input: &'a Input, data: &'a TableData, index: usize) -> Table<'a> {
        Table {
            input,
            data,
            index: index as u32,
        }
    }

    /// The name given in `reads`.
    pub fn name(&self) -> &'a str {
        &self.data.name
    }

    /// The column with this name, exactly as `reads` wrote it.
    ///
    /// # Errors
    ///
    /// If `reads` asked for no such column.
    pub fn column(&self, name: &str) -> Result<Column, String> {
        let index = self
            .data
            .column_names
            .iter()
            .position(|known| known == name);
        let index =
            index.ok_or_else(|| format!("the table `{}` has no column `{name}`", self.name()))?;
        Ok(Column {
            table: self.index,
            index: index as u32,
        })
    }

    /// Several columns at once: `let [skip, deleted] = table.columns(["…", "…"])?`.
    ///
    /// # Errors
    ///
    /// As [`Table::column`].
    pub fn columns<const N: usize>(&self, names: [&str; N]) -> Result<[Column; N], String> {
        let mut columns = [Column { table: 0, index: 0 }; N];
        for (column, name) in columns.iter_mut().zip(names) {
            *column = self.column(name)?;
        }
        Ok(columns)
    }
}

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    table: Table<'a>,
    row: u32,
}

impl<'a> Row<'a> {
    /// The object of the row. For relations: which object that is, is documented with the relation.
    pub fn object(&self) -> ObjectId {
        ObjectId(self.number())
    }

    fn number(&self) -> u32 {
        self.table
            .data
            .objects
            .get(self.row as usize)
            .copied()
            .unwrap_or(0)
    }

    /// The cell's symbol.
    ///
    /// # Panics
    ///
    /// If the column belongs to another table: silently wrong cells would be worse.
    pub fn symbol(&self, column: Column) -> Symbol {
        assert_eq!(
            column.table, self.table.index,
            "a column of another table was used"
        );
        let cells = self.table.data.columns.get(column.index as usize);
        let code = cells.and_then(|cells| cells.get(self.row as usize));
        Symbol(code.copied().unwrap_or(0))
    }

    /// The cell's text; none if the field is absent, `Some("")` if it is there and empty.
    ///
    /// # Panics
    ///
    /// As [`Row::symbol`].
    pub fn text(&self, column: Column) -> Option<&'a str> {
        self.table.input.text(self.symbol(column))
    }

    /// Whether there is such a field.
    ///
    /// # Panics
    ///
    /// As [`Row::symbol`].
    pub fn has(&self, column: Column) -> bool {
        !self.symbol(column).is_absent()
    }

    /// Whether the cell is exactly `true`, as flags of relations are (`controller`, `optional`, …).
    ///
    /// # Panics
    ///
    /// As [`Row::symbol`].
    pub fn is(&self, column: Column) -> bool {
        self.symbol(column) == self.table.input.yes()
    }

    /// The part in a column `parts(…)`; none if there is no such field.
    ///
    /// # Panics
    ///
    /// As [`Row::symbol`].
    pub fn part(&self, column: Column) -> Option<Part> {
        self.table.input.part(self.symbol(column).0)
    }

    /// The object in a column whose name ends in `-id`; none if it is not in the snapshot.
    ///
    /// # Panics
    ///
    /// As [`Row::symbol`].
    pub fn reference(&self, column: Column) -> Option<ObjectId> {
        self.symbol(column)
            .present()
            .map(|symbol| ObjectId(symbol.0))
    }
}

/// Consecutive rows of one object at one moment: one row, or one per element if the columns use `[*]`.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    table: Table<'a>,
    next: u32,
    end: u32,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(table: Table<'a>, (next, end): (u32, u32)) -> Rows<'a> {
        Rows { table, next, end }
    }

    /// The object whose rows these are; none if there are none.
    pub fn object(&self) -> Option<ObjectId> {
        self.first().map(|row| row.object())
    }

    /// The first row; of a table without `[*]`, the only one.
    pub fn first(&self) -> Option<Row<'a>> {
        let mut rows = *self;
        rows.next()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.next >= self.end
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        let row = self.next;
        (row < self.end).then(|| {
            self.next += 1;
            Row {
                table: self.table,
                row,
            }
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end.saturating_sub(self.next) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Rows<'_> {}
