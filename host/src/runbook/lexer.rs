//! Shell text as words and operators, each with its place. It reads what runbooks hold: quotes, expansions, command
//! substitutions, here-documents (skipped), comments, continued lines, and the `<name>` that guides write where a reader
//! is to put something. It runs nothing and expands nothing.
//!
//! What has no end (a quote, a substitution, a here-document) is a [`Problem`], and reading goes on, so that one slip does
//! not hide the rest of a file.

mod word;

use std::collections::HashMap;
use std::ops::Range;

pub(super) use word::name_of;

/// How deep substitutions may be nested. Protects the stack; people nest two or three.
pub(super) const MAX_NESTING: usize = 32;

/// How far the end of `((…))` and `${…}` is looked for. Protects time: each is searched for again where it is not found.
const MAX_EXPANSION: usize = 4096;

/// Longest `<name>` that is taken for a placeholder instead of two redirections.
const MAX_PLACEHOLDER: usize = 64;

/// A place in a text, in bytes.
pub(super) type Span = Range<usize>;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Text that stands for itself, without its quotes.
    Text(String),
    /// `$name`, `${name}`, `$1`, `$@`.
    Variable(String),
    /// `$(…)`, `` `…` `` or `<(…)`: what commands print.
    Output(Vec<Token>),
    /// `<name>`: the reader is to put something there.
    Placeholder,
}

/// A word, as the shell separates them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// Its pieces, in order; none for `''`.
    pub(super) parts: Vec<Part>,
    /// Where it stands, quotes included.
    pub(super) span: Span,
    /// Whether a part of it is quoted, so that it is no reserved word.
    pub(super) quoted: bool,
    /// The words of `name=(…)`.
    pub(super) array: Option<Vec<Word>>,
}

impl Word {
    /// What it says, if it says the same wherever it is run.
    pub(super) fn literal(&self) -> Option<String> {
        let mut literal = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => literal.push_str(text),
                _ => return None,
            }
        }
        self.array.is_none().then_some(literal)
    }

    /// What it says up to the first thing that is not known.
    pub(super) fn known_start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether it is this reserved word.
    pub(super) fn is(&self, reserved: &str) -> bool {
        !self.quoted && matches!(self.parts.as_slice(), [Part::Text(text)] if text == reserved)
    }
}

/// What stands between words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// The end of a line, or `;`.
    End,
    /// `;;` and its kin.
    EndOfCase,
    /// `&`
    Background,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `<`: the next word is a file that is read.
    Input,
    /// `>`, `>>`, `&>`: the next word is a file that is written; whether by standard output.
    Output(bool),
    /// `<<<`: the next word is what is read.
    HereString,
}

/// A word or what stands between words.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(Word),
    Operator(Operator, Span),
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Where it begins.
    pub(super) at: usize,
    /// What it is.
    pub(super) what: String,
}

