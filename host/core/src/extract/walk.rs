//! Follows a [`Recipe`] through the events of a parser.

use super::Classify;
use super::facts::{Facts, Word};
use super::recipe::{Fact, Node, NodeId, Place, Recipe, Shape, Take};
use super::secret::SecretKeys;
use super::text::{self, Key, Keys, Redact, Text};
use crate::pool::{Intern, Symbol};
use crate::selector::Relation;
use crate::snapshot::Draft;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

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
}

impl Scratch {
    /// Makes room for the nodes of a recipe.
    pub(super) fn fit(&mut self, recipe: &Recipe) {
        if self.stamps.len() < recipe.len() {
            self.stamps.resize(recipe.len(), 0);
            self.latest.resize(recipe.len(), [Symbol::ABSENT; 2]);
        }
    }

    /// A number for one visit of one map.
    pub(super) fn visit(&mut self) -> u64 {
        self.visits += 1;
        self.visits
    }

    fn met(&mut self, node: NodeId, symbol: Symbol) {
        if let Some(latest) = self.latest.get_mut(node as usize) {
            let [first, _] = *latest;
            if first != symbol {
                *latest = [symbol, first];
            }
        }
    }

    fn met_before(&mut self, node: NodeId, visit: u64) -> bool {
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
    fn met_lately(&self, node: NodeId, text: &str) -> Option<Symbol> {
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
    fn take_text(&mut self, node: &Node, text: &str) {
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
        let Some(index) = (class as usize).checked_sub(1) else {
            return Symbol::ABSENT;
        };
        let cells = &mut self.scratch.classes;
        if cells.len() <= index {
            cells.resize(index + 1, Symbol::ABSENT);
        }
        let Some(cell) = cells.get_mut(index) else {
            return Symbol::ABSENT;
        };
        if cell.is_absent() {
            let mut digits = Digits::default();
            *cell = self.pool.append(digits.write(class));
        }
        *cell
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

/// What a scalar is in JSON.
#[derive(Clone, Copy)]
enum Scalar {
    Text,
    Bool,
    Number,
}

impl Scalar {
    fn describe(self) -> &'static str {
        match self {
            Scalar::Text => "a string",
            Scalar::Bool => "a boolean",
            Scalar::Number => "a number",
        }
    }
}

/// Reads the value at a node.
pub(super) struct Walk<'w, 'e, P> {
    pub(super) env: &'w mut Env<'e, P>,
    pub(super) node: NodeId,
    pub(super) redact: Redact,
    /// The value itself has been taken; only what is inside is to be read.
    pub(super) inside: bool,
}

impl<'e, P: Intern> Walk<'_, 'e, P> {
    fn node(&self) -> &'e Node {
        self.env.recipe.node(self.node)
    }

    fn scalar<E: Error>(self, text: &str, found: Scalar) -> Result<(), E> {
        let node = self.node();
        if node.shape != Shape::Any {
            return self.check(node, Shape::Any, found.describe());
        }
        let mut symbol = self.env.met_lately(self.node, text);
        for take in &node.takes {
            match *take {
                Take::Value(place) => {
                    let symbol = *symbol.get_or_insert_with(|| self.env.pool.intern(text));
                    self.env.set(place, symbol);
                }
                Take::Class(place) => {
                    let class = self.env.class(text.as_bytes());
                    self.env.set(place, class);
                }
                Take::Fact(fact) => {
                    let Env {
                        scratch,
                        pool,
                        draft,
                        ..
                    } = &mut *self.env;
                    let taken = match found {
                        Scalar::Bool => scratch.facts.boolean(fact, text == "true"),
                        Scalar::Text => {
                            let word = Word {
                                text,
                                symbol: &mut symbol,
                                pool: &mut **pool,
                            };
                            scratch.facts.text(fact, word, draft)
                        }
                        Scalar::Number => false,
                    };
                    if !taken {
                        let (found, wanted) = (found.describe(), wanted(fact));
                        return Err(E::custom(format_args!(
                            "`{}` is {found}; it must be {wanted}",
                            node.path
                        )));
                    }
                }
            }
        }
        if let Some(symbol) = symbol {
            self.env.scratch.met(self.node, symbol);
        }
        Ok(())
    }

    fn number<E: Error>(self, text: String) -> Result<(), E> {
        let walk = Walk {
            env: &mut *self.env,
            ..self
        };
        walk.scalar(&text, Scalar::Number)?;
        self.env.give_back(text);
        Ok(())
    }

    /// Checks that Kubernetes may give a value of this shape its meaning.
    fn check<E: Error>(&self, node: &Node, shape: Shape, found: &str) -> Result<(), E> {
        let fact = node.takes.iter().find_map(|take| match take {
            Take::Fact(fact) => Some(*fact),
            _ => None,
        });
        let wanted = match (node.shape, fact) {
            (Shape::Map, _) if shape != Shape::Map => "a map",
            (Shape::List, _) if shape != Shape::List => "a list",
            (_, Some(fact)) if shape != Shape::Any => wanted(fact),
            _ => return Ok(()),
        };
        Err(E::custom(format_args!(
            "`{}` is {found}; it must be {wanted}",
            node.path
        )))
    }

    /// Reads a map or list as text first, because somebody wants the text, and then what is inside from that text.
    fn through_text<E: Error>(
        self,
        node: &Node,
        read: impl FnOnce(Text<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut text = self.env.borrow_text();
        read(Text::new(&mut text, self.redact))?;
        self.env.take_text(node, &text);
        if node.descends() {
            let inside = Walk {
                env: self.env,
                node: self.node,
                redact: self.redact,
                inside: true,
            };
            from_text(&text, inside)?;
        }
        self.env.give_back(text);
        Ok(())
    }
}

/// What a fact must be.
fn wanted(fact: Fact) -> &'static str {
    match fact {
        Fact::OwnerController
        | Fact::OwnerBlocksDeletion
        | Fact::ReferenceOptional
        | Fact::VersionServed
        | Fact::VersionStorage => "a boolean",
        _ => "a string",
    }
}

/// Reads from the text of a value that was read before.
pub(super) fn from_text<'t, S, E>(text: &'t str, seed: S) -> Result<(), E>
where
    S: DeserializeSeed<'t, Value = ()>,
    E: Error,
{
    let mut deserializer = serde_json::Deserializer::from_str(text);
    seed.deserialize(&mut deserializer)
        .map_err(|error| E::custom(bare(&error)))
}

