//! The pod that asogate runs in: where its cluster is, and the files of its service account.

use kube::Config;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::PathBuf;

/// A pod with a service account.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The folder of the service account, with `token` and `ca.crt`; in a pod [`Pod::FOLDER`].
    pub folder: PathBuf,
    /// Where the API server is (`KUBERNETES_SERVICE_HOST`).
    pub host: String,
    /// Its port (`KUBERNETES_SERVICE_PORT`).
    pub port: String,
}

impl Pod {
    /// Where the kubelet puts the files of a service account.
    pub const FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// The configuration of a client that is this service account. The token is read again when it has been renewed.
    pub(super) fn config(&self) -> Result<Config, String> {
        let token = self.folder.join("token");
        let authority = self.folder.join("ca.crt");
        for file in [&token, &authority] {
            std::fs::metadata(file).map_err(|error| {
                let file = file.display();
                format!(
                    "could not read `{file}`: {error}; let the pod have its service account (`automountServiceAccountToken`), or name a kubeconfig with --kubeconfig or KUBECONFIG"
                )
            })?;
        }
        let host = match self.host.parse::<std::net::Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) => self.host.clone(),
        };
        let port: Result<u16, _> = self.port.parse();
        let url = port
            .ok()
            .and_then(|port| format!("https://{host}:{port}").parse().ok());
        let url = url.ok_or_else(|| {
            format!(
                "`{host}` and `{}` (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT) are no host and port of an API server",
                self.port
            )
        })?;
        let unreadable = || {
            let file = authority.display();
            format!("`{file}` holds no certificate; it should be the authority of the cluster")
        };
        let certificates = CertificateDer::pem_file_iter(&authority).map_err(|_| unreadable())?;
        let certificates: Result<Vec<_>, _> = certificates.collect();
        let certificates = certificates.map_err(|_| unreadable())?;
        if certificates.is_empty() {
            return Err(unreadable());
        }
        let mut config = Config::new(url);
        config.root_cert = Some(certificates.iter().map(|der| der.to_vec()).collect());
        config.root_cert_file = Some(authority);
        config.auth_info.token_file = Some(token.display().to_string());
        Ok(config)
    }
}
