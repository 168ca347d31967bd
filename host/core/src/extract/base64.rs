//! Decodes the values of Secrets into a buffer that is overwritten after use.

use std::fmt;

/// Bytes that are overwritten before they are given up.
#[derive(Default)]
pub(super) struct Wiped {
    /// Zeros but for the bytes in use.
    bytes: Vec<u8>,
    used: usize,
}

impl Wiped {
    pub(super) fn wipe(&mut self) {
        if let Some(used) = self.bytes.get_mut(..self.used) {
            used.fill(0);
        }
        self.used = 0;
        // Keeps the compiler from leaving out a write that nothing reads.
        std::hint::black_box(&mut self.bytes);
    }

    /// Decodes base64 (the standard alphabet with padding, line breaks skipped, as Kubernetes reads it).
    pub(super) fn decode(&mut self, text: &str) -> Option<&[u8]> {
        self.wipe();
        // Room for all bytes and the two that each write of eight digits has too many. The buffer must not move while it is
        // filled, or it would leave a copy behind.
        let room = text.len() / 4 * 3 + 8;
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
        // Counted as used before they are written, so that they are wiped whatever happens.
        self.used = room;
        let written = decode(text.as_bytes(), &mut self.bytes)?;
        self.bytes.get(..written)
    }
}

/// Decodes into `out`, which has room for it, and gives the number of bytes.
fn decode(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let (mut rest, mut written) = (text, 0);
    // Without line breaks, all but the last digits go eight at a time.
    while let Some((eight, after)) = rest.split_first_chunk::<8>()
        && let Some(place) = out.get_mut(written..written + 8)
    {
        let (mut bits, mut all) = (0u64, 0);
        for byte in eight {
            let digit = digit(*byte);
            all |= digit;
            bits = bits << 6 | u64::from(digit);
        }
        if all >= 64 {
            break;
        }
        place.copy_from_slice(&(bits << 16).to_be_bytes());
        written += 6;
        rest = after;
    }
    let mut push = |byte: u8| {
        let place = out.get_mut(written)?;
        *place = byte;
        written += 1;
        Some(())
    };
    let (mut bits, mut digits, mut padding) = (0u32, 0, 0);
    for &byte in rest {
        match (byte, digit(byte)) {
            (b'\r' | b'\n', _) => continue,
            (b'=', _) => padding += 1,
            (_, digit) if digit < 64 && padding == 0 => {
                bits = bits << 6 | u32::from(digit);
                digits += 1;
            }
            _ => return None,
        }
        if digits == 4 {
            let [_, bytes @ ..] = bits.to_be_bytes();
            bytes.into_iter().try_for_each(&mut push)?;
            (bits, digits) = (0, 0);
        }
    }
    match (digits, padding) {
        (0, 0) => {}
        (2, 2) => push((bits >> 4) as u8)?,
        (3, 1) => {
            push((bits >> 10) as u8)?;
            push((bits >> 2) as u8)?;
        }
        _ => return None,
    }
    Some(written)
}

/// The value of each base64 digit; 255 for every other byte.
#[expect(
    clippy::indexing_slicing,
    reason = "the compiler evaluates this, and would refuse an index out of bounds"
)]
const DIGITS: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits = [255; 256];
    let mut value = 0;
    while value < alphabet.len() {
        digits[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

fn digit(byte: u8) -> u8 {
    #[expect(clippy::indexing_slicing, reason = "there is a value for every byte")]
    DIGITS[usize::from(byte)]
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl fmt::Debug for Wiped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Wiped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(bytes: &[u8]) -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for three in bytes.chunks(3) {
            let bits = three
                .iter()
                .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
            let bits = bits << (8 * (3 - three.len()));
            for place in 0..4 {
                let digit = alphabet[(bits >> (18 - 6 * place) & 63) as usize];
                text.push(if place > three.len() {
                    '='
                } else {
                    char::from(digit)
                });
            }
        }
        text
    }

    #[test]
    fn base64_is_read_as_kubernetes_reads_it() {
        let mut wiped = Wiped::default();
        for (text, value) in [
            ("", Some(&b""[..])),
            ("cw==", Some(b"s")),
            ("czM=", Some(b"s3")),
            ("czNj", Some(b"s3c")),
            ("czNj\ncmV0", Some(b"s3cret")),
            ("cw", None),
            ("cw=", None),
            ("cw==cw==", None),
            ("REDACTED!", None),
        ] {
            assert_eq!(wiped.decode(text), value, "{text}");
        }
        for len in 0..50 {
            let bytes: Vec<u8> = (0..len).map(|byte| byte * 5 + 1).collect();
            let encoded = encode(&bytes);
            assert_eq!(wiped.decode(&encoded), Some(&bytes[..]), "{encoded}");
        }
        assert!(wiped.bytes.iter().any(|byte| *byte != 0));
        wiped.wipe();
        assert!(!wiped.bytes.is_empty() && wiped.bytes.iter().all(|byte| *byte == 0));
        assert_eq!(wiped.decode("czNjcmV0czNjcmV0?"), None);
        wiped.wipe();
        assert!(
            wiped.bytes.iter().all(|byte| *byte == 0),
            "broken values are wiped too"
        );
    }
}
