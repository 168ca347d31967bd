//! Proxies between asogate and the API server: those of a kubeconfig, and those of the environment.

use super::contoso;
use crate::cluster::Session;
use crate::command::{Folder, Run};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A name of the API server that its certificate holds and that nobody but a proxy knows here.
const NAME: &str = "kubernetes.default.svc";

/// A proxy that leads to the API server, whatever it is asked for.
struct Proxy {
    address: String,
    /// What it was asked for, with what it was told of who asks.
    asked: Arc<Mutex<Vec<String>>>,
}

/// What a proxy makes of a connection: whom it wants, if it lets it through.
type Greet = fn(&mut TcpStream) -> std::io::Result<Option<String>>;

fn proxy(greet: Greet) -> Proxy {
    let (host, port) = contoso().unwrap().address();
    let server = format!("{host}:{port}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let shared = asked.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (server, asked) = (server.clone(), shared.clone());
            thread::spawn(move || {
                let wanted = greet(&mut stream)?;
                let Some(wanted) = wanted else { return Ok(()) };
                asked.lock().unwrap().push(wanted);
                let there = TcpStream::connect(server)?;
                let (mut from, mut to) = (stream.try_clone()?, there.try_clone()?);
                thread::spawn(move || std::io::copy(&mut from, &mut to));
                let (mut from, mut to) = (there, stream);
                std::io::copy(&mut from, &mut to)?;
                to.shutdown(std::net::Shutdown::Both)
            });
        }
    });
    Proxy { address, asked }
}

impl Proxy {
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The head of a request, up to the empty line.
fn head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn connect(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let head = head(stream)?;
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let lines = head
        .lines()
        .filter(|line| line.starts_with("CONNECT") || line.to_lowercase().starts_with("proxy-"));
    Ok(Some(lines.collect::<Vec<_>>().join(" ")))
}

fn wants_to_know_who(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    head(stream)?;
    stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")?;
    Ok(None)
}

/// SOCKS 5 (RFC 1928, 1929), for names, with and without a password.
fn socks(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let read = |stream: &mut TcpStream, count: usize| {
        let mut bytes = vec![0; count];
        stream.read_exact(&mut bytes).map(|()| bytes)
    };
    let count = read(stream, 2)?[1];
    let methods = read(stream, count.into())?;
    let mut who = String::new();
    if methods.contains(&2) {
        stream.write_all(&[5, 2])?;
        read(stream, 1)?;
        for _ in 0..2 {
            let length = read(stream, 1)?[0];
            who += &String::from_utf8_lossy(&read(stream, length.into())?);
            who.push(' ');
        }
        stream.write_all(&[1, 0])?;
    } else {
        stream.write_all(&[5, 0])?;
    }
    let request = read(stream, 4)?;
    assert_eq!(request, [5, 1, 0, 3], "not a connection to a name");
    let length = read(stream, 1)?[0];
    let name = read(stream, length.into())?;
    read(stream, 2)?;
    stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])?;
    Ok(Some(format!("{who}{}", String::from_utf8_lossy(&name))))
}

/// A kubeconfig for the API server under a name that cannot be reached from here.
fn kubeconfig(user: &Session, proxy: Option<&str>) -> String {
    let (_, port) = contoso().unwrap().address();
    let mut config: Value =
        serde_json::from_str(&user.kubeconfig_at(&format!("https://{NAME}:{port}"))).unwrap();
    if let Some(proxy) = proxy {
        config["clusters"][0]["cluster"]["proxy-url"] = proxy.into();
    }
    config.to_string()
}

fn check(kubeconfig: &str, environment: &[(&str, &str)]) -> Run {
    let folder = Folder::new().file("kubeconfig", kubeconfig);
    let mut command = folder.command("check pause-v1 -A --kubeconfig kubeconfig");
    for (name, value) in environment {
        command = command.env(name, value);
    }
    command.run()
}

