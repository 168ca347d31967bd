//! Classes of secret values: equality can be seen, the value cannot.

use asogate_core::extract::Classify;
use hashbrown::{HashTable, hash_table};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// Numbers values in the order of their first occurrence, and remembers of each only an HMAC-SHA256 under a random key
/// that lives as long as this value and is never shown or stored.
pub struct ValueClasses {
    keyed: Hmac<Sha256>,
    /// The first 96 bits of each digest (two values that share them by chance are out of reach) and its class.
    known: HashTable<([u32; 3], u32)>,
    count: u32,
    computed: bool,
    recorded: bool,
}

impl ValueClasses {
    /// Classes under a new random key.
    pub fn new() -> Self {
        // The standard library draws the keys of its hash maps from the operating system; hashing distinct numbers
        // under them gives 256 bits that nobody can predict, without another dependency.
        let state = RandomState::new();
        let mut key = [0u8; 32];
        for (number, part) in key.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&state.hash_one(number).to_le_bytes());
        }
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let keyed = Hmac::new_from_slice(&key).expect("a key of 32 bytes");
        key.fill(0);
        std::hint::black_box(&mut key);
        ValueClasses {
            keyed,
            known: HashTable::new(),
            count: 0,
            computed: false,
            recorded: false,
        }
    }

    /// Classes under the same key, for values that are read apart; to be taken in with [`ValueClasses::absorb`].
    pub fn part(&self) -> ValueClasses {
        ValueClasses {
            keyed: self.keyed.clone(),
            known: HashTable::new(),
            count: 0,
            computed: false,
            recorded: false,
        }
    }

    /// Takes in the classes of a part: the answer has for each of them, from 1, the class here.
    pub fn absorb(&mut self, part: ValueClasses) -> Vec<u32> {
        let mut digests = vec![[0; 3]; part.known.len()];
        for (digest, class) in &part.known {
            if let Some(place) = digests.get_mut(*class as usize - 1) {
                *place = *digest;
            }
        }
        digests
            .into_iter()
            .map(|digest| self.of_digest(digest))
            .collect()
    }

    /// The class of a value with this digest.
    fn of_digest(&mut self, digest: [u32; 3]) -> u32 {
        if self.recorded {
            return 0;
        }
        self.computed = true;
        // A digest is as good a hash as there is.
        let hash = |[low, high, _]: [u32; 3]| u64::from(high) << 32 | u64::from(low);
        let slot = self.known.entry(
            hash(digest),
            |&(known, _)| known == digest,
            |&(known, _)| hash(known),
        );
        match slot {
            hash_table::Entry::Occupied(known) => known.get().1,
            hash_table::Entry::Vacant(place) => {
                self.count += 1;
                place.insert((digest, self.count));
                self.count
            }
        }
    }

    /// Whether classes of values at hand and classes that a snapshot file recorded came together. They cannot be
    /// compared with each other, so nothing could be said about values of the one and the other.
    pub fn mixed(&self) -> bool {
        self.computed && self.recorded
    }
}

impl Default for ValueClasses {
    fn default() -> Self {
        ValueClasses::new()
    }
}

impl Classify for ValueClasses {
    /// 0 once recorded classes are in use: whether a value equals one of theirs cannot be told.
    fn class(&mut self, value: &[u8]) -> u32 {
        if self.recorded {
            return 0;
        }
        let mut mac = self.keyed.clone();
        mac.update(value);
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let mut digest_part = [0; 3];
        for (part, bytes) in digest_part.iter_mut().zip(digest.as_chunks::<4>().0) {
            *part = u32::from_le_bytes(*bytes);
        }
        self.of_digest(digest_part)
    }

    fn fresh(&mut self) -> u32 {
        self.recorded = true;
        self.count += 1;
        self.count
    }

    fn renumber(&mut self, classes: &[u32]) {
        let mut new = vec![0; self.count as usize + 1];
        let mut next = 0;
        let rest = 1..=self.count;
        for old in classes.iter().copied().chain(rest) {
            if let Some(new) = new.get_mut(old as usize)
                && *new == 0
                && old != 0
            {
                next += 1;
                *new = next;
            }
        }
        for (_, class) in self.known.iter_mut() {
            *class = new.get(*class as usize).copied().unwrap_or(0);
        }
    }
}

impl fmt::Debug for ValueClasses {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ValueClasses({})", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_class_and_classes_count_from_one() {
        let mut classes = ValueClasses::new();
        assert_eq!(classes.class(b"s3cret"), 1);
        assert_eq!(classes.class(b""), 2);
        assert_eq!(classes.class(b"s3cret"), 1);
        assert_eq!(format!("{classes:?}"), "ValueClasses(2)");
    }

    #[test]
    fn classes_of_a_part_become_those_of_equal_values_here() {
        let mut classes = ValueClasses::new();
        classes.class(b"one");
        let mut part = classes.part();
        assert_eq!((part.class(b"two"), part.class(b"one")), (1, 2));
        assert_eq!(classes.absorb(part), [2, 1]);
        assert_eq!(classes.class(b"two"), 2);
    }

    #[test]
    fn every_key_is_another_one() {
        let digest = |classes: &ValueClasses| classes.known.iter().next().copied();
        let (mut first, mut second) = (ValueClasses::new(), ValueClasses::new());
        first.class(b"s3cret");
        second.class(b"s3cret");
        assert_ne!(digest(&first), digest(&second));
    }

    #[test]
    fn classes_keep_their_values_under_new_numbers() {
        let mut classes = ValueClasses::new();
        for value in [b"a", b"b", b"c"] {
            classes.class(value);
        }
        classes.renumber(&[3, 1]);
        assert_eq!(
            [b"c", b"a", b"b", b"d"].map(|value| classes.class(value)),
            [1, 2, 3, 4]
        );
    }

    #[test]
    fn beside_recorded_classes_nothing_is_claimed_about_values() {
        let mut classes = ValueClasses::new();
        assert_eq!(classes.fresh(), 1);
        assert_eq!(classes.class(b"s3cret"), 0);
        assert!(!classes.mixed());
    }
}
