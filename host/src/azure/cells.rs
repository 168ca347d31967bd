//! Cells of objects by the names of their columns, looked up once for each kind instead of once for each object.

use asogate_core::object::GroupKind;
use asogate_core::pool::Symbol;
use asogate_core::selector::{ColumnPath, ColumnPlace, KindPattern, ObjectSelector, Selector};
use asogate_core::snapshot::{Object, Snapshot};

/// A selector of these columns. Every name is a literal of this module's callers; one that is no path selects nothing.
pub(crate) fn selector<C: AsRef<str>>(group: &str, kind: &str, columns: &[C]) -> Selector {
    let paths = columns.iter().filter_map(|name| path(name.as_ref()));
    Selector::Objects(ObjectSelector {
        table: format!("status {kind}.{group}"),
        kinds: KindPattern::new(group, kind),
        columns: paths.collect(),
    })
}

fn path(name: &str) -> Option<ColumnPath> {
    name.parse().ok()
}

/// Where some columns stand in the objects of some kinds.
pub(crate) struct Cells<'a> {
    snapshot: &'a Snapshot,
    columns: Vec<String>,
    /// By the position of the schema, then in the order of `columns`.
    places: Vec<Option<Vec<Option<ColumnPlace>>>>,
}

impl<'a> Cells<'a> {
    pub(crate) fn new<C: AsRef<str>>(
        snapshot: &'a Snapshot,
        is_meant: impl Fn(&GroupKind) -> bool,
        columns: &[C],
    ) -> Cells<'a> {
        let paths: Vec<Option<ColumnPath>> =
            columns.iter().map(|name| path(name.as_ref())).collect();
        let places = snapshot.store().schemas().map(|(_, schema)| {
            let place = |path: &Option<ColumnPath>| schema.place(path.as_ref()?);
            is_meant(&schema.kind).then(|| paths.iter().map(place).collect())
        });
        Cells {
            snapshot,
            places: places.collect(),
            columns: columns.iter().map(|name| name.as_ref().into()).collect(),
        }
    }

    /// The objects of these kinds.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Object<'a>> {
        let objects = self.snapshot.objects().map(|(_, object)| object);
        objects.filter(|object| self.places_of(object).is_some())
    }

    fn places_of(&self, object: &Object<'a>) -> Option<&[Option<ColumnPlace>]> {
        let places = self.places.get(object.schema_id().index())?;
        places.as_deref()
    }

    fn place(&self, object: &Object<'a>, column: &str) -> Option<ColumnPlace> {
        let position = self.columns.iter().position(|known| known == column)?;
        *self.places_of(object)?.get(position)?
    }

    /// The symbol of a cell; none if the field is absent.
    pub(crate) fn symbol(&self, object: &Object<'a>, column: &str) -> Option<Symbol> {
        object.cell(self.place(object, column)?).present()
    }

    /// The text of a cell; none if the field is absent.
    pub(crate) fn text(&self, object: &Object<'a>, column: &str) -> Option<&'a str> {
        Some(self.snapshot.text(self.symbol(object, column)?))
    }

    /// The rows of a list: for every element the texts of these columns, which share the path up to `[*]`.
    pub(crate) fn rows<const N: usize>(
        &self,
        object: &Object<'a>,
        columns: [&str; N],
    ) -> Vec<[Option<&'a str>; N]> {
        let places = columns.map(|column| self.place(object, column));
        let list = places.iter().flatten().find_map(|place| match place {
            ColumnPlace::List { list, .. } => Some(*list),
            ColumnPlace::Cell(_) => None,
        });
        let Some(list) = list else { return vec![] };
        let width = object.schema().lists.get(list);
        let width = width.map_or(1, |list| list.columns.len()).max(1);
        let row = |cells: &[Symbol]| {
            places.map(|place| match place {
                Some(ColumnPlace::List { column, .. }) => {
                    let symbol = cells.get(column)?.present()?;
                    Some(self.snapshot.text(symbol))
                }
                _ => None,
            })
        };
        object.list(list).chunks_exact(width).map(row).collect()
    }
}
