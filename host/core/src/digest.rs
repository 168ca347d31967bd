//! SHA-256 digests of what a verdict is about: a plan, a snapshot, a policy. A permit binds them.

use crate::pool::{Pool, Symbol};
use crate::snapshot::{Object, Snapshot, Store};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// A SHA-256 digest, written `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

const PREFIX: &str = "sha256:";

/// Why a text is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest; a digest is `sha256:` and 64 lower-case hexadecimal digits")]
pub struct DigestError(String);

impl Digest {
    /// The digest of some bytes.
    pub fn of_bytes(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// The digest of a JSON value in its canonical form: keys sorted by their bytes, no white space, numbers as they were
    /// read. So the order of keys in a file does not matter; how a number is written does.
    pub fn of_canonical_json(value: &Value) -> Digest {
        let mut text = String::new();
        write_canonical(value, &mut text);
        Digest::of_bytes(text.as_bytes())
    }

    /// The digest of everything that a snapshot holds: coverage, columns, and every object in its order, with its owners,
    /// finalizers, cells and relations. Two readings of the same objects in the same order with the same read set give the
    /// same digest, however their pools came about.
    pub fn of_snapshot(snapshot: &Snapshot) -> Digest {
        let mut feed = Feed::new(snapshot.pool());
        feed.text("asogate snapshot 2");
        feed.coverage(snapshot);
        feed.store(snapshot.store());
        feed.finish()
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        parse(text).ok_or_else(|| DigestError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Digest> {
    let digits = text.strip_prefix(PREFIX)?.as_bytes();
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?))
        .collect();
    let bytes = bytes.filter(|_| rest.is_empty())?;
    Some(Digest(bytes.try_into().ok()?))
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// How many bytes are gathered before they are hashed: big enough that the hasher works on long runs, small enough to stay
/// in the processor's cache.
const GATHERED: usize = 64 * 1024;

/// Feeds values to a hasher in big pieces. Every list and text goes with its length, so that no two snapshots give the same
/// bytes.
struct Feed<'p> {
    hasher: Sha256,
    gathered: Vec<u8>,
    pool: &'p Pool,
    /// Of each code its number in the order of first use, from 1; 0 if it was not used yet.
    numbers: Vec<u32>,
    used: u32,
}

impl<'p> Feed<'p> {
    fn new(pool: &'p Pool) -> Self {
        Feed {
            hasher: Sha256::new(),
            gathered: Vec::with_capacity(GATHERED),
            pool,
            numbers: vec![0; pool.len()],
            used: 0,
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.gathered.len() + bytes.len() > GATHERED {
            self.hasher.update(&self.gathered);
            self.gathered.clear();
        }
        if bytes.len() > GATHERED {
            self.hasher.update(bytes);
        } else {
            self.gathered.extend_from_slice(bytes);
        }
    }

    fn number(&mut self, number: usize) {
        self.bytes(&(number as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.bytes(text.as_bytes());
    }

    /// A string: its number, which does not depend on the pool, and its text where it is used first.
    fn symbol(&mut self, symbol: Symbol) {
        let Some(number) = self.numbers.get_mut(symbol.code() as usize) else {
            return self.bytes(&u32::MAX.to_le_bytes());
        };
        if *number == 0 && !symbol.is_absent() {
            self.used += 1;
            *number = self.used;
            self.bytes(&self.used.to_le_bytes());
            return self.text(self.pool.get(symbol));
        }
        let number = *number;
        self.bytes(&number.to_le_bytes());
    }

    fn symbols(&mut self, symbols: &[Symbol]) {
        self.number(symbols.len());
        for symbol in symbols {
            self.symbol(*symbol);
        }
    }

    fn coverage(&mut self, snapshot: &Snapshot) {
        let kinds: Vec<_> = snapshot.coverage().iter().collect();
        self.number(kinds.len());
        for (kind, coverage) in kinds {
            self.text(&kind.group);
            self.text(&kind.kind);
            // Words and texts only, which always have a JSON form.
            self.text(&serde_json::to_string(&coverage).unwrap_or_default());
        }
        let patterns = snapshot.coverage().complete_patterns();
        self.number(patterns.len());
        for pattern in patterns {
            self.text(&pattern.group);
            self.text(&pattern.kind);
        }
    }

    fn store(&mut self, store: &Store) {
        self.number(store.schemas().count());
        for (_, schema) in store.schemas() {
            self.text(&schema.kind.group);
            self.text(&schema.kind.kind);
            let lists = schema.lists.iter().map(|list| &list.columns);
            for columns in std::iter::once(&schema.cells).chain(lists) {
                self.number(columns.len());
                for column in columns {
                    self.text(&column.to_string());
                }
            }
        }
        self.number(store.len());
        for object in store.iter() {
            self.object(object);
        }
        for relation in crate::selector::Relation::ALL {
            self.text(relation.name());
            let Some(rows) = store.relation(relation) else {
                continue;
            };
            self.number(rows.rows.len());
            for row in &rows.rows {
                self.bytes(&row.to_le_bytes());
            }
            self.symbols(&rows.cells);
        }
    }

    fn object(&mut self, object: Object<'_>) {
        self.number(object.schema_id().index());
        self.bytes(&[u8::from(object.is_terminating())]);
        self.symbols(&[
            object.version(),
            object.namespace(),
            object.name(),
            object.uid(),
            object.resource_version(),
        ]);
        self.number(object.owners().len());
        for owner in object.owners() {
            self.symbols(&[owner.group, owner.kind, owner.name, owner.uid]);
            let flags = [owner.controller, owner.block_owner_deletion];
            self.bytes(&flags.map(u8::from));
        }
        self.symbols(object.finalizers());
        self.symbols(object.cells());
        for list in 0..object.schema().lists.len() {
            self.symbols(object.list(list));
        }
        self.text(object.whole().unwrap_or(""));
    }

    fn finish(mut self) -> Digest {
        self.hasher.update(&self.gathered);
        Digest(self.hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Cluster, cluster};
    use crate::object::GroupKind;
    use crate::selector::{KindPattern, ObjectSelector, ReadSet, Selector};
    use serde_json::json;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn digests_are_written_and_read_as_text() {
        let digest = Digest::of_bytes(b"");
        assert_eq!(digest.to_string(), EMPTY);
        assert_eq!(EMPTY.parse(), Ok(digest));
        assert_eq!(serde_json::to_value(digest).unwrap(), json!(EMPTY));
        assert_eq!(
            serde_json::from_value::<Digest>(json!(EMPTY)).unwrap(),
            digest
        );
    }

    #[test]
    fn other_texts_are_refused_with_what_a_digest_is() {
        let cases = [
            "",
            &EMPTY[7..],
            &EMPTY[..70],
            &format!("{EMPTY}0"),
            &format!("{EMPTY}00"),
            &EMPTY.to_uppercase(),
            &EMPTY.replace('e', "E"),
            &EMPTY.replace('e', "ä"),
        ];
        for text in cases {
            let error = text.parse::<Digest>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is not a digest; ")));
            assert!(serde_json::from_value::<Digest>(json!(text)).is_err());
        }
    }

    #[test]
    fn canonical_json_ignores_the_order_of_keys_and_nothing_else() {
        let of = |text: &str| Digest::of_canonical_json(&serde_json::from_str(text).unwrap());
        let value = of(r#"{"b": [1, {"y": null, "x": "é\n"}], "a\"": true}"#);
        assert_eq!(
            value,
            Digest::of_bytes("{\"a\\\"\":true,\"b\":[1,{\"x\":\"é\\n\",\"y\":null}]}".as_bytes())
        );
        assert_eq!(
            value,
            of(r#"{"a\"": true, "b": [1, {"x": "é\n", "y": null}]}"#)
        );
        assert_ne!(
            value,
            of(r#"{"a\"": true, "b": [{"x": "é\n", "y": null}, 1]}"#)
        );
        assert_ne!(of(r#"{"a": 1}"#), of(r#"{"a": "1"}"#));
    }

    fn read_set(columns: &[&str]) -> ReadSet {
        let mut read_set = ReadSet::default();
        read_set.add(&[Selector::Objects(ObjectSelector {
            table: "t".into(),
            kinds: KindPattern::new("*", "*"),
            columns: columns
                .iter()
                .map(|column| column.parse().unwrap())
                .collect(),
        })]);
        read_set
    }

    fn small() -> Cluster {
        cluster()
            .reading(read_set(&["spec.a", "spec.b", "spec.l[*]"]))
            .object("Account.example.com", "shop", "a")
            .cells(&["1", "2"])
            .list(&["x", "y"])
    }

    #[test]
    fn the_same_snapshot_has_the_same_digest_and_any_difference_shows() {
        let of = |cluster: Cluster| Digest::of_snapshot(&cluster.build());
        let same = of(small());
        assert_eq!(same, of(small()));
        let crd = "CustomResourceDefinition.apiextensions.k8s.io";
        let definition = || small().object(crd, "", "accounts.example.com");
        let others = [
            of(small().cells(&["1", "3"])),
            of(small().cells(&["2", "1"])),
            of(small().list(&["x"])),
            of(small().list(&["y", "x"])),
            of(small().finalizer("x")),
            of(small().terminating()),
            of(small().uid("b")),
            of(small().owned_by("x")),
            of(small().owned_by("x").blocking()),
            of(small().unread("Secret")),
            of(small().reading(read_set(&["spec.a", "spec.c", "spec.l[*]"]))),
            of(definition()),
            of(definition().serves("Account.example.com")),
            of(definition().serves("Server.example.com")),
        ];
        let mut distinct = vec![same];
        for (index, other) in others.into_iter().enumerate() {
            assert!(
                !distinct.contains(&other),
                "difference {index} does not show"
            );
            distinct.push(other);
        }
    }

    #[test]
    fn the_reason_of_a_gap_is_part_of_the_digest() {
        use crate::coverage::{Coverage, CoverageMap};
        use crate::snapshot::SnapshotBuilder;
        let of = |reason: &str| {
            let mut coverage = CoverageMap::default();
            let reason = reason.to_owned();
            coverage.set(GroupKind::new("", "Secret"), Coverage::Failed { reason });
            Digest::of_snapshot(&SnapshotBuilder::default().finish(coverage))
        };
        assert_eq!(of("timeout"), of("timeout"));
        assert_ne!(of("timeout"), of("conversion webhook"));
    }

    #[test]
    fn pieces_of_any_size_are_hashed_as_one() {
        let piece = |len: usize| vec![7u8; len];
        let pool = Pool::default();
        for sizes in [
            vec![0],
            vec![1, GATHERED, 1],
            vec![GATHERED - 1, 2],
            vec![GATHERED + 1, 5],
        ] {
            let mut feed = Feed::new(&pool);
            for size in &sizes {
                feed.bytes(&piece(*size));
            }
            assert_eq!(feed.finish(), Digest::of_bytes(&piece(sizes.iter().sum())));
        }
    }
}
