//! The codes of runbooks: names, default levels, and what `asogate explain` says of them, which is `docs/runbook.md`.

use asogate_core::finding::{Code, Level};

/// Takes the place of a policy in codes: `runbook/ambiguous-name`.
pub const POLICY: &str = "runbook";

/// One thing that can be wrong with a command of a runbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// Its name, unique among the codes of runbooks.
    pub name: &'static str,
    /// The levels it is found at, the usual one first.
    pub levels: &'static [Level],
    /// What it is, in one line.
    pub summary: &'static str,
}

const DENY: &[Level] = &[Level::Deny];
const WARN: &[Level] = &[Level::Warn];
const BOTH: &[Level] = &[Level::Deny, Level::Warn];

/// Every code, sorted by name.
pub const CODES: [CodeInfo; 13] = [
    code(
        "all-namespaces",
        DENY,
        "objects of all namespaces are listed, but changed in one",
    ),
    code(
        "ambiguous-name",
        BOTH,
        "a type without its group is one of v1 and of v2, or of several groups",
    ),
    code(
        "asoctl-provider-case",
        DENY,
        "the provider in an Azure id has the wrong letter case, so no children are imported",
    ),
    code(
        "asoctl-single-dash",
        DENY,
        "asoctl reads a long option with one dash as something else",
    ),
    code(
        "asoctl-unattended",
        BOTH,
        "asoctl without `-s` and `-o` says nothing of what failed, or writes nothing",
    ),
    code(
        "asoctl-without-skip",
        WARN,
        "the import does not carry the policy `skip`",
    ),
    code(
        "asogate-usage",
        DENY,
        "a command of asogate that it does not take",
    ),
    code(
        "bare-delete",
        BOTH,
        "objects of an operator are deleted without a check before it",
    ),
    code(
        "delete-crd",
        DENY,
        "a definition is deleted, and every object of its kind with it",
    ),
    code(
        "delete-namespace",
        DENY,
        "a namespace is deleted, and every object in it",
    ),
    code(
        "misspelt-annotation",
        DENY,
        "an annotation or its value is one that the operator does not look at",
    ),
    code(
        "no-overwrite",
        WARN,
        "`kubectl annotate` without `--overwrite` leaves a value that is there already",
    ),
    code(
        "unversioned-v2",
        DENY,
        "a v2 object is edited in an older API version, which loses fields",
    ),
];

const fn code(name: &'static str, levels: &'static [Level], summary: &'static str) -> CodeInfo {
    CodeInfo {
        name,
        levels,
        summary,
    }
}

/// A code by its name.
pub fn find(name: &str) -> Option<&'static CodeInfo> {
    CODES.iter().find(|code| code.name == name)
}

impl CodeInfo {
    /// What it means, why it matters and what to do: its section of `docs/runbook.md`.
    pub fn explanation(&self) -> &'static str {
        let heading = format!("\n## {}\n", self.name);
        let section = include_str!("../../../docs/runbook.md").split_once(&heading);
        let section = section.map_or("", |(_, section)| section);
        section.split("\n## ").next().unwrap_or("").trim()
    }

    /// The full name.
    pub fn code(&self) -> Code {
        Code {
            policy: POLICY.into(),
            code: self.name.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_sorted_and_each_has_its_section() {
        assert!(CODES.is_sorted_by(|left, right| left.name < right.name));
        for code in &CODES {
            assert!(code.explanation().len() > 100, "{}", code.name);
        }
        let document = include_str!("../../../docs/runbook.md");
        let headings = document.lines().filter_map(|line| line.strip_prefix("## "));
        let headings: BTreeSet<&str> = headings.filter(|heading| !heading.contains(' ')).collect();
        let names: BTreeSet<&str> = CODES.iter().map(|code| code.name).collect();
        assert_eq!(headings, names);
    }
}
