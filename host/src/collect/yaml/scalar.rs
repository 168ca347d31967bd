//! What one scalar means to kubectl: YAML 1.1 as go-yaml v2 understands it (`resolve.go`), with its own octals and without
//! base-60 numbers. Timestamps stay strings.
//!
//! One deliberate difference: an integer that does not fit into 64 bits with sign is an error here. kubectl rounds it to
//! a floating-point number and says nothing.

use super::base64;
use super::problem::Problem;
use serde_json::{Number, Value};
use std::borrow::Cow;

/// A resolved scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'t, str>),
}

/// The explicit tags that change what a scalar means. Every other tag makes it a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Binary,
    Unknown,
}

impl Tag {
    /// The tag with this name after `tag:yaml.org,2002:`.
    pub(super) fn named(name: &str) -> Tag {
        match name {
            "str" => Tag::Str,
            "bool" => Tag::Bool,
            "int" => Tag::Int,
            "float" => Tag::Float,
            "null" => Tag::Null,
            "timestamp" => Tag::Timestamp,
            "binary" => Tag::Binary,
            _ => Tag::Unknown,
        }
    }
}

impl Scalar<'_> {
    /// The value as kubectl sends it to the cluster.
    ///
    /// kubectl goes through JSON, where `1.0` is printed as `1` and read again as an integer.
    pub(super) fn into_value(self) -> Result<Value, Problem> {
        Ok(match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(truth) => Value::Bool(truth),
            Scalar::Int(number) => Value::from(number),
            Scalar::Float(number) => Value::Number(json_number(number)?),
            Scalar::Text(text) => Value::String(text.into_owned()),
        })
    }

    /// The scalar as the key of a map. kubectl turns numbers and booleans into strings.
    pub(super) fn into_key(self) -> Result<String, Problem> {
        Ok(match self {
            Scalar::Null => return Err(Problem::NullKey),
            Scalar::Bool(truth) => truth.to_string(),
            Scalar::Int(number) => number.to_string(),
            Scalar::Float(number) => float_key(number),
            Scalar::Text(text) => text.into_owned(),
        })
    }
}

/// Resolves a plain scalar without a tag. Also gives its text, if YAML 1.2 (its core schema) reads it differently.
pub(super) fn plain(text: Cow<'_, str>) -> Result<(Scalar<'_>, Option<String>), Problem> {
    let found = known(&text)?;
    let differs = differs_in_yaml_1_2(&text, found.as_ref());
    let yaml11 = differs.then(|| text.clone().into_owned());
    Ok((found.unwrap_or(Scalar::Text(text)), yaml11))
}

/// Resolves a scalar with an explicit tag, quoted or not.
pub(super) fn tagged<'t>(tag: Tag, text: Cow<'t, str>) -> Result<Scalar<'t>, Problem> {
    if matches!(tag, Tag::Str | Tag::Unknown) {
        return Ok(Scalar::Text(text));
    }
    if tag == Tag::Binary {
        let bytes = base64::decode(&text).ok_or(Problem::BinaryNotBase64)?;
        let decoded = String::from_utf8(bytes).map_err(|_| Problem::BinaryNotUtf8)?;
        return Ok(Scalar::Text(Cow::Owned(decoded)));
    }
    match (tag, known(&text)?) {
        (Tag::Timestamp, None) if is_date(&text) => Ok(Scalar::Text(text)),
        (Tag::Float, Some(Scalar::Int(number))) => Ok(Scalar::Float(number as f64)),
        (Tag::Bool, Some(scalar @ Scalar::Bool(_)))
        | (Tag::Int, Some(scalar @ Scalar::Int(_)))
        | (Tag::Float, Some(scalar @ Scalar::Float(_)))
        | (Tag::Null, Some(scalar @ Scalar::Null)) => Ok(scalar),
        _ => Err(Problem::TagMismatch),
    }
}

/// Whether YAML 1.2 reads a plain scalar differently; `None` is a string for kubectl.
fn differs_in_yaml_1_2(text: &str, read: Option<&Scalar<'_>>) -> bool {
    match read {
        Some(Scalar::Bool(_)) => {
            !matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
        }
        Some(Scalar::Int(number)) => core_integer(text) != Some(i128::from(*number)),
        Some(Scalar::Float(number)) => number.is_finite() && !is_float(text),
        Some(Scalar::Null | Scalar::Text(_)) => false,
        // Only what is too big for kubectl: `1e999` is infinite in the core schema, and `0x…` has no bound there.
        None => {
            text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
                && (core_integer(text).is_some() || is_float(text))
        }
    }
}

/// An integer of the core schema: `[-+]?[0-9]+`, `0o[0-7]+` or `0x[0-9a-fA-F]+`.
fn core_integer(text: &str) -> Option<i128> {
    let digits = |text: &str, radix: u32| {
        let all = !text.is_empty() && text.chars().all(|digit| digit.is_digit(radix));
        all.then(|| i128::from_str_radix(text, radix).unwrap_or(i128::MAX))
    };
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(octal, 8);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return digits(hexadecimal, 16);
    }
    match text.strip_prefix('-') {
        Some(rest) => digits(rest, 10).map(|number| -number),
        None => digits(text.strip_prefix('+').unwrap_or(text), 10),
    }
}

