//! Entries of maps and elements of lists whose key matters: for rows, or for what must not be read.

use super::env::Env;
use super::recipe::{Node, NodeId};
use super::text::{Redact, Text};
use super::walk::{Walk, from_text, twice};
use crate::pool::{Intern, Symbol};
use crate::selector::Relation;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny};

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
            return Err(twice(env.recipe, field));
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

pub(super) enum ElementKey<'k> {
    Field(&'k str),
    Index(usize),
}

/// Reads one element of a list or value of a map, which may be a row.
pub(super) struct Element<'w, 'e, P> {
    pub(super) env: &'w mut Env<'e, P>,
    pub(super) list: Option<usize>,
    pub(super) each: NodeId,
    pub(super) key: ElementKey<'w>,
    pub(super) redact: Redact,
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
