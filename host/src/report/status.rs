//! The board for people: a table with the dangerous rows on top, then what is dangerous, what blocks, and what to type.

use super::columns::{Cell, align};
use super::human::count;
use super::status_words::{mark, next, resource, secrets, v1, v2, wide};
use crate::status::board::{Blocker, Board, Gate, Row};
use anstyle::{AnsiColor, Style};
use asogate_core::finding::Remedy;
use asogate_core::plan::Step;
use std::collections::BTreeMap;
use std::fmt::Write;

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// How wide a resource may be shown in the narrow table.
const RESOURCE: usize = 42;

/// How many resources with one cause are named.
const NAMED: usize = 3;

/// How many dangerous resources are told one by one.
const DANGERS: usize = 20;

/// How many things in the way of a step are told apart.
const CAUSES: usize = 8;

/// The board as a table of about 100 columns, with ANSI styles.
pub fn render(board: &Board) -> String {
    page(board, false)
}

/// The same with ids, objects and reasons in each line.
pub fn render_wide(board: &Board) -> String {
    page(board, true)
}

fn page(board: &Board, is_wide: bool) -> String {
    let mut page = Page(String::new());
    page.header(board);
    page.table(board, is_wide);
    page.dangers(&board.rows);
    page.unidentified(&board.rows);
    page.blocked(&board.rows);
    page.undetermined(board);
    page.totals(board);
    page.steps(board);
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, text: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{text}");
    }

    fn header(&mut self, board: &Board) {
        if let Some(snapshot) = &board.snapshot {
            let sources = super::human::list(&snapshot.sources);
            let objects = count(snapshot.objects, "object");
            self.line(format_args!("snapshot: {objects} in {sources}"));
            self.line("");
        }
    }

    fn table(&mut self, board: &Board, is_wide: bool) {
        if board.rows.is_empty() {
            let why = match board.all {
                0 => "no Azure resource is selected; check -n, -l and the names",
                _ => "no resource fits the filters",
            };
            self.line(why);
            self.line("");
            return;
        }
        let mut headings = vec![
            "",
            "NAMESPACE",
            "RESOURCE",
            "V1",
            "V2",
            "SECRETS",
            "STAGE",
            "NEXT",
        ];
        if is_wide {
            headings.extend(["V1 OBJECT", "V2 OBJECT", "AZURE ID", "WHY"]);
        }
        let headings = headings.into_iter().map(|text| Cell::styled(text, BOLD));
        let mut rows = vec![headings.collect()];
        rows.extend(board.rows.iter().map(|row| line(row, is_wide)));
        self.0.push_str(&align(&rows));
        self.line("");
    }

    fn dangers(&mut self, rows: &[Row]) {
        let dangerous: Vec<&Row> = rows.iter().filter(|row| !row.dangers.is_empty()).collect();
        for row in dangerous.iter().take(DANGERS) {
            let name = Cell::plain(resource(row)).text;
            for known in &row.dangers {
                let what = known.danger.in_words();
                self.line(format_args!(
                    "{RED}danger{RED:#}{BOLD}:{BOLD:#} {name} {what}"
                ));
                if row.objects().nth(1).is_some() {
                    let objects: Vec<String> = row.objects().map(ToString::to_string).collect();
                    self.line(format_args!(
                        "  {}",
                        Cell::plain(objects.join(" and ")).text
                    ));
                }
                self.remedy(&known.remedy);
            }
        }
        if let Some(more) = dangerous
            .len()
            .checked_sub(DANGERS)
            .filter(|more| *more > 0)
        {
            self.line(format_args!(
                "… and {more} more; --dangerous -o wide shows each"
            ));
        }
        if !dangerous.is_empty() {
            self.line("");
        }
    }

    /// Objects of which it is not known which resource they stand for, by the reason.
    fn unidentified(&mut self, rows: &[Row]) {
        let mut reasons: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            if let Some(reason) = &row.azure.unidentified {
                reasons.entry(reason).or_default().push(row);
            }
        }
        for (reason, rows) in &reasons {
            let of = count(rows.len(), "object");
            let reason = Cell::plain(*reason).text;
            self.line(format_args!(
                "{YELLOW}unknown{YELLOW:#}{BOLD}:{BOLD:#} the Azure resource of {of}: {reason}"
            ));
            for object in rows.iter().filter_map(|row| row.first()).take(NAMED) {
                self.line(format_args!("  {}", Cell::plain(object.to_string()).text));
            }
            self.more(rows.len());
        }
        if !reasons.is_empty() {
            self.line("");
        }
    }

    /// What is left of a list of which the first few were named.
    fn more(&mut self, all: usize) {
        if let Some(more) = all.checked_sub(NAMED).filter(|more| *more > 0) {
            self.line(format_args!(
                "  … and {more} more; -o wide shows each, -o json all that is known"
            ));
        }
    }

    /// What is in the way, one paragraph for each cause.
    fn blocked(&mut self, rows: &[Row]) {
        let mut causes: BTreeMap<(Step, String), Vec<(&Row, &Blocker)>> = BTreeMap::new();
        for row in rows {
            let Some(next) = row.next.as_ref().filter(|next| next.gate == Gate::Closed) else {
                continue;
            };
            if let Some(first) = next.blocked_by.first() {
                let what = match &first.code {
                    Some(code) => code.to_string(),
                    None => first.message.clone(),
                };
                causes
                    .entry((next.step, what))
                    .or_default()
                    .push((row, first));
            }
        }
        let more = causes.len().saturating_sub(CAUSES);
        for ((step, what), rows) in causes.iter().take(CAUSES) {
            let of = count(rows.len(), "resource");
            self.line(format_args!(
                "{RED}blocked{RED:#}{BOLD}:{BOLD:#} `{step}` of {of}: {what}"
            ));
            let mut said: Vec<String> = rows.iter().map(|(_, found)| in_words(found)).collect();
            said.dedup();
            for line in said.iter().take(NAMED) {
                self.line(format_args!("  {line}"));
            }
            self.more(said.len());
            let go_on = rows
                .first()
                .and_then(|(row, _)| row.next.as_ref()?.go_on.as_ref());
            if let Some(remedy) = go_on {
                self.remedy(remedy);
            }
        }
        if more > 0 {
            self.line(format_args!(
                "… and {}; -o json lists all",
                count(more, "more cause")
            ));
        }
        if !causes.is_empty() {
            self.line("");
        }
    }

    fn remedy(&mut self, remedy: &Remedy) {
        let (word, text) = match remedy {
            Remedy::Command(text) => ("help", text),
            Remedy::Edit(text) => ("edit", text),
            Remedy::Advice(text) => ("note", text),
        };
        self.line(format_args!("  {BOLD}{word}:{BOLD:#} {text}"));
    }

    fn undetermined(&mut self, board: &Board) {
        let of_steps = board.steps.iter().flat_map(|step| {
            let lines = step.undetermined.iter();
            lines.map(move |line| format!("`{}`: {line}", step.step))
        });
        let lines: Vec<String> = board.undetermined.iter().cloned().chain(of_steps).collect();
        if lines.is_empty() {
            return;
        }
        self.line(format_args!("{YELLOW}could not be determined:{YELLOW:#}"));
        for line in lines {
            self.line(format_args!("  {line}"));
        }
        self.line("");
    }

    fn totals(&mut self, board: &Board) {
        let totals = &board.totals;
        let stages: Vec<String> = totals
            .stages
            .iter()
            .map(|(stage, rows)| format!("{rows} {}", stage.name()))
            .collect();
        let of = match board.all == totals.resources {
            true => String::new(),
            false => format!(" of {}", board.all),
        };
        let style = match (
            totals.dangerous,
            totals.unknown + board.undetermined.len(),
            totals.blocked,
        ) {
            (0, 0, 0) => GREEN,
            (0, _, _) => YELLOW,
            _ => RED,
        };
        let resources = count(totals.resources, "resource");
        self.line(format_args!(
            "{style}{resources}{style:#}{of}: {}",
            if stages.is_empty() {
                "none".into()
            } else {
                stages.join(", ")
            }
        ));
        self.line(format_args!(
            "{} dangerous (!), {} unknown (?), {} blocked (x), {} can go on",
            totals.dangerous, totals.unknown, totals.blocked, totals.open
        ));
    }

    fn steps(&mut self, board: &Board) {
        for step in &board.steps {
            let mut parts = vec![];
            for (rows, word) in [
                (step.open, "open"),
                (step.closed, "blocked"),
                (step.unknown, "unknown"),
            ] {
                if rows > 0 {
                    parts.push(format!("{rows} {word}"));
                }
            }
            self.line(format_args!(
                "{BOLD}next:{BOLD:#} `{}` for {} ({}): {} …",
                step.step,
                count(step.resources, "resource"),
                parts.join(", "),
                step.command
            ));
        }
        if !board.steps.is_empty() {
            self.line("  `…`: the options with the cluster that `status` was given");
        }
    }
}

/// One thing in the way, in one line.
fn in_words(blocker: &Blocker) -> String {
    let subject = blocker.subject.as_ref();
    let subject = subject.map_or_else(String::new, |key| format!("{key} "));
    Cell::plain(format!("{subject}{}", blocker.message)).text
}

/// One line of the table.
fn line(row: &Row, is_wide: bool) -> Vec<Cell> {
    let style = match mark(row) {
        "!" | "x" => RED,
        "?" => YELLOW,
        _ => Style::new(),
    };
    let namespace = row.first().and_then(|object| object.namespace.as_deref());
    let name = Cell::plain(resource(row));
    let mut cells = vec![
        Cell::styled(mark(row), style),
        Cell::plain(namespace.unwrap_or_default()),
        if is_wide {
            name
        } else {
            name.shortened(RESOURCE)
        },
        Cell::plain(v1(row)),
        Cell::plain(v2(row)),
        Cell::plain(secrets(row)),
        Cell::plain(row.stage.name()),
        Cell::styled(
            next(row),
            if mark(row) == "!" {
                Style::new()
            } else {
                style
            },
        ),
    ];
    if is_wide {
        cells.extend(wide(row).map(Cell::plain));
    }
    cells
}
