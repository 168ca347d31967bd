//! Which names and keys Kubernetes allows. v2 admits others, and the export then fails (OBSERVED 2.y).

/// The longest name and the longest key.
const MAX_LENGTH: usize = 253;

/// What is wrong with a name of a Secret or ConfigMap; none if it is a DNS subdomain as RFC 1123 has it.
pub(crate) fn name_problem(name: &str) -> Option<&'static str> {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = bytes.first().zip(bytes.last());
        ends.is_some_and(|(first, last)| alphanumeric(*first) && alphanumeric(*last))
            && bytes
                .iter()
                .all(|byte| alphanumeric(*byte) || *byte == b'-')
    };
    if name.is_empty() {
        Some("is empty")
    } else if name.len() > MAX_LENGTH {
        Some("is longer than 253 characters")
    } else if !name.split('.').all(label) {
        Some(
            "is not made of lower-case letters, digits, `-` and `.`, with a letter or digit at both ends of each part",
        )
    } else {
        None
    }
}

/// What is wrong with a key of a Secret or ConfigMap.
pub(crate) fn key_problem(key: &str) -> Option<&'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if key.is_empty() {
        Some("is empty")
    } else if key.len() > MAX_LENGTH {
        Some("is longer than 253 characters")
    } else if !key.bytes().all(allowed) {
        Some("is not made of letters, digits, `-`, `_` and `.`")
    } else if key == "." || key.starts_with("..") {
        Some("is `.` or begins with `..`, which stands for a folder where Secrets are mounted")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_subdomains() {
        for name in ["a", "shop-redis", "0.redis.shop", "a--b", &"a".repeat(253)] {
            assert_eq!(name_problem(name), None, "{name}");
        }
        let long = "a".repeat(254);
        for name in [
            "", "Bad_Name", "-a", "a-", "a..b", ".a", "a.", "a b", "größe", &long,
        ] {
            assert!(name_problem(name).is_some(), "{name}");
        }
    }

    #[test]
    fn keys_may_have_capitals_and_underscores() {
        for key in [
            "primaryKey",
            "a_b",
            ".dockerconfigjson",
            "tls.crt",
            "A",
            "-",
        ] {
            assert_eq!(key_problem(key), None, "{key}");
        }
        for key in ["", "bad key/", ".", "..", "..data", "ü", &"k".repeat(254)] {
            assert!(key_problem(key).is_some(), "{key}");
        }
    }
}
