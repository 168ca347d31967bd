//! The floor: `curl` reads every page that a reading asks for, and throws it away.

use super::pages::{Page, Way};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// What is asked for whole objects, and for metadata, in the words of the reading.
const ACCEPT: [&str; 2] = [
    "application/json",
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
];

/// Whether `curl` is on this machine.
pub(super) fn has_curl() -> bool {
    let mut command = Command::new("curl");
    let version = command.arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// `curl`, told to read every page over one connection, to unpack what comes packed, and to keep nothing.
pub(super) fn curl(way: &Way, pages: &[Page], folder: &Path) -> Command {
    let mut config = String::new();
    for (metadata, accept) in ACCEPT.iter().enumerate() {
        if metadata == 1 {
            config += "next\n";
        }
        config += "silent\nshow-error\nfail\ninsecure\nhttp1.1\n";
        if way.packed {
            config += "compressed\nheader = \"Accept-Encoding: gzip\"\n";
        }
        writeln!(config, "header = \"Accept: {accept}\"").unwrap();
        for page in pages.iter().filter(|page| page.metadata == (metadata == 1)) {
            writeln!(config, "url = \"{}{}\"", way.url(), page.path).unwrap();
            config += "output = \"/dev/null\"\n";
        }
    }
    let file = folder.join("curl");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new("curl");
    // First, so that nobody's own settings are read.
    command
        .arg("--disable")
        .arg("--globoff")
        .arg("--config")
        .arg(file);
    command
}

/// What stands in for `curl` where there is none.
pub(super) fn read_all(way: &Way) {
    let pages = Page::all(&way.plain);
    let stream = TcpStream::connect(&way.address).unwrap();
    stream.set_nodelay(true).unwrap();
    if way.secure {
        let config = rustls::ClientConfig::builder()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody))
            .with_no_client_auth();
        let name = "localhost".try_into().unwrap();
        let tls = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        read_from(rustls::StreamOwned::new(tls, stream), way, &pages);
    } else {
        read_from(stream, way, &pages);
    }
}

fn read_from(stream: impl Read + Write, way: &Way, pages: &[Page]) {
    let mut stream = BufReader::with_capacity(100 << 10, stream);
    for page in pages {
        let accept = ACCEPT[usize::from(page.metadata)];
        let body = get(&mut stream, &page.path, accept, way.packed);
        match body.packed {
            true => {
                let mut unpacked = flate2::read::GzDecoder::new(body.bytes);
                std::io::copy(&mut unpacked, &mut std::io::sink()).unwrap()
            }
            false => std::io::copy(&mut { body.bytes }, &mut std::io::sink()).unwrap(),
        };
    }
}

/// What follows the header of an answer.
pub(super) struct Body<'s, S> {
    pub(super) bytes: std::io::Take<&'s mut BufReader<S>>,
    packed: bool,
}

/// Asks for a path.
pub(super) fn get<'s, S: Read + Write>(
    stream: &'s mut BufReader<S>,
    path: &str,
    accept: &str,
    packed: bool,
) -> Body<'s, S> {
    let encoding = if packed {
        "Accept-Encoding: gzip\r\n"
    } else {
        ""
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n{encoding}\r\n");
    stream.get_mut().write_all(request.as_bytes()).unwrap();
    stream.get_mut().flush().unwrap();
    let (mut length, mut packed) = (0, false);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(number) = line.strip_prefix("content-length: ") {
            length = number.parse().unwrap();
        }
        packed |= line == "content-encoding: gzip";
        if line.is_empty() {
            let bytes = stream.take(length);
            return Body { bytes, packed };
        }
    }
}

/// Takes every certificate, as `curl --insecure` does.
#[derive(Debug)]
struct Anybody;

impl rustls::client::danger::ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        let provider = rustls::crypto::ring::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
