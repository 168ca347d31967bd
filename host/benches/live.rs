//! What it takes to read a live cluster, as a ratio to the floor: `curl`, which reads the same pages from the same server,
//! one after the other over one connection, and throws them away.
//!
//! `cargo bench -p asogate --bench live [-- OBJECTS…]`; `--quick` takes the smallest size alone, once. Nothing here is an
//! assertion; the goals stand in the design.
//!
//! Server, `curl` and reader are processes of their own, so that what each takes is what the system says of it, start and
//! end included, and the server counts for nobody. The answers are ready before the first request. A reading is whole: what
//! is served, every list, the comparison by lists of metadata, and the snapshot.
//!
//! An API server is reached over TLS, and packs answers for clients that take them packed, which `kubectl` and asogate
//! do: so `TLS, gzip` is what happens in life, where `curl` unpacks too. The other rows tell what reading and parsing
//! take where the way to them costs less.

#![expect(clippy::print_stdout, reason = "a benchmark's report is its output")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should stop"
)]

#[path = "live/certificate.rs"]
mod certificate;
#[path = "live/children.rs"]
mod children;
#[path = "live/floor.rs"]
mod floor;
#[path = "live/pages.rs"]
mod pages;
mod processor;
mod read_set;
#[path = "live/server.rs"]
mod server;
mod synthetic;

use asogate::collect::live::{Live, Progress, Reading, Target, choose_cryptography};
use children::Taken;
use pages::{Page, Way};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Goal: ratio of processor time and of time to those of the floor, and memory.
const GOAL: &str = "goals at 100,000: 2x processor time and time, and no more memory than the columns and a page of each list under way";

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    choose_cryptography();
    match words.first().map(String::as_str) {
        Some("--serve") => {
            let cluster = synthetic::cluster(words[1].parse().unwrap());
            return server::serve(&cluster, reading().page);
        }
        Some("--floor") => return floor::read_all(&Way::of_words(&words[1..])),
        Some("--read") => return read(Path::new(&words[1])),
        _ => {}
    }
    let quick = words.iter().any(|word| word == "--quick");
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = match quick {
            true => vec![1_000],
            false => vec![10_000, 100_000],
        };
    }
    let curl = floor::has_curl();
    if !curl {
        println!(
            "curl is not on this machine: the floor is a reading client of this benchmark's own"
        );
    }
    for objects in sizes {
        let rounds = match quick {
            true => 1,
            false => (500_000 / objects).clamp(5, 25),
        };
        measure(objects, rounds, curl);
    }
    println!("{GOAL}");
}

/// How the cluster is read: as ever.
fn reading() -> Reading {
    Reading::new(|_, _| None)
}

