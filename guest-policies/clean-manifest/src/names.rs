//! Names that Kubernetes allows for objects: letters in lower case, digits, `-` and `.`, with a letter or digit at both ends of
//! every part between dots, at most 253 in all (RFC 1123 subdomains).

use crate::say;
use asogate_policy::Finding;

/// The longest name.
const LIMIT: usize = 253;

/// What is wrong with the name of a new object.
pub(crate) fn judge(name: &str) -> Option<Finding> {
    (!is_legal(name)).then(|| say::illegal_name(name, suggestion(name).as_deref()))
}

fn is_legal(name: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_part = |part: &str| {
        let inner = part
            .bytes()
            .all(|byte| is_alphanumeric(byte) || byte == b'-');
        let ends = [part.bytes().next(), part.bytes().next_back()];
        inner && ends.into_iter().all(|end| end.is_some_and(is_alphanumeric))
    };
    name.len() <= LIMIT && name.split('.').all(is_part)
}

/// The name that asoctl makes of this one: in lower case, every other letter becomes `-`, without runs (FACTS (f)).
fn suggestion(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let parts = lower.split(|letter: char| !letter.is_ascii_alphanumeric());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let suggestion = parts.join("-");
    is_legal(&suggestion).then_some(suggestion)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_api_server_takes() {
        for name in ["a", "shop-rg", "a.b-c.9", "0", &"x".repeat(253)] {
            assert!(is_legal(name), "{name}");
        }
        let illegal = [
            "", "A", "a_b", "-a", "a-", "a..b", "a.-b", "ä", "a b", "a\n",
        ];
        for name in illegal.into_iter().chain([&*"x".repeat(254)]) {
            assert!(!is_legal(name), "{name:?}");
        }
    }

    #[test]
    fn suggestions_are_those_of_asoctl() {
        assert_eq!(
            suggestion("Orders_Created").as_deref(),
            Some("orders-created")
        );
        assert_eq!(suggestion("$Default").as_deref(), Some("default"));
        assert_eq!(
            suggestion("azure.extensions").as_deref(),
            Some("azure-extensions")
        );
        assert_eq!(suggestion("__"), None);
    }
}
