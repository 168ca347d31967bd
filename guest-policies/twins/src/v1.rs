//! v1 objects.

use crate::UNKNOWN_SUBSCRIPTION;
use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::{Unidentified, V1_COLUMNS, identify_v1, within_v1};
use asogate_policy::{Column, Input, ObjectId, Row, Selector, State, Table};

const TABLE: &str = "v1";

/// The v1 objects at any moment, with the cells that decide about their Azure resource.
#[derive(Debug)]
pub struct V1Objects<'a> {
    /// The table.
    pub table: Table<'a>,
    /// `metadata.namespace`.
    pub namespace: Column,
    kind: Column,
    /// As [`V1_COLUMNS`].
    columns: Vec<Column>,
}

impl<'a> V1Objects<'a> {
    /// The selector, with further columns of the policy's own.
    pub fn reads(further: &[&str]) -> Selector {
        let mut columns = vec!["kind", "metadata.namespace"];
        columns.extend(V1_COLUMNS);
        columns.extend(further);
        Selector::objects(TABLE, asogate_aso::v1::GROUP, "*", columns)
    }

    /// The table of [`V1Objects::reads`].
    ///
    /// # Errors
    ///
    /// If `reads` did not ask for it.
    pub fn new(input: &'a Input) -> Result<V1Objects<'a>, String> {
        let table = input.table(TABLE)?;
        let columns = V1_COLUMNS.iter().map(|name| table.column(name));
        Ok(V1Objects {
            table,
            namespace: table.column("metadata.namespace")?,
            kind: table.column("kind")?,
            columns: columns.collect::<Result<_, _>>()?,
        })
    }

    /// The kind of the object of a row.
    pub fn kind(&self, row: Row<'a>) -> &'a str {
        row.text(self.kind).unwrap_or_default()
    }

    /// One of the cells of [`V1_COLUMNS`].
    pub fn cell(&self, row: Row<'a>, column: &str) -> Option<&'a str> {
        let position = V1_COLUMNS.iter().position(|known| *known == column)?;
        row.text(*self.columns.get(position)?)
    }

    /// The Azure resource. The subscription is the object's own, or `subscription`.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn identify(
        &self,
        row: Row<'a>,
        subscription: Option<&str>,
    ) -> Result<ArmId, Unidentified> {
        let cell = |column: &str| self.cell(row, column);
        let subscription = subscription.or(Some(UNKNOWN_SUBSCRIPTION));
        identify_v1(self.kind(row), &cell, subscription)
    }

    /// The Azure resource; for what is no resource of its own (users, keys) the one that it belongs to.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn identify_or_within(&self, row: Row<'a>) -> Result<ArmId, Unidentified> {
        self.identify(row, None).or_else(|error| match error {
            Unidentified::NotArm => {
                let cell = |column: &str| self.cell(row, column);
                within_v1(self.kind(row), &cell, Some(UNKNOWN_SUBSCRIPTION))
            }
            error => Err(error),
        })
    }

    /// The row of an object at a moment.
    pub fn row(&self, state: State<'a>, object: ObjectId) -> Option<Row<'a>> {
        state.row_of(self.table, object)
    }
}
