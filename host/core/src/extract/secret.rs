//! The keys of Secrets. Values are looked at here and nowhere else, and leave nothing behind but emptiness, a class
//! and the allow-listed settings of operators.

use super::base64::Wiped;
use super::env::Env;
use super::settings::secret_setting;
use super::text::{Key, twice};
use crate::change::SecretKey;
use crate::pool::{Intern, Symbol};
use crate::selector::{Relation, SettingsSecret};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::HashMap;
use std::fmt;

/// The keys of one Secret so far.
#[derive(Debug, Default)]
pub(super) struct SecretKeys {
    rows: Vec<Row>,
    /// Where each key is in `rows`, kept once there are many.
    index: HashMap<Symbol, usize>,
    decoded: Wiped,
    /// The keys of the previous Secret: those of one owner mostly have the same.
    previous: Vec<Symbol>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    key: Symbol,
    empty: bool,
    class: Symbol,
    /// From `stringData`, which replaces `data` when the API server reads it.
    plain: bool,
}

/// Below this many keys, comparing with each is quicker than hashing.
const FEW_KEYS: usize = 32;

impl SecretKeys {
    pub(super) fn clear(&mut self) {
        if !self.rows.is_empty() {
            self.previous.clear();
            self.previous.extend(self.rows.iter().map(|row| row.key));
        }
        self.rows.clear();
        self.index.clear();
    }

    fn position(&self, key: Symbol) -> Option<usize> {
        if self.index.is_empty() {
            self.rows.iter().position(|row| row.key == key)
        } else {
            self.index.get(&key).copied()
        }
    }

    /// Adds a key; false if it stands twice in one map.
    fn add(&mut self, row: Row) -> bool {
        match self
            .position(row.key)
            .and_then(|position| self.rows.get_mut(position))
        {
            Some(known) if known.plain == row.plain => return false,
            Some(known) if row.plain => *known = row,
            Some(_) => {}
            None => {
                self.rows.push(row);
                if self.rows.len() == FEW_KEYS {
                    let rows = self.rows.iter().enumerate();
                    self.index = rows.map(|(position, row)| (row.key, position)).collect();
                } else if self.rows.len() > FEW_KEYS {
                    self.index.insert(row.key, self.rows.len() - 1);
                }
            }
        }
        true
    }
}

impl<P: Intern> Env<'_, P> {
    /// The symbol of the next key.
    fn secret_key(&mut self, key: &str) -> Symbol {
        let keys = &self.secret_keys;
        match keys.previous.get(keys.rows.len()) {
            Some(known) if self.pool.text(*known) == key => *known,
            _ => self.pool.intern(key),
        }
    }

    /// Adds keys that were kept when the values were dropped.
    pub(super) fn known_secret_keys(&mut self, keys: &[SecretKey]) {
        for known in keys {
            let row = Row {
                key: self.pool.intern(&known.key),
                empty: known.empty,
                class: Symbol::ABSENT,
                plain: false,
            };
            // A key whose value is still at hand has been read from there.
            if self.secret_keys.position(row.key).is_none() {
                self.secret_keys.add(row);
            }
        }
    }

    /// Adds the keys that a snapshot file has recorded.
    pub(super) fn recorded_secret_keys(
        &mut self,
        json: &str,
        mut class: impl FnMut(u32) -> u32,
    ) -> Result<(), String> {
        let keys: Vec<RecordedKey> = serde_json::from_str(json).map_err(|_| {
            "`secretKeys` must be a list of `{key, empty, class}`: a string, a boolean and a number from 1"
                .to_owned()
        })?;
        for recorded in keys {
            let class = recorded.class.map_or(0, &mut class);
            let row = Row {
                key: self.pool.intern(&recorded.key),
                empty: recorded.empty,
                class: self.class_cell(class),
                plain: false,
            };
            if !self.secret_keys.add(row) {
                return Err(format!(
                    "the key `{}` is given twice in `secretKeys`; keep one of them",
                    recorded.key
                ));
            }
        }
        Ok(())
    }

    /// The object ends: its keys become rows.
    pub(super) fn finish_secret(&mut self) {
        if self.recipe.secret_keys {
            for index in 0..self.secret_keys.rows.len() {
                let Some(row) = self.secret_keys.rows.get(index).copied() else {
                    break;
                };
                let empty = self.scratch.facts.yes(row.empty, self.pool);
                let cells = [
                    self.draft.namespace,
                    self.draft.name,
                    row.key,
                    empty,
                    row.class,
                ];
                self.draft.relations.push((Relation::SecretKeys, cells));
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedKey {
    key: String,
    #[serde(default)]
    empty: bool,
    #[serde(default)]
    class: Option<u32>,
}

/// Reads `data` or `stringData` of a Secret.
pub(super) struct SecretData<'w, 'e, P> {
    pub(super) env: &'w mut Env<'e, P>,
    /// The values are plain text and not base64.
    pub(super) plain: bool,
    /// The Secret holds settings of an operator.
    pub(super) rule: Option<&'e SettingsSecret>,
}

impl<P> SecretData<'_, '_, P> {
    fn field(&self) -> &'static str {
        if self.plain { "stringData" } else { "data" }
    }
}

impl<'de, P: Intern> DeserializeSeed<'de> for SecretData<'_, '_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if !self.env.recipe.secret_keys && self.rule.is_none() {
            return IgnoredAny::deserialize(deserializer).map(|_| ());
        }
        deserializer.deserialize_any(self)
    }
}

