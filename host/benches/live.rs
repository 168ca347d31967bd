//! How long it takes to read a live cluster, as a ratio to the floor: a client that asks a server for the same lists, one
//! after the other over one connection, and has `serde_json` check and skip each answer.
//!
//! `cargo bench -p asogate --bench live [-- OBJECTS…]`. The server is a process of its own (`--serve OBJECTS`), so that
//! time and memory are those of the reader. Nothing here is an assertion.

#![expect(clippy::print_stdout, reason = "a benchmark's report is its output")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should stop"
)]

#[path = "live/server.rs"]
mod lists;
mod read_set;
mod synthetic;

use asogate::collect::live::{Live, Progress, Reading, Target};
use serde::de::IgnoredAny;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    if let [flag, objects] = words.as_slice()
        && flag == "--serve"
    {
        lists::serve(&synthetic::cluster(objects.parse().unwrap()));
        return;
    }
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000, 100_000];
    }
    for objects in sizes {
        measure(objects);
    }
}

/// A server that ends with its measurement.
struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(objects: usize) -> Server {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--serve", &objects.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    let out = child.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut address).unwrap();
    Server(child, address.trim().to_owned())
}

struct Silent;

impl Progress for Silent {
    fn begin(&self, _: usize) {}
    fn objects(&self, _: usize) {}
    fn kind(&self) {}
    fn end(&self) {}
}

fn measure(objects: usize) {
    let server = start(objects);
    let folder = std::env::temp_dir().join(format!("asogate-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let kubeconfig = folder.join("kubeconfig");
    let text = format!(
        r#"{{"current-context": "c", "clusters": [{{"name": "c", "cluster": {{"server": "http://{}"}}}}],
            "contexts": [{{"name": "c", "context": {{"cluster": "c"}}}}]}}"#,
        server.1
    );
    std::fs::write(&kubeconfig, text).unwrap();
    let target = Target {
        files: vec![kubeconfig],
        named: true,
        ..Target::default()
    };
    let live = Live::open(&target, Reading::new(|_, _| None), Box::new(Silent), || {}).unwrap();
    let read = || live.read(read_set::merged(), &BTreeSet::new()).unwrap();
    let before = memory("VmRSS:");
    let count = read().snapshot.len();
    let more = memory("VmHWM:") - before;
    let rounds = (300_000 / objects).clamp(3, 30);
    let (mut floors, mut reads) = (vec![], vec![]);
    let mut bytes = 0;
    for _ in 0..rounds {
        floors.push(time(|| bytes = floor(&server.1)));
        reads.push(time(|| drop(read())));
    }
    let least = |times: &[(Duration, Duration)], pick: fn(&(Duration, Duration)) -> Duration| {
        times.iter().map(pick).min().unwrap_or_default()
    };
    let (floor, read) = (least(&floors, |pair| pair.0), least(&reads, |pair| pair.0));
    let (floor_cpu, read_cpu) = (least(&floors, |pair| pair.1), least(&reads, |pair| pair.1));
    let ratio =
        |read: Duration, floor: Duration| read.as_secs_f64() / floor.as_secs_f64().max(1e-3);
    println!(
        "{count:>8} objects, {:.1} MB: floor {:.0} ms ({:.0} ms processor), reading {:.0} ms ({:.0} ms), {:.2}x ({:.2}x), at most {more:.0} MiB more",
        bytes as f64 / 1e6,
        millis(floor),
        millis(floor_cpu),
        millis(read),
        millis(read_cpu),
        ratio(read, floor),
        ratio(read_cpu, floor_cpu),
    );
    drop(live);
    let _ = std::fs::remove_dir_all(folder);
}

/// Asks for every page of every list that a reading asks for, and checks it.
fn floor(address: &str) -> usize {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    let paths = get(&mut stream, "/paths", &mut buffer);
    let paths = String::from_utf8(paths).unwrap();
    for path in paths.lines() {
        let answer = get(&mut stream, path, &mut buffer);
        serde_json::from_slice::<IgnoredAny>(&answer).unwrap();
        total += answer.len();
    }
    total
}

fn get(stream: &mut TcpStream, path: &str, buffer: &mut [u8]) -> Vec<u8> {
    let accept = match path.strip_suffix(" metadata") {
        Some(_) => "as=PartialObjectMetadataList",
        None => "application/json",
    };
    let path = path.trim_end_matches(" metadata");
    // In one piece, as clients send it.
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut kept = vec![];
    let mut head = vec![];
    let mut left = usize::MAX;
    while left > 0 {
        let read = stream.read(buffer).unwrap();
        let mut part = &buffer[..read];
        if left == usize::MAX {
            head.extend_from_slice(part);
            let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") else {
                continue;
            };
            let text = String::from_utf8_lossy(&head[..end]).to_lowercase();
            let length = text.split("content-length: ").nth(1).unwrap();
            left = length.split("\r\n").next().unwrap().parse().unwrap();
            part = &head[end + 4..];
        }
        left -= part.len();
        kept.extend_from_slice(part);
    }
    kept
}

/// Time, and processor time of this process.
fn time(work: impl FnOnce()) -> (Duration, Duration) {
    let (start, before) = (Instant::now(), processor());
    work();
    (start.elapsed(), processor().saturating_sub(before))
}

/// Processor time so far; zero where the system does not tell.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = stat.rsplit(") ").next().unwrap_or("");
    let ticks: u64 = rest
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    // A hundred ticks a second, on every Linux that there is.
    Duration::from_millis(ticks * 10)
}

fn memory(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
