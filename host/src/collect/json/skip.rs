//! Finds the ends of JSON values without looking at what they say, and whether they are JSON at all.
//!
//! Most of what an API server sends is passed over: what other writers own of each object, its status, values of pods. So
//! this is where the time goes, and strings are looked through 16 bytes at a time.

/// How deep maps and lists may nest in what is passed over. What is deeper is left to others.
const DEPTH: u32 = 60;

/// The end of the value that begins here, after white space; none if there is no value, or it is nested very deep.
pub(super) fn value(bytes: &[u8], at: usize) -> Option<usize> {
    // One bit for each level, the innermost lowest: whether it is a map.
    let (mut maps, mut depth) = (0u64, 0);
    let mut at = space(bytes, at);
    loop {
        // A value begins here.
        match *bytes.get(at)? {
            b'"' => at = string(bytes, at + 1)?,
            open @ (b'{' | b'[') => {
                let is_map = open == b'{';
                at = space(bytes, at + 1);
                let close = if is_map { b'}' } else { b']' };
                if *bytes.get(at)? == close {
                    at += 1;
                } else {
                    depth += 1;
                    if depth > DEPTH {
                        return None;
                    }
                    maps = maps << 1 | u64::from(is_map);
                    if is_map {
                        at = key(bytes, at)?;
                    }
                    continue;
                }
            }
            b't' => at = word(bytes, at, b"true")?,
            b'f' => at = word(bytes, at, b"false")?,
            b'n' => at = word(bytes, at, b"null")?,
            _ => at = number(bytes, at)?.0,
        }
        // A value ended here.
        loop {
            if depth == 0 {
                return Some(at);
            }
            at = space(bytes, at);
            let is_map = maps & 1 == 1;
            match *bytes.get(at)? {
                b',' => {
                    at = space(bytes, at + 1);
                    if is_map {
                        at = key(bytes, at)?;
                    }
                    break;
                }
                b'}' if is_map => at += 1,
                b']' if !is_map => at += 1,
                _ => return None,
            }
            maps >>= 1;
            depth -= 1;
        }
    }
}

/// Where the value begins whose key begins here.
fn key(bytes: &[u8], at: usize) -> Option<usize> {
    if *bytes.get(at)? != b'"' {
        return None;
    }
    let at = space(bytes, string(bytes, at + 1)?);
    (*bytes.get(at)? == b':').then(|| space(bytes, at + 1))
}

/// The first place from here on that is no white space.
pub(super) fn space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\t' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The end of a string, behind its closing quote, given where it begins behind the opening one.
pub(super) fn string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = special(bytes, at);
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => match *bytes.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                b'u' => {
                    let digits = bytes.get(at + 2..at + 6)?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return None;
                    }
                    at += 6;
                }
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// The first byte from here on that is no ordinary one in a string: a quote, a backslash or a control character.
pub(super) fn special(bytes: &[u8], at: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    #[expect(
        unsafe_code,
        reason = "the compiler wants to be told that there is no x86-64 without SSE2"
    )]
    // SAFETY: SSE2 is a part of x86-64, and the function is safe where it is there.
    return unsafe { sixteen_at_once(bytes, at) };
    #[cfg(not(target_arch = "x86_64"))]
    one_by_one(bytes, at)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn sixteen_at_once(bytes: &[u8], mut at: usize) -> usize {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8,
    };
    let quote = _mm_set1_epi8(b'"'.cast_signed());
    let backslash = _mm_set1_epi8(b'\\'.cast_signed());
    let control = _mm_set1_epi8(0x1f);
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let bits = u128::from_le_bytes(*block);
        let block = _mm_set_epi64x((bits >> 64) as i64, bits as i64);
        let ends = _mm_or_si128(
            _mm_cmpeq_epi8(block, quote),
            _mm_cmpeq_epi8(block, backslash),
        );
        let controls = _mm_cmpeq_epi8(_mm_min_epu8(block, control), block);
        let found = _mm_movemask_epi8(_mm_or_si128(ends, controls));
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += 16;
    }
    one_by_one(bytes, at)
}

fn one_by_one(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or(&[]);
    let found = rest
        .iter()
        .position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\'));
    at + found.unwrap_or(rest.len())
}

/// The end of a word, if it stands here.
pub(super) fn word(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes
        .get(at..)?
        .starts_with(word)
        .then_some(at + word.len())
}

/// The end of a number, and whether it is whole.
pub(super) fn number(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match *bytes.get(at)? {
        b'0' => at + 1,
        b'1'..=b'9' => digits(bytes, at)?,
        _ => return None,
    };
    let mut whole = true;
    if bytes.get(at) == Some(&b'.') {
        whole = false;
        at = digits(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        whole = false;
        let signed = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        at = digits(bytes, at + 1 + usize::from(signed))?;
    }
    Some((at, whole))
}

/// The end of one or more digits.
fn digits(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some(at + count)
}
