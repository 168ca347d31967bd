//! Texts cut at their slashes: ids of resources, of which thousands share their beginnings.
//!
//! Each text and each of its beginnings is one part, a segment below another part, so that a long id costs what its last
//! segment costs, and equality without regard to casing is found once for all policies of a run.

use crate::pool::{LayeredPool, Pool, Symbol};
use crate::slots::Slots;
use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher;

/// At how many slashes a text is cut. What follows the last of them is one segment, slashes included, so that a text of
/// nothing but slashes costs no more than any other.
pub const CUTS: usize = 64;

/// A part: a segment below another part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The part before the last slash, by its number; 0 if there is no slash.
    pub parent: u32,
    /// What follows the last slash: a symbol of the pool of the run if the pool holds it, else one above.
    pub segment: Symbol,
    /// The first part with the same text but for casing, by its number.
    pub folded: u32,
}

/// The parts of a run, by numbers from 1 in the order of their first use; parents come first.
#[derive(Debug, Default)]
pub struct Parts {
    entries: Vec<Entry>,
    /// The part of each symbol of the pool; 0 where nobody has asked for it yet.
    by_symbol: Vec<u32>,
    by_text: Slots,
    by_folded: Slots,
    /// Segments that the pool of the run does not hold.
    further: Pool,
    hasher: DefaultHashBuilder,
}

#[derive(Debug)]
struct Entry {
    part: Part,
    /// A text that begins with this part, and where the part ends in it.
    symbol: Symbol,
    end: u32,
}

impl Parts {
    /// The number of the part that is the whole text of a symbol; 0 for [`Symbol::ABSENT`].
    pub fn of(&mut self, symbol: Symbol, pool: &LayeredPool<'_>) -> u32 {
        if symbol.is_absent() {
            return 0;
        }
        if self.by_symbol.len() < pool.len() {
            self.by_symbol.resize(pool.len(), 0);
        }
        let position = symbol.code() as usize;
        if let Some(known) = self.by_symbol.get(position).filter(|known| **known != 0) {
            return *known;
        }
        let number = self.intern(symbol, pool.get(symbol), pool);
        if let Some(place) = self.by_symbol.get_mut(position) {
            *place = number;
        }
        number
    }

    /// The part with a number.
    pub fn get(&self, number: u32) -> Option<Part> {
        let entry = self.entries.get((number as usize).checked_sub(1)?)?;
        Some(entry.part)
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many segments there are above the symbols of the pool.
    pub fn further(&self) -> usize {
        self.further.len() - 1
    }

    /// The text of a segment.
    pub fn segment<'a>(&'a self, segment: Symbol, pool: &'a LayeredPool<'_>) -> &'a str {
        match (segment.code() as usize).checked_sub(pool.len()) {
            Some(above) => self.further.get(Symbol::from_code(above as u32 + 1)),
            None => pool.get(segment),
        }
    }

    /// `text` is the text of the symbol, or a beginning of it that ends before a slash.
    fn intern(&mut self, symbol: Symbol, text: &str, pool: &LayeredPool<'_>) -> u32 {
        let hash = self.hash(text);
        let entries = &self.entries;
        let is_it = |number: u32| {
            let entry = entries.get(number as usize - 1);
            entry
                .is_some_and(|entry| pool.get(entry.symbol).get(..entry.end as usize) == Some(text))
        };
        if let Some(known) = self.by_text.find(hash, is_it) {
            return known;
        }
        let slashes = text.bytes().enumerate().filter(|(_, byte)| *byte == b'/');
        let cut = slashes.take(CUTS).last().map(|(position, _)| position);
        let (parent, segment) = match cut.and_then(|cut| text.split_at_checked(cut)) {
            // At most `CUTS` deep.
            Some((before, segment)) => (
                self.intern(symbol, before, pool),
                segment.get(1..).unwrap_or_default(),
            ),
            None => (0, text),
        };
        let part = Part {
            parent,
            segment: self.symbol(segment, pool),
            folded: self.fold(parent, segment, pool),
        };
        self.entries.push(Entry {
            part,
            symbol,
            // Pools are smaller than 4 GiB.
            end: text.len() as u32,
        });
        let number = self.entries.len() as u32;
        self.by_text.find_or_insert(hash, number, |_| false);
        number
    }

    fn symbol(&mut self, segment: &str, pool: &LayeredPool<'_>) -> Symbol {
        pool.find(segment).unwrap_or_else(|| {
            let above = self.further.intern(segment).code() - 1;
            Symbol::from_code(pool.len() as u32 + above)
        })
    }

    /// The first part with this text but for casing; the next one to come if there is none.
    fn fold(&mut self, parent: u32, segment: &str, pool: &LayeredPool<'_>) -> u32 {
        let above = self.get(parent).map_or(0, |part| part.folded);
        let next = self.entries.len() as u32 + 1;
        let hash = self.hash_folded(above, segment);
        let (entries, further) = (&self.entries, &self.further);
        let is_it = |number: u32| {
            let Some(entry) = entries.get(number as usize - 1) else {
                return false;
            };
            let its_parent = entries.get((entry.part.parent as usize).wrapping_sub(1));
            let text = match (entry.part.segment.code() as usize).checked_sub(pool.len()) {
                Some(above) => further.get(Symbol::from_code(above as u32 + 1)),
                None => pool.get(entry.part.segment),
            };
            its_parent.map_or(0, |entry| entry.part.folded) == above && equal(text, segment)
        };
        self.by_folded
            .find_or_insert(hash, next, is_it)
            .unwrap_or(next)
    }

    fn hash(&self, text: &str) -> u32 {
        (self.hasher.hash_one(text) >> 32) as u32
    }

    fn hash_folded(&self, above: u32, segment: &str) -> u32 {
        let mut short = [0; 64];
        let hash = match short.get_mut(..segment.len()) {
            Some(short) if segment.is_ascii() => {
                short.copy_from_slice(segment.as_bytes());
                short.make_ascii_lowercase();
                self.hasher.hash_one((above, &*short))
            }
            _ => self.hasher.hash_one((above, folded(segment).as_bytes())),
        };
        (hash >> 32) as u32
    }
}

