//! What text of a guest may look like, since people read it in terminals, logs and web pages.

/// What about a text forbids to show it, after the name of the text.
pub(super) fn unfit(text: &str, longest: usize) -> Option<String> {
    if text.trim().is_empty() {
        return Some("is empty".into());
    }
    if text.len() > longest {
        return Some(format!("has {} bytes; the limit is {longest}", text.len()));
    }
    let character = text.chars().find(|character| hides(*character))?;
    Some(format!(
        "contains the control character U+{:04X}; text from the cluster must be escaped before it is shown",
        character as u32
    ))
}

/// The same for text of several lines.
pub(super) fn unfit_lines(text: &str, longest: usize) -> Option<String> {
    unfit(&text.replace('\n', " "), longest)
}

/// Text of a guest, fit to be shown whatever it is: control characters escaped, cut at the limit.
pub(in crate::engine) fn shown(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if shown.len() + character.len_utf8() > longest {
            shown.push('…');
            break;
        }
        if hides(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether a character changes how others are shown: controls, line separators, and those that turn the direction of text.
fn hides(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{061c}'
        )
        || ('\u{202a}'..='\u{202e}').contains(&character)
        || ('\u{2066}'..='\u{2069}').contains(&character)
}

/// Whether a name is written as codes and policies are: `a-z`, digits and single dashes, a letter first.
pub(super) fn is_kebab_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_could_forge_a_terminal_is_unfit_and_can_still_be_shown() {
        for text in ["a\u{1b}[2Jb", "a\nb", "a\u{202e}b", "a\u{85}b", "", "  "] {
            assert!(unfit(text, 100).is_some(), "{text:?}");
            assert!(!shown(text, 100).chars().any(hides), "{text:?}");
        }
        assert_eq!(unfit("größer: `→` 🔒", 100), None);
        assert_eq!(unfit_lines("one\ntwo", 100), None);
        assert!(unfit_lines("one\r\ntwo", 100).is_some());
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(shown("ééé", 5), "éé…");
        assert_eq!(shown("ééé", 6), "ééé");
    }

    #[test]
    fn names_are_kebab_case() {
        assert!(is_kebab_case("unprotected-delete") && is_kebab_case("v1-name"));
        for name in ["", "-a", "a-", "a--b", "A", "a_b", "1a", "a b", "a/b"] {
            assert!(!is_kebab_case(name), "{name:?}");
        }
    }
}
