//! The canonical JSON text of values: compact, keys in the order and spelling given, each key once.

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::{self, Write};

/// How deep maps and lists may nest in what is read. Protects the stack; `serde_json` has the same limit.
pub(super) const MAX_DEPTH: u8 = 128;

/// The fields of metadata (`ObjectMeta` of Kubernetes 1.34).
const METADATA: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Where in a Secret a value stands, as far as that decides what of it may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Redact {
    /// Everything may be read.
    None,
    /// The Secret itself.
    Root,
    /// Its metadata.
    Metadata,
    /// Its annotations.
    Annotations,
}

impl Redact {
    /// The same for the value of a field; none if it must not be read.
    pub(super) fn child(self, key: &str) -> Option<Redact> {
        match (self, key) {
            (Redact::None, _) => Some(Redact::None),
            (Redact::Root, "metadata") => Some(Redact::Metadata),
            // A further field could hold a value, and no Secret has one.
            (Redact::Root, "apiVersion" | "kind" | "type" | "immutable") => Some(Redact::None),
            (Redact::Root, _) => None,
            (Redact::Metadata, "annotations") => Some(Redact::Annotations),
            (Redact::Metadata, field) if !METADATA.contains(&field) => None,
            (Redact::Annotations, key) if !holds_no_copy(key) => None,
            _ => Some(Redact::None),
        }
    }
}

/// Whether an annotation is of those that are known to hold no copy of the object they stand at. kubectl, kapp, Rancher and
/// others keep the whole object in one, some of them packed, so only what is known is read.
fn holds_no_copy(annotation: &str) -> bool {
    const DOMAINS: [&str; 6] = [
        "azure.com",
        "azure.microsoft.com",
        "cert-manager.io",
        "helm.sh",
        "k8s.io",
        "kubernetes.io",
    ];
    let Some((domain, _)) = annotation.rsplit_once('/') else {
        // v1's own annotations have no domain.
        return true;
    };
    let is_below = |known: &&str| {
        let before = domain.strip_suffix(*known);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    domain != "kubectl.kubernetes.io" && DOMAINS.iter().any(is_below)
}

/// What is written down of a part of a ConfigMap: keys without their values. Operators put connection strings and keys of
/// services there, so a value can be that of a Secret.
pub(super) fn without_values(part: &str, text: &str) -> Result<String, String> {
    let mut shown = String::new();
    match part {
        "data" | "binaryData" => {
            let keys: Option<serde_json::Map<String, serde_json::Value>> =
                serde_json::from_str(text).map_err(|_| format!("`{part}` is not a map"))?;
            for key in keys.unwrap_or_default().keys() {
                shown.push(if shown.is_empty() { '{' } else { ',' });
                quote(key, &mut shown);
                shown.push_str(":null");
            }
            shown.push_str(if shown.is_empty() { "{}" } else { "}" });
        }
        // Its annotations can hold a copy of them.
        "metadata" => super::walk::from_text::<_, serde_json::Error>(
            text,
            Text::new(&mut shown, Redact::Metadata),
        )
        .map_err(|error| error.to_string())?,
        _ => shown.push_str(text),
    }
    Ok(shown)
}

/// Reads any value as its text, which is appended to `out`.
pub(super) struct Text<'a> {
    pub(super) out: &'a mut String,
    pub(super) redact: Redact,
    pub(super) depth: u8,
}

impl<'a> Text<'a> {
    pub(super) fn new(out: &'a mut String, redact: Redact) -> Self {
        Text {
            out,
            redact,
            depth: 0,
        }
    }

    fn deeper<E: Error>(&self) -> Result<u8, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format_args!(
                "maps and lists nest deeper than {MAX_DEPTH} levels"
            )));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        quote(text, self.out);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.out.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        number(value.into(), self.out);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        number(value.into(), self.out);
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        float(value, self.out);
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.out.push_str("null");
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        let out = self.out;
        out.push('[');
        let mut first = true;
        loop {
            let end = out.len();
            if !first {
                out.push(',');
            }
            first = false;
            let element = Text {
                out,
                redact: Redact::None,
                depth,
            };
            if seq.next_element_seed(element)?.is_none() {
                out.truncate(end);
                break;
            }
        }
        out.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        let out = self.out;
        let mut keys = Keys::default();
        out.push('{');
        let mut first = true;
        while let Some(key) = map.next_key_seed(Key)? {
            let redact = self.redact.child(&key);
            let Some(redact) = redact else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if !first {
                out.push(',');
            }
            first = false;
            quote(&key, out);
            out.push(':');
            keys.add(key)?;
            map.next_value_seed(Text { out, redact, depth })?;
        }
        out.push('}');
        Ok(())
    }
}

/// The keys of one map so far, to notice one that comes twice.
#[derive(Default)]
pub(super) struct Keys<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Keys<'de> {
    /// Adds a key; an error if it is there already.
    pub(super) fn add<E: Error>(&mut self, key: Cow<'de, str>) -> Result<(), E> {
        if self.few.contains(&key) || self.many.contains(&key) {
            return Err(twice(&key));
        }
        // Comparing with each is quicker than hashing while there are few.
        if self.few.len() < 16 {
            self.few.push(key);
        } else {
            self.many.insert(key);
        }
        Ok(())
    }
}

/// The error for a key that stands twice in one map. Keys are not secret.
pub(super) fn twice<E: Error>(key: &str) -> E {
    E::custom(format_args!(
        "the key `{key}` is given twice in one map; keep one of them"
    ))
}

/// Reads the key of a map entry, borrowed from the input where it can be.
pub(super) struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

/// Appends a string with its quotes.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some(char @ ('"' | '\\')) => {
                out.push('\\');
                out.push(char);
            }
            Some(char) => write_into(out, format_args!("\\u{:04x}", u32::from(char))),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends a whole number.
pub(super) fn number(value: i128, out: &mut String) {
    write_into(out, format_args!("{value}"));
}

/// Appends a number with a fraction, as `serde_json` writes it.
pub(super) fn float(value: f64, out: &mut String) {
    match serde_json::Number::from_f64(value) {
        Some(number) => write_into(out, format_args!("{number}")),
        None => out.push_str("null"),
    }
}

fn write_into(out: &mut String, text: fmt::Arguments<'_>) {
    #[expect(clippy::expect_used, reason = "writing to a String cannot fail")]
    out.write_fmt(text).expect("a String takes any text");
}
