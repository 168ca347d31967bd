//! ARM ids by number, so that they are compared as numbers.
//!
//! A policy over a big cluster sees tens of thousands of ids of a hundred bytes each, in several spellings. Those that stand in
//! the input come in parts (`parts(…)` in `wit/policy.wit`) and have a number already; those that are worked out get the
//! number of the part that they are equal to, or one above.

use crate::arm_id::{ArmId, ArmIdError};
use asogate_policy::{FastHasher, FastMap, Input, Part};
use std::cell::{OnceCell, RefCell};
use std::hash::Hasher;

/// The number of an id; equal for ids that differ in casing only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArmIdKey(u32);

impl ArmIdKey {
    /// The number, from 0; there are about as many as there are ids.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The ids of an input, and those that are worked out from it.
#[derive(Debug)]
pub struct Ids<'a> {
    input: &'a Input,
    /// By [`Part::index`]: how far the text is an id.
    progress: Vec<Progress>,
    /// Parts that are the first of their spelling, by the hash of the text; made when an id is looked up that was worked out.
    by_hash: OnceCell<ByHash>,
    further: RefCell<Further>,
}

/// Parts by hash: a table of slots, of which each search looks at those that follow the one of its hash up to a free one. It
/// has room for all parts, so there are free ones.
#[derive(Debug)]
struct ByHash {
    slots: Vec<Option<(u32, Part)>>,
}

impl ByHash {
    fn with_room_for(parts: usize) -> ByHash {
        // At most two thirds are taken.
        let slots = (parts + parts / 2 + 1).next_power_of_two();
        ByHash {
            slots: vec![None; slots],
        }
    }

    fn from(&self, hash: u32) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len() - 1;
        let start = hash as usize & mask;
        (0..self.slots.len()).map(move |step| (start + step) & mask)
    }

    fn add(&mut self, hash: u32, part: Part) {
        let is_free = |slot: &usize| self.slots.get(*slot) == Some(&None);
        let free = self.from(hash).find(is_free);
        if let Some(slot) = free.and_then(|slot| self.slots.get_mut(slot)) {
            *slot = Some((hash, part));
        }
    }

    fn of(&self, hash: u32) -> impl Iterator<Item = Part> {
        let slots = self.from(hash);
        let taken = slots.map_while(move |slot| *self.slots.get(slot)?);
        let same = taken.filter(move |known| known.0 == hash);
        same.map(|known| known.1)
    }
}

/// Ids that are no parts.
#[derive(Debug, Default)]
struct Further {
    texts: Vec<String>,
    /// Positions in `texts`.
    by_hash: FastMap<u32, Vec<u32>>,
}

/// How far a text is an ARM id, read segment by segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Nothing so far.
    Root,
    /// A name has been read: this is an id.
    Whole,
    /// A type has been read, its name is due.
    Type,
    /// `providers` has been read, a namespace is due.
    Providers,
    /// The namespace of a provider has been read, a type is due.
    Namespace,
    Wrong(ArmIdError),
}

impl Progress {
    /// How far the text is that goes on with this segment. What [`ArmId::check`] does.
    fn then(self, segment: &str) -> Progress {
        let is = |word: &str| segment.eq_ignore_ascii_case(word);
        match self {
            Progress::Wrong(error) => Progress::Wrong(error),
            Progress::Root if is("subscriptions") => Progress::Type,
            Progress::Root if is("providers") => Progress::Providers,
            Progress::Root => Progress::Wrong(ArmIdError::Start),
            _ if segment.is_empty() => Progress::Wrong(ArmIdError::EmptySegment),
            // The last part of a text that has more slashes than any id.
            _ if segment.contains('/') => Progress::Wrong(ArmIdError::Incomplete),
            Progress::Whole if is("providers") => Progress::Providers,
            Progress::Whole | Progress::Namespace => Progress::Type,
            Progress::Type => Progress::Whole,
            Progress::Providers => Progress::Namespace,
        }
    }
}

