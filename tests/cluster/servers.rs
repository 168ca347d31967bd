//! The three processes of a control plane, and who ends them.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long a server may take to answer before it counts as broken; far more than it takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// Ends the servers and removes their data when this process ends, however it does: it reads their ids from a pipe, and
/// acts once the other end of the pipe is closed. A static value is never dropped, and a killed process runs nothing, so
/// nothing inside of the process could. SIGKILL, because the API server's graceful end waits for an etcd that may be gone.
const WATCH: &str = r#"
ids=
while read -r id; do ids="$ids $id"; done
[ -z "$ids" ] || kill -KILL $ids 2>/dev/null
for try in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$1" && [ ! -e "$1" ] && exit
  sleep 0.2
done
"#;

/// A running control plane.
pub(super) struct Servers {
    pub(super) program: PathBuf,
    /// Certificates, tokens, logs and etcd's data.
    folder: PathBuf,
    /// Where the API server listens.
    pub(super) url: String,
    watch: Mutex<ChildStdin>,
    started: Mutex<Vec<(&'static str, Child)>>,
}

impl Servers {
    /// Starts etcd and the API server, for these tokens (`token,user,uid,"group,group"` a line), and waits until the API
    /// server has its certificate. That it is ready is to be asked with a client.
    ///
    /// # Errors
    ///
    /// In words, with the end of the log of what failed.
    pub(super) fn start(program: &Path, folder: PathBuf, tokens: &str) -> Result<Servers, String> {
        let mut watch = Command::new("sh");
        watch.args(["-c", WATCH, "watch"]).arg(&folder);
        // Ctrl-C reaches the group of the test; what cleans up after it must outlive it.
        watch
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let mut watch = watch
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("could not start `sh`: {error}"))?;
        let pipe = watch.stdin.take().ok_or("`sh` has no input")?;
        let [clients, peers, api] = free_ports()?;
        let url = format!("https://127.0.0.1:{api}");
        let servers = Servers {
            program: program.to_owned(),
            folder,
            url,
            watch: Mutex::new(pipe),
            started: Mutex::default(),
        };
        servers.write("tokens.csv", tokens)?;
        servers.write("key.pem", &servers.key()?)?;
        let clients = format!("http://127.0.0.1:{clients}");
        let peers = format!("http://127.0.0.1:{peers}");
        servers.spawn(
            "etcd",
            &[
                ("data-dir", &servers.path("etcd")),
                ("listen-client-urls", &clients),
                ("advertise-client-urls", &clients),
                ("listen-peer-urls", &peers),
                ("initial-advertise-peer-urls", &peers),
                ("initial-cluster", &format!("default={peers}")),
                ("unsafe-no-fsync", "true"),
            ],
        )?;
        let key = servers.path("key.pem");
        servers.spawn(
            "kube-apiserver",
            &[
                ("etcd-servers", &clients),
                ("cert-dir", &servers.path("certificates")),
                ("bind-address", "127.0.0.1"),
                ("advertise-address", "127.0.0.1"),
                ("secure-port", &api.to_string()),
                ("endpoint-reconciler-type", "none"),
                ("service-account-key-file", &key),
                ("service-account-signing-key-file", &key),
                ("service-account-issuer", "https://kubernetes.default.svc"),
                ("service-cluster-ip-range", "10.96.0.0/16"),
                ("authorization-mode", "RBAC"),
                ("token-auth-file", &servers.path("tokens.csv")),
                // No controller makes the service accounts that it asks for.
                ("disable-admission-plugins", "ServiceAccount"),
            ],
        )?;
        let deadline = Instant::now() + PATIENCE;
        while !Path::new(&servers.authority()).exists() {
            servers.check(deadline, "the certificate of the API server")?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(servers)
    }

    /// Starts the controllers that end objects.
    pub(super) fn start_controllers(&self, kubeconfig: &Path) -> Result<(), String> {
        self.spawn(
            "kube-controller-manager",
            &[
                ("kubeconfig", &kubeconfig.display().to_string()),
                (
                    "controllers",
                    "garbage-collector-controller,namespace-controller",
                ),
                ("leader-elect", "false"),
                ("secure-port", "0"),
                // The defaults spare an API server that others need too.
                ("kube-api-qps", "5000"),
                ("kube-api-burst", "10000"),
                ("concurrent-namespace-syncs", "50"),
            ],
        )
    }

    /// The certificate by which the API server is known.
    pub(super) fn authority(&self) -> String {
        self.path("certificates/apiserver.crt")
    }

    /// The certificate that the API server shows, and its key.
    pub(super) fn certificate(&self) -> (String, String) {
        (self.authority(), self.path("certificates/apiserver.key"))
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.folder.join(name);
        fs::write(&path, text)
            .map_err(|error| format!("could not write `{}`: {error}", path.display()))?;
        Ok(path)
    }

    /// Fails if a server has ended, or the deadline has passed: nobody waits for `what` forever.
    pub(super) fn check(&self, deadline: Instant, what: &str) -> Result<(), String> {
        let mut started = self.started.lock().map_err(|error| error.to_string())?;
        for (name, child) in started.iter_mut() {
            if let Ok(Some(status)) = child.try_wait() {
                let log = self.log(name);
                return Err(format!(
                    "`{name}` ended with {status}; its last words:\n{log}"
                ));
            }
        }
        if Instant::now() < deadline {
            return Ok(());
        }
        let logs: Vec<String> = started
            .iter()
            .map(|(name, _)| format!("last words of `{name}`:\n{}", self.log(name)))
            .collect();
        let seconds = PATIENCE.as_secs();
        Err(format!(
            "waited more than {seconds} s for {what}\n{}",
            logs.join("\n")
        ))
    }

    /// The last lines of the log of a server.
    fn log(&self, name: &str) -> String {
        let text = fs::read(self.path(&format!("{name}.log"))).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    fn key(&self) -> Result<String, String> {
        let output = Command::new(&self.program)
            .arg("key")
            .output()
            .map_err(|error| format!("could not run `{}`: {error}", self.program.display()))?;
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    }

    fn spawn(&self, name: &'static str, flags: &[(&str, &str)]) -> Result<(), String> {
        let broken = |error| format!("could not start `{name}`: {error}");
        let log = File::create(self.path(&format!("{name}.log"))).map_err(broken)?;
        let mut command = Command::new(&self.program);
        command.arg(name);
        command.args(
            flags
                .iter()
                .map(|(flag, value)| format!("--{flag}={value}")),
        );
        command.process_group(0).current_dir(&self.folder);
        command.stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(broken)?).stderr(log);
        let child = command.spawn().map_err(broken)?;
        let told = self
            .watch
            .lock()
            .map_err(|error| error.to_string())
            .and_then(|mut watch| {
                writeln!(watch, "{}", child.id()).map_err(|error| error.to_string())
            });
        let mut started = self.started.lock().map_err(|error| error.to_string())?;
        started.push((name, child));
        told.map_err(|error| format!("nobody would end `{name}`: {error}"))
    }
}

/// Ports that nobody listens on. Somebody may take one before the server does; then it says so, and another try is made.
fn free_ports() -> Result<[u16; 3], String> {
    let listen = || TcpListener::bind("127.0.0.1:0");
    let find = || -> std::io::Result<[u16; 3]> {
        let all = [listen()?, listen()?, listen()?];
        let mut ports = [0; 3];
        for (port, listener) in ports.iter_mut().zip(&all) {
            *port = listener.local_addr()?.port();
        }
        Ok(ports)
    };
    find().map_err(|error| format!("could not find a free port: {error}"))
}
