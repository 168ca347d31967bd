//! Reads JSON quickly, and knows no errors.
//!
//! It takes what `serde_json` takes, and gives what that gives, or refuses the text without a word; then `serde_json`
//! reads it, which says what is wrong and where, or takes it after all (very deep nesting is not for this reader). So a text
//! means what it means without it.

use super::skip;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;
use std::fmt;

/// How deep maps and lists may nest in what is looked at.
const DEPTH: u8 = 100;

/// How `serde_json` asks for the text of a value: by the name of a type that is not there. It is pinned by a test.
const RAW: &str = "$serde_json::private::RawValue";

/// Reads a whole text; none if that is not for this reader.
pub(in crate::collect) fn read<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    seed: S,
) -> Option<S::Value> {
    let mut quick = Quick::new(text);
    let value = seed.deserialize(&mut quick).ok()?;
    quick.is_at_end().then_some(value)
}

/// Reads a text that holds the elements of a list, without the brackets of the list.
pub(super) fn read_elements<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    seed: S,
) -> Option<S::Value> {
    let mut quick = Quick::new(text);
    let value = seed.deserialize(Elements(&mut quick)).ok()?;
    quick.is_at_end().then_some(value)
}

/// The text is not for this reader.
#[derive(Debug)]
pub(super) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Refused
    }
}

/// A text, and how far it has been read.
struct Quick<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

impl<'de> Quick<'de> {
    fn new(text: &'de str) -> Self {
        Quick {
            text,
            at: 0,
            depth: 0,
        }
    }

    /// The next byte that is no white space, which stays the next one; 0 at the end, where none is expected.
    fn next(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        self.at = skip::space(bytes, self.at);
        bytes.get(self.at).copied().unwrap_or(0)
    }

    fn is_at_end(&mut self) -> bool {
        self.next();
        self.at == self.text.len()
    }

    fn to(&mut self, end: Option<usize>) -> Result<&'de str, Refused> {
        let end = end.ok_or(Refused)?;
        let text = self.text.get(self.at..end).ok_or(Refused)?;
        self.at = end;
        Ok(text)
    }

    /// A string, of which the opening quote comes next.
    fn string(&mut self) -> Result<Cow<'de, str>, Refused> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let end = skip::special(bytes, start);
        if bytes.get(end) == Some(&b'"') {
            let text = self.text.get(start..end).ok_or(Refused)?;
            self.at = end + 1;
            return Ok(Cow::Borrowed(text));
        }
        let quoted = self.to(skip::string(bytes, end))?;
        let text = serde_json::from_str(quoted).map_err(|_| Refused)?;
        Ok(Cow::Owned(text))
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Refused> {
        let (end, whole) = skip::number(self.text.as_bytes(), self.at).ok_or(Refused)?;
        let text = self.to(Some(end))?;
        // So many digits fit, whatever they are.
        if whole && text.len() < 18 && !text.starts_with('-') {
            let digits = text.bytes();
            return visitor
                .visit_u64(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')));
        }
        let number: serde_json::Number = serde_json::from_str(text).map_err(|_| Refused)?;
        number.deserialize_any(visitor).map_err(|_| Refused)
    }

    fn inside<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Refused>,
        close: u8,
    ) -> Result<T, Refused> {
        self.at += 1;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Refused);
        }
        let value = read(self)?;
        self.depth -= 1;
        if self.next() != close {
            return Err(Refused);
        }
        self.at += 1;
        Ok(value)
    }

    fn text_of_value(&mut self) -> Result<&'de str, Refused> {
        self.next();
        self.to(skip::value(self.text.as_bytes(), self.at))
    }
}

impl<'de> Deserializer<'de> for &mut Quick<'de> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let bytes = self.text.as_bytes();
        match self.next() {
            b'"' => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_str(&text),
            },
            b'{' => {
                let read =
                    |quick: &mut Quick<'de>| visitor.visit_map(Entries { quick, first: true });
                self.inside(read, b'}')
            }
            b'[' => {
                let read = |quick: &mut Quick<'de>| visitor.visit_seq(Several::list(quick));
                self.inside(read, b']')
            }
            b't' => {
                self.to(skip::word(bytes, self.at, b"true"))?;
                visitor.visit_bool(true)
            }
            b'f' => {
                self.to(skip::word(bytes, self.at, b"false"))?;
                visitor.visit_bool(false)
            }
            b'n' => {
                self.to(skip::word(bytes, self.at, b"null"))?;
                visitor.visit_unit()
            }
            _ => self.number(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.next() == b'n' {
            self.to(skip::word(self.text.as_bytes(), self.at, b"null"))?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if name == RAW {
            let text = self.text_of_value()?;
            return visitor.visit_map(Raw(Some(text)));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.text_of_value()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

/// The entries of a map.
struct Entries<'q, 'de> {
    quick: &'q mut Quick<'de>,
    first: bool,
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let mut next = self.quick.next();
        if next == b'}' {
            return Ok(None);
        }
        if !std::mem::take(&mut self.first) {
            if next != b',' {
                return Err(Refused);
            }
            self.quick.at += 1;
            next = self.quick.next();
        }
        if next != b'"' {
            return Err(Refused);
        }
        seed.deserialize(KeyOf(self.quick)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        if self.quick.next() != b':' {
            return Err(Refused);
        }
        self.quick.at += 1;
        seed.deserialize(&mut *self.quick)
    }
}

/// A key, of which the opening quote comes next.
struct KeyOf<'q, 'de>(&'q mut Quick<'de>);

impl<'de> Deserializer<'de> for KeyOf<'_, 'de> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.0.string()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_str(&text),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The elements of a list, up to its bracket or to the end of the text.
struct Several<'q, 'de> {
    quick: &'q mut Quick<'de>,
    first: bool,
    /// 0 at the end of the text.
    close: u8,
}

impl<'q, 'de> Several<'q, 'de> {
    fn list(quick: &'q mut Quick<'de>) -> Self {
        Several {
            quick,
            first: true,
            close: b']',
        }
    }
}

impl<'de> SeqAccess<'de> for Several<'_, 'de> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        let next = self.quick.next();
        if next == self.close {
            return Ok(None);
        }
        if !std::mem::take(&mut self.first) {
            if next != b',' {
                return Err(Refused);
            }
            self.quick.at += 1;
        }
        seed.deserialize(&mut *self.quick).map(Some)
    }
}

/// A text that holds the elements of a list.
struct Elements<'q, 'de>(&'q mut Quick<'de>);

impl<'de> Deserializer<'de> for Elements<'_, 'de> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_seq(Several {
            quick: self.0,
            first: true,
            close: 0,
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The text of a value, in the shape in which `serde_json` takes it.
struct Raw<'de>(Option<&'de str>);

impl<'de> MapAccess<'de> for Raw<'de> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        match self.0 {
            Some(_) => seed
                .deserialize(serde::de::value::BorrowedStrDeserializer::new(RAW))
                .map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        let text = self.0.take().ok_or(Refused)?;
        seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(text))
    }
}

#[cfg(test)]
mod tests;
