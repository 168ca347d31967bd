//! What a policy judges: tables of cells, and the ordered changes of a plan. States in between are in [`crate::State`].

use crate::guest::types;
use crate::ranks::Ranks;
use crate::selector::Selector;
use crate::state::State;
use crate::table::{Table, TableData};

/// An object, known by number: the same number in two tables is the same object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub(crate) u32);

/// The code of a cell's text in the pool of strings: equal texts have equal symbols, so joins compare numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub(crate) u32);

impl Symbol {
    /// There is no such field. A field that is present but empty has another symbol.
    pub const ABSENT: Symbol = Symbol(0);

    /// Whether there is no such field.
    pub fn is_absent(self) -> bool {
        self == Symbol::ABSENT
    }

    /// The symbol, or none if there is no such field.
    pub fn present(self) -> Option<Symbol> {
        (!self.is_absent()).then_some(self)
    }
}

/// The step of the migration that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Files alone are judged; no cluster is known.
    Lint,
    /// v1 stops writing to Azure: every v1 object gets `skipreconcile=true`.
    PauseV1,
    /// The imported v2 manifests are applied, under `skip`.
    Import,
    /// v2 takes over: the `skip` policy is removed from the v2 objects.
    Adopt,
    /// Workloads read the Secrets of v2 instead of those of v1.
    Swap,
    /// Back to v1.
    Rollback,
    /// The v1 objects are deleted.
    Cleanup,
    /// A step that this version does not know.
    Other,
}

impl Step {
    fn from_name(name: Option<&str>) -> Step {
        match name {
            None => Step::Lint,
            Some("pause-v1") => Step::PauseV1,
            Some("import") => Step::Import,
            Some("adopt") => Step::Adopt,
            Some("swap") => Step::Swap,
            Some("rollback") => Step::Rollback,
            Some("cleanup") => Step::Cleanup,
            Some(_) => Step::Other,
        }
    }
}

/// What a change does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It comes into being.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Delete,
}

/// Why a change happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The step asks for it.
    Requested,
    /// The last owner of the object went.
    GarbageCollected,
    /// Its namespace was deleted.
    NamespaceDeleted,
    /// The definition of its kind was deleted.
    CrdDeleted,
    /// An owner reference was removed: that owner went and another one stays, or its owner was deleted with orphan
    /// propagation.
    Unlinked,
    /// A cause that this version does not know.
    Other,
}

impl From<types::Cause> for Cause {
    fn from(cause: types::Cause) -> Cause {
        match cause {
            types::Cause::Requested => Cause::Requested,
            types::Cause::GarbageCollected => Cause::GarbageCollected,
            types::Cause::NamespaceDeleted => Cause::NamespaceDeleted,
            types::Cause::CrdDeleted => Cause::CrdDeleted,
            types::Cause::Unlinked => Cause::Unlinked,
            types::Cause::Other => Cause::Other,
        }
    }
}

/// What Kubernetes does with the dependents of a deleted object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Propagation {
    /// The object goes first, its dependents follow.
    Background,
    /// The dependents go first.
    Foreground,
    /// The dependents stay and lose their owner reference.
    Orphan,
}

/// One change of the plan, or a consequence of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number, from 1; what findings say with [`Finding::at`](crate::Finding::at).
    pub number: u32,
    /// What it does.
    pub operation: Operation,
    /// Why it happens.
    pub cause: Cause,
    /// The changed object.
    pub object: ObjectId,
    /// For a consequence: the objects that led to it, the requested one first, the nearest one last.
    pub path: Vec<ObjectId>,
    /// For a requested delete.
    pub propagation: Option<Propagation>,
    /// Whether the object carries finalizers, so that it goes only when their controllers have acted.
    pub awaits_finalizers: bool,
    /// Whether the object was being deleted before this plan.
    pub already_terminating: bool,
}

impl Change {
    /// Whether it deletes its object.
    pub fn deletes(&self) -> bool {
        self.operation == Operation::Delete
    }

