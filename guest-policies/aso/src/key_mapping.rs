//! Where the keys of v1's Secrets come from in v2 (FACTS (b), "v1 -> v2 secret key mapping").

use crate::data::key_mapping::KEY_MAPPINGS;

/// Where a value that v1 wrote into a Secret comes from in v2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V2Source {
    /// v2 exports it: this field of `spec.operatorSpec.secrets`.
    Secret(&'static str),
    /// v2 exports it into a ConfigMap: this field of `spec.operatorSpec.configMaps`. Who reads it must read the ConfigMap.
    ConfigMap(&'static str),
    /// v2 reads it from a Secret that the user supplies: this field below `spec`. The same Secret can serve the workload, if
    /// it is not the one that v1 owns.
    Input(&'static str),
    /// It stands in the object itself: this field below `spec`. It can be exported with an expression.
    Field(&'static str),
    /// v2 has no field for it, but an entry of `spec.operatorSpec.secretExpressions` can compute it: this expression, with
    /// `…` where names must be filled in.
    Expression(&'static str),
    /// Nothing in v2 gives it.
    Nothing,
}

/// One key of the Secret of one v1 kind.
#[derive(Debug)]
pub struct KeyMapping {
    /// The v1 kind.
    pub kind: &'static str,
    /// The key in v1's Secret.
    pub key: &'static str,
    /// Group and kind of the v2 object from which it comes.
    pub v2: (&'static str, &'static str),
    /// How.
    pub source: V2Source,
}

pub(crate) const fn key(
    kind: &'static str,
    key: &'static str,
    v2: (&'static str, &'static str),
    source: V2Source,
) -> KeyMapping {
    KeyMapping {
        kind,
        key,
        v2,
        source,
    }
}

/// Every key that is mapped, sorted by v1 kind; keys of one kind in the order in which v1 writes them.
pub fn mappings() -> &'static [KeyMapping] {
    &KEY_MAPPINGS
}

/// The keys of the Secret of one v1 kind.
pub fn of_kind(kind: &str) -> &'static [KeyMapping] {
    let start = KEY_MAPPINGS.partition_point(|known| known.kind < kind);
    let end = KEY_MAPPINGS.partition_point(|known| known.kind <= kind);
    KEY_MAPPINGS.get(start..end).unwrap_or(&[])
}

/// Where a key comes from in v2; none if it is not known to be written by v1.
pub fn find(kind: &str, key: &str) -> Option<&'static KeyMapping> {
    of_kind(kind).iter().find(|known| known.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_keys_are_off_by_one() {
        assert_eq!(
            find("StorageAccount", "key0").unwrap().source,
            V2Source::Secret("key1")
        );
        assert_eq!(
            find("StorageAccount", "key1").unwrap().source,
            V2Source::Secret("key2")
        );
        assert!(find("StorageAccount", "key2").is_none());
        assert!(find("Nothing", "key0").is_none());
    }
}
