//! What can go wrong with one request to the API server, told apart by what it means and what to do about it.

use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use std::error::Error;
use std::time::Duration;

/// Why a request gave nothing. Texts of the server are shortened, and never come from an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nobody knows who is asking, any more (401).
    #[error(
        "the API server does not accept the credentials (401{0}); log in again, or give others with --context or --user"
    )]
    Unauthorized(Said),
    /// Whoever is asking may not (403).
    #[error("forbidden{0}")]
    Forbidden(Said),
    /// Nothing is served there (404).
    #[error(
        "it was served a moment ago and is not any more (404); check again when nobody installs or removes definitions"
    )]
    NotFound,
    /// The list can no longer be continued (410).
    #[error(
        "the list changed so much that it could not be read to its end (410); check again when the cluster is quieter"
    )]
    Expired,
    /// An answer that is older than one before.
    #[error(
        "the API server answered with an older state than before; check again, and see that its replicas are in step if it does so again"
    )]
    Stale,
    /// The server asks for patience (429, or 503 with a time).
    #[error("the API server is too busy (429{said}); check again later")]
    Busy {
        /// When to come again, if it says that.
        after: Option<Duration>,
        /// Its words.
        said: Said,
    },
    /// The server needs a webhook to convert objects, and does not reach it.
    #[error(
        "the API server cannot convert the objects{0}; see that the operator runs whose webhook this is, then check again"
    )]
    Conversion(Said),
    /// The server failed (5xx).
    #[error(
        "the API server failed ({status}{said}); check again, and look into its log if it fails again"
    )]
    Server {
        /// The status.
        status: u16,
        /// Its words.
        said: Said,
        /// When to come again, if it says that.
        after: Option<Duration>,
    },
    /// Any other answer that is not a success.
    #[error(
        "unexpected answer {status}{said}; see that the server of the context is an API server of Kubernetes"
    )]
    Unexpected {
        /// The status.
        status: u16,
        /// Its words.
        said: Said,
    },
    /// No whole answer in time.
    #[error("no whole answer within {}; give more time with --request-timeout", seconds(.0))]
    Timeout(Duration),
    /// The connection could not be made, or broke.
    #[error("the connection failed: {0}; see that the API server can be reached from here")]
    Connection(String),
    /// The server is not who it should be, or does not accept who we are.
    #[error(
        "no secure connection: {0}; see that the certificate authority of the context is that of this cluster"
    )]
    Tls(String),
    /// Credentials could not be had.
    #[error("could not get credentials: {0}")]
    Credentials(String),
    /// An answer that is not what was asked for.
    #[error(
        "the answer is not a list of them: {0}; see that nothing but an API server answers there"
    )]
    Nonsense(String),
    /// An answer that is larger than any list should be.
    #[error("the answer is larger than {0} MiB, the limit for one page of a list")]
    TooLarge(usize),
}

/// What the server said, as the end of a sentence; empty if it said nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(String);

impl std::fmt::Display for Said {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(out, ": {}", self.0)
    }
}

/// How much of the server's words is shown: a sentence or two.
const SAID: usize = 300;

impl Said {
    /// The words, on one line, shortened.
    pub(super) fn new(text: &str) -> Said {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        if let Some(last) = words.last_mut() {
            *last = last.trim_end_matches('.');
        }
        let mut text: String = words.join(" ");
        text.retain(|character| !character.is_control());
        if text.len() > SAID {
            let mut end = SAID;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push('…');
        }
        Said(text)
    }

    /// The words.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// The parts of `metav1.Status` that say what to do.
#[derive(Debug, Default, Deserialize)]
struct Status {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(default)]
    retry_after_seconds: u64,
}

impl Trouble {
    /// What an answer that is no success means.
    pub(super) fn of_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Trouble {
        let told: Status = serde_json::from_slice(body).unwrap_or_default();
        let said = match told.kind.as_str() {
            "Status" => Said::new(&told.message),
            // Pages of proxies say little in many words.
            _ => Said::default(),
        };
        let after = headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .or_else(|| {
                Some(told.details.as_ref()?.retry_after_seconds).filter(|seconds| *seconds > 0)
            })
            .map(Duration::from_secs);
        match status.as_u16() {
            401 => Trouble::Unauthorized(said),
            403 => Trouble::Forbidden(said),
            404 => Trouble::NotFound,
            410 => Trouble::Expired,
            _ if told.reason == "Expired" => Trouble::Expired,
            429 => Trouble::Busy { after, said },
            // Before it stands how the storage sees it.
            500..=599 if let Some(at) = told.message.find("conversion webhook") => {
                Trouble::Conversion(Said::new(told.message.get(at..).unwrap_or_default()))
            }
            status @ 500..=599 => Trouble::Server {
                status,
                said,
                after,
            },
            status => Trouble::Unexpected { status, said },
        }
    }

