//! How long a whole check takes: load, plan, consequences, every policy, verdict; as ratios to the floor, `serde_json`
//! checking and skipping the same text in the same run. Also the start of the policies: from the binary, compiled, from the
//! cache; and of the whole program, from its start to its verdict on a small cluster.
//!
//! `cargo bench -p asogate --bench check [-- OBJECTS…]`; `--million` adds the biggest size, `--quick` takes the smallest
//! alone, once. Nothing here is an assertion; the goals stand in the design.

#![expect(clippy::print_stdout, reason = "a benchmark's report is its output")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should stop"
)]

mod synthetic;

use asogate::collect::coverage::AssumeComplete;
use asogate::collect::text::Source;
use asogate::collect::{Cluster, Dump};
use asogate::engine::cache::Cache;
use asogate::engine::catalogue::{BUILT_IN, BuiltIn};
use asogate::engine::{Engine, Policy};
use asogate::gate::{self, Case, Subject};
use asogate::panel::{self, Candidate, Origin, Panel};
use asogate::steps::selection::{LabelSelector, Namespaces, Selection};
use asogate_core::change::Propagation;
use asogate_core::finding::Answer;
use asogate_core::input::PolicyInput;
use asogate_core::plan::Step;
use asogate_core::projection::Projection;
use asogate_core::simulate::{Finalizers, simulate};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The steps that are measured: one that changes an annotation of every v1 object that is not paused, and one that
/// deletes them all, with what depends on them.
const STEPS: [Step; 2] = [Step::PauseV1, Step::Cleanup];

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let quick = words.iter().any(|word| word == "--quick");
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = if quick {
            vec![1_000]
        } else {
            vec![1_000, 10_000, 100_000]
        };
    }
    if words.iter().any(|word| word == "--million") {
        sizes.push(1_000_000);
    }
    let engine = start();
    for objects in sizes {
        measure(
            &engine,
            objects,
            if quick {
                1
            } else {
                (500_000 / objects).clamp(3, 50)
            },
        );
    }
    println!(
        "goals at 100,000: whole check 3.2x the floor; scan policies 20 ns a row, joins 0.45 us a secret or workload"
    );
}

/// Starts the policies of a cleanup in each way that there is.
fn start() -> Engine {
    let folder = std::env::temp_dir().join(format!("asogate-bench-{}", std::process::id()));
    let begin = |cache: Option<Cache>, candidates: &[Candidate]| {
        let (took, engine) = time(|| {
            let engine = Engine::new(cache).unwrap();
            Panel::assemble(&engine, candidates, Some(Step::Cleanup)).unwrap();
            engine
        });
        (took, engine)
    };
    let built_in = Candidate::built_in();
    let (embedded, _) = begin(None, &built_in);
    let is_embedded = BUILT_IN.iter().all(|policy| policy.native.is_some());
    let bare: Vec<Candidate> = BUILT_IN.iter().map(bare).collect();
    let (none, _) = begin(None, &bare);
    let (cold, _) = begin(Some(Cache::open(&folder).unwrap()), &bare);
    let (warm, engine) = begin(Some(Cache::open(&folder).unwrap()), &bare);
    let judging = BUILT_IN
        .iter()
        .filter(|policy| policy.may_judge(Some(Step::Cleanup)));
    println!(
        "start of the {} of {} policies that judge a cleanup: from the binary {}, compiled {:.0} ms, into an empty cache {:.0} ms, from the cache {:.1} ms",
        judging.count(),
        BUILT_IN.len(),
        match is_embedded {
            true => format!("{:.1} ms", millis(embedded)),
            false => "not in this build".into(),
        },
        millis(none),
        millis(cold),
        millis(warm)
    );
    program(&folder, is_embedded);
    std::fs::remove_dir_all(&folder).unwrap();
    engine
}

/// A built-in policy without the native code that this binary holds.
fn bare(policy: &BuiltIn) -> Candidate {
    Candidate {
        origin: Origin::BuiltIn(BuiltIn {
            native: None,
            ..*policy
        }),
        enabled: true,
        settings: serde_json::Map::new(),
    }
}

/// A cluster that is read at once, so that what is measured is the start.
const SMALL: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "1"}},
    {"apiVersion": "azure.microsoft.com/v1alpha1", "kind": "RedisCache",
     "metadata": {"name": "basket", "namespace": "shop", "uid": "2"}},
    {"apiVersion": "v1", "kind": "Secret",
     "metadata": {"name": "azureoperatorsettings", "namespace": "shop", "uid": "3"}}]}"#;

/// The whole program on the first step of a migration: processor time from its start to its verdict, with nothing kept of
/// runs before (as in a fresh container), and with a cache.
fn program(cache: &Path, is_embedded: bool) {
    const RUNS: u32 = 50;
    let cluster = cache.with_extension("json");
    std::fs::write(&cluster, SMALL).unwrap();
    let run = |cache: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asogate"));
        command
            .args(["check", "pause-v1", "-A", "--assume-complete", "--snapshot"])
            .arg(&cluster)
            .env("ASOGATE_CACHE_DIR", cache)
            .env_remove("ASOGATE_CONFIG")
            .stdout(Stdio::null());
        assert!(command.status().unwrap().success());
    };
    let cost = |cache: &Path, runs: u32| {
        let before = time_of_children();
        (0..runs).for_each(|_| run(cache));
        millis(time_of_children().saturating_sub(before)) / f64::from(runs)
    };
    let nothing_kept = cost(Path::new(""), if is_embedded { RUNS } else { 1 });
    run(cache);
    let with_cache = cost(cache, RUNS);
    std::fs::remove_file(&cluster).unwrap();
    println!(
        "process start to verdict on a small cluster: {nothing_kept:.1} ms of processor time with nothing kept, {with_cache:.1} ms with a cache; goals: 15 ms for a release, 30 ms with a cache for a development build"
    );
}