/// What go-yaml finds in its table or takes for a number; none if the text is a string.
fn known(text: &str) -> Result<Option<Scalar<'static>>, Problem> {
    // The first character decides whether a text can be anything but a string.
    match text.as_bytes().first() {
        None => Ok(Some(Scalar::Null)),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            Ok(word(text))
        }
        Some(b'.') => Ok(word(text).or_else(|| dotted_float(text))),
        Some(b'0'..=b'9' | b'+' | b'-') => match word(text) {
            Some(scalar) => Ok(Some(scalar)),
            None => number(text),
        },
        Some(_) => Ok(None),
    }
}

fn word(text: &str) -> Option<Scalar<'static>> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// `.5`: what Go's `ParseFloat` takes, which lets underscores stand between digits.
fn dotted_float(text: &str) -> Option<Scalar<'static>> {
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| {
        index
            .and_then(|index| bytes.get(index))
            .is_some_and(u8::is_ascii_digit)
    };
    let between_digits = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'_')
        .all(|(index, _)| is_digit(index.checked_sub(1)) && is_digit(Some(index + 1)));
    if !between_digits {
        return None;
    }
    float(&without_underscores(text))
}

/// A text that starts with a digit or a sign.
fn number(text: &str) -> Result<Option<Scalar<'static>>, Problem> {
    let plain = without_underscores(text);
    match integer(&plain) {
        Integer::Fits(number) => Ok(Some(Scalar::Int(number))),
        Integer::TooBig => Err(Problem::IntegerTooBig),
        Integer::No => match float(&plain) {
            // `08` is no octal number, so go-yaml takes it for a float.
            Some(Scalar::Float(_)) if is_decimal_integer(&plain) => plain
                .parse()
                .map(|number| Some(Scalar::Int(number)))
                .map_err(|_| Problem::IntegerTooBig),
            found => Ok(found),
        },
    }
}

enum Integer {
    Fits(i64),
    TooBig,
    No,
}

/// Go's `ParseInt(text, 0, 64)` and `ParseUint`, and what go-yaml adds for `0b`.
fn integer(text: &str) -> Integer {
    let (negative, signed, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, true, text.get(1..).unwrap_or_default()),
        _ => (false, false, text),
    };
    let prefix = digits
        .get(..2)
        .filter(|_| digits.len() > 2)
        .map(str::to_ascii_lowercase);
    let (radix, digits) = match (prefix.as_deref(), digits) {
        (Some("0b"), _) => (2, digits.get(2..).unwrap_or_default()),
        (Some("0o"), _) => (8, digits.get(2..).unwrap_or_default()),
        (Some("0x"), _) => (16, digits.get(2..).unwrap_or_default()),
        (_, "0") => return Integer::Fits(0),
        (_, _) if digits.starts_with('0') => (8, digits.get(1..).unwrap_or_default()),
        _ => (10, digits),
    };
    if radix == 2 && text.starts_with("0b") && digits.starts_with(['-', '+']) {
        // go-yaml gives what follows `0b` to a parser that takes a sign.
        return i64::from_str_radix(digits, 2).map_or(Integer::No, Integer::Fits);
    }
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Integer::No;
    }
    let magnitude = i128::from_str_radix(digits, radix).unwrap_or(i128::MAX);
    let number = if negative { -magnitude } else { magnitude };
    match i64::try_from(number) {
        Ok(number) => Integer::Fits(number),
        // Beyond 64 bits, only what looks like a decimal number becomes a float; the rest stays a string.
        Err(_) if is_decimal_integer(text) => Integer::TooBig,
        Err(_) if !signed && magnitude <= i128::from(u64::MAX) => Integer::TooBig,
        Err(_) => Integer::No,
    }
}

fn is_decimal_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A finite decimal number with a point or an exponent; a number that is too big is none (and so stays a string).
fn float(text: &str) -> Option<Scalar<'static>> {
    if !is_float(text) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Scalar::Float(number))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => digits(mantissa) && !mantissa.is_empty(),
    };
    let exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        digits(exponent) && !exponent.is_empty()
    });
    mantissa && exponent
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') {
        Cow::Owned(text.replace('_', ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// `YYYY-…`, as go-yaml's quick check has it. Used for `!!timestamp` only, where anything else is an error.
fn is_date(text: &str) -> bool {
    text.len() > 4
        && text.as_bytes().iter().take(4).all(u8::is_ascii_digit)
        && text.as_bytes().get(4) == Some(&b'-')
}

/// The number as JSON carries it: Go prints whole floats without a point, and reads them back as integers.
pub(super) fn json_number(number: f64) -> Result<Number, Problem> {
    if number.fract() == 0.0
        && let Ok(integer) = number.to_string().parse::<i64>()
    {
        return Ok(Number::from(integer));
    }
    Number::from_f64(number).ok_or(Problem::NotFinite)
}

/// A float as the key of a map: Go's `FormatFloat(number, 'g', -1, 32)`.
fn float_key(number: f64) -> String {
    let number = number as f32;
    if number.is_nan() {
        return ".nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // For the shortest digits, Go shows the exponent below 1e-4 and from 1e6.
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}
