//! How long it takes to load a snapshot, as a ratio to the floor: `serde_json` checking and skipping the same text.
//!
//! `cargo bench -p asogate --bench load [-- OBJECTS…]`; `--million` adds the biggest size, `--quick` takes the smallest
//! alone, `--profile OBJECTS` loads one size again and again for a profiler. Nothing here is an assertion; the goals stand in the design.

#![expect(clippy::print_stdout, reason = "a benchmark's report is its output")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should stop"
)]

mod processor;
mod read_set;
mod synthetic;

use asogate::collect::coverage::AssumeComplete;
use asogate::collect::loader::{Loaded, Loader};
use processor::Whose;
use serde::de::IgnoredAny;
use std::time::{Duration, Instant};

/// Goals: ratio to the floor, and memory beside the text at 100,000 objects.
const GOAL: (f64, f64) = (2.2, 150.0);

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    if let [flag, objects] = words.as_slice()
        && flag == "--profile"
    {
        let text = synthetic::cluster(objects.parse().expect("a number"));
        for _ in 0..2_000_000 / text.len().div_ceil(2400).max(1) {
            std::hint::black_box(load(&text));
        }
        return;
    }
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        let quick = words.iter().any(|word| word == "--quick");
        sizes = if quick {
            vec![1_000]
        } else {
            vec![1_000, 10_000, 100_000]
        };
    }
    if words.iter().any(|word| word == "--million") || std::env::var_os("ASOGATE_MILLION").is_some()
    {
        sizes.push(1_000_000);
    }
    println!(
        "{:>9} {:>8} {:>6} {:>10} {:>10} {:>7} {:>7} {:>7} {:>9} {:>10}",
        "objects", "MB", "B/obj", "floor ms", "load ms", "min", "median", "cpu", "ns/obj", "+MiB"
    );
    for objects in sizes {
        measure(objects);
    }
    println!("goals at 100,000: ratio {} and {} MiB", GOAL.0, GOAL.1);
}

fn measure(objects: usize) {
    let text = synthetic::cluster(objects);
    let before = resident();
    let mut loader = Loader::in_parts(read_set::merged());
    loader.json("synthetic.json", &text).unwrap();
    let loaded = loader.finish(&AssumeComplete::Everything, &[]).unwrap();
    let memory = resident() - before;
    let count = loaded.snapshot.len();
    drop(loaded);
    // Enough rounds for a stable minimum; interleaved, so that a slow minute slows both.
    let rounds = (2_000_000 / objects).clamp(5, 400);
    let mut processor: Vec<f64> = vec![];
    let mut times: Vec<(Duration, Duration)> = (0..rounds)
        .map(|_| {
            let start = processor::time(Whose::Own);
            let floor = time(|| floor(&text)).0;
            let between = processor::time(Whose::Own);
            // Giving the memory back is not a part of loading.
            let (load, loaded) = time(|| load(&text));
            let end = processor::time(Whose::Own);
            drop(loaded);
            let ratio = (end - between).as_secs_f64() / (between - start).as_secs_f64();
            processor.push(ratio);
            (floor, load)
        })
        .collect();
    processor.sort_by(f64::total_cmp);
    // All threads together: what one core would take.
    let processor = processor[processor.len() / 2];
    let smallest =
        |pick: fn(&(Duration, Duration)) -> Duration| times.iter().map(pick).min().unwrap();
    let (floor, load) = (smallest(|pair| pair.0), smallest(|pair| pair.1));
    let ratio = load.as_secs_f64() / floor.as_secs_f64();
    let ratio_of = |pair: &(Duration, Duration)| pair.1.as_secs_f64() / pair.0.as_secs_f64();
    times.sort_by(|one, other| ratio_of(one).total_cmp(&ratio_of(other)));
    let median = ratio_of(&times[times.len() / 2]);
    println!(
        "{count:>9} {:>8.1} {:>6} {:>10.2} {:>10.2} {ratio:>7.2} {median:>7.2} {processor:>7.2} {:>9.0} {memory:>10.1}",
        text.len() as f64 / 1e6,
        text.len() / count,
        floor.as_secs_f64() * 1e3,
        load.as_secs_f64() * 1e3,
        load.as_nanos() as f64 / count as f64,
    );
}

fn time<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

fn floor(text: &str) {
    serde_json::from_str::<IgnoredAny>(text).unwrap();
}

fn load(text: &str) -> Loaded {
    let mut loader = Loader::in_parts(read_set::merged());
    loader.json("synthetic.json", text).unwrap();
    loader.finish(&AssumeComplete::Everything, &[]).unwrap()
}

/// Resident memory in MiB; 0 where the system does not tell.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