/// An error's text without its position, which means nothing outside the text that was read.
pub(super) fn bare(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    if let Some(end) = text.rfind(" at line ")
        && error.line() > 0
    {
        text.truncate(end);
    }
    text
}

impl<'de, P: Intern> DeserializeSeed<'de> for Walk<'_, '_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, P: Intern> Visitor<'de> for Walk<'_, '_, P> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.scalar(text, Scalar::Text)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(if value { "true" } else { "false" }, Scalar::Bool)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        let mut text = self.env.borrow_text();
        text::number(value.into(), &mut text);
        self.number(text)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let mut text = self.env.borrow_text();
        text::number(value.into(), &mut text);
        self.number(text)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let mut text = self.env.borrow_text();
        text::float(value, &mut text);
        self.number(text)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let node = self.node();
        self.check(node, Shape::List, "a list")?;
        if node.wants_text() && !self.inside {
            return self.through_text(node, |text| text.visit_seq(seq));
        }
        let Some(each) = node.each else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        let mut index = 0;
        loop {
            let element = Element {
                env: &mut *self.env,
                list: node.list,
                each,
                key: ElementKey::Index(index),
                redact: Redact::None,
            };
            if seq.next_element_seed(element)?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let node = self.node();
        self.check(node, Shape::Map, "a map")?;
        if node.wants_text() && !self.inside {
            return self.through_text(node, |text| text.visit_map(map));
        }
        if let Some(record) = node.record {
            self.env.scratch.facts.begin(record);
        }
        let visit = self.env.scratch.visit();
        if node.each.is_some() || node.config_map_keys || self.redact != Redact::None {
            let mut keys = Keys::default();
            while let Some(key) = map.next_key_seed(Key)? {
                map.next_value_seed(Entry {
                    env: &mut *self.env,
                    parent: node,
                    visit,
                    key: &key,
                    redact: self.redact,
                })?;
                // Of the other keys, those that matter are checked by their stamps.
                if node.each.is_some() || node.config_map_keys {
                    keys.add(key)?;
                }
            }
        } else {
            while let Some(field) = map.next_key_seed(Lookup(node))? {
                let Some(field) = field else {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                };
                if self.env.scratch.met_before(field, visit) {
                    return Err(twice(self.env.recipe.node(field)));
                }
                map.next_value_seed(Walk {
                    env: &mut *self.env,
                    node: field,
                    redact: Redact::None,
                    inside: false,
                })?;
            }
        }
        if let Some(record) = node.record {
            let Env {
                scratch,
                pool,
                draft,
                ..
            } = &mut *self.env;
            scratch.facts.end(record, *pool, draft);
        }
        Ok(())
    }
}

