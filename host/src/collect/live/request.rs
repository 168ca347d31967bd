//! One request to the API server: with a time limit, repeated where that may help, and its answer as bytes.

use super::trouble::Trouble;
use http::{Request, header};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most bytes of one answer. A page of 500 objects stays far below, however large they are; the limit keeps an answer
/// without an end from filling the memory.
const ANSWER_BYTES: usize = 1 << 30;

/// Most bytes that are read of an answer that is no success.
const REFUSAL_BYTES: usize = 64 << 10;

/// How often and after which pauses a request is repeated.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Most attempts, the first included.
    pub attempts: usize,
    /// The pause after the first attempt; it doubles with each further one.
    pub pause: Duration,
    /// The longest pause. A server that asks for a longer one is not waited for.
    pub longest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            attempts: 5,
            pause: Duration::from_millis(250),
            longest: Duration::from_secs(30),
        }
    }
}

impl Patience {
    /// The pause before the attempt after `attempt` (from 1); none if there shall be no other.
    fn pause(&self, trouble: &Trouble, attempt: usize) -> Option<Duration> {
        let again = trouble.again();
        if attempt >= self.attempts.min(again.attempts) {
            return None;
        }
        if let Some(after) = again.after {
            return (after <= self.longest).then_some(after);
        }
        let doubled = self.pause.saturating_mul(1 << (attempt - 1).min(16));
        // Between half and the whole of it, so that many clients do not come back at once.
        let random = RandomState::new().hash_one(attempt) % 512;
        let part = doubled.as_nanos() / 1024 * u128::from(512 + random);
        let pause = Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX));
        Some(pause.min(self.longest))
    }
}

/// The way to one API server.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) client: Client,
    /// The time for one request, its answer included; none for as long as it takes.
    pub(super) timeout: Option<Duration>,
    pub(super) patience: Patience,
    pub(super) buffers: Buffers,
}

/// What an answer is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accept {
    /// Whole objects.
    Objects,
    /// Of each object only its metadata.
    Metadata,
    /// What is served, of all groups at once if the server can.
    Discovery,
}

impl Accept {
    fn header(self) -> &'static str {
        match self {
            Accept::Objects => "application/json",
            Accept::Metadata => "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
            Accept::Discovery => {
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
            }
        }
    }
}

impl Api {
    /// Gets what stands at `path`, which is a path with its query.
    pub(super) async fn get(&self, path: &str, accept: Accept) -> Result<Answer, Trouble> {
        let mut attempt = 1;
        loop {
            let trouble = match self.once(path, accept).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            match self.patience.pause(&trouble, attempt) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(trouble),
            }
            attempt += 1;
        }
    }

    async fn once(&self, path: &str, accept: Accept) -> Result<Answer, Trouble> {
        let answer = self.exchange(path, accept);
        match self.timeout {
            None => answer.await,
            Some(limit) => match tokio::time::timeout(limit, answer).await {
                Ok(answer) => answer,
                Err(_) => Err(Trouble::Timeout(limit)),
            },
        }
    }

    async fn exchange(&self, path: &str, accept: Accept) -> Result<Answer, Trouble> {
        let request = Request::get(path)
            .header(header::ACCEPT, accept.header())
            .body(Body::empty())
            .map_err(|error| Trouble::Connection(error.to_string()))?;
        let answer = self.client.send(request).await;
        let answer = answer.map_err(|error| Trouble::of_error(&error))?;
        let (head, mut body) = answer.into_parts();
        // Of an answer that comes packed, its length is not said.
        let length = head.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let mut bytes = self.buffers.answer(length.unwrap_or(0));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Trouble::of_error(&error));
            let frame = match frame {
                Ok(frame) => frame,
                // What was said until then says more than that it broke off.
                Err(_) if !head.status.is_success() => break,
                Err(trouble) => return Err(trouble),
            };
            if let Some(data) = frame.data_ref() {
                bytes.extend(data);
            }
            if !head.status.is_success() && bytes.bytes.len() > REFUSAL_BYTES {
                break;
            }
            if bytes.bytes.len() > ANSWER_BYTES {
                return Err(Trouble::TooLarge(ANSWER_BYTES >> 20));
            }
        }
        if head.status.is_success() {
            Ok(bytes)
        } else {
            Err(Trouble::of_answer(head.status, &head.headers, &bytes.bytes))
        }
    }
}

/// How much room an answer gets at once. Longer ones grow into it, whatever they say of their length.
const ROOM_BYTES: usize = 16 << 20;

/// Buffers for answers, for one after the other: fresh memory costs more than what is done with it. One buffer for each
/// answer that was under way at the same time, as long as the longest that was in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    fn lock(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        // They are empty, whatever happened.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, length: usize) -> Answer {
        let mut bytes = self.lock().pop().unwrap_or_default();
        bytes.reserve_exact(length.min(ROOM_BYTES));
        Answer {
            bytes,
            home: self.clone(),
        }
    }

    /// Gives their memory back.
    pub(super) fn give_up(&self) {
        self.lock().clear();
    }
}

/// The bytes of an answer. They may hold values of Secrets, so they are overwritten when they are no longer needed. (What
/// the layers of the connection kept of them meanwhile is freed, not overwritten.)
pub(super) struct Answer {
    bytes: Vec<u8>,
    home: Buffers,
}

impl Answer {
    fn extend(&mut self, data: &[u8]) {
        let needed = self.bytes.len() + data.len();
        if needed > self.bytes.capacity() {
            // Growing in place would leave a copy behind.
            let mut grown = Vec::with_capacity(needed.max(self.bytes.capacity() * 2));
            grown.extend_from_slice(&self.bytes);
            wipe(&mut std::mem::replace(&mut self.bytes, grown));
        }
        self.bytes.extend_from_slice(data);
    }

    /// The answer as text.
    pub(super) fn text(&self) -> Result<&str, Trouble> {
        std::str::from_utf8(&self.bytes).map_err(|_| Trouble::Nonsense("it is not UTF-8".into()))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        wipe(&mut bytes);
        bytes.clear();
        self.home.lock().push(bytes);
    }
}

fn wipe(bytes: &mut Vec<u8>) {
    bytes.fill(0);
    std::hint::black_box(bytes);
}

/// A text as part of a query.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let patience = Patience::default();
        let broken = Trouble::Connection("reset".into());
        let mut least = Duration::ZERO;
        for attempt in 1..patience.attempts {
            let pause = patience.pause(&broken, attempt).unwrap();
            assert!(pause >= least && pause <= patience.longest, "{pause:?}");
            least = patience.pause * (1 << (attempt - 1)) / 2;
        }
        assert_eq!(patience.pause(&broken, patience.attempts), None);
        assert_eq!(patience.pause(&Trouble::NotFound, 1), None);
    }

    #[test]
    fn a_server_that_says_when_is_asked_then_and_not_for_ever() {
        let patience = Patience::default();
        let busy = |seconds| Trouble::Busy {
            after: Some(Duration::from_secs(seconds)),
            said: Default::default(),
        };
        assert_eq!(patience.pause(&busy(3), 1), Some(Duration::from_secs(3)));
        assert_eq!(patience.pause(&busy(3600), 1), None);
    }

    #[test]
    fn queries_are_written_so_that_they_are_read_as_they_were() {
        assert_eq!(encoded("a+b/c=d&e é"), "a%2Bb%2Fc%3Dd%26e%20%C3%A9");
    }
}
