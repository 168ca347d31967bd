//! Drafts of waivers, as a configuration file to be filled in.

use crate::config::{API_VERSION, KIND};
use asogate_core::statement::Statement;
use asogate_core::waiver::Waiver;
use jiff::civil::Date;
use std::fmt::Write;

/// Where editors find what a configuration looks like.
const SCHEMA: &str = "https://asogate.dev/schemas/asogate.schema.json";

/// A configuration of nothing but waivers of these statements, with empty reasons and owners, which the reader of
/// configurations refuses until they are filled in. Statements with one code and subject share a waiver.
pub fn draft(statements: &[&Statement], expires: Date) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema={SCHEMA}\n\
         # Drafts of waivers for what was denied. Fill in the reason and the owner of each finding that you accept, and delete\n\
         # the others: a draft is refused as it is.\n\
         apiVersion: {API_VERSION}\nkind: {KIND}\nwaivers:\n"
    );
    let mut drafted: Vec<Waiver> = vec![];
    for statement in statements {
        let waiver = Waiver::draft(statement, expires);
        if drafted.contains(&waiver) {
            continue;
        }
        let (code, subject) = (quote(&waiver.code), quote(&waiver.subject));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  # {}\n  - code: {code}\n    subject: {subject}\n    reason: \"\"\n    owner: \"\"\n    expires: {expires}",
            on_one_line(&statement.message)
        );
        drafted.push(waiver);
    }
    text
}

/// How many waivers [`draft`] writes for these statements.
pub fn count(statements: &[&Statement]) -> usize {
    let mut keys: Vec<_> = statements
        .iter()
        .map(|statement| (&statement.code, statement.subject_text()))
        .collect();
    keys.sort();
    keys.dedup();
    keys.len()
}

/// A text between quotes, as YAML and JSON both read it.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn on_one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
