//! Interned strings: every distinct text of a snapshot is stored once and named by a number.

use crate::slots::Slots;
use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher;

/// A code of a string in a [`Pool`]. [`Symbol::ABSENT`] (code 0) stands for "there is no such field"; a field that is
/// present but empty has another code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

impl Symbol {
    /// There is no value.
    pub const ABSENT: Symbol = Symbol(0);

    /// The number that stands for the string, as it crosses into policies.
    pub fn code(self) -> u32 {
        self.0
    }

    /// The symbol with this number. Meaningful only for the pool that gave the number out.
    pub fn from_code(code: u32) -> Symbol {
        Symbol(code)
    }

    /// Whether there is no value.
    pub fn is_absent(self) -> bool {
        self.0 == 0
    }

    /// The symbol as an option: `None` if there is no value.
    pub fn present(self) -> Option<Symbol> {
        (!self.is_absent()).then_some(self)
    }
}

/// The strings of one snapshot, each stored once in one buffer.
#[derive(Clone, Debug)]
pub struct Pool {
    text: String,
    /// Where in `text` the string of each code begins, and its length. Codes can be given anew without moving the text.
    spans: Vec<Span>,
    codes: Slots,
    /// The codes that [`Pool::append`] gave out and that are therefore not in `codes`, ascending.
    apart: Vec<u32>,
    hasher: DefaultHashBuilder,
}

/// Begin and length of a string.
type Span = (u32, u32);

