//! A proxy before the API server: what is asked goes through to it and comes back as it answered, but for the fault that a
//! test asked for. It has the certificate of the API server, so programs take it for that.

use super::{Cluster, Session};
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What happens to a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An answer of `metav1.Status` instead of that of the API server: code, reason, message, headers.
    Status(
        u16,
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
    ),
    /// An answer, whatever it is.
    Body(String),
    /// The connection ends before an answer.
    Reset,
    /// The connection ends in the middle of the answer.
    ResetMidBody,
    /// Half of the answer, and then nothing until the client goes.
    Slow,
    /// The API server is asked by somebody with this token.
    Token(String),
    /// The API server answers with the state that it had at this version.
    AsOf(String),
    /// The connection ends, and from then on nobody here speaks TLS.
    PlainText,
}

struct Planned {
    /// A part of the path with its query.
    path: String,
    /// How many such requests go well before.
    after: usize,
    /// How many it happens to.
    times: usize,
    fault: Fault,
}

#[derive(Default)]
struct State {
    faults: Vec<Planned>,
    requests: Vec<String>,
    plain_text: bool,
}

/// The proxy. It ends with the cluster.
pub(crate) struct Proxy {
    url: String,
    state: Arc<Mutex<State>>,
}

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

impl Cluster {
    /// Accepts connections as the API server does, with its certificate.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let (certificate, key) = self.servers.certificate();
        acceptor(&certificate, &key)
    }

    /// Lets something run for as long as the cluster does.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// A proxy of the test's own.
    pub(crate) fn proxy(&self) -> Proxy {
        let state = Arc::new(Mutex::new(State::default()));
        let acceptor = self.acceptor();
        let server = self.run(nobody(&self.servers.url, &self.servers.authority()));
        let listener = self.run(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let shared = state.clone();
        self.runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, acceptor, server) = (shared.clone(), acceptor.clone(), server.clone());
                tokio::spawn(serve(stream, acceptor, server, state));
            }
        });
        Proxy { url, state }
    }
}

impl Proxy {
    /// Requests whose path contains `path` go wrong, `times` of them, when `after` have gone well.
    pub(crate) fn some(self, path: &str, after: usize, times: usize, fault: Fault) -> Proxy {
        self.state.lock().unwrap().faults.push(Planned {
            path: path.to_owned(),
            after,
            times,
            fault,
        });
        self
    }

    /// Every request whose path contains `path` goes wrong.
    pub(crate) fn always(self, path: &str, fault: Fault) -> Proxy {
        self.some(path, 0, usize::MAX, fault)
    }

    /// What was asked, in order: paths with their queries, and ` metadata` after those that asked for no more.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }

    /// The kubeconfig with which a program is this user, and takes the proxy for the API server.
    pub(crate) fn kubeconfig(&self, user: &Session) -> String {
        user.kubeconfig_at(&self.url)
    }
}

