//! Where the entries of an object stand in a list that is sorted by object, found in a few instructions: one bit for each
//! id, and a count before each word of bits. For 100,000 objects that is 25 KiB, where a table by id would take 400.

/// The spans of equal ids in a sorted list.
#[derive(Debug, Default)]
pub(crate) struct Ranks {
    /// Number of the first word that is kept.
    offset: usize,
    /// 32 ids a word: which of them occur, and how many different ones occur before.
    words: Vec<(u32, u32)>,
    /// Where the entries of each id that occurs start, with the length of the list at the end; empty if every id occurs once.
    starts: Vec<u32>,
}

impl Ranks {
    /// Of the ids of a list, which must be sorted.
    pub(crate) fn new(ids: impl ExactSizeIterator<Item = u32> + Clone) -> Ranks {
        let word_of = |id: u32| (id / u32::BITS) as usize;
        let length = ids.len() as u32;
        let Some(first) = ids.clone().next() else {
            return Ranks::default();
        };
        let last = ids.clone().last().unwrap_or(first);
        let mut ranks = Ranks {
            offset: word_of(first),
            words: vec![(0, 0); word_of(last).saturating_sub(word_of(first)) + 1],
            starts: vec![],
        };
        let mut before = None;
        for (start, id) in (0..).zip(ids) {
            if before == Some(id) {
                if ranks.starts.is_empty() {
                    // Up to here every id has occurred once.
                    ranks.starts.extend(0..start);
                }
                continue;
            }
            before = Some(id);
            if !ranks.starts.is_empty() {
                ranks.starts.push(start);
            }
            if let Some((bits, _)) = ranks.words.get_mut(word_of(id) - ranks.offset) {
                *bits |= 1 << (id % u32::BITS);
            }
        }
        if !ranks.starts.is_empty() {
            ranks.starts.push(length);
        }
        let mut sum = 0;
        for (bits, count) in &mut ranks.words {
            *count = sum;
            sum += bits.count_ones();
        }
        ranks
    }

    /// Where the entries of this id start and end; none if it has none.
    pub(crate) fn span(&self, id: u32) -> Option<(u32, u32)> {
        let word = ((id / u32::BITS) as usize).checked_sub(self.offset)?;
        let (bits, count) = *self.words.get(word)?;
        let bit = 1 << (id % u32::BITS);
        if bits & bit == 0 {
            return None;
        }
        let rank = count + (bits & (bit - 1)).count_ones();
        if self.starts.is_empty() {
            return Some((rank, rank + 1));
        }
        let start = self.starts.get(rank as usize)?;
        Some((*start, *self.starts.get(rank as usize + 1)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans_are_those_of_a_search(ids: &[u32]) {
        let ranks = Ranks::new(ids.iter().copied());
        for id in 0..ids.last().map_or(3, |last| last + 70) {
            let start = ids.partition_point(|known| *known < id) as u32;
            let end = ids.partition_point(|known| *known <= id) as u32;
            let expected = (start < end).then_some((start, end));
            assert_eq!(ranks.span(id), expected, "{id} in {ids:?}");
        }
    }

    #[test]
    fn every_id_is_found_where_a_search_finds_it() {
        spans_are_those_of_a_search(&[]);
        spans_are_those_of_a_search(&[0]);
        spans_are_those_of_a_search(&[31, 32, 33, 64, 1000]);
        spans_are_those_of_a_search(&[70, 70, 71]);
        spans_are_those_of_a_search(&[70, 71, 71, 71, 95, 96, 96, 300]);
        let many: Vec<u32> = (40..4000).map(|number| number * 7 / 10).collect();
        spans_are_those_of_a_search(&many);
    }
}