/// A server that ends with its measurement, and the folder for its files.
struct Server {
    process: Child,
    ways: Vec<Way>,
    folder: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn start(objects: usize) -> Server {
    let mut process = myself(&["--serve".into(), objects.to_string()]);
    let mut process = process.stdout(Stdio::piped()).spawn().unwrap();
    let mut addresses = String::new();
    let out = process.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut addresses).unwrap();
    let (plain, secure) = addresses.trim().split_once(' ').unwrap();
    let ways = [(false, false), (true, false), (false, true), (true, true)];
    let ways = ways.map(|(is_secure, packed)| Way {
        address: if is_secure { secure } else { plain }.to_owned(),
        secure: is_secure,
        packed,
        plain: plain.to_owned(),
    });
    let folder = std::env::temp_dir().join(format!("asogate-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    Server {
        process,
        ways: ways.into(),
        folder,
    }
}

fn myself(words: &[String]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(words);
    command
}

fn measure(objects: usize, rounds: usize, curl: bool) {
    let server = start(objects);
    let pages = Page::all(&server.ways[0].plain);
    let sum = |bytes: fn(&Page) -> usize| pages.iter().map(bytes).sum::<usize>() as f64 / 1e6;
    println!(
        "{objects} objects: {} pages, {:.1} MB, packed {:.1} MB",
        pages.len(),
        sum(|page| page.bytes),
        sum(|page| page.packed)
    );
    let floor_name = if curl { "curl" } else { "own client" };
    println!(
        "{:<10} {floor_name:>12} {:>20} {:>22} {:>23}",
        "", "asogate", "ratio", "memory"
    );
    println!(
        "{:<10} {:>8} {:>8} {:>9} {:>8} {:>11} {:>8} {:>9} {:>9} {:>9}",
        "", "cpu ms", "ms", "cpu ms", "ms", "cpu", "time", "+MiB", "columns", "pages"
    );
    let at_once = reading().at_once;
    let mut longest: Vec<usize> = pages.iter().map(|page| page.bytes).collect();
    longest.sort_unstable_by(|left, right| right.cmp(left));
    let in_flight = longest.iter().take(at_once).sum::<usize>() as f64 / MIB;
    for way in &server.ways {
        let kubeconfig = kubeconfig(way, &server.folder);
        let mut floor = match curl {
            true => floor::curl(way, &pages, &server.folder),
            false => myself(&[vec!["--floor".to_owned()], way.words()].concat()),
        };
        let mut reader = myself(&["--read".into(), kubeconfig.display().to_string()]);
        let mut taken: Vec<[Taken; 2]> = vec![];
        let mut memory = (0.0f64, 0.0);
        for _ in 0..rounds {
            let (floor, _) = children::run(&mut floor);
            let (read, said) = children::run(&mut reader);
            taken.push([floor, read]);
            let (more, columns) = numbers(&said);
            memory = (more.max(memory.0), columns);
        }
        // In turn, so that a slow minute slows both; the least of each is what was disturbed least.
        let least = |side: usize, pick: fn(&Taken) -> Duration| {
            let times = taken.iter().map(|pair| pick(&pair[side]));
            times.min().unwrap_or_default().as_secs_f64() * 1e3
        };
        let (floor_cpu, read_cpu) = (
            least(0, |taken| taken.processor),
            least(1, |taken| taken.processor),
        );
        let (floor, read) = (least(0, |taken| taken.wall), least(1, |taken| taken.wall));
        println!(
            "{:<10} {floor_cpu:>8.0} {floor:>8.0} {read_cpu:>9.0} {read:>8.0} {:>10.2}x {:>7.2}x {:>9.1} {:>9.1} {in_flight:>9.1}",
            way.name(),
            read_cpu / floor_cpu.max(1.0),
            read / floor.max(1.0),
            memory.0,
            memory.1,
        );
    }
}

fn kubeconfig(way: &Way, folder: &Path) -> PathBuf {
    let file = folder.join("kubeconfig");
    let text = format!(
        r#"{{"current-context": "c", "clusters": [{{"name": "c", "cluster": {{"server": "{}",
            "insecure-skip-tls-verify": {}, "disable-compression": {}}}}}],
            "contexts": [{{"name": "c", "context": {{"cluster": "c"}}}}]}}"#,
        way.url(),
        way.secure,
        !way.packed
    );
    std::fs::write(&file, text).unwrap();
    file
}

struct Silent;

impl Progress for Silent {
    fn begin(&self, _: usize) {}
    fn objects(&self, _: usize) {}
    fn kind(&self) {}
    fn end(&self) {}
}

/// Reads the cluster once, and says how much memory that took at most, and the snapshot takes, in bytes.
fn read(kubeconfig: &Path) {
    let target = Target {
        files: vec![kubeconfig.to_owned()],
        named: true,
        ..Target::default()
    };
    let live = Live::open(&target, reading(), Box::new(Silent), || {}).unwrap();
    let read_set = read_set::merged();
    let before = memory("VmRSS:");
    let collected = live.read(read_set, &BTreeSet::new()).unwrap();
    let more = memory("VmHWM:") - before;
    println!("{} {}", more, collected.snapshot.bytes());
}

const MIB: f64 = 1024.0 * 1024.0;

/// What a reader said, in MiB.
fn numbers(said: &str) -> (f64, f64) {
    let (more, columns) = said.trim().split_once(' ').unwrap();
    let mib = |bytes: &str| bytes.parse::<f64>().unwrap() / MIB;
    (mib(more), mib(columns))
}

/// A line of what Linux says of the memory of this process, in bytes; 0 where it says nothing.
fn memory(what: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    kib.unwrap_or(0) * 1024
}
