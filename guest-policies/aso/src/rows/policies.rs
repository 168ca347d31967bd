//! The policy that v2 follows for an object, at any moment of a plan.

use crate::annotations::{RECONCILE_POLICY, column};
use crate::operators::Operators;
use crate::reconcile_policy::{Effective, effective};
use asogate_policy::{
    Column, FastMap, Input, ObjectId, Row, Selector, State, Symbol, Table, Transition,
};
use std::cell::{OnceCell, RefCell};

const NAMESPACES: &str = "namespaces";
const NAME: &str = "metadata.name";
const NAMESPACE: &str = "metadata.namespace";

/// Which policy v2 follows for the objects of one table, with what their namespaces and the operator say.
#[derive(Debug)]
pub struct ReconcilePolicies<'a> {
    input: &'a Input,
    operators: Operators<'a>,
    namespaces: Table<'a>,
    name: Column,
    of_namespace: Column,
    /// Every Namespace that is there at some moment, by its name.
    by_name: FastMap<Symbol, Vec<ObjectId>>,
    /// The change that deletes a Namespace.
    deleted: FastMap<ObjectId, u32>,
    objects: Table<'a>,
    namespace: Column,
    own: Column,
    /// What is done with the objects of a namespace (by its name) that say this themselves, where the plan leaves all
    /// namespaces alone: there are few different answers, and every object is asked for.
    answers: RefCell<FastMap<(Symbol, Symbol), Effective<'a>>>,
    /// Whether the plan leaves all namespaces alone.
    is_steady: bool,
    /// Objects by namespace; made when the annotation of one changes.
    by_namespace: OnceCell<FastMap<Symbol, Vec<ObjectId>>>,
}

impl<'a> ReconcilePolicies<'a> {
    /// The columns that the table of objects must have.
    pub fn columns() -> [String; 2] {
        [NAMESPACE.into(), column(RECONCILE_POLICY)]
    }

    /// The further table that is needed, besides [`super::operators_selector`].
    pub fn selector() -> Selector {
        Selector::objects(
            NAMESPACES,
            "",
            "Namespace",
            [NAME.to_owned(), column(RECONCILE_POLICY)],
        )
    }

    /// For the objects of this table.
    ///
    /// # Errors
    ///
    /// If a table or column was not asked for.
    pub fn new(
        input: &'a Input,
        operators: Operators<'a>,
        objects: Table<'a>,
    ) -> Result<ReconcilePolicies<'a>, String> {
        let namespaces = input.table(NAMESPACES)?;
        let name = namespaces.column(NAME)?;
        let mut by_name: FastMap<Symbol, Vec<ObjectId>> = FastMap::default();
        let mut deleted = FastMap::default();
        let mut is_steady = true;
        let mut add = |row: Row<'a>| {
            let known = by_name.entry(row.symbol(name)).or_default();
            if !known.contains(&row.object()) {
                known.push(row.object());
            }
        };
        input.now().rows(namespaces).for_each(&mut add);
        for transition in input.walk() {
            is_steady &= transition.added(namespaces).is_empty()
                && transition.removed(namespaces).is_empty();
            transition.added(namespaces).for_each(&mut add);
            if transition.change.deletes() && !transition.removed(namespaces).is_empty() {
                deleted.insert(transition.change.object, transition.change.number);
            }
        }
        Ok(ReconcilePolicies {
            input,
            operators,
            namespaces,
            name,
            of_namespace: namespaces.column(&column(RECONCILE_POLICY))?,
            by_name,
            deleted,
            objects,
            by_namespace: OnceCell::new(),
            answers: RefCell::default(),
            is_steady,
            namespace: objects.column(NAMESPACE)?,
            own: objects.column(&column(RECONCILE_POLICY))?,
        })
    }

    /// The operators.
    pub fn operators(&self) -> &Operators<'a> {
        &self.operators
    }

    /// The annotation of the object itself, as it is.
    pub fn own(&self, row: Row<'a>) -> Option<&'a str> {
        row.text(self.own)
    }

    /// The namespace of an object.
    pub fn namespace(&self, row: Row<'a>) -> &'a str {
        row.text(self.namespace).unwrap_or_default()
    }

    /// The same, to compare.
    pub(super) fn namespace_symbol(&self, row: Row<'a>) -> Symbol {
        row.symbol(self.namespace)
    }

    /// What v2 does with an object at a moment.
    pub fn effective(&self, state: State<'a>, row: Row<'a>) -> Effective<'a> {
        if !self.is_steady {
            return self.work_out(state, row);
        }
        let key = (row.symbol(self.namespace), row.symbol(self.own));
        let mut answers = self.answers.borrow_mut();
        *answers
            .entry(key)
            .or_insert_with(|| self.work_out(state, row))
    }

    fn work_out(&self, state: State<'a>, row: Row<'a>) -> Effective<'a> {
        let own = self.own(row);
        let namespace = match own {
            None | Some("") => self.of_namespace(state, row.symbol(self.namespace)),
            Some(_) => None,
        };
        let default = self.operators.default_policy(self.namespace(row));
        effective(own, namespace, default)
    }

    /// The annotation of a namespace. That of one which the plan deletes counts to the end: it goes only when everything in it
    /// is gone (OBSERVED 2.x).
    fn of_namespace(&self, state: State<'a>, name: Symbol) -> Option<&'a str> {
        let known = self.by_name.get(&name)?;
        let there = known
            .iter()
            .find_map(|id| state.row_of(self.namespaces, *id));
        let row = there.or_else(|| {
            let gone = |id: &ObjectId| {
                let number = self.deleted.get(id).filter(|at| **at <= state.number())?;
                self.input.after(number - 1).row_of(self.namespaces, *id)
            };
            known.iter().find_map(gone)
        });
        row?.text(self.of_namespace)
    }

    /// The objects in a namespace whose annotation a change brings, takes away or changes, at any moment of the plan: those
    /// among them that say nothing themselves follow it.
    pub fn of_changed_namespace(&self, transition: &Transition<'a>) -> &[ObjectId] {
        let Some(name) = self.changed_namespace(transition) else {
            return &[];
        };
        let by_namespace = self.by_namespace.get_or_init(|| {
            let added = self.input.walk();
            let added = added.flat_map(|transition| transition.added(self.objects));
            let rows = self.input.now().rows(self.objects).chain(added);
            let mut known: FastMap<Symbol, Vec<ObjectId>> = FastMap::default();
            for row in rows {
                let objects = known.entry(row.symbol(self.namespace)).or_default();
                objects.push(row.object());
            }
            for objects in known.values_mut() {
                objects.sort_unstable();
                objects.dedup();
            }
            known
        });
        by_namespace.get(&name).map_or(&[], Vec::as_slice)
    }

    fn changed_namespace(&self, transition: &Transition<'a>) -> Option<Symbol> {
        let before = transition.removed(self.namespaces).first();
        let after = transition.added(self.namespaces).first();
        let policy =
            |row: Option<Row<'a>>| row.map_or(Symbol::ABSENT, |row| row.symbol(self.of_namespace));
        // A namespace that goes keeps what it said as long as there is something in it.
        if transition.change.deletes() || policy(before) == policy(after) {
            return None;
        }
        after.or(before).map(|row| row.symbol(self.name))
    }

    /// The row of a Namespace, its annotation, and which table that is.
    pub fn namespaces(&self) -> (Table<'a>, Column) {
        (self.namespaces, self.of_namespace)
    }
}