fn acceptor(certificate: &str, key: &str) -> TlsAcceptor {
    let certificates = CertificateDer::pem_file_iter(certificate).unwrap();
    let certificates = certificates.map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

/// A client of the API server that adds nothing to what it is given.
async fn nobody(url: &str, authority: &str) -> kube::Client {
    let mut config = kube::Config::new(url.parse().unwrap());
    let authority = CertificateDer::pem_file_iter(authority).unwrap();
    config.root_cert = Some(authority.map(|der| der.unwrap().to_vec()).collect());
    config.default_retry = false;
    kube::Client::try_from(config).unwrap()
}

async fn serve(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
    server: kube::Client,
    state: Arc<Mutex<State>>,
) {
    if state.lock().unwrap().plain_text {
        // A client that broke off is no failure of the proxy.
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.shutdown().await;
        return;
    }
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let answering = service_fn(async |request| {
        let mut answered = answer(request, &server, &state).await?;
        // A connection that is kept would hide that no new one can be made.
        if state.lock().unwrap().ends_connections() {
            let close = header::HeaderValue::from_static("close");
            answered.headers_mut().insert(header::CONNECTION, close);
        }
        Ok::<_, std::io::Error>(answered)
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answering);
    let _ = connection.await;
}

/// What an answer is made of before it is sent.
struct Answer {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Bytes,
}

async fn answer(
    mut request: Request<Incoming>,
    server: &kube::Client,
    state: &Mutex<State>,
) -> Result<Response<Body>, std::io::Error> {
    let path = request.uri().path_and_query().unwrap().to_string();
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok()).unwrap_or("");
    let metadata = match accept.contains("PartialObjectMetadata") {
        true => " metadata",
        false => "",
    };
    let fault = {
        let mut state = state.lock().unwrap();
        state.requests.push(format!("{path}{metadata}"));
        state.fault(&path)
    };
    let broken = || std::io::Error::other("a test asked for it");
    match &fault {
        Some(Fault::Status(code, reason, message, headers)) => {
            let body = serde_json::json!({
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message,
            });
            let headers = headers
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()));
            let answer = Answer {
                status: StatusCode::from_u16(*code).unwrap(),
                headers: headers.collect(),
                body: body.to_string().into(),
            };
            return Ok(whole(answer));
        }
        Some(Fault::Body(body)) => {
            let answer = Answer {
                status: StatusCode::OK,
                headers: vec![("content-type".into(), "application/json".into())],
                body: body.clone().into(),
            };
            return Ok(whole(answer));
        }
        Some(Fault::Reset) => return Err(broken()),
        Some(Fault::PlainText) => {
            state.lock().unwrap().plain_text = true;
            return Err(broken());
        }
        Some(Fault::Token(token)) => {
            let token = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert(header::AUTHORIZATION, token);
        }
        Some(Fault::AsOf(version)) => {
            let query = match path.contains("continue=") {
                // The server knows by the token which state it is of.
                true => path,
                false => format!("{path}&resourceVersion={version}&resourceVersionMatch=Exact"),
            };
            *request.uri_mut() = query.parse().unwrap();
        }
        _ => {}
    }
    let answer = forward(request, server).await?;
    let half = answer.body.slice(..answer.body.len() / 2);
    let half = futures::stream::iter([Ok(Frame::data(half))]);
    Ok(match fault {
        Some(Fault::ResetMidBody) => {
            use futures::StreamExt;
            let end = futures::stream::iter([Err(broken())]);
            parts(answer, StreamBody::new(half.chain(end)).boxed_unsync())
        }
        Some(Fault::Slow) => {
            use futures::StreamExt;
            let end = futures::stream::pending();
            parts(answer, StreamBody::new(half.chain(end)).boxed_unsync())
        }
        _ => whole(answer),
    })
}

async fn forward(
    request: Request<Incoming>,
    server: &kube::Client,
) -> Result<Answer, std::io::Error> {
    let (mut head, body) = request.into_parts();
    head.headers.remove(header::HOST);
    let body = body
        .collect()
        .await
        .map_err(std::io::Error::other)?
        .to_bytes();
    let request = Request::from_parts(head, kube::client::Body::from(body.to_vec()));
    let (head, body) = server
        .send(request)
        .await
        .map_err(std::io::Error::other)?
        .into_parts();
    let headers = head.headers.iter().filter(|(name, _)| {
        // It is sent anew.
        **name != header::CONTENT_LENGTH && **name != header::TRANSFER_ENCODING
    });
    let headers = headers.filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    Ok(Answer {
        status: head.status,
        headers: headers.collect(),
        body: body
            .collect()
            .await
            .map_err(std::io::Error::other)?
            .to_bytes(),
    })
}

fn whole(answer: Answer) -> Response<Body> {
    let body = http_body_util::Full::new(answer.body.clone());
    let body = body.map_err(|never: Infallible| match never {});
    parts(answer, body.boxed_unsync())
}

fn parts(answer: Answer, body: Body) -> Response<Body> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(body).unwrap()
}

impl State {
    fn ends_connections(&self) -> bool {
        let mut faults = self.faults.iter().map(|planned| &planned.fault);
        faults.any(|fault| matches!(fault, Fault::PlainText))
    }

    fn fault(&mut self, path: &str) -> Option<Fault> {
        for planned in &mut self.faults {
            if !path.contains(&planned.path) || planned.times == 0 {
                continue;
            }
            if planned.after > 0 {
                planned.after -= 1;
                continue;
            }
            planned.times -= 1;
            return Some(planned.fault.clone());
        }
        None
    }
}