    /// What a failure to send a request, or to get its answer, means.
    pub(super) fn of_error(error: &kube::Error) -> Trouble {
        if let kube::Error::Auth(error) = error {
            return Trouble::Credentials(credentials(error));
        }
        let mut cause: &(dyn Error + 'static) = error;
        loop {
            if let Some(error) = cause.downcast_ref::<rustls::Error>() {
                return Trouble::Tls(error.to_string());
            }
            if let Some(error) = cause.downcast_ref::<kube::client::AuthError>() {
                return Trouble::Credentials(credentials(error));
            }
            // An `io::Error` shows what it wraps as its own, and has that one's source.
            let inner = cause
                .downcast_ref::<std::io::Error>()
                .and_then(std::io::Error::get_ref);
            cause = match (inner, cause.source()) {
                (Some(inner), _) => inner,
                (None, Some(source)) => source,
                (None, None) => return Trouble::Connection(Said::new(&cause.to_string()).0),
            };
        }
    }

    /// Whether another attempt may go better, how many there may be, and when the server wants the next one.
    pub(super) fn again(&self) -> Again {
        match self {
            Trouble::Busy { after, .. } | Trouble::Server { after, .. } => Again {
                attempts: usize::MAX,
                after: *after,
            },
            Trouble::Connection(_) => Again {
                attempts: usize::MAX,
                after: None,
            },
            // These take long, or mend themselves seldom.
            Trouble::Timeout(_) | Trouble::Conversion(_) => Again {
                attempts: 2,
                after: None,
            },
            _ => Again::default(),
        }
    }

    /// Whether nothing else can be read either.
    pub(super) fn is_about_everything(&self) -> bool {
        matches!(
            self,
            Trouble::Unauthorized(_) | Trouble::Tls(_) | Trouble::Credentials(_)
        )
    }
}

/// Whether to try again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Again {
    /// How many attempts there may be of this, the first included; those that are not to be repeated have none.
    pub(super) attempts: usize,
    /// When, if the server says it.
    pub(super) after: Option<Duration>,
}

/// Why there are no credentials. What a plugin wrote, and was called with, can hold them, so neither is shown.
pub(super) fn credentials(error: &kube::client::AuthError) -> String {
    use kube::client::AuthError;
    match error {
        AuthError::AuthExecRun { out, .. } => format!(
            "the plugin of the kubeconfig failed ({}); run it yourself to see why",
            out.status
        ),
        AuthError::AuthExecStart(error) => format!(
            "the plugin of the kubeconfig does not start: {error}; install it, or use another user"
        ),
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed | AuthError::ParseTokenKey(_) => {
            "the plugin of the kubeconfig did not print credentials; run it yourself to see why".into()
        }
        AuthError::ReadTokenFile(error, path) => {
            format!("could not read the token file `{}`: {error}", path.display())
        }
        AuthError::InvalidBearerToken(_) | AuthError::InvalidBasicAuth(_) => {
            "the token or password holds characters that cannot be sent; write it again without line ends".into()
        }
        other => Said::new(&other.to_string()).0,
    }
}

/// A duration as people write it.
pub(super) fn seconds(duration: &Duration) -> String {
    match (duration.as_secs(), duration.subsec_millis()) {
        (seconds, 0) => format!("{seconds}s"),
        (0, millis) => format!("{millis}ms"),
        (seconds, millis) => format!("{seconds}.{millis:03}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(status: u16, message: &str, headers: &[(&str, &str)]) -> Trouble {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            map.insert(name, value.parse().unwrap());
        }
        let body = json!({"kind": "Status", "message": message}).to_string();
        Trouble::of_answer(StatusCode::from_u16(status).unwrap(), &map, body.as_bytes())
    }

    #[test]
    fn answers_are_told_apart_by_what_they_mean() {
        let conversion = "conversion webhook for azure.microsoft.com/v1alpha1, Kind=BlobContainer failed: refused";
        assert!(matches!(of(500, conversion, &[]), Trouble::Conversion(_)));
        assert_eq!(of(410, "too old", &[]), Trouble::Expired);
        let busy = of(429, "slow down", &[("retry-after", "7")]);
        assert_eq!(busy.again().after, Some(Duration::from_secs(7)));
        assert_eq!(of(403, "no", &[]).again().attempts, 0);
        assert!(of(401, "who?", &[]).is_about_everything());
        assert!(!of(500, "", &[]).is_about_everything());
        let told = json!({"kind": "Status", "reason": "Expired"}).to_string();
        let expired =
            Trouble::of_answer(StatusCode::BAD_REQUEST, &HeaderMap::new(), told.as_bytes());
        assert_eq!(expired, Trouble::Expired);
    }

    #[test]
    fn the_words_of_others_are_short_and_on_one_line() {
        let text = of(500, &format!("a\nb\u{1b}[31m {}.", "x".repeat(500)), &[]).to_string();
        assert!(text.contains(": a b[31m xxx") && text.len() < 500, "{text}");
        let page = Trouble::of_answer(
            StatusCode::BAD_GATEWAY,
            &HeaderMap::new(),
            b"<html>token=hunter2</html>",
        );
        assert!(!page.to_string().contains("hunter2"));
    }

    #[test]
    fn what_a_plugin_wrote_is_never_shown() {
        let out = std::process::Command::new("sh")
            .args(["-c", "echo hunter2; echo hunter2 >&2; exit 3"])
            .output()
            .unwrap();
        let error = kube::client::AuthError::AuthExecRun {
            cmd: "\"get-token\" \"--password=hunter2\"".into(),
            out: Box::new(out),
        };
        let text = Trouble::of_error(&kube::Error::Auth(error)).to_string();
        assert!(
            text.contains("the plugin of the kubeconfig failed (exit status: 3)"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
    }
}