impl Default for Pool {
    fn default() -> Self {
        Pool {
            text: String::new(),
            spans: vec![(0, 0)],
            codes: Slots::default(),
            apart: vec![],
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl Pool {
    /// The symbol of `value`, which is stored if it is new.
    ///
    /// # Panics
    ///
    /// If the pool holds 2^32 strings or bytes already; the readers refuse inputs long before that.
    pub fn intern(&mut self, value: &str) -> Symbol {
        self.intern_hashed(self.hash(value), value)
    }

    fn intern_hashed(&mut self, hash: u32, value: &str) -> Symbol {
        let (text, spans) = (&self.text, &self.spans);
        // As in `push`, which gives this code out if the string is new.
        let next = spans.len() as u32;
        let known = self
            .codes
            .find_or_insert(hash, next, |code| resolve(text, spans, code) == value);
        match known {
            Some(code) => Symbol(code),
            None => self.push(value),
        }
    }

    /// Takes in the strings of a pool that was filled apart from this one. The answer has for each of its codes the
    /// symbol here: equal strings share one, and those that were appended are appended. `known` are appended ones that have a
    /// symbol here already, ascending, with that symbol.
    ///
    /// # Panics
    ///
    /// As [`Pool::intern`].
    pub fn absorb(&mut self, part: &Pool, known: &[(Symbol, Symbol)]) -> Vec<Symbol> {
        if self.text.capacity() < ROOM {
            // See `room` of the store: what grows from small beginnings leaves holes behind.
            self.text.reserve(ROOM);
            self.spans.reserve(ROOM / size_of::<Span>());
            self.apart.reserve(ROOM / size_of::<u32>());
        }
        self.reserve(part.len(), part.text.len());
        let mut here = Vec::with_capacity(part.len());
        here.push(Symbol::ABSENT);
        let mut apart = part.apart.iter().copied().peekable();
        let mut known = known.iter().peekable();
        let codes: Vec<u32> = (1..part.len() as u32).collect();
        for block in codes.chunks(BLOCK) {
            // Each search misses the processor's caches; looking at all slots first lets the misses overlap.
            let mut hashes = [0; BLOCK];
            for (hash, code) in hashes.iter_mut().zip(block) {
                *hash = self.hash(resolve(&part.text, &part.spans, *code));
            }
            std::hint::black_box(
                hashes
                    .iter()
                    .fold(0, |sum, hash| sum ^ self.codes.touch(*hash)),
            );
            for (hash, code) in hashes.iter().zip(block) {
                let value = resolve(&part.text, &part.spans, *code);
                let is_apart = apart.next_if_eq(code).is_some();
                let symbol = match known.next_if(|(there, _)| there.0 == *code) {
                    Some((_, here)) => *here,
                    None if is_apart => self.append(value),
                    None => self.intern_hashed(*hash, value),
                };
                here.push(symbol);
            }
        }
        here
    }

    /// Makes room for more strings of so many bytes together.
    pub fn reserve(&mut self, strings: usize, bytes: usize) {
        self.text.reserve(bytes);
        self.spans.reserve(strings);
        self.codes.reserve(strings);
    }

    /// Gives every string a new code, without moving its text. `new` has the new code for each old one, each once and from
    /// 1 to `count`; strings whose new code is 0 are no longer there.
    pub(crate) fn renumber(&mut self, new: &[u32], count: u32) {
        let code = |old: u32| new.get(old as usize).copied().unwrap_or(0);
        let mut spans = vec![(0, 0); count as usize + 1];
        for (span, old) in self.spans.iter().zip(0..) {
            if let Some(place) = spans.get_mut(code(old) as usize) {
                *place = *span;
            }
        }
        // Those without a code, and the absent one, all went there.
        if let Some(absent) = spans.first_mut() {
            *absent = (0, 0);
        }
        self.spans = spans;
        self.codes.renumber(code);
        self.apart.retain_mut(|apart| {
            *apart = code(*apart);
            *apart != 0
        });
        self.apart.sort_unstable();
    }

    /// Gives back the room that is not in use.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.spans.shrink_to_fit();
        self.apart.shrink_to_fit();
    }

    /// A symbol of its own for a string that (almost) never comes twice and is never looked up, such as a resource
    /// version. Saves the search; an equal string that is interned has another symbol.
    ///
    /// # Panics
    ///
    /// As [`Pool::intern`].
    pub fn append(&mut self, value: &str) -> Symbol {
        let symbol = self.push(value);
        self.apart.push(symbol.0);
        symbol
    }

    fn push(&mut self, value: &str) -> Symbol {
        let limit = "fewer than 2^32 strings and bytes";
        let start = self.text.len() as u32;
        self.text.push_str(value);
        #[expect(clippy::expect_used, reason = "the input limits keep pools far below")]
        let (code, _end) = (
            u32::try_from(self.spans.len()).expect(limit),
            u32::try_from(self.text.len()).expect(limit),
        );
        // No longer than the text, whose end has been found to fit.
        self.spans.push((start, value.len() as u32));
        Symbol(code)
    }

    fn hash(&self, value: &str) -> u32 {
        (self.hasher.hash_one(value) >> 32) as u32
    }

    /// The symbol of `value`, if the pool holds it.
    pub fn find(&self, value: &str) -> Option<Symbol> {
        let hash = self.hash(value);
        self.codes
            .find(hash, |code| resolve(&self.text, &self.spans, code) == value)
            .map(Symbol)
    }

    /// The string of a symbol; the empty string for [`Symbol::ABSENT`] and for symbols of another pool.
    pub fn get(&self, symbol: Symbol) -> &str {
        resolve(&self.text, &self.spans, symbol.0)
    }

    /// How many codes there are, the absent one included: valid codes are `0..len`.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// How much memory it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let spans = self.spans.capacity() * size_of::<Span>();
        let apart = self.apart.capacity() * size_of::<u32>();
        self.text.capacity() + spans + apart + self.codes.bytes()
    }

    /// Whether the pool holds no string.
    pub fn is_empty(&self) -> bool {
        self.spans.len() == 1
    }
}

/// How many bytes each table of a pool gets that takes in others.
const ROOM: usize = 1 << 18;

/// How many strings of a part are looked up together. Enough for the misses that a core can have under way.
const BLOCK: usize = 32;

fn resolve<'a>(text: &'a str, spans: &[Span], code: u32) -> &'a str {
    let Some(&(start, len)) = spans.get(code as usize) else {
        return "";
    };
    let start = start as usize;
    text.get(start..start + len as usize).unwrap_or("")
}

/// A pool that grows on top of another one without touching it: codes of the lower pool stay valid.
#[derive(Clone, Debug)]
pub struct LayeredPool<'a> {
    base: &'a Pool,
    extra: Pool,
}

impl<'a> LayeredPool<'a> {
    /// A pool that starts with the strings of `base`.
    pub fn new(base: &'a Pool) -> Self {
        LayeredPool {
            base,
            extra: Pool::default(),
        }
    }

    /// The string of a symbol of either layer.
    pub fn get(&self, symbol: Symbol) -> &str {
        match (symbol.0 as usize).checked_sub(self.base.len()) {
            // The lowest code of the upper layer is its code 1.
            Some(above) => self.extra.get(Symbol((above + 1) as u32)),
            None => self.base.get(symbol),
        }
    }

