//! How far two short names are apart, to tell a misspelling from another thing.

/// The number of letters that must be added, removed, replaced or swapped with their neighbour to get from one name to the
/// other, up to `limit`; `None` if it is more. Counted in bytes, which is enough for the ASCII names that are compared.
pub fn distance(left: &str, right: &str, limit: usize) -> Option<usize> {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    // What is looked up comes from users, so its length must not decide how long this takes.
    if left.len().abs_diff(right.len()) > limit {
        return None;
    }
    let width = right.len() + 1;
    let mut two_ago: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX);
    for (i, byte) in left.iter().enumerate() {
        let mut row = Vec::with_capacity(width);
        row.push(i + 1);
        for (j, other) in right.iter().enumerate() {
            let replaced = at(&last, j) + usize::from(byte != other);
            let mut best = replaced.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped =
                i > 0 && j > 0 && left.get(i - 1) == Some(other) && right.get(j - 1) == Some(byte);
            if swapped {
                best = best.min(at(&two_ago, j - 1) + 1);
            }
            row.push(best);
        }
        two_ago = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|&distance| distance <= limit)
}

/// A key without its prefix, in lower case and without the marks that people put between words.
pub(crate) fn letters(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_slips() {
        assert_eq!(distance("skipreconcile", "skipreconcile", 2), Some(0));
        assert_eq!(distance("skipreconcile", "skipreconsile", 2), Some(1));
        assert_eq!(distance("skipreconcile", "skipreconclie", 2), Some(1));
        assert_eq!(distance("skipreconcile", "skipreconciled", 2), Some(1));
        assert_eq!(distance("skipreconcile", "skpreconcle", 2), Some(2));
        assert_eq!(distance("skipreconcile", "reconcilepolicy", 2), None);
        assert_eq!(distance("", "ab", 2), Some(2));
        assert_eq!(distance("a", "aaaaaaaaaa", 2), None);
    }
}
