//! The proxy that the environment names, by Go's rules, which are kubectl's (golang.org/x/net/http/httpproxy): by the scheme of
//! the server's URL, never for this machine itself, and not for what `NO_PROXY` lists. kube looks the proxy's own address up in
//! that list (kube-client 5.0, `config/file_loader.rs`), so the choice is made here.

use std::net::IpAddr;

use http::Uri;
use ipnetwork::IpNetwork;

use crate::failure::{Failure, Result};

/// The proxy for a server, or none. `variable` reads the environment.
///
/// Fails when the variable that counts holds no URL.
pub(super) fn of_environment(server: &Uri, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Uri>> {
    let set =
        |upper: &str| [upper, &upper.to_lowercase()].into_iter().filter_map(&variable).find(|value| !value.is_empty());
    let name = if server.scheme_str() == Some("http") { "HTTP_PROXY" } else { "HTTPS_PROXY" };
    let Some(proxy) = set(name) else { return Ok(None) };
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = server.port_u16().unwrap_or(if name == "HTTP_PROXY" { 80 } else { 443 });
    if is_loopback(host) || is_excluded(&set("NO_PROXY").unwrap_or_default(), host, port) {
        return Ok(None);
    }
    let url = if proxy.contains("://") { proxy } else { format!("http://{proxy}") };
    // its text may hold a password
    url.parse()
        .map(Some)
        .map_err(|_| Failure::usage(format!("{name} holds no URL")).hint(format!("write {name}=http://HOST:PORT")))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether `NO_PROXY` lists a host: `*`, an address, a CIDR, a domain with all below it, `.domain` for those below alone; each
/// but a CIDR may end with a port.
fn is_excluded(list: &str, host: &str, port: u16) -> bool {
    let host = host.to_lowercase();
    let address = host.parse::<IpAddr>().ok();
    list.split(',').map(|item| item.trim().to_lowercase()).filter(|item| !item.is_empty()).any(|item| {
        if item == "*" {
            return true;
        }
        if let (Some(address), Ok(network)) = (address, item.parse::<IpNetwork>()) {
            return network.contains(address);
        }
        let (name, only) = match item.rsplit_once(':') {
            Some((name, digits)) if digits.chars().all(|c| c.is_ascii_digit()) && !name.contains(':') => {
                (name, digits.parse().ok())
            }
            _ => (item.as_str(), None),
        };
        let name = name.trim_start_matches('*');
        let below = format!(".{}", name.trim_start_matches('.'));
        only.is_none_or(|only: u16| only == port)
            && ((!name.starts_with('.') && host == name) || host.ends_with(&below))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(server: &str, environment: &[(&str, &str)]) -> Option<String> {
        let variable =
            |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        of_environment(&server.parse().unwrap(), variable).unwrap().map(|uri| uri.to_string())
    }

    #[test]
    fn the_scheme_of_the_server_chooses_the_variable() {
        let both = [("HTTPS_PROXY", "http://s:1"), ("http_proxy", "h:2")];
        assert_eq!(proxy("https://api.example:6443", &both).as_deref(), Some("http://s:1/"));
        assert_eq!(proxy("http://api.example", &both).as_deref(), Some("http://h:2/"));
        assert_eq!(proxy("https://127.0.0.1:6443", &both), None);
        assert_eq!(proxy("https://[::1]:6443", &both), None);
        assert_eq!(proxy("https://api.example", &[]), None);
    }

    #[test]
    fn no_proxy_is_about_the_server() {
        let goes = |server: &str, list: &str| {
            proxy(server, &[("HTTPS_PROXY", "http://10.9.9.9:1"), ("NO_PROXY", list)]).is_some()
        };
        for list in ["*", "10.1.2.3", "10.0.0.0/8", " 10.1.2.3:6443 , x"] {
            assert!(!goes("https://10.1.2.3:6443", list), "{list}");
        }
        for list in ["10.9.9.9", "10.1.2.4", "11.0.0.0/8", "10.1.2.3:443", ""] {
            assert!(goes("https://10.1.2.3:6443", list), "{list}");
        }
        for list in ["example", ".example", "API.example", "*.example"] {
            assert!(!goes("https://api.example:6443", list), "{list}");
        }
        for list in [".api.example", "ample", "other.example"] {
            assert!(goes("https://api.example:6443", list), "{list}");
        }
    }
}
