//! From the symbols of a snapshot to the codes of one policy.

use super::Strings;
use crate::parts::Parts;
use crate::pool::Symbol;
use crate::projection::Projection;

/// Renumbers the symbols of the snapshot to the codes of one policy, in the order of their first use.
pub(super) struct Codes<'a> {
    projection: &'a Projection<'a>,
    /// Code per symbol; 0 where it has none yet.
    codes: Vec<u32>,
    /// The same for segments of parts that are no symbols.
    further: Vec<u32>,
    pub(super) strings: Strings,
    pub(super) parts: Vec<[u32; 3]>,
    /// Number here per part of the run; 0 where it has none yet.
    numbers: Vec<u32>,
    /// Per part of the run that is the first with its text but for casing: the first such part here.
    folded: Vec<u32>,
}

impl<'a> Codes<'a> {
    pub(super) fn new(projection: &'a Projection<'_>) -> Codes<'a> {
        Codes {
            projection,
            codes: vec![0; projection.pool().len()],
            further: vec![],
            strings: Strings::default(),
            parts: vec![],
            numbers: vec![],
            folded: vec![],
        }
    }

    /// Turns a column of symbols into one of parts.
    pub(super) fn cut(&mut self, column: &mut [u32]) {
        let projection = self.projection;
        let mut parts = projection.parts();
        for cell in &mut *column {
            *cell = parts.of(Symbol::from_code(*cell), projection.pool());
        }
        self.numbers.resize(parts.len() + 1, 0);
        self.folded.resize(parts.len() + 1, 0);
        self.further.resize(parts.further(), 0);
        for cell in column {
            *cell = self.number(*cell, &parts);
        }
    }

    /// The number here of a part of the run. Numbers are given out in the order of their first use, so they do not depend on
    /// what other policies cut before.
    fn number(&mut self, part: u32, parts: &Parts) -> u32 {
        match self.numbers.get(part as usize) {
            Some(0) => {}
            Some(known) => return *known,
            None => return 0,
        }
        // Number 0 has no part. Parts are at most `CUTS` deep.
        let Some(whole) = parts.get(part) else {
            return 0;
        };
        let parent = self.number(whole.parent, parts);
        let pool = self.projection.pool();
        let segment = match (whole.segment.code() as usize).checked_sub(pool.len()) {
            None => self.code(whole.segment),
            Some(above) => match self.further.get_mut(above) {
                Some(code) => {
                    if *code == 0 {
                        *code = self.strings.push(parts.segment(whole.segment, pool));
                    }
                    *code
                }
                None => 0,
            },
        };
        let number = self.parts.len() as u32 + 1;
        let mut first = number;
        if let Some(known) = self.folded.get_mut(whole.folded as usize) {
            match *known {
                0 => *known = number,
                known => first = known,
            }
        }
        self.parts.push([parent, segment, first]);
        if let Some(known) = self.numbers.get_mut(part as usize) {
            *known = number;
        }
        number
    }

    pub(super) fn code(&mut self, symbol: Symbol) -> u32 {
        if symbol.is_absent() {
            return 0;
        }
        let Some(code) = self.codes.get_mut(symbol.code() as usize) else {
            return 0;
        };
        if *code == 0 {
            *code = self.strings.push(self.projection.pool().get(symbol));
        }
        *code
    }
}
