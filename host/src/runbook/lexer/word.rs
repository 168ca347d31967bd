//! Words: their quotes, expansions and substitutions.

use super::{Lexer, MAX_EXPANSION, MAX_NESTING, Part, Token, Word};

impl Lexer<'_> {
    /// A word that begins here; none if nothing but a skipped character stands here.
    pub(super) fn word(&mut self) -> Option<Word> {
        let start = self.at;
        let mut parts: Vec<Part> = vec![];
        let (mut quoted, mut array) = (false, None);
        while let Some(next) = self.peek() {
            match next {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | ')' => break,
                '(' => {
                    let assigns =
                        matches!(parts.as_slice(), [Part::Text(text)] if is_assignment(text));
                    if !assigns || quoted {
                        break;
                    }
                    array = Some(self.array());
                    break;
                }
                '<' | '>' if self.rest().get(1..2) == Some("(") => {
                    let open = self.at;
                    self.at += 2;
                    parts.push(self.output(open));
                }
                '<' => match self.placeholder() {
                    Some(length) => {
                        self.at += length;
                        parts.push(Part::Placeholder);
                    }
                    None => break,
                },
                '>' => break,
                '\\' if self.continuation() > 0 => {
                    self.at += self.continuation();
                    // A word goes on in the next line only without a blank before it.
                }
                '\\' => {
                    self.at += 1;
                    quoted = true;
                    self.literal(&mut parts);
                }
                '\'' => {
                    quoted = true;
                    self.single_quotes(&mut parts);
                }
                '"' => {
                    quoted = true;
                    self.double_quotes(&mut parts);
                }
                '$' => self.dollar(&mut parts, false),
                '`' => self.backquotes(&mut parts),
                _ => self.literal(&mut parts),
            }
        }
        let span = start..self.at;
        (self.at > start).then_some(Word {
            parts,
            span,
            quoted,
            array,
        })
    }

    /// Takes one character as it is.
    fn literal(&mut self, parts: &mut Vec<Part>) {
        if let Some(letter) = self.peek() {
            self.at += letter.len_utf8();
            push(parts, letter.encode_utf8(&mut [0; 4]));
        }
    }

    fn array(&mut self) -> Vec<Word> {
        let open = self.at;
        self.at += 1;
        if self.depth >= MAX_NESTING {
            self.problem(open, "lists nested too deep");
            return vec![];
        }
        self.depth += 1;
        let (tokens, closed) = self.tokens(true);
        self.depth -= 1;
        if !closed {
            self.problem(open, "a `(` without its `)`");
        }
        let words = tokens.into_iter().filter_map(|token| match token {
            Token::Word(word) => Some(word),
            Token::Operator(..) => None,
        });
        words.collect()
    }

    fn single_quotes(&mut self, parts: &mut Vec<Part>) {
        let start = self.at;
        self.at += 1;
        match self.rest().find('\'') {
            Some(end) => {
                push(parts, self.rest().get(..end).unwrap_or(""));
                self.at += end + 1;
            }
            None => {
                self.problem(start, "a `'` without its end");
                push(parts, "'");
            }
        }
    }

    fn double_quotes(&mut self, parts: &mut Vec<Part>) {
        let start = self.at;
        self.at += 1;
        if !self.rest().contains('"') {
            self.problem(start, "a `\"` without its end");
            push(parts, "\"");
            return;
        }
        while let Some(next) = self.peek() {
            match next {
                '"' => {
                    self.at += 1;
                    if parts.is_empty() {
                        push(parts, "");
                    }
                    return;
                }
                '\\' => {
                    let continued = self.continuation();
                    self.at += continued.max(1);
                    match self.peek() {
                        Some('$' | '`' | '"' | '\\') if continued == 0 => self.literal(parts),
                        _ if continued == 0 => push(parts, "\\"),
                        _ => {}
                    }
                }
                '$' => self.dollar(parts, true),
                '`' => self.backquotes(parts),
                _ => self.literal(parts),
            }
        }
        self.problem(start, "a `\"` without its end");
    }

    /// What begins with `$`.
    fn dollar(&mut self, parts: &mut Vec<Part>, in_quotes: bool) {
        let start = self.at;
        self.at += 1;
        let rest = self.rest();
        if rest.starts_with("((")
            && let Some(length) = arithmetic(rest)
        {
            self.at += length;
            parts.push(Part::Variable("(( ))".into()));
        } else if self.skip("(") {
            parts.push(self.output(start));
        } else if self.skip("{") {
            let name = name_of(self.rest().trim_start_matches(['#', '!']));
            match closing_brace(self.rest()) {
                Some(length) => self.at += length,
                None => self.problem(start, "a `${` without its `}`"),
            }
            parts.push(Part::Variable(name.to_owned()));
        } else if !in_quotes && rest.starts_with(['\'', '"']) {
            // `$'…'` and `$"…"` are quotes with other escapes.
        } else {
            let name = name_of(rest);
            if name.is_empty() {
                push(parts, "$");
            } else {
                self.at += name.len();
                parts.push(Part::Variable(name.to_owned()));
            }
        }
    }

    /// The commands of a substitution whose bracket has been read.
    fn output(&mut self, start: usize) -> Part {
        if self.depth >= MAX_NESTING {
            self.problem(start, "substitutions nested too deep");
            return Part::Variable("(too deep)".into());
        }
        self.depth += 1;
        let (tokens, closed) = self.tokens(true);
        self.depth -= 1;
        if !closed {
            self.problem(start, "a `$(` without its `)`");
        }
        Part::Output(tokens)
    }

    fn backquotes(&mut self, parts: &mut Vec<Part>) {
        let start = self.at;
        self.at += 1;
        // On this line: a lone one is a slip of the author, and must not swallow the lines up to the next.
        let close = closing_backquote(self.rest());
        match close.filter(|_| self.depth < MAX_NESTING) {
            Some(length) => {
                let end = std::mem::replace(&mut self.end, self.at + length);
                self.depth += 1;
                let (tokens, _) = self.tokens(false);
                self.depth -= 1;
                self.at = self.end + 1;
                self.end = end;
                parts.push(Part::Output(tokens));
            }
            None => self.problem(start, "a lone backquote"),
        }
    }
}

/// Adds text to the text that stands last.
fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

/// `name=` or `name+=`.
fn is_assignment(text: &str) -> bool {
    text.strip_suffix('=')
        .map(|name| name.strip_suffix('+').unwrap_or(name))
        .is_some_and(|name| !name.is_empty() && name_of(name) == name)
}

/// The name of a variable at the start of a text.
pub(in crate::runbook) fn name_of(text: &str) -> &str {
    let first = text.chars().next();
    let length = match first {
        Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => text
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(text.len()),
        Some('0'..='9' | '@' | '*' | '#' | '?' | '$' | '!' | '-') => 1,
        _ => 0,
    };
    text.get(..length).unwrap_or("")
}

/// The length of `((…))`, if it ends in `))`.
fn arithmetic(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, letter) in text.char_indices().take(MAX_EXPANSION) {
        match letter {
            '(' => depth += 1,
            ')' if depth == 2 => return text.get(index..)?.starts_with("))").then_some(index + 2),
            ')' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
    }
    None
}

/// The length up to and with the `}` that closes a `${`.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, letter) in text.char_indices().take(MAX_EXPANSION) {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(index + 1),
            '}' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
    }
    None
}

/// Where a backquote is closed on the same line, continued lines included.
fn closing_backquote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, letter) in text.char_indices() {
        match letter {
            '`' if !escaped => return Some(index),
            '\n' if !escaped => return None,
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    None
}
