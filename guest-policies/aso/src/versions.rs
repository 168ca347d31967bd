//! The order of v2's API versions, and which one kubectl picks when a command names none.
//!
//! One object can be addressed in any served version, but what it is written in last decides what is kept: an older
//! version drops the fields that it does not know (FACTS 0.11, OBSERVED N1).

use std::cmp::Ordering;

/// What a version says: the date of the Azure API, and whether that is a preview. `v1api20240101` and `v20240101` are two
/// spellings of one Azure API (FACTS (b)). `None` for versions without a date (`v1` of database users).
pub fn azure_api(version: &str) -> Option<(&str, bool)> {
    let version = version.strip_suffix("storage").unwrap_or(version);
    let (version, preview) = match version.strip_suffix("preview") {
        Some(stable) => (stable, true),
        None => (version, false),
    };
    let date = version
        .strip_prefix("v1api")
        .or_else(|| version.strip_prefix('v'))?;
    let is_date = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
    is_date.then_some((date, preview))
}

/// How two versions are related in time: by date, and at the same date the preview is the older one. `None` if one of them
/// has no date.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left_date, left_preview) = azure_api(left)?;
    let (right_date, right_preview) = azure_api(right)?;
    Some(
        left_date
            .cmp(right_date)
            .then(right_preview.cmp(&left_preview)),
    )
}

/// Whether an object in `version` loses fields compared with `than`.
pub fn is_older(version: &str, than: &str) -> bool {
    compare(version, than) == Some(Ordering::Less)
}

/// The version that an unversioned kubectl command uses, of those that a kind is served in: names of the form `v<N>` come
/// first, the highest number leading; the others follow in the order of their letters, so the OLDEST `v1api…` leads
/// (FACTS 0.11; OBSERVED N1, the rule of discovery).
pub fn kubectl_pick<'a>(versions: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let rank = |version: &&str| {
        let digits = version.strip_prefix('v').unwrap_or("");
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let digits = digits.trim_start_matches('0');
        // The longer number is the higher one; `Reverse` puts it first.
        plain.then_some(std::cmp::Reverse((digits.len(), digits.to_owned())))
    };
    versions
        .into_iter()
        .min_by(|left, right| match (rank(left), rank(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => left.cmp(right),
        })
}

/// The version in which asoctl imports a kind, of those that it knows: the newest one that is not a preview, the newer
/// spelling of two; a preview only if there is nothing else (FACTS (b), OBSERVED 4 "Versions emitted").
pub fn asoctl_import<'a>(versions: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let rank = |version: &&str| {
        let (date, preview) = azure_api(version).unwrap_or(("", false));
        (!preview, date.to_owned(), !version.starts_with("v1api"))
    };
    versions.into_iter().max_by_key(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_one_azure_api_are_equal() {
        assert_eq!(compare("v1api20240101", "v20240101"), Some(Ordering::Equal));
        assert!(is_older("v1api20211101", "v1api20240101"));
        assert!(is_older("v1api20240101", "v20250601"));
        assert!(is_older("v1api20210401preview", "v1api20210401"));
        assert!(!is_older("v20250601", "v1api20240101"));
        assert!(
            !is_older("v1", "v20250601"),
            "a version without a date is not comparable"
        );
    }

    #[test]
    fn storage_versions_compare_like_the_versions_they_store() {
        assert_eq!(
            compare("v20241101storage", "v1api20241101"),
            Some(Ordering::Equal)
        );
    }

    #[test]
    fn kubectl_picks_the_oldest_version_where_none_is_a_plain_number() {
        assert_eq!(
            kubectl_pick(["v1api20240101", "v1api20211101"]),
            Some("v1api20211101")
        );
        assert_eq!(
            kubectl_pick([
                "v1api20210401",
                "v20220901",
                "v20250601",
                "v20250101preview"
            ]),
            Some("v20250601")
        );
        assert_eq!(kubectl_pick([]), None);
    }

    #[test]
    fn asoctl_imports_the_newest_version_that_is_no_preview() {
        assert_eq!(
            asoctl_import([
                "v1api20231230",
                "v20231230",
                "v20241230",
                "v20250601preview"
            ]),
            Some("v20241230")
        );
        assert_eq!(
            asoctl_import(["v1api20210501preview"]),
            Some("v1api20210501preview")
        );
    }
}
