//! `--crd-pattern` of v2: globs of `group/kind`, separated by `;`, in any casing (FACTS (g)). Of kinds that it covers, v2
//! installs and upgrades the definitions.

use asogate_aso::settings::{CRD_PATTERN, V2};
use asogate_policy::{Input, ObjectId};

pub(crate) const TABLE: &str = "settings";

/// What is known of v2's Deployments.
pub(crate) struct Patterns<'a> {
    pub(crate) deployment: Option<ObjectId>,
    patterns: Vec<&'a str>,
}

impl<'a> Patterns<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Patterns<'a>, String> {
        let table = input.table(TABLE)?;
        let [operator, setting, value] = table.columns(["operator", "setting", "value"])?;
        let mut patterns = Patterns {
            deployment: None,
            patterns: vec![],
        };
        for row in input.now().rows(table) {
            if row.text(operator) != Some(V2) {
                continue;
            }
            match row.text(setting) {
                Some("deployment") => patterns.deployment = Some(row.object()),
                Some(CRD_PATTERN) => patterns.patterns.extend(row.text(value)),
                _ => {}
            }
        }
        Ok(patterns)
    }

    /// Whether v2 is told at all what to install. An old installation may have none and live on the definitions that are there.
    pub(crate) fn is_set(&self) -> bool {
        self.patterns
            .iter()
            .any(|pattern| !pattern.trim().is_empty())
    }

    /// Whether v2 installs the definition of this kind. Yes if no v2 is known: then nothing is known of what it installs.
    pub(crate) fn covers(&self, group: &str, kind: &str) -> bool {
        let resource = format!("{group}/{kind}").to_ascii_lowercase();
        self.deployment.is_none()
            || self
                .patterns
                .iter()
                .any(|pattern| covers(pattern, &resource))
    }
}

fn covers(pattern: &str, resource: &str) -> bool {
    let globs = pattern.split(';').map(str::trim);
    globs
        .filter(|glob| !glob.is_empty())
        .any(|glob| matches(&glob.to_ascii_lowercase(), resource))
}

/// Whether a text is of the form of a glob: `*` stands for any letters, `?` for one. In time of the product of the lengths at
/// worst, since the last `*` is the only one that is ever tried again.
fn matches(glob: &str, text: &str) -> bool {
    let (glob, text) = (glob.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(read) {
        match glob.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted == letter => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    read = taken + 1;
                }
                None => return false,
            },
        }
    }
    glob.get(at..)
        .unwrap_or(&[])
        .iter()
        .all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_v2_reads_them() {
        let redis = "cache.azure.com/redis";
        for pattern in [
            "*",
            "cache.azure.com/*",
            "x/y; Cache.Azure.com/REDIS ",
            "cache.azure.com/Red?s",
            "*/redis",
            "c*e.azure.com/*",
            "cache.azure.com/redis*",
        ] {
            assert!(covers(pattern, redis), "{pattern}");
        }
        for pattern in [
            "",
            ";",
            "cache.azure.com/redi",
            "cache.azure.com/redis?",
            "*.com",
            "cache.azure.com",
            "*b*/*",
        ] {
            assert!(!covers(pattern, redis), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(2000);
        assert!(!matches(&pattern, &"a".repeat(1999)));
        assert!(matches(&pattern, &"a".repeat(2000)));
    }
}