#[test]
fn the_proxy_of_the_environment_leads_to_servers_that_it_is_meant_for() {
    let Some(cluster) = contoso() else { return };
    let admin = cluster.admin();
    let (_, port) = cluster.address();
    for variable in ["HTTPS_PROXY", "https_proxy"] {
        let proxy = proxy(connect);
        check(&kubeconfig(admin, None), &[(variable, &proxy.address)])
            .exits(0)
            .says(&format!("at https://{NAME}:{port}"));
        let asked = proxy.asked();
        assert!(!asked.is_empty());
        assert!(
            asked
                .iter()
                .all(|asked| *asked == format!("CONNECT {NAME}:{port} HTTP/1.1")),
            "{asked:?}"
        );
    }
    // Kept from it, the server is nowhere.
    let proxy = proxy(connect);
    for except in [
        "*",
        ".svc",
        "10.0.0.0/8, kubernetes.default.svc,",
        "*.default.svc",
    ] {
        check(
            &kubeconfig(admin, None),
            &[("HTTPS_PROXY", &proxy.address), ("NO_PROXY", except)],
        )
        .exits(3)
        .says("the connection failed: ");
    }
    // This machine never needs one.
    let here = std::fs::read_to_string(admin.kubeconfig()).unwrap();
    check(&here, &[("HTTPS_PROXY", &proxy.address)]).exits(0);
    assert_eq!(proxy.asked(), [""; 0]);
}

#[test]
fn the_proxy_of_a_kubeconfig_is_always_meant() {
    let Some(cluster) = contoso() else { return };
    let admin = cluster.admin();
    let (there, other) = (proxy(connect), proxy(connect));
    let config = kubeconfig(admin, Some(&format!("http://me:p%40ss@{}", there.address)));
    check(
        &config,
        &[("HTTPS_PROXY", &other.address), ("NO_PROXY", "*")],
    )
    .exits(0);
    let asked = there.asked();
    assert!(
        asked
            .iter()
            .all(|asked| asked.ends_with("Proxy-Authorization: Basic bWU6cEBzcw==")),
        "{asked:?}"
    );
    assert!(!asked.is_empty() && other.asked().is_empty());
}

#[test]
fn proxies_of_socks_resolve_the_name() {
    let Some(cluster) = contoso() else { return };
    let admin = cluster.admin();
    for (scheme, who) in [
        ("socks5://", ""),
        ("socks5h://", ""),
        ("socks5://me:p%40ss@", "me p@ss "),
    ] {
        let proxy = proxy(socks);
        check(
            &kubeconfig(admin, Some(&format!("{scheme}{}", proxy.address))),
            &[],
        )
        .exits(0);
        let asked = proxy.asked();
        assert!(
            !asked.is_empty() && asked.iter().all(|asked| *asked == format!("{who}{NAME}")),
            "{asked:?}"
        );
    }
}

/// A proxy that is spoken to by TLS itself, with the certificate of the API server.
fn secure_proxy() -> Proxy {
    let cluster = contoso().unwrap();
    let (host, port) = cluster.address();
    let server = format!("{host}:{port}");
    let acceptor = cluster.acceptor();
    let listener = cluster
        .run(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let shared = asked.clone();
    cluster.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (server, asked, acceptor) = (server.clone(), shared.clone(), acceptor.clone());
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                let mut head = vec![];
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                let head = String::from_utf8_lossy(&head);
                asked
                    .lock()
                    .unwrap()
                    .extend(head.lines().next().map(str::to_owned));
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                let mut there = tokio::net::TcpStream::connect(server).await?;
                tokio::io::copy_bidirectional(&mut stream, &mut there).await
            });
        }
    });
    Proxy { address, asked }
}

#[cfg(target_os = "linux")]
#[test]
fn a_proxy_that_is_spoken_to_by_tls_has_to_be_trusted_by_this_machine() {
    let Some(cluster) = contoso() else { return };
    let proxy = secure_proxy();
    let config = kubeconfig(cluster.admin(), Some(&format!("https://{}", proxy.address)));
    // The authority of the kubeconfig is that of the cluster alone.
    check(&config, &[]).exits(3).says("no secure connection: ");
    assert_eq!(proxy.asked(), [""; 0]);
    let authority = cluster.authority();
    check(&config, &[("SSL_CERT_FILE", authority.to_str().unwrap())]).exits(0);
    assert!(!proxy.asked().is_empty());
}

#[test]
fn a_proxy_that_does_not_let_through_is_told_and_its_password_is_not() {
    let Some(cluster) = contoso() else { return };
    let admin = cluster.admin();
    let refusing = proxy(wants_to_know_who);
    let url = |start: &str| format!("{start}me:contoso-canary-@{}", refusing.address);
    check(&kubeconfig(admin, Some(&url("http://"))), &[])
        .exits(3)
        .says(&format!(
            "through the proxy `http://{}`: ",
            refusing.address
        ))
        .says("proxy authorization required");
    check(&kubeconfig(admin, Some(&url("ftp://"))), &[])
        .exits(2)
        .says("`socks5://HOST:PORT`");
    check(
        &kubeconfig(admin, None),
        &[("HTTPS_PROXY", "http://me:contoso-canary-@a b")],
    )
    .exits(2)
    .says("`http://HOST:PORT`");
}