/// Answers every shape that is not wanted with an error that does not quote the value.
macro_rules! refuse {
    ($($visit:ident: $type:ty = $found:literal),* $(,)?) => {
        $(fn $visit<E: Error>(self, _: $type) -> Result<Self::Value, E> {
            Err(self.refused($found))
        })*
    };
}

impl<P> SecretData<'_, '_, P> {
    fn refused<E: Error>(&self, found: &str) -> E {
        E::custom(format_args!(
            "`{}` is {found}; it must be a map",
            self.field()
        ))
    }
}

impl<'de, P: Intern> Visitor<'de> for SecretData<'_, '_, P> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    refuse!(visit_str: &str = "a string", visit_bool: bool = "a boolean", visit_i64: i64 = "a number",
        visit_u64: u64 = "a number", visit_f64: f64 = "a number");

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.refused("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Key)? {
            let (empty, class) = map.next_value_seed(SecretValue {
                env: &mut *self.env,
                plain: self.plain,
                rule: self.rule,
                key: &key,
            })?;
            if self.env.recipe.secret_keys {
                let row = Row {
                    key: self.env.secret_key(&key),
                    empty,
                    class,
                    plain: self.plain,
                };
                if !self.env.secret_keys.add(row) {
                    return Err(twice(&key));
                }
            }
        }
        Ok(())
    }
}

/// Reads one value of a Secret: whether it is empty, and its class.
struct SecretValue<'w, 'e, P> {
    env: &'w mut Env<'e, P>,
    plain: bool,
    rule: Option<&'e SettingsSecret>,
    key: &'w str,
}

impl<P> SecretValue<'_, '_, P> {
    fn refused<E: Error>(&self, found: &str) -> E {
        let field = if self.plain { "stringData" } else { "data" };
        E::custom(format_args!(
            "`{field}[{}]` is {found}; it must be a string",
            self.key
        ))
    }
}

impl<'de, P: Intern> DeserializeSeed<'de> for SecretValue<'_, '_, P> {
    type Value = (bool, Symbol);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, P: Intern> Visitor<'de> for SecretValue<'_, '_, P> {
    type Value = (bool, Symbol);

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    refuse!(visit_bool: bool = "a boolean", visit_i64: i64 = "a number", visit_u64: u64 = "a number",
        visit_f64: f64 = "a number");

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.refused("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.refused("a map"))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.visit_str("")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let SecretValue {
            env,
            plain,
            rule,
            key,
        } = self;
        // Taken out while it is in use, so that the rest of the environment can be used beside it.
        let mut decoded = std::mem::take(&mut env.secret_keys.decoded);
        let value = if plain {
            Some(text.as_bytes())
        } else {
            decoded.decode(text)
        };
        let Some(value) = value else {
            return Err(E::custom(format_args!(
                "the value of `data[{key}]` is not base64, so it cannot come from the API server; take the dump again, unedited"
            )));
        };
        let class = if env.recipe.secret_keys {
            env.class(value)
        } else {
            Symbol::ABSENT
        };
        if let Some(rule) = rule {
            secret_setting(env, rule, key, value);
        }
        let empty = value.is_empty();
        decoded.wipe();
        env.secret_keys.decoded = decoded;
        Ok((empty, class))
    }
}
