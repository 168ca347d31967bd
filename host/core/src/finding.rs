//! What policies say: codes, levels and findings about objects.

use crate::object::ObjectId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The step must not run.
    Deny,
    /// A person should look.
    Warn,
    /// Worth knowing.
    Info,
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Level::Deny => "deny",
            Level::Warn => "warn",
            Level::Info => "info",
        })
    }
}

/// The full name of what a policy can find. Written `policy/code`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Code {
    /// The policy's id.
    pub policy: String,
    /// The code, unique within the policy.
    pub code: String,
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.policy, self.code)
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        code.to_string()
    }
}

impl TryFrom<String> for Code {
    type Error = String;

    fn try_from(text: String) -> Result<Code, String> {
        match text.split_once('/') {
            Some((policy, code))
                if !policy.is_empty() && !code.is_empty() && !code.contains('/') =>
            {
                Ok(Code {
                    policy: policy.into(),
                    code: code.into(),
                })
            }
            _ => Err(format!(
                "`{text}` is not a code; codes are written `policy/code`"
            )),
        }
    }
}

/// When a finding is true, in terms of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// From the change with this number (from 1) on, or the change itself is what is wrong.
    Change(u32),
    /// Before the plan and after it.
    Standing,
    /// Before the plan, and no longer after it.
    Mended,
}

/// Something a person can do about a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Remedy {
    /// A command line to paste.
    Command(String),
    /// What to change in the file in which the object stands.
    Edit(String),
    /// Anything else, in words.
    Advice(String),
}

/// One statement of a policy about one object, as the policy made it (placeholders not yet replaced) and with the level
/// that the policy gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub code: Code,
    /// How bad the policy says it is; configuration may change it before a verdict is made.
    pub level: Level,
    /// The object it is about, or the plan as a whole.
    pub object: Option<ObjectId>,
    /// When it is true.
    pub moment: Moment,
    /// The path in the object that is wrong.
    pub column: Option<String>,
    /// What is wrong, in one line.
    pub message: String,
    /// What would happen because of it, in one line.
    pub why: String,
    /// What can be done.
    pub remedies: Vec<Remedy>,
    /// Other objects that play a part.
    pub related: Vec<ObjectId>,
    /// Findings about the same object that would be its cause.
    pub follows: Vec<Code>,
}

/// What a policy answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It judged; these are its findings (maybe none).
    Judged(Vec<Finding>),
    /// It does not apply to this step.
    NotApplicable,
    /// It reported that it cannot answer, in its own words.
    Declined(String),
    /// It broke: it trapped, exceeded a limit, or said what it had not declared. In words, with policy, cause and limit.
    Broke(String),
}
