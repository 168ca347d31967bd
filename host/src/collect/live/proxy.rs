//! Which proxy leads to a server: `HTTPS_PROXY` and `NO_PROXY`, as kubectl reads them, and the addresses of proxies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use std::net::IpAddr;

/// The proxies that the environment names.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// The proxy for servers that speak TLS (`HTTPS_PROXY`).
    pub https: Option<String>,
    /// The servers that it is not meant for (`NO_PROXY`).
    pub except: Option<String>,
}

impl Proxies {
    /// The proxy that is meant for a server.
    pub(super) fn of(&self, server: &http::Uri) -> Result<Option<http::Uri>, String> {
        let proxy = self.https.as_deref().filter(|proxy| !proxy.is_empty());
        let Some(proxy) = proxy.filter(|_| server.scheme_str() == Some("https")) else {
            return Ok(None);
        };
        if is_exempt(server, self.except.as_deref()) {
            return Ok(None);
        }
        // In the environment, a host and a port are enough.
        let proxy = match proxy.contains("://") {
            true => proxy.to_owned(),
            false => format!("http://{proxy}"),
        };
        parsed(&proxy).map(Some)
    }
}

/// The address of a proxy.
///
/// # Errors
///
/// In words, without the password that can stand in it.
pub(super) fn parsed(proxy: &str) -> Result<http::Uri, String> {
    let wrong = "the proxy that leads to it (`proxy-url` of the kubeconfig, or HTTPS_PROXY) is not written as `http://HOST:PORT`, `https://HOST:PORT` or `socks5://HOST:PORT`";
    let mut parts = proxy
        .parse::<http::Uri>()
        .map_err(|_| wrong.to_owned())?
        .into_parts();
    let scheme = parts.scheme.as_ref().map(|scheme| scheme.as_str());
    // The name of the server is resolved by the proxy either way.
    if scheme == Some("socks5h") {
        parts.scheme = "socks5".parse().ok();
    }
    let proxy = http::Uri::from_parts(parts).map_err(|_| wrong.to_owned())?;
    match proxy.scheme_str() {
        Some("http" | "https" | "socks5") if proxy.host().is_some() => Ok(proxy),
        _ => Err(wrong.to_owned()),
    }
}

/// The user and the password in the address of a proxy.
pub(super) fn credentials(proxy: &http::Uri) -> Option<(String, String)> {
    let (user, _) = proxy.authority()?.as_str().rsplit_once('@')?;
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((decoded(user), decoded(password)))
}

