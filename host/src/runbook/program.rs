//! Which program a command really runs: behind `sudo`, `env`, `time`, `xargs`, an alias, a variable, or a function that hands
//! its arguments on.

use super::asogate::Asogate;
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
    /// The `asogate exec` that runs it, and so only if its gate is open.
    pub(super) gate: Option<Asogate>,
}

/// What runs another program: the name, and its options that take a value.
const WRAPPERS: [(&str, &[&str]); 19] = [
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

/// The program behind those that run it.
fn unwrap(words: &[Word], args: Vec<Arg>) -> Option<Invocation> {
    let mut takes_input = false;
    let mut input_as = None;
    let mut args = args.into_iter().peekable();
    loop {
        let arg = args.next()?;
        let name = arg.text().map(base_name).unwrap_or_default().to_owned();
        let program = match arg.text() {
            Some(_) => of_name(&name),
            None => of_variable(words, &arg),
        };
        if let Some(program) = program {
            let mut args: Vec<Arg> = args.collect();
            // `kubectl exec POD -- kubectl …`
            let inner = args
                .iter()
                .position(|arg| arg.text() == Some("--"))
                .filter(|_| program == Program::Kubectl);
            let inner = inner.and_then(|at| args.get(at + 1..)).unwrap_or(&[]);
            if inner
                .first()
                .and_then(Arg::text)
                .map(base_name)
                .and_then(of_name)
                .is_some()
            {
                return unwrap(words, inner.to_vec());
            }
            let is_plugin =
                program == Program::Kubectl && args.first().and_then(Arg::text) == Some("asogate");
            if is_plugin {
                args.remove(0);
            }
            let program = if is_plugin { Program::Asogate } else { program };
            let invocation = Invocation {
                program,
                span: arg.span,
                args,
                takes_input,
                input_as,
                gate: None,
            };
            return match program {
                Program::Asogate => from_asogate(invocation, words),
                _ => Some(invocation),
            };
        }
        arg.text()?;
        let Some((_, with_value)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name) else {
            // `anything -- kubectl …`
            let rest: Vec<Arg> = args
                .skip_while(|arg| arg.text() != Some("--"))
                .skip(1)
                .collect();
            let is_one = rest
                .first()
                .and_then(Arg::text)
                .map(base_name)
                .and_then(of_name)
                .is_some();
            return is_one.then(|| unwrap(words, rest))?;
        };
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
    }
}

fn of_name(name: &str) -> Option<Program> {
    match name {
        "kubectl" | "oc" | "k" | "kubectl.exe" | "kubecolor" => Some(Program::Kubectl),
        "asoctl" | "asoctl.exe" => Some(Program::Asoctl),
        "asogate" => Some(Program::Asogate),
        _ => None,
    }
}

/// A variable that is set elsewhere, but says what it is for: `$KUBECTL`.
fn of_variable(words: &[Word], arg: &Arg) -> Option<Program> {
    let word = words.iter().find(|word| word.span == arg.span)?;
    let [Part::Variable(variable)] = word.parts.as_slice() else {
        return None;
    };
    let variable = variable.to_ascii_lowercase();
    let programs = [("kubectl", Program::Kubectl), ("asoctl", Program::Asoctl)];
    let mut programs = programs.into_iter();
    programs.find_map(|(name, program)| variable.contains(name).then_some(program))
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
            let gate = Asogate::new(&invocation.args);
            let inner = invocation.args.iter().skip(separator + 1).cloned();
            match unwrap(words, inner.collect()) {
                Some(inner) => Some(Invocation {
                    gate: Some(gate),
                    ..inner
                }),
                None => Some(invocation),
            }
        }
        None => Some(invocation),
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Programs that run what stands in one of their arguments as a text: what is in it is not read.
const INTERPRETERS: [&str; 8] = ["bash", "sh", "zsh", "ssh", "eval", "su", "pwsh", "trap"];

/// Programs that show or look for a text, and run nothing.
const READERS: [&str; 9] = [
    "echo", "printf", "grep", "rg", "man", "type", "which", "cat", "say",
];

/// Whether a command runs one of our programs in a way that is not read: in a text, or behind a program that is not known.
pub(super) fn hides_one(command: &Command, scope: Scope<'_>) -> bool {
    let text = |word: &Word| match scope.value(word) {
        Value::Texts(texts) => texts.join(" "),
        _ => word.known_start().to_owned(),
    };
    let texts: Vec<String> = command.words.iter().map(text).collect();
    let named = |text: &str| {
        let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        words.any(|word| matches!(word, "kubectl" | "asoctl" | "oc"))
    };
    // Behind `sudo` and its kin too, whose options are no interpreters.
    let mut rest = texts.iter();
    let is_interpreter = |text: &String| INTERPRETERS.contains(&base_name(text));
    if rest.by_ref().take(4).any(is_interpreter) {
        return command.has_here_document
            || rest.any(|text| named(text))
            || texts.iter().skip(1).any(|text| named(text));
    }
    let reads = texts
        .first()
        .is_some_and(|first| READERS.contains(&base_name(first)));
    let runs = |pair: &[String]| {
        let verbs = [
            "annotate", "delete", "edit", "import", "label", "patch", "replace",
        ];
        matches!(pair, [program, verb] if of_name(base_name(program)).is_some() && verbs.contains(&verb.as_str()))
    };
    !reads && texts.windows(2).any(runs)
}
