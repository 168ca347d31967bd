//! Follows a [`Recipe`] through the events of a parser.

use super::entry::{Element, ElementKey, Entry};
use super::env::Env;
use super::facts::Word;
use super::recipe::{Fact, Node, NodeId, Recipe, Shape, Take};
use super::text::{self, Key, Keys, Redact, Text};
use crate::pool::Intern;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

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
        let shape = match found {
            Scalar::Text => Shape::Text,
            Scalar::Bool | Scalar::Number => Shape::Any,
        };
        if !matches!(
            (node.shape, shape),
            (Shape::Any, _) | (Shape::Text, Shape::Text)
        ) {
            return self.check(node, shape, found.describe());
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
                            self.env.recipe.path(self.node)
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
            (Shape::Text, _) if shape != Shape::Text => "a string",
            (_, Some(fact)) if matches!(shape, Shape::Map | Shape::List) => wanted(fact),
            _ => return Ok(()),
        };
        Err(E::custom(format_args!(
            "`{}` is {found}; it must be {wanted}",
            self.env.recipe.path(self.node)
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
                    return Err(twice(self.env.recipe, field));
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

pub(super) fn twice<E: Error>(recipe: &Recipe, node: NodeId) -> E {
    E::custom(format_args!(
        "`{}` is given twice; keep one of them",
        recipe.path(node)
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
