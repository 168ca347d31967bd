//! Accepted findings: who accepted what, why, and until when.

use crate::statement::Statement;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An accepted finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waiver {
    /// `policy/code`; `*` stands for any text, as in `supported-kind/*`.
    pub code: String,
    /// The subject as messages write it, `Kind.group namespace/name`; `*` stands for any text. `plan` for findings about
    /// the plan as a whole, the command on one line for findings about a runbook.
    pub subject: String,
    /// Why the finding is accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// The last day on which the waiver counts.
    pub expires: Date,
}

/// Why a waiver is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaiverError {
    /// A field that must say something says nothing.
    #[error(
        "a waiver of `{code}` for `{subject}` has no {}; fill in {}, or delete the waiver",
        fields.join(" and no "),
        fields.iter().map(|field| meaning(field)).collect::<Vec<_>>().join(" and ")
    )]
    Empty {
        /// The waiver's code, as far as it has one.
        code: String,
        /// The waiver's subject, as far as it has one.
        subject: String,
        /// The fields, in the order in which they are written.
        fields: Vec<&'static str>,
    },
    /// A code that is not `policy/code`.
    #[error("`{0}` is not a code that a waiver can name; write `policy/code` or `policy/*`")]
    Code(String),
}

/// What belongs into a field.
fn meaning(field: &str) -> &'static str {
    match field {
        "code" => "`code`: which finding, as `policy/code`",
        "subject" => "`subject`: about which object",
        "reason" => "`reason`: why the finding is accepted",
        _ => "`owner`: who accepts it",
    }
}

impl WaiverError {
    /// The first field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            WaiverError::Empty { fields, .. } => fields.first().copied().unwrap_or("code"),
            WaiverError::Code(_) => "code",
        }
    }
}

impl Waiver {
    /// A waiver of this statement alone, whose reason and owner somebody has to fill in before it is one (see
    /// [`Waiver::validate`]).
    pub fn draft(statement: &Statement, expires: Date) -> Waiver {
        Waiver {
            code: statement.code.to_string(),
            subject: statement.subject_text(),
            reason: String::new(),
            owner: String::new(),
            expires,
        }
    }

    /// The policy whose findings it covers.
    pub fn policy(&self) -> &str {
        self.code.split('/').next().unwrap_or("")
    }

    /// Checks that every field says something and the code is one.
    ///
    /// # Errors
    ///
    /// [`WaiverError`] with the field that is missing.
    pub fn validate(&self) -> Result<(), WaiverError> {
        let fields = [
            ("code", &self.code),
            ("subject", &self.subject),
            ("reason", &self.reason),
            ("owner", &self.owner),
        ];
        let empty = fields
            .into_iter()
            .filter(|(_, text)| text.trim().is_empty());
        let fields: Vec<&str> = empty.map(|(field, _)| field).collect();
        if !fields.is_empty() {
            return Err(WaiverError::Empty {
                code: self.code.clone(),
                subject: self.subject.clone(),
                fields,
            });
        }
        match self.code.split_once('/') {
            // A waiver for every policy would be a switch to turn the gate off.
            Some((policy, code))
                if !policy.contains('*') && !policy.is_empty() && !code.is_empty() =>
            {
                Ok(())
            }
            _ => Err(WaiverError::Code(self.code.clone())),
        }
    }

    /// Whether the waiver still counts on this day.
    pub fn is_valid_on(&self, today: Date) -> bool {
        today <= self.expires
    }

    /// Whether the waiver is about this statement, whatever the day.
    pub fn matches(&self, statement: &Statement) -> bool {
        glob(&self.code, &statement.code.to_string())
            && glob(&self.subject, &statement.subject_text())
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any text. Linear in the length of both for one `*`, and
/// never worse than their product.
fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or(""),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiver() -> Waiver {
        Waiver {
            code: "namespace/default".into(),
            subject: "Redis.cache.azure.com default/*".into(),
            reason: "moves next week".into(),
            owner: "ana".into(),
            expires: jiff::civil::date(2026, 12, 31),
        }
    }

    #[test]
    fn globs_match_whole_texts() {
        for (pattern, text, matches) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abcd", false),
            ("*", "", true),
            ("ab*ba", "aba", false),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn a_waiver_counts_on_its_last_day_and_not_after() {
        assert!(waiver().is_valid_on(jiff::civil::date(2026, 12, 31)));
        assert!(!waiver().is_valid_on(jiff::civil::date(2027, 1, 1)));
    }

    #[test]
    fn incomplete_and_boundless_waivers_are_refused() {
        assert_eq!(waiver().validate(), Ok(()));
        let no_reason = Waiver {
            reason: " ".into(),
            ..waiver()
        };
        let error = no_reason.validate().unwrap_err();
        assert_eq!(error.field(), "reason");
        assert_eq!(
            error.to_string(),
            "a waiver of `namespace/default` for `Redis.cache.azure.com default/*` has no reason; \
             fill in `reason`: why the finding is accepted, or delete the waiver"
        );
        for code in ["*/*", "*", "namespace", "/x", "namespace/"] {
            let boundless = Waiver {
                code: code.into(),
                ..waiver()
            };
            assert!(
                matches!(boundless.validate(), Err(WaiverError::Code(_))),
                "{code}"
            );
        }
    }
}
