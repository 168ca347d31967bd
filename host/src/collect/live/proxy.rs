//! Whether the environment's proxy is meant for a server: `NO_PROXY`, as other clients of Kubernetes read it.

use std::net::IpAddr;

/// Whether a server is reached without the proxy that the environment names: because it is this machine, or because
/// `NO_PROXY` says so (hosts with what is below them, `.suffixes`, addresses, networks, or `*`; each may name a port).
pub(super) fn is_exempt(server: &http::Uri, no_proxy: Option<&str>) -> bool {
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
