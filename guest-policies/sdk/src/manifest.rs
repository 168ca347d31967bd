//! What a policy says about itself: id, codes with their levels, the steps it judges, and the schema of its settings.

use crate::finding::Level;

/// One thing that a policy can find. Policies keep theirs in one table:
///
/// ```
/// use asogate_policy::{Code, Level};
///
/// const CODES: &[Code] = &[
///     Code::deny("unprotected-delete", "the plan deletes an object that nothing protects"),
///     Code::warn("operator-not-running", "the operator that has to act is not there").or(&[Level::Deny]),
/// ];
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// Stable, kebab-case; users see `policy/name`.
    pub name: &'static str,
    /// Level of findings that do not say another one.
    pub default_level: Level,
    /// Other levels that findings of this code may have.
    pub other_levels: &'static [Level],
    /// One line: what the code says.
    pub summary: &'static str,
}

impl Code {
    /// A code that forbids the step.
    pub const fn deny(name: &'static str, summary: &'static str) -> Code {
        Code::new(name, Level::Deny, summary)
    }

    /// A code at which a person should look.
    pub const fn warn(name: &'static str, summary: &'static str) -> Code {
        Code::new(name, Level::Warn, summary)
    }

    /// A code that is worth knowing.
    pub const fn info(name: &'static str, summary: &'static str) -> Code {
        Code::new(name, Level::Info, summary)
    }

    const fn new(name: &'static str, default_level: Level, summary: &'static str) -> Code {
        Code {
            name,
            default_level,
            other_levels: &[],
            summary,
        }
    }

    /// Declares that findings of this code may have these levels too.
    pub const fn or(self, other_levels: &'static [Level]) -> Code {
        Code {
            other_levels,
            ..self
        }
    }

    /// Whether a finding of this code may have this level.
    pub fn allows(&self, level: Level) -> bool {
        self.default_level == level || self.other_levels.contains(&level)
    }
}

/// Who a policy is and what it can say. Made in [`Policy::manifest`](crate::Policy::manifest).
#[derive(Clone, Debug)]
pub struct Manifest {
    pub(crate) id: &'static str,
    pub(crate) version: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) readme: &'static str,
    pub(crate) codes: &'static [Code],
    pub(crate) steps: &'static [&'static str],
    pub(crate) settings_schema: &'static str,
}

/// The schema of a policy without settings.
const NO_SETTINGS: &str = r#"{"type":"object","additionalProperties":false}"#;

impl Manifest {
    /// The policy `id` of this version (`env!("CARGO_PKG_VERSION")`), whose README (`include_str!("../README.md")`)
    /// explains each code below a heading `## code`, so that the README and `asogate explain` cannot differ.
    pub const fn new(id: &'static str, version: &'static str, readme: &'static str) -> Manifest {
        Manifest {
            id,
            version,
            summary: "",
            readme,
            codes: &[],
            steps: &[],
            settings_schema: NO_SETTINGS,
        }
    }

    /// One line: the invariant that the policy guards.
    pub const fn summary(mut self, summary: &'static str) -> Manifest {
        self.summary = summary;
        self
    }

    /// What the policy can find.
    pub const fn codes(mut self, codes: &'static [Code]) -> Manifest {
        self.codes = codes;
        self
    }

    /// The steps for which the policy has something to say (`lint` for judging files alone). Without this: all of them.
    pub const fn steps(mut self, steps: &'static [&'static str]) -> Manifest {
        self.steps = steps;
        self
    }

    /// JSON Schema (2020-12) of the settings. Without this, the policy takes none.
    pub const fn settings_schema(mut self, schema: &'static str) -> Manifest {
        self.settings_schema = schema;
        self
    }

    /// The text that explains a code: what stands below its heading in the README, up to the next heading of the same
    /// or a higher level. None if the README has no such heading.
    pub fn explanation(&self, code: &str) -> Option<&'static str> {
        sections(self.readme)
            .find(|(heading, _)| *heading == code)
            .map(|(_, text)| text)
    }

    /// The headings of the README that look like codes: second level, in kebab-case (with or without backticks).
    pub fn documented_codes(&self) -> impl Iterator<Item = &'static str> {
        sections(self.readme)
            .map(|(heading, _)| heading)
            .filter(|heading| is_code(heading))
    }
}

fn is_code(heading: &str) -> bool {
    !heading.is_empty()
        && heading
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The second-level sections of a README: heading without backticks, and the text below it. Lines inside fenced code
/// blocks are never headings.
fn sections(readme: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut headings = Vec::new();
    let (mut offset, mut fenced) = (0, false);
    for line in readme.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && (line.starts_with("## ") || line.starts_with("# ")) {
            headings.push((offset, offset + line.len(), line));
        }
        offset += line.len();
    }
    let ends: Vec<usize> = headings
        .iter()
        .skip(1)
        .map(|(start, ..)| *start)
        .chain([readme.len()])
        .collect();
    headings
        .into_iter()
        .zip(ends)
        .filter_map(|((_, start, line), end)| {
            let heading = line.strip_prefix("## ")?.trim().trim_matches('`');
            Some((heading, readme.get(start..end).unwrap_or("").trim()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# p\n\nGuards.\n\n## `first-code`\n\nText.\n\n### Detail\n\nMore.\n\n```yaml\n## no-heading\n```\n\n## second\nLast.\n\n## Example\n\nx\n";

    #[test]
    fn the_text_below_a_heading_explains_the_code() {
        let manifest = Manifest::new("p", "1.0.0", README);
        assert_eq!(
            manifest.explanation("first-code"),
            Some("Text.\n\n### Detail\n\nMore.\n\n```yaml\n## no-heading\n```")
        );
        assert_eq!(manifest.explanation("second"), Some("Last."));
        assert_eq!(manifest.explanation("no-heading"), None);
        assert_eq!(
            manifest.documented_codes().collect::<Vec<_>>(),
            ["first-code", "second"]
        );
    }
}