fn equal(one: &str, other: &str) -> bool {
    one == other
        || one.eq_ignore_ascii_case(other)
        || (!(one.is_ascii() && other.is_ascii()) && folded(one) == folded(other))
}

fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The numbers of some texts, and every part as text with the text of its folded part.
    fn parts(texts: &[&str]) -> (Vec<u32>, Vec<(String, String)>) {
        let mut base = Pool::default();
        let symbols: Vec<Symbol> = texts.iter().map(|text| base.intern(text)).collect();
        let pool = LayeredPool::new(&base);
        let mut parts = Parts::default();
        let numbers = symbols
            .iter()
            .map(|symbol| parts.of(*symbol, &pool))
            .collect();
        let text = |number: u32| {
            let mut segments = vec![];
            let mut next = parts.get(number);
            while let Some(part) = next {
                segments.push(parts.segment(part.segment, &pool));
                next = parts.get(part.parent);
            }
            segments.reverse();
            segments.join("/")
        };
        let all = (1..=parts.len() as u32).map(|number| {
            let part = parts.get(number).unwrap();
            assert!(part.parent < number && part.folded <= number);
            (text(number), text(part.folded))
        });
        (numbers, all.collect())
    }

    #[test]
    fn beginnings_are_shared_and_casing_is_told() {
        let (numbers, all) = parts(&["/s/1/g/shop", "/s/1/G/Shop", "/s/1", "", "shop"]);
        assert_eq!(numbers, [5, 7, 3, 1, 8]);
        let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(
            all,
            [
                ("", ""),
                ("/s", "/s"),
                ("/s/1", "/s/1"),
                ("/s/1/g", "/s/1/g"),
                ("/s/1/g/shop", "/s/1/g/shop"),
                ("/s/1/G", "/s/1/g"),
                ("/s/1/G/Shop", "/s/1/g/shop"),
                ("shop", "shop"),
            ]
        );
    }

    #[test]
    fn a_text_of_slashes_has_few_parts() {
        let slashes = "/".repeat(100_000);
        let (numbers, all) = parts(&[&slashes]);
        assert_eq!(all.len(), CUTS + 1);
        assert_eq!(all[numbers[0] as usize - 1].0, slashes);
    }

    proptest! {
        #[test]
        fn parts_are_equal_where_texts_are(texts in proptest::collection::vec("[aAbBß\u{212a}k/]{0,6}", 1..20)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let (numbers, all) = parts(&texts);
            for (text, number) in texts.iter().zip(&numbers) {
                prop_assert_eq!(*text, &all[*number as usize - 1].0);
            }
            for one in &all {
                for other in &all {
                    prop_assert_eq!(one.1 == other.1, folded(&one.0) == folded(&other.0));
                }
            }
        }
    }
}
