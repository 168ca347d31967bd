//! A look at the raw text before it is parsed: refuses what kubectl would split or break into lines differently.
//!
//! kubectl cuts a stream at lines that start with `---` before any YAML is parsed (apimachinery's `YAMLReader`), and its
//! parser is of YAML 1.1, which knows more line ends than YAML 1.2. A text that passes here has one reading.

use super::problem::{Fault, Problem};
use super::spans::Mark;

/// Checks every character, and every line that starts with `---`.
pub(super) fn screen(text: &str) -> Result<(), Fault> {
    let bytes = text.as_bytes();
    let fault = |offset: usize, problem: Problem| Err(problem.at(Mark::of(text, offset)));
    separator(text, 0)?;
    for (offset, &byte) in bytes.iter().enumerate() {
        // Printable ASCII, nearly all of a manifest.
        if (0x20..0x7F).contains(&byte) {
            continue;
        }
        let next = |ahead: usize| bytes.get(offset + ahead).copied().unwrap_or_default();
        match byte {
            b'\n' => separator(text, offset + 1)?,
            b'\t' => {}
            b'\r' if next(1) == b'\n' => {}
            b'\r' => return fault(offset, Problem::CarriageReturn),
            0x00..=0x1F | 0x7F => return fault(offset, Problem::Control(byte.into())),
            0xC2 if next(1) == 0x85 => return fault(offset, Problem::LineBreak(0x85)),
            0xC2 if next(1) < 0xA0 => return fault(offset, Problem::Control(next(1).into())),
            0xE2 if next(1) == 0x80 && matches!(next(2), 0xA8 | 0xA9) => {
                return fault(
                    offset,
                    Problem::LineBreak(0x2000 + u32::from(next(2) & 0x3F)),
                );
            }
            0xEF if next(1) == 0xBB && next(2) == 0xBF => {
                return fault(offset, Problem::ByteOrderMark);
            }
            0xEF if next(1) == 0xBF && next(2) >= 0xBE => {
                return fault(offset, Problem::Control(0xFFC0 + u32::from(next(2) & 0x3F)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Checks the line that starts at `start`, if it starts with `---`.
fn separator(text: &str, start: usize) -> Result<(), Fault> {
    let Some(rest) = text.get(start..).and_then(|line| line.strip_prefix("---")) else {
        return Ok(());
    };
    let line = rest.split('\n').next().unwrap_or_default();
    let after = line.trim_start_matches([' ', '\t']);
    let comment = after.starts_with('#') && after.len() < line.len();
    if comment || after.is_empty() || after == "\r" {
        return Ok(());
    }
    Err(Problem::Separator.at(Mark::of(text, start)))
}
