//! Texts cut at their slashes, as columns `parts(…)` give them: long ids that cost little and compare as numbers.

use crate::input::Input;

/// A text, or a beginning of one that ends before a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part(u32);

/// What texts that are equal but for the casing of letters have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folded(u32);

impl Part {
    /// Its position among [`Input::parts`], from 0.
    pub fn index(self) -> usize {
        self.0 as usize - 1
    }
}

impl Folded {
    /// Position among [`Input::parts`] of the first part that is equal but for casing, from 0.
    pub fn index(self) -> usize {
        self.0 as usize - 1
    }
}

impl Input {
    pub(crate) fn part(&self, number: u32) -> Option<Part> {
        self.raw_part(number).map(|_| Part(number))
    }

    /// Every part, each after the one that it is below of.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = Part> + use<> {
        // `check_parts` saw that there are no more than fit.
        (1..self.part_count() + 1).map(Part)
    }

    /// What the part is below of: the text before its last slash; none if it has no slash.
    pub fn parent(&self, part: Part) -> Option<Part> {
        self.part(self.raw_part(part.0)?.parent)
    }

    /// What follows the part's last slash.
    pub fn segment(&self, part: Part) -> &str {
        let segment = self.raw_part(part.0).map(|part| part.segment);
        segment
            .and_then(|code| self.text_of(code))
            .unwrap_or_default()
    }

    /// Equal for parts whose texts are equal but for the casing of letters.
    pub fn folded(&self, part: Part) -> Folded {
        Folded(self.raw_part(part.0).map_or(part.0, |part| part.folded))
    }

    /// The whole text.
    pub fn whole(&self, part: Part) -> String {
        let mut segments = vec![];
        let mut next = Some(part);
        while let Some(part) = next {
            segments.push(self.segment(part));
            next = self.parent(part);
        }
        segments.reverse();
        segments.join("/")
    }
}
