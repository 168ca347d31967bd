//! A client for a cluster that was found: straight to it, or through a proxy.

use super::kubeconfig::words;
use super::proxy;
use super::target::{Found, TargetError};
use super::trouble::credentials;
use hyper_util::client::legacy::Client as Connections;
use hyper_util::client::legacy::connect::Connection;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::{Client, Config};
use tower::{BoxError, Service, ServiceBuilder};
use tower_http::decompression::DecompressionLayer;

impl Found {
    /// The address of the API server.
    pub(super) fn server(&self) -> String {
        address(&self.config.cluster_url)
    }

    /// The proxy that leads to it, as the end of a sentence; empty if there is none.
    pub(super) fn way(&self) -> String {
        let address = |proxy: &http::Uri| format!(" through the proxy `{}`", address(proxy));
        self.proxy.as_ref().map_or_else(String::new, address)
    }

    /// A client for the cluster. Runs the credential plugin, if there is one.
    pub(super) fn client(mut self) -> Result<Client, TargetError> {
        // Attempts are ours, so that each failure is told and timed as one.
        self.config.default_retry = false;
        self.config.read_timeout = None;
        let exec = self.config.auth_info.exec.as_ref();
        let place = match exec.and_then(|exec| exec.command.clone()) {
            Some(plugin) => format!("{} with its plugin `{plugin}`", self.place),
            None => self.place,
        };
        let client = match self.proxy {
            None => Client::try_from(self.config),
            Some(proxy) => through(self.config, &proxy),
        };
        client.map_err(|error| TargetError::Unusable {
            place,
            cause: cause(&error),
        })
    }
}

/// A client that reaches its server through a proxy. The client library could do that by itself, but it holds `NO_PROXY`
/// against the proxy instead of against the server, and fails if it cannot read it.
fn through(config: Config, proxy: &http::Uri) -> kube::Result<Client> {
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_connect_timeout(config.connect_timeout);
    let credentials = proxy::credentials(proxy);
    match proxy.scheme_str() {
        Some("socks5") => {
            let mut connector = SocksV5::new(proxy.clone(), direct);
            if let Some((user, password)) = credentials {
                connector = connector.with_auth(user, password);
            }
            connected(config, connector)
        }
        Some("https") => {
            // The authority of the cluster is not that of its proxy.
            let secure =
                Config::new(proxy.clone()).rustls_https_connector_with_connector(direct)?;
            connected(config, tunnel(proxy, secure))
        }
        _ => connected(config, tunnel(proxy, direct)),
    }
}

fn tunnel<C>(proxy: &http::Uri, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.clone(), connector);
    match proxy::authorization(proxy) {
        Some(authorization) => tunnel.with_auth(authorization),
        None => tunnel,
    }
}

/// A client of which every connection is made by `connector`.
fn connected<C>(config: Config, connector: C) -> kube::Result<Client>
where
    C: Service<http::Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: std::error::Error + Send + Sync + 'static,
{
    let connector = config.rustls_https_connector_with_connector(connector)?;
    let connections: Connections<_, Body> =
        hyper_util::client::legacy::Builder::new(TokioExecutor::new()).build(connector);
    let unpack = DecompressionLayer::new().gzip(!config.disable_compression);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(unpack)
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(connections);
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}

fn cause(error: &kube::Error) -> String {
    match error {
        kube::Error::Auth(error) => format!("could not get credentials: {}", credentials(error)),
        kube::Error::InferKubeconfig(error) => words(error),
        other => other.to_string(),
    }
}

/// The address of a server without the password that can stand in it.
fn address(url: &http::Uri) -> String {
    let scheme = url.scheme_str().unwrap_or("https");
    let host = url.host().unwrap_or("?");
    let port = url.port_u16().map(|port| format!(":{port}"));
    let path = url.path().trim_end_matches('/');
    format!("{scheme}://{host}{}{path}", port.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_server_is_told_without_its_password() {
        for (given, told) in [
            ("https://user:hunter2@host:6443/", "https://host:6443"),
            (
                "https://host/k8s/clusters/c-1",
                "https://host/k8s/clusters/c-1",
            ),
            ("https://[::1]:6443", "https://[::1]:6443"),
        ] {
            assert_eq!(address(&given.parse().unwrap()), told);
        }
    }
}
