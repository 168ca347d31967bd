//! Many ARM ids by number, so that they are compared as text once and as numbers ever after.
//!
//! A policy over a big cluster sees tens of thousands of ids of a hundred bytes each, in several spellings. Here each gets a
//! number that is the same for every casing, without a copy of those that stand in the input.

use crate::arm_id::ArmId;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The number of an id; equal for ids that differ in casing only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArmIdKey(u32);

/// Ids that have occurred, each once, in the spelling in which it occurred first.
#[derive(Debug, Default)]
pub struct ArmIds<'a> {
    texts: Vec<Entry<'a>>,
    /// The last id with each hash.
    by_hash: HashMap<u32, u32, BuildHasherDefault<Hashed>>,
}

#[derive(Debug)]
struct Entry<'a> {
    text: Cow<'a, str>,
    /// The id before it with the same hash.
    before: Option<u32>,
}

impl<'a> ArmIds<'a> {
    /// The number of an id, which it gets now if it has none yet.
    pub fn add(&mut self, id: impl Into<Cow<'a, str>>) -> ArmIdKey {
        let text = id.into();
        let hash = hash(&text);
        if let Some(known) = self.search(hash, &text) {
            return known;
        }
        let number = self.texts.len() as u32;
        let before = self.by_hash.insert(hash, number);
        self.texts.push(Entry { text, before });
        ArmIdKey(number)
    }

    /// The number of an id, if it has one.
    pub fn find(&self, id: &str) -> Option<ArmIdKey> {
        self.search(hash(id), id)
    }

    /// The id as it was first written.
    pub fn text(&self, key: ArmIdKey) -> &str {
        let entry = self.texts.get(key.0 as usize);
        entry.map_or("", |entry| entry.text.as_ref())
    }

    /// The same as an id of its own.
    pub fn id(&self, key: ArmIdKey) -> ArmId {
        ArmId::of_known(self.text(key))
    }

    fn search(&self, hash: u32, id: &str) -> Option<ArmIdKey> {
        let mut next = self.by_hash.get(&hash).copied();
        while let Some(number) = next {
            let entry = self.texts.get(number as usize)?;
            if equal(&entry.text, id) {
                return Some(ArmIdKey(number));
            }
            next = entry.before;
        }
        None
    }
}

fn equal(one: &str, other: &str) -> bool {
    one == other || one.eq_ignore_ascii_case(other) || {
        // Most letters that are not ASCII have two cases, too.
        !(one.is_ascii() && other.is_ascii()) && folded(one) == folded(other)
    }
}

fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The same for texts that differ in casing only.
fn hash(text: &str) -> u32 {
    if text.is_ascii() {
        return hash_of(text);
    }
    hash_of(&folded(text))
}

/// The hash of a text, its ASCII letters in lower case.
fn hash_of(text: &str) -> u32 {
    let mut sum = 0u64;
    let mut add = |word: u64| {
        sum = (sum.rotate_left(5) ^ lower_case(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    };
    let (words, rest) = text.as_bytes().as_chunks();
    words.iter().for_each(|word| add(u64::from_le_bytes(*word)));
    add(rest
        .iter()
        .fold(0, |word, &byte| word << 8 | u64::from(byte)));
    (sum >> 32) as u32
}

/// Eight bytes at once: capital letters of ASCII become small ones, everything else stays.
fn lower_case(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = word & (0x7f * EACH);
    let from_a = low + (0x80 - u64::from(b'A')) * EACH;
    let beyond_z = low + (0x7f - u64::from(b'Z')) * EACH;
    let capitals = (from_a ^ beyond_z) & !word & (0x80 * EACH);
    word | capitals >> 2
}

/// Hashes of hashes: what is hashed already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hashed(u32);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        // Maps look at the highest bits and at the lowest.
        u64::from(self.0) << 32 | u64::from(self.0)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .fold(self.0, |sum, &byte| sum.rotate_left(8) ^ u32::from(byte));
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn casing_makes_no_difference_and_the_first_spelling_stays() {
        let mut ids = ArmIds::default();
        let first = ids.add("/subscriptions/1/resourceGroups/GRÜN");
        let other = ids.add("/subscriptions/1/resourceGroups/rot");
        assert_eq!(
            ids.add("/Subscriptions/1/resourcegroups/grün".to_owned()),
            first
        );
        assert_eq!(ids.find("/SUBSCRIPTIONS/1/RESOURCEGROUPS/ROT"), Some(other));
        assert_eq!(ids.find("/subscriptions/2"), None);
        assert_eq!(ids.text(first), "/subscriptions/1/resourceGroups/GRÜN");
        // The Kelvin sign is a k in lower case.
        let kelvin = ids.add("/subscriptions/\u{212a}");
        assert_eq!(ids.add("/subscriptions/k"), kelvin);
    }

    proptest! {
        #[test]
        fn bytes_become_lower_case_as_letters_do(bytes in any::<[u8; 8]>()) {
            let expected = bytes.map(|byte| byte.to_ascii_lowercase());
            prop_assert_eq!(lower_case(u64::from_le_bytes(bytes)), u64::from_le_bytes(expected));
        }

        #[test]
        fn keys_are_equal_where_ids_are(one in "/subscriptions/[a-cA-C]{1,3}", other in "/subscriptions/[a-cA-C]{1,3}") {
            let mut ids = ArmIds::default();
            let same = ids.add(one.clone()) == ids.add(other.clone());
            prop_assert_eq!(same, ArmId::parse(&one).unwrap() == ArmId::parse(&other).unwrap());
        }
    }
}
