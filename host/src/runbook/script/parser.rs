//! How tokens become commands.

use super::{Command, Frame, FrameKind, Link, Script};
use crate::runbook::lexer::{Operator, Part, Span, Token, Word, name_of};

/// The commands of tokens.
pub(in crate::runbook) fn parse(tokens: &[Token]) -> Script {
    let mut parser = Parser {
        tokens,
        at: 0,
        script: Script::default(),
        open: vec![],
        link: Link::None,
        list: 0,
        is_negated: false,
        function: None,
        left: None,
    };
    while parser.at < tokens.len() {
        parser.step();
    }
    parser.script
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    script: Script,
    /// The frames that are open, the innermost last, each with the word or bracket that opened it.
    open: Vec<(usize, &'static str)>,
    link: Link,
    list: usize,
    is_negated: bool,
    /// The name of the function whose body comes next.
    function: Option<String>,
    /// The frame that was left last.
    left: Option<usize>,
}

impl Parser<'_> {
    fn token(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn operator_at(&self, at: usize) -> Option<(Operator, &Span)> {
        match self.tokens.get(at) {
            Some(Token::Operator(operator, span)) => Some((*operator, span)),
            _ => None,
        }
    }

    fn frame(&self) -> Option<usize> {
        self.open.last().map(|(frame, _)| *frame)
    }

    fn enter(&mut self, opened_by: &'static str, kind: FrameKind) {
        let parent = self.frame();
        let (link, list) = (self.link, self.list);
        self.script.frames.push(Frame {
            parent,
            kind,
            link,
            list,
        });
        self.open.push((self.script.frames.len() - 1, opened_by));
        self.link = Link::None;
        self.list = self.script.commands.len();
    }

    /// Leaves what was opened by one of these, with all that was left open in it.
    fn leave(&mut self, opened_by: &[&str]) -> Option<usize> {
        let position = self
            .open
            .iter()
            .rposition(|(_, by)| opened_by.contains(by))?;
        let (frame, _) = *self.open.get(position)?;
        self.open.truncate(position);
        self.list = self
            .script
            .frames
            .get(frame)
            .map_or(self.list, |frame| frame.list);
        self.left = Some(frame);
        Some(frame)
    }

    /// A new list of commands begins.
    fn end(&mut self) {
        self.link = Link::None;
        self.list = self.script.commands.len();
        self.is_negated = false;
    }

    fn step(&mut self) {
        match self.token() {
            None => {}
            Some(Token::Operator(operator, span)) => {
                let (operator, span) = (*operator, span.clone());
                self.at += 1;
                self.operator(operator, &span);
            }
            Some(Token::Word(word)) if self.open.last().is_some_and(|(_, by)| *by == "in") => {
                // A pattern of `case`, up to its `)`.
                if word.is("esac") {
                    let _ = self.leave(&["case"]);
                }
                self.at += 1;
            }
            Some(Token::Word(word)) => {
                let word = word.clone();
                if !self.reserved(&word) {
                    self.command();
                }
            }
        }
    }

    fn operator(&mut self, operator: Operator, span: &Span) {
        match operator {
            // A line may end behind `|`, `&&` and `||`.
            Operator::End if self.link != Link::None => {}
            Operator::End | Operator::Background => self.end(),
            Operator::EndOfCase => {
                self.end();
                if self.leave(&["case arm"]).is_some() {
                    self.enter("in", FrameKind::Group);
                }
            }
            Operator::And => self.link = Link::And,
            Operator::Or => self.link = Link::Or,
            Operator::Pipe => self.link = Link::Pipe,
            Operator::Open => match self.operator_at(self.at) {
                Some((Operator::Open, next)) if next.start == span.end => self.arithmetic(),
                _ if self.open.last().is_some_and(|(_, by)| *by == "in") => {}
                _ => self.enter("(", FrameKind::Group),
            },
            Operator::Close if self.open.last().is_some_and(|(_, by)| *by == "in") => {
                let _ = self.leave(&["in"]);
                self.enter("case arm", FrameKind::Group);
            }
            Operator::Close => {
                let _ = self.leave(&["("]);
            }
            // A redirection without a command, or after `done` and its kin.
            Operator::Input | Operator::HereString => {
                if let Some(word) = self.read(operator, span) {
                    self.input_of_loop(word);
                }
            }
            Operator::Output(_) => self.at += 1,
        }
    }

    /// Skips `((…))`.
    fn arithmetic(&mut self) {
        while let Some(token) = self.token() {
            let end = match token {
                Token::Operator(Operator::Close, span) => span.end,
                _ => usize::MAX,
            };
            self.at += 1;
            if let Some((Operator::Close, next)) = self.operator_at(self.at)
                && next.start == end
            {
                self.at += 1;
                return;
            }
        }
    }

    /// `done < word` tells what was read in the loop that ends here.
    fn input_of_loop(&mut self, word: Word) {
        let ended = self.left.and_then(|left| self.script.frames.get_mut(left));
        if let Some(FrameKind::While { input, .. }) = ended.map(|frame| &mut frame.kind) {
            *input = Some(word);
        }
    }

    /// The word that an operator of input has: not `<<`, whose delimiter was read with it.
    fn read(&mut self, operator: Operator, span: &Span) -> Option<Word> {
        let Some(Token::Word(word)) = self.token() else {
            return None;
        };
        if operator == Operator::HereString && span.len() != 3 {
            return None;
        }
        let word = word.clone();
        self.at += 1;
        Some(word)
    }

    /// Whether a word was a reserved one, which is then read.
    fn reserved(&mut self, word: &Word) -> bool {
        let known = [
            "if", "then", "elif", "else", "fi", "for", "select", "while", "until", "do", "done",
            "case", "esac", "{", "}", "!", "time", "function", "[[",
        ];
        let Some(known) = known.iter().find(|known| word.is(known)) else {
            return false;
        };
        self.at += 1;
        match *known {
            "if" => self.enter("if", FrameKind::Condition),
            "elif" => {
                let _ = self.leave(&["if"]);
                self.enter("if", FrameKind::Condition);
            }
            "then" => {
                let condition = self.leave(&["if"]);
                let commands = self.script.commands.iter();
                let inside = |command: &&Command| {
                    condition.is_some_and(|frame| self.script.is_within(command.frame, frame))
                };
                let count = commands.rev().take_while(inside).count();
                let end = self.script.commands.len();
                self.enter(
                    "if",
                    FrameKind::Then {
                        condition: end - count..end,
                    },
                );
            }
            "else" => {
                let _ = self.leave(&["if"]);
                self.enter("if", FrameKind::Group);
            }
            "fi" => {
                let _ = self.leave(&["if"]);
            }
            "for" | "select" => self.for_loop(),
            "while" | "until" => {
                let piped_from = self.upstream();
                self.enter(
                    "loop",
                    FrameKind::While {
                        reads: vec![],
                        piped_from,
                        input: None,
                    },
                );
            }
            "done" => {
                let _ = self.leave(&["loop"]);
            }
            "case" => {
                while let Some(Token::Word(word)) = self.token() {
                    let is_in = word.is("in");
                    self.at += 1;
                    if is_in {
                        break;
                    }
                }
                self.enter("case", FrameKind::Group);
                self.enter("in", FrameKind::Group);
            }
            "esac" => {
                let _ = self.leave(&["case"]);
            }
            "{" => {
                let kind = self
                    .function
                    .take()
                    .map_or(FrameKind::Group, FrameKind::Function);
                self.enter("{", kind);
            }
            "}" => {
                let _ = self.leave(&["{"]);
            }
            "!" => self.is_negated = true,
            "function" => {
                if let Some(Token::Word(name)) = self.token() {
                    self.function = name.literal();
                    self.at += 1;
                    self.skip_brackets();
                }
            }
            "[[" => {
                while let Some(token) = self.token() {
                    let ends = matches!(token, Token::Word(word) if word.is("]]"));
                    self.at += 1;
                    if ends {
                        break;
                    }
                }
            }
            _ => {}
        }
        true
    }

    fn skip_brackets(&mut self) {
        for wanted in [Operator::Open, Operator::Close] {
            if matches!(self.operator_at(self.at), Some((operator, _)) if operator == wanted) {
                self.at += 1;
            }
        }
    }

    fn for_loop(&mut self) {
        let mut words = vec![];
        let mut name = String::new();
        if let Some(Token::Word(word)) = self.token() {
            name = word.literal().unwrap_or_default();
            self.at += 1;
        }
        if matches!(self.token(), Some(Token::Word(word)) if word.is("in")) {
            self.at += 1;
            while let Some(Token::Word(word)) = self.token() {
                words.push(word.clone());
                self.at += 1;
            }
        }
        self.enter("loop", FrameKind::For { name, words });
    }

    /// The command whose output what comes now reads.
    fn upstream(&self) -> Option<usize> {
        (self.link == Link::Pipe).then(|| self.script.commands.len().checked_sub(1))?
    }

    fn command(&mut self) {
        let position = self.script.commands.len();
        if self.link == Link::None {
            self.list = position;
        }
        let mut command = Command {
            piped_from: self.upstream(),
            link: self.link,
            list: self.list,
            frame: self.frame(),
            is_negated: self.is_negated,
            ..Command::default()
        };
        while let Some(token) = self.token() {
            match token {
                Token::Word(word) => {
                    let word = word.clone();
                    self.at += 1;
                    match assignment(&word).filter(|_| command.words.is_empty()) {
                        Some(assignment) => command.assignments.push(assignment),
                        None => command.words.push(word),
                    }
                }
                Token::Operator(Operator::Output(standard), _) => {
                    command.is_redirected |= *standard;
                    self.at += 2;
                }
                Token::Operator(operator @ (Operator::Input | Operator::HereString), span) => {
                    let (operator, span) = (*operator, span.clone());
                    self.at += 1;
                    command.has_here_document |=
                        operator == Operator::HereString && span.len() != 3;
                    if let Some(word) = self.read(operator, &span) {
                        command.input = Some(word);
                    }
                }
                Token::Operator(Operator::Open, _) if command.words.len() == 1 => {
                    // `name()`: a function.
                    self.function = command.words.first().and_then(Word::literal);
                    self.skip_brackets();
                    return;
                }
                Token::Operator(..) => break,
            }
        }
        let places = || command.words.iter().map(|word| &word.span);
        if let (Some(first), Some(last)) = (places().next(), places().next_back()) {
            command.span = first.start..last.end;
        }
        command.is_piped = matches!(self.operator_at(self.at), Some((Operator::Pipe, _)));
        self.note_read(&command);
        self.script.commands.push(command);
        self.link = Link::None;
        self.is_negated = false;
    }

    /// `read` sets variables of the loop that it stands in.
    fn note_read(&mut self, command: &Command) {
        let mut words = command.words.iter().filter_map(Word::literal);
        if words.next().as_deref() != Some("read") {
            return;
        }
        let mut open = self.open.iter().rev();
        let innermost = open.find(|(_, opened_by)| *opened_by == "loop");
        let innermost = innermost.and_then(|(frame, _)| self.script.frames.get_mut(*frame));
        if let Some(FrameKind::While { reads, .. }) = innermost.map(|frame| &mut frame.kind) {
            reads.extend(words.filter(|word| !word.starts_with('-')));
        }
    }
}

/// `name=value` as its two halves.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Text(first)) = word.parts.first() else {
        return None;
    };
    let (name, value) = first.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    if name.is_empty() || name_of(name) != name {
        return None;
    }
    let mut word = word.clone();
    word.parts.remove(0);
    if !value.is_empty() {
        word.parts.insert(0, Part::Text(value.to_owned()));
    }
    Some((name.to_owned(), word))
}