/// The tokens of a text, and what could not be read in it.
pub(super) fn lex(text: &str) -> (Vec<Token>, Vec<Problem>) {
    let mut lexer = Lexer {
        text,
        at: 0,
        end: text.len(),
        depth: 0,
        waiting: vec![],
        lines: None,
        problems: vec![],
    };
    let tokens = lexer.tokens(false).0;
    (tokens, lexer.problems)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Where reading stops; before the end of the text in `` `…` ``.
    end: usize,
    depth: usize,
    /// Here-documents that begin with the next line: their delimiters, and whether tabs before them count for nothing.
    waiting: Vec<(String, usize)>,
    /// Where each line stands, without tabs before it, for finding the ends of here-documents in one step.
    lines: Option<HashMap<&'a str, Vec<Span>>>,
    problems: Vec<Problem>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn problem(&mut self, at: usize, what: &str) {
        let what = what.to_owned();
        self.problems.push(Problem { at, what });
    }

    /// Tokens to the end, or to the `)` that closes what was opened before. Whether that was found.
    fn tokens(&mut self, in_parentheses: bool) -> (Vec<Token>, bool) {
        let mut tokens = vec![];
        let mut open = 0_usize;
        while let Some(next) = self.peek() {
            let start = self.at;
            match next {
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if self.continuation() > 0 => self.at += self.continuation(),
                '#' => {
                    let line = self.rest();
                    self.at += line.find('\n').unwrap_or(line.len());
                }
                '\n' => {
                    self.at += 1;
                    tokens.push(Token::Operator(Operator::End, start..self.at));
                    self.here_documents();
                }
                ')' if in_parentheses && open == 0 => {
                    self.at += 1;
                    return (tokens, true);
                }
                _ => match self.operator() {
                    Some(operator) => {
                        match operator {
                            Operator::Open => open += 1,
                            Operator::Close => open = open.saturating_sub(1),
                            _ => {}
                        }
                        tokens.push(Token::Operator(operator, start..self.at));
                    }
                    None => match self.word() {
                        Some(word) => tokens.push(Token::Word(word)),
                        // INVARIANT: every round takes at least one character, whatever it is.
                        None => self.at += next.len_utf8(),
                    },
                },
            }
        }
        (tokens, false)
    }

    /// The length of a continued line's end, if there is one here.
    fn continuation(&self) -> usize {
        ["\\\n", "\\\r\n"]
            .iter()
            .find(|end| self.rest().starts_with(**end))
            .map_or(0, |end| end.len())
    }

    /// An operator that stands here. A here-document's delimiter is read with it.
    fn operator(&mut self) -> Option<Operator> {
        if let Some(digits) = self.file_descriptor() {
            let number = self.rest().get(..digits).unwrap_or("").to_owned();
            self.at += digits;
            let operator = self.operator();
            return match operator {
                Some(Operator::Output(_)) => Some(Operator::Output(number == "1")),
                other => other,
            };
        }
        if self.placeholder().is_some() {
            return None;
        }
        if self.rest().starts_with("<(") || self.rest().starts_with(">(") {
            return None;
        }
        for (text, operator) in [
            (";;&", Operator::EndOfCase),
            (";;", Operator::EndOfCase),
            (";&", Operator::EndOfCase),
            (";", Operator::End),
            ("&&", Operator::And),
            ("&>>", Operator::Output(true)),
            ("&>", Operator::Output(true)),
            ("&", Operator::Background),
            ("||", Operator::Or),
            ("|&", Operator::Pipe),
            ("|", Operator::Pipe),
            ("(", Operator::Open),
            (")", Operator::Close),
            ("<<<", Operator::HereString),
            ("<>", Operator::Input),
            ("<&", Operator::Input),
            (">>", Operator::Output(true)),
            (">|", Operator::Output(true)),
            (">&", Operator::Output(true)),
            (">", Operator::Output(true)),
        ] {
            if self.skip(text) {
                return Some(operator);
            }
        }
        let start = self.at;
        if self.skip("<<") {
            let _ = self.skip("-");
            while matches!(self.peek(), Some(' ' | '\t')) {
                self.at += 1;
            }
            match self.word().and_then(|word| word.literal()) {
                Some(delimiter) => self.waiting.push((delimiter, start)),
                None => self.problem(start, "a here-document without a fixed delimiter"),
            }
            // What is read is no file; the parser skips operators of input without a word.
            return Some(Operator::HereString);
        }
        self.skip("<").then_some(Operator::Input)
    }

    /// The number of digits of a file descriptor before a redirection.
    fn file_descriptor(&self) -> Option<usize> {
        let rest = self.rest();
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let redirects = rest
            .get(digits..)
            .is_some_and(|rest| rest.starts_with(['<', '>']));
        (digits > 0 && redirects).then_some(digits)
    }

    /// The length of a `<name>` that stands here.
    fn placeholder(&self) -> Option<usize> {
        let inner = self.rest().strip_prefix('<')?;
        let end = inner
            .bytes()
            .take(MAX_PLACEHOLDER)
            .position(|byte| byte == b'>')?;
        let name = inner.get(..end)?;
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && !name.ends_with(' ')
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || " -_.:/|".contains(letter));
        is_name.then_some(end + 2)
    }

    /// Skips the here-documents that begin here.
    fn here_documents(&mut self) {
        for (delimiter, start) in std::mem::take(&mut self.waiting) {
            let text = self.text;
            let lines = self.lines.get_or_insert_with(|| lines_of(text));
            let ends = lines.get(delimiter.as_str()).map_or(&[][..], Vec::as_slice);
            let next = ends.get(ends.partition_point(|line| line.start < self.at));
            match next.filter(|line| line.end <= self.end) {
                Some(line) => self.at = line.end,
                None => {
                    let what = format!("a here-document that does not end with `{delimiter}`");
                    self.problem(start, &what);
                }
            }
        }
    }
}

fn lines_of(text: &str) -> HashMap<&str, Vec<Span>> {
    let mut lines: HashMap<&str, Vec<Span>> = HashMap::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        let word = line.trim_end_matches(['\n', '\r']).trim_start_matches('\t');
        lines.entry(word).or_default().push(start..end);
        start += line.len();
    }
    lines
}

#[cfg(test)]
mod tests;
