//! A judgement for people: findings grouped, worst first, one thought a line, and at the end the verdict, why, and the
//! next command to type.

use crate::gate::Judgement;
use crate::runbook;
use anstyle::{AnsiColor, Style};
use asogate_core::finding::{Level, Moment, Remedy};
use asogate_core::statement::Statement;
use asogate_core::verdict::{Following, Outcome, Ruling, Verdict, blocks};
use std::fmt::Write;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const BLUE: Style = AnsiColor::Blue.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// How many findings with one cause are listed one by one before the rest is counted.
fn listed(level: Level) -> usize {
    match level {
        Level::Deny | Level::Warn => 20,
        Level::Info => 3,
    }
}

/// The judgement as text, with ANSI styles.
pub fn render(judgement: &Judgement) -> String {
    let mut page = Page(String::new());
    page.header(judgement);
    page.findings(&judgement.verdict);
    page.waivers(&judgement.verdict);
    page.undetermined(judgement);
    page.conclusion(judgement);
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, text: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{text}");
    }

    fn header(&mut self, judgement: &Judgement) {
        let plan = &judgement.plan;
        if let Some(runbook) = &judgement.runbook {
            let commands = count(runbook.commands, "command");
            self.line(format_args!(
                "runbook: {commands} in {}",
                list(&runbook.sources)
            ));
            if runbook.alone {
                self.line("");
                return;
            }
        }
        if let Some(snapshot) = &judgement.snapshot {
            self.line(format_args!(
                "snapshot: {} in {}",
                count(snapshot.objects, "object"),
                list(&snapshot.sources)
            ));
            let read_again = snapshot
                .moment
                .as_ref()
                .map_or(0, |moment| moment.read_again);
            if read_again > 0 {
                self.line(format_args!(
                    "  {} changed while the cluster was read, and what they are now was read again",
                    count(read_again, "object")
                ));
            }
        }
        if plan.nothing_to_do {
            let selected = count(plan.selected, "selected object");
            self.line(format_args!(
                "plan: nothing left to do, {selected} already as the step would leave it"
            ));
        } else {
            let mut parts = vec![];
            for (number, verb) in [
                (plan.creates, "create"),
                (plan.updates, "change"),
                (plan.deletes, "delete"),
            ] {
                if number > 0 {
                    parts.push(format!("{verb} {number}"));
                }
            }
            if parts.is_empty() {
                parts.push("no change".into());
            }
            let selected = match plan.given {
                true => String::new(),
                false => format!(" ({})", count(plan.selected, "selected object")),
            };
            self.line(format_args!("plan: {}{selected}", parts.join(", ")));
            for (cause, number) in &plan.consequences {
                self.line(format_args!(
                    "  because of that, Kubernetes {}",
                    consequence(cause, *number)
                ));
            }
        }
        for line in crate::report::swap::lines(plan) {
            self.line(line);
        }
        self.line("");
    }

    fn findings(&mut self, verdict: &Verdict) {
        // Findings with one cause stand together, each group where its first finding stands.
        let mut groups: Vec<Vec<&Statement>> = vec![];
        for finding in &verdict.findings {
            let same = |group: &&mut Vec<&Statement>| {
                let key = |finding: &Statement| {
                    (finding.level, finding.code.clone(), finding.why.clone())
                };
                group
                    .first()
                    .is_some_and(|first| key(first) == key(finding))
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(finding),
                None => groups.push(vec![finding]),
            }
        }
        for group in groups {
            self.group(&group, verdict);
        }
    }

    fn group(&mut self, group: &[&Statement], verdict: &Verdict) {
        let Some(first) = group.first() else { return };
        let step = verdict.step;
        let style = style(first.level);
        let listed = listed(first.level);
        for (index, finding) in group.iter().enumerate().take(listed) {
            let subject = match (finding.command(), &finding.subject) {
                (None, Some(subject)) => format!("{subject} "),
                _ => String::new(),
            };
            let (level, code, message) = (finding.level, &finding.code, &finding.message);
            self.line(format_args!(
                "{style}{level}[{code}]{style:#}{BOLD}:{BOLD:#} {subject}{message}"
            ));
            if let Some(position) = &finding.position {
                let command = finding.command();
                let command = command.map_or_else(String::new, |command| format!(": {command}"));
                self.line(format_args!("  {DIM}at {position}{DIM:#}{command}"));
            }
            if let Some(azure) = in_azure(finding) {
                self.line(format_args!("  {DIM}in Azure:{DIM:#} {azure}"));
            }
            let before = group.iter().take(index);
            let is_first = before
                .filter(|other| other.subject == finding.subject)
                .count()
                == 0;
            let follows = |following: &&Following| {
                let same = following.finding.subject == finding.subject;
                is_first && same && following.cause == finding.code
            };
            for following in verdict.following.iter().filter(follows) {
                let (code, message) = (&following.finding.code, &following.finding.message);
                self.line(format_args!("  and because of it [{code}]: it {message}"));
            }
            match finding.moment {
                Moment::Mended => self.line("  true before this plan, which mends it"),
                Moment::Standing if !blocks(finding, step) && finding.level == Level::Deny => {
                    self.line("  true before this plan, and made no worse by it")
                }
                _ => {}
            }
        }
        if let Some(more) = group.len().checked_sub(listed).filter(|more| *more > 0) {
            self.line(format_args!(
                "  … and {more} more of the same; -o json lists all"
            ));
        }
        if !first.why.is_empty() {
            self.line(format_args!("  {}", first.why));
        }
        let mut seen = vec![];
        for remedy in group
            .iter()
            .take(listed)
            .flat_map(|finding| &finding.remedies)
        {
            if !seen.contains(&remedy) {
                seen.push(remedy);
                match remedy {
                    Remedy::Command(text) => {
                        self.line(format_args!("  {BOLD}help:{BOLD:#} {text}"))
                    }
                    Remedy::Edit(text) => self.line(format_args!("  {BOLD}edit:{BOLD:#} {text}")),
                    Remedy::Advice(text) => self.line(format_args!("  {BOLD}note:{BOLD:#} {text}")),
                }
            }
        }
        self.line("");
    }

    fn waivers(&mut self, verdict: &Verdict) {
        for waived in &verdict.waived {
            let (finding, waiver) = (&waived.finding, &waived.waiver);
            self.line(format_args!(
                "{DIM}waived[{}]: {}{DIM:#}",
                finding.code,
                finding.subject_text()
            ));
            self.line(format_args!(
                "  {} ({}, until {})",
                waiver.reason, waiver.owner, waiver.expires
            ));
        }
        for waiver in &verdict.expired_waivers {
            self.line(format_args!(
                "{YELLOW}waiver expired{YELLOW:#} on {}: {}",
                waiver.expires,
                describe(waiver)
            ));
        }
        for waiver in &verdict.unused_waivers {
            self.line(format_args!(
                "{YELLOW}waiver unused{YELLOW:#}: {} covers no finding",
                describe(waiver)
            ));
        }
        if verdict.waived.len() + verdict.expired_waivers.len() + verdict.unused_waivers.len() > 0 {
            self.line("");
        }
    }

    fn undetermined(&mut self, judgement: &Judgement) {
        let verdict = &judgement.verdict;
        let lines = verdict.unanswered();
        if lines.is_empty() {
            return;
        }
        let heading = match verdict.step {
            Some(_) => "could not be determined:",
            None if judgement
                .runbook
                .as_ref()
                .is_some_and(|runbook| runbook.alone) =>
            {
                "could not be told:"
            }
            None => "not judged, because it needs a cluster or more than these files say:",
        };
        self.line(format_args!("{YELLOW}{heading}{YELLOW:#}"));
        for line in lines {
            self.line(format_args!("  {line}"));
        }
        self.line("");
    }

    fn conclusion(&mut self, judgement: &Judgement) {
        let verdict = &judgement.verdict;
        let (mended, findings): (Vec<_>, Vec<_>) = verdict
            .findings
            .iter()
            .partition(|finding| finding.moment == Moment::Mended);
        let at = |level| {
            findings
                .iter()
                .filter(|finding| finding.level == level)
                .count()
        };
        let mut counts = vec![];
        for level in [Level::Deny, Level::Warn, Level::Info] {
            if at(level) > 0 || level == Level::Deny {
                counts.push(format!("{} {level}", at(level)));
            }
        }
        if !mended.is_empty() {
            counts.push(format!("{} mended by this plan", mended.len()));
        }
        if !verdict.waived.is_empty() {
            counts.push(format!("{} waived", verdict.waived.len()));
        }
        if verdict.is_closed_by_waivers() {
            let stale = verdict.expired_waivers.len() + verdict.unused_waivers.len();
            counts.push(format!("{} expired or unused", count(stale, "waiver")));
        }
        if let Some(runbook) = &judgement.runbook {
            counts.push(format!("{} looked at", count(runbook.commands, "command")));
        }
        if !verdict.following.is_empty() {
            counts.push(format!("{} because of these", verdict.following.len()));
        }
        let judged = verdict
            .policies
            .iter()
            .filter(|policy| policy.outcome == Outcome::Judged && policy.policy != runbook::POLICY)
            .count();
        let incomplete = verdict
            .policies
            .iter()
            .filter(|policy| matches!(policy.outcome, Outcome::Incomplete { .. }))
            .count();
        let unanswered = verdict
            .policies
            .iter()
            .filter(|policy| is_unanswered(&policy.outcome))
            .count();
        if verdict.step.is_some() {
            counts.push(format!("{} judged", count(judged, "policy")));
            counts.push(format!("{unanswered} could not answer"));
        } else if judgement
            .runbook
            .as_ref()
            .is_none_or(|runbook| !runbook.alone)
        {
            counts.push(format!(
                "{} judged as far as files go",
                count(judged + incomplete, "policy")
            ));
            counts.push(format!("{} could not answer", unanswered - incomplete));
        }
        let disabled: Vec<&str> = verdict
            .policies
            .iter()
            .filter(|policy| policy.outcome == Outcome::Disabled)
            .map(|policy| policy.policy.as_str())
            .collect();
        if !disabled.is_empty() {
            let names = disabled.join(", ");
            self.line(format_args!(
                "{YELLOW}turned off by the configuration:{YELLOW:#} {names}"
            ));
        }
        let what = verdict.step.map_or_else(
            || "`lint`".to_owned(),
            |step| format!("the gate for `{step}`"),
        );
        let (style, state) = match (verdict.ruling, verdict.step.is_some()) {
            (Ruling::Pass, true) => (GREEN, "is open"),
            (Ruling::Pass, false) => (GREEN, "found nothing in the way"),
            (Ruling::Fail, true) => (RED, "is closed"),
            (Ruling::Fail, false) => (RED, "found something in the way"),
            (Ruling::Unknown, true) => (
                YELLOW,
                "is closed, because not everything could be determined",
            ),
            (Ruling::Unknown, false) => (YELLOW, "could not determine everything"),
        };
        self.line(format_args!(
            "{style}{what} {state}{style:#}: {}",
            counts.join(", ")
        ));
        for next in &judgement.next {
            self.line(format_args!("{BOLD}next:{BOLD:#} {next}"));
        }
    }
}

