//! Which program a command really runs: behind `sudo`, `env`, `time`, `xargs`, an alias, a variable, or a function that hands
//! its arguments on.

use super::lexer::{Part, Span, Word};
use super::script::Command;
use super::value::{Arg, Scope, Value};

/// The programs that a migration is done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    Kubectl,
    Asoctl,
    Asogate,
}

/// One of them, run with arguments.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    pub(super) program: Program,
    /// Where its name stands.
    pub(super) span: Span,
    pub(super) args: Vec<Arg>,
    /// Whether arguments come from standard input too (`xargs`).
    pub(super) takes_input: bool,
    /// What stands for them, where they do not come last (`xargs -I{}`).
    pub(super) input_as: Option<String>,
    /// Whether `asogate exec` runs it, and so only if its gate is open.
    pub(super) is_gated: bool,
}

/// What runs another program: the name, and its options that take a value.
const WRAPPERS: [(&str, &[&str]); 20] = [
    ("builtin", &[]),
    ("chronic", &[]),
    ("command", &[]),
    ("doas", &["-u", "-C"]),
    ("env", &["-u", "-C", "-S", "--unset", "--chdir"]),
    ("exec", &["-a"]),
    ("flock", &["-w", "-E"]),
    ("ionice", &["-c", "-n"]),
    ("nice", &["-n"]),
    ("nohup", &[]),
    ("parallel", &["-j", "-a", "--jobs", "--colsep"]),
    ("retry", &["-t", "-d"]),
    ("setsid", &[]),
    ("stdbuf", &["-i", "-o", "-e"]),
    (
        "sudo",
        &[
            "-u", "-g", "-h", "-p", "-C", "-r", "-t", "--user", "--group",
        ],
    ),
    ("time", &["-f", "-o"]),
    ("timeout", &["-k", "-s", "--kill-after", "--signal"]),
    ("watch", &["-n", "--interval"]),
    (
        "xargs",
        &[
            "-n",
            "-L",
            "-P",
            "-s",
            "-d",
            "-a",
            "-E",
            "-I",
            "-i",
            "--max-args",
            "--max-procs",
            "--delimiter",
        ],
    ),
    ("then", &[]),
];

/// The program that a command runs, if it is one of ours. `text` is the source, for pointing at words.
pub(super) fn of(command: &Command, scope: Scope<'_>, text: &str) -> Option<Invocation> {
    let mut words = command.words.clone();
    if let Some(alias) = words.first().and_then(|word| alias(word, scope)) {
        words.splice(..1, alias);
    }
    let args = scope.args(&words, text);
    unwrap(&words, args)
}

/// What the first word stands for, if it is an alias.
fn alias(word: &Word, scope: Scope<'_>) -> Option<Vec<Word>> {
    let name = word.literal().filter(|_| !word.quoted)?;
    let words = scope.environment.aliases.get(&name)?;
    let here = words.iter().map(|alias| Word {
        span: word.span.clone(),
        ..alias.clone()
    });
    Some(here.collect())
}

fn unwrap(words: &[Word], args: Vec<Arg>) -> Option<Invocation> {
    let mut takes_input = false;
    let mut input_as = None;
    let mut is_gated = false;
    let mut args = args.into_iter().peekable();
    loop {
        let arg = args.next()?;
        let span = arg.span.clone();
        let invocation = |program, args| Invocation {
            program,
            span,
            args,
            takes_input,
            input_as: None,
            is_gated,
        };
        let Some(name) = arg.text().map(base_name) else {
            // A variable that is set elsewhere, but says what it is for.
            let word = words.iter().find(|word| word.span == arg.span)?;
            let [Part::Variable(variable)] = word.parts.as_slice() else {
                return None;
            };
            let program = if variable.to_ascii_lowercase().contains("kubectl") {
                Program::Kubectl
            } else if variable.to_ascii_lowercase().contains("asoctl") {
                Program::Asoctl
            } else {
                return None;
            };
            return Some(Invocation {
                input_as,
                ..invocation(program, args.collect())
            });
        };
        let name = name.to_owned();
        match name.as_str() {
            "kubectl" | "oc" | "k" | "kubectl.exe" | "kubecolor" => {
                let mut args: Vec<Arg> = args.collect();
                if args.first().and_then(Arg::text) == Some("asogate") {
                    args.remove(0);
                    return from_asogate(invocation(Program::Asogate, args), words);
                }
                return Some(Invocation {
                    input_as,
                    ..invocation(Program::Kubectl, args)
                });
            }
            "asoctl" | "asoctl.exe" => {
                return Some(Invocation {
                    input_as,
                    ..invocation(Program::Asoctl, args.collect())
                });
            }
            "asogate" => return from_asogate(invocation(Program::Asogate, args.collect()), words),
            _ => {}
        }
        let (_, with_value) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name)?;
        takes_input |= name == "xargs" || name == "parallel";
        // The wrapper's own options, and what else stands before the program (`timeout 60`, `flock FILE`).
        let mut operands = usize::from(name == "timeout" || name == "flock");
        while let Some(next) = args.peek() {
            let text = next.text().unwrap_or_default().to_owned();
            let is_option = text.starts_with('-') && text.len() > 1;
            let sets = name == "env" && text.contains('=');
            if !is_option && !sets {
                if operands == 0 {
                    break;
                }
                operands -= 1;
            }
            args.next();
            if is_option && with_value.contains(&text.as_str()) {
                let value = args.next();
                if text == "-I" {
                    input_as = value.as_ref().and_then(Arg::text).map(str::to_owned);
                }
            } else if let Some(value) = text.strip_prefix("-I").filter(|_| name == "xargs") {
                input_as = Some(value.to_owned());
            }
        }
        is_gated |= false;
    }
}

/// `asogate exec STEP -- COMMAND` runs the command, if the gate is open.
fn from_asogate(invocation: Invocation, words: &[Word]) -> Option<Invocation> {
    let is_exec = invocation.args.first().and_then(Arg::text) == Some("exec");
    let separator = invocation
        .args
        .iter()
        .position(|arg| arg.text() == Some("--"));
    match separator.filter(|_| is_exec) {
        Some(separator) => {
            let inner = invocation.args.into_iter().skip(separator + 1).collect();
            unwrap(words, inner).map(|inner| Invocation {
                is_gated: true,
                ..inner
            })
        }
        None => Some(invocation),
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Programs that run what stands in one of their arguments as a text: what is in it is not read.
const INTERPRETERS: [&str; 8] = ["bash", "sh", "zsh", "ssh", "eval", "su", "pwsh", "trap"];

/// Whether a command runs a text that names one of our programs, which is not read.
pub(super) fn hides_one(command: &Command, scope: Scope<'_>) -> bool {
    let mut words = command.words.iter();
    let names_one = |word: &Word| {
        let text = match scope.value(word) {
            Value::Texts(texts) => texts.join(" "),
            _ => word.known_start().to_owned(),
        };
        let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        words.any(|word| matches!(word, "kubectl" | "asoctl" | "oc"))
    };
    let is_interpreter = |word: &Word| {
        let literal = word.literal();
        literal.is_some_and(|name| INTERPRETERS.contains(&base_name(&name)))
    };
    // Behind `sudo` and its kin too, whose options are no interpreters.
    words.by_ref().take(4).any(is_interpreter) && words.any(names_one)
}