    /// Whether the step asks for it.
    pub fn is_requested(&self) -> bool {
        self.cause == Cause::Requested
    }
}

/// What a policy judges.
#[derive(Debug)]
pub struct Input {
    step: Step,
    /// The strings of all codes, one after the other, and where each of them ends.
    text: String,
    ends: Vec<u32>,
    parts: Vec<types::Part>,
    yes: Symbol,
    tables: Vec<TableData>,
    changes: Vec<Change>,
    /// Which change touches which object, ordered by object, then by change.
    touches: Vec<(ObjectId, u32)>,
    touched: Ranks,
    /// The objects that the step was asked for, in the order of their ids.
    selected: Vec<ObjectId>,
    /// What the host knows of single changes: number, name, value.
    change_extra: Vec<(u32, String, String)>,
}

impl Input {
    /// Checks what the host passed against what the policy asked for.
    pub(crate) fn new(raw: types::Input, selectors: &[Selector]) -> Result<Input, String> {
        if raw.tables.len() != selectors.len() {
            return Err(format!(
                "the host passed {} tables where {} were asked for",
                raw.tables.len(),
                selectors.len()
            ));
        }
        let changes = changes(&raw.changes, &raw.paths)?;
        check_parts(&raw.parts)?;
        let tables = raw
            .tables
            .into_iter()
            .zip(selectors)
            .map(|(table, selector)| TableData::new(table, selector, changes.len()))
            .collect::<Result<_, _>>()?;
        let mut touches: Vec<_> = changes
            .iter()
            .map(|change| (change.object, change.number))
            .collect();
        touches.sort_unstable();
        let mut selected = vec![];
        for (_, ids) in raw.extra.iter().filter(|(name, _)| name == "selected") {
            for id in ids.split_whitespace() {
                let id = id
                    .parse()
                    .map_err(|_| "`selected` holds what is no object id")?;
                selected.push(ObjectId(id));
            }
        }
        selected.sort_unstable();
        let mut input = Input {
            step: Step::from_name(raw.step.as_deref()),
            yes: Symbol(u32::MAX),
            text: raw.text,
            ends: raw.ends,
            parts: raw.parts,
            tables,
            changes,
            touched: Ranks::new(touches.iter().map(|touch| touch.0.0)),
            touches,
            selected,
            change_extra: raw.change_extra,
        };
        // "true" is common, and asked for in every row: its symbol is looked up once.
        if let Some(yes) = input.symbol("true") {
            input.yes = yes;
        }
        Ok(input)
    }

