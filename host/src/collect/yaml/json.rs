//! Reads JSON, with positions, for files that start with `{`: kubectl gives those to a JSON reader.
//!
//! A stream may hold several values, one after the other. The grammar is RFC 8259; `serde_json` decides about strings
//! with escapes and about numbers.

use super::build::{Builder, Leaf};
use super::problem::{Fault, Problem};
use super::scalar::Scalar;
use super::spans::{Mark, characters, number};
use std::borrow::Cow;

/// Reads every value of `text` into the builder.
pub(super) fn read<E: From<Fault>>(text: &str, builder: &mut Builder<'_, E>) -> Result<(), E> {
    let mut json = Json {
        text,
        at: 0,
        mark: Mark { line: 1, column: 1 },
    };
    while json.peek().is_some() {
        json.value(builder)?;
        builder.end_document()?;
    }
    Ok(())
}

struct Json<'t> {
    text: &'t str,
    at: usize,
    mark: Mark,
}

/// What is open around the place where the reader is.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Map,
    List,
}

impl<'t> Json<'t> {
    /// Reads one value with everything in it.
    fn value<E: From<Fault>>(&mut self, builder: &mut Builder<'_, E>) -> Result<(), E> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            // Here a value must come.
            let started = match self.peek() {
                Some(b'{') => {
                    builder.start_map(self.mark, 0)?;
                    Some(Open::Map)
                }
                Some(b'[') => {
                    builder.start_list(self.mark, 0)?;
                    Some(Open::List)
                }
                _ => {
                    let (at, scalar) = (self.mark, self.scalar()?);
                    builder.scalar(leaf(scalar, at))?;
                    None
                }
            };
            let mut first = false;
            if let Some(started) = started {
                self.advance(1);
                open.push(started);
                first = true;
            }
            // Then what is complete ends, and the next value's key is read.
            loop {
                let Some(&innermost) = open.last() else {
                    return Ok(());
                };
                let close = if innermost == Open::Map { b'}' } else { b']' };
                match self.peek() {
                    Some(byte) if byte == close => {
                        self.advance(1);
                        open.pop();
                        builder.end()?;
                        first = false;
                        continue;
                    }
                    Some(b',') if !first => {
                        self.advance(1);
                        self.peek();
                    }
                    None => return Err(self.fault("the text ends in the middle"))?,
                    Some(_) if first => {}
                    Some(_) => {
                        return Err(self.fault("a comma or the end of a map or list is missing"))?;
                    }
                }
                if innermost == Open::Map {
                    self.key(builder)?;
                }
                break;
            }
        }
    }

    fn key<E: From<Fault>>(&mut self, builder: &mut Builder<'_, E>) -> Result<(), E> {
        let at = self.mark;
        if self.peek() != Some(b'"') {
            return Err(self.fault("a key in double quotes is missing"))?;
        }
        let key = self.string()?;
        builder.scalar(leaf(Scalar::Text(key), at))?;
        if self.peek() != Some(b':') {
            return Err(self.fault("a colon is missing"))?;
        }
        self.advance(1);
        Ok(())
    }

    /// Skips white space and gives the byte that comes next.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = self.text.as_bytes().get(self.at).copied()?;
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.mark = Mark {
                        line: self.mark.line.saturating_add(1),
                        column: 1,
                    };
                }
                b' ' | b'\t' | b'\r' => self.advance(1),
                _ => return Some(byte),
            }
        }
    }

    /// Goes on by some bytes of one line.
    fn advance(&mut self, bytes: usize) {
        let passed = self.rest().as_bytes().get(..bytes).unwrap_or_default();
        self.mark.column = self.mark.column.saturating_add(number(characters(passed)));
        self.at += bytes;
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fault(&self, what: &'static str) -> Fault {
        Problem::Json(what).at(self.mark)
    }

    fn scalar(&mut self) -> Result<Scalar<'t>, Fault> {
        match self.rest().as_bytes().first() {
            Some(b'"') => return Ok(Scalar::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => return self.number(),
            None => return Err(self.fault("the text ends in the middle")),
            _ => {}
        }
        let words = [
            ("true", Scalar::Bool(true)),
            ("false", Scalar::Bool(false)),
            ("null", Scalar::Null),
        ];
        for (word, scalar) in words {
            if self.rest().starts_with(word) {
                self.advance(word.len());
                return Ok(scalar);
            }
        }
        Err(self.fault("a value is missing"))
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Fault> {
        let rest = self.rest();
        let mut escaped = false;
        let mut end = 1;
        loop {
            match rest.as_bytes().get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    end += 2;
                }
                Some(0x00..=0x1F) => {
                    return Err(self.fault("a string holds a control character or is not closed"));
                }
                Some(_) => end += 1,
                None => return Err(self.fault("a string is not closed")),
            }
        }
        let token = rest.get(..=end).unwrap_or_default();
        let text = if escaped {
            let text = serde_json::from_str::<String>(token);
            Cow::Owned(text.map_err(|_| self.fault("a string holds a wrong escape"))?)
        } else {
            Cow::Borrowed(rest.get(1..end).unwrap_or_default())
        };
        self.advance(token.len());
        Ok(text)
    }

    fn number(&mut self) -> Result<Scalar<'t>, Fault> {
        let rest = self.rest();
        let in_number = |byte: u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let end = rest
            .bytes()
            .position(|byte| !in_number(byte))
            .unwrap_or(rest.len());
        let token = rest.get(..end).unwrap_or_default();
        let float: f64 = serde_json::from_str(token)
            .map_err(|_| self.fault("a number is malformed or too big"))?;
        let scalar = if token.contains(['.', 'e', 'E']) {
            Scalar::Float(float)
        } else {
            let integer = token.parse();
            Scalar::Int(integer.map_err(|_| Problem::IntegerTooBig.at(self.mark))?)
        };
        self.advance(end);
        Ok(scalar)
    }
}

fn leaf(scalar: Scalar<'_>, at: Mark) -> Leaf<'_> {
    Leaf {
        scalar,
        at,
        anchor: 0,
        merge: false,
        yaml11: None,
    }
}
