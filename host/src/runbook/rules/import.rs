//! `asoctl import azure-resource`: options that are read as something else, failures that nobody sees, Azure ids below which
//! nothing is found.

use super::{Edit, Found, Look, Report, annotate};
use asogate_aso::annotations::RECONCILE_POLICY;
use asogate_aso::v2;
use asogate_core::finding::Level;

/// The long options of asoctl (FACTS (f)), and their short ones.
const OPTIONS: [(&str, &str); 10] = [
    ("namespace", "n"),
    ("annotation", "a"),
    ("label", "l"),
    ("output", "o"),
    ("output-folder", "f"),
    ("workers", "w"),
    ("simple-logging", "s"),
    ("verbose", ""),
    ("quiet", ""),
    ("help", "h"),
];

pub(super) fn look(look: &Look<'_>, report: &mut Report) {
    let args = &look.invocation.args;
    if !args.iter().any(|arg| arg.text() == Some("azure-resource"))
        || args
            .iter()
            .any(|arg| matches!(arg.text(), Some("-h" | "--help")))
    {
        return;
    }
    let mut given: Vec<&str> = vec![];
    for arg in args {
        let text = arg.known();
        let name = text.trim_start_matches('-').split('=').next().unwrap_or("");
        let dashes = text.len() - text.trim_start_matches('-').len();
        let long = OPTIONS
            .iter()
            .find(|(long, _)| *long == name || name.strip_suffix('s') == Some(*long));
        match (dashes, long) {
            (1, Some((long, _))) => {
                given.push(long);
                report
                    .found
                    .push(single_dash(arg.span.start, text, long, name));
            }
            (2, Some((long, _))) => given.push(long),
            (1, None) => {
                // `-s`, `-so FILE`, `-nshop`: letters up to the first one that takes a value.
                for letter in name.chars() {
                    let short = OPTIONS.iter().find(|(_, short)| short.chars().eq([letter]));
                    given.extend(short.map(|(long, _)| *long));
                    if !matches!(letter, 's' | 'h') {
                        break;
                    }
                }
            }
            _ => {}
        }
        let whole = text.len() == arg.exact && arg.text().is_some() && dashes == 0;
        let edit = whole.then(|| Edit::replace(&arg.span, ""));
        let value = text
            .split_once('=')
            .filter(|_| dashes == 2)
            .map_or(text, |(_, value)| value);
        report
            .found
            .extend(annotate::policy_of_import(value, arg.span.start, edit));
        provider(look, arg.span.start, look.source(&arg.span), report);
    }
    unattended(look, &given, report);
    let says_policy = args
        .iter()
        .any(|arg| arg.known().contains("reconcile-policy"));
    // `$FLAGS` may hold it.
    let is_known = args.iter().all(|arg| {
        arg.text().is_some() || !arg.start.is_empty() || look.source(&arg.span).contains('/')
    });
    let misspelt = report
        .found
        .iter()
        .any(|found| found.code == "misspelt-annotation");
    if !says_policy && !misspelt && is_known {
        report.found.push(Found {
            code: "asoctl-without-skip",
            level: Level::Warn,
            at: look.invocation.span.start,
            message: format!("imports without the annotation `{RECONCILE_POLICY}=skip`"),
            why: "once applied as it is, v2 writes to Azure at once, while v1 still may, and deletes there what is deleted here".to_owned(),
            edits: vec![Edit::insert(look.command.span.end, format!(" -a {RECONCILE_POLICY}=skip"))],
            remedies: vec![],
        });
    }
}

/// FACTS 0.7: pflag takes `-namespace shop` for `-n amespace` and the Azure id `shop`.
fn single_dash(at: usize, text: &str, long: &str, name: &str) -> Found {
    let letter: String = name.chars().take(1).collect();
    let rest: String = name.chars().skip(1).collect();
    let shown = text.split('=').next().unwrap_or(text);
    Found {
        code: "asoctl-single-dash",
        level: Level::Deny,
        at,
        message: format!("writes `{shown}` with one dash, which asoctl reads as `-{letter} {rest}`"),
        why: "the value after it becomes one more Azure id: nothing is imported, and asoctl still exits with 0".to_owned(),
        edits: vec![Edit { span: at..at + shown.len(), with: format!("--{long}") }],
        remedies: vec![],
    }
}

/// FACTS 0.8, OBSERVED N4.
fn unattended(look: &Look<'_>, given: &[&str], report: &mut Report) {
    let has_output = given.contains(&"output") || given.contains(&"output-folder");
    let has_log = given.contains(&"simple-logging");
    if has_output && has_log {
        return;
    }
    let nobody_there = look.is_script || look.feeds || look.command.is_redirected;
    let (mut missing, mut edits) = (vec![], vec![]);
    let end = look.command.span.end;
    if !has_log {
        missing.push("`-s`");
        edits.push(Edit::insert(end, " -s"));
    }
    if !has_output {
        missing.push("`-o FILE`");
        edits.push(Edit::insert(end, " -o resources.yaml"));
    }
    let why = match (has_output, has_log) {
        (true, _) => {
            "asoctl exits with 0 whatever fails, and without a terminal it says what failed only with `-s`"
        }
        (false, true) => "without `-o` or `-f` the manifests stand between the lines of the log",
        (false, false) => {
            "without a terminal asoctl writes neither the manifests nor what failed, and exits with 0 all the same"
        }
    };
    report.found.push(Found {
        code: "asoctl-unattended",
        level: if nobody_there {
            Level::Deny
        } else {
            Level::Warn
        },
        at: look.invocation.span.start,
        message: format!("imports without {}", missing.join(" and ")),
        why: why.to_owned(),
        edits,
        remedies: vec![],
    });
}

/// FACTS 0.8, OBSERVED N5: below `microsoft.storage` asoctl asks for children under a wrong address, and leaves them out.
fn provider(look: &Look<'_>, start: usize, source: &str, report: &mut Report) {
    let lower = source.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find("/providers/")) {
        let begin = from + at + "/providers/".len();
        let rest = source.get(begin..).unwrap_or("");
        let name = rest.split(['/', '"', '\'', ' ']).next().unwrap_or("");
        from = begin;
        let kinds = || {
            v2::kinds()
                .iter()
                .filter_map(|kind| kind.arm_type.split('/').next())
        };
        if !name.contains('.') || kinds().any(|known| known == name) {
            continue;
        }
        let right = kinds()
            .find(|known| known.eq_ignore_ascii_case(name))
            .map(str::to_owned);
        let is_lower = name.starts_with(|first: char| first.is_ascii_lowercase());
        let Some(right) = right.or_else(|| is_lower.then(|| capitalised(name))) else {
            continue;
        };
        let span = start + begin..start + begin + name.len();
        report.found.push(Found {
            code: "asoctl-provider-case",
            level: Level::Deny,
            at: span.start,
            message: format!("writes the provider `{name}` for `{right}`"),
            why: "asoctl then imports the resource without its children, and says nothing of it"
                .to_owned(),
            edits: match look.source(&span) == name {
                true => vec![Edit { span, with: right }],
                false => vec![],
            },
            remedies: vec![],
        });
    }
}

/// `microsoft.contoso` as `Microsoft.Contoso`.
fn capitalised(name: &str) -> String {
    let words = name.split('.').map(|word| {
        let first: String = word.chars().take(1).flat_map(char::to_uppercase).collect();
        format!("{first}{}", word.chars().skip(1).collect::<String>())
    });
    words.collect::<Vec<_>>().join(".")
}