impl<'a> Ids<'a> {
    /// The ids of an input.
    pub fn new(input: &'a Input) -> Ids<'a> {
        let mut progress: Vec<Progress> = Vec::with_capacity(input.parts().len());
        for part in input.parts() {
            let segment = input.segment(part);
            progress.push(match input.parent(part) {
                // Parents come first.
                Some(parent) => {
                    let before = progress.get(parent.index()).copied();
                    before.unwrap_or(Progress::Root).then(segment)
                }
                None if segment.is_empty() => Progress::Root,
                None => Progress::Wrong(ArmIdError::Start),
            });
        }
        Ids {
            input,
            progress,
            by_hash: OnceCell::new(),
            further: RefCell::default(),
        }
    }

    /// The part as an id, without a slash at its end.
    ///
    /// # Errors
    ///
    /// As for [`ArmId::parse`].
    pub fn check(&self, part: Part) -> Result<Part, ArmIdError> {
        let part = match self.input.parent(part) {
            Some(parent) if self.input.segment(part).is_empty() => parent,
            _ => part,
        };
        match self.progress.get(part.index()) {
            Some(Progress::Whole) => Ok(part),
            Some(Progress::Wrong(error)) => Err(*error),
            Some(Progress::Root) | None => Err(ArmIdError::Start),
            Some(Progress::Type | Progress::Providers | Progress::Namespace) => {
                Err(ArmIdError::Incomplete)
            }
        }
    }

    /// The part as an id of its own.
    pub fn id(&self, part: Part) -> ArmId {
        ArmId::of_known(&self.input.whole(part))
    }

    /// The number of a part.
    pub fn key_of(&self, part: Part) -> ArmIdKey {
        ArmIdKey(self.input.folded(part).index() as u32)
    }

    /// The number of an id, which it gets now if it has none yet.
    pub fn add(&self, id: &ArmId) -> ArmIdKey {
        let (hash, known) = self.search(id.as_str());
        known.unwrap_or_else(|| {
            let mut further = self.further.borrow_mut();
            let position = further.texts.len() as u32;
            further.texts.push(id.as_str().to_owned());
            further.by_hash.entry(hash).or_default().push(position);
            self.key_above(position)
        })
    }

    /// The number of an id that is no part.
    fn key_above(&self, position: u32) -> ArmIdKey {
        ArmIdKey(self.input.parts().len() as u32 + position)
    }

    /// The number of an id, if it has one.
    pub fn find(&self, id: &str) -> Option<ArmIdKey> {
        self.search(id).1
    }

    fn search(&self, id: &str) -> (u32, Option<ArmIdKey>) {
        let by_hash = self.by_hash.get_or_init(|| self.hashes());
        let hash = hash(id);
        let part = by_hash.of(hash).find(|part| self.is(*part, id));
        let of_part = part.map(|part| self.key_of(part));
        let further = || {
            let further = self.further.borrow();
            let is_it = |position: &&u32| {
                let text = further.texts.get(**position as usize);
                text.is_some_and(|text| equal(text, id))
            };
            let position = further.by_hash.get(&hash)?.iter().find(is_it)?;
            Some(self.key_above(*position))
        };
        (hash, of_part.or_else(further))
    }

    /// The first parts of their spelling, by the hashes of their texts.
    fn hashes(&self) -> ByHash {
        let mut hashes: Vec<u32> = Vec::with_capacity(self.progress.len());
        let mut by_hash = ByHash::with_room_for(self.progress.len());
        for part in self.input.parts() {
            let segment = self.input.segment(part);
            let hash = match self.input.parent(part) {
                Some(parent) => {
                    let above = hashes.get(parent.index()).copied().unwrap_or_default();
                    hash_below(above, segment)
                }
                None => hash_below(0, segment),
            };
            hashes.push(hash);
            if self.input.folded(part).index() == part.index() {
                by_hash.add(hash, part);
            }
        }
        by_hash
    }

    /// Whether the text of a part is equal to an id.
    fn is(&self, part: Part, id: &str) -> bool {
        let mut segments = id.rsplit('/');
        let mut next = Some(part);
        loop {
            match (next, segments.next()) {
                (Some(part), Some(segment)) if equal(self.input.segment(part), segment) => {
                    next = self.input.parent(part);
                }
                (None, None) => return true,
                _ => return false,
            }
        }
    }
}

/// The subscription that a text names, if it begins as an id does.
pub fn subscription_of(input: &Input, part: Part) -> Option<&str> {
    let mut below = [None; 3];
    let mut next = Some(part);
    while let Some(part) = next {
        below.rotate_right(1);
        if let Some(first) = below.first_mut() {
            *first = Some(part);
        }
        next = input.parent(part);
    }
    let [root, word, name] = below.map(|part| part.map(|part| input.segment(part)));
    let is_id = root == Some("") && word?.eq_ignore_ascii_case("subscriptions");
    name.filter(|_| is_id)
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
    text.split('/').fold(0, hash_below)
}

fn hash_below(above: u32, segment: &str) -> u32 {
    let mut hasher = FastHasher::default();
    hasher.write_u32(above);
    match segment.is_ascii() {
        true => write_lower_case(&mut hasher, segment.as_bytes()),
        false => write_lower_case(&mut hasher, folded(segment).as_bytes()),
    }
    (hasher.finish() >> 32) as u32
}

fn write_lower_case(hasher: &mut FastHasher, text: &[u8]) {
    let (words, rest) = text.as_chunks();
    for word in words {
        hasher.write_u64(lower_case(u64::from_le_bytes(*word)));
    }
    let rest = rest
        .iter()
        .fold(0, |word, &byte| word << 8 | u64::from(byte));
    hasher.write_u64(lower_case(rest));
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

#[cfg(test)]
mod tests;
