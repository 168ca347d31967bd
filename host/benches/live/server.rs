//! Serves the lists of a synthetic cluster from memory, page by page.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Objects of one page, as the reader asks for them.
const PAGE: usize = 500;

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

/// Answers by path; those to requests for metadata have ` metadata` after it.
type Answers = BTreeMap<String, String>;

/// Serves for ever, once the address stands on standard output.
pub(super) fn serve(cluster: &str) {
    let answers = Arc::new(answers(cluster));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    for stream in listener.incoming().flatten() {
        let answers = answers.clone();
        std::thread::spawn(move || drop(connection(stream, &answers)));
    }
}

fn connection(mut stream: TcpStream, answers: &Answers) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut path = line.split(' ').nth(1).unwrap_or("").to_owned();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.contains("as=PartialObjectMetadataList") {
                path += " metadata";
            }
            if header.trim().is_empty() {
                break;
            }
        }
        let (status, body) = match answers.get(&path) {
            Some(body) => (200, body.as_str()),
            None => (404, "{}"),
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
    }
}

fn answers(cluster: &str) -> Answers {
    let list: List<'_> = serde_json::from_str(cluster).unwrap();
    let mut kinds: BTreeMap<(String, String), Vec<(&str, &str)>> = BTreeMap::new();
    for item in list.items {
        let object: Object<'_> = serde_json::from_str(item.get()).unwrap();
        let kind = kinds.entry((object.api_version, object.kind)).or_default();
        kind.push((item.get(), object.metadata.get()));
    }
    let mut answers = Answers::new();
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((api_version, kind), items) in &kinds {
        let plural = format!("{}s", kind.to_lowercase());
        let root = match api_version.contains('/') {
            true => format!("/apis/{api_version}/{plural}"),
            false => format!("/api/{api_version}/{plural}"),
        };
        for (number, page) in items.chunks(PAGE).enumerate() {
            let more = match number {
                0 => String::new(),
                number => format!("&continue={number}"),
            };
            let path = format!("{root}?limit={PAGE}{more}");
            let next = match (number + 1) * PAGE < items.len() {
                true => format!(r#","continue":"{}""#, number + 1),
                false => String::new(),
            };
            let metadata = format!(r#"{{"resourceVersion":"1"{next}}}"#);
            let whole: Vec<&str> = page.iter().map(|item| item.0).collect();
            let body = format!(
                r#"{{"kind":"{kind}List","apiVersion":"{api_version}","metadata":{metadata},"items":[{}]}}"#,
                whole.join(",")
            );
            answers.insert(path.clone(), body);
            let parts: Vec<String> = page
                .iter()
                .map(|item| format!(r#"{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{}}}"#, item.1))
                .collect();
            let body = format!(
                r#"{{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{metadata},"items":[{}]}}"#,
                parts.join(",")
            );
            answers.insert(format!("{path} metadata"), body);
        }
        let resource = format!(
            r#"{{"resource":"{plural}","responseKind":{{"kind":"{kind}"}},"scope":"Namespaced","verbs":["list"]}}"#
        );
        groups
            .entry(api_version.clone())
            .or_default()
            .push(resource);
    }
    let paths: Vec<&str> = answers.keys().map(String::as_str).collect();
    let paths = paths.join("\n");
    answers.insert("/paths".into(), paths);
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
        format!(
            r#"{{"kind":"APIGroupDiscoveryList","items":[{}]}}"#,
            groups.join(",")
        )
    };
    answers.insert("/api".into(), discovery(true));
    answers.insert("/apis".into(), discovery(false));
    answers
}
