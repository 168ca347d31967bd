//! A hash table from 32 bits of a hash to a number that is never 0, which stands for something stored elsewhere.
//!
//! Big snapshots look up a million strings, and each look costs what it misses in the processor's caches. Here it is one
//! line: hash and number stand side by side, the hash is compared before anything else is touched, and growing
//! moves the entries in order without hashing anything again.

/// The table. Empty slots hold the number 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    slots: Vec<(u32, u32)>,
    len: usize,
}

/// Fewest slots.
const SMALLEST: usize = 16;

impl Slots {
    /// Where the search for a hash begins: its highest bits, so that entries keep their order when the table grows.
    fn start(&self, hash: u32) -> usize {
        // `slots.len()` is a power of two, at most 2^32.
        ((u64::from(hash) * self.slots.len() as u64) >> 32) as usize
    }

    /// Looks at where the search for a hash begins, so that it is in the processor's caches when the search comes. What
    /// is there means nothing; the caller must seem to use it.
    pub(crate) fn touch(&self, hash: u32) -> u32 {
        self.slots.get(self.start(hash)).map_or(0, |slot| slot.0)
    }

    /// How much memory it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.slots.as_slice())
    }

    /// The number with this hash for which `is_it` holds.
    pub(crate) fn find(&self, hash: u32, is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        self.search(hash, is_it).ok()
    }

    /// Gives every number a new one; those whose new one is 0 are taken out.
    pub(crate) fn renumber(&mut self, new: impl Fn(u32) -> u32) {
        let mut all = true;
        for (_, number) in &mut self.slots {
            if *number != 0 {
                *number = new(*number);
                all &= *number != 0;
            }
        }
        if !all {
            // A slot that has become free would end searches that went past it.
            let size = self.slots.len();
            self.rebuild(size);
        }
    }

    /// The number with this hash for which `is_it` holds; if there is none, `number` becomes it, and the answer is none.
    pub(crate) fn find_or_insert(
        &mut self,
        hash: u32,
        number: u32,
        is_it: impl FnMut(u32) -> bool,
    ) -> Option<u32> {
        // At most half full, so that searches end early.
        if self.len * 2 >= self.slots.len() {
            self.grow();
        }
        match self.search(hash, is_it) {
            Ok(known) => Some(known),
            Err(free) => {
                if let Some(slot) = self.slots.get_mut(free) {
                    *slot = (hash, number);
                    self.len += 1;
                }
                None
            }
        }
    }

    /// Makes room for more numbers.
    pub(crate) fn reserve(&mut self, more: usize) {
        while (self.len + more) * 2 > self.slots.len() {
            self.grow();
        }
    }

    /// The number, or the free slot at which the search ended.
    fn search(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Result<u32, usize> {
        let mut position = self.start(hash);
        loop {
            match self.slots.get(position) {
                None if self.slots.is_empty() => return Err(0),
                None => position = 0,
                Some((_, 0)) => return Err(position),
                Some((known, number)) if *known == hash && is_it(*number) => return Ok(*number),
                Some(_) => position += 1,
            }
        }
    }

    fn grow(&mut self) {
        self.rebuild((self.slots.len() * 2).max(SMALLEST));
    }

    fn rebuild(&mut self, size: usize) {
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
        self.len = 0;
        for (hash, number) in old {
            if number != 0
                && let Err(free) = self.search(hash, |_| false)
                && let Some(slot) = self.slots.get_mut(free)
            {
                *slot = (hash, number);
                self.len += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_again_however_their_hashes_collide() {
        let mut slots = Slots::default();
        assert_eq!(slots.find(7, |_| true), None);
        // Few hashes, at both ends, so that searches run long and wrap around.
        let hash = |number: u32| match number % 3 {
            0 => 0,
            1 => u32::MAX,
            _ => u32::MAX - 1,
        };
        for number in 1..500 {
            assert_eq!(
                slots.find_or_insert(hash(number), number, |known| known == number),
                None
            );
        }
        for number in 1..500 {
            assert_eq!(
                slots.find(hash(number), |known| known == number),
                Some(number)
            );
            assert_eq!(
                slots.find_or_insert(hash(number), 999, |known| known == number),
                Some(number)
            );
        }
        assert_eq!(slots.find(0, |known| known == 500), None);
        // Every other one goes, the others get other numbers.
        slots.renumber(|number| if number % 2 == 0 { number + 1000 } else { 0 });
        for number in 1..500 {
            let found = slots.find(hash(number), |known| known == number + 1000);
            assert_eq!(found, (number % 2 == 0).then_some(number + 1000));
        }
        assert_eq!(slots.find(1 << 31, |_| true), None);
    }
}
