//! Standard base64 with padding, as Go's `base64.StdEncoding` decodes it: line breaks are skipped, nothing else is.

/// The decoded bytes; none if the text is not base64.
pub(in crate::collect) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut digits, mut padding) = (0u32, 0u32, 0u32);
    for byte in text.bytes() {
        let digit = match byte {
            b'\r' | b'\n' => continue,
            b'=' => {
                padding += 1;
                continue;
            }
            _ if padding > 0 => return None,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        digits += 1;
        if digits == 4 {
            bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, digits) = (0, 0);
        }
    }
    match (digits, padding) {
        (0, 0) => {}
        (2, 2) => bytes.push((bits >> 4) as u8),
        (3, 1) => bytes.extend_from_slice(&((bits >> 2) as u16).to_be_bytes()),
        _ => return None,
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn base64_is_decoded_as_go_decodes_it() {
        assert_eq!(decode("").as_deref(), Some(&b""[..]));
        assert_eq!(decode("aA==").as_deref(), Some(&b"h"[..]));
        assert_eq!(decode("aGU=").as_deref(), Some(&b"he"[..]));
        assert_eq!(decode("aGVs\r\nbG8h\n").as_deref(), Some(&b"hello!"[..]));
        for wrong in [
            "a",
            "aA",
            "aA=",
            "aGVs bG8=",
            "aGVs=",
            "====",
            "aA==aA==",
            "aG-_",
        ] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