    /// The step that is judged.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The table with this name.
    ///
    /// # Errors
    ///
    /// If `reads` asked for no such table.
    pub fn table(&self, name: &str) -> Result<Table<'_>, String> {
        let found = self.tables.iter().position(|table| table.name == name);
        let index = found.ok_or_else(|| format!("`reads` asks for no table `{name}`"))?;
        match self.tables.get(index) {
            Some(data) => Ok(Table::new(self, data, index)),
            None => Err(format!("there is no table `{name}`")),
        }
    }

    /// The changes of the plan in their order, consequences included.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The change with this number (from 1).
    pub fn change(&self, number: u32) -> Option<&Change> {
        self.changes.get((number as usize).checked_sub(1)?)
    }

    /// Whether a change of the plan, or a consequence of one, concerns this object.
    pub fn touches(&self, object: ObjectId) -> bool {
        !self.touches_of(object).is_empty()
    }

    /// Whether the step was asked for this object, whether or not the plan changes it. Known for steps that may leave what
    /// they cannot change (`swap`), and not for plans that were written before.
    pub fn is_selected(&self, object: ObjectId) -> bool {
        self.selected.binary_search(&object).is_ok()
    }

    /// The values of this name that the host gave to a change, by its number. `wit/policy.wit` lists the names at
    /// `input.change-extra`.
    pub fn change_extra<'a>(&'a self, change: u32, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_change = self
            .change_extra
            .iter()
            .filter(move |note| note.0 == change);
        of_change
            .filter(move |note| note.1 == name)
            .map(|note| note.2.as_str())
    }

    /// The cluster as it is now, before the plan.
    pub fn now(&self) -> State<'_> {
        State::new(self, 0)
    }

    /// The cluster as the plan leaves it.
    pub fn after_all(&self) -> State<'_> {
        State::new(self, self.changes.len() as u32)
    }

    /// The cluster as change `number` leaves it (0: now).
    pub fn after(&self, number: u32) -> State<'_> {
        State::new(self, number.min(self.changes.len() as u32))
    }

    /// The text of a symbol; none if it stands for "absent".
    pub fn text(&self, symbol: Symbol) -> Option<&str> {
        self.text_of(symbol.present()?.0)
    }

    pub(crate) fn text_of(&self, code: u32) -> Option<&str> {
        let code = code as usize;
        let start = *self.ends.get(code.checked_sub(1)?)? as usize;
        self.text.get(start..*self.ends.get(code)? as usize)
    }

    /// The symbol of a text, if it occurs in a cell. Takes time in proportion to the pool: look constants up once.
    pub fn symbol(&self, text: &str) -> Option<Symbol> {
        let starts = self.ends.iter();
        let ends = self.ends.iter().skip(1);
        let mut codes = (1..).zip(starts.zip(ends));
        // Lengths tell most strings apart without a look at them.
        let (code, _) = codes.find(|(code, (start, end))| {
            (*end).wrapping_sub(**start) as usize == text.len()
                && self.text(Symbol(*code)) == Some(text)
        })?;
        Some(Symbol(code))
    }

    pub(crate) fn raw_part(&self, number: u32) -> Option<&types::Part> {
        self.parts.get((number as usize).checked_sub(1)?)
    }

    pub(crate) fn part_count(&self) -> u32 {
        self.parts.len() as u32
    }

    pub(crate) fn yes(&self) -> Symbol {
        self.yes
    }

    pub(crate) fn all_touches(&self) -> &[(ObjectId, u32)] {
        &self.touches
    }

    /// The touches of one object, in their order.
    pub(crate) fn touches_of(&self, object: ObjectId) -> &[(ObjectId, u32)] {
        let Some((start, end)) = self.touched.span(object.0) else {
            return &[];
        };
        self.touches
            .get(start as usize..end as usize)
            .unwrap_or(&[])
    }
}

/// Whether parts refer to earlier ones only, so that every walk over them ends.
fn check_parts(parts: &[types::Part]) -> Result<(), String> {
    let fits = |(number, part): (u32, &types::Part)| part.parent < number && part.folded <= number;
    match (1..).zip(parts).all(fits) {
        true => Ok(()),
        false => Err("the host passed parts that are not in the order of their parents".into()),
    }
}

/// The changes, each with its part of the paths.
fn changes(raw: &[types::Change], paths: &[u32]) -> Result<Vec<Change>, String> {
    let mut start = 0;
    let with_path = |(number, raw): (u32, &types::Change)| {
        let end = raw.path_end as usize;
        let path = paths.get(start..end).ok_or_else(|| {
            format!("the host passed a path of change {number} that does not exist")
        })?;
        start = end;
        Ok(change(number, raw, path))
    };
    (1..).zip(raw).map(with_path).collect()
}

fn change(number: u32, raw: &types::Change, path: &[u32]) -> Change {
    Change {
        number,
        operation: match raw.operation {
            types::Operation::Create => Operation::Create,
            types::Operation::Update => Operation::Update,
            types::Operation::Delete => Operation::Delete,
        },
        cause: raw.cause.into(),
        object: ObjectId(raw.object),
        path: path.iter().copied().map(ObjectId).collect(),
        propagation: raw.propagation.map(|propagation| match propagation {
            types::Propagation::Background => Propagation::Background,
            types::Propagation::Foreground => Propagation::Foreground,
            types::Propagation::Orphan => Propagation::Orphan,
        }),
        awaits_finalizers: raw.awaits_finalizers,
        already_terminating: raw.already_terminating,
    }
}
