//! Columns: paths to cells of an object, as policies write them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// What a column gives of the value at its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// The value: a string as it is, a number or boolean as its JSON text, a map or list as compact JSON.
    Value,
    /// `key(…[*])`: the key of the map entry, or the position in the list.
    Key,
    /// `class(…)`: a value class, so that equality can be seen and the value cannot.
    Class,
    /// `parts(…)`: the value, cut at its slashes. It is read as a value, and cut for those who ask.
    Parts,
}

/// One step of a column's path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A field of a map. `.name` and `[name]` mean the same; the brackets allow every character but `]`.
    Field(String),
    /// `[*]`: every element of a list or value of a map.
    Each,
}

/// A path to cells of an object, with what is wanted of the value there (see the WIT documentation of `columns`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnPath {
    /// What is wanted of the value.
    pub function: Function,
    /// The path. At most one segment is [`Segment::Each`].
    pub segments: Vec<Segment>,
}

/// Why a text is not a column path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnPathError {
    /// The text is empty, or a field name between two dots is.
    #[error("`{0}` has an empty field name")]
    EmptyField(String),
    /// A `[` without its `]`.
    #[error("`{0}` has a `[` without a `]`")]
    OpenBracket(String),
    /// More than one `[*]`.
    #[error("`{0}` has more than one `[*]`; ask for the inner part as JSON text instead")]
    TwoEach(String),
    /// An unknown function, or one without its closing parenthesis.
    #[error("`{0}` is not a path, `key(path)`, `class(path)` or `parts(path)`")]
    Function(String),
    /// `key(…)` of something that is not `[*]`.
    #[error("`{0}` asks for a key, but its path does not end in `[*]`")]
    KeyWithoutEach(String),
    /// A column that is never available because of what it could show, or because it changes as owners go.
    #[error("`{0}` is not available as a column; use the relation `{1}`")]
    Withheld(String, &'static str),
}

impl FromStr for ColumnPath {
    type Err = ColumnPathError;

    fn from_str(text: &str) -> Result<Self, ColumnPathError> {
        let (function, path) = match text.split_once('(') {
            // A parenthesis inside brackets belongs to a literal key.
            Some((name, rest)) if !name.contains(['[', '.']) => {
                let function = match name {
                    "key" => Function::Key,
                    "class" => Function::Class,
                    "parts" => Function::Parts,
                    _ => return Err(ColumnPathError::Function(text.into())),
                };
                let inner = rest
                    .strip_suffix(')')
                    .ok_or_else(|| ColumnPathError::Function(text.into()))?;
                (function, inner)
            }
            _ => (Function::Value, text),
        };
        let segments = parse_segments(path, text)?;
        let each = segments
            .iter()
            .filter(|segment| **segment == Segment::Each)
            .count();
        if each > 1 {
            return Err(ColumnPathError::TwoEach(text.into()));
        }
        if function == Function::Key && segments.last() != Some(&Segment::Each) {
            return Err(ColumnPathError::KeyWithoutEach(text.into()));
        }
        if let [Segment::Field(first), Segment::Field(second), ..] = segments.as_slice()
            && first == "metadata"
            && second == "ownerReferences"
        {
            return Err(ColumnPathError::Withheld(text.into(), "owner-references"));
        }
        Ok(ColumnPath { function, segments })
    }
}

impl ColumnPath {
    /// The column whose cells this one is made of.
    pub fn stored(&self) -> Cow<'_, ColumnPath> {
        match self.function {
            Function::Value | Function::Key | Function::Class => Cow::Borrowed(self),
            Function::Parts => Cow::Owned(ColumnPath {
                function: Function::Value,
                segments: self.segments.clone(),
            }),
        }
    }
}

fn parse_segments(path: &str, whole: &str) -> Result<Vec<Segment>, ColumnPathError> {
    let mut segments = Vec::new();
    let mut rest = path;
    loop {
        if let Some(inner) = rest.strip_prefix('[') {
            let (key, after) = inner
                .split_once(']')
                .ok_or_else(|| ColumnPathError::OpenBracket(whole.into()))?;
            segments.push(match key {
                "*" => Segment::Each,
                "" => return Err(ColumnPathError::EmptyField(whole.into())),
                key => Segment::Field(key.into()),
            });
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            if field.is_empty() {
                return Err(ColumnPathError::EmptyField(whole.into()));
            }
            segments.push(Segment::Field(field.into()));
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(segments),
            None => {}
        }
    }
}

impl fmt::Display for ColumnPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            Function::Value => {}
            Function::Key => out.write_str("key(")?,
            Function::Class => out.write_str("class(")?,
            Function::Parts => out.write_str("parts(")?,
        }
        write_segments(&self.segments, out)?;
        if self.function != Function::Value {
            out.write_str(")")?;
        }
        Ok(())
    }
}

fn write_segments(segments: &[Segment], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, segment) in segments.iter().enumerate() {
        match segment {
            Segment::Each => out.write_str("[*]")?,
            Segment::Field(name) if name.contains(['.', '/', '[', '(', ' ', ':']) => {
                write!(out, "[{name}]")?
            }
            Segment::Field(name) => {
                if index > 0 {
                    out.write_str(".")?;
                }
                out.write_str(name)?;
            }
        }
    }
    Ok(())
}