/// The resource that a finding is about, where its own words do not name it already. What is only worth knowing names none;
/// `-o json` has it.
fn in_azure(finding: &Statement) -> Option<String> {
    let azure = finding.stands_for.as_ref();
    let azure = azure.filter(|_| finding.level != Level::Info)?;
    let id = azure.id.as_deref();
    let says = |id: &str| {
        let mut remedies = finding.remedies.iter();
        let in_remedy = remedies.any(|remedy| match remedy {
            Remedy::Command(text) | Remedy::Edit(text) | Remedy::Advice(text) => text.contains(id),
        });
        in_remedy || finding.message.contains(id) || finding.why.contains(id)
    };
    if id.is_some_and(says) {
        return None;
    }
    Some(match (id, azure.inside, &azure.unidentified) {
        (Some(id), false, _) => id.to_owned(),
        (Some(id), true, _) => format!("inside {id}"),
        (None, _, Some(why)) => format!("not known, because {why}"),
        (None, _, None) => "not known".to_owned(),
    })
}

fn is_unanswered(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Incomplete { .. } | Outcome::Declined { .. } | Outcome::Broke { .. }
    )
}

fn describe(waiver: &asogate_core::waiver::Waiver) -> String {
    format!(
        "`{}` for `{}` ({})",
        waiver.code, waiver.subject, waiver.owner
    )
}

fn style(level: Level) -> Style {
    match level {
        Level::Deny => RED,
        Level::Warn => YELLOW,
        Level::Info => BLUE,
    }
}

/// `1 object`, `2 objects`, `2 policies`.
pub fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

pub(super) fn list(names: &[String]) -> String {
    match names {
        [first, second, _, ..] => format!("{first}, {second} and {} more", names.len() - 2),
        _ => names.join(", "),
    }
}

fn consequence(cause: &str, number: usize) -> String {
    let objects = count(number, "object");
    match cause {
        "garbage-collected" => format!("garbage-collects {objects}"),
        "namespace-deleted" => format!("deletes {objects} with their namespace"),
        "crd-deleted" => format!("deletes {objects} with the definition of their kind"),
        _ => format!("removes owner references from {objects}"),
    }
}
