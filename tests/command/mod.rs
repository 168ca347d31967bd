//! Runs the `asogate` binary as people do, and holds every run to what is promised of all of them: an exit code that is
//! one of four, data on standard output and complaints on standard error, no ANSI escapes for a pipe, no value of a Secret.
#![allow(
    dead_code,
    reason = "every suite compiles this module, and none uses all of it"
)]

pub(crate) mod bash;

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The text that every secret value of `examples/contoso` contains, and its three forms in base64.
pub(crate) const CANARIES: [&str; 4] = [
    "contoso-canary-",
    "Y29udG9zby1jYW5hcnkt",
    "bnRvc28tY2FuYXJ5",
    "b250b3NvLWNhbmFy",
];

/// The folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs `asogate` in the repository, with arguments that contain no blanks.
pub(crate) fn asogate(arguments: &str) -> Run {
    Asogate::new(&repository(), arguments).run()
}

/// A command that is to be run.
pub(crate) struct Asogate {
    command: Command,
    shown: String,
    input: Vec<u8>,
}

impl Asogate {
    pub(crate) fn new(folder: &Path, arguments: &str) -> Asogate {
        let mut command = command(env!("CARGO_BIN_EXE_asogate"), folder);
        command.args(arguments.split_whitespace());
        Asogate {
            command,
            shown: format!("asogate {arguments}"),
            input: vec![],
        }
    }

    /// One more argument, whatever it contains.
    pub(crate) fn arg(mut self, argument: &str) -> Asogate {
        self.command.arg(argument);
        self.shown = format!("{} '{argument}'", self.shown);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Asogate {
        self.command.env(name, value);
        self.shown = format!("{name}={value} {}", self.shown);
        self
    }

    pub(crate) fn without(mut self, variable: &str) -> Asogate {
        self.command.env_remove(variable);
        self
    }

    /// What stands on standard input.
    pub(crate) fn input(mut self, input: impl AsRef<[u8]>) -> Asogate {
        self.input = input.as_ref().to_vec();
        self
    }

    pub(crate) fn run(self) -> Run {
        let run = run(self.command, self.shown, &self.input);
        run.keeps_its_promises();
        run
    }
}

/// A program with an environment that nothing of the user's reaches, and with compiled policies that all tests share.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ASOGATE_") {
            command.env_remove(name);
        }
    }
    // Whoever runs the tests may be able to reach a real cluster.
    command.env("KUBECONFIG", "no-kubeconfig");
    for name in [
        "KUBERNETES_SERVICE_HOST",
        "KUBERNETES_SERVICE_PORT",
        "HTTPS_PROXY",
        "https_proxy",
        "NO_PROXY",
        "no_proxy",
    ] {
        command.env_remove(name);
    }
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    fs::create_dir_all(&cache).unwrap();
    command.env("XDG_CACHE_HOME", cache).env("NO_COLOR", "1");
    command
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command, shown: String, input: &[u8]) -> Run {
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A program that does not read all of its input is fine.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    });
    Run {
        shown,
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What a command did.
pub(crate) struct Run {
    pub(crate) shown: String,
    /// None if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Checks what is promised of every run.
    #[track_caller]
    pub(crate) fn keeps_its_promises(&self) {
        let code = self.code;
        assert!(matches!(code, Some(0..=3)), "exit code {code:?}: {self}");
        assert!(!self.text().contains('\x1b'), "ANSI escapes: {self}");
        for canary in CANARIES {
            assert!(!self.text().contains(canary), "a secret value: {self}");
        }
        for word in [
            "thread 'main'",
            "RUST_BACKTRACE",
            "asogate_core::",
            "Error {",
        ] {
            assert!(!self.text().contains(word), "`{word}`: {self}");
        }
        if let Ok(document) = serde_json::from_str::<Value>(&self.out)
            && document["kind"] == "Verdict"
        {
            self.names_what_it_is_about(&document);
        }
        if code == Some(2) && !self.err.starts_with("A gate for") {
            assert_eq!(self.out, "", "output beside an error: {self}");
            assert!(self.err.starts_with("error: "), "no error: {self}");
            let ours = !self.err.contains("try '--help'");
            let stop = self.err.trim_end().ends_with('.');
            assert!(!(ours && stop), "a full stop: {self}");
        }
    }

    /// A finding about an object of either operator names its Azure resource, or says why that is not known; and one that
    /// denies has something that can be pasted.
    #[track_caller]
    fn names_what_it_is_about(&self, document: &Value) {
        let lists = ["findings", "following", "waived"].map(|name| &document[name]);
        for finding in lists.into_iter().flat_map(|list| list.as_array().unwrap()) {
            let group = finding["subject"]["group"].as_str().unwrap_or("");
            let of_operator = group == "azure.microsoft.com" || group.ends_with(".azure.com");
            let azure = &finding["azure"];
            assert_eq!(azure.is_object(), of_operator, "{finding:#}: {self}");
            if of_operator {
                let id = azure["id"].as_str();
                let is_id =
                    |id: &str| id.starts_with("/subscriptions/") || id.starts_with("/providers/");
                let is_reason = azure["unidentified"]
                    .as_str()
                    .is_some_and(|why| why.len() > 10);
                assert!(id.map_or(is_reason, is_id), "{finding:#}: {self}");
            }
        }
    }

    /// All that was said.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Run {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Run {
        assert!(self.text().contains(words), "`{words}` is not in: {self}");
        self
    }

    #[track_caller]
    pub(crate) fn does_not_say(self, words: &str) -> Run {
        assert!(!self.text().contains(words), "`{words}` is in: {self}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The findings of a verdict in JSON.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let document = self.json();
        let findings = document["findings"].as_array().unwrap();
        findings.iter().map(Finding::new).collect()
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Run {
            shown,
            code,
            out: stdout,
            err,
        } = self;
        let stdout = match serde_json::from_str::<Value>(stdout) {
            Ok(document) if document["findings"].is_array() => summary(self, &document),
            _ => stdout.chars().take(6000).collect(),
        };
        write!(out, "`{shown}` ended with {code:?}\n{stdout}{err}")
    }
}

/// A verdict in JSON is too long to be read in a failure of a test.
fn summary(run: &Run, document: &Value) -> String {
    let mut text = format!("{} {}\n", document["verdict"], document["undetermined"]);
    for finding in run.findings() {
        let Finding {
            level,
            code,
            subject,
            at,
            ..
        } = finding;
        let at = at.unwrap_or_default();
        text.push_str(&format!("{level}[{code}] {subject} {at}\n"));
    }
    text
}

/// A finding of a verdict in JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) level: String,
    pub(crate) code: String,
    /// `Kind.group namespace/name`; `plan` for the plan as a whole.
    pub(crate) subject: String,
    /// `file:line`, if it stands in a file.
    pub(crate) at: Option<String>,
    /// The finding itself.
    pub(crate) json: Value,
}

