//! Serves the lists of a synthetic cluster from memory, page by page, over HTTP and over TLS. Every answer is ready before
//! the first request, also packed with gzip, as the API server packs what is large for those who take it.

use super::certificate;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Smaller answers are not packed (`defaultGzipThresholdBytes` of the API server).
const PACKED_FROM: usize = 128 << 10;

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    api_version: String,
    kind: String,
    #[serde(borrow)]
    metadata: &'a RawValue,
}

#[derive(Deserialize)]
struct Name<'a> {
    name: &'a str,
    #[serde(default)]
    namespace: &'a str,
}

/// One answer with its header, plain and packed.
struct Answer {
    plain: Vec<u8>,
    packed: Option<Vec<u8>>,
}

impl Answer {
    fn new(status: u16, body: &[u8]) -> Answer {
        let whole = |body: &[u8], encoding: &str| {
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{encoding}Content-Length: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), body].concat()
        };
        let packed = (body.len() > PACKED_FROM).then(|| {
            // The API server's level.
            let mut packed = GzEncoder::new(vec![], Compression::new(1));
            packed.write_all(body).unwrap();
            whole(&packed.finish().unwrap(), "Content-Encoding: gzip\r\n")
        });
        Answer {
            plain: whole(body, ""),
            packed,
        }
    }
}

/// Answers by path; those to requests for metadata have ` metadata` after it.
type Answers = BTreeMap<String, Answer>;

/// Serves for ever, once the addresses stand on standard output: that for HTTP, then that for TLS.
pub(super) fn serve(cluster: &str, page: usize) {
    let answers = Arc::new(answers(cluster, page));
    let (plain, secure) = (listen(), listen());
    println!(
        "{} {}",
        plain.local_addr().unwrap(),
        secure.local_addr().unwrap()
    );
    let config = certificate::server();
    let others = answers.clone();
    std::thread::spawn(move || {
        for stream in plain.incoming().flatten() {
            let answers = others.clone();
            std::thread::spawn(move || drop(connection(stream, &answers)));
        }
    });
    for stream in secure.incoming().flatten() {
        let answers = answers.clone();
        let tls = rustls::ServerConnection::new(config.clone()).unwrap();
        std::thread::spawn(move || {
            drop(connection(rustls::StreamOwned::new(tls, stream), &answers))
        });
    }
}

fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// A connection of either sort.
trait Connection: Read + Write {
    fn socket(&self) -> &TcpStream;
}

impl Connection for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Connection for rustls::StreamOwned<rustls::ServerConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

fn connection(stream: impl Connection, answers: &Answers) -> std::io::Result<()> {
    stream.socket().set_nodelay(true)?;
    let not_found = Answer::new(404, b"{}");
    // Clients do not send a request before they have the answer to the last one, so nothing is read too early.
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut path = line.split(' ').nth(1).unwrap_or("").to_owned();
        let mut packed = false;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.to_ascii_lowercase();
            if header.contains("as=partialobjectmetadatalist") {
                path += " metadata";
            }
            packed |= header.starts_with("accept-encoding:") && header.contains("gzip");
            if header.trim().is_empty() {
                break;
            }
        }
        let answer = answers.get(&path).unwrap_or(&not_found);
        let bytes = match &answer.packed {
            Some(bytes) if packed => bytes,
            _ => &answer.plain,
        };
        reader.get_mut().write_all(bytes)?;
        reader.get_mut().flush()?;
    }
}

fn answers(cluster: &str, page_size: usize) -> Answers {
    let list: List<'_> = serde_json::from_str(cluster).unwrap();
    let mut kinds: BTreeMap<(String, String), Vec<(&str, &str)>> = BTreeMap::new();
    for item in list.items {
        let object: Object<'_> = serde_json::from_str(item.get()).unwrap();
        let kind = kinds.entry((object.api_version, object.kind)).or_default();
        kind.push((item.get(), object.metadata.get()));
    }
    for items in kinds.values_mut() {
        // The order of the API server's storage.
        items.sort_by_cached_key(|(_, metadata)| {
            let name: Name<'_> = serde_json::from_str(metadata).unwrap();
            format!("{}/{}", name.namespace, name.name)
        });
    }
    let mut answers = Answers::new();
    // Every page, with the length of its text and of what is sent for it packed.
    let mut paths = String::new();
    let mut add = |path: String, body: String| {
        let answer = Answer::new(200, body.as_bytes());
        let packed = answer.packed.as_ref().unwrap_or(&answer.plain);
        paths += &format!("{}\t{}\t{path}\n", body.len(), packed.len());
        answers.insert(path, answer);
    };
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((api_version, kind), items) in &kinds {
        let plural = format!("{}s", kind.to_lowercase());
        let root = match api_version.contains('/') {
            true => format!("/apis/{api_version}/{plural}"),
            false => format!("/api/{api_version}/{plural}"),
        };
        for (number, page) in items.chunks(page_size).enumerate() {
            let more = match number {
                0 => String::new(),
                number => format!("&continue={number}"),
            };
            let path = format!("{root}?limit={page_size}{more}");
            let next = match (number + 1) * page_size < items.len() {
                true => format!(r#","continue":"{}""#, number + 1),
                false => String::new(),
            };
            let metadata = format!(r#"{{"resourceVersion":"1"{next}}}"#);
            let whole: Vec<&str> = page.iter().map(|item| item.0).collect();
            let body = format!(
                r#"{{"kind":"{kind}List","apiVersion":"{api_version}","metadata":{metadata},"items":[{}]}}"#,
                whole.join(",")
            );
            add(path.clone(), body);
            let parts: Vec<String> = page
                .iter()
                .map(|item| format!(r#"{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{}}}"#, item.1))
                .collect();
            let body = format!(
                r#"{{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{metadata},"items":[{}]}}"#,
                parts.join(",")
            );
            add(format!("{path} metadata"), body);
        }
        let resource = format!(
            r#"{{"resource":"{plural}","responseKind":{{"kind":"{kind}"}},"scope":"Namespaced","verbs":["list"]}}"#
        );
        groups
            .entry(api_version.clone())
            .or_default()
            .push(resource);
    }
    let discovery = |core: bool| {
        let groups = groups
            .iter()
            .filter(|(version, _)| version.contains('/') != core);
        let groups: Vec<String> = groups
            .map(|(api_version, resources)| {
                let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
                format!(
                    r#"{{"metadata":{{"name":"{group}"}},"versions":[{{"version":"{version}","freshness":"Current","resources":[{}]}}]}}"#,
                    resources.join(",")
                )
            })
            .collect();
        let groups = groups.join(",");
        format!(r#"{{"kind":"APIGroupDiscoveryList","items":[{groups}]}}"#)
    };
    let fixed = [
        ("/paths", paths),
        ("/api", discovery(true)),
        ("/apis", discovery(false)),
    ];
    for (path, body) in fixed {
        answers.insert(path.into(), Answer::new(200, body.as_bytes()));
    }
    answers
}
