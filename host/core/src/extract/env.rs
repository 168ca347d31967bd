//! What reading one object works with: where cells go, and what is kept between objects.

use super::Classify;
use super::facts::Facts;
use super::recipe::{Node, NodeId, Place, Recipe, Take};
use super::secret::SecretKeys;
use crate::pool::{Intern, Symbol};
use crate::snapshot::Draft;

/// Buffers that outlive one object.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) facts: Facts,
    /// Per node, the number of the visit to its parent in which it was met last.
    stamps: Vec<u64>,
    visits: u64,
    texts: Vec<String>,
    /// Per node, the two strings that were met there last: many repeat themselves or alternate (namespaces, states, types
    /// of conditions), and comparing is quicker than searching.
    latest: Vec<[Symbol; 2]>,
    /// The cell of each class so far.
    classes: Vec<Symbol>,
    class_texts: ClassTexts,
}

/// What the cell of a class says until the snapshot is finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ClassTexts {
    /// Its number, which shares its symbol with equal strings.
    #[default]
    Shared,
    /// Its number, which is not looked for: all strings will be numbered anew, and classes too.
    Apart,
    /// Nothing: the numbers mean nothing outside this part of a snapshot, so its cell must not share a symbol with strings.
    Nothing,
}

impl Scratch {
    /// Buffers for a part of a snapshot that will be taken into another one.
    pub(super) fn of_part() -> Scratch {
        Scratch {
            class_texts: ClassTexts::Nothing,
            ..Scratch::default()
        }
    }

    /// Buffers for a snapshot that will be arranged.
    pub(super) fn to_be_arranged() -> Scratch {
        Scratch {
            class_texts: ClassTexts::Apart,
            ..Scratch::default()
        }
    }

    /// The cells of classes so far, with their class.
    pub(super) fn class_cells(&self) -> impl Iterator<Item = (Symbol, u32)> {
        let cells = self.classes.iter().zip(1..);
        cells.filter_map(|(cell, class)| Some((cell.present()?, class)))
    }

    /// Makes room for the nodes of a recipe.
    pub(super) fn fit(&mut self, recipe: &Recipe) {
        if self.stamps.len() < recipe.len() {
            self.stamps.resize(recipe.len(), 0);
            self.latest.resize(recipe.len(), [Symbol::ABSENT; 2]);
        }
    }

    pub(super) fn class_cell(&mut self, class: u32, pool: &mut impl Intern) -> Symbol {
        let Some(index) = (class as usize).checked_sub(1) else {
            return Symbol::ABSENT;
        };
        if self.classes.len() <= index {
            self.classes.resize(index + 1, Symbol::ABSENT);
        }
        let Some(cell) = self.classes.get_mut(index) else {
            return Symbol::ABSENT;
        };
        if cell.is_absent() {
            let mut digits = Digits::default();
            *cell = match self.class_texts {
                ClassTexts::Shared => pool.intern(digits.write(class)),
                ClassTexts::Apart => pool.append(digits.write(class)),
                ClassTexts::Nothing => pool.append(""),
            };
        }
        *cell
    }

    /// A number for one visit of one map.
    pub(super) fn visit(&mut self) -> u64 {
        self.visits += 1;
        self.visits
    }

    pub(super) fn met(&mut self, node: NodeId, symbol: Symbol) {
        if let Some(latest) = self.latest.get_mut(node as usize) {
            let [first, _] = *latest;
            if first != symbol {
                *latest = [symbol, first];
            }
        }
    }

    pub(super) fn met_before(&mut self, node: NodeId, visit: u64) -> bool {
        match self.stamps.get_mut(node as usize) {
            Some(stamp) => std::mem::replace(stamp, visit) == visit,
            None => false,
        }
    }
}

/// Everything that reading one object needs.
pub(super) struct Env<'e, P> {
    pub(super) recipe: &'e Recipe,
    pub(super) pool: &'e mut P,
    pub(super) draft: &'e mut Draft,
    pub(super) classify: &'e mut dyn Classify,
    pub(super) scratch: &'e mut Scratch,
    pub(super) secret_keys: &'e mut SecretKeys,
}

impl<P: Intern> Env<'_, P> {
    /// The symbol of a text if it was met at this node lately.
    pub(super) fn met_lately(&self, node: NodeId, text: &str) -> Option<Symbol> {
        let latest = self.scratch.latest.get(node as usize)?;
        let mut known = latest.iter().filter_map(|latest| latest.present());
        known.find(|known| self.pool.text(*known) == text)
    }

    /// Stores a cell.
    pub(super) fn set(&mut self, place: Place, symbol: Symbol) {
        let cell = match place {
            Place::Cell(index) => self.draft.cells.get_mut(index),
            Place::Row { list, column } => {
                let width = self.recipe.widths.get(list).copied().unwrap_or(0);
                let cells = self.draft.lists.get_mut(list);
                cells.and_then(|cells| {
                    let start = cells.len().checked_sub(width)?;
                    cells.get_mut(start + column)
                })
            }
        };
        if let Some(cell) = cell {
            *cell = symbol;
        }
    }

    /// Gives a text to all cells that want it.
    pub(super) fn take_text(&mut self, node: &Node, text: &str) {
        let mut symbol = None;
        for take in &node.takes {
            match *take {
                Take::Value(place) => {
                    let symbol = *symbol.get_or_insert_with(|| self.pool.intern(text));
                    self.set(place, symbol);
                }
                Take::Class(place) => {
                    let class = self.class(text.as_bytes());
                    self.set(place, class);
                }
                Take::Fact(_) => {}
            }
        }
    }

    /// The cell for the class of a value.
    pub(super) fn class(&mut self, value: &[u8]) -> Symbol {
        let class = self.classify.class(value);
        self.class_cell(class)
    }

    /// The cell for a class: its number; absent if there is none. Classes are compared with classes only, so their
    /// texts need not be looked for among all others.
    pub(super) fn class_cell(&mut self, class: u32) -> Symbol {
        self.scratch.class_cell(class, self.pool)
    }

    /// A buffer to be given back with [`Env::give_back`].
    pub(super) fn borrow_text(&mut self) -> String {
        self.scratch.texts.pop().unwrap_or_default()
    }

    pub(super) fn give_back(&mut self, mut text: String) {
        text.clear();
        self.scratch.texts.push(text);
    }
}

/// The decimal digits of a number, without an allocation.
#[derive(Default)]
struct Digits([u8; 10]);

impl Digits {
    fn write(&mut self, mut number: u32) -> &str {
        let mut start = self.0.len();
        for (position, digit) in self.0.iter_mut().enumerate().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            start = position;
            if number == 0 {
                break;
            }
        }
        let digits = self.0.get(start..).unwrap_or_default();
        std::str::from_utf8(digits).unwrap_or_default()
    }
}