impl Finding {
    pub(crate) fn new(json: &Value) -> Finding {
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let position = &json["position"];
        let at = position
            .is_object()
            .then(|| format!("{}:{}", text(&position["file"]), position["line"]));
        Finding {
            level: text(&json["level"]),
            code: format!("{}/{}", text(&json["policy"]), text(&json["code"])),
            subject: subject(&json["subject"]),
            at,
            json: json.clone(),
        }
    }
}

fn subject(key: &Value) -> String {
    if key.is_null() {
        return "plan".into();
    }
    let text = |field: &str| key[field].as_str().unwrap_or("");
    let group = match text("group") {
        "" => String::new(),
        group => format!(".{group}"),
    };
    let namespace = match text("namespace") {
        "" => String::new(),
        namespace => format!("{namespace}/"),
    };
    format!("{}{group} {namespace}{}", text("kind"), text("name"))
}

/// A folder of one test, in which commands are run. It goes with the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
    }

    /// With a copy of a folder of `examples/contoso`, under its name.
    pub(crate) fn with(self, example: &str) -> Folder {
        let from = repository().join("examples/contoso").join(example);
        copy(&from, &self.path(example));
        self
    }

    /// With this file.
    pub(crate) fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Folder {
        self.write(name, contents);
        self
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces text of a file, which must be there.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "`{from}` is not in `{name}`");
        self.write(name, text.replace(from, to));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command in this folder.
    pub(crate) fn command(&self, arguments: &str) -> Asogate {
        Asogate::new(self.0.path(), arguments)
    }

    /// Runs `asogate` in this folder.
    pub(crate) fn asogate(&self, arguments: &str) -> Run {
        self.command(arguments).run()
    }
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
