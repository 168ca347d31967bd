//! The pool of strings of one policy.

/// The strings of one policy's cells by their codes: one text, and where each string ends in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Default for Strings {
    /// Code 0 alone, which stands for "absent".
    fn default() -> Self {
        Strings {
            text: String::new(),
            ends: vec![0],
        }
    }
}

impl Strings {
    /// Adds a string and returns its code. Both fit into 32 bits, since the pool of a snapshot holds at most 4 GiB.
    pub fn push(&mut self, string: &str) -> u32 {
        let code = self.ends.len() as u32;
        self.text.push_str(string);
        self.ends.push(self.text.len() as u32);
        code
    }

    /// The string of a code; empty for 0 and for codes that were not given out.
    pub fn get(&self, code: u32) -> &str {
        let code = code as usize;
        let start = code.checked_sub(1).and_then(|before| self.ends.get(before));
        match (start, self.ends.get(code)) {
            (Some(&start), Some(&end)) => self
                .text
                .get(start as usize..end as usize)
                .unwrap_or_default(),
            _ => "",
        }
    }

    /// All strings by their codes, from 0.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|code| self.get(code as u32))
    }

    /// How many codes there are, 0 included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no string but that of code 0.
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// The strings one after the other.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the string of each code ends in the text, in bytes.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }
}

impl<'s> FromIterator<&'s str> for Strings {
    /// These strings under the codes 1, 2, ….
    fn from_iter<I: IntoIterator<Item = &'s str>>(strings: I) -> Self {
        let mut pool = Strings::default();
        for string in strings {
            pool.push(string);
        }
        pool
    }
}