fn twice<E: Error>(node: &Node) -> E {
    E::custom(format_args!(
        "`{}` is given twice; keep one of them",
        node.path
    ))
}

/// Finds the node for a key without keeping the key.
struct Lookup<'e>(&'e Node);

impl<'de> DeserializeSeed<'de> for Lookup<'_> {
    type Value = Option<NodeId>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Lookup<'_> {
    type Value = Option<NodeId>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.field(key))
    }
}

/// Reads one entry of a map whose key matters: for rows, or for what must not be read.
pub(super) struct Entry<'w, 'e, P> {
    pub(super) env: &'w mut Env<'e, P>,
    pub(super) parent: &'e Node,
    pub(super) visit: u64,
    pub(super) key: &'w str,
    pub(super) redact: Redact,
}

impl<'de, P: Intern> DeserializeSeed<'de> for Entry<'_, '_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Entry {
            env,
            parent,
            visit,
            key,
            redact,
        } = self;
        let Some(redact) = redact.child(key) else {
            IgnoredAny::deserialize(deserializer)?;
            return Ok(());
        };
        if parent.config_map_keys {
            let row = [env.draft.namespace, env.draft.name, env.pool.intern(key)];
            env.draft.relations.push((Relation::ConfigMapKeys, row));
        }
        let field = parent.field(key);
        if let Some(field) = field
            && env.scratch.met_before(field, visit)
        {
            return Err(twice(env.recipe.node(field)));
        }
        match (field, parent.each) {
            (None, None) => IgnoredAny::deserialize(deserializer).map(|_| ()),
            (Some(node), None) => Walk {
                env,
                node,
                redact,
                inside: false,
            }
            .deserialize(deserializer),
            (None, Some(each)) => Element {
                env,
                list: parent.list,
                each,
                key: ElementKey::Field(key),
                redact,
            }
            .deserialize(deserializer),
            (Some(node), Some(each)) => {
                // Two parts of the tree want the same value: it is read as text, which both then walk.
                let mut text = env.borrow_text();
                Text::new(&mut text, redact).deserialize(deserializer)?;
                let walk = Walk {
                    env: &mut *env,
                    node,
                    redact,
                    inside: false,
                };
                from_text(&text, walk)?;
                let element = Element {
                    env: &mut *env,
                    list: parent.list,
                    each,
                    key: ElementKey::Field(key),
                    redact,
                };
                from_text(&text, element)?;
                env.give_back(text);
                Ok(())
            }
        }
    }
}

enum ElementKey<'k> {
    Field(&'k str),
    Index(usize),
}

/// Reads one element of a list or value of a map, which may be a row.
struct Element<'w, 'e, P> {
    env: &'w mut Env<'e, P>,
    list: Option<usize>,
    each: NodeId,
    key: ElementKey<'w>,
    redact: Redact,
}

impl<'de, P: Intern> DeserializeSeed<'de> for Element<'_, '_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Element {
            env,
            list,
            each,
            key,
            redact,
        } = self;
        if let Some(list) = list {
            let width = env.recipe.widths.get(list).copied().unwrap_or(0);
            if let Some(cells) = env.draft.lists.get_mut(list) {
                cells.extend(std::iter::repeat_n(Symbol::ABSENT, width));
            }
        }
        let recipe = env.recipe;
        let node = recipe.node(each);
        if !node.key_places.is_empty() {
            let symbol = match key {
                ElementKey::Field(key) => env.pool.intern(key),
                ElementKey::Index(index) => env.pool.intern(&index.to_string()),
            };
            for place in &node.key_places {
                env.set(*place, symbol);
            }
        }
        Walk {
            env,
            node: each,
            redact,
            inside: false,
        }
        .deserialize(deserializer)
    }
}