/// They, as a proxy of HTTP is told them.
pub(super) fn authorization(proxy: &http::Uri) -> Option<HeaderValue> {
    let (user, password) = credentials(proxy)?;
    let text = STANDARD.encode(format!("{user}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {text}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether a server is reached without the proxy that the environment names: because it is this machine, or because
/// `NO_PROXY` says so (hosts with what is below them, `.suffixes`, addresses, networks, or `*`; each may name a port).
fn is_exempt(server: &http::Uri, no_proxy: Option<&str>) -> bool {
    let host = server
        .host()
        .unwrap_or("")
        .trim_matches(['[', ']'])
        .to_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let port = server.port_u16().unwrap_or(443);
    let entries = no_proxy.unwrap_or("").split(',');
    entries
        .map(|entry| entry.trim().to_lowercase())
        .filter(|entry| !entry.is_empty())
        .any(|entry| covers(&entry, &host, address, port))
}

fn covers(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, length)) = entry.split_once('/') {
        let network: Option<IpAddr> = network.parse().ok();
        let length: Option<u32> = length.parse().ok();
        return match (network, length, address) {
            (Some(network), Some(length), Some(address)) => is_in(address, network, length),
            _ => false,
        };
    }
    let plain: Option<IpAddr> = entry.trim_matches(['[', ']']).parse().ok();
    if plain.is_some() {
        return plain == address;
    }
    let name = match entry.rsplit_once(':') {
        Some((name, given)) => match given.parse::<u16>() {
            Ok(given) if given == port => name.trim_matches(['[', ']']),
            _ => return false,
        },
        None => entry,
    };
    let name = name.strip_prefix('*').unwrap_or(name);
    match name.strip_prefix('.') {
        Some(_) => host.ends_with(name),
        None => host
            .strip_suffix(name)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
    }
}

/// Whether an address is in a network with a prefix of so many bits.
fn is_in(address: IpAddr, network: IpAddr, length: u32) -> bool {
    let (address, network, bits) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => (
            u128::from(u32::from(address)),
            u128::from(u32::from(network)),
            32,
        ),
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.into(), network.into(), 128),
        _ => return false,
    };
    match length {
        0 => true,
        length if length > bits => false,
        length => (address ^ network) >> (bits - length) == 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_of_the_environment_is_for_servers_that_it_is_meant_for() {
        let proxies = |proxy: &str| Proxies {
            https: Some(proxy.into()),
            except: Some("10.0.0.0/8,*.internal,".into()),
        };
        let of = |proxy: &str, server: &str| {
            let found = proxies(proxy).of(&server.parse().unwrap());
            found.map(|proxy| proxy.map(|proxy| proxy.to_string()))
        };
        let found = |proxy: &str| Ok(Some(proxy.to_owned()));
        assert_eq!(
            of("proxy:3128", "https://api.example.com"),
            found("http://proxy:3128/")
        );
        assert_eq!(
            of("socks5h://proxy:1080", "https://api.example.com"),
            found("socks5://proxy:1080/")
        );
        for server in [
            "https://10.1.2.3",
            "https://a.internal",
            "http://api.example.com",
            "https://127.0.0.1:6443",
        ] {
            assert_eq!(of("proxy:3128", server), Ok(None), "{server}");
        }
        assert_eq!(of("", "https://api.example.com"), Ok(None));
        for wrong in ["ftp://me:hunter2@proxy", "http://me:hunter2@a b", "http://"] {
            let error = of(wrong, "https://api.example.com").unwrap_err();
            assert!(
                error.contains("`http://HOST:PORT`") && !error.contains("hunter2"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_proxy_is_told_user_and_password_as_they_are_meant() {
        let told = |proxy: &str| {
            let value = authorization(&proxy.parse().unwrap())?;
            Some(value.to_str().unwrap().to_owned())
        };
        let basic = |text: &str| Some(format!("Basic {text}"));
        assert_eq!(told("http://proxy:3128"), None);
        assert_eq!(
            told("http://me:p%40ss%3Aword@proxy"),
            basic("bWU6cEBzczp3b3Jk")
        );
        assert_eq!(told("http://me@proxy"), basic("bWU6"));
        assert_eq!(told("http://m:%z@proxy"), basic("bToleg=="));
    }

    #[test]
    fn servers_are_exempt_as_other_clients_exempt_them() {
        let exempt =
            |server: &str, no_proxy: &str| is_exempt(&server.parse().unwrap(), Some(no_proxy));
        for (server, no_proxy) in [
            ("https://127.0.0.1:6443", ""),
            ("https://[::1]:6443", ""),
            ("https://localhost", ""),
            ("https://api.example.com", "*"),
            ("https://api.example.com", "foo, example.com"),
            ("https://api.example.com", ".Example.com"),
            ("https://api.example.com", "*.example.com"),
            ("https://api.example.com:6443", "api.example.com:6443"),
            ("https://10.1.2.3", "10.0.0.0/8"),
            ("https://10.1.2.3:6443", "10.1.2.3"),
            ("https://[fd00::1]", "fd00::/8"),
        ] {
            assert!(exempt(server, no_proxy), "{server} with {no_proxy}");
        }
        for (server, no_proxy) in [
            ("https://api.example.com", ""),
            ("https://myexample.com", "example.com"),
            ("https://example.com", ".example.com"),
            ("https://api.example.com:6443", "api.example.com:443"),
            ("https://11.1.2.3", "10.0.0.0/8"),
            ("https://10.1.2.3", "10.1.2.30"),
            ("https://10.1.2.3", "10.0.0.0/99"),
            ("https://api.example.com", "10.0.0.0/0"),
        ] {
            assert!(!exempt(server, no_proxy), "{server} with {no_proxy}");
        }
    }
}
