//! Text in columns, with ANSI styles that do not count as width.

use anstyle::Style;

/// One cell: its text, and how it looks.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Cell {
    pub(super) fn plain(text: impl Into<String>) -> Cell {
        Cell::styled(text, Style::new())
    }

    pub(super) fn styled(text: impl Into<String>, style: Style) -> Cell {
        // Names and messages come from elsewhere, and must not break a line or forge a style.
        let shown = |letter: char| if letter.is_control() { '�' } else { letter };
        Cell {
            text: text.into().chars().map(shown).collect(),
            style,
        }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// At most `limit` letters; what is left out is shown as `…` in the middle, since names often differ at their ends.
    pub(super) fn shortened(mut self, limit: usize) -> Cell {
        let letters: Vec<char> = self.text.chars().collect();
        if letters.len() > limit {
            let keep = limit.saturating_sub(1);
            let (head, tail) = (keep.div_ceil(2), keep / 2);
            let from = letters.len() - tail;
            let tail = letters.iter().skip(from);
            self.text = letters
                .iter()
                .take(head)
                .chain([&'…'])
                .chain(tail)
                .collect();
        }
        self
    }
}

/// Aligns rows to the left, with two blanks between columns and none at the end of a line. A column that is empty in every
/// row but the first (its heading) is left out.
pub(super) fn align(rows: &[Vec<Cell>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = || rows.iter().filter_map(move |row| row.get(column));
        let is_used = cells().skip(1).any(|cell| !cell.text.is_empty());
        is_used.then(|| cells().map(Cell::width).max().unwrap_or(0))
    };
    let widths: Vec<Option<usize>> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let cells: Vec<(&Cell, usize)> = cells
            .filter_map(|(cell, width)| Some((cell, (*width)?)))
            .collect();
        let last = cells.iter().rposition(|(cell, _)| !cell.text.is_empty());
        for (position, (cell, width)) in cells.iter().enumerate() {
            if last.is_none_or(|last| position > last) {
                break;
            }
            let style = cell.style;
            text.push_str(&format!("{style}{}{style:#}", cell.text));
            if last != Some(position) {
                let blanks = width.saturating_sub(cell.width()) + 2;
                text.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_end_with_a_letter() {
        let row = |cells: &[&str]| cells.iter().map(|text| Cell::plain(*text)).collect();
        let rows: Vec<Vec<Cell>> = vec![
            row(&["A", "B", "EMPTY", "C"]),
            row(&["long", "", "", "x"]),
            row(&["s", "y", "", ""]),
        ];
        assert_eq!(align(&rows), "A     B  C\nlong     x\ns     y\n");
    }

    #[test]
    fn long_names_lose_their_middle_and_control_letters_are_shown() {
        assert_eq!(Cell::plain("abcdefghij").shortened(5).text, "ab…ij");
        assert_eq!(Cell::plain("abc").shortened(3).text, "abc");
        assert_eq!(Cell::plain("a\x1b[31m\nb").text, "a�[31m�b");
    }
}