    /// The symbol of `value`, if one of the layers holds it.
    pub fn find(&self, value: &str) -> Option<Symbol> {
        let above = || self.extra.find(value).map(|symbol| self.lift(symbol));
        self.base.find(value).or_else(above)
    }

    /// The symbol in this pool for a symbol of the upper layer.
    fn lift(&self, symbol: Symbol) -> Symbol {
        Symbol(symbol.0 - 1 + self.base.len() as u32)
    }

    /// How many codes there are, the absent one included.
    pub fn len(&self) -> usize {
        self.base.len() + self.extra.len() - 1
    }

    /// Whether neither layer holds a string.
    pub fn is_empty(&self) -> bool {
        self.len() == 1
    }
}

/// Something that gives out symbols for strings: a [`Pool`], or a [`LayeredPool`] that must leave the lower one alone.
pub trait Intern {
    /// The symbol of `value`, which is stored if it is new.
    fn intern(&mut self, value: &str) -> Symbol;
    /// A symbol for a string that is never looked up; see [`Pool::append`].
    fn append(&mut self, value: &str) -> Symbol {
        self.intern(value)
    }
    /// The string of a symbol.
    fn text(&self, symbol: Symbol) -> &str;
}

impl Intern for Pool {
    fn intern(&mut self, value: &str) -> Symbol {
        Pool::intern(self, value)
    }

    fn append(&mut self, value: &str) -> Symbol {
        Pool::append(self, value)
    }

    fn text(&self, symbol: Symbol) -> &str {
        self.get(symbol)
    }
}

impl Intern for LayeredPool<'_> {
    fn intern(&mut self, value: &str) -> Symbol {
        match self.base.find(value) {
            Some(symbol) => symbol,
            None => {
                let symbol = self.extra.intern(value);
                self.lift(symbol)
            }
        }
    }

    fn text(&self, symbol: Symbol) -> &str {
        self.get(symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_share_a_symbol_and_the_empty_string_is_not_absent() {
        let mut pool = Pool::default();
        let media = pool.intern("media");
        assert_eq!(pool.intern("media"), media);
        let empty = pool.intern("");
        assert!(!empty.is_absent());
        assert_eq!(pool.get(empty), "");
        assert_eq!(pool.get(media), "media");
        assert_eq!(pool.find("shop"), None);
        let apart = pool.append("media");
        assert_ne!(apart, media);
        assert_eq!(pool.get(apart), "media");
        assert_eq!(pool.find("media"), Some(media));
    }

    #[test]
    fn an_absorbed_pool_shares_what_is_equal_and_keeps_apart_what_was_appended() {
        let mut pool = Pool::default();
        let media = pool.intern("media");
        let mut part = Pool::default();
        let names: Vec<String> = (0..3 * BLOCK).map(|name| name.to_string()).collect();
        let version = part.append("media");
        let same = part.intern("media");
        let there: Vec<Symbol> = names.iter().map(|name| part.intern(name)).collect();
        let other = part.append("");
        let here = pool.absorb(&part, &[(other, media)]);
        assert_eq!(here.last(), Some(&media));
        let mapped = |symbol: Symbol| here.get(symbol.code() as usize).copied().unwrap();
        assert_eq!(here.len(), part.len());
        assert_eq!(mapped(Symbol::ABSENT), Symbol::ABSENT);
        assert_eq!(mapped(same), media);
        assert_ne!(mapped(version), media);
        assert_eq!(pool.get(mapped(version)), "media");
        for (name, symbol) in names.iter().zip(there) {
            assert_eq!(pool.get(mapped(symbol)), name);
            assert_eq!(pool.find(name), Some(mapped(symbol)));
        }
    }

    #[test]
    fn layers_share_codes_with_their_base() {
        let mut base = Pool::default();
        let media = base.intern("media");
        let mut layered = LayeredPool::new(&base);
        assert_eq!(layered.intern("media"), media);
        let shop = layered.intern("shop");
        assert_eq!(shop.code() as usize, base.len());
        assert_eq!(layered.get(shop), "shop");
        assert_eq!(layered.get(media), "media");
        assert_eq!(layered.intern("shop"), shop);
        assert_eq!(layered.len(), base.len() + 1);
    }
}