/// Processor time of the child processes that have ended; zero where the system does not tell.
fn time_of_children() -> Duration {
    // The name of the program, in parentheses, may hold blanks. User and system time of children are the fields 16 and 17,
    // in hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: u64 = fields
        .split(' ')
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn measure(engine: &Engine, objects: usize, rounds: usize) {
    let text = synthetic::cluster(objects);
    let bytes = text.len();
    let cluster = Cluster::Recorded(Dump::new(
        vec![Source::new("synthetic.json", text.clone())],
        AssumeComplete::Everything,
        vec![],
    ));
    for step in STEPS {
        let selection = Selection {
            namespaces: Namespaces::All,
            labels: LabelSelector::default(),
            resources: vec![],
        };
        let case = Case {
            subject: Subject::Step {
                step,
                selection: &selection,
                propagation: Propagation::Background,
            },
            manifests: &[],
            cluster: Some(&cluster),
            levels: &BTreeMap::new(),
            waivers: &[],
            today: jiff::civil::date(2026, 11, 24),
        };
        let panel = Panel::assemble(engine, &Candidate::built_in(), Some(step)).unwrap();
        // Interleaved, so that a slow minute slows all alike.
        let mut times: Vec<[Duration; 2]> = (0..rounds)
            .map(|_| {
                let floor = time(|| floor(&text)).0;
                let (check, judgement) = time(|| gate::judge(&case, &panel).unwrap());
                drop(judgement);
                [floor, check]
            })
            .collect();
        let smallest = |pick: usize| {
            times
                .iter()
                .filter_map(|pair| pair.get(pick))
                .min()
                .copied()
                .unwrap()
        };
        let (floor, check) = (smallest(0), smallest(1));
        let ratio = |pair: &[Duration; 2]| {
            let [floor, check] = pair;
            check.as_secs_f64() / floor.as_secs_f64()
        };
        times.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
        let median = times.get(times.len() / 2).map(ratio).unwrap();
        println!(
            "{objects:>8} objects, {:.1} MB, {step}: floor {:.1} ms, whole check {:.1} ms, {:.2}x (median {median:.2}x), {:.0} ns an object, {:.0} MiB resident",
            bytes as f64 / 1e6,
            millis(floor),
            millis(check),
            check.as_secs_f64() / floor.as_secs_f64(),
            check.as_nanos() as f64 / objects as f64,
            resident(),
        );
        parts(engine, &case, &panel, floor);
    }
}

/// The parts of one check: simulation, projection, and each policy alone: the host's
/// tables, the guest with all copies, its instructions and the most memory that it had.
fn parts(engine: &Engine, case: &Case<'_>, panel: &Panel, floor: Duration) {
    let step = case.subject.step();
    let (load, (plan, snapshot)) = time(|| gate::plan_and_snapshot(case, panel).unwrap());
    let (simulation, outcome) = time(|| simulate(&snapshot, &plan, Finalizers::Act));
    let effects = outcome.effects.len();
    let (projecting, projection) = time(|| Projection::new(&snapshot, &plan, outcome).unwrap());
    println!(
        "           load and plan {:.1} ms ({:.2}x), {} changes; simulate {:.1} ms, {effects} effects; project {:.1} ms",
        millis(load),
        load.as_secs_f64() / floor.as_secs_f64(),
        plan.changes().len(),
        millis(simulation),
        millis(projecting),
    );
    for policy in panel::load(engine, &Candidate::built_in().iter().collect::<Vec<_>>()) {
        let policy = policy.unwrap();
        if !policy.manifest().steps.include(step) {
            continue;
        }
        let settings = policy.settings(&serde_json::json!({})).unwrap();
        let selectors = policy.reads(&settings).unwrap();
        // The smaller of two runs: the first one touches memory that nobody has touched before.
        let ((host, input), (guest, (answer, usage))) = (0..2)
            .map(|_| {
                let (host, input) = time(|| PolicyInput::new(&projection, &selectors, step));
                let allowance = Policy::allowance(&input, &settings);
                let guest = time(|| policy.measure(&input, &settings, allowance));
                ((host, input), guest)
            })
            .min_by_key(|((host, _), (guest, _))| *host + *guest)
            .unwrap();
        let rows: usize = input.tables.iter().map(|table| table.objects.len()).sum();
        let findings = match answer {
            Answer::Judged(findings) => format!("{} findings", findings.len()),
            Answer::NotApplicable => continue,
            Answer::Declined(why) | Answer::Broke(why) => why,
        };
        println!(
            "           {:<20} {:>7.2} ms ({:.3}x): tables {:>6.2} ms, {rows:>6} rows; guest {:>6.2} ms, {:>6.1} M instructions, {:>5.1} MiB; {findings}",
            policy.id(),
            millis(host + guest),
            (host + guest).as_secs_f64() / floor.as_secs_f64(),
            millis(host),
            millis(guest),
            usage.fuel as f64 / 1e6,
            usage.memory as f64 / f64::from(1 << 20),
        );
    }
}

fn time<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

fn floor(text: &str) {
    serde_json::from_str::<IgnoredAny>(text).unwrap();
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Resident memory of this process in MiB; 0 where the system does not tell.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1024.0
}
