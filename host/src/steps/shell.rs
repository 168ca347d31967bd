//! Words of command lines that people paste into a shell.

/// Quotes a word for a POSIX shell, if it needs quotes.
pub fn quote(word: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./=:@%+,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_so_that_no_name_becomes_a_command() {
        assert_eq!(quote("shop"), "shop");
        assert_eq!(quote("$(x)'; rm"), r"'$(x)'\''; rm'");
        assert_eq!(quote(""), "''");
    }
}
